"""Electrocardiograms that courselib synthesises: heartbeats as sums of waves, rhythms as distances between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from courselib.datasets._cache import Arrays, cached

_VERSION = 1  # to be raised whenever the signals change
_RATE = 128  # samples a second
_SECONDS = 8
_TRAIN, _TEST = 0, 1

Waves = list[tuple[float, float, float]]
"""Height in millivolt, time in seconds, and width in seconds (one standard deviation) of each bell-shaped wave."""


class LabelledSignals(NamedTuple):
    """Labelled signals, split into a training and a test set.

    Attributes:
        x_train: float32, of shape `(m_train, n, n_C)`: `n` samples in time of `n_C` channels.
        y_train: int64 class ids from 0, of shape `(m_train,)`.
        x_test: float32, of shape `(m_test, n, n_C)`.
        y_test: int64 class ids from 0, of shape `(m_test,)`.
        class_names: The name of each class id, in order.
        sampling_rate: Samples a second.

    Example:
    ```python
    x_train, y_train, x_test, y_test, class_names, sampling_rate = load_ecg()
    ```
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]
    sampling_rate: int


def load_ecg(num_train: int = 2000, num_test: int = 500, seed: int = 0) -> LabelledSignals:
    """Electrocardiograms (ECG): eight seconds of a heart's electricity. Is the rhythm normal, and if not, what is it?

    Every heartbeat is a sum of bell-shaped waves P, Q, R, S and T, as in the model of
    [McSharry et al. 2003](https://doi.org/10.1109/TBME.2003.808805). Every signal is another heart, with its own rate
    and its own waves; breathing, muscles, the mains and loose electrodes disturb it. What tells the classes apart:

    | class | rhythm | waves |
    | --- | --- | --- |
    | normal | regular, slightly slower and faster with the breath | P, narrow QRS, T |
    | premature atrial contraction | a beat or more comes early | its P is different, its QRS is narrow |
    | premature ventricular contraction | a beat or more comes early, then a pause | it has no P, its QRS is wide |
    | atrial fibrillation | irregular | no P, a fine flutter in its place |
    | left bundle branch block | regular | every QRS is wide and notched, T points the other way |

    These are drawings of what textbooks describe, good for learning about one-dimensional convolution. A model trained
    on them knows nothing about patients.

    Args:
        num_train: The number of training signals. The classes take turns. More of them begin with the same ones.
        num_test: The number of test signals, of other hearts.
        seed: Another seed gives other hearts, from 0.

    Returns:
        `LabelledSignals` of shape `(m, 1024, 1)` in millivolt, 128 samples a second.

    Raises:
        ValueError: For a number out of its range.

    Example:
    ```python
    x_train, y_train, x_test, y_test, class_names, sampling_rate = load_ecg()
    seconds = np.arange(x_train.shape[1]) / sampling_rate
    plt.plot(seconds, x_train[0, :, 0])
    ```
    """
    for name, value, least in (("num_train", num_train, 1), ("num_test", num_test, 1), ("seed", seed, 0)):
        if value < least:
            raise ValueError(f"Expected `{name}` to be at least {least}. Received: {name}={value}.")

    def render() -> Arrays:
        hearts = {"train": (_TRAIN, num_train), "test": (_TEST, num_test)}
        return {
            part: np.stack([_signal(np.random.default_rng([seed, split, i]), i) for i in range(number)])
            for part, (split, number) in hearts.items()
        }

    signals = cached("ecg", _VERSION, {"num_train": num_train, "num_test": num_test, "seed": seed}, render)
    x_train, x_test = signals["train"][..., None], signals["test"][..., None]
    y_train, y_test = (np.arange(len(x), dtype=np.int64) % len(_CLASSES) for x in (x_train, x_test))
    return LabelledSignals(x_train, y_train, x_test, y_test, tuple(_CLASSES), _RATE)


def _signal(rng: np.random.Generator, number: int) -> np.ndarray:
    """Signal number `number` of a set, of the class that is its turn: float32 (n,)."""
    heart = _Heart(rng)
    waves = list(_CLASSES.values())[number % len(_CLASSES)](heart, rng)
    time = np.arange(_RATE * _SECONDS) / _RATE
    height, middle, width = np.array(waves).T[..., None]
    clean = (height * np.exp(-0.5 * np.square((time - middle) / width))).sum(0)
    if heart.flutter:
        clean += _flutter(time, rng, heart.flutter)
    return np.asarray((heart.gain * clean + _disturbance(time, rng)) * rng.uniform(0.9, 1.1), np.float32)


class _Heart:
    """One person's heart: how fast it beats, and how high, late and wide its waves are."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.interval = 60 / rng.uniform(52, 105)  # seconds from beat to beat
        self.gain = float(np.exp(rng.normal(0, 0.3)))
        self.breath = rng.uniform(0.01, 0.06), rng.uniform(0.15, 0.33), rng.uniform(0, 2 * np.pi)
        self.p = rng.uniform(0.07, 0.2), -rng.uniform(0.13, 0.19), rng.uniform(0.016, 0.026)
        self.q, self.r, self.s = -rng.uniform(0.02, 0.16), rng.uniform(0.7, 1.4), -rng.uniform(0.05, 0.4)
        self.narrow = rng.uniform(0.0085, 0.012)
        turned = -0.5 if rng.random() < 0.14 else 1.0  # in some hearts T points down
        self.t = rng.uniform(0.12, 0.42) * turned, rng.uniform(0.27, 0.32), rng.uniform(0.036, 0.055)
        self.flutter = 0.0

    def times(self) -> list[float]:
        """When the beats of a sinus rhythm come: faster while breathing in."""
        depth, rate, phase = self.breath
        times = [-self.interval * (0.5 + phase / 7)]
        while times[-1] < _SECONDS + 1:
            times.append(times[-1] + self.interval * (1 + depth * np.sin(2 * np.pi * rate * times[-1] + phase)))
        return times

    def p_wave(self, at: float, height: float = 1.0) -> Waves:
        return [(height * self.p[0], at + self.p[1], self.p[2])]

    def narrow_beat(self, at: float, interval: float) -> Waves:
        """QRS and T of a beat that goes the usual way down; T comes later when the heart beats slowly."""
        height, late, width = self.t
        late *= np.sqrt(min(interval, 1.2))
        return [
            (self.q, at - 2.6 * self.narrow, self.narrow),
            (self.r, at, self.narrow * 1.15),
            (self.s, at + 2.8 * self.narrow, self.narrow * 1.1),
            (0.75 * height, at + late - 0.4 * width, width * 1.25),
            (0.4 * height, at + late + 0.5 * width, width * 0.75),
        ]


def _regular(heart: _Heart, rng: np.random.Generator) -> Waves:
    times = heart.times()
    return [wave for at in times for wave in heart.p_wave(at) + heart.narrow_beat(at, heart.interval)]


def _block(heart: _Heart, rng: np.random.Generator) -> Waves:
    """The left half of the heart hears of the beat late, from its neighbour."""
    notch, wide = rng.uniform(0.04, 0.06), rng.uniform(0.015, 0.021)
    first, second = heart.r * rng.uniform(0.6, 0.85), heart.r * rng.uniform(0.65, 0.95)
    sag = -abs(heart.t[0]) * rng.uniform(0.6, 1.1)
    waves: Waves = []
    for at in heart.times():
        late = at + heart.t[1] * np.sqrt(min(heart.interval, 1.2)) + 0.05
        waves += heart.p_wave(at - 0.02)
        waves += [(first, at, wide), (second, at + notch, wide), (sag, late, heart.t[2] * 1.3)]
    return waves


def _atrial(heart: _Heart, rng: np.random.Generator) -> Waves:
    """A beat that starts early, in another place of the atrium."""
    times = heart.times()
    early = _early(times, rng)
    height = rng.choice([-0.7, 0.5, 1.3])
    waves: Waves = []
    shift = 0.0
    for i, at in enumerate(times):
        if i in early:
            shift -= heart.interval * rng.uniform(0.22, 0.4)
        waves += heart.p_wave(at + shift, height if i in early else 1.0)
        waves += heart.narrow_beat(at + shift, heart.interval)
        if i in early:
            shift += heart.interval * rng.uniform(0.1, 0.25)  # the next beat waits a little, less than a full pause
    return waves


def _ventricular(heart: _Heart, rng: np.random.Generator) -> Waves:
    """A beat that starts early in the chamber itself and spreads slowly; the next comes when it was due."""
    times = heart.times()
    early = _early(times, rng)
    up = -1.0 if rng.random() < 0.35 else 1.0
    height, width = heart.r * rng.uniform(0.7, 1.3), rng.uniform(0.028, 0.042)
    waves: Waves = []
    for i, at in enumerate(times):
        if i not in early:
            waves += heart.p_wave(at) + heart.narrow_beat(at, heart.interval)
            continue
        at = at - heart.interval * rng.uniform(0.25, 0.42)
        waves += [(up * height, at, width), (-0.35 * up * height, at + 2.3 * width, width)]
        waves += [(-0.4 * up * height, at + heart.t[1] + 0.04, heart.t[2] * 1.5)]
    return waves


def _fibrillation(heart: _Heart, rng: np.random.Generator) -> Waves:
    """The atrium quivers, and now and then a quiver gets through."""
    heart.flutter = rng.uniform(0.012, 0.07)
    spread = rng.uniform(0.1, 0.26)
    at, waves = -rng.uniform(0, 1), Waves()
    while at < _SECONDS + 1:
        interval = heart.interval * 0.9 * max(0.45, 1 + spread * rng.normal())
        waves += heart.narrow_beat(at, interval)
        at += interval
    return waves


def _early(times: list[float], rng: np.random.Generator) -> set[int]:
    """Which of the beats come early: one to three that are well inside the signal, no two in a row."""
    inside = [i for i, at in enumerate(times) if 1.3 < at < _SECONDS - 0.7]
    wanted = rng.integers(1, 4)
    chosen: set[int] = set()
    for i in rng.permutation(inside):
        if len(chosen) < wanted and not {i - 1, i + 1} & chosen:
            chosen.add(int(i))
    return chosen


def _flutter(time: np.ndarray, rng: np.random.Generator, height: float) -> np.ndarray:
    """Fine waves, four to nine a second, that never repeat."""
    total = np.zeros_like(time)
    for rate in rng.uniform(4, 9, 3):
        wander = 1.5 * np.sin(2 * np.pi * rng.uniform(0.1, 0.5) * time + rng.uniform(0, 7))
        total += np.sin(2 * np.pi * rate * time + wander + rng.uniform(0, 7))
    return np.asarray(height * total / np.sqrt(1.5))


def _disturbance(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What the electrodes pick up beside the heart, in millivolt."""

    def wave(height: float, rate: float) -> np.ndarray:
        return np.asarray(height * np.sin(2 * np.pi * rate * time + rng.uniform(0, 2 * np.pi)))

    breath = wave(rng.uniform(0.02, 0.25), rng.uniform(0.15, 0.4)) + wave(rng.uniform(0, 0.15), rng.uniform(0.03, 0.12))
    mains = wave(rng.uniform(0, 0.03), 50.0)
    muscles = rng.normal(0, rng.uniform(0.008, 0.045), time.shape)
    total = breath + mains + muscles
    if rng.random() < 0.25:  # an electrode moves
        total = total + rng.normal(0, 0.3) * np.exp(-np.abs(time - rng.uniform(0, _SECONDS)) / rng.uniform(0.1, 0.5))
    return np.asarray(total)


_CLASSES: dict[str, Callable[[_Heart, np.random.Generator], Waves]] = {
    "normal": _regular,
    "premature atrial contraction": _atrial,
    "premature ventricular contraction": _ventricular,
    "atrial fibrillation": _fibrillation,
    "left bundle branch block": _block,
}
