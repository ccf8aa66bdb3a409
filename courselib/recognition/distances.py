"""How far apart embeddings are."""

from __future__ import annotations

from typing import Any

import numpy as np


def squared_distance(f1: Any, f2: Any) -> float:
    """The squared Euclidean distance of two embeddings: 0 for equal ones, at most 4 for embeddings of length 1.

    Args:
        f1: An embedding of `d` numbers, of any shape: `(d,)` or `(1, d)`.
        f2: Another one, of as many numbers.

    Returns:
        The sum of the squared differences.

    Raises:
        ValueError: If the two are not of the same size.
    """
    f1, f2 = np.ravel(np.asarray(f1, np.float64)), np.ravel(np.asarray(f2, np.float64))
    if f1.shape != f2.shape:
        raise ValueError(f"Expected two embeddings of the same size. Received: {f1.size} and {f2.size} numbers.")
    return float(np.sum((f1 - f2) ** 2))


def pairwise_distances(embeddings: Any, others: Any = None) -> np.ndarray:
    """The squared distances between all embeddings, or between all of these and all of those.

    Args:
        embeddings: Of shape `(m, d)`.
        others: Of shape `(n, d)`; without them, the same embeddings.

    Returns:
        Of shape `(m, n)`; without `others` symmetric, and 0 on the diagonal.

    Raises:
        ValueError: If the shapes are others.
    """
    from sklearn.metrics import euclidean_distances

    a = np.asarray(embeddings, np.float64)
    b = a if others is None else np.asarray(others, np.float64)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"Expected embeddings of shape (m, d) and (n, d). Received: {a.shape} and {b.shape}.")
    distances: np.ndarray = euclidean_distances(a, b, squared=True)  # a matrix product, rounding put right
    return distances
