"""Models and layers, prepared for taking apart."""

from __future__ import annotations

from typing import Any

import keras


def connected_once(model: Any) -> Any:
    """A model whose layers have one input and one output tensor each.

    A `keras.Sequential` that grew with `add` has connected its first layers many times, and `layer.output` is a tensor
    of the first time. A copy is connected once; it has the same names and weights.
    """
    if not isinstance(model, keras.Sequential):
        return model
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def without_activation(layer: Any, input_shape: Any) -> Any:
    """The same layer with the same weights, but without its activation."""
    linear = type(layer).from_config({**layer.get_config(), "activation": None})
    linear.build(input_shape)
    linear.set_weights(layer.get_weights())
    return linear
