"""The check: what the learner calls under an exercise. The probe, the judge and the public key, in one process."""

from __future__ import annotations

import difflib
import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from courselib.course import ASSIGNMENTS, find_course, find_key
from courselib.errors import CourselibError
from courselib.grading.answer import Answer
from courselib.grading.judge import Verdict, judge
from courselib.grading.key import KEY_SUFFIX, Key, read_key
from courselib.grading.panel import Panel
from courselib.grading.probe import probe
from courselib.grading.progress import ProgressPicture, progress_path, read_standings, remember, standing

GRADING_VARIABLE = "COURSELIB_GRADING"  # set in the grader's kernels, where checks stay silent


class CheckFailed(AssertionError):
    """An exercise is not right yet. Short on purpose: the panel above it tells everything."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback through courselib."""
        return [f"CheckFailed: {self}"]


class Check:
    """Checks the exercises of one assignment.

    Args:
        assignment: The assignment's name; its public key is looked for beside the notebook and in the course.

    Example:
    ```python
    check = Check("convolution_step_by_step")
    check(zero_pad)
    ```
    """

    def __init__(self, assignment: str) -> None:
        self.assignment = assignment
        self._standings = read_standings(progress_path()).get(assignment, {})
        self._picture: Any = None  # the handle of the progress picture on show

    def __call__(self, function: Callable[..., Any]) -> None:
        """Call the function on the cases of its exercise and show what is right and what is not.

        Args:
            function: The function as the learner wrote it.

        Raises:
            CheckFailed: If a case fails.
            CourselibError: If the key is missing or has no exercise of that name.
        """
        if os.environ.get(GRADING_VARIABLE):
            return  # the grader calls the function itself, later and from outside
        verdict = self.verdict(function)
        self._standings[verdict.name] = standing(verdict)
        remember(progress_path(), self.assignment, verdict)
        _show(Panel(verdict))
        if self._picture is not None:
            self._picture.update(self._progress())
        if not verdict.passed:
            raise CheckFailed(f"{verdict.name}: {verdict.points} of {verdict.max_points} points. {verdict.message}")

    def verdict(self, function: Callable[..., Any]) -> Verdict:
        """Judge the function without showing anything."""
        if not callable(function):
            raise CourselibError(
                f"check() expects a function, received {type(function).__name__}. "
                "Write check(zero_pad), not check(zero_pad())."
            )
        name = getattr(function, "__name__", type(function).__name__)
        exercise = self._key.exercise(name)
        if exercise is None:
            names = [exercise.name for exercise in self._key.exercises]
            close = difflib.get_close_matches(name, names, n=1)
            advice = f"Did you mean {close[0]}?" if close else f"Its exercises are: {', '.join(names)}."
            raise CourselibError(f"{self.assignment} has no exercise named {name!r}. {advice}")
        answers = probe(function, exercise.cases)
        return judge(exercise, [Answer.from_json(answer.to_json()) for answer in answers])  # as the grader sees them

    def progress(self) -> None:
        """In a notebook, show what is done and left as a small picture that the checks below keep up to date."""
        if not os.environ.get(GRADING_VARIABLE) and _in_notebook():
            self._picture = _show(self._progress(), updatable=True)

    def _progress(self) -> ProgressPicture:
        return ProgressPicture(self._key, dict(self._standings))

    @functools.cached_property
    def _key(self) -> Key:
        return read_key(self._find_key())

    def _find_key(self) -> Path:
        beside = Path(f"{self.assignment}{KEY_SUFFIX}")
        if beside.exists():
            return beside
        path = find_key(find_course() / ASSIGNMENTS, self.assignment)
        if path is None:
            raise CourselibError(
                f"No public key for {self.assignment!r}: expected {beside} beside the notebook. "
                "Copy it there from the course."
            )
        return path


def _in_notebook() -> bool:
    """Whether this process is a Jupyter kernel, or another IPython."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def _show(what: Panel | ProgressPicture, updatable: bool = False) -> Any:
    """Display something in a notebook, or print it elsewhere; the handle of a display that can be updated."""
    if not _in_notebook():
        print(what)
        return None
    from IPython.display import display

    return display(what, display_id=True) if updatable else display(what)
