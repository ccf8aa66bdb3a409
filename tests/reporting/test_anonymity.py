"""Marking without names."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest

from courselib.cli import main
from courselib.errors import CourselibError
from courselib.grading.report import Report, write_report
from courselib.reporting.anonymity import give_pseudonyms, read_pseudonyms, real_name
from courselib.reporting.publish import publish


@pytest.fixture
def folder(reports: list[Report], tmp_path: Path) -> Path:
    """The class; Ada signed her code."""
    ada, *others = reports
    first, *rest = ada.exercises
    signed = replace(first, code="# by ADA_12, not by ada_120\n" + first.code)
    for report in (replace(ada, exercises=(signed, *rest)), *others):
        write_report(tmp_path, report)
    return tmp_path


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}


def test_no_page_tells_a_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(folder), "--anonymous"]) == 0
    assert f"wrote {folder / 'report-anonymous' / 'index.html'}" in capsys.readouterr().out
    pages = texts(folder / "report-anonymous")
    pseudonyms = read_pseudonyms(folder)
    assert set(pseudonyms) == {"ada_12", "=bob", "cleo@x.org", "dan"}
    assert set(pages) == {"index.html", *(f"learners/toy/{name}.html" for name in pseudonyms.values())}
    for name, text in pages.items():
        assert not re.search(r"ada_12(?!0)|=bob|cleo|\bdan\b", name + text, re.IGNORECASE)
    ada = pages[f"learners/toy/{pseudonyms['ada_12']}.html"]
    assert f"# by {pseudonyms['ada_12']}, not by ada_120" in ada
    named = texts(folder / "report")  # those for the learners
    assert "# by ADA_12" in named["learners/toy/ada_12.html"]
    with open(folder / "gradebook.csv", newline="", encoding="utf-8") as file:
        assert "ada_12" in {row["student"] for row in csv.DictReader(file)}


def test_a_pseudonym_stays_and_says_nothing(tmp_path: Path) -> None:
    students = [f"student{number:03}" for number in range(300)]
    first = give_pseudonyms(tmp_path, students[:200])
    second = give_pseudonyms(tmp_path, students)
    assert {student: second[student] for student in students[:200]} == first
    assert len(set(second.values())) == 300
    assert all(re.fullmatch(r"learner-\d{3,4}", name) for name in second.values())
    in_order = [int(second[student].removeprefix("learner-")) for student in students[:200]]
    assert in_order != sorted(in_order)  # the order of the names would say who is who


def test_an_adjustment_under_a_pseudonym(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(folder, without_names=True)
    cleo = read_pseudonyms(folder)["cleo@x.org"]
    assert main(["adjust", str(folder), cleo, "toy", "12.5", "--reason", "a good idea"]) == 0
    assert capsys.readouterr().out == f"{cleo}, toy: 12.5 of 100 points\n"
    assert 'student = "cleo@x.org"' in (folder / "policy.toml").read_text()
    page = f"learners/toy/{cleo}.html"
    assert "+12.5 points: a good idea" in texts(folder / "report-anonymous")[page]  # it follows
    assert real_name(folder, "dan") == "dan"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Cannot read"),
        ("pseudonym,student\na,b,c\n", "Cannot read"),
        ("student,pseudonym\nada,learner-1\n", "is not a list of pseudonyms. Expected the columns"),
        ("pseudonym,student\nlearner-1,ada\nlearner-1,bob\n", "is not a list of pseudonyms"),
    ],
)
def test_a_damaged_list_is_not_drawn_anew(folder: Path, text: str, message: str) -> None:
    (folder / "pseudonyms.csv").write_text(text)
    with pytest.raises(CourselibError) as error:
        publish(folder, without_names=True)
    assert message in str(error.value)
    assert "delete it to draw new pseudonyms" in str(error.value)
    assert (folder / "pseudonyms.csv").read_text() == text
