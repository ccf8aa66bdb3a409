"""The detector that ships, on 300 scenes that it has not seen; measured by the library and by a second metric."""

import numpy as np
import pytest

from courselib.datasets import load_dashcam
from courselib.detection import average_precision_per_class, detect, mean_average_precision
from courselib.models import load_tiny_yolo

pytestmark = pytest.mark.tensorflow

CAR, NUM_CLASSES = 0, 5


@pytest.fixture(scope="module")
def measured():
    """The objects and the detections of 300 scenes of a seed that no training and no tuning used."""
    scenes = load_dashcam(300, seed=31)
    found = detect(load_tiny_yolo(), np.asarray(scenes.images), max_boxes=100, score_threshold=0.01)
    return list(zip(scenes.boxes, scenes.class_ids, strict=True)), found


def coco_precision(truths, found, class_id: int, iou_threshold: float, min_height: float) -> float:
    """Average precision as COCO's evaluation defines it, in plain Python and without the library.

    Objects that need not be found are matched last, and a detection on one of them is neither right nor wrong.
    """
    ranked, needed, objects = [], 0, []
    for picture, ((boxes, ids), (scores, detected, kinds)) in enumerate(zip(truths, found, strict=True)):
        own = [[float(n) for n in box] for box, kind in zip(boxes, ids, strict=True) if kind == class_id]
        own.sort(key=lambda box: box[2] - box[0] < min_height)  # those that count come first
        objects.append([[box, box[2] - box[0] >= min_height, False] for box in own])
        needed += sum(counts for _, counts, _ in objects[-1])
        for score, box, kind in zip(scores, detected, kinds, strict=True):
            if kind == class_id:
                ranked.append((float(score), picture, [float(n) for n in box]))
    ranked.sort(key=lambda entry: -entry[0])
    right = wrong = 0
    curve = []  # (recall, precision)
    for _, picture, box in ranked:
        best, best_overlap = None, iou_threshold
        for candidate in objects[picture]:
            if candidate[2] or (best is not None and best[1] and not candidate[1]):
                continue
            overlap = shared(box, candidate[0])
            if overlap >= best_overlap:
                best, best_overlap = candidate, overlap
        if best is not None:
            best[2] = True
            right += best[1]
        elif box[2] - box[0] >= min_height:
            wrong += 1
        if right + wrong:
            curve.append((right / needed, right / (right + wrong)))
    total, best_precision, recalls = 0.0, 0.0, np.linspace(0, 1, 101).tolist()  # COCO's, to the last bit
    for recall, precision in reversed(curve):  # from the end, so that the best precision so far is the envelope
        while recalls and recalls[-1] > recall:
            total += best_precision
            recalls.pop()
        best_precision = max(best_precision, precision)
    return (total + best_precision * len(recalls)) / 101


def shared(a: list[float], b: list[float]) -> float:
    """Intersection over union."""
    height, width = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = height * width if height > 0 and width > 0 else 0.0
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def test_it_finds_what_it_must(measured) -> None:
    assert mean_average_precision(*measured, NUM_CLASSES, min_height=12) >= 0.75
    assert average_precision_per_class(*measured, NUM_CLASSES)[CAR] >= 0.85


@pytest.mark.parametrize("iou_threshold", [0.5, 0.75])
@pytest.mark.parametrize("min_height", [0, 12])
def test_a_second_metric_says_the_same(measured, iou_threshold: float, min_height: float) -> None:
    expected = [coco_precision(*measured, class_id, iou_threshold, min_height) for class_id in range(NUM_CLASSES)]
    result = average_precision_per_class(*measured, NUM_CLASSES, iou_threshold, min_height)[:, 0]
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-6)
    mean = mean_average_precision(*measured, NUM_CLASSES, iou_threshold, min_height)
    assert mean == pytest.approx(sum(expected) / NUM_CLASSES, abs=1e-6)
