"""Reports and progress in the terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import rich.progress
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from courselib.grading.grader import Progress
from courselib.grading.report import Report, left_open


class _Notes(Progress):
    """Notes on stderr, and nothing else."""

    def note(self, text: str) -> None:
        Console(stderr=True).print(f"courselib: {text}", markup=False, highlight=False, soft_wrap=True)


class _Bar(Progress):
    """A progress bar on stderr: how many are done, how long it takes, and what is running."""

    def __init__(self, bar: rich.progress.Progress) -> None:
        self._bar, self._running = bar, dict[str, None]()
        self._task = bar.add_task("grading", running="")

    def total(self, count: int) -> None:
        self._bar.reset(self._task, total=count)

    def started(self, name: str) -> None:
        self._running[name] = None
        self._show()

    def finished(self, name: str) -> None:
        self._running.pop(name, None)
        self._bar.advance(self._task)
        self._show()

    def note(self, text: str) -> None:
        self._bar.console.print(f"courselib: {text}", markup=False, highlight=False, soft_wrap=True)

    def _show(self) -> None:
        names = ["/".join(Path(name).parts[-2:]) for name in self._running]
        more = f" and {len(names) - 2} more" if len(names) > 2 else ""
        self._bar.update(self._task, running=escape(", ".join(names[:2]) + more))


@contextlib.contextmanager
def grading_progress() -> Iterator[Progress]:
    """A progress bar on stderr; only notes where stderr is not a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Notes()
        return
    columns = (BarColumn(24), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.fields[running]}"))
    with rich.progress.Progress(*columns, console=console, transient=True) as bar:
        yield _Bar(bar)


def print_reports(reports: Sequence[Report]) -> None:
    """A table of grades per assignment, then what went wrong outside the exercises."""
    console = Console(highlight=False)
    for assignment in sorted({report.assignment for report in reports}):
        _print_table(console, assignment, [report for report in reports if report.assignment == assignment])
    for report in reports:
        for problem in report.problems if report.graded else ():
            console.print(f"{report.student}: {problem}", markup=False, soft_wrap=True)
    if ways := left_open(reports):
        console.print(
            f"Not prevented on this host: a submission could {'; '.join(ways)}.", markup=False, soft_wrap=True
        )


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
