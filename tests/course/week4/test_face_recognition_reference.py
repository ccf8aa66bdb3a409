"""The solutions of face_recognition against references that share no code with them.

SciPy, scikit-learn, loops written from the definitions, and finite differences.
"""

import itertools

import keras
import numpy as np
import pytest
from PIL import Image
from scipy.spatial.distance import cdist, sqeuclidean
from sklearn import metrics

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)


# ---- distances


@pytest.mark.parametrize("d", [1, 3, 128])
def test_distances_are_scipys(solution, rng, d):
    embeddings = rng.normal(size=(7, d))
    assert solution.squared_distance(embeddings[0], embeddings[1]) == pytest.approx(sqeuclidean(*embeddings[:2]))
    table = solution.pairwise_distances(embeddings)
    np.testing.assert_allclose(table, cdist(embeddings, embeddings, "sqeuclidean"), atol=1e-9)
    assert (solution.pairwise_distances(1000 + embeddings.astype("float32") / 1000) >= 0).all()


# ---- the door


@pytest.fixture
def door(solution, rng, tmp_path):
    """Five people whose pictures have one colour each, a network that reads the colour, and their encodings."""
    colors = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [250, 250, 0], [200, 200, 200]], np.uint8)
    model = keras.Sequential([keras.Input((64, 64, 3)), keras.layers.GlobalAveragePooling2D()])
    paths = []
    for i, color in enumerate(colors):
        Image.fromarray(np.broadcast_to(color, (40 + i, 50, 3)).copy()).save(tmp_path / f"{i}.png")  # other sizes, too
        paths.append(str(tmp_path / f"{i}.png"))
    database = {f"person {i}": color / 255 for i, color in enumerate(colors[:4])}
    return paths, database, model, colors / 255


def test_verify(solution, door):
    paths, database, model, colors = door
    opened = 0
    for (path, color), name in itertools.product(zip(paths, colors, strict=True), database):
        distance, is_open = solution.verify(path, name, database, model)
        assert distance == pytest.approx(sqeuclidean(color, database[name]), abs=1e-3)
        assert is_open is (distance < solution.TAU)
        opened += is_open
    assert 4 <= opened < 12


def test_who_is_it(solution, door):
    paths, database, model, _ = door
    for i, path in enumerate(paths[:4]):
        distance, name = solution.who_is_it(path, database, model)
        assert name == f"person {i}"
        assert distance == pytest.approx(0, abs=1e-3)
    only_green = {"person 1": database["person 1"]}
    distance, name = solution.who_is_it(paths[0], only_green, model)
    assert name is None
    assert distance == pytest.approx(2, abs=1e-3)


# ---- triplets


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_triplet_loss(solution, rng, alpha):
    A, P, N = rng.normal(size=(3, 9, 4)) / 2
    expected = sum(max(sqeuclidean(a, p) - sqeuclidean(a, n) + alpha, 0) for a, p, n in zip(A, P, N, strict=True))
    assert float(solution.triplet_loss(None, [A, P, N], alpha)) == pytest.approx(expected, rel=1e-5)
    equal = np.ones((5, 4))
    assert float(solution.triplet_loss(None, [equal] * 3)) == pytest.approx(5 * 0.2)


def test_the_gradient_of_the_triplet_loss(solution, rng):
    """One step of gradient descent against finite differences of the formula."""
    points = rng.normal(size=(3, 6, 4)) / 2

    def formula(points):
        A, P, N = points
        return sum(max(sqeuclidean(a, p) - sqeuclidean(a, n) + 0.2, 0) for a, p, n in zip(A, P, N, strict=True))

    expected = np.zeros(points.shape)
    for index in np.ndindex(points.shape):
        step = np.zeros(points.shape)
        step[index] = 1e-5
        expected[index] = (formula(points + step) - formula(points - step)) / 2e-5

    table = keras.Sequential([keras.Input((18,), dtype="int32"), keras.layers.Embedding(18, 4)])

    def loss(y_true, y_pred):
        return solution.triplet_loss(y_true, [y_pred[0, :6], y_pred[0, 6:12], y_pred[0, 12:]])

    table.compile(keras.optimizers.SGD(1.0), loss, run_eagerly=True, jit_compile=False)
    table.layers[-1].set_weights([points.reshape(18, 4)])
    table.train_on_batch(np.arange(18)[None], np.zeros((1, 1)))
    measured = points - table.layers[-1].get_weights()[0].reshape(points.shape)
    np.testing.assert_allclose(measured, expected, atol=1e-4)


@pytest.mark.parametrize("margin", [0.1, 0.5, 2.0])
def test_semi_hard_negatives(solution, rng, margin):
    labels = rng.integers(0, 4, size=11)
    distances = cdist(*[rng.normal(size=(11, 2))] * 2, "sqeuclidean")
    mask = solution.semi_hard_negatives(distances, labels, margin)
    assert mask.shape == (11, 11, 11)
    for a, p, n in np.ndindex(mask.shape):
        triplet = a != p and labels[a] == labels[p] and labels[a] != labels[n]
        assert mask[a, p, n] == (triplet and 0 < distances[a, n] - distances[a, p] < margin)


def test_batch_hard(solution, rng):
    labels = rng.permutation(np.repeat([1, 4, 6], 4))
    distances = cdist(*[rng.normal(size=(12, 3))] * 2, "sqeuclidean")
    positives, negatives = solution.batch_hard(distances, labels)
    for i in range(12):
        order = np.argsort(distances[i])
        assert positives[i] == [j for j in order if labels[j] == labels[i]][-1]
        assert negatives[i] == next(j for j in order if labels[j] != labels[i])


# ---- heads


@pytest.mark.parametrize("name", ["absolute_difference_head", "chi_square_head"])
def test_heads(solution, rng, name):
    one, other = rng.uniform(size=(2, 8, 5)).astype("float32")
    one[:, 1] = other[:, 1] = 0
    f1, f2 = keras.Input((5,)), keras.Input((5,))
    model = keras.Model([f1, f2], getattr(solution, name)(f1, f2))
    w, b = rng.normal(size=5), 0.3
    model.set_weights([w[:, None], np.array([b])])
    expected = []
    for x, y in zip(one.astype(float), other.astype(float), strict=True):
        if name == "chi_square_head":
            parts = [0 if u + v == 0 else (u - v) ** 2 / (u + v) for u, v in zip(x, y, strict=True)]
        else:
            parts = [abs(u - v) for u, v in zip(x, y, strict=True)]
        expected.append([1 / (1 + np.exp(-(np.dot(w, parts) + b)))])
    np.testing.assert_allclose(model.predict([one, other], verbose=0), expected, rtol=1e-3)


# ---- thresholds


def test_roc_curve_is_scikit_learns(solution, rng):
    same = rng.random(300) < 0.4
    distances = rng.normal(1.5, 0.5, 300) - 0.7 * same
    false_accepts, true_accepts, scores = metrics.roc_curve(same, -distances, drop_intermediate=False)
    thresholds = np.nextafter(-scores[1:], np.inf)  # scikit-learn accepts at the threshold, too
    ours = solution.roc_curve(distances, same, thresholds)
    np.testing.assert_allclose(ours, [false_accepts[1:], true_accepts[1:]])


@pytest.mark.parametrize("limit", [0.0, 0.001, 0.05, 0.5])
def test_choose_threshold(solution, rng, limit):
    same = rng.random(300) < 0.4
    distances = rng.normal(1.5, 0.4, 300).clip(0.01) - 0.7 * same
    thresholds = np.linspace(-2, 4, 601)
    tau = solution.choose_threshold(distances, same, thresholds, limit)
    kept = [t for t in thresholds if np.count_nonzero(distances[~same] < t) <= limit * np.count_nonzero(~same)]
    assert tau == kept[-1]
    if limit == 0.001:
        assert solution.choose_threshold(distances, same, thresholds) == tau
