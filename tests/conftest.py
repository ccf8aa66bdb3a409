"""What the tests share: the course, its keys, and a toy course that builds in a second."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from courselib.authoring.build import build
from courselib.authoring.source import Source, read_source

COURSE = Path(__file__).parents[1]
TOY = Path(__file__).with_name("toy_course")


@pytest.fixture(scope="session")
def course() -> Path:
    """The course of this checkout."""
    return COURSE


@pytest.fixture(scope="session")
def toy_source() -> Source:
    return read_source(TOY / "solutions" / "week1" / "toy.py")


@pytest.fixture(scope="session")
def built_toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built copy of the toy course; not to be changed."""
    folder = tmp_path_factory.mktemp("built") / "toy_course"
    shutil.copytree(TOY, folder)
    build(folder / "solutions" / "week1" / "toy.py", folder, report=lambda line: None)
    return folder


@pytest.fixture
def toy(built_toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built toy course of one's own, with the working directory in it."""
    folder = tmp_path / "toy_course"
    shutil.copytree(built_toy, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def toy_project(toy: Path, course: Path) -> Path:
    """The toy course as a project of its own, whose wheel can be built."""
    shutil.copyfile(course / "pyproject.toml", toy / "pyproject.toml")
    for name in ("README.md", "LICENSE"):
        shutil.copyfile(course / name, toy / name)
    shutil.copytree(course / "courselib", toy / "courselib", ignore=shutil.ignore_patterns("__pycache__"))
    return toy


Cells = list[dict[str, Any]]


@pytest.fixture
def submit(toy: Path) -> Callable[..., Path]:
    """Write a submission of the toy assignment: `submit("ada", {"double": "def double(x): ..."}, change)`."""

    def write(student: str, answers: Mapping[str, str] = {}, change: Callable[[Cells], Any] | None = None) -> Path:
        return write_submission(toy / "solutions/week1/toy.ipynb", toy / "submissions", student, answers, change)

    return write


def write_submission(
    solution: Path, folder: Path, student: str, answers: Mapping[str, str], change: Callable[[Cells], Any] | None = None
) -> Path:
    """Write the solution notebook as a student's, with other texts in some cells (by id) and any other change."""
    notebook = json.loads(solution.read_text())
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], "".join(cell["source"]))
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    if change:
        change(notebook["cells"])
    path = folder / student / solution.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook))
    return path


def code_cell(source: str, cell_id: str = "added", **metadata: Any) -> dict[str, Any]:
    """A code cell for `change`."""
    return {
        "cell_type": "code", "id": cell_id, "metadata": metadata, "source": source, "outputs": [],
        "execution_count": None,
    }  # fmt: skip


def wait_until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """What the condition gives when it comes true; fail unless it does in time."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found
