"""What learners receive: everything they need, and nothing that gives a solution or a hidden key away."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pytest

from courselib.authoring.build import write_keys
from courselib.authoring.release import release
from courselib.authoring.source import BEGIN_SOLUTION, END_SOLUTION, find_sources, read_source
from courselib.cli import main
from courselib.errors import CourselibError


@pytest.fixture(scope="module")
def bundle(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("release") / "bundle"
    release(course, out)
    return out


@pytest.fixture(scope="module")
def contents(bundle: Path) -> dict[str, bytes]:
    """Every file of the bundle, those in the wheel too."""
    found = {str(path.relative_to(bundle)): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    (wheel,) = bundle.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return found | {f"{wheel.name}/{name}": archive.read(name) for name in archive.namelist()}


def test_the_bundle_has_what_learners_need(course: Path, bundle: Path, contents: dict[str, bytes]) -> None:
    (wheel,) = bundle.glob("*.whl")
    for path in find_sources(course):
        for suffix in (".ipynb", ".key"):
            name = f"assignments/{path.parent.name}/{path.stem}{suffix}"
            assert contents[name] == contents[f"{wheel.name}/courselib/_course/{name}"] == (course / name).read_bytes()
    assert f"pip install {wheel.name}" in contents["INSTALL.md"].decode()
    assert f"{wheel.name}/courselib/cli.py" in contents


def test_no_file_of_the_bundle_holds_a_solution(course: Path, contents: dict[str, bytes]) -> None:
    markers = (BEGIN_SOLUTION, END_SOLUTION)
    course_files = {name: text.decode(errors="replace") for name, text in contents.items() if "assignments/" in name}
    assert not [name for name, text in course_files.items() if any(marker in text for marker in markers)]
    for path in find_sources(course):
        for cell in (cell for cell in read_source(path).cells if cell.is_exercise):
            solution = cell.text.partition(BEGIN_SOLUTION)[2].partition(END_SOLUTION)[0]
            shown = "".join(other.text for other in read_source(path).cells if not other.is_exercise)
            hidden = [line.strip() for line in solution.splitlines() if line.strip() not in shown]
            longest = max(hidden, key=len)
            assert not [name for name, text in course_files.items() if len(longest) > 30 and longest in text], longest


def test_only_public_keys_and_no_sources_leave(contents: dict[str, bytes]) -> None:
    keys = [text for name, text in contents.items() if name.endswith(".key")]
    assert keys
    assert all(b'"hidden": false' in text for text in keys)
    assert not [name for name in contents if "solutions/" in name or name.endswith("_checks.py")]


def test_a_hidden_key_among_the_assignments_stops_the_release(toy: Path, tmp_path: Path) -> None:
    write_keys([toy / "solutions/week1/toy.py"], "secret", toy / "assignments/week1", report=lambda line: None)
    with pytest.raises(CourselibError, match=r"toy is out of step with its source: run `courselib build toy`\."):
        release(toy, tmp_path / "out")
    shutil.move(toy / "assignments/week1/toy.key", toy / "assignments/week1/extra.key")
    main(["build", "toy"])
    with pytest.raises(CourselibError, match=r"extra\.key is a hidden key, which learners must not get"):
        release(toy, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_left_alone(toy: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(CourselibError, match=re.escape(f"{tmp_path} is not empty. Give a new folder with --out.")):
        release(toy, tmp_path)


def test_a_course_without_a_project_is_explained(toy: Path, tmp_path: Path) -> None:
    with pytest.raises(CourselibError, match=r"A release needs a clone of the project: .* has no pyproject\.toml"):
        release(toy, tmp_path / "out")
