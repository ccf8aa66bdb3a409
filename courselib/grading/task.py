"""What a worker needs to grade one submission, as one line of text: no file is shared, so any machine can do it."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from courselib.grading.kernels.kernelspec import Flavour
from courselib.grading.key import Key, key_text, parse_key
from courselib.grading.submission import Submission, SubmittedCell

DEFAULT_CELL_TIMEOUT = 120.0


@dataclass(frozen=True)
class Task:
    """One submission to grade.

    Args:
        submission: The learner's notebook.
        key: The key of its assignment.
        solutions: The solution's source of each exercise, where they are at hand, by name.
        cell_timeout: Seconds that a cell, or all cases of one exercise, may take.
        require_sandbox: Refuse to run where the host cannot keep the submission in.
        gpu: Let the submission use a GPU.
    """

    submission: Submission
    key: Key
    solutions: Mapping[str, str]
    cell_timeout: float = DEFAULT_CELL_TIMEOUT
    require_sandbox: bool = False
    gpu: bool = False

    @property
    def flavour(self) -> Flavour:
        """What its kernel has imported when it starts: `"keras"`, or `"numpy"` where the assignment needs no more."""
        return "keras" if "keras" in "".join(self.key.setup) else "numpy"

    def to_text(self) -> str:
        """One line of JSON."""
        data = {
            "submission": asdict(self.submission),
            "key": _cached_key_text(self.key),
            "solutions": dict(self.solutions),
            "cell_timeout": self.cell_timeout,
            "require_sandbox": self.require_sandbox,
            "gpu": self.gpu,
        }
        return json.dumps(data)

    @classmethod
    def from_text(cls, text: str) -> Task:
        """The task that `to_text` wrote."""
        data = json.loads(text)
        submission = data.pop("submission")
        cells = tuple(SubmittedCell(**cell) for cell in submission.pop("cells"))
        return cls(Submission(cells=cells, **submission), _cached_key(data.pop("key")), **data)


@functools.lru_cache(maxsize=16)
def _cached_key_text(key: Key) -> str:
    return key_text(key)


@functools.lru_cache(maxsize=16)
def _cached_key(text: str) -> Key:
    return parse_key(text, "the task's key")
