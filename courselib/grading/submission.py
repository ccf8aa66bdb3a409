"""A submission: a learner's notebook as it came in, read without trusting any of it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from courselib.errors import CourselibError
from courselib.grading.collect import Collected
from courselib.grading.key import Key, Keyring, text_digest

_CHECK_CALL = re.compile(r"\s*check\(\s*\w+\s*\)\s*")


@dataclass(frozen=True)
class SubmittedCell:
    """A code cell of a submission. `number` counts all cells from 1, as a reader of the notebook would."""

    number: int
    id: str
    source: str

    @property
    def is_check(self) -> bool:
        """Whether the cell does nothing but check an exercise; the grader does that itself."""
        return _CHECK_CALL.fullmatch(self.source) is not None

    @property
    def digest(self) -> str:
        """The digest of the text, as a key names the course's experiments."""
        return text_digest(self.source)

    def defines(self, name: str) -> bool:
        """Whether the cell seems to define a function, class or variable of that name at its top level."""
        pattern = rf"^(?:(?:async\s+)?def\s+{name}\s*\(|class\s+{name}\b|{name}\s*(?::[^=\n]*)?=[^=])"
        return re.search(pattern, self.source, flags=re.MULTILINE) is not None

    @cached_property
    def label(self) -> str:
        """The cell as a message names it."""
        first = next((line.strip() for line in self.source.splitlines() if line.strip()), "empty")
        return f"Cell {self.number} ({first[:50]})"


@dataclass(frozen=True)
class Submission:
    """A learner's notebook.

    Args:
        student: The learner's name, from the place of the file.
        assignment: The name of the assignment that it answers.
        cells: Its code cells, in order.
        sha256: The digest of the file.
        submitted_at: When it was handed in, as ISO 8601 in UTC; empty where that is not known.
    """

    student: str
    assignment: str
    cells: tuple[SubmittedCell, ...]
    sha256: str = ""
    submitted_at: str = ""


def read_submission(collected: Collected, keys: Keyring) -> tuple[Submission, Key]:
    """Read a notebook and find the key of its assignment.

    The assignment is the one that the notebook's metadata name, or the file, or the folder that it is in.

    Args:
        collected: The notebook.
        keys: The keys to choose from.

    Returns:
        The submission and its key.

    Raises:
        CourselibError: If the file is not a readable notebook, no key fits it, or it answers no exercise of its key.
    """
    raw = collected.read()
    notebook = _parse(str(collected), raw)
    key = keys.read(_assignment(collected, notebook, keys))
    cells = tuple(
        SubmittedCell(number, cell["id"] if isinstance(cell.get("id"), str) else "", _text(cell.get("source", "")))
        for number, cell in enumerate(notebook["cells"], start=1)
        if cell.get("cell_type") == "code"
    )
    if not any(cell.defines(exercise.name) for cell in cells for exercise in key.exercises):
        raise CourselibError(
            f"{collected} is not a submission of {key.assignment}: no cell defines any of its exercises."
        )
    student = collected.student_of(key.assignment)
    digest = hashlib.sha256(raw).hexdigest()
    return Submission(student, key.assignment, cells, digest, collected.submitted_at()), key


def _parse(name: str, raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        raise CourselibError(f"{name} is empty. Expected a Jupyter notebook.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CourselibError(f"{name} is not a notebook: it is not UTF-8 text (byte {error.start}).") from None
    return _parse_notebook(name, text)


def _parse_notebook(name: str, text: str) -> dict[str, Any]:
    """The cells and metadata of a notebook of any version; all else may be missing or wrong."""
    try:
        notebook = json.loads(text)
        if isinstance(notebook, dict) and "worksheets" in notebook:  # version 3
            cells = [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
            notebook["cells"] = [{**cell, "source": cell.get("input", "")} for cell in cells]
        if not isinstance(notebook["cells"], list) or not all(isinstance(cell, dict) for cell in notebook["cells"]):
            raise KeyError("cells")
    except RecursionError:
        raise CourselibError(f"{name} is not a notebook: its JSON is nested too deep.") from None
    except ValueError:
        raise CourselibError(f"{name} is not a notebook: it is broken or is not JSON. Was it cut off?") from None
    except (KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {str(error)[:80]}".replace("\n", " ")
        raise CourselibError(f"{name} is not a Jupyter notebook: it has no list of cells ({reason}).") from None
    return dict(notebook)


def _assignment(collected: Collected, notebook: dict[str, Any], keys: Keyring) -> str:
    metadata = notebook.get("metadata")
    course = metadata.get("courselib") if isinstance(metadata, dict) else None
    named = course.get("assignment") if isinstance(course, dict) else None
    chosen = keys.choose((named, collected.place.stem, collected.place.parent.name))
    if chosen is None:
        raise CourselibError(
            f"{collected} belongs to no assignment with a key in {keys.path}: expected one of "
            f"{', '.join(keys.names[:5])}; the notebook says {str(named)[:80]!r} and the file is named "
            f"{collected.place.stem!r}."
        )
    return chosen


def _text(source: Any) -> str:
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""
