"""The network that ships, its parts, the heads, and the margin loss."""

import hashlib
from pathlib import Path

import keras
import numpy as np
import pytest

from courselib.datasets import load_faces
from courselib.recognition import (
    FACE_THRESHOLD,
    CosFaceLoss,
    CosineClassifier,
    FaceNet,
    absolute_difference_head,
    chi_square_head,
    load_face_embedding,
    strangers_rejected,
    verification_report,
)

pytestmark = pytest.mark.tensorflow
WEIGHTS = Path(__file__).parents[2] / "courselib" / "weights"


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return load_face_embedding()


def test_embeddings_have_length_one_and_do_not_know_left_from_right(model: keras.Model) -> None:
    faces = load_faces(3, 2, seed=5).images
    embeddings = model.predict(faces, verbose=0)
    assert embeddings.shape == (6, 128)
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(model.predict(faces[:, :, ::-1], verbose=0), embeddings, atol=1e-5)
    assert FaceNet().count_params() == model.count_params()


def test_the_shipped_weights_recognise_people_whom_they_have_not_seen(model: keras.Model) -> None:
    faces = load_faces(60, 4, seed=77)
    embeddings = model.predict(faces.images, verbose=0)
    report = verification_report(embeddings[:160], faces.identities[:160])
    assert report.auc > 0.985
    assert report.rank_one > 0.8
    assert strangers_rejected(embeddings[:160:4], embeddings[160:], FACE_THRESHOLD) > 0.85


def test_the_card_is_about_the_file() -> None:
    file = WEIGHTS / "facenet.npz"
    assert hashlib.sha256(file.read_bytes()).hexdigest() in (WEIGHTS / "facenet.md").read_text()
    assert file.stat().st_size < 2_500_000


def test_cosines_and_margin() -> None:
    embeddings = np.array([[0.6, 0.8], [1.0, 0.0]], np.float32)
    layer = CosineClassifier(3)
    layer.build((None, 2))
    layer.set_weights([np.array([[2.0, 0.0, -1.0], [0.0, 5.0, 0.0]], np.float32)])
    cosines = keras.ops.convert_to_numpy(layer(embeddings))
    np.testing.assert_allclose(cosines, [[0.6, 0.8, -0.6], [1.0, 0.0, -1.0]], atol=1e-6)
    logits = 10 * (cosines - [[0, 0.25, 0], [0.25, 0, 0]])
    expected = np.log(np.exp(logits).sum(axis=1)) - logits[[0, 1], [1, 0]]
    loss = CosFaceLoss(margin=0.25, scale=10.0)
    assert float(loss(np.array([1, 0]), cosines)) == pytest.approx(expected.mean(), rel=1e-5)
    again = CosFaceLoss.from_config(loss.get_config())
    assert float(again(np.array([1, 0]), cosines)) == pytest.approx(expected.mean(), rel=1e-5)
    assert CosineClassifier.from_config(layer.get_config()).num_classes == 3


def test_heads() -> None:
    f1, f2 = keras.Input((3,)), keras.Input((3,))
    one, other = np.array([[0.0, 0.5, 1.0]], np.float32), np.array([[0.0, 1.5, 0.5]], np.float32)
    expected = {absolute_difference_head: [0.0, 1.0, 0.5], chi_square_head: [0.0, 1 / 2, 0.25 / 1.5]}
    for head, features in expected.items():
        siamese = keras.Model([f1, f2], head(f1, f2))
        siamese.layers[-1].set_weights([np.array([[1.0], [-2.0], [3.0]], np.float32), np.array([0.5], np.float32)])
        logit = features[0] - 2 * features[1] + 3 * features[2] + 0.5
        for pair in ([one, other], [other, one]):
            np.testing.assert_allclose(siamese.predict(pair, verbose=0), [[1 / (1 + np.exp(-logit))]], rtol=1e-4)
