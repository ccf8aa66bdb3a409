"""The exercises of convolution_in_short."""

from collections.abc import Iterator

import numpy as np

from courselib.grading import Case, Exercise, Mistake


def eighths(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers from -2 to 2 in steps of 1/8, never 0."""
    return rng.integers(1, 17, size=shape) * rng.choice([-1, 1], size=shape) / 8.0


def cases_zero_pad(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("one image", (eighths(rng, 1, 4, 4, 1), 1))
    yield Case("batch of three, not square", (eighths(rng, 3, 2, 3, 2), 2))
    yield Case("pad 0 changes nothing", (eighths(rng, 2, 3, 3, 3), 0))


def cases_conv_single_step(rng: np.random.Generator) -> Iterator[Case]:
    for f, n_C in ((1, 1), (3, 3), (5, 2)):
        yield Case(f"filter of {f}, {n_C} channels", (eighths(rng, f, f, n_C), eighths(rng, f, f, n_C), _bias(rng, 1)))


def _bias(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return eighths(rng, 1, 1, *shape)


def cases_conv_forward(rng: np.random.Generator) -> Iterator[Case]:
    for stride, pad in ((1, 0), (1, 1), (2, 2)):
        arrays = (eighths(rng, 2, 7, 6, 3), eighths(rng, 3, 3, 3, 4), _bias(rng, 1, 4))
        yield Case(f"stride {stride}, pad {pad}", (*arrays, {"stride": stride, "pad": pad}))


def cases_pool_forward(rng: np.random.Generator) -> Iterator[Case]:
    for mode in ("max", "average"):
        yield Case(mode, (eighths(rng, 2, 8, 6, 3), {"f": 2, "stride": 2}), {"mode": mode})
    yield Case("overlapping, negative", (-np.abs(eighths(rng, 1, 7, 7, 2)), {"f": 3, "stride": 2}))


exercises = [
    Exercise("zero_pad", 20, cases_zero_pad, [
        Mistake("pads_all_axes", "((0, 0), (pad, pad), (pad, pad), (0, 0))", "pad", "All four axes grow."),
    ]),
    Exercise("conv_single_step", 20, cases_conv_single_step, [
        Mistake("no_bias", " + b[0, 0, 0]", "", "The bias is missing."),
    ]),
    Exercise("conv_forward", 40, cases_conv_forward, [
        Mistake("ignores_pad", "zero_pad(A_prev, pad)", "A_prev", "The padding is missing."),
        Mistake("no_stride", "h * stride : h * stride + f, w", "h : h + f, w", "The window does not jump."),
    ]),
    Exercise("pool_forward", 20, cases_pool_forward, [
        Mistake("always_max", 'np.max if mode == "max" else np.mean', "np.max", "It never takes the mean."),
    ]),
]  # fmt: skip
