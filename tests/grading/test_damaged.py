"""Damaged notebooks. Each gets a report that says in one line what is wrong, or is graded if it still is a notebook.

All are graded by the real command in one run, between honest submissions that must get what they earned.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.arena import Arena, Outcome
from tests.conftest import code_cell

Notebook = dict[str, Any]
FULL = {"double": 60, "quadruple": 40}
HONEST = ("ada", "zoe")
DEPTH = 10_000


def _text(notebook: Notebook) -> bytes:
    return json.dumps(notebook).encode()


def _cells(**changes: Any) -> Callable[[Notebook], bytes]:
    """Change something in every code cell."""

    def change(notebook: Notebook) -> bytes:
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell.update(changes)
        return _text(notebook)

    return change


def _top(**changes: Any) -> Callable[[Notebook], bytes]:
    """Change something at the top level; None removes it."""

    def change(notebook: Notebook) -> bytes:
        merged = {**notebook, **changes}
        return _text({name: value for name, value in merged.items() if value is not None})

    return change


def _add(*cells: Any) -> Callable[[Notebook], bytes]:
    """Put something in front of the cells."""
    return lambda notebook: _text({**notebook, "cells": [*cells, *notebook["cells"]]})


def _replaced(old: bytes, new: bytes) -> Callable[[Notebook], bytes]:
    return lambda notebook: _text(notebook).replace(old, new, 1)


def _nested(value: str = "[") -> bytes:
    return value.encode() * DEPTH + {"[": b"]", '{"a":': b"}"}[value] * DEPTH


def version_3(notebook: Notebook) -> bytes:
    """The format of 2014: worksheets, `input` in place of `source`, headings."""
    cells: list[Any] = [{"cell_type": "heading", "level": 1, "metadata": {}, "source": "A toy"}]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            old = {"input": cell["source"], "outputs": [], "collapsed": False, "language": "python", "metadata": {}}
            cells.append({"cell_type": "code", **old})
    worksheets = [{"cells": cells, "metadata": {}}]
    return _text({"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": worksheets})


def same_ids(notebook: Notebook) -> bytes:
    for cell in notebook["cells"]:
        cell["id"] = "double"
    return _text(notebook)


def no_metadata(notebook: Notebook) -> bytes:
    del notebook["metadata"]
    for cell in notebook["cells"]:
        del cell["metadata"]
    return _text(notebook)


def only_markdown(notebook: Notebook) -> bytes:
    return _text({**notebook, "cells": [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]})


def truncated(notebook: Notebook) -> bytes:
    return _text(notebook)[:-200]


def twenty_thousand_cells(notebook: Notebook) -> bytes:
    cells = [{"cell_type": "markdown", "id": f"m{i}", "metadata": {}, "source": "text"} for i in range(19_500)]
    cells += [code_cell(f"x = {i}", f"c{i}") for i in range(500)]
    return _text({**notebook, "cells": [*cells, *notebook["cells"]]})


def fifty_megabytes(notebook: Notebook) -> bytes:
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "A" * 50 * 2**20}}
    return _add({**code_cell("x = 1"), "outputs": [picture]})(notebook)


JSON = "is not a notebook: it is broken or is not JSON. Was it cut off?"
CELLS = "is not a Jupyter notebook: it has no list of cells"
DEEP = "is not a notebook: its JSON is nested too deep."
UTF8 = "is not a notebook: it is not UTF-8 text"
NO_ANSWER = "is not a submission of toy: no cell defines any of its exercises."

# What each is made of, and what its report says.
BROKEN: dict[str, tuple[Callable[[Notebook], bytes], str]] = {
    "empty": (lambda _: b"", "is empty. Expected a Jupyter notebook."),
    "blank": (lambda _: b" \n\t \n", "is empty. Expected a Jupyter notebook."),
    "null-bytes": (lambda _: bytes(5000), JSON),
    "null-byte-inside": (_replaced(b"double", b"dou\0ble"), JSON),
    "truncated": (truncated, JSON),
    "two-notebooks": (lambda notebook: _text(notebook) * 2, JSON),
    "merge-conflict": (_replaced(b"{", b"<<<<<<< HEAD\n{"), JSON),
    "html": (lambda _: b"<!doctype html><title>Please log in</title>", JSON),
    "utf-16": (lambda notebook: json.dumps(notebook).encode("utf-16"), UTF8),
    "latin-1": (_replaced(b"Twice", b"Twice \xe9"), UTF8),
    "picture": (lambda _: b"\x89PNG\r\n\x1a\n" + bytes(range(256)), UTF8),
    "a-number": (lambda _: b"5", CELLS),
    "a-list": (lambda _: b"[1, 2]", CELLS),
    "null": (lambda _: b"null", CELLS),
    "no-cells-at-all": (_top(cells=None), CELLS),
    "cells-a-dict": (_top(cells={"a": 1}), CELLS),
    "cells-of-numbers": (_top(cells=[1, 2]), CELLS),
    "cells-of-none": (_add(None), CELLS),
    "nested-lists": (lambda _: _nested(), DEEP),
    "nested-dicts": (lambda _: _nested('{"a":'), DEEP),
    "nested-inside": (_replaced(b'"metadata": {}', b'"metadata": {"a": ' + _nested() + b"}"), DEEP),
    "no-cell": (_top(cells=[]), NO_ANSWER),
    "only-markdown": (only_markdown, NO_ANSWER),
    "sources-numbers": (_cells(source=5), NO_ANSWER),
    "sources-dicts": (_cells(source={"a": "def double(x): return 2 * x"}), NO_ANSWER),
    "sources-missing": (_cells(source=None), NO_ANSWER),
    "huge-number": (_replaced(b'"execution_count": null', b'"execution_count": ' + b"9" * 5000), JSON),
    "too-large": (lambda _: b" " * (101 * 2**20), "is too large: at most 100 MB are read."),
}  # fmt: skip

# What says that it is of a version that never was, and may be graded or refused.
VERSIONS: dict[str, Any] = {"version-a-text": "four", "version-99": 99, "version-negative": -1, "version-2": 2}

# What is damaged and can be graded all the same.
USABLE: dict[str, Callable[[Notebook], bytes]] = {
    "byte-order-mark": lambda notebook: b"\xef\xbb\xbf" + _text(notebook),
    "same-ids": same_ids,
    "ids-of-dicts": _cells(id={"a": [1]}),
    "ids-missing": lambda notebook: _text({**notebook, "cells": [{**c, "id": None} for c in notebook["cells"]]}),
    "no-metadata": no_metadata,
    "metadata-a-list": _top(metadata=[1]),
    "metadata-of-cells-a-text": _cells(metadata="text"),
    "course-metadata-a-number": _top(metadata={"courselib": 5}),
    "another-assignment-named": _top(metadata={"courselib": {"assignment": {"a": [1]}}}),
    "outputs-a-number": _cells(outputs=7),
    "outputs-missing": _cells(outputs=None),
    "minor-version-999": _top(nbformat_minor=999),
    "minor-version-missing": _top(nbformat_minor=None),
    "unknown-cell-type": _add({"cell_type": "picture", "metadata": {}, "source": "x"}),
    "cell-without-anything": _add({}),
    "source-of-odd-lines": _add({**code_cell("x"), "source": ["x = ", 1, None]}),
    "half-a-character": _add(code_cell("x = '\ud83d'")),
    "null-in-source": _add(code_cell("x = 1\0")),
    "not-a-number": _replaced(b'"execution_count": null', b'"execution_count": NaN'),
    "infinity": _replaced(b'"execution_count": null', b'"execution_count": -Infinity'),
    "same-name-twice": _replaced(b'"nbformat":', b'"nbformat": 3, "nbformat":'),
    "carriage-returns": _add(code_cell("x = 1\r\ny = 2\r\n")),
    "version-3": version_3,
    "fifty-megabytes": fifty_megabytes,
    "twenty-thousand-cells": twenty_thousand_cells,
}


@pytest.fixture(scope="module")
def outcome(built_toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """All of them, graded in one run."""
    place = tmp_path_factory.mktemp("damaged")
    shutil.copytree(built_toy, place / "toy_course")
    arena = Arena(place / "toy_course", place)
    for student in HONEST:
        arena.honest(student)
    notebook = json.loads((arena.submissions / "ada/toy.ipynb").read_text())
    versions = {name: _top(nbformat=version) for name, version in VERSIONS.items()}
    for name, make in {**{name: make for name, (make, _) in BROKEN.items()}, **versions, **USABLE}.items():
        (arena.submissions / name).mkdir()
        (arena.submissions / name / "toy.ipynb").write_bytes(make(copy.deepcopy(notebook)))
    found = arena.grade(seconds=200, timeout=20)
    shutil.rmtree(arena.submissions)
    return found


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_notebook_is_told_what_is_wrong(outcome: Outcome, name: str) -> None:
    report = outcome.reports[name]
    assert (report["graded"], report["points"]) == (False, 0)
    (problem,) = report["problems"]
    assert BROKEN[name][1] in problem
    assert "\n" not in problem
    assert len(problem) < 500
    assert f"courselib: {problem}\n" in outcome.err


@pytest.mark.parametrize("name", USABLE)
def test_a_usable_notebook_is_graded(outcome: Outcome, name: str) -> None:
    report = outcome.reports[name]
    assert report["graded"], report["problems"]
    assert outcome.points(name) == FULL


@pytest.mark.parametrize("name", VERSIONS)
def test_an_unknown_version_is_graded_or_told(outcome: Outcome, name: str) -> None:
    report = outcome.reports[name]
    assert outcome.points(name) == FULL if report["graded"] else CELLS in report["problems"][0]


def test_none_stops_the_run(outcome: Outcome) -> None:
    assert outcome.status == 1, outcome.err
    assert "Traceback" not in outcome.err
    assert set(outcome.reports) == {*BROKEN, *VERSIONS, *USABLE, *HONEST}
    assert outcome.survivors == outcome.left_behind == []


@pytest.mark.parametrize("student", HONEST)
def test_the_neighbours_get_what_they_earned(outcome: Outcome, student: str) -> None:
    assert outcome.points(student) == FULL
    assert outcome.reports[student]["problems"] == []


# ------------------------------------------------------------------------------------------------ not even files


@pytest.fixture
def arena(toy: Path, tmp_path: Path) -> Arena:
    arena = Arena(toy, tmp_path / "arena")
    for student in HONEST:
        arena.honest(student)
    return arena


def test_a_pipe_is_not_waited_for(arena: Arena) -> None:
    (arena.submissions / "eve").mkdir()
    os.mkfifo(arena.submissions / "eve/toy.ipynb")
    outcome = arena.grade(seconds=30)
    assert "is not a regular file" in outcome.reports["eve"]["problems"][0]
    assert outcome.points("ada") == outcome.points("zoe") == FULL


def test_a_folder_with_the_name_of_a_notebook_holds_none(arena: Arena) -> None:
    (arena.submissions / "eve/toy.ipynb").mkdir(parents=True)
    outcome = arena.grade()
    assert {student: report["points"] for student, report in outcome.reports.items()} == {"ada": 100, "zoe": 100}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_one_line(arena: Arena) -> None:
    arena.honest("eve").chmod(0)
    outcome = arena.grade()
    assert outcome.reports["eve"]["problems"][0].endswith("toy.ipynb: Permission denied.")
    assert outcome.points("ada") == outcome.points("zoe") == FULL


def test_a_long_name_in_the_metadata_makes_no_long_message(arena: Arena) -> None:
    path = arena.honest("eve")
    notebook = json.loads(path.read_text())
    notebook["metadata"] = {"courselib": {"assignment": "x" * 2**20}}
    (path.parent / "unknown.ipynb").write_text(json.dumps(notebook))
    path.unlink()
    outcome = arena.grade()
    (problem,) = next(report["problems"] for report in outcome.reports.values() if not report["graded"])
    assert "belongs to no assignment" in problem
    assert len(problem) < 1000
