"""What a submission may try. None gets more points than its honest code is worth, and none harms anybody else.

`notebooks/` holds one attack per file, as a percent script that says on top what it tries. In each, `double` (60
points) is wrong and `quadruple` (40 points) is right or wrong; a class of attackers, with honest submissions before,
among and behind them, is graded by the real command in one run, and each test looks at one side of what came of it.

An attack that reaches what it should not raises an error that begins with LOOT, and a canary tells where else
something leaked. Every attack knows more than a learner could: the paths of keys, grades and other submissions.
"""

from __future__ import annotations

import csv
import html
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest

import courselib
from courselib.grading.kernels.sandbox import protections
from courselib.grading.key import read_key
from tests.attacks.arena import Arena, Outcome, cells, describe, fingerprint

NOTEBOOKS = {path.stem: path for path in sorted(Path(__file__).with_name("notebooks").glob("*.py"))}
# These aim at the grader itself, so each has a run of its own.
ALONE = {
    "broken_text", "flood_of_forged_messages", "flood_of_replies", "large_forged_messages", "large_messages",
    "hide_that_the_input_changed", "sacrifice_an_exercise",
}  # fmt: skip
IN_CLASS = sorted(set(NOTEBOOKS) - ALONE)
HONEST = ("ada-before", "honest-among-them", "zoe-after")
FULL = {"double": 60, "quadruple": 40}
MOST_MB = 1500  # of one worker, whatever comes out of its kernels
SECONDS = 400  # for the whole class; it takes about a hundred

pytestmark = pytest.mark.skipif(
    {"limits", "namespaces", "landlock", "seccomp"} - {item.name for item in protections() if item.active} != set(),
    reason="this host cannot keep attacks in",
)


class Listeners:
    """Servers that no submission should reach."""

    def __init__(self, folder: Path) -> None:
        self.reached: list[str] = []
        self._sockets = {
            "tcp": socket.create_server(("127.0.0.1", 0)),
            "udp": socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
            "unix": socket.socket(socket.AF_UNIX),
            "abstract": socket.socket(socket.AF_UNIX),
        }
        self._sockets["udp"].bind(("127.0.0.1", 0))
        self._sockets["unix"].bind(f"/tmp/{folder.name}-{os.getpid()}.sock")
        self._sockets["abstract"].bind(f"\0courselib-attacks-{os.getpid()}")
        for name, one in self._sockets.items():
            if name != "udp":
                one.listen()
            threading.Thread(target=self._listen, args=(name, one), daemon=True).start()

    def _listen(self, name: str, one: socket.socket) -> None:
        while True:
            try:
                one.recv(10) if name == "udp" else one.accept()[0].close()
            except OSError:
                return
            self.reached.append(name)

    def places(self) -> dict[str, Any]:
        """Where they listen."""
        ports = {name: self._sockets[name].getsockname()[1] for name in ("tcp", "udp")}
        abstract = self._sockets["abstract"].getsockname()
        return {**ports, "unix": self._sockets["unix"].getsockname(), "abstract": abstract.decode()}

    def close(self) -> None:
        Path(self._sockets["unix"].getsockname()).unlink()
        for one in self._sockets.values():
            with one:
                if one.type == socket.SOCK_STREAM:
                    one.shutdown(socket.SHUT_RDWR)


class ClassOfAttackers:
    """The one run in which all attacks are graded, and what the world looked like before and after."""

    def __init__(self, course: Path, place: Path) -> None:
        self.arena = Arena(course, place)
        self.listeners = Listeners(place)
        self.arena.honest("ada-before")
        self.first = self.arena.grade()
        for student in HONEST:
            self.arena.honest(student)
        for name in IN_CLASS:
            self.arena.attack(NOTEBOOKS[name], name, **self.listeners.places())
        self.before = self._world()
        self.outcome = self.arena.grade(seconds=SECONDS)
        self.reached = list(self.listeners.reached)
        self.after = self._world()

    def _world(self) -> dict[str, Any]:
        arena = self.arena
        packages = [Path(numpy.__file__).parents[1], Path(courselib.__path__[0]), Path(os.__file__).parent]
        return fingerprint(arena.keys, arena.home, arena.submissions, arena.course, *packages)


@pytest.fixture(scope="module")
def attackers(built_toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClassOfAttackers]:
    place = tmp_path_factory.mktemp("attacks")
    shutil.copytree(built_toy, place / "toy_course")
    found = ClassOfAttackers(place / "toy_course", place)
    yield found
    found.listeners.close()


@pytest.fixture
def arena(toy: Path, tmp_path: Path) -> Arena:
    return Arena(toy, tmp_path / "arena")


def test_there_are_enough_and_each_says_what_it_tries() -> None:
    assert len(NOTEBOOKS) >= 60
    assert all(describe(path).endswith(".") for path in NOTEBOOKS.values())


# ------------------------------------------------------------------------------------------------ the class


@pytest.mark.parametrize("name", IN_CLASS)
def test_no_attack_is_worth_more_than_its_honest_code(attackers: ClassOfAttackers, name: str) -> None:
    report = attackers.outcome.reports[name]
    assert report["graded"], report["problems"]
    points = attackers.outcome.points(name)
    assert points["double"] == 0
    assert points["quadruple"] in (0, 40)
    said = [{**exercise, "code": ""} for exercise in report["exercises"]]  # its own code names what it looks for
    assert "LOOT" not in json.dumps({**report, "exercises": said})


@pytest.mark.parametrize("student", HONEST)
def test_honest_submissions_beside_them_get_what_they_earned(attackers: ClassOfAttackers, student: str) -> None:
    assert attackers.outcome.points(student) == FULL
    assert attackers.outcome.reports[student]["problems"] == []


def test_the_run_ends_by_itself(attackers: ClassOfAttackers) -> None:
    assert attackers.outcome.status == 0, attackers.outcome.err
    assert len(attackers.outcome.reports) == len(IN_CLASS) + len(HONEST)


def test_what_was_graded_before_stays_as_it_was(attackers: ClassOfAttackers) -> None:
    assert attackers.first.points("ada-before") == FULL
    assert attackers.outcome.reports["ada-before"] == attackers.first.reports["ada-before"]


def test_the_gradebook_says_what_the_reports_say(attackers: ClassOfAttackers) -> None:
    with open(attackers.arena.grades / "gradebook.csv", newline="", encoding="utf-8") as file:
        rows = {row["student"]: int(row["points"]) for row in csv.DictReader(file)}
    assert rows == {student: report["points"] for student, report in attackers.outcome.reports.items()}


def test_no_file_outside_was_touched(attackers: ClassOfAttackers) -> None:
    changed = set(attackers.before.items()) ^ set(attackers.after.items())
    assert sorted({path for path, _ in changed}) == []
    found = {path.name for path in attackers.arena.grades.rglob("*") if path.is_file()}
    assert found == {"gradebook.csv", "index.html"} | {
        f"{name}.{suffix}" for name in (*IN_CLASS, *HONEST) for suffix in ("json", "html")
    }


def test_nothing_secret_came_out(attackers: ClassOfAttackers) -> None:
    texts = [path.read_text() for path in attackers.arena.grades.rglob("*") if path.is_file()]
    assert attackers.arena.canary not in "".join([*texts, attackers.outcome.out, attackers.outcome.err])


def test_no_process_goes_on(attackers: ClassOfAttackers) -> None:
    assert attackers.outcome.survivors == []


def test_no_temporary_file_stays(attackers: ClassOfAttackers) -> None:
    assert attackers.outcome.left_behind == []


def test_no_server_was_reached(attackers: ClassOfAttackers) -> None:
    assert attackers.reached == []


def test_the_memory_of_the_workers_stays_small(attackers: ClassOfAttackers) -> None:
    assert attackers.outcome.worker_mb < MOST_MB


def test_the_class_page_shows_text_and_runs_nothing(attackers: ClassOfAttackers) -> None:
    pages = {path: path.read_text() for path in (attackers.arena.grades / "report").rglob("*.html")}
    assert any("&lt;script&gt;alert" in page for page in pages.values())
    assert [path.name for path, page in pages.items() if "<script" in page] == ["index.html"]  # it sorts tables
    assert "script-src 'sha256-" in html.unescape(pages[attackers.arena.grades / "report" / "index.html"])
    assert not any("<img" in page or "\x1b" in page for page in pages.values())


# ------------------------------------------------------------------------------------------------ controls


CONTROL = """
import json, sys
PLACES, argument, sources = json.loads(sys.stdin.read())
names = {"PLACES": PLACES}
for source in sources:
    exec(source, names)
try:
    print("returned", names["double"](argument))
except Exception as error:
    print("raised", error)
"""


@pytest.mark.parametrize(
    "name",
    [
        "read_environment", "read_hidden_keys", "read_other_submissions", "read_proc", "read_solutions",
        "search_memory_for_keys", "use_the_network",
    ],
)  # fmt: skip
def test_where_nothing_stops_it_the_attack_works(attackers: ClassOfAttackers, name: str, tmp_path: Path) -> None:
    """Otherwise the tests above could not fail."""
    arena = attackers.arena
    exercise = read_key(arena.keys / "toy.key").exercise("double")
    assert exercise is not None
    (argument,) = exercise.cases[0].args
    sources = [source for head, source in cells(NOTEBOOKS[name]) if head.split()[:1] in ([], ["double"])]
    if name == "search_memory_for_keys":
        sources.insert(0, f"from courselib.grading.key import *\nk = read_key(Path({str(arena.keys / 'toy.key')!r}))")
    done = subprocess.run(
        [sys.executable, "-c", CONTROL], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
        input=json.dumps([arena.places(**attackers.listeners.places()), argument, sources]),
        env={**os.environ, "SECRET_OF_THE_GRADER": arena.canary},
    )  # fmt: skip
    assert done.stdout.startswith(("raised LOOT", f"returned {2 * argument}")), done.stdout


def test_the_public_key_would_help_against_the_public_key(arena: Arena) -> None:
    arena.attack(NOTEBOOKS["answer_with_the_public_key"], "eve")
    assert arena.grade(keys=arena.course / "assignments").points("eve") == FULL


# ------------------------------------------------------------------------------------------------ on the grader itself


def beside(arena: Arena, name: str, **options: Any) -> Outcome:
    """Grade an attack between two honest submissions."""
    for student in HONEST[::2]:
        arena.honest(student)
    arena.attack(NOTEBOOKS[name], "eve")
    outcome = arena.grade(**options)
    for student in HONEST[::2]:
        assert outcome.points(student) == FULL
    return outcome


@pytest.mark.parametrize("name", sorted(ALONE - {"hide_that_the_input_changed", "sacrifice_an_exercise"}))
def test_whoever_aims_at_the_grader_harms_only_himself(arena: Arena, name: str) -> None:
    outcome = beside(arena, name, seconds=60)
    assert outcome.status == 0, outcome.err
    assert outcome.points("eve")["double"] == 0
    assert outcome.survivors == outcome.left_behind == []
    assert outcome.worker_mb < MOST_MB


def test_who_fakes_what_only_the_kernel_can_see_is_named(arena: Arena) -> None:
    """That an input was changed is a claim of the kernel. Faking it earns what a copy would earn, but not unseen."""
    arena.honest("honest", {"double": "def double(x):\n    x *= 2\n    return x"})
    outcome = beside(arena, "hide_that_the_input_changed")
    assert outcome.points("honest")["double"] == 0
    assert any("it reaches for the grader" in problem for problem in outcome.reports["eve"]["problems"])


def test_the_solution_of_a_later_exercise_does_not_answer_an_earlier_one(arena: Arena) -> None:
    """In an assignment where `quadruple` does not call `double`, so that a sacrifice would pay."""
    notebook = json.loads(arena.solution.read_text())
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace("return double(double(x))", "return 4 * x")
    arena.solution.write_text(json.dumps(notebook))
    outcome = beside(arena, "sacrifice_an_exercise")
    assert outcome.points("eve") == {"double": 0, "quadruple": 0}
