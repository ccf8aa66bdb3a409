"""The limit of what a grader can reach: the code of all notebooks, executed in one process that keeps its imports.

`python limit.py NOTEBOOK...` runs each notebook's code cells, checks included, in a fresh namespace. There is no
kernel and no protection: one notebook can change what the next one sees. It fails with the first check that fails.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import warnings
from pathlib import Path


def main() -> None:
    """Run the notebooks."""
    os.environ["MPLBACKEND"] = "agg"
    sys.modules["IPython"] = None  # type: ignore[assignment]  # not needed: the checks print what they find
    for name in sys.argv[1:]:
        path = Path(name).resolve()
        os.chdir(path.parent)
        namespace = {"__name__": "__main__"}
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                if cell["cell_type"] == "code":
                    exec(compile("".join(cell["source"]), f"<{cell['id']}>", "exec"), namespace)
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
        print(f"passed {path.parent.parent.name}")


if __name__ == "__main__":
    main()
