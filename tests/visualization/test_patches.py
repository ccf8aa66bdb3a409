"""The pieces of pictures that excite a channel most."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from scipy.signal import correlate

from courselib.visualization import top_activating_patches

pytestmark = pytest.mark.tensorflow
IMAGES = np.random.default_rng(0).uniform(size=(7, 9, 8, 2)).astype("float32")


@pytest.fixture(scope="module")
def model() -> Any:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((9, 8, 2))
    x = layers.Conv2D(3, 3, name="valid", use_bias=False)(inputs)
    x = layers.MaxPooling2D(2, name="pool")(x)
    x = layers.Conv2D(4, 3, padding="same", name="deep")(x)
    return keras.Model(inputs, layers.Dense(2, name="scores")(layers.Flatten(name="flat")(x)))


def test_the_windows_excite_the_channel_most(model: Any):
    """Each filter is slid by SciPy, and the strongest place of each picture is looked up."""
    kernel = model.get_layer("valid").get_weights()[0][..., 1]
    answers = np.stack([correlate(image, kernel, mode="valid")[..., 0] for image in IMAGES])
    best = sorted(range(7), key=lambda i: -answers[i].max())[:4]
    found = top_activating_patches(model, "valid", 1, IMAGES, k=4)
    assert found.image_ids.tolist() == best
    for i, window, activation, box in zip(best, *found[:2], found.boxes, strict=True):
        row, column = np.argwhere(answers[i] == answers[i].max())[0]
        np.testing.assert_array_equal(window, IMAGES[i, row : row + 3, column : column + 3])
        assert box.tolist() == [row, column, row + 3, column + 3]
        assert activation == pytest.approx((window * kernel).sum(), rel=1e-4)


def test_a_deep_window_is_all_that_its_place_sees(model: Any):
    found = top_activating_patches(model, "deep", 2, IMAGES, k=7)
    assert found.windows.shape == (7, 8, 8, 2)
    part = keras.Model(model.input, model.get_layer("deep").output)
    for i, activation, (y1, x1, y2, x2) in zip(found.image_ids, found.activations, found.boxes, strict=True):
        only = np.zeros_like(IMAGES[i])
        seen = slice(max(y1, 0), y2), slice(max(x1, 0), x2)
        only[seen] = IMAGES[i][seen]
        place = (y1 + 2) // 2, (x1 + 2) // 2
        answer = part.predict(only[np.newaxis], verbose=0)[0, *place, 2]
        assert answer == pytest.approx(activation, rel=1e-4)
    assert np.all(np.diff(found.activations) <= 0)


def test_beyond_the_border_is_zero(model: Any):
    found = top_activating_patches(model, "deep", 0, IMAGES + 1, k=7)
    for window, (y1, x1, y2, x2) in zip(found.windows, found.boxes, strict=True):
        rows, columns = np.arange(y1, y2), np.arange(x1, x2)
        inside = np.outer((rows >= 0) & (rows < 9), (columns >= 0) & (columns < 8))
        np.testing.assert_array_equal(window[..., 0] > 0, inside)


def test_what_cannot_be(model: Any):
    with pytest.raises(ValueError, match="no layer 'conv9'"):
        top_activating_patches(model, "conv9", 0, IMAGES)
    with pytest.raises(ValueError, match="'scores' has no receptive field"):
        top_activating_patches(model, "scores", 0, IMAGES)
    with pytest.raises(ValueError, match=r"'deep' has the channels 0 to 3. Received: channel=4"):
        top_activating_patches(model, "deep", 4, IMAGES)
    with pytest.raises(ValueError, match=r"k=9 and images of shape \(7, 9, 8, 2\)"):
        top_activating_patches(model, "deep", 0, IMAGES)
