"""The pytest plugin that grades notebooks: nbval's files and cells, with our kernel, our probes and our verdicts.

`pytest -p courselib.grading.plugin --courselib-key DIR submission.ipynb` runs each cell of a submission as a test item
and then each exercise as one. This module is the only one that knows nbval.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

from courselib.errors import CourselibError
from courselib.grading.collect import Collected
from courselib.grading.key import KeyedExercise, Keyring
from courselib.grading.report import Report
from courselib.grading.run import Run
from courselib.grading.solutions import read_solutions
from courselib.grading.submission import SubmittedCell, read_submission
from courselib.grading.task import DEFAULT_CELL_TIMEOUT, Task

TASK = pytest.StashKey[Task]()  # what to grade, where another process collected it already
REPORTS = pytest.StashKey[list[Report]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("courselib", "grading notebooks")
    group.addoption("--courselib-key", metavar="DIR", help="Grade notebooks with the answer keys in this folder.")
    group.addoption(
        "--courselib-cell-timeout",
        metavar="S",
        type=float,
        default=DEFAULT_CELL_TIMEOUT,
        help="Seconds that a cell, or all cases of an exercise, may take (default: %(default)g).",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[REPORTS] = []


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    grading = parent.config.option.courselib_key or TASK in parent.config.stash
    if grading and file_path.suffix == ".ipynb":
        collector: pytest.Collector = SubmissionFile.from_parent(parent, path=file_path)
        return collector
    return None


def _read_task(path: Path, config: pytest.Config) -> Task:
    submission, key = read_submission(Collected(path), Keyring(Path(config.option.courselib_key)))
    return Task(submission, key, read_solutions(key), config.option.courselib_cell_timeout)


class SubmissionFile(IPyNbFile):  # type: ignore[misc]
    """A submission as nbval collects a notebook: one kernel, one item per cell, then one per exercise."""

    run: Run

    def collect(self) -> Iterator[pytest.Item]:
        try:
            self.task = self.config.stash.get(TASK, None) or _read_task(self.path, self.config)
        except CourselibError as error:
            raise self.CollectError(str(error)) from None
        self.run = Run(self.task)
        for cell in self.run.cells:
            yield CellItem.from_parent(self, name=f"Cell {cell.number}", submitted=cell)
        for exercise in self.task.key.exercises:
            yield ExerciseItem.from_parent(self, name=exercise.name, exercise=exercise)

    def setup(self) -> None:
        """The kernel starts with the first cell, and again whenever a cell ended it."""

    def teardown(self) -> None:
        try:
            self.config.stash[REPORTS].append(self.run.report())
        finally:
            self.run.close()


class CellItem(IPyNbCell):  # type: ignore[misc]
    """A cell of a submission. nbval's comment markers and tags mean nothing here: the learner wrote them."""

    def __init__(self, *, name: str, parent: SubmissionFile, submitted: SubmittedCell) -> None:
        cell = SimpleNamespace(source=submitted.source)
        super().__init__(name, parent, submitted.number, cell, defaultdict(bool))
        self.submitted = submitted

    def runtest(self) -> None:
        execution = self.parent.run.run_cell(self.submitted)
        if execution.status != "ok":
            self.raise_cell_error(execution.error, execution.traceback)


class ExerciseItem(pytest.Item):
    """An exercise of the assignment, judged from what its function returned."""

    def __init__(self, *, name: str, parent: SubmissionFile, exercise: KeyedExercise) -> None:
        super().__init__(name, parent)
        self.exercise = exercise

    def runtest(self) -> None:
        assert isinstance(self.parent, SubmissionFile)
        verdict = self.parent.run.verdict(self.exercise)
        self.user_properties += [("points", verdict.points), ("max_points", verdict.max_points)]
        if not verdict.passed:
            pytest.fail(verdict.message, pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"{self.path.name}::{self.name}"
