"""What a report says beside the points."""

import json

import pytest

from courselib.cli import main

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
