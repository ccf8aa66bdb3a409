"""Anchors: the few box shapes that a detector starts from."""

from __future__ import annotations

from typing import Any

import numpy as np

from courselib.detection._arrays import to_numpy

_RESTARTS = 5
_MAX_ROUNDS = 100


def kmeans_anchors(boxes: Any, k: int, seed: int = 0) -> np.ndarray:
    """The `k` shapes that fit the shapes of many boxes best: k-means with the distance 1 - IoU.

    The boxes are laid onto one centre, so that only width and height count. With the ordinary distance large boxes
    would weigh more than small ones; IoU treats all sizes alike. Starting points are drawn as in k-means++, several
    times, and the result with the highest mean IoU is kept.
    References: [Redmon and Farhadi, 2016](https://arxiv.org/abs/1612.08242) for the distance,
    [Arthur and Vassilvitskii, 2007](https://theory.stanford.edu/~sergei/papers/kMeansPP-soda.pdf) for the start.

    Args:
        boxes: Widths and heights, of shape `(n, 2)`, or corners `(y1, x1, y2, x2)`, of shape `(n, 4)`.
        k: The number of anchors.
        seed: Seed of the starting points.

    Returns:
        Widths and heights in the unit of the boxes, of shape `(k, 2)`, smallest area first.

    Raises:
        ValueError: If there are fewer different shapes than anchors, or a box without area.

    Example:
    ```python
    anchors = kmeans_anchors(np.concatenate(boxes), k=5)
    ```
    """
    sizes = _sizes(boxes)
    if not 1 <= k <= len(np.unique(sizes, axis=0)):
        raise ValueError(
            f"kmeans_anchors needs at least `k` boxes of different shapes, and k >= 1. "
            f"Received: k={k}, {len(np.unique(sizes, axis=0))} different shapes"
        )
    rng = np.random.default_rng(seed)
    results = [_cluster(sizes, _spread_start(sizes, k, rng)) for _ in range(_RESTARTS)]
    best = max(results, key=lambda anchors: shape_iou(sizes, anchors).max(axis=1).mean())
    return best[np.lexsort((best[:, 0], best.prod(axis=1)))]


def assign_anchors(boxes: Any, anchors: Any) -> np.ndarray:
    """For each box the anchor whose shape fits best: the highest IoU when both have the same centre.

    Args:
        boxes: Widths and heights, of shape `(n, 2)`, or corners `(y1, x1, y2, x2)`, of shape `(n, 4)`.
        anchors: Widths and heights in the same unit, of shape `(k, 2)`.

    Returns:
        int64 indices into `anchors`, of shape `(n,)`; the first where two fit equally well.
    """
    return np.asarray(np.argmax(shape_iou(_sizes(boxes), _sizes(anchors, "anchors")), axis=1))


def shape_iou(sizes1: np.ndarray, sizes2: np.ndarray) -> np.ndarray:
    """The IoU of boxes on one centre: from sizes `(n, 2)` and `(m, 2)` to `(n, m)`."""
    intersection = np.minimum(sizes1[:, None], sizes2[None]).prod(axis=-1)
    union = sizes1.prod(axis=-1)[:, None] + sizes2.prod(axis=-1)[None] - intersection
    return np.asarray(intersection / union)


def _sizes(boxes: Any, name: str = "boxes") -> np.ndarray:
    array = to_numpy(boxes).astype(np.float64)
    if array.size == 0:
        array = array.reshape(0, 2)
    if array.ndim != 2 or array.shape[1] not in (2, 4):
        raise ValueError(
            f"`{name}` must be widths and heights of shape (n, 2) or corners (y1, x1, y2, x2) of shape (n, 4). "
            f"Received: shape {array.shape}"
        )
    sizes = array if array.shape[1] == 2 else array[:, [3, 2]] - array[:, [1, 0]]
    if (bad := np.flatnonzero(~(sizes > 0).all(axis=1))).size:
        width, height = sizes[bad[0]]
        raise ValueError(
            f"`{name}` must have a positive width and height. Received: row {bad[0]} is {width:g} wide and "
            f"{height:g} high"
        )
    return sizes


def _spread_start(sizes: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Starting points far from each other: each is drawn with odds that grow with its distance, squared."""
    chosen = [int(rng.integers(len(sizes)))]
    while len(chosen) < k:
        distance = 1 - shape_iou(sizes, sizes[chosen]).max(axis=1)
        distance[chosen] = 0
        odds = np.maximum(distance, 0) ** 2
        chosen.append(int(rng.choice(len(sizes), p=odds / odds.sum())))
    return sizes[chosen]


def _cluster(sizes: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    members = np.full(len(sizes), -1)
    for _ in range(_MAX_ROUNDS):
        previous, members = members, np.argmax(shape_iou(sizes, anchors), axis=1)
        if np.array_equal(members, previous):
            break
        anchors = np.stack(
            [sizes[members == i].mean(axis=0) if (members == i).any() else old for i, old in enumerate(anchors)]
        )
    return anchors
