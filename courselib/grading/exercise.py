"""What an author declares about an assignment: exercises, their cases, and the mistakes that learners make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Code:
    """What cannot be data (a function, a Keras model): a Python expression evaluated in the kernel.

    The expression sees `np`, `observe` (`courselib.grading.observe`) and, once something in the kernel has imported it,
    `keras`.

    Example:
    ```python
    Case("the sum of cubes", (Code("lambda x: np.sum(x ** 3)"), np.array([1.0, -2.0]), 0.1))
    ```
    """

    expression: str


@dataclass(frozen=True)
class Score:
    """What predictions must reach, where no two right solutions give the same ones: a network after training.

    The labels stay with the judge; the kernel never sees them.

    Args:
        labels: The true class ids, of shape `(m,)`.
        at_least: The accuracy, from 0 to 1, that the predictions need.
    """

    labels: np.ndarray
    at_least: float


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
        call: How to call the function, where calling it with the arguments is not enough: code for a function of the
            learner's function and the arguments, whose result is judged. `Code("observe.block")` builds a Keras model
            around the learner's layers and tells what it computes.
        tolerance: How much a float may differ, relative to the largest expected one. By default it depends on the
            dtype. Deep networks need more: 1e-2 leaves room for float16 weights and for a GPU's TF32.
        score: Judge the result as predictions: class probabilities `(m, num_classes)`, probabilities of class 1 `(m,)`
            or `(m, 1)`, or class ids `(m,)`.
    """

    title: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    raises: type[Exception] | None = None
    max_steps: int | None = None
    call: Code | None = None
    tolerance: float | None = None
    score: Score | None = None


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
