"""Verdicts: what is equal, what is not, and what the learner is told."""

import numpy as np
import pytest

from courselib.grading.answer import Answer, Raised
from courselib.grading.codec import Opaque
from courselib.grading.exercise import Case, Score
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


LABELS = np.array([0, 1, 2, 1])
RIGHT = np.eye(3)[LABELS]
SCORED = Case("digits", score=Score(LABELS, 0.75))


@pytest.mark.parametrize("predictions", [RIGHT, LABELS, np.eye(3, dtype="float32")[[0, 1, 2, 0]], RIGHT * 0.4])
def test_predictions_that_are_good_enough(predictions: np.ndarray) -> None:
    assert difference(SCORED, Answer(LABELS), Answer(predictions)) is None


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_predictions_of_a_sigmoid_are_probabilities_of_class_1(shape: tuple[int, ...]) -> None:
    case = Case("stop or not", score=Score(np.array([0, 1, 1, 0]), 1.0))
    good, bad = np.array([0.1, 0.9, 0.6, 0.4]).reshape(shape), np.array([0.1, 0.9, 0.4, 0.4]).reshape(shape)
    assert difference(case, Answer(case.score.labels), Answer(good)) is None
    message = "75% of 4 predictions are right, at least 100% are needed"
    assert difference(case, Answer(case.score.labels), Answer(bad)) == message


@pytest.mark.parametrize(
    ("predictions", "message"),
    [
        (np.eye(3)[[1, 1, 1, 0]], "25% of 4 predictions are right, at least 75% are needed"),
        (RIGHT[:3], "expected predictions for 4 examples, got an array of shape (3, 3)"),
        (None, "expected predictions for 4 examples, got None"),
        (np.ones((4, 2, 2)), "expected predictions for 4 examples, got an array of shape (4, 2, 2)"),
        (np.full(4, np.nan), "25% of 4 predictions are right, at least 75% are needed"),
    ],
)
def test_predictions_that_are_not_good_enough(predictions: object, message: str) -> None:
    assert difference(SCORED, Answer(LABELS), Answer(predictions)) == message


def test_a_known_mistake_is_recognised_by_failing_as_it_does() -> None:
    untrained, none = Answer(np.full(4, -1)), Answer(None)
    poor = Answer(np.eye(3)[[1, 1, 1, 0]])
    assert difference(SCORED, untrained, poor) is None
    assert difference(SCORED, none, none) is None
    assert difference(SCORED, none, poor) is not None
    assert difference(SCORED, untrained, none) is not None
    assert difference(SCORED, untrained, Answer(RIGHT)) is not None


def test_a_case_may_bring_its_own_tolerance() -> None:
    loose = Case("a network", tolerance=1e-2)
    expected = {"output shape": (1, 12), "outputs": IMAGE.astype("float32")}
    near = {"output shape": (1, 12), "outputs": (IMAGE * 1.009).astype("float32")}
    far = {"output shape": (1, 12), "outputs": (IMAGE * 1.011).astype("float32")}
    assert difference(loose, Answer(expected), Answer(near)) is None
    assert difference(Case("a network"), Answer(expected), Answer(near)) is not None
    assert difference(loose, Answer(expected), Answer(far)) == (
        "outputs: at index (2, 3) expected 11.0, got 11.121 (1 of 12 elements differ)"
    )
    assert difference(loose, Answer(3), Answer(4)) == "expected 3, got 4"


def test_short_sequences_of_ints_are_shown_whole() -> None:
    assert value_difference((28, 28, 256), (28, 28, 192)) == "expected (28, 28, 256), got (28, 28, 192)"
    assert value_difference((None, 10), [None, 10]) is None
    assert value_difference((1, 2), (1, 2, 3)) == "expected (1, 2), got (1, 2, 3)"


def test_what_cannot_be_observed_says_it_in_its_own_words() -> None:
    received = Answer(None, Raised("Unobservable", "expected a Keras model, got None: return what you built"))
    assert (
        difference(Case("a model"), Answer({}), received) == "expected a Keras model, got None: return what you built"
    )
