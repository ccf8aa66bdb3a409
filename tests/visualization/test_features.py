"""Feature maps and filters."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from matplotlib.figure import Figure
from scipy.signal import correlate

from courselib.visualization import feature_maps, show_feature_maps, show_filters

pytestmark = pytest.mark.tensorflow
Drawn = Callable[[Figure], Figure]
IMAGE = np.random.default_rng(0).uniform(size=(9, 8, 3)).astype("float32")


@pytest.fixture(scope="module")
def model() -> Any:
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((9, 8, 3)),
            layers.Conv2D(5, 3, name="conv"),
            layers.ReLU(name="relu"),
            layers.Dropout(0.5, name="dropout"),
            layers.Conv2D(40, 1, activation="relu", name="wide"),
            layers.GlobalAveragePooling2D(name="pool"),
            layers.Dense(2, name="scores"),
        ]
    )


def tiles(figure: Figure) -> list[Any]:
    """The pictures of a figure, without the bar that explains the colours."""
    return [ax.images[0] for ax in figure.axes if ax.images]


def by_scipy(model: Any) -> np.ndarray:
    kernel, bias = model.get_layer("conv").get_weights()
    maps = [correlate(IMAGE, kernel[..., i], mode="valid")[..., 0] + bias[i] for i in range(5)]
    return np.stack(maps, axis=-1)  # (7, 6, 5)


def test_feature_maps_are_what_the_layer_computes(model: Any) -> None:
    expected = by_scipy(model)
    np.testing.assert_allclose(feature_maps(model, IMAGE, "conv"), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(feature_maps(model, IMAGE, 0), expected, rtol=1e-4, atol=1e-5)
    # dropout is off: the layer is asked as in prediction
    np.testing.assert_allclose(feature_maps(model, IMAGE, -4), np.maximum(expected, 0), rtol=1e-4, atol=1e-5)


def test_one_channel_may_be_left_out() -> None:
    inputs = keras.Input((None, None, 1))
    model = keras.Model(inputs, layers.Conv2D(2, 3, name="conv")(inputs))
    image = IMAGE[..., 0]
    assert feature_maps(model, image, "conv").shape == (7, 6, 2)
    np.testing.assert_array_equal(feature_maps(model, image, 1), feature_maps(model, image[..., None], "conv"))


@pytest.mark.parametrize(
    ("image", "layer", "message"),
    [
        (
            IMAGE,
            "convolution",
            "no layer 'convolution'. Give a name or an index from 0 to 5: conv, relu, dropout, wide",
        ),
        (IMAGE, 6, "no layer 6. Give a name or an index from 0 to 5"),
        (IMAGE, "scores", r"'scores' gives \(2,\), not maps .* These layers give maps: conv, relu, dropout, wide."),
        (IMAGE[None], "conv", r"one picture of shape \(9, 8, 3\). Received the shape \(1, 9, 8, 3\)"),
        (IMAGE[:5], "conv", r"Received the shape \(5, 8, 3\)"),
        (IMAGE[..., 0], "conv", r"Received the shape \(9, 8\)"),
    ],
)
def test_what_is_refused(model: Any, image: np.ndarray, layer: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        feature_maps(model, image, layer)


def test_signed_maps_are_drawn_around_zero(model: Any, drawn: Drawn) -> None:
    picture, *maps = tiles(drawn(show_feature_maps(model, IMAGE, "conv")))
    np.testing.assert_allclose(picture.get_array(), IMAGE)
    assert len(maps) == 5
    for i, tile in enumerate(maps):
        np.testing.assert_allclose(tile.get_array(), by_scipy(model)[..., i], rtol=1e-4, atol=1e-5)
        low, high = tile.get_clim()
        assert low == -high < 0
        assert tile.get_cmap().name == "PuOr"


def test_maps_without_negative_values_start_at_zero(model: Any, drawn: Drawn) -> None:
    figure = drawn(show_feature_maps(model, IMAGE, "wide", num_channels=10))
    _, *maps = tiles(figure)
    assert len(maps) == 10
    assert {tile.get_clim() for tile in maps} == {maps[0].get_clim()}
    assert maps[0].get_clim()[0] == 0
    assert maps[0].get_cmap().name != "PuOr"
    assert figure.subfigs[1].get_suptitle() == "wide: 10 of 40 channels, 7 x 6"


@pytest.mark.parametrize(
    ("shape", "count", "what"),
    [
        ((5, 5, 1, 6), 6, "filters: all 6 filters, 5 x 5"),
        ((7, 7, 3, 40), 32, "filters: 32 of 40 filters, 7 x 7"),
        ((3, 3, 4, 2), 8, "filters: all 2 filters (rows) in all 4 channels (columns), 3 x 3"),
        ((3, 3, 20, 9), 128, "filters: 8 of 9 filters (rows) in 16 of 20 channels (columns), 3 x 3"),
    ],
)
def test_filters(shape: tuple[int, ...], count: int, what: str, drawn: Drawn) -> None:
    kernel = np.random.default_rng(0).standard_normal(shape)
    figure = drawn(show_filters(kernel))
    assert figure.get_suptitle() == what
    assert len(tiles(figure)) == count
    last = tiles(figure)[-1].get_array()
    if shape[2] == 3:
        np.testing.assert_allclose(last, 0.5 + kernel[..., count - 1] / (2 * np.abs(kernel).max()))
    elif shape[2] == 1:
        np.testing.assert_allclose(last, kernel[..., 0, -1])
    else:
        np.testing.assert_allclose(last, kernel[:, :, min(shape[2], 16) - 1, min(shape[3], 8) - 1])


def test_filters_of_a_layer(model: Any, drawn: Drawn) -> None:
    figure = drawn(show_filters(model.get_layer("conv")))
    assert figure.get_suptitle() == "conv: all 5 filters, 3 x 3"
    kernel = model.get_layer("conv").get_weights()[0]
    np.testing.assert_allclose(
        tiles(figure)[0].get_array(), 0.5 + kernel[..., 0] / (2 * np.abs(kernel).max()), rtol=1e-5
    )


def test_filters_that_are_none(model: Any) -> None:
    for layer in (model.get_layer("relu"), model.get_layer("scores"), np.zeros((3, 3))):
        with pytest.raises(ValueError, match=r"needs a two-dimensional convolution or a kernel of shape .* Received: "):
            show_filters(layer)
