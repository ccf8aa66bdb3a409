"""What every loader of labelled pictures returns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class LabelledImages(NamedTuple):
    """Labelled pictures, split into a training and a test set.

    Attributes:
        x_train: float32 in [0, 1], of shape `(m_train, n_H, n_W, n_C)`.
        y_train: int64 class ids from 0, of shape `(m_train,)`.
        x_test: float32 in [0, 1], of shape `(m_test, n_H, n_W, n_C)`.
        y_test: int64 class ids from 0, of shape `(m_test,)`.
        class_names: The name of each class id, in order.

    Example:
    ```python
    x_train, y_train, x_test, y_test, class_names = load_digits()
    ```
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]
