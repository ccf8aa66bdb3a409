"""Score filter and non-max suppression against their definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courselib.detection import (
    iou,
    non_max_suppression,
    suppression,
    yolo_eval,
    yolo_filter_boxes,
    yolo_non_max_suppression,
)


def suppress_slowly(boxes, scores, classes, iou_threshold, max_boxes) -> list[int]:
    """The definition: a box stays if no better box that stays, of its class, overlaps it too much."""
    kept: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        if all(classes[i] != classes[j] or iou(boxes[i], boxes[j]) <= iou_threshold for j in kept):
            kept.append(i)
    return kept[:max_boxes]


@st.composite
def candidates(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = draw(st.integers(0, 25))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    corner = rng.integers(0, 12, (n, 2))  # whole numbers: equal boxes, equal scores and IoUs on the threshold happen
    boxes = np.concatenate([corner, corner + rng.integers(1, 10, (n, 2))], axis=1).astype(float)
    return boxes, rng.integers(0, 8, n) / 8, rng.integers(0, 3, n)


@given(candidates(), st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.integers(0, 12))
def test_suppression_is_what_the_definition_says(candidates, iou_threshold, max_boxes) -> None:
    boxes, scores, classes = candidates
    expected = suppress_slowly(boxes, scores, np.zeros(len(boxes)), iou_threshold, max_boxes)
    kept = non_max_suppression(boxes, scores, iou_threshold, max_boxes)
    assert kept.tolist() == expected
    assert kept.dtype == np.int64
    assert all(iou(boxes[i], boxes[j]) <= iou_threshold for i in kept for j in kept if i != j)

    expected = suppress_slowly(boxes, scores, classes, iou_threshold, max_boxes)
    results = yolo_non_max_suppression(scores, boxes, classes, max_boxes, iou_threshold)
    for result, values in zip(results, (scores, boxes, classes), strict=True):
        np.testing.assert_array_equal(result, values[expected])


@settings(max_examples=20)
@given(candidates())
def test_looking_at_few_boxes_at_a_time_changes_nothing(candidates) -> None:
    boxes, scores, classes = candidates
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(suppression, "_CHUNK", 3)
        found = suppression.yolo_non_max_suppression(scores, boxes, classes, max_boxes=6)
    np.testing.assert_array_equal(found[1], boxes[suppress_slowly(boxes, scores, classes, 0.5, 6)])


def test_a_box_goes_only_above_the_threshold() -> None:
    boxes = [(0, 0, 4, 4), (0, 0, 4, 2), (0, 0, 4, 2.5)]  # IoU with the first: 0.5 and 0.625
    assert non_max_suppression(boxes, [0.9, 0.8, 0.7], 0.5, 10).tolist() == [0, 1]
    assert non_max_suppression(boxes, [0.9, 0.8, 0.7], 0.49, 10).tolist() == [0]


def test_a_box_that_was_removed_removes_nothing() -> None:
    boxes = [(0, 0, 10, 10), (0, 4, 10, 14), (0, 8, 10, 18)]  # each overlaps the next one only
    assert non_max_suppression(boxes, [0.9, 0.8, 0.7], 0.3, 10).tolist() == [0, 2]


def test_the_best_over_all_classes_stay() -> None:
    boxes = [(0, 0, 9, 9)] * 2 + [(20, 20, 29, 29), (40, 40, 49, 49)]
    scores, kept, classes = yolo_non_max_suppression([0.5, 0.6, 0.9, 0.7], boxes, [0, 1, 0, 0], max_boxes=3)
    assert scores.tolist() == [0.9, 0.7, 0.6]
    assert classes.tolist() == [0, 0, 1]
    assert kept.tolist() == [list(boxes[i]) for i in (2, 3, 1)]


def test_nothing_in_nothing_out() -> None:
    assert non_max_suppression([], [], 0.5, 10).tolist() == []
    scores, boxes, classes = yolo_non_max_suppression([], [], [])
    assert (scores.shape, boxes.shape, classes.shape) == ((0,), (0, 4), (0,))


def test_filter_multiplies_confidence_and_class_and_keeps_equality() -> None:
    boxes = np.arange(24.0).reshape(2, 3, 4)
    confidence = np.array([[0.5, 1.0, 0.75], [1.0, 0.25, 0.0]])[..., None]
    probabilities = np.array([[[0.5, 1], [0.25, 0.5], [1, 0]], [[0.5, 0.5], [1, 0], [1, 1]]])
    scores, kept, classes = yolo_filter_boxes(boxes, confidence, probabilities, threshold=0.5)
    assert scores.tolist() == [0.5, 0.5, 0.75, 0.5]
    assert classes.tolist() == [1, 1, 0, 0]  # the first of two equally likely classes
    assert kept.tolist() == boxes.reshape(-1, 4)[:4].tolist()
    assert len(yolo_filter_boxes(boxes, confidence, probabilities)[0]) == 1  # 0.6 by default


def test_float32_scores_equal_to_the_threshold_stay() -> None:
    scores, _, _ = yolo_filter_boxes(np.zeros((1, 4), "f4"), np.array([[0.7]], "f4"), np.ones((1, 2), "f4"), 0.7)
    assert len(scores) == 1


def outputs(shape: tuple[int, ...] = (1, 1, 3)) -> list[np.ndarray]:
    """A box, the same box a little worse, and a box of low confidence."""
    values = np.array([[0.5, 0.25, 0.5, 0.25, 0.8, 0.25, 0.75], [0.5, 0.25, 0.5, 0.25, 1, 0.2, 0.8], [0] * 7])
    return np.split(values.reshape(*shape, 7).astype(np.float32), [2, 4, 5], axis=-1)


@pytest.mark.parametrize("shape", [(3,), (1, 1, 3), (1, 1, 1, 3)])
def test_eval_gives_corners_in_pixels(shape: tuple[int, ...]) -> None:
    scores, boxes, classes = yolo_eval(outputs(shape), (100, 200))
    np.testing.assert_allclose(scores, [0.8])
    np.testing.assert_allclose(boxes, [(12.5, 50, 37.5, 150)])
    assert classes.tolist() == [1]
    assert boxes.dtype == np.float32


def test_eval_thresholds() -> None:
    assert len(yolo_eval(outputs(), (100, 200), score_threshold=0.7)[0]) == 1
    assert len(yolo_eval(outputs(), (100, 200), iou_threshold=1.0)[0]) == 2
    assert len(yolo_eval(outputs(), (100, 200), iou_threshold=1.0, max_boxes=1)[0]) == 1
    assert len(yolo_eval(outputs(), (100, 200), score_threshold=0.9)[0]) == 0


@pytest.mark.tensorflow
def test_tensors_give_the_same_as_arrays() -> None:
    from keras import ops

    tensors = [ops.convert_to_tensor(output) for output in outputs()]
    for got, expected in zip(yolo_eval(tensors, (100, 200)), yolo_eval(outputs(), (100, 200)), strict=True):
        np.testing.assert_array_equal(got, expected)
    boxes = ops.convert_to_tensor([[0.0, 0, 4, 4], [0, 0, 4, 3.9]])
    assert non_max_suppression(boxes, ops.convert_to_tensor([0.1, 0.2]), 0.5, 10).tolist() == [1]


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"outputs of one picture; call it once for each. Received: 2 pictures"):
        yolo_eval([np.zeros((2, 1, 1, 1, n)) for n in (2, 2, 1, 3)], (100, 200))
    with pytest.raises(ValueError, match=r"Received: shapes \(5, 4\), \(5,\), \(5, 3\)"):
        yolo_filter_boxes(np.zeros((5, 4)), np.zeros(5), np.zeros((5, 3)))
    with pytest.raises(ValueError, match=r"`scores` must hold one number for each of 2 boxes. Received: shape \(3,\)"):
        non_max_suppression(np.zeros((2, 4)), [1, 2, 3], 0.5, 10)
