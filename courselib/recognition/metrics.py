"""How good embeddings are: verification (is it the person they say?) and identification (who is it?).

A pair of pictures is accepted as one person when its distance is *below* a threshold. Of the pairs of one person, the
share that is accepted is the true-accept rate; of the pairs of two people, it is the false-accept rate.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from courselib.recognition.distances import pairwise_distances


def verification_pairs(embeddings: Any, identities: Any) -> tuple[np.ndarray, np.ndarray]:
    """The squared distances of all pairs of pictures, and which of the pairs show one person.

    Args:
        embeddings: Of shape `(m, d)`.
        identities: Who is on each picture, of shape `(m,)`.

    Returns:
        `(distances, same)`, of shape `(m * (m - 1) / 2,)`; `same` is boolean.
    """
    distances, identities = pairwise_distances(embeddings), np.asarray(identities)
    first, second = np.triu_indices(len(distances), k=1)
    return distances[first, second], identities[first] == identities[second]


def roc_curve(distances: Any, same: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The two kinds of accepts at every threshold that makes a difference.

    Args:
        distances: Of pairs, of shape `(n,)`.
        same: Whether each pair shows one person, boolean, of shape `(n,)`; both kinds must be there.

    Returns:
        `(false_accept_rates, true_accept_rates, thresholds)`: rising from 0 to 1 with rising thresholds, of which the
        last is infinite. Pairs with a distance below a threshold are accepted.

    Raises:
        ValueError: If the shapes differ, or pairs of one kind are missing.
    """
    from sklearn import metrics

    distances, same = _checked(distances, same)
    false_accepts, true_accepts, scores = metrics.roc_curve(same, -distances, drop_intermediate=False)
    return false_accepts, true_accepts, np.append(-scores[1:], np.inf)  # accepted is what is below the next distance


def area_under_roc(distances: Any, same: Any) -> float:
    """The area under the ROC curve: how often a pair of one person is closer than a pair of two, in [0, 1].

    Args:
        distances: As in `roc_curve`.
        same: As in `roc_curve`.
    """
    from sklearn import metrics

    distances, same = _checked(distances, same)
    return float(metrics.roc_auc_score(same, -distances))


def choose_threshold(distances: Any, same: Any, false_accept_rate: float = 1e-3) -> float:
    """The largest threshold at which no more than this share of strangers is accepted.

    Choose it on other people than those on whom you report its rates.

    Args:
        distances: As in `roc_curve`.
        same: As in `roc_curve`.
        false_accept_rate: In [0, 1): 0.001 is one stranger in a thousand.

    Returns:
        A threshold for squared distances. Accept what is below it.

    Raises:
        ValueError: For a rate out of range, and as in `roc_curve`.
    """
    if not 0 <= false_accept_rate < 1:
        raise ValueError(f"Expected a rate from 0 to below 1. Received: false_accept_rate={false_accept_rate}.")
    distances, same = _checked(distances, same)
    strangers = np.sort(distances[~same])
    return float(strangers[int(false_accept_rate * len(strangers) + 1e-9)])


def true_accepts_at(distances: Any, same: Any, false_accept_rate: float = 1e-3) -> float:
    """The share of pairs of one person that is accepted when strangers are accepted at a given rate.

    Args:
        distances: As in `roc_curve`.
        same: As in `roc_curve`.
        false_accept_rate: As in `choose_threshold`.
    """
    distances, same = _checked(distances, same)
    return float(np.mean(distances[same] < choose_threshold(distances, same, false_accept_rate)))


def rank_one(embeddings: Any, identities: Any) -> float:
    """One-shot identification: how often the nearest person is the right one, in [0, 1].

    The first picture of each person is the gallery. Each other picture is compared with it.

    Args:
        embeddings: Of shape `(m, d)`.
        identities: Of shape `(m,)`.

    Raises:
        ValueError: If nobody has a second picture.
    """
    embeddings, identities = np.asarray(embeddings), np.asarray(identities)
    people, first = np.unique(identities, return_index=True)
    rest = np.setdiff1d(np.arange(len(identities)), first)
    if not len(rest):
        raise ValueError("Expected a second picture of somebody. Received one picture of each person.")
    nearest = pairwise_distances(embeddings[rest], embeddings[first]).argmin(axis=1)
    return float(np.mean(people[nearest] == identities[rest]))


def strangers_rejected(embeddings: Any, strangers: Any, threshold: float) -> float:
    """How often a picture of a stranger is further than the threshold from everybody in a gallery, in [0, 1].

    Args:
        embeddings: The gallery, of shape `(k, d)`.
        strangers: Embeddings of people who are not in it, of shape `(m, d)`.
        threshold: For squared distances.
    """
    return float(np.mean(pairwise_distances(strangers, embeddings).min(axis=1) >= threshold))


class VerificationReport(NamedTuple):
    """How good embeddings are, in four numbers.

    Attributes:
        auc: The area under the ROC curve.
        true_accepts: The true-accept rate where one stranger in a thousand is accepted.
        threshold: The squared distance at which that is so.
        rank_one: One-shot identification among `gallery_size` people.
    """

    auc: float
    true_accepts: float
    threshold: float
    rank_one: float

    def __str__(self) -> str:
        return (
            f"AUC {self.auc:.4f}, true accepts {self.true_accepts:.3f} at 1 in 1,000 false ones (squared distance "
            f"{self.threshold:.3f}), rank-1 {self.rank_one:.3f}"
        )


def verification_report(embeddings: Any, identities: Any, gallery_size: int = 100) -> VerificationReport:
    """Measure embeddings of several pictures of several people.

    Args:
        embeddings: Of shape `(m, d)`.
        identities: Who is on each picture, of shape `(m,)`.
        gallery_size: Identification is measured among so many people at a time, and averaged.

    Raises:
        ValueError: As in `roc_curve` and `rank_one`.

    Example:
    ```python
    faces = load_faces(num_people=200, seed=5)
    print(verification_report(load_face_embedding().predict(faces.images), faces.identities))
    ```
    """
    embeddings, identities = np.asarray(embeddings), np.asarray(identities)
    distances, same = verification_pairs(embeddings, identities)
    people = np.unique(identities)
    groups = [people[i : i + gallery_size] for i in range(0, len(people), gallery_size)]
    chosen = [np.isin(identities, group) for group in groups]
    return VerificationReport(
        area_under_roc(distances, same),
        true_accepts_at(distances, same),
        choose_threshold(distances, same),
        float(np.mean([rank_one(embeddings[group], identities[group]) for group in chosen])),
    )


def _checked(distances: Any, same: Any) -> tuple[np.ndarray, np.ndarray]:
    distances, same = np.asarray(distances, np.float64), np.asarray(same, bool)
    if distances.ndim != 1 or distances.shape != same.shape:
        raise ValueError(
            f"Expected one distance and one answer for each pair. Received: shapes {distances.shape} and {same.shape}."
        )
    if same.all() or not same.any():
        raise ValueError(
            f"Expected pairs of one person and pairs of two. Received: {same.sum()} of {same.size} of one."
        )
    return distances, same
