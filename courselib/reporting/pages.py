"""The report of a class as static pages that open from disk, without a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from courselib.files import write_text
from courselib.grading.report import left_open
from courselib.reporting.policy import Grade
from courselib.reporting.statistics import summarize


def write_pages(folder: Path, grades: Sequence[Grade]) -> Path:
    """Write the pages of a class.

    Args:
        folder: Where they go.
        grades: The grades of the class.

    Returns:
        The first page.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("courselib.reporting"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    reports = [grade.report for grade in grades]
    text = environment.get_template("index.html").render(summaries=summarize(grades), left_open=left_open(reports))
    page = folder / "index.html"
    write_text(page, text)
    return page
