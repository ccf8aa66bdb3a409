"""A progress bar for the terminal and for notebooks."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Advance = Callable[[str], None]


@contextlib.contextmanager
def progress(total: int, shown: bool) -> Iterator[Advance]:
    """Yields a function to call after each step with a few words on how things are.

    Args:
        total: The number of steps.
        shown: False shows nothing.
    """
    console = Console()
    if not shown:
        yield lambda text: None
    elif console.is_jupyter:
        yield from _in_notebook(total)
    else:
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("", total=total)
            yield lambda text: bar.update(task, advance=1, description=text)


def _in_notebook(total: int) -> Iterator[Advance]:
    """A bar that needs no widgets, and becomes one line of text in the end."""
    from IPython.display import HTML, display

    started, done, drawn = time.perf_counter(), 0, 0.0
    handle = display(HTML(""), display_id=True)

    def advance(text: str) -> None:
        nonlocal done, drawn
        done += 1
        now = time.perf_counter()
        if now - drawn > 0.5 and done < total:
            drawn = now
            handle.update(HTML(f'<progress max="{total}" value="{done}"></progress> {done} of {total} steps, {text}'))
        elif done == total:
            handle.update(HTML(f"{total} steps in {now - started:.0f} seconds, {text}"))

    yield advance
