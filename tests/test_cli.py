"""The command line: help, the demo, and what a user meets first."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from courselib.cli import main


@pytest.mark.parametrize("command", ["", "build", "keys", "grade", "demo"])
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*([command] if command else []), "--help"])
    assert caught.value.code == 0
    assert "usage: courselib" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["grade"], "the following arguments are required: PATH"),
        (["grade", "x", "--cell-timeout", "-1"], "expected a number of seconds above 0, got '-1'"),
        (["keys", "--out", "x"], "the following arguments are required: --seed"),
    ],
)
def test_wrong_arguments(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_outside_a_course_the_installed_one_is_found(tmp_path: Path) -> None:
    """From anywhere, `courselib build --check` finds the course that courselib was installed from."""
    command = [sys.executable, "-m", "courselib", "build", "--check"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "week1/convolution_step_by_step: in step" in done.stdout


def test_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo"]) == 0
    shown = capsys.readouterr().out
    assert "Gradebook: courselib-demo/grades/gradebook.csv" in shown
    assert "Report:    courselib-demo/grades/report/index.html" in shown
    with open("courselib-demo/grades/gradebook.csv", newline="", encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert len(rows) >= 7
    assert rows["ada"]["points"] == "100"
    assert sum(int(row["points"]) == 100 for row in rows.values()) >= 2  # one of them wrote everything differently
    assert sum("it is broken" in row["problems"] for row in rows.values()) == 1
    assert 0 < min(int(row["points"]) for row in rows.values() if not row["problems"]) < 100
    page = Path("courselib-demo/grades/report/index.html").read_text(encoding="utf-8")
    assert "Mistakes that the class makes" in page
