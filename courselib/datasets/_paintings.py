"""Pictures for style transfer: paintings that courselib paints, and photographs that come with the libraries."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageOps

from courselib.datasets._cache import Arrays, cached
from courselib.datasets._paintings_brush import to_image
from courselib.datasets._paintings_file import to_array
from courselib.datasets._paintings_styles import STYLES

_VERSION = 1  # to be raised whenever the paintings change
_SIZES = range(32, 2049)


def load_paintings(size: int = 256, seed: int = 0) -> dict[str, np.ndarray]:
    """Style images: swirls, stained glass, woodcut waves, abstract shapes and hatching.

    They are painted by courselib, so they are free of anybody's rights, in a few seconds the first time, and kept in a
    cache folder after that. For a painting of your own: `load_picture`.

    Args:
        size: Height and width in pixels, 32 to 2048.
        seed: Another seed gives other paintings in the same five styles, from 0.

    Returns:
        Each painting by its name, float32 in [0, 1], of shape `(size, size, 3)`.

    Raises:
        ValueError: For a number out of its range.

    Example:
    ```python
    style = load_paintings()["stained glass"]
    ```
    """
    _check_size(size)
    if seed < 0:
        raise ValueError(f"Expected a seed from 0. Received: seed={seed}.")

    def paint() -> Arrays:
        canvases = {
            name: painter(np.random.default_rng([seed, number]), 2 * size)
            for number, (name, painter) in enumerate(STYLES.items())
        }
        return {name: np.asarray(to_image(canvas).reduce(2)) for name, canvas in canvases.items()}

    paintings = cached("paintings", _VERSION, {"size": size, "seed": seed}, paint)
    return {name: paintings[name] / np.float32(255) for name in STYLES}


def load_photographs(size: int = 256) -> dict[str, np.ndarray]:
    """Content images: photographs that scikit-image and scikit-learn bring along, so no internet is needed.

    Args:
        size: Height and width in pixels, 32 to 2048. A square is cut out of each photograph, the shorter side of which
            is 300 to 600 pixels long.

    Returns:
        Each photograph by its name, `"astronaut"`, `"cat"`, `"coffee"`, `"flower"`, `"pavilion"` and `"rocket"`:
        float32 in [0, 1], of shape `(size, size, 3)`.

    Raises:
        ValueError: For a size out of its range.

    Example:
    ```python
    content = load_photographs()["cat"]
    ```
    """
    _check_size(size)
    return {
        name: to_array(
            ImageOps.fit(Image.fromarray(load()), (size, size), Image.Resampling.LANCZOS, centering=(middle, 0.5))
        )
        for name, (load, middle) in _photographs().items()
    }


def _photographs() -> dict[str, tuple[Callable[[], np.ndarray], float]]:
    """How to load each photograph, and where the square is: 0 at the left, 1 at the right."""
    from skimage import data
    from sklearn.datasets import load_sample_image

    return {
        "astronaut": (data.astronaut, 0.5),
        "cat": (data.chelsea, 0.5),
        "coffee": (data.coffee, 0.5),
        "flower": (lambda: load_sample_image("flower.jpg"), 0.5),
        "pavilion": (lambda: load_sample_image("china.jpg"), 0.0),
        "rocket": (data.rocket, 0.5),
    }


def _check_size(size: int) -> None:
    if size not in _SIZES:
        raise ValueError(f"Expected a size from {_SIZES[0]} to {_SIZES[-1]} pixels. Received: size={size}.")
