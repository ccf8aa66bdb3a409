"""The solutions of what_convnets_learn against references that share no code with them.

SciPy, the gradients of finite differences, Keras layers, and courselib.visualization, which is tested on its own.
"""

from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from courselib import visualization

pytestmark = pytest.mark.tensorflow
CELLS = ("project",)


@pytest.fixture
def keras(solution: SimpleNamespace) -> ModuleType:
    """Imported by the setup cell."""
    return solution.keras


@pytest.fixture(scope="module")
def network(solution: SimpleNamespace) -> Any:
    """The shipped network, with a head of random weights."""
    net = solution.load_backbone((32, 40, 3))
    solution.keras.utils.set_random_seed(0)
    pooled = solution.layers.GlobalAveragePooling2D()(net.output)
    return solution.keras.Model(net.input, solution.layers.Dense(3, activation="softmax")(pooled))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(4)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([(3, 1)] * 2 + [(2, 2)] + [(3, 1)] * 2 + [(2, 2)], (16, 4)),
        ([(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)], (195, 32)),  # AlexNet, as published
    ],
)
def test_receptive_field(solution, layers, expected):
    assert solution.receptive_field(layers) == expected


def test_the_library_sees_the_same_as_the_learner(solution, network):
    stack = []
    for number in (1, 2, 3, 4):
        stack.append((3, 1))
        assert solution.receptive_field(stack) == solution.view_of(network, f"relu{number}")[:2]
        stack.append((2, 2))


def test_top_activating_patches_are_those_of_the_library(solution, network, rng):
    images = rng.random((6, 32, 40, 3)).astype("float32")
    for layer, channel in (("relu1", 3), ("relu3", 20)):
        found = solution.top_activating_patches(network, layer, channel, images, k=4)
        expected = visualization.top_activating_patches(network, layer, channel, images, k=4)
        np.testing.assert_array_equal(found, expected.windows)


@pytest.mark.parametrize("f", [2, 3])
def test_pooling_and_unpooling_are_those_of_keras(solution, keras, rng, f):
    """Pooling is Keras's, and unpooling is what finite differences say about it."""
    A = rng.permutation(6 * 12 * 2).reshape(6, 12, 2).astype("float32")  # far apart: no nudge changes the winner
    P, switches = solution.max_pool_with_switches(A, f)

    def pool(x):
        return keras.ops.convert_to_numpy(keras.ops.max_pool(x, f, f))

    np.testing.assert_array_equal(P, pool(A[np.newaxis])[0])
    back = rng.random(P.shape)
    nudged = A + 0.25 * np.eye(A.size, dtype="float32").reshape(-1, *A.shape)
    slopes = ((pool(nudged) - P) / 0.25 * back).sum(axis=(1, 2, 3)).reshape(A.shape)
    np.testing.assert_allclose(solution.unpool(back, switches), slopes, rtol=1e-5)


def test_a_transposed_convolution_is_the_adjoint_of_the_convolution(solution, rng):
    """<conv(x), z> = <x, transposed(z)> for all x and z: this is what "transposed" means."""
    W = rng.normal(size=(5, 5, 3, 2))
    for _ in range(3):
        x, z = rng.normal(size=(6, 7, 3)), rng.normal(size=(6, 7, 2))
        one = (solution.convolve(x, W) * z).sum()
        other = (x * solution.transposed_convolution(z, W)).sum()
        assert one == pytest.approx(other, rel=1e-4)


def test_the_deconvnet_of_the_shipped_network_is_that_of_the_library(solution, network, rng):
    image = rng.random((32, 40, 3)).astype("float32")
    for number, channel in ((1, 5), (3, 17), (4, 100)):
        maps = solution.layer_maps(network, image[np.newaxis], f"relu{number}")[0, ..., channel]
        place = np.unravel_index(maps.argmax(), maps.shape)
        expected = visualization.deconvnet(network, image, f"relu{number}", channel)
        assert np.abs(expected).max() > 0
        found = solution.project(network, image, number, channel, place)
        np.testing.assert_allclose(found, expected, atol=1e-3 * np.abs(expected).max())


def test_grad_cam_is_that_of_the_library(solution, network, rng):
    image = rng.random((32, 40, 3)).astype("float32")
    for class_index, layer in ((0, "relu4"), (1, "relu4"), (2, "pool2")):
        found = solution.grad_cam(network, image, class_index, layer)
        np.testing.assert_allclose(found, visualization.grad_cam(network, image, class_index, layer), atol=1e-4)


def test_the_map_of_a_class_by_loops(solution, rng):
    activations, gradients = rng.normal(size=(2, 3, 4, 5))
    for i, j in np.ndindex(3, 4):
        total = sum(gradients[:, :, k].sum() / 12 * activations[i, j, k] for k in range(5))
        assert solution.class_activation_map(activations, gradients)[i, j] == pytest.approx(max(total, 0))
