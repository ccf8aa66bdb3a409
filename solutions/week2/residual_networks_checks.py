"""The exercises of residual_networks: their cases and the mistakes that learners make.

Blocks are judged by the shape of their output, their parameters, and what they compute: with fixed weights, and with
the weights that their initialisers make.
"""

from collections.abc import Iterator

import numpy as np

from courselib.grading import Case, Code, Exercise, Mistake

TOLERANCE = 1e-2

BLOCK = Code("observe.block")
AS_INITIALIZED = Code("lambda *args, **kwargs: observe.block(*args, fixed_weights=False, **kwargs)")
# What a block computes that was asked to normalise with the batch (or not), when nobody says anything later.
AS_TRAINED = Code(
    "lambda block, x, *args, **kwargs: keras.ops.convert_to_numpy(keras.ops.cast("
    "observe.fill(observe.block_model(block, x.shape[1:], *args, **kwargs))(x), 'float32'))"
)
# The initialisers differ, so layers that have each their own have different kernels.
DIFFERENT_KERNELS = Code(
    "lambda block, x, *args: (lambda seeds: {'different kernels': len({w.tobytes() for w in observe.block_model("
    "block, x.shape[1:], *args, initializer=lambda seed=0: keras.initializers.RandomUniform(seed=next(seeds))"
    ").get_weights() if w.ndim == 4})})(iter(range(1, 100)))"
)


def eighths(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers from -1 to 1 in steps of 1/8, never 0, as float32."""
    return (rng.integers(1, 9, size=shape) * rng.choice([-1, 1], size=shape) / 8).astype(np.float32)


# ---- part 2: add what came in


def step_arguments(rng: np.random.Generator, m: int, n: int, k: int) -> dict[str, np.ndarray]:
    """Arguments of residual_step; the biases are neither small nor all of one sign."""
    shapes = {"a": (m, n), "W1": (n, k), "b1": (k,), "W2": (k, n), "b2": (n,)}
    return {name: eighths(rng, *shape).astype(float) for name, shape in shapes.items()}


def cases_residual_step(rng: np.random.Generator) -> Iterator[Case]:
    arguments = step_arguments(rng, 6, 4, 5)
    arguments["a"] = np.abs(arguments["a"])
    yield Case("activations after a ReLU", tuple(arguments.values()))
    yield Case("negative numbers come in", tuple(step_arguments(rng, 8, 5, 3).values()))
    arguments = step_arguments(rng, 4, 3, 3)
    arguments["W2"][:], arguments["b2"][:] = 0, 0
    yield Case("the second layer has zero weights", tuple(arguments.values()))
    yield Case("as many hidden units as inputs, by name", (), step_arguments(rng, 7, 6, 6))


residual_step = Exercise(
    name="residual_step",
    points=10,
    cases=cases_residual_step,
    mistakes=(
        Mistake(
            "no_shortcut",
            "np.maximum(z2 + a, 0)",
            "np.maximum(z2, 0)",
            "These are two plain layers. The input a is never added.",
        ),
        Mistake(
            "adds_after_the_relu",
            "np.maximum(z2 + a, 0)",
            "np.maximum(z2, 0) + a",
            "You add the shortcut after the last ReLU. It arrives before it.",
        ),
        Mistake(
            "adds_to_the_first_layer",
            "a1 = np.maximum(a @ W1 + b1, 0)",
            "a1 = np.maximum(a @ W1 + b1 + a[:, :1], 0)",
            "The shortcut arrives at the second layer only. Your first layer gets something extra.",
        ),
        Mistake(
            "no_inner_relu",
            "a1 = np.maximum(a @ W1 + b1, 0)",
            "a1 = a @ W1 + b1",
            "There is no ReLU between your two layers.",
        ),
        Mistake(
            "no_last_relu",
            "np.maximum(z2 + a, 0)",
            "z2 + a",
            "Your result can be negative. The last ReLU is missing.",
        ),
        Mistake(
            "relu_on_the_shortcut",
            "np.maximum(z2 + a, 0)",
            "np.maximum(z2 + np.maximum(a, 0), 0)",
            "It is right where a is not negative. The shortcut hands a on as it is, without a ReLU.",
        ),
        Mistake(
            "no_second_bias",
            "a1 @ W2 + b2",
            "a1 @ W2",
            "The bias b2 is missing.",
        ),
        Mistake(
            "subtracts",
            "z2 + a,",
            "z2 - a,",
            "You subtract the input. The residual F(x) is a difference, but here the input is added to it.",
        ),
        Mistake(
            "changes_its_input",
            "    return np.maximum(z2 + a, 0)  # (m, n)\n",
            "    a += z2\n    return np.maximum(a, 0)\n",
            "The result is right, but your function changes a. After += the array of the caller is another one.",
        ),
    ),
)


# ---- part 3: the way back


def slopes(rng: np.random.Generator, count: int) -> np.ndarray:
    """Slopes in steps of 1/8, neither 0 nor -1, so that no product is 0."""
    return rng.choice([-14, -12, -6, -5, -3, -2, 2, 3, 5, 6, 12], size=count) / 8


def cases_gradients_at_blocks(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("plain, five blocks", (slopes(rng, 5), False))
    yield Case("residual, five blocks", (slopes(rng, 5), True))
    yield Case("residual, all slopes are 0", (np.zeros(4), True))
    yield Case("plain, one block", (slopes(rng, 1), False))
    yield Case("residual, six blocks, by name", (), {"skip": True, "slopes": slopes(rng, 6)})


gradients_at_blocks = Exercise(
    name="gradients_at_blocks",
    points=10,
    cases=cases_gradients_at_blocks,
    mistakes=(
        Mistake(
            "from_the_first_block",
            "reversed(range(len(factors)))",
            "range(len(factors))",
            "You multiply from the first block on. The gradient comes from the end of the chain.",
        ),
        Mistake(
            "in_reversed_order",
            "    return gradients\n",
            "    return gradients[::-1]\n",
            "The numbers are right, but in reversed order. Entry 0 belongs to the first block.",
        ),
        Mistake(
            "without_its_own_block",
            "        gradient = gradient * factors[block]\n        gradients[block] = gradient\n",
            "        gradients[block] = gradient\n        gradient = gradient * factors[block]\n",
            "This is the gradient at the *output* of each block. On the way to its input it goes through the block.",
        ),
        Mistake(
            "ignores_skip",
            "    if skip:\n        factors = 1 + factors\n",
            "",
            "Plain chains are right. With skip, each block has another slope.",
        ),
        Mistake(
            "always_skips",
            "    if skip:\n        factors = 1 + factors\n",
            "    factors = 1 + factors\n",
            "Residual chains are right. Without skip, nothing is added to the slopes.",
        ),
        Mistake(
            "adds_one_to_the_product",
            "    if skip:\n        factors = 1 + factors\n",
            "    if skip:\n        return 1 + np.cumprod(factors[::-1])[::-1]\n",
            "You add 1 to the product of the slopes. Each block has its own shortcut, so each slope gets its own 1.",
        ),
        Mistake(
            "sums",
            "gradient = gradient * factors[block]",
            "gradient = gradient + factors[block] - (block == len(factors) - 1)",
            "You add the slopes. The chain rule multiplies them.",
        ),
        Mistake(
            "only_the_slopes",
            "gradient = gradient * factors[block]",
            "gradient = factors[block]",
            "Each entry holds the slope of its own block only. The blocks behind it count too.",
        ),
        Mistake(
            "only_the_first_block",
            "    return gradients\n",
            "    return float(gradients[0])\n",
            "You return only the gradient of the first block. There is one for every block.",
        ),
    ),
)


# ---- part 4: a block for deep networks


def cases_conv_stack_parameters(rng: np.random.Generator) -> Iterator[Case]:
    n = int(rng.integers(2, 9))
    yield Case("the bottleneck of ResNet-50", (256, [(1, 64), (3, 64), (1, 256)]))
    yield Case("one convolution", (n, [(3, n + 3)]))
    yield Case("other sides and channels", (n, [(5, 2 * n), (2, 7), (7, n + 1), (1, 3 * n)]))
    yield Case("no convolution at all, by name", (), {"convolutions": [], "n_C": n})


conv_stack_parameters = Exercise(
    name="conv_stack_parameters",
    points=8,
    cases=cases_conv_stack_parameters,
    mistakes=(
        Mistake(
            "no_biases",
            "(f * f * n_C + 1) * filters",
            "f * f * n_C * filters",
            "The biases are missing: one for each filter.",
        ),
        Mistake(
            "one_bias_per_layer",
            "(f * f * n_C + 1) * filters",
            "f * f * n_C * filters + 1",
            "You count one bias for each convolution. Each filter has one of its own.",
        ),
        Mistake(
            "always_the_first_channels",
            "        n_C = filters\n",
            "",
            "Every convolution of yours sees the channels of the first input. The second one sees the filters of the "
            "first.",
        ),
        Mistake(
            "one_side",
            "f * f * n_C",
            "f * n_C",
            "You count f weights for each channel. How many numbers does a square of side f have?",
        ),
        Mistake(
            "flat_filters",
            "f * f * n_C + 1",
            "f * f + 1",
            "Your filters have one channel. A filter has all channels of its input.",
        ),
        Mistake(
            "only_the_last",
            "parameters += ",
            "parameters = ",
            "This is the count of the last convolution. Add all of them.",
        ),
        Mistake(
            "bias_for_each_channel",
            "f * f * n_C + 1",
            "(f * f + 1) * n_C",
            "You count a bias for each channel of the input. A filter has one bias, however many channels it sees.",
        ),
    ),
)


def cases_identity_block(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("3 x 3, two pictures", (eighths(rng, 2, 5, 4, 4), 3, (2, 3, 4)), call=BLOCK, tolerance=TOLERANCE)
    kwargs = {"filters": [4, 4, 3], "f": 2}
    yield Case("2 x 2, by name", (eighths(rng, 3, 4, 4, 3),), kwargs, call=BLOCK, tolerance=TOLERANCE)
    # Enough channels that no variance is near zero: then the epsilon of the normalisation does not matter.
    args, kwargs = (eighths(rng, 4, 4, 4, 4), 3, (8, 8, 4)), {"training": True}
    yield Case("training=True", args, kwargs, call=AS_TRAINED, tolerance=TOLERANCE)
    yield from initializer_cases(rng)


def initializer_cases(rng: np.random.Generator) -> Iterator[Case]:
    """The four forms of an initialiser; the kernels of the function are all different."""
    x, filters = eighths(rng, 1, 2, 2, 3), (2, 2, 3)
    for title, initializer in (
        ("initializer: a name", "ones"),
        ("initializer: a class", Code("keras.initializers.Ones")),
        ("initializer: an instance", Code("keras.initializers.Constant(0.25)")),
    ):
        kwargs = {"initializer": initializer}
        yield Case(title, (x, 2, filters), kwargs, call=AS_INITIALIZED, tolerance=TOLERANCE)
    yield Case(
        "initializer: a function, called for each layer",
        (eighths(rng, 1, 2, 2, 3), 1, (3, 3, 3)),
        call=DIFFERENT_KERNELS,
    )


IDENTITY_FIRST = (
    "    F = layers.Conv2D(F1, 1, kernel_initializer=new_initializer(initializer))(X)  # (m, n_H, n_W, F1)\n"
)

identity_block = Exercise(
    name="identity_block",
    points=20,
    cases=cases_identity_block,
    mistakes=(
        Mistake(
            "no_shortcut",
            "    F = layers.Add()([F, X])\n",
            "",
            "Your block computes F(x) only. The input is never added.",
        ),
        Mistake(
            "adds_after_the_relu",
            "    F = layers.Add()([F, X])\n    return layers.ReLU()(F)  # (m, n_H, n_W, n_C)\n",
            "    return layers.Add()([layers.ReLU()(F), X])\n",
            "You add the input after the last ReLU. First add, then ReLU.",
        ),
        Mistake(
            "no_last_relu",
            "return layers.ReLU()(F)  # (m, n_H, n_W, n_C)",
            "return F",
            "The ReLU after the addition is missing.",
        ),
        Mistake(
            "input_overwritten",
            "layers.Add()([F, X])",
            "layers.Add()([F, F])",
            "You add the main path to itself. It looks as if X was overwritten on the way: keep the input under a name "
            "of its own.",
        ),
        Mistake(
            "concatenates",
            "layers.Add()([F, X])",
            "layers.Concatenate()([F, X])",
            "Your output has the channels of both paths, one behind the other. The two paths are added.",
        ),
        Mistake(
            "no_relu_after_the_first_convolution",
            "    F = layers.ReLU()(F)\n"
            '    F = layers.Conv2D(F2, f, padding="same", kernel_initializer=new_initializer(initializer))(F)',
            '    F = layers.Conv2D(F2, f, padding="same", kernel_initializer=new_initializer(initializer))(F)',
            "There is no ReLU after the first convolution.",
        ),
        Mistake(
            "relu_before_normalisation",
            IDENTITY_FIRST + "    F = layers.BatchNormalization()(F, training=training)\n    F = layers.ReLU()(F)\n",
            IDENTITY_FIRST + "    F = layers.ReLU()(F)\n    F = layers.BatchNormalization()(F, training=training)\n",
            "Your ReLU comes before the normalisation. It is the other way round: convolution, normalisation, ReLU.",
        ),
        Mistake(
            "relu_before_the_addition",
            "layers.Add()([F, X])",
            "layers.Add()([layers.ReLU()(F), X])",
            "The main path has a ReLU before the addition, so it can only add and never take away.",
        ),
        Mistake(
            "no_third_normalisation",
            "    F = layers.BatchNormalization()(F, training=training)\n    F = layers.Add()([F, X])\n",
            "    F = layers.Add()([F, X])\n",
            "One batch normalisation is missing: the third convolution has one too.",
        ),
        Mistake(
            "always_3x3",
            "layers.Conv2D(F2, f,",
            "layers.Conv2D(F2, 3,",
            "The second convolution is always 3 x 3. Where do you use f?",
        ),
        Mistake(
            "filters_swapped",
            "F1, F2, F3 = filters",
            "F2, F1, F3 = filters",
            "The first two numbers of filters are swapped.",
        ),
        Mistake(
            "no_padding",
            'padding="same", ',
            "",
            "The convolution in the middle makes the picture smaller, so the shapes do not fit for the addition. It "
            "keeps the size.",
        ),
        Mistake(
            "ignores_training",
            "    F1, F2, F3 = filters\n",
            "    F1, F2, F3 = filters\n    training = None\n",
            "The argument training has no effect. Hand it on where you call the normalisations.",
        ),
        Mistake(
            "ignores_the_initializer",
            "    F1, F2, F3 = filters\n",
            '    F1, F2, F3 = filters\n    initializer = "zeros"\n',
            "The argument initializer has no effect on the kernels of the convolutions.",
        ),
        Mistake(
            "one_initializer_for_all_layers",
            "    F1, F2, F3 = filters\n",
            "    F1, F2, F3 = filters\n    shared = new_initializer(initializer)\n    initializer = lambda: shared\n",
            "Your layers share one initialiser, so they begin with the same numbers. Make a new one for each layer.",
        ),
        Mistake(
            "initializer_as_it_comes",
            "    F1, F2, F3 = filters\n",
            "    F1, F2, F3 = filters\n    new_initializer = lambda initializer: initializer\n",
            "Keras cannot use a function that makes an initialiser as it comes. new_initializer can.",
        ),
        Mistake(
            "calls_every_initializer",
            "    F1, F2, F3 = filters\n",
            "    F1, F2, F3 = filters\n    new_initializer = lambda initializer: initializer(seed=0)\n",
            "You call the initialiser with a seed. That works for classes and functions, but not for a name, nor for "
            "an instance.",
        ),
    ),
)


# A block with an input of 3 channels, whose weights are eighths, so that none of them is zero by chance.
RESIDUAL_BLOCK = (
    "observe.fill(observe.block_model(lambda x: keras.layers.ReLU()(keras.layers.Add()([x, "
    "keras.layers.BatchNormalization()(keras.layers.Conv2D(3, 3, padding='same')(x))])), (4, 5, 3)), 1)"
)
PLAIN_BLOCK = (
    "observe.fill(observe.block_model(lambda x: keras.layers.ReLU()(keras.layers.BatchNormalization()("
    "keras.layers.Conv2D(3, 3, padding='same')(x))), (4, 5, 3)), 1)"
)
LINEAR_BLOCK = (
    "observe.fill(observe.block_model(lambda x: keras.layers.Add()([x, keras.layers.Conv2D(3, 1)(x)]), (4, 5, 3)), 1)"
)
# The answer, and whether the block still has its weights.
MEASURES = Code(
    "lambda measure, block, X: (lambda before: {'largest difference': float(measure(block, X)), 'weights as before': "
    "all(map(np.array_equal, before, block.get_weights()))})([np.array(w) for w in block.get_weights()])"
)


def cases_residual_identity_at_zero(rng: np.random.Generator) -> Iterator[Case]:
    positive, mixed = 2 * np.abs(eighths(rng, 2, 4, 5, 3)), eighths(rng, 2, 4, 5, 3)
    mixed[mixed > 0.5] = 0.5  # the largest in size is negative
    yield Case("residual block, nothing negative", (Code(RESIDUAL_BLOCK), positive), call=MEASURES)
    yield Case("residual block, negative numbers", (Code(RESIDUAL_BLOCK), mixed), call=MEASURES)
    yield Case("plain block", (Code(PLAIN_BLOCK), positive), call=MEASURES)
    yield Case("plain block, negative numbers", (Code(PLAIN_BLOCK), -positive), call=MEASURES)
    yield Case("no ReLU, by name", (), {"X": mixed, "block": Code(LINEAR_BLOCK)}, call=MEASURES)


residual_identity_at_zero = Exercise(
    name="residual_identity_at_zero",
    points=12,
    cases=cases_residual_identity_at_zero,
    mistakes=(
        Mistake(
            "leaves_the_weights_at_zero",
            "    block.set_weights(weights)\n",
            "",
            "Your number is right, but afterwards all weights of the block are still zero. Give it its weights back.",
        ),
        Mistake(
            "keeps_the_weights",
            "    block.set_weights([np.zeros_like(weight) for weight in weights])\n",
            "",
            "You measure the block with the weights that it has. First set all of them to zero.",
        ),
        Mistake(
            "only_kernels",
            "np.zeros_like(weight) for weight",
            "np.zeros_like(weight) if weight.ndim > 1 else weight for weight",
            "You set the kernels to zero, but the other weights still shift the output: biases, gamma, beta.",
        ),
        Mistake(
            "signed_difference",
            "np.abs(Y - X).max()",
            "(Y - X).max()",
            "You ignore differences below zero. Take the absolute value of each.",
        ),
        Mistake(
            "mean_difference",
            "np.abs(Y - X).max()",
            "np.abs(Y - X).mean()",
            "This is the mean of the differences. The question is how large the largest one is.",
        ),
        Mistake(
            "sum_of_differences",
            "np.abs(Y - X).max()",
            "np.abs(Y - X).sum()",
            "This is the sum of all differences. The question is how large the largest one is.",
        ),
        Mistake(
            "compares_the_largest_numbers",
            "np.abs(Y - X).max()",
            "np.abs(Y.max() - X.max())",
            "You compare the largest number that comes out with the largest that goes in. Compare number by number.",
        ),
        Mistake(
            "compares_with_the_relu",
            "np.abs(Y - X).max()",
            "np.abs(Y - np.maximum(X, 0)).max()",
            "You compare with X after a ReLU. Compare with X itself: it is the point that the ReLU makes a difference.",
        ),
        Mistake(
            "largest_output",
            "np.abs(Y - X).max()",
            "np.abs(Y).max()",
            "This is the largest number that comes out. How far is it from X?",
        ),
    ),
)


# ---- part 5: when the shapes do not fit


def cases_zero_padded_shortcut(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("half the size, twice the channels", (eighths(rng, 2, 4, 6, 3), 6))
    yield Case("odd height and width", (eighths(rng, 1, 5, 7, 2), 5))
    yield Case("stride 3, by name", (), {"s": 3, "filters": 4, "X": eighths(rng, 2, 7, 8, 3)})
    yield Case("stride 1, as many channels as before", (eighths(rng, 1, 3, 2, 2), 2, 1))


zero_padded_shortcut = Exercise(
    name="zero_padded_shortcut",
    points=8,
    cases=cases_zero_padded_shortcut,
    mistakes=(
        Mistake(
            "zeros_in_front",
            "(0, filters - X.shape[3])",
            "(filters - X.shape[3], 0)",
            "Your zeros come before the old channels. They belong behind them.",
        ),
        Mistake(
            "as_many_channels_more",
            "filters - X.shape[3]",
            "filters",
            "You add that many channels. The argument says how many there are at the end.",
        ),
        Mistake(
            "starts_at_the_second_pixel",
            "X[:, ::s, ::s]",
            "X[:, s - 1 :: s, s - 1 :: s]",
            "You take the last pixel of each group. The first pixel of each row and column is taken.",
        ),
        Mistake(
            "only_rows",
            "X[:, ::s, ::s]",
            "X[:, ::s]",
            "You leave out rows but no columns.",
        ),
        Mistake(
            "always_stride_2",
            "X[:, ::s, ::s]",
            "X[:, ::2, ::2]",
            "Your stride is always 2. Where do you use s?",
        ),
        Mistake(
            "the_first_pixels",
            "X[:, ::s, ::s]",
            "X[:, : -(-X.shape[1] // s), : -(-X.shape[2] // s)]",
            "You cut out the upper left corner. Take every s-th pixel of the whole picture.",
        ),
        Mistake(
            "rounds_down",
            "X[:, ::s, ::s]",
            "X[:, : X.shape[1] // s * s : s, : X.shape[2] // s * s : s]",
            "Where s does not divide the height or the width, your output is too small by one. Round up.",
        ),
        Mistake(
            "repeats_the_edge",
            "(0, filters - X.shape[3])))",
            '(0, filters - X.shape[3])), mode="edge")',
            "Your new channels repeat the last old one. They must be zero.",
        ),
    ),
)


def cases_convolutional_block(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("default stride, odd sizes", (eighths(rng, 2, 5, 7, 3), 3, (2, 4, 5)), call=BLOCK, tolerance=TOLERANCE)
    kwargs = {"s": 1, "filters": [3, 2, 4], "f": 2}
    yield Case("stride 1, by name", (eighths(rng, 2, 4, 3, 2),), kwargs, call=BLOCK, tolerance=TOLERANCE)
    args = (eighths(rng, 4, 7, 7, 4), 3, (8, 8, 4), 3)
    yield Case("stride 3, training=True", args, {"training": True}, call=AS_TRAINED, tolerance=TOLERANCE)
    args, kwargs = (eighths(rng, 1, 3, 3, 3), 3, (2, 2, 3)), {"initializer": "ones"}
    yield Case("initializer: a name", args, kwargs, call=AS_INITIALIZED, tolerance=TOLERANCE)
    args = (eighths(rng, 1, 2, 2, 3), 1, (3, 3, 3))
    yield Case("initializer: a function, called for each layer", args, call=DIFFERENT_KERNELS)


CONV_SHORTCUT = "    S = layers.Conv2D(F3, 1, strides=s, kernel_initializer=new_initializer(initializer))(X)\n"
CONV_SHORTCUT_NORM = (
    "    S = layers.BatchNormalization()(S, training=training)  # (m, ceil(n_H / s), ceil(n_W / s), F3)\n"
)

convolutional_block = Exercise(
    name="convolutional_block",
    points=14,
    cases=cases_convolutional_block,
    mistakes=(
        Mistake(
            "stride_in_the_middle",
            "    F = layers.Conv2D(F1, 1, strides=s, kernel_initializer=new_initializer(initializer))(X)\n"
            "    F = layers.BatchNormalization()(F, training=training)\n"
            "    F = layers.ReLU()(F)  # (m, ceil(n_H / s), ceil(n_W / s), F1)\n"
            '    F = layers.Conv2D(F2, f, padding="same", ',
            "    F = layers.Conv2D(F1, 1, kernel_initializer=new_initializer(initializer))(X)\n"
            "    F = layers.BatchNormalization()(F, training=training)\n"
            "    F = layers.ReLU()(F)  # (m, ceil(n_H / s), ceil(n_W / s), F1)\n"
            '    F = layers.Conv2D(F2, f, strides=s, padding="same", ',
            "All shapes and counts are right, but the stride is in the second convolution. Here the first one has it.",
        ),
        Mistake(
            "no_stride_on_the_shortcut",
            "S = layers.Conv2D(F3, 1, strides=s, ",
            "S = layers.Conv2D(F3, 1, ",
            "It works for stride 1 only. Both paths must shrink in the same way, the shortcut too.",
        ),
        Mistake(
            "always_stride_2",
            "    F1, F2, F3 = filters\n",
            "    F1, F2, F3 = filters\n    s = 2\n",
            "Your stride is always 2. Where do you use s?",
        ),
        Mistake(
            "no_normalisation_on_the_shortcut",
            CONV_SHORTCUT_NORM,
            "",
            "The convolution of the shortcut has no batch normalisation.",
        ),
        Mistake(
            "relu_on_the_shortcut",
            "layers.Add()([F, S])",
            "layers.Add()([F, layers.ReLU()(S)])",
            "The shortcut ends with a ReLU. It has none: the only ReLU is the one after the addition.",
        ),
        Mistake(
            "relu_before_the_addition",
            "layers.Add()([F, S])",
            "layers.Add()([layers.ReLU()(F), S])",
            "The main path has a ReLU before the addition. The only one comes after it.",
        ),
        Mistake(
            "adds_after_the_relu",
            "layers.ReLU()(layers.Add()([F, S]))",
            "layers.Add()([layers.ReLU()(F), S])",
            "You add the shortcut after the last ReLU. First add, then ReLU.",
        ),
        Mistake(
            "no_last_relu",
            "layers.ReLU()(layers.Add()([F, S]))",
            "layers.Add()([F, S])",
            "The ReLU after the addition is missing.",
        ),
        Mistake(
            "large_filters_on_the_shortcut",
            "S = layers.Conv2D(F3, 1, strides=s, ",
            'S = layers.Conv2D(F3, f, padding="same", strides=s, ',
            "Your shortcut has filters of f x f. The projection is 1 x 1.",
        ),
        Mistake(
            "shortcut_from_the_main_path",
            CONV_SHORTCUT,
            CONV_SHORTCUT.replace("strides=s, ", "").replace("(X)", "(F)"),
            "Your shortcut starts at the end of the main path. It starts at X, the input of the block.",
        ),
        Mistake(
            "shortcut_keeps_its_initializer",
            CONV_SHORTCUT,
            CONV_SHORTCUT.replace("kernel_initializer=new_initializer(initializer)", "kernel_initializer='zeros'"),
            "The main path uses initializer, but the kernel of the shortcut does not.",
        ),
        Mistake(
            "ignores_training",
            "    F1, F2, F3 = filters\n",
            "    F1, F2, F3 = filters\n    training = None\n",
            "The argument training has no effect. Hand it on where you call the normalisations.",
        ),
    ),
)


# ---- part 6: ResNet-50


# A network that knows no input shape yet is given one.
BUILT = "(lambda network: network if getattr(network, 'built', True) else observe.block_model(network, shape))"
SIZE = Code(f"lambda build, shape, classes: observe.size(lambda: {BUILT}(build(input_shape=shape, classes=classes)))")
# Pictures of large, evenly coloured squares: on noise, a ReLU before a max-pooling would make no difference. Biases are
# small beside them, and the last weights are so small that the softmax does not saturate.
SCALE = "(1 / 64 if w.ndim == 2 else 1 / 16 if w.path.endswith(('bias', 'beta', 'moving_mean')) else 1)"
COMPUTES = Code(
    "lambda build, squares, shape=(64, 64, 3): (lambda network: "
    f"(observe.fill(network), [w.assign(w * {SCALE}) for w in network.weights], "
    "observe.model(network, squares.repeat(8, axis=1).repeat(8, axis=2), fixed_weights=False))[-1])"
    f"({BUILT}(build()))"
)


def cases_resnet50(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("96 x 64 gray pixels, 10 classes: the size", ((96, 64, 1), 10), call=SIZE)
    squares = eighths(rng, 2, 8, 8, 3)
    yield Case("two colour pictures, default arguments", (squares,), call=COMPUTES, tolerance=TOLERANCE)


resnet50 = Exercise(
    name="ResNet50",
    points=18,
    cases=cases_resnet50,
    mistakes=(
        Mistake(
            "no_padding_at_the_start",
            "layers.ZeroPadding2D(3)(inputs)",
            "inputs",
            "All counts are right, but the zero padding at the start is missing.",
        ),
        Mistake(
            "pads_the_pooling",
            "layers.MaxPooling2D(3, strides=2)",
            'layers.MaxPooling2D(3, strides=2, padding="same")',
            "All counts are right, but your max-pooling pads: 16 x 16 comes out, and not 15 x 15.",
        ),
        Mistake(
            "no_relu_at_the_start",
            "    X = layers.ReLU()(X)\n",
            "",
            "All counts are right, but there is no ReLU after the first convolution.",
        ),
        Mistake(
            "one_block_too_few",
            "range(num_blocks - 1)",
            "range(num_blocks - 2)",
            "Each stage has one block too few. Together with the convolutional blocks they are 3, 4, 6, 3.",
        ),
        Mistake(
            "stage_2_shrinks",
            "(3, 64, 1)",
            "(3, 64, 2)",
            "All counts are right, but your stage 2 has stride 2. The pooling before it has halved the size already.",
        ),
        Mistake(
            "no_softmax",
            'layers.Dense(classes, activation="softmax")',
            "layers.Dense(classes)",
            "All is right but the last step: your outputs are not probabilities yet.",
        ),
        Mistake(
            "max_at_the_end",
            "layers.GlobalAveragePooling2D()",
            "layers.GlobalMaxPooling2D()",
            "All counts are right, but at the end you take the maximum of each channel. It is the average.",
        ),
        Mistake(
            "flattens",
            "layers.GlobalAveragePooling2D()",
            "layers.Flatten()",
            "Your dense layer has too many weights: you flatten the last volume. Take the average of each channel.",
        ),
    ),
)


exercises = [
    residual_step,
    gradients_at_blocks,
    conv_stack_parameters,
    identity_block,
    residual_identity_at_zero,
    zero_padded_shortcut,
    convolutional_block,
    resnet50,
]
