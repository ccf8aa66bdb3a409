"""A workspace is made, worked in and refreshed; nothing that the learner wrote is ever lost."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest

from courselib.errors import CourselibError
from courselib.learner.workspace import Workspace, merge


def cell(id: str, source: str, **nbgrader: bool) -> dict:
    metadata = {"nbgrader": nbgrader} if nbgrader else {}
    return {
        "id": id,
        "cell_type": "code",
        "source": source,
        "metadata": metadata,
        "outputs": [],
        "execution_count": None,
    }


def notebook(*cells: dict) -> dict:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


INTRO, TASK, CHECK = (
    cell("intro", "1"),
    cell("task", "stub", solution=True, locked=False),
    cell("check", "c", locked=True),
)
BEFORE = notebook(INTRO, TASK, CHECK)


def sources(merged: dict) -> list[str]:
    return [one["source"] for one in merged["cells"]]


def test_answers_stay_and_the_course_is_refreshed() -> None:
    own = copy.deepcopy(BEFORE)
    own["cells"][1]["source"] = ["my ", "answer"]
    now = notebook(cell("intro", "1, mended"), cell("new", "2"), TASK, cell("check", "c2", locked=True))
    merged, kept = merge(own, BEFORE, now)
    assert sources(merged) == ["1, mended", "2", ["my ", "answer"], "c2"]
    assert kept == []


def test_the_learners_cells_stay_where_they_were() -> None:
    first, mine, last = cell("a", "first"), cell("b", "mine"), cell("c", "last")
    own = notebook(first, INTRO, mine, TASK, CHECK, last)
    merged, _ = merge(own, BEFORE, notebook(cell("intro", "new"), TASK, CHECK))
    assert sources(merged) == ["first", "new", "mine", "stub", "c", "last"]


def test_cells_behind_a_cell_that_is_gone_come_last() -> None:
    own = notebook(INTRO, cell("b", "mine"), TASK, CHECK)
    merged, _ = merge(own, BEFORE, notebook(TASK, CHECK))
    assert sources(merged) == ["stub", "c", "mine"]


def test_what_the_learner_changed_in_a_given_cell_stays_and_is_named() -> None:
    own = notebook(cell("intro", "1, my way"), TASK, cell("check", "cheat", locked=True))
    merged, kept = merge(own, BEFORE, notebook(cell("intro", "2"), TASK, CHECK))
    assert sources(merged) == ["1, my way", "stub", "c"]  # a locked cell is the course's
    assert kept == ["intro"]


def test_results_of_cells_that_stay_the_same_are_kept() -> None:
    own = copy.deepcopy(BEFORE)
    own["cells"][0] |= {"outputs": ["a picture"], "execution_count": 3}
    merged, _ = merge(own, BEFORE, notebook(INTRO, cell("task", "new stub", solution=True), CHECK))
    assert (merged["cells"][0]["outputs"], merged["cells"][0]["execution_count"]) == (["a picture"], 3)
    assert sources(merged) == ["1", "new stub", "c"]


@pytest.fixture
def workspace(toy: Path, tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "mine")
    assert [(change.name, change.what) for change in workspace.update(toy)] == [("week1/toy", "added")]
    return workspace


def test_a_workspace_has_notebooks_and_public_keys_and_no_solutions(workspace: Workspace, toy: Path) -> None:
    shipped = toy / "assignments" / "week1"
    for name in ("toy.ipynb", "toy.key"):
        assert (workspace.folder / "week1" / name).read_bytes() == (shipped / name).read_bytes()
    assert workspace.notebooks() == [workspace.folder / "week1" / "toy.ipynb"]
    texts = [path.read_text() for path in workspace.folder.rglob("*") if path.is_file()]
    assert not any("BEGIN SOLUTION" in text for text in texts)


def test_it_is_found_from_within(workspace: Workspace, tmp_path: Path) -> None:
    found = Workspace.find(workspace.folder / "week1")
    assert found is not None
    assert found.folder == workspace.folder
    assert Workspace.find(tmp_path) is None
    with pytest.raises(CourselibError, match=re.escape(f"No workspace in {tmp_path}: make one with `courselib start")):
        Workspace.at(tmp_path)


def test_an_update_without_news_changes_nothing(workspace: Workspace, toy: Path) -> None:
    path = workspace.folder / "week1" / "toy.ipynb"
    path.write_text(path.read_text().replace("# YOUR CODE HERE", "x = 1"))
    before = path.read_bytes()
    assert [change.what for change in workspace.update(toy)] == ["unchanged"]
    assert path.read_bytes() == before


def test_an_update_keeps_the_answers_and_a_backup(workspace: Workspace, toy: Path) -> None:
    path = workspace.folder / "week1" / "toy.ipynb"
    data = json.loads(path.read_text())
    next(one for one in data["cells"] if one["id"] == "double")["source"] = "def double(x):\n    return x + x"
    path.write_text(json.dumps(data))
    mine = path.read_bytes()
    shipped = toy / "assignments" / "week1" / "toy.ipynb"
    shipped.write_text(shipped.read_text().replace("# A toy", "# A better toy"))
    (change,) = workspace.update(toy)
    assert (change.what, change.kept) == ("refreshed", ())
    text = path.read_text()
    assert "# A better toy" in text
    assert "return x + x" in text
    assert (workspace.own_folder / "backup" / "week1" / "toy.ipynb").read_bytes() == mine
    assert [change.what for change in workspace.update(toy)] == ["unchanged"]


def test_a_notebook_that_cannot_be_read_is_left_alone(workspace: Workspace, toy: Path) -> None:
    path = workspace.folder / "week1" / "toy.ipynb"
    path.write_text("{")
    shipped = toy / "assignments" / "week1" / "toy.ipynb"
    shipped.write_text(shipped.read_text().replace("# A toy", "# A better toy"))
    with pytest.raises(CourselibError, match=r"toy\.ipynb cannot be read, so it was not updated"):
        workspace.update(toy)
    assert path.read_text() == "{"


def test_a_file_in_the_way_is_not_overwritten(toy: Path, tmp_path: Path) -> None:
    path = tmp_path / "other" / "week1" / "toy.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(CourselibError, match=r"exists already, and .* is no workspace\. Choose an empty folder"):
        Workspace(tmp_path / "other").update(toy)
    assert path.read_text() == "mine"


def test_the_course_is_no_workspace(toy: Path) -> None:
    with pytest.raises(CourselibError, match="is the course itself"):
        Workspace(toy / "assignments").update(toy)
