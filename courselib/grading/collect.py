"""Collecting submissions: files, folders and download archives in the layouts of the common systems.

| layout | student |
| --- | --- |
| `STUDENT/ASSIGNMENT.ipynb`, `STUDENT/week1/ASSIGNMENT.ipynb` | the folder |
| `ASSIGNMENT/STUDENT.ipynb`, `anything/STUDENT.ipynb` | the file |
| nbgrader: `submitted/STUDENT/PS/NOTEBOOK.ipynb` | the folder under `submitted` |
| Canvas: `lovelaceada_LATE_123_456_NOTEBOOK.ipynb` | `lovelaceada_123` |
| Moodle: `Ada Lovelace_123_assignsubmission_file_/NOTEBOOK.ipynb` | `Ada Lovelace_123` |
| Gradescope: `submission_123/NOTEBOOK.ipynb` and `submission_metadata.yml` | the submitter's email, else the folder |

An archive (`.zip`) is read like the folder that it holds. Nothing is ever unpacked to a path that the archive names.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from courselib.errors import CourselibError

MAX_BYTES = 100 * 2**20  # of one notebook
MAX_METADATA = 8 * 2**20  # of `submission_metadata.yml`
_IGNORED_FOLDERS = {".ipynb_checkpoints", "__pycache__", ".git", "__MACOSX"}
_CANVAS = re.compile(r"(?P<who>[^_]+)(?:_LATE)?_(?P<id>\d+)_\d+_.+")
_MOODLE = re.compile(r"(?P<who>.+_\d+)_assignsubmission_")
_GRADESCOPE = re.compile(r"submission_\d+")
_WEEK = re.compile(r"week\d+")


@dataclass(frozen=True)
class Collected:
    """A notebook that was handed in: a file, or a member of an archive.

    Args:
        path: The file or the archive.
        member: The name inside the archive, or empty.
        student: A name that its place gives, or empty where it depends on the assignment.
    """

    path: Path
    member: str = ""
    student: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.member}" if self.member else str(self.path)

    @property
    def place(self) -> PurePosixPath:
        """Where it lies, as a path whose parts tell student and assignment."""
        return PurePosixPath(self.path.stem, self.member) if self.member else PurePosixPath(self.path.absolute())

    @property
    def depth(self) -> int:
        """How many folders it lies in; an archive counts as one."""
        return len(self.path.absolute().parts) + len(PurePosixPath(self.member).parts)

    def student_of(self, assignment: str) -> str:
        """The student's name, once the assignment is known."""
        return _clean(self.student or self._student_by_place(assignment))

    def _student_by_place(self, assignment: str) -> str:
        *folders, name = self.place.with_suffix("").parts
        if name != assignment:
            return name
        named = [folder for folder in folders if folder not in (assignment, "/") and not _WEEK.fullmatch(folder)]
        return named[-1] if named else name

    def read(self) -> bytes:
        """The contents.

        Raises:
            CourselibError: If it cannot be read, is a symbolic link, or is larger than any notebook should be.
        """
        try:
            if self.member:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
                    content = file.read(MAX_BYTES + 1)  # whatever size the archive claims
            elif self.path.is_symlink():
                raise CourselibError(f"{self} is a symbolic link. Submissions must be files of their own.")
            elif not _is_regular(self.path):
                raise CourselibError(f"{self} is not a regular file.")
            elif self.path.suffix == ".zip":
                raise CourselibError(f"{self} is not a zip archive that can be read.")
            else:
                with open(self.path, "rb") as opened:
                    content = opened.read(MAX_BYTES + 1)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, KeyError) as error:
            raise CourselibError(f"Cannot read {self}: the archive is damaged ({error}).") from None
        except OSError as error:
            raise CourselibError(f"Cannot read {self}: {error.strerror or error}.") from None
        if len(content) > MAX_BYTES:
            raise CourselibError(f"{self} is too large: at most {MAX_BYTES >> 20} MB are read.")
        return content

    def submitted_at(self) -> str:
        """When it was handed in, as ISO 8601 in UTC, or empty.

        nbgrader writes it into `timestamp.txt` beside the notebook. Elsewhere it is the file's own time, which survives
        a download as an archive.
        """
        try:
            if self.member:
                with zipfile.ZipFile(self.path) as archive:
                    moment = datetime(*archive.getinfo(self.member).date_time)  # the archive's own clock
            elif (stamp := self.path.with_name("timestamp.txt")).is_file():
                text = stamp.read_text(encoding="utf-8")[:40].strip().removesuffix(" UTC")
                moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
            else:
                moment = datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return ""
        return moment.astimezone(UTC).isoformat(timespec="seconds")


def collect(paths: Iterable[Path]) -> list[Collected]:
    """The notebooks in some files, folders and archives, sorted within each, each once.

    Raises:
        CourselibError: If a path does not exist or cannot be read, or a folder or archive holds no notebook.
    """
    found: dict[tuple[Path, str], Collected] = {}
    for path in paths:
        if path.is_dir():
            # What lies deeper comes later: a learner's own folder counts before one of that name in another's.
            items = sorted(_in_folder(path), key=lambda item: (item.depth, str(item)))
        elif path.suffix == ".zip" and path.exists():
            items = _in_archive(path)
        elif path.exists() or path.is_symlink():
            items = [Collected(path)]
        else:
            raise CourselibError(f"No such file or folder: {path}.")
        if not items:
            raise CourselibError(f"No notebooks in {path}: expected .ipynb files, as in STUDENT/ASSIGNMENT.ipynb.")
        found.update({(item.path, item.member): item for item in items})
    return list(found.values())


def _in_folder(folder: Path) -> Iterator[Collected]:
    def stop(error: OSError) -> None:
        raise CourselibError(f"Cannot read the folder {error.filename}: {error.strerror}.")

    names: dict[str, str] = {}
    for place, folders, files in os.walk(folder, onerror=stop):
        folders[:] = [name for name in folders if name not in _IGNORED_FOLDERS]
        metadata = Path(place, "submission_metadata.yml")
        if any(map(_GRADESCOPE.fullmatch, folders)) and _is_regular(metadata):
            with open(metadata, "rb") as opened:
                found = _gradescope_names(opened.read(MAX_METADATA))
            names |= {str(PurePosixPath(metadata.relative_to(folder.parent).parent, one)): who for one, who in found}
        for name in files:
            if name.endswith(".ipynb"):
                path = Path(place, name)
                yield Collected(path, student=_student(PurePosixPath(path.relative_to(folder.parent)), names))
            elif name.endswith(".zip") and _is_regular(path := Path(place, name)):
                try:
                    yield from _in_archive(path)
                except CourselibError:  # reading it will say so: one learner's file must not stop the others
                    yield Collected(path, student=_student(PurePosixPath(path.relative_to(folder.parent)), names))


def _in_archive(path: Path) -> list[Collected]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [item.filename for item in archive.infolist() if not item.is_dir()]
            names: dict[str, str] = {}
            for member in members:
                if PurePosixPath(member).name == "submission_metadata.yml":
                    with archive.open(member) as file:
                        found = _gradescope_names(file.read(MAX_METADATA))
                    names |= {str(PurePosixPath(member).parent / folder): who for folder, who in found}
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise CourselibError(f"{path} is not a zip archive that can be read ({error}).") from None
    notebooks = (
        member for member in sorted(members)
        if member.endswith(".ipynb") and not _IGNORED_FOLDERS & set(PurePosixPath(member).parts)
    )  # fmt: skip
    return [Collected(path, member, _student(PurePosixPath(member), names)) for member in notebooks]


def _student(place: PurePosixPath, gradescope_names: dict[str, str]) -> str:
    """The student's name as one of the known systems writes it into a path, or empty."""
    *folders, _ = place.parts
    for depth, folder in enumerate(folders, start=1):  # the outermost: what is further in, the learner wrote
        if match := _MOODLE.match(folder):
            return match["who"]
        if _GRADESCOPE.fullmatch(folder):
            return gradescope_names.get(str(PurePosixPath(*folders[:depth])), folder)
    if "submitted" in folders[:-1]:
        return folders[folders.index("submitted") + 1]
    if match := _CANVAS.fullmatch(place.stem):
        return f"{match['who']}_{match['id']}"
    return ""


def _is_regular(path: Path) -> bool:
    """Whether it is a file, not a link to one, nor a pipe that somebody would wait for."""
    return path.is_symlink() is False and path.exists() and stat.S_ISREG(path.stat().st_mode)


def _clean(name: str) -> str:
    """A name that every file system, page and terminal can hold."""
    printable = "".join(c if c.isprintable() else "_" for c in name)
    return printable.encode()[:150].decode(errors="ignore")


def _gradescope_names(text: bytes) -> list[tuple[str, str]]:
    """From Gradescope's `submission_metadata.yml`: submission folder -> the submitter's name."""
    import yaml

    try:
        data: Any = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        items = [(str(folder), entry[":submitters"][0]) for folder, entry in data.items()]
        named = [(folder, who.get(":email") or who[":name"]) for folder, who in items]
        return [(folder, who) for folder, who in named if isinstance(who, str)]
    except (yaml.YAMLError, AttributeError, KeyError, IndexError, TypeError, ValueError, RecursionError):
        return []
