"""What stands behind the traffic signs: sky, trees, walls, houses and roads, out of focus more often than not."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw
from skimage import data

WIDTH, HEIGHT = 384, 256  # pixels of a scene; a picture shows a part of it


def scenes(number: int, rng: np.random.Generator) -> list[Image.Image]:
    """Scenes of every kind, of `WIDTH` x `HEIGHT` pixels, in RGB: something far away, a horizon, the ground."""
    pictures = []
    for i in range(number):
        far = (_sky, _leaves, _bricks, _houses)[i % 4](rng)
        near = (_road, _meadow)[rng.integers(2)](rng)
        horizon = int(HEIGHT * rng.uniform(0.55, 0.85))
        colours = np.concatenate([far[:horizon], near[horizon:]])
        pictures.append(Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8)))
    return pictures


def clouds(height: int, width: int, rng: np.random.Generator, coarsest: int = 3, octaves: int = 5) -> np.ndarray:
    """Smooth noise of many sizes, float32 from 0 to 1.

    Args:
        height, width: Pixels.
        rng: Where the noise comes from.
        coarsest: The number of bumps along the height.
        octaves: How many times the bumps are halved.
    """
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        rows = coarsest * 2**octave
        bumps = rng.random((rows, max(1, rows * width // height)), dtype=np.float32)
        smooth = Image.fromarray(bumps).resize((width, height), Image.Resampling.BICUBIC)
        total += np.asarray(smooth) / 2**octave
    total -= total.min()
    return np.asarray(total / total.max())


def _blend(share: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return np.asarray(low + share[..., None] * (high - low), np.float32)


def _colour(rng: np.random.Generator, *choices: tuple[int, int, int]) -> np.ndarray:
    """One of the colours, not quite."""
    shift = rng.uniform(0.85, 1.15) * rng.normal(1, 0.04, 3)
    return np.asarray(choices[rng.integers(len(choices))] * shift, np.float32)


@cache
def _photograph(name: str) -> np.ndarray:
    """A gray photograph of a material, from scikit-image: uint8 of shape (512, 512)."""
    return np.asarray(getattr(data, name)())


def _tinted(texture: np.ndarray, side: int, colour: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A square gray photograph, reduced to `side` pixels and repeated to fill a scene, coloured."""
    small = np.asarray(Image.fromarray(texture).resize((side, side), Image.Resampling.BOX), np.float32) / texture.mean()
    wide = np.tile(small, (-(-HEIGHT // side), -(-WIDTH // side)))
    top, left = rng.integers(wide.shape[0] - HEIGHT + 1), rng.integers(wide.shape[1] - WIDTH + 1)
    return np.asarray(wide[top : top + HEIGHT, left : left + WIDTH, None] * colour, np.float32)


def _sky(rng: np.random.Generator) -> np.ndarray:
    down = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None].repeat(WIDTH, axis=1)
    blue = _blend(down, _colour(rng, (70, 125, 205), (110, 150, 200), (150, 165, 185)), np.array([205, 220, 235]))
    cover = np.clip((clouds(HEIGHT, WIDTH, rng) - rng.uniform(0.3, 0.6)) * 3.5, 0, 1)
    sky = _blend(cover, blue, _colour(rng, (246, 246, 246), (205, 208, 214)))
    hills = HEIGHT * (
        0.62 - 0.18 * clouds(32, WIDTH, rng, coarsest=1, octaves=4)[0]
    )  # treetops or roofs at the horizon
    wood = _blend(
        clouds(HEIGHT, WIDTH, rng, coarsest=24, octaves=2), _colour(rng, (28, 46, 26)), np.array([82, 100, 62])
    )
    return np.where((np.arange(HEIGHT)[:, None] > hills)[..., None], wood, sky)


def _leaves(rng: np.random.Generator) -> np.ndarray:
    dark = _colour(rng, (24, 40, 18), (40, 44, 20), (52, 34, 16))
    light = _colour(rng, (120, 160, 60), (95, 140, 70), (150, 150, 60), (190, 130, 50))
    picture = Image.fromarray(_blend(clouds(HEIGHT, WIDTH, rng), dark, 0.5 * (dark + light)).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for depth in np.linspace(0.1, 1.0, 700):  # the nearer leaves come later and are lighter
        (x, y), angle, length = rng.uniform((0, 0), (WIDTH, HEIGHT)), rng.uniform(0, 2 * np.pi), rng.uniform(8, 24)
        tint = np.clip(dark + (light - dark) * depth * rng.uniform(0.5, 1.3), 0, 255)
        draw.polygon(_leaf(x, y, angle, length), fill=tuple(tint.astype(int).tolist()))
    return np.asarray(picture, np.float32)


def _leaf(x: float, y: float, angle: float, length: float) -> list[tuple[float, float]]:
    """A leaf with its stalk at (x, y): two arcs that meet in a tip."""
    along = np.array([0, 0.25, 0.55, 1, 0.55, 0.25]) * length
    across = np.array([0, 0.22, 0.24, 0, -0.24, -0.22]) * length
    c, s = np.cos(angle), np.sin(angle)
    return [(float(x + c * u - s * v), float(y + s * u + c * v)) for u, v in zip(along, across, strict=True)]


def _bricks(rng: np.random.Generator) -> np.ndarray:
    colour = _colour(rng, (150, 84, 64), (176, 150, 120), (140, 136, 130), (120, 66, 54), (196, 186, 166))
    wall = _tinted(_photograph("brick").T, 420, colour, rng)
    return np.asarray(wall * (0.75 + 0.4 * clouds(HEIGHT, WIDTH, rng)[..., None]), np.float32)


def _houses(rng: np.random.Generator) -> np.ndarray:
    picture = Image.fromarray(np.clip(_sky(rng), 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    left = 0.0
    while left < WIDTH:
        width, top = rng.uniform(50, 130), rng.uniform(-0.2, 0.45) * HEIGHT
        wall = _colour(rng, (190, 176, 150), (150, 120, 100), (128, 132, 138), (200, 196, 188), (164, 96, 76))
        draw.rectangle([left, top, left + width, HEIGHT], fill=_fill(wall))
        step_x, step_y = rng.uniform(16, 30), rng.uniform(22, 40)
        for y in np.arange(top + 10, HEIGHT, step_y):
            for x in np.arange(left + 6, left + width - 0.6 * step_x, step_x):
                glass = _fill(np.array([58, 66, 78]) + rng.uniform(-30, 70))
                draw.rectangle([x, y, x + 0.55 * step_x, y + 0.6 * step_y], fill=glass, outline=_fill(0.7 * wall))
        left += width
    return np.asarray(picture, np.float32)


def _fill(colour: np.ndarray) -> tuple[int, ...]:
    return tuple(np.clip(colour, 0, 255).astype(int).tolist())


def _road(rng: np.random.Generator) -> np.ndarray:
    road = _tinted(_photograph("gravel"), 64, _colour(rng, (96, 96, 98), (120, 118, 114), (78, 80, 84)), rng)
    left = int(rng.integers(0, WIDTH - 40))
    road[:, left : left + int(rng.integers(6, 16))] *= 1.9  # a painted line
    return road


def _meadow(rng: np.random.Generator) -> np.ndarray:
    return _tinted(_photograph("grass"), 256, _colour(rng, (96, 118, 52), (126, 122, 64), (70, 100, 46)), rng)


def twigs(number: int, side: int, rng: np.random.Generator) -> list[Image.Image]:
    """Twigs with leaves, which grow in front of a sign: squares of `side` pixels with premultiplied alpha."""
    pictures = []
    for _ in range(number):
        picture = Image.new("RGBA", (4 * side, 4 * side))
        draw = ImageDraw.Draw(picture)
        light = _colour(rng, (70, 110, 40), (100, 130, 50), (120, 90, 40))
        (x, y), angle = rng.uniform((0, 0), (4 * side, 0.5 * side)), rng.uniform(0.3, 0.7) * np.pi
        for _ in range(14):
            end_x, end_y = x + 0.25 * side * np.cos(angle), y + 0.25 * side * np.sin(angle)
            draw.line([x, y, end_x, end_y], fill=(60, 46, 32, 255), width=max(1, side // 16))
            x, y, angle = end_x, end_y, angle + rng.normal(0, 0.15)
            for turn in (-1, 1):
                leaf = _leaf(x, y, angle + turn * rng.uniform(0.5, 1.2), rng.uniform(0.5, 0.9) * side)
                draw.polygon(leaf, fill=(*_fill(light * rng.uniform(0.55, 1.2)), 255))
        pictures.append(picture.convert("RGBa").reduce(4))
    return pictures
