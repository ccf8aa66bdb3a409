"""Which cells of a submission have to run: what the learner wrote, and what that needs."""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterable

from courselib.grading.submission import SubmittedCell

_MAX_PARSED = 100_000  # characters: no human wrote a longer cell, and to parse one would cost the grader dear


def needed_cells(cells: Iterable[SubmittedCell], optional: frozenset[str]) -> list[SubmittedCell]:
    """The cells that have to run: all, but for optional ones that define nothing that the others read.

    Args:
        cells: In their order.
        optional: Digests of cells that nobody may need.
    """
    cells = list(cells)
    needed = {cell.number for cell in cells if cell.digest not in optional}
    left = [cell for cell in cells if cell.number not in needed]
    names = {cell.number: global_names(cell.source) for cell in cells} if left else {}
    while left:
        running = [names[number] for number in needed]
        sources = Counter(name for defined, _ in running for name in defined)
        missing = {name for defined, read in running for name in read if sources[name] == (name in defined)}
        found = {cell.number for cell in left if names[cell.number][0] & missing}
        if not found:
            break
        needed |= found
        left = [cell for cell in left if cell.number not in found]
    return [cell for cell in cells if cell.number in needed]


def global_names(source: str) -> tuple[set[str], set[str]]:
    """The global names that a cell seems to define, and those that it seems to take from other cells."""
    if len(source) > _MAX_PARSED:
        return set(), set()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # a line of IPython's, or no Python
        return set(), set(re.findall(r"\w+", source))
    defined: set[str] = set()
    read: set[str] = set()
    read_later: set[str] = set()  # when a function is called
    for statement in statements:
        loaded, stored = _names_in(statement)
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            read_later |= loaded - stored
            stored = {statement.name}
        elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):  # the value comes first
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            own = {target.id for target in targets if isinstance(target, ast.Name)}
            read |= loaded - (stored - own) - defined
            read |= own - defined if isinstance(statement, ast.AugAssign) else set()
        else:
            read |= loaded - stored - defined
        defined |= stored
    return defined, read | (read_later - defined)


def _names_in(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """The names that a statement reads, and those that it sets, be they global or local."""
    loaded, stored = set(), set()
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                loaded.add(name)
            case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                stored.add(name)
            case ast.alias(name=name, asname=other):
                stored.add(other or name.partition(".")[0])
    return loaded, stored
