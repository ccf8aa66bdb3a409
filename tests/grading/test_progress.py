"""What checks said is remembered in a workspace, and shown in words and as a picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from courselib.grading import Check, CheckFailed
from courselib.grading.key import read_key
from courselib.grading.progress import ProgressPicture, Standing, progress_path, read_standings
from courselib.learner.overview import overview
from courselib.learner.workspace import Workspace


@pytest.fixture
def workspace(toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    workspace = Workspace(tmp_path / "mine")
    workspace.update(toy)
    monkeypatch.chdir(workspace.folder / "week1")
    return workspace


def double(x):
    return x + x


def quadruple(x):
    return 4 * x


def wrong(x):
    return 3 * x


wrong.__name__ = "double"


def test_checks_are_remembered_in_a_workspace(workspace: Workspace) -> None:
    check = Check("toy")
    with pytest.raises(CheckFailed):
        check(wrong)
    (before,) = overview(workspace)
    assert (before.points, before.left, before.mistake) == (0, ("double", "quadruple"), "double: triples")
    check(double)
    (after,) = overview(workspace)
    assert (after.points, after.max_points, after.done, after.mistake) == (60, 100, ("double",), "")
    Check("toy")(quadruple)  # another kernel
    assert overview(workspace)[0].points == 100


def test_outside_of_a_workspace_nothing_is_written(toy: Path) -> None:
    assert progress_path() is None
    before = {path for path in toy.rglob("*") if path.is_file()}
    Check("toy")(double)
    assert {path for path in toy.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("text", ["{", "[1]", '{"toy": 3}', '{"toy": {"double": {"colour": 1}}}', "\x00"])
def test_a_damaged_memory_is_no_memory(workspace: Workspace, text: str) -> None:
    path = progress_path()
    assert path is not None
    path.write_text(text)
    assert read_standings(path).get("toy", {}) == {}
    Check("toy")(double)
    assert read_standings(path)["toy"] == {"double": Standing(True)}


def test_the_picture(toy: Path) -> None:
    key = read_key(toy / "assignments/week1/toy.key")
    picture = ProgressPicture(key, {"double": Standing(True), "quadruple": Standing(False, "only_<twice>")})
    assert str(picture) == "60 of 100 points, 1 of 2 exercises"
    html = picture._repr_html_()
    assert 'aria-label="Your progress: 60 of 100 points, 1 of 2 exercises"' in html
    assert html.count("✔") == html.count("✘") == 1
    assert "quadruple: 40 points, not yet only &lt;twice&gt;" in html
    assert "double: 60 points, not checked yet" in ProgressPicture(key, {})._repr_html_()
