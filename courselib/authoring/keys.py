"""Drawing an answer key: runs the solution and every mistake on cases from a seed, and proves the cases good."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from courselib.authoring.source import Source
from courselib.errors import CourselibError
from courselib.grading.answer import Answer, Raised
from courselib.grading.codec import Opaque
from courselib.grading.exercise import Case, Exercise, Mistake, Score
from courselib.grading.judge import accuracy, difference, judge
from courselib.grading.key import Key, KeyedExercise, KnownMistake, case_from_json, case_to_json, text_digest
from courselib.grading.probe import probe

PUBLIC_SEED = "public"
_MAX_DRAWS = 10  # a secret seed may draw cases that let a mistake through; then the next draw is taken


class Unproven(CourselibError):
    """The cases of an exercise do not catch a mistake, or do not tell it from another one."""


def draw_key(source: Source, seed: str = PUBLIC_SEED) -> Key:
    """Draw the answer key of an assignment.

    Args:
        source: The assignment.
        seed: Any text. The same source and seed give the same key; `"public"` gives the one that ships.

    Returns:
        A key whose cases catch every mistake and name each by its own hint.

    Raises:
        Unproven: If the cases of an exercise do not do that.
        CourselibError: If a mistake cannot be applied, or the solution does not do what its cases say.
    """
    names = namespace(source)
    exercises = tuple(_draw_exercise(source, exercise, names[exercise.name], seed) for exercise in source.exercises)
    setup = tuple(cell.text for cell in source.cells if cell.is_setup)
    experiments = frozenset(text_digest(cell.text) for cell in source.cells if cell.is_experiment)
    hidden = seed != PUBLIC_SEED
    return Key(source.name, source.title, hidden, source.fingerprint, setup, experiments, exercises)


def namespace(source: Source, replaced: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Execute the setup and the exercises of a source.

    Args:
        source: The assignment.
        replaced: Other texts for the cells of some exercises, by the exercise's name.

    Returns:
        The global names that they define.
    """
    texts = {source.exercise_cell(name).id: text for name, text in (replaced or {}).items()}
    names: dict[str, Any] = {"__name__": source.name}
    for cell in source.cells:
        if cell.is_setup or cell.is_exercise:
            exec(compile(texts.get(cell.id, cell.text), f"<{cell.id}>", "exec"), names)
    return names


def mutated(source: Source, exercise: Exercise, mistake: Mistake) -> str:
    """The text of an exercise's cell with a mistake in it.

    Raises:
        CourselibError: If the mistake's old text does not occur exactly once, or nothing changes.
    """
    text = source.exercise_cell(exercise.name).text
    count = text.count(mistake.old)
    if count != 1:
        raise CourselibError(
            f"{exercise.name}: the old text of the mistake {mistake.name!r} must occur once in the solution's cell, "
            f"but it occurs {count} times: {mistake.old!r}."
        )
    if mistake.old == mistake.new:
        raise CourselibError(f"{exercise.name}: the mistake {mistake.name!r} changes nothing.")
    return text.replace(mistake.old, mistake.new)


def _draw_exercise(source: Source, exercise: Exercise, solution: Any, seed: str) -> KeyedExercise:
    wrong = {mistake.name: namespace(source, {exercise.name: mutated(source, exercise, mistake)})[exercise.name]
             for mistake in exercise.mistakes}  # fmt: skip
    if len(wrong) != len(exercise.mistakes):
        raise CourselibError(f"{exercise.name}: two mistakes have the same name.")
    for draw in range(_MAX_DRAWS):
        digest = hashlib.sha256("\0".join([seed, source.name, exercise.name, str(draw)]).encode()).digest()
        declared = tuple(exercise.cases(np.random.default_rng(list(digest))))
        cases = tuple(case_from_json(case_to_json(case)) for case in declared)
        expected = _answers(solution, cases)
        _validate_expected(exercise, declared, expected)
        mistakes = tuple(
            KnownMistake(m.name, m.hint, _unlike(cases, expected, _answers(wrong[m.name], cases)))
            for m in exercise.mistakes
        )
        keyed = KeyedExercise(
            exercise.name, exercise.points, source.exercise_cell(exercise.name).id, cases, expected, mistakes
        )
        try:
            prove(keyed)
        except Unproven:
            if draw == _MAX_DRAWS - 1:
                raise
        else:
            return keyed
    raise AssertionError("unreachable")


def _answers(function: Any, cases: tuple[Case, ...]) -> tuple[Answer, ...]:
    """What a function answers, reduced to what does not depend on the machine and gives no source away."""
    reduced = []
    for case, answer in zip(cases, probe(function, cases), strict=True):
        raised = answer.raised and Raised(answer.raised.type, "")
        too_many = case.max_steps is not None and (answer.steps or 0) > case.max_steps
        steps = case.max_steps + 1 if too_many and case.max_steps is not None else None
        value = _reduced_predictions(case.score, answer.value) if case.score and not raised else answer.value
        answer = Answer(value, raised, answer.modified, steps)
        reduced.append(Answer.from_json(answer.to_json()))
    return tuple(reduced)


def _reduced_predictions(score: Score, predictions: Any) -> Any:
    """All right, all wrong or no predictions at all: how good they are differs from machine to machine."""
    reached = accuracy(score.labels, predictions)
    if reached is None:
        return None
    return score.labels if reached >= score.at_least else np.full(len(score.labels), -1)


def _unlike(
    cases: tuple[Case, ...], expected: tuple[Answer, ...], answers: tuple[Answer, ...]
) -> tuple[Answer | None, ...]:
    """The answers, with None for those that are right."""
    triples = zip(cases, expected, answers, strict=True)
    return tuple(None if difference(case, right, own) is None else own for case, right, own in triples)


def _validate_expected(exercise: Exercise, cases: tuple[Case, ...], expected: tuple[Answer, ...]) -> None:
    if not cases:
        raise CourselibError(f"{exercise.name} has no cases.")
    for case, answer in zip(cases, expected, strict=True):
        where = f"{exercise.name}, case {case.title!r}: the solution"
        wanted = case.raises.__name__ if case.raises else None
        got = answer.raised.type if answer.raised else None
        if wanted != got:
            raise CourselibError(f"{where} should {_raises(wanted)}, but it would {_raises(got)}.")
        if case.score is not None and difference(case, Answer(case.score.labels), answer) is not None:
            raise CourselibError(f"{where} does not reach an accuracy of {case.score.at_least:.0%}.")
        if isinstance(answer.value, Opaque):
            raise CourselibError(f"{where} returns {answer.value}, which a key cannot hold.")
        if answer.modified:
            raise CourselibError(f"{where} changes its input {', '.join(answer.modified)}.")
        if answer.steps is not None:
            raise CourselibError(f"{where} takes more than {case.max_steps} steps itself.")


def _raises(name: str | None) -> str:
    return f"raise {name}" if name else "return a value"


def prove(exercise: KeyedExercise) -> None:
    """Prove that the cases of an exercise catch each of its mistakes and tell it from the others.

    Raises:
        Unproven: If they do not.
    """
    for mistake in exercise.mistakes:
        answers = [own or right for own, right in zip(mistake.answers, exercise.expected, strict=True)]
        verdict = judge(exercise, answers)
        if verdict.passed:
            raise Unproven(f"{exercise.name}: no case catches the mistake {mistake.name!r}. Add one that does.")
        named = [hint.name for hint in verdict.mistakes if hint.certain]
        if named != [mistake.name]:
            other = named[0] if named else "nothing"
            raise Unproven(
                f"{exercise.name}: the mistake {mistake.name!r} gives the same results as {other!r}. "
                "Add a case that tells them apart, or drop one of them."
            )
