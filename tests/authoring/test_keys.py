"""Drawing keys: reproducible, secret where they should be, and proven."""

import re
from dataclasses import replace

import numpy as np
import pytest

from courselib.authoring.keys import draw_key
from courselib.authoring.source import Source
from courselib.errors import CourselibError
from courselib.grading import Case, Code, Exercise, Mistake, Score
from courselib.grading.key import case_from_json, case_to_json, key_text, read_key, request_to_json


def changed(source: Source, **changes: object) -> Source:
    """The toy with another first exercise."""
    first, *rest = source.exercises
    return replace(source, exercises=(replace(first, **changes), *rest))


def test_the_same_seed_gives_the_same_bytes(toy_source: Source) -> None:
    assert key_text(draw_key(toy_source, "s")) == key_text(draw_key(toy_source, "s"))


def test_other_seeds_give_other_cases(toy_source: Source) -> None:
    public, hidden, other = (draw_key(toy_source, seed) for seed in ("public", "s", "t"))
    cases = [repr(key.exercises[0].cases) for key in (public, hidden, other)]
    assert len(set(cases)) == 3
    assert (public.hidden, hidden.hidden) == (False, True)


def test_a_key_survives_its_file(toy_source: Source, tmp_path) -> None:
    key = draw_key(toy_source, "s")
    key.write(tmp_path / "toy.key")
    assert key_text(read_key(tmp_path / "toy.key")) == key_text(key)


def test_a_key_gives_no_source_away(toy_source: Source) -> None:
    text = key_text(draw_key(toy_source, "public"))
    assert "return" not in text
    assert "3 * x" not in text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"mistakes": [Mistake("m", "3 * x", "x", "")]},
            "must occur once in the solution's cell, but it occurs 0 times",
        ),
        ({"mistakes": [Mistake("m", "x", "y", "")]}, "times: 'x'"),
        ({"mistakes": [Mistake("m", "2 * x", "2 * x", "")]}, "the mistake 'm' changes nothing"),
        ({"mistakes": [Mistake("m", "2 * x", "x + x", "")]}, "no case catches the mistake 'm'. Add one that does."),
        (
            {"mistakes": [Mistake("m", "2 * x", "3 * x", ""), Mistake("n", "2 * x", "x + x + x", "")]},
            "the mistake 'n' gives the same results as 'm'",
        ),
        ({"mistakes": [Mistake("m", "2 * x", "x", "")] * 2}, "two mistakes have the same name"),
        ({"cases": lambda rng: []}, "double has no cases"),
        ({"cases": lambda rng: [Case("c", (1,), raises=ValueError)]}, "should raise ValueError, but it would return"),
        ({"cases": lambda rng: [Case("c", (None,))]}, "should return a value, but it would raise TypeError"),
        ({"cases": lambda rng: [Case("c", ("ab",), max_steps=0)]}, "takes more than 0 steps itself"),
    ],
)
def test_an_unsound_exercise_is_explained(toy_source: Source, changes: dict[str, object], message: str) -> None:
    with pytest.raises(CourselibError, match=re.escape(message)):
        draw_key(changed(toy_source, **changes))


def test_unlucky_draws_are_drawn_again(toy_source: Source) -> None:
    """A mistake that only some draws catch: the key is drawn until one does."""

    def cases(rng):
        yield Case("sometimes telling", (int(rng.integers(0, 2)),))

    mistakes = [Mistake("adds_one", "2 * x", "x + 1", "It adds one.")]  # right for 1, wrong for 0
    for seed in map(str, range(8)):
        key = draw_key(changed(toy_source, cases=cases, mistakes=mistakes), seed)
        assert key.exercises[0].cases[0].args == (0,)


def test_the_kernel_is_told_nothing_of_how_a_case_is_judged() -> None:
    case = Case("digits", (1.5,), call=Code("lambda f, x: f(x)"), tolerance=0.01, score=Score(np.array([1, 0]), 0.5))
    assert request_to_json(case) == {
        "title": "digits",
        "args": [{"kind": "float", "value": "1.5"}],
        "call": "lambda f, x: f(x)",
    }
    again = case_from_json(case_to_json(case))
    assert (again.call, again.tolerance, again.score.at_least) == (case.call, 0.01, 0.5)
    np.testing.assert_array_equal(again.score.labels, [1, 0])


def scored(labels: list[int], at_least: float) -> Exercise:
    """An exercise whose predictions are 0, 1, 0, 1."""
    x = np.array([0.5, 0.75, 0.25, 3.0])
    call = Code("lambda double, x: (double(x) > 1.0).astype(int)")
    case = Case("predictions", (x,), call=call, score=Score(np.array(labels), at_least))
    never = Mistake("never", "2 * x", "0 * x", "It predicts one class for everything.")
    return Exercise("double", 60, lambda rng: [case], [never])


def test_predictions_in_a_key_are_reduced_to_right_or_wrong(toy_source: Source) -> None:
    source = replace(toy_source, exercises=(scored([0, 1, 0, 1], 1.0), *toy_source.exercises[1:]))
    keyed = draw_key(source).exercise("double")
    assert keyed is not None
    np.testing.assert_array_equal(keyed.expected[0].value, [0, 1, 0, 1])
    assert keyed.mistakes[0].answers[0] is not None
    np.testing.assert_array_equal(keyed.mistakes[0].answers[0].value, [-1, -1, -1, -1])


def test_a_solution_must_reach_its_own_score(toy_source: Source) -> None:
    with pytest.raises(CourselibError, match=r"the solution does not reach an accuracy of 90%\."):
        draw_key(replace(toy_source, exercises=(scored([1, 1, 0, 1], 0.9), *toy_source.exercises[1:])))
