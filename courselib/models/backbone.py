"""A small network that has learned to see, and the weights that it learned."""

from __future__ import annotations

import keras
from keras import layers

from courselib.models._input_shape import InputShape, check_input_shape
from courselib.weights import load_weights


def SmallBackbone(input_shape: InputShape = (None, None, 3)) -> keras.Model:
    """Four 3x3 convolutions with batch normalisation, each followed by ReLU, with max-pooling in between.

    It turns a picture into feature maps and decides nothing: put global average pooling and a head of your own on top.
    389,856 parameters, most of them in the last convolution.

    Args:
        input_shape: `(n_H, n_W, n_C)`; 8 by 8 pixels at least, or `None` for any size.

    Returns:
        A model with fresh weights, from pictures in [0, 1] of shape `(m, n_H, n_W, n_C)` to feature maps
        `(m, n_H // 8, n_W // 8, 256)`. Layers: `conv1`, `bn1`, `relu1`, `pool1`, ... `relu4`.

    Raises:
        ValueError: If the pictures are too small.
    """
    check_input_shape("SmallBackbone", input_shape, 8, any_size=True)
    X = inputs = keras.Input(input_shape)
    for i, filters in enumerate((32, 64, 128, 256), start=1):
        X = layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name=f"conv{i}")(
            X
        )
        X = layers.BatchNormalization(momentum=0.9, name=f"bn{i}")(X)  # settles in few steps: small data sets have few
        X = layers.ReLU(name=f"relu{i}")(X)
        if i < 4:
            X = layers.MaxPooling2D(2, name=f"pool{i}")(X)  # (m, n_H / 2, n_W / 2, filters)
    return keras.Model(inputs, X, name="small_backbone")


def load_backbone(input_shape: InputShape = (None, None, 3)) -> keras.Model:
    """`SmallBackbone` with the weights that ship with courselib, for transfer learning without the internet.

    They were trained to tell apart traffic signs, digits and pieces of photographs, never a face:
    courselib/weights/backbone.md says how, and how good they are. Freeze them (`backbone.trainable = False`) and train
    a head on their features; then, with enough examples, fine-tune the last layers with a small learning rate.

    Args:
        input_shape: `(n_H, n_W, 3)`; 8 by 8 pixels at least, or `None` for any size. Repeat the channel of gray
            pictures three times.

    Returns:
        A model from pictures in [0, 1] of shape `(m, n_H, n_W, 3)` to feature maps `(m, n_H // 8, n_W // 8, 256)`.

    Raises:
        ValueError: If the pictures are too small or have no three channels.

    Example:
    ```python
    backbone = load_backbone()
    backbone.trainable = False
    inputs = keras.Input((25, 25, 3))
    X = keras.layers.GlobalAveragePooling2D()(backbone(inputs, training=False))  # (m, 256)
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(X))
    ```
    """
    model = SmallBackbone(input_shape)
    if input_shape[2] != 3:
        raise ValueError(
            "The weights are for pictures with three channels; np.repeat(images, 3, axis=-1) makes them of gray ones. "
            f"Received: input_shape={tuple(input_shape)}"
        )
    load_weights(model, "backbone")
    return model
