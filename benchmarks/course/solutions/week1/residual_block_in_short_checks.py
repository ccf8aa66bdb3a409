"""The exercises of residual_block_in_short."""

from collections.abc import Iterator

import numpy as np

from courselib.grading import Case, Exercise, Mistake


def images(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers from -2 to 2 in steps of 1/8."""
    return (rng.integers(-16, 17, size=shape) / 8).astype("float32")


def cases_identity_block(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("3 x 3", (images(rng, 2, 6, 6, 4), 3, (2, 2, 4), int(rng.integers(100))))
    yield Case("5 x 5, not square", (images(rng, 1, 7, 5, 3), 5, (4, 2, 3), int(rng.integers(100))))
    yield Case("1 x 1", (images(rng, 2, 4, 4, 2), 1, (2, 3, 2), int(rng.integers(100))))


def cases_convolutional_block(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("stride 2", (images(rng, 2, 6, 6, 4), 3, (2, 2, 8), 2, int(rng.integers(100))))
    yield Case("stride 1", (images(rng, 1, 7, 5, 3), 5, (4, 2, 6), 1, int(rng.integers(100))))
    yield Case("stride 3", (images(rng, 2, 9, 6, 2), 1, (2, 3, 4), 3, int(rng.integers(100))))


exercises = [
    Exercise("identity_block", 50, cases_identity_block, [
        Mistake("no_shortcut", "layers.Add()([A, X]) if last else A", "A", "The shortcut is missing."),
        Mistake("no_activation", "layers.ReLU()(A)", "A if last else layers.ReLU()(A)", "The last ReLU is missing."),
    ]),
    Exercise("convolutional_block", 50, cases_convolutional_block, [
        Mistake("plain_shortcut", "convolve(X, filters[2], 1, s)", "X", "The shortcut keeps the shape of the input."),
    ]),
]  # fmt: skip
