"""What the tests of figures share."""

import io
from collections.abc import Callable, Iterator

import matplotlib
import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    matplotlib.use("agg")
    yield
    plt.close("all")


@pytest.fixture
def drawn() -> Callable[[Figure], Figure]:
    """Draw a figure, so that what only drawing finds out (a layout that does not fit, a missing letter) is found."""

    def draw(figure: Figure) -> Figure:
        assert figure.get_figwidth() <= 8
        figure.savefig(io.BytesIO(), format="png")
        return figure

    return draw
