"""The solutions of convolution_step_by_step against references that share no code with them.

SciPy, a brute-force sum written from the formula, keras.ops in float64, and finite differences; 1e-6 everywhere.
"""

import math
import warnings
from types import ModuleType

import numpy as np
import pytest
from scipy import signal

TOLERANCE = {"rtol": 1e-6, "atol": 1e-6}

# (m, n_H, n_W, n_C_prev), (f, n_C), stride, pad
CONVOLUTIONS = [
    ((1, 3, 3, 1), (3, 1), 1, 0),
    ((1, 6, 6, 3), (3, 2), 1, 0),
    ((2, 7, 5, 2), (3, 4), 2, 1),
    ((3, 5, 9, 2), (3, 3), 3, 0),
    ((2, 8, 8, 1), (5, 2), 1, 2),
    ((1, 9, 11, 3), (5, 2), 2, 2),
    ((3, 4, 6, 5), (1, 3), 1, 0),
    ((2, 7, 6, 3), (1, 2), 2, 0),
    ((2, 6, 7, 2), (2, 2), 1, 0),
    ((1, 9, 8, 2), (2, 3), 3, 1),
    ((1, 4, 5, 1), (4, 2), 2, 3),
]
# (m, n_H, n_W, n_C), f, stride
POOLINGS = [
    ((1, 4, 4, 1), 2, 2),
    ((3, 5, 7, 2), 2, 1),
    ((2, 6, 9, 3), 3, 3),
    ((2, 7, 8, 2), 3, 2),
    ((1, 8, 5, 2), 2, 3),
    ((1, 5, 6, 3), 5, 1),
    ((2, 3, 4, 2), 1, 2),
]


@pytest.fixture(scope="session")
def keras() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras

    return keras


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)


def convolution(rng, shape, filters):
    f, n_C = filters
    return rng.normal(size=shape), rng.normal(size=(f, f, shape[3], n_C)), rng.normal(size=(1, 1, 1, n_C))


def brute_force_convolution(A_prev, W, b, stride, pad):
    """The formula, number by number, without padding anything: what lies outside counts as zero."""
    m, n_H_prev, n_W_prev, n_C_prev = A_prev.shape
    f, n_C = W.shape[0], W.shape[3]
    n_H = math.floor((n_H_prev + 2 * pad - f) / stride + 1)
    n_W = math.floor((n_W_prev + 2 * pad - f) / stride + 1)
    Z = np.zeros((m, n_H, n_W, n_C))
    for i, h, w, c in np.ndindex(Z.shape):
        Z[i, h, w, c] = b[0, 0, 0, c]
        for y, x, k in np.ndindex(f, f, n_C_prev):
            row, column = h * stride + y - pad, w * stride + x - pad
            if 0 <= row < n_H_prev and 0 <= column < n_W_prev:
                Z[i, h, w, c] += A_prev[i, row, column, k] * W[y, x, k, c]
    return Z


def brute_force_pooling(A_prev, f, stride, mode):
    rows = range(0, A_prev.shape[1] - f + 1, stride)
    columns = range(0, A_prev.shape[2] - f + 1, stride)
    pool = np.amax if mode == "max" else np.average
    return np.array([[[pool(a[y : y + f, x : x + f], axis=(0, 1)) for x in columns] for y in rows] for a in A_prev])


# ---- filters and sizes


def test_edge_filters(solution):
    np.testing.assert_array_equal(solution.vertical_edge_filter(), [[1, 0, -1]] * 3)
    np.testing.assert_array_equal(solution.horizontal_edge_filter(), [[1, 1, 1], [0, 0, 0], [-1, -1, -1]])
    red = solution.red_vertical_edge_filter()
    assert red.shape == (3, 3, 3)
    np.testing.assert_array_equal(red[..., 0], [[1, 0, -1]] * 3)
    assert not red[..., 1:].any()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize(
    ("shape", "f"), [((5, 7), 3), ((9, 6), 5), ((4, 4), 4), ((6, 5), 1), ((6, 8, 3), 3), ((5, 4, 3), 2)]
)
def test_detect_edges_is_scipys_correlation(solution, rng, shape, f, dtype):
    image = rng.integers(0, 256, size=shape).astype(dtype)
    kernel = rng.normal(size=(f, f, *shape[2:]))
    expected = signal.correlate(image.astype(float), kernel, mode="valid").reshape(shape[0] - f + 1, shape[1] - f + 1)
    np.testing.assert_allclose(solution.detect_edges(image, kernel), expected, **TOLERANCE)


@pytest.mark.parametrize("pad", [0, 1, 2, 5])
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 2, 5, 2), (2, 4, 3, 3)])
def test_zero_pad(solution, rng, shape, pad):
    X = rng.normal(size=shape)
    padded = solution.zero_pad(X, pad)
    m, n_H, n_W, n_C = shape
    assert padded.shape == (m, n_H + 2 * pad, n_W + 2 * pad, n_C)
    np.testing.assert_array_equal(padded[:, pad : pad + n_H, pad : pad + n_W], X)
    assert np.abs(padded).sum() == pytest.approx(np.abs(X).sum())


@pytest.mark.parametrize("n", [5, 8, 13])
@pytest.mark.parametrize("f", [1, 2, 3, 5])
@pytest.mark.parametrize("p", [0, 1, 2])
@pytest.mark.parametrize("s", [1, 2, 3, 7])
def test_conv_output_size_counts_the_places(solution, n, f, p, s):
    places = [left for left in range(n + 2 * p) if left % s == 0 and left + f <= n + 2 * p]
    size = solution.conv_output_size(n, f, p, s)
    assert size == len(places)
    assert isinstance(size, int)


@pytest.mark.parametrize("f", [1, 3, 5, 11, 99])
def test_same_padding_keeps_the_size(solution, f):
    assert solution.conv_output_size(200, f, solution.same_padding(f)) == 200


@pytest.mark.parametrize("f", [2, 4, 10])
def test_same_padding_refuses_even_filters(solution, f):
    with pytest.raises(ValueError, match="odd"):
        solution.same_padding(f)


# ---- the forward passes


@pytest.mark.parametrize("shape", [(3, 3, 3), (5, 5, 1), (1, 1, 7), (2, 2, 2)])
def test_conv_single_step(solution, rng, shape):
    a, W, b = rng.normal(size=shape), rng.normal(size=shape), rng.normal(size=(1, 1, 1))
    z = solution.conv_single_step(a, W, b)
    assert np.ndim(z) == 0
    assert z == pytest.approx(signal.correlate(a, W, mode="valid").item() + b.item(), abs=1e-6)


@pytest.mark.parametrize("name", ["conv_forward", "conv_forward_vectorized"])
@pytest.mark.parametrize(("shape", "filters", "stride", "pad"), CONVOLUTIONS)
def test_convolution_against_the_formula(solution, rng, name, shape, filters, stride, pad):
    A_prev, W, b = convolution(rng, shape, filters)
    hparameters = {"stride": stride, "pad": pad}
    Z, cache = getattr(solution, name)(A_prev, W, b, hparameters)
    np.testing.assert_allclose(Z, brute_force_convolution(A_prev, W, b, stride, pad), **TOLERANCE)
    assert cache[0] is A_prev
    assert cache[1] is W
    assert cache[2] is b
    assert cache[3] == hparameters


@pytest.mark.parametrize("name", ["conv_forward", "conv_forward_vectorized"])
@pytest.mark.parametrize(("shape", "filters", "stride", "pad"), CONVOLUTIONS)
def test_convolution_against_scipy(solution, rng, name, shape, filters, stride, pad):
    A_prev, W, b = convolution(rng, shape, filters)
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    maps = [signal.correlate(padded, W[None, ..., c], mode="valid")[..., 0] for c in range(filters[1])]
    expected = np.stack(maps, axis=-1)[:, ::stride, ::stride] + b
    Z, _ = getattr(solution, name)(A_prev, W, b, {"stride": stride, "pad": pad})
    np.testing.assert_allclose(Z, expected, **TOLERANCE)


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", ["conv_forward", "conv_forward_vectorized"])
@pytest.mark.parametrize(("shape", "filters", "stride", "pad"), CONVOLUTIONS)
def test_convolution_against_keras(solution, keras, rng, name, shape, filters, stride, pad):
    A_prev, W, b = convolution(rng, shape, filters)
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    Z, _ = getattr(solution, name)(A_prev, W, b, {"stride": stride, "pad": pad})
    expected = keras.ops.conv(padded, W, strides=stride, padding="valid", data_format="channels_last")
    assert keras.backend.standardize_dtype(expected.dtype) == "float64"
    np.testing.assert_allclose(Z, keras.ops.convert_to_numpy(expected) + b, **TOLERANCE)


@pytest.mark.parametrize(("shape", "filters", "stride", "pad"), CONVOLUTIONS)
def test_conv_layer_is_the_relu_of_the_convolution(solution, rng, shape, filters, stride, pad):
    A_prev, W, b = convolution(rng, shape, filters)
    A = solution.conv_layer(A_prev, W, b, {"stride": stride, "pad": pad})
    expected = brute_force_convolution(A_prev, W, b, stride, pad)
    expected[expected < 0] = 0
    np.testing.assert_allclose(A, expected, **TOLERANCE)


@pytest.mark.parametrize("mode", ["max", "average"])
@pytest.mark.parametrize(("shape", "f", "stride"), POOLINGS)
def test_pooling_against_the_formula(solution, rng, shape, f, stride, mode):
    A_prev = rng.normal(size=shape) - 1
    A, cache = solution.pool_forward(A_prev, {"f": f, "stride": stride}, mode)
    np.testing.assert_allclose(A, brute_force_pooling(A_prev, f, stride, mode), **TOLERANCE)
    assert cache[0] is A_prev
    assert cache[1] == {"f": f, "stride": stride}


@pytest.mark.tensorflow
@pytest.mark.parametrize("mode", ["max", "average"])
@pytest.mark.parametrize(("shape", "f", "stride"), POOLINGS)
def test_pooling_against_keras(solution, keras, rng, shape, f, stride, mode):
    A_prev = rng.normal(size=shape) - 1
    A, _ = solution.pool_forward(A_prev, {"f": f, "stride": stride}, mode=mode)
    pool = keras.ops.max_pool if mode == "max" else keras.ops.average_pool
    expected = pool(A_prev, f, strides=stride, padding="valid", data_format="channels_last")
    np.testing.assert_allclose(A, keras.ops.convert_to_numpy(expected), **TOLERANCE)


# ---- counting


@pytest.mark.parametrize(("f", "n_C_prev", "n_C"), [(3, 1, 1), (5, 3, 6), (1, 64, 16), (7, 3, 2)])
def test_counts_are_the_sizes_of_the_arrays(solution, rng, f, n_C_prev, n_C):
    _, W, b = convolution(rng, (1, 1, 1, n_C_prev), (f, n_C))
    assert solution.count_conv_parameters(f, n_C_prev, n_C) == W.size + b.size
    assert solution.inputs_per_output(f, n_C_prev) == W[..., 0].size
    assert solution.count_dense_parameters(f, n_C) == np.zeros((n_C, f)).size + n_C


@pytest.mark.parametrize(("f", "n_C_prev", "n_C"), [(3, 2, 2), (1, 5, 1), (5, 1, 3)])
def test_an_output_depends_on_that_many_inputs(solution, rng, f, n_C_prev, n_C):
    A_prev, W, b = convolution(rng, (1, 9, 9, n_C_prev), (f, n_C))
    dZ = np.zeros((1, 10 - f, 10 - f, n_C))
    dZ[0, 2, 1, 0] = 1.0
    dA_prev, _, _ = solution.conv_backward(dZ, (A_prev, W, b, {"stride": 1, "pad": 0}))
    assert np.count_nonzero(dA_prev) == solution.inputs_per_output(f, n_C_prev)


# ---- gradients


@pytest.mark.parametrize("shape", [(4,), (2, 3), (1, 2, 2, 3)])
def test_numerical_gradient(solution, rng, shape):
    x = rng.normal(size=shape)
    before = x.copy()
    gradient = solution.numerical_gradient(lambda x: np.sum(np.sin(x)) + np.prod(x), x, 1e-5)
    np.testing.assert_allclose(gradient, np.cos(x) + np.prod(x) / x, **TOLERANCE)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(("shape", "filters", "stride", "pad"), CONVOLUTIONS)
def test_conv_backward_against_finite_differences(solution, rng, shape, filters, stride, pad):
    A_prev, W, b = convolution(rng, shape, filters)
    hparameters = {"stride": stride, "pad": pad}
    Z, cache = solution.conv_forward_vectorized(A_prev, W, b, hparameters)
    dZ = rng.normal(size=Z.shape)

    def cost(A_prev=A_prev, W=W, b=b):
        return np.sum(dZ * solution.conv_forward_vectorized(A_prev, W, b, hparameters)[0])

    dA_prev, dW, db = solution.conv_backward(dZ, cache)
    numerical = solution.numerical_gradient
    np.testing.assert_allclose(dA_prev, numerical(lambda A: cost(A_prev=A), A_prev, 1e-4), **TOLERANCE)
    np.testing.assert_allclose(dW, numerical(lambda W: cost(W=W), W, 1e-4), **TOLERANCE)
    np.testing.assert_allclose(db, numerical(lambda b: cost(b=b), b, 1e-4), **TOLERANCE)


@pytest.mark.parametrize(("shape", "filters", "stride", "pad"), CONVOLUTIONS[:6])
def test_conv_backward_against_steps_of_the_brute_force(solution, rng, shape, filters, stride, pad):
    A_prev, W, b = convolution(rng, shape, filters)
    Z = brute_force_convolution(A_prev, W, b, stride, pad)
    dZ = rng.normal(size=Z.shape)
    _, dW, db = solution.conv_backward(dZ, (A_prev, W, b, {"stride": stride, "pad": pad}))
    # The cost is linear in W, so a step of any size is exact.
    np.testing.assert_allclose(db, dZ.sum(axis=(0, 1, 2)).reshape(b.shape), **TOLERANCE)
    k = tuple(rng.integers(n) for n in W.shape)
    step = W.copy()
    step[k] += 1.0
    expected = np.sum(dZ * (brute_force_convolution(A_prev, step, b, stride, pad) - Z))
    assert dW[k] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("shape", [(2, 2), (3, 4), (5, 1), (1, 1)])
def test_mask_and_distribution(solution, rng, shape):
    x = rng.integers(0, 3, size=shape).astype(float)  # full of ties
    mask = np.asarray(solution.create_mask_from_window(x)).astype(int)
    first = next(index for index in np.ndindex(shape) if x[index] == x.max())
    assert mask.sum() == 1
    assert mask[first] == 1
    parts = solution.distribute_value(2.5, shape)
    assert parts.shape == shape
    assert np.ptp(parts) == 0
    assert parts.sum() == pytest.approx(2.5)


@pytest.mark.parametrize("mode", ["max", "average"])
@pytest.mark.parametrize(("shape", "f", "stride"), POOLINGS)
def test_pool_backward_against_finite_differences(solution, rng, shape, f, stride, mode):
    # Distinct numbers far apart, so that a small step never changes which one is the largest.
    A_prev = rng.permutation(math.prod(shape)).reshape(shape) - 7.0
    A, cache = solution.pool_forward(A_prev, {"f": f, "stride": stride}, mode)
    dA = rng.normal(size=A.shape)
    expected = solution.numerical_gradient(lambda X: np.sum(dA * brute_force_pooling(X, f, stride, mode)), A_prev, 1e-3)
    np.testing.assert_allclose(solution.pool_backward(dA, cache, mode), expected, **TOLERANCE)


@pytest.mark.parametrize("stride", [1, 2])
def test_pool_backward_gives_a_tie_to_the_first(solution, stride):
    dA = np.ones((1, 4 // stride, 4 // stride, 1))
    A_prev = np.zeros((1, 2 + stride * (dA.shape[1] - 1), 2 + stride * (dA.shape[1] - 1), 1))
    back = solution.pool_backward(dA, (A_prev, {"f": 2, "stride": stride}), "max")
    expected = np.zeros(A_prev.shape)
    expected[:, : A_prev.shape[1] - 1 : stride, : A_prev.shape[2] - 1 : stride] = 1
    np.testing.assert_array_equal(back, expected)
