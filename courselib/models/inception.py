"""Inception modules and a small GoogLeNet."""

from __future__ import annotations

import keras
from keras import layers

from courselib.models._input_shape import InputShape, check_input_shape


def naive_inception(
    x: keras.KerasTensor, f1: int = 64, f3: int = 128, f5: int = 32, pool: int = 32
) -> keras.KerasTensor:
    """1x1, 3x3 and 5x5 convolutions and pooling side by side: the network chooses, not its designer.

    Each branch keeps height and width; the results are stacked along the channels. The 5x5 branch makes it expensive:
    it sees all channels of the input. `inception_module` is the remedy.

    Args:
        x: Input of shape `(m, n_H, n_W, n_C)`.
        f1: Filters of the 1x1 branch.
        f3: Filters of the 3x3 branch.
        f5: Filters of the 5x5 branch.
        pool: Filters of the 1x1 convolution after 3x3 max-pooling, which would otherwise keep all `n_C` channels.

    Returns:
        Output of shape `(m, n_H, n_W, f1 + f3 + f5 + pool)`, in this order: 28x28x192 gives 28x28x256.
    """
    return layers.Concatenate()([_conv(x, f1, 1), _conv(x, f3, 3), _conv(x, f5, 5), _pool_branch(x, pool)])


def inception_module(
    x: keras.KerasTensor, f1: int, f3_in: int, f3: int, f5_in: int, f5: int, pool: int, name: str | None = None
) -> keras.KerasTensor:
    """An inception module with 1x1 reductions before the 3x3 and 5x5 convolutions.

    The 1x1 convolutions squeeze the channels first, so that the large filters see few of them: a tenth of the
    multiplications, and in practice no loss.

    Reference: [Szegedy et al., 2014](https://arxiv.org/abs/1409.4842).

    Args:
        x: Input of shape `(m, n_H, n_W, n_C)`.
        f1: Filters of the 1x1 branch.
        f3_in: Filters of the 1x1 reduction before the 3x3 convolution.
        f3: Filters of the 3x3 convolution.
        f5_in: Filters of the 1x1 reduction before the 5x5 convolution.
        f5: Filters of the 5x5 convolution.
        pool: Filters of the 1x1 convolution after 3x3 max-pooling.
        name: The name of the last layer, which stacks the branches.

    Returns:
        Output of shape `(m, n_H, n_W, f1 + f3 + f5 + pool)`, in this order.
    """
    branches = [_conv(x, f1, 1), _conv(_conv(x, f3_in, 1), f3, 3), _conv(_conv(x, f5_in, 1), f5, 5)]
    return layers.Concatenate(name=name)([*branches, _pool_branch(x, pool)])


def auxiliary_head(x: keras.KerasTensor, classes: int, name: str = "auxiliary") -> keras.KerasTensor:
    """A small classifier in the middle of the network, which brings gradients to its early layers.

    Its loss counts 0.3 in training; it is dropped for prediction. The paper's sizes: 5x5 average pooling with stride 3,
    128 1x1 filters, 1024 units, dropout of 0.7.

    Reference: [Szegedy et al., 2014](https://arxiv.org/abs/1409.4842).

    Args:
        x: Feature maps of shape `(m, n_H, n_W, n_C)`; 5 by 5 at least.
        classes: The number of classes.
        name: The name of the output layer.

    Returns:
        Class probabilities `(m, classes)`.

    Raises:
        ValueError: If the feature maps are too small.
    """
    if min(x.shape[1:3]) < 5:
        raise ValueError(f"auxiliary_head needs feature maps of at least 5x5. Received: x.shape={x.shape}")
    x = layers.AveragePooling2D(5, strides=3)(x)
    x = _conv(x, 128, 1)
    x = layers.Flatten()(x)
    x = layers.Dense(1024, activation="relu")(x)
    x = layers.Dropout(0.7)(x)
    return layers.Dense(classes, activation="softmax", name=name)(x)


def GoogLeNet(input_shape: InputShape = (64, 64, 3), classes: int = 16, auxiliary: bool = True) -> keras.Model:
    """A small GoogLeNet: a stem, four inception modules, global average pooling, and one auxiliary head.

    The paper's network has nine modules and two auxiliary heads for 224x224 pictures; this one is for 64x64. Batch
    normalisation after the stem and after each module, which came a year later, lets it train in a few epochs.

    Reference: [Szegedy et al., 2014](https://arxiv.org/abs/1409.4842).

    Args:
        input_shape: `(n_H, n_W, n_C)`; 40 by 40 pixels at least.
        classes: The number of classes.
        auxiliary: Whether to add the auxiliary head, for training.

    Returns:
        A model from `(m, n_H, n_W, n_C)` to class probabilities `(m, classes)`: one output named `main`, or with
        `auxiliary` a dictionary of two, `main` and `auxiliary`. `keras.Model(model.input, model.output["main"])` drops
        the second after training and shares the weights.

    Raises:
        ValueError: If the pictures are too small.

    Example:
    ```python
    model = GoogLeNet((64, 64, 3), classes=16)
    model.compile(
        keras.optimizers.Adam(2e-3),
        loss={"main": "sparse_categorical_crossentropy", "auxiliary": "sparse_categorical_crossentropy"},
        loss_weights={"main": 1.0, "auxiliary": 0.3},
        metrics={"main": "accuracy", "auxiliary": "accuracy"},
    )
    model.fit(x_train, {"main": y_train, "auxiliary": y_train}, epochs=8)
    ```
    """
    check_input_shape("GoogLeNet", input_shape, 40)
    inputs = keras.Input(input_shape)
    x = layers.Conv2D(32, 5, strides=2, padding="same", activation="relu", name="stem")(inputs)  # (m, 32, 32, 32)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)  # (m, 16, 16, 32)
    x = _normalized(x)
    x = _normalized(inception_module(x, 16, 16, 32, 4, 8, 8, name="inception_1"))  # (m, 16, 16, 64)
    x = _normalized(inception_module(x, 32, 24, 48, 6, 12, 12, name="inception_2"))  # (m, 16, 16, 104)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)  # (m, 8, 8, 104)
    side = auxiliary_head(x, classes) if auxiliary else None
    x = _normalized(inception_module(x, 48, 32, 64, 8, 16, 16, name="inception_3"))  # (m, 8, 8, 144)
    x = _normalized(inception_module(x, 64, 48, 96, 12, 24, 24, name="inception_4"))  # (m, 8, 8, 208)
    x = layers.GlobalAveragePooling2D()(x)  # (m, 208)
    x = layers.Dropout(0.4)(x)
    main = layers.Dense(classes, activation="softmax", name="main")(x)
    return keras.Model(inputs, {"main": main, "auxiliary": side} if auxiliary else main, name="googlenet")


def _conv(x: keras.KerasTensor, filters: int, kernel_size: int) -> keras.KerasTensor:
    return layers.Conv2D(filters, kernel_size, padding="same", activation="relu")(x)


def _normalized(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.BatchNormalization(momentum=0.9)(x)  # settles within an epoch of fifty steps


def _pool_branch(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    return _conv(layers.MaxPooling2D(3, strides=1, padding="same")(x), filters, 1)
