"""Grading: finds submissions, runs pytest with our plugin on each, and writes reports."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from courselib.errors import CourselibError
from courselib.grading.report import Report, ungraded_report, write_class, write_report
from courselib.grading.submission import read_submission, student_of

_IGNORED_FOLDERS = {".ipynb_checkpoints", "__pycache__", ".git"}


def find_submissions(paths: Iterable[Path]) -> list[Path]:
    """The notebooks in some files and folders, sorted, each once.

    Raises:
        CourselibError: If a path does not exist or cannot be read, or a folder holds no notebook.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            notebooks = sorted(_notebooks(path))
            if not notebooks:
                raise CourselibError(f"No notebooks in {path}: expected .ipynb files, as in STUDENT/ASSIGNMENT.ipynb.")
            found.update(dict.fromkeys(notebooks))
        elif path.exists():
            found[path] = None
        else:
            raise CourselibError(f"No such file or folder: {path}.")
    return list(found)


def _notebooks(folder: Path) -> Iterator[Path]:
    def stop(error: OSError) -> None:
        raise CourselibError(f"Cannot read the folder {error.filename}: {error.strerror}.")

    for place, folders, files in os.walk(folder, onerror=stop):
        folders[:] = [name for name in folders if name not in _IGNORED_FOLDERS]
        yield from (Path(place, name) for name in files if name.endswith(".ipynb"))


def grade(
    paths: Iterable[Path], keys: Path, out: Path | None, cell_timeout: float,
    progress: Callable[[Path], None] = lambda path: None,
) -> list[Report]:  # fmt: skip
    """Grade notebooks.

    Args:
        paths: Notebooks and folders of notebooks.
        keys: A folder of answer keys or one key.
        out: Where the reports, the gradebook and the class page go; nothing is written when it is None.
        cell_timeout: Seconds that a cell, or all cases of one exercise, may take.
        progress: Called with each notebook before it is graded.

    Returns:
        One report per notebook, in their order. One that cannot be graded says why in its `problems`.

    Raises:
        CourselibError: If there is nothing to grade, or no key, or two submissions would share one report.
    """
    submissions = find_submissions(paths)
    if not keys.exists():
        raise CourselibError(f"No answer keys: {keys} does not exist. Make some with `courselib keys`.")
    if keys.is_dir() and not any(keys.rglob("*.key")):
        raise CourselibError(f"No answer keys in {keys}: expected NAME.key. Make some with `courselib keys`.")
    reports: list[Report] = []
    seen: dict[tuple[str, str], Path] = {}
    for path in submissions:
        progress(path)
        report = grade_notebook(path, keys, cell_timeout)
        twin = seen.setdefault((report.assignment, report.student), path)
        if twin != path:
            problem = f"{path} and {twin} are both submissions of {report.student!r}: only the first one counts."
            report = ungraded_report(f"{report.student} ({len(reports) + 1})", report.assignment, problem)
        reports.append(report)
        if out is not None:
            write_report(out, report)
    if out is not None:
        write_class(out)
    return reports


def grade_notebook(path: Path, keys: Path, cell_timeout: float) -> Report:
    """Grade one notebook in this process, in a pytest session of its own."""
    try:
        submission, _ = read_submission(path, keys)
    except CourselibError as error:
        parent = path.absolute().parent
        assignment = next((name for name in (path.stem, parent.name) if any(keys.rglob(f"{name}.key"))), "")
        return ungraded_report(student_of(path, assignment), assignment, str(error))
    try:
        return _run_pytest(path, keys, cell_timeout)
    except CourselibError as error:
        return ungraded_report(submission.student, submission.assignment, str(error))


def _run_pytest(path: Path, keys: Path, cell_timeout: float) -> Report:
    import pytest

    from courselib.grading.plugin import REPORTS

    reports: list[Report] = []

    class Receiver:
        def pytest_unconfigure(self, config: pytest.Config) -> None:
            received: list[Report] = config.stash[REPORTS]
            reports.extend(received)

    options = ["-p", "no:cacheprovider", "-p", "nbval.plugin", "-p", "courselib.grading.plugin"]
    options += ["-c", os.devnull, "--rootdir", str(path.absolute().parent), "--capture=no"]
    options += [f"--courselib-key={keys.absolute()}", f"--courselib-cell-timeout={cell_timeout}"]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    log = io.StringIO()
    try:
        with contextlib.redirect_stdout(log):
            pytest.main([*options, str(path.absolute())], plugins=[Receiver()])
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
    if len(reports) != 1:
        raise CourselibError(f"The grader failed on {path}:\n{log.getvalue()[-2000:]}")
    return reports[0]
