"""Average precision: by hand, in difficult cases, and against a slow direct implementation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courselib.detection import (
    COCO_IOU_THRESHOLDS,
    average_precision,
    average_precision_per_class,
    iou,
    mean_average_precision,
)

BOX, FAR = (0, 0, 10, 10), (50, 50, 60, 60)


def average_precision_slowly(true_boxes, boxes, scores, iou_threshold, min_height) -> float:
    """The definition, one detection and one recall at a time, in plain Python."""
    needed = sum(b[2] - b[0] >= min_height for part in true_boxes for b in part)
    detections = [(-s, p, i) for p, part in enumerate(scores) for i, s in enumerate(part)]
    used, outcomes = set(), []
    for _, p, i in sorted(detections):
        box = boxes[p][i]
        best = None
        for j, true in enumerate(true_boxes[p]):
            if (p, j) not in used and iou(box, true) >= iou_threshold:
                quality = (true[2] - true[0] >= min_height, iou(box, true), j)
                best = max(best, quality) if best else quality
        if best:
            used.add((p, best[2]))
            if best[0]:
                outcomes.append(True)
        elif box[2] - box[0] >= min_height:
            outcomes.append(False)
    points = []
    for n in range(1, len(outcomes) + 1):
        right = sum(outcomes[:n])
        points.append((right / needed, right / n))
    return sum(max((p for r, p in points if r >= recall), default=0) for recall in np.linspace(0, 1, 101)) / 101


@st.composite
def class_in_pictures(draw: st.DrawFn) -> tuple[list, list, list]:
    """Pictures with true boxes, moved copies of some, and boxes where nothing is; scores without equals."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    num_pictures = draw(st.integers(1, 5))
    true_boxes, boxes, scores = [], [], []
    for _ in range(num_pictures):
        corner = rng.uniform(0, 60, (rng.integers(0, 5), 2))
        objects = np.concatenate([corner, corner + rng.uniform(5, 30, corner.shape)], axis=1)
        copies = np.repeat(objects, rng.integers(0, 3, len(objects)), axis=0)
        noise = np.sort(rng.uniform(0, 90, (rng.integers(0, 3), 2, 2)), axis=1).reshape(-1, 4)
        found = np.concatenate([copies + rng.normal(0, 2, copies.shape), noise])
        true_boxes.append(objects)
        boxes.append(found)
        scores.append(rng.permutation(1000)[: len(found)] / 1000 + rng.uniform(0, 1e-4))
    return true_boxes, boxes, scores


@settings(max_examples=150)
@given(class_in_pictures(), st.sampled_from([0.5, 0.75, 0.9]), st.sampled_from([0, 15]))
def test_against_the_slow_definition(pictures, iou_threshold, min_height) -> None:
    result = average_precision(*pictures, iou_threshold, min_height)
    if all(b[2] - b[0] < min_height for part in pictures[0] for b in part):
        assert math.isnan(result)
    else:
        assert result == pytest.approx(average_precision_slowly(*pictures, iou_threshold, min_height), abs=1e-12)
        assert 0 <= result <= 1


def test_by_hand() -> None:
    # Four objects; right, wrong, right, wrong: precision 1 up to recall 1/4, then 2/3 up to recall 1/2, then nothing.
    true_boxes = [[BOX, FAR], [BOX], [BOX]]
    boxes, scores = [[BOX, (70, 0, 80, 10)], [BOX], [(70, 0, 80, 10)]], [[0.9, 0.8], [0.7], [0.6]]
    assert average_precision(true_boxes, boxes, scores) == pytest.approx((26 * 1 + 25 * 2 / 3) / 101)


def test_the_envelope_precision_never_rises_with_recall() -> None:
    # Wrong first, then two right ones: the precision 2/3 of the end holds from the start.
    ap = average_precision([[BOX, FAR]], [[(80, 0, 90, 9), BOX, FAR]], [[0.9, 0.8, 0.7]])
    assert ap == pytest.approx(2 / 3)


def test_perfect_and_in_any_order() -> None:
    assert average_precision([[BOX], [BOX, FAR]], [[BOX], [FAR, BOX]], [[0.2], [0.9, 0.4]]) == 1


def test_an_object_is_found_once() -> None:
    duplicate = average_precision([[BOX], [BOX]], [[BOX, BOX], [BOX]], [[0.9, 0.8], [0.7]])
    assert duplicate == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_the_best_score_takes_the_object_even_if_another_fits_better() -> None:
    ap = average_precision([[BOX, FAR]], [[(0, 0, 10, 6), BOX, FAR]], [[0.9, 0.8, 0.7]])
    assert ap == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_a_detection_takes_the_object_that_it_overlaps_most() -> None:
    left, right = (0, 0, 10, 10), (0, 2, 10, 12)
    assert average_precision([[left, right]], [[right, left]], [[0.9, 0.8]], iou_threshold=0.6) == 1


def test_iou_equal_to_the_threshold_is_enough() -> None:
    assert average_precision([[BOX]], [[(0, 0, 10, 5)]], [[0.9]], iou_threshold=0.5) == 1
    assert average_precision([[BOX]], [[(0, 0, 10, 4.9)]], [[0.9]], iou_threshold=0.5) == 0


def test_nothing_to_find_and_nothing_found() -> None:
    assert math.isnan(average_precision([[], []], [[BOX], []], [[0.9], []]))
    assert math.isnan(average_precision([], [], []))
    assert average_precision([[BOX]], [[]], [[]]) == 0
    assert average_precision([[], [BOX]], [[FAR], [BOX]], [[0.9], [0.5]]) == pytest.approx(0.5)


def test_small_objects_neither_help_nor_hurt() -> None:
    small = (0, 0, 5, 20)
    # The small object, its detection and another small box do not count; a large wrong box does.
    boxes, scores = [[small, (30, 30, 35, 35), FAR]], [[0.9, 0.8, 0.7]]
    assert average_precision([[small, FAR]], boxes, scores, min_height=8) == 1
    assert average_precision([[small]], [[small]], [[0.9]], min_height=5) == 1
    wrong = average_precision([[small, FAR]], [[(30, 0, 60, 9), FAR]], [[0.9, 0.7]], min_height=8)
    assert wrong == pytest.approx(0.5)


def test_only_the_hundred_best_of_a_picture_count() -> None:
    boxes = [[(0, 20, 9, 30)] * 100 + [BOX]]
    assert average_precision([[BOX]], boxes, [np.linspace(1, 0.5, 101)]) == 0
    assert average_precision([[BOX]], boxes, [np.linspace(0.5, 1, 101)]) == 1


def test_per_class_and_mean() -> None:
    truths = [([BOX, FAR], [0, 1]), ([BOX], [0])]
    predictions = [([0.9, 0.8], [BOX, BOX], [0, 1]), ([0.7], [(0, 0, 10, 7.2)], [0])]
    values = average_precision_per_class(truths, predictions, num_classes=3, iou_thresholds=[0.5, 0.75])
    np.testing.assert_allclose(values, [[1, 51 / 101], [0, 0], [np.nan, np.nan]])
    assert mean_average_precision(truths, predictions, 3) == pytest.approx(0.5)
    assert mean_average_precision(truths, predictions, 3, [0.5, 0.75]) == pytest.approx((1 + 51 / 101) / 4)
    assert math.isnan(mean_average_precision([([], [])], [([], [], [])], 3))


def test_coco_thresholds() -> None:
    np.testing.assert_allclose(COCO_IOU_THRESHOLDS, np.linspace(0.5, 0.95, 10))
    # An IoU of 0.72 is enough for 0.5, 0.55, 0.6, 0.65 and 0.7.
    ap = mean_average_precision([([BOX], [0])], [([0.9], [(0, 0, 10, 7.2)], [0])], 1, COCO_IOU_THRESHOLDS)
    assert ap == pytest.approx(0.5)


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"one entry for each picture. Received: 2, 1 and 1 entries"):
        average_precision([[], []], [[]], [[]])
    with pytest.raises(ValueError, match=r"one prediction for each picture. Received: 1 truths, 0 predictions"):
        mean_average_precision([([], [])], [], 1)
    with pytest.raises(ValueError, match=r"`classes` must hold one number for each of 1 boxes. Received: shape \(0,\)"):
        mean_average_precision([([BOX], [])], [([], [], [])], 1)
