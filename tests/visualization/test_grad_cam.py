"""Grad-CAM, against finite differences, and against class activation maps where they are the same."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from courselib.visualization import grad_cam, layer_gradients

pytestmark = pytest.mark.tensorflow
IMAGE = np.random.default_rng(2).uniform(size=(8, 12, 3)).astype("float32")


def classifier(activation: str | None = None, separate: bool = False) -> Any:
    """A network whose head is no mean and no straight line, with a path around the layer `maps`."""
    keras.utils.set_random_seed(5)
    inputs = keras.Input((8, 12, 3))
    before = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="before")(inputs)
    maps = layers.Conv2D(4, 3, padding="same", name="maps")(before)
    x = layers.Add()([maps, before])
    x = layers.Conv2D(5, 3, activation="tanh", name="after")(x)
    x = layers.Dropout(0.5)(layers.Flatten()(x))
    x = layers.Dense(3, activation=None if separate else activation, name="scores")(x)
    return keras.Model(inputs, layers.Activation(activation)(x) if separate else x)


def score(model: Any, maps: np.ndarray, class_index: int) -> np.ndarray:
    """The score for other values of `maps`, (m, rows, columns, channels), written out layer by layer."""
    before = model.get_layer("before")(IMAGE[np.newaxis])
    x = keras.ops.convert_to_tensor(maps) + before
    x = keras.ops.reshape(model.get_layer("after")(x), (len(maps), -1))
    kernel, bias = model.get_layer("scores").get_weights()
    return (keras.ops.convert_to_numpy(x) @ kernel + bias)[:, class_index]


@pytest.mark.parametrize(("activation", "separate"), [(None, False), ("softmax", False), ("sigmoid", True)])
def test_the_gradients_are_the_slopes_of_the_score(activation: str | None, separate: bool):
    model = classifier(activation, separate)
    maps, gradients = layer_gradients(model, IMAGE, 1, "maps")
    assert maps.shape == gradients.shape == (4, 6, 4)
    step = 0.02 * np.eye(maps.size, dtype="float32").reshape(-1, *maps.shape)
    slopes = (score(model, maps + step, 1) - score(model, maps - step, 1)) / 0.04
    np.testing.assert_allclose(gradients, slopes.reshape(maps.shape), atol=1e-3 * np.abs(slopes).max() + 1e-4)


def test_it_is_the_weighted_sum_of_the_maps():
    model = classifier()
    maps, gradients = layer_gradients(model, IMAGE, 2, "maps")
    expected = sum(gradients[..., c].sum() / 24 * maps[..., c] for c in range(4)).clip(0)
    heat = grad_cam(model, IMAGE, 2, "maps")
    assert heat.shape == (8, 12)
    assert 0.5 < heat.max() <= 1
    assert heat.min() >= 0
    small = heat.reshape(4, 2, 6, 2).mean(axis=(1, 3))
    assert np.corrcoef(small.ravel(), expected.ravel())[0, 1] > 0.97  # enlarging makes it smoother


def test_with_average_pooling_and_one_dense_layer_it_is_the_class_activation_map():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6, 6, 3))
    maps = layers.Conv2D(4, 3, padding="same", activation="relu", name="maps")(inputs)
    outputs = layers.Dense(2, activation="softmax", name="scores")(layers.GlobalAveragePooling2D()(maps))
    model = keras.Model(inputs, outputs)
    image = IMAGE[:6, :6]
    values = keras.ops.convert_to_numpy(keras.Model(inputs, maps)(image[np.newaxis]))[0]
    for class_index in (0, 1):
        cam = np.maximum(values @ model.get_layer("scores").get_weights()[0][:, class_index], 0)
        expected = cam / cam.max() if cam.max() else cam
        np.testing.assert_allclose(grad_cam(model, image, class_index, "maps"), expected, atol=1e-5)


def test_a_model_that_grew_layer_by_layer():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8, 12, 3))])
    for layer in (layers.Conv2D(4, 3, activation="relu", name="maps"), layers.Flatten(), layers.Dense(2)):
        model.add(layer)
    maps, gradients = layer_gradients(model, IMAGE, 1, "maps")
    np.testing.assert_allclose(gradients.ravel(), model.layers[-1].get_weights()[0][:, 1], atol=1e-6)
    part = keras.Model(model.inputs[0], model.layers[0].output)
    np.testing.assert_allclose(maps, keras.ops.convert_to_numpy(part(IMAGE[np.newaxis]))[0], atol=1e-6)


def test_a_sure_network_still_has_gradients():
    model = classifier("softmax")
    kernel, bias = model.get_layer("scores").get_weights()
    plain = layer_gradients(model, IMAGE, 0, "maps")[1]
    model.get_layer("scores").set_weights([kernel, bias + np.array([200, 0, 0])])
    np.testing.assert_allclose(layer_gradients(model, IMAGE, 0, "maps")[1], plain, rtol=1e-4, atol=1e-6)


def test_the_model_is_left_as_it_was():
    model = classifier("softmax")
    weights, config = model.get_weights(), model.get_layer("scores").get_config()
    grad_cam(model, IMAGE, 0, "maps")
    for one, other in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert model.get_layer("scores").get_config() == config


def test_what_cannot_be():
    model = classifier()
    head = keras.Sequential([keras.Input((4,)), layers.Dense(2, activation="softmax")])
    nested = keras.Model(model.input, head(layers.GlobalAveragePooling2D()(model.get_layer("maps").output)))
    with pytest.raises(ValueError, match="the last layer is a model of its own"):
        grad_cam(nested, IMAGE, 0, "maps")
    with pytest.raises(ValueError, match=r"the classes 0 to 2. Received: class_index=3"):
        grad_cam(model, IMAGE, 3, "maps")
    with pytest.raises(ValueError, match=r"layer 'scores' with \(3,\)"):
        grad_cam(model, IMAGE, 0, "scores")
    with pytest.raises(ValueError, match="no layer 'conv9'"):
        grad_cam(model, IMAGE, 0, "conv9")
