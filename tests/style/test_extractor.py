"""The network that looks: its layers, its scale, and where its weights come from."""

import hashlib
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from courselib.datasets import load_photographs
from courselib.errors import CourselibError
from courselib.style import CONTENT_LAYER, STYLE_LAYERS, extractor, layer_outputs, load_style_extractor
from courselib.style.extractor import LEVEL, convolutions, normalize_activations, vgg_like

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def shipped() -> keras.Model:
    return load_style_extractor("shipped")


def test_the_shipped_network(shipped: keras.Model) -> None:
    assert shipped.name == "shipped"
    assert shipped.trainable_weights == []
    outputs = layer_outputs(shipped, [*(name for name, _ in STYLE_LAYERS), CONTENT_LAYER])
    shapes = [tuple(a.shape) for a in outputs(np.zeros((1, 24, 40, 3), np.float32))]
    assert [shape[1:3] for shape in shapes] == [(24, 40), (24, 40), (12, 20), (6, 10), (3, 5), (6, 10)]


def test_activations_have_the_same_level(shipped: keras.Model) -> None:
    pictures = np.stack(list(load_photographs(64).values()))
    names = [layer.name for layer in convolutions(shipped)]
    for a in layer_outputs(shipped, names)(pictures):
        assert 0.5 * LEVEL < float(ops.mean(a)) < 2 * LEVEL


def test_normalizing_changes_the_scale_only() -> None:
    keras.utils.set_random_seed(0)
    network = vgg_like([[4], [6, 5]], "small")
    for layer in convolutions(network):
        layer.bias.assign(np.linspace(0.1, 0.5, layer.filters))
    pictures = np.random.default_rng(0).random((2, 16, 16, 3), np.float32)
    names = [layer.name for layer in convolutions(network)]
    before = [ops.convert_to_numpy(a) for a in layer_outputs(network, names)(pictures)]
    normalize_activations(network, pictures)
    for old, new in zip(before, layer_outputs(network, names)(pictures), strict=True):
        np.testing.assert_allclose(new, LEVEL * old / old.mean(axis=(0, 1, 2)), rtol=1e-3, atol=1e-3)


def test_average_pooling_and_zeros_around() -> None:
    """A network of ones adds up what it sees: computed by hand."""
    network = vgg_like([[1], [1]], "ones", scale=1.0, mean=(0, 0, 0))
    network.set_weights([np.ones_like(weight) if weight.ndim > 1 else weight for weight in network.get_weights()])
    picture = np.random.default_rng(1).random((1, 6, 6, 3), np.float32)
    padded = np.pad(picture.sum(axis=-1)[0], 1)
    first = sum(padded[i : i + 6, j : j + 6] for i in range(3) for j in range(3))
    pooled = np.pad(first.reshape(3, 2, 3, 2).mean(axis=(1, 3)), 1)
    second = sum(pooled[i : i + 3, j : j + 3] for i in range(3) for j in range(3))
    np.testing.assert_allclose(ops.convert_to_numpy(network(picture))[0, :, :, 0], second, rtol=1e-5)


def test_vgg19_as_keras_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """With few filters: what VGG-19 computes, but for the pooling and the scale of each channel."""
    small = ((2, 2), (2, 2), (3,) * 4, (3,) * 4, (3,))
    rng = np.random.default_rng(0)
    reference = keras.Sequential([keras.Input((None, None, 3))])
    for block, filters in enumerate(small, start=1):
        if block > 1:
            reference.add(keras.layers.AveragePooling2D(2))
        for i, number in enumerate(filters, start=1):
            name = f"block{block}_conv{i}"
            reference.add(keras.layers.Conv2D(number, 3, padding="same", activation="relu", name=name))
    reference.set_weights([rng.uniform(-0.3, 0.5, w.shape) for w in reference.get_weights()])
    monkeypatch.setattr(extractor, "VGG19", small)
    monkeypatch.setattr(keras.applications, "VGG19", lambda include_top, weights: reference)

    found = load_style_extractor("vgg19")
    assert found.name == "vgg19"
    pictures = np.stack(list(load_photographs(128).values()))
    caffe = keras.applications.vgg19.preprocess_input(255 * pictures)  # what VGG-19 was trained on
    expected = ops.convert_to_numpy(reference(caffe))
    np.testing.assert_allclose(found(pictures), LEVEL * expected / expected.mean(axis=(0, 1, 2)), rtol=1e-2, atol=0.05)


def test_automatic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extractor, "_load_vgg19", lambda: "VGG-19")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert load_style_extractor().name == "shipped"
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5").touch()
    assert load_style_extractor() == "VGG-19"


def test_no_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(include_top: bool, weights: str) -> None:
        raise OSError("URL fetch failure")

    monkeypatch.setattr(keras.applications, "VGG19", fail)
    with pytest.raises(
        CourselibError, match=r"Cannot get the ImageNet weights of VGG-19: URL fetch failure\. They need"
    ):
        load_style_extractor("vgg19")


def test_unknown_names(shipped: keras.Model) -> None:
    with pytest.raises(ValueError, match=r"Expected 'auto', 'vgg19' or 'shipped'. Received: weights='vgg16'"):
        load_style_extractor("vgg16")
    with pytest.raises(ValueError, match=r"has no layer 'block9_conv1'. It has block1_conv1, block1_conv2, "):
        layer_outputs(shipped, ["block9_conv1"])


def test_the_card_is_of_these_weights() -> None:
    weights = Path(extractor.__file__).parents[1] / "weights"
    stored = (weights / "style_extractor.npz").read_bytes()
    assert len(stored) < 3_000_000
    assert hashlib.sha256(stored).hexdigest() in (weights / "style_extractor.md").read_text(encoding="utf-8")
