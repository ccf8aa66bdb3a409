"""The solutions of convolution_in_keras against references that share no code with them: SciPy and NumPy, no Keras."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import signal

pytestmark = pytest.mark.tensorflow

FOLDER = Path(__file__).parents[3] / "solutions" / "week1"
TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(21)


def convolution(batch, W, b):
    """No padding, stride 1, by SciPy: one filter after another."""
    maps = [[signal.correlate(image, W[..., c], mode="valid")[..., 0] for c in range(W.shape[3])] for image in batch]
    return np.moveaxis(np.array(maps), 1, -1) + b


def padded_same(batch, f):
    """Padding "same" at stride 1: the odd pixel of an even filter goes to the right and below."""
    before, after = (f - 1) // 2, f // 2
    return np.pad(batch, ((0, 0), (before, after), (before, after), (0, 0)))


def pooled_same(batch, f):
    """Max pooling with stride f: windows that reach over the border get as much on both sides as possible."""
    margins = [-side % f for side in batch.shape[1:3]]
    pads = [(margin // 2, margin - margin // 2) for margin in margins]
    batch = np.pad(batch, ((0, 0), *pads, (0, 0)), constant_values=-np.inf)
    m, n_H, n_W, n_C = batch.shape
    return batch.reshape(m, n_H // f, f, n_W // f, f, n_C).max(axis=(2, 4))


def draw_weights(model, rng):
    """Give a model other weights; returns them in the order of the model."""
    weights = [rng.normal(scale=0.2, size=weight.shape) for weight in model.weights]
    for weight, values in zip(model.weights, weights, strict=True):
        if "variance" in weight.path:
            values[:] = 0.5 + np.abs(values)
        weight.assign(values)
    return weights


def test_one_layer_is_a_convolution_and_a_relu(solution, rng):
    model = solution.conv_layer_model()
    W, b = rng.normal(size=(3, 3, 3, 2)), rng.normal(size=2)
    model.set_weights([W, b])
    batch = rng.normal(size=(2, 6, 6, 3))
    expected = np.maximum(convolution(batch, W, b), 0)
    assert expected.shape == (2, 4, 4, 2)
    np.testing.assert_allclose(model.predict(batch, verbose=0), expected, **TOLERANCE)
    assert model.count_params() == (3 * 3 * 3 + 1) * 2 == 56


@pytest.mark.parametrize(("side", "f", "stride", "pad"), [(6, 3, 1, 0), (6, 3, 2, 1), (7, 3, 2, 1), (5, 2, 3, 2)])
def test_keras_gives_the_numbers_of_numpy(solution, rng, side, f, stride, pad):
    A_prev, W = rng.normal(size=(2, side, side + 3, 3)), rng.normal(size=(f, f, 3, 4))
    b = rng.normal(size=(1, 1, 1, 4))
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    expected = convolution(padded, W, b)[:, ::stride, ::stride]
    Z = solution.conv_with_keras(A_prev, W, b, {"stride": stride, "pad": pad})
    assert isinstance(Z, np.ndarray)
    np.testing.assert_allclose(Z, expected, **TOLERANCE)


def test_the_yes_or_no_network(solution, rng):
    model = solution.sequential_model()
    W, b, gamma, beta, mean, variance, dense, bias = draw_weights(model, rng)
    batch = rng.random((2, 64, 64, 3))
    Z = convolution(np.pad(batch, ((0, 0), (3, 3), (3, 3), (0, 0))), W, b)
    A = np.maximum(gamma * (Z - mean) / np.sqrt(variance + 1e-3) + beta, 0)
    flat = A.reshape(2, 32, 2, 32, 2, 32).max(axis=(2, 4)).reshape(2, -1)
    expected = 1 / (1 + np.exp(-(flat @ dense + bias)))
    np.testing.assert_allclose(model.predict(batch, verbose=0), expected, rtol=1e-3, atol=1e-4)
    assert model.count_params() == (7 * 7 * 3 + 1) * 32 + 4 * 32 + 32 * 32 * 32 + 1 == 37_633


@pytest.mark.parametrize("shape", [(64, 64, 3), (36, 44, 1), (9, 7, 2)])
def test_the_network_for_six_signs(solution, rng, shape):
    model = solution.functional_model(shape)
    W1, b1, W2, b2, dense, bias = draw_weights(model, rng)
    batch = rng.normal(size=(3, *shape))
    A = pooled_same(np.maximum(convolution(padded_same(batch, 4), W1, b1), 0), 8)
    A = pooled_same(np.maximum(convolution(padded_same(A, 2), W2, b2), 0), 4)
    z = A.reshape(3, -1) @ dense + bias
    expected = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict(batch, verbose=0), expected, rtol=1e-3, atol=1e-5)


def test_the_network_for_six_signs_has_1310_parameters(solution):
    convolutions = (4 * 4 * 3 + 1) * 8 + (2 * 2 * 8 + 1) * 16
    assert solution.functional_model((64, 64, 3)).count_params() == convolutions + (2 * 2 * 16 + 1) * 6 == 1_310


def test_one_hot(solution):
    rows = solution.one_hot(np.array([2, 0, 2]), 4)
    np.testing.assert_array_equal(rows, [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 1, 0]])
    assert rows.dtype == np.float32


@pytest.mark.parametrize(
    ("probabilities", "labels", "expected"),
    [
        ([[0.9], [0.2], [0.6], [0.4]], [1, 0, 0, 0], 0.75),
        ([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]], [2, 1], 0.5),
        ([[0.4, 0.6], [0.8, 0.2], [0.3, 0.7]], [1, 0, 1], 1.0),
    ],
)
def test_accuracy(solution, probabilities, labels, expected):
    assert solution.accuracy(np.array(probabilities), np.array(labels)) == pytest.approx(expected)


def test_worst_mistakes(solution):
    probabilities = np.array([[0.7, 0.3, 0.0], [0.1, 0.9, 0.0], [0.2, 0.2, 0.6], [0.05, 0.0, 0.95], [0.5, 0.4, 0.1]])
    labels = np.array([1, 1, 0, 1, 2])
    np.testing.assert_array_equal(solution.worst_mistakes(probabilities, labels, 3), [3, 0, 2])
    np.testing.assert_array_equal(solution.worst_mistakes(probabilities, labels, 9), [3, 0, 2, 4])
    assert solution.worst_mistakes(probabilities[1:2], labels[1:2], 2).shape == (0,)


def test_feature_maps_of_each_layer(solution, rng):
    model = solution.functional_model((16, 16, 3))
    W1, b1, W2, b2, *_ = draw_weights(model, rng)
    image = rng.normal(size=(16, 16, 3))
    conv1 = np.maximum(convolution(padded_same(image[None], 4), W1, b1), 0)
    pool1 = pooled_same(conv1, 8)
    conv2 = np.maximum(convolution(padded_same(pool1, 2), W2, b2), 0)
    for name, expected in {"conv1": conv1, "pool1": pool1, "conv2": conv2, "pool2": pooled_same(conv2, 4)}.items():
        maps = solution.feature_maps(model, image, name)
        assert isinstance(maps, np.ndarray)
        np.testing.assert_allclose(maps, expected[0], **TOLERANCE)


def test_training_learns_and_records(solution, rng):
    keras = solution.keras
    keras.utils.set_random_seed(3)
    labels = rng.integers(0, 2, size=64)
    images = rng.random((64, 8, 8, 3)) * 0.2 + 0.8 * np.eye(3)[labels][:, None, None]  # red or green
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")])
    one_hot = np.eye(2)[labels]
    history = solution.train(model, images[:48], one_hot[:48], images[48:], one_hot[48:], epochs=5, learning_rate=0.02)
    assert sorted(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert len(history.history["loss"]) == 5
    assert np.mean(model.predict(images[48:], verbose=0).argmax(axis=1) == labels[48:]) > 0.9


def test_the_solution_notebook_reaches_what_it_says():
    """More than nine of ten new signs, and a stop-sign network that beats "always no"."""
    notebook = json.loads((FOLDER / "convolution_in_keras.ipynb").read_text(encoding="utf-8"))
    printed = "\n".join(
        "".join(output.get("text", "")) for cell in notebook["cells"] for output in cell.get("outputs", [])
    )
    six_signs = re.search(r"accuracy on 400 test pictures: ([\d.]+)%", printed)
    stop = re.search(r"accuracy on the test pictures: ([\d.]+)%", printed)
    assert six_signs is not None
    assert stop is not None
    assert float(six_signs[1]) > 90
    assert float(stop[1]) > 90
