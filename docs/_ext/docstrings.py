"""Docstrings in Markdown, with Google's sections, as the reStructuredText that autodoc and napoleon read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_FENCE = re.compile(r"(?P<indent>\s*)```(?P<language>\w*)\s*$")
_TABLE = re.compile(r"\s*\|.*\|\s*$")
_RULE = re.compile(r"[\s|:-]+$")
_CODE_OR_LINK = re.compile(r"`+(?P<code>[^`]+)`+|\[(?P<text>[^\]]+)\]\((?P<url>[^)\s]+)\)")
_SECTION = re.compile(r"\s*(Args|Arguments|Attributes|Returns|Yields|Raises|Note|Warning|Input shape|Output shape):$")


def markdown_to_rst(lines: Sequence[str]) -> list[str]:
    """Translate what our docstrings use: code, links, fenced code, tables and lists."""
    return list(_blocks(iter(lines)))


def _blocks(lines: Iterator[str]) -> Iterator[str]:
    table: list[str] = []
    in_list = False
    for line in lines:
        if _TABLE.match(line):
            table.append(line)
            continue
        if table:
            yield from _table(table)
            table = []
        fence = _FENCE.match(line)
        item = line.lstrip().startswith("- ")
        if fence:
            yield from _code(fence, lines)
        elif line.strip() == "Example:":
            yield from ("", ".. rubric:: Example", "")
        elif section := _SECTION.match(line):
            yield line
            if section[1] in ("Returns", "Yields"):  # napoleon would take what stands before a colon for a type
                yield f"{line[: section.start(1)]}    \\ "
        else:
            if item and not in_list:
                yield ""
            yield _inline(line)
        in_list = item or (in_list and line.startswith("  "))
    if table:
        yield from _table(table)


def _code(fence: re.Match[str], lines: Iterator[str]) -> Iterator[str]:
    indent = fence["indent"]
    yield from ("", f"{indent}.. code-block:: {fence['language'] or 'text'}", "")
    for line in lines:
        if _FENCE.match(line):
            break
        yield f"    {line}"
    yield ""


def _table(rows: Sequence[str]) -> Iterator[str]:
    indent = rows[0][: len(rows[0]) - len(rows[0].lstrip())]
    yield from ("", f"{indent}.. list-table::", f"{indent}   :header-rows: 1", "")
    for row in rows:
        if not _RULE.match(row):
            for column, cell in enumerate(row.strip().strip("|").split("|")):
                yield f"{indent}   {'  -' if column else '* -'} {_inline(cell.strip())}"
    yield ""


def _inline(text: str) -> str:
    """Code and links; every other sign stands for itself."""
    parts, end = [], 0
    for match in _CODE_OR_LINK.finditer(text):
        parts.append(_plain(text[end : match.start()]))
        parts.append(f"``{match['code']}``" if match["code"] else f"`{match['text']} <{match['url']}>`__")
        end = match.end()
    return "".join(parts) + _plain(text[end:])


def _plain(text: str) -> str:
    return re.sub(r"(?<=\w)_(?!\w)|[*|\\]", r"\\\g<0>", text)
