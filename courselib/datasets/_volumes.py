"""Small computed tomographies (CT) that courselib synthesises: a piece of lung, with or without a nodule."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from courselib.datasets._cache import Arrays, cached

_VERSION = 1  # to be raised whenever the volumes change
_SIDE = 32  # voxels
_VOXEL = 2.0  # millimetres
_LOW, _HIGH = -1000.0, 400.0  # Hounsfield units that become 0 and 1: air is -1000, water 0
_LUNG, _VESSEL, _FAT, _MUSCLE, _BONE = -860.0, 50.0, -95.0, 55.0, 480.0
_TRAIN, _TEST = 0, 1


class LabelledVolumes(NamedTuple):
    """Labelled volumes, split into a training and a test set.

    Attributes:
        x_train: float32 in [0, 1], of shape `(m_train, n_D, n_H, n_W, n_C)`: slices, rows, columns, channels.
        y_train: int64 class ids from 0, of shape `(m_train,)`.
        x_test: float32 in [0, 1], of shape `(m_test, n_D, n_H, n_W, n_C)`.
        y_test: int64 class ids from 0, of shape `(m_test,)`.
        class_names: The name of each class id, in order.

    Example:
    ```python
    x_train, y_train, x_test, y_test, class_names = load_ct()
    ```
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]


def load_ct(num_train: int = 800, num_test: int = 200, seed: int = 0) -> LabelledVolumes:
    """Cubes of lung, 64 millimetres wide, half of them with a nodule: a small round growth.

    Dark lung, bright branching vessels, airways with their walls, and often a piece of the chest wall with ribs. A
    nodule is as bright as a vessel, and in one slice a vessel that crosses it is as round as a nodule: only the shape
    in three dimensions tells them apart. Intensities are Hounsfield units, -1000 (air) to 400 (bone) brought to [0, 1].

    These are drawings, good for learning about three-dimensional convolution. A model trained on them knows nothing
    about patients.

    Args:
        num_train: The number of training volumes. Every second one has a nodule. More of them begin with the same ones.
        num_test: The number of test volumes, of other lungs.
        seed: Another seed gives other lungs, from 0.

    Returns:
        `LabelledVolumes` of shape `(m, 32, 32, 32, 1)`; a voxel is 2 millimetres wide. Class 1 is `"nodule"`.

    Raises:
        ValueError: For a number out of its range.

    Example:
    ```python
    x_train, y_train, x_test, y_test, class_names = load_ct()
    plt.imshow(x_train[1, 16, :, :, 0], cmap="gray")  # the middle slice of a volume with a nodule
    ```
    """
    for name, value, least in (("num_train", num_train, 1), ("num_test", num_test, 1), ("seed", seed, 0)):
        if value < least:
            raise ValueError(f"Expected `{name}` to be at least {least}. Received: {name}={value}.")

    def render() -> Arrays:
        lungs = {"train": (_TRAIN, num_train), "test": (_TEST, num_test)}
        return {
            part: np.stack([_volume(np.random.default_rng([seed, split, i]), bool(i % 2)) for i in range(number)])
            for part, (split, number) in lungs.items()
        }

    volumes = cached("ct", _VERSION, {"num_train": num_train, "num_test": num_test, "seed": seed}, render)
    x_train, x_test = (volumes[part][..., None] / np.float32(255) for part in ("train", "test"))
    y_train, y_test = (np.arange(len(x), dtype=np.int64) % 2 for x in (x_train, x_test))
    return LabelledVolumes(x_train, y_train, x_test, y_test, ("no nodule", "nodule"))


def _volume(rng: np.random.Generator, with_nodule: bool) -> np.ndarray:
    """One cube of lung: uint8 (32, 32, 32). With or without its nodule, it is the same lung."""
    growth = rng.spawn(1)[0]
    places = _places()
    tissue = _LUNG + 45 * (_clouds(rng, 4) - 0.5) + rng.normal(0, 25) + 0.6 * places[1]  # denser towards the back
    wall = rng.random() < 0.6
    depth = _depth_of_wall(rng, places) if wall else np.full(tissue.shape, 99.0)
    _vessels(tissue, rng)
    for _ in range(rng.integers(0, 3)):
        _airway(tissue, rng)
    if with_nodule:
        _nodule(tissue, growth, places, depth)
    if wall:
        _chest_wall(tissue, rng, places, depth)
    return _scan(tissue, rng)


def _places() -> np.ndarray:
    """Millimetres from the middle of the cube: slices, rows, columns (3, 32, 32, 32)."""
    line = (np.arange(_SIDE, dtype=np.float32) - (_SIDE - 1) / 2) * _VOXEL
    return np.stack(np.meshgrid(line, line, line, indexing="ij"))


def _on_a_sphere(rng: np.random.Generator) -> np.ndarray:
    direction = rng.normal(size=3)
    return np.asarray(direction / np.linalg.norm(direction))


def _clouds(rng: np.random.Generator, cells: int) -> np.ndarray:
    """Smooth random numbers, about in [0, 1] (32, 32, 32), `cells` hills across."""
    values = rng.random((cells + 1,) * 3).astype(np.float32)
    at = np.linspace(0, cells, _SIDE)
    low = np.minimum(at.astype(int), cells - 1)
    part = (at - low).astype(np.float32)
    part = part * part * (3 - 2 * part)
    for axis in range(3):
        weight = part.reshape([-1 if axis == other else 1 for other in range(3)])
        values = np.take(values, low, axis) * (1 - weight) + np.take(values, low + 1, axis) * weight
    return values


def _lay(tissue: np.ndarray, inside: np.ndarray, unit: np.ndarray | float) -> None:
    """Fill with a density where the distance `inside` (millimetres) is positive; a voxel on the edge in part."""
    tissue += np.clip(0.5 + inside / _VOXEL, 0, 1) * (unit - tissue)


def _tube(tissue: np.ndarray, start: np.ndarray, end: np.ndarray, radius: float, unit: float) -> None:
    """A piece of a pipe with round ends, in the part of the cube that it reaches."""
    low = np.minimum(start, end) - radius - _VOXEL
    high = np.maximum(start, end) + radius + _VOXEL
    first = np.clip(np.floor(low / _VOXEL + _SIDE / 2).astype(int), 0, _SIDE)
    last = np.clip(np.ceil(high / _VOXEL + _SIDE / 2).astype(int), 0, _SIDE)
    if (first >= last).any():
        return
    box = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
    axes = [(np.arange(a, b) - (_SIDE - 1) / 2) * _VOXEL for a, b in zip(first, last, strict=True)]
    away = [axis.reshape([-1 if i == j else 1 for j in range(3)]) - start[i] for i, axis in enumerate(axes)]
    along = end - start
    part = np.clip(sum(away[i] * along[i] for i in range(3)) / (along @ along), 0, 1)
    distance = np.sqrt(sum(np.square(away[i] - part * along[i]) for i in range(3)))
    _lay(tissue[box], radius - distance, unit)


def _vessels(tissue: np.ndarray, rng: np.random.Generator) -> None:
    """Vessels that come in from the edge of the cube, wind, thin, and branch."""
    for _ in range(rng.integers(4, 8)):
        start = _on_a_sphere(rng) * 34
        unit = _VESSEL + rng.normal(0, 25)
        open_ends = [(start, rng.normal(0, 14, 3) - start, rng.uniform(1.0, 2.9), 2)]
        while open_ends:
            at, heading, radius, branchings = open_ends.pop()
            for _ in range(rng.integers(5, 11)):
                heading = heading / np.linalg.norm(heading)
                _tube(tissue, at, at + heading * 6.5, radius, unit)
                at = at + heading * 6.5
                if np.abs(at).max() > 40:
                    break  # out of the cube
                if branchings and rng.random() < 0.22:
                    aside = heading + rng.normal(0, 0.7, 3)
                    open_ends.append((at, aside, radius * rng.uniform(0.6, 0.85), branchings - 1))
                heading = heading + rng.normal(0, 0.2, 3)
                radius = max(0.6, radius * rng.uniform(0.9, 0.99))


def _airway(tissue: np.ndarray, rng: np.random.Generator) -> None:
    """A pipe of air with a thin wall."""
    start = _on_a_sphere(rng) * 40
    heading = rng.normal(0, 12, 3) - start
    end = start + heading / np.linalg.norm(heading) * rng.uniform(35, 75)
    radius = rng.uniform(1.8, 3.2)
    _tube(tissue, start, end, radius + 1.3, -180.0)
    _tube(tissue, start, end, radius, -985.0)


def _nodule(tissue: np.ndarray, rng: np.random.Generator, places: np.ndarray, depth: np.ndarray) -> None:
    """A round growth with an uneven surface, somewhere in the lung."""
    radius = rng.uniform(4.5, 9.0)
    room = (np.abs(places).max(0) < 30 - radius) & (depth > radius * rng.choice([0.3, 1.2]))
    at = places[:, *rng.permutation(np.argwhere(room))[0]]
    stretch = np.exp(rng.normal(0, 0.12, 3))
    away = np.sqrt(np.square((places - at[:, None, None, None]) / stretch[:, None, None, None]).sum(0))
    uneven = radius * rng.uniform(0.1, 0.5) * (_clouds(rng, 8) - 0.5)
    solid = rng.random() < 0.85  # the others are as ground glass
    unit = _VESSEL + rng.normal(0, 35) if solid else rng.uniform(-520, -300)
    _lay(tissue, radius + uneven - away, np.maximum(unit, tissue))


def _depth_of_wall(rng: np.random.Generator, places: np.ndarray) -> np.ndarray:
    """How far each voxel is from the chest wall, in millimetres; negative inside the wall."""
    towards = rng.normal(0, 0.25, 3)
    towards[rng.integers(1, 3)] += rng.choice([-1, 1])  # to the front, the back, the left or the right
    towards /= np.linalg.norm(towards)
    reach = np.tensordot(towards, places, 1)
    around = np.square(places).sum(0) - np.square(reach)
    return np.asarray(rng.uniform(8, 22) - reach - around / rng.uniform(150, 300))


def _chest_wall(tissue: np.ndarray, rng: np.random.Generator, places: np.ndarray, depth: np.ndarray) -> None:
    """Muscle, a layer of fat, and ribs that slant through them."""
    _lay(tissue, -depth, _MUSCLE + 30 * (_clouds(rng, 6) - 0.5))
    _lay(tissue, -np.abs(depth + rng.uniform(14, 20)) + rng.uniform(2, 5), _FAT)
    period, slant = rng.uniform(22, 28), rng.uniform(-0.5, 0.5, 2)
    height = places[0] + slant[0] * places[1] + slant[1] * places[2] + rng.uniform(0, period)
    height = (height + period / 2) % period - period / 2
    rib = 1 - np.sqrt(np.square(height / rng.uniform(4.5, 6)) + np.square((depth + 7.5) / 4))
    _lay(tissue, 5 * rib, _BONE + 150 * (_clouds(rng, 10) - 0.5))


def _scan(tissue: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The scanner: slightly blurred, noisy, in whole numbers."""
    blur = rng.uniform(0.1, 0.35)
    for axis in range(3):
        padded = np.pad(tissue, [(1, 1) if axis == other else (0, 0) for other in range(3)], mode="edge")
        sides = np.take(padded, range(_SIDE), axis) + np.take(padded, range(2, _SIDE + 2), axis)
        tissue = tissue * (1 - blur) + sides * blur / 2
    noisy = tissue + rng.normal(0, rng.uniform(12, 45), tissue.shape)
    return np.asarray(np.rint(np.clip((noisy - _LOW) / (_HIGH - _LOW), 0, 1) * 255), np.uint8)
