"""Augmentation with boxes, reproducible batches, and a detector that learns eight pictures by heart."""

import keras
import numpy as np
import pytest

from courselib.detection import detect, encode_targets, kmeans_anchors, mean_average_precision
from courselib.detection.training import DetectionBatches, fit_detector, mirror, shift_colors
from courselib.models.yolo import TinyYOLO

pytestmark = pytest.mark.tensorflow

Scenes = tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    """Eight pictures of 64 x 64: yellow squares and blue bars on a gray, noisy ground."""
    rng = np.random.default_rng(0)
    images = rng.integers(90, 120, (8, 64, 64, 3), dtype=np.uint8)
    boxes, class_ids = [], []
    for image in images:
        ids = rng.permutation([0, 1])
        corners = [(rng.integers(2, 34), 2 + 32 * side + rng.integers(0, 8)) for side in (0, 1)]
        sizes = [((14, 14), (24, 8))[i] for i in ids]
        parts = [(y, x, y + h, x + w) for (y, x), (h, w) in zip(corners, sizes, strict=True)]
        for (y1, x1, y2, x2), class_id in zip(parts, ids, strict=True):
            image[y1:y2, x1:x2] = ((240, 220, 30), (30, 60, 230))[class_id]
        boxes.append(np.array(parts, np.float32))
        class_ids.append(ids)
    return images, boxes, class_ids


def detector(scenes: Scenes) -> tuple[keras.Model, np.ndarray]:
    keras.utils.set_random_seed(0)
    anchors = kmeans_anchors(np.concatenate(scenes[1]), k=2)
    return TinyYOLO((64, 64, 3), num_classes=2, anchors=anchors), anchors


def test_mirror_moves_the_boxes_with_the_picture(scenes: Scenes) -> None:
    image, boxes = scenes[0][0], scenes[1][0]
    mirrored, moved = mirror(image, boxes)
    for (y1, x1, y2, x2), (v1, u1, v2, u2) in zip(boxes.astype(int), moved.astype(int), strict=True):
        np.testing.assert_array_equal(mirrored[v1:v2, u1:u2], image[y1:y2, x1:x2][:, ::-1])
    again = mirror(mirrored, moved)
    np.testing.assert_array_equal(again[0], image)
    np.testing.assert_array_equal(again[1], boxes)
    assert mirror(image, np.zeros((0, 4)))[1].shape == (0, 4)


def test_shift_colors_stays_in_range_and_near(scenes: Scenes) -> None:
    image = scenes[0][0]
    changed = shift_colors(image, np.random.default_rng(1))
    assert changed.dtype == np.float32
    assert changed.min() >= 0
    assert changed.max() <= 255
    assert 2 < np.abs(changed - image).mean() < 60
    np.testing.assert_allclose(shift_colors(image, np.random.default_rng(1), strength=0), image, atol=1e-3)
    np.testing.assert_array_equal(changed, shift_colors(image, np.random.default_rng(1)))


def test_batches_are_reproducible_and_complete(scenes: Scenes) -> None:
    model, anchors = detector(scenes)
    batches, twin = (DetectionBatches(model, *scenes, anchors, batch_size=3, seed=5) for _ in range(2))
    assert [len(batches[i][0]) for i in range(len(batches))] == [3, 3, 2]
    images, y = batches[1]
    assert (images.dtype, images.shape, y.shape) == (np.float32, (3, 64, 64, 3), (3, 8, 8, 2, 7))
    for got, expected in zip(batches[1], twin[1], strict=True):
        np.testing.assert_array_equal(got, expected)
    first_order = batches.order
    batches.on_epoch_end()
    assert sorted(batches.order) == sorted(first_order)
    assert not np.array_equal(batches.order, first_order)
    assert not np.array_equal(batches[1][0], images)


def test_without_augmentation_the_pictures_stay_as_they_are(scenes: Scenes) -> None:
    model, anchors = detector(scenes)
    batches = DetectionBatches(model, *scenes, anchors, batch_size=8, augment=False)
    images, y = batches[0]
    for image, target, i in zip(images, y, batches.order, strict=True):
        np.testing.assert_array_equal(image, scenes[0][i])
        own = encode_targets(scenes[1][i], scenes[2][i], anchors, (8, 8), (64, 64), 2, neighbors=True)
        np.testing.assert_array_equal(target, own)


def test_eight_pictures_are_learned_by_heart(scenes: Scenes) -> None:
    model, anchors = detector(scenes)
    batches = DetectionBatches(model, *scenes, anchors, batch_size=8)
    truths = list(zip(scenes[1], scenes[2], strict=True))
    before = mean_average_precision(truths, detect(model, scenes[0], score_threshold=0.01), 2)
    history = fit_detector(model, batches, epochs=45, learning_rate=5e-3, verbose=0)
    found = detect(model, scenes[0], score_threshold=0.01)
    assert before < 0.2
    assert mean_average_precision(truths, found, 2) > 0.9
    assert mean_average_precision(truths, found, 2, iou_thresholds=0.75) > 0.6
    assert history.history["loss"][-1] < history.history["loss"][0] / 5
    certain = detect(model, scenes[0], score_threshold=0.5)
    assert [len(scores) for scores, _, _ in certain] == [2] * 8
