"""The deconvnet, against loops in NumPy, and against finite differences where it is the gradient."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from scipy.signal import convolve2d

from courselib.visualization import deconvnet

pytestmark = pytest.mark.tensorflow
IMAGE = np.random.default_rng(1).uniform(-1, 1, size=(8, 10, 2)).astype("float32")


@pytest.fixture(scope="module")
def model() -> Any:
    keras.utils.set_random_seed(3)
    inputs = keras.Input((8, 10, 2))
    x = layers.Conv2D(4, 3, name="conv1", padding="same", bias_initializer="random_normal")(inputs)
    x = layers.MaxPooling2D(2, name="pool")(layers.ReLU(name="relu1")(x))
    x = layers.Conv2D(3, 3, name="conv2", activation="relu")(x)
    return keras.Model(inputs, layers.Dense(2, name="dense")(layers.GlobalAveragePooling2D(name="average")(x)))


def outputs(model: Any, layer: str, image: np.ndarray) -> np.ndarray:
    part = keras.Model(model.inputs[0], model.get_layer(layer).output)
    return keras.ops.convert_to_numpy(part(image[np.newaxis]))[0]


def transposed(signal: np.ndarray, kernel: np.ndarray, mode: str) -> np.ndarray:
    """Every number puts its filter, weighted, on the picture below."""
    pairs = [
        sum(convolve2d(signal[..., c], kernel[:, :, i, c], mode=mode) for c in range(kernel.shape[3]))
        for i in range(kernel.shape[2])
    ]
    return np.stack(pairs, axis=-1)


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_down_through_two_convolutions_and_a_pooling(model: Any, channel: int):
    maps, below = outputs(model, "conv2", IMAGE), outputs(model, "relu1", IMAGE)
    signal = np.zeros_like(maps)
    row, column = np.argwhere(maps[..., channel] == maps[..., channel].max())[0]
    signal[row, column, channel] = maps[row, column, channel]
    signal = transposed(signal, model.get_layer("conv2").get_weights()[0], "full")  # (4, 5, 4)
    unpooled = np.zeros_like(below)
    for h, w, c in np.ndindex(signal.shape):
        window = below[2 * h : 2 * h + 2, 2 * w : 2 * w + 2, c]
        i, j = np.unravel_index(window.argmax(), (2, 2))
        unpooled[2 * h + i, 2 * w + j, c] = signal[h, w, c]
    expected = transposed(np.maximum(unpooled, 0), model.get_layer("conv1").get_weights()[0], "same")
    assert np.abs(expected).max() > 0
    np.testing.assert_allclose(deconvnet(model, IMAGE, "conv2", channel), expected, rtol=1e-4, atol=1e-6)


def test_without_relu_it_is_the_gradient():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((8, 10, 2)), layers.Rescaling(0.5)])
    model.add(layers.Conv2D(3, 3, strides=2, padding="same"))
    model.add(layers.BatchNormalization(name="norm"))
    model.add(layers.Conv2D(2, 2, dilation_rate=2, name="last"))
    norm = model.get_layer("norm")
    norm.set_weights([np.array(values) for values in ([2, -1, 0.5], [1, 2, 3], [0.1, 0, 0], [2, 1, 0.5])])
    value = outputs(model, "last", IMAGE)[1, 2, 1]
    nudged = IMAGE + 0.5 * np.eye(IMAGE.size).reshape(-1, *IMAGE.shape)
    part = keras.Model(model.inputs[0], model.layers[-1].output)
    slopes = (part.predict(nudged, verbose=0)[:, 1, 2, 1] - value) / 0.5
    found = deconvnet(model, IMAGE, "last", 1, position=(1, 2))
    np.testing.assert_allclose(found, value * slopes.reshape(IMAGE.shape), rtol=1e-3, atol=1e-5)


def test_what_cannot_be_turned_around(model: Any):
    with pytest.raises(ValueError, match=r"cannot go back through layer 'average' \(GlobalAveragePooling2D\)"):
        deconvnet(model, IMAGE, "average", 0)
    with pytest.raises(ValueError, match=r"channel=3 of layer 'conv2', whose output has the shape \(2, 3, 3\)"):
        deconvnet(model, IMAGE, "conv2", 3)
    with pytest.raises(ValueError, match="no layer 'conv9'"):
        deconvnet(model, IMAGE, "conv9", 0)
    curved = keras.Sequential([keras.Input((8, 10, 2)), layers.Conv2D(1, 1, activation="tanh", name="curved")])
    with pytest.raises(ValueError, match="cannot go back through layer 'curved'"):
        deconvnet(curved, IMAGE, "curved", 0)
