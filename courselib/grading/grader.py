"""Grading a class: collects submissions, has them graded by workers, and writes a report for each."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from courselib.errors import CourselibError
from courselib.grading.collect import Collected, collect
from courselib.grading.executors import ClusterLost, executor
from courselib.grading.key import Keyring
from courselib.grading.report import (
    Report,
    earlier_report,
    is_up_to_date,
    report_path,
    ungraded_report,
    with_regraded,
    write_report,
)
from courselib.grading.solutions import read_solutions
from courselib.grading.submission import Submission, read_submission
from courselib.grading.task import DEFAULT_CELL_TIMEOUT, Task
from courselib.grading.worker import grade_in_worker


@dataclass(frozen=True)
class Options:
    """How to grade.

    Args:
        cell_timeout: Seconds that a cell, or all cases of one exercise, may take.
        jobs: How many submissions are graded at a time on this machine.
        cluster: The address of a Dask scheduler, to grade there instead.
        require_sandbox: Refuse to run submissions where the host cannot keep them in.
        gpu: Let submissions use GPUs, one submission per GPU at a time.
        exercise: Grade only this one again, where there is a report already; the others keep their points.
    """

    cell_timeout: float = DEFAULT_CELL_TIMEOUT
    jobs: int = 1
    cluster: str | None = None
    require_sandbox: bool = False
    gpu: bool = False
    exercise: str | None = None


class Progress:
    """What a class run tells while it goes on. This one says nothing."""

    def total(self, count: int) -> None:
        """How many submissions there are."""

    def started(self, name: str) -> None:
        """A submission is being graded."""

    def finished(self, name: str) -> None:
        """A submission has its report."""

    def note(self, text: str) -> None:
        """Something that is no error, but worth knowing."""


def grade(
    paths: Iterable[Path], keys: Path, out: Path | None = None, options: Options = Options(),
    progress: Progress | None = None,
) -> list[Report]:  # fmt: skip
    """Grade submissions.

    Each report is written as soon as it is there. What lies in `out` already, for the same submission and key, is
    taken from there, so that a run that was interrupted goes on where it stopped. When a cluster is lost on the way,
    what it has not done is graded on this machine.

    Args:
        paths: Notebooks, folders of notebooks and download archives.
        keys: A folder of answer keys or one key.
        out: Where the reports go; nothing is written when it is None.
        options: How to grade.
        progress: Is told what is going on.

    Returns:
        One report per submission, in their order. One that cannot be graded says why in its `problems`.

    Raises:
        CourselibError: If there is nothing to grade or no key, a report cannot be written, or the GPUs of a cluster are
            lost.
    """
    progress = progress or Progress()
    paths = list(paths)
    try:
        return _grade(paths, keys, out, options, progress)
    except ClusterLost as error:
        if options.gpu:
            raise CourselibError(
                f"{error} What is graded already is safe. Start workers and run the same command again: it goes on "
                "where it stopped."
            ) from None
        progress.note(f"{error} The rest is graded on this machine.")
        return _grade(paths, keys, out, dataclasses.replace(options, cluster=None), progress)


def _grade(paths: Iterable[Path], keys: Path, out: Path | None, options: Options, progress: Progress) -> list[Report]:
    collected = collect(paths)
    keyring = Keyring(keys)
    if options.exercise is not None:
        _validate_exercise(options.exercise, keyring)
    progress.total(len(collected))
    seen: dict[Path, Collected] = {}
    reports: list[Report | None] = [None] * len(collected)
    earlier: dict[int, Report] = {}  # of which one exercise is graded again

    def finish(index: int, report: Report, written: bool = False) -> None:
        reports[index] = report
        if out is not None and not written:
            _write(out, report)
        progress.finished(str(collected[index]))

    def prepare() -> Iterator[tuple[int, Task]]:
        """The tasks that are left, one at a time; what needs no worker is finished on the way."""
        for index, one in enumerate(collected):
            prepared = _prepare(one, keyring, options, seen)
            if isinstance(prepared, Report):
                finish(index, prepared)
                continue
            found = earlier_report(out, prepared.submission) if out is not None else None
            if found is not None and is_up_to_date(found, prepared.key, options.exercise):
                finish(index, found, written=True)
                continue
            if found is not None and options.exercise is not None:
                earlier[index] = found
            progress.started(str(one))
            yield index, prepared

    with executor(options.jobs, options.cluster, options.gpu) as (pool, capacity):
        for index, report in _run(pool, capacity, prepare()):
            if index in earlier and options.exercise is not None:
                report = with_regraded(earlier[index], report, options.exercise) if report.graded else earlier[index]
            finish(index, report)
    return [report for report in reports if report is not None]


def _run(pool: Executor, capacity: int, tasks: Iterator[tuple[int, Task]]) -> Iterator[tuple[int, Report]]:
    """Keep the pool busy with as many tasks as it can hold, and yield each report when it comes."""
    waiting: dict[Future[Report], int] = {}
    exhausted = False
    while waiting or not exhausted:
        while not exhausted and len(waiting) < capacity:
            index, task = next(tasks, (-1, None))
            exhausted = task is None
            if task is not None:
                waiting[pool.submit(grade_in_worker, task.to_text(), task.flavour, task.gpu)] = index
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            yield waiting.pop(future), future.result()


def _validate_exercise(name: str, keys: Keyring) -> None:
    known = [exercise.name for assignment in keys.names for exercise in keys.read(assignment).exercises]
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        advice = f" Did you mean {close[0]}?" if close else ""
        raise CourselibError(f"No key in {keys.path} has an exercise named {name!r}.{advice}")


def _prepare(one: Collected, keys: Keyring, options: Options, seen: dict[Path, Collected]) -> Task | Report:
    """What is to be done about a submission, or its report when it cannot be graded."""
    try:
        submission, key = read_submission(one, keys)
    except CourselibError as error:
        assignment = keys.choose((one.place.stem, *reversed(one.place.parts))) or ""
        return ungraded_report(_unique(Submission(one.student_of(assignment), assignment, ()), one, seen), str(error))
    twin = seen.get(report_path(Path(), submission))
    unique = _unique(submission, one, seen)
    if twin is not None:
        problem = f"{one} and {twin} are both submissions of {submission.student!r}: only the first one counts."
        return ungraded_report(unique, problem)
    solutions = read_solutions(key)
    return Task(unique, key, solutions, options.cell_timeout, options.require_sandbox, options.gpu)


def _unique(submission: Submission, one: Collected, seen: dict[Path, Collected]) -> Submission:
    """The submission under a name that no other one has, so that each keeps its own report."""
    number, unique = 1, submission
    while report_path(Path(), unique) in seen:
        number += 1
        unique = dataclasses.replace(submission, student=f"{submission.student} ({number})")
    seen[report_path(Path(), unique)] = one
    return unique


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CourselibError(
            f"Cannot write to {out}: {error.strerror or error}. What is there already is safe. Mend it and run the "
            "same command again: it goes on where it stopped."
        ) from None


def _write(out: Path, report: Report) -> None:
    with _explained(out):
        write_report(out, report)
