"""nbgrader's own tools accept what we build."""

import os
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.apps import NbGraderAPI
from nbgrader.validator import Validator
from traitlets.config import Config

pytestmark = pytest.mark.filterwarnings("default")  # nbgrader's dependencies are not ours to mend


@pytest.fixture(autouse=True)
def alembic_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """nbgrader calls `alembic` by name, which lies beside this Python."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def generate(folder: Path, notebook: Path) -> Path:
    """Run nbgrader's generate_assignment on one notebook."""
    source = folder / "source" / "ps1" / notebook.name
    source.parent.mkdir(parents=True)
    source.write_bytes(notebook.read_bytes())
    (folder / "exchange").mkdir()
    config = Config()
    config.CourseDirectory.root = str(folder)
    config.Exchange.root = str(folder / "exchange")
    result = NbGraderAPI(config=config).generate_assignment("ps1", create=True)
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


def test_validate_passes_the_solution_and_fails_the_stub(toy: Path) -> None:
    assert Validator().validate(str(toy / "solutions/week1/toy.ipynb")) == {}
    failed = Validator().validate(str(toy / "assignments/week1/toy.ipynb"))["failed"]
    assert ["NotImplementedError" in cell["raw_error"] or "CheckFailed" in cell["raw_error"] for cell in failed]
