"""Reading sources: what is understood, and what an author is told."""

import re
import shutil
from pathlib import Path

import pytest

from courselib.authoring.source import find_sources, read_source
from courselib.errors import CourselibError
from tests.conftest import TOY


@pytest.fixture
def source_path(tmp_path: Path) -> Path:
    shutil.copytree(TOY, tmp_path / "course")
    return tmp_path / "course/solutions/week1/toy.py"


def test_cells(toy_source) -> None:
    assert [cell.id for cell in toy_source.cells][:4] == ["intro", "setup", "about-double", "double"]
    assert toy_source.title == "A toy"
    assert (toy_source.name, toy_source.week) == ("toy", "week1")
    assert [exercise.name for exercise in toy_source.exercises] == ["double", "quadruple"]


def test_the_stub_keeps_the_docstring_and_drops_the_solution(toy_source) -> None:
    stub = toy_source.exercise_cell("double").stub
    assert stub.endswith('    """\n    # YOUR CODE HERE\n    raise NotImplementedError()')
    assert "return 2 * x" not in stub
    assert "SOLUTION" not in stub


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("toy.py", ' id="about-double"', "", "needs an id of letters, digits"),
        ("toy.py", 'id="about-double"', 'id="intro"', "has the id 'intro', which another cell has too"),
        ("toy.py", '\n    ### END SOLUTION\n\n\n# %% id="check-double"', '\n\n\n# %% id="check-double"', "unequally"),
        ("toy.py", "def double(x)", "def doubel(x)", "cell 'double' has a solution, but no exercise in the checks"),
        ("toy.py", "check(double)", "print(double)", "'double' has no check: add a cell check(double)"),
        ("toy.py", ' tags=["setup"]', "", 'no cell has tags=["setup"]'),
        ("toy_checks.py", "60,", "50,", "the points must sum to 100, but they sum to 90"),
        ("toy_checks.py", '"quadruple"', '"double"', "cell 'quadruple' has a solution, but no exercise in the checks"),
        ("toy_checks.py", "exercises = [", "tasks = [", "must define `exercises`, a list"),
        ("toy_checks.py", "exercises = [", "exercises = [1 / 0", "does not run: "),
    ],
)
def test_a_wrong_source_is_explained(source_path: Path, file: str, old: str, new: str, message: str) -> None:
    path = source_path.with_name(file)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(CourselibError, match=re.escape(message)):
        read_source(source_path)


def test_a_missing_source_is_explained(source_path: Path) -> None:
    source_path.unlink()
    with pytest.raises(CourselibError, match=r"toy_checks.py has no source beside it"):
        find_sources(source_path.parents[2])


def test_no_sources_are_explained(tmp_path: Path) -> None:
    with pytest.raises(CourselibError, match=r"No sources: expected solutions/weekN/NAME.py"):
        find_sources(tmp_path)
