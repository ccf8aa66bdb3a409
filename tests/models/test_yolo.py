"""TinyYOLO: its shape, its size, its head, and that it can be saved."""

from pathlib import Path

import keras
import numpy as np
import pytest

from courselib.models.yolo import DASHCAM_ANCHORS, STRIDE, TinyYOLO, YOLOHead

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def model() -> keras.Model:
    keras.utils.set_random_seed(0)
    return TinyYOLO((32, 48, 3), num_classes=2, anchors=[(8, 8), (16, 24)])


def test_size_and_layout() -> None:
    detector = TinyYOLO()
    assert detector.output_shape == (None, 16, 24, 6, 10)
    assert 400_000 < detector.count_params() < 550_000
    assert len(DASHCAM_ANCHORS) == 6


def test_predictions_are_what_the_loss_expects(model: keras.Model) -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 48, 3), dtype=np.uint8)
    y = model.predict(images, verbose=0)
    assert y.shape == (2, 4, 6, 2, 7)
    assert (y[..., 0] < 0.1).all()  # before training it believes in nothing
    assert ((y[..., 1:3] > -0.5) & (y[..., 1:3] < 1.5)).all()
    assert (y[..., 3:5] > 0).all()
    np.testing.assert_allclose(y[..., 5:].sum(axis=-1), 1, rtol=1e-5)


def test_head_by_hand() -> None:
    head = YOLOHead([(1, 2), (3, 4)])
    logits = np.zeros((1, 1, 1, 2, 7), np.float32)
    logits[..., 1, 0] = 4.6
    logits[..., 1, 4] = 20  # the width
    logits[..., 1, 5] = np.log(3)
    y = keras.ops.convert_to_numpy(head(logits.reshape(1, 1, 1, 14)))
    assert y.shape == (1, 1, 1, 2, 7)
    np.testing.assert_allclose(y[0, 0, 0, 0], [1 / (1 + np.exp(4.6)), 0.5, 0.5, 2, 1, 0.5, 0.5], rtol=1e-5)
    np.testing.assert_allclose(y[0, 0, 0, 1], [0.5, 0.5, 0.5, 4, 12, 0.75, 0.25], rtol=1e-5)


def test_one_class_is_always_right() -> None:
    logits = np.random.default_rng(0).normal(size=(2, 3, 4, 12)).astype("float32")
    found = keras.ops.convert_to_numpy(YOLOHead([(1, 1), (2, 2)])(logits))  # no warning either
    np.testing.assert_array_equal(found[..., 5:], np.ones((2, 3, 4, 2, 1)))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras 3.15 with NumPy 2
def test_saved_and_loaded(model: keras.Model, tmp_path: Path) -> None:
    images = np.random.default_rng(1).uniform(0, 255, (1, 32, 48, 3))
    model.save(tmp_path / "detector.keras")
    loaded = keras.saving.load_model(tmp_path / "detector.keras")
    np.testing.assert_array_equal(loaded.predict(images, verbose=0), model.predict(images, verbose=0))


def test_weights_serve_pictures_of_another_size(model: keras.Model) -> None:
    larger = TinyYOLO((64, 64, 3), num_classes=2, anchors=[(8, 8), (16, 24)])
    larger.set_weights(model.get_weights())
    assert larger.output_shape == (None, 64 // STRIDE, 64 // STRIDE, 2, 7)


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"multiples of 16. Received: \(100, 192, 3\)"):
        TinyYOLO((100, 192, 3))


def test_the_weights_that_ship_find_cars_in_scenes_that_they_have_not_seen() -> None:
    from courselib.datasets import load_dashcam
    from courselib.detection import average_precision_per_class, detect
    from courselib.models import load_tiny_yolo

    test = load_dashcam(30, seed=3)
    found = detect(load_tiny_yolo(), np.asarray(test.images), max_boxes=50, score_threshold=0.05)
    truth = list(zip(test.boxes, test.class_ids, strict=True))
    car = float(np.mean(average_precision_per_class(truth, found, 5, min_height=12)[0]))
    assert car > 0.8
