"""Boxes as corners `(y1, x1, y2, x2)`: overlap, conversion, clipping. Plain NumPy in float64.

The order of the two axes does not matter to the overlaps: `(x1, y1, x2, y2)` works as well, if it is the same for both.
`keras.utils.bounding_boxes` has the same formulas for tensors in float32, with a small number added to the union; the
loss uses those. These here give 1 for two equal boxes however small, so that a threshold means what it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from courselib.detection._arrays import to_boxes, to_numpy


def iou(box1: Any, box2: Any) -> float | np.ndarray:
    """Intersection over union of two boxes: how well one fits the other, from 0 (apart) to 1 (equal).

    Boxes that only touch have an intersection of 0. A box without area has an IoU of 0 with everything.

    Args:
        box1: Corners `(y1, x1, y2, x2)`, of shape `(4,)` or `(..., 4)`.
        box2: Corners, of a shape that broadcasts with `box1`.

    Returns:
        One number for two boxes, otherwise an array of shape `(...)`.

    Example:
    ```python
    iou((0, 0, 2, 2), (1, 1, 3, 3))  # 1 / 7
    ```
    """
    intersection, union = _intersection_and_union(_corners(box1), _corners(box2))
    return _number(_ratio(intersection, union))


def pairwise_iou(boxes1: Any, boxes2: Any) -> np.ndarray:
    """The IoU of every box of one list with every box of another.

    Args:
        boxes1: Corners, of shape `(n, 4)`.
        boxes2: Corners, of shape `(m, 4)`.

    Returns:
        float64 in [0, 1], of shape `(n, m)`.
    """
    first, second = to_boxes(boxes1, "boxes1"), to_boxes(boxes2, "boxes2")
    return _ratio(*_intersection_and_union(first[:, None], second[None]))


def giou(box1: Any, box2: Any) -> float | np.ndarray:
    """Generalised IoU: falls below 0 as boxes move apart, where plain IoU is 0 and tells a loss nothing.

    IoU minus the part of the smallest enclosing box that neither box covers.
    Reference: [Rezatofighi et al., 2019](https://arxiv.org/abs/1902.09630).

    Args:
        box1: Corners `(y1, x1, y2, x2)`, of shape `(4,)` or `(..., 4)`.
        box2: Corners, of a shape that broadcasts with `box1`.

    Returns:
        Numbers in [-1, 1], shaped as those of `iou`.
    """
    first, second = _corners(box1), _corners(box2)
    intersection, union = _intersection_and_union(first, second)
    enclosing = np.prod(_enclosing_sides(first, second), axis=-1)
    return _number(_ratio(intersection, union) - _ratio(enclosing - union, enclosing))


def ciou(box1: Any, box2: Any) -> float | np.ndarray:
    """Complete IoU: IoU, less a penalty for distant centres and one for a wrong aspect ratio.

    `1 - ciou` is the box loss with which a detector learns exact boxes.
    Reference: [Zheng et al., 2019](https://arxiv.org/abs/1911.08287).

    Args:
        box1: Corners `(y1, x1, y2, x2)`, of shape `(4,)` or `(..., 4)`.
        box2: Corners, of a shape that broadcasts with `box1`.

    Returns:
        Numbers of at most 1, shaped as those of `iou`.
    """
    first, second = _corners(box1), _corners(box2)
    overlap = _ratio(*_intersection_and_union(first, second))
    offset = (first[..., :2] + first[..., 2:] - second[..., :2] - second[..., 2:]) / 2
    distance = _ratio(np.sum(offset**2, axis=-1), np.sum(_enclosing_sides(first, second) ** 2, axis=-1))
    angles = [np.arctan2(box[..., 3] - box[..., 1], box[..., 2] - box[..., 0]) for box in (first, second)]
    aspect = 4 / np.pi**2 * (angles[0] - angles[1]) ** 2
    return _number(overlap - distance - aspect * _ratio(aspect, 1 - overlap + aspect))


def corners_to_centers(boxes: Any) -> np.ndarray:
    """From corners `(y1, x1, y2, x2)` to centre and size `(x, y, width, height)`: Keras's `"center_xywh"`."""
    y1, x1, y2, x2 = np.moveaxis(_corners(boxes), -1, 0)
    return np.stack([(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1], axis=-1)


def centers_to_corners(boxes: Any) -> np.ndarray:
    """From centre and size `(x, y, width, height)` to corners `(y1, x1, y2, x2)`."""
    x, y, width, height = np.moveaxis(_corners(boxes), -1, 0)
    return np.stack([y - height / 2, x - width / 2, y + height / 2, x + width / 2], axis=-1)


def clip_boxes(boxes: Any, image_shape: Sequence[int]) -> np.ndarray:
    """Cut off what lies outside the picture.

    Args:
        boxes: Corners `(y1, x1, y2, x2)` in pixels, of shape `(..., 4)`.
        image_shape: `(height, width)` of the picture; a third number is ignored.

    Returns:
        float64 corners in the picture. A box that lies outside altogether loses its area, not its place in the list.
    """
    height, width = image_shape[:2]
    return np.asarray(np.clip(_corners(boxes), 0, [height, width, height, width]))


def _corners(boxes: Any) -> np.ndarray:
    array = to_numpy(boxes).astype(np.float64)
    if array.ndim == 0 or array.shape[-1] != 4:
        raise ValueError(f"A box is four numbers: the last axis must be of length 4. Received: shape {array.shape}")
    return array


def _intersection_and_union(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # One coordinate at a time: three times as fast as working along an axis of length 4.
    y1, x1, y2, x2 = (first[..., i] for i in range(4))
    v1, u1, v2, u2 = (second[..., i] for i in range(4))
    intersection = _area(np.maximum(y1, v1), np.maximum(x1, u1), np.minimum(y2, v2), np.minimum(x2, u2))
    return intersection, _area(y1, x1, y2, x2) + _area(v1, u1, v2, u2) - intersection


def _area(y1: np.ndarray, x1: np.ndarray, y2: np.ndarray, x2: np.ndarray) -> np.ndarray:
    return np.asarray(np.maximum(y2 - y1, 0) * np.maximum(x2 - x1, 0))


def _enclosing_sides(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.asarray(np.maximum(first[..., 2:], second[..., 2:]) - np.minimum(first[..., :2], second[..., :2]))


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, and 0 where the whole is not positive."""
    return np.asarray(np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0))


def _number(values: np.ndarray) -> float | np.ndarray:
    return float(values) if values.ndim == 0 else values
