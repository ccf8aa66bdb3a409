"""The exercises of classic_networks: their cases and the mistakes that learners make.

Models are judged by the shape of their output, their parameters, and what they compute with fixed weights on small
pictures. The two large networks are judged twice: at full size without their weights, and computing on the smallest
picture that they can take.
"""

from collections.abc import Iterator

import numpy as np

from courselib.grading import Case, Code, Exercise, Mistake

TOLERANCE = 1e-2

# The shape of the output and the parameters of a large network. A class of one's own, which does not know the shape of
# its input yet, is given one.
SIZE = Code(
    "lambda build, shape: observe.size(lambda: (lambda network: observe.block_model(network, shape) "
    "if isinstance(network, keras.Model) and not hasattr(network, 'output_shape') else network)(build()))"
)
# What a network computes with weights that are the same for a dense layer and for a 1 x 1 convolution: `numbers`,
# repeated until a weight is full. Kernels are scaled so that the signal stays alive, and biases are small beside it.
FILL = "np.resize(numbers, w.shape) * (2.5 / np.prod(w.shape[:-1]) ** 0.5 if len(w.shape) > 1 else 0.25)"
COMPUTES = (
    f"(lambda network: (observe.model(network, x), [w.assign({FILL}) for w in network.weights], "
    "observe.model(network, x, fixed_weights=False))[-1])"
)
BLOCK = Code(
    f"lambda block, x, numbers, *args, **kwargs: {COMPUTES}(observe.block_model(block, x.shape[1:], *args, **kwargs))"
)
MODEL = Code(f"lambda build, x, numbers, *args: {COMPUTES}(build(*args))")


def eighths(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers from -1 to 1 in steps of 1/8, as float32."""
    return rng.integers(-8, 9, size=shape).astype(np.float32) / np.float32(8)


def numbers(rng: np.random.Generator) -> np.ndarray:
    """What the weights are filled with. A prime number of them, so that no two filters are the same."""
    return eighths(rng, 997)


# ---- part 1: two prices


def cases_conv_layer_cost(rng: np.random.Generator) -> Iterator[Case]:
    n = int(rng.integers(3, 9))
    yield Case("the first layer of LeNet-5", (5, 1, 6, 28, 28))
    yield Case("the second layer of LeNet-5", (5, 6, 16, 10, 10))
    yield Case("the output is wider than high", (3, 2 * n, 5 * n, 12, 12 + n))
    yield Case("1 x 1 filters, arguments by name", (), {"n_W": 9, "n_H": n + 9, "n_C": 7, "n_C_prev": 3 * n, "f": 1})
    yield Case("the largest layer of VGG-16", (3, 512, 512, 28, 28))


conv_layer_cost = Exercise(
    name="conv_layer_cost",
    points=8,
    cases=cases_conv_layer_cost,
    mistakes=(
        Mistake(
            "no_biases",
            "parameters = weights + n_C",
            "parameters = weights",
            "Your number of parameters is too small by one for each filter: the biases are missing.",
        ),
        Mistake(
            "one_bias",
            "parameters = weights + n_C",
            "parameters = weights + 1",
            "You count a single bias. Each filter has one of its own.",
        ),
        Mistake(
            "flat_filters",
            "weights = f * f * n_C_prev * n_C",
            "weights = f * f * n_C",
            "Your filters have only one channel. A filter is as deep as the input.",
        ),
        Mistake(
            "one_side_of_the_filter",
            "weights = f * f * n_C_prev * n_C",
            "weights = f * n_C_prev * n_C",
            "Your filters have f weights for each channel. How many numbers does a square of side f have?",
        ),
        Mistake(
            "biases_are_multiplied",
            "multiply_adds = weights * n_H * n_W",
            "multiply_adds = parameters * n_H * n_W",
            "The parameters are right. In the multiply-adds you count the biases too, but they are only added.",
        ),
        Mistake(
            "one_position",
            "multiply_adds = weights * n_H * n_W",
            "multiply_adds = weights",
            "You count the work at one position only. The filters are used at every position of the output.",
        ),
        Mistake(
            "square_output",
            "multiply_adds = weights * n_H * n_W",
            "multiply_adds = weights * n_H * n_H",
            "The result is right only where the output is as wide as it is high.",
        ),
        Mistake(
            "one_filter",
            "multiply_adds = weights * n_H * n_W",
            "multiply_adds = f * f * n_C_prev * n_H * n_W",
            "You count the multiply-adds of one filter. All n_C filters work.",
        ),
        Mistake(
            "channels_twice",
            "multiply_adds = weights * n_H * n_W",
            "multiply_adds = weights * n_H * n_W * n_C",
            "Your multiply-adds are n_C times too many. The filters are counted twice.",
        ),
        Mistake(
            "other_order",
            "return parameters, multiply_adds",
            "return multiply_adds, parameters",
            "Both numbers are right, but they stand in the other order: parameters first.",
        ),
    ),
)


def cases_dense_layer_cost(rng: np.random.Generator) -> Iterator[Case]:
    n = int(rng.integers(10, 90))
    yield Case("400 inputs, 120 outputs", (400, 120))
    yield Case("more outputs than inputs", (n, 3 * n + 1))
    yield Case("one output, by name", (), {"n_out": 1, "n_in": n})
    yield Case("the largest layer of VGG-16", (25088, 4096))


dense_layer_cost = Exercise(
    name="dense_layer_cost",
    points=5,
    cases=cases_dense_layer_cost,
    mistakes=(
        Mistake(
            "no_biases",
            "return weights + n_out, weights",
            "return weights, weights",
            "Your number of parameters is too small by one for each output: the biases are missing.",
        ),
        Mistake(
            "one_bias",
            "return weights + n_out, weights",
            "return weights + 1, weights",
            "You count a single bias. Each output has one of its own.",
        ),
        Mistake(
            "biases_of_the_inputs",
            "return weights + n_out, weights",
            "return weights + n_in, weights",
            "You count one bias for each input. The biases belong to the outputs.",
        ),
        Mistake(
            "biases_are_multiplied",
            "return weights + n_out, weights",
            "return weights + n_out, weights + n_out",
            "The parameters are right. In the multiply-adds you count the biases too, but they are only added.",
        ),
        Mistake(
            "other_order",
            "return weights + n_out, weights",
            "return weights, weights + n_out",
            "Both numbers are right, but they stand in the other order: parameters first.",
        ),
        Mistake(
            "adds_instead_of_multiplying",
            "weights = n_in * n_out",
            "weights = n_in + n_out",
            "Every input is connected with every output. How many connections are that?",
        ),
    ),
)


# ---- part 2: LeNet-5


def cases_lenet5(rng: np.random.Generator) -> Iterator[Case]:
    call = Code("lambda build, x: observe.model(build(), x)")
    yield Case("two pictures", (eighths(rng, 2, 32, 32, 1),), call=call, tolerance=TOLERANCE)
    bright = np.abs(eighths(rng, 1, 32, 32, 1)) * (rng.random((1, 32, 32, 1)) < 0.2)
    yield Case("a dark picture with bright dots", (bright.astype(np.float32),), call=call, tolerance=TOLERANCE)


LENET = """\
            layers.Conv2D(6, 5, activation="tanh"),  # (m, 28, 28, 6)
            layers.AveragePooling2D(2),  # (m, 14, 14, 6)
            layers.Conv2D(16, 5, activation="tanh"),  # (m, 10, 10, 16)
            layers.AveragePooling2D(2),  # (m, 5, 5, 16)
            layers.Flatten(),  # (m, 400)
            layers.Dense(120, activation="tanh"),
            layers.Dense(84, activation="tanh"),
"""
LENET_CONVOLUTIONS = LENET[: LENET.index("            layers.Flatten")]

lenet5 = Exercise(
    name="lenet5",
    points=15,
    cases=cases_lenet5,
    mistakes=(
        Mistake(
            "max_pooling",
            LENET,
            LENET.replace("AveragePooling2D", "MaxPooling2D"),
            "Shapes and parameters are right, but the network pools with the maximum. In 1998 it was the average.",
        ),
        Mistake(
            "relu",
            LENET,
            LENET.replace("tanh", "relu"),
            "Shapes and parameters are right, but the activation is the ReLU. In 1998 it was the tanh.",
        ),
        Mistake(
            "linear_convolutions",
            LENET_CONVOLUTIONS,
            LENET_CONVOLUTIONS.replace(', activation="tanh"', ""),
            "The convolutions have no activation. Each of them is followed by a tanh.",
        ),
        Mistake(
            "linear_dense_layers",
            LENET[len(LENET_CONVOLUTIONS) :],
            LENET[len(LENET_CONVOLUTIONS) :].replace(', activation="tanh"', ""),
            "The dense layers of 120 and 84 units have no activation. Each of them is followed by a tanh.",
        ),
        Mistake(
            "same_padding",
            LENET,
            LENET.replace("(6, 5,", '(6, 5, padding="same",').replace("(16, 5,", '(16, 5, padding="same",'),
            "You have 1,024 numbers after flattening, not 400: with same padding nothing is cut off. LeNet-5 has none.",
        ),
        Mistake(
            "same_padding_in_the_first_layer",
            "layers.Conv2D(6, 5,",
            'layers.Conv2D(6, 5, padding="same",',
            "You have 576 numbers after flattening, not 400: the first layer pads. That is for pictures of 28 x 28.",
        ),
        Mistake(
            "no_softmax",
            'layers.Dense(10, activation="softmax")',
            "layers.Dense(10)",
            "All is right but the last step: your outputs are not probabilities yet.",
        ),
        Mistake(
            "sigmoid",
            'layers.Dense(10, activation="softmax")',
            'layers.Dense(10, activation="sigmoid")',
            "The ten outputs of a picture do not sum to 1. They are ten separate yes-or-no answers.",
        ),
        Mistake(
            "small_filters",
            LENET_CONVOLUTIONS,
            LENET_CONVOLUTIONS.replace(", 5,", ", 3,"),
            "Your filters are 3 x 3. In LeNet-5 they are 5 x 5.",
        ),
        Mistake(
            "a_dense_layer_missing",
            '            layers.Dense(84, activation="tanh"),\n',
            "",
            "The dense layer of 84 units is missing.",
        ),
        Mistake(
            "no_second_pooling",
            "            layers.AveragePooling2D(2),  # (m, 5, 5, 16)\n",
            "",
            "You have 1,600 numbers after flattening, not 400: the second pooling is missing.",
        ),
    ),
)


# ---- part 3: AlexNet


def computes(rng: np.random.Generator, title: str, side: int) -> Case:
    """A large network on one small colour picture, with five classes."""
    call = Code("lambda build, x: observe.model(build(input_shape=x.shape[1:], classes=5), x)")
    return Case(title, (eighths(rng, 1, side, side, 3),), call=call, tolerance=TOLERANCE)


def cases_alexnet(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("the defaults of the paper, without weights", ((227, 227, 3),), call=SIZE)
    yield computes(rng, "67 x 67 pixels, 5 classes", 67)


ALEXNET = """\
            layers.Conv2D(96, 11, strides=4, activation="relu"),  # (m, 55, 55, 96)
            layers.MaxPooling2D(3, strides=2),  # (m, 27, 27, 96)
            layers.Conv2D(256, 5, padding="same", activation="relu"),  # (m, 27, 27, 256)
            layers.MaxPooling2D(3, strides=2),  # (m, 13, 13, 256)
            layers.Conv2D(384, 3, padding="same", activation="relu"),  # (m, 13, 13, 384)
            layers.Conv2D(384, 3, padding="same", activation="relu"),  # (m, 13, 13, 384)
            layers.Conv2D(256, 3, padding="same", activation="relu"),  # (m, 13, 13, 256)
            layers.MaxPooling2D(3, strides=2),  # (m, 6, 6, 256)
"""
ALEXNET_DENSE = """\
            layers.Dense(4096, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(4096, activation="relu"),
            layers.Dropout(0.5),
"""

alexnet = Exercise(
    name="alexnet",
    points=16,
    cases=cases_alexnet,
    mistakes=(
        Mistake(
            "pools_two_by_two",
            ALEXNET,
            ALEXNET.replace("MaxPooling2D(3, strides=2)", "MaxPooling2D(2)"),
            "All shapes and counts are right, and the outputs are not. It looks as if you pool with windows of 2 x 2. "
            "AlexNet's windows are larger and overlap.",
        ),
        Mistake(
            "average_pooling",
            ALEXNET,
            ALEXNET.replace("MaxPooling2D", "AveragePooling2D"),
            "All shapes and counts are right, but you pool with the average, as LeNet-5 does.",
        ),
        Mistake(
            "tanh",
            ALEXNET,
            ALEXNET.replace("relu", "tanh"),
            "All shapes and counts are right, but the convolutions have LeNet's activation. AlexNet's is new.",
        ),
        Mistake(
            "linear_convolutions",
            ALEXNET,
            ALEXNET.replace(', activation="relu"', ""),
            "All shapes and counts are right, but the convolutions have no activation.",
        ),
        Mistake(
            "linear_dense_layers",
            ALEXNET_DENSE,
            ALEXNET_DENSE.replace(', activation="relu"', ""),
            "All shapes and counts are right, but the dense layers of 4,096 units have no activation.",
        ),
        Mistake(
            "pads_the_first_layer",
            "layers.Conv2D(96, 11, strides=4,",
            'layers.Conv2D(96, 11, strides=4, padding="same",',
            "The counts are right, but your first convolution gives 57 x 57 and not 55 x 55. It has no padding.",
        ),
        Mistake(
            "no_padding_at_all",
            ALEXNET,
            ALEXNET.replace(', padding="same"', ""),
            "Your convolutions 2 to 5 shrink the picture, so too little is left to flatten. They keep the size.",
        ),
        Mistake(
            "no_softmax",
            'layers.Dense(classes, activation="softmax")',
            "layers.Dense(classes)",
            "All is right but the last step: your outputs are not probabilities yet.",
        ),
        Mistake(
            "always_1000_classes",
            "layers.Dense(classes,",
            "layers.Dense(1000,",
            "Your network always has 1,000 outputs. Use the argument classes.",
        ),
        Mistake(
            "a_layer_of_384_missing",
            ALEXNET,
            ALEXNET.replace(
                '            layers.Conv2D(384, 3, padding="same", activation="relu"),  # (m, 13, 13, 384)\n', "", 1
            ),
            "One of the two convolutions with 384 filters is missing.",
        ),
        Mistake(
            "always_227_pixels",
            "keras.Input(input_shape)",
            "keras.Input((227, 227, 3))",
            "Your network works for 227 x 227 pixels only. Where do you use the argument input_shape?",
        ),
    ),
)


# ---- part 4: VGG-16


def cases_vgg_block(rng: np.random.Generator) -> Iterator[Case]:
    call = Code("observe.block")
    yield Case("two convolutions, 8 filters", (eighths(rng, 2, 8, 6, 3), 8, 2), call=call, tolerance=TOLERANCE)
    odd = eighths(rng, 1, 7, 9, 4)
    yield Case("three convolutions, odd height and width", (odd, 5, 3), call=call, tolerance=TOLERANCE)
    kwargs = {"num_convs": 1, "filters": 6}
    yield Case("one convolution, by name", (eighths(rng, 2, 4, 4, 2),), kwargs, call=call, tolerance=TOLERANCE)


vgg_block = Exercise(
    name="vgg_block",
    points=8,
    cases=cases_vgg_block,
    mistakes=(
        Mistake(
            "no_relu",
            'padding="same", activation="relu"',
            'padding="same"',
            "Shapes and parameters are right, but the convolutions have no activation.",
        ),
        Mistake(
            "no_padding",
            'padding="same", ',
            "",
            "Your convolutions make the picture smaller. Only the pooling may do that.",
        ),
        Mistake(
            "no_pooling",
            "return layers.MaxPooling2D(2)(x)",
            "return x",
            "The picture keeps its size: the pooling at the end is missing.",
        ),
        Mistake(
            "pools_after_every_convolution",
            'activation="relu")(x)  # (m, n_H, n_W, filters)\n    return layers.MaxPooling2D(2)(x)',
            'activation="relu")(x)\n        x = layers.MaxPooling2D(2, padding="same")(x)\n    return x',
            "You pool after every convolution. There is one pooling, at the end of the block.",
        ),
        Mistake(
            "average_pooling",
            "layers.MaxPooling2D(2)",
            "layers.AveragePooling2D(2)",
            "Shapes and parameters are right, but you pool with the average. VGG takes the maximum.",
        ),
        Mistake(
            "pools_three_by_three",
            "layers.MaxPooling2D(2)",
            'layers.MaxPooling2D(3, strides=2, padding="same")',
            "You pool with windows of 3 x 3. Here they are 2 x 2 and do not overlap.",
        ),
        Mistake(
            "one_convolution",
            "range(num_convs)",
            "range(1)",
            "There is always one convolution. Use the argument num_convs.",
        ),
        Mistake(
            "one_convolution_too_many",
            "range(num_convs)",
            "range(num_convs + 1)",
            "There is one convolution too many.",
        ),
        Mistake(
            "filters_of_five",
            "layers.Conv2D(filters, 3,",
            "layers.Conv2D(filters, 5,",
            "Your filters are 5 x 5. All filters of VGG are 3 x 3.",
        ),
    ),
)


def cases_vgg16(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("the defaults of the paper, without weights", ((224, 224, 3),), call=SIZE)
    yield computes(rng, "32 x 32 pixels, 5 classes", 32)


VGG_BLOCKS = "[(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]"
VGG_DENSE = """\
    X = layers.Dense(4096, activation="relu")(X)
    X = layers.Dense(4096, activation="relu")(X)
"""

vgg16 = Exercise(
    name="vgg16",
    points=12,
    cases=cases_vgg16,
    mistakes=(
        Mistake(
            "vgg_19",
            VGG_BLOCKS,
            "[(64, 2), (128, 2), (256, 4), (512, 4), (512, 4)]",
            "You have built VGG-19: its last three blocks have four convolutions. VGG-16 has three there.",
        ),
        Mistake(
            "vgg_13",
            VGG_BLOCKS,
            "[(64, 2), (128, 2), (256, 2), (512, 2), (512, 2)]",
            "You have built VGG-13: all its blocks have two convolutions. In VGG-16 the last three blocks have three.",
        ),
        Mistake(
            "doubles_to_1024",
            VGG_BLOCKS,
            "[(64, 2), (128, 2), (256, 3), (512, 3), (1024, 3)]",
            "Your last block has 1,024 filters. The channels double only until there are 512.",
        ),
        Mistake(
            "global_average_pooling",
            "layers.Flatten()(X)",
            "layers.GlobalAveragePooling2D()(X)",
            "You have 512 numbers before the first dense layer, not 25,088. VGG-16 flattens. (Your idea comes later.)",
        ),
        Mistake(
            "linear_dense_layers",
            VGG_DENSE,
            VGG_DENSE.replace(', activation="relu"', ""),
            "Shapes and counts are right, but the dense layers of 4,096 units have no activation.",
        ),
        Mistake(
            "one_dense_layer_of_4096",
            VGG_DENSE,
            '    X = layers.Dense(4096, activation="relu")(X)\n',
            "One of the two dense layers of 4,096 units is missing.",
        ),
        Mistake(
            "no_softmax",
            'layers.Dense(classes, activation="softmax")',
            "layers.Dense(classes)",
            "All is right but the last step: your outputs are not probabilities yet.",
        ),
        Mistake(
            "always_1000_classes",
            "layers.Dense(classes,",
            "layers.Dense(1000,",
            "Your network always has 1,000 outputs. Use the argument classes.",
        ),
    ),
)


# ---- part 5: a network in a network


def cases_dense_at_every_position(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("one picture, 3 to 2 channels", (eighths(rng, 1, 2, 3, 3), eighths(rng, 3, 2), eighths(rng, 2)))
    yield Case("three pictures, 2 to 5 channels", (eighths(rng, 3, 4, 2, 2), eighths(rng, 2, 5), eighths(rng, 5)))
    square = (eighths(rng, 2, 3, 3, 4), eighths(rng, 4, 4), eighths(rng, 4))
    yield Case("as many new channels as old ones", square)
    kwargs = {"X": eighths(rng, 2, 5, 1, 6), "W": eighths(rng, 6, 3), "b": np.float32([0.5, -0.5, 0.0])}
    yield Case("one pixel wide, by name", (), kwargs)


dense_at_every_position = Exercise(
    name="dense_at_every_position",
    points=7,
    cases=cases_dense_at_every_position,
    mistakes=(
        Mistake(
            "no_relu",
            "np.maximum(x @ W + b, 0)",
            "x @ W + b",
            "Some of your numbers are negative: the ReLU is missing.",
        ),
        Mistake(
            "no_bias",
            "np.maximum(x @ W + b, 0)",
            "np.maximum(x @ W, 0)",
            "It looks as if the biases are missing.",
        ),
        Mistake(
            "bias_after_the_relu",
            "np.maximum(x @ W + b, 0)",
            "np.maximum(x @ W, 0) + b",
            "You add the biases after the ReLU. They come before it.",
        ),
        Mistake(
            "first_picture_only",
            "x = X[:, h, w]",
            "x = X[0, h, w]",
            "All pictures of the batch get the result of the first one.",
        ),
        Mistake(
            "first_position_only",
            "x = X[:, h, w]",
            "x = X[:, 0, 0]",
            "Every position gets the result of the upper left corner.",
        ),
        Mistake(
            "absolute_values",
            "np.maximum(x @ W + b, 0)",
            "np.abs(x @ W + b)",
            "Negative numbers become positive. The ReLU makes them zero.",
        ),
        Mistake(
            "softmax",
            "np.maximum(x @ W + b, 0)",
            "np.exp(x @ W + b) / np.exp(x @ W + b).sum(axis=1, keepdims=True)",
            "The channels of each position sum to 1, as after a softmax. Here the activation is the ReLU.",
        ),
    ),
)


def cases_one_by_one(rng: np.random.Generator) -> Iterator[Case]:
    size = Code("lambda block, shape, filters: observe.size(observe.block_model, block, shape, filters)")
    yield Case("28 x 28 x 192 to 32 channels, without weights", ((28, 28, 192), 32), call=size)
    x = eighths(rng, 2, 4, 5, 6)
    yield Case("fewer channels", (x, numbers(rng), 3), call=BLOCK, tolerance=TOLERANCE)
    kwargs = {"filters": 8}
    x = eighths(rng, 1, 6, 3, 4)
    yield Case("more channels, by name", (x, numbers(rng)), kwargs, call=BLOCK, tolerance=TOLERANCE)


one_by_one = Exercise(
    name="one_by_one",
    points=6,
    cases=cases_one_by_one,
    mistakes=(
        Mistake(
            "no_relu",
            'layers.Conv2D(filters, 1, activation="relu")',
            "layers.Conv2D(filters, 1)",
            "Shape and parameters are right, but the ReLU is missing.",
        ),
        Mistake(
            "three_by_three",
            "layers.Conv2D(filters, 1,",
            'layers.Conv2D(filters, 3, padding="same",',
            "Your filters are 3 x 3, so they see the neighbours. You have nine times too many weights.",
        ),
        Mistake(
            "a_dense_layer_for_the_whole_volume",
            'layers.Conv2D(filters, 1, activation="relu")(x)',
            'layers.Dense(filters, activation="relu")(layers.Flatten()(x))',
            "You flatten the volume and use one dense layer for all of it. The positions are lost.",
        ),
        Mistake(
            "stride_two",
            "layers.Conv2D(filters, 1,",
            "layers.Conv2D(filters, 1, strides=2,",
            "Height and width are halved. A 1 x 1 convolution changes only the channels.",
        ),
        Mistake(
            "keeps_the_channels",
            "layers.Conv2D(filters, 1,",
            "layers.Conv2D(x.shape[-1], 1,",
            "The output has as many channels as the input. Use the argument filters.",
        ),
        Mistake(
            "no_bias",
            "layers.Conv2D(filters, 1,",
            "layers.Conv2D(filters, 1, use_bias=False,",
            "The number of parameters is too small: the biases are missing.",
        ),
        Mistake(
            "mean_of_the_picture",
            'layers.Conv2D(filters, 1, activation="relu")(x)',
            'layers.Dense(filters, activation="relu")(layers.GlobalAveragePooling2D()(x))',
            "You average over all positions first. Every position must keep its own numbers.",
        ),
    ),
)


def cases_mlpconv_block(rng: np.random.Generator) -> Iterator[Case]:
    def case(title: str, x: np.ndarray, *args: int | str, **kwargs: int | str) -> Case:
        return Case(title, (x, numbers(rng), *args), kwargs, call=BLOCK, tolerance=TOLERANCE)

    yield case("5 x 5, stride 1, same padding", eighths(rng, 2, 8, 7, 3), 4, 5, 1, "same")
    yield case("3 x 3, stride 2, valid padding", eighths(rng, 1, 9, 11, 2), 6, 3, 2, "valid")
    by_name = {"padding": "same", "strides": 2, "kernel_size": 3, "filters": 3}
    yield case("stride 2, same padding, by name", eighths(rng, 2, 6, 6, 4), **by_name)


MLPCONV = """\
    x = one_by_one(x, filters)
    x = one_by_one(x, filters)
"""

mlpconv_block = Exercise(
    name="mlpconv_block",
    points=9,
    cases=cases_mlpconv_block,
    mistakes=(
        Mistake(
            "one_1x1_convolution",
            MLPCONV,
            "    x = one_by_one(x, filters)\n",
            "One convolution is missing: after the first one there are two of 1 x 1.",
        ),
        Mistake(
            "no_relu_in_the_first_convolution",
            'padding=padding, activation="relu"',
            "padding=padding",
            "Shapes and parameters are right, but the first convolution has no ReLU.",
        ),
        Mistake(
            "no_relu_in_the_1x1_convolutions",
            MLPCONV,
            2 * "    x = layers.Conv2D(filters, 1)(x)\n",
            "Shapes and parameters are right, but the 1 x 1 convolutions have no ReLU.",
        ),
        Mistake(
            "no_relu_at_the_end",
            MLPCONV,
            "    x = one_by_one(x, filters)\n    x = layers.Conv2D(filters, 1)(x)\n",
            "Shapes and parameters are right, but the last convolution has no ReLU.",
        ),
        Mistake(
            "large_filters_everywhere",
            MLPCONV,
            2 * '    x = layers.Conv2D(filters, kernel_size, padding="same", activation="relu")(x)\n',
            "Only the first convolution has filters of kernel_size. The other two are 1 x 1.",
        ),
        Mistake(
            "stride_everywhere",
            MLPCONV,
            2 * '    x = layers.Conv2D(filters, 1, strides=strides, activation="relu")(x)\n',
            "The result is right for stride 1 only: the 1 x 1 convolutions jump too. The stride is for the first one.",
        ),
        Mistake(
            "ignores_the_stride",
            "strides=strides, ",
            "",
            "The result is right for stride 1 only. Where do you use the argument strides?",
        ),
        Mistake(
            "always_same_padding",
            "padding=padding",
            'padding="same"',
            "You always pad. Where do you use the argument padding?",
        ),
        Mistake(
            "never_pads",
            "padding=padding, ",
            "",
            "You never pad. Where do you use the argument padding?",
        ),
    ),
)


# ---- part 6: without dense layers


def cases_global_average_pooling(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("one picture, two channels", (eighths(rng, 1, 3, 4, 2) - 0.25,))
    yield Case("three pictures", (eighths(rng, 3, 2, 5, 4) + 0.25,))
    yield Case("one pixel", (eighths(rng, 2, 1, 1, 3),))
    yield Case("whole numbers, by name", (), {"X": rng.integers(1, 9, size=(2, 3, 3, 2))})


global_average_pooling = Exercise(
    name="global_average_pooling",
    points=5,
    cases=cases_global_average_pooling,
    mistakes=(
        Mistake(
            "sum",
            "X.mean(axis=(1, 2))",
            "X.sum(axis=(1, 2))",
            "You add the numbers of each map. The mean is the sum divided by how many there are.",
        ),
        Mistake(
            "maximum",
            "X.mean(axis=(1, 2))",
            "X.max(axis=(1, 2))",
            "You take the largest number of each map. Here it is the mean.",
        ),
        Mistake(
            "mean_of_the_channels",
            "X.mean(axis=(1, 2))",
            "X.mean(axis=3)",
            "You average over the channels. Each channel keeps its own mean; the positions go away.",
        ),
        Mistake(
            "mean_of_everything",
            "X.mean(axis=(1, 2))",
            "X.mean(axis=(1, 2, 3))",
            "You have one number for each picture. There must be one for each of its channels.",
        ),
        Mistake(
            "mean_of_the_batch",
            "X.mean(axis=(1, 2))",
            "X.mean(axis=(0, 1, 2))",
            "You average over the pictures too. Each picture has means of its own.",
        ),
        Mistake(
            "keeps_the_axes",
            "X.mean(axis=(1, 2))",
            "X.mean(axis=(1, 2), keepdims=True)",
            "The numbers are right, but the shape is (m, 1, 1, n_C). It must be (m, n_C).",
        ),
        Mistake(
            "mean_of_the_columns",
            "X.mean(axis=(1, 2))",
            "X.mean(axis=1)",
            "You average over the height only.",
        ),
    ),
)


def cases_nin(rng: np.random.Generator) -> Iterator[Case]:
    def case(title: str, m: int, num_classes: int) -> Case:
        lit = np.kron(rng.permutation(16).reshape(1, 4, 4, 1) < 6, np.ones((m, 8, 8, 1)))  # 6 of 16 areas
        x = eighths(rng, m, 32, 32, 1) * lit.astype(np.float32)
        return Case(title, (x, numbers(rng), num_classes), call=MODEL, tolerance=TOLERANCE)

    yield case("ten classes", 2, 10)
    yield case("three classes", 1, 3)


NIN_POOL_1 = 'layers.MaxPooling2D(3, strides=2, padding="same")(X)  # (m, 16, 16, 24)'
NIN_POOL_2 = 'layers.MaxPooling2D(3, strides=2, padding="same")(X)  # (m, 8, 8, 32)'
NIN_MIDDLE = f"""{NIN_POOL_1}
    X = mlpconv_block(X, 32, 3, 1, "same")  # (m, 16, 16, 32)
    X = {NIN_POOL_2}"""

nin = Exercise(
    name="nin",
    points=9,
    cases=cases_nin,
    mistakes=(
        Mistake(
            "dense_layer",
            "    X = layers.Conv2D(num_classes, 1)(X)  # (m, 8, 8, num_classes)\n"
            "    X = layers.GlobalAveragePooling2D()(X)  # (m, num_classes)\n",
            "    X = layers.Dense(num_classes)(layers.Flatten()(X))\n",
            "You have far too many parameters: there is a dense layer behind Flatten. That is what NiN leaves out.",
        ),
        Mistake(
            "global_max_pooling",
            "layers.GlobalAveragePooling2D()",
            "layers.GlobalMaxPooling2D()",
            "Shapes and parameters are right, but the score is the largest number of a map. Here it is the mean.",
        ),
        Mistake(
            "relu_on_the_class_maps",
            "layers.Conv2D(num_classes, 1)(X)",
            "one_by_one(X, num_classes)",
            "Shapes and parameters are right, but the class maps are cut off at zero. They have no ReLU.",
        ),
        Mistake(
            "mlpconv_for_the_class_maps",
            "layers.Conv2D(num_classes, 1)(X)",
            'mlpconv_block(X, num_classes, 1, 1, "same")',
            "The class maps come from a whole mlpconv block. Here they come from one convolution.",
        ),
        Mistake(
            "softmax_before_the_mean",
            "    X = layers.GlobalAveragePooling2D()(X)  # (m, num_classes)\n"
            "    return keras.Model(inputs, layers.Softmax()(X))",
            "    X = layers.Softmax()(X)\n    return keras.Model(inputs, layers.GlobalAveragePooling2D()(X))",
            "You make probabilities at every position and average those. First the mean, then the softmax.",
        ),
        Mistake(
            "no_softmax",
            "layers.Softmax()(X)",
            "X",
            "All is right but the last step: your outputs are scores, not probabilities.",
        ),
        Mistake(
            "always_ten_classes",
            "layers.Conv2D(num_classes, 1)",
            "layers.Conv2D(10, 1)",
            "Your network always has ten outputs. Use the argument num_classes.",
        ),
        Mistake(
            "average_pooling",
            NIN_MIDDLE,
            NIN_MIDDLE.replace("MaxPooling2D", "AveragePooling2D"),
            "Shapes and parameters are right, but you pool with the average between the blocks.",
        ),
        Mistake(
            "no_pooling",
            NIN_MIDDLE,
            NIN_MIDDLE.replace(NIN_POOL_1, "X").replace(NIN_POOL_2, "X"),
            "Shapes and parameters are right, but there is no pooling between the blocks.",
        ),
        Mistake(
            "pools_two_by_two",
            NIN_MIDDLE,
            NIN_MIDDLE.replace('(3, strides=2, padding="same")', "(2)"),
            "Shapes and parameters are right, but you pool with windows of 2 x 2. In the table they are 3 x 3.",
        ),
        Mistake(
            "a_block_missing",
            '    X = mlpconv_block(X, 48, 3, 1, "same")  # (m, 8, 8, 48)\n',
            "",
            "The third mlpconv block is missing.",
        ),
    ),
)


exercises = [
    conv_layer_cost,
    dense_layer_cost,
    lenet5,
    alexnet,
    vgg_block,
    vgg16,
    dense_at_every_position,
    one_by_one,
    mlpconv_block,
    global_average_pooling,
    nin,
]
