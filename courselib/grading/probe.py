"""The probe: calls the learner's function on the cases and encodes what came back.

It runs inside the learner's kernel, beside code that may be wrong or hostile, and knows no expected result. Whatever it
reports is only a claim; the judge, outside, decides.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import json
import linecache
import site
import sys
import sysconfig
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

import numpy as np

from courselib.grading import observe
from courselib.grading.answer import MAX_TEXT, Answer, Raised
from courselib.grading.codec import encode
from courselib.grading.exercise import Case, Code

ANSWERS_MIME = "application/vnd.courselib.answers+json"

# Built once, at import: the places where code lives that is not the learner's.
_LIBRARY_PATHS = (
    *(sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib")),
    *site.getsitepackages(),
    str(Path(__file__).parents[1]),
    "<frozen",
    "<__array_function__",
)


def probe(function: Callable[..., Any], cases: Iterable[Case]) -> list[Answer]:
    """Call a function on every case.

    Args:
        function: The learner's function.
        cases: The cases; their arguments are copied, so that no call sees what another one did to them.

    Returns:
        One `Answer` per case. Exceptions, `SystemExit` too, are answers; only `KeyboardInterrupt` passes through.
    """
    return [_call(function, case) for case in cases]


def _call(function: Callable[..., Any], case: Case) -> Answer:
    args = [_fresh(value) for value in case.args]
    kwargs = {name: _fresh(value) for name, value in case.kwargs.items()}
    names = _parameter_names(function, len(args)) + list(kwargs)
    before = [encode(value) for value in (*args, *kwargs.values())]
    called = functools.partial(_fresh(case.call), function) if case.call else function
    printed, value, raised, steps = _BoundedText(), None, None, None
    with contextlib.redirect_stdout(printed), warnings.catch_warnings(), _step_counter(case) as counter:
        warnings.simplefilter("ignore")
        try:
            value = called(*args, **kwargs)
        except (Exception, SystemExit) as error:
            raised = Raised(type(error).__name__, _text(error), learner_traceback(error.__traceback__))
    if counter is not None:
        steps = counter.steps
    after = [encode(value) for value in (*args, *kwargs.values())]
    modified = tuple(name for name, old, new in zip(names, before, after, strict=True) if old != new)
    return Answer(value, raised, modified, steps, printed.getvalue())


def _fresh(value: Any) -> Any:
    """A deep copy of an argument; code becomes what it evaluates to."""
    if isinstance(value, Code):
        return eval(value.expression, {"np": np, "keras": sys.modules.get("keras"), "observe": observe})
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, list | tuple):
        return type(value)(_fresh(item) for item in value)
    if isinstance(value, dict):
        return {key: _fresh(item) for key, item in value.items()}
    return value


def _parameter_names(function: Callable[..., Any], count: int) -> list[str]:
    with contextlib.suppress(TypeError, ValueError):
        names = list(inspect.signature(function).parameters)[:count]
        return names + [f"argument {i + 1}" for i in range(len(names), count)]
    return [f"argument {i + 1}" for i in range(count)]


def _text(error: BaseException) -> str:
    try:
        return str(error)[:MAX_TEXT]
    except Exception:
        return "(its message cannot be shown)"


@functools.lru_cache(maxsize=4096)
def is_learner_code(filename: str) -> bool:
    """Whether a file name belongs to a notebook cell (or a learner's module), not to Python, a library or courselib."""
    return not filename.startswith(_LIBRARY_PATHS)


def learner_traceback(trace: TracebackType | None) -> str:
    """The learner's own lines of a traceback, innermost last."""
    lines = []
    for frame, line_number in traceback.walk_tb(trace):
        code: CodeType = frame.f_code
        if is_learner_code(code.co_filename):
            source = linecache.getline(code.co_filename, line_number).strip()
            lines.append(f"{code.co_name}, line {line_number}:  {source}")
    return "\n".join(lines[-10:])


class _BoundedText(io.StringIO):
    """Text that keeps its beginning and forgets the rest, however much is printed."""

    def write(self, text: str) -> int:
        room = MAX_TEXT - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


class _StepCounter:
    """A trace function that counts the lines and calls of the learner's code."""

    def __init__(self) -> None:
        self.steps = 0

    def __call__(self, frame: FrameType, event: str, _arg: Any) -> _StepCounter | None:
        if event == "call" and not is_learner_code(frame.f_code.co_filename):
            return None
        if event in ("call", "line"):
            self.steps += 1
        return self


@contextlib.contextmanager
def _step_counter(case: Case) -> Iterator[_StepCounter | None]:
    if case.max_steps is None:
        yield None
        return
    counter, previous = _StepCounter(), sys.gettrace()
    sys.settrace(counter)
    try:
        yield counter
    finally:
        sys.settrace(previous)


def answer_in_kernel(request: str) -> None:
    """Probe a function of the running notebook and publish the answers; the grader sends this call.

    Args:
        request: JSON with the function's `name`, its `cases` (as a key holds them) and a `nonce` to send back.
    """
    from IPython import get_ipython
    from IPython.display import publish_display_data

    from courselib.grading.key import case_from_json

    data = json.loads(request)
    answer: dict[str, Any] = {"nonce": data["nonce"], "defined": True}
    function = get_ipython().user_ns.get(data["name"])
    if callable(function):
        cases = [case_from_json(case) for case in data["cases"]]
        answer["answers"] = [one.to_json() for one in probe(function, cases)]
    else:
        answer["defined"] = False
    publish_display_data({ANSWERS_MIME: answer, "text/plain": ""})
