"""A classifier slid over a picture: crop by crop, or in one pass as a fully convolutional network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from courselib.detection._arrays import to_numpy


def sliding_windows(image: Any, window: int, stride: int) -> tuple[np.ndarray, int]:
    """All square crops of a picture at a fixed step, row by row.

    Args:
        image: Of shape `(n_H, n_W, n_C)`.
        window: Side of the crops in pixels.
        stride: Step in pixels, in both directions.

    Returns:
        The crops, of shape `(count, window, window, n_C)`, and their count. What is left at the right and the lower
        border, too narrow for a window, is not looked at.

    Raises:
        ValueError: If the picture is smaller than the window.
    """
    image = to_numpy(image)
    if image.ndim != 3 or min(image.shape[:2]) < window or window < 1 or stride < 1:
        raise ValueError(
            "sliding_windows needs a picture of shape (n_H, n_W, n_C) that is at least as large as the window, and a "
            f"window and stride of at least 1. Received: shape {image.shape}, window={window}, stride={stride}"
        )
    views = np.lib.stride_tricks.sliding_window_view(
        image, (window, window), axis=(0, 1)
    )  # (y, x, n_C, window, window)
    crops = np.moveaxis(views[::stride, ::stride], 2, -1).copy().reshape(-1, window, window, image.shape[2])
    return crops, len(crops)


def window_boxes(grid_shape: Sequence[int], window: int, stride: int) -> np.ndarray:
    """Where the windows are in the picture: one box for each output of a convolutional classifier.

    Args:
        grid_shape: `(rows, columns)` of windows, or the shape of the classifier's output map.
        window: Side of the windows in pixels.
        stride: Step in pixels. For `dense_to_conv` it is the product of the strides of the layers.

    Returns:
        int64 corners `(y1, x1, y2, x2)`, of shape `(rows * columns, 4)`, in the order of `sliding_windows`.
    """
    rows, columns = grid_shape[:2]
    y, x = (axis.reshape(-1) * stride for axis in np.mgrid[:rows, :columns])
    return np.stack([y, x, y + window, x + window], axis=-1)


def dense_to_conv(model: Any) -> Any:
    """A classifier whose dense layers are written as convolutions, so that it accepts larger pictures.

    A dense layer on a flattened `(h, w, c)` volume is a convolution with filters of size h x w; each further one is a
    1x1 convolution. The weights stay the same. On a larger picture the new network gives a map of predictions: what
    the classifier says about every crop of its own input size, with the work for overlapping crops done once.
    Reference: [Sermanet et al., 2013](https://arxiv.org/abs/1312.6229).

    Args:
        model: A Keras classifier of crops: a plain chain of convolutions and pooling without padding, `Flatten`, and
            `Dense` layers.

    Returns:
        A new `keras.Model` from `(m, n_H, n_W, n_C)`, at least as large as the classifier's input, to
        `(m, rows, columns, classes)`, with copies of the weights.

    Raises:
        ValueError: If a layer looks beyond the crop (`padding="same"`) or cannot be moved over a larger picture.

    Example:
    ```python
    fcn = dense_to_conv(model)  # 14x14x3 -> 4 becomes 14x14x3 -> 1x1x4, and 16x16x3 -> 2x2x4
    ```
    """
    import keras

    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    _check_chain(model, layers)
    x = inputs = keras.Input((None, None, model.input_shape[-1]))
    window = (1, 1)  # what the next dense layer sees of the volume
    for layer in layers:
        if isinstance(layer, keras.layers.Flatten):
            window = tuple(layer.input.shape[1:3])
        elif isinstance(layer, keras.layers.Dense):
            x = _as_convolution(layer, window, x)
            window = (1, 1)
        else:
            x = _copy(layer, window, x)
    if window != (1, 1):
        raise ValueError("dense_to_conv needs a Dense layer after Flatten. Received: a model without one")
    return keras.Model(inputs, x, name=f"{model.name}_convolutional")


def _check_chain(model: Any, layers: list[Any]) -> None:
    if len(model.input_shape) != 4:
        raise ValueError(
            f"dense_to_conv needs a classifier of pictures (m, n_H, n_W, n_C). Received: input {model.input_shape}"
        )
    x = model.inputs[0]
    for layer in layers:
        if layer.input is not x:
            raise ValueError(
                "dense_to_conv needs a plain chain of layers, each one's output the input of the next. "
                f"Received: layer {layer.name!r} takes something else"
            )
        x = layer.output


def _as_convolution(layer: Any, window: tuple[int, int], x: Any) -> Any:
    import keras

    convolution = keras.layers.Conv2D(
        layer.units, window, activation=layer.activation, use_bias=layer.use_bias, name=layer.name
    )
    y = convolution(x)
    kernel, *bias = layer.get_weights()  # (h * w * c, units)
    convolution.set_weights([kernel.reshape(*window, -1, layer.units), *bias])
    return y


def _copy(layer: Any, window: tuple[int, int], x: Any) -> Any:
    from keras import layers

    spatial = (layers.Conv2D, layers.DepthwiseConv2D, layers.MaxPooling2D, layers.AveragePooling2D)
    per_channel = (layers.Softmax, layers.BatchNormalization)
    elementwise = (layers.Activation, layers.ReLU, layers.LeakyReLU, layers.Dropout, layers.Rescaling)
    if not isinstance(layer, (*spatial, *per_channel, *elementwise)):
        raise ValueError(
            f"dense_to_conv cannot move the layer {layer.name!r} ({type(layer).__name__}) over a larger picture. Use "
            "convolutions, pooling, Flatten, Dense, activations, dropout and batch normalisation"
        )
    size = getattr(layer, "kernel_size", getattr(layer, "pool_size", None))
    if isinstance(layer, spatial) and layer.padding != "valid" and size != (1, 1):
        raise ValueError(
            'dense_to_conv needs padding="valid": a padded crop differs from the same place in a larger picture. '
            f'Received: layer {layer.name!r} has padding="{layer.padding}"'
        )
    if isinstance(layer, per_channel) and window != (1, 1):
        raise ValueError(
            f"dense_to_conv needs Dense to follow Flatten. Received: {layer.name!r} between them; put it before Flatten"
        )
    copy = type(layer).from_config(layer.get_config())
    y = copy(x)
    copy.set_weights(layer.get_weights())
    return y
