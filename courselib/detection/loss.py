"""The loss of a YOLO detector, for any Keras backend."""

from __future__ import annotations

from typing import Any

_IGNORE_IOU = 0.7
_MAX_OBJECTS = 32  # how many objects of a picture the search for good boxes looks at
_EPSILON = 1e-7
_MIN_SIZE = 1e-3  # cells


def yolo_loss(y_true: Any, y_pred: Any, coordinate_weight: float = 5.0, no_object_weight: float = 0.5) -> Any:
    """How far predictions are from the targets: box, confidence and class, one number for each picture.

    Where there is an object: `1 - CIoU` of the boxes, cross-entropy of pc, and cross-entropy of the classes. Where
    there is none, only pc counts, and with less weight, since most places are empty. A place that is responsible for
    no object but predicts one well (IoU above 0.7) is not punished: suppression will remove it. The weights are those
    of the first YOLO. Its squared errors are replaced, since they measure cells, not overlap.
    References: [Redmon et al., 2015](https://arxiv.org/abs/1506.02640), [Redmon and Farhadi,
    2018](https://arxiv.org/abs/1804.02767), [Zheng et al., 2019](https://arxiv.org/abs/1911.08287) for CIoU.

    Args:
        y_true: Targets of `encode_targets`, of shape `(m, grid_h, grid_w, num_anchors, 5 + num_classes)`.
        y_pred: Predictions in the same layout: pc and class probabilities in [0, 1], positive sizes in cells.
        coordinate_weight: Weight of the box term.
        no_object_weight: Weight of pc where there is no object.

    Returns:
        The losses, of shape `(m,)`.

    Example:
    ```python
    model.compile("adam", loss=yolo_loss, jit_compile=False)
    ```
    """
    import keras
    from keras import ops

    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    has_object, confidence = y_true[..., 0], ops.clip(y_pred[..., 0], _EPSILON, 1 - _EPSILON)
    boxes_true, boxes_pred = _boxes(y_true), _boxes(y_pred)

    ciou = keras.utils.bounding_boxes.compute_ciou(boxes_true, boxes_pred, "center_xywh")
    box_loss = has_object * (1 - ciou)
    class_loss = -has_object * ops.sum(y_true[..., 5:] * ops.log(ops.maximum(y_pred[..., 5:], _EPSILON)), axis=-1)
    object_loss = -has_object * ops.log(confidence)
    empty = (1 - has_object) * (1 - _predicts_well(boxes_true, boxes_pred, has_object))
    no_object_loss = -empty * ops.log(1 - confidence)

    total = coordinate_weight * box_loss + object_loss + no_object_weight * no_object_loss + class_loss
    return ops.sum(total, axis=(1, 2, 3))


def _boxes(y: Any) -> Any:
    """Centre and size (x, y, width, height) in cells, measured from the picture's corner."""
    from keras import ops

    _, grid_h, grid_w, _, _ = ops.shape(y)
    columns = ops.reshape(ops.arange(grid_w, dtype=y.dtype), (1, 1, -1, 1, 1))
    rows = ops.reshape(ops.arange(grid_h, dtype=y.dtype), (1, -1, 1, 1, 1))
    # Keras's CIoU divides by a height that it gets from the corners: zero, as in empty places, would make it nan.
    heights, widths = ops.maximum(y[..., 3:4], _MIN_SIZE), ops.maximum(y[..., 4:5], _MIN_SIZE)
    return ops.concatenate([y[..., 1:2] + columns, y[..., 2:3] + rows, widths, heights], axis=-1)


def _predicts_well(boxes_true: Any, boxes_pred: Any, has_object: Any) -> Any:
    """1 where a predicted box overlaps some object of the picture by more than 0.7, otherwise 0. No gradient."""
    import keras
    from keras import ops

    m, grid_h, grid_w, num_anchors = ops.shape(has_object)
    places = (m, grid_h * grid_w * num_anchors)
    is_object, where = ops.top_k(ops.reshape(has_object, places), k=min(_MAX_OBJECTS, places[1]))  # (m, objects)
    objects = ops.take_along_axis(ops.reshape(boxes_true, (*places, 4)), where[..., None], axis=1)  # (m, objects, 4)
    predicted = ops.stop_gradient(ops.reshape(boxes_pred, (*places, 4)))
    overlap = keras.utils.bounding_boxes.compute_iou(predicted, objects, "center_xywh")  # (m, places, objects)
    best = ops.max(overlap * is_object[:, None], axis=-1)
    return ops.reshape(ops.cast(best > _IGNORE_IOU, has_object.dtype), ops.shape(has_object))
