"""What the small networks that ship are built of."""

from __future__ import annotations

from typing import Any

from keras import layers


def convolution(x: Any, filters: int, kernel_size: int, strides: int = 1) -> Any:
    """A convolution with batch normalisation and ReLU: `(m, n_H, n_W, n_C)` to `(m, n_H / strides, ..., filters)`."""
    x = layers.Conv2D(filters, kernel_size, strides, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))


def residual(x: Any) -> Any:
    """x plus what a 1x1 convolution to half of the channels and a 3x3 convolution back make of it."""
    filters = x.shape[-1]
    return layers.Add()([x, convolution(convolution(x, filters // 2, 1), filters, 3)])
