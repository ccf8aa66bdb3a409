"""What is on a rendered face: skin, eyes, brows, nose, mouth, beard, glasses. See `_faces_view` for the words."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from courselib.datasets._faces_view import (
    Array,
    Surface,
    Triple,
    View,
    both,
    bump,
    disc,
    facing,
    paint,
    rgb,
    ridge,
    unit,
)

Batch = dict[str, Array]


class Place(NamedTuple):
    """Where the pixels are on a face."""

    x: Array  # to the right
    y: Array  # down, slightly askew in an asymmetric face
    side: Array  # |x|: what is on both sides is drawn once
    sign: Array  # of x
    nose_x: Array  # as `x` and `y`, from the tip of the nose, which stands out and moves more when the head turns
    nose_y: Array


def paint_face(canvas: Array, t: Batch, view: View, head: Surface, lamp: Triple) -> None:
    """Everything inside the outline of the head but glasses and hair."""
    x, y = head.x, head.y + t["asymmetry"] * head.x
    out = 0.13
    tip = t["eye_y"] + t["nose_length"]
    nose = x - out * view.sin_yaw / view.cos_yaw, y + out * view.sin_pitch - tip
    at = Place(x, y, np.abs(x), np.sign(x), *nose)
    skin = np.broadcast_to(t["skin"], canvas.shape).copy()
    _complexion(skin, t, at)
    _age(skin, t, at)
    _beard(skin, t, view, at)
    _brows(skin, t, view, at)
    skin *= _shading(t, head, lamp, at)
    nostrils = bump(np.abs(at.nose_x) - 0.5 * t["nose_width"], at.nose_y - 0.045, 0.042, 0.024)
    skin *= 1 - (0.62 * nostrils)[:, None]
    _mouth(skin, t, view, at)
    _eyes(skin, t, view, at)
    paint(canvas, view.cover(head.outline), skin)


def _complexion(skin: Array, t: Batch, at: Place) -> None:
    cheeks = bump(at.side - 0.4, at.y - 0.27, 0.17, 0.14)
    paint(skin, 0.42 * t["blush"] * cheeks, t["skin"] * rgb(1.0, 0.62, 0.58))
    dots = np.sin(31 * at.x + 9 * at.y + t["strands"]) * np.sin(29 * at.y - 8 * at.x) - 0.45
    freckles = np.clip(dots * 3, 0, 1) * (cheeks + bump(at.x, at.y - 0.2, 0.2, 0.14)) * t["freckles"]
    paint(skin, 0.7 * np.clip(freckles, 0, 1), t["skin"] * rgb(0.68, 0.5, 0.4))
    mole = np.clip(1.5 - disc(at.x - t["mole_x"], at.y - t["mole_y"], 0.0) / 0.03, 0, 1)
    paint(skin, 0.85 * mole * t["mole"], t["skin"] * 0.35)


def _age(skin: Array, t: Batch, at: Place) -> None:
    """Folds from the nose to the mouth, lines on the forehead, rings under the eyes."""
    folds = ridge(at.side - 0.2 - 0.42 * (at.y - 0.3), 0.03) * ridge(at.y - 0.42, 0.14)
    lines = np.clip(np.sin(46 * at.y + 1.5 * at.x) - 0.5, 0, 1) * bump(at.x, at.y + 0.5, 0.36, 0.15)
    rings = bump(at.side - t["eye_x"], at.y - t["eye_y"] - 0.13, 0.12, 0.035)
    old = np.clip(t["age"] * 1.5 - 0.35, 0, 1)
    skin *= 1 - (old * (0.3 * folds + 0.34 * lines + 0.2 * rings))[:, None]


def _beard(skin: Array, t: Batch, view: View, at: Place) -> None:
    low = at.y - t["mouth_y"]
    mouth = np.sqrt(np.square(at.x / (t["mouth_width"] * 1.06)) + np.square(low / (t["lower_lip"] * 1.9)))
    shaved = 0.1 - 0.1 * mouth  # around the lips
    line = t["beard_line"] - 0.95 * np.clip(at.side - 0.28, 0, 1) + 0.15 * np.clip(0.3 - at.side, 0, 1)
    full = view.cover(both(line - at.y, shaved), 3.0) * np.maximum(t["beard"], t["stubble"])
    goatee = view.cover(both(disc(at.x * 1.25, low - 0.22, 0.27), shaved), 2.5) * t["goatee"]
    thick = 0.05 * t["moustache_size"]
    over_lip = both(np.abs(low + 0.1 + thick - 1.1 * at.x * at.x) - thick, at.side - t["mouth_width"] * 1.12)
    moustache = view.cover(over_lip, 2.0) * t["moustache"]
    paint(skin, both(full, goatee, moustache) * t["beard_dark"], t["natural"] * 0.8)


def _brows(skin: Array, t: Batch, view: View, at: Place) -> None:
    along = (at.side - t["eye_x"]) / t["brow_length"]
    middle = t["eye_y"] - t["brow_height"] - t["brow_raise"] - t["brow_arch"] * (1 - along * along)
    middle = middle - t["brow_tilt"] * (at.side - t["eye_x"])
    thick = t["brow_thickness"] * (0.75 - 0.35 * along)
    brow = both(np.abs(at.y - middle) - thick, (np.abs(along) - 1) * t["brow_length"])
    paint(skin, view.cover(brow, 1.3) * t["brow_dark"], t["natural"] * 0.8)


def _shading(t: Batch, head: Surface, lamp: Triple, at: Place) -> Array:
    """How bright the skin is (m, 3, n, n): hills and hollows tilt the normals, the lamp does the rest."""
    bridge = t["nose_length"] / 2
    chin = t["height"] * t["chin"] * 0.86
    hills = (  # distance to its middle in x and y, the sign of x, width, height, how high
        (at.nose_x, at.nose_y + bridge, 1.0, 0.075, 0.2, 0.085 * t["nose_bridge"]),
        (at.nose_x, at.nose_y, 1.0, t["nose_width"] * 0.8, 0.09, 0.1),
        (at.side - t["eye_x"], at.y - t["eye_y"], at.sign, 0.17, 0.11, -0.05),
        (at.side - 0.42, at.y - 0.26, at.sign, 0.2, 0.16, 0.045),
        (at.x, at.y - t["mouth_y"] - 0.13, 1.0, 0.16, 0.045, -0.02),
        (at.x, at.y - chin, 1.0, 0.17, 0.12, 0.045),
    )
    nx, ny, nz = head.normal
    for dx, dy, sign, width, height, amount in hills:
        hill = 2 * amount * bump(dx, dy, width, height)
        nx = nx + hill * dx * sign / width**2
        ny = ny + hill * dy / height**2
    lit = facing(unit(nx, ny, nz), lamp)
    bright = 1.02 - t["contrast"] + t["contrast"] * 1.15 * np.clip(0.15 + 0.85 * lit, 0, 1.2)
    shadow = bump(at.nose_x, at.nose_y - 0.1, t["nose_width"] * 0.9, 0.05)
    bright = bright * (1 - 0.2 * shadow) + 0.12 * np.clip(lit, 0, 1) ** 12
    return np.asarray(1 + (bright[:, None] - 1) * rgb(0.85, 1.05, 1.12))  # shadows of skin are reddish


def _mouth(skin: Array, t: Batch, view: View, at: Place) -> None:
    smile = t["smile"]
    width = t["mouth_width"] * (1 + 0.16 * smile)
    along = at.x / width
    square = along * along
    arc = np.clip(1 - square, 0, 1)
    down = at.y - t["mouth_y"] - smile * (0.035 - 0.1 * square)  # from where the lips meet
    opened = t["mouth_open"] + 0.045 * np.clip(smile - 0.45, 0, 1)
    ends = (np.abs(along) - 1) * width
    upper = 1.2 * t["upper_lip"] * arc * (1 - t["bow"] * np.exp(-square * 40))
    lower = (1.1 * t["lower_lip"] + opened) * np.sqrt(arc)
    shade = 0.92 + np.clip(down / 0.1, -0.2, 0.28)
    paint(skin, view.cover(both(-down - upper, down - lower, ends)), t["lips"] * shade[:, None])
    line = np.abs(down) - 0.011 - 0.006 * np.abs(along)
    paint(skin, view.cover(both(line, ends)) * 0.85, t["lips"] * 0.35)
    gap = view.cover(both(-down, down - opened * arc, ends)) * np.clip(opened / 0.03, 0, 1)
    paint(skin, gap, rgb(0.28, 0.08, 0.09))
    paint(skin, gap * view.cover(both(down - opened * 0.6, np.abs(along) - 0.8)), 0.93)  # teeth
    corners = bump(at.side - width - 0.02, at.y - t["mouth_y"] + 0.06 * smile, 0.03, 0.04)
    skin *= 1 - (0.2 * corners)[:, None]


def _eyes(skin: Array, t: Batch, view: View, at: Place) -> None:
    size = t["eye_size"]
    out = at.side - t["eye_x"]
    down = at.y - t["eye_y"] + t["eye_tilt"] * out
    along = np.abs(out) / size
    arc = np.clip(1 - along * along, 0, 1)
    upper = size * t["eye_open"] * t["blink"] * arc
    lower = size * t["eye_open"] * 0.62 * np.minimum(t["blink"] * 1.2, 1) * arc
    opening = view.cover(both(-down - upper, down - lower, (along - 1) * size))
    crease = both(np.abs(down + upper * 1.25 + 0.035) - 0.012, (along - 0.95) * size)
    paint(skin, view.cover(crease, 1.6) * t["lid"] * 0.7, t["skin"] * 0.45)
    paint(skin, opening, rgb(0.95, 0.93, 0.92) * (1 - 0.25 * np.clip(-down / size, 0, 1))[:, None])
    radius = size * 0.5
    iris_x, iris_y = out - at.sign * t["gaze_x"] * size, down - t["gaze_y"] * size + 0.06 * size
    ball = disc(iris_x, iris_y, 0.0)
    paint(skin, view.cover(ball - radius) * opening, t["iris"] * (0.7 + 0.6 * np.clip(ball / radius, 0, 0.8))[:, None])
    paint(skin, view.cover(ball - radius * 0.45) * opening, 0.04)
    glint = disc(iris_x + at.sign * radius * 0.35, iris_y + radius * 0.4, radius * 0.3)
    paint(skin, view.cover(glint) * opening * 0.9, 1.0)
    lashes = both(np.abs(down + upper) - t["lash"], (along - 1.08) * size)
    paint(skin, view.cover(lashes, 1.2) * 0.9, t["skin"] * 0.16)


def paint_glasses(canvas: Array, t: Batch, view: View, head: Surface) -> None:
    """Glasses, which stand off the face; sunglasses hide the eyes."""
    x, y = head.x - 0.1 * view.sin_yaw / view.cos_yaw, head.y + 0.08 * view.sin_pitch
    side, down = np.abs(x), y - t["eye_y"] - 0.025
    middle, power = t["eye_x"] + 0.015, t["lens_square"]
    rim = (np.abs((side - middle) / t["lens_width"]) ** power + np.abs(down / t["lens_height"]) ** power) ** (1 / power)
    lens = (rim - 1) * np.minimum(t["lens_width"], t["lens_height"])
    bar = np.abs(down + 0.03) - t["frame_line"] * 0.8
    arms = both(bar, middle + t["lens_width"] - side, -head.z)
    bridge = both(bar - x * x, side - middle + t["lens_width"])
    frame = np.minimum(np.abs(lens) - t["frame_line"], np.minimum(arms, bridge))
    worn = both(t["glasses"], t["sunglasses"]) * view.cover(head.outline, 2)
    dark = both(t["lens_tint"] * t["glasses"], 0.93 * t["sunglasses"])
    paint(canvas, view.cover(lens) * dark * worn, 0.08 + 0.1 * np.clip(-down, 0, 1)[:, None])
    glare = view.cover(np.abs(side - middle - 0.5 * down) - 0.035, 2) * view.cover(lens + 0.04)
    paint(canvas, glare * worn * 0.2, 1.0)
    paint(canvas, view.cover(frame) * worn, t["frame"])
