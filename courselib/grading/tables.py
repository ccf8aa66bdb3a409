"""Reports and progress in the terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from courselib.grading.report import CLASS_PAGE, GRADEBOOK, Report


@contextlib.contextmanager
def grading_progress() -> Iterator[Callable[[Path], None]]:
    """A status line on stderr that names the notebook being graded; nothing where stderr is not a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda path: None
        return
    count = 0
    with console.status("Starting") as status:

        def show(path: Path) -> None:
            nonlocal count
            count += 1
            status.update(f"Grading submission {count}: {path.parent.name}/{path.name}")

        yield show


def print_reports(reports: Sequence[Report], out: Path | None) -> None:
    """A table of grades per assignment, then what went wrong outside the exercises, then where the files are."""
    console = Console(highlight=False)
    for assignment in sorted({report.assignment for report in reports}):
        _print_table(console, assignment, [report for report in reports if report.assignment == assignment])
    for report in reports:
        for problem in report.problems if report.graded else ():
            console.print(f"{report.student}: {problem}", markup=False, soft_wrap=True)
    if out is not None:
        console.print(f"\nGradebook: {out / GRADEBOOK}\nReport:    {out / CLASS_PAGE}", markup=False, soft_wrap=True)


def _print_table(console: Console, assignment: str, reports: Sequence[Report]) -> None:
    table = Table(title=Text(assignment or "belongs to no assignment", "bold"), title_justify="left")
    for heading, justify in (
        ("student", "left"),
        ("points", "right"),
        ("exercises", "right"),
        ("to repair first", "left"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for report in reports:
        passed = sum(exercise.passed for exercise in report.exercises)
        points = f"{report.points} of {report.max_points}" if report.graded else "not graded"
        exercises = f"{passed} of {len(report.exercises)}" if report.graded else ""
        table.add_row(*map(Text, (report.student, points, exercises, _first(report))))
    console.print(table)


def _first(report: Report) -> str:
    if not report.graded:
        return report.problems[0] if report.problems else ""
    for exercise in report.exercises:
        if not exercise.passed:
            what = exercise.mistakes[0].name.replace("_", " ") if exercise.mistakes else exercise.message
            return f"{exercise.name}: {what}"[:90]
    return ""
