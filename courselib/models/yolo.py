"""TinyYOLO: a detector small enough to train on a laptop's CPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from courselib.models.blocks import convolution, residual
from courselib.weights import load_weights

STRIDE = 8
"""Pixels of a cell of the grid."""

DASHCAM_ANCHORS = ((4.5, 11.3), (10.3, 8.9), (9.2, 21.8), (18.8, 14.9), (31.7, 25.7), (55.6, 43.1))
"""`kmeans_anchors` of rendered road scenes of 128x192 pixels: widths and heights."""

_PRIOR_LOGIT = -4.6  # an untrained network believes in one place of a hundred


def TinyYOLO(
    input_shape: Sequence[int] = (128, 192, 3),
    num_classes: int = 5,
    anchors: Any = DASHCAM_ANCHORS,
    name: str = "tiny_yolo",
) -> keras.Model:
    """A fully convolutional one-stage detector with a fine grid: a cell is 8 pixels wide.

    Residual blocks down to 1/16 of the picture's size see enough to tell a truck from a car. Their result is enlarged
    and joined with the finer features at 1/8, on which the predictions are made, so that objects of 7 pixels have
    cells of their own. Weights do not depend on the picture's size.
    References: [Redmon and Farhadi, 2016](https://arxiv.org/abs/1612.08242) for the anchors,
    [Lin et al., 2016](https://arxiv.org/abs/1612.03144) for the joined scales.

    Args:
        input_shape: `(n_H, n_W, 3)`, height and width multiples of 16 pixels.
        num_classes: The number of classes.
        anchors: Widths and heights in pixels, of shape `(num_anchors, 2)`, as `kmeans_anchors` gives them.
        name: The model's name.

    Returns:
        A model from pictures in 0-255, of shape `(m, n_H, n_W, 3)`, to predictions in the layout of `encode_targets`,
        of shape `(m, n_H / 8, n_W / 8, num_anchors, 5 + num_classes)`.

    Raises:
        ValueError: If height or width is no multiple of 16.

    Example:
    ```python
    model = TinyYOLO()
    model.compile("adam", loss=yolo_loss, jit_compile=False)
    ```
    """
    height, width = input_shape[:2]
    if height % 16 or width % 16:
        raise ValueError(f"TinyYOLO needs a height and width that are multiples of 16. Received: {tuple(input_shape)}")
    anchors = np.asarray(anchors, float)
    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = convolution(x, 16, 3, strides=2)  # (m, 64, 96, 16)
    x = convolution(x, 32, 3, strides=2)  # (m, 32, 48, 32)
    x = residual(x)
    x = convolution(x, 64, 3, strides=2)  # (m, 16, 24, 64)
    fine = x = residual(residual(x))
    x = convolution(x, 128, 3, strides=2)  # (m, 8, 12, 128)
    x = residual(residual(residual(x)))
    x = layers.UpSampling2D(2)(convolution(x, 64, 1))  # (m, 16, 24, 64)
    x = layers.Concatenate()([fine, x])  # (m, 16, 24, 128)
    x = convolution(x, 64, 3)  # (m, 16, 24, 64)
    x = layers.Conv2D(len(anchors) * (5 + num_classes), 1, name="logits")(x)
    return keras.Model(inputs, YOLOHead(anchors / STRIDE, name="predictions")(x), name=name)


def load_tiny_yolo(input_shape: Sequence[int] = (128, 192, 3)) -> keras.Model:
    """`TinyYOLO` with the weights that ship with courselib, trained on rendered road scenes.

    courselib/weights/tiny_yolo.md says how they were trained, and how good they are.

    Args:
        input_shape: `(n_H, n_W, 3)`, height and width multiples of 16 pixels.

    Returns:
        As `TinyYOLO`, for the five classes of `load_dashcam` and `DASHCAM_ANCHORS`.

    Raises:
        ValueError: If height or width is no multiple of 16.

    Example:
    ```python
    model = load_tiny_yolo()
    scores, boxes, classes = detect(model, images)[0]
    ```
    """
    model = TinyYOLO(input_shape)
    load_weights(model, "tiny_yolo")
    return model


@keras.saving.register_keras_serializable("courselib")
class YOLOHead(layers.Layer):  # type: ignore[misc]
    """Turns a network's last features into predictions in the layout of `encode_targets`.

    pc is a sigmoid and the classes are a softmax. A centre can lie up to half a cell outside its cell, so that the
    borders are easy to reach; a size is 0 to 4 times the anchor's. Both are bounded, hence no step of the optimizer can
    make them explode.

    Args:
        anchors: Widths and heights in cells, of shape `(num_anchors, 2)`.

    Input shape: `(m, grid_h, grid_w, num_anchors * (5 + num_classes))`.
    Output shape: `(m, grid_h, grid_w, num_anchors, 5 + num_classes)`.
    """

    def __init__(self, anchors: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.anchors = np.asarray(anchors, np.float32).tolist()

    def call(self, logits: Any) -> Any:
        _, grid_h, grid_w, channels = logits.shape
        num_anchors = len(self.anchors)
        values = ops.reshape(logits, (-1, grid_h, grid_w, num_anchors, channels // num_anchors))
        sizes = ops.convert_to_tensor([[height, width] for width, height in self.anchors], values.dtype)
        confidence = ops.sigmoid(values[..., :1] + _PRIOR_LOGIT)
        centers = 2 * ops.sigmoid(values[..., 1:3]) - 0.5
        sizes = sizes * ops.square(2 * ops.sigmoid(values[..., 3:5]))
        scores = values[..., 5:]
        classes = ops.softmax(scores) if scores.shape[-1] > 1 else ops.ones_like(scores)  # one class is no choice
        return ops.concatenate([confidence, centers, sizes, classes], axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "anchors": self.anchors}
