"""What the learner's checks said so far: remembered in the workspace, and shown as a small picture in the notebook."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

from courselib.files import write_text
from courselib.grading.judge import Verdict
from courselib.grading.key import Key, KeyedExercise

WORKSPACE_MARKER = ".courselib"
_FILE = "progress.json"
_DONE, _TRIED = "#00796b", "#c2410c"  # told apart by colour-blind readers, and by their marks


@dataclass(frozen=True)
class Standing:
    """How an exercise stood when it was last checked. `mistake` names the mistake that it looked like."""

    passed: bool
    mistake: str = ""


Standings = dict[str, dict[str, Standing]]  # assignment -> exercise -> how it stands


def progress_path(start: Path | None = None) -> Path | None:
    """The file of the workspace that a folder lies in, or None outside of one."""
    start = (start or Path.cwd()).absolute()
    markers = (folder / WORKSPACE_MARKER for folder in (start, *start.parents))
    return next((marker / _FILE for marker in markers if marker.is_dir()), None)


def read_standings(path: Path | None) -> Standings:
    """What is remembered; nothing where the file is missing or damaged, since checks can be run again."""
    standings: Standings = {}
    if path is not None:
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            for assignment, exercises in json.loads(path.read_text(encoding="utf-8")).items():
                standings[assignment] = {name: Standing(**one) for name, one in exercises.items()}
    return standings


def remember(path: Path | None, assignment: str, verdict: Verdict) -> None:
    """Remember a verdict, where there is a workspace. A file that cannot be written is no reason to fail a check."""
    if path is None:
        return
    standings = read_standings(path)
    standings.setdefault(assignment, {})[verdict.name] = standing(verdict)
    data = {name: {one: asdict(own) for one, own in exercises.items()} for name, exercises in standings.items()}
    with contextlib.suppress(OSError):
        write_text(path, json.dumps(data, indent=1) + "\n")


def standing(verdict: Verdict) -> Standing:
    """What of a verdict is remembered."""
    return Standing(verdict.passed, verdict.mistakes[0].name if verdict.mistakes else "")


@dataclass(frozen=True)
class ProgressPicture:
    """A bar with a part for each exercise, as wide as its points; `str` says the same in words."""

    key: Key
    standings: dict[str, Standing]

    def _state(self, exercise: KeyedExercise) -> tuple[str, str, str]:
        """Its colour, mark and state in words."""
        own = self.standings.get(exercise.name)
        if own is None:
            return "transparent", "", "not checked yet"
        return (_DONE, "✔", "done") if own.passed else (_TRIED, "✘", f"not yet {own.mistake.replace('_', ' ')}".strip())

    def __str__(self) -> str:
        done = [one for one in self.key.exercises if one.name in self.standings and self.standings[one.name].passed]
        points = sum(exercise.points for exercise in done)
        return f"{points} of {self.key.max_points} points, {len(done)} of {len(self.key.exercises)} exercises"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts: list[str] = []
        for exercise in self.key.exercises:
            colour, mark, state = self._state(exercise)
            parts.append(
                f'<span title="{escape(exercise.name)}: {exercise.points} points, {escape(state)}" style="flex:'
                f"{exercise.points} 1 0;background:{colour};border:1px solid #888;border-radius:2px;color:#fff;"
                f'font-size:10px;line-height:14px;height:14px;text-align:center;overflow:hidden">{mark}</span>'
            )
        return (
            f'<div role="img" aria-label="Your progress: {escape(str(self))}" style="max-width:60em;margin:4px 0">'
            f'<div style="font-size:13px;margin-bottom:3px">{escape(str(self))}</div>'
            f'<div style="display:flex;gap:2px">{"".join(parts)}</div></div>'
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": str(self)}
