"""The solutions of yolo_car_detection against references that share no code with them.

Areas counted pixel by pixel, plain loops written from the formulas, a gradient from finite differences, and the
library's metric, which its own tests compare with others.
"""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from courselib.detection import (
    average_precision_per_class,
    detect,
    kmeans_anchors,
    mean_average_precision,
    pairwise_iou,
)

pytestmark = pytest.mark.tensorflow


def integer_boxes(rng: np.random.Generator, count: int, side: int = 24) -> np.ndarray:
    corners = np.sort(rng.integers(0, side + 1, (count, 2, 2)), axis=1)  # (count, first and second, y and x)
    corners[:, 1] += corners[:, 0] == corners[:, 1]  # at least one pixel
    return corners.reshape(count, 4)


def painted(box: np.ndarray) -> np.ndarray:
    mask = np.zeros((26, 26), bool)
    y1, x1, y2, x2 = box
    mask[y1:y2, x1:x2] = True
    return mask


def found_in(rng: np.random.Generator, truth: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, ...]:
    """Detections near the truth, some twice, some far off, with distinct scores."""
    boxes = np.concatenate([truth, truth, integer_boxes(rng, 4)]) + rng.normal(0, 0.7, (2 * len(truth) + 4, 4))
    boxes = np.sort(boxes.reshape(-1, 2, 2), axis=1).reshape(-1, 4)  # no box is inside out
    classes = np.concatenate([ids, rng.permutation(ids), rng.integers(0, 3, 4)])
    return rng.permutation(len(boxes)) / len(boxes) + rng.random() / 100, boxes, classes


def test_iou_is_the_ratio_of_counted_pixels(solution: SimpleNamespace) -> None:
    boxes = integer_boxes(np.random.default_rng(0), 40)
    masks = np.stack([painted(box) for box in boxes])
    wanted = [[(a & b).sum() / (a | b).sum() for b in masks] for a in masks]
    np.testing.assert_allclose(solution.iou(boxes[:, None], boxes[None]), wanted, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_suppression_leaves_no_overlap_and_removes_only_for_a_better_one(solution: SimpleNamespace, seed: int) -> None:
    rng = np.random.default_rng(seed)
    boxes, scores = integer_boxes(rng, 60), rng.permutation(60) / 60
    kept = solution.non_max_suppression(boxes, scores, 0.3, 60)
    overlaps = pairwise_iou(boxes, boxes)
    assert list(scores[kept]) == sorted(scores[kept], reverse=True)
    assert (overlaps[np.ix_(kept, kept)] - np.eye(len(kept)) <= 0.3).all()
    for gone in set(range(60)) - set(kept.tolist()):
        assert any(overlaps[gone, k] > 0.3 and scores[k] > scores[gone] for k in kept)


def test_anchors_fit_as_well_as_those_of_the_library(solution: SimpleNamespace) -> None:
    rng = np.random.default_rng(1)
    sizes = rng.lognormal(2.5, 0.7, (400, 1)) * rng.choice([[1.5, 1], [0.5, 1.2], [1, 0.9]], 400)

    def fit(anchors: np.ndarray) -> float:
        smaller, larger = np.minimum(sizes[:, None], anchors), np.maximum(sizes[:, None], anchors)
        common = smaller.prod(axis=-1)
        assert (larger >= smaller).all()
        return float((common / (sizes.prod(axis=1)[:, None] + anchors.prod(axis=1) - common)).max(axis=1).mean())

    for k in (2, 5, 9):
        own = solution.kmeans_anchors(sizes, k)
        assert (np.diff(own.prod(axis=1)) > 0).all()
        assert fit(own) > fit(kmeans_anchors(sizes, k)) - 0.02


def test_what_is_encoded_comes_back(solution: SimpleNamespace) -> None:
    rng = np.random.default_rng(2)
    cells = rng.permutation(16 * 24)[:30]
    centers = np.stack([cells // 24, cells % 24], axis=1) * 8 + rng.random((30, 2)) * 8
    half = rng.uniform(2, 20, (30, 2))
    boxes, ids = np.concatenate([centers - half, centers + half], axis=1), rng.integers(0, 5, 30)
    anchors = np.array([[8, 12], [16, 12], [30, 22.0]])
    y = solution.encode_targets(boxes, ids, anchors, (16, 24), (128, 192), 5)
    scores, back, classes = solution.yolo_eval(solution.decode_predictions(y), (128, 192), 100, 0.5, 1.0)
    order, order_back = np.lexsort(boxes.T), np.lexsort(back.T)
    np.testing.assert_allclose(back[order_back], boxes[order], atol=1e-3)
    assert list(classes[order_back]) == list(ids[order])
    assert list(scores) == [1.0] * 30


def loss_by_hand(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    total = 0.0
    for t, p in zip(y_true.reshape(-1, y_true.shape[-1]), y_pred.reshape(-1, y_true.shape[-1]), strict=True):
        if t[0] == 0:
            total -= 0.5 * math.log(1 - p[0])
            continue
        total += 5 * ((t[1] - p[1]) ** 2 + (t[2] - p[2]) ** 2)
        total += 5 * ((math.sqrt(t[3]) - math.sqrt(p[3])) ** 2 + (math.sqrt(t[4]) - math.sqrt(p[4])) ** 2)
        total -= math.log(p[0]) + math.log(p[5 + int(np.argmax(t[5:]))])
    return total


def test_the_loss_is_the_formula_and_its_gradient_is_right(solution: SimpleNamespace) -> None:
    import keras

    rng = np.random.default_rng(3)
    y_true = np.zeros((2, 2, 3, 2, 8), "float32")
    for place in [(0, 0, 1, 0), (0, 1, 2, 1), (1, 1, 0, 1)]:
        y_true[place] = [1, *rng.random(2), *rng.uniform(0.2, 4, 2), *np.eye(3)[rng.integers(3)]]
    start = rng.uniform(0.1, 0.9, y_true.shape).astype("float32")
    wanted = [loss_by_hand(t, p) for t, p in zip(y_true, start, strict=True)]
    np.testing.assert_allclose(keras.ops.convert_to_numpy(solution.yolo_loss(y_true, start)), wanted, rtol=1e-5)

    # One step of plain gradient descent on the predictions themselves moves them against the measured gradient.
    layer = keras.layers.Embedding(1, start[0].size)
    model = keras.Sequential([keras.Input((), dtype="int32"), layer, keras.layers.Reshape(start[0].shape)])
    layer.embeddings.assign(start[0].reshape(1, -1))
    model.compile(keras.optimizers.SGD(0.001), loss=solution.yolo_loss, jit_compile=False)
    model.train_on_batch(np.zeros(1, "int32"), y_true[:1])
    moved = keras.ops.convert_to_numpy(model(np.zeros(1, "int32")))[0].astype(float) - start[0]
    measured = np.zeros(start[0].shape)
    for place in np.ndindex(measured.shape):
        up, down = start[0].astype(float), start[0].astype(float)
        up[place] += 1e-4
        down[place] -= 1e-4
        measured[place] = (loss_by_hand(y_true[0], up) - loss_by_hand(y_true[0], down)) / 2e-4
    np.testing.assert_allclose(moved / -0.001, measured, atol=2e-3)


def test_the_metric_is_that_of_the_library(solution: SimpleNamespace) -> None:
    rng = np.random.default_rng(4)
    truths = [(integer_boxes(rng, n), rng.integers(0, 3, n)) for n in (5, 0, 3, 9, 1, 4)]
    predictions = [found_in(rng, *truth) for truth in truths]
    thresholds = [0.5, 0.6, 0.75, 0.9]
    per_class = average_precision_per_class(truths, predictions, 4, thresholds)
    assert np.isnan(per_class[3]).all()
    assert 0.05 < np.nanmean(per_class) < 0.95
    for class_id in range(3):
        of_class = (
            [boxes[ids == class_id] for boxes, ids in truths],
            [boxes[ids == class_id] for _, boxes, ids in predictions],
            [scores[ids == class_id] for scores, _, ids in predictions],
        )
        for threshold, wanted in zip(thresholds, per_class[class_id], strict=True):
            assert solution.average_precision(*of_class, threshold) == pytest.approx(wanted, abs=1e-9)
    wanted = mean_average_precision(truths, predictions, 4, thresholds)
    assert solution.mean_average_precision(truths, predictions, 4, thresholds) == pytest.approx(wanted, abs=1e-9)


def test_the_evaluation_finds_what_the_library_finds(solution: SimpleNamespace) -> None:
    rng = np.random.default_rng(5)
    outputs = rng.random((2, 6, 9, 3, 9)).astype("float32")
    outputs[..., 3:5] *= 3
    model = SimpleNamespace(predict=lambda images, **_: outputs)
    wanted = detect(model, np.zeros((2, 48, 72, 3)), max_boxes=25, score_threshold=0.3, iou_threshold=0.4)
    for y, one in zip(outputs, wanted, strict=True):
        own = solution.yolo_eval(solution.decode_predictions(y), (48, 72), 25, 0.3, 0.4)
        assert len(one[0]) > 5
        for right, received in zip(one, own, strict=True):
            np.testing.assert_allclose(received, right, atol=1e-3)
