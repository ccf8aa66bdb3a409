"""Galleries of pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from courselib.visualization._figure import WIDTH, WRONG, draw_picture, new_figure

_MOST = 200  # pictures in one gallery
_COLUMNS = 8
_LETTER = 0.6 / 72  # inches: the width of an average letter, per point of its size
_SMALL_LETTERS = 7.0  # points
_WIDEST = 2.4  # inches, of one picture


def show_images(
    images: Any,
    labels: Sequence[Any] | np.ndarray | None = None,
    predictions: Sequence[Any] | np.ndarray | None = None,
    class_names: Sequence[str] | None = None,
    columns: int | None = None,
    title: str | None = None,
) -> Figure:
    """Draw pictures side by side, with their labels and, if given, with what a model predicted.

    A wrong prediction has a thick frame and says both classes: `✗ 3 (is 8)`. In a notebook the figure appears once,
    whether or not the call is the last line of its cell.

    Args:
        images: Gray or RGB pictures of shape `(m, n_H, n_W)`, `(m, n_H, n_W, 1)` or `(m, n_H, n_W, 3)`, or a list of
            pictures of several sizes, or one picture. Floats in [0, 1], or uint8 in 0-255.
        labels: The true class of each picture: ids or texts.
        predictions: The predicted class of each picture, like `labels`.
        class_names: The name of each class id.
        columns: Pictures in a row. Unless told, as many as leave room for the captions, and at most eight.
        title: A line above the gallery.

    Returns:
        The figure.

    Raises:
        ValueError: If shapes, lengths or values are not as described.

    Example:
    ```python
    show_images(x_test[:16], labels=y_test[:16], predictions=probabilities[:16].argmax(axis=1))
    ```
    """
    pictures = _as_pictures(images)
    m = len(pictures)
    true = _names("labels", labels, m, class_names)
    predicted = _names("predictions", predictions, m, class_names)
    captions = [_caption(*pair) for pair in zip(true, predicted, strict=True)]
    lines = [line for caption in captions for line in caption.split("\n")]
    longest = max(map(len, lines)) * _LETTER  # inches per point of letter size
    if columns is None:
        most = max(min(_COLUMNS, int(WIDTH / (longest * _SMALL_LETTERS + 0.05))), 1)
        columns = math.ceil(m / math.ceil(m / most))
    columns = min(columns, m)
    rows = math.ceil(m / columns)

    side = min(WIDTH / columns, _WIDEST)
    size = min(9.0, max((side - 0.05) / max(longest, _LETTER), 5.0))  # where the columns are given, they must do
    tallest = max(picture.shape[0] / picture.shape[1] for picture in pictures)
    text = max(caption.count("\n") + bool(caption) for caption in captions) * size / 50 + 0.05
    figure = new_figure(max(columns * side, 3.0), rows * (side * tallest + text) + (0.3 if title else 0.0))
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes[m:]:
        ax.set_axis_off()
    for ax, picture, caption in zip(axes, pictures, captions, strict=False):
        draw_picture(ax, picture)
        wrong = caption.startswith("✗")
        ax.set_title(caption, fontsize=size, pad=3, color=WRONG if wrong else "black", weight="bold" if wrong else None)
        if wrong:
            ax.spines[:].set(visible=True, color=WRONG, linewidth=3)
    if title:
        figure.suptitle(title)
    return figure


def _caption(true: str | None, predicted: str | None) -> str:
    if true is None or predicted is None:
        return true or predicted or ""
    if true == predicted:
        return f"✓ {true}"
    between = " " if len(true) + len(predicted) <= 4 else "\n"
    return f"✗ {predicted}{between}(is {true})"


def _names(name: str, values: Any, m: int, class_names: Sequence[str] | None) -> list[str] | list[None]:
    if values is None:
        return [None] * m
    values = np.asarray(values)
    values = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    if values.shape != (m,):
        raise ValueError(f"`{name}` needs one class for each of the {m} pictures. Received an array of {values.shape}")
    if class_names is None or values.dtype.kind not in "iu":
        return [str(value) for value in values]
    if values.min() < 0 or values.max() >= len(class_names):
        raise ValueError(
            f"`{name}` must lie between 0 and {len(class_names) - 1}, as there are {len(class_names)} class names. "
            f"Received values from {values.min()} to {values.max()}"
        )
    return [class_names[value] for value in values]


def _as_pictures(images: Any) -> list[np.ndarray]:
    if not isinstance(images, list | tuple):
        images = np.asarray(images)
        single = images.ndim == 2 or (images.ndim == 3 and images.shape[-1] in (1, 3))
        images = images[np.newaxis] if single else images
    if not 1 <= len(images) <= _MOST:
        raise ValueError(f"A gallery takes 1 to {_MOST} pictures, for example images[:40]. Received: {len(images)}")
    return [as_picture(image) for image in images]


def as_picture(image: Any) -> np.ndarray:
    """One picture as float64 in [0, 1], `(n_H, n_W)` or `(n_H, n_W, 3)`.

    Raises:
        ValueError: If it is no picture, or its values are out of range.
    """
    picture = np.asarray(image)
    if picture.ndim == 3 and picture.shape[-1] == 1:
        picture = picture[..., 0]
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[-1] != 3) or not picture.size:
        raise ValueError(
            f"A picture is (n_H, n_W), (n_H, n_W, 1) or (n_H, n_W, 3). Received the shape {np.shape(image)}"
        )
    picture = picture / 255.0 if picture.dtype == np.uint8 else picture.astype(np.float64)
    low, high = picture.min(), picture.max()
    if not (low >= -1e-3 and high <= 1 + 1e-3):
        raise ValueError(
            f"Pictures of floats must lie in [0, 1]. Received values from {low:.4g} to {high:.4g}. "
            "Divide by 255 what goes up to 255; np.clip(images, 0, 1) cuts off the rest."
        )
    return np.clip(picture, 0, 1)
