"""Right solutions that look different, `EXERCISE__HOW`: every one of them must earn full points.

Each function replaces the solution of its exercise, so it finds the other exercises (iou, non_max_suppression ...) and
the helpers of the setup (to_numpy, widths_and_heights) as globals. They are written the way learners write, each on its
own terms.
"""

import itertools

import numpy as np
from keras import ops

# ---- iou


def iou__coordinate_by_coordinate(box1, box2):
    y1, x1, y2, x2 = np.moveaxis(to_numpy(box1), -1, 0)  # noqa: F821
    v1, u1, v2, u2 = np.moveaxis(to_numpy(box2), -1, 0)  # noqa: F821
    height = np.clip(np.minimum(y2, v2) - np.maximum(y1, v1), 0, None)
    width = np.clip(np.minimum(x2, u2) - np.maximum(x1, u1), 0, None)
    overlap = height * width
    both = (y2 - y1) * (x2 - x1) + (v2 - v1) * (u2 - u1) - overlap
    return overlap / np.where(both == 0, 1, both)


def iou__with_keras_ops(box1, box2):
    box1, box2 = ops.convert_to_tensor(box1, "float32"), ops.convert_to_tensor(box2, "float32")
    sides = ops.relu(ops.minimum(box1[..., 2:], box2[..., 2:]) - ops.maximum(box1[..., :2], box2[..., :2]))
    overlap = ops.prod(sides, axis=-1)
    union = (
        ops.prod(box1[..., 2:] - box1[..., :2], axis=-1) + ops.prod(box2[..., 2:] - box2[..., :2], axis=-1) - overlap
    )
    return ops.convert_to_numpy(overlap / ops.maximum(union, 1e-9))


# ---- score filter


def yolo_filter_boxes__flat(boxes, box_confidence, box_class_probs, threshold=0.6):
    probs = to_numpy(box_class_probs)  # noqa: F821
    scores = to_numpy(box_confidence).reshape(-1, 1) * probs.reshape(-1, probs.shape[-1])  # noqa: F821
    best = scores.argmax(axis=1)
    score = scores[np.arange(len(scores)), best]
    stay = np.flatnonzero(score >= threshold)
    return score[stay], to_numpy(boxes).reshape(-1, 4)[stay], best[stay]  # noqa: F821


def yolo_filter_boxes__best_probability_first(boxes, box_confidence, box_class_probs, threshold=0.6):
    confidence, probs = ops.convert_to_numpy(box_confidence), ops.convert_to_numpy(box_class_probs)
    scores = confidence[..., 0] * probs.max(axis=-1)
    mask = np.logical_not(scores < threshold)
    return [scores[mask], ops.convert_to_numpy(boxes)[mask], np.argmax(probs, axis=-1)[mask].astype("int32")]


# ---- suppression


def non_max_suppression__sorted_list(boxes, scores, iou_threshold, max_boxes):
    boxes, scores = to_numpy(boxes), to_numpy(scores)  # noqa: F821
    kept = []
    for i in sorted(range(len(scores)), key=lambda i: scores[i], reverse=True):
        if all(iou(boxes[i], boxes[j]) <= iou_threshold for j in kept):  # noqa: F821
            kept.append(i)
    return np.array(kept[:max_boxes], dtype="int64")


def non_max_suppression__scores_set_to_minus_one(boxes, scores, iou_threshold, max_boxes):
    boxes, scores = to_numpy(boxes), np.array(to_numpy(scores), dtype=float)  # noqa: F821
    kept = []
    while len(kept) < max_boxes and np.any(scores >= 0):
        best = int(np.argmax(scores))
        kept.append(best)
        scores[iou(boxes[best], boxes) > iou_threshold] = -1  # noqa: F821
        scores[best] = -1
    return np.array(kept).astype(int)


def yolo_non_max_suppression__classes_moved_apart(scores, boxes, classes, max_boxes=10, iou_threshold=0.5):
    scores, boxes, classes = to_numpy(scores), to_numpy(boxes), to_numpy(classes)  # noqa: F821
    apart = boxes + 1000.0 * classes[:, None]
    kept = non_max_suppression(apart, scores, iou_threshold, max_boxes)  # noqa: F821
    return scores[kept], boxes[kept], classes[kept]


def yolo_non_max_suppression__one_greedy_loop(scores, boxes, classes, max_boxes=10, iou_threshold=0.5):
    scores, boxes, classes = to_numpy(scores), to_numpy(boxes), to_numpy(classes)  # noqa: F821
    kept = []
    for i in np.argsort(scores)[::-1]:
        rivals = [j for j in kept if classes[j] == classes[i] and iou(boxes[i], boxes[j]) > iou_threshold]  # noqa: F821
        if not rivals and len(kept) < max_boxes:
            kept.append(int(i))
    return np.take(scores, kept), boxes[kept] if kept else boxes[:0], np.take(classes, kept)


# ---- anchors


def assign_anchors__minima(boxes, anchors):
    sizes, anchors = widths_and_heights(boxes), to_numpy(anchors)  # noqa: F821
    common = np.minimum(sizes[:, None, 0], anchors[:, 0]) * np.minimum(sizes[:, None, 1], anchors[:, 1])
    fit = common / (sizes.prod(axis=1)[:, None] + anchors.prod(axis=1) - common)
    return fit.argmax(axis=-1)


def assign_anchors__centred_boxes_in_a_loop(boxes, anchors):
    result = []
    for w, h in widths_and_heights(boxes):  # noqa: F821
        fits = [iou((-h / 2, -w / 2, h / 2, w / 2), (-b / 2, -a / 2, b / 2, a / 2)) for a, b in to_numpy(anchors)]  # noqa: F821
        result.append(fits.index(max(fits)))
    return np.array(result)


def kmeans_anchors__drawn_starts(boxes, k):
    sizes, rng = np.asarray(widths_and_heights(boxes), float), np.random.default_rng(3)  # noqa: F821
    results = []
    for _ in range(20):
        anchors = rng.permutation(np.unique(sizes, axis=0))[:k]
        for _ in range(50):
            nearest = assign_anchors(sizes, anchors)  # noqa: F821
            anchors = np.stack(
                [sizes[nearest == i].mean(axis=0) if (nearest == i).any() else anchors[i] for i in range(k)]
            )
        fit = np.minimum(sizes, anchors[nearest]).prod(axis=1) / np.maximum(sizes, anchors[nearest]).prod(axis=1)
        results.append((fit.mean(), anchors))
    best = max(results, key=lambda pair: pair[0])[1]
    return np.array(sorted(best.tolist(), key=lambda size: size[0] * size[1]))


def kmeans_anchors__far_apart_starts(boxes, k):
    sizes = widths_and_heights(boxes).astype("float64")  # noqa: F821
    there = np.hstack([np.zeros(sizes.shape), sizes])
    chosen = [int(np.argmin(sizes.prod(axis=1)))]
    while len(chosen) < k:  # the box that fits the chosen ones worst
        chosen.append(int(np.argmin(iou(there[:, None], there[None, chosen]).max(axis=1))))  # noqa: F821
    anchors = sizes[chosen]
    for _ in range(30):
        members = np.eye(k)[assign_anchors(sizes, anchors)]  # noqa: F821
        anchors = members.T @ sizes / members.sum(axis=0)[:, None]
    return anchors[anchors.prod(axis=1).argsort()]


# ---- targets


def encode_targets__ranked_anchors(boxes, class_ids, anchors, grid_shape, image_shape, num_classes):
    boxes, anchors = to_numpy(boxes), to_numpy(anchors)  # noqa: F821
    cell_h, cell_w = image_shape[0] / grid_shape[0], image_shape[1] / grid_shape[1]
    y = np.zeros((*grid_shape, len(anchors), 5 + num_classes))
    for i in range(len(boxes)):
        y1, x1, y2, x2 = (float(value) for value in boxes[i])
        across, down = (x1 + x2) / 2 / cell_w, (y1 + y2) / 2 / cell_h
        r, c = int(np.clip(down // 1, 0, grid_shape[0] - 1)), int(np.clip(across // 1, 0, grid_shape[1] - 1))
        fits = [iou((0, 0, y2 - y1, x2 - x1), (0, 0, h, w)) for w, h in anchors]  # noqa: F821
        for a in sorted(range(len(anchors)), key=lambda a: -fits[a]):
            if not y[r, c, a].any():
                y[r, c, a] = np.concatenate(
                    [
                        [1, across - c, down - r, (y2 - y1) / cell_h, (x2 - x1) / cell_w],
                        np.eye(num_classes)[class_ids[i]],
                    ]
                )
                break
    return y


def encode_targets__centres_first(boxes, class_ids, anchors, grid_shape, image_shape, num_classes):
    boxes, class_ids = np.reshape(to_numpy(boxes), (-1, 4)), to_numpy(class_ids)  # noqa: F821
    scale = np.array(grid_shape) / np.array(image_shape)  # cells per pixel, (y, x)
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2 * scale
    sizes = (boxes[:, 2:] - boxes[:, :2]) * scale
    cells = np.minimum(centers.astype(int), np.array(grid_shape) - 1)
    y = np.zeros((*grid_shape, len(anchors), 5 + num_classes), "float32")
    for i, (row, column) in enumerate(cells):
        available = [a for a in range(len(anchors)) if y[row, column, a, 0] == 0]
        if not available:
            continue
        a = available[int(assign_anchors(boxes[i : i + 1], to_numpy(anchors)[available])[0])]  # noqa: F821
        y[row, column, a, 0] = 1
        y[row, column, a, 1:3] = (centers[i] - cells[i])[::-1]
        y[row, column, a, 3:5] = sizes[i]
        y[row, column, a, 5 + int(class_ids[i])] = 1
    return y


def decode_predictions__loops(y):
    y = to_numpy(y)  # noqa: F821
    grid_h, grid_w = y.shape[-4], y.shape[-3]
    xy, wh = np.zeros((*y.shape[:-1], 2)), np.zeros((*y.shape[:-1], 2))
    for i, j in itertools.product(range(grid_h), range(grid_w)):
        xy[..., i, j, :, 0] = (j + y[..., i, j, :, 1]) / grid_w
        xy[..., i, j, :, 1] = (i + y[..., i, j, :, 2]) / grid_h
        wh[..., i, j, :, 0] = y[..., i, j, :, 4] / grid_w
        wh[..., i, j, :, 1] = y[..., i, j, :, 3] / grid_h
    return xy, wh, y[..., 0:1], y[..., 5:]


def decode_predictions__meshgrid_of_tensors(y):
    y = ops.convert_to_tensor(y)
    grid_h, grid_w = int(y.shape[-4]), int(y.shape[-3])
    cells = np.stack(np.meshgrid(np.arange(grid_w), np.arange(grid_h)), axis=-1)[:, :, None].astype("float32")
    size = ops.convert_to_tensor(np.array([grid_w, grid_h], "float32"))
    y = ops.cast(y, "float32")
    parts = (y[..., 1:3] + cells) / size, ops.flip(y[..., 3:5], axis=-1) / size, y[..., :1], y[..., 5:]
    return tuple(ops.convert_to_numpy(part) for part in parts)


# ---- loss


def yolo_loss__term_by_term(y_true, y_pred):
    y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    obj = y_true[..., 0:1]
    axes = (1, 2, 3, 4)
    xy = 5.0 * ops.sum(obj * (y_true[..., 1:3] - y_pred[..., 1:3]) ** 2, axis=axes)
    wh = 5.0 * ops.sum(obj * (y_true[..., 3:5] ** 0.5 - y_pred[..., 3:5] ** 0.5) ** 2, axis=axes)
    here = ops.sum(obj * ops.log(p[..., 0:1]), axis=axes)
    nothing = ops.sum((1.0 - obj) * ops.log(1.0 - p[..., 0:1]), axis=axes)
    classes = ops.sum(obj * y_true[..., 5:] * ops.log(p[..., 5:]), axis=axes)
    return xy + wh - here - nothing / 2 - classes


def yolo_loss__with_where(y_true, y_pred):
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    has_object = y_true[..., 0] > 0.5
    right = ops.where(has_object, y_pred[..., 0], 1 - y_pred[..., 0])
    confidence = -ops.where(has_object, 1.0, 0.5) * ops.log(ops.clip(right, 1e-7, 1 - 1e-7))
    class_loss = -ops.sum(y_true[..., 5:] * ops.log(ops.maximum(y_pred[..., 5:], 1e-7)), axis=-1)
    target = ops.concatenate([y_true[..., 1:3], ops.sqrt(y_true[..., 3:5])], axis=-1)
    guess = ops.concatenate([y_pred[..., 1:3], ops.sqrt(y_pred[..., 3:5])], axis=-1)
    boxes = ops.where(has_object, 5 * ops.sum((target - guess) ** 2, axis=-1), 0.0)
    places = confidence + boxes + class_loss
    return ops.sum(ops.reshape(places, (ops.shape(places)[0], -1)), axis=1)


# ---- evaluation


def yolo_eval__coordinate_by_coordinate(
    yolo_outputs, image_shape, max_boxes=10, score_threshold=0.6, iou_threshold=0.5
):
    xy, wh, confidence, probs = [to_numpy(part) for part in yolo_outputs]  # noqa: F821
    x, y, w, h = xy[..., 0] * image_shape[1], xy[..., 1] * image_shape[0], wh[..., 0], wh[..., 1]
    w, h = w * image_shape[1], h * image_shape[0]
    boxes = np.stack((y - 0.5 * h, x - 0.5 * w, y + 0.5 * h, x + 0.5 * w), axis=-1)
    return yolo_non_max_suppression(  # noqa: F821
        *yolo_filter_boxes(boxes, confidence, probs, score_threshold),  # noqa: F821
        max_boxes=max_boxes,
        iou_threshold=iou_threshold,
    )


def yolo_eval__pixels_last(yolo_outputs, image_shape, max_boxes=10, score_threshold=0.6, iou_threshold=0.5):
    box_xy, box_wh, confidence, probs = yolo_outputs
    center, half = to_numpy(box_xy)[..., ::-1], to_numpy(box_wh)[..., ::-1] / 2  # noqa: F821
    pixels = np.array(list(image_shape) * 2)
    boxes = np.concatenate((center - half, center + half), axis=-1)
    scores, boxes, classes = yolo_filter_boxes(boxes, confidence, probs, threshold=score_threshold)  # noqa: F821
    return yolo_non_max_suppression(scores, boxes * pixels, classes, max_boxes, iou_threshold)  # noqa: F821


# ---- metrics


def average_precision__one_list_of_all(true_boxes, boxes, scores, iou_threshold=0.5):
    total = sum(len(objects) for objects in true_boxes)
    if not total:
        return np.nan
    detections = [(float(s), p, box) for p in range(len(boxes)) for s, box in zip(scores[p], boxes[p], strict=True)]
    detections.sort(key=lambda one: one[0], reverse=True)
    taken, points, hits = set(), [], 0
    for count, (_, picture, box) in enumerate(detections, start=1):
        best, best_overlap = None, iou_threshold
        for k, truth in enumerate(true_boxes[picture]):
            overlap = iou(box, truth)  # noqa: F821
            if (picture, k) not in taken and overlap >= best_overlap:
                best, best_overlap = (picture, k), overlap
        if best is not None:
            taken.add(best)
            hits += 1
        points.append((hits / total, hits / count))
    levels = [max((p for r, p in points if r >= level), default=0.0) for level in np.linspace(0, 1, 101)]
    return sum(levels) / 101


def average_precision__accumulated_maximum(true_boxes, boxes, scores, iou_threshold=0.5):
    num_objects = sum(map(len, true_boxes))
    if num_objects == 0:
        return float("nan")
    ranked = []
    for truth, found, confidence in zip(true_boxes, boxes, scores, strict=True):
        overlaps = iou(np.reshape(found, (-1, 1, 4)), np.reshape(truth, (1, -1, 4)))  # noqa: F821
        overlaps = np.array(overlaps, dtype=float).reshape(len(found), len(truth))
        for i in np.argsort(confidence)[::-1]:
            hit = overlaps.shape[1] > 0 and overlaps[i].max() >= iou_threshold
            if hit:
                overlaps[:, overlaps[i].argmax()] = -1.0
            ranked.append((confidence[i], hit))
    hits = np.cumsum([hit for _, hit in sorted(ranked, key=lambda pair: -pair[0])])
    precision = hits / (1 + np.arange(len(hits)))
    envelope = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0)
    return float(envelope[np.searchsorted(hits / num_objects, np.arange(101) / 100)].mean())


def mean_average_precision__skips_absent_classes(truths, predictions, num_classes, iou_thresholds=0.5):
    thresholds = [iou_thresholds] if np.isscalar(iou_thresholds) else list(iou_thresholds)
    results = []
    for c in range(num_classes):
        objects = [np.asarray(boxes)[np.asarray(ids) == c] for boxes, ids in truths]
        if not any(len(part) for part in objects):
            continue
        boxes = [b[k == c] for _, b, k in predictions]
        scores = [s[k == c] for s, _, k in predictions]
        results.append(np.mean([average_precision(objects, boxes, scores, t) for t in thresholds]))  # noqa: F821
    return np.mean(results)


def mean_average_precision__a_table(truths, predictions, num_classes, iou_thresholds=0.5):
    table = np.full((num_classes, np.size(iou_thresholds)), np.nan)
    for c, t in np.ndindex(table.shape):
        objects = [boxes[ids == c] for boxes, ids in truths]
        found = [(s[k == c], b[k == c]) for s, b, k in predictions]
        scores, boxes = [s for s, _ in found], [b for _, b in found]
        table[c, t] = average_precision(objects, boxes, scores, iou_threshold=np.ravel(iou_thresholds)[t])  # noqa: F821
    return float(table[~np.isnan(table)].mean())
