"""Verdicts: what is equal, what is not, and what the learner is told."""

import numpy as np
import pytest

from courselib.grading.answer import Answer, Raised
from courselib.grading.codec import Opaque
from courselib.grading.exercise import Case
from courselib.grading.judge import difference, judge, value_difference
from courselib.grading.key import KeyedExercise, KnownMistake

IMAGE = np.arange(12.0).reshape(3, 4)


@pytest.mark.parametrize(
    ("expected", "received"),
    [
        (None, None),
        (4, 4),
        (4, np.int64(4)),
        (4, np.array(4)),
        (2.5, np.float32(2.5)),
        (2.0, 2),
        (True, np.bool_(True)),
        ("same", "same"),
        ((1, 2.0), [1, 2.0]),
        ({"stride": 1}, {"stride": 1}),
        (IMAGE, IMAGE.astype(np.int64)),
        (IMAGE, IMAGE + 1e-9),
        (IMAGE, (IMAGE + 1e-5).astype(np.float32)),
        (IMAGE > 3, IMAGE > 3),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        ((IMAGE, ({"f": 2}, None)), (IMAGE, ({"f": 2}, None))),
    ],
)
def test_equal(expected: object, received: object) -> None:
    assert value_difference(expected, received) is None


@pytest.mark.parametrize(
    ("expected", "received", "message"),
    [
        (4, 4.0, "expected the int 4, got the float 4.0"),
        (4, 5, "expected 4, got 5"),
        (4, "4", "expected the number 4, got '4'"),
        (1, True, "expected a number (1), got a bool (True)"),
        (True, 1, "expected a bool (True), got a number (1)"),
        (2.5, np.array([[2.5]]), "expected one number, got an array of shape (1, 1)"),
        (2.5, 2.51, "expected 2.5, got 2.51"),
        (2.5, float("nan"), "expected 2.5, got nan"),
        (IMAGE, IMAGE.tolist(), "expected an array of shape (3, 4), got a list of 3 values: make it an array"),
        (IMAGE, IMAGE.T, "expected the shape (3, 4), got (4, 3)"),
        (IMAGE, None, "expected an array of shape (3, 4), got None"),
        (IMAGE, Opaque("a function"), "expected an array of shape (3, 4), got a function"),
        (IMAGE, IMAGE + 1e-4, "at index (0, 0) expected 0.0, got 0.0001 (12 of 12 elements differ)"),
        (IMAGE, np.where(IMAGE == 6, -6, IMAGE), "at index (1, 2) expected 6.0, got -6.0 (1 of 12 elements differ)"),
        ((IMAGE, 1), IMAGE, "expected 2 values in a tuple, got an array of shape (3, 4)"),
        ((IMAGE, 1), (IMAGE,), "expected 2 values, got 1"),
        ((IMAGE, 1), (IMAGE, 2), "value 2 of 2: expected 1, got 2"),
        ((1, {"f": 2}), (1, {"f": 3}), "value 2 of 2['f']: expected 2, got 3"),
        ({"f": 2}, {"g": 2}, "expected the keys ['f'], got ['g']"),
        ("same", "valid", "expected 'same', got 'valid'"),
        (None, 3, "expected None, got 3"),
    ],
)
def test_different(expected: object, received: object, message: str) -> None:
    assert message in (value_difference(expected, received) or "")


def test_a_float64_is_not_granted_the_tolerance_of_a_float32() -> None:
    assert value_difference(IMAGE, IMAGE * (1 + 1e-5)) is not None


CASE = Case("a case")


@pytest.mark.parametrize(
    ("expected", "received", "message"),
    [
        (Answer(1), Answer(1, modified=("X",)), "changed its input X: work on a copy"),
        (Answer(raised=Raised("ValueError", "")), Answer(3), "expected a ValueError, but it returned 3"),
        (Answer(raised=Raised("ValueError", "")), Answer(raised=Raised("KeyError", "k")), "it raised KeyError: k"),
        (Answer(1), Answer(raised=Raised("KeyError", "k")), "raised KeyError: k"),
    ],
)
def test_what_is_wrong_beside_the_value(expected: Answer, received: Answer, message: str) -> None:
    assert message in (difference(CASE, expected, received) or "")


def test_a_raised_exception_may_be_right_whatever_its_text() -> None:
    one, other = Answer(raised=Raised("ValueError", "")), Answer(raised=Raised("ValueError", "f must be odd"))
    assert difference(CASE, one, other) is None


def test_too_many_steps() -> None:
    case = Case("large", max_steps=10)
    assert difference(case, Answer(1), Answer(1, steps=10)) is None
    assert "took 11 Python steps" in (difference(case, Answer(1), Answer(1, steps=11)) or "")
    assert difference(case, Answer(1, steps=11), Answer(1, steps=900)) is None


CASES = (Case("first"), Case("second"), Case("third"))
EXERCISE = KeyedExercise(
    "square",
    10,
    "square",
    CASES,
    (Answer(1), Answer(4), Answer(9)),
    (
        KnownMistake("doubles", "It is twice.", (Answer(2), None, Answer(6))),
        KnownMistake("adds_one", "It is one more.", (Answer(2), Answer(5), Answer(10))),
    ),
)


def values(*numbers: object) -> list[Answer]:
    return [Answer(number) for number in numbers]


def test_full_points_when_every_case_passes() -> None:
    verdict = judge(EXERCISE, values(1, 4, 9))
    assert (verdict.points, verdict.passed, verdict.mistakes) == (10, True, ())
    assert verdict.message == "All 3 cases pass."


def test_a_mistake_is_named_when_every_result_is_its_own() -> None:
    verdict = judge(EXERCISE, values(2, 4, 6))
    assert verdict.points == 0
    assert [(hint.name, hint.certain) for hint in verdict.mistakes] == [("doubles", True)]
    assert verdict.message == "2 of 3 cases fail. first: expected 1, got 2"


def test_a_mistake_among_others_is_only_offered() -> None:
    verdict = judge(EXERCISE, values(2, 5, 0))
    assert [(hint.name, hint.certain) for hint in verdict.mistakes] == [("adds_one", False)]


def test_an_unknown_mistake_gets_no_hint() -> None:
    assert judge(EXERCISE, values(7, 7, 7)).mistakes == ()


def test_what_is_not_answered_says_so() -> None:
    verdict = judge(EXERCISE, [Answer(raised=Raised("NotImplementedError", ""))] * 3)
    assert (verdict.message, verdict.mistakes) == ("Not answered yet.", ())


def test_too_few_answers_are_no_answer() -> None:
    assert judge(EXERCISE, values(1, 4)).message == "Expected 3 answers, received 2."
