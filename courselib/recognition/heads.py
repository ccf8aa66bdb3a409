"""Heads of a Siamese network: from two embeddings to the probability that they show one person."""

from __future__ import annotations

from typing import Any

from keras import layers, ops

_EPSILON = 1e-6


def absolute_difference_head(f1: Any, f2: Any) -> Any:
    """sigma(sum_k w_k |f1_k - f2_k| + b): a logistic regression on how much each coordinate differs.

    Reference: [Taigman et al., 2014](https://doi.org/10.1109/CVPR.2014.220).

    Args:
        f1: Symbolic embeddings of shape `(m, d)`.
        f2: Others of the same shape.

    Returns:
        Probabilities of shape `(m, 1)`.
    """
    return layers.Dense(1, activation="sigmoid")(ops.abs(f1 - f2))


def chi_square_head(f1: Any, f2: Any) -> Any:
    """sigma(sum_k w_k (f1_k - f2_k)^2 / (f1_k + f2_k) + b), where 0/0 counts as 0.

    A difference counts less between large numbers than between small ones. It is meant for features that are never
    negative, as they are after a ReLU. Reference: [Taigman et al., 2014](https://doi.org/10.1109/CVPR.2014.220).

    Args:
        f1: Symbolic features of shape `(m, d)`, not negative.
        f2: Others of the same shape.

    Returns:
        Probabilities of shape `(m, 1)`.
    """
    return layers.Dense(1, activation="sigmoid")(ops.square(f1 - f2) / (f1 + f2 + _EPSILON))
