"""The exercises of face_recognition: their cases and the mistakes that learners make.

Encodings are eighths, and pictures have whole numbers for pixels, so that keys do not depend on the machine. The
network of `verify` and `who_is_it` is a stand-in that reads off four pixels of the picture.
"""

from collections.abc import Iterator

import numpy as np

from courselib.grading import Case, Code, Exercise, Mistake

TOLERANCE = 1e-3


def eighths(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers from -1 to 1 in steps of 1/8, as float32."""
    return rng.integers(-8, 9, size=shape).astype(np.float32) / 8


def symmetric(rng: np.random.Generator, m: int) -> np.ndarray:
    """A table of distances in steps of 1/16: symmetric, zero on the diagonal, otherwise without equal numbers."""
    first, second = np.triu_indices(m, k=1)
    distances = np.zeros((m, m))
    distances[first, second] = distances[second, first] = (rng.permutation(len(first)) + 1) / 16
    return distances


# ---- part 1: a distance instead of a class


def cases_squared_distance(rng: np.random.Generator) -> Iterator[Case]:
    f = eighths(rng, 6)
    yield Case("two encodings of 4 numbers", (eighths(rng, 4), eighths(rng, 4) + 2), tolerance=TOLERANCE)
    yield Case("128 numbers, float64", (eighths(rng, 128).astype(float), eighths(rng, 128).astype(float)))
    yield Case("one differs in one number only", (f, f + np.float32([0, 0, 0.5, 0, 0, 0])), tolerance=TOLERANCE)
    yield Case("equal encodings, by name", (), {"f1": f, "f2": f.copy()}, tolerance=TOLERANCE)


squared_distance = Exercise(
    name="squared_distance",
    points=5,
    cases=cases_squared_distance,
    mistakes=(
        Mistake(
            "takes_the_root",
            "float(np.sum((f1 - f2) ** 2))",
            "float(np.linalg.norm(f1 - f2))",
            "This is the distance. The exercise asks for the *squared* distance, without the root.",
        ),
        Mistake(
            "mean",
            "np.sum((f1 - f2) ** 2)",
            "np.mean((f1 - f2) ** 2)",
            "Your number is smaller by the length of the encodings, as if you took the mean. Add the squares.",
        ),
        Mistake(
            "absolute",
            "np.sum((f1 - f2) ** 2)",
            "np.sum(np.abs(f1 - f2))",
            "It looks as if you added the absolute differences. Square them instead.",
        ),
        Mistake(
            "squares_the_sum",
            "np.sum((f1 - f2) ** 2)",
            "np.sum(f1 - f2) ** 2",
            "You square after the sum, so positive and negative differences cancel. Square each difference first.",
        ),
        Mistake(
            "adds_the_encodings",
            "f1 - f2",
            "f1 + f2",
            "Two equal encodings must have the distance 0. Do you subtract?",
        ),
    ),
)


# ---- part 2: the door


# The visitor's picture is a file of 64 x 64 pixels; the network returns the twelve numbers of its first four pixels.
VISIT = """lambda function, pixels, *args, **kwargs: (lambda path, model: (
keras.utils.save_img(path, np.pad(pixels.reshape(1, 4, 3), ((0, 63), (0, 60), (0, 0))), scale=False),
function({call}),
__import__('os').remove(path))[1])(
f"{{__import__('tempfile').gettempdir()}}/visitor-{{__import__('os').getpid()}}.png",
keras.Sequential([keras.Input((64, 64, 3)), keras.layers.Cropping2D(((0, 63), (0, 60))), keras.layers.Flatten()]))"""
BY_POSITION = Code(VISIT.format(call="path, *args, model").replace("\n", " "))
BY_NAME = Code(VISIT.format(call="image_path=path, model=model, **kwargs").replace("\n", " "))


def visitor(rng: np.random.Generator) -> np.ndarray:
    """Twelve pixels, neither dark nor bright."""
    return rng.integers(100, 156, size=12).astype(np.float32)


def encoding(rng: np.random.Generator, pixels: np.ndarray, near: bool) -> np.ndarray:
    """An encoding at a squared distance below the threshold (0.1 to 0.2), or above it (3.2 to 4.2)."""
    size = rng.uniform(0.1, 0.13, 12) if near else rng.uniform(0.52, 0.59, 12)
    signs = rng.permutation([-1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    return (pixels / 255 + signs * size).astype(np.float32)


def cases_verify(rng: np.random.Generator) -> Iterator[Case]:
    pixels = visitor(rng)
    near, far, further = (encoding(rng, pixels, near) for near in (True, False, False))
    everybody = {"Amina": far, "Bruno": near, "Chen": further}
    yield Case("the right person", (pixels, "Bruno", everybody), call=BY_POSITION, tolerance=TOLERANCE)
    yield Case("somebody else's name", (pixels, "Chen", everybody), call=BY_POSITION, tolerance=TOLERANCE)
    middle = (pixels / 255 + np.array([0.65, *[0.0] * 11])).astype(np.float32)
    arguments = {"pixels": pixels, "identity": "Dina", "database": {"Dina": middle}}
    yield Case("they differ in one number, by name", (), arguments, call=BY_NAME, tolerance=TOLERANCE)


verify = Exercise(
    name="verify",
    points=11,
    cases=cases_verify,
    mistakes=(
        Mistake(
            "takes_the_root",
            "distance = squared_distance(encoding, database[identity])",
            "distance = float(np.linalg.norm(encoding - database[identity]))",
            "This is the distance. TAU is a threshold for the *squared* distance, and that is also what you return.",
        ),
        Mistake(
            "opens_when_far",
            "distance < TAU",
            "distance > TAU",
            "Your door opens for people who are far from the encoding, and shuts before the right ones.",
        ),
        Mistake(
            "always_open",
            "bool(distance < TAU)",
            "identity in database",
            "Your door opens for everybody who says a known name. Who stands there must be near, too.",
        ),
        Mistake(
            "nearest_of_all",
            "squared_distance(encoding, database[identity])",
            "min(squared_distance(encoding, known) for known in database.values())",
            "It looks as if you compare with the whole database. For verification only the person they say counts.",
        ),
        Mistake(
            "swapped",
            "return distance, door_open",
            "return door_open, distance",
            "The two results are swapped: first the distance, then whether the door opens.",
        ),
        Mistake(
            "only_the_door",
            "return distance, door_open",
            "return door_open",
            "You return only one value. Return the distance and whether the door opens.",
        ),
        Mistake(
            "mean",
            "distance = squared_distance(encoding, database[identity])",
            "distance = float(np.mean((encoding - database[identity]) ** 2))",
            "Your distance is too small by the length of the encodings, as if it were a mean.",
        ),
    ),
)


def cases_who_is_it(rng: np.random.Generator) -> Iterator[Case]:
    pixels = visitor(rng)
    near, far, further = (encoding(rng, pixels, near) for near in (True, False, False))
    nearest = (pixels / 255 + (near - pixels / 255) * 0.5).astype(np.float32)
    known = {"Amina": near, "Bruno": far, "Chen": nearest, "Dina": further}
    yield Case("two are near, one of them nearer", (pixels, known), call=BY_POSITION, tolerance=TOLERANCE)
    yield Case("a stranger", (pixels, {"Bruno": further, "Chen": far}), call=BY_POSITION, tolerance=TOLERANCE)
    middle = (pixels / 255 + np.array([0.65, *[0.0] * 11])).astype(np.float32)
    arguments = {"pixels": pixels, "database": {"Elif": middle, "Femi": far}}
    yield Case("the first one, by name", (), arguments, call=BY_NAME, tolerance=TOLERANCE)


who_is_it = Exercise(
    name="who_is_it",
    points=13,
    cases=cases_who_is_it,
    mistakes=(
        Mistake(
            "stranger_gets_a_name",
            "    if smallest >= TAU:\n        identity = None\n",
            "",
            "A stranger gets the name of the nearest person. Near is not always near enough: compare with TAU.",
        ),
        Mistake(
            "first_within_tau",
            "if distance < smallest:\n            smallest, identity = distance, name\n",
            "if distance < smallest and not smallest < TAU:\n            smallest, identity = distance, name\n",
            "It looks as if you stop at the first person who is near enough. Somebody else may be nearer.",
        ),
        Mistake(
            "last_within_tau",
            "if distance < smallest:\n            smallest, identity = distance, name\n",
            "smallest, identity = distance, name\n",
            "Your answer is always the last person of the database. Keep the nearest one.",
        ),
        Mistake(
            "furthest",
            "np.inf, None\n    for name, known in database.items():\n"
            "        distance = squared_distance(encoding, known)\n"
            "        if distance < smallest:",
            "-np.inf, None\n    for name, known in database.items():\n"
            "        distance = squared_distance(encoding, known)\n"
            "        if distance > smallest:",
            "You found the person who is furthest away. Look for the smallest distance.",
        ),
        Mistake(
            "takes_the_root",
            "distance = squared_distance(encoding, known)",
            "distance = float(np.sqrt(squared_distance(encoding, known)))",
            "This is the distance. TAU is a threshold for the *squared* distance, and that is also what you return.",
        ),
        Mistake(
            "no_distance_for_strangers",
            "    if smallest >= TAU:\n        identity = None\n",
            "    if smallest >= TAU:\n        return None, None\n",
            "For a stranger you leave out the distance. Only the identity is None.",
        ),
        Mistake(
            "unknown_as_text",
            "        identity = None\n    return",
            '        identity = "unknown"\n    return',
            "A stranger's identity is the value None, not a text: somebody could have that name.",
        ),
        Mistake(
            "swapped",
            "return smallest, identity",
            "return identity, smallest",
            "The two results are swapped: first the distance, then who it is.",
        ),
    ),
)


# ---- part 3: the triplet loss


VALUE = Code(
    "lambda loss, A, P, N, **kwargs: keras.ops.convert_to_numpy(keras.ops.convert_to_tensor(loss(None, "
    "[keras.ops.convert_to_tensor(points) for points in (A, P, N)], **kwargs)))"
)
# One step of gradient descent on a table of points, whose rows are anchor, positive, negative, anchor, ...
GRADIENT = Code(
    "lambda loss, points: (lambda table: ("
    "table.compile(keras.optimizers.SGD(1.0), lambda y_true, y_pred: loss(y_true, [y_pred[:, 0], y_pred[:, 1], "
    "y_pred[:, 2]]), run_eagerly=True, jit_compile=False), "
    "table.layers[-1].set_weights([points]), "
    "table.train_on_batch(np.arange(len(points)).reshape(-1, 3), np.zeros((len(points) // 3, 1), 'float32')), "
    "points - table.layers[-1].get_weights()[0])[-1])("
    "keras.Sequential([keras.Input((3,), dtype='int32'), keras.layers.Embedding(*points.shape)]))"
)


def triplets(rng: np.random.Generator, m: int, d: int) -> list[np.ndarray]:
    """Anchors, positives and negatives: the first triplet is easy, the second hard, and the others between."""
    A, P, N = (eighths(rng, m, d) for _ in range(3))
    P[0], N[0] = A[0] + 0.125, A[0] + 2.0
    P[1], N[1] = A[1] + 1.5, A[1] - 0.25
    N[2:] = P[2:] + 0.125 * rng.choice([-1, 1], size=N[2:].shape)
    return [A, P, N]


def cases_triplet_loss(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("five triplets", tuple(triplets(rng, 5, 4)), call=VALUE, tolerance=TOLERANCE)
    A, P, N = triplets(rng, 6, 3)
    yield Case("margin 0.5, by name", (A, P, N), {"alpha": 0.5}, call=VALUE, tolerance=TOLERANCE)
    yield Case("easy triplets only", (A[:1], P[:1], N[:1]), call=VALUE, tolerance=TOLERANCE)
    equal = np.tile(A[:1], (4, 1))
    yield Case("all encodings are equal", (equal, equal, equal), call=VALUE, tolerance=TOLERANCE)
    rows = np.stack(triplets(rng, 4, 3), axis=1).reshape(12, 3)
    yield Case("its gradient", (rows,), call=GRADIENT, tolerance=TOLERANCE)


triplet_loss = Exercise(
    name="triplet_loss",
    points=15,
    cases=cases_triplet_loss,
    mistakes=(
        Mistake(
            "no_maximum",
            "ops.maximum(to_positive - to_negative + alpha, 0.0)",
            "to_positive - to_negative + alpha",
            "Your loss can be negative: easy triplets pay for hard ones. The maximum with 0 is missing.",
        ),
        Mistake(
            "maximum_of_the_sum",
            "    losses = ops.maximum(to_positive - to_negative + alpha, 0.0)  # (m,)\n    return ops.sum(losses)\n",
            "    return ops.maximum(ops.sum(to_positive - to_negative + alpha), 0.0)\n",
            "You take the maximum once, after the sum, so easy triplets pay for hard ones. Take it for each triplet.",
        ),
        Mistake(
            "margin_sign",
            "to_positive - to_negative + alpha",
            "to_positive - to_negative - alpha",
            "The margin has the wrong sign: a triplet of three equal encodings must cost alpha, not nothing.",
        ),
        Mistake(
            "no_margin",
            "to_positive - to_negative + alpha",
            "to_positive - to_negative",
            "The margin is missing, so three equal encodings cost nothing.",
        ),
        Mistake(
            "fixed_margin",
            "to_positive - to_negative + alpha",
            "to_positive - to_negative + 0.2",
            "Your margin is always 0.2. Use the argument alpha.",
        ),
        Mistake(
            "mean",
            "ops.sum(losses)",
            "ops.mean(losses)",
            "Your loss is smaller by the number of triplets: it is the mean. The exercise asks for the sum.",
        ),
        Mistake(
            "positive_and_negative_swapped",
            "to_positive - to_negative + alpha",
            "to_negative - to_positive + alpha",
            "Positive and negative are swapped: your loss is large where the negative is far, and pulls it nearer.",
        ),
        Mistake(
            "anchor_and_negative_swapped",
            "ops.square(anchor - positive)",
            "ops.square(negative - positive)",
            "The first distance should start at the anchor. It looks as if you compare the positive with the negative.",
        ),
        Mistake(
            "from_the_positive",
            "ops.square(anchor - negative)",
            "ops.square(positive - negative)",
            "The second distance should start at the anchor. It looks as if you compare the negative with the "
            "positive.",
        ),
        Mistake(
            "takes_the_root",
            "losses = ops.maximum(to_positive - to_negative + alpha, 0.0)",
            "losses = ops.maximum(ops.sqrt(to_positive) - ops.sqrt(to_negative) + alpha, 0.0)",
            "You compare distances. The loss is made of *squared* distances, without a root.",
        ),
        Mistake(
            "not_differentiable",
            "    losses = ops.maximum(to_positive - to_negative + alpha, 0.0)  # (m,)\n",
            "    losses = np.maximum(ops.convert_to_numpy(to_positive - to_negative) + alpha, 0.0)\n",
            "The number is right, but no gradient comes back: NumPy cuts the tensors off. Use keras.ops all the way.",
        ),
        Mistake(
            "one_for_each",
            "return ops.sum(losses)",
            "return losses",
            "You return one number for each triplet. Add them up.",
        ),
    ),
)


# ---- part 4: which triplets?


def cases_pairwise_distances(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("four encodings of three numbers", (eighths(rng, 4, 3) + 1,), tolerance=TOLERANCE)
    yield Case("two encodings, float64, by name", (), {"embeddings": eighths(rng, 2, 5).astype(float)})
    title = "30 encodings: no loop over the 900 pairs"
    yield Case(title, (eighths(rng, 30, 4),), max_steps=200, tolerance=TOLERANCE)


pairwise_distances = Exercise(
    name="pairwise_distances",
    points=10,
    cases=cases_pairwise_distances,
    mistakes=(
        Mistake(
            "takes_the_root",
            "np.maximum(distances, 0)  # rounding",
            "np.sqrt(np.maximum(distances, 0))  # rounding",
            "These are the distances. The exercise asks for the *squared* ones.",
        ),
        Mistake(
            "assumes_length_one",
            "distances = squares[:, None] - 2 * embeddings @ embeddings.T + squares[None, :]",
            "distances = 2 - 2 * embeddings @ embeddings.T",
            "Your formula holds only for encodings of length 1. Use the squared lengths as they are.",
        ),
        Mistake(
            "forgets_the_two",
            "- 2 * embeddings",
            "- embeddings",
            "The diagonal should be 0. Look at the middle term of the formula: it has a factor.",
        ),
        Mistake(
            "wrong_sign",
            "- 2 * embeddings",
            "+ 2 * embeddings",
            "This is the squared length of the *sum* of two encodings. The middle term has the other sign.",
        ),
        Mistake(
            "products",
            "    return np.maximum(distances, 0)",
            "    return embeddings @ embeddings.T",
            "This is the table of products: large where two encodings are alike. A distance is small there.",
        ),
        Mistake(
            "mean",
            "    return np.maximum(distances, 0)",
            "    return np.maximum(distances, 0) / embeddings.shape[1]",
            "Your numbers are smaller by the length of the encodings, as if you took the mean. Add the squares.",
        ),
        Mistake(
            "loops_over_pairs",
            "    squares = np.sum(embeddings**2, axis=1)  # (m,)\n    distances = squares[:, None] - 2 * embeddings @ "
            "embeddings.T + squares[None, :]  # (m, m)\n",
            "    distances = np.zeros((len(embeddings), len(embeddings)), embeddings.dtype)\n"
            "    for i, one in enumerate(embeddings):\n        for j, other in enumerate(embeddings):\n"
            "            distances[i, j] = np.sum((one - other) ** 2)\n",
            "The numbers are right, but a loop over all pairs takes far too long for a large batch. Use new axes or a "
            "matrix product.",
        ),
    ),
)


def cases_semi_hard_negatives(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("three people, two pictures each", (symmetric(rng, 6), np.array([0, 0, 1, 1, 2, 2]), 0.375))
    labels = rng.permutation(np.array([4, 4, 4, 7, 7, 7, 9]))
    yield Case("mixed order, a person with one picture", (symmetric(rng, 7), labels, 0.5))
    arguments = {"distances": symmetric(rng, 6), "labels": np.array([1, 0, 1, 0, 1, 0]), "margin": 0.25}
    yield Case("a small margin, by name", (), arguments)


semi_hard_negatives = Exercise(
    name="semi_hard_negatives",
    points=12,
    cases=cases_semi_hard_negatives,
    mistakes=(
        Mistake(
            "keeps_easy_ones",
            "further & within",
            "further",
            "You keep easy negatives, too: those beyond the margin. Their loss is 0, so they teach nothing.",
        ),
        Mistake(
            "keeps_hard_ones",
            "further & within",
            "within",
            "You keep hard negatives, too: those nearer than the positive.",
        ),
        Mistake(
            "anchor_is_its_own_positive",
            "same & ~np.eye(len(labels), dtype=bool)",
            "same",
            "You use a picture as its own positive. Anchor and positive are two different pictures.",
        ),
        Mistake(
            "negative_of_the_same_person",
            " & ~same[:, None, :]",
            "",
            "Some of your negatives show the same person as the anchor.",
        ),
        Mistake(
            "axes_swapped",
            "    to_positive = distances[:, :, None]  # (m, m, 1)\n"
            "    to_negative = distances[:, None, :]  # (m, 1, m)\n",
            "    to_positive = distances[:, None, :]  # (m, 1, m)\n"
            "    to_negative = distances[:, :, None]  # (m, m, 1)\n",
            "The two distances are swapped: the second axis is the positive, the third one the negative.",
        ),
        Mistake(
            "from_the_positive",
            "to_negative = distances[:, None, :]",
            "to_negative = distances[None, :, :]",
            "You measure the negative from the positive. Both distances start at the anchor.",
        ),
        Mistake(
            "margin_of_the_negative",
            "to_negative < to_positive + margin",
            "to_negative < margin",
            "You compare d(A, N) with the margin alone. It has to be less than d(A, P) plus the margin.",
        ),
    ),
)


def cases_batch_hard(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("two people, three pictures each", (symmetric(rng, 6), np.array([0, 0, 0, 1, 1, 1])))
    labels = rng.permutation(np.array([3, 3, 3, 5, 5, 5, 8, 8, 8]))
    yield Case("three people, mixed", (symmetric(rng, 9), labels))
    yield Case("by name", (), {"distances": symmetric(rng, 8), "labels": np.array([2, 1, 2, 1, 2, 1, 2, 1])})


batch_hard = Exercise(
    name="batch_hard",
    points=10,
    cases=cases_batch_hard,
    mistakes=(
        Mistake(
            "nearest_positive",
            "positives = np.argmax(np.where(same, distances, -np.inf), axis=1)",
            "positives = np.argmin(np.where(same & ~np.eye(len(labels), dtype=bool), distances, np.inf), axis=1)",
            "You chose the *nearest* picture of the same person. The hardest positive is the furthest one.",
        ),
        Mistake(
            "furthest_negative",
            "negatives = np.argmin(np.where(same, np.inf, distances), axis=1)",
            "negatives = np.argmax(np.where(same, -np.inf, distances), axis=1)",
            "You chose the *furthest* picture of somebody else. That is the easiest negative, not the hardest.",
        ),
        Mistake(
            "anchor_is_its_own_positive",
            "positives = np.argmax(np.where(same, distances, -np.inf), axis=1)",
            "positives = np.argmin(np.where(same, distances, np.inf), axis=1)",
            "Each picture became its own positive: its distance to itself is 0, the smallest of all.",
        ),
        Mistake(
            "positive_of_anybody",
            "np.argmax(np.where(same, distances, -np.inf), axis=1)",
            "np.argmax(distances, axis=1)",
            "Your positives are the furthest pictures of all people. They have to show the anchor's person.",
        ),
        Mistake(
            "negative_of_anybody",
            "np.argmin(np.where(same, np.inf, distances), axis=1)",
            "np.argmin(distances + np.diag(np.full(len(labels), np.inf)), axis=1)",
            "Some of your negatives show the anchor's own person. They have to show somebody else.",
        ),
        Mistake(
            "distances_instead_of_places",
            "    return positives, negatives\n",
            "    return distances[np.arange(len(labels)), positives], distances[np.arange(len(labels)), negatives]\n",
            "You return distances. The exercise asks which pictures they are: whole numbers.",
        ),
        Mistake(
            "swapped",
            "return positives, negatives",
            "return negatives, positives",
            "The two results are swapped: first the positives, then the negatives.",
        ),
    ),
)


# ---- part 5: Siamese heads


HEAD = Code(
    "lambda head, f1, f2: (lambda one, other: observe.model(keras.Model([one, other], head(one, other)), f1, f2))"
    "(keras.Input(f1.shape[1:]), keras.Input(f2.shape[1:]))"
)


def cases_absolute_difference_head(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("five pairs of encodings", (eighths(rng, 5, 6), eighths(rng, 5, 6)), call=HEAD, tolerance=1e-2)
    f = eighths(rng, 3, 4)
    yield Case("the same encodings twice", (f, f.copy()), call=HEAD, tolerance=1e-2)


absolute_difference_head = Exercise(
    name="absolute_difference_head",
    points=6,
    cases=cases_absolute_difference_head,
    mistakes=(
        Mistake(
            "signed_difference",
            "ops.abs(f1 - f2)",
            "f1 - f2",
            "The order of the two pictures changes your answer. Take the absolute difference.",
        ),
        Mistake(
            "squared_difference",
            "ops.abs(f1 - f2)",
            "ops.square(f1 - f2)",
            "You square the differences. This head takes absolute ones.",
        ),
        Mistake(
            "no_sigmoid",
            'layers.Dense(1, activation="sigmoid")',
            "layers.Dense(1)",
            "Your output is no probability: some are negative or above 1. The sigmoid is missing.",
        ),
        Mistake(
            "no_bias",
            'layers.Dense(1, activation="sigmoid")',
            'layers.Dense(1, activation="sigmoid", use_bias=False)',
            "The bias b is missing, so equal encodings always get 0.5.",
        ),
        Mistake(
            "summed_first",
            "difference = ops.abs(f1 - f2)  # (m, d)",
            "difference = ops.sum(ops.abs(f1 - f2), axis=-1, keepdims=True)",
            "You add the differences before the layer, so there is only one weight. Each coordinate has its own.",
        ),
        Mistake(
            "concatenated",
            "ops.abs(f1 - f2)",
            "ops.concatenate([f1, f2], axis=-1)",
            "You put the two encodings behind each other. The head gets their differences.",
        ),
    ),
)


def cases_chi_square_head(rng: np.random.Generator) -> Iterator[Case]:
    f1, f2 = np.abs(eighths(rng, 5, 6)) + 0.25, np.abs(eighths(rng, 5, 6)) + 0.125
    yield Case("five pairs of positive encodings", (f1, f2), call=HEAD, tolerance=1e-2)
    zeros1, zeros2 = f1[:4].copy(), f2[:4].copy()
    zeros1[:, 2:4], zeros2[:, 3:5] = 0, 0  # coordinate 3 is zero in both
    yield Case("with zeros, as after a ReLU", (zeros1, zeros2), call=HEAD, tolerance=1e-2)


chi_square_head = Exercise(
    name="chi_square_head",
    points=6,
    cases=cases_chi_square_head,
    mistakes=(
        Mistake(
            "divides_by_zero",
            "(f1 + f2 + 1e-6)",
            "(f1 + f2)",
            "Where both encodings are 0 you divide 0 by 0, and the whole result becomes nan.",
        ),
        Mistake(
            "not_squared",
            "ops.square(f1 - f2)",
            "ops.abs(f1 - f2)",
            "The difference above the line has to be squared.",
        ),
        Mistake(
            "denominator_squared",
            "(f1 + f2 + 1e-6)",
            "(ops.square(f1 + f2) + 1e-6)",
            "Only the difference is squared, not the sum below the line.",
        ),
        Mistake(
            "no_denominator",
            " / (f1 + f2 + 1e-6)",
            "",
            "The denominator is missing: this is the plain squared difference.",
        ),
        Mistake(
            "one_added",
            "1e-6",
            "1",
            "What you add below the line is so large that it changes the result. It only has to prevent 0 / 0.",
        ),
        Mistake(
            "no_sigmoid",
            'layers.Dense(1, activation="sigmoid")',
            "layers.Dense(1)",
            "Your output is no probability: some are negative or above 1. The sigmoid is missing.",
        ),
        Mistake(
            "summed_first",
            'return layers.Dense(1, activation="sigmoid")(chi_square)',
            'return layers.Dense(1, activation="sigmoid")(ops.sum(chi_square, axis=-1, keepdims=True))',
            "You add the differences before the layer, so there is only one weight. Each coordinate has its own.",
        ),
    ),
)


# ---- part 6: where to put the threshold


def measured_pairs(rng: np.random.Generator, num_same: int, num_different: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances in steps of 1/8, those of one person smaller on average, and which pairs show one person."""
    distances = np.concatenate([rng.integers(0, 17, num_same), rng.integers(6, 25, num_different)]) / 8
    same = np.repeat([True, False], [num_same, num_different])
    order = rng.permutation(len(same))
    return distances[order], same[order]


def cases_roc_curve(rng: np.random.Generator) -> Iterator[Case]:
    distances, same = measured_pairs(rng, 6, 14)
    yield Case("six pairs of one person, 14 of two", (distances, same, np.arange(0, 26, 3) / 8))
    distances = np.array([0.25, 0.5, 0.75, 0.5, 0.75, 1.0, 1.25, 1.5])
    same = np.array([True, True, True, False, False, False, False, False])
    yield Case("thresholds that are equal to distances", (distances, same, np.array([0.25, 0.5, 0.75, 2.0])))
    distances, same = measured_pairs(rng, 9, 5)
    yield Case("one threshold, by name", (), {"distances": distances, "same": same, "thresholds": np.array([1.3125])})


roc_curve = Exercise(
    name="roc_curve",
    points=7,
    cases=cases_roc_curve,
    mistakes=(
        Mistake(
            "accepts_above",
            "distances[None, :] < thresholds[:, None]",
            "distances[None, :] > thresholds[:, None]",
            "You accept pairs that are far apart. A pair is accepted *below* the threshold.",
        ),
        Mistake(
            "accepts_at_the_threshold",
            "distances[None, :] < thresholds[:, None]",
            "distances[None, :] <= thresholds[:, None]",
            "A distance that is equal to the threshold is not below it.",
        ),
        Mistake(
            "swapped",
            "return false_accept_rates, true_accept_rates",
            "return true_accept_rates, false_accept_rates",
            "The two results are swapped: first the false-accept rates, then the true-accept rates.",
        ),
        Mistake(
            "shares_of_all_pairs",
            "    return false_accept_rates, true_accept_rates\n",
            "    return false_accept_rates * np.mean(~same), true_accept_rates * np.mean(same)\n",
            "You divide by the number of all pairs. Each rate is a share of its own kind of pairs.",
        ),
        Mistake(
            "counts",
            "    return false_accept_rates, true_accept_rates\n",
            "    return false_accept_rates * np.sum(~same), true_accept_rates * np.sum(same)\n",
            "You return numbers of pairs. Divide them by how many pairs of that kind there are.",
        ),
        Mistake(
            "false_rejects",
            "return false_accept_rates, true_accept_rates",
            "return false_accept_rates, 1 - true_accept_rates",
            "Your second result falls where it should rise: it counts the rejected pairs of one person.",
        ),
        Mistake(
            "shares_of_the_accepted",
            "    return false_accept_rates, true_accept_rates\n",
            "    accepts = np.maximum(np.sum(accepted, axis=1), 1)\n"
            "    return np.sum(accepted[:, ~same], axis=1) / accepts, np.sum(accepted[:, same], axis=1) / accepts\n",
            "You divide by the number of accepted pairs. Divide by how many pairs of that kind there are.",
        ),
    ),
)


def cases_choose_threshold(rng: np.random.Generator) -> Iterator[Case]:
    distances, same = measured_pairs(rng, 12, 16)
    distances[~same] = rng.permutation(np.arange(9, 25)) / 8  # sixteen distinct ones
    thresholds = np.arange(0, 29) / 8 + 1 / 16
    yield Case("at most one in eight", (distances, same, thresholds, 0.125), tolerance=TOLERANCE)
    yield Case("the default: one in a thousand", (distances, same, thresholds), tolerance=TOLERANCE)
    arguments = {"distances": distances, "same": same, "thresholds": thresholds[::2], "max_false_accept_rate": 0.5}
    yield Case("every second threshold, by name", (), arguments, tolerance=TOLERANCE)


choose_threshold = Exercise(
    name="choose_threshold",
    points=5,
    cases=cases_choose_threshold,
    mistakes=(
        Mistake(
            "smallest",
            "np.max(thresholds[",
            "np.min(thresholds[",
            "You took the smallest threshold: nobody gets in at all. Take the largest that keeps the limit.",
        ),
        Mistake(
            "strictly_below",
            "false_accept_rates <= max_false_accept_rate",
            "false_accept_rates < max_false_accept_rate",
            "A rate that is exactly the limit is still allowed.",
        ),
        Mistake(
            "first_above",
            "float(np.max(thresholds[false_accept_rates <= max_false_accept_rate]))",
            "float(np.min(thresholds[false_accept_rates > max_false_accept_rate]))",
            "Your threshold is one step too large: it is the first that breaks the promise.",
        ),
        Mistake(
            "place_instead_of_threshold",
            "float(np.max(thresholds[false_accept_rates <= max_false_accept_rate]))",
            "int(np.max(np.flatnonzero(false_accept_rates <= max_false_accept_rate)))",
            "You return the place of the threshold in the array. Return the threshold itself.",
        ),
        Mistake(
            "true_accepts",
            "false_accept_rates, _ = roc_curve",
            "_, false_accept_rates = roc_curve",
            "It looks as if you limit the true accepts. The limit is for the false ones.",
        ),
        Mistake(
            "fixed_limit",
            "<= max_false_accept_rate",
            "<= 0.001",
            "Your limit is always 0.001. Use the argument max_false_accept_rate.",
        ),
    ),
)


exercises = [
    squared_distance,
    verify,
    who_is_it,
    triplet_loss,
    pairwise_distances,
    semi_hard_negatives,
    batch_hard,
    absolute_difference_head,
    chi_square_head,
    roc_curve,
    choose_threshold,
]
