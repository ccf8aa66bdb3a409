"""The pages that the course itself writes: solved notebooks, the library, the commands, the cards of the weights."""

from __future__ import annotations

import argparse
import ast
import json
import re
from pathlib import Path

from courselib.cli import _parser
from courselib.files import write_text

PACKAGES = ("datasets", "models", "detection", "recognition", "style", "visualization", "grading")


def version(root: Path) -> str:
    """The version of courselib, read from its source."""
    found = re.search(r'__version__ = "(.+)"', (root / "courselib" / "__init__.py").read_text(encoding="utf-8"))
    return found[1] if found else ""


def write(root: Path, docs: Path) -> None:
    """Write every generated page of the site. What is not there yet in the course has no page.

    Args:
        root: The folder of the repository.
        docs: The folder of the site's sources.
    """
    notebooks = _notebooks(root, docs / "notebooks")
    api = _api(root / "courselib", docs / "api")
    cards = sorted((root / "courselib" / "weights").glob("*.md"))
    texts = notebooks | api | {docs / "commands.md": _commands(), docs / "model_cards.md": _cards(cards, docs)}
    for folder in (docs / "notebooks", docs / "api"):
        for path in folder.rglob("*.*"):
            if path.is_file() and path not in texts and not path.name.startswith("."):
                path.unlink()
    for path, text in texts.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:  # Sphinx rereads what has changed
            write_text(path, text)


def _notebooks(root: Path, target: Path) -> dict[Path, str]:
    """The solved notebooks, and a page that lists them in the order of the README's table."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    paths = sorted((root / "solutions").glob("week*/*.ipynb"))
    paths.sort(key=lambda path: (path.stem not in readme, readme.find(path.stem)))
    lines = [
        "# Solved notebooks",
        "",
        "Every assignment as the course solves it, with its pictures and the checks that pass. They are the solutions: "
        "try first, then read. `courselib solution NAME` opens one beside your own notebook.",
    ]
    for week in sorted({path.parent.name for path in paths}):
        lines += ["", f"## {week.replace('week', 'Week ')}", "", "```{toctree}", ":maxdepth: 1", ""]
        lines += [f"{week}/{path.stem}" for path in paths if path.parent.name == week]
        lines += ["```"]
    copies = {target / path.parent.name / path.name: _with_one_title(path) for path in paths}
    return {target / "index.md": "\n".join(lines) + "\n", **copies}


def _with_one_title(path: Path) -> str:
    """A notebook whose parts stand one level below its title, so that the site's menu lists the title alone."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    texts = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    for number, cell in enumerate(texts):
        fenced = False
        lines = "".join(cell["source"]).splitlines()
        for place, line in enumerate(lines):
            fenced ^= line.startswith("```")
            title = number == place == 0
            if re.match(r"#{1,5} ", line) and not fenced and not title:
                lines[place] = "#" + line
        cell["source"] = "\n".join(lines)
    return json.dumps(notebook, ensure_ascii=False)


def _api(package: Path, target: Path) -> dict[Path, str]:
    """A page for each package of the library: what it is for, a table of its names, and their docstrings."""
    texts = {}
    for name in PACKAGES:
        source = package / name / "__init__.py"
        if source.exists():
            module = f"courselib.{name}"
            lines = [f"# {module}", "", "```{eval-rst}", f".. automodule:: {module}", "   :members:",
                     "   :imported-members:", "```"]  # fmt: skip
            texts[target / f"{name}.md"] = "\n".join(lines) + "\n"
    lines = [
        "# The library",
        "",
        "What the notebooks import, and what you can use in work of your own. It is written in Keras 3 and runs on its "
        "TensorFlow, JAX and PyTorch backends. Each page lists all public names of a package.",
        "",
        "| package | what it holds |",
        "| --- | --- |",
        *(f"| [courselib.{path.stem}]({path.name}) | {_summary(package / path.stem)} |" for path in texts),
        "",
        "```{toctree}",
        ":hidden:",
        "",
        *(path.stem for path in texts),
        "```",
    ]
    return {target / "index.md": "\n".join(lines) + "\n", **texts}


def _summary(package: Path) -> str:
    """The first line of a package's docstring. The package is not imported."""
    docstring = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]


def _commands() -> str:
    """`courselib COMMAND --help`, for every command."""
    parser = _parser()
    actions = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    lines = ["# Commands", "", "What `courselib COMMAND --help` says, for every command.", ""]
    for name, command in actions[0].choices.items():
        command.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=88)
        lines += [f"## courselib {name}", "", "```text", command.format_help().strip(), "```", ""]
    return "\n".join(lines)


def _cards(cards: list[Path], docs: Path) -> str:
    lines = [
        "# Model cards",
        "",
        "The weights that come with courselib are small and were trained by scripts in `courselib/weights`. Each has a "
        "card: how it was made, on what, how good it is and what it is not for. `courselib doctor` compares the files "
        "with their cards.",
        "",
    ]
    for card in cards:
        path = Path("..") / card.relative_to(docs.parent)
        lines += [f"```{{include}} {path.as_posix()}", ":heading-offset: 1", "```", ""]
    return "\n".join(lines)
