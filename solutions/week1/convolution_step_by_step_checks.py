"""The exercises of convolution_step_by_step: their cases and the mistakes that learners make.

Array entries are eighths (and pixels are whole numbers), so that sums and products of them are exact in float64: the
keys are the same bytes on every machine. The shapes, and what is special about a case, never depend on the seed.
"""

from collections.abc import Iterator

import numpy as np
from skimage import data

from courselib.grading import Case, Code, Exercise, Mistake


def eighths(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers from -2 to 2 in steps of 1/8, never 0."""
    return rng.integers(1, 17, size=shape) * rng.choice([-1, 1], size=shape) / 8.0


def distinct(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Distinct numbers in steps of 1/8, never 0; half of them are negative."""
    size = int(np.prod(shape))
    numbers = np.concatenate([np.arange(1, size // 2 + 1), -np.arange(1, size - size // 2 + 1)])
    return rng.permutation(numbers).reshape(shape) / 8.0


def biases(rng: np.random.Generator, n_C: int) -> np.ndarray:
    """Biases of shape (1, 1, 1, n_C): distinct and neither 0 nor small."""
    return (rng.permutation(n_C) + 3.0).reshape(1, 1, 1, n_C) * rng.choice([-0.5, 0.5])


def crop(rng: np.random.Generator, photo: np.ndarray, height: int, width: int) -> np.ndarray:
    """A piece of a photograph at a random place where something can be seen."""
    while True:
        top = int(rng.integers(photo.shape[0] - height))
        left = int(rng.integers(photo.shape[1] - width))
        piece = photo[top : top + height, left : left + width].copy()
        if np.ptp(piece) > 100:
            return piece


# ---- part 1: an edge, found by hand


def cases_vertical_edge_filter(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("the nine numbers")


vertical_edge_filter = Exercise(
    name="vertical_edge_filter",
    points=2,
    cases=cases_vertical_edge_filter,
    mistakes=(
        Mistake(
            "transposed",
            "np.array([[1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 0.0, -1.0]])",
            "np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [-1.0, -1.0, -1.0]])",
            "This is the filter for horizontal edges: it compares above with below. Each inner list is one row.",
        ),
        Mistake(
            "wrong_sign",
            "np.array([[1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 0.0, -1.0]])",
            "np.array([[-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]])",
            "Your filter is positive where the *right* side is brighter. The description asks for the other direction.",
        ),
        Mistake(
            "sobel",
            "[1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 0.0, -1.0]",
            "[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]",
            "This is the Sobel filter, whose middle row counts twice. Here all three rows are the same.",
        ),
        Mistake(
            "one_row",
            "np.array([[1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 0.0, -1.0]])",
            "np.array([[1.0, 0.0, -1.0]])",
            "This is only one row. The filter is a square of three rows and three columns.",
        ),
        Mistake(
            "no_column_of_zeros",
            "[1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 0.0, -1.0]",
            "[1.0, -1.0], [1.0, -1.0], [1.0, -1.0]",
            "Your filter has two columns. Between the left and the right column there is a middle one.",
        ),
    ),
)


def cases_horizontal_edge_filter(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("the nine numbers")


horizontal_edge_filter = Exercise(
    name="horizontal_edge_filter",
    points=2,
    cases=cases_horizontal_edge_filter,
    mistakes=(
        Mistake(
            "not_transposed",
            "vertical_edge_filter().T",
            "vertical_edge_filter()",
            "This is still the filter for vertical edges. Rows must become columns.",
        ),
        Mistake(
            "wrong_sign",
            "vertical_edge_filter().T",
            "-vertical_edge_filter().T",
            "Your filter is positive where the picture is brighter below. Look at which row has the ones.",
        ),
        Mistake(
            "mirrored_instead",
            "vertical_edge_filter().T",
            "vertical_edge_filter()[:, ::-1]",
            "You turned left and right round. That is still a filter for vertical edges.",
        ),
        Mistake(
            "sobel",
            "vertical_edge_filter().T",
            "vertical_edge_filter().T * np.array([1.0, 2.0, 1.0])",
            "This is the Sobel filter, whose middle column counts twice. Here all columns are the same.",
        ),
        Mistake(
            "one_column",
            "vertical_edge_filter().T",
            "vertical_edge_filter()[:1].T",
            "This is only one column. The filter is a square of three rows and three columns.",
        ),
    ),
)


def cases_detect_edges(rng: np.random.Generator) -> Iterator[Case]:
    vertical = np.array([[1, 0, -1]] * 3)
    step = np.zeros((6, 9))
    step[:, int(rng.integers(3, 6)) :] = float(rng.integers(1, 9))
    yield Case("an image with one vertical edge", (step, vertical.astype(float)))
    yield Case("a gray photograph, uint8", (crop(rng, data.camera(), 10, 14), vertical))
    yield Case("a tall uint8 photograph, horizontal filter", (crop(rng, data.coins(), 13, 8), vertical.T.copy()))
    bright = crop(rng, data.brick(), 9, 11).astype(np.float32) / np.float32(256)
    yield Case("float32 photograph in 0-1, filter of 4 x 4", (bright,), {"kernel": distinct(rng, 4, 4)})
    colour = crop(rng, data.astronaut(), 7, 9)
    yield Case("a colour photograph, uint8, filter of 3 x 3 x 3", (colour, rng.integers(1, 6, size=(3, 3, 3))))
    yield Case(
        "colour, floats, filter of 2 x 2 x 3", (), {"image": eighths(rng, 5, 6, 3), "kernel": distinct(rng, 2, 2, 3)}
    )
    yield Case("filter of 1 x 1", (eighths(rng, 4, 5), np.array([[-1.5]])))
    yield Case("filter as large as the image", (eighths(rng, 5, 5), distinct(rng, 5, 5)))


detect_edges = Exercise(
    name="detect_edges",
    points=6,
    cases=cases_detect_edges,
    mistakes=(
        Mistake(
            "wraps_around_uint8",
            "edges = np.zeros((n_H, n_W))",
            "edges = np.zeros((n_H, n_W), dtype=image.dtype)",
            "With uint8 photographs your negative results wrap around (-2 becomes 254). Look at the dtype of the array "
            "that holds the result.",
        ),
        Mistake(
            "flipped_kernel",
            "np.sum(window * kernel)",
            "np.sum(window * kernel[::-1, ::-1])",
            "It looks as if the kernel was turned by 180 degrees, as mathematicians do. Here it is used as it is.",
        ),
        Mistake(
            "one_place_short",
            "    n_H = image.shape[0] - f + 1\n    n_W = image.shape[1] - f + 1\n",
            "    n_H = image.shape[0] - f\n    n_W = image.shape[1] - f\n",
            "The last row and column of the result are missing. How many places does a filter of 3 have in a row of 4?",
        ),
        Mistake(
            "absolute_values",
            "np.sum(window * kernel)",
            "abs(np.sum(window * kernel))",
            "All your numbers are positive. The sign tells the direction of the edge, so keep it.",
        ),
        Mistake(
            "mean_instead_of_sum",
            "np.sum(window * kernel)",
            "np.mean(window * kernel)",
            "Your numbers are too small by the same factor everywhere, as if you took the mean of the products. "
            "Add them.",
        ),
        Mistake(
            "transposed_kernel",
            "np.sum(window * kernel)",
            "np.sum(window * np.swapaxes(kernel, 0, 1))",
            "It looks as if rows and columns of the kernel were swapped.",
        ),
        Mistake(
            "square_only",
            "n_W = image.shape[1] - f + 1",
            "n_W = n_H",
            "The result is right only for square images. The width has its own size.",
        ),
        Mistake(
            "no_fractions",
            "edges = np.zeros((n_H, n_W))",
            "edges = np.zeros((n_H, n_W), dtype=int)",
            "The numbers behind the decimal point are lost. Look at the dtype of the array that holds the result.",
        ),
    ),
)


# ---- part 2: why padding


def cases_zero_pad(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("one small image, pad 1", (eighths(rng, 1, 2, 3, 1), 1))
    yield Case("batch of three, not square, pad 2", (eighths(rng, 3, 2, 3, 2), 2))
    yield Case("pad 0 changes nothing", (eighths(rng, 2, 3, 4, 2), 0))
    yield Case("pad larger than the image", (eighths(rng, 1, 2, 1, 2), 3))
    yield Case("a colour photograph, uint8", (crop(rng, data.coffee(), 5, 7)[None], 1))
    yield Case("arguments by name, pad 1", (), {"X": eighths(rng, 2, 3, 2, 4), "pad": 1})


zero_pad = Exercise(
    name="zero_pad",
    points=5,
    cases=cases_zero_pad,
    mistakes=(
        Mistake(
            "pads_all_axes",
            "((0, 0), (pad, pad), (pad, pad), (0, 0))",
            "pad",
            "All four axes grow, so there are new images and new channels of zeros. Only height and width may grow.",
        ),
        Mistake(
            "pads_the_first_axes",
            "((0, 0), (pad, pad), (pad, pad), (0, 0))",
            "((pad, pad), (pad, pad), (0, 0), (0, 0))",
            "You padded the batch axis and the height. Which axis is which in (m, n_H, n_W, n_C)?",
        ),
        Mistake(
            "pads_the_last_axes",
            "((0, 0), (pad, pad), (pad, pad), (0, 0))",
            "((0, 0), (0, 0), (pad, pad), (pad, pad))",
            "You padded the width and the channels. Which axis is which in (m, n_H, n_W, n_C)?",
        ),
        Mistake(
            "pads_one_side",
            "((0, 0), (pad, pad), (pad, pad), (0, 0))",
            "((0, 0), (0, pad), (0, pad), (0, 0))",
            "The zeros are only on the right and below. The frame goes around all four sides.",
        ),
        Mistake(
            "pads_height_only",
            "((0, 0), (pad, pad), (pad, pad), (0, 0))",
            "((0, 0), (pad, pad), (0, 0), (0, 0))",
            "The height grows, but the width does not.",
        ),
        Mistake(
            "repeats_the_border",
            "(pad, pad), (pad, pad), (0, 0)))",
            '(pad, pad), (pad, pad), (0, 0)), mode="edge")',
            "Your frame repeats the pixels of the border. Here the frame is zero.",
        ),
        Mistake(
            "pads_with_ones",
            "(pad, pad), (pad, pad), (0, 0)))",
            "(pad, pad), (pad, pad), (0, 0)), constant_values=1)",
            "Your frame has ones in it. It must be zero.",
        ),
        Mistake(
            "always_one",
            "((0, 0), (pad, pad), (pad, pad), (0, 0))",
            "((0, 0), (1, 1), (1, 1), (0, 0))",
            "Your frame is always one pixel wide. Use the argument pad.",
        ),
    ),
)


# ---- part 3: why stride, why odd filters


def cases_conv_output_size(rng: np.random.Generator) -> Iterator[Case]:
    n = int(rng.integers(20, 60))
    yield Case("3 x 3 filter, no padding", (n, 3))
    yield Case("padding 2", (n, 7), {"p": 2})
    yield Case("stride 2, one pixel left over", (2 * n + 1, 2), {"s": 2})
    yield Case("stride 3, one pixel left over", (3 * n + 1, 3, 0, 3))
    yield Case("stride 3, two pixels left over, padding 1", (3 * n + 2, 5, 1, 3))
    yield Case("stride 4, three pixels left over", (4 * n + 3, 8), {"p": 2, "s": 4})
    yield Case("all arguments by name", (), {"s": 2, "p": 3, "f": 7, "n": 4 * n})
    yield Case("filter as large as the padded image", (4, 8, 2, 5))


conv_output_size = Exercise(
    name="conv_output_size",
    points=4,
    cases=cases_conv_output_size,
    mistakes=(
        Mistake(
            "returns_a_float",
            "(n + 2 * p - f) // s + 1",
            "(n + 2 * p - f) / s + 1",
            "You divide with /, which gives a float, and fractions too. A size is a whole number, rounded down.",
        ),
        Mistake(
            "rounds_to_nearest",
            "(n + 2 * p - f) // s + 1",
            "round((n + 2 * p - f) / s) + 1",
            "You round to the nearest number. A jump that does not fit completely is not made: round down.",
        ),
        Mistake(
            "rounds_up",
            "(n + 2 * p - f) // s + 1",
            "-(-(n + 2 * p - f) // s) + 1",
            "You round up. A jump that does not fit completely is not made: round down.",
        ),
        Mistake(
            "forgets_the_first_window",
            "(n + 2 * p - f) // s + 1",
            "(n + 2 * p - f) // s",
            "You are always one short: you count the jumps, but not the first window.",
        ),
        Mistake(
            "pads_one_side",
            "(n + 2 * p - f) // s + 1",
            "(n + p - f) // s + 1",
            "Padding is added on both sides of the image.",
        ),
        Mistake(
            "adds_one_too_early",
            "(n + 2 * p - f) // s + 1",
            "(n + 2 * p - f + 1) // s",
            "The + 1 stands outside the division: it is one window, not one pixel.",
        ),
        Mistake(
            "ignores_the_stride",
            "(n + 2 * p - f) // s + 1",
            "n + 2 * p - f + 1",
            "The result is right for stride 1 only. Where do you use s?",
        ),
    ),
)


def cases_same_padding(rng: np.random.Generator) -> Iterator[Case]:
    large = 2 * int(rng.integers(10, 50))
    yield Case("filter of 3", (3,))
    yield Case("filter of 5", (5,))
    yield Case("filter of 1", (1,))
    yield Case("a large odd filter, by name", (), {"f": large + 1})
    yield Case("an even filter has no same padding", (4,), raises=ValueError)
    yield Case("a large even filter", (large,), raises=ValueError)


same_padding = Exercise(
    name="same_padding",
    points=3,
    cases=cases_same_padding,
    mistakes=(
        Mistake(
            "no_error_for_even_filters",
            '        raise ValueError(f"Same padding needs an odd filter side. Received: f={f}")\n',
            "        pass\n",
            "For an even filter you return a number. No whole number keeps the size, so raise a ValueError.",
        ),
        Mistake(
            "prints_instead_of_raising",
            'raise ValueError(f"Same padding needs an odd filter side. Received: f={f}")',
            'return print("f must be odd")',
            "For an even filter you print a message or return None. A program cannot read that: raise a ValueError.",
        ),
        Mistake(
            "returns_a_float",
            "(f - 1) // 2",
            "(f - 1) / 2",
            "You return a float such as 1.0. A number of pixels is an int: 1.",
        ),
        Mistake(
            "forgets_the_half",
            "(f - 1) // 2",
            "f - 1",
            "This is the padding of both sides together. What remains for one side?",
        ),
        Mistake(
            "one_too_many",
            "(f - 1) // 2",
            "(f + 1) // 2",
            "Your padding is one pixel too large. Try f = 1: a 1 x 1 filter needs no padding.",
        ),
        Mistake(
            "odd_and_even_mixed_up",
            "if f % 2 == 0:",
            "if f % 2 == 1:",
            "You raise the error for odd filters. Those are the good ones.",
        ),
    ),
)


# ---- part 4: volumes and filters


def cases_red_vertical_edge_filter(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("the 27 numbers")


red_vertical_edge_filter = Exercise(
    name="red_vertical_edge_filter",
    points=3,
    cases=cases_red_vertical_edge_filter,
    mistakes=(
        Mistake(
            "all_channels",
            "kernel[:, :, 0] = vertical_edge_filter()",
            "kernel[:, :, :] = vertical_edge_filter()[:, :, None]",
            "Your filter answers to all three colours. The green and the blue layer must be zero.",
        ),
        Mistake(
            "channels_first",
            "kernel[:, :, 0] = vertical_edge_filter()",
            "kernel[0] = vertical_edge_filter()",
            "The channels are the last axis. Your first index is the row.",
        ),
        Mistake(
            "blue_instead_of_red",
            "kernel[:, :, 0]",
            "kernel[:, :, 2]",
            "Your filter answers to blue. The order is red, green, blue.",
        ),
        Mistake(
            "green_instead_of_red",
            "kernel[:, :, 0]",
            "kernel[:, :, 1]",
            "Your filter answers to green. The order is red, green, blue, and counting starts at 0.",
        ),
        Mistake(
            "horizontal_edges",
            "= vertical_edge_filter()",
            "= vertical_edge_filter().T",
            "The red layer looks for horizontal edges.",
        ),
        Mistake(
            "others_are_not_zero",
            "np.zeros((3, 3, 3))",
            "np.ones((3, 3, 3))",
            "The green and the blue layer are not zero, so the filter answers to these colours too.",
        ),
    ),
)


def cases_conv_single_step(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("3 x 3 x 3", (eighths(rng, 3, 3, 3), eighths(rng, 3, 3, 3), np.full((1, 1, 1), 1.5)))
    yield Case("5 x 5 x 2", (eighths(rng, 5, 5, 2), eighths(rng, 5, 5, 2), np.full((1, 1, 1), -2.25)))
    yield Case("1 x 1 x 4", (eighths(rng, 1, 1, 4), eighths(rng, 1, 1, 4), np.full((1, 1, 1), 0.75)))
    slice_, W = np.abs(eighths(rng, 2, 2, 3)), np.abs(eighths(rng, 2, 2, 3))
    yield Case("a negative result", (slice_, -W, np.full((1, 1, 1), -0.5)))
    yield Case("bias of zero, by name", (), {"b": np.zeros((1, 1, 1)), "W": W, "a_slice_prev": slice_})
    empty = np.zeros((3, 3, 1))
    yield Case("a black slice: only the bias is left", (empty, eighths(rng, 3, 3, 1), np.full((1, 1, 1), 3.5)))


conv_single_step = Exercise(
    name="conv_single_step",
    points=4,
    cases=cases_conv_single_step,
    mistakes=(
        Mistake(
            "forgets_the_bias",
            "float(np.sum(products) + b.item())",
            "float(np.sum(products))",
            "The bias is missing.",
        ),
        Mistake(
            "bias_in_the_sum",
            "float(np.sum(products) + b.item())",
            "float(np.sum(products + b))",
            "The bias is counted once for every product. Add it once, after the sum.",
        ),
        Mistake(
            "flipped_filter",
            "a_slice_prev * W",
            "a_slice_prev * W[::-1, ::-1]",
            "It looks as if the filter was turned by 180 degrees. Here it is used as it is.",
        ),
        Mistake(
            "returns_an_array",
            "float(np.sum(products) + b.item())",
            "np.sum(products) + b",
            "You return an array of shape (1, 1, 1). The bias is an array with one entry: make a number of it.",
        ),
        Mistake(
            "relu_inside",
            "float(np.sum(products) + b.item())",
            "max(0.0, float(np.sum(products) + b.item()))",
            "Negative results become 0. The ReLU comes later, in the layer.",
        ),
        Mistake(
            "first_channel_only",
            "np.sum(products)",
            "np.sum(products[:, :, 0])",
            "Only the first channel counts in your sum. A filter looks at all channels.",
        ),
        Mistake(
            "changes_its_input",
            "products = a_slice_prev * W",
            "products = a_slice_prev\n    products *= W",
            "The number is right, but the slice was overwritten, and in conv_forward the slice is a part of the image. "
            "Look for *= or +=.",
        ),
        Mistake(
            "mean_instead_of_sum",
            "np.sum(products)",
            "np.mean(products)",
            "It looks as if you take the mean of the products. Add them.",
        ),
    ),
)


def convolution_cases(rng: np.random.Generator) -> Iterator[Case]:
    """What every forward pass of a convolution must get right."""
    yield Case(
        "one image, 3 x 3 filters, stride 1, pad 0",
        (distinct(rng, 1, 5, 6, 2), eighths(rng, 3, 3, 2, 2), biases(rng, 2), {"stride": 1, "pad": 0}),
    )
    yield Case(
        "batch of three, not square, stride 2, pad 1",
        (distinct(rng, 3, 3, 6, 2), eighths(rng, 3, 3, 2, 2), biases(rng, 2), {"stride": 2, "pad": 1}),
    )
    yield Case(
        "tall image, 5 x 5 filter, stride 3, pad 2",
        (distinct(rng, 2, 7, 5, 1), eighths(rng, 5, 5, 1, 2), biases(rng, 2), {"stride": 3, "pad": 2}),
    )
    yield Case(
        "1 x 1 filters, stride 2, pad 0",
        (distinct(rng, 2, 3, 5, 3), eighths(rng, 1, 1, 3, 2), biases(rng, 2), {"stride": 2, "pad": 0}),
    )
    photo = crop(rng, data.rocket(), 5, 6)[None].astype(np.float32) / np.float32(256)
    yield Case(
        "a float32 photograph, arguments by name",
        (),
        {"A_prev": photo, "W": eighths(rng, 3, 3, 3, 2), "b": biases(rng, 2), "hparameters": {"pad": 1, "stride": 1}},
    )
    yield Case(
        "2 x 2 filters, stride 3: pixels are left over",
        (distinct(rng, 1, 6, 5, 1), eighths(rng, 2, 2, 1, 2), biases(rng, 2), {"stride": 3, "pad": 1}),
    )


conv_forward = Exercise(
    name="conv_forward",
    points=12,
    cases=convolution_cases,
    mistakes=(
        Mistake(
            "ignores_the_stride",
            'stride, pad = hparameters["stride"], hparameters["pad"]',
            'stride, pad = 1, hparameters["pad"]',
            "The result is right for stride 1 only. The stride changes the size of Z and the place of every window.",
        ),
        Mistake(
            "windows_ignore_the_stride",
            "top, left = h * stride, w * stride",
            "top, left = h, w",
            "The shape of Z is right, but your windows move by one pixel whatever the stride. Where does the window of "
            "(h, w) start?",
        ),
        Mistake(
            "first_image_only",
            "A_prev_pad[i, top",
            "A_prev_pad[0, top",
            "The first image is right, the others are copies of it. Which image do you cut the slice from?",
        ),
        Mistake(
            "one_bias_for_all",
            "b[..., c])",
            "b[..., 0])",
            "Every filter gets the bias of the first one. Each filter has its own.",
        ),
        Mistake(
            "forgets_the_bias",
            "b[..., c])",
            "0 * b[..., c])",
            "The bias is missing.",
        ),
        Mistake(
            "ignores_the_padding",
            'stride, pad = hparameters["stride"], hparameters["pad"]',
            'stride, pad = hparameters["stride"], 0',
            "The result is right for pad 0 only.",
        ),
        Mistake(
            "same_filter_for_all",
            "conv_single_step(a_slice, W[..., c]",
            "conv_single_step(a_slice, W[..., 0]",
            "Every channel of Z is made with the first filter.",
        ),
        Mistake(
            "flipped_filters",
            "conv_single_step(a_slice, W[..., c]",
            "conv_single_step(a_slice, W[::-1, ::-1, :, c]",
            "It looks as if the filters were turned by 180 degrees. Here they are used as they are.",
        ),
        Mistake(
            "padded_input_in_the_cache",
            "return Z, (A_prev, W, b, hparameters)",
            "return Z, (A_prev_pad, W, b, hparameters)",
            "Z is right, but the cache holds the padded input. It must hold the arguments as they came in.",
        ),
        Mistake(
            "cache_in_another_order",
            "return Z, (A_prev, W, b, hparameters)",
            "return Z, (A_prev, W, hparameters, b)",
            "Z is right, but the cache is in another order. It is (A_prev, W, b, hparameters).",
        ),
        Mistake(
            "no_cache",
            "return Z, (A_prev, W, b, hparameters)",
            "return Z",
            "You return only Z. The way back needs the cache: return both.",
        ),
        Mistake(
            "square_only",
            "n_W = conv_output_size(n_W_prev, f, pad, stride)",
            "n_W = n_H = min(n_H, conv_output_size(n_W_prev, f, pad, stride))",
            "Height and width of your Z are always the same. Images need not be square.",
        ),
        Mistake(
            "changes_its_input",
            "    A_prev_pad = zero_pad(A_prev, pad)",
            "    A_prev -= A_prev.min()\n    A_prev_pad = zero_pad(A_prev, pad)",
            "A_prev was changed during the call. The caller still needs it: work on a copy. Look for -=, += and *=.",
        ),
    ),
)


# ---- part 5: a layer


def cases_conv_layer(rng: np.random.Generator) -> Iterator[Case]:
    # W and -W give Z and -Z (up to the bias), so that both signs appear whatever the seed.
    W = eighths(rng, 3, 3, 3, 1)
    yield Case(
        "6 x 6 x 3 with two filters -> 4 x 4 x 2",
        (distinct(rng, 1, 6, 6, 3), np.concatenate([W, -W], axis=-1), biases(rng, 2), {"stride": 1, "pad": 0}),
    )
    W = eighths(rng, 3, 3, 2, 1)
    yield Case(
        "batch of three, not square, stride 2, pad 1",
        (distinct(rng, 3, 4, 6, 2), np.concatenate([W, -W], axis=-1), biases(rng, 2), {"stride": 2, "pad": 1}),
    )
    yield Case(
        "every result is negative",
        (np.abs(eighths(rng, 1, 4, 5, 1)), -np.abs(eighths(rng, 2, 2, 1, 2)), np.full((1, 1, 1, 2), -0.5)),
        {"hparameters": {"stride": 1, "pad": 0}},
    )
    yield Case(
        "every result is positive and large",
        (np.abs(eighths(rng, 1, 5, 4, 2)) + 2, np.abs(eighths(rng, 3, 3, 2, 1)) + 2, np.full((1, 1, 1, 1), 0.5)),
        {"hparameters": {"stride": 1, "pad": 1}},
    )
    W = eighths(rng, 3, 3, 3, 1)
    yield Case(
        "a photograph, all arguments by name",
        (),
        {
            "hparameters": {"stride": 3, "pad": 1},
            "b": np.array([0.5, -0.5]).reshape(1, 1, 1, 2),
            "W": np.concatenate([W, -W], axis=-1),
            "A_prev": crop(rng, data.chelsea(), 7, 9)[None].astype(np.float32) / np.float32(256),
        },
    )


conv_layer = Exercise(
    name="conv_layer",
    points=4,
    cases=cases_conv_layer,
    mistakes=(
        Mistake(
            "forgets_the_relu",
            "np.maximum(Z, 0)",
            "Z",
            "There are negative numbers in your result. The ReLU is missing.",
        ),
        Mistake(
            "absolute_values",
            "np.maximum(Z, 0)",
            "np.abs(Z)",
            "Negative numbers become positive. The ReLU makes them zero.",
        ),
        Mistake(
            "keeps_the_negative_ones",
            "np.maximum(Z, 0)",
            "np.minimum(Z, 0)",
            "You keep what is negative and drop what is positive. It is the other way round.",
        ),
        Mistake(
            "returns_the_cache_too",
            "return np.maximum(Z, 0)",
            "return np.maximum(Z, 0), _",
            "You return two things. A layer returns only the array A.",
        ),
        Mistake(
            "relu_on_the_input",
            "Z, _ = conv_forward(A_prev, W, b, hparameters)  # (m, n_H, n_W, n_C)\n    return np.maximum(Z, 0)",
            "Z, _ = conv_forward(np.maximum(A_prev, 0), W, b, hparameters)\n    return Z",
            "It looks as if the ReLU was applied to the input. It comes after the convolution.",
        ),
        Mistake(
            "clips_at_one",
            "np.maximum(Z, 0)",
            "np.clip(Z, 0, 1)",
            "Your numbers never exceed 1. The ReLU has no upper limit.",
        ),
        Mistake(
            "forgets_the_bias",
            "conv_forward(A_prev, W, b, hparameters)",
            "conv_forward(A_prev, W, np.zeros(b.shape), hparameters)",
            "It looks as if the bias is missing.",
        ),
    ),
)


def cases_conv_forward_vectorized(rng: np.random.Generator) -> Iterator[Case]:
    yield from convolution_cases(rng)
    # 484 positions are too many lines of Python. A loop over the 3 x 3 filter is fine, and so is one in zero_pad.
    yield Case(
        "many positions, at most 200 lines of Python",
        (eighths(rng, 1, 24, 24, 1), eighths(rng, 3, 3, 1, 1), biases(rng, 1), {"stride": 1, "pad": 0}),
        max_steps=200,
    )


conv_forward_vectorized = Exercise(
    name="conv_forward_vectorized",
    points=10,
    cases=cases_conv_forward_vectorized,
    mistakes=(
        Mistake(
            "loops_over_positions",
            "    Z = np.tensordot(windows, W, axes=([4, 5, 3], [0, 1, 2]))  # (m, n_H, n_W, n_C)\n",
            "    Z = np.zeros((*windows.shape[:3], W.shape[3]))\n"
            "    for h in range(Z.shape[1]):\n"
            "        for w in range(Z.shape[2]):\n"
            "            Z[:, h, w] = np.tensordot(windows[:, h, w], W, axes=([2, 3, 1], [0, 1, 2]))\n",
            "The numbers are right, but Python still loops over the positions. Give NumPy all windows in one call, or "
            "loop over the few numbers of the filter instead.",
        ),
        Mistake(
            "transposed_filters",
            "axes=([4, 5, 3], [0, 1, 2])",
            "axes=([5, 4, 3], [0, 1, 2])",
            "It looks as if rows and columns of the filters were swapped. Check the order of the axes in the product.",
        ),
        Mistake(
            "ignores_the_stride",
            "windows = windows[:, ::stride, ::stride]",
            "windows = windows[:, ::1, ::1]",
            "You keep the windows of stride 1. Take every stride-th of them.",
        ),
        Mistake(
            "stride_in_height_only",
            "windows[:, ::stride, ::stride]",
            "windows[:, ::stride]",
            "The stride is used for the rows, but not for the columns.",
        ),
        Mistake(
            "forgets_the_bias",
            "Z = Z + b",
            "Z = Z + 0 * b",
            "The bias is missing.",
        ),
        Mistake(
            "one_bias_for_all",
            "Z = Z + b",
            "Z = Z + b[..., :1]",
            "Every filter gets the bias of the first one. Each filter has its own.",
        ),
        Mistake(
            "ignores_the_padding",
            "A_prev_pad = zero_pad(A_prev, pad)",
            "A_prev_pad = zero_pad(A_prev, 0)",
            "The result is right for pad 0 only.",
        ),
        Mistake(
            "flipped_filters",
            "np.tensordot(windows, W, ",
            "np.tensordot(windows, W[::-1, ::-1], ",
            "It looks as if the filters were turned by 180 degrees (scipy.signal.convolve does that).",
        ),
        Mistake(
            "padded_input_in_the_cache",
            "return Z, (A_prev, W, b, hparameters)",
            "return Z, (A_prev_pad, W, b, hparameters)",
            "Z is right, but the cache holds the padded input. It must hold the arguments as they came in.",
        ),
        Mistake(
            "no_cache",
            "return Z, (A_prev, W, b, hparameters)",
            "return Z",
            "You return only Z. Return the cache too, as conv_forward does.",
        ),
    ),
)


# ---- part 6: pooling


def pooling_input(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Distinct numbers, all negative in the first window of the first image."""
    A = distinct(rng, *shape)
    A[0, :3, :3] = -np.abs(A[0, :3, :3])
    return A


def cases_pool_forward(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("max, 2 x 2, stride 2", (pooling_input(rng, 1, 4, 6, 2), {"f": 2, "stride": 2}))
    yield Case("average, 2 x 2, stride 2", (pooling_input(rng, 1, 4, 6, 2), {"f": 2, "stride": 2}, "average"))
    yield Case(
        "max, batch of three, windows overlap",
        (pooling_input(rng, 3, 3, 5, 2),),
        {"hparameters": {"f": 3, "stride": 2}, "mode": "max"},
    )
    yield Case(
        "average, batch of three, windows overlap a lot",
        (pooling_input(rng, 3, 5, 4, 2),),
        {"mode": "average", "hparameters": {"f": 3, "stride": 1}},
    )
    yield Case("max, stride 3 leaves pixels out", (pooling_input(rng, 1, 8, 6, 1), {"stride": 3, "f": 2}, "max"))
    yield Case("all numbers are negative", (-np.abs(eighths(rng, 1, 4, 4, 3)), {"f": 2, "stride": 1}))
    yield Case(
        "average over a large window, by name",
        (),
        {"A_prev": pooling_input(rng, 2, 6, 6, 1), "hparameters": {"f": 5, "stride": 1}, "mode": "average"},
    )
    photo = crop(rng, data.coffee(), 6, 8)[None]
    yield Case("average of a uint8 photograph", (photo, {"f": 2, "stride": 2}, "average"))


pool_forward = Exercise(
    name="pool_forward",
    points=9,
    cases=cases_pool_forward,
    mistakes=(
        Mistake(
            "always_max",
            'if mode == "max":',
            "if True:",
            'Your result is the maximum in mode "average" too. Where do you look at mode?',
        ),
        Mistake(
            "always_average",
            'if mode == "max":',
            "if False:",
            'Your result is the average in mode "max" too. Where do you look at mode?',
        ),
        Mistake(
            "pools_over_channels",
            "window.max(axis=(0, 1))  # (n_C,)\n                else:\n"
            "                    A[i, h, w] = window.mean(axis=(0, 1))",
            "window.max()\n                else:\n                    A[i, h, w] = window.mean()",
            "All channels of your result are the same. Each channel is pooled on its own.",
        ),
        Mistake(
            "largest_starts_at_zero",
            "window.max(axis=(0, 1))",
            "np.maximum(window.max(axis=(0, 1)), 0)",
            "Where all numbers of a window are negative you get 0. Does your search for the largest number start at 0?",
        ),
        Mistake(
            "windows_ignore_the_stride",
            "top, left = h * stride, w * stride",
            "top, left = h, w",
            "The shape is right, but your windows move by one pixel whatever the stride.",
        ),
        Mistake(
            "stride_is_f",
            "top, left = h * stride, w * stride",
            "top, left = min(h * f, n_H_prev - f), min(w * f, n_W_prev - f)",
            "Your windows never overlap: they move by f. Use the stride.",
        ),
        Mistake(
            "divides_by_the_side",
            "window.mean(axis=(0, 1))",
            "window.sum(axis=(0, 1)) / f",
            "Your averages are too large by a factor of f. How many numbers are in a window of f x f?",
        ),
        Mistake(
            "divides_by_four",
            "window.mean(axis=(0, 1))",
            "window.sum(axis=(0, 1)) / 4",
            "Your averages are right for 2 x 2 windows only.",
        ),
        Mistake(
            "first_image_only",
            "A_prev[i, top",
            "A_prev[0, top",
            "The first image is right, the others are copies of it. Which image do you cut the window from?",
        ),
        Mistake(
            "no_cache",
            "return A, (A_prev, hparameters)",
            "return A",
            "You return only A. The way back needs the cache: return both.",
        ),
        Mistake(
            "largest_absolute_value",
            "A[i, h, w] = window.max(axis=(0, 1))",
            "A[i, h, w] = np.abs(window).max(axis=(0, 1))",
            "You ignore the sign: the largest of -3 and 1 is 1.",
        ),
        Mistake(
            "result_in_the_cache",
            "return A, (A_prev, hparameters)",
            "return A, (A, hparameters)",
            "A is right, but the cache holds the result. The way back needs the input.",
        ),
    ),
)


# ---- part 7: why so few parameters


def cases_count_conv_parameters(rng: np.random.Generator) -> Iterator[Case]:
    f, n_C_prev, n_C = 2 * int(rng.integers(2, 5)) + 1, int(rng.integers(10, 30)), int(rng.integers(40, 90))
    yield Case("one 3 x 3 filter on a gray image", (3, 1, 1))
    yield Case("ten 3 x 3 x 3 filters", (3, 3, 10))
    yield Case("1 x 1 filters", (1, n_C_prev, n_C))
    yield Case("large filters", (f, n_C_prev, n_C))
    yield Case("more input channels than filters, by name", (), {"n_C": n_C_prev, "n_C_prev": n_C, "f": 5})


count_conv_parameters = Exercise(
    name="count_conv_parameters",
    points=3,
    cases=cases_count_conv_parameters,
    mistakes=(
        Mistake(
            "forgets_the_biases",
            "(f * f * n_C_prev + 1) * n_C",
            "f * f * n_C_prev * n_C",
            "You count the weights only. Each filter has a bias too.",
        ),
        Mistake(
            "one_bias_in_all",
            "(f * f * n_C_prev + 1) * n_C",
            "f * f * n_C_prev * n_C + 1",
            "You count one bias for the whole layer. Each filter has its own.",
        ),
        Mistake(
            "bias_for_each_input_channel",
            "(f * f * n_C_prev + 1) * n_C",
            "f * f * n_C_prev * n_C + n_C_prev",
            "You count one bias for each input channel. Biases belong to the filters.",
        ),
        Mistake(
            "forgets_the_input_channels",
            "(f * f * n_C_prev + 1) * n_C",
            "(f * f + 1) * n_C",
            "Your filters are flat. A filter has all channels of its input.",
        ),
        Mistake(
            "bias_for_each_layer_of_a_filter",
            "(f * f * n_C_prev + 1) * n_C",
            "(f * f + 1) * n_C_prev * n_C",
            "You count a bias for each channel of each filter. A filter gives one number per place, with one bias.",
        ),
        Mistake(
            "forgets_the_square",
            "(f * f * n_C_prev + 1) * n_C",
            "(f * n_C_prev + 1) * n_C",
            "A filter of side f has more than f pixels.",
        ),
    ),
)


def cases_count_dense_parameters(rng: np.random.Generator) -> Iterator[Case]:
    n_in, n_out = int(rng.integers(200, 900)), int(rng.integers(20, 90))
    yield Case("two inputs, three outputs", (2, 3))
    yield Case("many inputs", (n_in, n_out))
    yield Case("more outputs than inputs", (n_out, n_in))
    yield Case("one output, by name", (), {"n_out": 1, "n_in": n_in})
    yield Case("more than a 32-bit number holds", (512 * 512, 510 * 510))


count_dense_parameters = Exercise(
    name="count_dense_parameters",
    points=2,
    cases=cases_count_dense_parameters,
    mistakes=(
        Mistake(
            "forgets_the_biases",
            "(n_in + 1) * n_out",
            "n_in * n_out",
            "You count the weights only. Each output has a bias too.",
        ),
        Mistake(
            "one_bias_in_all",
            "(n_in + 1) * n_out",
            "n_in * n_out + 1",
            "You count one bias for the whole layer. Each output has its own.",
        ),
        Mistake(
            "bias_for_each_input",
            "(n_in + 1) * n_out",
            "n_in * (n_out + 1)",
            "You count one bias for each input. Biases belong to the outputs.",
        ),
        Mistake(
            "adds_instead_of_multiplying",
            "(n_in + 1) * n_out",
            "n_in + n_out",
            "Each output is connected with each input. How many connections are that?",
        ),
    ),
)


def cases_inputs_per_output(rng: np.random.Generator) -> Iterator[Case]:
    f, n_C_prev = 2 * int(rng.integers(4, 8)) + 1, int(rng.integers(20, 90))
    yield Case("3 x 3 on a gray image", (3, 1))
    yield Case("3 x 3 on a colour image", (3, 3))
    yield Case("1 x 1 filters", (1, n_C_prev))
    yield Case("large filters, many channels", (f, n_C_prev))
    yield Case("by name", (), {"n_C_prev": n_C_prev, "f": 5})


inputs_per_output = Exercise(
    name="inputs_per_output",
    points=2,
    cases=cases_inputs_per_output,
    mistakes=(
        Mistake(
            "forgets_the_channels",
            "f * f * n_C_prev",
            "f * f",
            "You count one channel only. A filter looks at all channels of its input.",
        ),
        Mistake(
            "forgets_the_square",
            "f * f * n_C_prev",
            "f * n_C_prev",
            "A window of side f has more than f pixels.",
        ),
        Mistake(
            "counts_the_bias",
            "f * f * n_C_prev",
            "f * f * n_C_prev + 1",
            "You are one too high. The bias is a parameter, but not an input.",
        ),
        Mistake(
            "filter_as_a_cube",
            "f * f * n_C_prev",
            "f * f * f",
            "The depth of a filter is not f. It has as many channels as its input.",
        ),
        Mistake(
            "adds_the_channels",
            "f * f * n_C_prev",
            "f * f + n_C_prev",
            "You add the channels. Each channel has its own f x f numbers under the filter.",
        ),
    ),
)


# ---- part 8: how gradients come back


def cases_numerical_gradient(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("the sum of the cubes", (Code("lambda x: np.sum(x * x * x)"), eighths(rng, 4), 0.25))
    yield Case("the square of the sum", (Code("lambda x: np.sum(x) ** 2"), eighths(rng, 2, 3), 0.125))
    yield Case("products of neighbours", (Code("lambda x: np.sum(x[1:] * x[:-1])"), distinct(rng, 5), 0.5))
    four_axes = (Code("lambda x: np.sum(x * x * x) + np.sum(x[0]) ** 2"), eighths(rng, 2, 2, 1, 2), 0.25)
    yield Case("an array with four axes", four_axes)
    yield Case("only one entry counts", (Code("lambda x: float(x[1, 0] ** 3)"), eighths(rng, 3, 2), 0.125))
    whole = rng.integers(1, 6, size=(2, 2))
    yield Case("whole numbers, by name", (), {"x": whole, "epsilon": 0.25, "f": Code("lambda x: np.sum(x * x * x)")})


numerical_gradient = Exercise(
    name="numerical_gradient",
    points=4,
    cases=cases_numerical_gradient,
    mistakes=(
        Mistake(
            "one_sided",
            "        x[index] = original - epsilon\n        J_minus = f(x)\n        x[index] = original\n"
            "        gradient[index] = (J_plus - J_minus) / (2 * epsilon)\n",
            "        x[index] = original\n        J_minus = f(x)\n"
            "        gradient[index] = (J_plus - J_minus) / epsilon\n",
            "It looks as if you step up only. Step up and down, and compare these two.",
        ),
        Mistake(
            "divides_by_epsilon",
            "/ (2 * epsilon)",
            "/ epsilon",
            "Your gradients are twice as large as they should be. How far apart are the two places where you call f?",
        ),
        Mistake(
            "wrong_brackets",
            "/ (2 * epsilon)",
            "/ 2 * epsilon",
            "Python reads / 2 * epsilon from left to right: it divides by 2 and then *multiplies* by epsilon.",
        ),
        Mistake(
            "does_not_restore",
            "        x[index] = original\n",
            "",
            "The entries you already measured stay changed while you measure the next ones. Put each one back.",
        ),
        Mistake(
            "changes_its_input",
            "x = np.array(x, dtype=float)  # a copy",
            "start, x = x, np.array(x, dtype=float)\n    start += 1",
            "The array of the caller is changed after the call. Work on a copy.",
        ),
        Mistake(
            "keeps_whole_numbers",
            "x = np.array(x, dtype=float)  # a copy",
            "x = np.array(x)",
            "With whole numbers in x, your small step is rounded away. The copy must hold floats.",
        ),
        Mistake(
            "all_entries_at_once",
            "        original = x[index]\n        x[index] = original + epsilon\n        J_plus = f(x)\n"
            "        x[index] = original - epsilon\n        J_minus = f(x)\n        x[index] = original\n",
            "        J_plus, J_minus = f(x + epsilon), f(x - epsilon)\n",
            "All your entries are the same: you move all numbers of x together. Move one at a time.",
        ),
        Mistake(
            "wrong_sign",
            "= (J_plus - J_minus)",
            "= (J_minus - J_plus)",
            "The sign is wrong everywhere. The cost after the step up comes first.",
        ),
    ),
)


def backward_case(
    rng: np.random.Generator,
    title: str,
    A_shape: tuple[int, int, int, int],
    W_shape: tuple[int, int, int, int],
    stride: int,
    pad: int,
    by_name: bool = False,
) -> Case:
    n_H, n_W = ((n + 2 * pad - W_shape[0]) // stride + 1 for n in A_shape[1:3])
    dZ = eighths(rng, A_shape[0], n_H, n_W, W_shape[3])
    dZ[0, 0, 0] = np.abs(dZ[0, 0, 0])
    dZ += (dZ.sum(axis=(0, 1, 2)) == 0) * 0.5  # db is never 0
    cache = (eighths(rng, *A_shape), eighths(rng, *W_shape), biases(rng, W_shape[3]), {"stride": stride, "pad": pad})
    return Case(title, kwargs={"cache": cache, "dZ": dZ}) if by_name else Case(title, (dZ, cache))


def cases_conv_backward(rng: np.random.Generator) -> Iterator[Case]:
    yield backward_case(rng, "one image, 3 x 3 filters, pad 1", (1, 4, 5, 2), (3, 3, 2, 2), stride=1, pad=1)
    yield backward_case(rng, "pad 0", (1, 5, 4, 1), (2, 2, 1, 2), stride=1, pad=0)
    yield backward_case(rng, "batch of three, stride 2, pad 1", (3, 3, 5, 2), (3, 3, 2, 2), stride=2, pad=1)
    yield backward_case(rng, "stride 3: some pixels are never seen", (2, 8, 7, 1), (2, 2, 1, 2), stride=3, pad=0)
    yield backward_case(rng, "1 x 1 filters, by name", (2, 3, 4, 3), (1, 1, 3, 2), stride=1, pad=0, by_name=True)
    yield backward_case(rng, "5 x 5 filter, pad 2", (1, 5, 6, 1), (5, 5, 1, 2), stride=1, pad=2)


conv_backward = Exercise(
    name="conv_backward",
    points=12,
    cases=cases_conv_backward,
    mistakes=(
        Mistake(
            "empty_at_pad_0",
            "dA_prev_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev]",
            "dA_prev_pad[:, pad:-pad, pad:-pad]",
            "At pad 0 your dA_prev is empty: the slice 0:-0 holds nothing. Say where the image ends in another way.",
        ),
        Mistake(
            "keeps_the_padding",
            "dA_prev_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev]",
            "dA_prev_pad",
            "Your dA_prev still has the frame of the padding. It must have the shape of A_prev.",
        ),
        Mistake(
            "dW_overwritten",
            "dW[..., c] += ",
            "dW[..., c] = ",
            "dW keeps only what the last place sent back. Every place adds its part.",
        ),
        Mistake(
            "dA_overwritten",
            "dA_prev_pad[i, rows, columns] += ",
            "dA_prev_pad[i, rows, columns] = ",
            "dA_prev is wrong where windows overlap. A pixel collects from all its windows: add.",
        ),
        Mistake(
            "db_overwritten",
            "db[..., c] += dz",
            "db[..., c] = dz",
            "db keeps only what the last place sent back. Every place adds its part.",
        ),
        Mistake(
            "db_forgotten",
            "db[..., c] += dz",
            "pass",
            "Your db is zero everywhere.",
        ),
        Mistake(
            "db_over_the_wrong_axes",
            "    return dA_prev, dW, db",
            "    return dA_prev, dW, dZ.sum(axis=(1, 2))",
            "db has the wrong shape: it is summed over the wrong axes. There is one bias per filter, for all images.",
        ),
        Mistake(
            "windows_ignore_the_stride",
            "                rows = slice(h * stride, h * stride + f)\n"
            "                columns = slice(w * stride, w * stride + f)\n",
            "                rows = slice(h, h + f)\n                columns = slice(w, w + f)\n",
            "The result is right for stride 1 only. The windows are the same as in the forward pass.",
        ),
        Mistake(
            "flipped_filters",
            "+= W[..., c] * dz",
            "+= W[::-1, ::-1, :, c] * dz",
            "dA_prev was made with flipped filters. Each pixel gets the weight that it met on the way forward.",
        ),
        Mistake(
            "another_order",
            "    return dA_prev, dW, db",
            "    return dW, dA_prev, db",
            "You return the three gradients in another order. It is (dA_prev, dW, db).",
        ),
        Mistake(
            "mean_over_the_batch",
            "    return dA_prev, dW, db",
            "    return dA_prev, dW / m, db / m",
            "dW and db are too small for batches: it looks as if you divide by m. Here they are sums.",
        ),
        Mistake(
            "first_image_only",
            "A_prev_pad[i, rows, columns] * dz",
            "A_prev_pad[0, rows, columns] * dz",
            "dW is right for one image, but not for a batch. Which image do you cut the slice from?",
        ),
        Mistake(
            "changes_its_input",
            "    n_H_prev, n_W_prev = A_prev.shape[1:3]\n",
            "    n_H_prev, n_W_prev = A_prev.shape[1:3]\n    dZ *= 0\n",
            "The gradients are right, but dZ was changed during the call. Look for lines that write into dZ.",
        ),
    ),
)


def window_with_tie(
    rng: np.random.Generator, height: int, width: int, places: tuple[tuple[int, int], ...]
) -> np.ndarray:
    """A window whose maximum stands at all these places."""
    x = distinct(rng, height, width)
    for place in places:
        x[place] = height * width
    return x


def cases_create_mask_from_window(rng: np.random.Generator) -> Iterator[Case]:
    x = distinct(rng, 2, 3)
    x[1, 0] = 5.0
    yield Case("2 x 3, one maximum", (x,))
    x = -np.abs(distinct(rng, 3, 3)) - 1
    x[0, 2] = -0.5
    yield Case("all numbers are negative", (x,))
    yield Case("a tie in one row", (window_with_tie(rng, 2, 3, ((1, 0), (1, 2))),))
    yield Case("a tie: first by rows, not by columns", (window_with_tie(rng, 3, 3, ((0, 2), (2, 0), (1, 1))),))
    yield Case("all numbers are equal", (np.full((2, 2), float(rng.integers(1, 9))),))
    yield Case("a single number, by name", (), {"x": eighths(rng, 1, 1)})


create_mask_from_window = Exercise(
    name="create_mask_from_window",
    points=4,
    cases=cases_create_mask_from_window,
    mistakes=(
        Mistake(
            "keeps_ties_twice",
            "    mask[np.unravel_index(np.argmax(x), x.shape)] = True\n",
            "    mask = x == x.max()\n",
            "Where the maximum occurs several times, you mark all of them. Only the first one may be marked.",
        ),
        Mistake(
            "last_of_a_tie",
            "np.argmax(x)",
            "x.size - 1 - np.argmax(x.ravel()[::-1])",
            "Where the maximum occurs several times, you mark the last one. It must be the first one.",
        ),
        Mistake(
            "first_by_columns",
            "    mask[np.unravel_index(np.argmax(x), x.shape)] = True\n",
            "    mask.T[np.unravel_index(np.argmax(x.T), x.T.shape)] = True\n",
            "In a tie, you look for the first maximum column by column. Go row by row.",
        ),
        Mistake(
            "largest_absolute_value",
            "np.argmax(x)",
            "np.argmax(np.abs(x))",
            "You ignore the sign: the largest of -3 and 1 is 1.",
        ),
        Mistake(
            "minimum",
            "np.argmax(x)",
            "np.argmin(x)",
            "You mark the smallest number.",
        ),
        Mistake(
            "keeps_the_value",
            "    return mask",
            "    return mask * x",
            "Your mask holds the maximum itself. It must hold True (or 1) at this place.",
        ),
        Mistake(
            "everything_else",
            "    return mask",
            "    return ~mask",
            "Your mask marks everything but the maximum.",
        ),
    ),
)


def cases_distribute_value(rng: np.random.Generator) -> Iterator[Case]:
    dz = float(eighths(rng, 1)[0])
    yield Case("2 x 2", (dz, (2, 2)))
    yield Case("2 x 4, not square", (dz, (2, 4)))
    yield Case("a tall window, a negative number", (-abs(dz), (8, 2)))
    yield Case("3 x 3", (3 * dz, (3, 3)))
    yield Case("a window of one", (dz, (1, 1)))
    yield Case("a whole number, by name", (), {"shape": (4, 4), "dz": int(rng.integers(1, 9))})
    yield Case("zero", (0.0, (3, 2)))


distribute_value = Exercise(
    name="distribute_value",
    points=3,
    cases=cases_distribute_value,
    mistakes=(
        Mistake(
            "does_not_divide",
            "dz / (n_H * n_W)",
            "dz",
            "Every place gets all of dz. The parts must add up to dz.",
        ),
        Mistake(
            "divides_by_the_height",
            "dz / (n_H * n_W)",
            "dz / n_H",
            "You divide by the number of rows. How many places does the window have?",
        ),
        Mistake(
            "divides_by_the_sum",
            "dz / (n_H * n_W)",
            "dz / (n_H + n_W)",
            "You divide by height plus width. How many places does the window have?",
        ),
        Mistake(
            "divides_whole_numbers",
            "dz / (n_H * n_W)",
            "dz // (n_H * n_W)",
            "Your parts are rounded down: // drops the fraction.",
        ),
        Mistake(
            "wrong_brackets",
            "dz / (n_H * n_W)",
            "dz / n_H * n_W",
            "Python reads dz / n_H * n_W from left to right: it divides, then *multiplies*. Where do brackets belong?",
        ),
        Mistake(
            "one_number",
            "np.full(shape, dz / (n_H * n_W))",
            "dz / (n_H * n_W)",
            "The number is right, but you return only one. Return an array of the given shape.",
        ),
        Mistake(
            "transposed_shape",
            "np.full(shape, ",
            "np.full((n_W, n_H), ",
            "Height and width of your array are swapped.",
        ),
    ),
)


def pool_backward_case(
    rng: np.random.Generator, title: str, A_prev: np.ndarray, f: int, stride: int, by_name: bool = False, **kwargs: str
) -> Case:
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    dA = eighths(rng, m, (n_H_prev - f) // stride + 1, (n_W_prev - f) // stride + 1, n_C)
    cache = (A_prev, {"f": f, "stride": stride})
    return Case(title, (), {"cache": cache, "dA": dA} | kwargs) if by_name else Case(title, (dA, cache), kwargs)


def one_winner(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Distinct numbers with the largest at (1, 1), which lies in four of the 2 x 2 windows of stride 1."""
    A = distinct(rng, *shape)
    A[:, 1, 1] = np.prod(shape)
    return A


def cases_pool_backward(rng: np.random.Generator) -> Iterator[Case]:
    yield pool_backward_case(rng, "max, 2 x 2, stride 2", distinct(rng, 1, 4, 6, 2), 2, 2)
    average = pool_backward_case(rng, "average, 2 x 2, stride 2", distinct(rng, 1, 6, 4, 2), 2, 2, mode="average")
    yield average
    yield pool_backward_case(rng, "max, windows overlap, one pixel wins four", one_winner(rng, 1, 4, 5, 1), 2, 1)
    batch = distinct(rng, 3, 5, 7, 2)
    yield pool_backward_case(rng, "average, batch of three, windows overlap", batch, 3, 2, mode="average")
    yield pool_backward_case(rng, "max, batch of three, stride 3", distinct(rng, 3, 5, 8, 2), 2, 3, True, mode="max")
    # After a ReLU, whole windows are 0: ties everywhere.
    flat = np.zeros((1, 4, 4, 1))
    flat[0, 2:, 2:, 0] = [[0.0, 2.5], [2.5, 2.5]]
    yield pool_backward_case(rng, "max, ties and zeros", flat, 2, 2)
    yield pool_backward_case(rng, "average, 4 x 4 window", distinct(rng, 2, 5, 4, 1), 4, 1, True, mode="average")


pool_backward = Exercise(
    name="pool_backward",
    points=6,
    cases=cases_pool_backward,
    mistakes=(
        Mistake(
            "keeps_ties_twice",
            "mask = create_mask_from_window(A_prev[i, rows, columns, c])",
            "mask = A_prev[i, rows, columns, c] == A_prev[i, rows, columns, c].max()",
            "Where the maximum occurs several times, the gradient is handed out as often. Only the first one gets it.",
        ),
        Mistake(
            "max_overwritten",
            "dA_prev[i, rows, columns, c] += mask * da",
            "dA_prev[i, rows, columns, c] = mask * da",
            'In mode "max", what earlier windows sent back is overwritten where windows overlap. Add.',
        ),
        Mistake(
            "average_overwritten",
            "dA_prev[i, rows, columns, c] += distribute_value(da, (f, f))",
            "dA_prev[i, rows, columns, c] = distribute_value(da, (f, f))",
            'In mode "average", what earlier windows sent back is overwritten where windows overlap. Add.',
        ),
        Mistake(
            "always_max",
            'if mode == "max":',
            "if True:",
            'The gradient goes to the maximum in mode "average" too. Where do you look at mode?',
        ),
        Mistake(
            "always_average",
            'if mode == "max":',
            "if False:",
            'The gradient is shared equally in mode "max" too. Where do you look at mode?',
        ),
        Mistake(
            "windows_ignore_the_stride",
            "                rows = slice(h * stride, h * stride + f)\n"
            "                columns = slice(w * stride, w * stride + f)\n",
            "                rows = slice(h, h + f)\n                columns = slice(w, w + f)\n",
            "The windows move by one pixel whatever the stride. They are the same as in the forward pass.",
        ),
        Mistake(
            "does_not_divide",
            "distribute_value(da, (f, f))",
            "da",
            'In mode "average", every pixel gets the whole gradient. It must be shared.',
        ),
        Mistake(
            "divides_by_the_side",
            "distribute_value(da, (f, f))",
            "da / f",
            'In mode "average", the parts are too large by a factor of f. How many numbers are in a window of f x f?',
        ),
        Mistake(
            "mask_from_the_first_image",
            "create_mask_from_window(A_prev[i, ",
            "create_mask_from_window(A_prev[0, ",
            "The masks are right for the first image only. Which image do you cut the window from?",
        ),
        Mistake(
            "mask_from_the_first_channel",
            "create_mask_from_window(A_prev[i, rows, columns, c])",
            "create_mask_from_window(A_prev[i, rows, columns, 0])",
            "The masks are right for the first channel only. Each channel has its own maximum.",
        ),
        Mistake(
            "passes_the_maximum_on",
            "+= mask * da",
            "+= mask * A_prev[i, rows, columns, c]",
            "You send the maximum itself back. What goes back is the gradient of the output.",
        ),
    ),
)


exercises = [
    vertical_edge_filter,
    horizontal_edge_filter,
    detect_edges,
    zero_pad,
    conv_output_size,
    same_padding,
    red_vertical_edge_filter,
    conv_single_step,
    conv_forward,
    conv_layer,
    conv_forward_vectorized,
    pool_forward,
    count_conv_parameters,
    count_dense_parameters,
    inputs_per_output,
    numerical_gradient,
    conv_backward,
    create_mask_from_window,
    distribute_value,
    pool_backward,
]
