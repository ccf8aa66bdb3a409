"""Boxes drawn into pictures, and annotated frames as a video."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from courselib.detection._arrays import to_boxes, to_numpy, to_vector

# Okabe and Ito's colours, which colour-blind readers can tell apart.
_COLORS = ("#E69F00", "#56B4E9", "#F0E442", "#CC79A7", "#009E73", "#D55E00", "#0072B2")
_SHARP_SIDE = 768  # smaller pictures are enlarged towards this many pixels, so that labels are readable
_FONT_SIZE = 15

Rectangle = tuple[float, float, float, float]


def draw_boxes(
    image: Any,
    boxes: Any,
    classes: Any,
    scores: Any = None,
    class_names: Sequence[str] | None = None,
    scale: int | None = None,
) -> np.ndarray:
    """A copy of a picture with boxes and labels, one colour for each class.

    Args:
        image: uint8 in 0-255 or float in [0, 1], of shape `(n_H, n_W, 3)`, `(n_H, n_W, 1)` or `(n_H, n_W)`.
        boxes: Corners `(y1, x1, y2, x2)` in pixels of `image`, of shape `(n, 4)`.
        classes: Class ids, of shape `(n,)`.
        scores: Written behind the names, of shape `(n,)`; `None` for true boxes.
        class_names: The name of each class id. Without them the ids are written.
        scale: How many times the picture is enlarged first. By default small pictures are, so that labels are
            readable: 128x192 becomes 512x768.

    Returns:
        uint8 of shape `(scale * n_H, scale * n_W, 3)`.

    Example:
    ```python
    Image.fromarray(draw_boxes(image, boxes, classes, scores, class_names))  # a notebook shows it
    ```
    """
    boxes = to_boxes(boxes)
    classes = to_vector(classes, "classes", boxes).astype(np.int64)
    if class_names is not None and not np.isin(classes, np.arange(len(class_names))).all():
        raise ValueError(
            f"`class_names` must name every class. Received: {len(class_names)} names for the class ids "
            f"{sorted(set(classes.tolist()))}"
        )
    labels = [class_names[i] if class_names is not None else str(i) for i in classes]
    if scores is not None:
        labels = [
            f"{label} {score:.2f}" for label, score in zip(labels, to_vector(scores, "scores", boxes), strict=True)
        ]
    picture = _as_picture(image)
    scale = scale or max(1, _SHARP_SIDE // max(picture.size))
    picture = picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.BICUBIC)

    draw = ImageDraw.Draw(picture)
    outlines = [(x1, y1, x2, y2) for y1, x1, y2, x2 in np.round(boxes * scale).tolist()]
    colors = [_COLORS[i % len(_COLORS)] for i in classes]
    for outline, color in zip(outlines, colors, strict=True):
        _draw_outline(draw, outline, color)
    taken: list[Rectangle] = []
    for outline, color, label in zip(outlines, colors, labels, strict=True):
        _draw_label(draw, picture.size, outline, color, label, taken)
    return np.asarray(picture)


def save_gif(frames: Iterable[Any], path: str | Path, frames_per_second: float = 10) -> Path:
    """Write pictures of one size as an endless animation, which every browser and notebook shows.

    A noisy frame of 256x384 pixels takes about 60 kB: `draw_boxes(..., scale=2)` keeps a video of a road small.

    Args:
        frames: uint8 in 0-255 or float in [0, 1], each of shape `(n_H, n_W, 3)`.
        path: The file, `NAME.gif`.
        frames_per_second: At most 50; a GIF counts in hundredths of a second.

    Returns:
        The path.

    Example:
    ```python
    save_gif([draw_boxes(f, b, c, s, names) for f, (s, b, c) in zip(frames, detect(model, frames))], "drive.gif")
    ```
    """
    pictures = [_as_picture(frame) for frame in frames]
    if not pictures:
        raise ValueError("save_gif needs at least one frame. Received: none")
    colors = _palette(pictures)
    first, *rest = [picture.quantize(palette=colors, dither=Image.Dither.FLOYDSTEINBERG) for picture in pictures]
    duration = max(20, round(1000 / frames_per_second))
    first.save(path, format="GIF", save_all=True, append_images=rest, duration=duration, loop=0)
    return Path(path)


def _palette(pictures: Sequence[Image.Image]) -> Image.Image:
    """256 colours for all frames: were each to choose its own, the video would flicker."""
    sample = pictures[:: max(1, len(pictures) // 8)]
    strip = Image.new("RGB", (sample[0].width, sample[0].height * len(sample)))
    for i, picture in enumerate(sample):
        strip.paste(picture, (0, i * picture.height))
    return strip.quantize(256, method=Image.Quantize.MEDIANCUT)


def _as_picture(image: Any) -> Image.Image:
    array = to_numpy(image)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3):
        raise ValueError(
            f"A picture must be of shape (n_H, n_W, 3), (n_H, n_W, 1) or (n_H, n_W). Received: {array.shape}"
        )
    if array.dtype != np.uint8:
        array = np.round(np.clip(array, 0, 1) * 255).astype(np.uint8)
    return Image.fromarray(array).convert("RGB")


def _draw_outline(draw: ImageDraw.ImageDraw, outline: Rectangle, color: str) -> None:
    """The box with a dark line around it, so that it is seen on any ground."""
    x1, y1, x2, y2 = outline
    draw.rectangle((x1 - 1, y1 - 1, x2 + 1, y2 + 1), outline="#202020", width=4)
    draw.rectangle((x1, y1, x2, y2), outline=color, width=2)


def _draw_label(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    outline: Rectangle,
    color: str,
    label: str,
    taken: list[Rectangle],
) -> None:
    """The name on its colour, above or below the box, where the picture has room and no other label is."""
    font = ImageFont.load_default(_FONT_SIZE)
    width, height = draw.textlength(label, font) + 8, _FONT_SIZE + 5
    x1, y1, x2, y2 = outline
    corners = [(x, y) for y in (y1 - height, y2 + 1, y1 + 2, y2 - height - 1) for x in (x1 - 1, x2 - width + 1)]
    inside = [_shift_inside((x, y, x + width, y + height), size) for x, y in corners]
    free = [place for place in inside if not any(_overlap(place, other) for other in taken)]
    place = (free or inside)[0]
    taken.append(place)
    draw.rectangle(place, fill=color)
    draw.text((place[0] + 4, place[1] + 1), label, fill="#000000", font=font)


def _shift_inside(place: Rectangle, size: tuple[int, int]) -> Rectangle:
    x1, y1, x2, y2 = place
    x = max(0.0, min(x1, size[0] - 1 - (x2 - x1)))
    y = max(0.0, min(y1, size[1] - 1 - (y2 - y1)))
    return x, y, x + x2 - x1, y + y2 - y1


def _overlap(first: Rectangle, second: Rectangle) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]
