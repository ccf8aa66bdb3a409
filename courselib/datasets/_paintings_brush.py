"""What several painters need: clouds, brush strokes, paper. Positions are in [0, 1], to the right and down."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

Array = np.ndarray


def grid(n: int) -> tuple[Array, Array]:
    """x to the right and y down of every pixel, (n, n) each."""
    line = ((np.arange(n) + 0.5) / n).astype(np.float32)
    return np.broadcast_to(line, (n, n)), np.broadcast_to(line[:, None], (n, n))


def clouds(rng: np.random.Generator, n: int, cells: int, octaves: int = 1) -> Array:
    """Smooth random numbers in [0, 1] (n, n), about `cells` hills across, with finer ones on top."""
    total = np.zeros((n, n), np.float32)
    for octave in range(octaves):
        coarse = rng.random((cells * 2**octave + 1,) * 2, np.float32)
        total += np.asarray(Image.fromarray(coarse).resize((n, n), Image.Resampling.BICUBIC)) / 2**octave
    return np.asarray((total - total.min()) / (total.max() - total.min()))


def colours(*codes: str) -> Array:
    """Colours from their codes, such as `"1a2b3c"`: float32 in [0, 1] (m, 3)."""
    return (np.array([list(bytes.fromhex(code)) for code in codes]) / 255).astype(np.float32)


def ramp(values: Array, palette: Array) -> Array:
    """Colours (n, n, 3) on a scale of colours, by numbers in [0, 1] (n, n)."""
    at = np.clip(values, 0, 1) * (len(palette) - 1)
    low = np.minimum(at.astype(int), len(palette) - 2)
    part = (at - low)[..., None]
    return np.asarray(palette[low] * (1 - part) + palette[low + 1] * part)


def blend(canvas: Array, cover: Array, colour: Array) -> None:
    """Lay a colour (3,) or a picture (n, n, 3) over the canvas where `cover` (n, n) is above 0."""
    canvas += np.clip(cover, 0, 1)[..., None] * (colour - canvas)


def to_image(canvas: Array) -> Image.Image:
    return Image.fromarray(np.rint(np.clip(canvas, 0, 1) * 255).astype(np.uint8))


def to_array(image: Image.Image) -> Array:
    return np.asarray(image, np.float32) / np.float32(255)


def brush(canvas: Array, model: Array, angle: Array, rng: np.random.Generator, width: float, length: float) -> Array:
    """Cover a canvas with strokes that take their colours from a model and follow a field of angles.

    Args:
        canvas: What is painted on (n, n, 3).
        model: The colours (n, n, 3).
        angle: The direction of the strokes in radians (n, n).
        width: Of a stroke, in [0, 1] of the canvas.
        length: Of a stroke.
    """
    n = len(canvas)
    across = int(1.25 / width)
    start = (np.stack(np.meshgrid(np.arange(across), np.arange(across)), -1).reshape(-1, 2) + 0.5) / across
    start = rng.permutation(start + rng.normal(0, 0.4 / across, start.shape))
    paths = [start]
    steps = 9
    for _ in range(steps):
        column, row = (np.clip(paths[-1] * n, 0, n - 1).astype(int)).T
        bend = angle[row, column]
        paths.append(paths[-1] + length / steps * np.stack([np.cos(bend), np.sin(bend)], -1))
    column, row = (np.clip(paths[steps // 2] * n, 0, n - 1).astype(int)).T
    paint = model[row, column] + rng.normal(0, 0.045, (len(start), 1)) + rng.normal(0, 0.025, (len(start), 3))
    normal = np.stack([-np.sin(angle[row, column]), np.cos(angle[row, column])], -1) * width * 0.28
    image = to_image(canvas)
    draw = ImageDraw.Draw(image)
    thick = max(1, round(width * n))
    lines = np.stack(paths, 1)
    body, light, dark = (_codes(paint * k + plus) for k, plus in ((1, 0.0), (1.08, 0.06), (0.82, -0.02)))
    for i in range(len(start)):
        draw.line(_flat(lines[i] * n), fill=body[i], width=thick, joint="curve")
        draw.line(_flat((lines[i] + normal[i]) * n), fill=dark[i], width=max(1, thick // 4))
        draw.line(_flat((lines[i] - normal[i]) * n), fill=light[i], width=max(1, thick // 4))
    return to_array(image)


def _flat(points: Array) -> list[float]:
    return [float(number) for number in points.ravel()]


def _codes(paint: Array) -> list[tuple[int, ...]]:
    return [tuple(code) for code in np.rint(np.clip(paint, 0, 1) * 255).astype(int).tolist()]


def relief(canvas: Array, amount: float) -> Array:
    """Paint laid on thick: what is brighter stands higher, and the light comes from the upper left."""
    height = canvas.mean(-1)
    slope = np.gradient(height, axis=0) + np.gradient(height, axis=1)
    return np.asarray(canvas + amount * slope[..., None])


def paper(canvas: Array, rng: np.random.Generator, amount: float) -> Array:
    """The grain of paper or canvas shows through."""
    n = len(canvas)
    grain = clouds(rng, n, n // 6) + 0.6 * clouds(rng, n, n // 3) - 0.8
    return np.asarray(canvas * (1 + amount * grain[..., None]))
