"""A submission: a learner's notebook as it came in, read without trusting any of it."""

from __future__ import annotations

import logging
import re
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from courselib.course import find_key
from courselib.errors import CourselibError
from courselib.grading.key import Key, read_key

MAX_BYTES = 100 * 2**20
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

    def defines(self, name: str) -> bool:
        """Whether the cell seems to define a function, class or variable of that name at its top level."""
        pattern = rf"^(?:(?:async\s+)?def\s+{name}\s*\(|class\s+{name}\b|{name}\s*(?::[^=\n]*)?=[^=])"
        return re.search(pattern, self.source, flags=re.MULTILINE) is not None

    @cached_property
    def label(self) -> str:
        """The cell as a message names it."""
        first = next((line.strip() for line in self.source.splitlines() if line.strip()), "empty")
        return f"cell {self.number} ({first[:50]})"


@dataclass(frozen=True)
class Submission:
    """A learner's notebook.

    Args:
        path: The file.
        student: Taken from the path: `student/assignment.ipynb`, `assignment/student.ipynb` or the file's name.
        assignment: The name of the assignment that it answers.
        cells: Its code cells, in order.
    """

    path: Path
    student: str
    assignment: str
    cells: tuple[SubmittedCell, ...]


def student_of(path: Path, assignment: str | None = None) -> str:
    """The student's name, from the path of a submission."""
    parent = path.absolute().parent.name
    return parent if path.stem == assignment and parent else path.stem


def read_submission(path: Path, keys: Path) -> tuple[Submission, Key]:
    """Read a notebook and find the key of its assignment.

    The assignment is the one that the notebook's metadata name, or the file, or the folder that it is in.

    Args:
        path: The notebook.
        keys: A folder with keys (searched below, too) or one key file.

    Raises:
        CourselibError: If the file is not a readable notebook, or no key fits it.
    """
    notebook = _read_notebook(path)
    key = _find_key(path, notebook, keys)
    cells = tuple(
        SubmittedCell(number, str(cell.get("id", "")), _text(cell.get("source", "")))
        for number, cell in enumerate(notebook["cells"], start=1)
        if cell.get("cell_type") == "code"
    )
    if not any(cell.defines(exercise.name) for cell in cells for exercise in key.exercises):
        raise CourselibError(f"{path} is not a submission of {key.assignment}: no cell defines any of its exercises.")
    return Submission(path, student_of(path, key.assignment), key.assignment, cells), key


def _read_notebook(path: Path) -> dict[str, Any]:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise CourselibError(f"{path} is too large: {size >> 20} MB, and at most {MAX_BYTES >> 20} MB are read.")
        raw = path.read_bytes()
    except OSError as error:
        raise CourselibError(f"Cannot read {path}: {error.strerror or error}.") from None
    if not raw.strip():
        raise CourselibError(f"{path} is empty. Expected a Jupyter notebook.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CourselibError(f"{path} is not a notebook: it is not UTF-8 text (byte {error.start}).") from None
    return _parse_notebook(path, text)


def _parse_notebook(path: Path, text: str) -> dict[str, Any]:
    import nbformat  # here, because it takes a second to import
    from nbformat.reader import NotJSONError

    logging.getLogger("traitlets").setLevel(logging.CRITICAL)  # nbformat logs what it forgives
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notebook = nbformat.reads(text, as_version=4)
        if not isinstance(notebook["cells"], list) or not all(isinstance(cell, dict) for cell in notebook["cells"]):
            raise KeyError("cells")
    except NotJSONError:
        raise CourselibError(f"{path} is not a notebook: it is broken or is not JSON. Was it cut off?") from None
    except RecursionError:
        raise CourselibError(f"{path} is not a notebook: its JSON is nested too deep.") from None
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error)[:80]}".replace("\n", " ")
        raise CourselibError(f"{path} is not a Jupyter notebook: it has no list of cells ({reason}).") from None
    return dict(notebook)


def _find_key(path: Path, notebook: dict[str, Any], keys: Path) -> Key:
    if keys.is_file():
        return read_key(keys)
    metadata = notebook.get("metadata")
    course = metadata.get("courselib") if isinstance(metadata, dict) else None
    named = course.get("assignment") if isinstance(course, dict) else None
    candidates = [named, path.stem, path.absolute().parent.name]
    names = [name for name in candidates if isinstance(name, str) and re.fullmatch(r"\w+", name)]
    for name in names:
        found = find_key(keys, name)
        if found is not None:
            return read_key(found)
    known = sorted(key.stem for key in keys.rglob("*.key"))
    if not known:
        raise CourselibError(f"No answer key in {keys}: expected NAME.key. Make some with `courselib keys`.")
    raise CourselibError(
        f"{path} belongs to no assignment with a key in {keys}: expected one of {', '.join(known[:5])}; "
        f"the notebook says {named!r} and the file is named {path.stem!r}."
    )


def _text(source: Any) -> str:
    return source if isinstance(source, str) else "".join(map(str, source)) if isinstance(source, list) else ""
