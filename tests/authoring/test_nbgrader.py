"""nbgrader's own tools accept what we build."""

import json
import os
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.validator import Validator
from traitlets.config import Config

from courselib.cli import main

pytestmark = pytest.mark.filterwarnings("default")  # nbgrader's dependencies are not ours to mend


@pytest.fixture(autouse=True)
def alembic_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """nbgrader calls `alembic` by name, which lies beside this Python."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def nbgrader(folder: Path) -> NbGraderAPI:
    config = Config()
    config.CourseDirectory.root = str(folder)
    config.Exchange.root = str(folder / "exchange")
    return NbGraderAPI(config=config)


def generate(folder: Path, notebook: Path) -> Path:
    """Run nbgrader's generate_assignment on one notebook."""
    source = folder / "source" / "ps1" / notebook.name
    source.parent.mkdir(parents=True)
    source.write_bytes(notebook.read_bytes())
    (folder / "exchange").mkdir()
    result = nbgrader(folder).generate_assignment("ps1", create=True)
    assert result["success"], result["log"]
    return folder / "release" / "ps1" / notebook.name


def test_generate_assignment_makes_our_assignment_from_our_solution(toy: Path, tmp_path: Path) -> None:
    released = nbformat.read(generate(tmp_path / "nbgrader", toy / "solutions/week1/toy.ipynb"), as_version=4)
    ours = nbformat.read(toy / "assignments/week1/toy.ipynb", as_version=4)
    assert [cell.source for cell in released.cells] == [cell.source for cell in ours.cells]


def test_generate_assignment_accepts_our_assignment(toy: Path, tmp_path: Path) -> None:
    released = nbformat.read(generate(tmp_path / "nbgrader", toy / "assignments/week1/toy.ipynb"), as_version=4)
    grades = [
        cell.metadata.nbgrader.points for cell in released.cells if cell.metadata.get("nbgrader", {}).get("grade")
    ]
    assert grades == [60, 40]


def test_autograde_gives_the_points_that_we_give(toy: Path, submit, capsys) -> None:
    """The learner's notebook is the one that nbgrader released; a folder in the course is where checks find keys."""
    folder = toy / "nbgrader"
    released = generate(folder, toy / "solutions/week1/toy.ipynb")
    answers = {"ada": {}, "bob": {"quadruple": "def quadruple(x):\n    return double(x)"}, "cleo": None}
    for student, changed in answers.items():
        path = folder / "submitted" / student / "ps1" / "toy.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes((released if changed is None else submit(student, changed)).read_bytes())
        result = nbgrader(folder).autograde("ps1", student, create=True)
        assert result["success"], result["log"]
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        theirs = {one.student.id: (one.score, one.max_score) for one in gradebook.assignment_submissions("ps1")}
    assert main(["grade", str(folder / "submitted"), "--format", "json"]) == 0
    ours = {one["student"]: (one["points"], one["max_points"]) for one in json.loads(capsys.readouterr().out)}
    assert theirs == ours == {"ada": (100, 100), "bob": (60, 100), "cleo": (0, 100)}


def test_validate_passes_the_solution_and_fails_the_stub(toy: Path) -> None:
    assert Validator().validate(str(toy / "solutions/week1/toy.ipynb")) == {}
    failed = Validator().validate(str(toy / "assignments/week1/toy.ipynb"))["failed"]
    assert ["NotImplementedError" in cell["raw_error"] or "CheckFailed" in cell["raw_error"] for cell in failed]
