"""A small class: three learners, one of them late, and a file that could not be graded."""

from __future__ import annotations

import pytest

from courselib.grading.report import CaseReport, ExerciseReport, RecognisedMistake, Report

TRIPLES = RecognisedMistake("triples", "It is three times x.")


def exercise(name: str, points: int, passed: bool, mistake: bool = False, message: str = "") -> ExerciseReport:
    message = message or ("All 1 cases pass." if passed else "1 of 1 cases fail. a number: expected 2.0, got 3.0")
    cases = (CaseReport("a number", passed, "" if passed else "expected 2.0, got 3.0"),)
    code = f"def {name}(x):\n    return 2 * x"
    earned = points if passed else 0
    return ExerciseReport(name, earned, points, passed, (TRIPLES,) if mistake else (), message, cases, code, 0.25)


def report(
    student: str, double: ExerciseReport, quadruple: ExerciseReport, at: str = "2026-11-20T20:00:00+00:00"
) -> Report:
    points = double.points + quadruple.points
    return Report(student, "toy", points, 100, (double, quadruple), (), submitted_at=at)


@pytest.fixture
def reports() -> list[Report]:
    return [
        report("ada_12", exercise("double", 60, True), exercise("quadruple", 40, True)),
        report(
            "=bob",
            exercise("double", 60, False, mistake=True),
            exercise("quadruple", 40, True),
            "2026-11-22T08:00:00+00:00",
        ),
        report(
            "cleo@x.org",
            exercise("double", 60, False, mistake=True),
            exercise("quadruple", 40, False, message="Not answered yet."),
        ),
        Report("dan", "toy", 0, 100, (), ("dan/toy.ipynb is empty. Expected a Jupyter notebook.",), graded=False),
    ]
