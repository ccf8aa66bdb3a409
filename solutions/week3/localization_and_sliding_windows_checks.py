"""The exercises of localization_and_sliding_windows: their cases and the mistakes that learners make.

Array entries are eighths and pictures are small, so that keys are short. A model that becomes convolutional is judged
by what it computes on pictures of several sizes, with the weights that it was given.
"""

from collections.abc import Iterator

import numpy as np

from courselib.grading import Case, Code, Exercise, Mistake

TOLERANCE = 1e-2

# A tensor is as good as an array.
AS_ARRAY = Code(
    "lambda function, *args, **options: (lambda result: keras.ops.convert_to_numpy(result) "
    "if keras.ops.is_tensor(result) else result)(function(*args, **options))"
)
# The classifier that the notebook draws, and one that differs in everything that may differ.
DRAWN = Code(
    "observe.fill(keras.Sequential([keras.Input((14, 14, 3)), keras.layers.Conv2D(16, 5, activation='relu'), "
    "keras.layers.MaxPooling2D(2), keras.layers.Flatten(), keras.layers.Dense(400, activation='relu'), "
    "keras.layers.Dense(400, activation='relu'), keras.layers.Dense(4, activation='softmax')]))"
)
ANOTHER = Code(
    "observe.fill(keras.Sequential([keras.Input((12, 9, 1)), keras.layers.Conv2D(4, 3, activation='tanh'), "
    "keras.layers.AveragePooling2D((2, 1)), keras.layers.Conv2D(6, (2, 4), strides=(1, 2)), keras.layers.ReLU(), "
    "keras.layers.Flatten(), keras.layers.Dense(8, activation='tanh'), keras.layers.Dropout(0.5), "
    "keras.layers.Dense(2, activation='sigmoid')]))"
)
# New weights that a learner forgets to set are random: the seed makes them the same each time.
ON_PICTURES = Code(
    "lambda dense_to_conv, model, *pictures: (keras.utils.set_random_seed(5), [observe.model(conv, x, "
    "fixed_weights=False) for conv in [dense_to_conv(model)] for x in pictures])[1]"
)
ONE_TRAINING_STEP = Code(
    "lambda loss, x, y: (lambda model: (model.compile('sgd', loss, run_eagerly=True), model.train_on_batch(x, y), "
    "model.get_weights())[2])(observe.fill(keras.Sequential([keras.Input(x.shape[1:]), "
    "keras.layers.Dense(y.shape[1])])))"
)


def eighths(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers from -1 to 1 in steps of 1/8, as float32."""
    return rng.integers(-8, 9, size=shape).astype(np.float32) / np.float32(8)


def distinct_eighths(rng: np.random.Generator, count: int) -> list[float]:
    """Numbers between 0 and 1 in steps of 1/8, no two the same."""
    return [float(number) / 8 for number in rng.permutation(np.arange(1, 8))[:count]]


# ---- part 1: what, and where


def cases_box_target(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("a car in the middle", (1, (0.5, 0.75, 0.25, 0.375), 1, 3))
    yield Case("the first class", (1, tuple(distinct_eighths(rng, 4)), 0, 3))
    yield Case("the last of five classes", (1, tuple(distinct_eighths(rng, 4)), 4, 5))
    yield Case("nothing is there", (0, None, None, 3))
    box = tuple(distinct_eighths(rng, 4))
    yield Case("nothing is there, by name", (), {"num_classes": 4, "class_id": 2, "box": box, "pc": 0})


box_target = Exercise(
    name="box_target",
    points=8,
    cases=cases_box_target,
    mistakes=(
        Mistake(
            "classes_from_one",
            "y[5 + class_id] = 1",
            "y[4 + class_id] = 1",
            "Your 1 for the class is one place too far to the left: it falls on the box or on another class. Classes "
            "are counted from 0.",
        ),
        Mistake(
            "class_as_a_number",
            "y[5 + class_id] = 1",
            "y[5] = class_id",
            "You write the number of the class into one place. Each class has a place of its own, with 0 or 1.",
        ),
        Mistake(
            "no_class",
            "        y[5 + class_id] = 1\n",
            "",
            "The places of the classes are all 0, even when an object is there.",
        ),
        Mistake(
            "forgets_pc",
            "        y[0] = 1\n",
            "",
            "The first number is always 0. It must say whether there is an object.",
        ),
        Mistake(
            "fills_in_an_empty_picture",
            "if pc == 1:",
            "y[0] = pc\n    if box is not None and class_id is not None:",
            "Where nothing is there, some of your numbers are not 0. Without an object there is no box and no class.",
        ),
        Mistake(
            "width_before_height",
            "y[1:5] = box",
            "y[1:5] = [box[0], box[1], box[3], box[2]]",
            "Height and width are in the other order: it is bx, by, bh, bw.",
        ),
        Mistake(
            "row_before_column",
            "y[1:5] = box",
            "y[1:5] = [box[1], box[0], box[2], box[3]]",
            "The two numbers of the centre are swapped: bx comes first.",
        ),
        Mistake(
            "a_class_for_nothing",
            "np.zeros(5 + num_classes",
            "np.zeros(6 + num_classes",
            "Your target is one number too long. The background is not a class here: pc says it.",
        ),
        Mistake(
            "corner_instead_of_centre",
            "y[1:5] = box",
            "y[1:5] = [box[0] - box[3] / 2, box[1] - box[2] / 2, box[2], box[3]]",
            "You compute the upper left corner. The target holds the centre, just as it comes in.",
        ),
    ),
)


def targets(rng: np.random.Generator, present: list[int], num_classes: int) -> np.ndarray:
    """Targets of shape (m, 5 + num_classes), with a box where `present` is 1."""
    y = np.zeros((len(present), 5 + num_classes), np.float32)
    for row, pc in zip(y, present, strict=True):
        if pc:
            row[:5] = (1, *distinct_eighths(rng, 4))
            row[5 + rng.integers(num_classes)] = 1
    return y


def predictions(rng: np.random.Generator, y_true: np.ndarray) -> np.ndarray:
    """Predictions that are never right, neither about pc nor elsewhere; pc is neither 0 nor 1."""
    y_pred = y_true + rng.choice([-0.625, 0.25, 0.375, 0.75], size=y_true.shape)
    return y_pred.astype(np.float32)


def cases_localization_loss(rng: np.random.Generator) -> Iterator[Case]:
    y_true = targets(rng, [1], 3)
    yield Case("an object is there", (y_true, predictions(rng, y_true)), call=AS_ARRAY)
    y_true = targets(rng, [0], 3)
    yield Case("nothing is there", (y_true, predictions(rng, y_true)), call=AS_ARRAY)
    y_true = targets(rng, [1, 0, 0, 1, 1], 3)
    yield Case("a batch of five", (y_true, predictions(rng, y_true)), call=AS_ARRAY)
    y_true = targets(rng, [0, 1, 1], 1)
    by_name = {"y_pred": predictions(rng, y_true), "y_true": y_true}
    yield Case("one class, by name", (), by_name, call=AS_ARRAY)
    y_true = targets(rng, [1, 0, 1], 2)
    step = (eighths(rng, 3, 4), y_true)
    yield Case("one step of training with this loss", step, call=ONE_TRAINING_STEP, tolerance=TOLERANCE)


localization_loss = Exercise(
    name="localization_loss",
    points=16,
    cases=cases_localization_loss,
    mistakes=(
        Mistake(
            "no_mask",
            "return keras.ops.where(pc == 1, everything, only_pc)",
            "return everything",
            "You add up all components in every picture. Where nothing is there, box and class do not count.",
        ),
        Mistake(
            "never_the_box",
            "return keras.ops.where(pc == 1, everything, only_pc)",
            "return only_pc",
            "Only the first component counts in your loss. The network would never learn where the object is.",
        ),
        Mistake(
            "mask_the_wrong_way_round",
            "return keras.ops.where(pc == 1, everything, only_pc)",
            "return keras.ops.where(pc == 0, everything, only_pc)",
            "The two cases are swapped: you compare the whole box where nothing is there.",
        ),
        Mistake(
            "nothing_costs_nothing",
            "return keras.ops.where(pc == 1, everything, only_pc)",
            "return keras.ops.where(pc == 1, everything, 0 * only_pc)",
            "Your loss is 0 for every empty picture. Then nothing stops the network from seeing objects everywhere.",
        ),
        Mistake(
            "mask_from_the_prediction",
            "where(pc == 1,",
            "where(y_pred[:, 0] > 0.5,",
            "You let the prediction decide whether an object is there. Who knows it?",
        ),
        Mistake(
            "pc_twice",
            "return keras.ops.where(pc == 1, everything, only_pc)",
            "return keras.ops.where(pc == 1, everything + only_pc, only_pc)",
            "Where an object is there, the first component counts twice.",
        ),
        Mistake(
            "mean_of_the_components",
            "keras.ops.sum(squared, axis=1)",
            "keras.ops.mean(squared, axis=1)",
            "You take the mean over the components, so your loss is too small where an object is there. It is the sum.",
        ),
        Mistake(
            "one_number_for_the_batch",
            "return keras.ops.where(pc == 1, everything, only_pc)",
            "return keras.ops.mean(keras.ops.where(pc == 1, everything, only_pc))",
            "You return one number for the whole batch. It must be one loss per example.",
        ),
        Mistake(
            "sum_over_the_batch",
            "everything = keras.ops.sum(squared, axis=1)",
            "everything = keras.ops.sum(squared)",
            "A batch is wrong: you add up the components of all examples. Which axis holds the components?",
        ),
        Mistake(
            "absolute_errors",
            "squared = keras.ops.square(y_true - y_pred)",
            "squared = keras.ops.abs(y_true - y_pred)",
            "It looks as if you take absolute errors. Here they are squared.",
        ),
        Mistake(
            "numpy_in_training",
            "everything = keras.ops.sum(squared, axis=1)",
            "everything = np.sum(squared, axis=1)",
            "The numbers are right, but the network does not learn from all of them: NumPy cannot pass gradients on. "
            "Use keras.ops.",
        ),
    ),
)


# ---- part 2: landmarks


def cases_landmark_target(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("two landmarks", (1, np.array([[3.0, 10.0], [6.0, 15.0]]), 20, 12))
    points = rng.integers(1, 64, size=(64, 2)).astype(float)
    yield Case("64 landmarks, a wide picture", (1, points, 64, 128))
    yield Case("no face", (0, points[:5], 64, 128))
    whole = rng.integers(1, 32, size=(4, 2))
    yield Case("whole numbers, by name", (), {"n_W": 32, "n_H": 64, "landmarks": whole, "pc": 1})


landmark_target = Exercise(
    name="landmark_target",
    points=10,
    cases=cases_landmark_target,
    mistakes=(
        Mistake(
            "all_x_then_all_y",
            "fractions.reshape(-1)",
            "fractions.T.reshape(-1)",
            "You list all x first and then all y. The two numbers of a landmark stand side by side.",
        ),
        Mistake(
            "y_before_x",
            "fractions.reshape(-1)",
            "fractions[:, ::-1].reshape(-1)",
            "Each landmark has its y before its x.",
        ),
        Mistake(
            "pixels",
            "landmarks / np.array([n_W, n_H])",
            "landmarks / np.array([1, 1])",
            "Your positions are pixels. They must be fractions of the picture, from 0 to 1.",
        ),
        Mistake(
            "height_and_width_swapped",
            "np.array([n_W, n_H])",
            "np.array([n_H, n_W])",
            "You divide x by the height and y by the width.",
        ),
        Mistake(
            "square_only",
            "np.array([n_W, n_H])",
            "n_W",
            "You divide both x and y by the width. Along which side does y run?",
        ),
        Mistake(
            "points_without_a_face",
            "return pc * np.concatenate([[1.0], fractions.reshape(-1)])",
            "return np.concatenate([[pc], fractions.reshape(-1)])",
            "Where there is no face there are no landmarks: then the whole target is 0.",
        ),
        Mistake(
            "no_pc",
            "return pc * np.concatenate([[1.0], fractions.reshape(-1)])",
            "return pc * fractions.reshape(-1)",
            "Your target is one number too short. The first number says whether there is a face.",
        ),
        Mistake(
            "pc_at_the_end",
            "np.concatenate([[1.0], fractions.reshape(-1)])",
            "np.concatenate([fractions.reshape(-1), [1.0]])",
            "All numbers are there, but the one for the face stands at the end. It comes first.",
        ),
        Mistake(
            "still_a_table",
            "return pc * np.concatenate([[1.0], fractions.reshape(-1)])",
            "return pc * np.concatenate([[[1.0, 1.0]], fractions])",
            "Your target is a table with two columns. A dense layer gives one long row of numbers.",
        ),
    ),
)


# ---- part 3: sliding windows


def cases_sliding_windows(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("a wide picture", (eighths(rng, 5, 8, 1), 3, 2))
    yield Case("a high colour picture, stride 1", (eighths(rng, 6, 4, 3), 3, 1))
    yield Case("stride 3: something is left over", (eighths(rng, 9, 12, 2), 4, 3))
    yield Case("one window fills the picture", (eighths(rng, 4, 4, 3), 4, 2))
    pixels = rng.integers(0, 256, size=(7, 10, 3)).astype(np.uint8)
    yield Case("pixels as uint8, by name", (), {"stride": 5, "window": 2, "image": pixels})


LOOPS = """\
    for top in range(0, n_H - window + 1, stride):
        for left in range(0, n_W - window + 1, stride):
"""

sliding_windows = Exercise(
    name="sliding_windows",
    points=16,
    cases=cases_sliding_windows,
    mistakes=(
        Mistake(
            "last_window_missing",
            LOOPS,
            LOOPS.replace(" + 1", ""),
            "The last row and the last column of windows are missing where they fit exactly. `range` stops before its "
            "end.",
        ),
        Mistake(
            "column_by_column",
            LOOPS,
            "    for left in range(0, n_W - window + 1, stride):\n"
            "        for top in range(0, n_H - window + 1, stride):\n",
            "Your windows go down first and then to the right. It is row by row, as one reads.",
        ),
        Mistake(
            "stride_one",
            LOOPS,
            LOOPS.replace("stride", "1"),
            "Your window moves by one pixel whatever the stride.",
        ),
        Mistake(
            "side_by_side",
            LOOPS,
            LOOPS.replace(", stride)", ", window)"),
            "Your windows stand side by side, without overlap. They move by the stride, not by their own size.",
        ),
        Mistake(
            "square_only",
            "n_H, n_W, _ = image.shape",
            "n_H = n_W = min(image.shape[:2])",
            "The result is right only for square pictures. Height and width each have their own number of windows.",
        ),
        Mistake(
            "no_count",
            "return np.stack(windows), len(windows)",
            "return np.stack(windows)",
            "You return the windows only. The second result is how many there are.",
        ),
        Mistake(
            "other_order",
            "return np.stack(windows), len(windows)",
            "return len(windows), np.stack(windows)",
            "The two results are in the other order: first the windows, then the count.",
        ),
        Mistake(
            "count_of_rows",
            "return np.stack(windows), len(windows)",
            "return np.stack(windows), (n_H - window) // stride + 1",
            "The windows are right, but you count only one column of them.",
        ),
        Mistake(
            "window_and_stride_added",
            "left : left + window",
            "left : left + stride",
            "Your windows are as wide as the stride. Every window is window x window pixels.",
        ),
        Mistake(
            "rows_and_columns_swapped",
            "image[top : top + window, left : left + window]",
            "image.transpose(1, 0, 2)[left : left + window, top : top + window]",
            "Each window is mirrored at its diagonal: rows are the first axis, columns the second.",
        ),
    ),
)


# ---- part 4: dense layers as convolutions


def cases_dense_to_filters(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("a volume of 2 x 3 x 4, 5 units", (eighths(rng, 24, 5), 2, 3), call=AS_ARRAY)
    yield Case("a square volume of 3 x 3 x 2, 6 units", (eighths(rng, 18, 6), 3, 3), call=AS_ARRAY)
    yield Case("1 x 1: a dense layer after a dense layer", (eighths(rng, 7, 4), 1, 1), call=AS_ARRAY)
    by_name = {"n_W": 2, "n_H": 4, "W": eighths(rng, 8, 3)}
    yield Case("one channel, by name", (), by_name, call=AS_ARRAY)


dense_to_filters = Exercise(
    name="dense_to_filters",
    points=10,
    cases=cases_dense_to_filters,
    mistakes=(
        Mistake(
            "channels_first",
            "W.reshape(n_H, n_W, -1, units)",
            "W.reshape(-1, n_H, n_W, units).transpose(1, 2, 0, 3)",
            "Shapes are right, but the weights are on the wrong pixels. Which axis of a volume does Flatten run "
            "through fastest?",
        ),
        Mistake(
            "columns_before_rows",
            "W.reshape(n_H, n_W, -1, units)",
            "W.reshape(n_W, n_H, -1, units).transpose(1, 0, 2, 3)",
            "Rows and columns of your filters are swapped. Flatten goes through a volume row by row.",
        ),
        Mistake(
            "width_before_height",
            "W.reshape(n_H, n_W, -1, units)",
            "W.reshape(n_W, n_H, -1, units)",
            "Height and width of your filters are swapped.",
        ),
        Mistake(
            "units_before_channels",
            "W.reshape(n_H, n_W, -1, units)",
            "W.reshape(n_H, n_W, units, -1)",
            "The last two axes are swapped: first the channels of the input, then one filter for each unit.",
        ),
        Mistake(
            "wrong_end_first",
            "W.reshape(n_H, n_W, -1, units)",
            "W.T.reshape(n_H, n_W, -1, units)",
            "You turn W round before you cut it up. Its last axis already is the unit.",
        ),
        Mistake(
            "turned_filters",
            "W.reshape(n_H, n_W, -1, units)",
            "W.reshape(n_H, n_W, -1, units)[::-1, ::-1]",
            "Your filters are turned by 180 degrees. Networks use them as they are.",
        ),
        Mistake(
            "one_by_one",
            "W.reshape(n_H, n_W, -1, units)",
            "W.reshape(1, 1, -1, units)",
            "Your filters are 1 x 1. The filter must cover the whole volume that was flattened.",
        ),
    ),
)


def cases_dense_to_conv(rng: np.random.Generator) -> Iterator[Case]:
    crops = [eighths(rng, 2, 14, 14, 3), eighths(rng, 1, 16, 16, 3), eighths(rng, 1, 28, 28, 3)]
    yield Case(
        "the classifier of 14 x 14 pixels, on 14 x 14, 16 x 16 and 28 x 28",
        (DRAWN, *crops),
        call=ON_PICTURES,
        tolerance=TOLERANCE,
    )
    pictures = (eighths(rng, 1, 12, 9, 1), eighths(rng, 2, 20, 13, 1))
    yield Case("another classifier, not square", (ANOTHER, *pictures), call=ON_PICTURES, tolerance=TOLERANCE)


dense_to_conv = Exercise(
    name="dense_to_conv",
    points=20,
    cases=cases_dense_to_conv,
    mistakes=(
        Mistake(
            "weights_forgotten",
            "            conv.set_weights([dense_to_filters(W, n_H, n_W), b])\n",
            "",
            "The shapes are right, but the new convolutions still have their random weights.",
        ),
        Mistake(
            "biases_forgotten",
            "conv.set_weights([dense_to_filters(W, n_H, n_W), b])",
            "conv.set_weights([dense_to_filters(W, n_H, n_W), 0 * b])",
            "The outputs are close, but not the same: it looks as if the biases of the dense layers were not copied.",
        ),
        Mistake(
            "activations_forgotten",
            "Conv2D(layer.units, (n_H, n_W), activation=layer.activation)",
            "Conv2D(layer.units, (n_H, n_W))",
            "The weights are right, but the activations of the dense layers are gone.",
        ),
        Mistake(
            "always_relu",
            "activation=layer.activation",
            'activation="relu"',
            "All your new layers have a ReLU. Each has the activation of its own dense layer.",
        ),
        Mistake(
            "pads",
            "activation=layer.activation)",
            'activation=layer.activation, padding="same")',
            "Your output is too large: with same padding the filter also stands where it does not fit.",
        ),
        Mistake(
            "jumps_by_its_own_size",
            "activation=layer.activation)",
            "activation=layer.activation, strides=(n_H, n_W))",
            "On 14 x 14 all is right, but larger pictures give too few answers. Your convolution jumps.",
        ),
        Mistake(
            "one_size_only",
            "keras.Input((None, None, model.input_shape[-1]))",
            "keras.Input(model.input_shape[1:])",
            "Your model takes pictures of the old size only. A height or width that is left open is None.",
        ),
        Mistake(
            "one_answer_for_all",
            "    return keras.Model(inputs, x)",
            "    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x))",
            "You average over all places, so there is one answer for the whole picture. Keep the map.",
        ),
        Mistake(
            "flat_at_the_end",
            "    return keras.Model(inputs, x)",
            "    return keras.Model(inputs, keras.layers.Reshape((-1, x.shape[-1]))(x))",
            "The numbers are right, but they stand in one long row. Keep rows and columns: the output is a volume.",
        ),
        Mistake(
            "rows_and_columns_swapped",
            "dense_to_filters(W, n_H, n_W)",
            "dense_to_filters(W, n_W, n_H).reshape(n_H, n_W, -1, layer.units)[::-1]",
            "The filters are upside down: the weights do not stand on the pixels that they had.",
        ),
    ),
)


# ---- part 5: what it saves

LAYERS = [(5, 16, 2), (5, 400, 1), (1, 400, 1), (1, 4, 1)]


def cases_count_multiplications(rng: np.random.Generator) -> Iterator[Case]:
    n = int(rng.integers(3, 9))
    yield Case("one convolution", (8, 3, [(3, n, 1)]))
    yield Case("one convolution, then pooling", (9, 1, [(2, n, 4)]))
    yield Case("the classifier on 14 x 14", (14, 3, LAYERS))
    yield Case("the classifier on 28 x 28", (28, 3, LAYERS))
    yield Case("pooling that leaves something over, by name", (), {"layers": [(4, n, 3), (2, 5, 1)], "n_C": 2, "n": 20})


count_multiplications = Exercise(
    name="count_multiplications",
    points=8,
    cases=cases_count_multiplications,
    mistakes=(
        Mistake(
            "size_of_the_input",
            "        n = n - f + 1\n",
            "        n = n\n",
            "You count the places as if every layer kept the size. Without padding a filter has fewer places.",
        ),
        Mistake(
            "one_pixel_short",
            "n = n - f + 1",
            "n = n - f",
            "You count one place too few along each side: a filter of 3 has two places in a row of 4.",
        ),
        Mistake(
            "flat_filters",
            "n_filters * f * f * n_C",
            "n_filters * f * f",
            "Your filters have one channel. A filter is as deep as its input.",
        ),
        Mistake(
            "one_side_of_the_filter",
            "n_filters * f * f * n_C",
            "n_filters * f * n_C",
            "A filter of side f has f x f numbers in each channel.",
        ),
        Mistake(
            "no_pooling",
            "n // pool, n_filters",
            "n, n_filters",
            "The first layer is right, but behind a pooling you still count with the larger picture.",
        ),
        Mistake(
            "depth_never_changes",
            "        n, n_C = n // pool, n_filters\n",
            "        n = n // pool\n",
            "You use the channels of the picture in all layers. The depth of a layer's input is the number of filters "
            "before it.",
        ),
        Mistake(
            "one_place",
            "total += n * n * n_filters",
            "total += n_filters",
            "You count the work at one place only. The filters work at every place.",
        ),
        Mistake(
            "one_side_of_the_map",
            "total += n * n * n_filters",
            "total += n * n_filters",
            "You count one row of places. There are n x n of them.",
        ),
        Mistake(
            "last_layer_only",
            "total += n * n",
            "total = n * n",
            "You return the work of the last layer. Add up all of them.",
        ),
        Mistake(
            "counts_biases",
            "f * f * n_C\n",
            "(f * f * n_C + 1)\n",
            "You count the biases as well, but they are only added.",
        ),
    ),
)


def cases_multiplications_saved(rng: np.random.Generator) -> Iterator[Case]:
    n = int(rng.integers(3, 9))
    yield Case("one window: nothing is saved", (14, 14, 2, 3, LAYERS))
    yield Case("four windows", (16, 14, 2, 3, LAYERS))
    yield Case("64 windows", (28, 14, 2, 3, LAYERS))
    small = [(3, n, 2), (3, 5, 1), (2, 1, 1)]
    yield Case("another network, by name", (), {"layers": small, "n_C": 1, "stride": 2, "window": 10, "n": 22})


multiplications_saved = Exercise(
    name="multiplications_saved",
    points=4,
    cases=cases_multiplications_saved,
    mistakes=(
        Mistake(
            "one_row_of_windows",
            "windows = ((n - window) // stride + 1) ** 2",
            "windows = (n - window) // stride + 1",
            "You count one row of windows. They also move down.",
        ),
        Mistake(
            "one_window_short",
            "(n - window) // stride + 1)",
            "(n - window) // stride)",
            "You count one window too few along each side: the first one stands at 0.",
        ),
        Mistake(
            "stride_ignored",
            "(n - window) // stride + 1)",
            "(n - window) + 1)",
            "You count the windows of stride 1.",
        ),
        Mistake(
            "negative",
            "windows * one_by_one - in_one_pass",
            "in_one_pass - windows * one_by_one",
            "Your sign is the other way round: what is saved is positive.",
        ),
        Mistake(
            "one_window_only",
            "windows * one_by_one - in_one_pass",
            "in_one_pass - one_by_one",
            "You compare with a single window. How many windows would have to be computed?",
        ),
        Mistake(
            "a_fraction",
            "return windows * one_by_one - in_one_pass",
            "return 1 - in_one_pass / (windows * one_by_one)",
            "You return which part is saved. The question is how many multiplications.",
        ),
    ),
)


# ---- part 6: a real face


def cases_window_box(rng: np.random.Generator) -> Iterator[Case]:
    row, column = (int(n) for n in rng.permutation(np.arange(2, 9))[:2])
    yield Case("the picture was not resized", (row, column, 4, 24, 1.0))
    yield Case("the picture was made smaller", (row, column, 4, 24, 0.25))
    yield Case("the picture was made larger", (column, row, 2, 14, 2.0))
    yield Case("the first window", (0, 0, 4, 24, 0.5))
    yield Case("by name", (), {"scale": 0.125, "window": 10, "stride": 3, "column": column, "row": row})


window_box = Exercise(
    name="window_box",
    points=8,
    cases=cases_window_box,
    mistakes=(
        Mistake(
            "no_scale",
            "y1, x1, side = row * stride / scale, column * stride / scale, window / scale",
            "y1, x1, side = row * stride, column * stride, window",
            "Your box is in pixels of the resized picture. It must be in pixels of the original.",
        ),
        Mistake(
            "scale_the_wrong_way",
            "y1, x1, side = row * stride / scale, column * stride / scale, window / scale",
            "y1, x1, side = row * stride * scale, column * stride * scale, window * scale",
            "At a scale of 0.25 your box is small, but the original picture is four times larger than the resized one.",
        ),
        Mistake(
            "side_not_scaled",
            "window / scale\n",
            "window\n",
            "The corner is right, but the box is not: its side must be scaled as well.",
        ),
        Mistake(
            "corner_not_scaled",
            "row * stride / scale, column * stride / scale,",
            "row * stride, column * stride,",
            "The size of the box is right, but it is at the wrong place: the corner must be scaled as well.",
        ),
        Mistake(
            "stride_forgotten",
            "row * stride / scale, column * stride / scale,",
            "row / scale, column / scale,",
            "Your boxes are too close together. Neighbours on the map are one stride apart.",
        ),
        Mistake(
            "steps_of_a_window",
            "row * stride / scale, column * stride / scale,",
            "row * window / scale, column * window / scale,",
            "Your boxes stand side by side. Neighbours on the map are one stride apart, and windows overlap.",
        ),
        Mistake(
            "x_first",
            "return y1, x1, y1 + side, x1 + side",
            "return x1, y1, x1 + side, y1 + side",
            "The order is y1, x1, y2, x2: first the row, then the column.",
        ),
        Mistake(
            "height_and_width",
            "return y1, x1, y1 + side, x1 + side",
            "return y1, x1, side, side",
            "Your last two numbers are the height and the width. They must be the lower right corner.",
        ),
        Mistake(
            "place_is_the_centre",
            "return y1, x1, y1 + side, x1 + side",
            "return y1 - side / 2, x1 - side / 2, y1 + side / 2, x1 + side / 2",
            "You put the centre of the box where its upper left corner is.",
        ),
    ),
)


exercises = [
    box_target,
    localization_loss,
    landmark_target,
    sliding_windows,
    dense_to_filters,
    dense_to_conv,
    count_multiplications,
    multiplications_saved,
    window_box,
]
