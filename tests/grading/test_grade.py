"""Grading whole submissions of the toy assignment, through the command line, in real kernels."""

import copy
import csv
import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from courselib.cli import main
from courselib.grading.report import SCHEMA
from tests.conftest import Cells, code_cell

HANGS = "def double(x):\n    while True:\n        pass"
STUBBORN = """def double(x):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass"""
EXITS = "import os\ndef double(x):\n    os._exit(0)"


@pytest.fixture
def grade(toy: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[dict]]:
    """Grade paths and return the reports that `--format json` prints, after holding them against the schema."""

    def run(*paths: Path, status: int = 0, options: tuple[str, ...] = ()) -> list[dict]:
        arguments = ["grade", *map(str, paths), "--cell-timeout", "4", "--format", "json", *options]
        assert main(arguments) == status
        reports = json.loads(capsys.readouterr().out)
        jsonschema.validate(reports, {"type": "array", "items": json.loads(SCHEMA.read_text())})
        return reports

    return run


def points(report: dict) -> dict[str, int]:
    return {exercise["name"]: exercise["points"] for exercise in report["exercises"]}


def test_a_right_submission(grade, submit) -> None:
    (report,) = grade(submit("ada"), options=("--require-full",))
    assert (report["student"], report["assignment"]) == ("ada", "toy")
    assert (report["points"], report["max_points"], report["problems"]) == (100, 100, [])
    assert [exercise["message"] for exercise in report["exercises"]] == ["All 3 cases pass."] * 2


def test_a_known_mistake_is_named_and_paid_for_once(grade, submit) -> None:
    (report,) = grade(submit("bob", {"double": "def double(x):\n    return x + x + x"}))
    assert points(report) == {"double": 0, "quadruple": 40}
    assert report["exercises"][0]["mistakes"] == [{"name": "triples", "hint": "It is three times x."}]
    assert report["exercises"][0]["message"].startswith("3 of 3 cases fail. a number: expected")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def double(x):\n    raise ValueError('no')", "raised ValueError: no"),
        ("def double(x):\n    return 2 *", "its cell raised SyntaxError"),
        ("pass", "double is not defined."),
        ("raise RuntimeError('early')", "double is not defined"),
        ("def double(x):\n    raise NotImplementedError()", "Not answered yet."),
        ("import sys\ndef double(x):\n    sys.exit()", "raised SystemExit"),
        (EXITS, "When it was called, it ended the kernel"),
        (HANGS, "When it was called, it did not finish within 4 s."),
        (STUBBORN, "When it was called, it did not finish within 4 s."),
        (EXITS + "\nos._exit(1)", "The cell that defines it failed: it ended the kernel"),
        (HANGS + "\nwhile True:\n    pass", "The cell that defines it failed: it did not finish within 4 s."),
    ],
)
def test_a_failing_exercise_costs_its_own_points_only(grade, submit, text: str, message: str) -> None:
    (report,) = grade(submit("eve", {"double": text}))
    assert points(report) == {"double": 0, "quadruple": 40}
    assert message in report["exercises"][0]["message"]


def test_without_solutions_the_others_get_the_learners_own_function(grade, submit, toy: Path) -> None:
    path = submit("eve", {"double": EXITS})
    (toy / "solutions/week1/toy.ipynb").unlink()
    (report,) = grade(path)
    assert points(report) == {"double": 0, "quadruple": 0}
    assert "double() was switched off" in report["exercises"][1]["message"]


def test_a_cell_outside_the_exercises_is_a_problem_not_a_loss(grade, submit) -> None:
    def change(cells: Cells) -> None:
        cells.insert(2, code_cell("1 / 0"))
        cells.insert(3, code_cell("import os; os._exit(3)", "killer"))
        cells.insert(4, code_cell("while True: pass", "endless"))

    (report,) = grade(submit("kim", change=change))
    assert report["points"] == 100
    assert report["problems"] == [
        "Cell 3 (1 / 0): ZeroDivisionError: division by zero",
        "Cell 4 (import os; os._exit(3)): it ended the kernel (exited with status 3)",
        "Cell 5 (while True: pass): it did not finish within 4 s",
    ]


def reverse(cells: Cells) -> None:
    cells.reverse()


def clutter(cells: Cells) -> None:
    """Everything that a learner does to a notebook without changing an answer."""
    exercise = next(cell for cell in cells if cell["id"] == "double")
    exercise["id"] = "renamed"
    exercise["metadata"] = {"tags": ["skip-execution", "raises-exception", "nbval-skip"]}
    exercise["source"] = "# NBVAL_SKIP\nprint('hello')\n" + exercise["source"] + "\nprint(double(4))"
    cells.append(copy.deepcopy(exercise))
    cells[:] = [cell for cell in cells if not cell["id"].startswith("check")]
    cells.append(code_cell("x = double\ncheck = None"))
    cells.append(code_cell("check(undefined)", "overwritten", nbgrader={"grade": True, "points": 500, "grade_id": "x"}))


def no_ids(cells: Cells) -> None:
    for cell in cells:
        del cell["id"]


def no_metadata(cells: Cells) -> None:
    for cell in cells:
        cell["metadata"] = {}


def stale_copy_behind(cells: Cells) -> None:
    """A scratch cell at the end defines the function again, wrongly: what the learner's check saw counts."""
    cells.append(code_cell("def double(x):\n    return 'scratch'", "scratch"))


@pytest.mark.parametrize("change", [reverse, clutter, no_ids, no_metadata, stale_copy_behind])
@pytest.mark.parametrize("answer", ["def double(x):\n    return 2 * x", "def double(x):\n    return 3 * x"])
def test_the_same_code_gets_the_same_grade(grade, submit, change, answer: str) -> None:
    plain, changed = grade(submit("plain", {"double": answer}), submit("changed", {"double": answer}, change))
    assert points(plain) == points(changed)


def test_one_cell_for_everything(grade, submit) -> None:
    def change(cells: Cells) -> None:
        source = "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "code")
        cells[:] = [code_cell(source)]

    (report,) = grade(submit("all", change=change))
    assert report["points"] == 100


def test_a_class(grade, submit, toy: Path) -> None:
    for student in ("ada", "=cmd()", "müller"):
        submit(student)
    submit("bob", {"double": "def double(x):\n    return 3 * x"})
    broken = submit("zoe")
    broken.write_text(broken.read_text()[:300])
    reports = grade(toy / "submissions", status=1, options=("--out", "grades"))
    assert {report["student"]: report["points"] for report in reports} == {
        "=cmd()": 100, "ada": 100, "bob": 40, "müller": 100, "zoe": 0,
    }  # fmt: skip
    assert reports[-1]["graded"] is False
    assert "it is broken or is not JSON" in reports[-1]["problems"][0]
    written = [json.loads(path.read_text()) for path in (toy / "grades/reports/toy").glob("*.json")]
    assert sorted(written, key=lambda report: report["student"]) == reports
    with open(toy / "grades/gradebook.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["points"] for row in rows if row["student"] == "bob"] == ["40"]
    assert rows[0]["student"] == "'=cmd()"
    page = (toy / "grades/report/index.html").read_text()
    assert "<b>4</b> graded" in page
    assert "It is three times x." in page


def test_less_than_full_points_fail_only_when_asked(submit, capsys: pytest.CaptureFixture[str]) -> None:
    path = submit("bob", {"double": "def double(x):\n    return 3 * x"})
    assert main(["grade", str(path)]) == 0
    assert main(["grade", str(path), "--require-full"]) == 1
    assert "double: triples" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("toy.ipynb", b"hello", "is not a notebook: it is broken or is not JSON"),
        ("toy.ipynb", b'{"cells": [{"cell_ty', "is not a notebook: it is broken or is not JSON. Was it cut off?"),
        ("toy.ipynb", b"", "is empty. Expected a Jupyter notebook."),
        ("toy.ipynb", b"\xff\xfe\x00\x81", "it is not UTF-8 text (byte 0)"),
        ("toy.ipynb", b"[1, 2]", "is not a Jupyter notebook: it has no list of cells"),
        ("toy.ipynb", b'{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "has no list of cells"),
        ("toy.ipynb", b"[" * 100_000, "is nested too deep"),
        ("notes.txt", b"hello", "is not a notebook"),
        (
            "other.ipynb",
            b'{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
            "belongs to no assignment",
        ),
        (
            "toy.ipynb",
            b'{"cells": [{"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": []}], "nbformat": 4,'
            b' "nbformat_minor": 4, "metadata": {}}',
            "is not a submission of toy: no cell defines any of its exercises",
        ),
    ],
)
def test_bad_input_is_one_line_and_the_others_are_graded(
    toy: Path, submit, capsys: pytest.CaptureFixture[str], name: str, content: bytes, message: str
) -> None:
    bad = toy / "submissions" / "bad" / name
    bad.parent.mkdir(parents=True)
    bad.write_bytes(content)
    assert main(["grade", str(submit("ada")), str(bad), "--out", "grades"]) == 1
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert message in shown.err
    assert "Traceback" not in shown.out + shown.err
    assert "ada,toy,100,100" in (toy / "grades/gradebook.csv").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "No such file or folder: nowhere."),
        (["empty"], "No notebooks in empty: expected .ipynb files"),
        (["solutions", "--key", "nowhere"], "No answer keys: nowhere does not exist."),
        (["solutions", "--key", "empty"], "No answer keys in empty: expected NAME.key."),
        (["solutions", "--key", "assignments/week1/toy.ipynb"], "toy.ipynb is not an answer key"),
    ],
)
def test_nothing_to_grade_is_one_line(toy: Path, capsys, arguments: list[str], message: str) -> None:
    (toy / "empty").mkdir()
    assert main(["grade", *arguments]) == 2 or "not an answer key" in message
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.err.count("\n") == 1


def test_an_unreadable_folder_is_one_line(toy: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    def refuse(folder, onerror):
        onerror(PermissionError(13, "Permission denied", str(folder)))
        return iter(())

    (toy / "locked").mkdir()
    monkeypatch.setattr(os, "walk", refuse)
    assert main(["grade", "locked"]) == 2
    assert capsys.readouterr().err == "courselib: Cannot read the folder locked: Permission denied.\n"


def test_two_submissions_of_one_student(grade, submit, toy: Path) -> None:
    path = submit("ada")
    twin = toy / "late" / "ada" / path.name
    twin.parent.mkdir(parents=True)
    twin.write_bytes(path.read_bytes())
    first, second = grade(path, twin, status=1)
    assert first["points"] == 100
    assert "are both submissions of 'ada': only the first one counts" in second["problems"][0]


def test_the_student_is_told_by_the_path(grade, submit, toy: Path) -> None:
    path = submit("ada")
    by_folder = toy / "in" / "toy" / "grace.ipynb"
    by_folder.parent.mkdir(parents=True)
    by_folder.write_bytes(path.read_bytes())
    reports = grade(path, by_folder)
    assert [report["student"] for report in reports] == ["ada", "grace"]


def test_one_exercise_is_graded_again_with_a_new_key(toy: Path, submit, grade, capsys) -> None:
    """The others keep their points, whatever the new key says of them; doing it twice repeats nothing."""
    submit("ada")
    submit("bob", {"double": "def double(x):\n    return 3 * x"})
    grade(toy / "submissions", options=("--out", "grades"))
    checks = toy / "solutions/week1/toy_checks.py"
    checks.write_text(
        checks.read_text().replace('"double",\n        60', '"double",\n        50').replace("40, cases", "50, cases")
    )
    assert main(["keys", "--seed", "again", "--out", "again"]) == 0
    capsys.readouterr()
    options = ("--out", "grades", "--key", "again", "--exercise", "quadruple")
    ada, bob = grade(toy / "submissions", options=options)
    assert points(ada) == {"double": 60, "quadruple": 50}
    assert points(bob) == {"double": 0, "quadruple": 50}
    assert (ada["points"], ada["max_points"], list(ada["regraded"])) == (110, 110, ["quadruple"])
    times = {path: path.stat().st_mtime_ns for path in (toy / "grades/reports").rglob("*.json")}
    assert grade(toy / "submissions", options=options) == [ada, bob]
    assert {path: path.stat().st_mtime_ns for path in (toy / "grades/reports").rglob("*.json")} == times


def test_an_unknown_exercise_is_explained(toy: Path, submit, capsys) -> None:
    assert main(["grade", str(submit("ada")), "--exercise", "dobule"]) == 2
    assert "has an exercise named 'dobule'. Did you mean double?" in capsys.readouterr().err
