"""`courselib demo`: a sample class of week 1, written out as notebooks and graded."""

from __future__ import annotations

import runpy
from pathlib import Path

from courselib.authoring.build import write_keys
from courselib.authoring.notebooks import notebook_text, solution_notebook
from courselib.authoring.source import read_source
from courselib.course import SOLUTIONS
from courselib.errors import CourselibError
from courselib.files import write_text
from courselib.grading.executors import default_jobs
from courselib.grading.grader import Options, grade
from courselib.grading.tables import grading_progress, print_reports
from courselib.reporting.publish import publish

CELL_TIMEOUT = 10.0
_SECRET = "demo"
_PACKAGE = Path("week1", "sample_class.py")


def demo(course: Path, out: Path) -> None:
    """Write the sample class, draw a hidden key, grade and print where everything is.

    Args:
        course: The folder that holds `solutions/`.
        out: Where submissions, key, reports, gradebook and class page go.

    Raises:
        CourselibError: If the course comes without its solutions.
    """
    sample = course / SOLUTIONS / _PACKAGE
    if not sample.exists():
        raise CourselibError(f"The demo needs the sources: expected {sample}. Run it in a clone of the course.")
    source_path = sample.with_name("convolution_step_by_step.py")
    submissions, keys = out / "submissions", out / "keys"
    write_class_notebooks(source_path, sample, submissions)
    write_keys([source_path], _SECRET, keys, report=lambda line: None)
    with grading_progress() as progress:
        reports = grade([submissions], keys, out / "grades", Options(CELL_TIMEOUT, default_jobs()), progress)
    print_reports(reports)
    published = publish(out / "grades")
    print(f"\nGradebook: {published.gradebook}\nReport:    {published.page}")


def write_class_notebooks(source_path: Path, sample: Path, folder: Path) -> list[Path]:
    """Write the notebooks of a sample class.

    Args:
        source_path: The assignment's source.
        sample: A Python file with `STUDENTS` (student -> exercise -> the cell they wrote instead of the solution's)
            and `BROKEN`, the student whose file is cut off in the middle.
        folder: Where `STUDENT/ASSIGNMENT.ipynb` are written.
    """
    source, names = read_source(source_path), runpy.run_path(str(sample))
    written = []
    for student, answers in {**names["STUDENTS"], names["BROKEN"]: {}}.items():
        notebook = solution_notebook(source)
        texts = {source.exercise_cell(name).id: text.strip("\n") for name, text in answers.items()}
        for cell in notebook.cells:
            cell.source = texts.get(cell.id, cell.source)
        text = notebook_text(notebook)
        path = folder / student / f"{source.name}.ipynb"
        write_text(path, text[: len(text) // 2] if student == names["BROKEN"] else text)
        written.append(path)
    return written
