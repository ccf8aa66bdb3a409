"""A learner's first hour, in a real browser: start, a wrong answer, its mistake named, a right answer, progress."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def lab(toy: Path, tmp_path: Path) -> Iterator[str]:
    """The address that `courselib start --no-browser` prints."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "HOME": str(tmp_path / "home"), "JUPYTER_CONFIG_DIR": str(tmp_path / "config")}
    command = [sys.executable, "-m", "courselib", "start", str(tmp_path / "mine"), "--no-browser", "--port", str(port)]
    log = tmp_path / "log"
    with open(log, "w") as file:
        process = subprocess.Popen(command, cwd=toy, env=environment, stdout=file, stderr=file, start_new_session=True)
    try:
        address = re.compile(rf"http://(?:localhost|127\.0\.0\.1):{port}/lab/tree/week1/toy\.ipynb\?token=\w+")
        while not (found := address.search(log.read_text())):
            assert process.poll() is None, log.read_text()
            time.sleep(0.2)
        _wait_for(port, process)
        yield found[0]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(port: int, process: subprocess.Popen) -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)


def test_a_learners_first_hour(browser: Any, lab: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(120_000)
    page.goto(lab)
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.locator(".jp-StatusBar-Widget").get_by_text("| Idle").wait_for()  # what is run earlier is dropped

    def cell(text: str) -> Any:
        return page.locator(".jp-CodeCell", has=page.locator(".cm-content", has_text=text)).first

    def run(one: Any) -> None:
        one.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")

    def answer(code: str) -> None:
        one = cell("def double")
        one.locator(".cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(code)
        page.keyboard.press("Control+Enter")

    run(cell("Check("))
    progress = cell("Check(").locator(".jp-OutputArea [role=img]")
    progress.wait_for()
    assert progress.get_attribute("aria-label") == "Your progress: 0 of 100 points, 0 of 2 exercises"

    answer("def double(x):\n    return 3 * x")
    run(cell("check(double)"))
    panel = cell("check(double)").locator(".jp-OutputArea [role=status]")
    panel.get_by_text("This looks like:").wait_for()
    assert "triples. It is three times x." in " ".join(panel.inner_text().split())
    assert "✘ not yet" in panel.inner_text()

    answer("def double(x):\n    return x + x")
    run(cell("check(double)"))
    panel.get_by_text("passed", exact=False).first.wait_for()
    assert "60 of 60 points" in panel.inner_text()
    progress.and_(page.get_by_label("60 of 100 points, 1 of 2 exercises")).wait_for()
    assert page.get_by_text("official Jupyter news").count() == 0  # nobody is asked what is not about the course
    page.close()
