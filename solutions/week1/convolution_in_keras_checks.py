"""The exercises of convolution_in_keras: their cases and the mistakes that learners make.

Networks get fixed weights and small dyadic pictures, and are compared by shapes, parameters and outputs. Large pictures
are drawn in the kernel from a seed, so that the key stays small. `train` is judged by what the history records when
every batch is the whole training set (then nothing is left to chance), and by predictions after training.
"""

from collections.abc import Iterator

import numpy as np

from courselib.grading import Case, Code, Exercise, Mistake, Score

TOLERANCE = 1e-2
AS_ARRAY = Code(  # a tensor is as good as an array
    "lambda function, *args, **options: (lambda result: "
    "keras.ops.convert_to_numpy(result) if keras.ops.is_tensor(result) else result)(function(*args, **options))"
)


def eighths(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Pictures: numbers from -1 to 1 in steps of 1/8, float32."""
    return rng.integers(-8, 9, size=shape).astype("float32") / 8


def large_pictures(rng: np.random.Generator, *shape: int) -> Code:
    """The same, but drawn in the kernel."""
    return Code(f"np.random.default_rng({rng.integers(2**31)}).integers(-8, 9, {shape}).astype('float32') / 8")


# ---- part 1: one layer


def cases_conv_layer_model(rng: np.random.Generator) -> Iterator[Case]:
    call = Code("lambda build, x: observe.model(build(), x)")
    yield Case("a batch of three", (eighths(rng, 3, 6, 6, 3),), call=call, tolerance=TOLERANCE)


conv_layer_model = Exercise(
    name="conv_layer_model",
    points=10,
    cases=cases_conv_layer_model,
    mistakes=(
        Mistake(
            "no_relu",
            ', activation="relu"',
            "",
            "Your outputs can be negative. What stands at the end of the layer?",
        ),
        Mistake(
            "same_padding",
            'activation="relu"',
            'padding="same", activation="relu"',
            "The output is as large as the input, 6 x 6. Without padding it is smaller.",
        ),
        Mistake(
            "filters_and_size_swapped",
            "filters=2, kernel_size=3",
            "filters=3, kernel_size=2",
            "It looks as if you made three filters of 2 x 2. Which argument says how many, and which one how large?",
        ),
        Mistake(
            "stride_2",
            "kernel_size=3",
            "kernel_size=3, strides=2",
            "The output has 2 x 2 places: your filter moves two pixels at a time.",
        ),
        Mistake(
            "sigmoid",
            '"relu"',
            '"sigmoid"',
            "All your outputs lie between 0 and 1, as after a sigmoid. The layer ends with another function.",
        ),
        Mistake(
            "no_bias",
            'activation="relu"',
            'activation="relu", use_bias=False',
            "Two parameters are missing: each filter has a bias.",
        ),
    ),
)


def cases_conv_with_keras(rng: np.random.Generator) -> Iterator[Case]:
    def case(title: str, batch: tuple[int, ...], f: int, n_C: int, stride: int, pad: int) -> Case:
        W, b = eighths(rng, f, f, batch[-1], n_C), rng.permutation(n_C).reshape(1, 1, 1, n_C) / 2 + 0.5
        arrays = (eighths(rng, *batch).astype(float), W.astype(float), b)
        return Case(title, (*arrays, {"stride": stride, "pad": pad}), call=AS_ARRAY, tolerance=TOLERANCE)

    yield case("stride 1, no padding", (2, 5, 6, 3), 3, 2, 1, 0)
    yield case("stride 2, padding 1, even sides", (1, 6, 8, 2), 3, 3, 2, 1)
    yield case("filters of 2 x 2, padding 2", (2, 5, 7, 1), 2, 4, 1, 2)


conv_with_keras = Exercise(
    name="conv_with_keras",
    points=12,
    cases=cases_conv_with_keras,
    mistakes=(
        Mistake(
            "padding_same",
            'keras.layers.ZeroPadding2D(hparameters["pad"])(A_prev)  # (m, n_H_prev + 2p, n_W_prev + 2p, n_C_prev)\n'
            '    layer = keras.layers.Conv2D(n_C, f, strides=hparameters["stride"])',
            "A_prev\n"
            '    layer = keras.layers.Conv2D(n_C, f, strides=hparameters["stride"], '
            'padding="same" if hparameters["pad"] else "valid")',
            'padding="same" is not p rings of zeros: it chooses its own padding, and with a stride the windows lie '
            "elsewhere.",
        ),
        Mistake(
            "no_padding",
            'keras.layers.ZeroPadding2D(hparameters["pad"])(A_prev)',
            "A_prev",
            "Your result is right without padding only. Use hparameters['pad'] before the convolution.",
        ),
        Mistake(
            "no_stride",
            ', strides=hparameters["stride"]',
            "",
            "Your filters move one pixel at a time, whatever the stride is.",
        ),
        Mistake(
            "no_bias",
            "b.reshape(n_C)",
            "np.zeros(n_C)",
            "Each channel is too small by a number of its own. The bias b is missing.",
        ),
        Mistake(
            "relu",
            'strides=hparameters["stride"])',
            'strides=hparameters["stride"], activation="relu")',
            "All your negative numbers have become zero. Here only the convolution is asked for, without a ReLU.",
        ),
        Mistake(
            "flipped_filters",
            "set_weights([W,",
            "set_weights([W[::-1, ::-1],",
            "It looks as if the filters were turned by 180 degrees. Keras uses them as they are, like the first "
            "notebook.",
        ),
        Mistake(
            "rows_and_columns_swapped",
            "set_weights([W,",
            "set_weights([W.swapaxes(0, 1),",
            "It looks as if rows and columns of the filters were swapped. The kernel of Keras has the axes of W.",
        ),
        Mistake(
            "one_pad_for_both_sides",
            'ZeroPadding2D(hparameters["pad"])',
            'ZeroPadding2D(((0, hparameters["pad"]), (0, hparameters["pad"])))',
            "The zeros are on the right and below only. A padding of p goes around all four sides.",
        ),
    ),
)


# ---- part 2: a yes-or-no network


def cases_sequential_model(rng: np.random.Generator) -> Iterator[Case]:
    call = Code("lambda build, x: observe.model(build(), x)")
    yield Case("six pictures of 64 x 64", (large_pictures(rng, 6, 64, 64, 3),), call=call, tolerance=TOLERANCE)


sequential_model = Exercise(
    name="sequential_model",
    points=16,
    cases=cases_sequential_model,
    mistakes=(
        Mistake(
            "no_padding",
            "            keras.layers.ZeroPadding2D(3),  # (m, 70, 70, 3)\n",
            "",
            "The number of parameters of the last layer says that the convolution gives 58 x 58 places. Is the padding "
            "missing?",
        ),
        Mistake(
            "padded_twice",
            "Conv2D(32, 7)",
            'Conv2D(32, 7, padding="same")',
            "The convolution gives 70 x 70 places: the pictures are padded twice, by a layer of its own and by "
            'padding="same".',
        ),
        Mistake(
            "no_batch_normalisation",
            "            keras.layers.BatchNormalization(),\n",
            "",
            "Four numbers for each channel are missing: two that are trained and two that are not. Which layer has "
            "such parameters?",
        ),
        Mistake(
            "normalises_rows",
            "BatchNormalization()",
            "BatchNormalization(axis=1)",
            "The batch normalisation has parameters for 64 rows. It is the 32 channels that are normalised, the last "
            "axis.",
        ),
        Mistake(
            "no_relu",
            "            keras.layers.ReLU(),\n",
            "",
            "All shapes and parameters are right, but the outputs are not. Is there a ReLU between the normalisation "
            "and the pooling?",
        ),
        Mistake(
            "relu_before_normalisation",
            "            keras.layers.BatchNormalization(),\n            keras.layers.ReLU(),\n",
            "            keras.layers.ReLU(),\n            keras.layers.BatchNormalization(),\n",
            "It looks as if the ReLU comes before the batch normalisation. Here it comes after it.",
        ),
        Mistake(
            "average_pooling",
            "MaxPooling2D(2)",
            "AveragePooling2D(2)",
            "It looks as if each window gives its mean. Max pooling keeps the largest number.",
        ),
        Mistake(
            "no_sigmoid",
            'Dense(1, activation="sigmoid")',
            "Dense(1)",
            "Your outputs are not between 0 and 1, so they are no probabilities. How does the last layer end?",
        ),
        Mistake(
            "softmax_of_one_number",
            '"sigmoid"',
            '"softmax"',
            "Every output is 1, whatever the picture is. The softmax of a single number is always 1.",
        ),
        Mistake(
            "two_units",
            "Dense(1,",
            "Dense(2,",
            "The last layer has two outputs. One unit is enough for yes or no.",
        ),
        Mistake(
            "small_filters",
            "ZeroPadding2D(3),  # (m, 70, 70, 3)\n            keras.layers.Conv2D(32, 7)",
            "ZeroPadding2D(1),  # (m, 66, 66, 3)\n            keras.layers.Conv2D(32, 3)",
            "The number of parameters says that your filters are 3 x 3. Look at the table again.",
        ),
    ),
)


# ---- part 3: labels and answers


def cases_one_hot(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("the classes 0, 1, 2, 3", (np.array([0, 1, 2, 3]), 4), call=AS_ARRAY)
    yield Case("seven labels of six classes", (rng.permutation([0, 1, 2, 2, 3, 5, 5]), 6), call=AS_ARRAY)
    yield Case("the last two classes do not occur", (rng.permutation([0, 2, 1, 2, 0, 0]), 5), call=AS_ARRAY)
    yield Case("one label, as a keyword", (), {"labels": np.array([1]), "num_classes": 3}, call=AS_ARRAY)


one_hot = Exercise(
    name="one_hot",
    points=6,
    cases=cases_one_hot,
    mistakes=(
        Mistake(
            "as_many_classes_as_labels_say",
            "np.eye(num_classes,",
            "np.eye(labels.max() + 1,",
            "A class that does not occur among the labels still needs its column. Use num_classes.",
        ),
        Mistake(
            "transposed",
            "[labels]",
            "[labels].T",
            "Your result has one column for each label. Each label is a row here.",
        ),
        Mistake(
            "counts_from_one",
            "[labels]",
            "[labels - 1]",
            "Your ones are one place too far to the left. The classes begin with 0.",
        ),
        Mistake(
            "marks_whole_columns",
            'return np.eye(num_classes, dtype="float32")[labels]',
            'Y = np.zeros((len(labels), num_classes), dtype="float32")\n    Y[:, labels] = 1\n    return Y',
            "Whole columns are 1, so a row has several ones. Each row needs a single 1, at its own place.",
        ),
        Mistake(
            "compares_the_wrong_way",
            'np.eye(num_classes, dtype="float32")[labels]',
            '1 - np.eye(num_classes, dtype="float32")[labels]',
            "Ones and zeros are exchanged. The true class gets the 1.",
        ),
        Mistake(
            "class_number_instead_of_one",
            'np.eye(num_classes, dtype="float32")[labels]',
            'np.eye(num_classes, dtype="float32")[labels] * np.asarray(labels)[:, None]',
            "At the place of the true class stands the number of the class. There should be a 1.",
        ),
    ),
)


def probabilities(rng: np.random.Generator, answers: np.ndarray, num_classes: int) -> np.ndarray:
    """Probabilities in steps of 1/64, all different in a row, the largest at the place of the answer."""
    rest = np.stack([rng.permutation(np.arange(1, num_classes)) for _ in answers])  # (m, num_classes - 1)
    rows = np.empty((len(answers), num_classes))
    for row, answer, others in zip(rows, answers, rest, strict=True):
        row[np.arange(num_classes) != answer] = others
        row[answer] = 64 - others.sum()
    return (rows / 64).astype("float32")


def wrong_answers(labels: np.ndarray, num_classes: int, where: list[int]) -> np.ndarray:
    """The labels with some of them moved to the next class."""
    answers = labels.copy()
    answers[where] = (answers[where] + 1) % num_classes
    return answers


def cases_accuracy(rng: np.random.Generator) -> Iterator[Case]:
    labels = rng.permutation([0, 0, 1, 2, 3, 4, 5, 5])
    answers = wrong_answers(labels, 6, [1, 4, 6])
    yield Case("six classes, 5 of 8 are right", (probabilities(rng, answers, 6), labels))
    labels = rng.permutation([0, 1, 1, 2])
    yield Case("as many classes as pictures", (probabilities(rng, wrong_answers(labels, 4, [0]), 4), labels))
    labels = rng.permutation([0, 1, 1, 1, 1, 0, 1, 1])
    sure = rng.integers(33, 64, size=8) / 64
    right = np.arange(8) != 3
    yes = np.where(labels.astype(bool) == right, sure, 1 - sure)
    yield Case("one sigmoid unit, 7 of 8 are right", (yes[:, None].astype("float32"), labels))
    labels = rng.permutation([0, 1, 1, 0])
    yield Case("two classes, all are right", (probabilities(rng, labels, 2), labels))


accuracy = Exercise(
    name="accuracy",
    points=7,
    cases=cases_accuracy,
    mistakes=(
        Mistake(
            "compares_everything_with_everything",
            "probabilities[:, 0] > 0.5",
            "probabilities > 0.5",
            "With one sigmoid unit you compare an array of shape (m, 1) with one of shape (m,). NumPy makes m x m "
            "comparisons of it.",
        ),
        Mistake(
            "always_argmax",
            "probabilities.shape[1] == 1",
            "probabilities.shape[1] == 0",
            "The largest of one single number is always at place 0. One sigmoid unit needs a comparison with 0.5.",
        ),
        Mistake(
            "argmax_over_pictures",
            "argmax(axis=1)",
            "argmax(axis=0)",
            "You looked for the best *picture* of each class. Look for the best class of each picture: along the other "
            "axis.",
        ),
        Mistake(
            "percent",
            "float(np.mean(answers == labels))",
            "100 * float(np.mean(answers == labels))",
            "Your result is in percent. The share is a number from 0 to 1.",
        ),
        Mistake(
            "counts",
            "float(np.mean(answers == labels))",
            "float(np.sum(answers == labels))",
            "You counted the right answers. Divide by the number of pictures.",
        ),
        Mistake(
            "share_of_wrong_answers",
            "answers == labels",
            "answers != labels",
            "This is the share of wrong answers.",
        ),
        Mistake(
            "smallest_probability",
            "argmax(axis=1)",
            "argmin(axis=1)",
            "You took the class with the smallest probability.",
        ),
    ),
)


# ---- part 4: training

# A network that takes its steps without a graph, which would take longer to build than these few steps need.
NETWORK = (
    "observe.fill(type('Network', (keras.Sequential,), {'compile': lambda self, *args, **options: "
    "keras.Sequential.compile(self, *args, **{**options, 'run_eagerly': True, 'jit_compile': False})"
    "})([keras.Input((6, 6, 1)), keras.layers.Flatten(), keras.layers.Dense(%s)]))"
)
RECORDS = Code(
    "lambda train, x, y, x_val, y_val, **options: ("
    "  lambda model: (lambda history, record: {"
    "    'returned': type(history).__name__,"
    "    'recorded': sorted({'accuracy', 'val_accuracy'} & set(record)),"
    "    'loss': np.array(record.get('loss', [])),"
    "    'val_loss': np.array(record.get('val_loss', [])),"
    "    'steps': int(keras.ops.convert_to_numpy(model.optimizer.iterations)),"
    "  })(train(model, x, y, x_val, y_val, **options), model.history.history)"
    ")(" + NETWORK % "3, activation='softmax'" + ")"
)
PREDICTS = Code(
    "lambda train, x, y, x_val, y_val, x_new, **options: ("
    "  lambda model: (train(model, x, y, x_val, y_val, **options), keras.ops.convert_to_numpy(model(x_new)))[1]"
    ")(" + NETWORK % "1, activation='sigmoid'" + ")"
)


def right_or_left(rng: np.random.Generator, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of 6 x 6, brighter on the right (class 0) or on the left (class 1).

    The fixed weights get most of them wrong before training.
    """
    classes = rng.permutation(np.arange(m) % 2)
    images = rng.integers(0, 9, size=(m, 6, 6, 1)) / 16
    images[classes == 0, :, 3:] += 0.5
    images[classes == 1, :, :3] += 0.5
    return images.astype("float32"), classes


def cases_train(rng: np.random.Generator) -> Iterator[Case]:
    # Copies of one picture: the steps are the same in whatever order the pictures come.
    x = np.repeat(eighths(rng, 1, 6, 6, 1) / 4, 40, axis=0)  # faint, so that no class is sure at the start
    y = np.eye(3, dtype="float32")[np.full(40, rng.integers(3))]
    x_val, y_val = eighths(rng, 12, 6, 6, 1), np.eye(3, dtype="float32")[np.arange(12) % 3]
    options = {"epochs": 3, "batch_size": 40, "learning_rate": 1 / 16}
    yield Case("forty copies of one picture", (x, y, x_val, y_val), options, call=RECORDS, tolerance=TOLERANCE)
    x, y = right_or_left(rng, 48)
    x_val, y_val = right_or_left(rng, 8)
    x_new, y_new = right_or_left(rng, 60)
    options = {"loss": "binary_crossentropy", "epochs": 4, "batch_size": 12, "learning_rate": 0.25}
    yield Case(
        "brighter on the right or on the left? Predictions after training",
        (x, y.astype("float32"), x_val, y_val.astype("float32"), x_new),
        options,
        call=PREDICTS,
        score=Score(labels=y_new, at_least=0.9),
    )


train = Exercise(
    name="train",
    points=14,
    cases=cases_train,
    mistakes=(
        Mistake(
            "learning_rate_ignored",
            "keras.optimizers.Adam(learning_rate=learning_rate)",
            '"adam"',
            "The losses change too slowly: it looks as if the learning rate is always 0.001.",
        ),
        Mistake(
            "batch_size_ignored",
            "        batch_size=batch_size,\n",
            "",
            "The number of steps is wrong: it looks as if each batch has 32 pictures, whatever batch_size is.",
        ),
        Mistake(
            "one_epoch_only",
            "        epochs=epochs,\n",
            "",
            "There is only one epoch. fit does not know of your argument epochs unless you hand it over.",
        ),
        Mistake(
            "always_categorical_crossentropy",
            "loss=loss",
            'loss="categorical_crossentropy"',
            "One sigmoid unit does not learn with your function. Is the loss the one that was asked for?",
        ),
        Mistake(
            "validates_on_training_pictures",
            "validation_data=(x_val, y_val)",
            "validation_data=(x_train, y_train)",
            "The validation loss is that of the training pictures. Then it does not tell anything new.",
        ),
        Mistake(
            "no_validation",
            "        validation_data=(x_val, y_val),\n",
            "",
            "The history has no val_loss. The validation pictures are not used.",
        ),
        Mistake(
            "returns_the_model",
            "return history",
            "return model",
            "You return the model. What fit returns is asked for.",
        ),
        Mistake(
            "returns_the_dict",
            "return history",
            "return history.history",
            "You return the dict of lists. Return the whole History, as fit gives it to you.",
        ),
        Mistake(
            "no_metrics",
            'metrics=["accuracy"], ',
            "",
            "The losses are right, but the accuracy is not recorded.",
        ),
    ),
)


# ---- part 5: a network for six signs


def cases_functional_model(rng: np.random.Generator) -> Iterator[Case]:
    call = Code("lambda build, x: observe.model(build(tuple(x.shape[1:])), x)")
    yield Case("64 x 64 x 3", (large_pictures(rng, 2, 64, 64, 3),), call=call, tolerance=TOLERANCE)
    yield Case(
        "36 x 44 x 1, where 8 does not fit", (large_pictures(rng, 2, 36, 44, 1),), call=call, tolerance=TOLERANCE
    )
    yield Case("pictures of a single pixel", (eighths(rng, 8, 1, 1, 4),), call=call, tolerance=TOLERANCE)


functional_model = Exercise(
    name="functional_model",
    points=16,
    cases=cases_functional_model,
    mistakes=(
        Mistake(
            "first_convolution_valid",
            'Conv2D(8, 4, padding="same"',
            'Conv2D(8, 4, padding="valid"',
            'The first convolution makes the picture smaller. It has padding "same".',
        ),
        Mistake(
            "pools_without_padding",
            'MaxPooling2D(8, strides=8, padding="same"',
            'MaxPooling2D(8, strides=8, padding="valid"',
            'Your network is right only where the windows of the first pooling fit. It has padding "same" too.',
        ),
        Mistake(
            "overlapping_windows",
            "MaxPooling2D(8, strides=8,",
            "MaxPooling2D(8, strides=2,",
            "The last layer has too many inputs: the windows of the first pooling overlap. Its stride is 8.",
        ),
        Mistake(
            "average_pooling",
            "MaxPooling2D(8,",
            "AveragePooling2D(8,",
            "It looks as if the first pooling takes the mean of each window. It keeps the largest number.",
        ),
        Mistake(
            "no_first_relu",
            'Conv2D(8, 4, padding="same", activation="relu"',
            'Conv2D(8, 4, padding="same"',
            "All shapes and parameters are right. Is there a ReLU after the first convolution?",
        ),
        Mistake(
            "no_second_relu",
            'Conv2D(16, 2, padding="same", activation="relu"',
            'Conv2D(16, 2, padding="same"',
            "All shapes and parameters are right. Is there a ReLU after the second convolution?",
        ),
        Mistake(
            "sigmoid_at_the_end",
            'Dense(6, activation="softmax")',
            'Dense(6, activation="sigmoid")',
            "Your six outputs do not sum to 1. Which function makes probabilities of six numbers?",
        ),
        Mistake(
            "no_softmax",
            'Dense(6, activation="softmax")',
            "Dense(6)",
            "Your outputs are no probabilities: they are not between 0 and 1.",
        ),
        Mistake(
            "filters_and_size_swapped",
            "Conv2D(8, 4,",
            "Conv2D(4, 8,",
            "It looks as if the first convolution has four filters of 8 x 8. It has eight filters of 4 x 4.",
        ),
        Mistake(
            "input_shape_ignored",
            "shape=input_shape",
            "shape=(64, 64, 3)",
            "Your network takes only pictures of 64 x 64 x 3. Use the argument input_shape.",
        ),
        Mistake(
            "global_pooling",
            "keras.layers.Flatten()(x)",
            "keras.layers.GlobalAveragePooling2D()(x)",
            "The last layer has only 16 inputs. All numbers go into it, in one row.",
        ),
    ),
)


# ---- part 6: look at the mistakes


def cases_worst_mistakes(rng: np.random.Generator) -> Iterator[Case]:
    def answers(labels: np.ndarray, wrong: list[int], num_classes: int) -> np.ndarray:
        """Every largest probability is different, and above one half."""
        best = rng.permutation(np.arange(33, 33 + len(labels)))  # in steps of 1/64
        rows = np.zeros((len(labels), num_classes))
        given = wrong_answers(labels, num_classes, wrong)
        for row, label, answer, largest in zip(rows, labels, given, best, strict=True):
            rest = 64 - largest
            row[(answer + 2) % num_classes] = rest - rest // 3
            row[(answer + 1) % num_classes] = rest // 3
            if label != answer:  # the true class gets more or less of the rest, independently of the largest
                row[(answer + 2) % num_classes] = row[(answer + 1) % num_classes] = 0
                row[label] = rng.integers(1, rest)
                row[(answer + 1) % num_classes] += rest - row[label]
            row[answer] = largest
        return (rows / 64).astype("float32")

    labels = rng.integers(0, 6, size=14)
    yield Case("the three worst of seven", (answers(labels, [1, 2, 4, 7, 8, 11, 13], 6), labels, 3))
    labels = rng.integers(0, 4, size=12)
    yield Case("five are asked for, there are four", (answers(labels, [3, 5, 6, 10], 4), labels, 5))
    labels = rng.integers(0, 5, size=6)
    yield Case("no mistake at all", (answers(labels, [], 5), labels, 2))


worst_mistakes = Exercise(
    name="worst_mistakes",
    points=7,
    cases=cases_worst_mistakes,
    mistakes=(
        Mistake(
            "right_answers_too",
            "np.flatnonzero(answers != labels)",
            "np.arange(len(labels))",
            "Right answers are among yours. Choose the wrong ones first.",
        ),
        Mistake(
            "least_sure_first",
            "np.argsort(-sure)",
            "np.argsort(sure)",
            "You begin with the mistake of which the network was least sure. Turn the order round.",
        ),
        Mistake(
            "places_among_the_mistakes",
            "wrong[np.argsort(-sure)][:count]",
            "np.argsort(-sure)[:count]",
            "Your numbers count the mistakes, not the pictures: the largest is less than the number of mistakes.",
        ),
        Mistake(
            "probability_of_the_true_class",
            "probabilities.max(axis=1)[wrong]",
            "-probabilities[np.arange(len(labels)), labels][wrong]",
            "You sorted by the probability of the true class. Sort by the probability of the class that was answered.",
        ),
        Mistake(
            "all_of_them",
            "[:count]",
            "",
            "You return all mistakes. Only the first `count` are asked for.",
        ),
        Mistake(
            "not_sorted",
            "wrong[np.argsort(-sure)][:count]",
            "wrong[:count]",
            "You return the first mistakes of the batch, not the worst ones.",
        ),
        Mistake(
            "right_instead_of_wrong",
            "answers != labels",
            "answers == labels",
            "These are the right answers.",
        ),
    ),
)


# ---- part 7: look inside

LIST_OF_LAYERS = Code(
    "observe.fill(keras.Sequential(["
    "  keras.Input((6, 7, 2)),"
    "  keras.layers.Conv2D(3, 3, name='conv'),"
    "  keras.layers.BatchNormalization(name='norm'),"
    "  keras.layers.MaxPooling2D(2, name='pool'),"
    "  keras.layers.Flatten(name='flat'),"
    "  keras.layers.Dense(4, activation='softmax', name='last'),"
    "]))"
)
FUNCTIONAL = Code(
    "observe.fill(observe.block_model(lambda x: keras.layers.GlobalAveragePooling2D(name='mean')("
    "  keras.layers.Conv2D(5, 2, name='second')("
    "    keras.layers.Conv2D(3, 3, padding='same', activation='relu', name='first')(x))"
    "), (5, 4, 1)))"
)


def cases_feature_maps(rng: np.random.Generator) -> Iterator[Case]:
    image, other = eighths(rng, 6, 7, 2), eighths(rng, 5, 4, 1)
    for title, args in {
        "the first layer of a list": (LIST_OF_LAYERS, image, "conv"),
        "batch normalisation": (LIST_OF_LAYERS, image, "norm"),
        "functional, a layer in the middle": (FUNCTIONAL, other, "second"),
    }.items():
        yield Case(title, args, call=AS_ARRAY, tolerance=TOLERANCE)


feature_maps = Exercise(
    name="feature_maps",
    points=12,
    cases=cases_feature_maps,
    mistakes=(
        Mistake(
            "keeps_the_batch_axis",
            "convert_to_numpy(maps)[0]",
            "convert_to_numpy(maps)",
            "Your result still has the batch axis, with length 1. There is only one picture.",
        ),
        Mistake(
            "the_whole_model",
            "keras.Model(model.inputs[0], model.get_layer(layer).output)",
            "model",
            "This is what the whole model answers. Your second model must end at the layer.",
        ),
        Mistake(
            "what_comes_in",
            "model.get_layer(layer).output",
            "model.get_layer(layer).input",
            "This is what goes into the layer. What comes out of it is asked for.",
        ),
        Mistake(
            "training_mode",
            "training=False",
            "training=True",
            "It looks as if the layers behave as in training. Batch normalisation then uses the mean of your single "
            "picture.",
        ),
        Mistake(
            "only_this_layer",
            "keras.Model(model.inputs[0], model.get_layer(layer).output)",
            "model.get_layer(layer)",
            "It looks as if you gave the picture directly to the layer. The layers before it come first.",
        ),
        Mistake(
            "one_channel",
            "convert_to_numpy(maps)[0]",
            "convert_to_numpy(maps)[0, :, :, 0]",
            "This is the map of one filter. All of them are asked for.",
        ),
        Mistake(
            "weights_of_the_layer",
            "return keras.ops.convert_to_numpy(maps)[0]",
            "return model.get_layer(layer).get_weights()[0]",
            "These are the weights of the layer. Feature maps are what the layer makes of the picture.",
        ),
    ),
)

exercises = [
    conv_layer_model,
    conv_with_keras,
    sequential_model,
    one_hot,
    accuracy,
    train,
    functional_model,
    worst_mistakes,
    feature_maps,
]
