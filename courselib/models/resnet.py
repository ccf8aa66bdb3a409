"""Residual networks: blocks that learn what to add to their input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from courselib.models._input_shape import InputShape, check_input_shape

Initializer = str | Callable[..., Any]


def identity_block(
    X: keras.KerasTensor,
    f: int,
    filters: Sequence[int],
    initializer: Initializer = "he_normal",
    name: str | None = None,
) -> keras.KerasTensor:
    """A bottleneck block whose shortcut is the identity: $a = g(F(x) + x)$.

    The main path is 1x1, f x f, 1x1; each convolution is followed by batch normalisation, and ReLU comes last, after
    the addition. With all weights zero $F(x) = 0$ and the block passes its (non-negative) input on: more depth cannot
    make the network worse than it was, at least in what it can express.

    Reference: [He et al., 2015](https://arxiv.org/abs/1512.03385).

    Args:
        X: Input of shape `(m, n_H, n_W, filters[2])`.
        f: Side of the middle convolution.
        filters: The numbers of filters of the three convolutions.
        initializer: For the kernels: a name, a class, an instance or a function.
        name: The name of the block's last layer, and the beginning of the others' names.

    Returns:
        Output of the shape of the input.

    Raises:
        ValueError: If the last number of filters is not the number of channels of the input.
    """
    if X.shape[-1] != filters[-1]:
        raise ValueError(
            "identity_block adds its input to its output, so both need the same number of channels: filters[2] must be "
            f"{X.shape[-1]} here; convolutional_block can change it. Received: filters={tuple(filters)}"
        )
    F = _bottleneck(X, f, filters, 1, initializer, name)
    return _add(F, X, name)  # (m, n_H, n_W, filters[2])


def convolutional_block(
    X: keras.KerasTensor,
    f: int,
    filters: Sequence[int],
    s: int = 2,
    initializer: Initializer = "he_normal",
    name: str | None = None,
) -> keras.KerasTensor:
    """A bottleneck block whose shortcut is a 1x1 convolution: $a = g(F(x) + W_s x)$.

    It is used where height and width shrink or the number of channels changes, and the input therefore cannot be added
    as it is.

    Reference: [He et al., 2015](https://arxiv.org/abs/1512.03385).

    Args:
        X: Input of shape `(m, n_H, n_W, n_C)`.
        f: Side of the middle convolution.
        filters: The numbers of filters of the three convolutions.
        s: Stride of the first convolution and of the shortcut.
        initializer: For the kernels: a name, a class, an instance or a function.
        name: The name of the block's last layer, and the beginning of the others' names.

    Returns:
        Output of shape `(m, ceil(n_H / s), ceil(n_W / s), filters[2])`.
    """
    F = _bottleneck(X, f, filters, s, initializer, name)
    shortcut = _conv_bn(X, filters[-1], 1, s, initializer, _join(name, "shortcut"))
    return _add(F, shortcut, name)


def ResNet50(input_shape: InputShape = (64, 64, 3), classes: int = 6) -> keras.Model:
    """ResNet-50: a stem, sixteen bottleneck blocks in four stages, global average pooling and a softmax.

    23,600,006 parameters with six classes. It is the function of `keras.applications.ResNet50`, up to the epsilon of
    batch normalisation.

    Reference: [He et al., 2015](https://arxiv.org/abs/1512.03385).

    Args:
        input_shape: `(n_H, n_W, n_C)`; 32 by 32 pixels at least, or `None` for any size.
        classes: The number of classes.

    Returns:
        A model from `(m, n_H, n_W, n_C)` to class probabilities `(m, classes)`. The blocks' last layers are named
        `stage2_block1` ... `stage5_block3`.

    Raises:
        ValueError: If the pictures are too small.
    """
    check_input_shape("ResNet50", input_shape, 32, any_size=True)
    inputs = keras.Input(input_shape)
    X = layers.ZeroPadding2D(3)(inputs)
    X = layers.ReLU()(_conv_bn(X, 64, 7, 2, "he_normal", "stem", padding="valid"))  # (m, 32, 32, 64)
    X = layers.ZeroPadding2D(1)(X)
    X = layers.MaxPooling2D(3, strides=2)(X)  # (m, 16, 16, 64)
    for stage, (depth, filters) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512)), start=2):
        widths = (filters, filters, 4 * filters)
        X = convolutional_block(X, 3, widths, s=1 if stage == 2 else 2, name=f"stage{stage}_block1")
        for i in range(2, depth + 1):
            X = identity_block(X, 3, widths, name=f"stage{stage}_block{i}")
    X = layers.GlobalAveragePooling2D()(X)  # (m, 2048)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax", name="output")(X), name="resnet50")


def plain_net(depth: int, input_shape: InputShape = (8, 8, 1), classes: int = 10) -> keras.Model:
    """A plain network for small pictures: 3x3 convolutions with batch normalisation, one after the other.

    It is `residual_net` without the shortcuts, for the degradation experiment: at 34 layers it fits even the training
    set worse than at 10, although it could copy the shallower network and pass the rest on.

    Args:
        depth: The number of layers with weights: 6, 10, 14, ... (4k + 2).
        input_shape: `(n_H, n_W, n_C)`; 4 by 4 pixels at least, or `None` for any size.
        classes: The number of classes.

    Returns:
        A model from `(m, n_H, n_W, n_C)` to class probabilities `(m, classes)`.

    Raises:
        ValueError: If the depth is not one of those above, or the pictures are too small.
    """
    return _small_net("plain_net", depth, input_shape, classes, residual=False)


def residual_net(depth: int, input_shape: InputShape = (8, 8, 1), classes: int = 10) -> keras.Model:
    """A residual network for small pictures: every two 3x3 convolutions have a shortcut around them.

    The shortcut is the identity, and a 1x1 convolution where the shape changes (once). See `plain_net`.

    Reference: [He et al., 2015](https://arxiv.org/abs/1512.03385), section 4.2.

    Args:
        depth: The number of layers with weights, shortcuts not counted: 6, 10, 14, ... (4k + 2).
        input_shape: `(n_H, n_W, n_C)`; 4 by 4 pixels at least, or `None` for any size.
        classes: The number of classes.

    Returns:
        A model from `(m, n_H, n_W, n_C)` to class probabilities `(m, classes)`.

    Raises:
        ValueError: If the depth is not one of those above, or the pictures are too small.

    Example:
    ```python
    model = residual_net(34)
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    ```
    """
    return _small_net("residual_net", depth, input_shape, classes, residual=True)


def _small_net(network: str, depth: int, input_shape: InputShape, classes: int, residual: bool) -> keras.Model:
    blocks, rest = divmod(depth - 2, 4)  # blocks of two convolutions in each of the two stages
    if blocks < 1 or rest:
        raise ValueError(f"`depth` must be 6, 10, 14, ... (4k + 2). Received: depth={depth}")
    check_input_shape(network, input_shape, 4, any_size=True)
    inputs = keras.Input(input_shape)
    X = layers.ReLU()(_conv_bn(inputs, 16, 3, 1, "he_normal", "stem"))  # (m, n_H, n_W, 16)
    for stage, filters in enumerate((16, 32), start=1):
        for i in range(1, blocks + 1):
            name = f"stage{stage}_block{i}"
            s = 2 if stage == 2 and i == 1 else 1
            F = layers.ReLU()(_conv_bn(X, filters, 3, s, "he_normal", f"{name}_a"))
            F = _conv_bn(F, filters, 3, 1, "he_normal", f"{name}_b")
            if not residual:
                X = layers.ReLU(name=name)(F)
            elif s == 1:
                X = _add(F, X, name)
            else:
                X = _add(F, _conv_bn(X, filters, 1, s, "he_normal", f"{name}_shortcut"), name)
    X = layers.GlobalAveragePooling2D()(X)  # (m, 32)
    outputs = layers.Dense(classes, activation="softmax", name="output")(X)
    return keras.Model(inputs, outputs, name=f"{network}_{depth}")


def _bottleneck(
    X: keras.KerasTensor, f: int, filters: Sequence[int], s: int, initializer: Initializer, name: str | None
) -> keras.KerasTensor:
    """The main path without its last ReLU: F(x)."""
    F1, F2, F3 = filters
    X = layers.ReLU()(_conv_bn(X, F1, 1, s, initializer, _join(name, "a")))
    X = layers.ReLU()(_conv_bn(X, F2, f, 1, initializer, _join(name, "b")))
    return _conv_bn(X, F3, 1, 1, initializer, _join(name, "c"))


def _conv_bn(
    X: keras.KerasTensor,
    filters: int,
    f: int,
    s: int,
    initializer: Initializer,
    name: str | None,
    padding: str = "same",
) -> keras.KerasTensor:
    if isinstance(initializer, keras.initializers.Initializer):
        initializer = initializer.clone()  # one instance gives every kernel of a shape the same values
    X = layers.Conv2D(filters, f, strides=s, padding=padding, kernel_initializer=initializer, name=_join(name, "conv"))(
        X
    )
    return layers.BatchNormalization(name=_join(name, "bn"))(X)


def _add(F: keras.KerasTensor, shortcut: keras.KerasTensor, name: str | None) -> keras.KerasTensor:
    return layers.ReLU(name=name)(layers.Add(name=_join(name, "add"))([F, shortcut]))


def _join(name: str | None, end: str) -> str | None:
    return f"{name}_{end}" if name else None
