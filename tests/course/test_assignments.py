"""Every assignment of the course: its checks are proven by mutation, and its equivalent solutions pass."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import FunctionType

import pytest

from courselib.authoring.build import generated, out_of_step
from courselib.authoring.keys import draw_key, mutated, namespace
from courselib.authoring.source import Source, find_sources, read_source
from courselib.grading.answer import Answer
from courselib.grading.judge import difference, judge
from courselib.grading.key import Key, KeyedExercise, key_text, read_key
from courselib.grading.probe import probe
from tests.conftest import COURSE

HIDDEN_SEEDS = ("first secret", "second secret", "third secret")
PATHS = {path.stem: path for path in find_sources(COURSE)}


def together(name: str) -> pytest.MarkDecorator:
    """With `-n 2 --dist loadgroup`, an assignment's tests run in one process, which draws its keys once."""
    return pytest.mark.xdist_group(name)


@pytest.fixture(
    scope="module", params=[pytest.param(path, id=name, marks=together(name)) for name, path in PATHS.items()]
)
def source(request: pytest.FixtureRequest) -> Iterator[Source]:
    yield read_source(request.param)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.clear_session()  # hundreds of networks were built


@pytest.fixture(scope="module")
def keys(source: Source) -> dict[str, Key]:
    """The public key as it lies on disk, and three hidden ones."""
    public = read_key(generated(source, COURSE)[1])
    return {"public": public, **{seed: draw_key(source, seed) for seed in HIDDEN_SEEDS}}


def equivalents(source: Source) -> Iterator[tuple[str, FunctionType]]:
    """The right solutions written differently: functions named `EXERCISE__HOW` in tests/course/WEEK/."""
    path = Path(__file__).parent / source.week / f"{source.name}_equivalents.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, function in vars(module).items():
        if isinstance(function, FunctionType) and "__" in name.strip("_"):
            yield name, function


def test_everything_generated_is_in_step(source: Source) -> None:
    assert out_of_step(source.path, COURSE) == []


def test_the_public_key_is_what_its_source_gives(source: Source, keys: dict[str, Key]) -> None:
    drawn, kept = draw_key(source), keys["public"]
    if not any("keras" in text for text in drawn.setup):
        assert key_text(drawn) == key_text(kept)
        return
    # The last bits of a float32 sum depend on the processor: what a network computes is compared with tolerance.
    assert without_answers(drawn) == without_answers(kept)
    for one, other in zip(drawn.exercises, kept.exercises, strict=True):
        for wanted, found in zip(answer_lists(one), answer_lists(other), strict=True):
            for case, right, answer in zip(one.cases, wanted, found, strict=True):
                assert difference(case, right, answer) is None, f"{one.name}, {case.title}"


def without_answers(key: Key) -> str:
    """The text of a key with all results left out."""
    exercises = tuple(
        replace(exercise, expected=(), mistakes=tuple(replace(mistake, answers=()) for mistake in exercise.mistakes))
        for exercise in key.exercises
    )
    return key_text(replace(key, exercises=exercises))


def answer_lists(exercise: KeyedExercise) -> list[list[Answer]]:
    """What the solution answers, then what each mistake does."""
    expected = list(exercise.expected)
    wrong = [[own or right for own, right in zip(m.answers, expected, strict=True)] for m in exercise.mistakes]
    return [expected, *wrong]


def test_the_solution_passes(source: Source, keys: dict[str, Key]) -> None:
    names = namespace(source)
    for key in keys.values():
        for exercise in key.exercises:
            verdict = judge(exercise, probe(names[exercise.name], exercise.cases))
            assert verdict.passed, verdict.message


def test_every_mistake_is_caught_and_named(
    source: Source, keys: dict[str, Key], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each mistake runs anew here, against each key, and is judged as a learner's answer would be."""
    caught = named = count = 0
    failures = []
    for exercise in source.exercises:
        assert len(exercise.mistakes) >= 4, exercise.name
        for mistake in exercise.mistakes:
            function = namespace(source, {exercise.name: mutated(source, exercise, mistake)})[exercise.name]
            verdicts = []
            for key in keys.values():
                keyed = key.exercise(exercise.name)
                assert keyed is not None
                verdicts.append(judge(keyed, probe(function, keyed.cases)))
            hints = [[(hint.name, hint.hint, hint.certain) for hint in verdict.mistakes] for verdict in verdicts]
            count += 1
            caught += all(not verdict.passed for verdict in verdicts)
            named += all(one == [(mistake.name, mistake.hint, True)] for one in hints)
            if hints != [[(mistake.name, mistake.hint, True)]] * len(keys):
                failures.append(f"{exercise.name}: {mistake.name}: {hints}")
    with capsys.disabled():
        print(f"\n{source.name}: {caught} of {count} mistakes caught, {named} of {count} named (4 keys)")
    assert failures == []
    assert (caught, named) == (count, count)


def test_equivalent_solutions_pass(source: Source, keys: dict[str, Key], capsys: pytest.CaptureFixture[str]) -> None:
    names = [exercise.name for exercise in source.exercises]
    found = dict.fromkeys(names, 0)
    failures = []
    for full_name, function in equivalents(source):
        name = full_name.partition("__")[0]
        assert name in names, f"{full_name} belongs to no exercise"
        found[name] += 1
        space = namespace(source)
        space.update({key: value for key, value in function.__globals__.items() if key not in space})
        exec(compile(inspect.getsource(function), f"<{full_name}>", "exec"), space)
        space[name] = space[full_name]
        for seed, key in keys.items():
            keyed = key.exercise(name)
            assert keyed is not None
            verdict = judge(keyed, probe(space[name], keyed.cases))
            if not verdict.passed:
                failures.append(f"{full_name}, {seed} key: {verdict.message}")
    with capsys.disabled():
        print(f"\n{source.name}: {sum(found.values())} equivalent solutions of {len(found)} exercises pass")
    assert failures == []
    assert [name for name, count in found.items() if count < 2] == []
