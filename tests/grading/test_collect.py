"""Collecting submissions in the layouts of the common systems, from folders and from archives."""

import json
import zipfile
from pathlib import Path

import pytest

from courselib.errors import CourselibError
from courselib.grading.collect import collect
from courselib.grading.key import Keyring
from courselib.grading.submission import read_submission

NOTEBOOK = json.dumps(
    {
        "cells": [{"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "source": "def double(x): pass"}],
        "metadata": {"courselib": {"assignment": "toy"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
)

LAYOUTS = {
    "student/assignment": (["ada/toy.ipynb", "bob/toy.ipynb"], ["ada", "bob"]),
    "student/week/assignment": (["ada/week1/toy.ipynb", "bob/week1/toy.ipynb"], ["ada", "bob"]),
    "assignment/student": (["toy/ada.ipynb", "toy/bob.ipynb"], ["ada", "bob"]),
    "nbgrader": (["submitted/ada/ps1/toy.ipynb", "submitted/bob/ps1/toy.ipynb"], ["ada", "bob"]),
    "Canvas": (
        ["lovelaceada_LATE_12_345_toy.ipynb", "noetheremmy_13_346_toy-2.ipynb"],
        ["lovelaceada_12", "noetheremmy_13"],
    ),
    "Moodle": (
        ["Ada Lovelace_12_assignsubmission_file_/toy.ipynb", "Emmy Noether_13_assignsubmission_file_/my work.ipynb"],
        ["Ada Lovelace_12", "Emmy Noether_13"],
    ),
    "Gradescope": (["export/submission_12/toy.ipynb", "export/submission_13/x.ipynb"], ["ada@x.org", "submission_13"]),
    "what is not a submission": (["ada/toy.ipynb", "ada/.ipynb_checkpoints/toy-checkpoint.ipynb", "x.txt"], ["ada"]),
}
METADATA = "submission_12:\n  :submitters:\n  - :name: Ada\n    :email: ada@x.org\n"


def students(path: Path, built_toy: Path) -> list[str]:
    keys = Keyring(built_toy / "assignments")
    return [read_submission(one, keys)[0].student for one in collect([path])]


@pytest.mark.parametrize(("files", "expected"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_layouts(tmp_path: Path, built_toy: Path, files: list[str], expected: list[str]) -> None:
    folder = tmp_path / "submissions"
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NOTEBOOK)
    if "export" in files[0]:
        (folder / "export" / "submission_metadata.yml").write_text(METADATA)
    assert students(folder, built_toy) == expected
    archive = tmp_path / "download.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for path in sorted(folder.rglob("*")):
            target.write(path, path.relative_to(folder))
    assert students(archive, built_toy) == expected


def test_archives_inside_a_folder_and_each_notebook_once(tmp_path: Path, built_toy: Path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "toy.ipynb").write_text(NOTEBOOK)
    with zipfile.ZipFile(tmp_path / "late.zip", "w") as target:
        target.writestr("bob/toy.ipynb", NOTEBOOK)
    assert students(tmp_path, built_toy) == ["ada", "bob"]
    assert len(collect([tmp_path, tmp_path / "ada"])) == 2


def test_names_in_an_archive_lead_nowhere(tmp_path: Path, built_toy: Path) -> None:
    archive = tmp_path / "evil.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("../../../etc/toy.ipynb", NOTEBOOK)
        target.writestr("/root/toy.ipynb", NOTEBOOK)
    assert students(archive, built_toy) == ["etc", "root"]
    assert list(tmp_path.iterdir()) == [archive]


@pytest.mark.parametrize(
    ("content", "message"), [(b"no zip", "is not a zip archive that can be read"), (b"", "is not a zip archive")]
)
def test_a_broken_archive_is_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(CourselibError, match=message):
        collect([tmp_path / "x.zip"])


def test_an_archive_without_notebooks(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as target:
        target.writestr("readme.txt", "")
    with pytest.raises(CourselibError, match=r"No notebooks in .*x.zip"):
        collect([tmp_path / "x.zip"])
