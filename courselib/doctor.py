"""`courselib doctor`: what works on this machine, and what to do about what does not."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from courselib.course import ASSIGNMENTS, find_course
from courselib.errors import CourselibError
from courselib.grading.kernels.launch import start_kernel
from courselib.grading.kernels.sandbox import gaps, protections
from courselib.grading.key import Keyring

_ROOM = 3  # GB, for packages and data
_PACKAGES = ("tensorflow", "keras", "numpy", "jupyterlab", "ipykernel", "nbval", "nbformat", "pytest")
_ADVICE = {
    "limits": "Needed: a Unix system.",
    "namespaces": "Grade as root, or let ordinary users make user namespaces (kernel.unprivileged_userns_clone=1).",
    "own user": "Only root can give one, and only to a Python that every user may read. Namespaces make up for it.",
    "no new privileges": "Needed: Linux.",
    "landlock": "Needed: Linux 5.13 or later with Landlock among its security modules (lsm=landlock,...).",
    "seccomp": "Needed: Linux on x86-64 or aarch64.",
}


@dataclass(frozen=True)
class Finding:
    """One line of the doctor.

    Args:
        subject: What was looked at.
        fine: Whether it is as it should be.
        detail: What was found.
        advice: What to do when it is not fine.
        needed: Whether courselib cannot work without it.
    """

    subject: str
    fine: bool
    detail: str
    advice: str = ""
    needed: bool = True


def findings() -> Iterator[Finding]:
    """Look at everything, in a second or two. TensorFlow is not imported."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", (3, 11) <= sys.version_info < (3, 14), version, "Install Python 3.11, 3.12 or 3.13.")
    for package in _PACKAGES:
        yield _package(package)
    yield _backend()
    yield _gpu()
    yield _disk()
    yield _course()
    yield _weights()
    yield _cache()
    yield _kernel()
    found = protections()
    for protection in found:
        advice = _ADVICE.get(protection.name, "")
        yield Finding(f"sandbox: {protection.name}", protection.active, protection.detail, advice, needed=False)
    ways = gaps(found)
    detail = f"a submission could {'; '.join(ways)}" if ways else "together they keep a submission in"
    advice = "Grade on Linux, or in a container or virtual machine of its own."
    yield Finding("sandbox", not ways, detail, advice, needed=False)


def _package(name: str) -> Finding:
    advice = "Install the course's packages: uv sync, or pip install courselib."
    try:
        return Finding(name, True, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, "not installed", advice)


def _backend() -> Finding:
    """The backend that Keras would take, by its own rules, without importing it."""
    name = os.environ.get("KERAS_BACKEND", "")
    if not name:
        path = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "keras.json"
        with contextlib.suppress(OSError, ValueError, AttributeError):
            name = json.loads(path.read_text(encoding="utf-8")).get("backend", "")
    name = name or "tensorflow"
    fine = importlib.util.find_spec(name) is not None if name.isidentifier() else False
    detail = name if fine else f"{name!r} is not installed"
    return Finding("Keras backend", fine, detail, "Unset KERAS_BACKEND, or set it to tensorflow, jax or torch.")


def _gpu() -> Finding:
    """Whether the system has an NVIDIA GPU. The course needs none."""
    try:
        done = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=20)
        names = [line.partition(" (UUID")[0] for line in done.stdout.splitlines()] if done.returncode == 0 else []
    except (OSError, subprocess.TimeoutExpired):
        names = []
    advice = "None is needed. For an NVIDIA GPU: its driver, and pip install 'courselib[gpu]'."
    return Finding("GPU", bool(names), ", ".join(names) or "none found", advice, needed=False)


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    return Finding(
        "disk", free >= _ROOM, f"{free:.1f} GB free here", f"Make room: {_ROOM} GB are enough.", needed=False
    )


def _weights() -> Finding:
    """Whether the weights that ship are what their cards say."""
    folder = Path(__file__).with_name("weights")
    found = sorted(folder.glob("*.npz"))
    for path in found:
        card = path.with_suffix(".md")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if not card.exists() or digest not in card.read_text(encoding="utf-8"):
            return Finding("weights", False, f"{path.name} is not what its card says", "Install courselib again.")
    return Finding("weights", True, f"{len(found)} file(s), as their cards say")


def _cache() -> Finding:
    """Whether rendered data can be kept."""
    from courselib.datasets._cache import cache_folder

    folder = cache_folder()
    nearest = next(one for one in (folder, *folder.parents) if one.exists())
    advice = "Set COURSELIB_CACHE to a folder of yours; otherwise data sets are rendered anew each time."
    return Finding("data", os.access(nearest, os.W_OK), f"rendered data is kept in {folder}", advice, needed=False)


def _course() -> Finding:
    try:
        course = find_course()
        keys = Keyring(course / ASSIGNMENTS)
        for name in keys.names:
            keys.read(name)
    except CourselibError as error:
        return Finding("course", False, str(error), "Run this in a clone of the course; `courselib build` makes keys.")
    return Finding("course", True, f"{course}, {len(keys.names)} assignment(s), public keys undamaged")


def _kernel() -> Finding:
    """Start a NumPy kernel as the grader would, and run something in it."""
    try:
        kernel = start_kernel("numpy")
    except CourselibError as error:
        return Finding("kernel", False, str(error), "Install ipykernel into this environment.")
    try:
        execution = kernel.execute("import numpy; assert numpy.ones(3).sum() == 3", timeout=30)
        fine = execution.status == "ok"
        note = kernel.fallback or "forked from a server that has imported NumPy"
        return Finding("kernel", fine, note if fine else execution.error, "Reinstall NumPy and ipykernel.")
    finally:
        kernel.stop()


def examine(say: Callable[[str], None] = print) -> bool:
    """Print all findings, and return whether everything that is needed is fine."""
    healthy = True
    for finding in findings():
        mark = "ok" if finding.fine else "--" if not finding.needed else "!!"
        say(f"{mark}  {finding.subject}: {finding.detail}")
        if not finding.fine:
            healthy = healthy and not finding.needed
            say(f"      {finding.advice}")
    return healthy
