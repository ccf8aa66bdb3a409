"""NumPy arrays out of whatever the caller has: lists, arrays, or tensors of any Keras backend."""

from __future__ import annotations

from typing import Any

import numpy as np


def to_numpy(values: Any) -> np.ndarray:
    """The values as a NumPy array. Keras is imported only for a tensor."""
    if isinstance(values, (np.ndarray, np.generic, list, tuple, int, float)):
        return np.asarray(values)
    import keras

    return np.asarray(keras.ops.convert_to_numpy(values))


def to_boxes(boxes: Any, name: str = "boxes") -> np.ndarray:
    """Boxes as a float64 array of shape `(n, 4)`; an empty list is no boxes."""
    array = to_numpy(boxes).astype(np.float64)
    if array.size == 0:
        return array.reshape(0, 4)
    if array.ndim != 2 or array.shape[1] != 4:
        raise ValueError(f"`{name}` must be of shape (n, 4), corners (y1, x1, y2, x2). Received: shape {array.shape}")
    return array


def to_vector(values: Any, name: str, boxes: np.ndarray) -> np.ndarray:
    """One number for each of the boxes; an empty list where there are none."""
    array = to_numpy(values)
    if array.shape != (len(boxes),) and not array.size == len(boxes) == 0:
        raise ValueError(f"`{name}` must hold one number for each of {len(boxes)} boxes. Received: shape {array.shape}")
    return array.reshape(-1)
