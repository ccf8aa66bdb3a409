"""VGG-16: depth from one repeated idea."""

from __future__ import annotations

import keras
from keras import layers

from courselib.models._input_shape import InputShape, check_input_shape

_BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))  # (convolutions, filters)


def VGG16(input_shape: InputShape = (224, 224, 3), classes: int = 1000) -> keras.Model:
    """VGG-16: 3x3 "same" convolutions in five blocks, each halved by 2x2 max-pooling, then three dense layers.

    No choices left: each block halves height and width and, up to 512, doubles the channels. Two 3x3 layers see a 5x5
    window with fewer parameters than one 5x5 layer. 16 layers have weights, 138,357,544 parameters (550 MB): build it
    `with without_weights():` where only its shapes matter.

    Reference: [Simonyan and Zisserman, 2014](https://arxiv.org/abs/1409.1556).

    Args:
        input_shape: `(n_H, n_W, n_C)`; 32 by 32 pixels at least.
        classes: The number of classes.

    Returns:
        A model from `(m, n_H, n_W, n_C)` to class probabilities `(m, classes)`. Layers: `block1_conv1` ...
        `block5_pool`, `fc1`, `fc2`, `output`.

    Raises:
        ValueError: If the pictures are too small.
    """
    check_input_shape("VGG16", input_shape, 32)
    X = inputs = keras.Input(input_shape)
    for block, (depth, filters) in enumerate(_BLOCKS, start=1):
        for i in range(1, depth + 1):
            X = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"block{block}_conv{i}")(X)
        X = layers.MaxPooling2D(2, name=f"block{block}_pool")(X)
    # (m, 7, 7, 512)
    X = layers.Flatten(name="flatten")(X)  # (m, 25088)
    X = layers.Dense(4096, activation="relu", name="fc1")(X)
    X = layers.Dense(4096, activation="relu", name="fc2")(X)
    outputs = layers.Dense(classes, activation="softmax", name="output")(X)
    return keras.Model(inputs, outputs, name="vgg16")
