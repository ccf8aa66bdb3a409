"""`courselib release`: what learners receive. A wheel with the notebooks and public keys in it, and an install note."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import courselib
from courselib.authoring.build import out_of_step
from courselib.authoring.source import find_sources
from courselib.course import ASSIGNMENTS
from courselib.errors import CourselibError
from courselib.files import write_text
from courselib.grading.key import read_key

_INSTALL = """# How to begin

You need Python 3.11, 3.12 or 3.13, and 3 GB of disk. In this folder:

    python -m venv cnn-env
    cnn-env/bin/pip install {wheel}
    cnn-env/bin/courselib start my-course

(On Windows: `cnn-env\\Scripts\\pip` and `cnn-env\\Scripts\\courselib`.)

The last command makes the folder `my-course` with all notebooks and opens the first one. Later, the same command opens
it again. `courselib progress my-course` shows what is left; `courselib submit my-course` packs what you hand in.

`assignments/` holds the same notebooks, for those who prefer to open them by themselves.
"""


def release(course: Path, out: Path) -> list[Path]:
    """Write the bundle for learners: assignments, public keys, wheel and install note. No solution, no hidden key.

    Args:
        course: The folder with `assignments/`, `solutions/` and `pyproject.toml`.
        out: The folder of the bundle; it must not exist, or be empty.

    Returns:
        The files of the bundle.

    Raises:
        CourselibError: If something generated is out of step, a key is hidden, or the wheel cannot be built.
    """
    if out.exists() and any(out.iterdir()):
        raise CourselibError(f"{out} is not empty. Give a new folder with --out.")
    for path in find_sources(course):
        if out_of_step(path, course):
            raise CourselibError(f"{path.stem} is out of step with its source: run `courselib build {path.stem}`.")
    for path in sorted((course / ASSIGNMENTS).rglob("*.key")):
        if read_key(path).hidden:
            raise CourselibError(f"{path} is a hidden key, which learners must not get. Build the public one.")
    out.mkdir(parents=True, exist_ok=True)
    ignored = shutil.ignore_patterns(".*", "*.pyc", "__pycache__")
    shutil.copytree(course / ASSIGNMENTS, out / ASSIGNMENTS, ignore=ignored)
    wheel = build_wheel(course, out)
    write_text(out / "INSTALL.md", _INSTALL.format(wheel=wheel.name))
    return sorted(path for path in out.rglob("*") if path.is_file())


def build_wheel(course: Path, out: Path) -> Path:
    name = f"courselib-{courselib.__version__}-py3-none-any.whl"
    if not (course / "pyproject.toml").exists():
        raise CourselibError(f"A release needs a clone of the project: {course} has no pyproject.toml.")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
        done = subprocess.run(command, cwd=course, capture_output=True, text=True)
        if done.returncode:
            advice = " Install it: pip install hatchling." if "No module named" in done.stderr else ""
            raise CourselibError(f"The wheel could not be built: {done.stderr.strip()[-300:]}{advice}")
        shutil.copyfile(Path(folder, name), out / name)
    return out / name
