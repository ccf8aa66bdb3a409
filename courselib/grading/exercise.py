"""What an author declares about an assignment: exercises, their cases, and the mistakes that learners make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Code:
    """An argument that cannot be data (a function, a Keras model): a Python expression evaluated in the kernel.

    The expression sees `np` and, once something in the kernel has imported it, `keras`.

    Example:
    ```python
    Case("the sum of cubes", (Code("lambda x: np.sum(x ** 3)"), np.array([1.0, -2.0]), 0.1))
    ```
    """

    expression: str


@dataclass(frozen=True)
class Case:
    """One call of the learner's function.

    Args:
        title: What is special about this call, in a few words that the learner reads: `"batch of three, stride 2"`.
        args: Positional arguments: arrays, numbers, strings, plain containers, or `Code`.
        kwargs: Keyword arguments, of the same kinds.
        raises: The exception that the function must raise here. Without it, the function must return.
        max_steps: The most lines of the learner's Python that this call may execute. A vectorised function needs a
            few; a loop over the positions of an image needs hundreds. `None` does not count.
    """

    title: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    raises: type[Exception] | None = None
    max_steps: int | None = None


@dataclass(frozen=True)
class Mistake:
    """A wrong solution that learners really write: a small textual change of the right one.

    Args:
        name: `snake_case`, what goes wrong: `"pads_all_axes"`.
        old: Text that occurs exactly once in the solution's cell.
        new: What stands there instead.
        hint: One or two sentences for the learner: what it looks like they did, and where to look. It does not give
            the solution away.
    """

    name: str
    old: str
    new: str
    hint: str


@dataclass(frozen=True)
class Exercise:
    """One function that the learner writes.

    Args:
        name: The function's name.
        points: What it is worth. All exercises of an assignment sum to 100.
        cases: A function that draws the cases from a seeded `numpy.random.Generator`. The public key and every hidden
            key call it with generators of their own, so it must reach the same corners whatever the seed.
        mistakes: Wrong solutions. The build proves for each that the cases catch it and tell it from the others.
    """

    name: str
    points: int
    cases: Callable[[np.random.Generator], Iterable[Case]]
    mistakes: Sequence[Mistake]
