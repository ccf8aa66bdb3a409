"""From a channel's answer back to the pixels that caused it."""

from __future__ import annotations

from typing import Any

import numpy as np

from courselib.visualization.features import find_layer

_LINEAR = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "BatchNormalization", "AveragePooling2D", "Rescaling",
           "ZeroPadding2D", "Cropping2D", "Dropout", "MaxPooling2D")  # fmt: skip


def deconvnet(
    model: Any, image: Any, layer: str | int, channel: int, position: tuple[int, int] | None = None
) -> np.ndarray:
    """Send the answer of a channel back through the layers, down to the pixels that caused it.

    Each layer is turned around: max-pooling by putting each number back where the largest one was (the switches), ReLU
    by another ReLU, a convolution by its transposed filters. What arrives shows which structure of this picture excites
    the channel. It differs from the gradient only at the ReLUs.
    Reference: [Zeiler and Fergus, 2013](https://arxiv.org/abs/1311.2901).

    Args:
        model: A Keras model whose layers up to the chosen one are one after another: convolutions, batch
            normalisation, ReLU, pooling and the like.
        image: One picture as the model takes it, `(n_H, n_W, n_C)`.
        layer: The layer's name, or its index in `model.layers`.
        channel: The channel, from 0.
        position: Row and column in the layer's map; the strongest one unless told.

    Returns:
        Array of shape `(n_H, n_W, n_C)` with both signs: positive pixels would excite the channel more if they were
        brighter. It is zero outside the receptive field, and everywhere if the channel is silent.

    Raises:
        ValueError: If there is no such layer or channel, or one of the layers cannot be turned around.

    Example:
    ```python
    pixels = deconvnet(model, image, "relu3", channel=5)
    show_images(0.5 + pixels / (2 * np.abs(pixels).max()))
    ```
    """
    import keras

    from courselib.visualization._layers import connected_once

    model = connected_once(model)
    chain = _chain(model, find_layer(model, layer))
    activations = [keras.ops.convert_to_tensor(np.asarray(image, np.float32)[np.newaxis])]
    for step in chain:
        activations.append(step(activations[-1], training=False))
    maps = keras.ops.convert_to_numpy(activations[-1])
    if maps.ndim != 4 or not 0 <= channel < maps.shape[-1]:
        raise ValueError(
            f"deconvnet needs a channel of a layer that gives maps. Received: channel={channel} of layer "
            f"{chain[-1].name!r}, whose output has the shape {maps.shape[1:]}"
        )
    row, column = position or np.unravel_index(maps[0, :, :, channel].argmax(), maps.shape[1:3])
    signal: np.ndarray = np.zeros_like(maps)
    signal[0, row, column, channel] = maps[0, row, column, channel]
    for step, inputs in zip(reversed(chain), reversed(activations[:-1]), strict=True):
        signal = _back(step, inputs, signal)
    pixels: np.ndarray = signal[0]
    return pixels


def _chain(model: Any, layer: Any) -> list[Any]:
    """The layers from the input to this one."""
    made_by = {id(other.output): other for other in model.layers}
    chain: list[Any] = []
    tensor = layer.output
    while id(tensor) in made_by and tensor is not model.inputs[0]:
        step = made_by[id(tensor)]
        known = type(step).__name__ in (*_LINEAR, "ReLU", "Activation")
        if not known or (_activation(step) not in ("linear", "relu")):
            raise ValueError(
                f"deconvnet cannot go back through layer {step.name!r} ({type(step).__name__}). It knows ReLU and "
                f"these layers, one after another: {', '.join(_LINEAR)}"
            )
        chain.insert(0, step)
        tensor = step.input
    return chain


def _activation(layer: Any) -> str:
    if type(layer).__name__ == "ReLU":
        return "relu"
    return str(getattr(getattr(layer, "activation", None), "__name__", "linear"))


def _back(layer: Any, inputs: Any, signal: np.ndarray) -> np.ndarray:
    """What comes out of a layer, turned into what would come in."""
    import keras

    from courselib.gradients import value_and_gradient
    from courselib.visualization._layers import without_activation

    if _activation(layer) == "relu":
        signal = np.maximum(signal, 0)
        if type(layer).__name__ in ("ReLU", "Activation"):
            return signal
        layer = without_activation(layer, inputs.shape)
    # The gradient of a linear layer is its transpose, and that of max-pooling goes where the largest number was.
    weights = keras.ops.convert_to_tensor(signal)
    _, transposed = value_and_gradient(lambda x: keras.ops.sum(layer(x, training=False) * weights), inputs)
    return np.asarray(keras.ops.convert_to_numpy(transposed))
