"""The solutions of classic_networks against references that share no code with them.

NumPy with the same weights, the counts of the papers, and the library's own models of the same networks.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from courselib.authoring.source import read_source

pytestmark = pytest.mark.tensorflow

SOURCE = Path(__file__).parents[3] / "solutions" / "week2" / "classic_networks.py"
TOLERANCE = {"rtol": 1e-3, "atol": 1e-4}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(40)


# ---- the reference: NumPy


def pad_same(x: np.ndarray, f: int, stride: int, value: float = 0.0) -> np.ndarray:
    """What Keras pads so that the output has ceil(n / stride) positions; an odd pixel goes to the end."""
    pads = [(0, 0)]
    for n in x.shape[1:3]:
        total = max((-(-n // stride) - 1) * stride + f - n, 0)
        pads.append((total // 2, total - total // 2))
    return np.pad(x, [*pads, (0, 0)], constant_values=value)


def convolve(x: np.ndarray, W: np.ndarray, b: np.ndarray, stride: int = 1, padding: str = "valid") -> np.ndarray:
    f = W.shape[0]
    x = pad_same(x, f, stride) if padding == "same" else x
    windows = sliding_window_view(x, (f, f), axis=(1, 2))[:, ::stride, ::stride]  # (m, n_H, n_W, n_C_prev, f, f)
    return np.tensordot(windows, W, axes=([4, 5, 3], [0, 1, 2])) + b


def pool(x: np.ndarray, f: int, stride: int, reduce: Any = np.max, padding: str = "valid") -> np.ndarray:
    x = pad_same(x, f, stride, -np.inf) if padding == "same" else x
    return reduce(sliding_window_view(x, (f, f), axis=(1, 2))[:, ::stride, ::stride], axis=(-2, -1))


def relu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, 0)


def softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def filled(model: Any) -> tuple[Any, Iterator[np.ndarray]]:
    """A model with fixed weights and biases that are not zero, and these in the order of its layers."""
    from courselib.grading import observe

    observe.fill(model, seed=3)
    return model, iter(model.get_weights())


def block_of(build: Any, x: np.ndarray, *args: Any) -> tuple[Any, Iterator[np.ndarray]]:
    from courselib.grading import observe

    return filled(observe.block_model(build, x.shape[1:], *args))


# ---- what it costs


@pytest.mark.parametrize(("f", "n_C_prev", "n_C", "n_H", "n_W"), [(3, 2, 4, 5, 7), (1, 3, 2, 4, 4), (2, 1, 5, 1, 3)])
def test_conv_layer_cost_counts_every_product(solution, f, n_C_prev, n_C, n_H, n_W):
    W, b = np.zeros((f, f, n_C_prev, n_C)), np.zeros(n_C)
    products = sum(W[..., c].size for _ in range(n_H) for _ in range(n_W) for c in range(n_C))
    assert solution.conv_layer_cost(f, n_C_prev, n_C, n_H, n_W) == (W.size + b.size, products)


@pytest.mark.parametrize(("n_in", "n_out"), [(7, 3), (1, 5), (4, 1)])
def test_dense_layer_cost_counts_every_product(solution, n_in, n_out):
    W, b = np.zeros((n_in, n_out)), np.zeros(n_out)
    assert solution.dense_layer_cost(n_in, n_out) == (W.size + b.size, W.size)


LENET = [(5, 1, 6, 28, 28), (5, 6, 16, 10, 10), (400, 120), (120, 84), (84, 10)]
ALEXNET = [
    (11, 3, 96, 55, 55),
    (5, 96, 256, 27, 27),
    (3, 256, 384, 13, 13),
    (3, 384, 384, 13, 13),
    (3, 384, 256, 13, 13),
    (9216, 4096),
    (4096, 4096),
    (4096, 1000),
]
VGG = [
    (3, 3, 64, 224, 224),
    (3, 64, 64, 224, 224),
    (3, 64, 128, 112, 112),
    (3, 128, 128, 112, 112),
    (3, 128, 256, 56, 56),
    *2 * [(3, 256, 256, 56, 56)],
    (3, 256, 512, 28, 28),
    *2 * [(3, 512, 512, 28, 28)],
    *3 * [(3, 512, 512, 14, 14)],
    (25088, 4096),
    (4096, 4096),
    (4096, 1000),
]


@pytest.mark.parametrize(
    ("name", "layers", "parameters", "multiply_adds"),
    [
        ("lenet5", LENET, 61_706, 416_520),
        ("alexnet", ALEXNET, 62_378_344, 1_135_256_096),
        ("vgg16", VGG, 138_357_544, 15_470_264_320),
    ],
)
def test_the_bill_of_a_network(solution, name, layers, parameters, multiply_adds):
    """By hand from the tables of the papers, from the library's count, and as published."""
    by_hand = [solution.conv_layer_cost(*a) if len(a) == 5 else solution.dense_layer_cost(*a) for a in layers]
    assert tuple(np.sum(by_hand, axis=0)) == (parameters, multiply_adds)
    with solution.without_weights():
        network = getattr(solution, name)()
    cost = solution.count_costs(network)
    assert [(c.parameters, c.multiply_adds) for c in cost.layers if c.parameters] == by_hand
    assert network.count_params() == parameters


@pytest.mark.parametrize(
    ("name", "volumes"),
    [
        ("lenet5", "32x32x1 28x28x6 14x14x6 10x10x16 5x5x16"),
        ("alexnet", "227x227x3 55x55x96 27x27x96 27x27x256 13x13x256 13x13x384 13x13x384 13x13x256 6x6x256"),
        (
            "vgg16",
            "224x224x3 224x224x64 112x112x64 112x112x128 56x56x128 56x56x256 28x28x256 28x28x512 14x14x512 7x7x512",
        ),
    ],
)
def test_the_volumes_of_a_network(solution, name, volumes):
    with solution.without_weights():
        network = getattr(solution, name)()
    found = [network.input_shape, *(layer.output.shape for layer in network.layers)]
    found = ["x".join(map(str, shape[1:])) for shape in found if len(shape) == 4]
    if name == "vgg16":  # its blocks repeat themselves
        found = list(dict.fromkeys(found))
    assert found == volumes.split()


# ---- what it computes


def test_lenet5(solution, rng):
    model, weights = filled(solution.lenet5())
    x = rng.normal(size=(3, 32, 32, 1)).astype("float32")
    A = pool(np.tanh(convolve(x, next(weights), next(weights))), 2, 2, np.mean)
    A = pool(np.tanh(convolve(A, next(weights), next(weights))), 2, 2, np.mean)
    A = A.reshape(3, 400)
    A = np.tanh(A @ next(weights) + next(weights))
    A = np.tanh(A @ next(weights) + next(weights))
    A = softmax(A @ next(weights) + next(weights))
    np.testing.assert_allclose(model.predict(x, verbose=0), A, **TOLERANCE)


def test_alexnet(solution, rng):
    model, weights = filled(solution.alexnet(input_shape=(67, 79, 2), classes=4))
    x = rng.normal(size=(2, 67, 79, 2)).astype("float32")
    A = pool(relu(convolve(x, next(weights), next(weights), stride=4)), 3, 2)
    A = pool(relu(convolve(A, next(weights), next(weights), padding="same")), 3, 2)
    for _ in range(3):
        A = relu(convolve(A, next(weights), next(weights), padding="same"))
    A = pool(A, 3, 2).reshape(2, -1)
    for _ in range(2):
        A = relu(A @ next(weights) + next(weights))
    np.testing.assert_allclose(model.predict(x, verbose=0), softmax(A @ next(weights) + next(weights)), **TOLERANCE)


def test_vgg16(solution, rng):
    model, weights = filled(solution.vgg16(input_shape=(37, 32, 3), classes=6))
    A = x = rng.normal(size=(1, 37, 32, 3)).astype("float32")
    for num_convs in (2, 2, 3, 3, 3):
        for _ in range(num_convs):
            A = relu(convolve(A, next(weights), next(weights), padding="same"))
        A = pool(A, 2, 2)
    A = A.reshape(1, -1)
    for _ in range(2):
        A = relu(A @ next(weights) + next(weights))
    np.testing.assert_allclose(model.predict(x, verbose=0), softmax(A @ next(weights) + next(weights)), **TOLERANCE)


@pytest.mark.parametrize(("shape", "filters", "num_convs"), [((2, 6, 8, 3), 4, 2), ((1, 5, 7, 2), 3, 3)])
def test_vgg_block(solution, rng, shape, filters, num_convs):
    A = x = rng.normal(size=shape).astype("float32")
    model, weights = block_of(solution.vgg_block, x, filters, num_convs)
    for _ in range(num_convs):
        A = relu(convolve(A, next(weights), next(weights), padding="same"))
    np.testing.assert_allclose(model.predict(x, verbose=0), pool(A, 2, 2), **TOLERANCE)


@pytest.mark.parametrize(("shape", "filters"), [((2, 5, 4, 6), 3), ((1, 28, 28, 192), 32)])
def test_one_by_one_is_a_dense_layer_at_every_position(solution, rng, shape, filters):
    x = rng.normal(size=shape).astype("float32")
    model, weights = block_of(solution.one_by_one, x, filters)
    W, b = weights
    found = model.predict(x, verbose=0)
    rows = relu(x.reshape(-1, shape[3]) @ W.reshape(shape[3], filters) + b)  # one row for each position
    np.testing.assert_allclose(found, rows.reshape(*shape[:3], filters), **TOLERANCE)
    np.testing.assert_allclose(solution.dense_at_every_position(x, W[0, 0], b), found, **TOLERANCE)


@pytest.mark.parametrize(
    ("shape", "filters", "kernel_size", "strides", "padding"),
    [
        ((2, 8, 7, 3), 4, 5, 1, "same"),
        ((1, 9, 11, 2), 6, 3, 2, "valid"),
        ((2, 8, 9, 1), 3, 3, 2, "same"),
        ((1, 12, 13, 2), 5, 4, 3, "same"),
    ],
)
def test_mlpconv_block(solution, rng, shape, filters, kernel_size, strides, padding):
    x = rng.normal(size=shape).astype("float32")
    model, weights = block_of(solution.mlpconv_block, x, filters, kernel_size, strides, padding)
    A = relu(convolve(x, next(weights), next(weights), strides, padding))
    for _ in range(2):
        A = relu(convolve(A, next(weights), next(weights)))
    np.testing.assert_allclose(model.predict(x, verbose=0), A, **TOLERANCE)


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 3, 4, 5), (3, 7, 2, 1)])
def test_global_average_pooling_is_the_layer_of_keras(solution, rng, shape):
    X = rng.normal(size=shape).astype("float32")
    expected = solution.keras.ops.convert_to_numpy(solution.layers.GlobalAveragePooling2D()(X))
    np.testing.assert_allclose(solution.global_average_pooling(X), expected, **TOLERANCE)


@pytest.mark.parametrize("num_classes", [10, 3])
def test_nin(solution, rng, num_classes):
    model, weights = filled(solution.nin(num_classes))
    A = x = rng.normal(size=(2, 32, 32, 1)).astype("float32")
    for block in range(3):
        for _ in range(3):
            A = relu(convolve(A, next(weights), next(weights), padding="same"))
        A = pool(A, 3, 2, padding="same") if block < 2 else A
    scores = convolve(A, next(weights), next(weights)).mean(axis=(1, 2))
    np.testing.assert_allclose(model.predict(x, verbose=0), softmax(scores), **TOLERANCE)


@pytest.mark.parametrize(
    ("name", "library", "side", "channels"), [("lenet5", "LeNet5", 32, 1), ("alexnet", "AlexNet", 67, 3)]
)
def test_the_library_has_the_same_network(solution, rng, name, library, side, channels):
    from courselib import models
    from courselib.grading import observe

    arguments = {} if name == "lenet5" else {"input_shape": (side, side, channels), "classes": 5}
    x = rng.normal(size=(1, side, side, channels)).astype("float32")
    found = observe.model(getattr(solution, name)(**arguments), x)
    expected = observe.model(getattr(models, library)(**arguments), x)
    assert found["trainable parameters"] == expected["trainable parameters"]
    np.testing.assert_allclose(found["outputs"], expected["outputs"], **TOLERANCE)


# ---- what the notebook tells


@pytest.mark.slow
def test_the_experiments_show_what_the_text_says():
    import matplotlib

    matplotlib.use("Agg")
    names: dict = {}
    for cell in read_source(SOURCE).cells:
        if cell.kind == "code" and not cell.checks:
            exec(compile(cell.text, f"<{cell.id}>", "exec"), names)
    lenet, nin = names["accuracies"]["LeNet-5"], names["accuracies"]["NiN"]
    assert min(lenet[0], nin[0]) > 0.93
    assert lenet[4] < 0.35
    assert min(nin) > 0.85
    glorot, he = (names["histories"][name].history["loss"] for name in ("Glorot's start", "He's start"))
    assert he[-1] < 0.5 * glorot[-1]
