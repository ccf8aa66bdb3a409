"""One submission in one kernel: its cells run, its functions are probed, and nothing it does stops the others.

An error is paid for once. A function that hangs or kills the kernel is switched off. A function that does not pass
where it stands is tried again at the end of the notebook, where everything is defined, and beside the solutions of the
earlier exercises that failed, where the course has its solutions at hand. No solution enters the kernel before the
learner's own function and all that come before it have been judged for good.
"""

from __future__ import annotations

import json
import re
import secrets
from collections import defaultdict

from courselib.grading.answer import Answer
from courselib.grading.codec import CodecError
from courselib.grading.judge import Verdict, failed, judge
from courselib.grading.kernels import Execution, Kernel, Protection
from courselib.grading.kernels.launch import start_kernel
from courselib.grading.key import KeyedExercise, request_to_json
from courselib.grading.needed import needed_cells
from courselib.grading.probe import ANSWERS_MIME
from courselib.grading.report import Report, exercise_report, make_report
from courselib.grading.submission import SubmittedCell
from courselib.grading.task import Task

BUDGET_FACTOR = 15  # of the cell timeout: the time that all cells of a notebook may take together
MAX_RESTARTS = 12  # of the kernel of one submission; a notebook that needs more is given up
MAX_PROBLEMS = 20
# Two facts are only claims of the kernel: that an input was not changed, and how many steps were taken. Who fakes them
# has to name one of these.
_REACHES_FOR_THE_GRADER = re.compile(r"courselib\.grading\.\w+|\bset(?:trace|profile)\b|\b_getframe\b|answer_in_kernel")


class Run:
    """Runs one submission.

    Args:
        task: The submission, its key, and how to run it.

    Attributes:
        cells: The cells that run: all code cells but the checks and those of the course's own experiments that no other
            cell needs.
        problems: What went wrong outside the exercises.
        protections: What keeps the submission in, as the kernel that ran it says.
    """

    def __init__(self, task: Task) -> None:
        cells = [cell for cell in task.submission.cells if not cell.is_check]
        self.cells = needed_cells(cells, task.key.experiments)
        self.problems: list[str] = []
        self.protections: list[Protection] = []
        self._task, self._key, self._solutions = task, task.key, task.solutions
        self._kernel: Kernel | None = None
        self._num_starts = 0
        self._seconds_left = BUDGET_FACTOR * task.cell_timeout
        self._history: list[str] = []  # what has to run again in a new kernel
        self._stand_ins: dict[str, str] = {}  # exercise -> what stands in its place
        self._first: dict[str, Verdict] = {}  # what came of each exercise where it stands
        self._final: dict[str, Verdict] = {}
        self._cell_errors: dict[int, str] = {}
        self._seconds: dict[str, float] = defaultdict(float)  # that the cases of an exercise took
        for cell in self.cells:
            if found := _REACHES_FOR_THE_GRADER.search(cell.source):
                self._problem(
                    f"{cell.label}: it reaches for the grader ({found[0]}). Read it before you trust the points."
                )
        self._places = {exercise.name: self._place(exercise) for exercise in self._key.exercises}

    def _place(self, exercise: KeyedExercise) -> SubmittedCell | None:
        """The cell in which an exercise is answered: the course's own, or else the last that defines the function."""
        defining = [cell for cell in self.cells if cell.defines(exercise.name)]
        own = [cell for cell in defining if cell.id == exercise.cell]
        candidates = own or defining
        return candidates[-1] if candidates else None

    def run_cell(self, cell: SubmittedCell) -> Execution:
        """Run one cell, then try the exercises that it answers."""
        if self._seconds_left > 0:
            execution = self._execute(cell.source, min(self._task.cell_timeout, self._seconds_left))
            self._seconds_left -= execution.seconds
        else:
            execution = Execution("timeout", "it was not run, because the time for the whole notebook was used up")
        if execution.status in ("ok", "error"):
            self._history.append(cell.source)
        answered = [exercise for exercise in self._key.exercises if self._places[exercise.name] is cell]
        if execution.status != "ok":
            self._cell_errors[cell.number] = execution.error
            if not answered and not execution.error.startswith("NotImplementedError"):
                self._problem(f"{cell.label}: {execution.error}")
        for name in self._stand_ins:
            if cell.defines(name):
                self._stand_in(name, self._stand_ins[name])
        for exercise in answered:
            if execution.status in ("timeout", "dead"):
                verdict, settled = failed(exercise, f"The cell that defines it failed: {execution.error}."), True
            else:
                verdict, settled = self._probe(exercise)
            self._first[exercise.name] = verdict
            if settled:
                self._final[exercise.name] = verdict
                message = f"{exercise.name}() was switched off: it did not return when it was graded"
                self._stand_in(
                    exercise.name, f"def {exercise.name}(*args, **kwargs):\n    raise RuntimeError({message!r})"
                )
        return execution

    def verdict(self, exercise: KeyedExercise) -> Verdict:
        """The final verdict of an exercise, to be asked for in the order of the key after all cells have run."""
        if exercise.name not in self._final:
            first = self._first.get(exercise.name)
            if first is None or not first.passed:
                again, _ = self._probe(exercise)
                first = max([first, again] if first else [again], key=_merit)
            self._final[exercise.name] = first
        verdict, solution = self._final[exercise.name], self._solutions.get(exercise.name)
        if not verdict.passed and solution is not None and self._stand_ins.get(exercise.name) != solution:
            self._stand_in(exercise.name, solution)
        return verdict

    def report(self) -> Report:
        """The report, once all cells have run."""
        exercises = []
        for exercise in self._key.exercises:
            place = self._places[exercise.name]
            verdict = self.verdict(exercise)
            exercises.append(exercise_report(verdict, place.source if place else "", self._seconds[exercise.name]))
        return make_report(self._task.submission, self._key, exercises, self.problems, self.protections)

    def _probe(self, exercise: KeyedExercise) -> tuple[Verdict, bool]:
        """Judge an exercise now. The second value says that it must not be tried again."""
        nonce = secrets.token_hex(16)
        cases = [request_to_json(case) for case in exercise.cases]
        request = json.dumps({"name": exercise.name, "cases": cases, "nonce": nonce})
        code = f"__import__('courselib.grading.probe', fromlist=['*']).answer_in_kernel({request!r})"
        execution = self._execute(code, self._task.cell_timeout, ANSWERS_MIME)
        self._seconds[exercise.name] = max(self._seconds[exercise.name], execution.seconds)
        if execution.status in ("timeout", "dead"):
            return failed(exercise, f"When it was called, {execution.error}."), True
        sent = [data for data in execution.data if isinstance(data, dict) and data.get("nonce") == nonce]
        if len(sent) != 1:
            return failed(exercise, f"It could not be called: {execution.error or 'no answer came back'}."), False
        if sent[0].get("defined") is not True:
            return failed(exercise, self._undefined(exercise)), False
        try:
            answers = [Answer.from_json(data) for data in sent[0]["answers"]]
        except (CodecError, KeyError, TypeError) as error:
            return failed(exercise, f"Its answer cannot be read: {error}"), False
        return judge(exercise, answers), False

    def _undefined(self, exercise: KeyedExercise) -> str:
        place = self._places[exercise.name]
        error = place and self._cell_errors.get(place.number)
        return f"{exercise.name} is not defined" + (f": its cell raised {error}" if error else ".")

    def _stand_in(self, name: str, source: str) -> None:
        """Put something else in the place of a function that was judged for good."""
        self._stand_ins[name] = source
        self._execute(source, self._task.cell_timeout)

    def _execute(self, code: str, timeout: float, mime: str | None = None) -> Execution:
        if (self._kernel is None or not self._kernel.is_alive()) and not self._revive():
            return Execution("dead", f"the kernel ended more than {MAX_RESTARTS} times, so this was not run")
        assert self._kernel is not None
        return self._kernel.execute(code, timeout, mime)

    def _revive(self) -> bool:
        """Start a kernel and bring it to where the last one was."""
        while self._num_starts <= MAX_RESTARTS:
            self._num_starts += 1
            self.close()
            self._kernel = start_kernel(self._task.flavour, self._task.gpu, self._task.require_sandbox)
            self.protections = self._kernel.protections
            for code in [*self._key.setup, *self._history, *self._stand_ins.values()]:
                self._seconds_left -= self._kernel.execute(code, self._task.cell_timeout).seconds
                if not self._kernel.is_alive():
                    break
            else:
                return True
        return False

    def _problem(self, text: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(text)

    def close(self) -> None:
        """End the kernel."""
        if self._kernel is not None:
            self._kernel.stop()
            self._kernel = None


def _merit(verdict: Verdict) -> tuple[bool, int, int]:
    certain = sum(hint.certain for hint in verdict.mistakes)
    return verdict.passed, sum(case.passed for case in verdict.cases), certain
