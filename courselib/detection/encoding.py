"""From boxes to the numbers a YOLO detector learns, and back.

A picture is divided into a grid. An object belongs to the cell that holds its centre, and there to the anchor of the
most similar shape. Each anchor of each cell has one vector `[pc, bx, by, bh, bw, c1, c2, ...]`: pc is 1 where there is
an object; (bx, by) is its centre measured from the cell's upper left corner, and (bh, bw) its size, all in cells;
c1, c2, ... are 1 for its class and 0 for the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from courselib.detection._arrays import to_boxes, to_numpy, to_vector
from courselib.detection.anchors import shape_iou
from courselib.detection.boxes import corners_to_centers

YOLOOutputs = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def encode_targets(
    boxes: Any,
    class_ids: Any,
    anchors: Any,
    grid_shape: Sequence[int],
    image_shape: Sequence[int],
    num_classes: int,
    neighbors: bool = False,
) -> np.ndarray:
    """The target of one picture: every object written into its cell, at its anchor.

    A centre on the line between two cells belongs to the right or lower one; on the picture's right or lower border,
    to the last cell. An object whose anchor is taken gets the free anchor of the next best shape; one that finds all
    anchors of its cell taken is left out.

    Args:
        boxes: Corners `(y1, x1, y2, x2)` in pixels, of shape `(n, 4)`.
        class_ids: Class ids from 0, of shape `(n,)`.
        anchors: Widths and heights in pixels, of shape `(num_anchors, 2)`.
        grid_shape: `(grid_h, grid_w)`, the number of cells.
        image_shape: `(height, width)` of the picture in pixels; a third number is ignored.
        num_classes: The number of classes.
        neighbors: Write an object also into the nearest cell beside and the nearest above or below its own, where
            the anchor is free there. Its centre is then up to half a cell outside the cell. More places that learn an
            object make training faster; decoding such a target gives boxes several times.

    Returns:
        float32 of shape `(grid_h, grid_w, num_anchors, 5 + num_classes)`.

    Raises:
        ValueError: If a box has no area or its centre is outside the picture, or a class id is not below
            `num_classes`.

    Example:
    ```python
    # Two objects in one cell, at two anchors: y has the shape (3, 3, 2, 8).
    boxes, anchors = [(10, 40, 90, 60), (30, 20, 70, 80)], [(20, 80), (60, 40)]
    y = encode_targets(boxes, [0, 2], anchors, grid_shape=(3, 3), image_shape=(100, 100), num_classes=3)
    ```
    """
    boxes, anchors = to_boxes(boxes), to_numpy(anchors).astype(np.float64).reshape(-1, 2)
    class_ids = to_vector(class_ids, "class_ids", boxes).astype(np.int64)
    grid_h, grid_w = grid_shape
    height, width = image_shape[:2]
    centers = corners_to_centers(boxes)
    _check_objects(centers, class_ids, (height, width), num_classes)

    ranked_anchors = np.argsort(-shape_iou(centers[:, 2:], anchors), axis=1, kind="stable")
    centers *= np.array([grid_w / width, grid_h / height] * 2)  # from pixels to cells
    cells = np.minimum(np.floor(centers[:, :2]).astype(np.int64), [grid_w - 1, grid_h - 1])

    y = np.zeros((grid_h, grid_w, len(anchors), 5 + num_classes), np.float32)
    for (column, row), center, ranking, class_id in zip(cells, centers, ranked_anchors, class_ids, strict=True):
        free = [anchor for anchor in ranking if y[row, column, anchor, 0] == 0]
        if free:
            _write(y, row, column, free[0], center, class_id)
    if neighbors:
        steps = np.where(centers[:, :2] - cells < 0.5, -1, 1)
        for (column, row), (right, down), center, ranking, class_id in zip(
            cells, steps, centers, ranked_anchors, class_ids, strict=True
        ):
            for r, c in ((row, column + right), (row + down, column)):
                if 0 <= r < grid_h and 0 <= c < grid_w and y[r, c, ranking[0], 0] == 0:
                    _write(y, r, c, ranking[0], center, class_id)
    return y


def decode_predictions(y: Any) -> YOLOOutputs:
    """What `encode_targets` wrote, or a network predicted, as parts of the picture: what `yolo_eval` takes.

    Args:
        y: Targets or predictions, of shape `(..., grid_h, grid_w, num_anchors, 5 + num_classes)`; array or tensor.

    Returns:
        `(box_xy, box_wh, box_confidence, box_class_probs)`, arrays of the shapes `(..., 2)`, `(..., 2)`, `(..., 1)` and
        `(..., num_classes)`: centre (x, y) and size (width, height), where 1 is the picture's width or height, then
        pc, then the class probabilities. There is a box for every anchor of every cell; pc says which ones to believe.
    """
    y = to_numpy(y)
    if y.ndim < 4 or y.shape[-1] < 6:
        raise ValueError(
            "`y` must be of shape (..., grid_h, grid_w, num_anchors, 5 + num_classes) with at least one class. "
            f"Received: shape {y.shape}"
        )
    grid_h, grid_w = y.shape[-4:-2]
    cells = np.stack(np.meshgrid(np.arange(grid_w), np.arange(grid_h)), axis=-1)[:, :, None]  # (grid_h, grid_w, 1, 2)
    box_xy = (y[..., 1:3] + cells.astype(y.dtype)) / np.array([grid_w, grid_h], y.dtype)
    box_wh = y[..., [4, 3]] / np.array([grid_w, grid_h], y.dtype)
    return box_xy, box_wh, y[..., :1], y[..., 5:]


def _write(y: np.ndarray, row: int, column: int, anchor: int, center: np.ndarray, class_id: int) -> None:
    bx, by, bw, bh = center - [column, row, 0, 0]
    y[row, column, anchor, :5] = 1, bx, by, bh, bw
    y[row, column, anchor, 5 + class_id] = 1


def _check_objects(centers: np.ndarray, class_ids: np.ndarray, image_shape: tuple[int, int], num_classes: int) -> None:
    height, width = image_shape
    for i, ((x, y, w, h), class_id) in enumerate(zip(centers, class_ids, strict=True)):
        if not (w > 0 and h > 0):
            raise ValueError(f"Box {i} must have a positive width and height. Received: {w:g} wide, {h:g} high")
        if not (0 <= x <= width and 0 <= y <= height):
            raise ValueError(
                f"The centre of box {i} must lie in the picture of height {height} and width {width}. "
                f"Received: x={x:g}, y={y:g}; are the corners (y1, x1, y2, x2) in pixels?"
            )
        if not 0 <= class_id < num_classes:
            raise ValueError(f"The class id of box {i} must be 0 to {num_classes - 1}. Received: {class_id}")
