"""Synthetic electrocardiograms: the same every time, and each class as a textbook says, measured from the signal."""

from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, find_peaks, peak_widths, sosfiltfilt
from sklearn.tree import DecisionTreeClassifier

from courselib.datasets._signals import LabelledSignals, load_ecg

NORMAL, ATRIAL, VENTRICULAR, FIBRILLATION, BLOCK = range(5)


@pytest.fixture(scope="module")
def ecg(tmp_path_factory: pytest.TempPathFactory) -> LabelledSignals:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSELIB_CACHE", str(tmp_path_factory.mktemp("cache")))
        return load_ecg(num_train=400, num_test=200)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSELIB_CACHE", str(tmp_path))
    return tmp_path


def test_shapes_and_ranges(ecg: LabelledSignals) -> None:
    assert ecg.x_train.shape == (400, 1024, 1)
    assert ecg.x_test.shape == (200, 1024, 1)
    assert [array.dtype for array in ecg[:4]] == [np.float32, np.int64, np.float32, np.int64]
    assert np.bincount(ecg.y_train).tolist() == [80] * 5
    assert np.bincount(ecg.y_test).tolist() == [40] * 5
    assert ecg.sampling_rate == 128
    assert ecg.class_names == (
        "normal",
        "premature atrial contraction",
        "premature ventricular contraction",
        "atrial fibrillation",
        "left bundle branch block",
    )
    highest = ecg.x_train.max(axis=(1, 2))
    assert 0.8 < np.median(highest) < 2  # millivolt
    assert np.abs(ecg.x_train).max() < 6


def test_the_same_bytes_again_and_more_begin_with_the_same_ones(cache: Path, ecg: LabelledSignals) -> None:
    first = load_ecg(num_train=7, num_test=5, seed=3)
    kept = load_ecg(num_train=7, num_test=5, seed=3)
    for file in cache.iterdir():
        file.unlink()
    more = load_ecg(num_train=12, num_test=6, seed=3)
    assert first.x_train.tobytes() == kept.x_train.tobytes() == more.x_train[:7].tobytes()
    assert first.x_test.tobytes() == more.x_test[:5].tobytes()
    assert first.y_train.tolist() == [0, 1, 2, 3, 4, 0, 1]
    assert not np.array_equal(first.x_train[:5], first.x_test)
    assert not np.array_equal(first.x_train, ecg.x_train[:7])


def beats(signal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Seconds between the beats, and the width of each QRS complex in seconds, as a monitor measures them."""
    steady = sosfiltfilt(butter(2, [0.7, 30], "band", fs=128, output="sos"), signal)
    peaks, _ = find_peaks(steady, height=0.45 * np.quantile(steady, 0.995), distance=40)
    return np.diff(peaks) / 128, peak_widths(steady, peaks)[0] / 128


def of_class(ecg: LabelledSignals, label: int) -> list[tuple[np.ndarray, np.ndarray]]:
    return [beats(signal) for signal in ecg.x_train[ecg.y_train == label, :, 0]]


def test_heart_rates(ecg: LabelledSignals) -> None:
    rates = [60 / np.median(intervals) for intervals, _ in of_class(ecg, NORMAL)]
    assert 45 < np.quantile(rates, 0.1) < np.quantile(rates, 0.9) < 115


def test_fibrillation_is_irregular(ecg: LabelledSignals) -> None:
    spread = {c: [np.std(i) / np.mean(i) for i, _ in of_class(ecg, c)] for c in (NORMAL, FIBRILLATION, BLOCK)}
    assert np.quantile(spread[FIBRILLATION], 0.2) > np.quantile(spread[NORMAL], 0.8)
    assert np.quantile(spread[FIBRILLATION], 0.2) > np.quantile(spread[BLOCK], 0.8)


def test_bundle_branch_block_is_wide(ecg: LabelledSignals) -> None:
    width = {c: [np.median(w) for _, w in of_class(ecg, c)] for c in (NORMAL, BLOCK)}
    assert np.quantile(width[BLOCK], 0.1) > 1.8 * np.quantile(width[NORMAL], 0.9)


def test_premature_atrial_beats_come_early(ecg: LabelledSignals) -> None:
    shortest = {c: [i.min() / np.median(i) for i, _ in of_class(ecg, c)] for c in (NORMAL, ATRIAL)}
    assert np.quantile(shortest[ATRIAL], 0.9) < np.quantile(shortest[NORMAL], 0.1)


def test_premature_ventricular_beats_are_wide_and_rare(ecg: LabelledSignals) -> None:
    upright = [w for _, w in of_class(ecg, VENTRICULAR) if w.max() > 2 * np.median(w)]
    assert len(upright) > 40  # the others point down
    assert all((w > 2 * np.median(w)).sum() <= 4 for w in upright)


def test_before_a_beat_is_a_p_wave_but_not_in_fibrillation(ecg: LabelledSignals) -> None:
    """The mean of all beats of a class, from a third of a second before R."""
    shapes = {}
    for label in (NORMAL, FIBRILLATION):
        cut = []
        for signal in ecg.x_train[ecg.y_train == label, :, 0]:
            peaks, _ = find_peaks(signal, height=0.6 * signal.max(), distance=40)
            cut += [signal[at - 42 : at + 2] for at in peaks if 42 < at < 1000]
        shapes[label] = np.mean(cut, axis=0)
    p_wave = {label: shape[15:30].max() - shape[32:36].mean() for label, shape in shapes.items()}
    assert p_wave[NORMAL] > 0.05
    assert p_wave[FIBRILLATION] < 0.03


def test_no_threshold_solves_it(ecg: LabelledSignals) -> None:
    """A tree over the obvious statistics stays far from right: the shape of the waves matters."""

    def statistics(x: np.ndarray) -> np.ndarray:
        flat = x[..., 0]
        return np.stack([flat.max(1), flat.min(1), flat.mean(1), flat.std(1), np.abs(flat).mean(1)], 1)

    tree = DecisionTreeClassifier(max_depth=4, random_state=0).fit(statistics(ecg.x_train), ecg.y_train)
    assert tree.score(statistics(ecg.x_test), ecg.y_test) < 0.6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_train": 0}, "Expected `num_train` to be at least 1. Received: num_train=0."),
        ({"num_test": -3}, "Expected `num_test` to be at least 1. Received: num_test=-3."),
        ({"seed": -1}, "Expected `seed` to be at least 0. Received: seed=-1."),
    ],
)
def test_wrong_arguments(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011
        load_ecg(**arguments)
    assert str(error.value) == message
