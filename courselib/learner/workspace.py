"""A workspace: a learner's copy of the assignments, which can be refreshed without touching the learner's answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import courselib
from courselib.course import ASSIGNMENTS, find_course, place
from courselib.errors import CourselibError
from courselib.files import write_text
from courselib.grading.key import KEY_SUFFIX
from courselib.grading.progress import WORKSPACE_MARKER as MARKER

_ABOUT = "workspace.json"
_ORIGINALS = "originals"  # the notebooks as they were handed out, to tell what the learner changed


@dataclass(frozen=True)
class Change:
    """What an update did to one notebook.

    Args:
        name: `"week1/convolution_step_by_step"`.
        what: `"added"`, `"refreshed"` or `"unchanged"`.
        kept: Cells of the course that the learner had changed, which stay as the learner wrote them.
    """

    name: str
    what: str
    kept: tuple[str, ...] = ()


class Workspace:
    """A folder with `weekN/NAME.ipynb` and the public keys.

    Args:
        folder: The folder; it need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def find(cls, start: Path | None = None) -> Workspace | None:
        """The workspace that a folder lies in, or None."""
        start = (start or Path.cwd()).absolute()
        return next((cls(folder) for folder in (start, *start.parents) if (folder / MARKER / _ABOUT).is_file()), None)

    @classmethod
    def at(cls, folder: Path) -> Workspace:
        """The workspace in a folder or above it.

        Raises:
            CourselibError: If there is none.
        """
        found = cls.find(folder)
        if found is None:
            raise CourselibError(f"No workspace in {folder}: make one with `courselib start {folder}`.")
        return found

    @property
    def exists(self) -> bool:
        return (self.folder / MARKER / _ABOUT).is_file()

    @property
    def own_folder(self) -> Path:
        """What courselib keeps in the workspace."""
        return self.folder / MARKER

    def notebooks(self) -> list[Path]:
        """The notebooks of the course in this workspace, in the order of the course."""
        return [self.folder / f"{name}.ipynb" for name in self._names() if (self.folder / f"{name}.ipynb").exists()]

    def _names(self) -> list[str]:
        originals = self.own_folder / _ORIGINALS
        names = (path.relative_to(originals).with_suffix("").as_posix() for path in originals.glob("*/*.ipynb"))
        return sorted(names, key=place)

    def update(self, course: Path | None = None) -> list[Change]:
        """Bring the notebooks of the course into the workspace, or those that changed up to date.

        The learner's answers, added cells and changed cells stay; everything else becomes what the course has now. A
        copy of a notebook that is changed is kept in `.courselib/backup/`.

        Args:
            course: The folder with `assignments/`; the installed course by default.

        Raises:
            CourselibError: If there is no course, or a file is in the way that is not the workspace's.
        """
        source = (course or find_course()) / ASSIGNMENTS
        if source.resolve() == self.folder.resolve() or self.folder.resolve().is_relative_to(source.resolve()):
            raise CourselibError(f"{self.folder} is the course itself: choose another folder for your workspace.")
        shipped = sorted(source.glob("*/*.ipynb"))
        if not self.exists:
            taken = [self.folder / path.relative_to(source) for path in shipped]
            if in_the_way := [path for path in taken if path.exists()]:
                raise CourselibError(
                    f"{in_the_way[0]} exists already, and {self.folder} is no workspace. Choose an empty folder."
                )
        about = {"courselib": courselib.__version__}
        changes = [self._update_one(path, source) for path in shipped]
        write_text(self.own_folder / _ABOUT, json.dumps(about) + "\n")
        return changes

    def _update_one(self, shipped: Path, source: Path) -> Change:
        relative = shipped.relative_to(source)
        target, original = self.folder / relative, self.own_folder / _ORIGINALS / relative
        key = shipped.with_suffix(KEY_SUFFIX)
        text = shipped.read_text(encoding="utf-8")
        name = str(relative.with_suffix(""))
        change = Change(name, "unchanged")
        if not target.exists():
            write_text(target, text)
            change = Change(name, "added")
        elif not original.exists() or original.read_text(encoding="utf-8") != text:
            own = _read(target)
            before = _read(original) if original.exists() else own
            merged, kept = merge(own, before, json.loads(text))
            backup = self.own_folder / "backup" / relative
            backup.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(target, backup)
            write_text(target, json.dumps(merged, indent=1, ensure_ascii=False) + "\n")
            change = Change(name, "refreshed", tuple(kept))
        write_text(original, text)
        if key.exists():
            write_text(target.with_suffix(KEY_SUFFIX), key.read_text(encoding="utf-8"))
        return change


def _read(path: Path) -> dict[str, Any]:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(notebook["cells"], list):
            raise KeyError("cells")
    except (OSError, ValueError, KeyError, TypeError):
        raise CourselibError(
            f"{path} cannot be read, so it was not updated. Mend it, or move it away to get a fresh one."
        ) from None
    return dict(notebook)


def merge(own: dict[str, Any], before: dict[str, Any], now: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A learner's notebook brought up to date.

    Args:
        own: The learner's notebook.
        before: The course's, as the learner received it.
        now: The course's, as it is now.

    Returns:
        The new notebook, and the ids of the course's cells that the learner had changed and that stay so. Cells that
        the learner added come behind the cell that they followed.
    """
    own_cells = {cell["id"]: cell for cell in own["cells"] if "id" in cell}
    before_cells = {cell["id"]: cell for cell in before["cells"] if "id" in cell}
    now_ids = {cell["id"] for cell in now["cells"]}
    cells: list[Any] = []
    kept: list[str] = []
    added = dict(_added(own["cells"], set(before_cells) | now_ids))
    cells += added.pop(None, [])
    for cell in now["cells"]:
        mine, given = own_cells.get(cell["id"]), before_cells.get(cell["id"])
        changed = mine is not None and given is not None and _source(mine) != _source(given)
        locked = cell["metadata"].get("nbgrader", {}).get("locked", False)
        if mine is not None and changed and not locked:
            if not cell["metadata"].get("nbgrader", {}).get("solution", False):
                kept.append(cell["id"])
            cells.append({**cell, "source": mine["source"], **_results(mine)})
        elif mine is not None and _source(mine) == _source(cell):
            cells.append({**cell, **_results(mine)})
        else:
            cells.append(cell)
        cells += added.pop(cell["id"], [])
    for rest in added.values():  # they followed a cell that the course no longer has
        cells += rest
    return {**now, "cells": cells}, kept


def _added(cells: list[Any], course_ids: set[str]) -> Iterator[tuple[str | None, list[Any]]]:
    """The learner's own cells, by the id of the course's cell that they follow."""
    place, group = None, list[Any]()
    for cell in cells:
        if cell.get("id") in course_ids:
            if group:
                yield place, group
            place, group = cell["id"], []
        else:
            group.append(cell)
    if group:
        yield place, group


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return ("".join(source) if isinstance(source, list) else source).rstrip()


def _results(cell: dict[str, Any]) -> dict[str, Any]:
    return {name: cell[name] for name in ("outputs", "execution_count") if name in cell}
