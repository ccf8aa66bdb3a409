"""Traffic signs that courselib renders: a small classification set as varied as photographs."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from courselib.datasets import _signs_art as art
from courselib.datasets import _signs_scene as scene
from courselib.datasets._cache import Arrays, cached
from courselib.datasets._images import LabelledImages

_VERSION = 1  # to be raised whenever the pictures change
_SIZES = range(16, 129)
_NAMES = tuple(art.SIGNS)
_TRAIN, _TEST = 0, 1
_NUM_SCENES, _NUM_SHEETS, _NUM_TWIGS = 24, 24, 12
_MUD = np.array([0.36, 0.31, 0.24], np.float32)
_FINER = 3  # signs are warped onto a grid this much finer and reduced, which smooths the edges


def load_signs(
    num_classes: int = 16, size: int = 64, num_train: int = 1600, num_test: int = 400, seed: int = 0
) -> LabelledImages:
    """Traffic signs in the street: sixteen classes, seen from many sides, in any light, sharp or not, clean or not.

    The pictures are rendered by courselib, in a few seconds the first time, and kept in a cache folder after that. Use
    them where a set of small colour photographs is wanted without the internet. The first six signs differ in shape and
    colour; the others ask for a closer look. "turn left" is "turn right" in a mirror, so mirroring a picture changes
    its class here.

    Args:
        num_classes: How many of the classes, 2 to 16: the first ones of the list.
        size: Height and width in pixels, 16 to 128.
        num_train: The number of training pictures. Every class has the same number of them, or one more.
        num_test: The number of test pictures, which show other scenes.
        seed: Another seed gives other pictures, from 0.

    Returns:
        `LabelledImages` with pictures of shape `(m, size, size, 3)`, float32 in [0, 1].

    Raises:
        ValueError: For a number out of its range.

    Example:
    ```python
    x_train, y_train, x_test, y_test, class_names = load_signs(num_classes=6)
    ```
    """
    _check("num_classes", num_classes, 2, len(_NAMES))
    _check("size", size, _SIZES[0], _SIZES[-1])
    _check("num_train", num_train, num_classes)
    _check("num_test", num_test, num_classes)
    _check("seed", seed, 0)
    settings = {"num_classes": num_classes, "size": size, "num_train": num_train, "num_test": num_test, "seed": seed}

    def render() -> Arrays:
        x_train, y_train = _render(num_train, num_classes, size, (seed, _TRAIN))
        x_test, y_test = _render(num_test, num_classes, size, (seed, _TEST))
        return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}

    arrays = cached("signs", _VERSION, settings, render)
    x_train, x_test = (arrays[name].astype(np.float32) / 255 for name in ("x_train", "x_test"))
    return LabelledImages(x_train, arrays["y_train"], x_test, arrays["y_test"], _NAMES[:num_classes])


def _check(name: str, value: int, smallest: int, largest: int | None = None) -> None:
    allowed = f"at least {smallest}" if largest is None else f"{smallest} to {largest}"
    if not isinstance(value, int | np.integer) or value < smallest or (largest is not None and value > largest):
        raise ValueError(f"load_signs: {name} must be a whole number, {allowed}. Received: {name}={value!r}")


def _render(number: int, num_classes: int, size: int, seed: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """`number` pictures as uint8 of shape (number, size, size, 3) and their classes, in random order."""
    rng = np.random.default_rng(seed)
    classes = rng.permutation(np.arange(number) % num_classes)
    camera = _Camera(size, rng)
    pictures = np.stack([camera.picture(_NAMES[i], rng) for i in classes])
    return pictures, classes.astype(np.int64)


class _Camera:
    """Takes pictures of signs in the scenes that it has drawn for itself."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.size = size
        self.scenes = scene.scenes(_NUM_SCENES, rng)
        self.twigs = scene.twigs(_NUM_TWIGS, 128, rng)
        self.smooth = [scene.clouds(size, size, rng, coarsest=2, octaves=2)[..., None] for _ in range(_NUM_SHEETS)]
        self.rough = [scene.clouds(size, size, rng, coarsest=3, octaves=4)[..., None] for _ in range(_NUM_SHEETS)]

    def picture(self, name: str, rng: np.random.Generator) -> np.ndarray:
        """One picture of a sign, uint8 of shape (size, size, 3)."""
        sign = _array(self._sign(name, rng))
        colours, alpha = self._worn(sign[..., :3], sign[..., 3:], rng), sign[..., 3:]
        twig = _array(self._twig(rng)) if rng.random() < 0.12 else np.zeros((1, 1, 4), np.float32)
        colours = colours * (1 - twig[..., 3:]) + twig[..., :3] * alpha.max()
        alpha = alpha + twig[..., 3:] - alpha * twig[..., 3:]
        behind = _array(self._background(rng))
        return self._developed(self._lit(colours, alpha, behind, rng), rng)

    def _sign(self, name: str, rng: np.random.Generator) -> Image.Image:
        """The sign from anywhere, premultiplied with its alpha."""
        half = self.size * rng.uniform(0.3, 0.46)  # half the sign's width, in pixels
        turn, tilt, roll = rng.normal(0, (0.38, 0.16, 0.07)).clip(-0.9, 0.9)
        middle = self.size / 2 + (self.size / 2 - 0.85 * half) * rng.uniform(-1, 1, 2)
        side = next(side for side in (64, 128, 256, 512) if side >= 2 * half * _FINER or side == art.SIDE)
        drawing = art.sign(name, bool(rng.random() < 0.75), side)
        return _warped(drawing, side, _homography(turn, tilt, roll, half, middle), self.size)

    def _twig(self, rng: np.random.Generator) -> Image.Image:
        middle = self.size * np.array([rng.choice([0.0, 1.0]), 0.0]) + self.size * rng.uniform(-0.15, 0.2, 2)
        seen = _homography(0.0, 0.0, rng.uniform(-0.8, 0.8), self.size * rng.uniform(0.4, 0.7), middle)
        return _warped(self.twigs[rng.integers(_NUM_TWIGS)], 128, seen, self.size)

    def _background(self, rng: np.random.Generator) -> Image.Image:
        """Part of a scene, out of focus."""
        width = rng.uniform(0.3, 0.9) * scene.HEIGHT
        left, top = rng.uniform(0, (scene.WIDTH - width, scene.HEIGHT - width))
        place = self.scenes[rng.integers(_NUM_SCENES)]
        part = place.resize((self.size, self.size), Image.Resampling.BILINEAR, (left, top, left + width, top + width))
        if rng.random() < 0.5:
            part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return part.filter(ImageFilter.GaussianBlur(self.size * float(rng.choice([0.005, 0.015, 0.04]))))

    def _worn(self, colours: np.ndarray, alpha: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Paint that the sun has bleached, under dust and mud."""
        gray = colours.mean(axis=-1, keepdims=True)
        colours = colours + rng.uniform(0, 0.5) ** 2 * (gray + 0.25 * alpha - colours)
        dirt = np.clip((self.rough[rng.integers(_NUM_SHEETS)] - rng.uniform(0.4, 1.1)) * 3, 0, 0.6)
        return np.asarray(colours + dirt * (alpha * _MUD - colours), np.float32)

    def _lit(self, colours: np.ndarray, alpha: np.ndarray, behind: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The sign and what is behind it in one of four lights: sun, shade, headlights at night, fog."""
        warm = rng.normal(0, 0.06)
        tint = np.array([1 + warm, 1, 1 - warm], np.float32)
        light = rng.uniform(0.6, 1.1)
        kind = rng.choice(["sun", "shade", "night", "fog"], p=[0.42, 0.38, 0.1, 0.1])
        smooth = self.smooth[rng.integers(_NUM_SHEETS)]
        if kind == "sun":  # the shadow of a tree, sharp or not, and a reflection
            shadow = np.clip((self.rough[rng.integers(_NUM_SHEETS)] - rng.uniform(0.3, 0.9)) * rng.uniform(4, 12), 0, 1)
            glare = np.clip(smooth - rng.uniform(0.5, 1.3), 0, 1)
            colours = colours * (light * 1.1 * (1 - 0.5 * shadow)) + glare * alpha
            behind = behind * rng.uniform(0.8, 1.25)
        elif kind == "shade":  # often against the light
            colours = colours * (light * (0.75 + 0.25 * smooth))
            behind = behind * rng.uniform(0.6, 1.5)
        elif kind == "night":
            colours = colours * (light * (0.55 + 0.6 * smooth))
            behind = behind * rng.uniform(0.08, 0.3)
        picture = behind * (1 - alpha) + colours
        if kind == "fog":
            picture = picture + (0.35 + 0.3 * smooth) * (rng.uniform(0.6, 0.85) - picture)
        return np.asarray(picture * tint, np.float32)

    def _developed(self, picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """What the lens and the sensor make of it: unsharp or shaken, grainy, with more or less contrast."""
        picture = 0.5 + (picture - 0.5) * rng.uniform(0.75, 1.1)
        blur = self.size / 64 * rng.uniform(0, 1.0, 2) ** 2 * 1.3
        if rng.random() < 0.15:
            blur[rng.integers(2)] += self.size / 64 * 1.6  # shaken
        photo = Image.fromarray(_bytes(picture)).filter(ImageFilter.GaussianBlur(tuple(blur.tolist())))
        grain = rng.standard_normal((self.size, self.size, 3), dtype=np.float32) * rng.uniform(0.005, 0.045)
        return _bytes(_array(photo) + grain)


def _array(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture, np.float32) / np.float32(255)


def _bytes(picture: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(np.clip(picture, 0, 1) * 255), np.uint8)


def _homography(turn: float, tilt: float, roll: float, half: float, middle: np.ndarray) -> np.ndarray:
    """From a point (x, y, 1) of a sign, which reaches from -1 to 1, to pixels.

    Args:
        turn, tilt, roll: Radians, about the vertical axis, the horizontal axis and the line of sight.
        half: Half of the sign's width in pixels, seen from the front.
        middle: Where its middle is seen: x and y in pixels.
    """
    ct, st, cp, sp, cr, sr = np.cos(turn), np.sin(turn), np.cos(tilt), np.sin(tilt), np.cos(roll), np.sin(roll)
    turned = np.array([[cr * ct, -sr * cp + cr * st * sp], [sr * ct, cr * cp + sr * st * sp], [-st, ct * sp]])
    distance = 4.0  # of the camera, in halves of the sign: the smaller, the stronger the perspective
    seen = np.array([[half * distance, 0, middle[0]], [0, half * distance, middle[1]], [0, 0, 1]])
    return np.asarray(seen @ np.column_stack([turned, (0.0, 0.0, distance)]))


def _warped(drawing: Image.Image, side: int, seen: np.ndarray, size: int) -> Image.Image:
    """A drawing of `side` pixels from -1 to 1, seen through a homography, in a picture of `size` x `size` pixels."""
    from_finer = np.diag([1 / _FINER, 1 / _FINER, 1])
    to_drawing = np.array([[side / 2, 0, side / 2], [0, side / 2, side / 2], [0, 0, 1]])
    back = to_drawing @ np.linalg.inv(seen) @ from_finer
    shape = (size * _FINER, size * _FINER)
    back = (back / back[2, 2]).ravel()[:8].tolist()
    return drawing.transform(shape, Image.Transform.PERSPECTIVE, back, Image.Resampling.BILINEAR).reduce(_FINER)
