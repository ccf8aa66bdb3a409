"""Gradients with the same code on every backend of Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np


def gradient(function: Callable[[Any], Any], x: Any) -> np.ndarray:
    """The gradient of a function at `x`.

    Keras has no function for gradients, but its training works on every backend: a step of gradient descent with the
    learning rate 1, from an offset of zero, subtracts exactly the gradient.

    Args:
        function: Takes a tensor of the shape of `x` and returns one number.
        x: float32 array of any shape.

    Returns:
        An array of the shape of `x`; zeros where the function does not depend on `x`.
    """
    offset = _Offset(function, keras.ops.convert_to_tensor(x, "float32"))
    offset.compile(keras.optimizers.SGD(1.0), jit_compile=False, run_eagerly=True)
    offset.train_on_batch(np.zeros((1, 1), np.float32))
    slope: np.ndarray = keras.ops.convert_to_numpy(-offset.offset)
    return slope


class _Offset(keras.Model):  # type: ignore[misc]
    """A model whose only weight is added to x, and whose loss is the function."""

    def __init__(self, function: Callable[[Any], Any], x: Any) -> None:
        super().__init__(dtype="float32")
        self.function, self.x = function, x
        self.offset = self.add_weight(shape=x.shape, initializer="zeros", name="offset")

    def call(self, inputs: Any) -> Any:
        self.add_loss(self.function(self.x + self.offset) + 0.0 * keras.ops.sum(self.offset))
        return inputs
