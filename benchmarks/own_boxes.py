"""Train the course's detector on your own photographs: `uv run python benchmarks/own_boxes.py FOLDER`.

A script to copy. The folder holds pictures and boxes in the Pascal VOC, COCO or YOLO format, as `load_detection_folder`
reads them; bad files are named and left out. Four of five pictures are for training, and the mAP is measured on the
rest. All layers but the last start from the weights that ship with courselib: road scenes are a poor school for
animals, but better than none.

A run: 200 photographs of raccoons (Dat Tran's data set, Pascal VOC), 160 of them for training, 12 epochs of 5 versions
of each, 2 minutes of processor time. On the other 40 the mAP@0.5 was 0.74, the mAP@0.75 0.14: the animals are found,
the boxes are loose.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from courselib.datasets import DetectionData, load_detection_folder
from courselib.detection import (
    COCO_IOU_THRESHOLDS,
    detect,
    draw_boxes,
    kmeans_anchors,
    mean_average_precision,
)
from courselib.detection.training import DetectionBatches, fit_detector
from courselib.models import TinyYOLO, load_tiny_yolo

SIZE = (128, 192)  # height and width of what the network sees, multiples of 16
GRAY = 114  # of the border around a picture of another shape
NUM_ANCHORS = 4


def fit_into(image: np.ndarray, boxes: np.ndarray, scale: float, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A picture of any size on a gray canvas of `SIZE`, with its boxes.

    Args:
        image: Of shape `(n_H, n_W, 3)`.
        boxes: Its corners `(y1, x1, y2, x2)`, of shape `(n, 4)`.
        scale: 1 for as large as it fits, 0.5 for half of that.
        place: Where it stands in the room that is left, (down, right), each from 0 to 1.
    """
    factor = scale * min(SIZE[0] / image.shape[0], SIZE[1] / image.shape[1])
    height, width = (max(1, round(factor * n)) for n in image.shape[:2])
    top, left = ((np.array(SIZE) - (height, width)) * place).astype(int)
    canvas = np.full((*SIZE, 3), GRAY, np.uint8)
    canvas[top : top + height, left : left + width] = Image.fromarray(image).resize((width, height))
    return canvas, boxes * factor + [top, left, top, left]


def prepare(data: DetectionData, chosen: np.ndarray, versions: int, seed: int = 0) -> DetectionData:
    """The chosen pictures in one size: the whole picture first, then smaller versions of it at other places."""
    rng = np.random.default_rng(seed)
    images, boxes, class_ids = [], [], []
    for version in range(versions):
        for i in chosen:
            scale, place = (1.0, np.full(2, 0.5)) if version == 0 else (rng.uniform(0.4, 1), rng.random(2))
            image, corners = fit_into(data.images[i], data.boxes[i], scale, place)
            images.append(image)
            boxes.append(corners)
            class_ids.append(data.class_ids[i])
    return DetectionData(np.stack(images), boxes, class_ids, data.class_names)


def build(num_classes: int, anchors: np.ndarray) -> keras.Model:
    """A detector of other classes, with the layers of the shipped one except the last."""
    model = TinyYOLO((*SIZE, 3), num_classes, anchors)
    for layer, trained in zip(model.layers, load_tiny_yolo((*SIZE, 3)).layers, strict=True):
        if layer.name != "logits":
            layer.set_weights(trained.get_weights())
    return model


def draw(model: keras.Model, test: DetectionData, path: Path) -> None:
    """A sheet of up to twelve test pictures with what the detector finds in them."""
    found = detect(model, test.images[:12], score_threshold=0.3)
    pictures = [
        draw_boxes(image, boxes, classes, scores, test.class_names, scale=2)
        for image, (scores, boxes, classes) in zip(test.images[:12], found, strict=True)
    ]
    pictures += [np.full_like(pictures[0], 255)] * (-len(pictures) % 4)
    rows = [np.concatenate(pictures[i : i + 4], axis=1) for i in range(0, len(pictures), 4)]
    Image.fromarray(np.concatenate(rows)).save(path)


def main() -> None:
    """Train, measure, and write what was asked for."""
    parser = argparse.ArgumentParser(description="Train the course's detector on your own pictures and boxes.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--format", choices=("voc", "coco", "yolo"), default="voc", help="(%(default)s)")
    parser.add_argument("--epochs", type=int, default=12, help="(%(default)s)")
    parser.add_argument("--versions", type=int, default=5, help="of each training picture (%(default)s)")
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="draw what it finds in test pictures")
    parser.add_argument("--save", type=Path, metavar="KERAS", help="write the trained model, as FILE.keras")
    arguments = parser.parse_args()

    keras.utils.set_random_seed(0)
    data = load_detection_folder(arguments.folder, arguments.format, skip_bad=True)
    order = np.random.default_rng(0).permutation(len(data.images))
    num_test = len(order) // 5
    train, test = prepare(data, order[num_test:], arguments.versions), prepare(data, order[:num_test], 1)
    anchors = kmeans_anchors(np.concatenate(train.boxes), k=NUM_ANCHORS)
    model = build(len(data.class_names), anchors)
    start = time.perf_counter()
    batches = DetectionBatches(model, train.images, train.boxes, train.class_ids, anchors)
    fit_detector(model, batches, arguments.epochs)
    minutes = (time.perf_counter() - start) / 60

    found = detect(model, test.images, max_boxes=100, score_threshold=0.01)
    truth = list(zip(test.boxes, test.class_ids, strict=True))
    print(f"{len(order) - num_test} pictures for training, {minutes:.1f} minutes; {num_test} for the test:")
    for name, thresholds in (("0.5", 0.5), ("0.75", 0.75), ("0.5:0.95", COCO_IOU_THRESHOLDS)):
        print(f"  mAP@{name} {mean_average_precision(truth, found, len(data.class_names), thresholds):.3f}")
    if arguments.sheet:
        draw(model, test, arguments.sheet)
    if arguments.save:
        model.save(arguments.save)


if __name__ == "__main__":
    main()
