"""The report of a class as static pages that open from disk, without a network: one for the class, one per learner."""

from __future__ import annotations

import base64
import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from courselib.files import write_text
from courselib.grading.report import left_open, report_path
from courselib.reporting.policy import Grade
from courselib.reporting.statistics import summarize

FIRST_PAGE, LEARNERS = "index.html", "learners"


def write_pages(folder: Path, grades: Sequence[Grade]) -> Path:
    """Write the pages of a class. Pages of learners that are not in it any more are removed.

    Everything that a submission can contain is escaped, and the pages allow no script but the one that sorts tables.

    Args:
        folder: Where they go: `index.html`, and `learners/ASSIGNMENT/STUDENT.html`.
        grades: The grades of the class.

    Returns:
        The first page.
    """
    environment = Environment(
        loader=PackageLoader("courselib.reporting"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    source, _, _ = environment.loader.get_source(environment, "sort.js")  # type: ignore[union-attr]
    script = Markup(source)  # ours, so not escaped
    digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
    places = {id(grade): Path(LEARNERS, *_place(grade)) for grade in grades}
    shutil.rmtree(folder / LEARNERS, ignore_errors=True)
    summaries = summarize(grades)
    template = environment.get_template("learner.html")
    for summary in summaries:
        for grade in summary.grades:
            text = template.render(grade=grade, title=summary.title, up=f"../../{FIRST_PAGE}", script_source="'none'")
            write_text(folder / places[id(grade)], text)
    text = environment.get_template(FIRST_PAGE).render(
        summaries=summaries,
        left_open=left_open(grade.report for grade in grades),
        page=lambda grade: places[id(grade)].as_posix(),
        script=script,
        script_source=f"'sha256-{digest}'",
    )
    page = folder / FIRST_PAGE
    write_text(page, text)
    return page


def _place(grade: Grade) -> tuple[str, str]:
    path = report_path(Path(), grade.report)
    return path.parent.name, f"{path.stem}.html"
