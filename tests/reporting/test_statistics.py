"""Item analysis against SciPy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import pearsonr

from courselib.grading.report import Report
from courselib.reporting.policy import Policy, apply_policy
from courselib.reporting.statistics import summarize
from tests.reporting.conftest import TRIPLES, exercise


def test_a_class_at_a_glance(reports: list[Report]) -> None:
    (summary,) = summarize(apply_policy(reports, Policy()))
    assert (summary.title, len(summary.grades), len(summary.graded)) == ("Toy", 4, 3)
    assert summary.mean == pytest.approx(140 / 3)
    assert summary.median == 40
    assert summary.bins == (1, 0, 0, 0, 1, 0, 0, 0, 0, 1)
    double, quadruple = summary.items
    assert (double.passed, double.answered, double.count, double.share) == (1, 3, 3, 1 / 3)
    assert (quadruple.passed, quadruple.answered, quadruple.seconds) == (2, 2, 0.25)
    assert [(made.exercise, made.mistake, made.count) for made in summary.mistakes] == [("double", TRIPLES, 2)]


def test_discrimination_is_the_corrected_item_total_correlation() -> None:
    rng = np.random.default_rng(0)
    right = rng.random((30, 5)) < np.linspace(0.3, 0.8, 5)
    names = [f"e{i}" for i in range(5)]
    reports = [
        Report(
            f"s{i}",
            "toy",
            int(20 * row.sum()),
            100,
            tuple(exercise(n, 20, bool(r)) for n, r in zip(names, row, strict=True)),
            (),
        )
        for i, row in enumerate(right)
    ]
    (summary,) = summarize(apply_policy(reports, Policy()))
    for i, item in enumerate(summary.items):
        others = np.delete(right, i, axis=1).sum(axis=1)
        assert item.discrimination == pytest.approx(pearsonr(right[:, i], others)[0])


def test_what_everybody_has_right_discriminates_nothing() -> None:
    reports = [
        Report(f"s{i}", "toy", 20, 40, (exercise("a", 20, True), exercise("b", 20, False)), ()) for i in range(3)
    ]
    (summary,) = summarize(apply_policy(reports, Policy()))
    assert [item.discrimination for item in summary.items] == [None, None]


def test_nothing_graded() -> None:
    (summary,) = summarize(apply_policy([Report("dan", "", 0, 100, (), ("empty",), graded=False)], Policy()))
    assert (summary.title, summary.mean, summary.items) == ("Belongs to no assignment", 0.0, ())
