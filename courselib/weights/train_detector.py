"""Train the weights of `courselib.models.load_tiny_yolo`: `python -m courselib.weights.train_detector`.

It takes about ten minutes on two cores, writes tiny_yolo.npz beside this file, and prints what the card tiny_yolo.md
reports.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import keras
import numpy as np

from courselib.datasets import load_dashcam
from courselib.detection import COCO_IOU_THRESHOLDS, average_precision_per_class, detect, mean_average_precision
from courselib.detection.training import DetectionBatches, fit_detector
from courselib.models.yolo import DASHCAM_ANCHORS, TinyYOLO


def train(num_scenes: int, epochs: int, seed: int = 0) -> keras.Model:
    """A detector trained on rendered road scenes."""
    keras.utils.set_random_seed(seed)
    data = load_dashcam(num_scenes, seed=1)
    model = TinyYOLO()
    images = np.asarray(data.images)
    fit_detector(model, DetectionBatches(model, images, data.boxes, data.class_ids, DASHCAM_ANCHORS), epochs)
    return model


def report(model: keras.Model) -> None:
    """Print how good a detector is on scenes that it has not seen."""
    test = load_dashcam(400, seed=2)
    found = detect(model, np.asarray(test.images), max_boxes=100, score_threshold=0.05)
    truth = list(zip(test.boxes, test.class_ids, strict=True))
    num_classes = len(test.class_names)
    print(f"mAP@0.5 {mean_average_precision(truth, found, num_classes):.3f}")
    print(f"  at least 12 pixels high {mean_average_precision(truth, found, num_classes, min_height=12):.3f}")
    print(f"mAP@0.75 {mean_average_precision(truth, found, num_classes, iou_thresholds=0.75):.3f}")
    print(f"mAP@0.5:0.95 {mean_average_precision(truth, found, num_classes, COCO_IOU_THRESHOLDS):.3f}")
    for name, value in zip(test.class_names, average_precision_per_class(truth, found, num_classes), strict=True):
        print(f"  {name} {float(np.mean(value)):.2f}")


def save(model: keras.Model, path: Path) -> str:
    """Write the weights as float16 in the model's order, and return the file's sha256."""
    np.savez(path, **{f"{i:03}": value.astype(np.float16) for i, value in enumerate(model.get_weights())})
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Train, write, and print what the card reports."""
    parser = argparse.ArgumentParser(description="Train the weights of load_tiny_yolo().")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("tiny_yolo.npz"))
    parser.add_argument("--scenes", type=int, default=4000, help="rendered road scenes")
    parser.add_argument("--epochs", type=int, default=24)
    arguments = parser.parse_args()
    model = train(arguments.scenes, arguments.epochs)
    report(model)
    print(f"{arguments.output}: sha256 {save(model, arguments.output)}")


if __name__ == "__main__":
    main()
