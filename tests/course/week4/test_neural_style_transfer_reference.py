"""The solutions of neural_style_transfer against NumPy that shares no code with them: loops, and finite differences."""

from types import SimpleNamespace

import numpy as np
import pytest

pytestmark = pytest.mark.tensorflow


def layer(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return np.maximum(rng.normal(size=(1, *shape)), 0).astype("float32")


def content_by_loops(a_C: np.ndarray, a_G: np.ndarray) -> float:
    _, n_H, n_W, n_C = a_C.shape
    squares = sum((float(a_C[index]) - float(a_G[index])) ** 2 for index in np.ndindex(a_C.shape))
    return squares / (4 * n_H * n_W * n_C)


def gram_by_loops(a: np.ndarray) -> np.ndarray:
    """The Gram matrix of activations (1, n_H, n_W, n_C), summed place by place."""
    gram = np.zeros((a.shape[-1], a.shape[-1]))
    for h, w in np.ndindex(a.shape[1:3]):
        gram += np.multiply.outer(a[0, h, w].astype(float), a[0, h, w].astype(float))
    return gram


def style_by_loops(a_S: np.ndarray, a_G: np.ndarray) -> float:
    _, n_H, n_W, n_C = a_S.shape
    return float(((gram_by_loops(a_S) - gram_by_loops(a_G)) ** 2).sum() / (4 * n_C**2 * (n_H * n_W) ** 2))


def test_content_cost(solution: SimpleNamespace) -> None:
    rng = np.random.default_rng(1)
    C, G = layer(rng, 3, 5, 4), layer(rng, 3, 5, 4)
    other = layer(rng, 6, 10, 2)
    cost = solution.ops.convert_to_tensor(solution.compute_content_cost([other, C], [-other, G]))
    assert float(cost) == pytest.approx(content_by_loops(C, G), rel=1e-5)


def test_gram_matrix(solution: SimpleNamespace) -> None:
    a = layer(np.random.default_rng(2), 4, 3, 5)
    gram = solution.gram_matrix(a.reshape(-1, 5).T)
    np.testing.assert_allclose(gram, gram_by_loops(a), rtol=1e-5)


def test_layer_style_cost(solution: SimpleNamespace) -> None:
    rng = np.random.default_rng(3)
    S, G = layer(rng, 4, 3, 5), layer(rng, 4, 3, 5)
    assert float(solution.compute_layer_style_cost(S, G)) == pytest.approx(style_by_loops(S, G), rel=1e-4)


def test_style_cost(solution: SimpleNamespace) -> None:
    rng = np.random.default_rng(4)
    pairs = [(layer(rng, *shape), layer(rng, *shape)) for shape in ((4, 4, 2), (2, 2, 3), (2, 2, 3))]
    style, generated = zip(*pairs, strict=True)
    expected = 0.7 * style_by_loops(*pairs[0]) + 2 * style_by_loops(*pairs[1])
    cost = solution.compute_style_cost(list(style), list(generated), [("a", 0.7), ("b", 2.0)])
    assert float(cost) == pytest.approx(expected, rel=1e-4)


def test_a_step_follows_finite_differences(solution: SimpleNamespace) -> None:
    """One step of plain gradient descent, against slopes measured in NumPy with a network of one layer."""
    rng = np.random.default_rng(5)
    kernel = rng.uniform(0.2, 1, (3, 4))
    image, content, style = (rng.uniform(0.3, 0.7, (1, 3, 2, 3)) for _ in range(3))

    def cost(pixels: np.ndarray) -> float:
        a_G, a_C, a_S = pixels @ kernel, content @ kernel, style @ kernel
        return 5 * content_by_loops(a_C, a_G) + 7 * 0.6 * style_by_loops(a_S, a_G)

    measured = np.zeros(image.shape)
    for index in np.ndindex(image.shape):
        step = np.zeros(image.shape)
        step[index] = 1e-4
        measured[index] = (cost(image + step) - cost(image - step)) / 2e-4

    def extractor(x: object) -> list:
        a = solution.ops.matmul(x, kernel.astype("float32"))
        return [a, a]

    picture = solution.keras.Variable(image.astype("float32"))
    targets = [extractor(x.astype("float32")) for x in (content, style)]
    optimizer = solution.keras.optimizers.SGD(0.01)
    J = solution.train_step(picture, extractor, *targets, [("a", 0.6)], optimizer, alpha=5, beta=7)
    assert float(J) == pytest.approx(cost(image), rel=1e-4)
    np.testing.assert_allclose(
        solution.ops.convert_to_numpy(solution.ops.copy(picture)), image - 0.01 * measured, atol=1e-5
    )
