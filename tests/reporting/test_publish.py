"""From reports on disk to everything that follows from them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from courselib.cli import main
from courselib.grading.report import Report, write_report
from courselib.reporting.exports import EXPORTS
from courselib.reporting.publish import publish


@pytest.fixture
def folder(reports: list[Report], tmp_path: Path) -> Path:
    for report in reports:
        write_report(tmp_path, report)
    return tmp_path


def points(folder: Path) -> dict[str, str]:
    with open(folder / "gradebook.csv", newline="", encoding="utf-8") as file:
        return {row["student"]: row["points"] for row in csv.DictReader(file)}


def test_everything_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = [word for kind in EXPORTS for word in ("--export", kind)]
    assert main(["report", str(folder), *kinds]) == 0
    shown = capsys.readouterr().out.splitlines()
    written = [Path(line.removeprefix("wrote ")) for line in shown]
    assert all(path.is_file() for path in written)
    assert {path.relative_to(folder).parts[0] for path in written} == {"gradebook.csv", "report", "exports"}
    assert points(folder) == {"ada_12": "100", "'=bob": "40", "cleo@x.org": "0", "dan": "0"}


def test_an_adjustment_is_kept_and_published(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adjust", str(folder), "cleo@x.org", "toy", "12.5", "--reason", "shown in person"]) == 0
    assert capsys.readouterr().out == "cleo@x.org, toy: 12.5 of 100 points\n"
    assert points(folder)["cleo@x.org"] == "12.5"
    publish(folder)
    assert points(folder)["cleo@x.org"] == "12.5"


def test_who_is_not_there_is_not_adjusted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adjust", str(folder), "eve", "toy", "5", "--reason", "r"]) == 2
    assert "adjusts 'eve' in 'toy', who has no report there" in capsys.readouterr().err
    assert not (folder / "policy.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "nowhere"], "No reports in nowhere. Make some with `courselib grade PATH... --out nowhere`."),
        (["report", ".", "--policy", "none.toml"], "No policy: none.toml does not exist."),
    ],
)
def test_what_is_missing_is_said(folder: Path, monkeypatch, capsys, arguments: list[str], message: str) -> None:
    monkeypatch.chdir(folder)
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_a_damaged_report_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "reports" / "toy" / "dan.json").write_text("{")
    assert main(["report", str(folder)]) == 2
    assert "dan.json is not a report" in capsys.readouterr().err
