"""The notebooks of an assignment: assembled from its source, with nbgrader's metadata, executed and compared."""

from __future__ import annotations

import base64
import difflib
import io
import json
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from courselib.authoring.source import Cell, Source
from courselib.errors import CourselibError

_KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_MAX_DIFF_LINES = 40


def assignment_notebook(source: Source) -> NotebookNode:
    """The student's notebook: stubs with their docstrings, no outputs."""
    return _notebook(source, solved=False)


def solution_notebook(source: Source) -> NotebookNode:
    """The instructor's notebook before its execution. It keeps the solution markers, which nbgrader needs."""
    return _notebook(source, solved=True)


def _notebook(source: Source, solved: bool) -> NotebookNode:
    points = {exercise.name: exercise.points for exercise in source.exercises}
    cells = []
    for cell in source.cells:
        text = cell.stub if cell.is_exercise and not solved else cell.text
        new_cell = new_markdown_cell if cell.kind == "markdown" else new_code_cell
        cells.append(new_cell(text, id=cell.id, metadata=_metadata(cell, points)))
    metadata = {
        "kernelspec": _KERNELSPEC,
        "language_info": {"name": "python"},
        "courselib": {"assignment": source.name, "week": source.week},
    }
    return new_notebook(cells=cells, metadata=metadata)


def _metadata(cell: Cell, points: dict[str, int]) -> dict[str, Any]:
    """nbgrader's schema, version 3: who may edit the cell, and what it is worth."""
    metadata: dict[str, Any] = {"tags": list(cell.tags)} if cell.tags else {}
    nbgrader: dict[str, Any] = {"grade_id": cell.id, "schema_version": 3, "task": False}
    if cell.is_exercise:
        nbgrader |= {"grade": False, "locked": False, "solution": True}
        metadata |= {"deletable": False}
    elif cell.checks:
        nbgrader |= {"grade": True, "locked": True, "solution": False, "points": points[cell.checks]}
        metadata |= {"deletable": False, "editable": False}
    elif cell.is_setup:
        nbgrader |= {"grade": False, "locked": True, "solution": False}
    else:
        return metadata
    return metadata | {"nbgrader": nbgrader}


def notebook_text(notebook: NotebookNode) -> str:
    """The contents of a notebook's file, the same bytes for the same notebook."""
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def execute(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Run all cells of a notebook.

    Args:
        notebook: Executed in place.
        folder: The working directory.

    Raises:
        CourselibError: If a cell raises, with the end of its traceback.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", record_timing=False, resources={"metadata": {"path": str(folder)}}
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        name = notebook.metadata.courselib.assignment
        raise CourselibError(f"The solution of {name} does not run:\n{str(error)[-3000:]}") from None
    for cell in notebook.cells:
        if "outputs" in cell:  # what libraries say to the error stream when they start is no result
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        for output in cell.get("outputs", ()):
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = _smaller(output.data["image/png"])
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def _smaller(png: str) -> str:
    """The same picture with a palette of 256 colours, where that takes less room: notebooks stay small."""
    from PIL import Image

    raw, buffer = base64.b64decode(png), io.BytesIO()
    picture = Image.open(io.BytesIO(raw)).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(buffer, format="PNG", optimize=True)
    return png if len(buffer.getvalue()) >= len(raw) else base64.b64encode(buffer.getvalue()).decode("ascii")


def compare(expected: NotebookNode, path: Path, executed: bool) -> str | None:
    """What is out of step between a generated notebook and its source, as a readable diff, or None.

    Args:
        expected: The notebook that the source gives.
        path: The generated file.
        executed: Whether the file must hold the outputs of an error-free run.
    """
    try:
        actual = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except FileNotFoundError:
        return f"{path.name} is missing."
    except Exception as error:
        return f"{path.name} cannot be read: {error}"
    texts = _lines(actual), _lines(expected)
    diff = list(difflib.unified_diff(*texts, "generated", "from the source", lineterm="", n=2))
    if diff:
        more = [f"... {len(diff) - _MAX_DIFF_LINES} more lines"] if len(diff) > _MAX_DIFF_LINES else []
        return "\n".join([f"{path.name} is out of step with its source:", *diff[:_MAX_DIFF_LINES], *more])
    for cell in actual.cells:
        if cell.cell_type != "code":
            continue
        if executed and cell.execution_count is None:
            return f"{path.name}: cell {cell.id!r} was not executed."
        if executed and any(output.output_type == "error" for output in cell.outputs):
            return f"{path.name}: cell {cell.id!r} holds an error."
        if not executed and (cell.outputs or cell.execution_count is not None):
            return f"{path.name}: cell {cell.id!r} holds an output."
    return None


def _lines(notebook: NotebookNode) -> list[str]:
    """A notebook as text for a diff: its metadata, then each cell with its id, metadata and lines."""
    lines = [f"# notebook {json.dumps(notebook.metadata, sort_keys=True)}"]
    for cell in notebook.cells:
        lines.append(f"# %% [{cell.cell_type}] {cell.get('id')} {json.dumps(cell.metadata, sort_keys=True)}")
        lines += cell.source.splitlines()
    return lines
