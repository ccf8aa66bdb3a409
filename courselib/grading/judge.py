"""The judge: compares answers with the key, gives points and recognises mistakes.

It runs outside the process that runs a submission, except in the learner's own `check`, and it looks at data only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from courselib.grading.answer import Answer
from courselib.grading.codec import Opaque
from courselib.grading.exercise import Case, Score
from courselib.grading.key import KeyedExercise

# Relative to the largest expected number. float32 leaves room for a GPU's TF32 and for other orders of summation.
_TOLERANCES = {"float64": 1e-6, "complex128": 1e-6, "float32": 1e-4, "complex64": 1e-4, "float16": 1e-2}
_MAX_HINTS = 2


@dataclass(frozen=True)
class CaseVerdict:
    """The judgement of one case. `message` says what is wrong, in one line, and is empty when the case passed."""

    title: str
    passed: bool
    message: str
    expected: Answer
    received: Answer


@dataclass(frozen=True)
class Hint:
    """A recognised mistake. `certain` is False where only some of the cases look like it."""

    name: str
    hint: str
    certain: bool = True


@dataclass(frozen=True)
class Verdict:
    """The judgement of one exercise."""

    name: str
    points: int
    max_points: int
    passed: bool
    message: str
    cases: tuple[CaseVerdict, ...] = ()
    mistakes: tuple[Hint, ...] = ()


def judge(exercise: KeyedExercise, answers: Sequence[Answer]) -> Verdict:
    """Judge the answers to an exercise.

    Args:
        exercise: The exercise with its expected results, from a key.
        answers: One answer per case, in the order of the cases.

    Returns:
        All points when every case passes, otherwise none, with the mistakes that the answers look like.
    """
    if len(answers) != len(exercise.cases):
        return failed(exercise, f"Expected {len(exercise.cases)} answers, received {len(answers)}.")
    cases = []
    for case, expected, received in zip(exercise.cases, exercise.expected, answers, strict=True):
        message = difference(case, expected, received)
        cases.append(CaseVerdict(case.title, message is None, message or "", expected, received))
    wrong = [case for case in cases if not case.passed]
    if not wrong:
        message = f"All {len(cases)} cases pass."
        return Verdict(exercise.name, exercise.points, exercise.points, True, message, tuple(cases))
    if all(_unanswered(case.received) for case in wrong):
        return failed(exercise, "Not answered yet.", tuple(cases))
    message = f"{len(wrong)} of {len(cases)} cases fail. {wrong[0].title}: {wrong[0].message}"
    return failed(exercise, message, tuple(cases), recognise(exercise, cases))


def failed(
    exercise: KeyedExercise, message: str, cases: tuple[CaseVerdict, ...] = (), mistakes: tuple[Hint, ...] = ()
) -> Verdict:
    """The verdict "no points", and why."""
    return Verdict(exercise.name, 0, exercise.points, False, message, cases, mistakes)


def _unanswered(answer: Answer) -> bool:
    return answer.raised is not None and answer.raised.type == "NotImplementedError"


def recognise(exercise: KeyedExercise, cases: Sequence[CaseVerdict]) -> tuple[Hint, ...]:
    """The known mistakes that answers look like.

    A mistake whose results are the received ones in every case is certain. Without one, a mistake that explains the
    values of at least half of the failing cases is offered as a possibility, best first.
    """
    received = [case.received for case in cases]
    possible: list[tuple[int, Hint]] = []
    num_failing = sum(not case.passed for case in cases)
    for mistake in exercise.mistakes:
        expected = [own or right for own, right in zip(mistake.answers, exercise.expected, strict=True)]
        agrees = [
            difference(case, own, got) is None
            for case, own, got in zip(exercise.cases, expected, received, strict=True)
        ]
        if all(agrees):
            return (Hint(mistake.name, mistake.hint),)
        explained = sum(
            same and not case.passed and case.received.raised is None for same, case in zip(agrees, cases, strict=True)
        )
        if explained and 2 * explained >= num_failing:
            possible.append((explained, Hint(mistake.name, mistake.hint, certain=False)))
    possible.sort(key=lambda pair: -pair[0])
    return tuple(hint for _, hint in possible[:_MAX_HINTS])


def difference(case: Case, expected: Answer, received: Answer) -> str | None:
    """What is different between two answers to a case, in one line, or None."""
    if received.raised is not None:
        raised = received.raised
        if raised.type == "Unobservable" and expected.raised is None:
            return raised.message
        what = f"{raised.type}: {raised.message}" if raised.message else raised.type
        if expected.raised is None:
            return f"raised {what}"
        if expected.raised.type != raised.type:
            return f"expected a {expected.raised.type}, but it raised {what}"
        return None
    if expected.raised is not None:
        return f"expected a {expected.raised.type}, but it returned {show(received.value)}"
    if case.score is not None:
        return _score_difference(case.score, expected.value, received.value)
    message = value_difference(expected.value, received.value, tolerance=case.tolerance)
    if message is not None:
        return message
    if set(received.modified) != set(expected.modified):
        names = ", ".join(sorted(set(received.modified) ^ set(expected.modified)))
        return f"the result is right, but the call changed its input {names}: work on a copy"
    if case.max_steps is not None and _too_many(received, case) != _too_many(expected, case):
        return f"the result is right, but it took {received.steps} Python steps; {case.max_steps} are enough"
    return None


def _too_many(answer: Answer, case: Case) -> bool:
    return case.max_steps is not None and (answer.steps or 0) > case.max_steps


def accuracy(labels: np.ndarray, predictions: Any) -> float | None:
    """The share of right predictions, or None where the predictions do not fit the labels.

    Args:
        labels: Class ids, of shape `(m,)`.
        predictions: Probabilities `(m, num_classes)`, probabilities of class 1 `(m,)` or `(m, 1)`, or class ids `(m,)`.
    """
    if not isinstance(predictions, np.ndarray) or predictions.ndim not in (1, 2) or len(predictions) != len(labels):
        return None
    if predictions.ndim == 2 and predictions.shape[1] != 1:
        predictions = predictions.argmax(axis=1)
    elif predictions.dtype.kind == "f":
        predictions = predictions.reshape(-1) > 0.5
    return float(np.mean(predictions.reshape(-1) == labels))


def _score_difference(score: Score, expected: Any, received: Any) -> str | None:
    """As `difference`; what is expected of a known mistake may be predictions that are not good enough."""
    reached, wanted = accuracy(score.labels, received), accuracy(score.labels, expected)
    if (reached or 0.0) >= score.at_least and (wanted or 0.0) >= score.at_least:
        return None
    if reached is None:
        same = wanted is None and type(expected) is type(received)
        return None if same else f"expected predictions for {len(score.labels)} examples, got {show(received)}"
    if wanted is not None and wanted < score.at_least and reached < score.at_least:
        return None
    return f"{reached:.0%} of {len(score.labels)} predictions are right, at least {score.at_least:.0%} are needed"


def value_difference(expected: Any, received: Any, where: str = "", tolerance: float | None = None) -> str | None:
    """What is different between two values, in one line, or None when they are equal within tolerance.

    Args:
        expected: A number, string, array, `None` or a container of them.
        received: Whatever came back.
        where: The place inside a container, for the message.
        tolerance: For floats, relative to the largest expected one; by default it depends on the dtype.
    """
    at = f"{where}: " if where else ""
    if isinstance(received, Opaque):
        return f"{at}expected {show(expected)}, got {received}"
    if isinstance(expected, np.ndarray):
        return _array_difference(expected, received, at, tolerance)
    if isinstance(expected, bool | np.bool_ | int | float | np.number):
        return _number_difference(expected, received, at, tolerance)
    if isinstance(expected, tuple | list):
        return _sequence_difference(expected, received, where, tolerance)
    if isinstance(expected, dict):
        return _dict_difference(expected, received, where, tolerance)
    if type(expected) is not type(received) or expected != received:
        return f"{at}expected {show(expected)}, got {show(received)}"
    return None


def _sequence_difference(expected: Any, received: Any, where: str, tolerance: float | None) -> str | None:
    at = f"{where}: " if where else ""
    if not isinstance(received, tuple | list):
        return f"{at}expected {len(expected)} values in a {type(expected).__name__}, got {show(received)}"
    if _is_short(expected) and _is_short(received):
        return None if tuple(expected) == tuple(received) else f"{at}expected {tuple(expected)}, got {tuple(received)}"
    if len(expected) != len(received):
        return f"{at}expected {len(expected)} values, got {len(received)}"
    for i, (one, other) in enumerate(zip(expected, received, strict=True)):
        place = f"{where}[{i}]" if where else f"value {i + 1} of {len(expected)}"
        message = value_difference(one, other, place, tolerance)
        if message is not None:
            return message
    return None


def _is_short(values: Sequence[Any]) -> bool:
    """Whether a message can show the whole of it: a shape, a size, a position."""
    return len(values) <= 6 and all(value is None or type(value) is int for value in values)


def _dict_difference(expected: Any, received: Any, where: str, tolerance: float | None) -> str | None:
    at = f"{where}: " if where else ""
    if not isinstance(received, dict):
        return f"{at}expected a dict, got {show(received)}"
    if set(expected) != set(received):
        return f"{at}expected the keys {sorted(expected)}, got {sorted(map(str, received))}"
    for key in expected:
        message = value_difference(expected[key], received[key], f"{where}[{key!r}]" if where else str(key), tolerance)
        if message is not None:
            return message
    return None


def _number_difference(expected: Any, received: Any, at: str, tolerance: float | None) -> str | None:
    if isinstance(received, np.ndarray):
        if received.shape != ():
            return f"{at}expected one number, got {show(received)}: make it a number, for example with float(...)"
        received = received[()]
    if not isinstance(received, bool | np.bool_ | int | float | np.number):
        return f"{at}expected the number {show(expected)}, got {show(received)}"
    if isinstance(expected, bool | np.bool_) != isinstance(received, bool | np.bool_):
        return f"{at}expected {_kind(expected)} ({show(expected)}), got {_kind(received)} ({show(received)})"
    if isinstance(expected, int | np.integer) and isinstance(received, float | np.floating):
        return f"{at}expected the int {show(expected)}, got the float {show(received)}"
    if isinstance(expected, bool | np.bool_ | int | np.integer):
        same = bool(expected == received)
    else:
        same = bool(_close(np.asarray(expected), np.asarray(received), tolerance).all())
    return None if same else f"{at}expected {show(expected)}, got {show(received)}"


def _kind(number: Any) -> str:
    return "a bool" if isinstance(number, bool | np.bool_) else "a number"


def _array_difference(expected: np.ndarray, received: Any, at: str, tolerance: float | None) -> str | None:
    if isinstance(received, bool | int | float | np.generic):
        received = np.asarray(received)
    if not isinstance(received, np.ndarray):
        fix = ": make it an array with np.array(...)" if isinstance(received, list | tuple) else ""
        return f"{at}expected {show(expected)}, got {show(received)}{fix}"
    if expected.shape != received.shape:
        return f"{at}expected the shape {expected.shape}, got {received.shape}"
    same = _close(expected, received, tolerance)
    if same.all():
        return None
    index = first_difference(expected, received, tolerance)
    assert index is not None
    wrong = int(same.size - same.sum())
    place = f"at index {tuple(int(i) for i in index)} " if index else ""
    return (
        f"{at}{place}expected {show(expected[index])}, got {show(received[index])} "
        f"({wrong} of {same.size} elements differ)"
    )


def first_difference(
    expected: np.ndarray, received: np.ndarray, tolerance: float | None = None
) -> tuple[int, ...] | None:
    """The index of the first element that differs beyond tolerance, row by row, or None.

    Args:
        expected: An array.
        received: An array of the same shape.
        tolerance: As in `value_difference`.
    """
    different = ~_close(expected, received, tolerance)
    if not different.any():
        return None
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(different)), different.shape))


def _close(expected: np.ndarray, received: np.ndarray, tolerance: float | None = None) -> np.ndarray:
    """Elementwise: equal within the tolerance of the coarser dtype; who answers in float16 gains nothing by it."""
    tolerances = [_TOLERANCES.get(array.dtype.name, 0.0) for array in (expected, received)]
    rtol = max(tolerances[0], min(tolerances[1], _TOLERANCES["float32"]))
    if tolerance is not None and rtol > 0.0:
        rtol = tolerance
    if rtol == 0.0:
        return np.asarray(expected == received)
    number: Any = np.complex128 if "c" in (expected.dtype.kind, received.dtype.kind) else np.float64
    expected, received = expected.astype(number), received.astype(number)
    finite = np.abs(expected[np.isfinite(expected)])
    scale = float(finite.max()) if finite.size else 0.0
    with np.errstate(all="ignore"):
        close: np.ndarray = np.isclose(received, expected, rtol=0.0, atol=rtol * scale + 1e-12, equal_nan=True)
    return close


def show(value: Any) -> str:
    """A short description of a value for a message: `-0.125`, `an array of shape (3, 3)`, `'same'`."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}" if value.shape else show(value[()])
    if isinstance(value, bool | np.bool_ | int | np.integer):
        return str(value)
    if isinstance(value, float | np.floating):
        text = f"{float(value):.6g}"
        return f"{text}.0" if text.lstrip("-").isdigit() else text  # a float is to look like one
    if isinstance(value, Opaque):
        return str(value)
    if isinstance(value, tuple | list | dict):
        return f"a {type(value).__name__} of {len(value)} values"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
