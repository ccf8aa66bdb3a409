"""How fast the detection library is: suppression, decoding, rendering and training, against others, in one run.

`uv run python benchmarks/detection.py` prints three tables. Every side runs on one and the same core, the sides take
turns, and the figures are medians. Sides that must agree are compared first: one that keeps other boxes ends the
benchmark. `README.md` says what is compared.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

IOU_THRESHOLD, MAX_BOXES, SCORE_THRESHOLD, NUM_CLASSES = 0.5, 100, 0.1, 5
COUNTS = (100, 300, 1000, 3000, 10_000)
GRIDS = ((4, 5), (8, 12), (16, 24), (34, 49))  # times six anchors: 120 to 9,996 boxes
SCENES_PER_SECOND = 50
BATCH_SIZE = 16

Detections = tuple[np.ndarray, np.ndarray, np.ndarray]
Side = Callable[[], Any]


class BenchmarkError(Exception):
    """Two sides do not give the same result."""


# ------------------------------------------------------------------------------------------------ timing


def take_turns(sides: Mapping[str, Side], repeats: int, budget: float = 2.0) -> dict[str, float]:
    """Median seconds of each side. A side that has used up its budget of seconds is not asked again."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for side in sides.values():
        side()  # once before, so that nobody pays for a first time
    for _ in range(repeats):
        for name, side in sides.items():
            if sum(seconds[name]) < budget:
                start = time.perf_counter()
                side()
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


# ------------------------------------------------------------------------------------------------ suppression


def crowd(count: int, seed: int = 0) -> Detections:
    """Scores, boxes and classes as a detector gives them: some twenty boxes around each object."""
    rng = np.random.default_rng(seed)
    num_objects = max(1, count // 20)
    centers, sizes = rng.uniform(0, 2000, (num_objects, 2)), rng.uniform(10, 200, (num_objects, 2))
    which = rng.integers(num_objects, size=count)
    middle = centers[which] + rng.normal(0, 0.15, (count, 2)) * sizes[which]
    half = sizes[which] * rng.uniform(0.4, 0.6, (count, 2))
    boxes = np.concatenate([middle - half, middle + half], axis=1).astype(np.float32)
    scores = (rng.permutation(count) + 1).astype(np.float32) / (count + 1)  # no two the same
    return scores, boxes, rng.integers(NUM_CLASSES, size=num_objects)[which]


def naive_suppression(scores: Any, boxes: Any, classes: Any) -> list[tuple[float, list[float], int]]:
    """The definition in plain Python: each box, best first, against all that stay."""
    ranked = sorted(zip(scores.tolist(), boxes.tolist(), classes.tolist(), strict=True), key=lambda one: -one[0])
    kept: list[tuple[float, list[float], int]] = []
    for score, box, kind in ranked:
        if len(kept) == MAX_BOXES:
            break
        if all(kind != other or naive_iou(box, better) <= IOU_THRESHOLD for _, better, other in kept):
            kept.append((score, box, kind))
    return kept


def naive_iou(a: Sequence[float], b: Sequence[float]) -> float:
    """Intersection over union of two boxes."""
    height, width = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if height <= 0 or width <= 0:
        return 0.0
    both = height * width
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def tensorflow_suppression(boxes: Any, class_scores: Any) -> Any:
    """TensorFlow's kernel for the same task, for one picture: `(n, 4)` and `(n, num_classes)`."""
    import tensorflow as tf

    return tf.image.combined_non_max_suppression(
        boxes[None, :, None],
        class_scores[None],
        MAX_BOXES,
        MAX_BOXES,
        IOU_THRESHOLD,
        score_threshold=1e-6,
        clip_boxes=False,
    )


def suppression_sides(count: int) -> dict[str, Side]:
    """The three sides for so many boxes, each with its input in its own form, ready."""
    import tensorflow as tf

    from courselib.detection import yolo_non_max_suppression

    scores, boxes, classes = crowd(count)
    class_scores = tf.constant(np.where(np.arange(NUM_CLASSES) == classes[:, None], scores[:, None], np.float32(0)))
    tensor = tf.constant(boxes)
    return {
        "courselib": lambda: yolo_non_max_suppression(scores, boxes, classes, MAX_BOXES, IOU_THRESHOLD),
        "TensorFlow": lambda: tensorflow_suppression(tensor, class_scores),
        "loop": lambda: naive_suppression(scores, boxes, classes),
    }


# ------------------------------------------------------------------------------------------------ decoding


def prediction(grid: tuple[int, int], num_anchors: int = 6, seed: int = 0) -> np.ndarray:
    """What a network says about a picture: most places are nearly silent."""
    rng = np.random.default_rng(seed)
    y = rng.random((*grid, num_anchors, 5 + NUM_CLASSES))
    y[..., 0] **= 8
    y[..., 3:5] = 0.5 + 4 * y[..., 3:5]
    y[..., 5:] = y[..., 5:] ** 4 / np.sum(y[..., 5:] ** 4, axis=-1, keepdims=True)
    return y.astype(np.float32)


def naive_evaluation(y: np.ndarray, height: int, width: int) -> list[tuple[float, list[float], int]]:
    """Cell by cell and anchor by anchor in plain Python, then the naive suppression."""
    grid_h, grid_w, num_anchors, _ = y.shape
    scores, boxes, classes = [], [], []
    for row in range(grid_h):
        for column in range(grid_w):
            for anchor in range(num_anchors):
                pc, bx, by, bh, bw, *probabilities = y[row, column, anchor].tolist()
                best = max(probabilities)
                if pc * best >= SCORE_THRESHOLD:
                    cy, cx = (row + by) / grid_h * height, (column + bx) / grid_w * width
                    h, w = bh / grid_h * height, bw / grid_w * width
                    scores.append(pc * best)
                    boxes.append((cy - h / 2, cx - w / 2, cy + h / 2, cx + w / 2))
                    classes.append(probabilities.index(best))
    return naive_suppression(np.array(scores), np.array(boxes), np.array(classes))


def tensorflow_evaluation(grid: tuple[int, int], height: int, width: int) -> Callable[[Any], Any]:
    """The same as one compiled TensorFlow graph, ending in its suppression."""
    import tensorflow as tf

    rows, columns = np.mgrid[: grid[0], : grid[1]].astype(np.float32)[..., None]

    @tf.function(jit_compile=False)
    def evaluate(y: Any) -> Any:
        cy, cx = (y[..., 2] + rows) / grid[0] * height, (y[..., 1] + columns) / grid[1] * width
        h, w = y[..., 3] / grid[0] * height, y[..., 4] / grid[1] * width
        boxes = tf.stack([cy - h / 2, cx - w / 2, cy + h / 2, cx + w / 2], axis=-1)
        class_scores = y[..., :1] * y[..., 5:]
        best = tf.reduce_max(class_scores, axis=-1, keepdims=True)
        class_scores = tf.where((class_scores == best) & (best >= SCORE_THRESHOLD), class_scores, 0.0)
        return tensorflow_suppression(tf.reshape(boxes, (-1, 4)), tf.reshape(class_scores, (-1, NUM_CLASSES)))

    return evaluate


def evaluation_sides(grid: tuple[int, int]) -> dict[str, Side]:
    """The three sides, from a network's output to boxes in pixels."""
    import tensorflow as tf

    from courselib.detection import decode_predictions, yolo_eval

    y, (height, width) = prediction(grid), (8 * grid[0], 8 * grid[1])
    tensor, evaluate = tf.constant(y), tensorflow_evaluation(grid, height, width)
    return {
        "courselib": lambda: yolo_eval(
            decode_predictions(y), (height, width), MAX_BOXES, SCORE_THRESHOLD, IOU_THRESHOLD
        ),
        "TensorFlow": lambda: evaluate(tensor),
        "loop": lambda: naive_evaluation(y, height, width),
    }


def agree(sides: Mapping[str, Side]) -> int:
    """How many boxes all three sides keep; an error when they do not keep the same."""
    scores, boxes, classes = sides["courselib"]()
    theirs = sides["TensorFlow"]()
    found = int(theirs.valid_detections[0])
    loop = sides["loop"]()
    others = {
        "TensorFlow": [values[0, :found].numpy() for values in theirs[:3]],
        "loop": [np.array([one[i] for one in loop]) for i in (1, 0, 2)],
    }
    for name, (their_boxes, their_scores, their_classes) in others.items():
        same = (
            len(their_scores) == len(scores)
            and np.allclose(their_scores, scores, atol=1e-5)
            and np.allclose(their_boxes, boxes, rtol=1e-4, atol=1e-3)
            and np.array_equal(their_classes, classes)
        )
        if not same:
            raise BenchmarkError(f"{name} keeps {len(their_scores)} boxes, courselib {len(scores)}, or other ones")
    return len(scores)


def boxes_table(repeats: int) -> str:
    """Suppression alone, then decoding and all."""
    rows = []
    cases = [("suppression", count, suppression_sides(count)) for count in COUNTS]
    cases += [("decoding, filter, suppression", 6 * grid[0] * grid[1], evaluation_sides(grid)) for grid in GRIDS]
    for what, count, sides in cases:
        kept = agree(sides)
        ms = {name: 1000 * seconds for name, seconds in take_turns(sides, repeats).items()}
        ratios = [f"{ms[name] / ms['courselib']:.1f}" for name in ("TensorFlow", "loop")]
        rows.append([what, f"{count:,}", str(kept), *(f"{value:.2f}" for value in ms.values()), *ratios])
    header = ["milliseconds", "boxes", "kept", "courselib", "TensorFlow", "loop"]
    return table([*header, "TensorFlow / courselib", "loop / courselib"], rows)


# ------------------------------------------------------------------------------------------------ rendering


def rendering_table(num_scenes: int) -> tuple[str, float]:
    """Scenes per second, rendered and read again, and the first of the two."""
    from courselib.datasets import dashcam_drive, load_dashcam

    rows, speeds = [], []
    for name, load in (("load_dashcam", load_dashcam), ("dashcam_drive", dashcam_drive)):
        load(3, seed=98)  # imports, and what is drawn once
        start = time.process_time()
        load(num_scenes, seed=99)
        middle = time.process_time()
        load(num_scenes, seed=99)
        rendered, read = middle - start, time.process_time() - middle
        speeds.append(num_scenes / rendered)
        rows.append([name, f"{speeds[-1]:.0f}", f"{num_scenes / read:,.0f}", f"{rendered / read:.0f}"])
    return table(["scenes per second of one core", "rendered", "read from the file", "ratio"], rows), speeds[0]


# ------------------------------------------------------------------------------------------------ training


def training_table(repeats: int) -> str:
    """What a step of training takes, and what its parts do."""
    import keras

    from courselib.datasets import load_dashcam
    from courselib.detection import yolo_loss
    from courselib.detection.training import DetectionBatches
    from courselib.models import DASHCAM_ANCHORS, TinyYOLO

    data = load_dashcam(BATCH_SIZE, seed=97)
    models = {"courselib": TinyYOLO(), "mean squared error": TinyYOLO()}
    for model, loss in zip(models.values(), (yolo_loss, "mean_squared_error"), strict=True):
        model.compile("adam", loss, jit_compile=False)
    detector = models["courselib"]
    batches = DetectionBatches(detector, np.asarray(data.images), data.boxes, data.class_ids, DASHCAM_ANCHORS)
    x, y = batches[0]
    sides: dict[str, Side] = {
        "a step": lambda: models["courselib"].train_on_batch(x, y),
        "a step with the mean squared error": lambda: models["mean squared error"].train_on_batch(x, y),
        "drawing the batch: augmentation and targets": lambda: batches[0],
        "prediction only": lambda: keras.ops.convert_to_numpy(detector.predict_on_batch(x)),
    }
    seconds = take_turns(sides, repeats, budget=10.0)
    rows = [[name, f"{1000 * value:.0f}", f"{value / seconds['a step']:.2f}"] for name, value in seconds.items()]
    return table([f"TinyYOLO, {BATCH_SIZE} pictures of 128 x 192", "milliseconds", "of a step"], rows)


# ------------------------------------------------------------------------------------------------ the command


def machine() -> str:
    """What the figures depend on."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "tensorflow", "keras"))
    return f"Python {platform.python_version()}, {packages}; {platform.system()}, one core"


def main() -> int:
    """Run the benchmark; the exit status is 1 when two sides do not agree."""
    parser = argparse.ArgumentParser(description="Time detection against TensorFlow and a plain loop, side by side.")
    parser.add_argument("--repeats", type=int, default=30, metavar="N", help="runs of each side (%(default)s)")
    parser.add_argument("--scenes", type=int, default=200, metavar="N", help="scenes to render (%(default)s)")
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # before TensorFlow counts the cores
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    print(machine(), flush=True)
    try:
        print(f"\n{boxes_table(arguments.repeats)}", flush=True)
    except BenchmarkError as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="courselib-benchmark-") as folder:
        os.environ["COURSELIB_CACHE"] = str(Path(folder))  # so that everything is rendered anew
        rendering, speed = rendering_table(arguments.scenes)
        print(f"\n{rendering}", flush=True)
        print(f"\n{training_table(max(3, arguments.repeats // 3))}\n")
    met = "met" if speed >= SCENES_PER_SECOND else "MISSED"
    print(f"{met}: load_dashcam renders {speed:.0f} scenes a second (target: {SCENES_PER_SECOND})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
