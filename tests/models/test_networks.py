"""The networks: parameters, shapes, and what they compute."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from courselib import models
from courselib.models import without_weights

pytestmark = pytest.mark.tensorflow

RNG = np.random.default_rng(0)


def outputs(build: Callable[[Any], Any], shape: tuple[int, ...], x: np.ndarray | None = None) -> np.ndarray:
    """What a block makes of x, with its fresh weights."""
    inputs = keras.Input(shape)
    model = keras.Model(inputs, build(inputs))
    x = RNG.standard_normal((2, *shape)).astype("float32") if x is None else x
    return np.asarray(keras.ops.convert_to_numpy(model(x, training=False)))


@pytest.mark.parametrize(
    ("network", "parameters"),
    [
        ("LeNet5", 61_706),
        ("AlexNet", 62_378_344),
        ("VGG16", 138_357_544),
        ("ResNet50", 23_600_006),
    ],
)
def test_parameters(network: str, parameters: int) -> None:
    with without_weights():
        assert getattr(models, network)().count_params() == parameters


SHAPES = {
    "LeNet5": {"C1": (28, 28, 6), "S2": (14, 14, 6), "C3": (10, 10, 16), "S4": (5, 5, 16), "C5": (120,)},
    "AlexNet": {
        "conv1": (55, 55, 96), "pool1": (27, 27, 96), "conv2": (27, 27, 256), "pool2": (13, 13, 256),
        "conv3": (13, 13, 384), "conv4": (13, 13, 384), "conv5": (13, 13, 256), "pool5": (6, 6, 256),
        "flatten": (9216,),
    },
    "VGG16": {"block1_conv2": (224, 224, 64), "block5_conv3": (14, 14, 512), "flatten": (25088,)},
    "ResNet50": {
        "stage2_block3": (16, 16, 256), "stage3_block4": (8, 8, 512), "stage4_block6": (4, 4, 1024),
        "stage5_block3": (2, 2, 2048),
    },
    "NiN": {"class_maps": (8, 8, 10)},
    "GoogLeNet": {"inception_2": (16, 16, 104), "inception_4": (8, 8, 208)},
}  # fmt: skip


@pytest.mark.parametrize("network", SHAPES)
def test_shapes_of_layers(network: str) -> None:
    with without_weights():
        model = getattr(models, network)()
    assert {name: tuple(model.get_layer(name).output.shape[1:]) for name in SHAPES[network]} == SHAPES[network]


MINIMA = {
    "LeNet5": 16, "AlexNet": 67, "VGG16": 32, "NiN": 8, "ResNet50": 32, "GoogLeNet": 40,
    "plain_net": 4, "residual_net": 4,
}  # fmt: skip


@pytest.mark.parametrize(("network", "minimum"), MINIMA.items())
def test_the_smallest_pictures_work_and_smaller_ones_are_refused(network: str, minimum: int) -> None:
    build = getattr(models, network)
    args = (10,) if network.endswith("net") else ()
    with without_weights():
        model = build(*args, input_shape=(minimum, minimum, 3), classes=4)
    for output in keras.tree.flatten(model.output):
        assert output.shape == (None, 4)
    with pytest.raises(
        ValueError, match=rf"{network} needs .* of at least {minimum} pixels.*\(\d+, {minimum - 1}, 3\)"
    ):
        build(*args, input_shape=(minimum, minimum - 1, 3), classes=4)


def test_an_unknown_size_is_refused_where_dense_layers_need_it() -> None:
    with pytest.raises(ValueError, match=r"Received: input_shape=\(None, None, 3\)"):
        models.VGG16((None, None, 3))
    with pytest.raises(ValueError, match=r"or None for any size. Received: input_shape=\(32, 32\)"):
        models.NiN((32, 32))
    assert models.NiN((None, None, 1), filters=(4, 4)).output.shape == (None, 10)


def test_vgg16_is_the_one_of_keras() -> None:
    with without_weights():
        ours = models.VGG16()
        theirs = keras.applications.VGG16(weights=None)
    assert [layer.output.shape for layer in ours.layers] == [layer.output.shape for layer in theirs.layers]
    assert [weight.shape for weight in ours.weights] == [weight.shape for weight in theirs.weights]


def test_resnet50_computes_what_the_one_of_keras_computes() -> None:
    theirs = keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=6)
    ours = models.ResNet50()
    pairs = {"stem_conv": "conv1_conv", "stem_bn": "conv1_bn", "output": "predictions"}
    for stage, depth in ((2, 3), (3, 4), (4, 6), (5, 3)):
        for block in range(1, depth + 1):
            for part, number in {"shortcut": 0, "a": 1, "b": 2, "c": 3}.items():
                if part != "shortcut" or block == 1:
                    for kind in ("conv", "bn"):
                        name = f"stage{stage}_block{block}_{part}_{kind}"
                        pairs[name] = f"conv{stage}_block{block}_{number}_{kind}"
    rng = np.random.default_rng(1)
    for mine, other in pairs.items():
        layer = theirs.get_layer(other)
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in layer.get_weights()])
            layer.epsilon = ours.get_layer(mine).epsilon
        ours.get_layer(mine).set_weights(layer.get_weights())
    assert sum(bool(layer.weights) for layer in ours.layers) == len(pairs)
    x = rng.uniform(size=(2, 64, 64, 3)).astype("float32")
    both = [keras.Model(model.input, model.layers[-2].output)(x, training=False) for model in (ours, theirs)]
    mine, other = (np.asarray(keras.ops.convert_to_numpy(features)) for features in both)
    assert other.std() > 0
    np.testing.assert_allclose(mine, other, rtol=1e-3, atol=1e-3 * float(np.abs(other).max()))


X = RNG.uniform(size=(2, 6, 7, 8)).astype("float32")
ZEROS = {
    "name": "zeros",
    "class": keras.initializers.Zeros,
    "instance": keras.initializers.Zeros(),
    "function": lambda shape, dtype=None: keras.ops.zeros(shape, dtype),
}


@pytest.mark.parametrize("initializer", ZEROS.values(), ids=ZEROS.keys())
def test_an_identity_block_without_weights_is_the_identity(initializer: Any) -> None:
    got = outputs(lambda x: models.identity_block(x, 3, (2, 2, 8), initializer=initializer), X.shape[1:], X)
    np.testing.assert_array_equal(got, X)


def test_an_identity_block_adds_and_then_applies_relu() -> None:
    """One 1x1 convolution after the other, all ones, by hand; batch normalisation at its start divides by (1 + eps)."""
    got = outputs(lambda x: models.identity_block(x, 1, (2, 3, 8), initializer="ones"), X.shape[1:], X - 0.5)
    scale = 1 / np.sqrt(1 + 1e-3)
    a = np.maximum(scale * (X - 0.5).sum(axis=-1, keepdims=True), 0)  # every channel has the sum of the channels below
    b = np.maximum(scale * 2 * a, 0)
    np.testing.assert_allclose(got, np.maximum(scale * 3 * b + X - 0.5, 0), rtol=1e-4, atol=1e-5)


def test_one_initializer_gives_every_convolution_its_own_values() -> None:
    inputs = keras.Input((4, 4, 4))
    initializer = keras.initializers.RandomNormal()
    model = keras.Model(inputs, models.identity_block(inputs, 1, (4, 4, 4), initializer=initializer))
    first, second, third = (layer.get_weights()[0] for layer in model.layers if isinstance(layer, keras.layers.Conv2D))
    assert not np.allclose(first, second)
    assert not np.allclose(second, third)


@pytest.mark.parametrize(("s", "size"), [(1, (7, 9)), (2, (4, 5)), (3, (3, 3))])
def test_a_convolutional_block_changes_size_and_channels(s: int, size: tuple[int, int]) -> None:
    build = {"s": s} if s != 2 else {}
    assert outputs(lambda x: models.convolutional_block(x, 3, (2, 2, 6), **build), (7, 9, 3)).shape == (2, *size, 6)


def test_an_identity_block_says_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"filters\[2\] must be 8 here; convolutional_block .* filters=\(2, 2, 4\)"):
        models.identity_block(keras.Input((4, 4, 8)), 3, (2, 2, 4))


@pytest.mark.parametrize("depth", [6, 10, 34])
def test_small_nets_have_the_depth_they_are_asked_for(depth: int) -> None:
    with without_weights():
        plain, residual = models.plain_net(depth), models.residual_net(depth)
    deep = (keras.layers.Conv2D, keras.layers.Dense)
    assert sum(isinstance(layer, deep) for layer in plain.layers) == depth
    assert sum(isinstance(layer, deep) for layer in residual.layers) == depth + 1  # one shortcut has weights
    assert sum(isinstance(layer, keras.layers.Add) for layer in residual.layers) == (depth - 2) // 2
    assert residual.count_params() - plain.count_params() == (16 + 1) * 32 + 4 * 32


@pytest.mark.parametrize("depth", [2, 9, 12])
def test_other_depths_are_refused(depth: int) -> None:
    with pytest.raises(ValueError, match=rf"must be 6, 10, 14, ... \(4k \+ 2\). Received: depth={depth}"):
        models.plain_net(depth)


def test_naive_inception() -> None:
    inputs = keras.Input((28, 28, 192))
    model = keras.Model(inputs, models.naive_inception(inputs))
    assert model.output.shape == (None, 28, 28, 256)
    assert model.count_params() == 64 * 193 + 128 * (9 * 192 + 1) + 32 * (25 * 192 + 1) + 32 * 193


def test_the_inception_module_of_the_paper() -> None:
    """Module 3a: 163,328 weights and 368 biases, by the sizes in the paper's table 1."""
    inputs = keras.Input((28, 28, 192))
    model = keras.Model(inputs, models.inception_module(inputs, 64, 96, 128, 16, 32, 32, name="3a"))
    assert model.get_layer("3a").output.shape == (None, 28, 28, 256)
    weights = 192 * 64 + 192 * 96 + 9 * 96 * 128 + 192 * 16 + 25 * 16 * 32 + 192 * 32
    assert (weights, model.count_params()) == (163_328, 163_328 + 64 + 96 + 128 + 16 + 32 + 32)


def test_the_branches_of_an_inception_module_are_stacked_in_order() -> None:
    inputs = keras.Input((6, 6, 3))
    model = keras.Model(inputs, models.inception_module(inputs, 1, 2, 3, 2, 4, 5))
    marks = {(1, 1): 10.0, (3, 3): 30.0, (5, 4): 50.0, (1, 5): 70.0}  # (kernel size, filters) -> bias
    for layer in model.layers:
        if layer.weights:
            kernel, bias = layer.get_weights()
            layer.set_weights([0 * kernel, 0 * bias + marks.get((kernel.shape[0], kernel.shape[-1]), 0.0)])
    got = np.asarray(keras.ops.convert_to_numpy(model(np.ones((1, 6, 6, 3), "float32"))))
    np.testing.assert_array_equal(got[0, 3, 3], [10] + [30] * 3 + [50] * 4 + [70] * 5)


def test_the_auxiliary_head_of_the_paper() -> None:
    inputs = keras.Input((14, 14, 512))
    with without_weights():
        model = keras.Model(inputs, models.auxiliary_head(inputs, 1000))
    assert model.count_params() == 513 * 128 + (4 * 4 * 128 + 1) * 1024 + 1025 * 1000
    with pytest.raises(ValueError, match=r"at least 5x5. Received: x.shape=\(None, 4, 9, 8\)"):
        models.auxiliary_head(keras.Input((4, 9, 8)), 10)


def test_googlenet_trains_with_two_heads_and_predicts_with_one() -> None:
    keras.utils.set_random_seed(0)
    model = models.GoogLeNet((40, 40, 3), classes=3)
    loss = "sparse_categorical_crossentropy"
    model.compile(
        "adam", loss={"main": loss, "auxiliary": loss}, loss_weights={"main": 1.0, "auxiliary": 0.3}, jit_compile=False
    )
    y = np.arange(6) % 3
    x = (np.ones((6, 40, 40, 3)) * y[:, None, None, None] / 2).astype("float32")
    before = [weight.copy() for weight in model.get_weights()]
    model.fit(x, {"main": y, "auxiliary": y}, verbose=0)
    assert all(
        not np.array_equal(old, new)
        for old, new, weight in zip(before, model.get_weights(), model.weights, strict=True)
        if "main" in weight.path or "auxiliary" in weight.path
    )
    single = keras.Model(model.input, model.output["main"])
    np.testing.assert_allclose(single.predict(x, verbose=0), model.predict(x, verbose=0)["main"], rtol=1e-5)
    assert models.GoogLeNet((40, 40, 3), 3, auxiliary=False).count_params() == single.count_params()


def test_an_mlpconv_block_is_a_small_network_at_every_position() -> None:
    inputs = keras.Input((9, 9, 2))
    model = keras.Model(inputs, models.mlpconv_block(inputs, 5, 3, strides=2, padding="valid"))
    x = RNG.standard_normal((1, 9, 9, 2)).astype("float32")
    got = np.asarray(keras.ops.convert_to_numpy(model(x)))
    assert got.shape == (1, 4, 4, 5)
    (k1, b1), (k2, b2), (k3, b3) = (layer.get_weights() for layer in model.layers[1:])
    h, w = 2, 1
    a = np.maximum(x[0, 2 * h : 2 * h + 3, 2 * w : 2 * w + 3].ravel() @ k1.reshape(-1, 5) + b1, 0)
    a = np.maximum(np.maximum(a @ k2[0, 0] + b2, 0) @ k3[0, 0] + b3, 0)
    np.testing.assert_allclose(got[0, h, w], a, rtol=1e-4, atol=1e-5)


SMALL = {
    "LeNet5": lambda: models.LeNet5(),
    "NiN": lambda: models.NiN((16, 16, 1), filters=(4, 6, 6)),
    "residual_net": lambda: models.residual_net(6),
    "plain_net": lambda: models.plain_net(6),
    "GoogLeNet": lambda: models.GoogLeNet((40, 40, 3), auxiliary=False),
}


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras 3.15 with NumPy 2
@pytest.mark.parametrize("build", SMALL.values(), ids=SMALL.keys())
def test_a_saved_model_comes_back(build: Callable[[], Any], tmp_path: Path) -> None:
    model = build()
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    x = RNG.uniform(size=(2, *model.input.shape[1:])).astype("float32")
    mine = model.predict(x, verbose=0)
    np.testing.assert_allclose(mine.sum(axis=-1), 1, rtol=1e-5)
    np.testing.assert_allclose(again.predict(x, verbose=0), mine, rtol=1e-5, atol=1e-6)
