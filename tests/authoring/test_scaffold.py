"""A new assignment works as it comes, and leads on from there."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest

from courselib.authoring.scaffold import scaffold
from courselib.authoring.source import read_source
from courselib.cli import main
from courselib.errors import CourselibError


def test_a_new_assignment_builds_is_proven_and_graded(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "week5/my_topic"]) == 0
    shown = capsys.readouterr().out
    assert "Edit them, then: courselib build my_topic" in shown
    written = [Path(line.removeprefix("wrote ")) for line in shown.splitlines() if line.startswith("wrote ")]
    assert [path.relative_to(toy).as_posix() for path in written] == [
        "solutions/week5/my_topic.py",
        "solutions/week5/my_topic_checks.py",
        "tests/course/week5/my_topic_equivalents.py",
    ]
    assert main(["build", "my_topic"]) == 0
    assert "1 exercises, 4 mistakes, each caught and named" in capsys.readouterr().out
    assert main(["grade", "solutions/week5/my_topic.ipynb", "--format", "json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert (report["points"], report["problems"]) == (100, [])


def test_its_equivalents_name_its_exercise_and_do_what_it_does(toy: Path) -> None:
    *_, equivalents = scaffold(toy, "week5/my_topic")
    functions = [value for name, value in runpy.run_path(str(equivalents)).items() if name.startswith("relu__")]
    assert len(functions) == 2
    assert [function(-2.5) for function in functions] == [0, 0]
    assert [exercise.name for exercise in read_source(toy / "solutions/week5/my_topic.py").exercises] == ["relu"]


@pytest.mark.parametrize("name", ["my_topic", "week5", "week5/My Topic", "week5/../evil", "weekx/topic", "week5/5"])
def test_odd_names_are_explained(toy: Path, name: str) -> None:
    with pytest.raises(CourselibError, match=re.escape(f"such as week5/my_topic. Got {name!r}.")):
        scaffold(toy, name)


def test_nothing_is_overwritten(toy: Path) -> None:
    before = (toy / "solutions/week1/toy.py").read_bytes()
    with pytest.raises(CourselibError, match=r"There is an assignment named 'toy' already: .* Names are unique"):
        scaffold(toy, "week2/toy")
    assert (toy / "solutions/week1/toy.py").read_bytes() == before
