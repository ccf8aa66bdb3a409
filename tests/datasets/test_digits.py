"""Real digits, in both sizes."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn import datasets

from courselib.datasets._digits import load_digits


@pytest.mark.parametrize("size", [8, 32])
def test_shapes_and_ranges(size: int) -> None:
    digits = load_digits(size)
    assert digits.x_train.shape == (1438, size, size, 1)
    assert digits.x_test.shape == (359, size, size, 1)
    assert digits.y_train.shape == (1438,)
    assert digits.y_test.shape == (359,)
    assert [array.dtype for array in digits[:4]] == [np.float32, np.int64, np.float32, np.int64]
    for x in (digits.x_train, digits.x_test):
        assert (x.min(), x.max()) == (0, 1)
    assert digits.class_names == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")


def test_the_scanned_digits_are_those_of_scikit_learn() -> None:
    expected, labels = datasets.load_digits(return_X_y=True)
    digits = load_digits(8)
    x, y = np.concatenate([digits.x_train, digits.x_test]), np.concatenate([digits.y_train, digits.y_test])
    received = np.column_stack([x.reshape(-1, 64) * 16, y])
    expected = np.column_stack([expected, labels])
    np.testing.assert_array_equal(received[np.lexsort(received.T)], expected[np.lexsort(expected.T)])


def test_the_large_digits_are_the_small_ones_seen_from_nearer() -> None:
    large, small = load_digits(32), load_digits(8)
    np.testing.assert_array_equal(large.y_train, small.y_train)
    expected = small.x_train[..., 0].reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4))

    def error(down: int, right: int) -> float:
        """Seven new pixels are two old ones; what differs when the digits lie elsewhere?"""
        middle = large.x_train[:, 2 + down : 30 + down, 2 + right : 30 + right, 0]
        return float(np.abs(middle.reshape(-1, 4, 7, 4, 7).mean(axis=(2, 4)) - expected).mean())

    assert error(0, 0) < 0.03 < min(error(1, 0), error(-1, 0), error(0, 1), error(0, -1))
    border = large.x_train.copy()
    border[:, 2:30, 2:30] = 0
    assert border.mean() < 0.01


def test_both_sets_have_every_digit_in_the_same_proportions() -> None:
    digits = load_digits(8)
    train, test = np.bincount(digits.y_train), np.bincount(digits.y_test)
    assert np.abs(test - (train + test) * 359 / 1797).max() <= 1
    assert load_digits(8, test_fraction=0.5).y_test.shape == (898,)


def test_the_split_depends_on_the_seed_alone() -> None:
    first, again, other = load_digits(8), load_digits(8), load_digits(8, seed=1)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(first[:4], again[:4], strict=True))
    assert not np.array_equal(first.y_test, other.y_test)


@pytest.mark.parametrize("size", [28, 64, "32"])
def test_another_size(size: object) -> None:
    with pytest.raises(ValueError, match=r"size must be 32 \(enlarged\) or 8 \(as scanned\)\. Received: size="):
        load_digits(size)  # type: ignore[arg-type]


@pytest.mark.parametrize("fraction", [0, 1, 360, float("nan")])
def test_a_fraction_that_is_none(fraction: float) -> None:
    message = (
        "test_fraction must be between 0.01 and 0.99, so that both sets have every digit. Received: test_fraction="
    )
    with pytest.raises(ValueError, match=message):
        load_digits(8, test_fraction=fraction)


def test_imports_neither_tensorflow_nor_keras() -> None:
    code = (
        "from courselib.datasets._digits import load_digits; load_digits(); import sys;"
        "print(sorted({'tensorflow', 'keras', 'jax', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
