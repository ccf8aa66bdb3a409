"""An instructor's week, from an idea to the files for the university's systems; with the commands, as one would."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import Counter
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from courselib.cli import main
from courselib.grading.report import SCHEMA

RIGHT = "def relu(x):\n    return np.maximum(x, 0)"
# What the class writes: how it is answered, its points, and the mistake that is named.
ANSWERS = {
    "right": (RIGHT, 100, None),
    "other": ("def relu(x):\n    return np.where(np.asarray(x) < 0, 0.0, x)", 100, None),
    "least": (RIGHT.replace("maximum", "minimum"), 0, "keeps_the_negative_part"),
    "abs": (RIGHT.replace("np.maximum(x, 0)", "np.abs(x)"), 0, "absolute_value"),
    "crash": ("def relu(x):\n    raise RuntimeError('I give up')", 0, None),
    "empty": (None, 0, None),
}


class Links(HTMLParser):
    """The addresses that a page links to, and the tags that were opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: Counter[str] = Counter()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.links += [value for name, value in attrs if name == "href" and value]


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert all(None not in row and None not in row.values() for row in found), "a row has another number of cells"
    return found


def hand_in(student_notebook: Path, submissions: Path) -> dict[str, str]:
    """Thirty learners answer the notebook that was released. Returns who answered how."""
    who = {}
    for number in range(30):
        how = list(ANSWERS)[number % len(ANSWERS)]
        student = f"{how}_{1000 + number}"
        notebook = nbformat.read(student_notebook, as_version=4)
        for cell in notebook.cells:
            if cell.id == "relu" and ANSWERS[how][0] is not None:
                cell.source = ANSWERS[how][0]
        path = submissions / student / student_notebook.name
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
        who[student] = how
    return who


def test_an_instructors_week(
    toy_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    monkeypatch.chdir(toy_project)

    def command(*words: str | Path, status: int = 0) -> str:
        assert main([str(word) for word in words]) == status, capsys.readouterr().err
        return capsys.readouterr().out

    # Monday: a new assignment, built and released.
    command("new", "week5/my_topic")
    assert "each caught and named" in command("build", "my_topic")
    command("release", "--out", tmp_path / "bundle")
    released = tmp_path / "bundle" / "assignments" / "week5" / "my_topic.ipynb"
    assert "np.maximum" not in released.read_text()
    nbformat.validate(nbformat.read(released, as_version=4))

    # Friday: thirty submissions, graded with a hidden key.
    who = hand_in(released, tmp_path / "submissions")
    command("keys", "--seed", "a secret", "--out", tmp_path / "keys")
    grades = tmp_path / "grades"
    command("grade", tmp_path / "submissions", "--key", tmp_path / "keys", "--out", grades)
    schema = json.loads(SCHEMA.read_text())
    reports = [json.loads(path.read_text()) for path in sorted((grades / "reports").rglob("*.json"))]
    assert len(reports) == 30
    for report in reports:
        jsonschema.validate(report, schema)
        _, points, mistake = ANSWERS[who[report["student"]]]
        (exercise,) = report["exercises"]
        assert report["points"] == points, report
        assert [found["name"] for found in exercise["mistakes"]] == ([mistake] if mistake else []), report

    # The weekend: half a point more for one, under a pseudonym, and the files for every system.
    command("report", grades, "--anonymous")
    pseudonyms = {row["student"]: row["pseudonym"] for row in rows(grades / "pseudonyms.csv")}
    out = command("adjust", grades, pseudonyms["least_1002"], "my_topic", "12.5", "--reason", "the right idea")
    assert out == f"{pseudonyms['least_1002']}, my_topic: 12.5 of 100 points\n"
    systems = ("canvas", "moodle", "nbgrader", "gradescope")
    command("report", grades, *(word for system in systems for word in ("--export", system)))
    expected = {student: float(ANSWERS[how][1]) for student, how in who.items()} | {"least_1002": 12.5}

    book = rows(grades / "gradebook.csv")
    assert {row["student"]: float(row["points"]) for row in book} == expected
    assert {float(row["max_points"]) for row in book} == {100}

    exports = grades / "exports"
    header, possible, *lines = csv.reader(io.StringIO((exports / "canvas.csv").read_text(encoding="utf-8")))
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "my_topic"]
    assert possible == ["    Points Possible", "", "", "", "", "100"]
    assert {f"{line[0]}_{int(line[1])}": float(line[5]) for line in lines} == expected

    moodle = rows(exports / "moodle-my_topic.csv")
    assert {row["Full name"] + "_" + row["Identifier"].removeprefix("Participant "): float(row["Grade"])
            for row in moodle} == expected  # fmt: skip
    assert (
        "the positive ones became 0"
        in next(row for row in moodle if row["Identifier"] == "Participant 1008")["Feedback comments"]
    )

    exported = rows(exports / "nbgrader.csv")
    assert {row["student_id"]: float(row["score"]) for row in exported} == expected
    for row in exported:
        assert float(row["raw_score"]) - float(row["late_submission_penalty"]) == float(row["score"])
        assert float(row["max_score"]) == 100
        assert not row["timestamp"] or datetime.fromisoformat(row["timestamp"])

    for student, points in expected.items():
        result = json.loads((exports / "gradescope" / "my_topic" / f"{student}.json").read_text(encoding="utf-8"))
        assert result["score"] == points
        (test,) = result["tests"]
        assert test["visibility"] in ("hidden", "after_due_date", "after_published", "visible")
        assert test["status"] in ("passed", "failed")
        assert (test["name"], test["max_score"]) == ("relu", 100)

    command("gradescope", "my_topic", "--key", tmp_path / "keys", "--out", tmp_path / "autograder.zip")
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        assert archive.testzip() is None
        assert {"setup.sh", "run_autograder"} <= set(archive.namelist())

    # Sunday: the report. Every link leads somewhere, and everybody has a page.
    page = grades / "report" / "index.html"
    text = page.read_text(encoding="utf-8")
    learners = {link for link in Links(text).links if link.startswith("learners/")}
    assert len(learners) == 30
    assert all((page.parent / link).is_file() for link in learners)
    assert "The negative numbers came through, and the positive ones became 0." in text
    assert sum(Links((page.parent / link).read_text(encoding="utf-8")).tags["h2"] for link in learners) == 30
