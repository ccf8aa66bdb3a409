"""Mining against loops over all triplets; the triplet loss against NumPy; training that teaches something."""

import itertools

import keras
import numpy as np
import pytest

from courselib.recognition import (
    TripletModel,
    batch_hard_triplets,
    fit_triplets,
    pairwise_distances,
    random_triplets,
    semi_hard_triplets,
    triplet_loss,
    verification_report,
)

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def batch() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat([3, 5, 8, 9], 3))
    return pairwise_distances(rng.normal(size=(12, 3))), labels


def test_semi_hard(batch: tuple[np.ndarray, np.ndarray]) -> None:
    distances, labels = batch
    expected = [
        [a, p, n]
        for a, p, n in itertools.product(range(12), repeat=3)
        if a != p and labels[a] == labels[p] != labels[n] and distances[a, p] < distances[a, n] < distances[a, p] + 0.7
    ]
    assert 0 < len(expected) < 300
    assert semi_hard_triplets(distances, labels, 0.7).tolist() == expected
    assert semi_hard_triplets(distances, labels, 0.0).shape == (0, 3)


def test_batch_hard(batch: tuple[np.ndarray, np.ndarray]) -> None:
    distances, labels = batch
    for a, p, n in batch_hard_triplets(distances, labels):
        assert distances[a, p] == max(distances[a, i] for i in range(12) if labels[i] == labels[a])
        assert distances[a, n] == min(distances[a, i] for i in range(12) if labels[i] != labels[a])


def test_random(batch: tuple[np.ndarray, np.ndarray]) -> None:
    distances, labels = batch
    triplets = random_triplets(distances, labels, 0.2, np.random.default_rng(1))
    a, p, n = triplets.T
    assert len(triplets) == 12 * 2
    assert (labels[a] == labels[p]).all()
    assert (a != p).all()
    assert (labels[a] != labels[n]).all()
    again = random_triplets(distances, labels, 0.2, np.random.default_rng(1))
    np.testing.assert_array_equal(triplets, again)


def test_triplet_loss_and_model() -> None:
    A, P, N = np.random.default_rng(2).normal(size=(3, 10, 4)).astype("float32")
    losses = np.maximum(((A - P) ** 2).sum(axis=1) - ((A - N) ** 2).sum(axis=1) + 0.5, 0)
    assert (losses == 0).any()
    assert float(triplet_loss(None, [A, P, N], 0.5)) == pytest.approx(losses.sum(), rel=1e-5)

    model = TripletModel(keras.Sequential([keras.Input((4,)), keras.layers.Identity()]), alpha=0.5)
    triplets = np.arange(30).reshape(3, 10).T
    loss = model.compute_loss(y=triplets, y_pred=np.concatenate([A, P, N]))
    assert float(loss) == pytest.approx(losses.mean(), rel=1e-5)


def test_training_separates_people() -> None:
    rng = np.random.default_rng(4)
    identities = np.repeat(np.arange(20), 6)
    signal = rng.normal(size=(20, 2))[identities]
    x = np.concatenate([signal, 3 * rng.normal(size=(120, 6))], axis=1).astype("float32")  # two useful coordinates of 8
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(4, use_bias=False), keras.layers.UnitNormalization()]
    )
    before = verification_report(network.predict(x, verbose=0), identities).auc
    options = {"steps": 200, "people": 8, "pictures": 3, "learning_rate": 0.05}
    history = fit_triplets(network, x, identities, "semi-hard", **options)
    after = verification_report(network.predict(x, verbose=0), identities).auc
    assert len(history["active"]) == 200
    assert before < 0.65
    assert after > 0.93


def test_the_history_tells_the_loss_of_each_step() -> None:
    x = np.random.default_rng(5).normal(size=(12, 3)).astype("float32")
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, kernel_initializer="identity")])
    expected = []

    def first_triplet(distances, labels, alpha, rng):
        a, p = 0, 1
        n = next(i for i in range(12) if labels[i] != labels[a])
        expected.append(max(distances[a, p] - distances[a, n] + alpha, 0))
        return np.array([[a, p, n]])

    options = {"steps": 6, "people": 3, "alpha": 2.0, "learning_rate": 0.0}  # nothing is learned
    history = fit_triplets(network, x, np.repeat([0, 1, 2], 4), first_triplet, **options)
    assert len(set(expected)) > 2
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-4)


def test_unknown_mining() -> None:
    with pytest.raises(ValueError, match=r"random, semi-hard, batch-hard, or a function. Received: 'hard'"):
        fit_triplets(None, np.zeros((2, 1)), np.zeros(2), "hard")
