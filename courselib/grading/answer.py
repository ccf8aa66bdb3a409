"""What one call of a function did: the value or the exception, and what else can be seen from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from courselib.grading.codec import CodecError, Encoded, decode, encode

MAX_TEXT = 2_000  # characters of an error message or of printed text that are kept


@dataclass(frozen=True)
class Raised:
    """An exception that the learner's function raised.

    `traceback` holds the learner's own lines only, ready to print.
    """

    type: str
    message: str
    traceback: str = ""


@dataclass(frozen=True)
class Answer:
    """What came back from one case.

    Args:
        value: What the function returned (`None` when it raised).
        raised: The exception, if it raised one.
        modified: Names of the arguments that the call changed.
        steps: How many lines of the learner's Python ran, where the case counts them.
        printed: What the function printed.
    """

    value: Any = None
    raised: Raised | None = None
    modified: tuple[str, ...] = ()
    steps: int | None = None
    printed: str = ""

    def to_json(self) -> Encoded:
        """The answer as JSON-able data; fields at their defaults are left out."""
        data: Encoded = {}
        if self.raised is None:
            data["value"] = encode(self.value)
        else:
            data["raised"] = {"type": self.raised.type, "message": self.raised.message[:MAX_TEXT]}
            if self.raised.traceback:
                data["raised"]["traceback"] = self.raised.traceback[:MAX_TEXT]
        if self.modified:
            data["modified"] = list(self.modified)
        if self.steps is not None:
            data["steps"] = self.steps
        if self.printed:
            data["printed"] = self.printed[:MAX_TEXT]
        return data

    @classmethod
    def from_json(cls, data: Any) -> Answer:
        """Read an answer that may have been forged.

        Raises:
            CodecError: If the data is malformed.
        """
        if not isinstance(data, Mapping):
            raise CodecError("Malformed answer: not an object.")
        raised = data.get("raised")
        if raised is not None:
            if not isinstance(raised, Mapping):
                raise CodecError("Malformed answer: 'raised' is not an object.")
            texts = (str(raised.get(name, ""))[:MAX_TEXT] for name in ("type", "message", "traceback"))
            raised = Raised(*texts)
        modified, steps = data.get("modified", ()), data.get("steps")
        if not isinstance(modified, list | tuple) or not isinstance(steps, int | None):
            raise CodecError("Malformed answer: 'modified' or 'steps' has the wrong type.")
        return cls(
            value=None if raised else decode(data.get("value")),
            raised=raised,
            modified=tuple(str(name)[:80] for name in modified[:20]),
            steps=steps,
            printed=str(data.get("printed", ""))[:MAX_TEXT],
        )
