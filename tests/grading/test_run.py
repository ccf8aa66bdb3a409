"""What a report says beside the points."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from courselib.cli import main
from courselib.grading.collect import Collected
from courselib.grading.key import Keyring, read_key, text_digest
from courselib.grading.needed import global_names, needed_cells
from courselib.grading.submission import SubmittedCell, read_submission
from tests.conftest import COURSE, code_cell

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


TRAINING = "print('training')\nhistory = [1, 2]\nraise RuntimeError('it ran')"  # the course's own, and nobody needs it


@pytest.mark.parametrize(
    ("training", "after", "runs"),
    [
        (TRAINING, None, False),
        (TRAINING + "  \n", None, False),
        (TRAINING, "history = 3\nprint(history)", False),
        (TRAINING, "def draw(history):\n    print(history)", False),
        (TRAINING, "print(history)", True),
        (TRAINING, "history = history[:1]", True),
        (TRAINING, "history += [3]", True),
        (TRAINING, "def draw():\n    print(history)", True),
        (TRAINING, "%matplotlib inline\nprint(history)", True),
        (TRAINING + "\nx = 1", None, True),
    ],
    ids=["as it is", "space", "own name", "argument", "read", "read, then set", "added to", "in a function",
         "beside a line of IPython's", "changed"],
)  # fmt: skip
def test_an_experiment_runs_only_when_it_was_changed_or_is_needed(
    toy: Path, submit, capsys, training: str, after: str | None, runs: bool
) -> None:
    path = toy / "assignments" / "week1" / "toy.key"
    key = read_key(path)
    replace(key, experiments=key.experiments | {text_digest(TRAINING)}).write(path)
    added = [training] if after is None else [training, after]
    path = submit("ada", change=lambda cells: cells.extend(map(code_cell, added)))
    assert main(["grade", str(path), "--format", "json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert report["points"] == 100
    assert any("it ran" in problem for problem in report["problems"]) == runs


def test_what_a_needed_experiment_needs_runs_as_well() -> None:
    texts = ["load = 1", "net = build(load)", "print(net)", "print('by itself')"]
    cells = [SubmittedCell(number, f"c{number}", text) for number, text in enumerate([*texts, "net.show()"], start=1)]
    needed = needed_cells(cells, frozenset(map(text_digest, texts)))
    assert [cell.number for cell in needed] == [1, 2, 5]


# To compile it would take minutes: what stands under `finally` is compiled twice.
FINALLY = "".join(f"{'  ' * i}try:\n{'  ' * i}  a\n{'  ' * i}finally:\n" for i in range(40)) + "  " * 40 + "a"


@pytest.mark.parametrize(
    "source",
    [
        "-" * 90_000 + "1",
        "a" + ".b" * 40_000,
        "lambda:" * 14_000 + "0",
        "a = 9**9**9; b = 'x' * 10**12; c = 1 << 10**10",
        "a = '\ud800'",
        "a\0b",
        "a = " + "1 + " * 10**6 + "1",
        FINALLY,
    ],
    ids=["signs", "attributes", "lambdas", "large numbers", "surrogate", "null", "long", "nested finally"],
)
def test_reading_the_names_of_a_hostile_cell_costs_nothing(source: str) -> None:
    defined, read = global_names(source)
    assert defined | read <= {"a", "b", "c", "lambda", "0", "1", "9", "ud800"}


@pytest.mark.parametrize("name", [path.stem for path in sorted((COURSE / "solutions").glob("week*/*.ipynb"))])
def test_grading_the_course_runs_setup_and_exercises_only(name: str) -> None:
    (path,) = (COURSE / "solutions").glob(f"week*/{name}.ipynb")
    submission, key = read_submission(Collected(path), Keyring(COURSE / "assignments"))
    needed = needed_cells(submission.cells, key.experiments)
    assert len(submission.cells) - len(needed) == len(key.experiments) > 5
