"""The solutions earn full points on the other Keras backends too, with the keys that were drawn on TensorFlow.

Skipped where a backend is not installed, as it is not by `uv sync`: `uv pip install jax`, then
`pytest -m slow tests/course/test_backends.py`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from courselib.authoring.source import find_sources
from tests.conftest import COURSE

NOTEBOOKS = sorted(path.with_suffix(".ipynb") for path in find_sources(COURSE))


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_solution_earns_full_points(backend: str, notebook: Path, tmp_path: Path) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    command = [sys.executable, "-m", "courselib", "grade", str(notebook), "--out", str(tmp_path)]
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run(command, cwd=COURSE, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = tmp_path.glob(f"reports/{notebook.stem}/*.json")
    report = json.loads(path.read_text(encoding="utf-8"))
    lost = [f"{e['name']}: {e['message']}" for e in report["exercises"] if e["points"] < e["max_points"]]
    assert lost == []
    assert (report["points"], report["problems"]) == (report["max_points"], [])
