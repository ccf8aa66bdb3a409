"""From the reports in a grades folder to the gradebook, the pages and the files for other systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from courselib.errors import CourselibError
from courselib.files import write_text
from courselib.grading.report import read_reports
from courselib.reporting.anonymity import anonymous, give_pseudonyms, real_name
from courselib.reporting.exports import export, gradebook
from courselib.reporting.pages import write_pages
from courselib.reporting.policy import POLICY, Adjustment, Grade, Policy, add_adjustment, apply_policy, read_policy

GRADEBOOK, EXPORTS_FOLDER = "gradebook.csv", "exports"
PAGES, ANONYMOUS_PAGES = "report", "report-anonymous"


@dataclass(frozen=True)
class Published:
    """What was written.

    Args:
        grades: All grades of the folder.
        gradebook: The CSV file.
        page: The first page of the report.
        anonymous_page: That of the report under pseudonyms, where there is one.
        exports: The files for other systems.
    """

    grades: list[Grade]
    gradebook: Path
    page: Path
    anonymous_page: Path | None = None
    exports: tuple[Path, ...] = ()


def publish(
    out: Path, policy: Path | None = None, exports: Sequence[str] = (), without_names: bool = False
) -> Published:
    """Write everything that follows from the reports in a grades folder.

    Args:
        out: The folder with `reports/`.
        policy: The instructor's decisions; by default `policy.toml` in the folder, where there is one.
        exports: Which files for other systems: some of `courselib.reporting.exports.EXPORTS`.
        without_names: Write the pages a second time under pseudonyms, in a folder of their own (`report-anonymous`)
            that can be given to those who mark. Gradebook and exports keep the names.

    Raises:
        CourselibError: If there are no reports, one is damaged, the policy cannot be read or does not fit, or a file
            cannot be written.
    """
    reports = read_reports(out)
    if not reports:
        raise CourselibError(f"No reports in {out}. Make some with `courselib grade PATH... --out {out}`.")
    if policy is not None and not policy.exists():
        raise CourselibError(f"No policy: {policy} does not exist.")
    grades = apply_policy(reports, read_policy(policy or out / POLICY))
    with _explained(out):
        write_text(out / GRADEBOOK, gradebook(grades))
        page = write_pages(out / PAGES, grades)
        anonymous_page = None
        if without_names or (out / ANONYMOUS_PAGES).is_dir():  # once there, it follows the grades
            pseudonyms = give_pseudonyms(out, (grade.report.student for grade in grades))
            anonymous_page = write_pages(out / ANONYMOUS_PAGES, anonymous(grades, pseudonyms))
        written = {out / EXPORTS_FOLDER / name: text for kind in exports for name, text in export(grades, kind).items()}
        for path, text in written.items():
            write_text(path, text)
    return Published(grades, out / GRADEBOOK, page, anonymous_page, tuple(written))


def adjust(out: Path, adjustment: Adjustment) -> Grade:
    """Give or take points by hand, and publish again.

    Args:
        out: The folder with `reports/`. The adjustment is kept in its `policy.toml`.
        adjustment: Who (a name or a pseudonym), where, how many points, and why.

    Returns:
        The learner's new grade.

    Raises:
        CourselibError: As `publish`; also if nobody of that name has a report there, or the reason is empty.
    """
    adjustment = replace(adjustment, student=real_name(out, adjustment.student))
    apply_policy(read_reports(out), Policy(adjustments=(adjustment,)))  # refuses who is not there
    add_adjustment(out / POLICY, adjustment)
    who = (adjustment.student, adjustment.assignment)
    return next(grade for grade in publish(out).grades if (grade.report.student, grade.report.assignment) == who)


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CourselibError(
            f"Cannot write to {out}: {error.strerror or error}. The reports there are safe. Mend it and run "
            f"`courselib report {out}`."
        ) from None
