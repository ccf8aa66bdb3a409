"""Which classes a model confuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from courselib.visualization._figure import WIDTH, new_figure


def plot_confusion(y_true: Any, y_pred: Any, class_names: Sequence[str], title: str | None = None) -> Figure:
    """Draw the confusion matrix: true classes down, predicted classes across, a number for how often.

    Colours are shares of the true class, so that rare classes count as much as frequent ones. In a notebook the figure
    appears once, whether or not the call is the last line of its cell.

    Args:
        y_true: True class ids from 0, of shape `(m,)`.
        y_pred: Predicted class ids, of the same shape.
        class_names: The name of each class id.
        title: The line above; by default the accuracy.

    Returns:
        The figure.

    Raises:
        ValueError: If the shapes differ, or an id has no name.
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    k = len(class_names)
    if y_true.shape != y_pred.shape or y_true.ndim != 1 or not y_true.size:
        raise ValueError(
            "`y_true` and `y_pred` are class ids of the same shape (m,); probabilities become ids with "
            f".argmax(axis=1). Received the shapes {y_true.shape} and {y_pred.shape}"
        )
    for name, values in (("y_true", y_true), ("y_pred", y_pred)):
        if values.dtype.kind not in "iu" or values.min() < 0 or values.max() >= k:
            raise ValueError(
                f"`{name}` must be integers from 0 to {k - 1}, as there are {k} class names. "
                f"Received {values.dtype} from {values.min()} to {values.max()}"
            )
    counts = np.bincount(y_true * k + y_pred, minlength=k * k).reshape(k, k)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)

    side = min(max(0.42 * k + 1.6, 3.2), WIDTH)
    figure = new_figure(side, side)
    ax = figure.subplots()
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    size = min(10.0, 110 / k)
    for i, j in np.argwhere(counts):
        weight = "normal" if i == j else "bold"
        ax.text(j, i, f"{counts[i, j]}", ha="center", va="center", fontsize=size, weight=weight,
                color="white" if shares[i, j] > 0.5 else "black")  # fmt: skip
    long = max(map(len, class_names)) > 3
    ax.set_xticks(range(k), class_names, rotation=45 if long else 0, ha="right" if long else "center", fontsize=size)
    ax.set_yticks(range(k), class_names, fontsize=size)
    ax.set(xlabel="predicted", ylabel="true")
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    right = int(np.trace(counts))
    ax.set_title(title or f"{right} of {len(y_true)} right: {right / len(y_true):.1%}", fontsize=11)
    return figure
