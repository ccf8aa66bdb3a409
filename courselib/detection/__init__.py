"""Object detection: boxes, anchors, target encoding, YOLO loss, suppression, sliding windows, average precision."""

from courselib.detection.anchors import assign_anchors, kmeans_anchors
from courselib.detection.boxes import (
    centers_to_corners,
    ciou,
    clip_boxes,
    corners_to_centers,
    giou,
    iou,
    pairwise_iou,
)
from courselib.detection.drawing import draw_boxes, save_gif
from courselib.detection.encoding import decode_predictions, encode_targets
from courselib.detection.inference import detect
from courselib.detection.loss import yolo_loss
from courselib.detection.metrics import (
    COCO_IOU_THRESHOLDS,
    average_precision,
    average_precision_per_class,
    mean_average_precision,
)
from courselib.detection.sliding_windows import dense_to_conv, sliding_windows, window_boxes
from courselib.detection.suppression import (
    non_max_suppression,
    yolo_eval,
    yolo_filter_boxes,
    yolo_non_max_suppression,
)

__all__ = [
    "COCO_IOU_THRESHOLDS",
    "assign_anchors",
    "average_precision",
    "average_precision_per_class",
    "centers_to_corners",
    "ciou",
    "clip_boxes",
    "corners_to_centers",
    "decode_predictions",
    "dense_to_conv",
    "detect",
    "draw_boxes",
    "encode_targets",
    "giou",
    "iou",
    "kmeans_anchors",
    "mean_average_precision",
    "non_max_suppression",
    "pairwise_iou",
    "save_gif",
    "sliding_windows",
    "window_boxes",
    "yolo_eval",
    "yolo_filter_boxes",
    "yolo_loss",
    "yolo_non_max_suppression",
]
