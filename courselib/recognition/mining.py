"""Which triplets to learn from: chosen inside a batch, by the distances of this moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Mining = Callable[[np.ndarray, np.ndarray, float, np.random.Generator], np.ndarray]


def random_triplets(distances: Any, labels: Any, alpha: float, rng: np.random.Generator) -> np.ndarray:
    """For each anchor and positive a negative by chance. Soon nearly all of them are easy and teach nothing.

    Args:
        distances: Not used.
        labels: Who is on each picture, of shape `(m,)`.
        alpha: Not used.
        rng: Draws the negatives.

    Returns:
        Indices of anchors, positives and negatives, of shape `(k, 3)`, where `k` is the number of pairs of one person.
    """
    same = _same(labels)
    anchors, positives = np.nonzero(same & ~np.eye(len(same), dtype=bool))
    negatives = [rng.choice(np.flatnonzero(~same[a])) for a in anchors]
    return np.stack([anchors, positives, np.array(negatives, int)], axis=1)


def semi_hard_triplets(
    distances: Any, labels: Any, alpha: float = 0.2, rng: np.random.Generator | None = None
) -> np.ndarray:
    """All triplets whose negative is further away than the positive, but by less than the margin.

    They have a loss above zero, and are not so hard that the embedding collapses to a point. Reference: [Schroff et
    al., 2015](https://arxiv.org/abs/1503.03832).

    Args:
        distances: Squared, of shape `(m, m)`.
        labels: Who is on each picture, of shape `(m,)`.
        alpha: The margin.
        rng: Not used: nothing is left to chance.

    Returns:
        Indices of anchors, positives and negatives, of shape `(k, 3)`; `k` may be 0.
    """
    distances, same = np.asarray(distances), _same(labels)
    pairs = same & ~np.eye(len(same), dtype=bool)
    further = distances[:, :, None] < distances[:, None, :]  # (m, m, m): anchor, positive, negative
    within = distances[:, None, :] < distances[:, :, None] + alpha
    return np.argwhere(pairs[:, :, None] & ~same[:, None, :] & further & within)


def batch_hard_triplets(
    distances: Any, labels: Any, alpha: float = 0.2, rng: np.random.Generator | None = None
) -> np.ndarray:
    """For each picture the furthest one of its person and the nearest one of anybody else.

    Reference: [Hermans et al., 2017](https://arxiv.org/abs/1703.07737). From fresh weights and with squared distances
    it often collapses: all embeddings become equal, and the loss stays at the margin.

    Args:
        distances: Squared, of shape `(m, m)`.
        labels: Who is on each picture, of shape `(m,)`; each person at least twice, and at least two people.
        alpha: Not used.
        rng: Not used: nothing is left to chance.

    Returns:
        Indices of anchors, positives and negatives, of shape `(m, 3)`.
    """
    distances, same = np.asarray(distances), _same(labels)
    pairs = same & ~np.eye(len(same), dtype=bool)
    positives = np.where(pairs, distances, -np.inf).argmax(axis=1)
    negatives = np.where(same, np.inf, distances).argmin(axis=1)
    return np.stack([np.arange(len(same)), positives, negatives], axis=1)


MINING: dict[str, Mining] = {
    "random": random_triplets,
    "semi-hard": semi_hard_triplets,
    "batch-hard": batch_hard_triplets,
}


def _same(labels: Any) -> np.ndarray:
    labels = np.asarray(labels)
    same: np.ndarray = labels[:, None] == labels
    return same
