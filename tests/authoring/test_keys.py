"""Drawing keys: reproducible, secret where they should be, and proven."""

import dataclasses
import re

import pytest

from courselib.authoring.keys import draw_key
from courselib.authoring.source import Source
from courselib.errors import CourselibError
from courselib.grading import Case, Mistake
from courselib.grading.key import key_text, read_key


def changed(source: Source, **changes: object) -> Source:
    """The toy with another first exercise."""
    first, *rest = source.exercises
    return dataclasses.replace(source, exercises=(dataclasses.replace(first, **changes), *rest))


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
