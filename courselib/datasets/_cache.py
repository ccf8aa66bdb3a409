"""Rendered pictures are kept as files, so that each is rendered once per machine."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

Arrays = dict[str, np.ndarray]


def cache_folder() -> Path:
    """Where rendered data is kept: `COURSELIB_CACHE`, or `courselib` in the user's cache folder."""
    if own := os.environ.get("COURSELIB_CACHE"):
        return Path(own).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "courselib"


def cached(name: str, version: int, settings: Mapping[str, object], render: Callable[[], Arrays]) -> Arrays:
    """Arrays that are rendered the first time and read from a file after that.

    A file that is damaged is rendered again. A folder that cannot be written is no error: the arrays are then rendered
    every time.

    Args:
        name: What is rendered: `"signs"`; the file's name begins with it.
        version: A number to raise whenever the same settings give other pictures.
        settings: What the pictures depend on. Their `repr` names the file.
        render: Makes the arrays. Called without arguments, and must be deterministic.

    Returns:
        The arrays by name.
    """
    text = repr((version, sorted(settings.items())))
    path = cache_folder() / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.npz"
    with contextlib.suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return _read(path)
    arrays = render()
    with contextlib.suppress(OSError):
        _write(path, arrays)
    return arrays


def _read(path: Path) -> Arrays:
    with path.open("rb") as stream, np.load(stream) as file:  # np.load(path) would leave a damaged file open
        return {key: file[key] for key in file.files}


def _write(path: Path, arrays: Arrays) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
