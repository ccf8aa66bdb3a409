"""What every loader of pictures with boxes returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class DetectionData(NamedTuple):
    """Pictures and the objects in them.

    Attributes:
        images: uint8 in 0-255, RGB. Rendered scenes are one array of shape `(m, n_H, n_W, 3)`; pictures from a folder
            are a list of arrays of shape `(n_H, n_W, 3)`, each of its own size. As float32 they would take four
            times the memory, so divide a batch by 255 when you need [0, 1].
        boxes: For each picture a float32 array of shape `(n, 4)`: the corners `(y1, x1, y2, x2)` in pixels, where 0
            is the picture's upper or left border and `n_H` or `n_W` its lower or right one. `n` may be 0.
        class_ids: For each picture an int64 array of shape `(n,)`: the class ids from 0, in the order of `boxes`.
        class_names: The name of each class id, in order.

    Example:
    ```python
    images, boxes, class_ids, class_names = load_dashcam(num_scenes=10)
    first = [class_names[class_id] for class_id in class_ids[0]]
    ```
    """

    images: np.ndarray | Sequence[np.ndarray]
    boxes: list[np.ndarray]
    class_ids: list[np.ndarray]
    class_names: tuple[str, ...]
