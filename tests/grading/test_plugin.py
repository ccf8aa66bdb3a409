"""The contract with nbval and pytest: our plugin on its own, and our notebooks under plain nbval."""

import importlib.metadata
import inspect
import os
import subprocess
import sys
from pathlib import Path

import nbval.plugin
import pytest
from nbval.plugin import IPyNbCell, IPyNbFile


def run_pytest(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        "--rootdir",
        ".",
        *arguments,
    ]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


def test_nbval_is_the_one_we_know() -> None:
    """What plugin.py relies on. When this fails, look at plugin.py before raising the bound in pyproject.toml."""
    assert importlib.metadata.version("nbval").startswith("0.11.")
    assert list(inspect.signature(IPyNbCell.__init__).parameters) == [
        "self", "name", "parent", "cell_num", "cell", "options",
    ]  # fmt: skip
    assert "self.cell.source" in inspect.getsource(IPyNbCell.raise_cell_error)
    assert {"setup", "collect", "teardown"} <= set(vars(IPyNbFile))
    assert "nbval" in inspect.getsource(nbval.plugin.pytest_collect_file)


def test_the_plugin_runs_a_cell_and_an_exercise_per_item(toy: Path, submit) -> None:
    path = submit("bob", {"double": "def double(x):\n    return 3 * x", "experiment": "1 / 0"})
    done = run_pytest("-v", "-p", "courselib.grading.plugin", "--courselib-key=assignments", str(path), cwd=toy)
    assert "::Cell 2 PASSED" in done.stdout
    assert "::Cell 6 FAILED" in done.stdout
    assert "::double FAILED" in done.stdout
    assert "::quadruple PASSED" in done.stdout
    assert "ZeroDivisionError: division by zero" in done.stdout
    assert "2 failed, 4 passed" in done.stdout


def test_the_plugin_says_what_it_cannot_collect(toy: Path) -> None:
    (toy / "toy.ipynb").write_text("{")
    done = run_pytest("-p", "courselib.grading.plugin", "--courselib-key=assignments", "toy.ipynb", cwd=toy)
    assert "toy.ipynb is not a notebook: it is broken or is not JSON" in done.stdout


@pytest.mark.parametrize(("answer", "status"), [("2 * x", 0), ("3 * x", 1)])
def test_plain_nbval_sees_a_failing_check(toy: Path, submit, answer: str, status: int) -> None:
    path = submit("ada", {"double": f"def double(x):\n    return {answer}"})
    done = run_pytest("--nbval-lax", "--nbval-current-env", str(path), cwd=toy)
    assert done.returncode == status, done.stdout
    assert ("CheckFailed: double: 0 of 60 points" in done.stdout) == bool(status)
    assert "courselib/grading" not in done.stdout
