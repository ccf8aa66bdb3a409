"""A trained detector at work."""

from __future__ import annotations

from typing import Any

import numpy as np

from courselib.detection.encoding import decode_predictions
from courselib.detection.suppression import Detections, yolo_eval


def detect(
    model: Any,
    images: np.ndarray,
    max_boxes: int = 10,
    score_threshold: float = 0.6,
    iou_threshold: float = 0.5,
    batch_size: int = 32,
) -> list[Detections]:
    """Find the objects in many pictures of one size.

    To look at, a high `score_threshold` is right. To measure average precision take a low one and many boxes (0.01 and
    100): the metric wants to see the doubtful ones too.

    Args:
        model: A detector that predicts the layout of `encode_targets`.
        images: As the model takes them, of shape `(m, n_H, n_W, n_C)`.
        max_boxes: How many boxes stay in a picture at most.
        score_threshold: The lowest score that stays.
        iou_threshold: A box goes when its IoU with a better one of its class is above this.
        batch_size: Pictures predicted at a time.

    Returns:
        `(scores, boxes, classes)` of each picture, best score first, boxes as corners `(y1, x1, y2, x2)` in pixels.

    Example:
    ```python
    for image, (scores, boxes, classes) in zip(images, detect(model, images)):
        draw_boxes(image, boxes, classes, scores, class_names)
    ```
    """
    y = model.predict(images, batch_size=batch_size, verbose=0)
    return [
        yolo_eval(decode_predictions(one), images.shape[1:3], max_boxes, score_threshold, iou_threshold) for one in y
    ]
