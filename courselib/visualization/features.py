"""What layers respond to: feature maps and filters."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from courselib.visualization._figure import POSITIVE, SIGNED, WIDTH, draw_picture, new_figure
from courselib.visualization.galleries import as_picture

_COLUMNS = 8


def feature_maps(model: Any, image: Any, layer: str | int) -> np.ndarray:
    """What a layer says to one picture.

    Args:
        model: A Keras model with one input.
        image: One picture as the model takes it, `(n_H, n_W, n_C)`, or `(n_H, n_W)` for one channel.
        layer: The layer's name, or its index in `model.layers`.

    Returns:
        The feature maps, `(n_H', n_W', n_C')`: the value of each channel at each position.

    Raises:
        ValueError: If there is no such layer, its output is no map, or the picture does not fit the model.

    Example:
    ```python
    feature_maps(model, x_test[0], "conv1").shape  # (28, 28, 6)
    ```
    """
    import keras

    found = find_layer(model, layer)
    if len(found.output.shape) != 4:
        maps = ", ".join(other.name for other in model.layers if len(np.shape(other.output)) == 4)
        raise ValueError(
            f"Layer {found.name!r} gives {tuple(found.output.shape[1:])}, not maps of shape (n_H, n_W, n_C). "
            f"These layers give maps: {maps or 'none'}."
        )
    picture = np.asarray(image)
    picture = picture[..., np.newaxis] if picture.ndim == 2 else picture
    expected = tuple(model.inputs[0].shape[1:])
    if picture.ndim != 3 or any(side not in (None, got) for side, got in zip(expected, picture.shape, strict=True)):
        raise ValueError(
            f"The model takes one picture of shape {expected}. Received the shape {np.shape(image)}. "
            "Take one out of a batch with images[0]."
        )
    maps = keras.Model(model.inputs[0], found.output)(picture[np.newaxis].astype("float32"), training=False)
    values: np.ndarray = keras.ops.convert_to_numpy(maps)[0]
    return values


def show_feature_maps(model: Any, image: Any, layer: str | int, num_channels: int = 32) -> Figure:
    """Draw a picture beside what the channels of a layer make of it.

    All channels share one scale, so a dark one is a quiet one. Maps with negative values are orange (negative), white
    (zero) and purple (positive). In a notebook the figure appears once, whether or not the call is the last line of its
    cell.

    Args:
        model: A Keras model with one input.
        image: One picture as the model takes it, `(n_H, n_W, n_C)`, in [0, 1].
        layer: The layer's name, or its index in `model.layers`.
        num_channels: How many channels to draw, from the first.

    Returns:
        The figure.

    Raises:
        ValueError: As `feature_maps`, or if the picture's values are not in [0, 1].
    """
    maps = feature_maps(model, image, layer)
    shown = min(maps.shape[-1], num_channels)
    columns = min(_COLUMNS, shown)
    rows = math.ceil(shown / columns)
    cell = 0.72 * WIDTH / _COLUMNS
    figure = new_figure(WIDTH, max(rows * cell * maps.shape[0] / maps.shape[1], 1.7) + 0.45)
    halves: Any = figure.subfigures(1, 2, width_ratios=(0.24, 0.76))
    left, right = halves
    ax = left.subplots()
    draw_picture(ax, as_picture(image))
    ax.set_title("input", fontsize=10)
    axes = right.subplots(rows, columns, squeeze=False).ravel()
    vmin, vmax, cmap = _scale(maps[..., :shown])
    for channel, ax in enumerate(axes):
        if channel < shown:
            drawn = draw_picture(ax, maps[..., channel], cmap, vmin, vmax)
        else:
            ax.set_axis_off()
    right.colorbar(drawn, ax=axes, aspect=30, pad=0.02, extend="max" if vmin == 0 else "both")
    right.suptitle(
        f"{find_layer(model, layer).name}: {_count(shown, maps.shape[-1])} channels, {maps.shape[0]} x {maps.shape[1]}",
        fontsize=10,
    )
    return figure


def show_filters(layer: Any, num_filters: int = 32) -> Figure:
    """Draw the filters of a convolution.

    Filters over RGB pictures are drawn in colour, with gray for zero. Other filters are drawn channel by channel, one
    row per filter where there are several channels: orange is negative, white zero, purple positive. In a notebook the
    figure appears once, whether or not the call is the last line of its cell.

    Args:
        layer: A convolutional layer, or its kernel as an array of shape `(f, f, n_C, filters)`.
        num_filters: How many filters to draw, from the first; of filters with many channels, at most eight filters and
            sixteen channels.

    Returns:
        The figure.

    Raises:
        ValueError: If the layer has no such kernel.
    """
    name = getattr(layer, "name", "filters")
    kernel = _kernel(layer)
    tiles, what = _tiles(kernel, num_filters)
    rows, columns = len(tiles), len(tiles[0])
    cell = min(WIDTH / max(columns, _COLUMNS), 0.9)
    width = min(max(columns * cell, 4.0) + 0.6, WIDTH)
    figure = new_figure(width, rows * cell * kernel.shape[0] / kernel.shape[1] + 0.4)
    axes = figure.subplots(rows, columns, squeeze=False)
    largest = float(np.abs(kernel).max()) or 1.0
    for i, ax in np.ndenumerate(axes):
        if i[1] >= len(tiles[i[0]]):
            ax.set_axis_off()
            continue
        tile = tiles[i[0]][i[1]]
        if kernel.shape[2] == 3:
            draw_picture(ax, 0.5 + tile / (2 * largest))
        else:
            drawn = draw_picture(ax, tile, SIGNED, -largest, largest)
    if kernel.shape[2] != 3:
        figure.colorbar(drawn, ax=axes, aspect=30, pad=0.02)
    figure.suptitle(f"{name}: {what}, {kernel.shape[0]} x {kernel.shape[1]}", fontsize=10)
    return figure


def _kernel(layer: Any) -> np.ndarray:
    weights = layer.get_weights() if hasattr(layer, "get_weights") else [np.asarray(layer)]
    if not weights or weights[0].ndim != 4:
        raise ValueError(
            "show_filters needs a two-dimensional convolution or a kernel of shape (f, f, n_C, filters). "
            f"Received: {layer!r:.80}"
        )
    return np.asarray(weights[0], dtype=np.float64)


def _tiles(kernel: np.ndarray, num_filters: int) -> tuple[list[list[np.ndarray]], str]:
    """Rows of pictures to draw, and what they are."""
    channels, count = kernel.shape[2:]
    if channels in (1, 3):
        shown = min(count, num_filters)
        filters = [kernel[..., 0, i] if channels == 1 else kernel[..., i] for i in range(shown)]
        return [filters[i : i + _COLUMNS] for i in range(0, shown, _COLUMNS)], f"{_count(shown, count)} filters"
    rows, columns = min(count, num_filters, 8), min(channels, 16)
    tiles = [[kernel[:, :, c, i] for c in range(columns)] for i in range(rows)]
    return tiles, f"{_count(rows, count)} filters (rows) in {_count(columns, channels)} channels (columns)"


def find_layer(model: Any, layer: str | int) -> Any:
    """The layer of a model with this name or index; `ValueError` if there is none."""
    names = [other.name for other in model.layers]
    if isinstance(layer, str) and layer in names:
        return model.layers[names.index(layer)]
    if not isinstance(layer, str) and -len(names) <= layer < len(names):
        return model.layers[layer]
    raise ValueError(
        f"The model has no layer {layer!r}. Give a name or an index from 0 to {len(names) - 1}: {', '.join(names)}"
    )


def _scale(maps: np.ndarray) -> tuple[float, float, str]:
    """Limits without the few largest values, which would leave the rest dark, and the colours."""
    largest = float(np.quantile(np.abs(maps), 0.995)) or 1.0
    return (-largest, largest, SIGNED) if maps.min() < 0 else (0.0, largest, POSITIVE)


def _count(shown: int, there: int) -> str:
    return f"all {there}" if shown == there else f"{shown} of {there}"
