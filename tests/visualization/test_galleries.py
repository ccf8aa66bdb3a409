"""Galleries: what they show, and what they refuse."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import nbformat
import numpy as np
import pytest
from matplotlib.figure import Figure
from nbclient import NotebookClient

from courselib.visualization import show_images

Drawn = Callable[[Figure], Figure]
RNG = np.random.default_rng(0)
GRAY = RNG.uniform(size=(10, 8, 8))
RGB = RNG.uniform(size=(10, 12, 8, 3)).astype("float32")


def pictures(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(ax.images[0].get_array()) for ax in figure.axes if ax.images]


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        (GRAY, GRAY),
        (GRAY[..., None], GRAY),
        (RGB, RGB),
        (GRAY[0], GRAY[:1]),
        (RGB[0], RGB[:1]),
        (GRAY[0][..., None], GRAY[:1]),
        ([GRAY[0], RGB[0]], [GRAY[0], RGB[0]]),
        (np.array([[[0, 51], [102, 255]]], np.uint8), [[[0, 0.2], [0.4, 1]]]),
        (GRAY > 0.5, (GRAY > 0.5).astype(float)),
    ],
    ids=["gray", "one channel", "rgb", "one gray", "one rgb", "one (n_H, n_W, 1)", "several sizes", "uint8", "bool"],
)
def test_every_picture_is_shown_as_it_is(images: Any, expected: Any, drawn: Drawn) -> None:
    shown = pictures(drawn(show_images(images)))
    assert len(shown) == len(expected)
    for got, picture in zip(shown, expected, strict=True):
        np.testing.assert_allclose(got, picture)


def test_rows_and_columns(drawn: Drawn) -> None:
    def grid(figure: Figure) -> tuple[int, int]:
        specification = drawn(figure).axes[0].get_subplotspec()
        assert specification is not None
        rows, columns = specification.get_geometry()[:2]
        return rows, columns

    assert grid(show_images(GRAY)) == (2, 5)  # balanced, not 8 and 2
    assert grid(show_images(GRAY, columns=4)) == (3, 4)
    assert grid(show_images(GRAY[:3], columns=8)) == (1, 3)


def test_labels_and_title(drawn: Drawn) -> None:
    figure = drawn(show_images(GRAY[:3], labels=[2, 0, 1], class_names=["stop", "yield", "road"], title="Signs"))
    assert [ax.get_title() for ax in figure.axes] == ["road", "stop", "yield"]
    assert figure.get_suptitle() == "Signs"
    assert [ax.get_title() for ax in show_images(GRAY[:2], labels=["a cat", "a dog"]).axes] == ["a cat", "a dog"]
    assert [ax.get_title() for ax in show_images(GRAY[0], labels=[7]).axes] == ["7"]


def test_wrong_predictions_are_marked_by_words_and_a_frame(drawn: Drawn) -> None:
    figure = drawn(show_images(GRAY[:3], labels=np.array([3, 8, 5]), predictions=np.array([3, 3, 5])))
    assert [ax.get_title() for ax in figure.axes] == ["✓ 3", "✗ 3 (is 8)", "✓ 5"]
    assert [ax.spines["left"].get_visible() for ax in figure.axes] == [False, True, False]


@pytest.mark.parametrize("columns", [None, 8])
def test_long_names_do_not_run_into_each_other(columns: int | None, drawn: Drawn) -> None:
    names = ["pedestrian crossing", "speed limit 80", "stop"]
    settings: dict[str, Any] = {"labels": np.arange(10) % 3, "predictions": np.arange(10) % 2, "class_names": names}
    figure = drawn(show_images(GRAY, columns=columns, **settings))
    assert figure.axes[2].get_title() == "✗ pedestrian crossing\n(is stop)"
    boxes = [ax.title.get_window_extent() for ax in figure.axes if ax.images]
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)


@pytest.mark.parametrize(
    ("images", "settings", "message"),
    [
        (GRAY * 255, {}, r"must lie in \[0, 1\]. Received values from .* to 25\d.*Divide by 255"),
        (GRAY - 0.5, {}, r"must lie in \[0, 1\]. Received values from -0"),
        (np.full((2, 4, 4), np.nan), {}, "Received values from nan to nan"),
        (np.zeros((2, 4, 4, 2)), {}, r"\(n_H, n_W\), \(n_H, n_W, 1\) or .* Received the shape \(4, 4, 2\)"),
        (np.zeros(4), {}, r"Received the shape \(\)"),
        (np.zeros((201, 4, 4)), {}, r"takes 1 to 200 pictures, for example images\[:40\]. Received: 201"),
        ([], {}, "Received: 0"),
        (
            GRAY,
            {"labels": [1, 2]},
            r"`labels` needs one class for each of the 10 pictures. .* array of \(2,\)",
        ),
        (GRAY, {"predictions": np.zeros((10, 4))}, r"`predictions` needs one class .* \(10, 4\)"),
        (GRAY[:2], {"labels": [0, 2], "class_names": ["a", "b"]}, "between 0 and 1, .* Received values from 0 to 2"),
        (GRAY[:2], {"labels": [0, -1], "class_names": ["a", "b"]}, "Received values from -1 to 0"),
    ],
)
def test_what_is_refused(images: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        show_images(images, **settings)


def test_a_notebook_shows_a_figure_once() -> None:
    start = "import numpy as np\nfrom courselib.visualization import show_images\nimages = np.eye(8)\n"
    cells = [
        f"{start}show_images(images)",  # the last line
        "show_images(images)\nprint('more')",  # not the last line
        "for _ in range(2):\n    figure = show_images(images)",
        "figure",  # asked for again
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    shown = [sum("image/png" in output.get("data", {}) for output in cell.outputs) for cell in notebook.cells]
    assert shown == [1, 1, 2, 1]


def test_figures_do_not_wait_for_keras() -> None:
    code = "import sys, courselib.visualization; print(sorted({'tensorflow', 'keras', 'sklearn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
