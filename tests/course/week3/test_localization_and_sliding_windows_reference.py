"""The solutions of localization_and_sliding_windows against references that share no code with them.

Sums written number by number, SciPy, the classifier itself on single crops, and the library's version.
"""

import numpy as np
import pytest
from scipy import signal

pytestmark = pytest.mark.tensorflow

TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}
DRAWN = [(5, 16, 2), (5, 400, 1), (1, 400, 1), (1, 4, 1)]


@pytest.fixture
def rng():
    return np.random.default_rng(30)


@pytest.fixture(scope="module")
def classifier(solution):
    """The classifier that the notebook draws, with random weights and biases that are not 0."""
    layers = solution.keras.layers
    model = solution.keras.Sequential(
        [
            solution.keras.Input((14, 14, 3)),
            layers.Conv2D(16, 5, activation="relu", bias_initializer="random_normal"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(400, activation="relu", bias_initializer="random_normal"),
            layers.Dense(400, activation="relu", bias_initializer="random_normal"),
            layers.Dense(4, activation="softmax", bias_initializer="random_normal"),
        ]
    )
    return model


def numpy_of(solution, tensor):
    return solution.keras.ops.convert_to_numpy(tensor)


# ---- targets and the loss


def test_box_target(solution):
    np.testing.assert_allclose(
        solution.box_target(1, (0.25, 0.5, 0.75, 0.125), 2, 4), [1, 0.25, 0.5, 0.75, 0.125, 0, 0, 1, 0]
    )
    np.testing.assert_array_equal(solution.box_target(0, None, None, 2), [0] * 7)


@pytest.mark.parametrize(("num_landmarks", "n_H", "n_W"), [(1, 10, 20), (64, 96, 128), (5, 7, 7)])
def test_landmark_target(solution, rng, num_landmarks, n_H, n_W):
    landmarks = rng.uniform(0, [n_W, n_H], size=(num_landmarks, 2))
    y = solution.landmark_target(1, landmarks, n_H, n_W)
    assert y.shape == (1 + 2 * num_landmarks,)
    assert y[0] == 1
    np.testing.assert_allclose(y[1::2] * n_W, landmarks[:, 0])
    np.testing.assert_allclose(y[2::2] * n_H, landmarks[:, 1])
    assert not solution.landmark_target(0, landmarks, n_H, n_W).any()


@pytest.mark.parametrize("as_tensor", [False, True])
@pytest.mark.parametrize("num_classes", [1, 3])
def test_localization_loss_against_the_formula(solution, rng, num_classes, as_tensor):
    y_true = rng.random((12, 5 + num_classes)).astype("float32")
    y_true[:, 0] = np.arange(12) % 3 > 0
    y_pred = rng.normal(size=y_true.shape).astype("float32")
    expected = []
    for truth, guess in zip(y_true.tolist(), y_pred.tolist(), strict=True):
        terms = [(t - g) ** 2 for t, g in zip(truth, guess, strict=True)]
        expected.append(sum(terms) if truth[0] == 1 else terms[0])
    convert = solution.keras.ops.convert_to_tensor if as_tensor else np.asarray
    loss = solution.localization_loss(convert(y_true), convert(y_pred))
    np.testing.assert_allclose(numpy_of(solution, loss), expected, **TOLERANCE)


def test_boxes_of_empty_pictures_get_no_gradient(solution, rng):
    """After many steps on empty pictures only the first output has changed."""
    keras = solution.keras
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8)])
    model.compile("sgd", solution.localization_loss, run_eagerly=True)
    before = [weight.copy() for weight in model.get_weights()]
    for _ in range(5):
        model.train_on_batch(rng.normal(size=(4, 6)).astype("float32"), np.zeros((4, 8), "float32"))
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old[..., 1:], new[..., 1:])
        assert (old[..., 0] != new[..., 0]).all()


# ---- windows


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize(
    ("shape", "window", "stride"), [((5, 8, 1), 3, 2), ((9, 6, 3), 4, 1), ((7, 7, 2), 7, 3), ((10, 12, 1), 4, 5)]
)
def test_sliding_windows(solution, rng, shape, window, stride, dtype):
    from courselib.detection import sliding_windows

    image = rng.integers(0, 256, size=shape).astype(dtype)
    windows, count = solution.sliding_windows(image, window, stride)
    corners = [
        (top, left)
        for top in range(shape[0])
        for left in range(shape[1])
        if top % stride == 0 and left % stride == 0 and top + window <= shape[0] and left + window <= shape[1]
    ]
    assert count == len(corners) == len(windows)
    assert windows.dtype == dtype
    for (top, left), one in zip(corners, windows, strict=True):
        for h, w in np.ndindex(window, window):
            np.testing.assert_array_equal(one[h, w], image[top + h, left + w])
    library, library_count = sliding_windows(image, window, stride)
    np.testing.assert_array_equal(windows, library)
    assert count == library_count


@pytest.mark.parametrize(("scale", "stride"), [(0.25, 4), (0.5, 4), (2.0, 2)])
def test_window_box_points_at_the_same_pixels(solution, scale, stride):
    """A picture whose pixels know where they are: the window of the resized one has its box in the original."""
    coordinates = np.stack(np.mgrid[:64, :64], axis=-1).astype(float)  # (64, 64, 2)
    step = int(1 / scale) if scale < 1 else 1
    resized = coordinates[::step, ::step] if scale < 1 else coordinates.repeat(2, axis=0).repeat(2, axis=1)
    window, (row, column) = 8, (1, 2)
    corner = resized[row * stride, column * stride]
    box = solution.window_box(row, column, stride, window, scale)
    np.testing.assert_allclose(box, (*corner, *(corner + window / scale)))


# ---- dense layers as convolutions


@pytest.mark.parametrize(("n_H", "n_W", "n_C", "units"), [(5, 5, 16, 40), (2, 3, 4, 5), (1, 1, 7, 3)])
def test_filters_do_what_the_dense_layer_does(solution, rng, n_H, n_W, n_C, units):
    W, volume = rng.normal(size=(n_H * n_W * n_C, units)), rng.normal(size=(n_H, n_W, n_C))
    filters = solution.dense_to_filters(W, n_H, n_W)
    convolved = [signal.correlate(volume, filters[..., k], mode="valid").item() for k in range(units)]
    np.testing.assert_allclose(convolved, volume.reshape(-1) @ W)


@pytest.mark.parametrize(("side", "places"), [(14, 1), (15, 1), (16, 2), (28, 8)])
def test_the_map_is_the_classifier_on_each_crop(solution, classifier, rng, side, places):
    image = rng.random((side, side, 3)).astype("float32")
    model = solution.dense_to_conv(classifier)
    assert model.count_params() == classifier.count_params()
    output = numpy_of(solution, model(image[None]))
    assert output.shape == (1, places, places, 4)
    for row, column in np.ndindex(places, places):
        crop = image[2 * row : 2 * row + 14, 2 * column : 2 * column + 14]
        np.testing.assert_allclose(output[0, row, column], numpy_of(solution, classifier(crop[None]))[0], **TOLERANCE)


def test_the_map_is_the_librarys(solution, classifier, rng):
    from courselib.detection import dense_to_conv

    image = rng.random((2, 20, 26, 3)).astype("float32")
    ours, theirs = solution.dense_to_conv(classifier)(image), dense_to_conv(classifier)(image)
    np.testing.assert_allclose(numpy_of(solution, ours), numpy_of(solution, theirs), **TOLERANCE)


# ---- counting


@pytest.mark.parametrize(("n", "n_C", "layers"), [(14, 3, DRAWN), (28, 3, DRAWN), (11, 2, [(3, 4, 3), (2, 5, 1)])])
def test_multiplications_are_counted_one_by_one(solution, n, n_C, layers):
    total, height, depth = 0, n, n_C
    for f, n_filters, pool in layers:
        places = [h for h in range(height) if h + f <= height]
        total += sum(f * f * depth * n_filters for _ in places for _ in places)
        height, depth = len(places) // pool, n_filters
    assert solution.count_multiplications(n, n_C, layers) == total


def test_what_is_saved(solution):
    # From the table of the classifier: 10 x 10 x 16 numbers of 75 products each, then 400 x 400, 400 x 400, 400 x 4.
    one = 1600 * 75 + 160_000 + 160_000 + 1600
    at_once = 24 * 24 * 16 * 75 + 64 * (160_000 + 160_000 + 1600)
    assert solution.multiplications_saved(14, 14, 2, 3, DRAWN) == 0
    assert solution.multiplications_saved(28, 14, 2, 3, DRAWN) == 64 * one - at_once
