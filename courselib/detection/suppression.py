"""From thousands of predicted boxes to the few that matter: score filter and non-max suppression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from courselib.detection._arrays import to_boxes, to_numpy, to_vector
from courselib.detection.boxes import centers_to_corners, pairwise_iou

Detections = tuple[np.ndarray, np.ndarray, np.ndarray]

_CHUNK = 64  # boxes compared with each other at a time: the best few are often enough, and small arrays are quick


def yolo_filter_boxes(boxes: Any, box_confidence: Any, box_class_probs: Any, threshold: float = 0.6) -> Detections:
    """Keep the boxes whose best class has a score of at least `threshold`.

    The score of a class is the confidence that there is an object, times the probability of the class.

    Args:
        boxes: Of shape `(..., 4)`; array or tensor.
        box_confidence: In [0, 1], of shape `(..., 1)`.
        box_class_probs: In [0, 1], of shape `(..., num_classes)`.
        threshold: The lowest score that stays.

    Returns:
        `(scores, boxes, classes)`, arrays of shape `(n,)`, `(n, 4)` and `(n,)`, in the order of the input.
    """
    boxes, confidence, probabilities = to_numpy(boxes), to_numpy(box_confidence), to_numpy(box_class_probs)
    if not boxes.shape[:-1] == confidence.shape[:-1] == probabilities.shape[:-1] or confidence.shape[-1:] != (1,):
        raise ValueError(
            "`boxes`, `box_confidence` and `box_class_probs` must be of shape (..., 4), (..., 1) and "
            f"(..., num_classes). Received: shapes {boxes.shape}, {confidence.shape}, {probabilities.shape}"
        )
    class_scores = confidence * probabilities
    scores = class_scores.max(axis=-1)
    kept = scores >= threshold
    return scores[kept], boxes[kept], class_scores.argmax(axis=-1)[kept]


def non_max_suppression(boxes: Any, scores: Any, iou_threshold: float, max_boxes: int) -> np.ndarray:
    """Of boxes that show the same thing, keep the one with the best score.

    Takes the best box, drops all that overlap it too much, takes the best of the rest, and so on.

    Args:
        boxes: Corners `(y1, x1, y2, x2)`, of shape `(n, 4)`; array or tensor.
        scores: Of shape `(n,)`.
        iou_threshold: A box goes when its IoU with a better one that stays is above this.
        max_boxes: How many stay at most.

    Returns:
        int64 indices of the boxes that stay, best score first; the earlier one first where scores are equal.
    """
    boxes = to_boxes(boxes)
    return _suppress(boxes, to_vector(scores, "scores", boxes), np.zeros(len(boxes)), iou_threshold, max_boxes)


def yolo_non_max_suppression(
    scores: Any, boxes: Any, classes: Any, max_boxes: int = 10, iou_threshold: float = 0.5
) -> Detections:
    """Non-max suppression within each class: a pedestrian in front of a car does not remove the car.

    Args:
        scores: Of shape `(n,)`; array or tensor.
        boxes: Corners `(y1, x1, y2, x2)`, of shape `(n, 4)`.
        classes: Class ids, of shape `(n,)`.
        max_boxes: How many stay at most, over all classes.
        iou_threshold: A box goes when its IoU with a better one of its class that stays is above this.

    Returns:
        `(scores, boxes, classes)` of the boxes that stay, best score first over all classes.
    """
    boxes, kind = to_boxes(boxes), to_numpy(boxes).dtype
    scores, classes = to_vector(scores, "scores", boxes), to_vector(classes, "classes", boxes)
    kept = _suppress(boxes, scores, classes, iou_threshold, max_boxes)
    return scores[kept], boxes[kept].astype(kind), classes[kept]


def yolo_eval(
    yolo_outputs: Sequence[Any],
    image_shape: Sequence[float],
    max_boxes: int = 10,
    score_threshold: float = 0.6,
    iou_threshold: float = 0.5,
) -> Detections:
    """What a YOLO network found in one picture: score filter, then suppression, then pixels.

    Args:
        yolo_outputs: `(box_xy, box_wh, box_confidence, box_class_probs)`, as `decode_predictions` returns them, of one
            picture, with or without a batch axis of length 1.
        image_shape: `(height, width)` of the picture; a third number is ignored.
        max_boxes: How many boxes stay at most.
        score_threshold: The lowest score that stays.
        iou_threshold: A box goes when its IoU with a better one of its class is above this.

    Returns:
        `(scores, boxes, classes)`, best score first; boxes are corners `(y1, x1, y2, x2)` in pixels and may reach
        outside the picture (`clip_boxes`).

    Raises:
        ValueError: If the outputs are of several pictures.

    Example:
    ```python
    y = model.predict(images[:1])
    scores, boxes, classes = yolo_eval(decode_predictions(y), image_shape=(128, 192), score_threshold=0.3)
    ```
    """
    box_xy, box_wh, box_confidence, box_class_probs = (to_numpy(output) for output in yolo_outputs)
    if box_xy.ndim == 5 and len(box_xy) != 1:
        raise ValueError(
            f"yolo_eval takes the outputs of one picture; call it once for each. Received: {len(box_xy)} pictures"
        )
    height, width = image_shape[:2]
    boxes = centers_to_corners(np.concatenate([box_xy, box_wh], axis=-1)).astype(box_xy.dtype)
    boxes = boxes * np.array([height, width, height, width], boxes.dtype)
    scores, boxes, classes = yolo_filter_boxes(boxes, box_confidence, box_class_probs, score_threshold)
    return yolo_non_max_suppression(scores, boxes, classes, max_boxes, iou_threshold)


def _suppress(
    boxes: np.ndarray, scores: np.ndarray, classes: np.ndarray, iou_threshold: float, max_boxes: int
) -> np.ndarray:
    """Indices of the boxes that stay, best first. Only boxes of one class remove each other."""
    order = np.argsort(-scores, kind="stable")
    kept = np.zeros(0, np.int64)
    for start in range(0, len(order), _CHUNK):
        if len(kept) >= max_boxes:
            break
        waiting = order[start : start + _CHUNK]
        waiting = waiting[~_removes(boxes, classes, kept, waiting, iou_threshold).any(axis=0)]
        stays = np.ones(len(waiting), bool)
        for i, removed in enumerate(_removes(boxes, classes, waiting, waiting, iou_threshold)):
            if stays[i]:
                stays[i + 1 :] &= ~removed[i + 1 :]
        kept = np.append(kept, waiting[stays])
    return kept[:max_boxes]


def _removes(
    boxes: np.ndarray, classes: np.ndarray, better: np.ndarray, worse: np.ndarray, iou_threshold: float
) -> np.ndarray:
    """Whether each better box removes each worse one, from indices `(n,)` and `(m,)`: bool of shape `(n, m)`."""
    same_class = classes[better][:, None] == classes[worse][None]
    return np.asarray(same_class & (pairwise_iou(boxes[better], boxes[worse]) > iou_threshold))
