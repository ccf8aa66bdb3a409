"""The exercises of what_convnets_learn: their cases and the mistakes that learners make.

What works on arrays is judged on small arrays; what works on a network, on one of two layers with fixed weights.
"""

from collections.abc import Iterator

import numpy as np

from courselib.grading import Case, Code, Exercise, Mistake

TOLERANCE = 1e-2

# Pictures of 12 x 16 pixels with 3 channels; "deep" sees 8 x 8 of them.
NETWORK = (
    "observe.fill(keras.Sequential([keras.Input((12, 16, 3)), "
    "keras.layers.Conv2D(4, 3, padding='same', use_bias=False, activation='relu', name='shallow'), "
    "keras.layers.MaxPooling2D(2), "
    "keras.layers.Conv2D(6, 3, padding='same', use_bias=False, activation='relu', name='deep'), "
    "keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3, activation='softmax', name='scores')]))"
)
ON_THE_NETWORK = Code(f"lambda function, *args, **kwargs: function({NETWORK}, *args, **kwargs)")


def eighths(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers from -1 to 1 in steps of 1/8, never 0, as float32."""
    return (rng.integers(1, 9, size=shape) * rng.choice([-1, 1], size=shape) / 8).astype(np.float32)


def distinct(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers of both signs, no two with the same absolute value, as float32."""
    count = int(np.prod(shape))
    return ((rng.permutation(count) + 1) * rng.choice([-1, 1], size=count) / 8).reshape(shape).astype(np.float32)


def pictures(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Pictures in steps of 1/256: so fine that no two places of a map are equally strong."""
    return (rng.integers(0, 257, size=shape) / 256).astype(np.float32)


# ---- part 1: how much a neuron sees


def cases_receptive_field(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("one convolution of 3 x 3", ([(3, 1)],))
    yield Case("convolution, pooling, convolution", ([(3, 1), (2, 2), (3, 1)],))
    yield Case("AlexNet, up to its third convolution", ([(11, 4), (3, 2), (5, 1), (3, 2), (3, 1)],))
    layers = [(int(rng.integers(2, 8)), int(rng.integers(2, 4))) for _ in range(4)]
    yield Case("four layers with strides, by name", (), {"layers": layers})
    yield Case("no layer at all", ([],))


receptive_field = Exercise(
    name="receptive_field",
    points=14,
    cases=cases_receptive_field,
    mistakes=(
        Mistake(
            "adds_the_whole_filter",
            "(f - 1) * jump",
            "f * jump",
            "Your size grows by f steps in each layer. How many steps are there from the first of f neighbours to the "
            "last?",
        ),
        Mistake(
            "forgets_the_jump",
            "(f - 1) * jump",
            "(f - 1)",
            "It is right as long as no layer has a stride. Neighbours in a later layer are more than one pixel apart.",
        ),
        Mistake(
            "jumps_too_early",
            "        size = size + (f - 1) * jump\n        jump = jump * s\n",
            "        jump = jump * s\n        size = size + (f - 1) * jump\n",
            "A layer's own stride changes its own size in your function. It matters for the layers behind it only.",
        ),
        Mistake(
            "adds_strides",
            "jump = jump * s",
            "jump = jump + s - 1",
            "Strides of several layers do not add up. After two layers with stride 2, how far apart are neighbours?",
        ),
        Mistake(
            "the_last_stride_only",
            "jump = jump * s",
            "jump = s",
            "Your jump is the stride of the last layer. The strides before it count too.",
        ),
        Mistake(
            "starts_at_zero",
            "size, jump = 1, 1",
            "size, jump = 0, 1",
            "Your size is one too small. How many pixels does a pixel of the picture see?",
        ),
        Mistake(
            "multiplies_sizes",
            "size = size + (f - 1) * jump",
            "size = size * f",
            "You multiply sizes. The windows of neighbours overlap, so the size grows much more slowly.",
        ),
        Mistake(
            "in_another_order",
            "return size, jump",
            "return jump, size",
            "The numbers are right, but in another order. It is (size, jump).",
        ),
    ),
)


# ---- part 2: what it likes best


def cases_strongest_places(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("the best three of five pictures", (np.abs(distinct(rng, 5, 3, 4)), 3))
    maps = np.abs(distinct(rng, 4, 4, 3))
    maps[2] += 100  # all its numbers are larger than those of the others
    maps[0, 1, 1] -= 100
    yield Case("one picture is stronger than the others everywhere, by name", (), {"k": 2, "maps": maps})
    maps = -np.abs(distinct(rng, 3, 2, 5))
    maps[:, 0, 3] = [0.25, 0.75, 0.5]
    yield Case("negative numbers, all pictures", (maps, 3))
    maps = np.abs(distinct(rng, 12, 2, 3))
    yield Case("nine of twelve pictures", (maps,))


strongest_places = Exercise(
    name="strongest_places",
    points=10,
    cases=cases_strongest_places,
    mistakes=(
        Mistake(
            "weakest_pictures",
            "np.argsort(-flat.max(axis=1))",
            "np.argsort(flat.max(axis=1))",
            "You return the pictures with the weakest answers. argsort sorts upwards.",
        ),
        Mistake(
            "strongest_last",
            "    return np.stack([pictures, rows, columns], axis=1)  # (k, 3)\n",
            "    return np.stack([pictures, rows, columns], axis=1)[::-1]\n",
            "The places are right, but the strongest is the last. It must be the first.",
        ),
        Mistake(
            "in_the_order_of_the_pictures",
            "np.argsort(-flat.max(axis=1))[:k]  # (k,)",
            "np.sort(np.argsort(-flat.max(axis=1))[:k])",
            "The places are right, but they stand in the order of the pictures. Sort them by strength.",
        ),
        Mistake(
            "the_first_pictures",
            "np.argsort(-flat.max(axis=1))[:k]",
            "np.arange(len(maps))[:k]",
            "You take the first k pictures. Which of them answer most?",
        ),
        Mistake(
            "several_from_one_picture",
            "    rows, columns = np.unravel_index(flat[pictures].argmax(axis=1), maps.shape[1:])\n",
            "    pictures, rows, columns = np.unravel_index(np.argsort(-flat.ravel())[:k], maps.shape)\n",
            "Some of your places lie in the same picture. Take only the best place of each.",
        ),
        Mistake(
            "by_their_mean",
            "np.argsort(-flat.max(axis=1))",
            "np.argsort(-flat.mean(axis=1))",
            "You sort the pictures by the mean of their maps. What counts is their largest number.",
        ),
        Mistake(
            "absolute_values",
            "    flat = maps.reshape(len(maps), -1)",
            "    flat = np.abs(maps.reshape(len(maps), -1))",
            "A large negative number is no strong answer. Do not take absolute values.",
        ),
        Mistake(
            "rows_and_columns_swapped",
            "np.stack([pictures, rows, columns], axis=1)",
            "np.stack([pictures, columns, rows], axis=1)",
            "Rows and columns are swapped. It is picture, row, column.",
        ),
        Mistake(
            "transposed",
            "np.stack([pictures, rows, columns], axis=1)",
            "np.stack([pictures, rows, columns])",
            "Your array has the shape (3, k). One row for each place, please.",
        ),
    ),
)


def cases_cut_window(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("inside the picture", (pictures(rng, 9, 10, 2), 1, 2, 4, 2, 0))
    yield Case("beyond the upper left corner", (pictures(rng, 8, 8, 1), 0, 0, 5, 2, -2))
    yield Case("beyond the lower right corner", (pictures(rng, 8, 9, 1), 3, 3, 4, 2, -1))
    yield Case(
        "the picture is smaller than the window, by name",
        (),
        {"image": pictures(rng, 3, 4, 1), "row": 0, "column": 1, "size": 7, "jump": 1, "start": -3},
    )


cut_window = Exercise(
    name="cut_window",
    points=8,
    cases=cases_cut_window,
    mistakes=(
        Mistake(
            "forgets_the_jump",
            "    top = size + start + row * jump\n    left = size + start + column * jump\n",
            "    top = size + start + row\n    left = size + start + column\n",
            "Your window moves by one pixel per position. How far is it from one neuron to the next?",
        ),
        Mistake(
            "forgets_the_start",
            "    top = size + start + row * jump\n    left = size + start + column * jump\n",
            "    top = size + row * jump\n    left = size + column * jump\n",
            "Your windows are shifted when start is not 0. The first neuron begins at start.",
        ),
        Mistake(
            "forgets_the_padding",
            "    top = size + start + row * jump\n    left = size + start + column * jump\n",
            "    top = start + row * jump\n    left = start + column * jump\n",
            "You pad the picture, but cut as if it had not moved. After padding, pixel 0 is somewhere else.",
        ),
        Mistake(
            "does_not_pad",
            "    padded = np.pad(image, ((size, size), (size, size), (0, 0)))  # (n_H + 2 size, n_W + 2 size, n_C)\n"
            "    top = size + start + row * jump\n    left = size + start + column * jump\n",
            "    padded = image\n    top = start + row * jump\n    left = start + column * jump\n",
            "It is right inside the picture only. A negative index counts from the other end of an array.",
        ),
        Mistake(
            "cuts_what_is_there",
            "    return padded[top : top + size, left : left + size]\n",
            "    return image[max(top - size, 0) : max(top, 0), max(left - size, 0) : max(left, 0)]\n",
            "At the border your windows are too small. All windows have size x size pixels, with zeros beyond the "
            "picture.",
        ),
        Mistake(
            "repeats_the_border",
            "((size, size), (size, size), (0, 0)))",
            '((size, size), (size, size), (0, 0)), mode="edge")',
            "Beyond the picture your windows repeat its last pixels. The network sees zeros there.",
        ),
        Mistake(
            "rows_and_columns_swapped",
            "padded[top : top + size, left : left + size]",
            "padded[left : left + size, top : top + size]",
            "Rows and columns are swapped. The first axis of a picture goes down.",
        ),
        Mistake(
            "around_the_start",
            "    return padded[top : top + size, left : left + size]\n",
            "    return padded[top - size // 2 : top - size // 2 + size, left - size // 2 : left - size // 2 + size]\n",
            "You put the window around the pixel. start is its first row and column, not its middle.",
        ),
    ),
)


def cases_top_activating_patches(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(
        "a shallow channel, the best three of five",
        ("shallow", 2, pictures(rng, 5, 12, 16, 3), 3),
        call=ON_THE_NETWORK,
        tolerance=TOLERANCE,
    )
    yield Case(
        "a deep channel, by name",
        (),
        {"layer": "deep", "channel": 3, "images": pictures(rng, 6, 12, 16, 3), "k": 2},
        call=ON_THE_NETWORK,
        tolerance=TOLERANCE,
    )


top_activating_patches = Exercise(
    name="top_activating_patches",
    points=10,
    cases=cases_top_activating_patches,
    mistakes=(
        Mistake(
            "always_channel_0",
            "layer)[..., channel]",
            "layer)[..., 0]",
            "Your pieces are those of channel 0. Which channel was asked for?",
        ),
        Mistake(
            "mean_of_all_channels",
            "layer)[..., channel]",
            "layer).mean(axis=-1)",
            "You average over all channels. Take the map of one of them.",
        ),
        Mistake(
            "forgets_k",
            "strongest_places(maps, k)",
            "strongest_places(maps)",
            "You return another number of pieces than k.",
        ),
        Mistake(
            "always_the_first_picture",
            "cut_window(images[i], ",
            "cut_window(images[0], ",
            "You cut all pieces out of the first picture. Each place says which picture it belongs to.",
        ),
        Mistake(
            "pictures_in_another_order",
            "cut_window(images[i], row, column, size, jump, start) for i, row, column in places]",
            "cut_window(images[n], row, column, size, jump, start) for n, (i, row, column) in enumerate(places)]",
            "The places are right, but you count the pictures from 0. Each place says which picture it belongs to.",
        ),
        Mistake(
            "ignores_the_start",
            "size, jump, start = view_of(model, layer)",
            "size, jump, start = *view_of(model, layer)[:2], 0",
            "Your pieces are shifted. Neurons at the border see the padding: what is start?",
        ),
        Mistake(
            "positions_as_pixels",
            "size, jump, start) for i",
            "size, 1, start) for i",
            "It is right for the first layer only. In a deeper layer, neighbours are more than one pixel apart.",
        ),
        Mistake(
            "rows_and_columns_swapped",
            "for i, row, column in places",
            "for i, column, row in places",
            "Rows and columns are swapped: a place is (picture, row, column).",
        ),
    ),
)


# ---- part 3: the way back to the pixels


def with_ties(rng: np.random.Generator) -> np.ndarray:
    """After a ReLU: whole windows of zeros, and two largest numbers in one window."""
    A = np.maximum(distinct(rng, 4, 6, 2), 0)
    A[:2, :2], A[2:, 2:4] = 0, 0
    A[0, 4, 0] = A[1, 5, 0] = 50  # the first one by rows and by columns
    A[0, 5, 1] = A[1, 4, 1] = 50  # first by rows only
    return A


def cases_max_pool_with_switches(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("2 x 2, two channels", (distinct(rng, 4, 6, 2),))
    yield Case("windows of 3 x 3", (distinct(rng, 6, 3, 2), 3))
    yield Case("after a ReLU: ties and zeros", (with_ties(rng), 2))
    yield Case("all numbers are negative, by name", (), {"f": 2, "A": -np.abs(distinct(rng, 2, 4, 3))})


max_pool_with_switches = Exercise(
    name="max_pool_with_switches",
    points=10,
    cases=cases_max_pool_with_switches,
    mistakes=(
        Mistake(
            "marks_all_ties",
            "    return P, switches\n",
            "    return P, P.repeat(f, axis=0).repeat(f, axis=1) == A\n",
            "In a tie you mark several places, and in a window of zeros all of them. Exactly one may be marked.",
        ),
        Mistake(
            "last_of_a_tie",
            "windows.argmax(axis=-1)",
            "f * f - 1 - windows[..., ::-1].argmax(axis=-1)",
            "In a tie you mark the last place. It must be the first one by rows.",
        ),
        Mistake(
            "first_by_columns",
            "    switches[rows * f + winners // f, columns * f + winners % f, channels] = True\n",
            "    winners = windows.reshape(*P.shape, f, f).swapaxes(3, 4).reshape(*P.shape, f * f).argmax(axis=-1)\n"
            "    switches[rows * f + winners % f, columns * f + winners // f, channels] = True\n",
            "In a tie you look for the first place column by column. Go row by row.",
        ),
        Mistake(
            "keeps_the_numbers",
            "    return P, switches\n",
            "    return P, switches * A\n",
            "Your switches hold the largest numbers themselves. They must be True or False.",
        ),
        Mistake(
            "one_switch_for_all_channels",
            "    return P, switches\n",
            "    return P, np.repeat(switches[..., :1], n_C, axis=2)\n",
            "All channels have the switches of the first one. Each channel has its own largest number.",
        ),
        Mistake(
            "everything_else",
            "    return P, switches\n",
            "    return P, ~switches\n",
            "You mark everything but the largest numbers.",
        ),
        Mistake(
            "rectifies",
            "windows.max(axis=-1), windows",
            "np.maximum(windows.max(axis=-1), 0), windows",
            "Your largest number is never below 0. This is pooling, not a ReLU.",
        ),
        Mistake(
            "rows_and_columns_in_the_window_swapped",
            "switches[rows * f + winners // f, columns * f + winners % f, channels]",
            "switches[rows * f + winners % f, columns * f + winners // f, channels]",
            "Inside the windows, rows and columns are swapped: number f of a window is the first of its second row.",
        ),
        Mistake(
            "places_as_numbers",
            "    return P, switches\n",
            "    return P, winners\n",
            "Your second result is a place in the window for each number. A mask of the shape of A is asked for.",
        ),
    ),
)


def mask(rng: np.random.Generator, rows: int, columns: int, channels: int, f: int) -> np.ndarray:
    """Switches, never in the first place of a window."""
    places = rng.integers(1, f * f, size=(rows, columns, channels))
    one_hot = np.arange(f * f) == places[..., None]  # (rows, columns, channels, f * f)
    one_hot = one_hot.reshape(rows, columns, channels, f, f).transpose(0, 3, 1, 4, 2)
    return one_hot.reshape(rows * f, columns * f, channels)


def cases_unpool(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("2 x 2, two channels", (distinct(rng, 2, 3, 2), mask(rng, 2, 3, 2, 2)))
    yield Case("windows of 3 x 3", (distinct(rng, 3, 2, 1), mask(rng, 3, 2, 1, 3)))
    yield Case("one window, by name", (), {"switches": mask(rng, 1, 1, 4, 2), "P": distinct(rng, 1, 1, 4)})


unpool = Exercise(
    name="unpool",
    points=7,
    cases=cases_unpool,
    mistakes=(
        Mistake(
            "ignores_the_switches",
            "    return spread * switches\n",
            "    return spread\n",
            "Each number fills its whole window. Only the place of the switch gets it.",
        ),
        Mistake(
            "in_the_upper_left_corner",
            "    return spread * switches\n",
            "    spread *= 0\n    spread[::f, ::f] = P\n    return spread\n",
            "Each number stands in the upper left corner of its window. The switches say where it belongs.",
        ),
        Mistake(
            "always_2",
            "f = switches.shape[0] // P.shape[0]",
            "f = 2",
            "It works for windows of 2 x 2 only. How large are the windows here? The two shapes tell.",
        ),
        Mistake(
            "tiles",
            "P.repeat(f, axis=0).repeat(f, axis=1)",
            "np.tile(P, (f, f, 1))",
            "You put copies of P side by side. Each number must fill its own window.",
        ),
        Mistake(
            "shares",
            "    return spread * switches\n",
            "    return spread / f**2\n",
            "You share each number among its window, as for average pooling. Only one place gets it, and all of it.",
        ),
        Mistake(
            "upside_down",
            "    return spread * switches\n",
            "    return spread * ~switches\n",
            "The numbers stand everywhere but at their switches.",
        ),
    ),
)


def cases_transposed_convolution(rng: np.random.Generator) -> Iterator[Case]:
    Z = np.zeros((5, 6, 1), np.float32)
    Z[2, 3] = 1
    yield Case("a single 1: you see the filter", (Z, eighths(rng, 3, 3, 1, 1)), tolerance=TOLERANCE)
    yield Case("as many channels as before", (eighths(rng, 4, 5, 3), eighths(rng, 3, 3, 3, 3)), tolerance=TOLERANCE)
    yield Case(
        "5 x 5 filters, from 4 channels back to 2, by name",
        (),
        {"W": eighths(rng, 5, 5, 2, 4), "Z": eighths(rng, 5, 4, 4)},
        tolerance=TOLERANCE,
    )


transposed_convolution = Exercise(
    name="transposed_convolution",
    points=10,
    cases=cases_transposed_convolution,
    mistakes=(
        Mistake(
            "does_not_turn",
            "np.flip(W, axis=(0, 1)).swapaxes(2, 3)",
            "W.swapaxes(2, 3)",
            "Your filters are not turned by 180 degrees. What an input gave to its left neighbour comes back from the "
            "left.",
        ),
        Mistake(
            "turns_rows_only",
            "np.flip(W, axis=(0, 1))",
            "np.flip(W, axis=0)",
            "Your filters are turned upside down, but left and right are still as they were.",
        ),
        Mistake(
            "transposes_height_and_width",
            "np.flip(W, axis=(0, 1))",
            "W.swapaxes(0, 1)",
            "You swap height and width. What is needed is a turn by 180 degrees.",
        ),
        Mistake(
            "flips_all_axes",
            "np.flip(W, axis=(0, 1))",
            "np.flip(W)",
            "You also reverse the order of the channels. Only height and width are turned.",
        ),
        Mistake(
            "does_not_swap_the_channels",
            ".swapaxes(2, 3)",
            "",
            "The channels do not change back: the filters still go from the previous channels to the next ones.",
        ),
        Mistake(
            "rectifies",
            "return convolve(Z, turned)",
            "return np.maximum(convolve(Z, turned), 0)",
            "Negative numbers are missing. The ReLU is a step of its own.",
        ),
    ),
)


def chain(rng: np.random.Generator) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """Two layers with one pooling between them, and a signal at one place."""
    signal = np.zeros((3, 4, 3), np.float32)
    signal[1, 2, 1] = 2.0
    filters = [eighths(rng, 3, 3, 2, 4), eighths(rng, 3, 3, 4, 3)]
    return signal, filters, [mask(rng, 3, 4, 4, 2)]


def cases_deconvnet(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("two layers", chain(rng), tolerance=TOLERANCE)
    signal, filters, switches = chain(rng)
    yield Case(
        "a signal with both signs, everywhere",
        (eighths(rng, *signal.shape), filters, switches),
        tolerance=TOLERANCE,
    )
    yield Case("one layer, no pooling", (eighths(rng, 4, 4, 2), [eighths(rng, 3, 3, 3, 2)], []), tolerance=TOLERANCE)
    filters = [eighths(rng, 3, 3, 1, 2), eighths(rng, 3, 3, 2, 2), eighths(rng, 3, 3, 2, 2)]
    switches = [mask(rng, 4, 4, 2, 2), mask(rng, 2, 2, 2, 2)]
    yield Case(
        "three layers, by name",
        (),
        {"switches": switches, "filters": filters, "signal": np.abs(eighths(rng, 2, 2, 2))},
        tolerance=TOLERANCE,
    )


deconvnet = Exercise(
    name="deconvnet",
    points=11,
    cases=cases_deconvnet,
    mistakes=(
        Mistake(
            "never_rectifies",
            "        signal = np.maximum(signal, 0)\n",
            "",
            "Nothing is rectified on the way back. This is nearly a gradient, but not a deconvnet.",
        ),
        Mistake(
            "rectifies_the_picture",
            "    return signal\n",
            "    return np.maximum(signal, 0)\n",
            "Your picture has no negative numbers. After the first layer there is no ReLU: the picture comes out as it "
            "is.",
        ),
        Mistake(
            "rectifies_after_the_filters",
            "        signal = np.maximum(signal, 0)\n"
            "        signal = transposed_convolution(signal, filters[number])\n",
            "        signal = np.maximum(transposed_convolution(signal, filters[number]), 0)\n",
            "You rectify behind the filters of each layer. It belongs before them: what comes in is rectified.",
        ),
        Mistake(
            "rectifies_at_the_top_only",
            "    for number in reversed(range(len(filters))):\n        signal = np.maximum(signal, 0)\n",
            "    signal = np.maximum(signal, 0)\n    for number in reversed(range(len(filters))):\n",
            "You rectify once, at the top. Each layer has its own ReLU.",
        ),
        Mistake(
            "rectifies_below_the_top_only",
            "        signal = np.maximum(signal, 0)\n",
            "        signal = np.maximum(signal, 0) if number < len(filters) - 1 else signal\n",
            "The signal at the top is not rectified, all others are. Begin with the ReLU.",
        ),
        Mistake(
            "absolute_values",
            "np.maximum(signal, 0)",
            "np.abs(signal)",
            "Negative numbers become positive in your function. A ReLU makes them zero.",
        ),
        Mistake(
            "stops_before_the_picture",
            "reversed(range(len(filters)))",
            "reversed(range(1, len(filters)))",
            "You stop before the first layer. The last step goes down to the picture.",
        ),
        Mistake(
            "from_the_first_layer",
            "in reversed(range(len(filters)))",
            "in range(len(filters))",
            "You begin with the first layer. The signal is at the top: the last layer comes first.",
        ),
    ),
)


# ---- part 4: where the network looks


def cases_class_activation_map(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("three channels", (np.abs(eighths(rng, 4, 5, 3)), eighths(rng, 4, 5, 3)))
    activations, gradients = np.abs(eighths(rng, 3, 3, 2)), np.ones((3, 3, 2), np.float32)
    yield Case("all gradients are 1", (activations, gradients))
    yield Case("everything speaks against the class", (activations, -np.abs(eighths(rng, 3, 3, 2))))
    gradients = eighths(rng, 3, 4, 2)
    gradients[0] = 4  # so that the means are positive and something remains
    yield Case("activations of both signs, by name", (), {"gradients": gradients, "activations": eighths(rng, 3, 4, 2)})


class_activation_map = Exercise(
    name="class_activation_map",
    points=10,
    cases=cases_class_activation_map,
    mistakes=(
        Mistake(
            "no_relu",
            "    return np.maximum((activations * importance).sum(axis=-1), 0)",
            "    return (activations * importance).sum(axis=-1)",
            "Your map has negative numbers: places that speak against the class. Keep what is positive.",
        ),
        Mistake(
            "sum_of_the_gradients",
            "gradients.mean(axis=(0, 1))",
            "gradients.sum(axis=(0, 1))",
            "Your map is too large by the number of positions. The importance is a mean.",
        ),
        Mistake(
            "largest_gradient",
            "gradients.mean(axis=(0, 1))",
            "gradients.max(axis=(0, 1))",
            "You take the largest gradient of each channel. The importance is a mean.",
        ),
        Mistake(
            "no_mean",
            "gradients.mean(axis=(0, 1))",
            "gradients",
            "You multiply each number with its own gradient. Each channel has one importance for all positions.",
        ),
        Mistake(
            "mean_over_the_channels",
            "gradients.mean(axis=(0, 1))",
            "gradients.mean(axis=2, keepdims=True)",
            "You average the gradients over the channels. Average them over the positions.",
        ),
        Mistake(
            "positive_gradients_only",
            "gradients.mean(axis=(0, 1))",
            "np.maximum(gradients, 0).mean(axis=(0, 1))",
            "You leave out negative gradients. A channel may speak against a class; the ReLU comes at the end.",
        ),
        Mistake(
            "relu_before_the_sum",
            "np.maximum((activations * importance).sum(axis=-1), 0)",
            "np.maximum(activations * importance, 0).sum(axis=-1)",
            "You cut off negative numbers of each channel. Add up first: reasons against may outweigh reasons for.",
        ),
        Mistake(
            "mean_of_the_maps",
            ".sum(axis=-1), 0)",
            ".mean(axis=-1), 0)",
            "Your map is too small by the number of channels. The weighted maps are added up.",
        ),
        Mistake(
            "weights_of_the_activations",
            "(activations * importance)",
            "(gradients * activations.mean(axis=(0, 1)))",
            "Activations and gradients have swapped their roles. The gradients tell the importance.",
        ),
    ),
)


def cases_grad_cam(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(
        "the deep layer",
        (pictures(rng, 12, 16, 3), 2, "deep"),
        call=ON_THE_NETWORK,
        tolerance=TOLERANCE,
    )
    yield Case(
        "the shallow layer, by name",
        (),
        {"layer": "shallow", "class_index": 1, "image": pictures(rng, 12, 16, 3)},
        call=ON_THE_NETWORK,
        tolerance=TOLERANCE,
    )
    black = np.zeros((12, 16, 3), np.float32)
    yield Case("a black picture: no reasons", (black, 1, "deep"), call=ON_THE_NETWORK, tolerance=TOLERANCE)


grad_cam = Exercise(
    name="grad_cam",
    points=10,
    cases=cases_grad_cam,
    mistakes=(
        Mistake(
            "not_scaled",
            "        heat = heat / heat.max()\n",
            "        pass\n",
            "The largest number of your map is not 1. Divide by the largest one.",
        ),
        Mistake(
            "divides_by_zero",
            "    if heat.max() > 0:\n",
            "    if True:\n",
            "Where nothing speaks for the class, you divide zero by zero. Such a map stays zero.",
        ),
        Mistake(
            "not_enlarged",
            "    return enlarge(heat, image.shape[:2])  # (n_H, n_W)\n",
            "    return heat\n",
            "Your map has the size of the layer. Enlarge it to the size of the picture.",
        ),
        Mistake(
            "always_class_0",
            "layer_gradients(model, image, class_index, layer)",
            "layer_gradients(model, image, 0, layer)",
            "You explain class 0 whatever is asked.",
        ),
        Mistake(
            "activations_and_gradients_swapped",
            "    activations, gradients = layer",
            "    gradients, activations = layer",
            "You call the gradients activations, and the activations gradients. layer_gradients returns the "
            "activations first.",
        ),
        Mistake(
            "scaled_by_the_sum",
            "heat / heat.max()",
            "heat / heat.sum()",
            "You divide by the sum, so that all numbers add up to 1. Here the largest number is to be 1.",
        ),
        Mistake(
            "upside_down",
            "return enlarge(heat, image.shape[:2])",
            "return 1 - enlarge(heat, image.shape[:2])",
            "Your map is 1 where there are no reasons, and 0 where there are.",
        ),
    ),
)


exercises = [
    receptive_field,
    strongest_places,
    cut_window,
    top_activating_patches,
    max_pool_with_switches,
    unpool,
    transposed_convolution,
    deconvnet,
    class_activation_map,
    grad_cam,
]
