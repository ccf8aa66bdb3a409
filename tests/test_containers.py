"""The container files. There is no Docker here, so they are read: what they copy, install and run has to exist."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from courselib.cli import _parser

DOCKER = Path("docker", "Dockerfile")


@pytest.fixture(scope="module")
def steps(course: Path) -> list[tuple[str, str]]:
    """The Dockerfile's instructions and what stands behind them."""
    text = (course / DOCKER).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.partition(" ")[0], line.partition(" ")[2].strip()) for line in lines]


@pytest.fixture(scope="module")
def devcontainer(course: Path) -> dict:
    return json.loads((course / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def project(course: Path) -> dict:
    return tomllib.loads((course / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def run_in_shell(command: str) -> list[list[str]]:
    return [shlex.split(part) for part in command.split("&&")]


def test_the_instructions_are_docker_s(steps: list[tuple[str, str]]) -> None:
    known = {"FROM", "ARG", "ENV", "COPY", "RUN", "USER", "WORKDIR", "EXPOSE", "CMD"}
    assert {name for name, _ in steps} <= known
    assert steps[0][0] == "FROM"


def test_what_is_copied_exists_and_is_not_ignored(course: Path, steps: list[tuple[str, str]]) -> None:
    patterns = (course / f"{DOCKER}.dockerignore").read_text(encoding="utf-8").split("\n")
    sources = [source for name, rest in steps if name == "COPY" for source in rest.split()[:-1]]
    assert "courselib" in sources
    for source in sources:
        assert (course / source).exists(), source
        assert [one for one in patterns if fnmatch(source, one.removeprefix("!"))][-1].startswith("!"), source


def test_what_the_wheel_needs_is_copied(course: Path, steps: list[tuple[str, str]], project: dict) -> None:
    sources = {source for name, rest in steps if name == "COPY" for source in rest.split()[:-1]}
    tool = tomllib.loads((course / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    wheel = tool["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], project["readme"], *project["license-files"]}
    assert needed | {"pyproject.toml"} <= sources


def test_the_extra_exists(steps: list[tuple[str, str]], project: dict) -> None:
    argument = next(rest for name, rest in steps if name == "ARG")
    assert re.fullmatch(r'EXTRA="\[(\w+)\]"', argument)[1] in project["optional-dependencies"]
    assert any("${EXTRA}" in rest for name, rest in steps if name == "RUN")


def test_the_python_is_one_that_the_project_takes(
    steps: list[tuple[str, str]], devcontainer: dict, project: dict
) -> None:
    for image in (steps[0][1], devcontainer["image"]):
        version = re.fullmatch(r"python:(\d+\.\d+)(-slim)?", image)
        assert version, image
        assert version[1] in SpecifierSet(project["requires-python"]), image


def test_the_commands_are_courselib_s(steps: list[tuple[str, str]], devcontainer: dict) -> None:
    command = json.loads(steps[-1][1])
    assert command[0] == "courselib"
    arguments = _parser().parse_args(command[1:])
    assert steps[-1][0] == "CMD"
    assert arguments.no_browser
    assert ("EXPOSE", str(arguments.port)) in steps
    after = run_in_shell(devcontainer["postCreateCommand"])
    ours = [words[3:] for words in after if words[:3] == ["uv", "run", "courselib"]]
    assert [_parser().parse_args(words).run.__name__ for words in ours] == ["run_doctor"]
    assert arguments.port in devcontainer["forwardPorts"]


def test_the_readme_runs_the_workspace_that_the_image_starts(course: Path, steps: list[tuple[str, str]]) -> None:
    text = (course / "docker" / "README.md").read_text(encoding="utf-8")
    home = next(rest for name, rest in steps if name == "WORKDIR")
    folder = json.loads(steps[-1][1])[2]
    assert f"my-course:{home}/{folder}" in text
    assert f"docker build -f {DOCKER.as_posix()} " in text
