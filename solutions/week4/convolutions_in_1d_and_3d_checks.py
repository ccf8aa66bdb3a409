"""The exercises of convolutions_in_1d_and_3d: their cases and the mistakes that learners make.

Arrays are small and hold eighths. Networks get fixed weights, and one case trains a small one for a moment. Volumes are
drawn in the kernel from a seed, so that the key stays small.
"""

from collections.abc import Iterator

import numpy as np

from courselib.grading import Case, Code, Exercise, Mistake, Score

TOLERANCE = 1e-2


def eighths(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers from -1 to 1 in steps of 1/8."""
    return rng.integers(-8, 9, size=shape) / 8


def drawn_in_the_kernel(rng: np.random.Generator, *shape: int) -> Code:
    """The same in float32, but drawn in the kernel."""
    return Code(f"np.random.default_rng({rng.integers(2**31)}).integers(-8, 9, {shape}).astype('float32') / 8")


# ---- part 1: a template


def cases_matched_filter(rng: np.random.Generator) -> Iterator[Case]:
    template = np.array([0.0, 1.0, 4.0, -2.0, 1.0])
    signal = eighths(rng, 24)
    signal[3:8] = 2 * template + 1  # the shape itself, larger and higher
    yield Case("the template is in the signal, larger and higher", (signal, template))
    yield Case("noise", (eighths(rng, 20), np.array([1.0, -1.0, 0.5, 2.0])))
    flat = eighths(rng, 16)
    flat[5:11] = 0.375
    yield Case("six equal samples, and a template of three", (flat, np.array([0.0, 1.0, 3.0])))
    yield Case("as long as the template", (eighths(rng, 6), np.array([3.0, 1.0, 0.0, 0.0, -1.0, 2.0])))


matched_filter = Exercise(
    name="matched_filter",
    points=16,
    cases=cases_matched_filter,
    mistakes=(
        Mistake(
            "window_not_divided",
            "window * pattern) / norm",
            "window * pattern)",
            "Your scores grow with the height of the signal, beyond 1. Each window has to be divided by its norm.",
        ),
        Mistake(
            "template_not_divided",
            "    pattern = pattern / np.linalg.norm(pattern)\n",
            "",
            "All your scores are too large by the same factor. The template has to be divided by its norm.",
        ),
        Mistake(
            "window_keeps_its_mean",
            "signal[i : i + f] - signal[i : i + f].mean()",
            "signal[i : i + f] - 0",
            "A window that lies high gets another score than the same window lower down. Each window loses its own "
            "mean, before its norm is taken.",
        ),
        Mistake(
            "mean_of_the_whole_signal",
            "signal[i : i + f].mean()",
            "signal.mean()",
            "You subtract the mean of the whole signal. Each window has a mean of its own.",
        ),
        Mistake(
            "template_keeps_its_mean",
            "template - template.mean()",
            "template - 0",
            "The mean is still in the template when its norm is taken. Subtract it first.",
        ),
        Mistake(
            "flat_windows_are_nan",
            "        if norm > 1e-12:\n            scores[i] = np.sum(window * pattern) / norm",
            "        scores[i] = np.sum(window * pattern) / norm",
            "A constant window gives nan or infinity: its norm is zero. Its score is 0.",
        ),
        Mistake(
            "flipped_template",
            "pattern = pattern / np.linalg.norm(pattern)",
            "pattern = pattern[::-1] / np.linalg.norm(pattern)",
            "It looks as if the template runs backwards, as in np.convolve. Here it is not flipped.",
        ),
        Mistake(
            "last_window_missing",
            "len(signal) - f + 1",
            "len(signal) - f",
            "One score is missing at the end. How many places does a filter of f samples have among n?",
        ),
    ),
)


# ---- part 2: one dimension


def cases_conv1d_forward(rng: np.random.Generator) -> Iterator[Case]:
    def case(title: str, batch: tuple[int, ...], f: int, n_C: int) -> Case:
        b = (rng.permutation(n_C) + 1).reshape(1, 1, n_C) / 2
        return Case(title, (eighths(rng, *batch), eighths(rng, f, batch[-1], n_C), b))

    yield case("14 x 1, sixteen filters of 5", (1, 14, 1), 5, 16)
    yield case("three signals with two channels, four filters of 3", (3, 7, 2), 3, 4)
    yield case("a filter as long as the signal", (2, 4, 3), 4, 2)


conv1d_forward = Exercise(
    name="conv1d_forward",
    points=16,
    cases=cases_conv1d_forward,
    mistakes=(
        Mistake(
            "forgets_the_bias",
            " + b[0, 0, c]",
            "",
            "Each channel is too small by a number of its own. The bias is missing.",
        ),
        Mistake(
            "one_bias_for_all",
            "b[0, 0, c]",
            "b[0, 0, 0]",
            "Every filter gets the bias of the first one. Each filter has its own.",
        ),
        Mistake(
            "same_filter_for_all",
            "W[..., c]",
            "W[..., 0]",
            "Every channel of Z is made with the first filter.",
        ),
        Mistake(
            "flipped_filters",
            "W[..., c]",
            "W[::-1, :, c]",
            "It looks as if the filters run backwards, as in np.convolve. Here they are used as they are.",
        ),
        Mistake(
            "first_signal_only",
            "a_slice = A_prev[:, i : i + f]",
            "a_slice = A_prev[:1, i : i + f]",
            "The first signal is right, the others are copies of it.",
        ),
        Mistake(
            "first_channel_only",
            "np.sum(a_slice * W[..., c], axis=(1, 2))",
            "np.sum(a_slice[..., 0] * W[:, 0, c], axis=1)",
            "With one channel the result is right, with more it is not. A filter has a weight for each channel of its "
            "input.",
        ),
        Mistake(
            "last_place_missing",
            "n = n_prev - f + 1",
            "n = n_prev - f",
            "One place is missing at the end. How many places does a filter of f samples have among n?",
        ),
        Mistake(
            "sums_the_whole_batch",
            "axis=(1, 2))",
            ")",
            "All signals of a batch get the same numbers: the sum runs over the batch axis, too.",
        ),
    ),
)


# ---- part 3: the receptive field


def cases_receptive_field_seconds(rng: np.random.Generator) -> Iterator[Case]:
    block = [(5, 1), (2, 2)]
    yield Case("one layer with a stride of its own", ([(7, 3)], 128))
    yield Case("three blocks of convolution and pooling", (3 * block, 128))
    yield Case("different lengths and strides", ([(3, 2), (4, 1), (5, 3), (int(rng.integers(2, 6)), 1)], 100))
    yield Case("no layers, 4 samples a second", ([], 4))


receptive_field_seconds = Exercise(
    name="receptive_field_seconds",
    points=12,
    cases=cases_receptive_field_seconds,
    mistakes=(
        Mistake(
            "adds_the_whole_filter",
            "samples += (f - 1) * step",
            "samples += f * step",
            "Each layer adds one sample too many (times the step): a filter of one sample sees no further than before.",
        ),
        Mistake(
            "forgets_the_strides",
            "        step *= s\n",
            "",
            "The result is right only where all strides are 1. After a stride of 2, two neighbours are twice as far "
            "apart.",
        ),
        Mistake(
            "own_stride_first",
            "        samples += (f - 1) * step\n        step *= s\n",
            "        step *= s\n        samples += (f - 1) * step\n",
            "You multiply the step with the stride of a layer before you use it. The stride of a layer changes only "
            "the layers behind it.",
        ),
        Mistake(
            "strides_added",
            "step *= s",
            "step += s",
            "It looks as if you add up the strides. Two strides of 2 make a step of 4 samples, and three of them a "
            "step of 8.",
        ),
        Mistake(
            "in_samples",
            "return samples / sampling_rate",
            "return float(samples)",
            "That is the receptive field in samples. How many seconds is it?",
        ),
        Mistake(
            "begins_with_zero",
            "samples, step = 1, 1",
            "samples, step = 0, 1",
            "One sample is missing: without any layer, an output sees one sample.",
        ),
        Mistake(
            "last_layer_first",
            "for f, s in layers:",
            "for f, s in reversed(layers):",
            "It looks as if you went through the layers from the last to the first. The list begins with the first "
            "layer.",
        ),
    ),
)


# ---- part 4: heartbeats


def cases_standardize(rng: np.random.Generator) -> Iterator[Case]:
    x = eighths(rng, 3, 10, 2)
    x[:, 0] = [[1.0, -1.0], [-1.0, 1.0], [0.5, 0.0]]  # no channel is constant
    x[:, 1] = [[-1.0, 0.0], [0.0, 0.5], [-0.5, 1.0]]
    yield Case("three signals with two channels", (x * np.array([1.0, 4.0]) + np.array([0.0, 2.0]),))
    flat = eighths(rng, 2, 8, 1)
    flat[0, :2] = [[1.0], [-1.0]]
    flat[1] = 0.5
    yield Case("the second electrode is loose", (flat,))


standardize = Exercise(
    name="standardize",
    points=6,
    cases=cases_standardize,
    mistakes=(
        Mistake(
            "mean_of_all_signals",
            "x.mean(axis=1, keepdims=True)",
            "x.mean(axis=(0, 1), keepdims=True)",
            "You subtract the mean of the whole batch. Each signal has its own.",
        ),
        Mistake(
            "deviation_of_all_signals",
            "x.std(axis=1, keepdims=True)",
            "x.std(axis=(0, 1), keepdims=True)",
            "You divide by the deviation of the whole batch. Each signal has its own.",
        ),
        Mistake(
            "mixes_the_channels",
            "x - x.mean(axis=1, keepdims=True)",
            "x - x.mean(axis=(1, 2), keepdims=True)",
            "The channels of a signal share one mean in your result. Each channel has its own.",
        ),
        Mistake(
            "divides_by_the_variance",
            "x.std(axis=1, keepdims=True)",
            "x.var(axis=1, keepdims=True)",
            "It looks as if you divide by the variance. The standard deviation is its square root.",
        ),
        Mistake(
            "mean_only",
            "return centred / np.maximum(deviation, 1e-6)",
            "return centred",
            "The mean is zero, but each channel has kept its size. Divide by the standard deviation.",
        ),
        Mistake(
            "flat_lines_are_nan",
            "np.maximum(deviation, 1e-6)",
            "deviation",
            "A constant line gives nan: its standard deviation is zero. It has to become zeros.",
        ),
    ),
)

# Trains for a moment. The last normalisation statistics are those of the batch, so that few steps are enough.
TRAINS_AND_PREDICTS = Code(
    "lambda build, x, y, x_new: ("
    "keras.utils.set_random_seed(1), "
    "model := build((32, 1), 3, num_blocks=1), "
    "model.compile(keras.optimizers.Adam(0.05), 'sparse_categorical_crossentropy', run_eagerly=True), "
    "[model.train_on_batch(x, y) for _ in range(12)], "
    "keras.ops.convert_to_numpy(model(x_new, training=True)))[-1]"
)


def ups_and_downs(rng: np.random.Generator, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Signals with a peak upwards (class 0), downwards (1), or both (2), anywhere; a little noise."""
    labels = np.arange(number) % 3
    x = rng.integers(-1, 2, size=(number, 32)) / 16
    for signal, label in zip(x, labels, strict=True):
        first, second = rng.permutation([4, 12, 20, 27])[:2] + rng.integers(-2, 3, 2)
        if label != 1:
            signal[first - 1 : first + 2] += [0.5, 1.0, 0.5]
        if label != 0:
            signal[second - 1 : second + 2] -= [0.5, 1.0, 0.5]
    return x[..., None].astype("float32"), labels


def cases_ecg_classifier(rng: np.random.Generator) -> Iterator[Case]:
    call = Code("lambda build, x, *arguments, **options: observe.model(build(x.shape[1:], *arguments, **options), x)")
    x = eighths(rng, 2, 24, 2).astype("float32")
    yield Case("three blocks, four classes", (x, 4), {"num_blocks": 3}, call=call, tolerance=TOLERANCE)
    x, y = ups_and_downs(rng, 36)
    x_new, y_new = ups_and_downs(rng, 45)
    yield Case(
        "peaks upwards, downwards, or both? One block, twelve steps of training",
        (x, y, x_new),
        call=TRAINS_AND_PREDICTS,
        score=Score(labels=y_new, at_least=0.75),
    )
    yield Case("1024 samples, six blocks", ((1024, 1), 5), call=Code("observe.size"))


ecg_classifier = Exercise(
    name="ecg_classifier",
    points=16,
    cases=cases_ecg_classifier,
    mistakes=(
        Mistake(
            "same_number_of_filters",
            "16 * 2 ** (k // 2)",
            "16",
            "All your blocks have 16 filters. Every second block doubles the number.",
        ),
        Mistake(
            "doubles_in_every_block",
            "2 ** (k // 2)",
            "2**k",
            "The number of filters doubles in every block. It should double in every second one: 16, 16, 32, 32.",
        ),
        Mistake(
            "always_six_blocks",
            "range(num_blocks)",
            "range(6)",
            "Your network has six blocks, whatever num_blocks says.",
        ),
        Mistake(
            "no_batch_normalisation",
            "        x = keras.layers.BatchNormalization()(x)\n",
            "",
            "Four numbers for each channel are missing, two of them trained. Which layer has such parameters?",
        ),
        Mistake(
            "no_relu",
            "        x = keras.layers.ReLU()(x)\n",
            "",
            "All shapes and parameters are right, but the outputs are not. Is there a ReLU in each block?",
        ),
        Mistake(
            "valid_padding",
            ', padding="same"',
            "",
            "The outputs are not right, as if the convolutions cut the ends off. Here the length stays until the "
            "pooling.",
        ),
        Mistake(
            "average_pooling",
            "MaxPooling1D(2)",
            "AveragePooling1D(2)",
            "It looks as if each pair of samples gives its mean. Max pooling keeps the larger one.",
        ),
        Mistake(
            "global_average",
            "GlobalMaxPooling1D",
            "GlobalAveragePooling1D",
            "It looks as if the end takes the mean over time. A single early beat would be lost in it. Keep the "
            "largest number.",
        ),
        Mistake(
            "sigmoid",
            '"softmax"',
            '"sigmoid"',
            "Your probabilities do not sum to 1. One of several classes asks for another function than sigmoid.",
        ),
        Mistake(
            "filters_begin_with_zero",
            'padding="same"',
            'padding="same", kernel_initializer="zeros"',
            "The network is built well, but it does not learn: all its filters begin with zeros, so all get the same "
            "gradient.",
        ),
    ),
)


# ---- part 5: three dimensions


def cases_conv3d_forward(rng: np.random.Generator) -> Iterator[Case]:
    def case(title: str, batch: tuple[int, ...], f: int, n_C: int) -> Case:
        b = (rng.permutation(n_C) + 1).reshape(1, 1, 1, 1, n_C) / 2
        return Case(title, (eighths(rng, *batch), eighths(rng, f, f, f, batch[-1], n_C), b))

    yield case("two volumes with two channels, filters of 2", (2, 3, 4, 5, 2), 2, 3)
    yield case("one channel, filters of 3", (1, 5, 4, 6, 1), 3, 4)


conv3d_forward = Exercise(
    name="conv3d_forward",
    points=14,
    cases=cases_conv3d_forward,
    mistakes=(
        Mistake(
            "forgets_the_bias",
            " + b[..., c].item()",
            "",
            "Each channel is too small by a number of its own. The bias is missing.",
        ),
        Mistake(
            "one_bias_for_all",
            "b[..., c].item()",
            "b[..., 0].item()",
            "Every filter gets the bias of the first one. Each filter has its own.",
        ),
        Mistake(
            "does_not_move_in_depth",
            "A_prev[:, d : d + f,",
            "A_prev[:, :f,",
            "All slices of your result are equal: the window moves to the right and down, but not through the depth.",
        ),
        Mistake(
            "flipped_filters",
            "W[..., c]",
            "W[::-1, ::-1, ::-1, :, c]",
            "It looks as if the filters were turned around in all three directions. Here they are used as they are.",
        ),
        Mistake(
            "depth_and_width_swapped",
            "W[..., c]",
            "W[..., c].swapaxes(0, 2)",
            "It looks as if depth and width of the filters were swapped. The axes of W come in the order of A_prev.",
        ),
        Mistake(
            "cubes_only",
            "n_D, n_H, n_W = n_D_prev - f + 1, n_H_prev - f + 1, n_W_prev - f + 1",
            "n_D = n_H = n_W = n_D_prev - f + 1",
            "The height and the width of your result follow from the depth. Each side has a length of its own.",
        ),
        Mistake(
            "first_volume_only",
            "A_prev[:, d",
            "A_prev[:1, d",
            "The first volume is right, the others are copies of it.",
        ),
        Mistake(
            "same_filter_for_all",
            "W[..., c]",
            "W[..., 0]",
            "Every channel of Z is made with the first filter.",
        ),
    ),
)


def cases_conv_cost(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("one dimension: 14, 16 filters of 5", ((14,), 5, 1, 16))
    yield Case("two dimensions", ((int(rng.integers(20, 30)), 14), 5, 3, 16))
    yield Case("three dimensions", ((14, 12, int(rng.integers(15, 20))), 3, 16, 32))
    yield Case("filters of one voxel", ((6, 7, 8), 1, 4, 2))


conv_cost = Exercise(
    name="conv_cost",
    points=8,
    cases=cases_conv_cost,
    mistakes=(
        Mistake(
            "no_biases",
            "weights + n_C,",
            "weights,",
            "Some parameters are missing, as many as there are filters.",
        ),
        Mistake(
            "padded",
            "n - f + 1 for n",
            "n for n",
            "You count as many places as the input has. Without padding there are fewer.",
        ),
        Mistake(
            "always_squares",
            "f ** len(sides)",
            "f**2",
            "Your filters are squares, whatever the input is. In one dimension they have f places, in three f x f x f.",
        ),
        Mistake(
            "f_times_dimensions",
            "f ** len(sides)",
            "f * len(sides)",
            "A filter of three dimensions has f x f x f places, not f + f + f.",
        ),
        Mistake(
            "biases_multiply",
            "weights * places",
            "(weights + n_C) * places",
            "You count the biases among the multiplications. Adding a bias multiplies nothing.",
        ),
        Mistake(
            "one_input_channel",
            " * n_C_prev * n_C",
            " * n_C",
            "The result is right for one channel only. A filter has weights for all channels of its input.",
        ),
        Mistake(
            "multiplications_of_one_filter",
            "weights * places",
            "weights * places // n_C",
            "Those are the multiplications of a single filter.",
        ),
    ),
)


# ---- part 6: volumes


def cases_ct_classifier(rng: np.random.Generator) -> Iterator[Case]:
    call = Code("lambda build, x, *arguments, **options: observe.model(build(x.shape[1:], *arguments, **options), x)")
    x = drawn_in_the_kernel(rng, 3, 12, 10, 14, 1)
    yield Case("filters of 3, pooling of 2", (x,), call=call, tolerance=TOLERANCE)
    slices = {"kernel_size": (1, 3, 3), "pool_size": (1, 2, 2)}
    x = drawn_in_the_kernel(rng, 3, 4, 12, 10, 2)
    yield Case("slice by slice, two channels", (x,), slices, call=call, tolerance=TOLERANCE)


ct_classifier = Exercise(
    name="ct_classifier",
    points=12,
    cases=cases_ct_classifier,
    mistakes=(
        Mistake(
            "ignores_kernel_size",
            "Conv3D(filters, kernel_size)",
            "Conv3D(filters, 3)",
            "Your filters are 3 x 3 x 3, whatever kernel_size says.",
        ),
        Mistake(
            "ignores_pool_size",
            "MaxPooling3D(pool_size)",
            "MaxPooling3D(2)",
            "Your pooling takes 2 x 2 x 2 voxels, whatever pool_size says. Slice by slice, it must leave the depth "
            "alone.",
        ),
        Mistake(
            "same_padding",
            "Conv3D(filters, kernel_size)",
            'Conv3D(filters, kernel_size, padding="same")',
            "It looks as if your convolutions are padded. The table says: no padding.",
        ),
        Mistake(
            "no_batch_normalisation",
            "        x = keras.layers.BatchNormalization()(x)\n",
            "",
            "Four numbers for each channel are missing, two of them trained. Which layer has such parameters?",
        ),
        Mistake(
            "no_relu",
            "        x = keras.layers.ReLU()(x)\n",
            "",
            "All shapes and parameters are right, but the outputs are not. Is there a ReLU in each block?",
        ),
        Mistake(
            "global_average",
            "GlobalMaxPooling3D",
            "GlobalAveragePooling3D",
            "It looks as if the end takes the mean over all places. A nodule is in one place only: keep the largest "
            "number.",
        ),
        Mistake(
            "no_sigmoid",
            ', activation="sigmoid"',
            "",
            "Your outputs are not between 0 and 1, so they are no probabilities. How does the last layer end?",
        ),
        Mistake(
            "softmax_of_one_number",
            '"sigmoid"',
            '"softmax"',
            "Every output is 1, whatever the volume is. The softmax of a single number is always 1.",
        ),
        Mistake(
            "sixteen_filters_twice",
            "in (8, 16):",
            "in (16, 16):",
            "The first block has 8 filters, and only the second one 16.",
        ),
    ),
)


exercises = [
    matched_filter,
    conv1d_forward,
    receptive_field_seconds,
    standardize,
    ecg_classifier,
    conv3d_forward,
    conv_cost,
    ct_classifier,
]
