"""What networks cost, and building them without weights."""

from typing import Any

import keras
import pytest
from keras import layers

from courselib.models import VGG16, AlexNet, LeNet5, count_costs, without_weights

pytestmark = pytest.mark.tensorflow


def test_lenet5_by_hand() -> None:
    costs = {layer.name: (layer.parameters, layer.multiply_adds) for layer in count_costs(LeNet5()).layers}
    assert costs == {
        "C1": (6 * 26, 28 * 28 * 6 * 25),
        "S2": (0, 0),
        "C3": (16 * (6 * 25 + 1), 10 * 10 * 16 * 6 * 25),
        "S4": (0, 0),
        "flatten": (0, 0),
        "C5": (401 * 120, 400 * 120),
        "F6": (121 * 84, 120 * 84),
        "output": (85 * 10, 84 * 10),
    }


def test_vgg16_and_alexnet() -> None:
    """The totals of the literature: 15.47 G for VGG-16, and 1.14 G for AlexNet in one group."""
    with without_weights():
        vgg, alexnet = count_costs(VGG16()), count_costs(AlexNet())
    assert (vgg.parameters, vgg.multiply_adds) == (138_357_544, 15_470_264_320)
    dense = 9216 * 4096 + 4096 * 4096 + 4096 * 1000
    convolutions = 55**2 * 96 * 363 + 27**2 * 256 * 2400 + 13**2 * (384 * 2304 + 384 * 3456 + 256 * 3456)
    assert (alexnet.parameters, alexnet.multiply_adds) == (62_378_344, dense + convolutions)


def test_a_1x1_reduction_pays() -> None:
    """The course notes: 409,600 weights against 59,392 for 256 -> 64 channels with 5x5 filters."""

    def cost(*convolutions: Any) -> int:
        return count_costs(keras.Sequential([keras.Input((7, 7, 256)), *convolutions])).multiply_adds

    direct = cost(layers.Conv2D(64, 5, padding="same"))
    reduced = cost(layers.Conv2D(32, 1), layers.Conv2D(64, 5, padding="same"))
    assert (direct, reduced) == (49 * 409_600, 49 * 59_392)


def test_groups_depthwise_and_dense_at_every_position() -> None:
    model = keras.Sequential(
        [
            keras.Input((6, 6, 8)),
            layers.Conv2D(4, 3, groups=2),  # (4, 4, 4), each filter sees four channels
            layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2),  # (4, 4, 8), one channel each
            layers.Dense(5),  # (4, 4, 5)
        ]
    )
    assert [layer.multiply_adds for layer in count_costs(model).layers] == [64 * 9 * 4, 128 * 9, 16 * 8 * 5]


def test_models_within_models_count() -> None:
    inner = LeNet5()
    outer = keras.Sequential([keras.Input((32, 32, 1)), layers.BatchNormalization(), inner, layers.Dense(2)])
    costs = count_costs(outer)
    assert costs.parameters == outer.count_params() == 4 + 61_706 + 22
    assert costs.multiply_adds == count_costs(inner).multiply_adds + 20


def test_the_table() -> None:
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3, name="conv"), layers.Flatten()])
    assert str(count_costs(model)) == (
        "layer  output     parameters  multiply-adds\n"
        "conv   6 x 6 x 2          20            648\n"
        "total                     20            648"
    )


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match=r"layer 'conv' has no known size: \(None, None, 2\). Give the model a fixed"):
        count_costs(keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(2, 3, name="conv")]))
    with pytest.raises(ValueError, match="Cannot count the multiply-adds of layer 'memory', a LSTM"):
        count_costs(keras.Sequential([keras.Input((4, 3)), layers.LSTM(2, name="memory")]))


class Counter:
    """An initializer that counts how often it is asked for values."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, shape: tuple[int, ...], dtype: str | None = None) -> Any:
        self.calls += 1
        return keras.ops.zeros(shape, dtype)


def dense(counter: Counter) -> Any:
    return keras.Sequential([keras.Input((3,)), layers.Dense(2, kernel_initializer=counter)])


def test_without_weights_initialises_nothing_now_or_later() -> None:
    counter = Counter()
    with without_weights():
        model = dense(counter)
    with keras.StatelessScope():
        pass  # at the end of a scope, Keras initialises what was deferred
    assert counter.calls == 0
    assert model.count_params() == 8

    with keras.StatelessScope():
        dense(counter)
    assert counter.calls == 1  # or the test above would show nothing


def test_without_weights_leaves_what_others_deferred() -> None:
    outer, inner = Counter(), Counter()
    with keras.StatelessScope():
        dense(outer)
        with without_weights():
            dense(inner)
    assert (outer.calls, inner.calls) == (1, 0)


def test_without_weights_ends_with_an_error_too() -> None:
    counter = Counter()
    with pytest.raises(ValueError, match=r"smaller|negative"), without_weights():
        keras.Sequential([keras.Input((3, 3, 1)), layers.Conv2D(1, 2, kernel_initializer=counter), layers.Conv2D(1, 9)])
    with keras.StatelessScope():
        pass
    assert counter.calls == 0
    dense(counter)
    assert counter.calls == 1
