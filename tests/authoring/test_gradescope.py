"""The autograder does on this machine what Gradescope would do with it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from courselib.authoring.build import write_keys
from courselib.authoring.gradescope import write_autograder
from courselib.errors import CourselibError


@pytest.fixture
def keys(toy: Path) -> Path:
    write_keys([toy / "solutions/week1/toy.py"], "secret", toy / "keys", report=lambda line: None)
    return toy / "keys"


def run(archive: Path, root: Path, *submissions: Path) -> dict:
    """Run the autograder as Gradescope lays it out."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(root / "source")
    (root / "submission").mkdir()
    for path in submissions:
        shutil.copy(path, root / "submission")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "AUTOGRADER_ROOT": str(root), "PATH": path}
    command = ["bash", root / "source/run_autograder"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((root / "results/results.json").read_text())


def test_a_submission_gets_its_results(toy_project: Path, keys: Path, submit, tmp_path: Path) -> None:
    archive = write_autograder(toy_project, "toy", keys, tmp_path / "autograder.zip")
    with zipfile.ZipFile(archive) as opened:
        modes = {info.filename: info.external_attr >> 16 for info in opened.infolist()}
        assert "bash" in opened.read("setup.sh").decode().splitlines()[0]
    assert modes["run_autograder"] == modes["setup.sh"] == 0o755
    results = run(archive, tmp_path / "good", submit("bob", {"double": "def double(x):\n    return 3 * x"}))
    assert results["score"] == 40, results
    assert [(test["name"], test["score"], test["max_score"]) for test in results["tests"]] == [
        ("double", 0, 60), ("quadruple", 40, 40),
    ]  # fmt: skip
    assert "It is three times x." in results["tests"][0]["output"]


def test_without_a_notebook_the_score_is_zero_and_says_why(toy_project: Path, keys: Path, tmp_path: Path) -> None:
    archive = write_autograder(toy_project, "toy", keys, tmp_path / "autograder.zip")
    results = run(archive, tmp_path / "none")
    assert results == {"score": 0, "output": "No notebook that could be graded. Expected toy.ipynb."}


def test_what_is_missing_is_said(toy: Path, keys: Path, tmp_path: Path) -> None:
    with pytest.raises(CourselibError, match=re.escape(f"No key of 'tpy' in {keys}. There are: toy.")):
        write_autograder(toy, "tpy", keys, tmp_path / "a.zip")
    (tmp_path / "a.zip").write_text("precious")
    with pytest.raises(CourselibError, match=r"a\.zip exists already\."):
        write_autograder(toy, "toy", keys, tmp_path / "a.zip")
