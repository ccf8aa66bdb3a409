"""Distances against SciPy."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist, sqeuclidean

from courselib.recognition import pairwise_distances, squared_distance

pytestmark = pytest.mark.tensorflow  # the package imports Keras


def test_squared_distance() -> None:
    f1, f2 = np.random.default_rng(0).normal(size=(2, 7))
    assert squared_distance(f1, f2) == pytest.approx(sqeuclidean(f1, f2))
    assert squared_distance(f1[None], list(f2)) == pytest.approx(sqeuclidean(f1, f2))
    assert squared_distance(np.uint8([3]), np.uint8([5])) == 4.0  # nothing wraps around


def test_pairwise_distances() -> None:
    a, b = np.random.default_rng(1).normal(size=(2, 9, 5))
    np.testing.assert_allclose(pairwise_distances(a, b[:4]), cdist(a, b[:4], "sqeuclidean"))
    own = pairwise_distances(1000 + a.astype(np.float32) / 1000)  # large and close together: rounding shows
    assert (own >= 0).all()
    assert not own.diagonal().any()


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match=r"same size. Received: 3 and 4 numbers"):
        squared_distance(np.zeros(3), np.zeros(4))
    with pytest.raises(ValueError, match=r"shape \(m, d\) and \(n, d\). Received: \(2, 3\) and \(2, 4\)"):
        pairwise_distances(np.zeros((2, 3)), np.zeros((2, 4)))
