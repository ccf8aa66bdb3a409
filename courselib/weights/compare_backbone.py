"""Measure what the backbone is worth: `python -m courselib.weights.compare_backbone`.

Real photographs of faces and of no faces, a few of them labelled, and one network trained in three ways: from scratch;
with the shipped weights frozen under a new head; and that one fine-tuned. It prints the numbers of the card backbone.md
in some minutes.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from courselib.datasets import load_face_patches
from courselib.models import SmallBackbone, load_backbone

Ways = dict[str, float]


def classifier(backbone: keras.Model) -> keras.Model:
    """The backbone with global average pooling, dropout and one unit on top, for gray pictures."""
    inputs = keras.Input((25, 25, 1))
    X = layers.Concatenate()([inputs, inputs, inputs])  # (m, 25, 25, 3)
    X = layers.GlobalAveragePooling2D()(backbone(X))  # (m, 256)
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(layers.Dropout(0.2)(X)))


def fit(model: keras.Model, x: np.ndarray, y: np.ndarray, rate: float, epochs: int) -> None:
    """Train what is trainable."""
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", jit_compile=False)
    model.fit(x, y, batch_size=8, epochs=epochs, verbose=0)


def accuracies(num_train: int, seed: int) -> Ways:
    """The test accuracy of each way on one split."""
    x_train, y_train, x_test, y_test, _ = load_face_patches(num_train, seed)

    def accuracy(model: keras.Model) -> float:
        return float(((model.predict(x_test, verbose=0)[:, 0] > 0.5) == y_test).mean())

    keras.utils.clear_session()  # forget the models of the last split
    keras.utils.set_random_seed(seed)
    found: Ways = {}
    scratch = classifier(SmallBackbone())
    fit(scratch, x_train, y_train, 1e-3, 30)
    found["from scratch"] = accuracy(scratch)

    backbone = load_backbone()
    backbone.trainable = False  # batch normalisation then uses what it has learned
    model = classifier(backbone)
    fit(model, x_train, y_train, 1e-2, 30)
    found["frozen backbone"] = accuracy(model)

    backbone.trainable = True
    for layer in backbone.layers:
        layer.trainable = layer.name == "conv4"
    fit(model, x_train, y_train, 1e-4, 10)
    found["fine-tuned"] = accuracy(model)
    return found


def main() -> None:
    """Print a line for each number of labelled photographs and way: the mean and the lowest of ten splits."""
    for num_train in (40, 20, 10):
        runs = [accuracies(num_train, seed) for seed in range(10)]
        for way in runs[0]:
            values = np.array([run[way] for run in runs])
            print(f"{num_train} labelled, {way}: mean {values.mean():.3f}, lowest {values.min():.3f}", flush=True)


if __name__ == "__main__":
    main()
