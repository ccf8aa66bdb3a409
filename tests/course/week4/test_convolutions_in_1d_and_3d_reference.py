"""The solutions of convolutions_in_1d_and_3d against references that share no code with them.

SciPy's correlations, statistics' Pearson correlation, keras.ops, gradients that show what an output depends on, and
numbers counted by hand.
"""

import itertools
import statistics

import numpy as np
import pytest
from scipy import signal

pytestmark = pytest.mark.tensorflow


def test_matched_filter_is_the_pearson_correlation(solution):
    rng = np.random.default_rng(0)
    line, template = rng.normal(size=40).cumsum(), rng.normal(size=9)
    scores = solution.matched_filter(line, template)
    assert scores.shape == (32,)
    wanted = [statistics.correlation(line[i : i + 9].tolist(), template.tolist()) for i in range(32)]
    np.testing.assert_allclose(scores, wanted, atol=1e-12)


def test_matched_filter_finds_its_template_at_any_height_and_offset(solution):
    template = np.array([0.0, 1.0, 5.0, -2.0, 0.5])
    line = np.zeros(50)
    line[20:25] = 0.01 * template - 7
    scores = solution.matched_filter(line + np.arange(50) * 1e-6, template)
    assert scores.argmax() == 20
    assert scores[20] == pytest.approx(1.0, abs=1e-3)
    np.testing.assert_array_equal(solution.matched_filter(np.full(8, 3.0), template), np.zeros(4))


@pytest.mark.parametrize(("batch", "f", "n_C"), [((1, 14, 1), 5, 16), ((3, 9, 2), 4, 3), ((2, 5, 3), 1, 2)])
def test_conv1d_forward_is_scipys_correlation(solution, batch, f, n_C):
    rng = np.random.default_rng(1)
    A_prev, W, b = rng.normal(size=batch), rng.normal(size=(f, batch[-1], n_C)), rng.normal(size=(1, 1, n_C))
    maps = [signal.correlate(A_prev, W[None, ..., c], mode="valid")[..., 0] + b[..., c] for c in range(n_C)]
    np.testing.assert_allclose(solution.conv1d_forward(A_prev, W, b), np.stack(maps, axis=-1), atol=1e-10)


@pytest.mark.parametrize(("batch", "f", "n_C"), [((1, 4, 5, 6, 1), 3, 2), ((2, 3, 6, 4, 2), 2, 3)])
def test_conv3d_forward_is_scipys_correlation(solution, batch, f, n_C):
    rng = np.random.default_rng(2)
    A_prev, W, b = (
        rng.normal(size=batch),
        rng.normal(size=(f, f, f, batch[-1], n_C)),
        rng.normal(size=(1, 1, 1, 1, n_C)),
    )
    maps = [signal.correlate(A_prev, W[None, ..., c], mode="valid")[..., 0] + b[..., c] for c in range(n_C)]
    np.testing.assert_allclose(solution.conv3d_forward(A_prev, W, b), np.stack(maps, axis=-1), atol=1e-10)


def test_the_shapes_of_the_two_chains(solution):
    rng = np.random.default_rng(3)
    Z = solution.conv1d_forward(rng.normal(size=(1, 14, 1)), rng.normal(size=(5, 1, 16)), np.zeros((1, 1, 16)))
    assert Z.shape == (1, 10, 16)
    assert solution.conv1d_forward(Z, rng.normal(size=(5, 16, 32)), np.zeros((1, 1, 32))).shape == (1, 6, 32)
    b1, b2 = np.zeros((1, 1, 1, 1, 16)), np.zeros((1, 1, 1, 1, 32))
    Z = solution.conv3d_forward(rng.normal(size=(1, 14, 14, 14, 1)), rng.normal(size=(5, 5, 5, 1, 16)), b1)
    assert Z.shape == (1, 10, 10, 10, 16)
    assert solution.conv3d_forward(Z, rng.normal(size=(5, 5, 5, 16, 32)), b2).shape == (1, 6, 6, 6, 32)


@pytest.mark.parametrize("layers", [[(5, 1), (2, 2)], [(3, 2), (4, 1), (2, 3)], 3 * [(5, 1), (2, 2)]])
def test_receptive_field_is_what_an_output_depends_on(solution, layers):
    """Carries the set of samples that each output depends on through the layers."""
    seen = [{i} for i in range(200)]
    for f, s in layers:
        seen = [set().union(*seen[i : i + f]) for i in range(0, len(seen) - f + 1, s)]
    assert solution.receptive_field_seconds(layers, 128) == pytest.approx(len(seen[0]) / 128)


def test_standardize(solution):
    x = np.random.default_rng(4).normal(3, 2, size=(4, 50, 2))
    x[2, :, 1] = 0.7
    y = solution.standardize(x)
    for i, c in np.ndindex(4, 2):
        line = y[i, :, c].tolist()
        assert statistics.fmean(line) == pytest.approx(0, abs=1e-9)
        assert statistics.pstdev(line) == pytest.approx(0.0 if (i, c) == (2, 1) else 1.0, abs=1e-9)


@pytest.mark.parametrize("sides", [(9,), (8, 6), (5, 6, 4)])
def test_conv_cost_is_what_keras_allocates_and_a_loop_multiplies(solution, sides):
    layer = getattr(solution.keras.layers, f"Conv{len(sides)}D")(5, 3)
    layer.build((None, *sides, 2))
    parameters, multiplications = solution.conv_cost(sides, 3, 2, 5)
    assert parameters == layer.count_params()
    places = len(list(np.ndindex(*layer.compute_output_shape((1, *sides, 2))[1:-1])))
    assert multiplications == places * int(np.prod(layer.kernel.shape))


def test_ecg_classifier_shapes_parameters_and_sight(solution):
    model = solution.ecg_classifier((256, 1), 5, num_blocks=4)
    filters = [1, 16, 16, 32, 32]
    blocks = sum(5 * a * b + b + 4 * b for a, b in itertools.pairwise(filters))
    assert model.count_params() == blocks + 32 * 5 + 5
    x = np.random.default_rng(5).normal(size=(3, 256, 1)).astype("float32")
    probabilities = solution.keras.ops.convert_to_numpy(model(x, training=False))
    assert probabilities.shape == (3, 5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_ct_classifier_slice_by_slice_does_not_see_the_order_of_slices(solution):
    x = np.random.default_rng(6).normal(size=(2, 12, 12, 12, 1)).astype("float32")
    for sizes, same in (((3, 2), False), (((1, 3, 3), (1, 2, 2)), True)):
        solution.keras.utils.set_random_seed(0)
        model = solution.ct_classifier((12, 12, 12, 1), *sizes)
        one, other = (solution.keras.ops.convert_to_numpy(model(v, training=False)) for v in (x, x[:, ::-1].copy()))
        assert one.shape == (2, 1)
        assert np.allclose(one, other, atol=1e-5) is same
