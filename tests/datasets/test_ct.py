"""Synthetic pieces of lung: the same every time; a nodule is a compact thing as bright as a vessel."""

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from courselib.datasets._volumes import LabelledVolumes, _volume, load_ct


@pytest.fixture(scope="module")
def ct(tmp_path_factory: pytest.TempPathFactory) -> LabelledVolumes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSELIB_CACHE", str(tmp_path_factory.mktemp("cache")))
        return load_ct(num_train=120, num_test=60)


@pytest.fixture(scope="module")
def pairs() -> np.ndarray:
    """The same lungs without and with a nodule, in [0, 1] (16, 2, 32, 32, 32)."""
    return np.array(
        [[_volume(np.random.default_rng(i), nodule) for nodule in (False, True)] for i in range(16)]
    ) / np.float32(255)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSELIB_CACHE", str(tmp_path))
    return tmp_path


def test_shapes_and_ranges(ct: LabelledVolumes) -> None:
    assert ct.x_train.shape == (120, 32, 32, 32, 1)
    assert ct.x_test.shape == (60, 32, 32, 32, 1)
    assert [array.dtype for array in ct[:4]] == [np.float32, np.int64, np.float32, np.int64]
    assert np.bincount(ct.y_train).tolist() == [60, 60]
    assert np.bincount(ct.y_test).tolist() == [30, 30]
    assert ct.class_names == ("no nodule", "nodule")
    assert 0 <= ct.x_train.min() < 0.05
    assert 0.9 < ct.x_train.max() <= 1


def test_most_of_it_is_lung(ct: LabelledVolumes) -> None:
    hounsfield = ct.x_train * 1400 - 1000
    assert -920 < np.median(hounsfield) < -800
    assert 0.3 < (hounsfield.max(axis=(1, 2, 3, 4)) > 350).mean() < 0.8  # ribs in some


def test_the_same_bytes_again_and_more_begin_with_the_same_ones(cache: Path, ct: LabelledVolumes) -> None:
    first = load_ct(num_train=5, num_test=3, seed=2)
    kept = load_ct(num_train=5, num_test=3, seed=2)
    for file in cache.iterdir():
        file.unlink()
    more = load_ct(num_train=8, num_test=4, seed=2)
    assert first.x_train.tobytes() == kept.x_train.tobytes() == more.x_train[:5].tobytes()
    assert first.x_test.tobytes() == more.x_test[:3].tobytes()
    assert first.y_train.tolist() == [0, 1, 0, 1, 0]
    assert not np.array_equal(first.x_train[:3], first.x_test)
    assert not np.array_equal(first.x_train, ct.x_train[:5])


def test_a_nodule_is_one_compact_thing_in_an_unchanged_lung(pairs: np.ndarray) -> None:
    for without, with_nodule in pairs:
        changed = np.abs(with_nodule - without) > 0.1
        parts, number = ndimage.label(changed)
        assert number >= 1
        largest = parts == 1 + np.argmax(np.bincount(parts.ravel())[1:])
        assert largest.sum() > 0.8 * changed.sum()
        sides = np.array([np.ptp(axis) + 1 for axis in np.nonzero(largest)])
        assert 3 <= sides.min() <= sides.max() <= 14  # of 32 voxels


def test_a_nodule_is_as_bright_as_the_vessels(pairs: np.ndarray) -> None:
    bright, vessels = [], []
    for without, with_nodule in pairs:
        core = ndimage.binary_erosion(np.abs(with_nodule - without) > 0.1)
        bright.append(np.median(with_nodule[core]))
        vessels.append(np.quantile(without, 0.97))
    solid = np.array(bright) > 0.6
    assert 0.5 < solid.mean() <= 1
    assert np.median(np.array(bright)[solid]) == pytest.approx(0.75, abs=0.05)  # 50 Hounsfield units
    assert np.quantile(vessels, 0.7) > 0.7


def test_no_threshold_solves_it(ct: LabelledVolumes) -> None:
    def statistics(x: np.ndarray) -> np.ndarray:
        flat = x.reshape(len(x), -1)
        fractions = [(flat > threshold).mean(1) for threshold in (0.25, 0.5, 0.7, 0.8, 0.9)]
        return np.stack([flat.mean(1), flat.std(1), flat.max(1), *fractions], 1)

    train, test = statistics(ct.x_train), statistics(ct.x_test)
    for column in test.T:
        assert 0.25 < roc_auc_score(ct.y_test, column) < 0.75
    tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(train, ct.y_train)
    assert tree.score(test, ct.y_test) < 0.75


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_train": 0}, "Expected `num_train` to be at least 1. Received: num_train=0."),
        ({"num_test": 0}, "Expected `num_test` to be at least 1. Received: num_test=0."),
        ({"seed": -2}, "Expected `seed` to be at least 0. Received: seed=-2."),
    ],
)
def test_wrong_arguments(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011
        load_ct(**arguments)
    assert str(error.value) == message
