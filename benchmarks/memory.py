"""Whether memory stays flat over a large class: what the grader's processes hold while it grades.

`uv run python benchmarks/memory.py --submissions 1000` writes a class of right submissions (`grading.py` says which),
grades it with `courselib grade`, and prints a line for each tenth of the class: the memory of the grader itself, of its
largest worker, and of its largest fork server, in MiB. Kernels, which live for one notebook, are not counted.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
from grading import SMALL, build_course, environment, write_class

ROLES = {"courselib.grading.worker": "worker", "courselib.grading.kernels": "fork server"}


def resident(process: psutil.Process) -> float:
    """The memory that only this process holds and that it shares with nobody, in MiB."""
    return float(process.memory_full_info().uss) / 2**20


def sample(grader: psutil.Process) -> dict[str, float]:
    """The memory of the grader and of the largest process of each role below it."""
    found = {"grader": resident(grader)}
    for child in grader.children(recursive=True):
        with suppress(psutil.Error):
            command = " ".join(child.cmdline())
            role = next((role for part, role in ROLES.items() if part in command), None)
            if role:
                found[role] = max(found.get(role, 0.0), resident(child))
    return found


def main() -> None:
    """Grade a class and watch."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=1000)
    parser.add_argument("--kind", choices=sorted(SMALL), default="numpy")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        course = build_course(Path(folder), [arguments.kind])
        group = write_class(course, arguments.kind, SMALL[arguments.kind], arguments.submissions)
        out = Path(folder, "grades")
        command = [sys.executable, "-m", "courselib", "grade", str(group.submitted), "--out", str(out)]
        began, step, shown = time.perf_counter(), max(1, arguments.submissions // 10), 0
        running = subprocess.Popen([*command, "--jobs", str(arguments.jobs)], cwd=course, env=environment(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        grader = psutil.Process(running.pid)
        print(f"{'graded':>8} {'seconds':>8} {'grader':>8} {'worker':>8} {'fork server':>12}   (MiB)")
        while running.poll() is None:
            time.sleep(0.2)
            done = sum(1 for _ in (out / "reports").rglob("*.json"))
            if done >= shown + step:
                shown = done
                with suppress(psutil.Error):
                    found = sample(grader)
                    cells = [f"{found.get(name, float('nan')):8.1f}" for name in ("grader", "worker", "fork server")]
                    print(
                        f"{done:8d} {time.perf_counter() - began:8.0f} {cells[0]} {cells[1]} {cells[2]:>12}", flush=True
                    )
        if running.returncode:
            sys.exit(f"courselib grade ended with {running.returncode}")


if __name__ == "__main__":
    main()
