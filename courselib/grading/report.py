"""Reports: one JSON file per submission."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from courselib.errors import CourselibError
from courselib.files import write_text
from courselib.grading.judge import Verdict
from courselib.grading.kernels import Protection, gaps
from courselib.grading.key import Key
from courselib.grading.submission import Submission

SCHEMA = Path(__file__).with_name("report.schema.json")
MAX_CODE = 20_000  # characters of a learner's function that are kept
REPORTS_FOLDER = "reports"


@dataclass(frozen=True)
class RecognisedMistake:
    """A known mistake that an answer looks like."""

    name: str
    hint: str


@dataclass(frozen=True)
class CaseReport:
    """What came of one case. `message` says what is wrong, in one line, and is empty when it passed."""

    title: str
    passed: bool
    message: str


@dataclass(frozen=True)
class ExerciseReport:
    """What came of one exercise.

    Args:
        name: The function's name.
        points: What it earned.
        max_points: What it is worth.
        passed: Whether every case passed.
        mistakes: Known mistakes that the answers look like, the likeliest first.
        message: One line for the learner.
        cases: Case by case; empty when the function could not be called.
        code: What the learner wrote.
        seconds: How long the cases took.
    """

    name: str
    points: int
    max_points: int
    passed: bool
    mistakes: tuple[RecognisedMistake, ...]
    message: str
    cases: tuple[CaseReport, ...] = ()
    code: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class ActiveProtection:
    """One protection of the sandbox: whether it was in force while the submission ran, and how far or why not."""

    name: str
    active: bool
    detail: str


@dataclass(frozen=True)
class Report:
    """What came of one submission.

    Args:
        student: The learner.
        assignment: The assignment's name.
        points: What the exercises earned together.
        max_points: What they are worth.
        exercises: In the order of the notebook.
        problems: What went wrong outside the exercises.
        graded: False where the submission could not be graded at all.
        sandbox: What kept the submission in while it ran.
        submitted_at: When it was handed in, as ISO 8601 in UTC; empty where that is not known.
        submission_sha256: The digest of the submission, and
        key_sha256: that of the key: a run that finds a report with both takes it over.
        regraded: Exercises that were graded again with another key, and its digest.
    """

    student: str
    assignment: str
    points: int
    max_points: int
    exercises: tuple[ExerciseReport, ...]
    problems: tuple[str, ...]
    graded: bool = True
    sandbox: tuple[ActiveProtection, ...] = ()
    submitted_at: str = ""
    submission_sha256: str = ""
    key_sha256: str = ""
    regraded: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON-able data that keeps `report.schema.json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Report:
        exercises = map(_exercise_from_json, data["exercises"])
        sandbox = tuple(ActiveProtection(**one) for one in data["sandbox"])
        problems = tuple(data["problems"])
        return cls(**{**data, "exercises": tuple(exercises), "problems": problems, "sandbox": sandbox})


def _exercise_from_json(data: dict[str, Any]) -> ExerciseReport:
    mistakes = tuple(RecognisedMistake(**one) for one in data["mistakes"])
    cases = tuple(CaseReport(**one) for one in data["cases"])
    return ExerciseReport(**{**data, "mistakes": mistakes, "cases": cases})


def exercise_report(verdict: Verdict, code: str, seconds: float) -> ExerciseReport:
    """The report of one exercise.

    Args:
        verdict: What the judge said.
        code: What the learner wrote.
        seconds: How long the cases took.
    """
    return ExerciseReport(
        verdict.name,
        verdict.points,
        verdict.max_points,
        verdict.passed,
        tuple(RecognisedMistake(hint.name, hint.hint) for hint in verdict.mistakes),
        one_line(verdict.message),
        tuple(CaseReport(one_line(case.title), case.passed, one_line(case.message)) for case in verdict.cases),
        printable(code[:MAX_CODE]),
        round(seconds, 3),
    )


def make_report(
    submission: Submission,
    key: Key,
    exercises: Iterable[ExerciseReport],
    problems: Sequence[str],
    protections: Sequence[Protection],
) -> Report:
    """The report of a submission that was graded."""
    exercises = tuple(exercises)
    return Report(
        student=submission.student,
        assignment=key.assignment,
        points=sum(exercise.points for exercise in exercises),
        max_points=key.max_points,
        exercises=exercises,
        problems=tuple(map(one_line, problems)),
        sandbox=tuple(ActiveProtection(*protection) for protection in protections),
        submitted_at=submission.submitted_at,
        submission_sha256=submission.sha256,
        key_sha256=key.digest,
    )


def one_line(text: str, limit: int = 2_000) -> str:
    """A stranger's text as one line that any file, page and terminal can hold."""
    return " ".join(printable(text[:limit]).splitlines())


def printable(text: str) -> str:
    """A stranger's text, its lines kept, as any file, page and terminal can hold it."""
    mark = "\N{REPLACEMENT CHARACTER}"
    return "".join(c if c.isprintable() or c == "\n" else " " if c.isspace() else mark for c in text)


def ungraded_report(submission: Submission, problem: str) -> Report:
    """The report of a submission that could not be graded, and why."""
    return Report(submission.student, submission.assignment, 0, 100, (), (one_line(problem),), graded=False)


def report_path(out: Path, report: Report | Submission) -> Path:
    """Where a report is written: `OUT/reports/ASSIGNMENT/STUDENT.json`, with nothing odd in the names."""
    names = (report.assignment, report.student)
    assignment, student = (re.sub(r"[^\w.@+-]+", "_", name).strip(".") or "_" for name in names)
    return out / REPORTS_FOLDER / assignment / f"{student}.json"


def write_report(out: Path, report: Report) -> Path:
    """Write one report, whole or not at all."""
    path = report_path(out, report)
    write_text(path, json.dumps(report.to_json(), indent=1, ensure_ascii=False) + "\n")
    return path


def earlier_report(out: Path, submission: Submission) -> Report | None:
    """The report of this very submission, if an earlier run wrote it."""
    try:
        report = Report.from_json(json.loads(report_path(out, submission).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return report if report.graded and submission.sha256 and report.submission_sha256 == submission.sha256 else None


def is_up_to_date(report: Report, key: Key, exercise: str | None = None) -> bool:
    """Whether a report was made with this very key; with an exercise, whether that one was graded with it."""
    digest = report.key_sha256 if exercise is None else report.regraded.get(exercise, report.key_sha256)
    return bool(key.digest) and digest == key.digest


def with_regraded(earlier: Report, again: Report, exercise: str) -> Report:
    """An earlier report with one exercise as another key judged it."""
    fresh = {one.name: one for one in again.exercises}
    exercises = tuple(fresh.get(one.name, one) if one.name == exercise else one for one in earlier.exercises)
    return replace(
        earlier,
        exercises=exercises,
        points=sum(one.points for one in exercises),
        max_points=sum(one.max_points for one in exercises),
        regraded={**earlier.regraded, exercise: again.key_sha256},
    )


def read_reports(out: Path) -> list[Report]:
    """All reports in a grades folder, sorted by assignment and student.

    Raises:
        CourselibError: If a file there is not a report.
    """
    reports = []
    for path in sorted((out / REPORTS_FOLDER).glob("*/*.json")):
        try:
            reports.append(Report.from_json(json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CourselibError(f"{path} is not a report ({error}). Remove it and grade again.") from None
    return reports


def left_open(reports: Iterable[Report]) -> list[str]:
    """What submissions could have done on this host because protections were missing, in plain words."""
    ways = (
        gaps([Protection(one.name, one.active, one.detail) for one in report.sandbox])
        for report in reports
        if report.graded
    )
    return list(dict.fromkeys(way for several in ways for way in several))
