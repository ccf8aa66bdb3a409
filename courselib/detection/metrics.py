"""Average precision: how good a detector is, in one number, by COCO's definition.

Detections are matched best score first, each to the free object that it overlaps most, if by at least the threshold. An
object is found once: a second detection of it is wrong. Precision over recall is made non-increasing, then read at
101 recalls from 0 to 1, and averaged. Reference: [Lin et al., 2014](https://arxiv.org/abs/1405.0312); `pycocotools` is
the original, whose choices in equal cases are kept here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from courselib.detection._arrays import to_boxes, to_vector
from courselib.detection.boxes import pairwise_iou

COCO_IOU_THRESHOLDS = tuple(round(0.5 + 0.05 * i, 2) for i in range(10))
"""0.5, 0.55, ..., 0.95: the mean over these is COCO's mAP@0.5:0.95."""

_RECALLS = np.linspace(0, 1, 101)
_MAX_DETECTIONS = 100  # of a class in a picture


def average_precision(
    true_boxes: Sequence[Any],
    boxes: Sequence[Any],
    scores: Sequence[Any],
    iou_threshold: float = 0.5,
    min_height: float = 0.0,
) -> float:
    """Average precision of one class over many pictures.

    Args:
        true_boxes: For each picture the objects of the class: corners `(y1, x1, y2, x2)`, of shape `(n, 4)`.
        boxes: For each picture the detections of the class, of shape `(m, 4)`. The 100 best of a picture count.
        scores: For each picture the scores of the detections, of shape `(m,)`.
        iou_threshold: The lowest IoU at which a detection finds an object.
        min_height: Objects less high, in pixels, need not be found: neither they nor the detections that find them
            count, nor do other detections less high.

    Returns:
        A number in [0, 1]; 0 without detections, and nan without objects, where nothing can be measured.

    Raises:
        ValueError: If the lists are not of one length.

    Example:
    ```python
    average_precision(true_boxes=[[(0, 0, 10, 10)]], boxes=[[(0, 0, 10, 8), (1, 1, 9, 9)]], scores=[[0.9, 0.8]])  # 1.0
    ```
    """
    pictures = _compare(true_boxes, boxes, scores, min_height)
    return _average_precision(pictures, iou_threshold)


def average_precision_per_class(
    truths: Sequence[tuple[Any, Any]],
    predictions: Sequence[tuple[Any, Any, Any]],
    num_classes: int,
    iou_thresholds: float | Sequence[float] = 0.5,
    min_height: float = 0.0,
) -> np.ndarray:
    """Average precision of every class at every threshold.

    Args:
        truths: `(boxes, class_ids)` of each picture.
        predictions: `(scores, boxes, classes)` of each picture, as `yolo_eval` and `detect` return them.
        num_classes: The number of classes.
        iou_thresholds: One or several lowest IoUs at which a detection finds an object.
        min_height: Objects less high, in pixels, need not be found.

    Returns:
        float64 of shape `(num_classes, num_thresholds)`; nan for a class that has no objects.
    """
    if len(truths) != len(predictions):
        raise ValueError(
            f"There must be one prediction for each picture. Received: {len(truths)} truths, {len(predictions)} "
            "predictions"
        )
    result = np.empty((num_classes, np.size(iou_thresholds)))
    for class_id in range(num_classes):
        of_class = [_select(class_id, *truth) for truth in truths]
        found = [_select(class_id, boxes, classes, scores) for scores, boxes, classes in predictions]
        pictures = _compare(
            [boxes for boxes, _ in of_class], [boxes for boxes, _ in found], [scores for _, scores in found], min_height
        )
        result[class_id] = [_average_precision(pictures, float(t)) for t in np.ravel(iou_thresholds)]
    return result


def mean_average_precision(
    truths: Sequence[tuple[Any, Any]],
    predictions: Sequence[tuple[Any, Any, Any]],
    num_classes: int,
    iou_thresholds: float | Sequence[float] = 0.5,
    min_height: float = 0.0,
) -> float:
    """The mean of the average precisions of all classes that occur, and of all thresholds.

    Args:
        truths: `(boxes, class_ids)` of each picture.
        predictions: `(scores, boxes, classes)` of each picture, as `yolo_eval` and `detect` return them.
        num_classes: The number of classes.
        iou_thresholds: 0.5 for mAP@0.5, `COCO_IOU_THRESHOLDS` for mAP@0.5:0.95.
        min_height: Objects less high, in pixels, need not be found.

    Returns:
        A number in [0, 1]; nan if no picture has an object.
    """
    values = average_precision_per_class(truths, predictions, num_classes, iou_thresholds, min_height)
    occurring = values[~np.isnan(values)]
    return float(occurring.mean()) if occurring.size else float("nan")


class _Picture(NamedTuple):
    """One class in one picture: detections, best first, against objects."""

    scores: np.ndarray  # (m,)
    small: np.ndarray  # (m,) detections that do not count unless they find an object
    overlaps: np.ndarray  # (m, n)
    ignored: np.ndarray  # (n,) objects that need not be found


def _select(class_id: int, boxes: Any, classes: Any, scores: Any = None) -> tuple[np.ndarray, np.ndarray]:
    boxes = to_boxes(boxes)
    classes = to_vector(classes, "classes", boxes)
    scores = np.zeros(len(boxes)) if scores is None else to_vector(scores, "scores", boxes)
    return boxes[classes == class_id], scores[classes == class_id]


def _compare(
    true_boxes: Sequence[Any], boxes: Sequence[Any], scores: Sequence[Any], min_height: float
) -> list[_Picture]:
    if not len(true_boxes) == len(boxes) == len(scores):
        raise ValueError(
            "`true_boxes`, `boxes` and `scores` must have one entry for each picture. "
            f"Received: {len(true_boxes)}, {len(boxes)} and {len(scores)} entries"
        )
    pictures = []
    for true_part, box_part, score_part in zip(true_boxes, boxes, scores, strict=True):
        objects, detections = to_boxes(true_part, "true_boxes"), to_boxes(box_part)
        confidences = to_vector(score_part, "scores", detections)
        order = np.argsort(-confidences, kind="stable")[:_MAX_DETECTIONS]
        detections = detections[order]
        pictures.append(
            _Picture(
                confidences[order],
                detections[:, 2] - detections[:, 0] < min_height,
                pairwise_iou(detections, objects),
                objects[:, 2] - objects[:, 0] < min_height,
            )
        )
    return pictures


def _average_precision(pictures: Sequence[_Picture], iou_threshold: float) -> float:
    num_objects = sum(int(np.sum(~picture.ignored)) for picture in pictures)
    if num_objects == 0:
        return float("nan")
    matched = [_match(picture, iou_threshold) for picture in pictures]
    hits = np.concatenate([hits for hits, _ in matched])
    counted = np.concatenate([counted for _, counted in matched])
    scores = np.concatenate([picture.scores for picture in pictures])
    order = np.argsort(-scores, kind="stable")
    hits = hits[order][counted[order]]
    found = np.cumsum(hits)
    recall = found / num_objects
    precision = found / np.arange(1, len(hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    reached = np.searchsorted(recall, _RECALLS, side="left")
    return float(np.append(envelope, 0.0)[reached].mean())


def _match(picture: _Picture, iou_threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """For each detection, whether it finds an object, and whether it counts at all."""
    threshold = min(iou_threshold, 1 - 1e-10)
    hits = np.zeros(len(picture.scores), bool)
    counted = ~picture.small
    free = np.ones(len(picture.ignored), bool)
    for i, overlaps in enumerate(picture.overlaps):
        reached = free & (overlaps >= threshold)
        if (reached & ~picture.ignored).any():
            reached &= ~picture.ignored
        if reached.any():
            best = len(reached) - 1 - np.argmax(np.where(reached, overlaps, -1)[::-1])  # the last of equals
            free[best] = False
            counted[i] = hits[i] = not picture.ignored[best]
    return hits, counted
