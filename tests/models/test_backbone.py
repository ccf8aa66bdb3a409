"""The small backbone and the weights that ship."""

import hashlib
from pathlib import Path

import keras
import numpy as np
import pytest
from skimage import data
from sklearn.linear_model import LogisticRegression

from courselib.models import SmallBackbone, load_backbone

pytestmark = pytest.mark.tensorflow
WEIGHTS = Path(__file__).parents[2] / "courselib" / "weights"


def features(backbone: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """The mean of each feature map over gray pictures (m, 25, 25), enlarged to 64 x 64."""
    inputs = keras.Input((25, 25, 3))
    maps = backbone(keras.layers.Resizing(64, 64)(inputs))
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(maps))
    return model.predict(np.repeat(pictures[..., None], 3, axis=-1), verbose=0)


def test_shapes_and_parameters() -> None:
    model = SmallBackbone((25, 40, 3))
    assert model.output.shape == (None, 3, 5, 256)
    convolutions = 9 * (3 * 32 + 32 * 64 + 64 * 128 + 128 * 256)
    assert model.count_params() == convolutions + 4 * (32 + 64 + 128 + 256) == 389_856
    assert SmallBackbone().output.shape == (None, None, None, 256)


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match=r"SmallBackbone needs .* at least 8 pixels.*\(7, 8, 3\)"):
        SmallBackbone((7, 8, 3))
    with pytest.raises(ValueError, match=r"np.repeat\(images, 3, axis=-1\).*Received: input_shape=\(25, 25, 1\)"):
        load_backbone((25, 25, 1))


def test_the_card_is_about_the_file() -> None:
    file = WEIGHTS / "backbone.npz"
    assert hashlib.sha256(file.read_bytes()).hexdigest() in (WEIGHTS / "backbone.md").read_text()
    assert file.stat().st_size < 2_000_000


def test_the_shipped_weights_see_more_than_fresh_ones() -> None:
    """Ten labelled photographs and a linear head, five times: the weights are there, whole and in the right order."""
    photographs, labels = data.lfw_subset().astype("float32"), np.repeat([1, 0], 100)
    keras.utils.set_random_seed(0)
    means = []
    for backbone in (load_backbone(), SmallBackbone()):
        x = features(backbone, photographs)
        scores = []
        for seed in range(5):
            rng = np.random.default_rng(seed)
            train = np.concatenate([rng.permutation(100)[:5], 100 + rng.permutation(100)[:5]])
            test = np.setdiff1d(np.arange(200), train)
            mean, deviation = x[train].mean(axis=0), x[train].std(axis=0) + 0.01
            head = LogisticRegression(max_iter=1000).fit((x[train] - mean) / deviation, labels[train])
            scores.append(head.score((x[test] - mean) / deviation, labels[test]))
        means.append(np.mean(scores))
    shipped, fresh = means
    assert shipped > 0.95
    assert shipped > fresh + 0.05
