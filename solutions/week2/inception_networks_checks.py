"""The exercises of inception_networks: their cases and the mistakes that learners make.

Networks are judged by their shapes, their parameters and what they compute with fixed weights. Inputs have both signs,
so that a missing ReLU, or a zero from padding that wins a max-pooling, can be seen.
"""

from collections.abc import Iterator

import numpy as np

from courselib.grading import Case, Code, Exercise, Mistake

TOLERANCE = 1e-2

BLOCK = Code("observe.block")
# Only shapes and parameters, so that a real size costs no memory.
SIZE_OF_BLOCK = Code("lambda block, shape, *args: observe.size(lambda: observe.block_model(block, shape, *args))")
# Every unit of the 1024 says 1, and the first of two classes listens to unit 0, the second to unit 1. So the largest
# probability tells by how much dropout raises the units that stay: by 1 / 0.3 where 70% are switched off.
LARGEST_IN_TRAINING = Code(
    "lambda head, x: (lambda model: ["
    "w.assign(np.eye(1024, 2) if tuple(w.shape) == (1024, 2) else np.full(w.shape, float(len(w.shape) == 1)))"
    " for w in model.weights] and {'largest probability': float(keras.ops.max(model(x, training=True)))})"
    "(observe.block_model(head, x.shape[1:], 2))"
)

# A network with side exits, `heads` outputs in all, which share a first layer and are different otherwise.
_NETWORK = (
    "observe.fill(observe.block_model(lambda x: (lambda a: ["
    "keras.layers.Dense(4, activation='softmax')(keras.layers.Dense(6 + i, activation='relu')(a))"
    " for i in range({heads})])(keras.layers.Dense(5, activation='relu')(x)), x.shape[1:]))"
)
LOSS_AND_METRICS = Code(
    "lambda prepare, x, y, **kwargs: (lambda model: setattr(model, 'run_eagerly', True) or (lambda logs: {"
    "'total loss': logs['loss'], 'number of accuracies': sum(name.endswith('accuracy') for name in logs)})"
    "(model.test_on_batch(x, [y, y], return_dict=True)))"
    f"(prepare({_NETWORK.format(heads=2)}, 'sgd', **kwargs))"
)
# The weights of the training model change after the heads were dropped; the short model must follow.
SHARED = Code(
    "lambda drop, x: (lambda model: (lambda short: observe.fill(model, seed=1) and "
    "observe.model(short, x, fixed_weights=False)['outputs'])(drop(model)))"
    f"({_NETWORK.format(heads=2)})"
)


def eighths(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers from -1 to 1 in steps of 1/8, never 0, as float32."""
    return (rng.integers(1, 9, size=shape) * rng.choice([-1, 1], size=shape) / 8).astype(np.float32)


# ---- part 1: all sizes at once


def cases_naive_inception(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("28 x 28 x 192 in: shape and parameters", ((28, 28, 192),), call=SIZE_OF_BLOCK)
    yield Case("a small input, not square", (eighths(rng, 1, 5, 7, 4),), call=BLOCK, tolerance=TOLERANCE)
    yield Case("a single place", (eighths(rng, 2, 1, 1, 3),), call=BLOCK, tolerance=TOLERANCE)


naive_inception = Exercise(
    name="naive_inception",
    points=15,
    cases=cases_naive_inception,
    mistakes=(
        Mistake(
            "pooling_branch_keeps_all_channels",
            "branch_pool = conv_relu(pooled, 32, 1)",
            "branch_pool = pooled",
            "Your pooling branch gives as many channels as come in. A 1 x 1 convolution reduces them to 32.",
        ),
        Mistake(
            "another_order",
            "[branch_1, branch_3, branch_5, branch_pool]",
            "[branch_pool, branch_1, branch_3, branch_5]",
            "All channels are there, but in another order. It is 1 x 1, 3 x 3, 5 x 5, pooling.",
        ),
        Mistake(
            "pooling_makes_it_smaller",
            'MaxPooling2D(3, strides=1, padding="same")',
            'MaxPooling2D(3, padding="same")',
            "Your pooling branch has another height and width than the others. Without strides, pooling jumps by its "
            "own size.",
        ),
        Mistake(
            "average_pooling",
            "MaxPooling2D",
            "AveragePooling2D",
            "Your pooling branch takes the mean of each window. Here it is the largest number.",
        ),
        Mistake(
            "reduces_before_pooling",
            '    pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)  # (m, n_H, n_W, n_C_prev)\n'
            "    branch_pool = conv_relu(pooled, 32, 1)",
            '    branch_pool = layers.MaxPooling2D(3, strides=1, padding="same")(conv_relu(x, 32, 1))',
            "In your pooling branch the 1 x 1 convolution comes first. It comes after the pooling.",
        ),
        Mistake(
            "pooling_without_a_window",
            "conv_relu(pooled, 32, 1)",
            "conv_relu(x, 32, 1)",
            "Your pooling branch gives what a 1 x 1 convolution of the input gives. Is the pooled tensor used?",
        ),
        Mistake(
            "three_instead_of_five",
            "conv_relu(x, 32, 5)",
            "conv_relu(x, 32, 3)",
            "The third branch has 3 x 3 filters. It must have 5 x 5 filters.",
        ),
        Mistake(
            "no_relu",
            "    branch_1 = conv_relu(x, 64, 1)",
            '    conv_relu = lambda x, filters, f: layers.Conv2D(filters, f, padding="same")(x)\n'
            "    branch_1 = conv_relu(x, 64, 1)",
            "Your module gives negative numbers. Each of its convolutions has a ReLU.",
        ),
        Mistake(
            "one_relu_missing",
            "conv_relu(pooled, 32, 1)",
            "layers.Conv2D(32, 1)(pooled)",
            "Your pooling branch gives negative numbers. Its 1 x 1 convolution has a ReLU too.",
        ),
        Mistake(
            "one_behind_another",
            "conv_relu(x, 32, 5)",
            "conv_relu(branch_3, 32, 5)",
            "The 5 x 5 branch works on the result of the 3 x 3 branch. All branches look at the same input.",
        ),
    ),
)


# ---- part 2: what it costs


def cases_conv_cost(rng: np.random.Generator) -> Iterator[Case]:
    n = int(rng.integers(10, 30))
    yield Case("5 x 5, from 256 to 64, one place", (1, 1, 5, 256, 64))
    yield Case("5 x 5, from 256 to 64 through 32, one place", (1, 1, 5, 256, 64, 32))
    yield Case("the same, a square map", (n, n, 5, 256, 64), {"bottleneck": 32})
    yield Case("3 x 3, not square", (n, n + 3, 3, int(rng.integers(5, 20)), int(rng.integers(20, 40))))
    yield Case("1 x 1", (n + 1, n, 1, int(rng.integers(5, 20)), int(rng.integers(20, 40))))
    thin = {"n_C": 17, "n_C_prev": int(rng.integers(30, 40)), "f": 3, "bottleneck": 6, "n_W": n, "n_H": n + 2}
    yield Case("by name, with a bottleneck", (), thin)
    yield Case("a bottleneck of a single channel", (n, 4, 7, 12, 5, 1))


conv_cost = Exercise(
    name="conv_cost",
    points=20,
    cases=cases_conv_cost,
    mistakes=(
        Mistake(
            "connections_of_one_place",
            "connections = n_H * n_W * (f * f * n_C_prev + 1) * n_C",
            "connections = (f * f * n_C_prev + 1) * n_C",
            "Your connections are those of a single place. The filters work at every place of the map.",
        ),
        Mistake(
            "biases_among_the_parameters",
            "    parameters = f * f * n_C_prev * n_C\n",
            "    parameters = (f * f * n_C_prev + 1) * n_C\n",
            "Your parameters are a little too many: the biases are in. The first number counts the weights only.",
        ),
        Mistake(
            "connections_without_biases",
            "n_H * n_W * (f * f * n_C_prev + 1) * n_C",
            "n_H * n_W * f * f * n_C_prev * n_C",
            "Your connections are a little too few. Each output number is also connected with a bias.",
        ),
        Mistake(
            "one_bias_for_all",
            "n_H * n_W * (f * f * n_C_prev + 1) * n_C",
            "n_H * n_W * (f * f * n_C_prev * n_C + 1)",
            "You count one bias for each place. Each of the n_C numbers at a place has its own.",
        ),
        Mistake(
            "square_maps_only",
            "n_H * n_W * (",
            "n_H * n_H * (",
            "It is right for square maps only. Where does the width come in?",
        ),
        Mistake(
            "ignores_the_bottleneck",
            "if bottleneck is not None:",
            "if False:",
            "With a bottleneck you return the cost of the direct way.",
        ),
        Mistake(
            "bottleneck_with_large_filters",
            "conv_cost(n_H, n_W, 1, n_C_prev, bottleneck)",
            "conv_cost(n_H, n_W, f, n_C_prev, bottleneck)",
            "Your first convolution has f x f filters. The one that makes the volume thin is 1 x 1.",
        ),
        Mistake(
            "reduction_is_free",
            "return parameters_1 + parameters_f, connections_1 + connections_f",
            "return parameters_f, connections_f",
            "With a bottleneck you count the second convolution only. The 1 x 1 convolution costs something too.",
        ),
        Mistake(
            "only_the_reduction",
            "return parameters_1 + parameters_f, connections_1 + connections_f",
            "return parameters_1, connections_1",
            "With a bottleneck you count the 1 x 1 convolution only. The f x f convolution comes after it.",
        ),
        Mistake(
            "large_filters_see_everything",
            "conv_cost(n_H, n_W, f, bottleneck, n_C)",
            "conv_cost(n_H, n_W, f, n_C_prev, n_C)",
            "With a bottleneck it becomes more expensive than without. How many channels do the large filters see now?",
        ),
        Mistake(
            "another_order",
            "    return parameters, connections\n",
            "    return connections, parameters\n",
            "You return the connections first. The order is (parameters, connections).",
        ),
        Mistake(
            "only_the_parameters",
            "    return parameters, connections\n",
            "    return parameters\n",
            "You return one number. Two are asked for: (parameters, connections).",
        ),
    ),
)


# ---- part 3: squeeze first


def cases_inception_module(rng: np.random.Generator) -> Iterator[Case]:
    first_of_googlenet = ((28, 28, 192), 64, 96, 128, 16, 32, 32)
    yield Case("the first module of GoogLeNet: shape and parameters", first_of_googlenet, call=SIZE_OF_BLOCK)
    sizes = (5, 6, 9, 3, 7, 4)
    yield Case("a small input, not square", (eighths(rng, 2, 5, 7, 8), *sizes), call=BLOCK, tolerance=TOLERANCE)
    by_name = {"pool": 2, "f5": 4, "f5_in": 5, "f3": 3, "f3_in": 7, "f1": 6}
    yield Case("a single place, by name", (eighths(rng, 2, 1, 1, 6),), by_name, call=BLOCK, tolerance=TOLERANCE)


inception_module = Exercise(
    name="inception_module",
    points=20,
    cases=cases_inception_module,
    mistakes=(
        Mistake(
            "no_reduction_before_3x3",
            "conv_relu(thin_3, f3, 3)",
            "conv_relu(x, f3, 3)",
            "Your 3 x 3 convolution sees all channels of the input. It must see the reduced ones.",
        ),
        Mistake(
            "no_reduction_before_5x5",
            "conv_relu(thin_5, f5, 5)",
            "conv_relu(x, f5, 5)",
            "Your 5 x 5 convolution sees all channels of the input. It must see the reduced ones.",
        ),
        Mistake(
            "one_reduction_for_both",
            "conv_relu(thin_5, f5, 5)",
            "conv_relu(thin_3, f5, 5)",
            "Your 5 x 5 convolution uses the reduction of the 3 x 3 branch. Each of the two has its own.",
        ),
        Mistake(
            "swapped_numbers",
            "    thin_3 = conv_relu(x, f3_in, 1)  # (m, n_H, n_W, f3_in)\n    branch_3 = conv_relu(thin_3, f3, 3)",
            "    thin_3 = conv_relu(x, f3, 1)\n    branch_3 = conv_relu(thin_3, f3_in, 3)",
            "In the 3 x 3 branch, the numbers of filters are swapped: f3_in belongs to the 1 x 1 convolution.",
        ),
        Mistake(
            "linear_reductions",
            "    thin_3 = conv_relu(x, f3_in, 1)  # (m, n_H, n_W, f3_in)\n"
            "    branch_3 = conv_relu(thin_3, f3, 3)  # (m, n_H, n_W, f3)\n"
            "    thin_5 = conv_relu(x, f5_in, 1)",
            "    thin_3 = layers.Conv2D(f3_in, 1)(x)\n"
            "    branch_3 = conv_relu(thin_3, f3, 3)\n"
            "    thin_5 = layers.Conv2D(f5_in, 1)(x)",
            "It looks as if your reductions have no ReLU. Each of the six convolutions has one.",
        ),
        Mistake(
            "no_relu",
            "    branch_1 = conv_relu(x, f1, 1)",
            '    conv_relu = lambda x, filters, f: layers.Conv2D(filters, f, padding="same")(x)\n'
            "    branch_1 = conv_relu(x, f1, 1)",
            "Your module gives negative numbers. Each of its six convolutions has a ReLU.",
        ),
        Mistake(
            "pooling_branch_keeps_all_channels",
            "branch_pool = conv_relu(pooled, pool, 1)",
            "branch_pool = pooled",
            "Your pooling branch gives as many channels as come in. A 1 x 1 convolution reduces them.",
        ),
        Mistake(
            "reduces_before_pooling",
            '    pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)  # (m, n_H, n_W, n_C_prev)\n'
            "    branch_pool = conv_relu(pooled, pool, 1)",
            '    branch_pool = layers.MaxPooling2D(3, strides=1, padding="same")(conv_relu(x, pool, 1))',
            "In the pooling branch the order is the other way round: the 1 x 1 convolution comes after the pooling.",
        ),
        Mistake(
            "pooling_makes_it_smaller",
            'MaxPooling2D(3, strides=1, padding="same")',
            'MaxPooling2D(3, padding="same")',
            "Your pooling branch has another height and width than the others. Without strides, pooling jumps by its "
            "own size.",
        ),
        Mistake(
            "three_twice",
            "conv_relu(thin_5, f5, 5)",
            "conv_relu(thin_5, f5, 3)",
            "Both large branches have 3 x 3 filters. The third branch has 5 x 5 filters.",
        ),
        Mistake(
            "another_order",
            "[branch_1, branch_3, branch_5, branch_pool]",
            "[branch_1, branch_pool, branch_3, branch_5]",
            "All channels are there, but in another order. It is 1 x 1, 3 x 3, 5 x 5, pooling.",
        ),
        Mistake(
            "always_the_same_sizes",
            "    branch_1 = conv_relu(x, f1, 1)",
            "    f1, f3_in, f3, f5_in, f5, pool = 64, 96, 128, 16, 32, 32\n    branch_1 = conv_relu(x, f1, 1)",
            "It is right for the numbers of GoogLeNet's first module only. Use the arguments.",
        ),
    ),
)


# ---- part 4: a side exit


def cases_auxiliary_head(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("14 x 14 x 512, 1000 classes: shape and parameters", ((14, 14, 512), 1000), call=SIZE_OF_BLOCK)
    yield Case("8 x 9 feature maps, five classes", (eighths(rng, 3, 8, 9, 6), 5), call=BLOCK, tolerance=TOLERANCE)
    by_name = {"classes": 3}
    yield Case("5 x 5 feature maps, by name", (eighths(rng, 4, 5, 5, 3),), by_name, call=BLOCK, tolerance=TOLERANCE)
    x = np.ones((256, 5, 5, 1), np.float32)
    yield Case("in training, with dropout", (x,), call=LARGEST_IN_TRAINING, tolerance=TOLERANCE)


auxiliary_head = Exercise(
    name="auxiliary_head",
    points=15,
    cases=cases_auxiliary_head,
    mistakes=(
        Mistake(
            "max_pooling",
            "AveragePooling2D",
            "MaxPooling2D",
            "You take the largest number of each window. The head begins with average pooling.",
        ),
        Mistake(
            "pooling_stride_5",
            "AveragePooling2D(5, strides=3)",
            "AveragePooling2D(5)",
            "Your pooling jumps by 5, its own size. Here the stride is 3, so that windows overlap.",
        ),
        Mistake(
            "same_padding",
            "AveragePooling2D(5, strides=3)",
            'AveragePooling2D(5, strides=3, padding="same")',
            "Your pooling pads the feature maps. Here only windows count that fit completely.",
        ),
        Mistake(
            "no_1x1_convolution",
            "    x = conv_relu(x, 128, 1)  # (m, ..., ..., 128)\n",
            "",
            "The 1 x 1 convolution between the pooling and the dense layers is missing.",
        ),
        Mistake(
            "global_pooling",
            "layers.Flatten()",
            "layers.GlobalAveragePooling2D()",
            "You average over all places before the dense layer. Here all numbers go into it, laid out in a row.",
        ),
        Mistake(
            "no_relu",
            'layers.Dense(1024, activation="relu")',
            "layers.Dense(1024)",
            "It looks as if the layer of 1024 units has no ReLU.",
        ),
        Mistake(
            "no_softmax",
            'layers.Dense(classes, activation="softmax")',
            "layers.Dense(classes)",
            "Your output is no probability: the numbers do not sum to 1.",
        ),
        Mistake(
            "no_dropout",
            "    x = layers.Dropout(0.7)(x)\n",
            "",
            "It is right for prediction, but in training no unit is switched off. The dropout is missing.",
        ),
        Mistake(
            "keeps_70_percent",
            "Dropout(0.7)",
            "Dropout(0.3)",
            "It is right for prediction, but in training only 30% of the units are switched off. Keras wants the share "
            "that is switched off.",
        ),
        Mistake(
            "dropout_on_the_probabilities",
            "    x = layers.Dropout(0.7)(x)\n"
            '    return layers.Dense(classes, activation="softmax")(x)  # (m, classes)\n',
            '    x = layers.Dense(classes, activation="softmax")(x)\n    return layers.Dropout(0.7)(x)\n',
            "Your dropout stands behind the softmax, so in training it switches whole classes off. It stands between "
            "the two dense layers.",
        ),
    ),
)


def cases_compile_with_heads(rng: np.random.Generator) -> Iterator[Case]:
    x, y = eighths(rng, 8, 3), rng.integers(0, 4, size=8)
    yield Case("the auxiliary loss counts 0.3 unless told", (x, y), call=LOSS_AND_METRICS, tolerance=TOLERANCE)
    x, y = eighths(rng, 6, 5), rng.integers(0, 4, size=6)
    yield Case("it counts nothing", (x, y), {"auxiliary_weight": 0.0}, call=LOSS_AND_METRICS, tolerance=TOLERANCE)
    x, y = eighths(rng, 8, 4), rng.integers(0, 4, size=8)
    yield Case("it counts double", (x, y), {"auxiliary_weight": 2.0}, call=LOSS_AND_METRICS, tolerance=TOLERANCE)


compile_with_heads = Exercise(
    name="compile_with_heads",
    points=7,
    cases=cases_compile_with_heads,
    mistakes=(
        Mistake(
            "no_loss_weights",
            "        loss_weights=[1.0, auxiliary_weight],\n",
            "",
            "Both losses count the same. The auxiliary one has a weight of its own.",
        ),
        Mistake(
            "always_0_3",
            "[1.0, auxiliary_weight]",
            "[1.0, 0.3]",
            "It is right for a weight of 0.3 only. Use the argument.",
        ),
        Mistake(
            "swapped_weights",
            "[1.0, auxiliary_weight]",
            "[auxiliary_weight, 1.0]",
            "The weight reduces the main loss, not the auxiliary one. In which order are the outputs?",
        ),
        Mistake(
            "weights_that_sum_to_1",
            "[1.0, auxiliary_weight]",
            "[1.0 - auxiliary_weight, auxiliary_weight]",
            "Your main loss counts less when the auxiliary one counts more. It always counts 1.",
        ),
        Mistake(
            "labels_as_vectors",
            'crossentropy = "sparse_categorical_crossentropy"',
            'crossentropy = "categorical_crossentropy"',
            "Your loss expects labels as vectors of zeros and a one. Here a label is a class number.",
        ),
        Mistake(
            "no_auxiliary_loss",
            "loss=[crossentropy, crossentropy]",
            "loss=[crossentropy, None]",
            "Only the main output has a loss.",
        ),
        Mistake(
            "no_metrics",
            '        metrics=[["accuracy"], ["accuracy"]],\n',
            "",
            "The losses are right, but nobody would see the accuracy. Both outputs need it as a metric.",
        ),
        Mistake(
            "returns_nothing",
            "    return model\n",
            "",
            "The function returns nothing. It returns the model that it has compiled.",
        ),
    ),
)


# ---- part 5: a small GoogLeNet


def cases_small_googlenet(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("64 x 64 x 3, 16 classes: shapes and parameters", ((64, 64, 3), 16), call=Code("observe.size"))
    predictions = Code("lambda build, x, **kwargs: observe.model(build(**kwargs), x)")
    arguments = {"classes": 5, "input_shape": (40, 48, 1)}
    x = eighths(rng, 2, 40, 48, 1)
    yield Case("40 x 48 gray pictures, five classes, by name", (x,), arguments, call=predictions, tolerance=TOLERANCE)


small_googlenet = Exercise(
    name="small_googlenet",
    points=15,
    cases=cases_small_googlenet,
    mistakes=(
        Mistake(
            "another_order",
            "keras.Model(inputs, [main, auxiliary])",
            "keras.Model(inputs, [auxiliary, main])",
            "Your two outputs are in another order. The main output comes first.",
        ),
        Mistake(
            "no_side_exit",
            "keras.Model(inputs, [main, auxiliary])",
            "keras.Model(inputs, main)",
            "Your model has one output. For training it has two: [main, auxiliary].",
        ),
        Mistake(
            "side_exit_too_late",
            "    auxiliary = auxiliary_head(x, classes)  # (m, classes)\n"
            "    x = inception_module(x, 48, 32, 64, 8, 16, 16)  # (m, 8, 8, 144)\n",
            "    x = inception_module(x, 48, 32, 64, 8, 16, 16)\n    auxiliary = auxiliary_head(x, classes)\n",
            "Your auxiliary head stands behind the third module. It stands in the middle, before the third one.",
        ),
        Mistake(
            "stem_without_stride",
            "layers.Conv2D(32, 7, strides=2, ",
            "layers.Conv2D(32, 7, ",
            "Your feature maps are twice as large as they should be. Look at the stride of the first convolution.",
        ),
        Mistake(
            "one_pooling_missing",
            '    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)  # (m, 8, 8, 104)\n',
            "",
            "Your last two modules work on maps that are too large. There is a pooling between the second and the "
            "third module.",
        ),
        Mistake(
            "one_normalisation_missing",
            "# (m, 8, 8, 104)\n    x = layers.BatchNormalization(momentum=0.9)(x)\n",
            "# (m, 8, 8, 104)\n",
            "You have one batch normalisation. There are two: one behind each of the two poolings.",
        ),
        Mistake(
            "flattens",
            "layers.GlobalAveragePooling2D()",
            "layers.Flatten()",
            "Before the last dense layer you lay all numbers out in a row. Here their mean over all places is enough.",
        ),
        Mistake(
            "no_softmax",
            'layers.Dense(classes, activation="softmax", name="main")',
            'layers.Dense(classes, name="main")',
            "Your main output is no probability: the numbers do not sum to 1.",
        ),
        Mistake(
            "always_64",
            "keras.Input(input_shape)",
            "keras.Input((64, 64, 3))",
            "It is right for pictures of 64 x 64 x 3 only. Use the argument input_shape.",
        ),
    ),
)


# ---- part 6: take the scaffold away


def cases_inference_model(rng: np.random.Generator) -> Iterator[Case]:
    x = eighths(rng, 6, 3)
    for heads, title in ((2, "one side exit"), (3, "two side exits, as in the paper")):
        call = Code(f"lambda drop, x: observe.model(drop({_NETWORK.format(heads=heads)}), x)")
        yield Case(title, (x,), call=call, tolerance=TOLERANCE)
    yield Case("the weights are shared", (x,), call=SHARED, tolerance=TOLERANCE)


inference_model = Exercise(
    name="inference_model",
    points=8,
    cases=cases_inference_model,
    mistakes=(
        Mistake(
            "last_output",
            "model.outputs[0]",
            "model.outputs[-1]",
            "You keep the last output, a side exit. The main output is the first one.",
        ),
        Mistake(
            "second_output",
            "model.outputs[0]",
            "model.outputs[1]",
            "You keep the second output, a side exit. The main output is the first one.",
        ),
        Mistake(
            "drops_nothing",
            "model.outputs[0]",
            "model.outputs",
            "Your model still has all its outputs.",
        ),
        Mistake(
            "wraps_the_whole_model",
            "keras.Model(model.inputs, model.outputs[0])",
            "keras.Model(model.inputs, model(model.inputs)[0])",
            "The output is right, but the side exits are still inside: your model has as many parameters as before. "
            "Do not call the model. Take the tensors that it already has.",
        ),
        Mistake(
            "copies_the_weights",
            "    return keras.Model(model.inputs, model.outputs[0])\n",
            "    short = keras.models.clone_model(keras.Model(model.inputs, model.outputs[0]))\n"
            "    short.set_weights(keras.Model(model.inputs, model.outputs[0]).get_weights())\n"
            "    return short\n",
            "Your model has a copy of the weights. When the training goes on, it stays as it was. Share the layers.",
        ),
        Mistake(
            "freezes_the_weights",
            "    return keras.Model(model.inputs, model.outputs[0])\n",
            "    short = keras.Model(model.inputs, model.outputs[0])\n    short.trainable = False\n    return short\n",
            "Your model cannot be trained any more, and neither can the first one, because they share their layers.",
        ),
    ),
)


exercises = [
    naive_inception,
    conv_cost,
    inception_module,
    auxiliary_head,
    compile_with_heads,
    small_googlenet,
    inference_model,
]
