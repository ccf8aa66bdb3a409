"""The exercises of yolo_car_detection: their cases and the mistakes that learners make.

Coordinates are halves or quarters and scores are sixty-fourths, so that equal is equal on every machine. Scores are
distinct, since the order of equal ones is left open.
"""

from collections.abc import Iterator

import numpy as np

from courselib.grading import Case, Code, Exercise, Mistake

TENSORS = Code("lambda f, *arrays: f(*[keras.ops.convert_to_tensor(a) if hasattr(a, 'shape') else a for a in arrays])")


def boxes_in(rng: np.random.Generator, count: int, height: int = 64, width: int = 96) -> np.ndarray:
    """Corners (count, 4) of boxes in a picture, in steps of half a pixel, taller and wider than 4 pixels."""
    sizes = rng.integers(8, 48, size=(count, 2)) / 2
    starts = np.floor(rng.random((count, 2)) * (2 * np.array([height, width]) - 2 * sizes)) / 2
    return np.concatenate([starts, starts + sizes], axis=1)


def distinct_scores(rng: np.random.Generator, count: int) -> np.ndarray:
    """Distinct numbers in 0-1, in steps of 1/256."""
    return rng.permutation(np.arange(20, 250))[:count] / 256


def jumble(rng: np.random.Generator, boxes: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Boxes and scores in another order, the best one never first."""
    order = rng.permutation(len(scores))
    if order[0] == np.argmax(scores):
        order = np.roll(order, 1)
    return np.asarray(boxes, dtype=float)[order], np.asarray(scores, dtype=float)[order]


# ---- part 1


def cases_iou(rng: np.random.Generator) -> Iterator[Case]:
    y, x = rng.integers(2, 20, size=2).tolist()
    h, w = rng.integers(4, 9, size=2).tolist()
    box = (y, x, y + h, x + w)
    yield Case("two boxes that overlap", (box, (y + 1, x + 2, y + h + 3, x + w + 1)))
    yield Case("one inside the other", (box, (y + 1, x + 1, y + h - 1, x + w - 2)))
    yield Case("equal boxes", (box, box))
    yield Case("boxes that touch", (box, (y, x + w, y + h, x + w + 3)))
    yield Case("far apart in one direction", (box, (y + 1, x + w + 5, y + h, x + w + 9)))
    yield Case("far apart in both directions", (box, (y + h + 5, x + w + 5, y + h + 9, x + w + 9)))
    yield Case("two boxes without area", (np.array([y, x, y, x + 3.0]), np.array([y, x, y, x + 3.0])))
    many = np.concatenate([boxes_in(rng, 5), [[0, 0, 60, 90]]])
    yield Case("one box and many", (np.array([10, 12, 40.5, 60]), many))
    yield Case("every box of one list with every box of another", (many[:3, None], many[None, 2:]))
    yield Case(
        "parts of the picture, as tensors",
        (np.array([0.25, 0.25, 0.5, 0.75], np.float32), np.array([[0.125, 0.5, 0.375, 1]], np.float32)),
        call=TENSORS,
    )


iou = Exercise(
    name="iou",
    points=8,
    cases=cases_iou,
    mistakes=(
        Mistake(
            "no_clamping",
            "np.maximum(lower_right - upper_left, 0)",
            "lower_right - upper_left",
            "Boxes that are far apart get an IoU that is not 0. Their intersection ends before it begins: two negative "
            "sides have a positive product.",
        ),
        Mistake(
            "clamps_the_area",
            "    sides = np.maximum(lower_right - upper_left, 0)  # (..., 2)\n"
            "    intersection = sides[..., 0] * sides[..., 1]  # (...)\n",
            "    sides = lower_right - upper_left\n    intersection = np.maximum(sides[..., 0] * sides[..., 1], 0)\n",
            "You make the *area* at least 0. But boxes that are apart in both directions have two negative sides, and "
            "their product is positive. Look at each side.",
        ),
        Mistake(
            "one_pixel_more",
            "np.maximum(lower_right - upper_left, 0)",
            "np.maximum(lower_right - upper_left + 1, 0)",
            "Your intersection is one pixel too wide and too high. Coordinates are places between the pixels here, so "
            "there is no + 1.",
        ),
        Mistake(
            "union_counts_twice",
            "area1 + area2 - intersection",
            "area1 + area2",
            "Equal boxes get 0.5. Your union counts the intersection twice.",
        ),
        Mistake(
            "over_the_smaller_box",
            "area1 + area2 - intersection",
            "np.minimum(area1, area2)",
            "A box inside another one gets 1. You divide by the area of the smaller box, not by that of the union.",
        ),
        Mistake(
            "over_the_first_box",
            "area1 + area2 - intersection",
            "area1",
            "The result changes when the two boxes change places. Divide by the area that at least one of them covers.",
        ),
        Mistake(
            "zero_by_zero",
            "np.where(union > 0, intersection / np.where(union > 0, union, 1), 0.0)[()]",
            "intersection / union",
            "Two boxes without area give 0 / 0, which is nan. Their IoU is 0.",
        ),
        Mistake(
            "returns_the_intersection",
            "intersection / np.where(union > 0, union, 1)",
            "intersection",
            "This is the area of the intersection. It grows with the size of the boxes: divide it by the union.",
        ),
        Mistake(
            "only_two_boxes",
            "box1, box2 = to_numpy(box1), to_numpy(box2)",
            "box1, box2 = to_numpy(box1), to_numpy(box2).reshape(-1, 4)[0]",
            "For many boxes you return one number. Index the last axis with [..., 0], then the others come along.",
        ),
    ),
)


# ---- part 2


def cases_yolo_filter_boxes(rng: np.random.Generator) -> Iterator[Case]:
    boxes = boxes_in(rng, 8)
    confidence = rng.permutation(np.array([1, 2, 3, 4, 5, 6, 7, 8]) / 8)[:, None]
    probs = rng.dirichlet(np.ones(3), size=8).round(2)
    # Three boxes whose product is on the other side of 0.6 than confidence or probability alone, and one that is equal.
    confidence[:3, 0], probs[:3] = [0.875, 0.5, 0.875], [[0.5, 0.25, 0.25], [0, 0.9375, 0.0625], [0, 0, 1]]
    yield Case("eight boxes, the default threshold of 0.6", (boxes, confidence, probs))
    confidence[3, 0], probs[3] = 0.75, [0.25, 0.5, 0.25]
    yield Case("a score equal to the threshold stays", (boxes, confidence, probs, 0.375))
    grid = (2, 3, 2)
    yield Case(
        "a grid of 2 x 3 cells with two anchors",
        (
            boxes_in(rng, 12).reshape(*grid, 4),
            rng.integers(4, 17, (*grid, 1)) / 16,
            rng.integers(1, 17, (*grid, 4)) / 16,
        ),
        {"threshold": 0.34},
    )
    yield Case("nothing is sure enough", (boxes, confidence / 2, probs, 0.75))
    tensors = [array.astype(np.float32) for array in (boxes, confidence, probs)]
    yield Case("tensors", (*tensors, 0.28125), call=TENSORS)


yolo_filter_boxes = Exercise(
    name="yolo_filter_boxes",
    points=8,
    cases=cases_yolo_filter_boxes,
    mistakes=(
        Mistake(
            "above_the_threshold",
            "scores >= threshold",
            "scores > threshold",
            "A score that equals the threshold goes. It should stay.",
        ),
        Mistake(
            "ignores_the_threshold",
            "scores >= threshold",
            "scores >= 0.6",
            "You always use 0.6. Use the argument threshold.",
        ),
        Mistake(
            "keeps_everything",
            "scores >= threshold",
            "scores >= 0",
            "All boxes stay, whatever their score.",
        ),
        Mistake(
            "probabilities_only",
            "class_scores = box_confidence * box_class_probs",
            "class_scores = box_class_probs",
            "It looks as if the confidence has no influence. A class probability says what it is *if* there is an "
            "object.",
        ),
        Mistake(
            "confidence_only",
            "scores = np.max(class_scores, axis=-1)",
            "scores = box_confidence[..., 0]",
            "Your scores are the confidences alone. A box that is surely something, but nobody knows what, has a low "
            "score.",
        ),
        Mistake(
            "filters_before_the_product",
            "kept = scores >= threshold",
            "kept = box_confidence[..., 0] >= threshold",
            "Your scores are right, but you compare the *confidence* with the threshold. Compare the score.",
        ),
        Mistake(
            "least_likely_class",
            "np.argmax(class_scores, axis=-1)",
            "np.argmin(class_scores, axis=-1)",
            "Your classes are those with the *lowest* scores.",
        ),
        Mistake(
            "keeps_the_doubtful",
            "scores >= threshold",
            "scores <= threshold",
            "You keep the boxes with low scores and throw the good ones away.",
        ),
        Mistake(
            "wrong_order",
            "return scores[kept], boxes[kept], classes[kept]",
            "return boxes[kept], scores[kept], classes[kept]",
            "The order of the three results is scores, boxes, classes.",
        ),
    ),
)


def chain(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Four boxes in a row, each overlaps its neighbours by 3/5, the next but one by 1/3; one is apart."""
    y, x = rng.integers(0, 20, size=2).tolist()
    step, side = 4.0, 16.0
    boxes = [[y, x + step * i, y + side, x + step * i + side] for i in range(4)] + [[y + 50, x, y + 60, x + 9]]
    return np.array(boxes), np.sort(distinct_scores(rng, 5))[::-1]


def cases_non_max_suppression(rng: np.random.Generator) -> Iterator[Case]:
    boxes, scores = jumble(rng, *chain(rng))
    yield Case("a row of boxes: who is gone removes nobody", (boxes, scores, 0.5, 10))
    yield Case("two boxes at most", (boxes, scores, 0.25, 2))
    halves, scores = jumble(rng, [[0, 0, 8, 8], [0, 0, 8, 4], [20, 20, 28, 28]], np.array([0.875, 0.75, 0.5]))
    yield Case("an IoU equal to the threshold stays", (halves, scores, 0.5, 10))
    yield Case("just above the threshold", (halves, scores, 0.4375, 10))
    boxes, scores = jumble(rng, boxes_in(rng, 24, 40, 40), distinct_scores(rng, 24))
    yield Case("24 boxes", (), {"boxes": boxes, "scores": scores, "iou_threshold": 0.25, "max_boxes": 20})
    yield Case("no boxes", (np.zeros((0, 4)), np.zeros(0), 0.5, 10))
    yield Case("tensors", (boxes[:9].astype(np.float32), scores[:9].astype(np.float32), 0.25, 5), call=TENSORS)


non_max_suppression = Exercise(
    name="non_max_suppression",
    points=10,
    cases=cases_non_max_suppression,
    mistakes=(
        Mistake(
            "just_the_best",
            "waiting = waiting[overlaps <= iou_threshold]",
            "pass",
            "You return the boxes with the best scores, and duplicates are among them. Nothing is suppressed.",
        ),
        Mistake(
            "worst_first",
            "np.argsort(-scores)",
            "np.argsort(scores)",
            "You begin with the worst score. np.argsort sorts upwards.",
        ),
        Mistake(
            "not_sorted",
            "np.argsort(-scores)",
            "np.arange(len(scores))",
            "You take the boxes in the order of the input. The best score comes first.",
        ),
        Mistake(
            "equal_goes",
            "overlaps <= iou_threshold",
            "overlaps < iou_threshold",
            "A box whose IoU equals the threshold goes. It should stay: only *above* the threshold is too much.",
        ),
        Mistake(
            "keeps_the_overlapping",
            "overlaps <= iou_threshold",
            "overlaps > iou_threshold",
            "You keep the boxes that overlap and remove the others.",
        ),
        Mistake(
            "no_limit",
            "while len(waiting) > 0 and len(kept) < max_boxes:",
            "while len(waiting) > 0:",
            "You return more than max_boxes boxes.",
        ),
        Mistake(
            "limit_before_suppression",
            "waiting = np.argsort(-scores)  # (n,), best first",
            "waiting = np.argsort(-scores)[:max_boxes]",
            "You take the best max_boxes boxes first and suppress among them. Then too few are left: count only those "
            "that stay.",
        ),
        Mistake(
            "the_gone_remove_too",
            "        overlaps = iou(boxes[best], boxes[waiting])  # (how many wait,)\n"
            "        waiting = waiting[overlaps <= iou_threshold]\n",
            "        better = np.flatnonzero(scores > scores[best])\n"
            "        if len(better) and iou(boxes[best], boxes[better]).max() > iou_threshold:\n"
            "            kept.pop()\n",
            "In a row of boxes you lose too many: a box that is already gone still removes its neighbour.",
        ),
        Mistake(
            "fixed_threshold",
            "overlaps <= iou_threshold",
            "overlaps <= 0.5",
            "You always use 0.5. Use the argument iou_threshold.",
        ),
    ),
)


def cases_yolo_non_max_suppression(rng: np.random.Generator) -> Iterator[Case]:
    scores = np.sort(distinct_scores(rng, 6))[::-1]
    rows = np.array(
        [[0, 0, 16, 16], [0, 2, 16, 18], [0, 1, 16, 17], [30, 0, 46, 16], [30, 1, 46, 17], [60, 4, 70, 9.5]]
    )
    classes = np.array([2, 0, 2, 0, 0, 1])
    order = rng.permutation(6)
    mixed = (scores[order], rows[order], classes[order])
    yield Case("a pedestrian in front of a car: both stay", mixed)
    yield Case("three at most, over all classes", mixed, {"max_boxes": 3})
    boxes, scores = boxes_in(rng, 30, 40, 40), distinct_scores(rng, 30)
    classes = np.arange(30) % 3
    yield Case("30 boxes of three classes, the defaults", (scores, boxes, classes))
    yield Case("a low IoU threshold, by position", (scores, boxes, classes, 25, 0.125))
    twins = np.array([[0, 0, 16, 16], [0, 4.5, 16, 20.5]])
    yield Case(
        "two boxes of one class with an IoU of 0.56, the defaults", (np.array([0.5, 0.75]), twins, np.array([1, 1]))
    )
    yield Case("no boxes", (np.zeros(0), np.zeros((0, 4)), np.zeros(0, int)))
    tensors = (scores[:12].astype(np.float32), boxes[:12].astype(np.float32), classes[:12])
    yield Case("tensors", (*tensors, 6, 0.25), call=TENSORS)


yolo_non_max_suppression = Exercise(
    name="yolo_non_max_suppression",
    points=8,
    cases=cases_yolo_non_max_suppression,
    mistakes=(
        Mistake(
            "across_classes",
            "    for class_id in np.unique(classes):\n        of_class = np.flatnonzero(classes == class_id)\n",
            "    for _ in range(1):\n        of_class = np.arange(len(classes))\n",
            "A box removes boxes of other classes. A pedestrian in front of a car is not the car.",
        ),
        Mistake(
            "class_after_class",
            "kept = kept[np.argsort(-scores[kept])][:max_boxes]",
            "kept = kept[:max_boxes]",
            "Your result is sorted class by class. Sort all survivors by their score before you cut the list.",
        ),
        Mistake(
            "limit_per_class",
            "kept = kept[np.argsort(-scores[kept])][:max_boxes]",
            "kept = kept[np.argsort(-scores[kept])]",
            "You return up to max_boxes boxes *of each class*. The limit is for all classes together.",
        ),
        Mistake(
            "cuts_before_sorting",
            "kept = kept[np.argsort(-scores[kept])][:max_boxes]",
            "kept = kept[:max_boxes][np.argsort(-scores[kept[:max_boxes]])]",
            "You cut the list before you sort it, so a good box of a late class is lost.",
        ),
        Mistake(
            "indices_of_the_class",
            "kept = np.concatenate([kept, of_class[stay]])",
            "kept = np.concatenate([kept, stay])",
            "non_max_suppression returns indices into *what you gave it*: the boxes of one class. Translate them back.",
        ),
        Mistake(
            "worst_first",
            "np.argsort(-scores[kept])",
            "np.argsort(scores[kept])",
            "The worst score comes first. np.argsort sorts upwards.",
        ),
        Mistake(
            "wrong_default",
            "max_boxes=10, iou_threshold=0.5",
            "max_boxes=10, iou_threshold=0.6",
            "Without an argument your IoU threshold is not 0.5.",
        ),
        Mistake(
            "threshold_not_passed_on",
            "scores[of_class], iou_threshold, max_boxes)",
            "scores[of_class], 0.5, max_boxes)",
            "Another iou_threshold changes nothing. Pass it on.",
        ),
    ),
)


# ---- part 3


def cases_assign_anchors(rng: np.random.Generator) -> Iterator[Case]:
    s = int(rng.integers(2, 6)) * 2.0
    anchors = np.array([[s, 2 * s], [2.5 * s, s], [6 * s, 5 * s]])
    sizes = np.array([[s, 2.5 * s], [3 * s, s], [5 * s, 5 * s], [1.5 * s, 1.5 * s], [3.25 * s, 3.25 * s], [s / 4, s]])
    order = rng.permutation(6)
    yield Case("six sizes, three anchors", (sizes[order], anchors))
    corners = boxes_in(rng, 12)
    corners[:4] = [[0, 0, 2 * s, s], [3, 9, 3 + s, 9 + 2.5 * s], [1, 1, 1 + 4 * s, 1 + s], [5, 5, 5 + s, 5 + 4 * s]]
    yield Case("corners", (corners, anchors))
    tall = np.array([[s, 4 * s], [2 * s, 2 * s], [4 * s, s]])
    yield Case("anchors of equal area", (np.array([[4 * s, 2 * s], [2 * s, 5 * s], [1.5 * s, 1.5 * s]]), tall))
    yield Case("one box, tensors", (corners[1:2].astype(np.float32), anchors.astype(np.float32)), call=TENSORS)
    many = rng.integers(4, 200, size=(40, 2)) / 2
    yield Case("forty sizes, five anchors", (many, np.array([[8, 9.5], [40, 12], [15.5, 50], [50, 55], [90, 80]])))


assign_anchors = Exercise(
    name="assign_anchors",
    points=7,
    cases=cases_assign_anchors,
    mistakes=(
        Mistake(
            "by_distance",
            "np.argmax(overlaps, axis=1)",
            "np.argmin(np.linalg.norm(sizes[:, None] - anchors[None], axis=-1), axis=1)",
            "You take the anchor at the smallest distance in pixels. The highest IoU is asked for, which treats large "
            "and small boxes alike.",
        ),
        Mistake(
            "by_area",
            "np.argmax(overlaps, axis=1)",
            "np.argmin(np.abs(np.prod(sizes, axis=1)[:, None] - np.prod(anchors, axis=1)[None]), axis=1)",
            "It looks as if only the area counts. A tall box and a wide box of the same area have different shapes.",
        ),
        Mistake(
            "worst_fit",
            "np.argmax(overlaps, axis=1)",
            "np.argmin(overlaps, axis=1)",
            "You take the anchor that fits worst.",
        ),
        Mistake(
            "best_box_of_each_anchor",
            "np.argmax(overlaps, axis=1)",
            "np.argmax(overlaps, axis=0)",
            "You return one box for each anchor. One anchor for each box is asked for: look along the other axis.",
        ),
        Mistake(
            "width_and_height_swapped",
            "sizes, anchors = widths_and_heights(boxes), to_numpy(anchors)",
            "sizes, anchors = widths_and_heights(boxes)[:, ::-1], to_numpy(anchors)",
            "Tall boxes get wide anchors: width and height of the boxes are swapped.",
        ),
        Mistake(
            "by_intersection",
            "    overlaps = iou(boxes_there[:, None], anchors_there[None])  # (n, k)\n",
            "    overlaps = np.minimum(sizes[:, None], anchors[None]).prod(axis=-1)\n",
            "The largest anchor wins too often: you compare intersections. Divide by the union.",
        ),
        Mistake(
            "returns_the_overlap",
            "np.argmax(overlaps, axis=1)",
            "np.max(overlaps, axis=1)",
            "You return the best IoU. The index of the anchor is asked for.",
        ),
    ),
)


def groups(rng: np.random.Generator, centers: np.ndarray, count: int) -> np.ndarray:
    """Around each size, `count` sizes whose mean it is."""
    spread = np.array([[1, 1], [-1, -1], [1, -1], [-1, 1], [0, 0], [0, 0]])[:count] * np.array([0.5, 0.5])
    sizes = (centers[:, None] + spread[None]).reshape(-1, 2)
    return sizes[rng.permutation(len(sizes))]


def cases_kmeans_anchors(rng: np.random.Generator) -> Iterator[Case]:
    s = int(rng.integers(4, 8))
    three = np.array([[2 * s, 4 * s], [8 * s, 5 * s], [20 * s, 16 * s]], dtype=float)
    yield Case("three clear groups", (groups(rng, three, 6), 3))
    yield Case("one anchor: the mean", (groups(rng, three, 6), 1))
    # Between a small and a large group: nearer to the small one in pixels, more similar in shape to the large one.
    sizes = np.repeat(np.array([[10.0, 10.0], [40.0, 40.0], [24.0, 24.0], [23.0, 25.0]]) * s, [8, 8, 1, 1], axis=0)
    yield Case("sizes between two groups", (sizes[rng.permutation(18)], 2))
    areas = np.array(
        [[3 * s, 3 * s], [2 * s, 12 * s], [15 * s, 6 * s]], dtype=float
    )  # the slim one is not the smallest
    sizes = groups(rng, areas, 5)
    starts = rng.integers(0, 100, size=sizes.shape) / 2
    corners = np.concatenate([starts, starts + sizes[:, ::-1]], axis=1)
    yield Case("corners, sorted by area", (corners, 3))
    skewed = np.repeat(three, 5, axis=0) * np.tile([1, 1, 1, 1, 1.25], 3)[:, None]
    yield Case("tensors, one larger box in each group", (skewed.astype(np.float32), 3), call=TENSORS, tolerance=1e-3)


kmeans_anchors = Exercise(
    name="kmeans_anchors",
    points=9,
    cases=cases_kmeans_anchors,
    mistakes=(
        Mistake(
            "ordinary_distance",
            "nearest = assign_anchors(sizes, anchors)  # (n,)",
            "nearest = np.argmin(np.linalg.norm(sizes[:, None] - anchors[None], axis=-1), axis=1)",
            "A few boxes belong to the wrong anchor: it looks as if you use the distance in pixels. Use 1 - IoU.",
        ),
        Mistake(
            "not_sorted",
            "return anchors[np.argsort(anchors[:, 0] * anchors[:, 1])]",
            "return anchors[::-1]",
            "The anchors are right, but their order is not: the smallest area comes first.",
        ),
        Mistake(
            "sorted_by_width",
            "return anchors[np.argsort(anchors[:, 0] * anchors[:, 1])]",
            "return anchors[np.argsort(anchors[:, 0])]",
            "You sort the anchors by width. Sort them by area.",
        ),
        Mistake(
            "median",
            "sizes[nearest == i].mean(axis=0)",
            "np.median(sizes[nearest == i], axis=0)",
            "You move an anchor to the median of its boxes. The mean is asked for.",
        ),
        Mistake(
            "heights_first",
            "sizes = widths_and_heights(boxes)  # (n, 2)",
            "sizes = widths_and_heights(boxes)[:, ::-1]",
            "Your anchors are (height, width). The width comes first.",
        ),
        Mistake(
            "never_moves",
            "for _ in range(100):",
            "for _ in range(0):",
            "Your anchors are some of the boxes: they never move to the mean.",
        ),
        Mistake(
            "mean_of_everything",
            "anchors[i] = sizes[nearest == i].mean(axis=0)",
            "anchors[i] = sizes.mean(axis=0)",
            "All anchors are equal: each moves to the mean of *all* boxes. Take only those that belong to it.",
        ),
    ),
)


# ---- part 4

ANCHORS = np.array([[20.0, 60.0], [60.0, 40.0]])


def cases_encode_targets(rng: np.random.Generator) -> Iterator[Case]:
    def box(center_x: float, center_y: float, w: float, h: float) -> list[float]:
        return [center_y - h / 2, center_x - w / 2, center_y + h / 2, center_x + w / 2]

    x, y = 33 + rng.integers(0, 26, size=2) / 2
    square = {"anchors": ANCHORS, "grid_shape": (3, 3), "image_shape": (96, 96), "num_classes": 3}
    two = np.array([box(x, y, 16, 56), box(x + 8, y + 4, 48, 40)])
    yield Case("two objects in one cell, two anchors", (two, np.array([0, 2])), square)
    same = np.array([box(x, y, 16, 56), box(x + 3, y, 24, 56), box(x, y + 2, 48, 40)])
    yield Case("the best anchor is taken, then both", (same, np.array([1, 0, 2])), square)
    lines = np.array(
        [box(64, 32, 48, 40), box(32, 64, 16, 40), box(96, 96, 16, 60), box(4, 0, 20, 60), box(96, 20, 8, 9)]
    )
    yield Case("centres on the lines and at the borders", (lines, np.array([0, 1, 2, 1, 0])), square)
    wide = ((4, 6), (64, 96), 2)
    cells = rng.permutation(24)[:5]
    many = np.array([box(c % 6 * 16 + 3.5, c // 6 * 16 + 12.5, 14.5, 9) for c in cells])
    many[0] = box(90.5, 12.5, 80, 24)
    three = np.array([[8.0, 8.0], [16.0, 10.0], [48.0, 32.0]])
    yield Case("a wide picture, positions only", (many, np.array([0, 1, 1, 0, 1]), three, *wide))
    yield Case("no objects", (np.zeros((0, 4)), np.zeros(0, int), three, *wide))
    tensors = (many[1:3].astype(np.float32), np.array([1, 0]), three.astype(np.float32), *wide)
    yield Case("tensors", tensors, call=TENSORS)


encode_targets = Exercise(
    name="encode_targets",
    points=12,
    cases=cases_encode_targets,
    mistakes=(
        Mistake(
            "outside_at_the_border",
            "        row = min(int(center_y), grid_h - 1)\n        column = min(int(center_x), grid_w - 1)\n",
            "        row = int(center_y)\n        column = int(center_x)\n",
            "A centre on the right or lower border of the picture has no cell in your function. It belongs to the last "
            "one.",
        ),
        Mistake(
            "wraps_around",
            "        row = min(int(center_y), grid_h - 1)\n        column = min(int(center_x), grid_w - 1)\n",
            "        row = int(center_y) % grid_h\n        column = int(center_x) % grid_w\n",
            "A centre on the right or lower border of the picture lands in the first cell. It belongs to the last one.",
        ),
        Mistake(
            "left_of_the_line",
            "        row = min(int(center_y), grid_h - 1)\n        column = min(int(center_x), grid_w - 1)\n",
            "        row = max(int(np.ceil(center_y)) - 1, 0)\n        column = max(int(np.ceil(center_x)) - 1, 0)\n",
            "A centre on the line between two cells lands in the left or upper one. It belongs to the right or lower "
            "one.",
        ),
        Mistake(
            "rounds_to_the_next_cell",
            "        row = min(int(center_y), grid_h - 1)\n        column = min(int(center_x), grid_w - 1)\n",
            "        row = min(round(center_y), grid_h - 1)\n        column = min(round(center_x), grid_w - 1)\n",
            "Centres in the right or lower half of their cell go to the next one. Do not round: cut the fraction off.",
        ),
        Mistake(
            "rows_and_columns_swapped",
            "        row = min(int(center_y), grid_h - 1)\n        column = min(int(center_x), grid_w - 1)\n",
            "        column = min(int(center_y), grid_h - 1)\n        row = min(int(center_x), grid_h - 1)\n",
            "Rows and columns of the grid are swapped. y chooses the row, x the column.",
        ),
        Mistake(
            "cell_of_the_corner",
            "center_x, center_y = (x1 + x2) / 2, (y1 + y2) / 2",
            "center_x, center_y = max(x1, 0), max(y1, 0)",
            "You use the upper left corner of the box. The object belongs to the cell of its centre.",
        ),
        Mistake(
            "centre_in_the_picture",
            "1, center_x - column, center_y - row,",
            "1, center_x, center_y,",
            "bx and by are measured from the picture's corner. Measure them from the corner of the *cell*.",
        ),
        Mistake(
            "width_before_height",
            "y2 - y1, x2 - x1\n",
            "x2 - x1, y2 - y1\n",
            "The order is bh, bw: the height comes first.",
        ),
        Mistake(
            "y_before_x",
            "1, center_x - column, center_y - row,",
            "1, center_y - row, center_x - column,",
            "The order is bx, by: x comes first.",
        ),
        Mistake(
            "overwrites",
            "free = np.flatnonzero(y[row, column, :, 0] == 0)",
            "free = np.arange(len(anchors))",
            "A second object with the same cell and the same best anchor overwrites the first. It gets the best anchor "
            "that is still free.",
        ),
        Mistake(
            "first_free_anchor",
            "free[assign_anchors(box[None], anchors[free])[0]]",
            "free[0]",
            "You take the first free anchor. Take the one whose shape fits best.",
        ),
        Mistake(
            "index_among_the_free",
            "free[assign_anchors(box[None], anchors[free])[0]]",
            "assign_anchors(box[None], anchors[free])[0]",
            "When one anchor is taken, your index counts only the free ones. Translate it back.",
        ),
        Mistake(
            "no_class",
            "            y[row, column, anchor, 5 + class_id] = 1\n",
            "",
            "The class is missing: all c are 0.",
        ),
        Mistake(
            "class_ids_from_one",
            "5 + class_id] = 1",
            "4 + class_id] = 1",
            "Your classes are one place too far left. Class 0 has its place behind bw.",
        ),
    ),
)


def cases_decode_predictions(rng: np.random.Generator) -> Iterator[Case]:
    def predictions(*shape: int) -> np.ndarray:
        return (rng.permutation(int(np.prod(shape))).reshape(shape) % 509 + 1) / 256

    yield Case("a grid of 2 x 4 cells, two anchors, three classes", (predictions(2, 4, 2, 8),))
    yield Case("a batch of two, a grid of 3 x 2", (predictions(2, 3, 2, 2, 7),))
    yield Case("as many rows as columns, one anchor", (), {"y": predictions(3, 3, 1, 6)})
    yield Case("a tensor", (predictions(1, 2, 3, 2, 6).astype(np.float32),), call=TENSORS)


decode_predictions = Exercise(
    name="decode_predictions",
    points=7,
    cases=cases_decode_predictions,
    mistakes=(
        Mistake(
            "forgets_the_cell",
            "(y[..., 1] + columns) / grid_w",
            "y[..., 1] / grid_w",
            "All boxes lie at the left side of the picture. bx is measured from the cell: add the column.",
        ),
        Mistake(
            "forgets_the_cells",
            "    x_center = (y[..., 1] + columns) / grid_w  # (..., grid_h, grid_w, num_anchors)\n"
            "    y_center = (y[..., 2] + rows) / grid_h\n",
            "    x_center = y[..., 1] / grid_w\n    y_center = y[..., 2] / grid_h\n",
            "All boxes lie in the upper left corner. bx and by are measured from the cell: add its column and its row.",
        ),
        Mistake(
            "rows_and_columns_swapped",
            "    columns = np.arange(grid_w).reshape(1, grid_w, 1)\n"
            "    rows = np.arange(grid_h).reshape(grid_h, 1, 1)\n",
            "    rows = np.arange(grid_w).reshape(1, grid_w, 1)\n"
            "    columns = np.arange(grid_h).reshape(grid_h, 1, 1)\n",
            "Rows and columns are swapped. Columns change from left to right, along the second axis of the grid.",
        ),
        Mistake(
            "height_before_width",
            "np.stack([y[..., 4] / grid_w, y[..., 3] / grid_h], axis=-1)",
            "np.stack([y[..., 3] / grid_h, y[..., 4] / grid_w], axis=-1)",
            "box_wh has the width first. In y the height comes first.",
        ),
        Mistake(
            "reads_width_first",
            "np.stack([y[..., 4] / grid_w, y[..., 3] / grid_h], axis=-1)",
            "np.stack([y[..., 3] / grid_w, y[..., 4] / grid_h], axis=-1)",
            "The layout is [pc, bx, by, bh, bw, ...]: the number at place 3 is the height.",
        ),
        Mistake(
            "sizes_in_cells",
            "np.stack([y[..., 4] / grid_w, y[..., 3] / grid_h], axis=-1)",
            "np.stack([y[..., 4], y[..., 3]], axis=-1)",
            "Your sizes are still in cells. Divide by the number of cells.",
        ),
        Mistake(
            "middle_of_the_cell",
            "    x_center = (y[..., 1] + columns) / grid_w  # (..., grid_h, grid_w, num_anchors)\n"
            "    y_center = (y[..., 2] + rows) / grid_h\n",
            "    x_center = (y[..., 1] + columns + 0.5) / grid_w\n    y_center = (y[..., 2] + rows + 0.5) / grid_h\n",
            "All boxes lie half a cell too far right and down. bx and by are measured from the *corner* of the cell.",
        ),
        Mistake(
            "confidence_without_axis",
            "y[..., :1]",
            "y[..., 0]",
            "The confidence has lost its last axis: its shape ends with 1.",
        ),
        Mistake(
            "score_instead_of_probability",
            "y[..., 5:]",
            "y[..., :1] * y[..., 5:]",
            "You multiplied the class probabilities with the confidence. Leave them as they are.",
        ),
    ),
)


# ---- part 5

LOSS = Code("lambda loss, y_true, y_pred: keras.ops.convert_to_numpy(loss(y_true, y_pred))")
LOSS_TENSORS = Code(
    "lambda loss, *y: keras.ops.convert_to_numpy(loss(*[keras.ops.convert_to_tensor(one) for one in y]))"
)
# The loss before each of four steps of a tiny network: it tells whether the gradient is right too.
FOUR_STEPS = Code("""lambda loss, x, y: (lambda model: [
    model.compile(keras.optimizers.SGD(0.02), loss=loss, run_eagerly=True, jit_compile=False),
    model.fit(x, y, batch_size=len(x), epochs=4, verbose=0, shuffle=False).history["loss"],
][1])(observe.fill(keras.Sequential([
    keras.Input(x.shape[1:]), keras.layers.Dense(y[0].size, "sigmoid"), keras.layers.Reshape(y.shape[1:])])))""")


def cases_yolo_loss(rng: np.random.Generator) -> Iterator[Case]:
    def targets(m: int, grid_h: int, grid_w: int, num_anchors: int, num_classes: int, num_objects: int) -> np.ndarray:
        y = np.zeros((m, grid_h * grid_w * num_anchors, 5 + num_classes), np.float32)
        for picture in y:
            places = rng.permutation(len(picture))[:num_objects]
            picture[places, :1], picture[places, 1:3] = 1, rng.integers(0, 16, (num_objects, 2)) / 16
            picture[places, 3:5] = rng.integers(2, 49, (num_objects, 2)) / 16
            picture[places, 5 + rng.permutation(np.arange(num_objects) % num_classes)] = 1
        return y.reshape(m, grid_h, grid_w, num_anchors, 5 + num_classes)

    def predictions(y: np.ndarray) -> np.ndarray:
        y_pred = rng.integers(1, 16, y.shape).astype(np.float32) / 16
        y_pred[..., 3:5] *= 4
        return y_pred

    y = targets(2, 3, 4, 2, 3, 3)
    yield Case("two pictures with three objects each", (y, predictions(y)), call=LOSS, tolerance=1e-3)
    empty = targets(1, 2, 3, 2, 2, 0)
    yield Case("an empty picture", (empty, predictions(empty)), call=LOSS, tolerance=1e-3)
    y_pred = predictions(y)
    y_pred[..., 0], y_pred[..., 5:] = np.round(y_pred[..., 0]), np.round(y_pred[..., 5:])
    yield Case("tensors; probabilities of exactly 0 and 1", (y, y_pred), call=LOSS_TENSORS, tolerance=2e-2)
    y = targets(4, 2, 2, 2, 2, 2)
    x = rng.integers(-8, 9, (4, 3)).astype(np.float32) / 8
    yield Case("the loss before each of four training steps", (x, y), call=FOUR_STEPS, tolerance=5e-3)


yolo_loss = Exercise(
    name="yolo_loss",
    points=11,
    cases=cases_yolo_loss,
    mistakes=(
        Mistake(
            "boxes_where_nothing_is",
            "has_object * (5 * center + 5 * size - ops.log(confidence) + which)",
            "5 * center + 5 * size + has_object * (which - ops.log(confidence))",
            "Empty places are punished for their boxes. Where nothing is, no box is right or wrong.",
        ),
        Mistake(
            "no_square_root",
            "ops.square(ops.sqrt(y_true[..., 3:5]) - ops.sqrt(y_pred[..., 3:5]))",
            "ops.square(y_true[..., 3:5] - y_pred[..., 3:5])",
            "The square roots of the sizes are missing.",
        ),
        Mistake(
            "no_weight_for_boxes",
            "has_object * (5 * center + 5 * size - ops.log(confidence) + which)",
            "has_object * (center + size - ops.log(confidence) + which)",
            "The weight of 5 for centre and size is missing.",
        ),
        Mistake(
            "empty_counts_fully",
            "-0.5 * (1 - has_object) * ops.log(1 - confidence)",
            "-1.0 * (1 - has_object) * ops.log(1 - confidence)",
            "The empty places have too much weight. Theirs is 0.5.",
        ),
        Mistake(
            "forgets_the_empty",
            "ops.sum(at_objects + at_empty, axis=(1, 2, 3))",
            "ops.sum(at_objects, axis=(1, 2, 3))",
            "A network that shouts everywhere would pay nothing: the term of the empty places is missing.",
        ),
        Mistake(
            "silence_everywhere",
            "-0.5 * (1 - has_object) * ops.log(1 - confidence)",
            "-0.5 * ops.log(1 - confidence)",
            "The places that hold an object are told to be silent too. The term of the empty places is for the empty "
            "places.",
        ),
        Mistake(
            "one_number_for_all",
            "ops.sum(at_objects + at_empty, axis=(1, 2, 3))",
            "ops.mean(ops.sum(at_objects + at_empty, axis=(1, 2, 3)))",
            "You return one number. Return one for each picture: Keras takes the mean itself.",
        ),
        Mistake(
            "mean_over_places",
            "ops.sum(at_objects + at_empty, axis=(1, 2, 3))",
            "ops.mean(at_objects + at_empty, axis=(1, 2, 3))",
            "You take the mean over the places of a picture. Take the sum.",
        ),
        Mistake(
            "squared_class_error",
            "-ops.sum(y_true[..., 5:] * ops.log(probabilities), axis=-1)",
            "ops.sum(ops.square(y_true[..., 5:] - probabilities), axis=-1)",
            "The class has a squared error, as in the first YOLO. Here it is a cross-entropy.",
        ),
        Mistake(
            "no_clipping",
            "ops.clip(y_pred[..., 0], 1e-7, 1 - 1e-7)",
            "y_pred[..., 0]",
            "A confidence of exactly 0 or 1 gives infinity or nan. Clip it before the logarithm.",
        ),
        Mistake(
            "no_gradient",
            "ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)",
            "ops.convert_to_tensor(y_true), ops.convert_to_tensor(to_numpy(y_pred))",
            "The numbers are right, but no network can learn from them: on the way through NumPy the gradient is lost. "
            "Keep tensors.",
        ),
    ),
)


# ---- part 6


def cases_yolo_eval(rng: np.random.Generator) -> Iterator[Case]:
    def outputs(*grid: int, num_classes: int = 3) -> tuple[np.ndarray, ...]:
        confidence = rng.permutation(np.linspace(100, 256, int(np.prod(grid))).astype(int)).reshape(*grid, 1) / 256
        probs = np.eye(num_classes)[rng.integers(num_classes, size=grid)] * 0.75 + 0.0625
        return rng.integers(4, 29, (*grid, 2)) / 32, rng.integers(4, 21, (*grid, 2)) / 32, confidence, probs

    boxes = (np.array([[0.5, 0.25]] * 2), np.array([[0.25, 0.375], [0.25, 0.25]]), np.array([[1.0], [0.875]]))
    probs = np.array([[0.125, 0.875], [0.75, 0.25]])
    yield Case("two boxes of two classes, the defaults", ((*boxes, probs), (128, 192)))
    grid = outputs(3, 4, 2)
    yield Case("a grid of 3 x 4 cells, the defaults", (grid, (96, 160)))
    yield Case("other thresholds, by position", (grid, (96, 160), 20, 0.5, 0.25))
    yield Case(
        "a batch axis of one", (outputs(1, 2, 3, 2), (64, 48)), {"score_threshold": 0.375, "iou_threshold": 0.375}
    )
    yield Case("nothing found", (grid, (96, 160)), {"score_threshold": 1.5})
    to_tensors = Code("lambda f, parts, *args: f([keras.ops.convert_to_tensor(part) for part in parts], *args)")
    tensors = tuple(part.astype(np.float32) for part in outputs(2, 3, 2))
    yield Case("tensors", (tensors, (128, 192), 5, 0.40625), call=to_tensors)


yolo_eval = Exercise(
    name="yolo_eval",
    points=7,
    cases=cases_yolo_eval,
    mistakes=(
        Mistake(
            "not_in_pixels",
            "corners * np.array([height, width, height, width])",
            "corners",
            "Your boxes are still parts of the picture. Multiply with its height and width.",
        ),
        Mistake(
            "scaled_by_width_first",
            "np.array([height, width, height, width])",
            "np.array([width, height, width, height])",
            "Height and width are swapped in the scale: y belongs to the height.",
        ),
        Mistake(
            "x_first",
            "np.concatenate([upper_left[..., ::-1], lower_right[..., ::-1]], axis=-1)  # (..., 4), y first\n"
            "    boxes = corners * np.array([height, width, height, width])",
            "np.concatenate([upper_left, lower_right], axis=-1)\n"
            "    boxes = corners * np.array([width, height, width, height])",
            "Your corners are (x1, y1, x2, y2). y comes first.",
        ),
        Mistake(
            "centre_as_corner",
            "    upper_left = box_xy - box_wh / 2  # (..., 2), x first\n    lower_right = box_xy + box_wh / 2\n",
            "    upper_left = box_xy\n    lower_right = box_xy + box_wh\n",
            "You take the centre for the upper left corner. Half of the size lies on each side of the centre.",
        ),
        Mistake(
            "whole_size_on_each_side",
            "    upper_left = box_xy - box_wh / 2  # (..., 2), x first\n    lower_right = box_xy + box_wh / 2\n",
            "    upper_left = box_xy - box_wh\n    lower_right = box_xy + box_wh\n",
            "Your boxes are twice as large as they should be. *Half* of the size lies on each side of the centre.",
        ),
        Mistake(
            "thresholds_swapped",
            "def yolo_eval(yolo_outputs, image_shape, max_boxes=10, score_threshold=0.6, iou_threshold=0.5):",
            "def yolo_eval(yolo_outputs, image_shape, max_boxes=10, iou_threshold=0.5, score_threshold=0.6):",
            "The two thresholds change places when they are given by position. Keep the order of the parameters.",
        ),
        Mistake(
            "score_threshold_not_passed_on",
            "box_class_probs, score_threshold)",
            "box_class_probs)",
            "Another score_threshold changes nothing. Pass it on.",
        ),
        Mistake(
            "no_suppression",
            "return yolo_non_max_suppression(scores, boxes, classes, max_boxes, iou_threshold)",
            "order = np.argsort(-scores)[:max_boxes]\n    return scores[order], boxes[order], classes[order]",
            "Boxes that show the same thing are all there. Suppression is missing.",
        ),
        Mistake(
            "iou_threshold_not_passed_on",
            "classes, max_boxes, iou_threshold)",
            "classes, max_boxes)",
            "Another iou_threshold changes nothing. Pass it on.",
        ),
    ),
)


# ---- part 7


def shifted(boxes: np.ndarray, shifts: list[float]) -> np.ndarray:
    """Each box moved to the right by a part of its width: by 1/3 the IoU is 0.5."""
    width = boxes[:, 3] - boxes[:, 1]
    move = np.array(shifts) * width
    return boxes + np.stack([0 * move, move, 0 * move, move], axis=1)


def scenes(rng: np.random.Generator) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Three pictures with 4, 0 and 3 objects far from each other; hits, twins, near misses and false alarms."""
    y, x = rng.integers(0, 30, size=2).tolist()
    objects = np.array([[y, x + 60 * i, y + 24, x + 60 * i + 36] for i in range(4)], dtype=float)
    far = objects + 200
    boxes = [
        np.concatenate([shifted(objects, [0, 0.125, 0.25, 0.75]), shifted(objects[:2], [0.0625, 0.25]), far[:1]]),
        far[:2],
        np.concatenate([shifted(objects[:3], [0.125, 0.5, 0]), far[1:2]]),
    ]
    ranks = np.array([0.95, 0.60, 0.35, 0.5, 0.90, 0.3, 0.7, 0.65, 0.2, 0.85, 0.55, 0.4, 0.25])
    scores = np.split(ranks + rng.integers(0, 8, 13) / 256, [7, 9])
    for i in (0, 2):  # the detections of a picture come in any order
        order = rng.permutation(len(boxes[i]))
        boxes[i], scores[i] = boxes[i][order], scores[i][order]
    return [objects, np.zeros((0, 4)), objects[:3]], boxes, scores


def cases_average_precision(rng: np.random.Generator) -> Iterator[Case]:
    true_boxes, boxes, scores = scenes(rng)
    yield Case("three pictures, seven objects", (true_boxes, boxes, scores))
    yield Case("a strict threshold of 0.75", (true_boxes, boxes, scores), {"iou_threshold": 0.75})
    one = np.array([[0.0, 0.0, 16.0, 16.0]])
    halves = [np.array([[0.0, 0.0, 16.0, 8.0]])]
    yield Case("an IoU equal to the threshold is a hit", ([one], halves, [np.array([0.5])]))
    yield Case("the same object found twice", ([one], [np.concatenate([one, one + 1])], [np.array([0.75, 0.875])]))
    two = [np.array([[0.0, 0, 16, 16], [0, 4, 16, 20], [60, 60, 70, 70]])]
    yield Case(
        "two objects side by side: the second choice counts",
        (two, [np.array([[0.0, 1, 16, 17], [0, 1.5, 16, 17]])], [np.array([0.875, 0.75])]),
    )
    none = [np.zeros((0, 4))] * 2
    yield Case("objects, but no detections", (true_boxes[:2], none, [np.zeros(0)] * 2))
    yield Case("no objects: nan", (none, boxes[:2], scores[:2]))


average_precision = Exercise(
    name="average_precision",
    points=9,
    cases=cases_average_precision,
    mistakes=(
        Mistake(
            "without_envelope",
            "precision[recall >= r].max(initial=0)",
            "precision[np.argmax(recall >= r)] if np.any(recall >= r) else 0",
            "You take the first precision that reaches a recall. A later one may be better: take the maximum.",
        ),
        Mistake(
            "found_twice",
            "                free[np.argmax(overlaps)] = False\n",
            "",
            "The second detection of an object counts as a hit too. An object can be found only once.",
        ),
        Mistake(
            "above_the_threshold",
            "overlaps.max() >= iou_threshold",
            "overlaps.max() > iou_threshold",
            "An IoU that equals the threshold is a hit.",
        ),
        Mistake(
            "worst_first",
            "order = np.argsort(-np.concatenate(",
            "order = np.argsort(np.concatenate(",
            "It looks as if the list of all detections begins with the lowest score.",
        ),
        Mistake(
            "picture_after_picture",
            "order = np.argsort(-np.concatenate([to_numpy(part) for part in scores]))",
            "order = np.arange(sum(len(part) for part in scores))",
            "You go through the pictures one after another. Sort the detections of *all* pictures by score.",
        ),
        Mistake(
            "in_the_given_order",
            "for i in np.argsort(-to_numpy(confidence)):",
            "for i in range(len(confidence)):",
            "Within a picture you take the detections in the order of the list. The best score chooses first.",
        ),
        Mistake(
            "recall_of_the_found",
            "recall = num_found / num_objects",
            "recall = num_found / max(num_found[-1] if len(num_found) else 1, 1)",
            "Your recall always reaches 1. Divide by the number of *all* objects, found or not.",
        ),
        Mistake(
            "eleven_recalls",
            "np.linspace(0, 1, 101)",
            "np.linspace(0, 1, 11)",
            "You read the curve at 11 recalls, as the oldest competitions did. Here there are 101.",
        ),
        Mistake(
            "fixed_threshold",
            "overlaps.max() >= iou_threshold",
            "overlaps.max() >= 0.5",
            "You always use 0.5. Use the argument iou_threshold.",
        ),
        Mistake(
            "taken_objects_block",
            "overlaps = np.where(free, iou(found[i], objects), -1)  # (n,), taken objects are out",
            "overlaps = iou(found[i], objects)\n"
            "            if len(objects) > 0 and not free[np.argmax(overlaps)]:\n"
            "                continue",
            "A detection whose favourite object is taken gives up. It may still find another one that is free.",
        ),
        Mistake(
            "no_nan",
            'return float("nan")',
            "return 0.0",
            "Without any object you return 0. Nothing can be measured there: return nan.",
        ),
    ),
)


def cases_mean_average_precision(rng: np.random.Generator) -> Iterator[Case]:
    true_boxes, boxes, scores = scenes(rng)
    truth_ids = [np.array([0, 0, 1, 1]), np.zeros(0, int), np.array([0, 1, 1])]
    truths = list(zip(true_boxes, truth_ids, strict=True))
    columns = [np.round((found[:, 1] % 200 - true_boxes[0][0, 1]) / 60).astype(int) for found in boxes]
    classes = [np.where(column < 2, 0, 1) for column in columns]
    classes[2] = np.where(columns[2] < 1, 0, 1)
    predictions = list(zip(scores, boxes, classes, strict=True))
    yield Case("two classes", (truths, predictions, 2))
    yield Case("a third class has no objects", (truths, predictions, 3))
    yield Case("a stricter threshold", (truths, predictions, 2), {"iou_thresholds": 0.75})
    yield Case("the mean over four thresholds", (truths, predictions, 2, [0.5, 0.625, 0.75, 0.875]))
    other = [(s, b, (c + 1) % 2) for s, b, c in predictions]
    yield Case("right boxes with wrong classes", (truths, other, 2))


mean_average_precision = Exercise(
    name="mean_average_precision",
    points=4,
    cases=cases_mean_average_precision,
    mistakes=(
        Mistake(
            "nan_counts",
            "float(np.nanmean(values))",
            "float(np.mean(values))",
            "One class without objects makes everything nan. Such a class does not count.",
        ),
        Mistake(
            "absent_classes_count_as_zero",
            "float(np.nanmean(values))",
            "float(np.mean(np.nan_to_num(values)))",
            "A class without objects counts as 0. It should not count at all.",
        ),
        Mistake(
            "first_threshold_only",
            "in np.ravel(iou_thresholds):",
            "in np.ravel(iou_thresholds)[:1]:",
            "Only the first threshold of the list counts. Take the mean over all of them.",
        ),
        Mistake(
            "always_one_half",
            "in np.ravel(iou_thresholds):",
            "in [0.5]:",
            "You always measure at 0.5. Use the argument iou_thresholds.",
        ),
        Mistake(
            "classes_mixed",
            "    found = [to_numpy(boxes)[to_numpy(ids) == class_id] for _, boxes, ids in predictions]\n"
            "        scores = [to_numpy(score)[to_numpy(ids) == class_id] for score, _, ids in predictions]\n",
            "    found = [to_numpy(boxes) for _, boxes, ids in predictions]\n"
            "        scores = [to_numpy(score) for score, _, ids in predictions]\n",
            "A truck that is reported as a car counts as found. For each class, take only its own detections.",
        ),
        Mistake(
            "best_class_only",
            "float(np.nanmean(values))",
            "float(np.nanmax(values))",
            "You return the best of the values. Take their mean.",
        ),
    ),
)


exercises = [
    iou,
    yolo_filter_boxes,
    non_max_suppression,
    yolo_non_max_suppression,
    assign_anchors,
    kmeans_anchors,
    encode_targets,
    decode_predictions,
    yolo_loss,
    yolo_eval,
    average_precision,
    mean_average_precision,
]
