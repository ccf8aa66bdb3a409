"""Draws pictures of people: a room, shoulders, a head with its hair, what hides it, and the camera."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from courselib.datasets._faces_features import Batch, paint_face, paint_glasses
from courselib.datasets._faces_people import Traits
from courselib.datasets._faces_view import (
    Array,
    Surface,
    Triple,
    View,
    both,
    disc,
    facing,
    look,
    meet,
    paint,
    pixels,
    rgb,
    ridge,
)

_BATCH = 8  # pictures drawn at once: enough to make NumPy's calls cheap, few enough for the processor's cache
_DEPTH = 0.82  # of a head, from its middle to the root of the nose


def render(people: Sequence[Traits], pictures: Sequence[tuple[Traits, np.random.Generator]], size: int) -> Array:
    """Pictures of people.

    Args:
        people: Who is on each picture.
        pictures: What each picture adds, and the generator of its noise.
        size: Pixels per side.

    Returns:
        uint8, of shape `(m, size, size, 3)`.
    """
    images = np.empty((len(people), size, size, 3), np.uint8)
    for start in range(0, len(people), _BATCH):
        some = slice(start, start + _BATCH)
        traits = _stack([{**who, **what} for who, (what, _) in zip(people[some], pictures[some], strict=True)])
        noise = np.stack([rng.standard_normal((3, size, size), np.float32) for _, rng in pictures[some]])
        images[some] = _draw(traits, noise, size).transpose(0, 2, 3, 1)
    return images


def _stack(traits: Sequence[Traits]) -> Batch:
    """Every trait of a batch: (m, 1, 1) for a number, (m, 3, 1, 1) for a colour."""
    return {name: np.array([one[name] for one in traits], np.float32)[..., None, None] for name in traits[0]}


def _draw(t: Batch, noise: Array, size: int) -> Array:
    view = look(t, size)
    lamp = _lamp(t, view)
    head = _head(t, view)
    hair = _hair_shell(t, view)
    canvas = _room(t, size)
    _back_hair(canvas, t, view, hair)
    _body(canvas, t, view)
    _ears(canvas, t, view)
    paint_face(canvas, t, view, head, lamp)
    _front_hair(canvas, t, view, hair, lamp)
    paint_glasses(canvas, t, view, head)
    _hat(canvas, t, view, hair)
    _mask(canvas, t, view, head)
    _thing(canvas, t, size)
    return _photograph(canvas, t, noise)


def _lamp(t: Batch, view: View) -> Triple:
    """The direction of the light, in the axes of the head."""
    x, y = t["light_x"], t["light_y"]
    norm = np.sqrt(x * x + y * y + 1)
    return view.into_head(x / norm, y / norm, 1 / norm)


def _room(t: Batch, size: int) -> Array:
    """A wall with a soft shade, and up to three blurred things."""
    x, y = pixels(size)
    fade = 0.5 + 0.36 * (x * np.cos(t["wall_angle"]) + y * np.sin(t["wall_angle"]))
    canvas = t["wall"] + fade[:, None] * (t["wall_second"] - t["wall"])
    for spot in ("spot0", "spot1", "spot2"):
        dx, dy = np.abs(x - t[f"{spot}_x"]), np.abs(y - t[f"{spot}_y"])
        round_, upright = np.sqrt(dx * dx + dy * dy), np.maximum(dx, dy * 0.5)
        distance = round_ + t[f"{spot}_upright"] * (upright - round_) - t[f"{spot}_size"]
        paint(canvas, np.clip(0.5 - distance / t[f"{spot}_soft"], 0, 1) * t[f"{spot}_strength"], t[f"{spot}_colour"])
    return np.asarray(canvas)


def _head(t: Batch, view: View) -> Surface:
    """An ellipsoid whose width changes with the height, and whose lower half is longer or shorter."""
    y = view.v * view.cos_pitch + 0.3 * view.sin_pitch
    shape = t["jaw"] * ridge(y - 0.62, 0.3) + t["cheek"] * ridge(y - 0.15, 0.25) + t["forehead"] * ridge(y + 0.5, 0.3)
    height = np.where(view.v < 0, t["height"], t["height"] * t["chin"])
    return meet(view, (t["width"] * (1 + shape), height, _DEPTH))


def _hair_shell(t: Batch, view: View) -> Surface:
    wave = np.sin(9 * view.u + 5 * view.v) * np.sin(11 * view.v - 3 * view.u + t["strands"])
    width = t["width"] * (1.01 + 0.06 * t["forehead"]) + t["volume"] * 0.8 + 0.05 * t["curl"] * wave
    return meet(view, (width, t["height"] + t["volume"], _DEPTH + t["volume"] * 0.7), y0=-0.02, z0=-0.04)


def _back_hair(canvas: Array, t: Batch, view: View, shell: Surface) -> None:
    """What is seen behind the face: the back of the head, what falls on the shoulders, a bun on top."""
    u, v = view.around(0.0, 0.0, -0.2)
    waves = t["curl"] * (0.03 * np.sin(14 * v + t["strands"]) + 0.04 * np.sin(8 * u + 9 * v))
    half = t["width"] + t["volume"] * 0.8 + 0.09 * np.clip(v, 0, 1.2) + waves
    fallen = both(np.abs(u) - half, -v, v - t["length"] + 0.35 * u * u)
    behind = both(shell.outline, view.v - 0.5 * both(t["length"], t["sideburn"]) - 0.1)
    behind = np.where(_is_long(t), np.minimum(fallen, behind), behind)
    streaks = 0.62 + 0.1 * np.sin(t["strands"] * u + 3 * np.sin(2 * v))
    shade = streaks + t["scarf"] * (0.7 - streaks)
    paint(canvas, view.cover(behind, 1.5) * (1 - 0.62 * t["shaven"]), t["hair"] * shade[:, None])
    u, v = view.around(0.0, -t["height"] - 0.6 * t["volume"] - 0.55 * t["bun_size"], -0.15)
    shade = 0.85 - 0.2 * u - 0.5 * v + 0.08 * np.sin(26 * (u * u + v))
    paint(canvas, view.cover(disc(u * 0.9, v, t["bun_size"])) * t["bun"], t["hair"] * shade[:, None])


def _is_long(t: Batch) -> Array:
    return np.asarray(t["length"] > 0)


def _body(canvas: Array, t: Batch, view: View) -> None:
    u, v = view.around(0.0, t["height"] * t["chin"], -0.15)  # from the chin
    side = np.abs(u)
    neck = both(side - t["neck"] - 0.25 * np.clip(v - 0.1, 0, 1), -0.6 - v)
    shade = 0.86 - 0.34 * np.clip(1.24 - 3 * v, 0, 1) + 0.25 * u * t["light_x"]
    paint(canvas, view.cover(neck), t["skin"] * np.clip(shade, 0.3, 1.1)[:, None])
    shoulder = 0.18 + 0.2 * np.minimum(side, 1.1) ** 2 + 0.9 * np.clip(side - 1.05, 0, 1) ** 2
    collar = 0.12 + t["collar"] * (0.42 - side)
    cloth = both(shoulder - v, 0.7 * np.minimum(collar - v, 0.46 - side))
    shade = 0.92 + 0.25 * u * t["light_x"] - 0.2 * np.clip(side - 0.7, 0, 1) - 0.18 * ridge(v - collar, 0.06)
    paint(canvas, view.cover(cloth), t["cloth"] * shade[:, None])
    scarf = both(side - t["neck"] - 0.24, v - collar - 0.5, -0.2 - v)
    folds = 0.72 + 0.1 * np.sin(9 * v + 4 * u)
    paint(canvas, view.cover(scarf, 2) * t["scarf"], t["hair"] * folds[:, None])


def _ears(canvas: Array, t: Batch, view: View) -> None:
    for side in (-1.0, 1.0):
        u, v = view.around(side * t["width"] * 0.99, 0.08, -0.03)
        ear = disc(u * 1.7, v - 0.15 * u * side, t["ear"]) * 0.7
        shade = 0.9 - 0.22 * view.cover(ear + 0.05, 3) + 0.2 * side * t["light_x"] * t["contrast"]
        paint(canvas, view.cover(ear) * (1 - t["scarf"]), t["skin"] * shade[:, None])
        ring = disc(u, v - t["ear"] - 0.03, 0.045)
        paint(canvas, view.cover(ring) * t["earring"] * (1 - t["scarf"]), rgb(0.93, 0.78, 0.35))


def _front_hair(canvas: Array, t: Batch, view: View, shell: Surface, lamp: Triple) -> None:
    """The hair that lies on the head, over the forehead and along the sides; or a scarf."""
    x, y, z = shell.x, shell.y, shell.z
    strands = np.sin(t["strands"] * (x + 0.25 * np.sin(3 * y + t["strands"])) / (1.15 + 0.5 * y))
    line = t["hairline"] - t["height"] + t["fall"] * np.square(x - t["part"]) + (t["sweep"] + t["hair_mess"]) * x
    line = line + 0.012 * strands - t["receding"] * ridge(np.abs(x) - 0.34, 0.17)
    long = _is_long(t)
    back = np.where(long, np.float32(0.2), np.float32(0.02)) + 0.12 * t["scarf"] + 0.03 * strands
    sides = both(z - back, y - np.where(long, t["length"], t["sideburn"]), 0.5 * t["width"] - np.abs(x))
    grown = np.minimum(y - line, sides)
    lit = facing(shell.normal, lamp)
    bright = 1.08 - t["contrast"] + t["contrast"] * np.clip(0.2 + 0.9 * lit, 0, 1.2)
    gloss = 0.22 * ridge(lit - 0.86, 0.07) * (1 - t["shaven"])
    fine = 0.08 * strands + 0.05 * np.sin(2.7 * t["strands"] * (x + 0.2 * y))
    curls = 0.12 * t["curl"] * np.sin(17 * x + 4 * y) * np.sin(15 * y - 5 * x)
    folds = 0.06 * np.sin(12 * y + 7 * np.abs(x))
    texture = fine + curls + gloss + t["scarf"] * (folds - fine - curls - gloss)
    edge = 0.2 * np.clip(1 - np.abs(grown) / 0.07, 0, 1)  # darker where it ends
    cover = view.cover(both(shell.outline, grown), 1.4) * (1 - 0.62 * t["shaven"])
    paint(canvas, cover, t["hair"] * (bright + texture - edge)[:, None])


def _hat(canvas: Array, t: Batch, view: View, shell: Surface) -> None:
    brim = shell.y + 0.4 - 0.1 * shell.x * shell.x
    ribs = 0.9 + 0.12 * np.sin(26 * shell.x / (1.2 + 0.6 * shell.y))
    ribs = ribs * (1 - 0.25 * np.clip(1 - np.abs(brim + 0.14) / 0.03, 0, 1)) * (0.75 + 0.35 * shell.normal[2])
    paint(canvas, view.cover(both(shell.outline - 0.07, brim)) * t["hat"], t["thing_colour"] * ribs[:, None])


def _mask(canvas: Array, t: Batch, view: View, head: Surface) -> None:
    y = head.y + 0.1 * view.sin_pitch
    mask = both(head.outline - 0.02, 0.2 + 0.35 * head.x * head.x - y, y - 0.9)
    pleats = 0.7 + 0.3 * head.normal[2] - 0.12 * np.clip(np.sin(24 * y), 0, 1) * (np.abs(head.x) < 0.5)
    paint(canvas, view.cover(mask) * t["mask"], (0.6 + 0.4 * t["thing_colour"]) * pleats[:, None])


def _thing(canvas: Array, t: Batch, size: int) -> None:
    """A ball before the camera."""
    x, y = pixels(size)
    x, y = x - t["thing_x"], y - t["thing_y"]
    cover = np.clip(0.5 - disc(x, y, t["thing_size"]) / 0.06, 0, 1)
    paint(canvas, cover * t["thing"], t["thing_colour"] * (0.85 - 0.4 * y)[:, None])


def _photograph(canvas: Array, t: Batch, noise: Array) -> Array:
    """The camera: exposure, tint, a lens out of focus, noise, whole numbers."""
    canvas *= t["exposure"][:, None] * t["tint"]
    amount = 0.5 * t["blur"][:, None]
    for _ in range(2):
        inner = canvas[..., 1:-1]
        inner += amount * ((canvas[..., :-2] + canvas[..., 2:]) * 0.5 - inner)
        inner = canvas[:, :, 1:-1]
        inner += amount * ((canvas[:, :, :-2] + canvas[:, :, 2:]) * 0.5 - inner)
    canvas += t["noise"][:, None] * noise
    return np.asarray(np.rint(np.clip(canvas, 0, 1) * 255), np.uint8)
