"""What an instructor wants to know about a class: how hard each exercise was, how well it tells, what goes wrong."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from courselib.grading.report import ExerciseReport, RecognisedMistake
from courselib.reporting.policy import Grade


@dataclass(frozen=True)
class ItemAnalysis:
    """One exercise, seen over a class.

    Args:
        name: The exercise.
        max_points: What it is worth.
        passed: How many learners have it right.
        answered: How many wrote something.
        count: How many submissions were graded.
        discrimination: Correlation between having this exercise right and the points of all other exercises (the
            corrected item-total correlation), from -1 to 1; None where everybody or nobody has it right. Below 0.2, the
            exercise tells little about who is good at the rest.
        seconds: The median time that its cases took.
    """

    name: str
    max_points: int
    passed: int
    answered: int
    count: int
    discrimination: float | None
    seconds: float

    @property
    def share(self) -> float:
        """The share of the class that has it right, from 0 to 1."""
        return self.passed / self.count if self.count else 0.0


@dataclass(frozen=True)
class MadeMistake:
    """A known mistake and how many learners made it."""

    exercise: str
    mistake: RecognisedMistake
    count: int


@dataclass(frozen=True)
class Summary:
    """One assignment, seen over a class.

    Args:
        assignment: Its name.
        grades: All of them, also of what could not be graded.
        mean: Of the points of what could be graded, and
        median: the same.
        bins: How many grades are in 0-9%, 10-19%, ... 90-100%.
        items: One per exercise, in the order of the notebook.
        mistakes: The most frequent one first.
    """

    assignment: str
    grades: tuple[Grade, ...]
    mean: float
    median: float
    bins: tuple[int, ...]
    items: tuple[ItemAnalysis, ...]
    mistakes: tuple[MadeMistake, ...]

    @property
    def graded(self) -> tuple[Grade, ...]:
        return tuple(grade for grade in self.grades if grade.report.graded)

    @property
    def title(self) -> str:
        return self.assignment.replace("_", " ").capitalize() or "Belongs to no assignment"


def summarize(grades: Sequence[Grade]) -> list[Summary]:
    """One summary per assignment, sorted by name."""
    names = sorted({grade.report.assignment for grade in grades})
    return [_summary(name, tuple(grade for grade in grades if grade.report.assignment == name)) for name in names]


def _summary(assignment: str, grades: tuple[Grade, ...]) -> Summary:
    graded = [grade for grade in grades if grade.report.graded]
    points = [grade.points for grade in graded]
    bins = [0] * 10
    for grade in graded:
        bins[min(int(grade.percent // 10), 9)] += 1
    made = Counter(
        (exercise.name, mistake)
        for grade in graded
        for exercise in grade.report.exercises
        for mistake in exercise.mistakes[:1]  # further ones are possibilities
    )
    mistakes = (MadeMistake(name, mistake, count) for (name, mistake), count in made.most_common())
    return Summary(
        assignment,
        grades,
        statistics.mean(points) if points else 0.0,
        statistics.median(points) if points else 0.0,
        tuple(bins),
        tuple(_item(graded, index) for index in range(len(graded[0].report.exercises) if graded else 0)),
        tuple(mistakes),
    )


def _item(grades: Sequence[Grade], index: int) -> ItemAnalysis:
    exercises: list[ExerciseReport] = [grade.report.exercises[index] for grade in grades]
    passed = [float(exercise.passed) for exercise in exercises]
    others = [float(grade.report.points - one.points) for grade, one in zip(grades, exercises, strict=True)]
    varies = len(set(passed)) > 1 and len(set(others)) > 1
    return ItemAnalysis(
        exercises[0].name,
        exercises[0].max_points,
        int(sum(passed)),
        sum(exercise.message != "Not answered yet." for exercise in exercises),
        len(exercises),
        statistics.correlation(passed, others) if varies else None,
        statistics.median(exercise.seconds for exercise in exercises),
    )
