"""What an instructor decides about points: deadlines, dropped exercises, adjustments. In `grades/policy.toml`."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from courselib.errors import CourselibError
from courselib.files import write_text
from courselib.grading.report import Report

POLICY = "policy.toml"


@dataclass(frozen=True)
class LatePenalty:
    """How much a late submission loses.

    Args:
        percent_per_day: Per day that has begun, of what was earned.
        max_percent: At most that much.
        grace_minutes: How late is still in time.
    """

    percent_per_day: float = 10.0
    max_percent: float = 50.0
    grace_minutes: float = 0.0


@dataclass(frozen=True)
class Adjustment:
    """Points that an instructor gives or takes by hand, and why."""

    student: str
    assignment: str
    points: float
    reason: str


@dataclass(frozen=True)
class Policy:
    """The decisions about a class.

    Args:
        deadlines: By assignment; one without a deadline is never late.
        late: What a late submission loses.
        dropped: Exercises that do not count, by assignment.
        adjustments: What was decided by hand.
    """

    deadlines: Mapping[str, datetime] = field(default_factory=dict)
    late: LatePenalty = LatePenalty()
    dropped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True)
class Grade:
    """A report under a policy.

    Args:
        report: The report.
        earned: Points of the exercises that count.
        max_points: What these exercises are worth.
        penalty: Points lost because it was late.
        adjustment: Points given or taken by hand.
        notes: Why the points differ from the report's, for the learner.
    """

    report: Report
    earned: float
    max_points: float
    penalty: float = 0.0
    adjustment: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """What counts in the end: not below 0. Points given by hand may lift it above the maximum."""
        return round(max(0.0, self.earned - self.penalty + self.adjustment), 2)

    @property
    def percent(self) -> float:
        return round(100 * self.points / self.max_points, 1) if self.max_points else 0.0


def read_policy(path: Path) -> Policy:
    """Read a policy; where there is no file, nothing is decided.

    ```toml
    [deadlines]
    convolution_step_by_step = 2026-11-20T23:59:00+01:00

    [late]
    percent_per_day = 10    # of what was earned, for each day that has begun
    max_percent = 50
    grace_minutes = 15

    [dropped]
    convolution_step_by_step = ["pool_backward"]

    [[adjustments]]
    student = "ada"
    assignment = "convolution_step_by_step"
    points = 2.5
    reason = "found a mistake in the notebook"
    ```

    Raises:
        CourselibError: If the file is not TOML, or something in it is not a decision of this kind.
    """
    if not path.exists():
        return Policy()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CourselibError(f"Cannot read the policy {path}: {error}") from None
    unknown = sorted(set(data) - {"deadlines", "late", "dropped", "adjustments"})
    if unknown:
        raise CourselibError(
            f"{path}: unknown section {unknown[0]!r}. Known: [deadlines], [late], [dropped], [[adjustments]]."
        )
    try:
        policy = Policy(
            {name: _moment(value) for name, value in data.get("deadlines", {}).items()},
            LatePenalty(**{name: _number(value) for name, value in data.get("late", {}).items()}),
            {name: tuple(str(one) for one in _list(value)) for name, value in data.get("dropped", {}).items()},
            tuple(_adjustment(one) for one in _list(data.get("adjustments", []))),
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise CourselibError(f"{path}: {error}. See `courselib report --help` for an example.") from None
    return policy


def _moment(value: Any) -> datetime:
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(23, 59, 59))
    if not isinstance(value, datetime):
        raise ValueError(f"a deadline is a date or a date and time without quotes, got {value!r}")
    return value if value.tzinfo else value.astimezone()  # without a zone: this machine's


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"expected a number, got {value!r}")
    return float(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"expected a list, got {value!r}")
    return value


def _adjustment(data: Mapping[str, Any]) -> Adjustment:
    missing = {"student", "assignment", "points", "reason"} ^ set(data)
    if missing:
        raise ValueError(f"an adjustment has student, assignment, points and reason; {sorted(missing)[0]!r} is off")
    return Adjustment(str(data["student"]), str(data["assignment"]), _number(data["points"]), str(data["reason"]))


def add_adjustment(path: Path, adjustment: Adjustment) -> None:
    """Append an adjustment to a policy file, which is made where there is none. What stands in it stays as it is.

    Raises:
        CourselibError: If the reason is empty, or the file cannot be read afterwards.
    """
    if not adjustment.reason.strip():
        raise CourselibError("An adjustment needs a reason: --reason 'why the points change'.")
    read_policy(path)  # do not add to a broken one
    before = path.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if path.exists() else ""
    lines = [
        "[[adjustments]]",
        f"student = {_quoted(adjustment.student)}",
        f"assignment = {_quoted(adjustment.assignment)}",
        f"points = {adjustment.points:g}",
        f"reason = {_quoted(adjustment.reason)}",
    ]
    write_text(path, before + "\n".join(lines) + "\n")


def _quoted(text: str) -> str:
    return json.dumps(text).replace("\x7f", "\\u007f")  # a JSON string is a TOML string


def apply_policy(reports: list[Report], policy: Policy) -> list[Grade]:
    """The grades of a class.

    Raises:
        CourselibError: If the policy names an assignment, exercise or student that no report has: a typing error
            would otherwise change nothing, silently.
    """
    _validate(reports, policy)
    return [_grade(report, policy) for report in reports]


def _grade(report: Report, policy: Policy) -> Grade:
    dropped = policy.dropped.get(report.assignment, ())
    counted = [exercise for exercise in report.exercises if exercise.name not in dropped]
    earned = float(sum(exercise.points for exercise in counted))
    max_points = float(sum(exercise.max_points for exercise in counted)) if report.graded else float(report.max_points)
    notes = [f"{name} does not count." for name in dropped]
    share, note = _lateness(report, policy)
    penalty = round(earned * share / 100, 2)
    if note:
        notes.append(f"{note}: {penalty:g} of {earned:g} points lost.")
    own = [one for one in policy.adjustments if (one.student, one.assignment) == (report.student, report.assignment)]
    notes += [f"{one.points:+g} points: {one.reason}" for one in own]
    return Grade(report, earned, max_points, penalty, sum(one.points for one in own), tuple(notes))


def _lateness(report: Report, policy: Policy) -> tuple[float, str]:
    """The percentage lost, and why."""
    deadline = policy.deadlines.get(report.assignment)
    if deadline is None or not report.submitted_at:
        return 0.0, ""
    late = datetime.fromisoformat(report.submitted_at) - deadline
    if late <= timedelta(minutes=policy.late.grace_minutes):
        return 0.0, ""
    days = math.ceil(late / timedelta(days=1))
    share = min(days * policy.late.percent_per_day, policy.late.max_percent)
    handed_in = datetime.fromisoformat(report.submitted_at).astimezone(UTC)
    return share, f"Late, handed in {handed_in:%Y-%m-%d %H:%M} UTC, {days} day{'s' * (days > 1)} begun ({share:g}%)"


def _validate(reports: list[Report], policy: Policy) -> None:
    exercises = {report.assignment: {exercise.name for exercise in report.exercises} for report in reports
                 if report.exercises}  # fmt: skip
    assignments = {report.assignment for report in reports}
    students = {(report.student, report.assignment) for report in reports}
    for name in (*policy.deadlines, *policy.dropped):
        if name not in assignments:
            raise CourselibError(f"The policy names the assignment {name!r}, which no report is about.")
    for name, dropped in policy.dropped.items():
        for exercise in dropped:
            if exercise not in exercises.get(name, {exercise}):
                raise CourselibError(f"The policy drops {exercise!r}, which {name} does not have.")
    for one in policy.adjustments:
        if (one.student, one.assignment) not in students:
            raise CourselibError(f"The policy adjusts {one.student!r} in {one.assignment!r}, who has no report there.")
