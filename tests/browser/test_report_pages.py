"""The report in a real browser: sorting, width, dark, and no serious fault for a screen reader or a keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from courselib.grading.report import Report
from courselib.reporting.pages import write_pages
from courselib.reporting.policy import Adjustment, Policy, apply_policy
from tests.reporting.conftest import reports  # noqa: F401  (a fixture)


@pytest.fixture
def folder(reports: list[Report], tmp_path: Path) -> Path:  # noqa: F811
    policy = Policy(adjustments=(Adjustment("cleo@x.org", "toy", 5, "came to the office"),))
    write_pages(tmp_path, apply_policy(reports, policy))
    return tmp_path


def names(page: Any) -> list[str]:
    return page.locator("table").last.locator("tbody tr th").all_inner_texts()


def test_a_click_sorts_and_another_turns_it_round(browser: Any, folder: Path) -> None:
    page = browser.new_page()
    page.goto((folder / "index.html").as_uri())
    assert names(page) == ["ada_12", "=bob", "cleo@x.org", "dan"]
    button = page.locator("table").last.get_by_role("button", name="points")
    button.click()
    assert names(page) == ["dan", "cleo@x.org", "=bob", "ada_12"]
    button.press("Enter")
    assert names(page) == ["ada_12", "=bob", "cleo@x.org", "dan"]
    assert page.locator("th[aria-sort=descending]").last.inner_text() == "points"
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["index.html", "learners/toy/cleo@x.org.html"])
def test_pages_fit_and_are_accessible(browser: Any, folder: Path, name: str, width: int, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((folder / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
    assert serious == [], found
    assert errors == []
    context.close()


def test_the_content_policy_lets_our_script_run_and_no_other(browser: Any, folder: Path) -> None:
    path = folder / "index.html"
    path.write_text(path.read_text().replace("</main>", "<script>document.title = 'owned'</script></main>"))
    page = browser.new_page()
    page.goto(path.as_uri())
    assert page.title() == "Class report"
    page.close()
