"""Marking without names: grades under pseudonyms, and the list that says who is who."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from courselib.errors import CourselibError
from courselib.files import write_text
from courselib.grading.report import Report
from courselib.reporting.policy import Grade

PSEUDONYMS = "pseudonyms.csv"
_HEADER = ["pseudonym", "student"]


def read_pseudonyms(out: Path) -> dict[str, str]:
    """The pseudonym of each learner, from a grades folder; empty where there is no list yet.

    Raises:
        CourselibError: If the list is damaged: drawn anew, it would give away who is who among pages already read.
    """
    path = out / PSEUDONYMS
    if not path.exists():
        return {}
    try:
        header, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
        found = {student: pseudonym for pseudonym, student in rows}
    except (OSError, ValueError) as error:
        raise CourselibError(f"Cannot read {path}: {error}. Restore it, or delete it to draw new pseudonyms.") from None
    if header != _HEADER or len(set(found.values())) != len(rows):
        raise CourselibError(
            f"{path} is not a list of pseudonyms. Expected the columns pseudonym and student, and each once. Restore "
            "it, or delete it to draw new pseudonyms."
        )
    return found


def give_pseudonyms(out: Path, students: Iterable[str]) -> dict[str, str]:
    """A pseudonym for each learner, as `learner-407`: drawn at random once, then kept in `pseudonyms.csv`.

    Args:
        out: The grades folder. Its list of pseudonyms tells who is who: it is not for those who mark.
        students: The learners. Those who have one keep it.
    """
    found = read_pseudonyms(out)
    new = sorted(set(students) - set(found))
    if new:
        digits = max(3, len(str(4 * (len(found) + len(new)))))
        taken = set(found.values())
        free = [name for n in range(10 ** (digits - 1), 10**digits) if (name := f"learner-{n}") not in taken]
        found |= dict(zip(new, random.SystemRandom().sample(free, len(new)), strict=True))
        text = io.StringIO()
        rows = sorted((pseudonym, student) for student, pseudonym in found.items())
        csv.writer(text, lineterminator="\n").writerows([_HEADER, *rows])
        write_text(out / PSEUDONYMS, text.getvalue())
    return found


def real_name(out: Path, name: str) -> str:
    """The learner behind a pseudonym; any other name stays as it is."""
    return {pseudonym: student for student, pseudonym in read_pseudonyms(out).items()}.get(name, name)


def anonymous(grades: Sequence[Grade], pseudonyms: dict[str, str]) -> list[Grade]:
    """The same grades under pseudonyms, in their order; also where a learner's own code or a message has the name."""
    return sorted(
        (_anonymous(grade, pseudonyms[grade.report.student]) for grade in grades),
        key=lambda grade: (grade.report.assignment, grade.report.student),
    )


def _anonymous(grade: Grade, pseudonym: str) -> Grade:
    name = re.compile(rf"(?<!\w){re.escape(grade.report.student)}(?!\w)", re.IGNORECASE)

    def hide(text: str) -> str:
        return name.sub(pseudonym, text)

    report: Report = replace(
        grade.report,
        student=pseudonym,
        problems=tuple(map(hide, grade.report.problems)),
        exercises=tuple(
            replace(
                exercise,
                message=hide(exercise.message),
                code=hide(exercise.code),
                cases=tuple(replace(case, message=hide(case.message)) for case in exercise.cases),
            )
            for exercise in grade.report.exercises
        ),
    )
    return replace(grade, report=report, notes=tuple(map(hide, grade.notes)))
