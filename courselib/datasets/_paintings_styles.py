"""Five painters. Each paints a canvas of n x n pixels, float32 (n, n, 3), that `load_paintings` halves."""

from __future__ import annotations

import numpy as np
from PIL import ImageDraw

from courselib.datasets._paintings_brush import (
    Array,
    blend,
    brush,
    clouds,
    colours,
    grid,
    paper,
    ramp,
    relief,
    to_array,
    to_image,
)


def swirls(rng: np.random.Generator, n: int) -> Array:
    """A night sky of brush strokes that whirl about stars, over dark hills."""
    x, y = grid(n)
    sky = colours("0b1a4a", "163a8c", "2f6db5", "78aacb", "d5dcc0")
    model = ramp(0.85 * clouds(rng, n, 5, 3), sky)
    flow = 0.35 * clouds(rng, n, 4, 2)
    down, right = np.gradient(flow, 1 / n)
    stars = _apart(rng, 9, 0.2, (0.06, 0.04), (0.94, 0.6))
    for i, (at_x, at_y) in enumerate(stars):
        size = rng.uniform(0.03, 0.055) * (1.9 if i == 0 else 1)
        dx, dy = x - at_x, y - at_y
        away = np.sqrt(dx * dx + dy * dy) / size
        whirl = 9 * np.exp(-np.square(away / 2.6))
        down, right = down - whirl * dy / size, right - whirl * dx / size
        rings = 0.55 * np.exp(-np.square((away - 1.9) / 0.4)) + 0.35 * np.exp(-np.square((away - 3) / 0.4))
        blend(model, rings, colours("e8d98a")[0])
        blend(model, 1.2 * np.exp(-np.square(away / 1.0)), colours("fff3b0" if i else "ffd23c")[0])
    angle = np.arctan2(-right, down)  # round the hills of `flow`, as water on a map
    for base, tall, code in ((0.7, 0.09, "24507a"), (0.78, 0.1, "173a5c"), (0.88, 0.08, "0f2640")):
        crest = base - tall * (np.sin(x * rng.uniform(5, 9) + rng.uniform(0, 6)) * 0.5 + clouds(rng, n, 4)[:1] - 0.5)
        hill = y > crest
        furrow = 0.16 * np.sin(70 * (y - crest) + 6 * x)
        model[hill] = (colours(code)[0] * (1 + furrow[..., None]) + 0.1 * clouds(rng, n, 9)[..., None])[hill]
        angle = np.where(hill, np.arctan(np.gradient(crest, 1 / n, axis=1)), angle)
    canvas = brush(model.copy(), model, angle, rng, 0.022, 0.1)
    canvas = brush(canvas, model, angle, rng, 0.012, 0.07)
    return paper(relief(canvas, 0.35), rng, 0.06)


def stained_glass(rng: np.random.Generator, n: int) -> Array:
    """A window: a sun with rays over hills and water, in pieces of glass held by lead."""
    x, y = grid(n)
    seeds = _apart(rng, 330, 0.043, (-0.03, -0.03), (1.03, 1.03))
    nearest = np.full((n, n), np.inf, np.float32)
    second = nearest.copy()
    piece = np.zeros((n, n), int)
    other = piece.copy()
    for i, (at_x, at_y) in enumerate(seeds):
        away = np.square(x - at_x) + np.square(y - at_y)
        closer, between = away < nearest, (away >= nearest) & (away < second)
        second = np.where(closer, nearest, np.where(between, away, second))
        other = np.where(closer, piece, np.where(between, i, other))
        nearest, piece = np.where(closer, away, nearest), np.where(closer, i, piece)
    gap = np.linalg.norm(seeds[piece] - seeds[other], axis=-1)
    lead = (second - nearest) / (2 * gap + 1e-6)  # the distance to the edge of the piece
    glass = np.array([_glass(rng, *seed) for seed in seeds], np.float32)
    streaks = clouds(rng, n, 24) * 0.5 + clouds(rng, n, 60) * 0.3 + clouds(rng, n, 4)
    canvas = glass[piece] * (0.72 + 0.42 * streaks[..., None])
    canvas = canvas * (0.62 + 0.38 * np.clip(lead / 0.013, 0, 1))[..., None]
    blend(canvas, 1.2 - np.abs(lead) / 0.0035, colours("15131a")[0])
    frame = np.minimum(np.minimum(x, 1 - x), np.minimum(y, 1 - y))
    blend(canvas, 1.5 - frame / 0.008, colours("15131a")[0])
    return paper(canvas, rng, 0.05)


def _glass(rng: np.random.Generator, x: float, y: float) -> Array:
    """The colour of the piece of glass at a place."""
    dx, dy = x - 0.5, y - 0.4
    away, turn = np.hypot(dx, dy), np.arctan2(dy, dx) / (2 * np.pi)
    if away < 0.16:
        palette = colours("f6c433", "f29a2e", "fbe08a", "e8722c")
    elif y > 0.86:
        palette = colours("1f6f4a", "2f9460", "14573c", "8fb33e")
    elif y > 0.68:
        palette = colours("14567f", "1f83a8", "4fb3bf", "0e3d66")
    elif int(turn * 14 + 14) % 2:
        palette = colours("c92b3c", "9c1f45", "e2574c", "7a2a6e")
    else:
        palette = colours("2348a0", "3b6fc4", "16307a", "f1e6c8")
    return np.asarray(palette[rng.integers(4)] * rng.uniform(0.85, 1.15))


def woodcut_waves(rng: np.random.Generator, n: int) -> Array:
    """A coloured woodcut: waves with lines along their backs and foam on their crests, a mountain behind."""
    x, y = grid(n)
    ink, deep, blue, pale, cream = colours("14233f", "1f3f6e", "3f6d9a", "a9c3c9", "f1e8d0")
    canvas = ramp(np.clip(1.25 * y, 0, 1), colours("9fb0b4", "d9d6c2", "efe3c6", "efe3c6"))
    sun = np.hypot(x - 0.77, y - 0.2) - 0.075
    blend(canvas, 0.5 - sun * n, colours("c8452f")[0])
    summit = 0.3 + 0.62 * np.abs(x - 0.34) ** 0.93
    snow = 0.39 + 0.035 * np.abs(np.sin(55 * x)) + 0.02 * np.sin(21 * x)
    blend(canvas, 0.5 + (y - summit) * n, deep * 1.25)
    blend(canvas, np.minimum(0.5 + (y - summit - 0.004) * n, 0.5 + (snow - y) * n), cream)
    for i, base in enumerate(np.linspace(0.5, 1.0, 7)):
        near = (base - 0.45) / 0.55
        tall, long = 0.05 + 0.14 * near, 0.16 + 0.3 * near
        shift = rng.uniform(0, 1)
        swell = (x / long + shift + 0.06 * np.sin(9 * x + i)) % 1
        lean = np.where(swell < 0.62, (swell / 0.62) ** 2.2, ((1 - swell) / 0.38) ** 1.5)  # slow rise, steep fall
        crest = base + 0.03 - tall * lean * (0.75 + 0.5 * clouds(rng, n, 3)[:1])
        under = y - crest
        blend(canvas, 0.5 + under * n, (blue, deep, pale)[i % 3] if i < 6 else deep)
        step = 0.012 + 0.02 * near
        for k in range(1, 9):  # lines along the back, thinner further down
            line = np.abs(under - k * step - 0.03 * near) - 0.0032 * (1 - k / 10)
            blend(canvas, np.minimum(0.5 - line * n, 1) * (under > 0), (pale, cream, blue)[i % 3] if k % 2 else ink)
        scallop = np.abs(np.sin(x * (150 - 60 * near) + 3 * np.sin(7 * x + i))) ** 0.6
        foam = under - (0.008 + 0.05 * near * lean * scallop + 0.012 * near)
        blend(canvas, np.minimum(0.5 + under * n, 0.5 - foam * n), cream)
        blend(canvas, 1 - np.abs(foam) * n / 1.6, ink)
        blend(canvas, 1.1 - np.abs(under) * n / 1.8, ink)
        canvas = _spray(canvas, rng, x[0], crest[0], lean[0], near, cream)
    grain = np.sin(260 * (y + 0.02 * clouds(rng, n, 3)) + 20 * clouds(rng, n, 2)) * 0.5 + clouds(rng, n, 90)
    return paper(canvas * (1 + 0.035 * grain[..., None]), rng, 0.06)


def _spray(
    canvas: Array, rng: np.random.Generator, x: Array, crest: Array, lean: Array, near: float, colour: Array
) -> Array:
    """Drops above the crests."""
    n = len(canvas)
    image = to_image(canvas)
    draw = ImageDraw.Draw(image)
    for at in np.flatnonzero((lean[: n - 1] > 0.55) & (rng.random(n - 1) < 0.35 * near)):
        size = rng.uniform(0.002, 0.007) * (0.4 + near)
        up = crest[at] - rng.exponential(0.025) * (0.3 + near)
        box = [(x[at] - size) * n, (up - size) * n, (x[at] + size) * n, (up + size) * n]
        draw.ellipse([float(edge) for edge in box], fill=tuple(int(255 * part) for part in colour))
    return to_array(image)


def abstract_shapes(rng: np.random.Generator, n: int) -> Array:
    """Circles, triangles, arcs and lines that seem to make music on a warm ground."""
    x, y = grid(n)
    canvas = ramp(clouds(rng, n, 3, 2), colours("f3e7c9", "efdcb4", "e6cfa6", "f5ecd6"))
    for at_x, at_y in _apart(rng, 4, 0.3, (0.1, 0.1), (0.9, 0.9)):  # soft haze behind the shapes
        haze = np.exp(-(np.square(x - at_x) + np.square(y - at_y)) / rng.uniform(0.01, 0.04))
        blend(canvas, 0.5 * haze, colours("e9b44c", "8fb8c9", "d98b7a", "9dbf9e")[rng.integers(4)])
    palette = colours("c8322b", "1f4e9c", "f2b92e", "1c1c22", "3c8d5f", "e7722f", "7b3f8c", "58a7c4")
    for shape, places in (
        (_wedge, _apart(rng, 11, 0.18, (0.08, 0.08), (0.92, 0.92))),
        (_rings, _apart(rng, 14, 0.17, (0.05, 0.05), (0.95, 0.95))),
        (_board, _apart(rng, 3, 0.4, (0.15, 0.15), (0.85, 0.85))),
        (_arcs, _apart(rng, 6, 0.25, (0.1, 0.1), (0.9, 0.9))),
        (_beam, _apart(rng, 13, 0.16, (0.05, 0.05), (0.95, 0.95))),
    ):
        for place in places:
            layer = to_image(canvas)
            shape(ImageDraw.Draw(layer), rng, place, n, [tuple(int(255 * c) for c in colour) for colour in palette])
            canvas += rng.uniform(0.78, 1.0) * (to_array(layer) - canvas)
    return paper(canvas, rng, 0.11)


Codes = list[tuple[int, ...]]


def _wedge(draw: ImageDraw.ImageDraw, rng: np.random.Generator, at: Array, n: int, codes: Codes) -> None:
    turn, size = rng.uniform(0, 7), rng.uniform(0.06, 0.17)
    corners = [at + size * np.array([np.cos(turn + t), np.sin(turn + t)]) for t in (0, 1.9, 3.4)]
    draw.polygon([tuple(corner * n) for corner in corners], fill=codes[rng.integers(8)])
    draw.line([tuple(corner * n) for corner in [*corners, corners[0]]], fill=codes[3], width=n // 170, joint="curve")


def _rings(draw: ImageDraw.ImageDraw, rng: np.random.Generator, at: Array, n: int, codes: Codes) -> None:
    size = rng.uniform(0.025, 0.12)
    for part in np.linspace(1, 0.25, rng.integers(1, 5)):
        _circle(draw, at, size * part, n, codes[rng.integers(8)])


def _circle(draw: ImageDraw.ImageDraw, at: Array, size: float, n: int, code: tuple[int, ...]) -> None:
    draw.ellipse([*((at - size) * n), *((at + size) * n)], fill=code)


def _board(draw: ImageDraw.ImageDraw, rng: np.random.Generator, at: Array, n: int, codes: Codes) -> None:
    turn, size = rng.uniform(0, 1.6), rng.uniform(0.02, 0.032)
    along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    first, second = codes[rng.integers(8)], codes[rng.integers(8)]
    for i in range(4):
        for j in range(4):
            corner = at + size * (i * along + j * across)
            square = [corner, corner + size * along, corner + size * (along + across), corner + size * across]
            draw.polygon([tuple(point * n) for point in square], fill=first if (i + j) % 2 else second)


def _arcs(draw: ImageDraw.ImageDraw, rng: np.random.Generator, at: Array, n: int, codes: Codes) -> None:
    start, size = rng.uniform(0, 360), rng.uniform(0.06, 0.2)
    for k in range(rng.integers(1, 4)):
        radius = size * (1 - 0.2 * k)
        box = [*((at - radius) * n), *((at + radius) * n)]
        draw.arc(
            box,
            start,
            start + rng.uniform(90, 200),
            fill=codes[rng.integers(8)],
            width=int(n * rng.uniform(0.006, 0.018)),
        )


def _beam(draw: ImageDraw.ImageDraw, rng: np.random.Generator, at: Array, n: int, codes: Codes) -> None:
    turn, size = rng.uniform(0, 3.2), rng.uniform(0.08, 0.3)
    reach = size * np.array([np.cos(turn), np.sin(turn)])
    draw.line(
        [tuple((at - reach) * n), tuple((at + reach) * n)], fill=codes[3], width=int(n * rng.uniform(0.003, 0.013))
    )


def hatching(rng: np.random.Generator, n: int) -> Array:
    """An etching: hills, a tree and a sky, all from lines that swell where it is dark."""
    x, y = grid(n)
    tone = 0.34 * np.clip(1 - 1.5 * y, 0, 1) + 0.5 * np.clip(
        clouds(rng, n, 3, 3) - 0.52, 0, 1
    )  # 0 is paper, 1 is black
    angle = np.full((n, n), 0.06, np.float32)
    sun = np.hypot(x - 0.7, y - 0.22)
    tone = np.where(sun < 0.09, 0.0, tone * np.clip((sun - 0.07) / 0.12, 0.2, 1))
    for base, tall, dark in ((0.55, 0.12, 0.3), (0.66, 0.12, 0.46), (0.8, 0.14, 0.62)):
        crest = base - tall * (0.6 * np.sin(x * rng.uniform(4, 8) + rng.uniform(0, 6)) + clouds(rng, n, 5)[:1] - 0.5)
        under = y - crest
        hill = under > 0
        slope = np.gradient(crest, 1 / n, axis=1)
        shade = dark + 0.3 * np.clip(slope, -0.8, 0.8) - 0.9 * np.clip(under - 0.02, 0, 0.3) + 0.25 * clouds(rng, n, 9)
        tone = np.where(hill, np.where(under < 0.006, 1.0, shade), tone)
        angle = np.where(hill, np.arctan(slope) * np.clip(1 - 2 * under, 0, 1) + 0.5 * dark, angle)
    crown = np.hypot((x - 0.24) * 1.1, y - 0.42) - 0.15 - 0.13 * (clouds(rng, n, 11, 2) - 0.5)
    trunk = np.abs(x - 0.24 - 0.02 * np.sin(14 * y)) - 0.016 - 0.03 * np.clip(y - 0.7, 0, 1)
    leaves = 0.55 + 1.5 * (x - 0.3) + 0.8 * (y - 0.42) + 0.7 * (clouds(rng, n, 14, 2) - 0.5)
    stem = (trunk < 0) & (y > 0.5) & (y < 0.8)
    tone = np.where(stem, 0.75 + 6 * (x - 0.24), tone)
    tone = np.where(crown < 0, leaves, tone)
    angle = np.where(crown < 0, 0.9 + 1.2 * (clouds(rng, n, 5) - 0.5), np.where(stem, 1.4, angle))
    ink = np.zeros((n, n), np.float32)
    wobble = 0.004 * (clouds(rng, n, 12, 2) - 0.5)
    for turn, start in ((0.0, 0.06), (0.85, 0.34), (-0.8, 0.56), (1.5, 0.8)):
        # lines of one direction, each direction only where it is dark enough; regions keep their own angles
        steady = np.round((angle + turn) * 5) / 5
        across = (y + wobble) * np.cos(steady) - x * np.sin(steady)
        period = 0.0125
        line = np.abs((across / period) % 1 - 0.5)  # 0 in the middle of a line, 0.5 between two
        swell = np.clip(0.04 + 0.3 * (tone - start) + 0.05 * (clouds(rng, n, 40) - 0.5), 0, 0.3) * (tone > start)
        ink = np.maximum(ink, np.clip(0.5 + (swell - line) * period * n / 1.2, 0, 1) * (swell > 0))
    ink = np.maximum(ink, np.clip(1.2 - np.abs(sun - 0.09) * n / 1.5, 0, 1))
    sheet, black = colours("f0e7d2", "231c18")
    canvas = np.broadcast_to(sheet, (n, n, 3)).copy()
    blend(canvas, 0.94 * ink, black)
    return paper(canvas, rng, 0.07)


def _apart(
    rng: np.random.Generator, number: int, distance: float, low: tuple[float, float], high: tuple[float, float]
) -> Array:
    """Random places (number, 2) that keep a distance, a smaller one when there is no room."""
    places: list[Array] = []
    while len(places) < number:
        place = rng.uniform(low, high)
        if all(np.hypot(*(place - other)) >= distance for other in places):
            places.append(place)
        distance *= 0.999
    return np.array(places)


STYLES = {
    "swirls": swirls,
    "stained glass": stained_glass,
    "woodcut waves": woodcut_waves,
    "abstract shapes": abstract_shapes,
    "hatching": hatching,
}
