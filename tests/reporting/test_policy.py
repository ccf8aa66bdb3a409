"""Deadlines, dropped exercises and adjustments."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from courselib.errors import CourselibError
from courselib.grading.report import Report
from courselib.reporting.policy import Adjustment, Policy, add_adjustment, apply_policy, read_policy

LATE = "[deadlines]\ntoy = 2026-11-20T23:59:00+01:00\n"


@pytest.fixture
def policy_of(tmp_path: Path):
    def write(text: str) -> Policy:
        path = tmp_path / "policy.toml"
        path.write_text(text)
        return read_policy(path)

    return write


def test_without_a_policy_points_stay(reports: list[Report], tmp_path: Path) -> None:
    grades = apply_policy(reports, read_policy(tmp_path / "policy.toml"))
    assert [(grade.points, grade.max_points, grade.percent) for grade in grades] == [
        (100, 100, 100), (40, 100, 40), (0, 100, 0), (0, 100, 0),
    ]  # fmt: skip
    assert all(grade.notes == () for grade in grades)


@pytest.mark.parametrize(
    ("late", "points", "share"),
    [
        ("", 32, "20%"),
        ("[late]\npercent_per_day = 30\nmax_percent = 50", 20, "50%"),
        ("[late]\ngrace_minutes = 3000", 40, None),
        ("[late]\npercent_per_day = 100\nmax_percent = 100", 0, "100%"),
    ],
)
def test_late_submissions_lose_a_share_of_what_they_earned(reports, policy_of, late, points, share) -> None:
    ada, bob, *_ = apply_policy(reports, policy_of(LATE + late))
    assert (ada.points, ada.notes) == (100, ())
    assert bob.points == points
    if share:
        lost = f"{40 - points} of 40 points lost."
        assert bob.notes == (f"Late, handed in 2026-11-22 08:00 UTC, 2 days begun ({share}): {lost}",)
    else:
        assert bob.notes == ()


def test_a_deadline_may_be_a_day(reports, policy_of) -> None:
    ada, bob, *_ = apply_policy(reports, policy_of("[deadlines]\ntoy = 2026-11-21"))
    assert (ada.penalty, bob.penalty) == (0, 4)


def test_a_dropped_exercise_counts_for_nobody(reports, policy_of) -> None:
    grades = apply_policy(reports, policy_of('[dropped]\ntoy = ["double"]'))
    assert [(grade.points, grade.max_points) for grade in grades] == [(40, 40), (40, 40), (0, 40), (0, 100)]
    assert grades[0].notes == ("double does not count.",)


def test_adjustments_have_reasons_and_are_kept(reports, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(LATE)
    add_adjustment(path, Adjustment("=bob", "toy", 2.5, 'wrote "hello"\nto us'))
    add_adjustment(path, Adjustment("=bob", "toy", -60, "copied"))
    assert path.read_text().startswith(LATE)
    bob = apply_policy(reports, read_policy(path))[1]
    assert bob.points == 0
    assert bob.adjustment == -57.5
    assert bob.notes[1:] == ('+2.5 points: wrote "hello"\nto us', "-60 points: copied")


def test_an_adjustment_needs_a_reason(tmp_path: Path) -> None:
    with pytest.raises(CourselibError, match="An adjustment needs a reason"):
        add_adjustment(tmp_path / "policy.toml", Adjustment("ada", "toy", 1, " "))
    assert not (tmp_path / "policy.toml").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("deadlines = ", "Cannot read the policy"),
        ("[deadline]\ntoy = 2026-11-20", "unknown section 'deadline'. Known: [deadlines], [late]"),
        ('[deadlines]\ntoy = "tomorrow"', "a deadline is a date or a date and time without quotes, got 'tomorrow'"),
        ("[late]\npercent_per_week = 3", "percent_per_week"),
        ('[late]\nmax_percent = "all"', "expected a number, got 'all'"),
        ("[late]\nmax_percent = nan", "expected a number, got nan"),
        ('[dropped]\ntoy = "double"', "expected a list, got 'double'"),
        ('[[adjustments]]\nstudent = "ada"\nassignment = "toy"\npoints = 1', "'reason' is off"),
    ],
)
def test_what_is_no_policy_is_explained(policy_of, text: str, message: str) -> None:
    with pytest.raises(CourselibError, match=re.escape(message)):
        policy_of(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[deadlines]\ntpy = 2026-11-20", "The policy names the assignment 'tpy', which no report is about."),
        ('[dropped]\ntoy = ["dobule"]', "The policy drops 'dobule', which toy does not have."),
        (
            '[[adjustments]]\nstudent = "eve"\nassignment = "toy"\npoints = 1\nreason = "r"',
            "The policy adjusts 'eve' in 'toy', who has no report there.",
        ),
    ],
)
def test_typing_errors_are_explained(reports, policy_of, text: str, message: str) -> None:
    with pytest.raises(CourselibError, match=re.escape(message)):
        apply_policy(reports, policy_of(text))
