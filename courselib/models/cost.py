"""What a network costs: parameters and multiplications, without the memory for its weights."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import NamedTuple

import keras
from keras import layers
from keras.src.backend.common import global_state


class LayerCost(NamedTuple):
    """The cost of one layer for one example.

    Attributes:
        name: The layer's name.
        output_shape: The shape of its output, without the batch.
        parameters: The number of its weights.
        multiply_adds: The number of multiplications, each followed by an addition.
    """

    name: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


class ModelCost(NamedTuple):
    """The cost of a model for one example, layer by layer; printed, a table.

    Attributes:
        layers: One `LayerCost` per layer, in the model's order.
    """

    layers: tuple[LayerCost, ...]

    @property
    def parameters(self) -> int:
        """The number of weights of all layers."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """The number of multiply-adds of all layers."""
        return sum(layer.multiply_adds for layer in self.layers)

    def __str__(self) -> str:
        """A table of the layers that cost something, and the total."""
        rows = [("layer", "output", "parameters", "multiply-adds")]
        for layer in self.layers:
            if layer.parameters or layer.multiply_adds:
                shape = " x ".join(map(str, layer.output_shape))
                rows.append((layer.name, shape, f"{layer.parameters:,}", f"{layer.multiply_adds:,}"))
        rows.append(("total", "", f"{self.parameters:,}", f"{self.multiply_adds:,}"))
        a, b, c, d = (max(map(len, column)) for column in zip(*rows, strict=True))
        return "\n".join(f"{name:{a}}  {shape:{b}}  {p:>{c}}  {m:>{d}}" for name, shape, p, m in rows)


def count_costs(model: keras.Model) -> ModelCost:
    """Count the parameters and multiply-adds of every layer of a functional or sequential model.

    A convolution multiplies each of its kernel's weights once per output position, a dense layer once per example:
    hence convolutions hold the work and dense layers the weights. Biases, pooling, activations and normalisation, which
    multiply little or nothing, count as zero multiply-adds. A layer that is used several times counts once.

    Args:
        model: A built model with known input sizes. Models inside it are counted layer by layer.

    Returns:
        The costs for one example, per layer and in total.

    Raises:
        ValueError: If a shape is unknown, or a layer has weights that this function cannot count.

    Example:
    ```python
    with without_weights():
        model = VGG16()
    count_costs(model).multiply_adds  # 15,470,264,320
    ```
    """
    return ModelCost(tuple(_layer_costs(model)))


def _layer_costs(model: keras.Model) -> Iterator[LayerCost]:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layer_costs(layer)
        elif not isinstance(layer, layers.InputLayer):
            yield _layer_cost(layer)


def _layer_cost(layer: keras.Layer) -> LayerCost:
    shape = tuple(layer.output.shape[1:])
    multiply_adds = 0
    if any(len(weight.shape) > 1 for weight in layer.trainable_weights + layer.non_trainable_weights):
        if None in shape:
            raise ValueError(
                f"The output of layer {layer.name!r} has no known size: {shape}. Give the model a fixed `input_shape`."
            )
        multiply_adds = math.prod(shape) * _weights_per_output(layer)
    return LayerCost(layer.name, shape, layer.count_params(), multiply_adds)


def _weights_per_output(layer: keras.Layer) -> int:
    """How many weights are multiplied to make one number of the output."""
    if isinstance(layer, layers.DepthwiseConv1D | layers.DepthwiseConv2D):
        return math.prod(layer.kernel.shape[:-2])  # one channel each
    if isinstance(layer, layers.Conv1D | layers.Conv2D | layers.Conv3D | layers.Dense):
        return math.prod(layer.kernel.shape[:-1])  # the channels of one group, or all inputs
    raise ValueError(
        f"Cannot count the multiply-adds of layer {layer.name!r}, a {type(layer).__name__}. "
        "Convolutions, depthwise convolutions and dense layers can be counted."
    )


@contextlib.contextmanager
def without_weights() -> Iterator[None]:
    """Build models for their shapes and parameter counts only, without the memory and time for their weights.

    VGG-16 takes 0.5 GB and seconds to initialise; in this context it takes neither. The model can be counted, drawn,
    and asked for shapes; it cannot be trained, and what it computes is random.

    Example:
    ```python
    with without_weights():
        model = VGG16()
    model.count_params()  # 138357544
    ```
    """
    # In a stateless scope, Keras defers the initialisation of weights and keeps a list of what to make up for later.
    # These must never be: outside, the list is the one from before.
    deferred = list(global_state.get_global_attribute("uninitialized_variables") or [])
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute("uninitialized_variables", deferred)
