"""The source of an assignment: a jupytext percent script, and beside it `NAME_checks.py` with the exercises."""

from __future__ import annotations

import ast
import hashlib
import re
import runpy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jupytext

from courselib.course import SOLUTIONS
from courselib.errors import CourselibError
from courselib.grading.exercise import Exercise

BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
SETUP_TAG = "setup"
_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_CHECK_CALL = re.compile(r"check\((\w+)\)")
_STUB = "# YOUR CODE HERE\nraise NotImplementedError()"  # as nbgrader writes it


@dataclass(frozen=True)
class Cell:
    """One cell of a source.

    Args:
        id: Stable and unique in its notebook.
        kind: `"markdown"` or `"code"`.
        text: What stands in it.
        tags: Jupyter tags; `"setup"` marks the course's imports.
    """

    id: str
    kind: str
    text: str
    tags: tuple[str, ...] = ()

    @property
    def is_exercise(self) -> bool:
        return self.kind == "code" and BEGIN_SOLUTION in self.text

    @property
    def is_setup(self) -> bool:
        return SETUP_TAG in self.tags

    @property
    def is_experiment(self) -> bool:
        """Whether no exercise needs the cell: exercises need the setup and each other only."""
        return self.kind == "code" and not (self.is_setup or self.is_exercise or self.checks)

    @cached_property
    def checks(self) -> str | None:
        """The name of the function that this check cell checks, or None when it is no check cell."""
        match = _CHECK_CALL.fullmatch(self.text.strip()) if self.kind == "code" else None
        return match and match[1]

    @cached_property
    def defines(self) -> tuple[str, ...]:
        """The functions and classes that the cell defines at its top level."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return tuple(node.name for node in ast.parse(self.text).body if isinstance(node, kinds))

    @property
    def stub(self) -> str:
        """The text with every solution region replaced by a stub, as the learner receives it."""
        lines, inside, indent = [], False, ""
        for line in self.text.splitlines():
            marker = line.strip()
            if marker == BEGIN_SOLUTION:
                inside, indent = True, line[: len(line) - len(line.lstrip())]
                lines += [indent + stub for stub in _STUB.splitlines()]
            elif marker == END_SOLUTION:
                inside = False
            elif not inside:
                lines.append(line)
        return "\n".join(lines)


@dataclass(frozen=True)
class Source:
    """An assignment as its author wrote it.

    Args:
        path: The percent script, `solutions/weekN/NAME.py`.
        cells: Its cells, in order.
        exercises: What `NAME_checks.py` declares, in the order of the notebook.
        fingerprint: The digest of both files.
    """

    path: Path
    cells: tuple[Cell, ...]
    exercises: tuple[Exercise, ...]
    fingerprint: str

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def week(self) -> str:
        return self.path.parent.name

    @property
    def title(self) -> str:
        """The first heading."""
        first = self.cells[0].text.splitlines()[0] if self.cells else ""
        return first.lstrip("# ").strip() or self.name

    def exercise_cell(self, name: str) -> Cell:
        """The cell in which the learner writes the function of that name."""
        return next(cell for cell in self.cells if cell.is_exercise and name in cell.defines)


def find_sources(course: Path) -> list[Path]:
    """The percent scripts of a course that have checks, sorted by week and name.

    Raises:
        CourselibError: If there is none.
    """
    folder = course / SOLUTIONS
    suffix = "_checks.py"
    paths = [path.with_name(path.name.removesuffix(suffix) + ".py") for path in sorted(folder.glob(f"*/*{suffix}"))]
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise CourselibError(f"{missing[0].stem}{suffix} has no source beside it: expected {missing[0]}.")
    if not paths:
        raise CourselibError(f"No sources: expected {SOLUTIONS}/weekN/NAME.py and NAME_checks.py in {course}.")
    return paths


def read_source(path: Path) -> Source:
    """Read an assignment's source and its checks.

    Raises:
        CourselibError: If a cell has no id or one that is taken, if an exercise lacks its cell or its check, if a
            solution region is not closed, if the points do not sum to 100, or if a file cannot be read.
    """
    checks_path = path.with_name(f"{path.stem}_checks.py")
    try:
        texts = [file.read_text(encoding="utf-8") for file in (path, checks_path)]
    except (OSError, UnicodeDecodeError) as error:
        raise CourselibError(f"Cannot read the sources of {path.stem}: {error}") from None
    cells = tuple(_cells(path, texts[0]))
    exercises = tuple(_exercises(checks_path))
    fingerprint = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    source = Source(path, cells, exercises, fingerprint)
    _validate(source)
    return source


def _cells(path: Path, text: str) -> list[Cell]:
    cells: list[Cell] = []
    for cell in jupytext.reads(text, fmt="py:percent").cells:
        cell_id = cell.metadata.get("id")
        where = f"{path.name}: the {cell.cell_type} cell that begins {cell.source[:40]!r}"
        if not isinstance(cell_id, str) or not _CELL_ID.fullmatch(cell_id):
            raise CourselibError(f'{where} needs an id of letters, digits and "-": write # %% id="..." above it.')
        if any(cell_id == other.id for other in cells):
            raise CourselibError(f"{where} has the id {cell_id!r}, which another cell has too. Give it one of its own.")
        cells.append(Cell(cell_id, cell.cell_type, cell.source, tuple(cell.metadata.get("tags", ()))))
    return cells


def _exercises(path: Path) -> list[Exercise]:
    try:
        exercises = runpy.run_path(str(path)).get("exercises")
    except Exception as error:
        raise CourselibError(f"{path.name} does not run: {type(error).__name__}: {error}") from error
    if not isinstance(exercises, list) or not all(isinstance(item, Exercise) for item in exercises):
        raise CourselibError(f"{path.name} must define `exercises`, a list of courselib.grading.Exercise.")
    return exercises


def _validate(source: Source) -> None:
    names = [exercise.name for exercise in source.exercises]
    defined = {name: cell for cell in source.cells if cell.is_exercise for name in cell.defines}
    checked = {cell.checks for cell in source.cells if cell.checks}
    for cell in source.cells:
        if cell.text.count(BEGIN_SOLUTION) != cell.text.count(END_SOLUTION):
            raise CourselibError(f"{source.path.name}: cell {cell.id!r} opens and closes its solution unequally often.")
        if cell.is_exercise and not set(cell.defines) & set(names):
            raise CourselibError(f"{source.path.name}: cell {cell.id!r} has a solution, but no exercise in the checks.")
    for name in names:
        if names.count(name) > 1:
            raise CourselibError(f"{source.name}_checks.py declares {name!r} twice.")
        if name not in defined:
            raise CourselibError(f"{source.path.name}: no cell with {BEGIN_SOLUTION!r} defines the exercise {name!r}.")
        if name not in checked:
            raise CourselibError(f"{source.path.name}: the exercise {name!r} has no check: add a cell check({name}).")
    if not any(cell.is_setup for cell in source.cells):
        raise CourselibError(
            f'{source.path.name}: no cell has tags=["{SETUP_TAG}"]: give them to the one with the imports.'
        )
    total = sum(exercise.points for exercise in source.exercises)
    if total != 100:
        raise CourselibError(f"{source.name}_checks.py: the points must sum to 100, but they sum to {total}.")
