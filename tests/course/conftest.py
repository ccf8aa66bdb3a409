"""What the tests of single assignments share: the functions of the solution."""

from __future__ import annotations

import warnings
from types import SimpleNamespace

import pytest

from courselib.authoring.keys import namespace
from courselib.authoring.source import find_sources, read_source
from tests.conftest import COURSE


@pytest.fixture(scope="module")
def solution(request: pytest.FixtureRequest) -> SimpleNamespace:
    """What `test_NAME_reference.py` is about: the names that setup and exercises of NAME define.

    `CELLS` in the module names further cells, by id, that are executed behind them.
    """
    name = request.path.stem.removeprefix("test_").removesuffix("_reference")
    source = read_source(next(path for path in find_sources(COURSE) if path.stem == name))
    cells = {cell.id: cell.text for cell in source.cells}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = namespace(source)
        for cell_id in getattr(request.module, "CELLS", ()):
            exec(compile(cells[cell_id], f"<{cell_id}>", "exec"), names)
    return SimpleNamespace(**{name: value for name, value in names.items() if not name.startswith("__")})
