"""`courselib gradescope`: an autograder for Gradescope, as the zip that its configuration page takes."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from courselib.authoring.release import build_wheel
from courselib.course import ASSIGNMENTS, find_solution
from courselib.errors import CourselibError
from courselib.grading.key import KEY_SUFFIX, Keyring

_SETUP = """#!/usr/bin/env bash
# Runs once, when Gradescope builds the autograder's image.
set -euo pipefail
apt-get update
apt-get install -y python3 python3-venv
python3 -m venv /autograder/venv
/autograder/venv/bin/pip install --no-cache-dir /autograder/source/{wheel}
/autograder/venv/bin/python -m compileall -q /autograder/venv/lib || true
"""

_RUN = """#!/usr/bin/env bash
# Runs for each submission: grades it with the hidden key and leaves results/results.json.
set -uo pipefail
root="${{AUTOGRADER_ROOT:-/autograder}}"
export PATH="$root/venv/bin:$PATH"
rm -rf "$root/grades"
mkdir -p "$root/results"
cd "$root/source"  # where the solutions are that stand in for what an earlier mistake broke
courselib grade "$root/submission" --key assignments --out "$root/grades" --jobs 1
courselib report "$root/grades" --export gradescope
exports="$root/grades/exports/gradescope"
result=$(ls "$exports"/{assignment}/*.json "$exports"/*/*.json | head -n 1)
if [ -n "$result" ]; then
    cp "$result" "$root/results/results.json"
else
    nothing='{{"score": 0, "output": "No notebook that could be graded. Expected {assignment}.ipynb."}}'
    echo "$nothing" > "$root/results/results.json"
fi
"""


def write_autograder(course: Path, assignment: str, keys: Path, out: Path) -> Path:
    """Write an autograder for one assignment.

    Args:
        course: The folder with `pyproject.toml`.
        assignment: Its name.
        keys: The keys to grade with; hidden ones, since learners have the public one.
        out: The zip.

    Raises:
        CourselibError: If there is no key of that assignment, the file exists, or the wheel cannot be built.
    """
    keyring = Keyring(keys)
    if assignment not in keyring.names:
        raise CourselibError(f"No key of {assignment!r} in {keys}. There are: {', '.join(keyring.names)}.")
    if out.exists():
        raise CourselibError(f"{out} exists already. Give another name with --out.")
    key_path = keys if keys.is_file() else next(iter(sorted(keys.rglob(f"{assignment}{KEY_SUFFIX}"))))
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(course, Path(folder))
        files = {
            "setup.sh": _SETUP.format(wheel=wheel.name).encode(),
            "run_autograder": _RUN.format(assignment=assignment).encode(),
            wheel.name: wheel.read_bytes(),
            f"{ASSIGNMENTS}/{assignment}{KEY_SUFFIX}": key_path.read_bytes(),
        }
    solution = find_solution(course, assignment)
    if solution is not None:
        files[str(solution.relative_to(course))] = solution.read_bytes()
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.external_attr = (0o755 if name in ("setup.sh", "run_autograder") else 0o644) << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out
