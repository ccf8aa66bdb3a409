"""`courselib new`: the files of a new assignment, with one example exercise that works."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from courselib.course import ASSIGNMENTS, SOLUTIONS
from courselib.errors import CourselibError
from courselib.files import write_text

_NAME = re.compile(r"(?P<week>week\d+)/(?P<name>[a-z][a-z0-9_]*)")


def scaffold(course: Path, name: str) -> list[Path]:
    """Write the source, the checks and the equivalent solutions of a new assignment.

    Args:
        course: The folder with `solutions/`.
        name: `"week5/my_topic"`.

    Returns:
        The files.

    Raises:
        CourselibError: If the name is not of that form, or there is such an assignment already.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise CourselibError(
            f"A new assignment is named weekN/NAME, in lower case, such as week5/my_topic. Got {name!r}."
        )
    week, own = match["week"], match["name"]
    taken = [*(course / SOLUTIONS).glob(f"*/{own}.py"), *(course / ASSIGNMENTS).glob(f"*/{own}.ipynb")]
    if taken:
        raise CourselibError(f"There is an assignment named {own!r} already: {taken[0]}. Names are unique in a course.")
    texts = {
        course / SOLUTIONS / week / f"{own}.py": "source.py.txt",
        course / SOLUTIONS / week / f"{own}_checks.py": "checks.py.txt",
        course / "tests" / "course" / week / f"{own}_equivalents.py": "equivalents.py.txt",
    }
    title = own.replace("_", " ").capitalize()
    templates = resources.files("courselib.authoring") / "templates"
    for path, template in texts.items():
        write_text(path, (templates / template).read_text(encoding="utf-8").format(name=own, title=title))
    return list(texts)
