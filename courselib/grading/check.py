"""The check: what the learner calls under an exercise. The probe, the judge and the public key, in one process."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from courselib.course import ASSIGNMENTS, find_course, find_key
from courselib.errors import CourselibError
from courselib.grading.judge import Verdict, judge
from courselib.grading.key import KEY_SUFFIX, Key, read_key
from courselib.grading.panel import Panel
from courselib.grading.probe import probe

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
        self._key: Key | None = None

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
        _show(Panel(verdict))
        if not verdict.passed:
            raise CheckFailed(f"{verdict.name}: {verdict.points} of {verdict.max_points} points. {verdict.message}")

    def verdict(self, function: Callable[..., Any]) -> Verdict:
        """Judge the function without showing anything."""
        if not callable(function):
            raise CourselibError(
                f"check() expects a function, received {type(function).__name__}. "
                "Write check(zero_pad), not check(zero_pad())."
            )
        if self._key is None:
            self._key = read_key(self._find_key())
        name = getattr(function, "__name__", type(function).__name__)
        exercise = self._key.exercise(name)
        if exercise is None:
            names = [exercise.name for exercise in self._key.exercises]
            close = difflib.get_close_matches(name, names, n=1)
            advice = f"Did you mean {close[0]}?" if close else f"Its exercises are: {', '.join(names)}."
            raise CourselibError(f"{self.assignment} has no exercise named {name!r}. {advice}")
        return judge(exercise, probe(function, exercise.cases))

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


def _show(panel: Panel) -> None:
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        print(panel)
        return
    if get_ipython() is None:
        print(panel)
    else:
        display(panel)
