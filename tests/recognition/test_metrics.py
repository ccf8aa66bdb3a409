"""Rates and thresholds against counting."""

import numpy as np
import pytest

from courselib.recognition import (
    area_under_roc,
    choose_threshold,
    rank_one,
    roc_curve,
    strangers_rejected,
    true_accepts_at,
    verification_pairs,
    verification_report,
)

pytestmark = pytest.mark.tensorflow  # the package imports Keras


@pytest.fixture(params=["all different", "many equal"])
def pairs(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    same = rng.random(400) < 0.3
    distances = rng.normal(1.5, 0.5, 400) - 0.6 * same
    return (distances if request.param == "all different" else distances.round(1)), same


def test_roc_by_counting(pairs: tuple[np.ndarray, np.ndarray]) -> None:
    distances, same = pairs
    false_accepts, true_accepts, thresholds = roc_curve(distances, same)
    assert thresholds.tolist() == [*np.unique(distances), np.inf]
    for false_rate, true_rate, tau in zip(false_accepts, true_accepts, thresholds, strict=True):
        assert false_rate == pytest.approx(np.mean(distances[~same] < tau))
        assert true_rate == pytest.approx(np.mean(distances[same] < tau))
    gaps = distances[~same][:, None] - distances[same]
    assert area_under_roc(distances, same) == pytest.approx(np.mean(gaps > 0) + np.mean(gaps == 0) / 2)


@pytest.mark.parametrize("rate", [0.0, 0.001, 0.01, 0.1, 0.5])
def test_the_threshold_is_the_largest_that_keeps_the_promise(pairs: tuple[np.ndarray, np.ndarray], rate: float) -> None:
    distances, same = pairs
    tau = choose_threshold(distances, same, rate)
    assert np.mean(distances[~same] < tau) <= rate
    assert np.mean(distances[~same] < np.nextafter(tau, np.inf)) > rate
    assert true_accepts_at(distances, same, rate) == np.mean(distances[same] < tau)


def test_a_rate_that_is_a_whole_number_of_strangers() -> None:
    distances, same = np.arange(11.0), np.arange(11) == 0
    assert choose_threshold(distances, same, 0.3) == 4.0  # accepts 1, 2 and 3 of ten, though 0.3 * 10 is 2.999...


def test_identification_by_counting() -> None:
    embeddings = np.array([[0.0], [10.0], [1.0], [9.0], [6.0]])
    identities = np.array([4, 7, 4, 7, 4])  # the last one is nearer to the other person
    assert rank_one(embeddings, identities) == pytest.approx(2 / 3)
    assert strangers_rejected(embeddings[:2], np.array([[1.0], [5.0], [20.0]]), threshold=4.0) == pytest.approx(2 / 3)


def test_pairs_and_report() -> None:
    rng = np.random.default_rng(3)
    identities = np.repeat(np.arange(6), 4)
    embeddings = rng.normal(size=(6, 8))[identities] + 0.9 * rng.normal(size=(24, 8))
    distances, same = verification_pairs(embeddings, identities)
    expected = [
        (np.sum((embeddings[i] - embeddings[j]) ** 2), identities[i] == identities[j])
        for i in range(24)
        for j in range(i + 1, 24)
    ]
    np.testing.assert_allclose(distances, [distance for distance, _ in expected])
    assert same.tolist() == [one for _, one in expected]
    report = verification_report(embeddings, identities, gallery_size=3)
    halves = [rank_one(embeddings[:12], identities[:12]), rank_one(embeddings[12:], identities[12:])]
    assert report.rank_one == pytest.approx(np.mean(halves))
    assert report.auc == pytest.approx(area_under_roc(distances, same))
    assert str(report).startswith(f"AUC {report.auc:.4f}, true accepts")


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match=r"pairs of one person and pairs of two. Received: 3 of 3 of one"):
        roc_curve(np.zeros(3), np.ones(3, bool))
    with pytest.raises(ValueError, match=r"one answer for each pair. Received: shapes \(3,\) and \(4,\)"):
        roc_curve(np.zeros(3), np.ones(4, bool))
    with pytest.raises(ValueError, match=r"from 0 to below 1. Received: false_accept_rate=1"):
        choose_threshold(np.zeros(2), np.array([True, False]), 1)
    with pytest.raises(ValueError, match="a second picture of somebody"):
        rank_one(np.zeros((3, 2)), np.arange(3))
