"""Learning curves and confusion matrices."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix

from courselib.visualization import plot_confusion, plot_history

Drawn = Callable[[Figure], Figure]
RUN = {
    "loss": [2.0, 1.0, 0.5], "accuracy": [0.2, 0.6, 0.9], "val_loss": [2.1, 1.5, 1.4], "val_accuracy": [0.1, 0.4, 0.5],
    "learning_rate": [0.1, 0.1, 0.01],
}  # fmt: skip
OTHER = {"loss": [3.0, 2.0], "accuracy": [0.1, 0.2]}


def lines(ax: Any) -> list[tuple[str, list[float], list[float]]]:
    return [(line.get_linestyle(), list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines]


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.mark.parametrize("history", [RUN, SimpleNamespace(history=RUN)], ids=["dictionary", "what fit returns"])
def test_one_run(history: Any, drawn: Drawn) -> None:
    figure = drawn(plot_history(history))
    assert [ax.get_ylabel() for ax in figure.axes] == ["loss", "accuracy"]
    for ax, name in zip(figure.axes, ("loss", "accuracy"), strict=True):
        assert lines(ax) == [("-", [1, 2, 3], RUN[name]), ("--", [1, 2, 3], RUN[f"val_{name}"])]
        assert ax.get_xlabel() == "epoch"
    assert legend(figure) == ["training", "validation"]


def test_several_runs(drawn: Drawn) -> None:
    figure = drawn(plot_history({"plain": RUN, "residual": SimpleNamespace(history=OTHER)}, metrics=["accuracy"]))
    (ax,) = figure.axes
    assert [y for _, _, y in lines(ax)] == [RUN["accuracy"], RUN["val_accuracy"], OTHER["accuracy"]]
    plain, validation, residual = (line.get_color() for line in ax.lines)
    assert plain == validation != residual
    assert legend(figure) == ["plain", "residual", "training", "validation"]


def test_without_validation_there_is_no_dashed_line(drawn: Drawn) -> None:
    figure = drawn(plot_history(dict.fromkeys(("a rather long name of a run", "another long name", "b"), OTHER)))
    assert legend(figure)[-1] == "training"
    assert {style for ax in figure.axes for style, _, _ in lines(ax)} == {"-"}


def test_one_epoch_is_a_point(drawn: Drawn) -> None:
    figure = drawn(plot_history({"loss": [1.0]}))
    assert figure.axes[0].lines[0].get_marker() == "o"


@pytest.mark.parametrize(
    ("history", "metrics", "message"),
    [
        (RUN, ["acc"], r"has these metrics: loss, accuracy, learning_rate. Received: metrics=\['acc'\]"),
        (RUN, [], r"Received: metrics=\[\]"),
        ({}, None, "Expected what `fit` returned, or a dictionary of several. Received: {}"),
        ([1, 2], None, r"Received: \[1, 2\]"),
        ({"plain": RUN, "residual": None}, None, "Received: None"),
    ],
)
def test_histories_that_are_refused(history: Any, metrics: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plot_history(history, metrics)


def test_confusion(drawn: Drawn) -> None:
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.integers(0, 4, 50), rng.integers(0, 3, 50)  # the last class is never predicted
    figure = drawn(plot_confusion(y_true, y_pred, ["stop", "yield", "road works", "b"]))
    (ax,) = figure.axes
    expected = confusion_matrix(y_true, y_pred, labels=range(4))
    counts = np.zeros((4, 4), int)
    for text in ax.texts:
        column, row = text.get_position()
        counts[int(row), int(column)] = int(text.get_text())
    np.testing.assert_array_equal(counts, expected)
    shares = np.asarray(ax.images[0].get_array())
    np.testing.assert_allclose(shares, confusion_matrix(y_true, y_pred, labels=range(4), normalize="true"))
    assert ax.get_title() == f"{(y_true == y_pred).sum()} of 50 right: {(y_true == y_pred).mean():.1%}"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "true")


def test_confusion_of_many_classes(drawn: Drawn) -> None:
    figure = drawn(plot_confusion(np.arange(40), np.arange(40), [f"class number {i}" for i in range(40)], title="All"))
    assert figure.axes[0].get_title() == "All"


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([0, 1], [0, 1, 1], r"of the same shape \(m,\).*Received the shapes \(2,\) and \(3,\)"),
        ([0, 1], [[0.9, 0.1], [0.2, 0.8]], r"\.argmax\(axis=1\). Received the shapes \(2,\) and \(2, 2\)"),
        ([], [], r"Received the shapes \(0,\)"),
        ([0, 2], [0, 1], "`y_true` must be integers from 0 to 1, .* Received int64 from 0 to 2"),
        ([0, 1], [0.0, 1.0], "`y_pred` must be integers from 0 to 1, .* Received float64 from 0.0 to 1.0"),
    ],
)
def test_classes_that_are_refused(y_true: Any, y_pred: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plot_confusion(y_true, y_pred, ["a", "b"])
