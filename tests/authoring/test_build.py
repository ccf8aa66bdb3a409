"""`courselib build`: what it writes, and what `--check` notices."""

import json
from pathlib import Path

import nbformat
import pytest

from courselib.authoring.build import build, out_of_step
from courselib.cli import main

GENERATED = ["assignments/week1/toy.ipynb", "assignments/week1/toy.key", "solutions/week1/toy.ipynb"]


def source_of(toy: Path) -> Path:
    return toy / "solutions/week1/toy.py"


def test_what_is_built(toy: Path) -> None:
    assignment = nbformat.read(toy / GENERATED[0], as_version=4)
    nbformat.validate(assignment)
    cells = {cell.id: cell for cell in assignment.cells}
    assert "raise NotImplementedError()" in cells["double"].source
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in assignment.cells)
    assert cells["double"].metadata.nbgrader == {
        "grade": False, "grade_id": "double", "locked": False, "schema_version": 3, "solution": True, "task": False,
    }  # fmt: skip
    assert cells["check-double"].metadata.nbgrader == {
        "grade": True, "grade_id": "check-double", "locked": True, "points": 60, "schema_version": 3,
        "solution": False, "task": False,
    }  # fmt: skip
    solution = nbformat.read(toy / GENERATED[2], as_version=4)
    outputs = {cell.id: cell.outputs for cell in solution.cells if cell.cell_type == "code"}
    assert outputs["experiment"][0].text == "twice [0 1 2] is [0 2 4]\n"
    assert "60 of 60 points" in outputs["check-double"][0].data["text/html"]


def test_the_same_source_gives_the_same_bytes(toy: Path) -> None:
    before = [(toy / name).read_bytes() for name in GENERATED]
    build(source_of(toy), toy, report=lambda line: None)
    assert [(toy / name).read_bytes() for name in GENERATED] == before


def test_in_step(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert out_of_step(source_of(toy), toy) == []
    assert main(["build", "--check"]) == 0
    assert main(["build"]) == 0
    assert capsys.readouterr().out == "week1/toy: in step\n" * 2


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("solutions/week1/toy.py", "Four times x", "Four times y", '+    """Four times y."""'),
        ("solutions/week1/toy_checks.py", "60,", "60,  #", "toy.key was built from other sources"),
        (GENERATED[0], "# A toy", "# A boy", "-# A boy"),
        (GENERATED[0], '"execution_count": null', '"execution_count": 3', "holds an output"),
        (GENERATED[0], '"points": 60', '"points": 61', "toy.ipynb is out of step with its source"),
        (GENERATED[0], "{", "", "toy.ipynb cannot be read"),
        (GENERATED[1], '"points": 60', '"points": 61', "is damaged: its digest does not fit its contents"),
        (GENERATED[2], "return 2 * x", "return 3 * x", "-    return 3 * x"),
        (GENERATED[2], '"execution_count": 3', '"execution_count": null', "was not executed"),
    ],
)
def test_what_is_out_of_step_is_shown(
    toy: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, message: str
) -> None:
    edit(toy / file, old, new)
    assert main(["build", "--check"]) == 1
    shown = capsys.readouterr()
    assert message in shown.out
    assert "run `courselib build` and commit the result" in shown.err


@pytest.mark.parametrize("name", GENERATED)
def test_a_missing_file_is_out_of_step(toy: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (toy / name).unlink()
    assert main(["build", "--check"]) == 1
    assert f"{Path(name).name} is missing." in capsys.readouterr().out


def test_a_broken_solution_leaves_what_was_there(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (toy / GENERATED[0]).read_bytes()
    edit(source_of(toy), 'print("twice"', 'print(undefined, "twice"')
    assert main(["build"]) == 2
    shown = capsys.readouterr().err
    assert "The solution of toy does not run" in shown
    assert "name 'undefined' is not defined" in shown
    assert (toy / GENERATED[0]).read_bytes() == before


def test_an_unknown_name_is_explained(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "tyo"]) == 2
    assert capsys.readouterr().err == "courselib: No assignment named 'tyo'. Known: toy.\n"


def test_hidden_keys(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "--seed", "s", "--out", "hidden"]) == 0
    assert main(["keys", "--seed", "s", "--out", "again"]) == 0
    hidden = (toy / "hidden/toy.key").read_bytes()
    assert hidden == (toy / "again/toy.key").read_bytes()
    assert hidden != (toy / GENERATED[1]).read_bytes()
    assert json.loads(hidden)["head"]["hidden"] is True
    capsys.readouterr()
    assert main(["keys", "--seed", "public", "--out", "hidden"]) == 2
    assert "--seed must be a secret" in capsys.readouterr().err
