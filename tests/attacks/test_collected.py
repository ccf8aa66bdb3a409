"""What a learner may hand in beside, around or instead of a notebook. None of it stops the run or moves a grade.

All of it lies in one class, between honest submissions, and is graded in one run.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attacks.arena import WRONG, Arena, Outcome
from tests.conftest import write_submission

FULL = {"double": 60, "quadruple": 40}
WRONG_POINTS = {"double": 0, "quadruple": 40}
HONEST = ("ada", "mia", "zoe")

# Names of folders, and so of learners.
NAMES = {
    "as long as a name can be": b"e" * 255,
    "long in bytes": "é".encode() * 127,
    "not UTF-8": b"ev\xff\xfee",
    "a line break": b"eve\nada,toy,100,100",
    "terminal commands": b"eve\x1b]0;owned\x07\x1b[2J",
    "HTML": b"<script>alert('owned')<",
    "a formula": b"=cmd|calc!A0",
    "a template": b"{{ 7 * 7 }}{% raise %}",
    "dots": b"...",
    "markup": b"[bold][link=http:example.org]eve",
    "a report": b"ada.json",
    "an option": b"--help",
    "an assignment": b"toy",
    "a number": b"zoe (2)",
}


def folder_link(arena: Arena) -> None:
    """A link to the folder of another one."""
    (arena.submissions / "linked").symlink_to(arena.submissions / "ada")


def folder_with_the_name_of_a_notebook(arena: Arena) -> None:
    (arena.submissions / "folder/toy.ipynb").mkdir(parents=True)


def pipe_of_names(arena: Arena) -> None:
    """Whoever opens a pipe waits for somebody at its other end."""
    os.mkfifo(place(arena, "pipes/submission_metadata.yml"))


def pipe_of_archives(arena: Arena) -> None:
    os.mkfifo(place(arena, "pipes/more.zip"))


def endless_names(arena: Arena) -> None:
    place(arena, "endless/submission_metadata.yml").symlink_to("/dev/zero")


def broken_archive(arena: Arena) -> None:
    place(arena, "broken/data.zip").write_bytes(b"PK\x03\x04 and no more")


def archive_without_notebooks(arena: Arena) -> None:
    with zipfile.ZipFile(place(arena, "pictures/data.zip"), "w") as archive:
        archive.writestr("picture.png", b"")


def bomb_of_names(arena: Arena) -> None:
    """A kilobyte of YAML that stands for ten billion words."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    lines += ["submission_1:", "  :submitters:", "    - :email: *a9"]
    place(arena, "bomb/submission_metadata.yml").write_text("\n".join(lines))
    (arena.submissions / "bomb/submission_1").mkdir()


def ten_megabytes_of_names(arena: Arena) -> None:
    place(arena, "many/submission_metadata.yml").write_text("- {a: [b, c], d: 'e'}\n" * 500_000)


HARMLESS = [
    folder_link, folder_with_the_name_of_a_notebook, pipe_of_names, pipe_of_archives, endless_names, broken_archive,
    archive_without_notebooks, bomb_of_names, ten_megabytes_of_names,
]  # fmt: skip


def link_to_the_key(arena: Arena) -> str:
    """Its text might be shown in an error."""
    place(arena, "link-key/toy.ipynb").symlink_to(arena.keys / "toy.key")
    return "is a symbolic link"


def link_to_another(arena: Arena) -> str:
    place(arena, "link-ada/toy.ipynb").symlink_to(arena.submissions / "ada/toy.ipynb")
    return "is a symbolic link"


def link_to_nothing(arena: Arena) -> str:
    place(arena, "link-nothing/toy.ipynb").symlink_to("nowhere")
    return "is a symbolic link"


def link_to_itself(arena: Arena) -> str:
    place(arena, "link-itself/toy.ipynb").symlink_to("toy.ipynb")
    return "is a symbolic link"


def pipe(arena: Arena) -> str:
    os.mkfifo(place(arena, "pipe/toy.ipynb"))
    return "is not a regular file"


def zip_bomb(arena: Arena) -> str:
    with (
        zipfile.ZipFile(place(arena, "zip-bomb/work.zip"), "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("toy.ipynb", "w") as member,
    ):
        for _ in range(300):
            member.write(b" " * 2**20)
    return "is too large: at most 100 MB are read."


REFUSED = [link_to_the_key, link_to_another, link_to_nothing, link_to_itself, pipe, zip_bomb]


def nested(arena: Arena, victim: str) -> Path:
    """A folder with the name of another one."""
    return write_submission(arena.solution, arena.submissions / f"a-{victim}", victim, {"double": WRONG})


def as_canvas_names_it(arena: Arena, victim: str) -> Path:
    path = place(arena, f"a-{victim}/{victim}_1_2_toy.ipynb")
    path.write_bytes(wrong(arena))
    return path


def zipped(arena: Arena, victim: str) -> Path:
    """An archive with a notebook of another one."""
    path = place(arena, f"a-{victim}/work.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{victim}/toy.ipynb", wrong(arena))
    return path


def climbing(arena: Arena, victim: str) -> Path:
    """An archive whose notebook claims to lie in the folder of another one."""
    path = place(arena, f"a-{victim}/work.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for name in (f"../{victim}/toy.ipynb", str(arena.submissions / victim / "toy.ipynb")):
            archive.writestr(name, wrong(arena))
    return path


TRICKS = [nested, as_canvas_names_it, zipped, climbing]


def place(arena: Arena, name: str) -> Path:
    path = arena.submissions / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def right(arena: Arena) -> bytes:
    return (arena.submissions / "ada/toy.ipynb").read_bytes()


def wrong(arena: Arena) -> bytes:
    return right(arena).replace(b"2 * x", b"3 * x")


def gradescope(arena: Arena) -> None:
    """An export of two submissions, the first of which brings a file that only Gradescope should write."""
    export = arena.submissions / "export"
    write_submission(arena.solution, export, "submission_1", {"double": WRONG})
    write_submission(arena.solution, export, "submission_2", {})
    for folder, first, second in ((export, "thief", "owner"), (export / "submission_1", "nobody", "thief")):
        names = {
            "submission_1": {":submitters": [{":email": first}]},
            "submission_2": {":submitters": [{":email": second}]},
        }
        (folder / "submission_metadata.yml").write_text(json.dumps(names))


class OddClass:
    """The one run, and what had been handed in."""

    def __init__(self, course: Path, folder: Path) -> None:
        self.arena = Arena(course, folder)
        for student in HONEST:
            self.arena.honest(student)
        for make in HARMLESS:
            make(self.arena)
        self.refused = {make.__name__: make(self.arena) for make in REFUSED}
        for number, name in enumerate(NAMES.values(), start=1):
            path = Path(os.fsdecode(os.fsencode(self.arena.submissions) + b"/" + name + b"/toy.ipynb"))
            path.parent.mkdir()
            path.write_bytes(right(self.arena) + b"\n" * number)  # so that each can be told by its digest
        self.victims = {trick.__name__: f"victim-{trick.__name__}" for trick in TRICKS}
        for trick in TRICKS:
            victim = self.victims[trick.__name__]
            self.arena.honest(victim)
            trick(self.arena, victim)
        gradescope(self.arena)
        self.outcome: Outcome = self.arena.grade(seconds=120)


@pytest.fixture(scope="module")
def odd(built_toy: Path, tmp_path_factory: pytest.TempPathFactory) -> OddClass:
    folder = tmp_path_factory.mktemp("odd")
    shutil.copytree(built_toy, folder / "toy_course")
    return OddClass(folder / "toy_course", folder)


def test_nothing_of_it_stops_the_run(odd: OddClass) -> None:
    assert odd.outcome.status == 1, odd.outcome.err
    assert "Traceback" not in odd.outcome.err
    assert odd.outcome.survivors == odd.outcome.left_behind == []
    assert odd.outcome.worker_mb < 500


@pytest.mark.parametrize("student", HONEST)
def test_the_others_get_what_they_earned(odd: OddClass, student: str) -> None:
    assert odd.outcome.points(student) == FULL


@pytest.mark.parametrize("make", REFUSED, ids=lambda make: make.__name__)
def test_what_is_no_file_of_its_own_is_refused(odd: OddClass, make: Callable[[Arena], str]) -> None:
    folder = f"/{make.__name__.replace('link_to_the_', 'link-').replace('link_to_another', 'link-ada')}"
    folder = folder.replace("link_to_", "link-").replace("_", "-")
    problems = [one["problems"] for one in odd.outcome.reports.values() if not one["graded"]]
    assert [one for (one,) in problems if f"{folder}/" in one and odd.refused[make.__name__] in one]


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_any_name_is_only_a_name(odd: OddClass, name: bytes) -> None:
    """It gets a report of full points; some names have to be shortened or cleaned."""
    content = right(odd.arena) + b"\n" * (1 + list(NAMES.values()).index(name))
    digest = hashlib.sha256(content).hexdigest()
    (report,) = [one for one in odd.outcome.reports.values() if one["submission_sha256"] == digest]
    assert report["points"] == 100
    beginning = "".join(c if c.isprintable() else "_" for c in name.decode(errors="surrogateescape"))[:20]
    assert report["student"].startswith(beginning) or name == b"toy"  # there it is the folder above


def test_names_do_not_break_what_is_shown(odd: OddClass) -> None:
    page = (odd.arena.grades / "report" / "index.html").read_text()
    assert page.count("<script") == 1  # it sorts tables
    assert "\x1b" not in page + odd.outcome.err
    assert len((odd.arena.grades / "gradebook.csv").read_text().splitlines()) == len(odd.outcome.reports) + 1
    assert {path.parent.name for path in odd.arena.grades.rglob("*.json")} <= {"toy", "_"}


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick.__name__)
def test_nobody_can_hand_in_for_somebody_else(odd: OddClass, trick: Callable[[Arena, str], Path]) -> None:
    """The attacker's folder comes first, and so would what is in it."""
    assert odd.outcome.points(odd.victims[trick.__name__]) == FULL


def test_nobody_can_take_the_work_of_somebody_else(odd: OddClass) -> None:
    assert odd.outcome.points("owner") == FULL
    assert odd.outcome.points("thief") == WRONG_POINTS


def test_modules_in_the_working_directory_are_not_imported(toy: Path, tmp_path: Path) -> None:
    """The grader may run where the submissions are, and learners hand in files of any name."""
    arena = Arena(toy, tmp_path / "arena")
    path = arena.honest("ada")
    for name in ("base64", "numpy", "pytest", "nbval", "json", "sitecustomize"):
        place(arena, f"{name}.py").write_text(f"open({str(arena.place / 'owned')!r}, 'w').close()\nraise SystemExit\n")
    outcome = arena.grade(path, cwd=arena.submissions, seconds=30)
    assert not (arena.place / "owned").exists()
    assert outcome.points("ada") == FULL
