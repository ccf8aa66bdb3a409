"""The solutions of residual_networks against references that share no code with them.

SciPy's correlation, finite differences, the counts of Keras, and Keras's own ResNet-50.
"""

import math
import re
from types import ModuleType

import numpy as np
import pytest
from scipy import signal

from courselib.grading import observe

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def keras(solution) -> ModuleType:
    """Imported by the setup cell."""
    return solution.keras


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(21)


# ---- the arithmetic


@pytest.mark.parametrize(("m", "n", "k"), [(1, 1, 1), (4, 3, 7), (5, 6, 2)])
def test_residual_step_is_a_keras_network_with_a_shortcut(solution, keras, rng, m, n, k):
    a, W1, b1, W2, b2 = (rng.normal(size=shape) for shape in ((m, n), (n, k), (k,), (k, n), (n,)))
    inputs = keras.Input((n,), dtype="float64")
    hidden = keras.layers.Dense(k, activation="relu", dtype="float64")(inputs)
    outputs = keras.layers.ReLU(dtype="float64")(keras.layers.Dense(n, dtype="float64")(hidden) + inputs)
    model = keras.Model(inputs, outputs)
    model.set_weights([W1, b1, W2, b2])
    expected = keras.ops.convert_to_numpy(model(a))
    np.testing.assert_allclose(solution.residual_step(a, W1, b1, W2, b2), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("length", [1, 2, 7])
def test_gradients_at_blocks_against_finite_differences(solution, rng, length, skip):
    """A chain of bent functions; near the numbers that pass, each is a straight line."""
    strengths = rng.normal(size=length)

    def block(x, strength):
        return np.tanh(strength * x) + skip * x

    values = [0.4]
    for strength in strengths:
        values.append(block(values[-1], strength))
    slopes = strengths * (1 - np.tanh(strengths * values[:-1]) ** 2)

    def rest(x, first):
        for strength in strengths[first:]:
            x = block(x, strength)
        return x

    step = 1e-6
    expected = [(rest(values[i] + step, i) - rest(values[i] - step, i)) / (2 * step) for i in range(length)]
    np.testing.assert_allclose(solution.gradients_at_blocks(slopes, skip), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("n_C", "convolutions"), [(3, [(7, 64)]), (256, [(1, 64), (3, 64), (1, 256)]), (5, [(3, 8), (5, 2), (2, 9)])]
)
def test_conv_stack_parameters_are_those_that_keras_counts(solution, keras, n_C, convolutions):
    model = keras.Sequential(
        [keras.Input((9, 9, n_C)), *(keras.layers.Conv2D(n, f, padding="same") for f, n in convolutions)]
    )
    assert solution.conv_stack_parameters(n_C, convolutions) == model.count_params()


def test_the_bottleneck_has_seventeen_times_fewer_parameters(solution):
    assert solution.conv_stack_parameters(256, [(3, 256), (3, 256)]) == 1_180_160
    assert solution.conv_stack_parameters(256, [(1, 64), (3, 64), (1, 256)]) == 70_016


@pytest.mark.parametrize(("shape", "filters", "s"), [((2, 4, 6, 3), 8, 2), ((1, 5, 7, 2), 2, 3), ((2, 3, 3, 1), 4, 1)])
def test_zero_padded_shortcut_is_a_convolution_with_a_unit_kernel(solution, keras, rng, shape, filters, s):
    X = rng.normal(size=shape)
    kernel = np.eye(shape[3], filters)[None, None]  # (1, 1, n_C, filters): channel i goes to filter i
    expected = keras.ops.convert_to_numpy(keras.ops.conv(X, kernel, strides=s, data_format="channels_last"))
    np.testing.assert_allclose(solution.zero_padded_shortcut(X, filters, s), expected, rtol=0, atol=1e-12)


# ---- the blocks, against the formulas


def conv(X, kernel, bias, s=1):
    """Same padding for odd and even filters, as Keras does it, then every s-th pixel."""
    before, after = (kernel.shape[0] - 1) // 2, kernel.shape[0] // 2
    padded = np.pad(X.astype(float), ((0, 0), (before, after), (before, after), (0, 0)))  # the dtype of the kernel
    maps = [signal.correlate(padded, kernel[None, ..., c], mode="valid")[..., 0] for c in range(kernel.shape[3])]
    return (np.stack(maps, axis=-1) + bias)[:, ::s, ::s]


def norm(X, gamma, beta, mean, variance):
    return gamma * (X - mean) / np.sqrt(variance + 1e-3) + beta


def main_path(X, weights, s=1):
    """Weights in the order of the layers: kernel, bias, gamma, beta, mean and variance of each convolution."""
    X = np.maximum(norm(conv(X, *weights[0:2], s), *weights[2:6]), 0)
    X = np.maximum(norm(conv(X, *weights[6:8]), *weights[8:12]), 0)
    return norm(conv(X, *weights[12:14]), *weights[14:18])


def weights_in_order(keras, model):
    """The weights of each convolution and of its normalisation, convolution by convolution, main path first."""
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    by_name = sorted(zip(convolutions, norms, strict=True), key=lambda pair: number(pair[0].name))
    return [np.asarray(w, float) for pair in by_name for layer in pair for w in layer.get_weights()]


def number(name):
    return int(re.search(r"(\d*)$", name)[1] or 0)


@pytest.mark.parametrize(("shape", "f", "filters"), [((2, 5, 4, 3), 3, (2, 4, 3)), ((1, 4, 6, 2), 2, (3, 2, 2))])
def test_identity_block_against_the_formula(solution, keras, rng, shape, f, filters):
    X = rng.normal(size=shape).astype("float32")
    model = observe.fill(observe.block_model(solution.identity_block, shape[1:], f, filters))
    expected = np.maximum(main_path(X, weights_in_order(keras, model)) + X, 0)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model(X)), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "f", "filters", "s"),
    [((2, 5, 4, 3), 3, (2, 4, 5), 2), ((1, 4, 7, 2), 2, (3, 2, 4), 3), ((1, 3, 3, 2), 1, (2, 2, 2), 1)],
)
def test_convolutional_block_against_the_formula(solution, keras, rng, shape, f, filters, s):
    X = rng.normal(size=shape).astype("float32")
    model = observe.fill(observe.block_model(solution.convolutional_block, shape[1:], f, filters, s))
    weights = weights_in_order(keras, model)
    shortcut = norm(conv(X, *weights[18:20], s), *weights[20:24])
    expected = np.maximum(main_path(X, weights, s) + shortcut, 0)
    assert expected.shape[1:3] == (math.ceil(shape[1] / s), math.ceil(shape[2] / s))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model(X)), expected, rtol=1e-4, atol=1e-4)


def test_a_block_with_zero_weights_is_the_relu(solution, keras, rng):
    X = rng.normal(size=(2, 4, 4, 6)).astype("float32")
    block = observe.block_model(solution.identity_block, (4, 4, 6), 3, (2, 2, 6), initializer="zeros")
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(block(X)), np.maximum(X, 0))
    assert solution.residual_identity_at_zero(block, X) == np.float32(-X.min())
    assert solution.residual_identity_at_zero(block, np.abs(X)) == 0.0


@pytest.mark.parametrize(
    "initializer",
    [
        lambda keras: "random_uniform",
        lambda keras: keras.initializers.RandomUniform,
        lambda keras: keras.initializers.RandomUniform(),
        lambda keras: lambda seed=None: keras.initializers.RandomUniform(seed=seed),
    ],
    ids=["name", "class", "instance", "function"],
)
def test_every_layer_begins_with_its_own_numbers(solution, keras, initializer):
    for block in (solution.identity_block, solution.convolutional_block):
        model = observe.block_model(block, (3, 3, 4), 1, (4, 4, 4), initializer=initializer(keras))
        kernels = [weight.ravel() for weight in model.get_weights() if weight.ndim == 4]
        assert len(kernels) in (3, 4)
        assert np.unique(kernels, axis=0).shape[0] == len(kernels)
        assert np.abs(kernels).max() <= 0.05


# ---- ResNet-50


def test_resnet50_is_that_of_keras_without_the_padding_before_the_pooling(solution, keras, rng):
    def adapt(layer):
        if layer.name == "pool1_pad":
            return keras.layers.ZeroPadding2D(0, name=layer.name)
        changes = {"epsilon": 1e-3} if isinstance(layer, keras.layers.BatchNormalization) else {}
        return type(layer).from_config({**layer.get_config(), **changes})

    own = observe.fill(solution.ResNet50())
    official = keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=6)
    official = observe.fill(keras.models.clone_model(official, clone_function=adapt))
    assert own.count_params() == official.count_params() == 23_600_006
    features = [keras.Model(model.input, model.layers[-2].output) for model in (own, official)]
    x = rng.normal(size=(2, 64, 64, 3)).astype("float32")
    outputs = [keras.ops.convert_to_numpy(model(x)) for model in features]
    np.testing.assert_allclose(outputs[0], outputs[1], rtol=1e-3, atol=1e-3)
