"""The pieces of pictures that excite a channel most."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from courselib.visualization.features import find_layer
from courselib.visualization.receptive_field import field_of

_BATCH = 64


class TopPatches(NamedTuple):
    """What excites a channel most, the strongest first.

    Attributes:
        windows: The pieces, `(k, height, width, n_C)`, as large as the layer's receptive field. What lies beyond the
            border of a picture is 0, as it is for a network that pads.
        activations: How strongly the channel answers, `(k,)`.
        image_ids: From which of the pictures each piece is, `(k,)`.
        boxes: Where it is in that picture, `(k, 4)`: y1, x1, y2, x2 in pixels, beyond the border too.
    """

    windows: np.ndarray
    activations: np.ndarray
    image_ids: np.ndarray
    boxes: np.ndarray


def top_activating_patches(model: Any, layer: str | int, channel: int, images: Any, k: int = 9) -> TopPatches:
    """Find the pieces of pictures that excite a channel of a layer most, one from each picture.

    The simplest way to see what a channel looks for: show it many pictures, and keep those that it likes best.
    Reference: [Zeiler and Fergus, 2013](https://arxiv.org/abs/1311.2901).

    Args:
        model: A Keras model with one input.
        layer: The layer's name, or its index in `model.layers`.
        channel: The channel, from 0.
        images: Pictures as the model takes them, `(m, n_H, n_W, n_C)`.
        k: How many pieces; of `m` pictures, at most `m`.

    Returns:
        `TopPatches`: the windows of the layer's receptive field, how strongly the channel answers, and where they are.

    Raises:
        ValueError: If there is no such layer or channel, the layer has no receptive field, or there are too few
            pictures.

    Example:
    ```python
    show_images(top_activating_patches(model, "relu3", 5, images).windows)
    ```
    """
    import keras

    found = find_layer(model, layer)
    field = field_of(model, found.name)
    num_channels = found.output.shape[-1]
    if not 0 <= channel < num_channels:
        raise ValueError(f"Layer {found.name!r} has the channels 0 to {num_channels - 1}. Received: channel={channel}")
    images = np.asarray(images)
    if images.ndim != 4 or not 1 <= k <= len(images):
        raise ValueError(
            "top_activating_patches takes one piece from each picture: `images` must be (m, n_H, n_W, n_C) and k from "
            f"1 to m. Received: k={k} and images of shape {images.shape}"
        )
    part = keras.Model(model.inputs[0], found.output[..., channel])
    batches = [part(images[i : i + _BATCH].astype(np.float32), training=False) for i in range(0, len(images), _BATCH)]
    maps = np.concatenate([keras.ops.convert_to_numpy(batch) for batch in batches])  # (m, rows, columns)
    flat = maps.reshape(len(maps), -1)
    places = flat.argmax(axis=1)
    image_ids = np.argsort(-flat.max(axis=1), kind="stable")[:k]
    rows, columns = np.unravel_index(places[image_ids], maps.shape[1:])
    boxes = np.array([field.window(int(row), int(column)) for row, column in zip(rows, columns, strict=True)])
    windows = np.stack([_window(images[i], box) for i, box in zip(image_ids, boxes, strict=True)])
    return TopPatches(windows, flat.max(axis=1)[image_ids], image_ids, boxes)


def _window(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    """A piece of a picture, with zeros beyond its border."""
    y1, x1, y2, x2 = box
    window = np.zeros((y2 - y1, x2 - x1, image.shape[2]), image.dtype)
    top, left, bottom, right = max(y1, 0), max(x1, 0), min(y2, image.shape[0]), min(x2, image.shape[1])
    window[top - y1 : bottom - y1, left - x1 : right - x1] = image[top:bottom, left:right]
    return window
