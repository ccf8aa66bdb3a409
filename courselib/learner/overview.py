"""Where a learner stands: every notebook of a workspace, its points, what is left and the mistake made last."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from courselib.errors import CourselibError
from courselib.grading.key import KEY_SUFFIX, read_key
from courselib.grading.progress import progress_path, read_standings
from courselib.learner.workspace import Workspace


@dataclass(frozen=True)
class NotebookStanding:
    """How far one notebook is.

    Args:
        path: The notebook.
        week: `"week1"`.
        name: The assignment's name.
        points: Of the exercises that passed their last check.
        max_points: Of all exercises.
        done: The exercises that passed.
        left: Those that did not, in the order of the notebook.
        mistake: The first known mistake among them, as `exercise: mistake`, or empty.
    """

    path: Path
    week: str
    name: str
    points: int
    max_points: int
    done: tuple[str, ...]
    left: tuple[str, ...]
    mistake: str


def overview(workspace: Workspace) -> list[NotebookStanding]:
    """Every notebook of a workspace, in the order of the course.

    Raises:
        CourselibError: If a key is missing or damaged.
    """
    standings = read_standings(progress_path(workspace.folder))
    found = []
    for path in workspace.notebooks():
        key_path = path.with_suffix(KEY_SUFFIX)
        if not key_path.exists():
            raise CourselibError(f"{key_path} is missing. `courselib update` brings it back.")
        key, own = read_key(key_path), standings.get(path.stem, {})
        done = tuple(one.name for one in key.exercises if one.name in own and own[one.name].passed)
        left = tuple(one.name for one in key.exercises if one.name not in done)
        mistakes = [
            f"{name}: {own[name].mistake.replace('_', ' ')}" for name in left if name in own and own[name].mistake
        ]
        points = sum(one.points for one in key.exercises if one.name in done)
        week = path.parent.name
        found.append(
            NotebookStanding(path, week, path.stem, points, key.max_points, done, left, mistakes[0] if mistakes else "")
        )
    return found


def print_overview(standings: list[NotebookStanding]) -> None:
    """A table: a line for each notebook, then the points in all."""
    table = Table()
    for heading, justify in (("week", "left"), ("notebook", "left"), ("points", "right"), ("exercises", "right")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    table.add_column("left to do")
    for one in standings:
        left = one.mistake or ", ".join(one.left[:2]) + (f" and {len(one.left) - 2} more" if len(one.left) > 2 else "")
        exercises = f"{len(one.done)} of {len(one.done) + len(one.left)}"
        table.add_row(
            *map(Text, (one.week, one.name, f"{one.points} of {one.max_points}", exercises, left or "all done"))
        )
    console = Console(highlight=False)
    console.print(table)
    points, possible = (sum(getattr(one, name) for one in standings) for name in ("points", "max_points"))
    console.print(f"{points} of {possible} points")
