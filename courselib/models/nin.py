"""Network in Network: 1x1 convolutions, and no dense layer at the end."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from courselib.models._input_shape import InputShape, check_input_shape


def mlpconv_block(
    x: keras.KerasTensor,
    filters: int,
    kernel_size: int,
    strides: int = 1,
    padding: str = "same",
) -> keras.KerasTensor:
    """A convolution followed by two 1x1 convolutions, each with ReLU.

    A 1x1 convolution is a dense layer applied at every position, so the block slides a small network over the picture
    where an ordinary layer slides a filter.

    Args:
        x: Input of shape `(m, n_H, n_W, n_C)`.
        filters: The number of filters of all three convolutions.
        kernel_size: Side of the first convolution's filters.
        strides: Stride of the first convolution.
        padding: `"same"` or `"valid"`, for the first convolution.

    Returns:
        Output of shape `(m, n_H', n_W', filters)`.
    """
    settings = {"activation": "relu", "kernel_initializer": "he_normal"}
    x = layers.Conv2D(filters, kernel_size, strides=strides, padding=padding, **settings)(x)
    x = layers.Conv2D(filters, 1, **settings)(x)
    return layers.Conv2D(filters, 1, **settings)(x)


def NiN(
    input_shape: InputShape = (32, 32, 3),
    classes: int = 10,
    filters: Sequence[int] = (192, 192, 192),
) -> keras.Model:
    """Network in Network for small pictures: mlpconv blocks, then one map per class and global average pooling.

    There is no dense layer: the last convolution has as many maps as there are classes, and the mean of a map is the
    score of that class. This saves most of the parameters, resists overfitting, and works on pictures of any size. The
    plan is the paper's network for CIFAR-10, but the maps of the classes have no ReLU: with it, a class whose map is
    zero everywhere gets no gradient and is never predicted again.

    Reference: [Lin et al., 2013](https://arxiv.org/abs/1312.4400).

    Args:
        input_shape: `(n_H, n_W, n_C)`; 8 by 8 pixels at least, or `None` for any size.
        classes: The number of classes.
        filters: The filters of each block. All blocks but the last are followed by 3x3 max-pooling with stride 2 and
            by dropout.

    Returns:
        A model from `(m, n_H, n_W, n_C)` to class probabilities `(m, classes)`.

    Raises:
        ValueError: If the pictures are too small.

    Example:
    ```python
    model = NiN(input_shape=(32, 32, 1), classes=10, filters=(32, 48, 48))  # small enough for a laptop
    ```
    """
    check_input_shape("NiN", input_shape, 8, any_size=True)
    x = inputs = keras.Input(input_shape)
    for f in filters[:-1]:
        x = mlpconv_block(x, f, kernel_size=5)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        x = layers.Dropout(0.5)(x)
    x = mlpconv_block(x, filters[-1], kernel_size=3)  # (m, 8, 8, 192)
    x = layers.Conv2D(classes, 1, name="class_maps")(x)  # (m, 8, 8, classes)
    x = layers.GlobalAveragePooling2D(name="scores")(x)  # (m, classes)
    return keras.Model(inputs, layers.Softmax(name="output")(x), name="nin")
