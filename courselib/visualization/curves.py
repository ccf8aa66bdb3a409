"""Learning curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from courselib.visualization._figure import COLORS, WIDTH, new_figure


def plot_history(history: Any, metrics: Sequence[str] | None = None, title: str | None = None) -> Figure:
    """Draw learning curves: training solid, validation dashed, one panel per metric.

    Several runs are overlaid for comparison, each with a colour of its own. In a notebook the figure appears once,
    whether or not the call is the last line of its cell.

    Args:
        history: What `fit` returned, or its `.history`, a dictionary of lists; or a dictionary of several of them by
            name, for a comparison.
        metrics: What to draw, without `val_`; by default everything but the learning rate.
        title: A line above the panels.

    Returns:
        The figure.

    Raises:
        ValueError: If a metric is not there, or there is nothing to draw.

    Example:
    ```python
    plot_history({"plain": plain.fit(...), "residual": residual.fit(...)}, metrics=["accuracy"])
    ```
    """
    runs = _runs(history)
    there = list(dict.fromkeys(name.removeprefix("val_") for run in runs.values() for name in run))
    metrics = [name for name in there if name != "learning_rate"] if metrics is None else list(metrics)
    missing = [name for name in metrics if name not in there]
    if missing or not metrics:
        raise ValueError(f"The history has these metrics: {', '.join(there)}. Received: metrics={metrics}")

    width = WIDTH if len(metrics) > 1 else 0.7 * WIDTH
    figure = new_figure(width, 3.2)
    panels = figure.subplots(1, len(metrics), squeeze=False)[0]
    for ax, metric in zip(panels, metrics, strict=True):
        _plot_metric(ax, runs, metric)
    handles = _legend(runs)
    widest = 0.75 + 0.085 * max(len(str(handle.get_label())) for handle in handles)  # inches of one entry, roughly
    ncols = min(max(int(width / widest), 1), len(handles))
    figure.legend(handles=handles, loc="outside lower center", ncols=ncols, frameon=False)
    if title:
        figure.suptitle(title)
    return figure


def _runs(history: Any) -> dict[str, Mapping[str, Sequence[float]]]:
    history = getattr(history, "history", history)
    if not isinstance(history, Mapping) or not history:
        raise ValueError(f"Expected what `fit` returned, or a dictionary of several. Received: {history!r}")
    first = next(iter(history.values()))
    if isinstance(first, Mapping) or hasattr(first, "history"):
        return {str(name): _runs(run)[""] for name, run in history.items()}
    return {"": history}


def _plot_metric(ax: Axes, runs: Mapping[str, Mapping[str, Sequence[float]]], metric: str) -> None:
    for color, run in zip(_colors(len(runs)), runs.values(), strict=True):
        for name, style in ((metric, "-"), (f"val_{metric}", "--")):
            if name in run:
                epochs = np.arange(1, len(run[name]) + 1)
                ax.plot(epochs, run[name], style, color=color, marker="o" if len(epochs) == 1 else None)
    ax.set(xlabel="epoch", ylabel=metric.replace("_", " "))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if metric.endswith("accuracy"):
        ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g}%")
    elif ax.get_ylim()[0] > 0:
        ax.set_ylim(bottom=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25)


def _legend(runs: Mapping[str, Mapping[str, Sequence[float]]]) -> list[Line2D]:
    validated = any(name.startswith("val_") for run in runs.values() for name in run)
    color = COLORS[0] if len(runs) == 1 else "0.35"
    handles = [Line2D([], [], color=color, label="training")]
    if validated:
        handles.append(Line2D([], [], color=color, linestyle="--", label="validation"))
    named = zip(_colors(len(runs)), runs, strict=True)
    return [Line2D([], [], color=color, linewidth=4, label=name) for color, name in named if name] + handles


def _colors(count: int) -> list[str]:
    return [COLORS[i % len(COLORS)] for i in range(count)]
