"""What is handed in can be graded, and the receipt proves what it was."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from courselib.cli import main
from courselib.errors import CourselibError
from courselib.learner.handin import RECEIPT, hand_in
from courselib.learner.workspace import Workspace

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def workspace(toy: Path, tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "mine")
    workspace.update(toy)
    return workspace


def test_the_zip_is_graded_under_its_own_name(workspace: Workspace, tmp_path: Path, capsys) -> None:
    handed_in = hand_in(workspace, tmp_path / "ada.zip", NOON)
    capsys.readouterr()
    assert main(["grade", str(handed_in.path), "--format", "json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert (report["student"], report["assignment"], report["points"]) == ("ada", "toy", 0)


def test_the_receipt_names_every_notebook(workspace: Workspace, tmp_path: Path) -> None:
    handed_in = hand_in(workspace, tmp_path / "ada.zip", NOON)
    digest = hashlib.sha256((workspace.folder / "week1" / "toy.ipynb").read_bytes()).hexdigest()
    assert handed_in.receipt.startswith("Packed 2026-11-20 12:00:00 UTC with courselib ")
    assert f"{digest}  week1/toy.ipynb\n" in handed_in.receipt
    with zipfile.ZipFile(handed_in.path) as archive:
        assert archive.read(f"ada/{RECEIPT}").decode() == handed_in.receipt
        assert sorted(archive.namelist()) == ["ada/receipt.txt", "ada/week1/toy.ipynb"]


def test_nothing_is_overwritten(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "ada.zip").write_text("precious")
    with pytest.raises(CourselibError, match=r"exists already\. Give another name with --out"):
        hand_in(workspace, tmp_path / "ada.zip")
    assert (tmp_path / "ada.zip").read_text() == "precious"


def test_a_folder_that_cannot_be_written_is_said(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(CourselibError, match=r"Cannot write .*: No such file or directory"):
        hand_in(workspace, tmp_path / "nowhere" / "ada.zip")
