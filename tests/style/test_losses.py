"""The costs against NumPy, and what they must not change with."""

import keras
import numpy as np
import pytest
from keras import ops

from courselib.style import (
    content_cost,
    gram_matrix,
    layer_style_cost,
    style_cost,
    style_matrix,
    total_cost,
    total_variation,
    value_and_gradient,
)

pytestmark = pytest.mark.tensorflow


def activations(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).random((1, *shape), np.float32)


def gram_by_loops(a: np.ndarray) -> np.ndarray:
    gram = np.zeros((a.shape[-1], a.shape[-1]))
    for h, w in np.ndindex(a.shape[1:3]):
        gram += np.multiply.outer(a[0, h, w].astype(float), a[0, h, w].astype(float))
    return gram


def test_content_cost() -> None:
    C, G = activations(0, 3, 4, 5), activations(1, 3, 4, 5)
    expected = sum((float(C[i]) - float(G[i])) ** 2 for i in np.ndindex(C.shape)) / (4 * 3 * 4 * 5)
    assert float(content_cost(C, ops.convert_to_tensor(G))) == pytest.approx(expected, rel=1e-5)


def test_content_of_other_sizes() -> None:
    with pytest.raises(ValueError, match=r"same shape. Received: a_C.shape=\(1, 3, 4, 5\), a_G.shape=\(1, 3, 5, 5\)"):
        content_cost(activations(0, 3, 4, 5), activations(0, 3, 5, 5))


def test_gram_matrix() -> None:
    A = activations(2, 3, 7)[0]
    np.testing.assert_allclose(gram_matrix(ops.convert_to_tensor(A)), np.einsum("ki,li->kl", A, A), rtol=1e-5)


def test_layer_style_cost_is_the_formula() -> None:
    S, G = activations(3, 4, 2, 3), activations(4, 4, 2, 3)
    expected = ((gram_by_loops(S) - gram_by_loops(G)) ** 2).sum() / (2 * 4 * 2 * 3) ** 2
    assert float(layer_style_cost(S, G)) == pytest.approx(expected, rel=1e-4)


def test_style_is_the_same_wherever_things_are() -> None:
    a = activations(5, 6, 4, 3)
    moved = np.random.default_rng(0).permutation(a.reshape(-1, 3)).reshape(a.shape)
    twice = np.concatenate([a, a], axis=1)
    assert float(layer_style_cost(a, moved)) == pytest.approx(0, abs=1e-10)
    assert float(layer_style_cost(a, twice)) == pytest.approx(0, abs=1e-10)  # and however large the picture is
    assert float(layer_style_cost(a, a[..., ::-1])) > 1e-6


def test_style_cost_weighs_the_layers() -> None:
    S, G = [activations(i, 2, 2, 3) for i in (6, 7)], [activations(i, 2, 2, 3) for i in (8, 9)]
    matrices = [[style_matrix(a) for a in pictures] for pictures in (S, G)]
    parts = [float(layer_style_cost(*pair)) for pair in zip(S, G, strict=True)]
    assert float(style_cost(*matrices, [2.0, 0.5])) == pytest.approx(2 * parts[0] + 0.5 * parts[1], rel=1e-5)
    assert float(total_cost(3.0, float(style_cost(*matrices, [2.0, 0.5])), 1, 0)) == 3


def test_no_gradient_into_the_targets() -> None:
    both = np.stack([activations(10, 3, 3, 2), activations(11, 3, 3, 2)])
    for cost in (content_cost, lambda a, b: style_cost([style_matrix(a)], [style_matrix(b)], [1.0])):
        gradient = ops.convert_to_numpy(value_and_gradient(lambda x, cost=cost: cost(x[0], x[1]), both)[1])
        assert not gradient[0].any()
        assert gradient[1].any()


def test_total_variation() -> None:
    x = activations(12, 5, 4, 3)
    expected = np.mean(np.diff(x, axis=1) ** 2) + np.mean(np.diff(x, axis=2) ** 2)
    assert float(total_variation(ops.convert_to_tensor(x))) == pytest.approx(expected, rel=1e-5)


def test_value_and_gradient() -> None:
    x = np.array([[1.0, -2.0, 0.5]], np.float32)
    value, gradient = value_and_gradient(lambda t: ops.sum(t**3), x)
    assert float(value) == pytest.approx(1 - 8 + 0.125)
    np.testing.assert_allclose(gradient, 3 * x**2, rtol=1e-6)


def test_the_gradient_of_a_variable() -> None:
    variable = keras.Variable(np.array([3.0], np.float32))
    value, gradient = value_and_gradient(lambda t: ops.sum(t * t), variable)
    assert (float(value), float(gradient[0])) == (9, 6)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="JAX says zero")
def test_no_gradient() -> None:
    with pytest.raises(ValueError, match="There is no gradient: the value does not depend on the function's argument"):
        value_and_gradient(lambda t: ops.convert_to_tensor(1.0), np.ones(2, np.float32))
