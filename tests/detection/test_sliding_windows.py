"""Crops against loops and scikit-image; a convolutional classifier against the crops one by one."""

from typing import Any

import numpy as np
import pytest
from skimage.util import view_as_windows

from courselib.detection import dense_to_conv, sliding_windows, window_boxes

IMAGE = np.random.default_rng(0).random((17, 23, 3))


@pytest.mark.parametrize(("window", "stride"), [(5, 1), (5, 3), (17, 1), (4, 7)])
def test_windows_row_by_row(window: int, stride: int) -> None:
    crops, num_crops = sliding_windows(IMAGE, window, stride)
    expected = view_as_windows(IMAGE, (window, window, 3), step=(stride, stride, 3)).reshape(-1, window, window, 3)
    assert num_crops == len(expected)
    np.testing.assert_array_equal(crops, expected)
    rows, columns = (17 - window) // stride + 1, (23 - window) // stride + 1
    boxes = window_boxes((rows, columns), window, stride)
    assert len(boxes) == num_crops
    for crop, (y1, x1, y2, x2) in zip(crops, boxes, strict=True):
        np.testing.assert_array_equal(crop, IMAGE[y1:y2, x1:x2])


def test_crops_can_be_changed_without_changing_the_picture() -> None:
    image = IMAGE.copy()
    crops, _ = sliding_windows(image, 17, 1)
    crops += 1
    np.testing.assert_array_equal(image, IMAGE)


@pytest.mark.parametrize(("window", "stride"), [(18, 1), (0, 1), (5, 0)])
def test_errors(window: int, stride: int) -> None:
    message = rf"at least as large as the window.*Received: shape \(17, 23, 3\), window={window}, stride={stride}"
    with pytest.raises(ValueError, match=message):
        sliding_windows(IMAGE, window, stride)


def classifier(*middle: Any, size: int = 14) -> Any:
    """The 14x14 classifier of the lecture, with other layers after the convolution if wanted."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((size, size, 3)),
            layers.Conv2D(16, 5, activation="relu", bias_initializer="normal"),
            *(middle or (layers.MaxPooling2D(2),)),
            layers.Flatten(),
            layers.Dense(400, activation="relu", bias_initializer="normal"),
            layers.Dropout(0.5),
            layers.Dense(400, activation="relu", use_bias=False),
            layers.Dense(4, activation="softmax"),
        ]
    )


@pytest.mark.tensorflow
@pytest.mark.parametrize(("size", "grid"), [(14, 1), (16, 2), (28, 8)])
def test_one_pass_equals_the_crops_one_by_one(size: int, grid: int) -> None:
    model = classifier()
    fcn = dense_to_conv(model)
    image = np.random.default_rng(size).random((size, size, 3)).astype("float32")
    maps = fcn.predict(image[None], verbose=0)
    assert maps.shape == (1, grid, grid, 4)
    crops, _ = sliding_windows(image, 14, 2)
    np.testing.assert_allclose(maps.reshape(-1, 4), model.predict(crops, verbose=0), atol=1e-5)
    assert fcn.count_params() == model.count_params()


@pytest.mark.tensorflow
def test_functional_models_with_batch_normalisation_and_strides() -> None:
    import keras
    from keras import layers

    keras.utils.set_random_seed(2)
    x = inputs = keras.Input((20, 14, 1))
    x = layers.Rescaling(1 / 255)(x)
    x = layers.Conv2D(6, 3, strides=2, use_bias=False)(x)
    x = layers.BatchNormalization(moving_mean_initializer="normal", beta_initializer="normal")(x)
    x = layers.LeakyReLU()(x)
    x = layers.DepthwiseConv2D(2)(x)
    x = layers.AveragePooling2D(2)(x)
    x = layers.Activation("tanh")(layers.Flatten()(x))
    x = layers.Dense(5)(x)
    model = keras.Model(inputs, layers.Softmax()(x))
    fcn = dense_to_conv(model)
    image = np.random.default_rng(0).uniform(0, 255, (1, 28, 22, 1)).astype("float32")
    maps = fcn.predict(image, verbose=0)
    assert maps.shape == (1, 3, 3, 5)
    boxes = [(4 * r, 4 * c, 4 * r + 20, 4 * c + 14) for r in range(3) for c in range(3)]
    crops = np.concatenate([image[:, y1:y2, x1:x2] for y1, x1, y2, x2 in boxes])
    np.testing.assert_allclose(maps.reshape(-1, 5), model.predict(crops, verbose=0), atol=1e-5)


@pytest.mark.tensorflow
def test_models_that_cannot_be_moved_over_a_picture() -> None:
    import keras
    from keras import layers

    with pytest.raises(ValueError, match=r'needs padding="valid".*layer \'edge\' has padding="same"'):
        dense_to_conv(classifier(layers.Conv2D(8, 3, padding="same", name="edge")))
    with pytest.raises(ValueError, match=r"cannot move the layer 'noise' \(GaussianNoise\)"):
        dense_to_conv(classifier(layers.GaussianNoise(1.0, name="noise")))
    with pytest.raises(ValueError, match=r"needs Dense to follow Flatten. Received: 'norm' between them"):
        dense_to_conv(
            keras.Sequential(
                [keras.Input((4, 4, 3)), layers.Flatten(), layers.BatchNormalization(name="norm"), layers.Dense(2)]
            )
        )
    with pytest.raises(ValueError, match=r"needs a Dense layer after Flatten. Received: a model without one"):
        dense_to_conv(keras.Sequential([keras.Input((4, 4, 3)), layers.Flatten()]))
    with pytest.raises(ValueError, match=r"classifier of pictures.*Received: input \(None, 7\)"):
        dense_to_conv(keras.Sequential([keras.Input((7,)), layers.Dense(2)]))
    inputs = keras.Input((4, 4, 3))
    x = layers.ReLU(name="one")(inputs)
    branched = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(layers.Add(name="both")([inputs, x]))))
    with pytest.raises(ValueError, match=r"plain chain of layers.*layer 'both' takes something else"):
        dense_to_conv(branched)
