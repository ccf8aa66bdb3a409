"""The solutions of augmentation_and_transfer against references that share no code with them.

Pillow and SciPy for geometry, the formula of AlexNet's colour shift solved for its random numbers, and plain NumPy.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

pytestmark = pytest.mark.tensorflow
CELLS = ("make-backbone",)


@pytest.fixture
def pictures() -> np.ndarray:
    """Three smooth pictures that are not square, (3, 31, 40, 3), black at the border."""
    rng = np.random.default_rng(0)
    noise = ndimage.gaussian_filter(rng.random((3, 31, 40, 3)), (0, 2.5, 2.5, 0))
    inside = np.zeros((31, 40, 1))
    inside[8:-8, 8:-8] = 1
    return (noise * ndimage.gaussian_filter(inside, (1.5, 1.5, 0))).astype(np.float32)


def test_the_mirror_is_pillows(solution: SimpleNamespace) -> None:
    images = np.random.default_rng(1).integers(0, 256, size=(2, 5, 7, 3), dtype=np.uint8)
    mirrored = [np.asarray(Image.fromarray(image).transpose(Image.Transpose.FLIP_LEFT_RIGHT)) for image in images]
    np.testing.assert_array_equal(solution.mirror(images), mirrored)


def test_every_position_of_a_crop_is_equally_likely(solution: SimpleNamespace) -> None:
    places = np.stack(np.mgrid[:6, :8], axis=-1)  # (6, 8, 2): each pixel holds its own place
    crops = solution.random_crop(np.repeat(places[None], 12_000, axis=0), (4, 5), seed=4)
    assert crops.shape == (12_000, 4, 5, 2)
    np.testing.assert_array_equal(crops - crops[:, :1, :1], np.broadcast_to(places[:4, :5], crops.shape))
    counts = np.unique(crops[:, 0, 0], axis=0, return_counts=True)[1]
    assert counts.shape == (3 * 4,)
    assert np.abs(counts - 1000).max() < 5 * np.sqrt(1000)


def test_a_colour_shift_stays_in_range(solution: SimpleNamespace) -> None:
    images = np.array([[[[0.2, 0.9, 0.5]]]])
    np.testing.assert_allclose(solution.color_shift(images, (0.1, 0.2, -0.7)), [[[[0.3, 1.0, 0.0]]]])


def test_the_colours_move_as_in_alexnet(solution: SimpleNamespace) -> None:
    """Each shift, divided by the covariance matrix once, is a sum of directions times normal numbers."""
    rng = np.random.default_rng(2)
    mix = np.array([[0.9, 0.3, 0.1], [0.8, -0.1, 0.1], [0.7, -0.3, 0.2]]) / 20
    images = 0.5 + rng.normal(size=(3000, 2, 2, 3)).clip(-2, 2) @ mix.T
    change = solution.pca_color_shift(images, 0.5, seed=3) - images
    np.testing.assert_allclose(change, np.broadcast_to(change[:, :1, :1], change.shape), atol=1e-9)
    covariance = np.cov(images.reshape(-1, 3).T)
    alphas = np.linalg.solve(
        covariance, change[:, 0, 0].T
    )  # the sum of alpha_k p_k: any rotation of three normal numbers
    np.testing.assert_allclose(np.cov(alphas), 0.25 * np.eye(3), atol=0.25 * 5 * np.sqrt(2 / 3000))


def test_it_turns_as_scipy_does(solution: SimpleNamespace, pictures: np.ndarray) -> None:
    for degrees in (20.0, -35.0):
        expected = ndimage.rotate(pictures, degrees, axes=(1, 2), reshape=False, order=1)
        received = solution.rotate_and_shear(pictures, degrees, 0.0)
        np.testing.assert_allclose(received, expected, atol=2e-3)


def test_it_leans_row_by_row(solution: SimpleNamespace, pictures: np.ndarray) -> None:
    received = solution.rotate_and_shear(pictures, 0.0, 0.25)
    for row in range(31):
        expected = ndimage.shift(pictures[:, row], (0, 0.25 * (15 - row), 0), order=1)
        np.testing.assert_allclose(received[:, row], expected, atol=2e-3)


def test_the_augmenter_does_nothing_when_predicting(solution: SimpleNamespace, pictures: np.ndarray) -> None:
    augmenter = solution.data_augmenter()
    np.testing.assert_array_equal(np.asarray(augmenter(pictures, training=False)), pictures)
    assert np.abs(np.asarray(augmenter(pictures, training=True)) - pictures).max() > 0.05


def test_training_changes_the_head_and_then_the_last_layers(solution: SimpleNamespace) -> None:
    keras = solution.keras
    backbone = solution.SmallBackbone((16, 16, 3))
    model = solution.transfer_model(backbone)
    x, y = np.random.default_rng(5).random((6, 16, 16, 3)), np.arange(6)[:, None] % 2

    def changed(model: object) -> list[str]:
        """The layers whose weights differ after one epoch."""
        before = [[weight.numpy().copy() for weight in layer.weights] for layer in everything]
        model.fit(x, y, verbose=0)  # type: ignore[attr-defined]
        return [
            layer.name
            for layer, old in zip(everything, before, strict=True)
            if not all(map(np.array_equal, old, [weight.numpy() for weight in layer.weights]))
        ]

    everything = [*backbone.layers, model.layers[-1]]
    model.compile(keras.optimizers.Adam(), keras.losses.BinaryCrossentropy(from_logits=True), jit_compile=False)
    head = model.layers[-1].name
    assert changed(model) == [head]
    assert changed(solution.fine_tune(model, "conv4")) == ["conv4", head]


def test_mobilenet_says_what_to_do_offline(solution: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(**_arguments: object) -> None:
        raise OSError("no route")

    monkeypatch.setattr(solution.keras.applications, "MobileNetV2", offline)
    with pytest.raises(solution.CourselibError, match=r"need the internet, once.*small.*no route"):
        solution.make_backbone("mobilenet_v2")
    monkeypatch.undo()
    mobilenet = solution.keras.applications.MobileNetV2
    monkeypatch.setattr(
        solution.keras.applications, "MobileNetV2", lambda **arguments: mobilenet(**{**arguments, "weights": None})
    )
    model = solution.transfer_model(solution.make_backbone("mobilenet_v2"))
    assert model.input_shape == (None, 25, 25, 3)
    assert model.output_shape == (None, 1)
    assert sum(np.prod(weight.shape) for weight in model.trainable_weights) == 1281
