"""The check as the learner meets it."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest

from courselib.errors import CourselibError
from courselib.grading import Check, CheckFailed
from courselib.grading.panel import panel_html, panel_text


def double(x):
    return 2 * x


def named(function, name="double"):
    function.__name__ = name
    return function


@pytest.fixture
def check(toy: Path) -> Check:
    return Check("toy")


def test_a_right_answer_prints_and_returns_nothing(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(double) is None
    assert "double: passed, 60 of 60 points. 3 of 3 cases pass." in capsys.readouterr().out


def test_a_wrong_answer_raises_a_short_error(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CheckFailed, match=r"double: 0 of 60 points. 3 of 3 cases fail. a number: expected") as caught:
        check(named(lambda x: 3 * x))
    assert caught.value._render_traceback_() == [f"CheckFailed: {caught.value}"]
    assert "This looks like: triples. It is three times x." in capsys.readouterr().out


def test_the_key_may_lie_beside_the_notebook(toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.key").write_bytes((toy / "assignments/week1/toy.key").read_bytes())
    assert Check("toy").verdict(double).passed


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (named(lambda x: x, "duoble"), "toy has no exercise named 'duoble'. Did you mean double?"),
        (named(lambda x: x, "zzz"), "Its exercises are: double, quadruple."),
        (3, "check() expects a function, received int. Write check(zero_pad), not check(zero_pad())."),
    ],
)
def test_a_wrong_call_says_what_to_do(check: Check, function: object, message: str) -> None:
    with pytest.raises(CourselibError, match=re.escape(message)):
        check(function)


def test_a_missing_key_says_what_to_do() -> None:
    with pytest.raises(CourselibError, match=r"No public key for 'nothing': expected nothing.key beside the notebook"):
        Check("nothing")(double)


def test_a_changed_key_is_refused(toy: Path, check: Check) -> None:
    path = toy / "assignments/week1/toy.key"
    data = json.loads(path.read_text())
    data["exercises"][0]["points"] = 99
    path.write_text(json.dumps(data))
    with pytest.raises(CourselibError, match="is damaged: its digest does not fit"):
        check(double)


def test_the_panel_shows_the_learners_lines_and_prints(check: Check) -> None:
    def broken(x):
        print("shape", np.shape(x))
        return np.reshape(x, (7, 7))

    verdict = check.verdict(named(broken))
    for panel in (panel_text(verdict), panel_html(verdict)):
        assert "return np.reshape(x, (7, 7))" in panel
        assert "shape ()" in panel


def test_the_panel_shows_three_pictures(check: Check) -> None:
    from PIL import Image

    html = panel_html(check.verdict(named(lambda x: x + 1)))
    pictures = re.findall(r'alt="(\w+)".*?base64,([^"]+)"', html)
    assert [title for title, _ in pictures] == ["expected", "yours", "difference"]
    import base64

    for _, data in pictures:
        assert Image.open(io.BytesIO(base64.b64decode(data))).size == (8, 8)


def test_the_panel_escapes_what_it_shows(check: Check) -> None:
    def hostile(x):
        raise ValueError("<script>alert(1)</script>")

    html = panel_html(check.verdict(named(hostile)))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_no_panel_for_an_empty_exercise_but_a_word(check: Check) -> None:
    def empty(x):
        raise NotImplementedError

    assert "Not answered yet." in panel_html(check.verdict(named(empty)))


def test_checks_are_silent_while_grading(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSELIB_GRADING", "1")
    assert check(named(lambda x: 3 * x)) is None
