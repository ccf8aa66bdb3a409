"""People and motorcycles of the dashcam scenes: skeletons of capsules, in metres; x right, y up, z where they face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from courselib.datasets._dashcam_canvas import Canvas, Colour, Mesh, Place
from courselib.datasets._dashcam_vehicles import PAINTS, cuboid

_SKIN: tuple[Colour, ...] = ((236, 196, 166), (204, 150, 112), (144, 98, 68), (96, 64, 48))
_HAIR: tuple[Colour, ...] = ((34, 26, 22), (96, 62, 38), (190, 156, 92), (128, 126, 124))
_TROUSERS: tuple[Colour, ...] = ((38, 46, 84), (44, 44, 48), (124, 104, 78), (78, 80, 86), (60, 78, 110))
_COATS: tuple[Colour, ...] = (*PAINTS, (224, 96, 128), (92, 60, 120), (52, 110, 110), (150, 160, 90))
_SHOE: Colour = (28, 26, 26)

Capsule = tuple[tuple[float, float, float], tuple[float, float, float], float, Colour]


@dataclass(frozen=True)
class Person:
    """Somebody walking or standing: colours, build, and what they carry."""

    size: float
    stride: float  # how far the legs swing, in radians; 0 stands still
    pace: float  # steps per second
    phase: float
    colours: tuple[Colour, Colour, Colour, Colour]  # skin, hair, coat, trousers
    coat_length: float
    hat: bool
    backpack: Colour | None
    bag: Colour | None
    umbrella: Colour | None
    width: float = 0.5
    length: float = 0.5

    @property
    def height(self) -> float:
        """The height in metres."""
        return 1.75 * self.size

    def draw(self, canvas: Canvas, place: Place, time: float) -> None:
        """Draw the person as they are at a time in seconds."""
        swing = self.stride * np.sin(2 * np.pi * self.pace * time + self.phase)
        _draw(canvas, self._body(swing), place, self.size)

    def _body(self, swing: float) -> list[Capsule]:
        skin, hair, coat, trousers = self.colours
        dark = _darker(coat)
        parts = _legs(swing, trousers) + _arms(swing, dark, skin)
        hem = 0.92 - self.coat_length
        for x in (-0.1, 0.1):
            parts.append(((x, 1.36, 0), (0.85 * x, hem, 0), 0.115, coat))
        parts.append(((0, 1.38, 0.01), (0, hem, 0.01), 0.12, coat))
        parts.append(((0, 1.45, 0.01), (0, 1.56, 0.02), 0.055, skin))
        parts.append(((0, 1.6, 0.03), (0, 1.66, 0.03), 0.095, skin))
        parts.append(((0, 1.64, -0.02), (0, 1.69, -0.01), 0.1, hair))
        if self.hat:
            parts.append(((0, 1.72, -0.01), (0, 1.74, 0.03), 0.105, dark))
        if self.backpack:
            parts.append(((0, 1.32, -0.2), (0, 1.08, -0.2), 0.13, self.backpack))
        if self.bag:
            parts.append(((0.3, 0.62, 0), (0.3, 0.5, 0), 0.13, self.bag))
        if self.umbrella:
            parts.append(((0.16, 1.2, 0.2), (0.12, 1.95, 0.12), 0.015, _SHOE))
            for x in (-0.26, -0.08, 0.1, 0.28):
                parts.append(((x + 0.1, 1.93, 0.1), (x * 0.5 + 0.1, 2.03, 0.1), 0.09, self.umbrella))
        return parts


def _draw(canvas: Canvas, parts: Sequence[Capsule], place: Place, size: float = 1.0) -> None:
    ends = np.array([part[:2] for part in parts]) * size
    radii = np.array([part[2] for part in parts]) * size
    canvas.capsules(ends, radii, np.array([part[3] for part in parts]), place)


def _darker(colour: Colour) -> Colour:
    r, g, b = colour
    return 0.82 * r, 0.82 * g, 0.82 * b


def _legs(swing: float, trousers: Colour) -> list[Capsule]:
    parts: list[Capsule] = []
    for side in (-1, 1):
        angle = side * swing
        knee = (0.09 * side, 0.9 - 0.42 * np.cos(angle), 0.42 * np.sin(angle))
        bent = angle - 0.9 * max(-angle, 0) - 0.06
        ankle = (0.09 * side, max(knee[1] - 0.4 * np.cos(bent), 0.07), knee[2] + 0.4 * np.sin(bent))
        shade = trousers if side > 0 else _darker(trousers)
        parts.append(((0.08 * side, 0.9, 0), knee, 0.085, shade))
        parts.append((knee, ankle, 0.068, shade))
        parts.append(((ankle[0], 0.05, ankle[2] - 0.03), (ankle[0], 0.045, ankle[2] + 0.15), 0.05, _SHOE))
    return parts


def _arms(swing: float, sleeve: Colour, skin: Colour) -> list[Capsule]:
    parts: list[Capsule] = []
    for side in (-1, 1):
        angle = -0.8 * side * swing
        elbow = (0.25 * side, 1.4 - 0.28 * np.cos(angle), 0.28 * np.sin(angle))
        hand = (0.26 * side, elbow[1] - 0.26 * np.cos(angle + 0.35), elbow[2] + 0.26 * np.sin(angle + 0.35))
        parts.append(((0.2 * side, 1.4, 0), elbow, 0.058, sleeve))
        parts.append((elbow, hand, 0.05, sleeve))
        parts.append((hand, (hand[0], hand[1] - 0.05, hand[2] + 0.01), 0.045, skin))
    return parts


def random_person(rng: np.random.Generator, walks: bool = True, rain: bool = False) -> Person:
    """Anybody."""
    coats, chance = [_COATS[index] for index in rng.integers(len(_COATS), size=4)], rng.random(5)
    return Person(
        size=float(rng.uniform(0.86, 1.08)),
        stride=float(rng.uniform(0.3, 0.55)) if walks else 0.06,
        pace=float(rng.uniform(0.8, 1.05)),
        phase=float(rng.uniform(0, 2 * np.pi)),
        colours=(
            _SKIN[rng.integers(4)],
            _HAIR[rng.integers(4)],
            coats[0],
            _TROUSERS[rng.integers(len(_TROUSERS))],
        ),
        coat_length=float(rng.choice([0.0, 0.04, 0.32], p=[0.4, 0.35, 0.25])),
        hat=bool(chance[0] < 0.2),
        backpack=coats[1] if chance[1] < 0.25 else None,
        bag=coats[2] if chance[2] < 0.25 else None,
        umbrella=coats[3] if chance[3] < (0.6 if rain else 0.0) else None,
    )


@dataclass(frozen=True)
class Motorcycle:
    """A motorcycle, most often with somebody on it."""

    paint: Colour
    coat: Colour
    helmet: Colour
    rider: bool
    lean: float  # how far the rider leans forward, in metres
    scooter: bool
    width: float = 0.7
    length: float = 2.1

    @property
    def height(self) -> float:
        """The height in metres."""
        return 1.62 if self.rider else 1.15

    def draw(self, canvas: Canvas, place: Place, time: float) -> None:
        """Draw it."""
        canvas.mesh(_wheels(0.24 if self.scooter else 0.31), place)
        parts = self._scooter() if self.scooter else self._machine()
        if self.rider:
            parts += self._rider()
        _draw(canvas, parts, place)
        canvas.mesh(_bike_lamps(), place)

    def _machine(self) -> list[Capsule]:
        dark, chrome, paint = (38, 38, 42), (168, 170, 176), self.paint
        tyre: Colour = (24, 24, 26)
        return [
            ((0, 0.12, -0.7), (0, 0.54, -0.7), 0.07, tyre),
            ((0, 0.12, 0.72), (0, 0.54, 0.72), 0.06, tyre),
            ((0, 0.42, -0.1), (0, 0.5, 0.22), 0.17, (78, 80, 84)),
            ((0, 0.36, -0.66), (0, 0.45, -0.1), 0.06, dark),
            ((0.15, 0.34, 0.0), (0.17, 0.42, -0.72), 0.05, chrome),
            ((0, 0.84, 0.02), (0, 0.9, 0.36), 0.15, paint),
            ((0, 0.8, -0.62), (0, 0.8, -0.02), 0.11, dark),
            ((0, 0.84, -0.85), (0, 0.8, -0.6), 0.08, paint),
            ((0, 0.62, -0.98), (0, 0.76, -0.9), 0.07, dark),
            ((-0.09, 0.35, 0.72), (-0.1, 1.0, 0.5), 0.03, chrome),
            ((0.09, 0.35, 0.72), (0.1, 1.0, 0.5), 0.03, chrome),
            ((0, 0.66, 0.74), (0, 0.62, 0.6), 0.075, paint),
            ((0, 0.86, 0.56), (0, 1.02, 0.5), 0.13, paint),
            ((-0.34, 1.04, 0.36), (0.34, 1.04, 0.36), 0.028, dark),
            ((-0.3, 1.06, 0.42), (-0.36, 1.2, 0.42), 0.03, dark),
            ((0.3, 1.06, 0.42), (0.36, 1.2, 0.42), 0.03, dark),
        ]

    def _scooter(self) -> list[Capsule]:
        dark, paint = (38, 38, 42), self.paint
        tyre: Colour = (24, 24, 26)
        return [
            ((0, 0.1, -0.6), (0, 0.4, -0.6), 0.065, tyre),
            ((0, 0.1, 0.66), (0, 0.4, 0.66), 0.06, tyre),
            ((0, 0.5, -0.7), (0, 0.62, -0.2), 0.2, paint),
            ((0, 0.28, -0.25), (0, 0.28, 0.35), 0.13, paint),
            ((0, 0.35, 0.5), (0, 0.98, 0.36), 0.14, paint),
            ((0, 0.46, 0.72), (0, 0.5, 0.58), 0.09, paint),
            ((0, 0.8, -0.7), (0, 0.8, -0.12), 0.1, dark),
            ((0, 0.88, -0.86), (0, 1.0, -0.86), 0.16, _darker(paint)),
            ((-0.3, 1.04, 0.3), (0.3, 1.04, 0.3), 0.035, dark),
            ((-0.28, 1.06, 0.34), (-0.33, 1.18, 0.34), 0.03, dark),
            ((0.28, 1.06, 0.34), (0.33, 1.18, 0.34), 0.03, dark),
        ]

    def _rider(self) -> list[Capsule]:
        lean, coat, trousers = self.lean, self.coat, (44, 48, 62)
        parts: list[Capsule] = []
        for side in (-1, 1):
            knee = (0.24 * side, 0.74, 0.22)
            parts.append(((0.12 * side, 0.9, -0.25), knee, 0.09, trousers))
            parts.append((knee, (0.2 * side, 0.36, -0.05), 0.07, trousers))
            parts.append(((0.2 * side, 0.3, -0.05), (0.21 * side, 0.3, 0.12), 0.055, _SHOE))
            shoulder, elbow = (0.2 * side, 1.34, lean - 0.22), (0.34 * side, 1.12, lean - 0.02)
            parts.append((shoulder, elbow, 0.07, _darker(coat)))
            parts.append((elbow, (0.3 * side, 1.06, 0.34), 0.058, _darker(coat)))
            parts.append(((0.11 * side, 1.32, lean - 0.22), (0.09 * side, 0.92, -0.28), 0.13, coat))
        parts.append(((0, 1.36, lean - 0.22), (0, 0.94, -0.28), 0.13, coat))
        parts.append(((0, 1.52, lean - 0.12), (0, 1.55, lean - 0.15), 0.15, self.helmet))
        parts.append(((-0.05, 1.53, lean + 0.0), (0.05, 1.53, lean + 0.0), 0.07, (30, 36, 44)))
        return parts


@cache
def _wheels(radius: float) -> Mesh:
    mesh = Mesh()
    for z in (-0.7, 0.72) if radius > 0.3 else (-0.6, 0.66):
        for side in (-1, 1):
            around = np.linspace(0, 2 * np.pi, 17)[:-1] * side
            for scale, colour in (
                (1.0, (24, 24, 26)),
                (0.72, (150, 152, 156)),
                (0.6, (74, 76, 80)),
                (0.22, (180,) * 3),
            ):
                y, depth = radius * (1 + scale * np.sin(around)), z + scale * radius * np.cos(around)
                mesh.faces(np.stack([np.full_like(y, 0.05 * side), y, depth], axis=-1)[None], colour)
    return mesh


@cache
def _bike_lamps() -> Mesh:
    mesh = Mesh()
    mesh.face(cuboid((-0.09, 0.09), (0.7, 0.8), (-1.06, -1.0))["rear"], (150, 18, 22), lamp=(255, 52, 36))
    mesh.face(cuboid((-0.08, 0.08), (0.5, 0.62), (-1.07, -1.0))["rear"], (226, 226, 214))
    mesh.face(cuboid((-0.09, 0.09), (0.82, 0.98), (0.6, 0.7))["front"], (232, 234, 232), lamp=(255, 250, 224))
    return mesh


def random_motorcycle(rng: np.random.Generator, rider: bool = True) -> Motorcycle:
    """A motorcycle or a scooter of any paint."""
    paint, coat, helmet = (PAINTS[index] for index in rng.integers(len(PAINTS), size=3))
    return Motorcycle(paint, coat, helmet, rider, float(rng.uniform(-0.05, 0.22)), scooter=bool(rng.random() < 0.3))
