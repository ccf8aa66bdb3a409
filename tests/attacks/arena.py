"""Where attacks meet the grader: a course, hidden keys, canaries, and the real command in a process of its own."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import courselib
from courselib.authoring.build import write_keys
from tests.conftest import code_cell, write_submission

WATCH = Path(__file__).with_name("watch.py")
_CELL = re.compile(r"^# %%(?P<head>.*)\n", flags=re.MULTILINE)
_TAGS = re.compile(r"tags=(?P<tags>\[.*\])")
WRONG = "def double(x):\n    return x\n"
SEED = "what no learner knows"


@dataclass(frozen=True)
class Outcome:
    """What came of a run of `courselib grade`.

    Args:
        status: The exit status; None when it had to be stopped.
        reports: The reports on disk, by student.
        out: Standard output, and
        err: standard error.
        survivors: Command lines of processes that outlived the run.
        left_behind: What remains in the directory for temporary files.
        worker_mb: The most memory that one worker took.
        seconds: How long it took.
    """

    status: int | None
    reports: dict[str, dict[str, Any]]
    out: str
    err: str
    survivors: list[str]
    left_behind: list[str]
    worker_mb: int
    seconds: float

    def points(self, student: str) -> dict[str, int]:
        """A student's points per exercise."""
        return {one["name"]: one["points"] for one in self.reports[student]["exercises"]}


class Arena:
    """A course with hidden keys, and canaries in the places that a submission must not reach.

    Args:
        course: A built toy course that may be changed.
        place: An empty folder.
    """

    def __init__(self, course: Path, place: Path) -> None:
        self.course, self.place = course, place
        self.keys, self.submissions = place / "keys", place / "submissions"
        self.grades, self.home = place / "grades", place / "home"
        self.solution = course / "solutions/week1/toy.ipynb"
        self.canary = f"canary-{secrets.token_hex(12)}"
        for folder in (self.keys, self.submissions, self.home):
            folder.mkdir(parents=True)
        write_keys([course / "solutions/week1/toy.py"], SEED, self.keys)
        for path in (self.home / "private.txt", self.home / ".ssh/id_ed25519", self.submissions / "canary.txt"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{self.canary}\n")

    def honest(self, student: str, answers: Mapping[str, str] = {}) -> Path:
        """Hand in the solution."""
        return write_submission(self.solution, self.submissions, student, answers)

    def attack(self, path: Path, student: str, **places: object) -> Path:
        """Hand in an attack: its cells `double` and `quadruple` answer, the others come before and after.

        Every cell finds a dictionary PLACES, which tells it more than any learner could know.
        """
        before, after, answers = [], [], {"double": WRONG}
        for head, source in cells(path):
            if head.split()[:1] in (["double"], ["quadruple"]):
                answers[head.split()[0]] = source
            else:
                tags = _TAGS.search(head)
                metadata = {"tags": json.loads(tags["tags"])} if tags else {}
                known = after if len(answers) > 1 or "after" in head else before
                known.append(code_cell(source, f"attack-{len(before) + len(after)}", **metadata))

        def change(notebook: list[dict[str, Any]]) -> None:
            notebook[:0] = [code_cell(f"PLACES = {self.places(**places)!r}", "places"), *before]
            notebook += after

        return write_submission(self.solution, self.submissions, student, answers, change)

    def places(self, **more: object) -> dict[str, Any]:
        """What an attack is told."""
        folders = {"course": self.course, "keys": self.keys, "submissions": self.submissions, "grades": self.grades}
        public = (self.course / "assignments/week1/toy.key").read_text()
        found = {name: str(path) for name, path in (folders | {"home": self.home}).items()}
        package = str(Path(courselib.__path__[0]))
        return {**found, "package": package, "public_key": public, **more}

    def grade(self, *paths: Path, seconds: float = 100, timeout: float = 4, **options: Any) -> Outcome:
        """Run `courselib grade`.

        Args:
            paths: What to grade; all submissions by default.
            seconds: When the run is stopped.
            timeout: The time that a cell gets.
            options: `cwd`, the working directory; `keys`, other keys; `jobs`.
        """
        # The name must be short: sockets lie in it.
        temporary = Path(tempfile.mkdtemp(prefix="arena-", dir="/tmp"))
        result = self.place / "seen.json"
        result.unlink(missing_ok=True)
        command = [sys.executable, "-P", "-m", "courselib", "grade", *map(str, paths or (self.submissions,))]
        command += ["--key", str(options.get("keys", self.keys)), "--out", str(self.grades)]
        command += ["--cell-timeout", str(timeout), "--jobs", str(options.get("jobs", 2)), "--format", "json"]
        env = {**os.environ, "HOME": str(self.home), "TMPDIR": str(temporary), "SECRET_OF_THE_GRADER": self.canary}
        try:
            done = subprocess.run(
                [sys.executable, "-P", str(WATCH), str(result), str(seconds), *command],
                cwd=options.get("cwd", self.course), env=env, capture_output=True, text=True, errors="replace",
                timeout=seconds + 60, check=False,
            )  # fmt: skip
            seen = json.loads(result.read_text())
            left_behind = sorted(os.listdir(temporary))
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        paths_of_reports = (self.grades / "reports").glob("*/*.json")
        reports = {data["student"]: data for data in (json.loads(path.read_text()) for path in paths_of_reports)}
        return Outcome(
            seen["status"], reports, done.stdout, done.stderr, seen["survivors"], left_behind, seen["worker_mb"],
            seen["seconds"],
        )  # fmt: skip


def cells(path: Path) -> list[tuple[str, str]]:
    """The cells of a percent script, with what stands behind `# %%`."""
    _docstring, *parts = _CELL.split(path.read_text(encoding="utf-8"))
    return [(head.strip(), source.strip() + "\n") for head, source in zip(parts[::2], parts[1::2], strict=True)]


def describe(path: Path) -> str:
    """What an attack says that it tries."""
    return path.read_text(encoding="utf-8").split('"""')[1]


def fingerprint(*folders: Path) -> dict[str, tuple[int, int]]:
    """Name, size and time of change of every file below some folders; links are not followed."""
    found = {}
    for folder in folders:
        for place, names, files in os.walk(folder):
            names[:] = [name for name in names if name != "__pycache__"]
            for name in (*files, *names):
                status = os.lstat(os.path.join(place, name))
                found[os.path.join(place, name)] = (status.st_size if name in files else 0, status.st_mtime_ns)
    return found
