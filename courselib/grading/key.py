"""Answer keys: the cases of an assignment as data, with what the solution and every known mistake return on them."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from courselib.errors import CourselibError
from courselib.files import write_text
from courselib.grading.answer import Answer
from courselib.grading.codec import CodecError, Encoded, decode, encode
from courselib.grading.exercise import Case, Code, Score

KEY_SUFFIX = ".key"
FORMAT = 2


@dataclass(frozen=True)
class KnownMistake:
    """A mistake and what it returns: one `Answer` per case, or None where it returns what the solution returns."""

    name: str
    hint: str
    answers: tuple[Answer | None, ...]


@dataclass(frozen=True)
class KeyedExercise:
    """An exercise of a key.

    Args:
        name: The function's name.
        points: What it is worth.
        cell: The id of the cell in which the learner writes it.
        cases: The cases, and in the same order
        expected: the solution's answers.
        mistakes: The known mistakes.
    """

    name: str
    points: int
    cell: str
    cases: tuple[Case, ...]
    expected: tuple[Answer, ...]
    mistakes: tuple[KnownMistake, ...]


@dataclass(frozen=True, eq=False)
class Key:
    """An answer key. Keys are equal when they are the same object; compare `key_text` for their contents.

    Args:
        assignment: The assignment's name: `"convolution_step_by_step"`.
        title: Its title, for people.
        hidden: Whether the cases were drawn from a secret seed.
        fingerprint: The digest of the sources that it was built from.
        setup: The course's own cells (imports) that run before everything else.
        experiments: Digests of the course's own cells that no exercise needs, its pictures and trainings. The grader
            leaves them out of a submission, unless the learner changed them or reads what they define.
        exercises: In the order of the notebook.
        digest: Of the contents, where the key was read from a file.
    """

    assignment: str
    title: str
    hidden: bool
    fingerprint: str
    setup: tuple[str, ...]
    experiments: frozenset[str]
    exercises: tuple[KeyedExercise, ...]
    digest: str = ""

    @property
    def max_points(self) -> int:
        return sum(exercise.points for exercise in self.exercises)

    def exercise(self, name: str) -> KeyedExercise | None:
        """The exercise of that name, or None."""
        return next((exercise for exercise in self.exercises if exercise.name == name), None)

    def write(self, path: Path) -> None:
        """Write the key as one line per exercise of JSON, the same bytes for the same key."""
        write_text(path, key_text(self))


class Keyring:
    """The answer keys to grade with.

    Args:
        path: A folder of keys, searched below too, or the one key for everything.

    Raises:
        CourselibError: If there is no key.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            raise CourselibError(f"No answer keys: {path} does not exist. Make some with `courselib keys`.")
        found = [path] if path.is_file() else sorted(path.rglob(f"*{KEY_SUFFIX}"), reverse=True)
        self._paths = {key_path.stem: key_path for key_path in found}
        if not found:
            raise CourselibError(f"No answer keys in {path}: expected NAME.key. Make some with `courselib keys`.")

    @property
    def names(self) -> list[str]:
        """The assignments that have a key, sorted."""
        return sorted(self._paths)

    def choose(self, names: Iterable[object]) -> str | None:
        """The first of some possible names of an assignment that has a key here."""
        if self.path.is_file():
            return self.path.stem
        return next((name for name in names if isinstance(name, str) and name in self._paths), None)

    def read(self, name: str) -> Key:
        """The key of an assignment, read once.

        Raises:
            CourselibError: If the file is not a key.
        """
        return _read_once(self._paths[name])


@functools.lru_cache(maxsize=64)
def _read_once(path: Path) -> Key:
    return read_key(path)


def key_text(key: Key) -> str:
    """The contents of a key's file."""
    head = {
        "format": FORMAT,
        "assignment": key.assignment,
        "title": key.title,
        "hidden": key.hidden,
        "fingerprint": key.fingerprint,
        "setup": list(key.setup),
        "experiments": sorted(key.experiments),
    }
    body = {"head": head, "exercises": [_exercise_to_json(exercise) for exercise in key.exercises]}
    lines = ",\n".join(json.dumps(exercise) for exercise in body["exercises"])
    return f'{{"digest": "{_digest(body)}",\n"head": {json.dumps(head)},\n"exercises": [\n{lines}\n]}}\n'


def read_key(path: Path) -> Key:
    """Read a key.

    Raises:
        CourselibError: If the file cannot be read, is not a key, is of another format or was changed by hand.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CourselibError(f"Cannot read the answer key {path}: {error.strerror or error}.") from None
    except ValueError:
        raise CourselibError(f"{path} is not an answer key: it is not text. Build it again.") from None
    return parse_key(text, str(path))


def parse_key(text: str, name: str) -> Key:
    """Read a key from the contents of its file; `name` is for messages.

    Raises:
        CourselibError: As `read_key`.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise CourselibError(f"{name} is not an answer key: it is not valid JSON. Build it again.") from None
    try:
        digest = data.pop("digest")
        head = data["head"]
        if head["format"] != FORMAT:
            raise CourselibError(
                f"{name} has key format {head['format']}, and this courselib reads format {FORMAT}. Build it again."
            )
        if digest != _digest(data):
            raise CourselibError(f"{name} is damaged: its digest does not fit its contents. Build it again.")
        return Key(
            assignment=head["assignment"],
            title=head["title"],
            hidden=head["hidden"],
            fingerprint=head["fingerprint"],
            setup=tuple(head["setup"]),
            experiments=frozenset(head["experiments"]),
            exercises=tuple(_exercise_from_json(exercise) for exercise in data["exercises"]),
            digest=digest,
        )
    except (KeyError, TypeError, AttributeError, CodecError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise CourselibError(f"{name} is not an answer key ({reason}). Build it again.") from None


def text_digest(text: str) -> str:
    """The digest of a cell's text, whatever white space surrounds it."""
    return hashlib.sha256(text.strip().encode("utf-8", "replace")).hexdigest()[:32]


def _digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def request_to_json(case: Case) -> Encoded:
    """What the kernel is told of a case: how to call the function, and nothing of how it is judged."""
    return case_to_json(dataclasses.replace(case, tolerance=None, score=None))


def case_to_json(case: Case) -> Encoded:
    """A case as JSON-able data. What must be raised is part of the expected answer, not of the case."""
    data: Encoded = {"title": case.title, "args": [encode(value) for value in case.args]}
    if case.kwargs:
        data["kwargs"] = {name: encode(value) for name, value in case.kwargs.items()}
    if case.max_steps is not None:
        data["max_steps"] = case.max_steps
    if case.call is not None:
        data["call"] = case.call.expression
    if case.tolerance is not None:
        data["tolerance"] = case.tolerance
    if case.score is not None:
        data["score"] = {"labels": encode(case.score.labels), "at_least": case.score.at_least}
    return data


def case_from_json(data: Mapping[str, Any]) -> Case:
    """The case that `case_to_json` wrote.

    Raises:
        CodecError: If the data is malformed.
    """
    return Case(
        title=data["title"],
        args=tuple(decode(value) for value in data["args"]),
        kwargs={name: decode(value) for name, value in data.get("kwargs", {}).items()},
        max_steps=data.get("max_steps"),
        call=None if data.get("call") is None else Code(str(data["call"])),
        tolerance=data.get("tolerance"),
        score=_score_from_json(data.get("score")),
    )


def _score_from_json(data: Any) -> Score | None:
    return None if data is None else Score(decode(data["labels"]), data["at_least"])


def _exercise_to_json(exercise: KeyedExercise) -> Encoded:
    return {
        "name": exercise.name,
        "points": exercise.points,
        "cell": exercise.cell,
        "cases": [case_to_json(case) for case in exercise.cases],
        "expected": [answer.to_json() for answer in exercise.expected],
        "mistakes": [
            {
                "name": mistake.name,
                "hint": mistake.hint,
                "answers": [answer and dataclasses.replace(answer, printed="").to_json() for answer in mistake.answers],
            }
            for mistake in exercise.mistakes
        ],
    }


def _exercise_from_json(data: Mapping[str, Any]) -> KeyedExercise:
    def answers(items: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(None if item is None else Answer.from_json(item) for item in items)

    return KeyedExercise(
        name=data["name"],
        points=data["points"],
        cell=data["cell"],
        cases=tuple(case_from_json(case) for case in data["cases"]),
        expected=answers(data["expected"]),
        mistakes=tuple(KnownMistake(m["name"], m["hint"], answers(m["answers"])) for m in data["mistakes"]),
    )
