"""The triplet loss, and a model that trains with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from courselib.recognition.distances import pairwise_distances
from courselib.recognition.mining import MINING, Mining

Loss = Callable[[Any, Any, float], Any]


def triplet_loss(y_true: Any, y_pred: Any, alpha: float = 0.2) -> Any:
    """How far triplets are from what they should be: the anchor closer to the positive than to the negative.

    The sum of `max(|A - P|^2 - |A - N|^2 + alpha, 0)`. The margin `alpha` forbids the easy way out, all embeddings
    equal. Reference: [Schroff et al., 2015](https://arxiv.org/abs/1503.03832).

    Args:
        y_true: Not used; Keras passes it.
        y_pred: Anchors, positives and negatives, each of shape `(m, d)`.
        alpha: By how much the negative has to be further away, as a squared distance.

    Returns:
        The sum over the triplets, a scalar tensor.
    """
    anchors, positives, negatives = y_pred[0], y_pred[1], y_pred[2]
    to_positive = ops.sum(ops.square(anchors - positives), axis=-1)  # (m,)
    to_negative = ops.sum(ops.square(anchors - negatives), axis=-1)  # (m,)
    return ops.sum(ops.relu(to_positive - to_negative + alpha))


class TripletModel(keras.Model):  # type: ignore[misc]
    """A network that is trained on triplets out of a batch; its targets are their indices.

    Args:
        network: A model from pictures to embeddings `(m, d)`.
        alpha: The margin.
        loss: A function like `triplet_loss`.

    Example:
    ```python
    model = TripletModel(network)
    model.compile("adam", jit_compile=False)
    triplets = semi_hard_triplets(pairwise_distances(embeddings), identities, alpha=0.2)
    model.train_on_batch(images, triplets)  # (m, 64, 64, 3) and (k, 3)
    ```
    """

    def __init__(self, network: keras.Model, alpha: float = 0.2, loss: Loss = triplet_loss) -> None:
        super().__init__()
        self.network, self.alpha, self.triplet_loss = network, alpha, loss

    def call(self, images: Any, training: bool | None = None) -> Any:
        return self.network(images, training=training)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The mean loss of the triplets `y`, of shape `(k, 3)`, out of the embeddings `y_pred`."""
        triplets = ops.cast(y, "int32")
        points = [ops.take(y_pred, triplets[:, i], axis=0) for i in range(3)]  # each (k, d)
        return self.triplet_loss(None, points, self.alpha) / triplets.shape[0]


def fit_triplets(
    network: keras.Model,
    images: np.ndarray,
    identities: np.ndarray,
    mining: str | Mining = "semi-hard",
    *,
    steps: int = 300,
    people: int = 16,
    pictures: int = 4,
    alpha: float = 0.2,
    learning_rate: float = 1e-3,
    loss: Loss = triplet_loss,
    seed: int = 0,
) -> dict[str, list[float]]:
    """Train an embedding on triplets, which are chosen anew from each batch with the distances of that moment.

    Args:
        network: A model from pictures to embeddings `(m, d)`. It is changed.
        images: Of shape `(m, n_H, n_W, n_C)`.
        identities: Who is on each picture, of shape `(m,)`.
        mining: `"random"`, `"semi-hard"`, `"batch-hard"`, or a function `(distances, labels, alpha, rng)` that returns
            triplets of indices, of shape `(k, 3)`.
        steps: Batches to train on.
        people: People in a batch.
        pictures: Pictures of each of them in a batch, with repetition where there are fewer.
        alpha: The margin.
        learning_rate: Of Adam at the start; it falls along a cosine.
        loss: A function like `triplet_loss`.
        seed: Of the batches.

    Returns:
        For each step: `"loss"`, the mean over its triplets, and `"active"`, the share of random triplets of its batch
        whose loss is above zero, which says how much chance alone would still have taught.

    Raises:
        ValueError: For an unknown kind of mining.
    """
    if isinstance(mining, str) and mining not in MINING:
        raise ValueError(f"Expected mining to be one of {', '.join(MINING)}, or a function. Received: {mining!r}.")
    mine = MINING[mining] if isinstance(mining, str) else mining
    rng = np.random.default_rng(seed)
    model = TripletModel(network, alpha, loss)
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    model.compile(keras.optimizers.Adam(schedule), jit_compile=False)
    everybody = [np.flatnonzero(identities == person) for person in np.unique(identities)]
    num_triplets = 3 * people * pictures  # the same in each step, so that nothing is compiled twice
    history: dict[str, list[float]] = {"loss": [], "active": []}
    for _ in range(steps):
        chosen = rng.choice(len(everybody), people, replace=len(everybody) < people)
        batch = np.concatenate([rng.choice(everybody[i], pictures, replace=len(everybody[i]) < pictures)
                                for i in chosen])  # fmt: skip
        distances = pairwise_distances(np.asarray(network.predict_on_batch(images[batch])))
        labels = identities[batch]
        triplets = mine(distances, labels, alpha, rng)
        if len(triplets):
            triplets = rng.choice(triplets, num_triplets)
            model.reset_metrics()  # or Keras would report the mean of all steps so far
            history["loss"].append(float(model.train_on_batch(images[batch], triplets)))
        by_chance = MINING["random"](distances, labels, alpha, rng)
        a, p, n = by_chance.T
        history["active"].append(float(np.mean(distances[a, p] - distances[a, n] + alpha > 0)))
    return history
