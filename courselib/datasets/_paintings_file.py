"""Opens any picture of the learner's: a phone's photograph, a scan, a drawing with a transparent background."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from courselib.errors import CourselibError


def load_picture(path: str | Path, size: int | None = 256) -> np.ndarray:
    """A picture of your own, as content or as style.

    Args:
        path: Any file that Pillow reads: JPEG, PNG, WebP, TIFF, ...
        size: The middle square is cut out and brought to this height and width. `None` keeps the picture whole.

    Returns:
        float32 in [0, 1], of shape `(size, size, 3)`, or `(n_H, n_W, 3)` for `size=None`.

    Raises:
        CourselibError: For a file that is missing or that is no picture.
        ValueError: For a size below 1.

    Example:
    ```python
    content = load_picture("my_cat.jpg")
    ```
    """
    if size is not None and size < 1:
        raise ValueError(f"Expected a size of at least 1 pixel, or None. Received: size={size}.")
    try:
        picture = read_rgb(path)
    except OSError as error:
        raise CourselibError(f"Cannot read the picture {path}: {why_unreadable(error)}.") from error
    return to_array(picture if size is None else square(picture, size))


def read_rgb(path: str | Path) -> Image.Image:
    """The picture in red, green and blue, upright, on white. Raises `OSError` for what is no picture."""
    with _as_os_error(), Image.open(path) as file:
        picture = ImageOps.exif_transpose(file)  # phones store how they were held
        if picture.mode.startswith("I"):  # 16 bits; Pillow would cut off what is above 255
            picture = Image.fromarray((np.asarray(picture) // 256).astype(np.uint8))
        if picture.has_transparency_data:
            picture = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
        return picture.convert("RGB")


@contextlib.contextmanager
def _as_os_error() -> Iterator[None]:
    """Pillow's plugins raise many kinds of errors for damaged files."""
    try:
        yield
    except (ValueError, SyntaxError, EOFError, TypeError, IndexError, Image.DecompressionBombError) as error:
        raise OSError(f"damaged: {error}") from error


def why_unreadable(error: OSError) -> str:
    """What is wrong with a file, in a few words."""
    if isinstance(error, UnidentifiedImageError):
        return "no picture, or of a format that Pillow does not read"
    return (error.strerror or str(error)).rstrip(".").lower()


def square(picture: Image.Image, size: int) -> Image.Image:
    """The middle square, brought to `size` x `size` pixels."""
    return ImageOps.fit(picture, (size, size), Image.Resampling.LANCZOS)


def to_array(picture: Image.Image) -> np.ndarray:
    """float32 in [0, 1], of shape `(n_H, n_W, 3)`."""
    return np.asarray(np.asarray(picture) / np.float32(255))
