"""Train the weights of `courselib.models.load_tiny_yolo`: `python -m courselib.weights.train_detector`.

It takes about ten minutes on two cores, writes tiny_yolo.npz beside this file, and prints what the card tiny_yolo.md
reports.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import keras
import numpy as np

from courselib.datasets import load_dashcam
from courselib.detection import COCO_IOU_THRESHOLDS, average_precision_per_class, detect
from courselib.detection.training import DetectionBatches, fit_detector
from courselib.models.yolo import DASHCAM_ANCHORS, TinyYOLO, load_tiny_yolo
from courselib.weights import save_weights

TRAIN_SEED = 1
TEST_SEEDS = range(11, 21)  # of ten sets that no training and no choice of a setting has used
MIN_HEIGHTS = (0, 12)  # pixels: all objects, and those that are not very far away


def train(num_scenes: int, epochs: int, seed: int = 0) -> keras.Model:
    """A detector trained on rendered road scenes."""
    keras.utils.set_random_seed(seed)
    data = load_dashcam(num_scenes, seed=TRAIN_SEED)
    model = TinyYOLO()
    images = np.asarray(data.images)
    fit_detector(model, DetectionBatches(model, images, data.boxes, data.class_ids, DASHCAM_ANCHORS), epochs)
    return model


def report(model: keras.Model) -> None:
    """Print how good a detector is on sets of scenes that it has not seen: mean, lowest and highest of the sets."""
    values: dict[int, list[np.ndarray]] = {min_height: [] for min_height in MIN_HEIGHTS}
    for seed in TEST_SEEDS:
        test = load_dashcam(300, seed=seed)
        found = detect(model, np.asarray(test.images), max_boxes=100, score_threshold=0.01)
        truth = list(zip(test.boxes, test.class_ids, strict=True))
        for min_height, of_sets in values.items():
            of_sets.append(
                average_precision_per_class(truth, found, len(test.class_names), COCO_IOU_THRESHOLDS, min_height)
            )
    print(f"{len(TEST_SEEDS)} sets of 300 scenes: mean (lowest to highest)")
    for min_height, of_sets in values.items():
        ap = np.stack(of_sets)  # (sets, classes, thresholds)
        rows = {"mAP@0.5": ap[..., 0].mean(1), "mAP@0.75": ap[..., 5].mean(1), "mAP@0.5:0.95": ap.mean((1, 2))}
        rows |= {f"AP@0.5 {name}": ap[:, i, 0] for i, name in enumerate(test.class_names)}
        print(f"at least {min_height} pixels high:")
        for name, row in rows.items():
            print(f"  {name} {row.mean():.2f} ({row.min():.2f} to {row.max():.2f})")


def main() -> None:
    """Train, write, and print what the card reports."""
    parser = argparse.ArgumentParser(description="Train the weights of load_tiny_yolo().")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("tiny_yolo.npz"))
    parser.add_argument("--scenes", type=int, default=4000, help="rendered road scenes")
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--measure", action="store_true", help="do not train: measure the weights that ship")
    arguments = parser.parse_args()
    if arguments.measure:
        report(load_tiny_yolo())
        return
    model = train(arguments.scenes, arguments.epochs)
    report(model)
    print(f"{arguments.output}: sha256 {save_weights(model, arguments.output)}")


if __name__ == "__main__":
    main()
