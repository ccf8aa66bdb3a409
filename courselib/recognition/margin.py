"""Training an embedding as a classifier of people: cosines instead of logits, and a margin."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("courselib")
class CosineClassifier(layers.Layer):  # type: ignore[misc]
    """A dense layer whose outputs are cosines: of the angle between an embedding and the direction of each class.

    The lengths of embeddings and weights cannot matter, so the network has to learn angles, and angles are what faces
    are compared by later. After training the layer is thrown away; the embedding stays.

    Args:
        num_classes: The number of people to train on.

    Input shape: `(m, d)`, embeddings of length 1.
    Output shape: `(m, num_classes)`, in [-1, 1].
    """

    def __init__(self, num_classes: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.num_classes = num_classes

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.num_classes), initializer="glorot_normal", name="kernel"
        )

    def call(self, embeddings: Any) -> Any:
        return ops.matmul(embeddings, ops.normalize(self.kernel, axis=0))  # (m, num_classes)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "num_classes": self.num_classes}


@keras.saving.register_keras_serializable("courselib")
class CosFaceLoss(keras.losses.Loss):  # type: ignore[misc]
    """Softmax cross-entropy of cosines, where the right class has to win by a margin.

    The cosine of the right class is lowered by `margin` before the softmax, so that being nearest is not enough:
    embeddings of one person move closer together than the classes alone demand. Reference: [Wang et al.,
    2018](https://arxiv.org/abs/1801.09414).

    Args:
        margin: What the right class has to win by, as a difference of cosines. A `keras.Variable` may grow during
            training: 0 is the easiest start.
        scale: What cosines are multiplied with. Without it the softmax of numbers in [-1, 1] stays almost flat.

    Example:
    ```python
    outputs = CosineClassifier(num_people)(network.output)
    classifier = keras.Model(network.input, outputs)
    classifier.compile("adam", CosFaceLoss(margin=0.2), jit_compile=False)
    classifier.fit(images, identities)
    ```
    """

    def __init__(self, margin: Any = 0.2, scale: float = 24.0, name: str = "cosface", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.margin, self.scale = margin, scale

    def call(self, y_true: Any, y_pred: Any) -> Any:
        identities = ops.cast(ops.reshape(y_true, (-1,)), "int32")
        right = ops.one_hot(identities, ops.shape(y_pred)[-1], dtype=y_pred.dtype)  # (m, num_classes)
        logits = self.scale * (y_pred - self.margin * right)
        return keras.losses.categorical_crossentropy(right, logits, from_logits=True)  # (m,)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "margin": float(self.margin), "scale": self.scale}
