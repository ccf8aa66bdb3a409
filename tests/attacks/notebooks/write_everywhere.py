"""Writes to site-packages, to the package, to the course, to keys, grades and to the homes of others."""
# ruff: noqa: F821

# %% double
import contextlib
import os
from pathlib import Path

import numpy

# What it leaves is found by the test: in the sandbox some of these places exist, but are the kernel's own.
NAMES = ("attack-was-here.pth", "reports/toy/attack-was-here.json", "startup/attack-was-here.py")


def double(x):
    places = [PLACES[name] for name in ("package", "course", "keys", "submissions", "grades", "home")]
    places += [Path(numpy.__file__).parents[1], Path(os.__file__).parent, "/etc", "/usr/local/bin", "/"]
    for place in places:
        for name in NAMES:
            try:
                Path(place, name).parent.mkdir(parents=True, exist_ok=True)
                Path(place, name).write_text("import os\n")
            except OSError:
                pass
    for name in ("gradebook.csv", "report/index.html", "reports/toy/ada-before.json"):
        with contextlib.suppress(OSError):
            Path(PLACES["grades"], name).write_text("owned")
    return x
