"""Takes the pictures of README and site: `python docs/make_pictures.py [NAME ...]`, in about two minutes.

The check panel is photographed in JupyterLab and the report in a browser, with a Chromium that the system has; the
results of the weeks are taken out of the solved notebooks. What is missing is skipped, and said.
"""

from __future__ import annotations

import base64
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
PICTURES = Path(__file__).with_name("pictures")
MAX_BYTES = 200_000
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# The picture: its assignment, the cell whose output holds it.
RESULTS = {
    "week1.png": ("week1/convolution_in_keras", "journey"),
    "week2.png": ("week2/residual_networks", "look-first"),
    "week3.png": ("week3/yolo_car_detection", "look-first"),
}
# The most natural mistake of the first exercise with a photograph: the result has the photograph's dtype.
ANSWER = """\
def detect_edges(image, kernel):
    f = kernel.shape[0]
    n_H, n_W = image.shape[0] - f + 1, image.shape[1] - f + 1
    edges = np.zeros((n_H, n_W), dtype=image.dtype)
    for h in range(n_H):
        for w in range(n_W):
            edges[h, w] = np.sum(image[h : h + f, w : w + f] * kernel)
    return edges"""


def save(name: str, picture: bytes) -> str:
    """Write a picture with a palette of 256 colours, which is enough for these, and small."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    path = PICTURES / name
    image.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > MAX_BYTES:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes, more than {MAX_BYTES}.")
    return f"{image.width} x {image.height} pixels, {path.stat().st_size // 1000} kB"


def contact_sheet(name: str) -> str:
    """Week 4's result: five paintings and two photographs out of the larger sheet of the style extractor's card."""
    path = PICTURES / "style_contact_sheet.jpg"
    if not path.exists():
        return f"skipped: there is no {path.name} yet"
    sheet = Image.open(path)
    rows = sheet.crop((0, 0, sheet.width, sheet.height * 3 // 5))
    rows.resize((840, 840 * rows.height // rows.width), Image.Resampling.LANCZOS).save(PICTURES / name, quality=85)
    return f"{(PICTURES / name).stat().st_size // 1000} kB"


def result(name: str) -> str:
    """A week's result, as the solved notebook shows it."""
    assignment, cell_id = RESULTS[name]
    path = ROOT / "solutions" / f"{assignment}.ipynb"
    if not path.exists():
        return f"skipped: there is no {assignment} yet"
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.id == cell_id]
    found = [
        output.data["image/png"] for cell in cells for output in cell.outputs if "image/png" in output.get("data", {})
    ]
    if not found:
        return f"skipped: {assignment} has no picture in its cell {cell_id}"
    return save(name, base64.b64decode(found[0]))


def check_panel(name: str) -> str:
    """A wrong answer and its check, in JupyterLab."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "courselib", "start", f"{folder}/mine", "--no-browser"]
        environment = {**os.environ, "HOME": folder, "PYTHONPATH": str(ROOT)}
        lab = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True,
                               start_new_session=True)  # fmt: skip
        try:
            found = next(filter(None, (re.search(r"http://\S+/lab\S*\?token=\w+", line) for line in lab.stdout or ())))
            address = re.sub(r"/lab.*\?", "/lab/tree/week1/convolution_step_by_step.ipynb?", found[0])
            wait_for(int(re.search(r":(\d+)/", address)[1]))
            return save(name, photograph(lambda page: _answer(page, address), 900, 1000))
        finally:
            os.killpg(lab.pid, signal.SIGTERM)
            lab.wait(30)


def wait_for(port: int) -> None:
    """Wait until somebody listens, a minute at most."""
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise SystemExit(f"JupyterLab does not listen on port {port}.")


def _answer(page: Page, address: str) -> dict[str, float]:
    page.goto(address)
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.locator(".jp-StatusBar-Widget").get_by_text("| Idle").wait_for()
    page.keyboard.press("Control+b")  # no file browser

    def cell(text: str) -> Any:
        """A cell; JupyterLab makes those far below only when they come into view."""
        one = page.locator(".jp-CodeCell", has=page.locator(".cm-content", has_text=text)).first
        while not one.is_visible():
            page.locator(".jp-WindowedPanel-outer").first.evaluate("panel => panel.scrollBy(0, 500)")
            page.wait_for_timeout(300)
        one.scroll_into_view_if_needed()
        return one

    def run(one: Any, code: str = "") -> None:
        one.locator(".cm-content").click()
        if code:
            page.keyboard.press("Control+a")
            page.keyboard.insert_text(code)
        page.keyboard.press("Control+Enter")

    run(cell("Check("))
    run(cell("def detect_edges"), ANSWER)
    check = cell("check(detect_edges)")
    run(check)
    panel = check.locator(".jp-OutputArea [role=status]")
    panel.get_by_text("This looks like:").wait_for()
    page.add_style_tag(content=".Toastify, .jp-cell-toolbar { display: none }")  # questions and tools of JupyterLab
    page.locator(".jp-Notebook").press("Escape")
    check.evaluate("one => one.scrollIntoView({block: 'end'})")
    page.wait_for_timeout(1000)
    top = cell("edges = np.zeros((n_H, n_W), dtype=image.dtype)").bounding_box()
    wide, last = check.bounding_box(), panel.locator("figure").first.bounding_box()
    return {"x": wide["x"], "y": top["y"], "width": wide["width"], "height": last["y"] + last["height"] - top["y"]}


def report(name: str) -> str:
    """The report of the sample class: how its exercises went, or the mistakes that it makes."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "courselib", "demo", "--out", folder], cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        address = Path(folder, "grades", "report", "index.html").as_uri()

        def open_report(page: Page) -> dict[str, float]:
            page.goto(address)
            first = name == "report.png"
            title = page.get_by_role("heading", name="Class report" if first else "Mistakes that the class makes")
            last = page.locator("table").nth(0 if first else 1).locator("tbody tr").nth(7).bounding_box()
            top = title.bounding_box()["y"] - 20
            return {"x": 0, "y": top, "width": 1100, "height": last["y"] + last["height"] - top}

        return save(name, photograph(open_report, 1100, 3000))


def photograph(pose: Callable[[Page], dict[str, float]], width: int, height: int) -> bytes:
    """A screenshot of the part of a page that `pose` returns, at one and a half times the usual resolution."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=1.5)
        page.set_default_timeout(120_000)
        picture = page.screenshot(clip=pose(page))
        browser.close()
    return picture


def main(names: list[str]) -> None:
    PICTURES.mkdir(exist_ok=True)
    makers = {
        "check_panel.png": check_panel,
        "report.png": report,
        "mistakes.png": report,
        **dict.fromkeys(RESULTS, result),
        "week4.jpg": contact_sheet,
    }
    for name in names or makers:
        needs_browser = makers[name] in (check_panel, report)
        print(f"{name}: {'skipped: no Chromium here' if needs_browser and not CHROMIUM else makers[name](name)}")


if __name__ == "__main__":
    main(sys.argv[1:])
