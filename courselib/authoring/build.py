"""`courselib build`: writes what is generated, or says what is out of step with its source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from courselib.authoring.keys import PUBLIC_SEED, draw_key
from courselib.authoring.notebooks import assignment_notebook, compare, execute, notebook_text, solution_notebook
from courselib.authoring.source import Source, read_source
from courselib.course import ASSIGNMENTS, SOLUTIONS
from courselib.errors import CourselibError
from courselib.files import write_text
from courselib.grading.key import KEY_SUFFIX, read_key


def generated(source: Source, course: Path) -> tuple[Path, Path, Path]:
    """The paths of the student notebook, the public key and the solution notebook."""
    folder = course / ASSIGNMENTS / source.week
    solution = course / SOLUTIONS / source.week / f"{source.name}.ipynb"
    return folder / f"{source.name}.ipynb", folder / f"{source.name}{KEY_SUFFIX}", solution


def build(path: Path, course: Path, report: Callable[[str], None] = print) -> None:
    """Write the student notebook, the public key and the executed solution notebook of one assignment.

    Args:
        path: The source.
        course: The folder that holds `assignments/` and `solutions/`.
        report: Called with one line per step.

    Raises:
        CourselibError: If the source is wrong, a mistake is not caught or the solution does not run. What had been
            generated before stays as it was.
    """
    source = read_source(path)
    assignment_path, key_path, solution_path = generated(source, course)
    report(f"{source.week}/{source.name}: drawing the public key")
    key = draw_key(source, PUBLIC_SEED)
    num_mistakes = sum(len(exercise.mistakes) for exercise in key.exercises)
    report(f"  {len(key.exercises)} exercises, {num_mistakes} mistakes, each caught and named")
    solution = solution_notebook(source)
    assignment = notebook_text(assignment_notebook(source))
    key.write(key_path)  # first, because the checks in the solution read it
    report("  executing the solution")
    write_text(solution_path, notebook_text(execute(solution, solution_path.parent)))
    write_text(assignment_path, assignment)
    for written in (assignment_path, key_path, solution_path):
        report(f"  wrote {written.relative_to(course)} ({written.stat().st_size / 1024:.0f} kB)")


def out_of_step(path: Path, course: Path) -> list[str]:
    """What is generated and does not fit its source, one readable text per file. Starts no kernel."""
    source = read_source(path)
    assignment_path, key_path, solution_path = generated(source, course)
    problems = [
        compare(assignment_notebook(source), assignment_path, executed=False),
        _key_problem(source, key_path),
        compare(solution_notebook(source), solution_path, executed=True),
    ]
    return [problem for problem in problems if problem is not None]


def _key_problem(source: Source, path: Path) -> str | None:
    if not path.exists():
        return f"{path.name} is missing."
    try:
        key = read_key(path)
    except CourselibError as error:
        return str(error)
    if key.hidden:
        return f"{path.name} is a hidden key: the public one belongs there."
    if key.fingerprint != source.fingerprint:
        return f"{path.name} was built from other sources: {source.path.name} or its checks changed since."
    return None


def write_keys(paths: list[Path], seed: str, folder: Path, report: Callable[[str], None] = print) -> None:
    """Write a hidden key for each source.

    Args:
        paths: The sources.
        seed: The secret. The same seed gives the same keys.
        folder: Where the keys go; created if it is missing.
        report: Called with one line per key.

    Raises:
        CourselibError: If the seed is that of the public keys, or a source is wrong.
    """
    if not seed or seed == PUBLIC_SEED:
        raise CourselibError(f"--seed must be a secret: any text but the empty one and {PUBLIC_SEED!r}.")
    for path in paths:
        source = read_source(path)
        target = folder / f"{source.name}{KEY_SUFFIX}"
        draw_key(source, seed).write(target)
        report(f"wrote {target}")
