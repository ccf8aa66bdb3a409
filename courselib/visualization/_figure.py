"""Figures that a notebook shows exactly once, and what the drawings share."""

from __future__ import annotations

import io

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

WIDTH = 8.0  # inches: as wide as a notebook's text at 90 dots per inch
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")  # Okabe and Ito
WRONG = "#d55e00"
SIGNED, POSITIVE = "PuOr", "cividis"


class NotebookFigure(Figure):
    """A figure of pyplot that can also be returned from the last line of a cell.

    A notebook shows the value of a cell's last line, and pyplot shows what is still open when the cell ends: the same
    figure twice. This one closes itself once it is shown, whoever comes first.
    """

    def _ipython_display_(self) -> None:
        from IPython.display import Image, display

        buffer = io.BytesIO()
        self.savefig(buffer, format="png", bbox_inches="tight")
        display(Image(buffer.getvalue()))
        plt.close(self)


def new_figure(width: float, height: float) -> Figure:
    """An empty figure that lays itself out. Sizes in inches."""
    return plt.figure(figsize=(width, height), dpi=90, layout="constrained", FigureClass=NotebookFigure)


def draw_picture(
    ax: Axes, picture: np.ndarray, cmap: str | Colormap = "gray", vmin: float = 0, vmax: float = 1
) -> AxesImage:
    """Draw a gray `(n_H, n_W)` or RGB `(n_H, n_W, 3)` picture without axes; small ones with sharp pixels."""
    hide_axes(ax)
    sharp = max(picture.shape[:2]) < 48
    return ax.imshow(picture, cmap=cmap, vmin=vmin, vmax=vmax, interpolation="nearest" if sharp else "antialiased")


def hide_axes(ax: Axes) -> None:
    """Remove ticks and frame."""
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
