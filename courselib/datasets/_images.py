"""What every loader of labelled pictures returns."""

from __future__ import annotations

from collections.abc import Sequence
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


def stratified_split(
    x: np.ndarray, y: np.ndarray, num_train: int, class_names: Sequence[str], seed: int
) -> LabelledImages:
    """Shuffle labelled pictures and split them, so that both sets have every class in the same proportions.

    Args:
        x: Pictures in [0, 1], of shape `(m, n_H, n_W, n_C)`.
        y: Class ids, of shape `(m,)`.
        num_train: The number of training pictures; the others are the test set.
        class_names: The name of each class id.
        seed: Another seed gives another split.
    """
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(np.arange(len(y)), train_size=num_train, stratify=y, random_state=seed)
    x, y = x.astype(np.float32), y.astype(np.int64)
    return LabelledImages(x[train], y[train], x[test], y[test], tuple(class_names))
