"""The pages: everything is there, nothing that a submission contains is more than text, and links lead somewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from courselib.grading.report import CaseReport, RecognisedMistake, Report
from courselib.reporting.pages import write_pages
from courselib.reporting.policy import Adjustment, Policy, apply_policy

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7*7 }}"


class Page(HTMLParser):
    """The tags, the texts and the links of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, name: str) -> list[dict]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture
def folder(reports: list[Report], tmp_path: Path) -> Path:
    policy = Policy(adjustments=(Adjustment("cleo@x.org", "toy", 5, "came to the office"),))
    write_pages(tmp_path, apply_policy(reports, policy))
    return tmp_path


def test_the_class_page(folder: Path) -> None:
    text = " ".join(Page(folder / "index.html").text.split())
    for part in ("4 submissions", "3 graded", "48.3 mean points", "It is three times x.", "not graded", "0.50"):
        assert part in text, part


def test_every_learner_has_a_page_that_links_back(folder: Path) -> None:
    links = [unquote(link["href"]) for link in Page(folder / "index.html").all("a")]
    assert len(links) == 4
    for link in links:
        page = Page(folder / link)
        (back,) = page.all("a")
        assert ((folder / link).parent / back["href"]).resolve() == (folder / "index.html").resolve()


def test_a_learners_page(folder: Path) -> None:
    text = " ".join(Page(folder / "learners/toy/cleo@x.org.html").text.split())
    for part in (
        "5 of 100 points", "+5 points: came to the office", "Looks like: triples. It is three times x.",
        "✘ a number: expected 2.0, got 3.0", "return 2 * x", "Not answered yet.", "2026-11-20 20:00:00 UTC",
    ):  # fmt: skip
        assert part in text, part


def test_who_is_gone_has_no_page_left(folder: Path, reports: list[Report]) -> None:
    write_pages(folder, apply_policy(reports[:1], Policy()))
    assert [path.name for path in folder.rglob("learners/*/*")] == ["ada_12.html"]


def test_everything_that_a_submission_contains_is_text(reports: list[Report], tmp_path: Path) -> None:
    first = reports[1].exercises[0]
    cases, mistakes = (CaseReport(EVIL, False, EVIL),), (RecognisedMistake(EVIL, EVIL),)
    exercise = replace(first, name=EVIL, message=EVIL, code=EVIL, cases=cases, mistakes=mistakes)
    names = {"student": EVIL, "assignment": EVIL, "submitted_at": EVIL}
    evil = replace(reports[1], exercises=(exercise,), problems=(EVIL,), **names)
    clean = replace(reports[1], exercises=(replace(first, name="e"),), problems=("p",))
    pages = []
    for name, report in (("evil", evil), ("clean", clean)):
        first_page = write_pages(tmp_path / name, apply_policy([report], Policy()))
        pages.append([Page(first_page), *map(Page, (tmp_path / name / "learners").glob("*/*.html"))])
    for page, harmless in zip(*pages, strict=True):
        assert [tag for tag, _ in page.tags] == [tag for tag, _ in harmless.tags]
        assert EVIL in page.text


def test_only_our_own_script_may_run(folder: Path) -> None:
    text = (folder / "index.html").read_text(encoding="utf-8")
    (script,) = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = [meta["content"] for meta in Page(folder / "index.html").all("meta") if "http-equiv" in meta]
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    learner = Page(folder / "learners/toy/ada_12.html")
    (policy,) = [meta["content"] for meta in learner.all("meta") if "http-equiv" in meta]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; script-src 'none'"
    assert not learner.all("script")


def test_no_page_needs_a_network(folder: Path) -> None:
    for path in folder.rglob("*.html"):
        assert "http" not in path.read_text(encoding="utf-8").replace("http-equiv", "")
