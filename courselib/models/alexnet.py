"""AlexNet, the network that won ImageNet in 2012."""

from __future__ import annotations

import keras
from keras import layers

from courselib.models._input_shape import InputShape, check_input_shape


def AlexNet(input_shape: InputShape = (227, 227, 3), classes: int = 1000) -> keras.Model:
    """AlexNet: five convolutions with ReLU and overlapping max-pooling, then three dense layers with dropout.

    LeNet's plan at a thousand times the size. In one group, that is, without the paper's split over two GPUs, and
    without local response normalisation, which later work found to help little. 62,378,344 parameters, most of them in
    the dense layers: build it `with without_weights():` where only its shapes matter.

    Reference: [Krizhevsky et al., 2012](https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks).

    Args:
        input_shape: `(n_H, n_W, n_C)`; 67 by 67 pixels at least. The paper says 224, but its numbers need 227.
        classes: The number of classes.

    Returns:
        A model from `(m, n_H, n_W, n_C)` to class probabilities `(m, classes)`. Layers: `conv1` ... `conv5`, `pool1`,
        `pool2`, `pool5`, `fc6`, `fc7`, `output`.

    Raises:
        ValueError: If the pictures are too small.
    """
    check_input_shape("AlexNet", input_shape, 67)
    X = inputs = keras.Input(input_shape)
    X = layers.Conv2D(96, 11, strides=4, activation="relu", name="conv1")(X)  # (m, 55, 55, 96)
    X = layers.MaxPooling2D(3, strides=2, name="pool1")(X)  # (m, 27, 27, 96)
    X = layers.Conv2D(256, 5, padding="same", activation="relu", name="conv2")(X)  # (m, 27, 27, 256)
    X = layers.MaxPooling2D(3, strides=2, name="pool2")(X)  # (m, 13, 13, 256)
    X = layers.Conv2D(384, 3, padding="same", activation="relu", name="conv3")(X)  # (m, 13, 13, 384)
    X = layers.Conv2D(384, 3, padding="same", activation="relu", name="conv4")(X)  # (m, 13, 13, 384)
    X = layers.Conv2D(256, 3, padding="same", activation="relu", name="conv5")(X)  # (m, 13, 13, 256)
    X = layers.MaxPooling2D(3, strides=2, name="pool5")(X)  # (m, 6, 6, 256)
    X = layers.Flatten(name="flatten")(X)  # (m, 9216)
    for name in ("fc6", "fc7"):
        X = layers.Dense(4096, activation="relu", name=name)(X)
        X = layers.Dropout(0.5, name=f"{name}_dropout")(X)
    outputs = layers.Dense(classes, activation="softmax", name="output")(X)
    return keras.Model(inputs, outputs, name="alexnet")
