"""The solutions of inception_networks against references that share no code with them.

NumPy and SciPy with the same weights, the counts of the paper, and losses computed by hand.
"""

import keras
import numpy as np
import pytest
from scipy import ndimage, signal

pytestmark = pytest.mark.tensorflow

CELLS = ("deep-network",)
TOLERANCE = {"rtol": 1e-3, "atol": 1e-4}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(50)


def built(block, shape, *args):
    inputs = keras.Input(shape)
    return keras.Model(inputs, block(inputs, *args))


def filters_of(model, rng):
    """The kernels and biases by the shape of the kernel, after all weights were drawn anew."""
    model.set_weights([rng.normal(size=weight.shape, scale=0.3) for weight in model.get_weights()])
    weights = model.get_weights()
    pairs = {weights[i].shape: (weights[i], weights[i + 1]) for i in range(0, len(weights), 2)}
    assert len(pairs) == len(weights) // 2  # the test chose sizes that are all different
    return pairs


def conv(x, pairs, *shape):
    """Same padding, stride 1, ReLU: a sum of SciPy's two-dimensional correlations."""
    W, b = pairs[shape]
    Z = np.zeros((*x.shape[:3], shape[3]))
    for i, k, c in np.ndindex(len(x), shape[2], shape[3]):
        Z[i, :, :, c] += signal.correlate2d(x[i, :, :, k], W[:, :, k, c], mode="same")
    return np.maximum(Z + b, 0)


def max_pool(x):
    return ndimage.maximum_filter(x, size=(1, 3, 3, 1), mode="constant", cval=-np.inf)


# ---- modules


def test_the_naive_module(solution, rng):
    x = rng.normal(size=(2, 6, 5, 3))
    model = built(solution.naive_inception, (6, 5, 3))
    inputs = keras.Input((28, 28, 192))
    assert solution.naive_inception(inputs).shape == (None, 28, 28, 64 + 128 + 32 + 32)
    pairs = filters_of(model, rng)
    expected = [conv(x, pairs, f, f, 3, n) for f, n in ((1, 64), (3, 128), (5, 32))]
    expected.append(conv(max_pool(x), pairs, 1, 1, 3, 32))
    np.testing.assert_allclose(model.predict(x, verbose=0), np.concatenate(expected, axis=-1), **TOLERANCE)


def test_the_inception_module(solution, rng):
    x = rng.normal(size=(2, 5, 7, 4))
    model = built(solution.inception_module, (5, 7, 4), 6, 3, 8, 2, 5, 7)
    pairs = filters_of(model, rng)
    expected = np.concatenate(
        [
            conv(x, pairs, 1, 1, 4, 6),
            conv(conv(x, pairs, 1, 1, 4, 3), pairs, 3, 3, 3, 8),
            conv(conv(x, pairs, 1, 1, 4, 2), pairs, 5, 5, 2, 5),
            conv(max_pool(x), pairs, 1, 1, 4, 7),
        ],
        axis=-1,
    )
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, **TOLERANCE)


@pytest.mark.parametrize(
    ("n_C_prev", "sizes", "n_C", "parameters"),
    [  # the modules 3a, 3b and 5b of the paper; the parameters follow from its table, with biases
        (192, (64, 96, 128, 16, 32, 32), 256, 163_696),
        (256, (128, 128, 192, 32, 96, 64), 480, 388_736),
        (832, (384, 192, 384, 48, 128, 128), 1024, 1_444_080),
    ],
)
def test_modules_of_the_paper(solution, n_C_prev, sizes, n_C, parameters):
    model = built(solution.inception_module, (7, 7, n_C_prev), *sizes)
    assert model.output_shape == (None, 7, 7, n_C)
    assert model.count_params() == parameters


# ---- costs


def test_the_figures_of_the_course(solution):
    assert solution.conv_cost(1, 1, 5, 256, 64)[0] == 409_600
    assert solution.conv_cost(1, 1, 5, 256, 64, bottleneck=32)[0] == 59_392
    for n in (1, 7, 28):
        assert solution.conv_cost(n, n, 5, 256, 64)[1] == 409_664 * n**2
        assert solution.conv_cost(n, n, 5, 256, 64, bottleneck=32)[1] == 59_488 * n**2
    # The naive and the reduced 5 x 5 branch of 28 x 28 x 192 -> 28 x 28 x 32: about 120 and 12.4 million.
    direct, detour = solution.conv_cost(28, 28, 5, 192, 32), solution.conv_cost(28, 28, 5, 192, 32, 16)
    assert (direct[0] * 28**2, detour[0] * 28**2) == (120_422_400, 12_443_648)


@pytest.mark.parametrize(("n_H", "n_W", "f", "n_C_prev", "n_C", "bottleneck"),
                         [(2, 3, 3, 4, 5, None), (4, 2, 5, 6, 3, 2), (3, 3, 1, 2, 7, 1)])  # fmt: skip
def test_costs_are_what_keras_counts(solution, n_H, n_W, f, n_C_prev, n_C, bottleneck):
    sizes = [(n_C, f)] if bottleneck is None else [(bottleneck, 1), (n_C, f)]
    model = keras.Sequential([keras.Input((n_H, n_W, n_C_prev))])
    for filters, side in sizes:
        model.add(keras.layers.Conv2D(filters, side, padding="same"))
    kernels = sum(weight.size for weight in model.get_weights() if weight.ndim == 4)
    expected = (kernels, n_H * n_W * model.count_params())
    found = solution.conv_cost(n_H, n_W, f, n_C_prev, n_C, bottleneck)
    assert found == expected
    assert [type(number) for number in found] == [int, int]


# ---- the side exit


def test_the_auxiliary_head(solution, rng):
    x = rng.normal(size=(3, 8, 5, 2))
    model = built(solution.auxiliary_head, (8, 5, 2), 4)
    pairs = filters_of(model, rng)
    pooled = np.stack([x[:, top : top + 5].mean(axis=(1, 2)) for top in (0, 3)], axis=1)[:, :, None]  # (3, 2, 1, 2)
    rows = conv(pooled, pairs, 1, 1, 2, 128).reshape(3, -1)
    W, b = pairs[256, 1024]
    units = np.maximum(rows @ W + b, 0)
    W, b = pairs[1024, 4]
    logits = units @ W + b
    expected = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, **TOLERANCE)


def test_dropout_of_70_percent_in_training(solution):
    keras.utils.set_random_seed(1)
    head = built(solution.auxiliary_head, (5, 5, 1), 3)
    rates = [layer.rate for layer in head.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == [0.7]


@pytest.fixture(scope="module")
def pictures() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(51)
    return rng.random((8, 40, 40, 3), dtype=np.float32), np.arange(8) % 4


def compiled(solution, auxiliary_weight):
    keras.utils.set_random_seed(2)
    model = solution.small_googlenet((40, 40, 3), 4)
    model = solution.compile_with_heads(model, keras.optimizers.SGD(0.1), auxiliary_weight)
    model.run_eagerly = True
    return model


def test_the_total_loss(solution, pictures):
    x, y = pictures
    model = compiled(solution, 0.3)
    model.set_weights([weight * (20 if weight.shape == (1024, 4) else 1) for weight in model.get_weights()])
    main, auxiliary = (-np.log(p[np.arange(8), y]).mean() for p in model.predict(x, verbose=0))
    total = model.evaluate(x, [y, y], verbose=0, return_dict=True)["loss"]
    assert total == pytest.approx(main + 0.3 * auxiliary, rel=1e-4)
    assert main != pytest.approx(auxiliary, rel=1e-2)


def test_a_side_exit_that_counts_nothing_learns_nothing(solution, pictures):
    x, y = pictures
    for weight, moves in ((0.0, False), (0.3, True)):
        model = compiled(solution, weight)
        (kernel,) = [w for w in model.trainable_weights if tuple(w.shape) == (1024, 4)]
        before = kernel.numpy().copy()
        model.train_on_batch(x, [y, y])
        assert (not np.array_equal(before, kernel.numpy())) == moves


# ---- the network


def test_the_small_googlenet(solution):
    model = solution.small_googlenet((64, 64, 3), 16)
    assert model.output_shape == [(None, 16), (None, 16)]
    modules = [(32, 16, 16, 32, 4, 8, 8), (64, 32, 24, 48, 6, 12, 12),
               (104, 48, 32, 64, 8, 16, 16), (144, 64, 48, 96, 12, 24, 24)]  # fmt: skip
    stem, end = (7 * 7 * 3 + 1) * 32, (208 + 1) * 16
    inside = sum(
        (n + 1) * (f1 + f3_in + f5_in + pool) + (9 * f3_in + 1) * f3 + (25 * f5_in + 1) * f5
        for n, f1, f3_in, f3, f5_in, f5, pool in modules
    )
    normalisations = 4 * (32 + 104)
    head = (104 + 1) * 128 + (2 * 2 * 128 + 1) * 1024 + (1024 + 1) * 16
    assert model.count_params() == stem + inside + normalisations + end + head == 690_598
    assert solution.inference_model(model).count_params() == 690_598 - head == 135_446


def test_the_inference_model_follows_the_training(solution, pictures):
    x, y = pictures
    model = compiled(solution, 0.3)
    short = solution.inference_model(model)
    first = short.predict(x, verbose=0)
    np.testing.assert_array_equal(first, model.predict(x, verbose=0)[0])
    model.train_on_batch(x, [y, y])
    second = short.predict(x, verbose=0)
    assert np.abs(first - second).max() > 1e-3
    np.testing.assert_array_equal(second, model.predict(x, verbose=0)[0])


def test_the_gradient_is_measured_and_the_model_stays(solution):
    rng = np.random.default_rng(52)
    images, labels = rng.random((4, 64, 64, 3), dtype=np.float32), np.arange(4)
    keras.utils.set_random_seed(3)
    model = solution.deep_network(2)
    before = model.get_weights()
    size = solution.gradient_of_first_layer(model, images, labels, 0.0)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    # By hand: the loss along a random direction, at two places close together, changes by gradient times direction.
    # Over many directions d with entries of variance 1, the mean of (g . d)^2 is the squared size of g.
    kernel = model.get_layer("first").kernel
    start, step, squares = kernel.numpy().copy(), 1e-2, []
    for _ in range(200):
        direction = rng.normal(size=start.shape).astype(np.float32) / np.sqrt(start.size)
        losses = []
        for sign in (1, -1):
            kernel.assign(start + sign * step * direction)
            p = keras.ops.convert_to_numpy(model(images, training=False)[0])
            losses.append(-np.log(p[np.arange(4), labels]).mean())
        squares.append(((losses[0] - losses[1]) / (2 * step)) ** 2 * start.size)
    assert np.sqrt(np.mean(squares)) == pytest.approx(size, rel=0.25)
