"""How much of the picture a number in a feature map sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Pair = tuple[int, int]  # vertical, horizontal

_POSITION_WISE = (
    "Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "BatchNormalization", "Dropout", "SpatialDropout2D",
    "GaussianNoise", "Rescaling", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate",
)  # fmt: skip


@dataclass(frozen=True)
class ReceptiveField:
    """The part of the picture that one position of a feature map sees, in pixels.

    Attributes:
        layer: The layer's name, or its number in a list.
        size: Height and width of the part.
        jump: How far the part moves when the position moves by one: the product of all strides so far.
        start: The row and the column of the first pixel that position (0, 0) sees. Negative where it sees padding.
    """

    layer: str
    size: Pair
    jump: Pair
    start: Pair

    def window(self, row: int, column: int) -> tuple[int, int, int, int]:
        """The part that a position sees, as `(y1, x1, y2, x2)` in pixels; it may reach beyond the picture."""
        y1, x1 = self.start[0] + row * self.jump[0], self.start[1] + column * self.jump[1]
        return y1, x1, y1 + self.size[0], x1 + self.size[1]


def receptive_field(layers: Any) -> list[ReceptiveField]:
    """The receptive field of every layer, one after another.

    A window of `f` pixels on a map whose positions lie `jump` pixels apart adds `(f - 1) * jump` pixels, and a stride
    multiplies `jump`. What a network can know at a position is inside this field; mostly it looks at its middle.
    Reference: [Luo et al., 2017](https://arxiv.org/abs/1701.04128).

    Args:
        layers: A Keras model with one input, or a list of `(kernel_size, stride)` or `(kernel_size, stride, padding)`,
            whose entries are ints, or pairs for height and width. The padding is the number of pixels on each side, 0
            unless told.

    Returns:
        A `ReceptiveField` for each layer of the list, or for each of the model's layers up to where it stops being the
        same for all positions: dense layers, global pooling and upsampling have none, nor what follows them.

    Raises:
        ValueError: If an entry of the list is none of these, or paths that come together have different strides.

    Example:
    ```python
    receptive_field([(3, 1), (2, 2), (3, 1)])[-1].size  # (8, 8)
    {field.layer: field.size for field in receptive_field(load_backbone())}["relu4"]  # (38, 38)
    ```
    """
    if hasattr(layers, "layers"):
        return _of_model(layers)
    fields, field = [], ReceptiveField("input", (1, 1), (1, 1), (0, 0))
    for i, layer in enumerate(layers):
        if len(layer) not in (2, 3) or np.min(layer[0]) < 1 or np.min(layer[1]) < 1:
            raise ValueError(
                "receptive_field needs a Keras model or a list of (kernel_size, stride) or (kernel_size, stride, "
                f"padding), sizes and strides from 1. Received: {layer!r} as entry {i}"
            )
        kernel, stride, padding = (_pair(number) for number in (*layer, 0)[:3])
        field = _next(field, str(i), kernel, stride, padding)
        fields.append(field)
    return fields


def field_of(model: Any, layer: str) -> ReceptiveField:
    """The receptive field of one layer of a Keras model.

    Raises:
        ValueError: If it has none.
    """
    for field in receptive_field(model):
        if field.layer == layer:
            return field
    raise ValueError(
        f"Layer {layer!r} has no receptive field of its own: somewhere up to it, a layer sees the whole picture or "
        "different parts at different positions."
    )


def _of_model(model: Any) -> list[ReceptiveField]:
    from courselib.visualization._layers import connected_once

    model = connected_once(model)
    known = {id(model.inputs[0]): ReceptiveField("input", (1, 1), (1, 1), (0, 0))}
    fields = []
    for layer in getattr(model, "operations", model.layers):
        inputs = layer.input if isinstance(layer.input, list | tuple) else [layer.input]
        if not inputs or any(id(x) not in known for x in inputs):
            continue
        before = _joined(layer.name, [known[id(x)] for x in inputs])
        field = _through(layer, before)
        if field is not None:
            known[id(layer.output)] = field
            if type(layer).__name__ != "InputLayer":
                fields.append(field)
    return fields


def _joined(name: str, fields: Sequence[ReceptiveField]) -> ReceptiveField:
    """The smallest field that contains those of several paths."""
    if len({field.jump for field in fields}) > 1:
        raise ValueError(f"Layer {name!r} joins paths with different strides: {[field.jump for field in fields]}")
    start = np.min([field.start for field in fields], axis=0)
    end = np.max([np.add(field.start, field.size) for field in fields], axis=0)
    return ReceptiveField(name, _pair(end - start), fields[0].jump, _pair(start))


def _through(layer: Any, before: ReceptiveField) -> ReceptiveField | None:
    """The field behind a layer, or None where there is none."""
    kind = type(layer).__name__
    one = (1, 1)
    if kind in (*_POSITION_WISE, "InputLayer"):
        return _next(before, layer.name, one, one, (0, 0))
    if kind in ("ZeroPadding2D", "Cropping2D"):
        first = [side[0] for side in (layer.padding if kind == "ZeroPadding2D" else layer.cropping)]
        return _next(before, layer.name, one, one, _pair(np.multiply(first, 1 if kind == "ZeroPadding2D" else -1)))
    if kind in ("Conv2D", "DepthwiseConv2D", "SeparableConv2D"):
        kernel = _pair(np.multiply(np.subtract(layer.kernel_size, 1), layer.dilation_rate) + 1)
    elif kind in ("MaxPooling2D", "AveragePooling2D"):
        kernel = _pair(layer.pool_size)
    else:
        return None
    stride = _pair(layer.strides)
    padding = _same_padding(layer.input.shape[1:3], kernel, stride) if layer.padding == "same" else (0, 0)
    return _next(before, layer.name, kernel, stride, padding)


def _same_padding(sides: Sequence[int | None], kernel: Pair, stride: Pair) -> Pair:
    """The pixels that "same" adds above and to the left; sizes that are not known are taken to fit the stride."""
    totals = [
        max(f - (s if n is None or n % s == 0 else n % s), 0) for n, f, s in zip(sides, kernel, stride, strict=True)
    ]
    return totals[0] // 2, totals[1] // 2


def _next(before: ReceptiveField, name: str, kernel: Pair, stride: Pair, padding: Pair) -> ReceptiveField:
    jump = np.asarray(before.jump)
    return ReceptiveField(
        name,
        _pair(before.size + (np.asarray(kernel) - 1) * jump),
        _pair(jump * stride),
        _pair(before.start - np.asarray(padding) * jump),
    )


def _pair(value: Any) -> Pair:
    vertical, horizontal = np.broadcast_to(value, 2)
    return int(vertical), int(horizontal)
