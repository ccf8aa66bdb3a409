"""A slider over pictures, for notebooks and for the static pages made of them."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from PIL import Image

_SCRIPT = """{ const box = document.currentScript.parentElement;
const frames = FRAMES, labels = LABELS, [img, input, text] = box.querySelectorAll("img,input,b");
input.oninput = () => { img.src = frames[input.value]; text.textContent = labels[input.value]; };
input.hidden = false; }"""


class PictureSlider:
    """What `picture_slider` makes; a notebook shows it as a picture with a slider below."""

    def __init__(self, html: str) -> None:
        self._html = html

    def _repr_html_(self) -> str:
        return self._html


def picture_slider(
    pictures: Sequence[np.ndarray], labels: Sequence[str], width: int = 320, quality: int = 80
) -> PictureSlider:
    """One picture after the other under a slider, for example the steps of a style transfer.

    It needs no widgets, and it works in a page that a notebook was exported to. Where scripts are not allowed, the last
    picture and its label are shown.

    Args:
        pictures: In [0, 1], each `(n_H, n_W, 3)`, of any sizes.
        labels: A few words about each picture.
        width: Of the picture on the screen, in pixels.
        quality: Of the JPEG files inside, 1 to 95; more needs more room.

    Returns:
        An object that a notebook shows as HTML.

    Raises:
        ValueError: If there are no pictures, or not one label for each.

    Example:
    ```python
    result = StyleTransfer()(content, style, num_saved=20)
    picture_slider([picture for _, picture in result.saved], [f"step {step}" for step, _ in result.saved])
    ```
    """
    if len(pictures) != len(labels) or not pictures:
        raise ValueError(f"Expected one label for each picture. Received: {len(labels)} for {len(pictures)} pictures")
    frames = [_data_uri(picture, quality) for picture in pictures]
    last = len(frames) - 1
    script = _SCRIPT.replace("FRAMES", json.dumps(frames)).replace("LABELS", _for_script(list(labels)))
    return PictureSlider(
        f'<div style="width:{width}px"><img alt="{escape(labels[last])}" src="{frames[last]}" width="{width}"><br>'
        f'<input type="range" max="{last}" value="{last}" style="width:100%" aria-label="which picture" hidden>'
        f"<b>{escape(labels[last])}</b><script>{script}</script></div>"
    )


def _data_uri(picture: np.ndarray, quality: int) -> str:
    buffer = io.BytesIO()
    Image.fromarray((np.clip(picture, 0, 1) * 255).round().astype(np.uint8)).save(buffer, "JPEG", quality=quality)
    return f"data:image/jpeg;base64,{b64encode(buffer.getvalue()).decode()}"


def _for_script(value: Any) -> str:
    """JSON that may stand inside of a script element."""
    return json.dumps(value).replace("<", "\\u003c")
