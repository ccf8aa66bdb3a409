"""The progress bar in a notebook; tests/style/test_transfer.py sees the one in a terminal."""

from types import SimpleNamespace

import IPython.display
import pytest

from courselib.style import _progress

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a notebook would show, one text after the other in the same place."""
    texts: list[str] = []
    handle = SimpleNamespace(update=lambda html: texts.append(html.data))
    monkeypatch.setattr(IPython.display, "display", lambda html, display_id: handle)
    monkeypatch.setattr(_progress, "Console", lambda: SimpleNamespace(is_jupyter=True))
    return texts


def test_a_bar_that_ends_as_a_line(shown: list[str]) -> None:
    with _progress.progress(3, shown=True) as advance:
        for cost in ("cost 3", "cost 2", "cost 1"):
            advance(cost)
    assert shown[0] == '<progress max="3" value="1"></progress> 1 of 3 steps, cost 3'
    assert shown[-1] == "3 steps in 0 seconds, cost 1"


def test_nothing(shown: list[str]) -> None:
    with _progress.progress(1, shown=False) as advance:
        advance("cost 1")
    assert shown == []
