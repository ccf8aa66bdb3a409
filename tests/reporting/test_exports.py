"""Each file as its own system reads it: columns, types, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json

import pytest

from courselib.grading.report import Report
from courselib.reporting.exports import EXPORTS, canvas, export, gradebook, gradescope, moodle, nbgrader
from courselib.reporting.policy import Adjustment, Grade, Policy, apply_policy


@pytest.fixture
def grades(reports: list[Report]) -> list[Grade]:
    return apply_policy(reports, Policy(adjustments=(Adjustment("ada_12", "toy", 0.5, "a good question"),)))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_gradebook(grades: list[Grade]) -> None:
    ada, bob, cleo, dan = rows(gradebook(grades))
    assert ada | {"notes": ""} == {
        "student": "ada_12", "assignment": "toy", "points": "100.5", "max_points": "100", "percent": "100.5",
        "late_penalty": "0", "adjustment": "0.5", "double": "60", "quadruple": "40", "notes": "", "problems": "",
    }  # fmt: skip
    assert ada["notes"] == "'+0.5 points: a good question"
    assert (bob["student"], bob["points"]) == ("'=bob", "40")
    assert (cleo["double"], dan["double"]) == ("0", "")
    assert dan["problems"].startswith("dan/toy.ipynb is empty")


def test_canvas(grades: list[Grade]) -> None:
    header, possible, *lines = list(csv.reader(io.StringIO(canvas(grades))))
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "toy"]
    assert possible[0].strip() == "Points Possible"
    assert float(possible[5]) == 100
    assert lines[1][:5] == ["ada", "12", "", "", ""]
    assert [float(line[5]) for line in lines] == [40, 100.5, 0, 0]
    assert lines[2][3] == "cleo@x.org"


def test_moodle(grades: list[Grade]) -> None:
    ada, _, cleo, _ = rows(moodle(grades))
    assert (ada["Identifier"], ada["Full name"], float(ada["Grade"])) == ("Participant 12", "ada", 100.5)
    assert (cleo["Email address"], float(cleo["Maximum Grade"])) == ("cleo@x.org", 100)
    assert "double: It is three times x." in cleo["Feedback comments"]


def test_nbgrader(grades: list[Grade]) -> None:
    ada = rows(nbgrader(grades))[0]
    assert list(ada) == [
        "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
        "late_submission_penalty", "score", "max_score",
    ]  # fmt: skip
    assert (ada["timestamp"], float(ada["score"])) == ("2026-11-20 20:00:00", 100.5)


def test_gradescope(grades: list[Grade]) -> None:
    data = json.loads(gradescope(grades[1]))
    assert data["score"] == 40
    assert sum(test["score"] for test in data["tests"]) == 40
    assert data["tests"][0] == {
        "name": "double", "score": 0, "max_score": 60, "status": "failed", "visibility": "visible",
        "output": "1 of 1 cases fail. a number: expected 2.0, got 3.0\ntriples: It is three times x.",
    }  # fmt: skip


def test_file_names_stay_in_their_folder(grades: list[Grade]) -> None:
    names = [name for kind in EXPORTS for name in export(grades, kind)]
    assert "moodle-toy.csv" in names
    assert "gradescope/toy/_bob.json" in names
    assert not any(".." in name or name.startswith("/") for name in names)
