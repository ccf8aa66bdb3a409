"""Grades as the files that other systems import."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from courselib.reporting.policy import Grade

_TRAILING_ID = re.compile(r"(?P<who>.*)_(?P<id>\d+)")


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([[_inert(cell) for cell in row] for row in rows])
    return text.getvalue()


def _inert(cell: Any) -> Any:
    """Text that a spreadsheet would take for a formula, made plain text."""
    if isinstance(cell, float):
        return f"{cell:g}"
    return "'" + cell if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def gradebook(grades: Sequence[Grade]) -> str:
    """The gradebook: a line per submission, with its points in all and per exercise."""
    names = list(dict.fromkeys(exercise.name for grade in grades for exercise in grade.report.exercises))
    header = ["student", "assignment", "points", "max_points", "percent", "late_penalty", "adjustment"]
    rows: list[list[Any]] = [[*header, *names, "notes", "problems"]]
    for grade in grades:
        report = grade.report
        points = {exercise.name: exercise.points for exercise in report.exercises}
        numbers = [grade.points, grade.max_points, grade.percent, grade.penalty, grade.adjustment]
        notes = [" ".join(grade.notes), " | ".join(report.problems)]
        rows.append([report.student, report.assignment, *numbers, *(points.get(name, "") for name in names), *notes])
    return _csv(rows)


def canvas(grades: Sequence[Grade]) -> str:
    """A file for Canvas, Grades > Import: a line per learner, a column per assignment.

    Canvas finds learners by `ID` (the number in the names of its downloads) or `SIS Login ID`, and asks which column is
    which assignment when the names differ.
    """
    assignments = sorted({grade.report.assignment for grade in grades})
    possible = {grade.report.assignment: grade.max_points for grade in grades}
    by_student: dict[str, dict[str, Grade]] = {}
    for grade in grades:
        by_student.setdefault(grade.report.student, {})[grade.report.assignment] = grade
    rows: list[list[Any]] = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *assignments],
        ["    Points Possible", "", "", "", "", *(possible[name] for name in assignments)],
    ]
    for student, own in sorted(by_student.items()):
        found = _TRAILING_ID.fullmatch(student)
        who, number, login = (found["who"], found["id"], "") if found else (student, "", student)
        points = [own[name].points if name in own else "" for name in assignments]
        rows.append([who, number, "", login, "", *points])
    return _csv(rows)


def moodle(grades: Sequence[Grade]) -> str:
    """A grading worksheet for Moodle, Assignment > Upload grading worksheet, for the grades of one assignment.

    Moodle finds learners by `Identifier`, the number in the names of its downloads.
    """
    rows: list[list[Any]] = [
        ["Identifier", "Full name", "Email address", "Grade", "Maximum Grade", "Feedback comments"]
    ]
    for grade in grades:
        student = grade.report.student
        found = _TRAILING_ID.fullmatch(student)
        identifier, name = (f"Participant {found['id']}", found["who"]) if found else ("", student)
        email = student if "@" in student else ""
        rows.append([identifier, name, email, grade.points, grade.max_points, _feedback(grade)])
    return _csv(rows)


def nbgrader(grades: Sequence[Grade]) -> str:
    """The columns of `nbgrader export`."""
    header = ["assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"]
    rows: list[list[Any]] = [[*header, "raw_score", "late_submission_penalty", "score", "max_score"]]
    for grade in grades:
        report = grade.report
        stamp = report.submitted_at.replace("T", " ").removesuffix("+00:00")
        place = [report.assignment, "", stamp, report.student, "", "", ""]
        rows.append([*place, grade.earned + grade.adjustment, grade.penalty, grade.points, grade.max_points])
    return _csv(rows)


def gradescope(grade: Grade) -> str:
    """Gradescope's `results.json` for one submission.

    Each exercise is a test that the learner sees at once; the output says what else changed the points.
    """
    report = grade.report
    tests = []
    for exercise in report.exercises:
        lines = [
            exercise.message,
            *(f"{mistake.name.replace('_', ' ')}: {mistake.hint}" for mistake in exercise.mistakes),
        ]
        tests.append(
            {
                "name": exercise.name,
                "score": exercise.points,
                "max_score": exercise.max_points,
                "status": "passed" if exercise.passed else "failed",
                "output": "\n".join(lines),
                "visibility": "visible",
            }
        )
    output = "\n".join((*grade.notes, *report.problems))
    return json.dumps({"score": grade.points, "output": output, "tests": tests}, indent=1, ensure_ascii=False) + "\n"


def _feedback(grade: Grade) -> str:
    """What a learner should read beside the number, in one cell of a table."""
    wrong = [exercise for exercise in grade.report.exercises if not exercise.passed]
    parts = [f"{exercise.name}: {(exercise.mistakes[0].hint if exercise.mistakes else exercise.message)}"
             for exercise in wrong]  # fmt: skip
    return " ".join([*grade.notes, *grade.report.problems, *parts])


def export(grades: Sequence[Grade], kind: str) -> dict[str, str]:
    """The files of one export: their names and texts.

    Args:
        grades: The grades of a class.
        kind: One of `EXPORTS`.
    """
    return EXPORTS[kind](grades)


def _by_assignment(grades: Sequence[Grade]) -> dict[str, list[Grade]]:
    groups: dict[str, list[Grade]] = {}
    for grade in grades:
        groups.setdefault(grade.report.assignment, []).append(grade)
    return {name: groups[name] for name in sorted(groups) if name}


def _gradescope_files(grades: Sequence[Grade]) -> dict[str, str]:
    return {
        f"gradescope/{_file_name(grade.report.assignment)}/{_file_name(grade.report.student)}.json": gradescope(grade)
        for grade in grades
    }


def _file_name(text: str) -> str:
    return re.sub(r"[^\w.@+-]+", "_", text).strip(".") or "_"


EXPORTS: dict[str, Callable[[Sequence[Grade]], dict[str, str]]] = {
    "canvas": lambda grades: {"canvas.csv": canvas(grades)},
    "moodle": lambda grades: {
        f"moodle-{_file_name(name)}.csv": moodle(own) for name, own in _by_assignment(grades).items()
    },
    "nbgrader": lambda grades: {"nbgrader.csv": nbgrader(grades)},
    "gradescope": _gradescope_files,
}
