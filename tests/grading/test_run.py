"""What a report says beside the points."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from courselib.cli import main
from courselib.grading.key import read_key, text_digest

SUSPICIOUS = {
    "import sys\nsys.settrace(None)": "settrace",
    "import courselib.grading.probe as p": "courselib.grading.probe",
    "import sys\nf = sys._getframe": "_getframe",
}


@pytest.mark.parametrize(("line", "word"), SUSPICIOUS.items(), ids=SUSPICIOUS.values())
def test_who_reaches_for_the_grader_is_named(submit, capsys, line: str, word: str) -> None:
    path = submit("eve", {"double": f"{line}\ndef double(x):\n    return 2 * x"})
    assert main(["grade", str(path), "--format", "json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert report["points"] == 100
    (problem,) = report["problems"]
    assert problem.endswith(f"it reaches for the grader ({word}). Read it before you trust the points.")


@pytest.fixture
def with_an_experiment(toy: Path) -> str:
    """Writes a file whenever the course's experiment runs, as the public key of the toy course knows it."""
    text = "print('a long experiment')\nraise RuntimeError('it ran')"
    path = toy / "assignments" / "week1" / "toy.key"
    replace(read_key(path), experiments=frozenset([text_digest(text)])).write(path)
    return text


@pytest.mark.parametrize(
    ("change", "problems"), [("", 0), ("  \n", 0), ("\nx = 1", 1)], ids=["as it is", "space", "changed"]
)
def test_experiments_run_only_when_the_learner_changed_them(
    submit, with_an_experiment: str, capsys, change: str, problems: int
) -> None:
    def add(cells) -> None:
        cells.append({"cell_type": "code", "id": "long", "metadata": {}, "source": with_an_experiment + change})

    path = submit("ada", change=add)
    assert main(["grade", str(path), "--format", "json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert report["points"] == 100
    assert len(report["problems"]) == problems
    assert all("it ran" in problem for problem in report["problems"])
