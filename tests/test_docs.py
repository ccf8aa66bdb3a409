"""The guides and the site: it builds without a warning and without the internet, and what it says about us is there."""

from __future__ import annotations

import argparse
import html.parser
import importlib
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from courselib.cli import _parser

GUIDES = ("index.md", "learners.md", "instructors.md", "contributors.md")
READ_ON_THE_WEB = ("README.md", "CONTRIBUTING.md", "docker/README.md", "docs/learners.md", "docs/instructors.md")
_LINK = re.compile(r"!?\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
_FENCED = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def commands() -> list[str]:
    parser = _parser()
    return [name for one in parser._actions if isinstance(one, argparse._SubParsersAction) for name in one.choices]


def text_of(path: Path) -> str:
    """A page without its examples of code."""
    return _FENCED.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    """The anchors that headings get on the web."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text_of(path))}


class Fetches(html.parser.HTMLParser):
    """What a browser loads for a page without being asked, and its pictures without a text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        loads = values.get("rel") not in ("next", "prev", "index", "search", "genindex", "canonical", "author")
        self.found += [values[name] for name in ("src", "srcset", "poster", "data") if values.get(name)]
        if tag == "link" and loads:
            self.found.append(values.get("href", ""))
        if tag == "img" and not values.get("alt"):
            self.silent.append(values.get("src", ""))


@pytest.fixture(scope="module")
def site(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as CI and README say, with every warning an error."""
    for package in ("sphinx", "myst_nb", "furo", "jupyter_server_mathjax"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: `uv sync` brings it")
    out = tmp_path_factory.mktemp("site") / "html"
    # Whatever asks for the internet while the site is built is told that there is none.
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", str(out)]
    done = subprocess.run(command, cwd=course, env={**os.environ, **nowhere}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out


def pages(site: Path) -> Iterator[Path]:
    yield from (path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts)


def test_every_guide_notebook_package_and_card_has_its_page(course: Path, site: Path) -> None:
    expected = {"index", "learners", "instructors", "contributors", "commands", "benchmarks", "model_cards"}
    expected |= {f"notebooks/{path.parent.name}/{path.stem}" for path in (course / "solutions").glob("week*/*.ipynb")}
    expected |= {f"api/{name}" for name in ("datasets", "models", "detection", "visualization", "grading")}
    missing = [name for name in sorted(expected) if not (site / f"{name}.html").is_file()]
    assert missing == []
    cards = (site / "model_cards.html").read_text(encoding="utf-8")
    for card in (course / "courselib" / "weights").glob("*.md"):
        assert card.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") in cards


@pytest.mark.parametrize("package", ["datasets", "detection", "visualization", "grading"])
def test_the_reference_describes_every_public_function_and_class(site: Path, package: str) -> None:
    module = importlib.import_module(f"courselib.{package}")
    page = (site / "api" / f"{package}.html").read_text(encoding="utf-8")
    names = [name for name in module.__all__ if callable(getattr(module, name))]
    assert [name for name in names if f'id="courselib.{package}.{name}"' not in page] == []


def test_no_page_fetches_anything_from_the_internet(site: Path) -> None:
    for path in pages(site):
        fetches = Fetches(path.read_text(encoding="utf-8"))
        assert [one for one in fetches.found if re.match(r"(\w+:)?//", one)] == [], path
    for path in site.rglob("*.css"):
        assert not re.search(r"url\(\s*['\"]?(https?:)?//|@import", path.read_text(encoding="utf-8")), path


def test_what_a_page_loads_is_there(site: Path) -> None:
    for path in pages(site):
        for one in Fetches(path.read_text(encoding="utf-8")).found:
            if not one.startswith("data:"):
                assert (path.parent / re.sub(r"[?#].*", "", one)).exists(), f"{path}: {one}"
    assert "mathjax/MathJax.js" in (site / "notebooks/week1/convolution_step_by_step.html").read_text(encoding="utf-8")


def test_every_picture_of_a_guide_has_a_text(site: Path) -> None:
    for guide in GUIDES:
        page = (site / guide).with_suffix(".html").read_text(encoding="utf-8")
        assert Fetches(page).silent == [], guide


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_a_guide_and_in_the_readme(course: Path, command: str) -> None:
    guides = "\n".join((course / "docs" / name).read_text(encoding="utf-8") for name in GUIDES)
    assert re.search(rf"\bcourselib {command}\b", guides)
    assert re.search(rf"`{command}`", (course / "README.md").read_text(encoding="utf-8"))


def test_every_assignment_is_in_the_readme(course: Path) -> None:
    readme = (course / "README.md").read_text(encoding="utf-8")
    built = [path.stem for path in (course / "assignments").glob("week*/*.ipynb")]
    assert built
    assert [name for name in built if name not in readme] == []


@pytest.mark.parametrize("name", READ_ON_THE_WEB)
def test_every_relative_link_leads_somewhere(course: Path, name: str) -> None:
    page = course / name
    links = list(_LINK.finditer(text_of(page)))
    for target in (link["target"] for link in links):
        if not re.match(r"https?://", target):
            path, _, anchor = target.partition("#")
            # The site's own pages are written when it is built.
            where = page.parent / path if path else page
            generated = path.startswith(("notebooks/", "api/")) or path == "commands.md"
            assert generated or where.exists(), target
            assert not anchor or anchor in anchors(where), target
    assert all(link["text"] for link in links if link[0].startswith("!")), "a picture without a text"


def test_pictures_are_small_and_used(course: Path) -> None:
    used = "".join((course / name).read_text(encoding="utf-8") for name in READ_ON_THE_WEB)
    cards = "".join(path.read_text(encoding="utf-8") for path in (course / "courselib" / "weights").glob("*.md"))
    pictures = [path for path in (course / "docs" / "pictures").iterdir() if path.suffix in (".png", ".jpg")]
    assert pictures
    for path in pictures:
        assert f"pictures/{path.name}" in used + cards, path.name
        assert path.stat().st_size < (200_000 if path.name in used else 400_000), path.name
