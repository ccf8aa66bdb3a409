"""The slider: pictures inside, and something to see without scripts."""

import io
import json
import re
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image

from courselib.style.slider import picture_slider

pytestmark = pytest.mark.tensorflow


def test_every_picture_is_inside() -> None:
    pictures = [np.full((16, 24, 3), level, np.float32) for level in (0, 0.5, 1)]
    html = picture_slider(pictures, ["black", "gray", "white <b>"], width=200)._repr_html_()
    frames = json.loads(re.search(r"frames = (\[.*?\]), labels", html)[1])
    for picture, frame in zip(pictures, frames, strict=True):
        stored = np.asarray(Image.open(io.BytesIO(b64decode(frame.partition(",")[2]))))
        assert stored.shape == (16, 24, 3)
        np.testing.assert_allclose(stored / 255, picture, atol=0.02)
    assert json.loads(re.search(r"labels = (\[.*?\]), \[img", html)[1]) == ["black", "gray", "white <b>"]


def test_without_scripts_the_last_picture_is_shown() -> None:
    html = picture_slider([np.zeros((8, 8, 3)), np.ones((8, 8, 3))], ["first", "the <last>"])._repr_html_()
    static = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    shown = re.search(r'<img alt="the &lt;last&gt;" src="data:image/jpeg;base64,([^"]+)"', static)
    assert np.asarray(Image.open(io.BytesIO(b64decode(shown[1])))).min() > 250
    assert "hidden" in re.search(r"<input[^>]*>", static)[0]
    assert "<last>" not in html.replace("&lt;last&gt;", "")


def test_labels_are_missing() -> None:
    with pytest.raises(ValueError, match=r"Expected one label for each picture. Received: 1 for 2 pictures"):
        picture_slider([np.zeros((8, 8, 3))] * 2, ["one"])
    with pytest.raises(ValueError, match="Received: 0 for 0 pictures"):
        picture_slider([], [])
