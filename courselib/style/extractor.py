"""The network whose layers say what is in a picture, and how it is painted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from courselib.errors import CourselibError
from courselib.weights import load_weights

VGG19 = ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,))  # filters of each layer, block by block
SHIPPED = ((32, 32), (64, 64), (96, 96), (128, 128))
STYLE_LAYERS = (
    ("block1_conv1", 0.2), ("block1_conv2", 0.2), ("block2_conv1", 0.2), ("block3_conv1", 0.2), ("block4_conv1", 0.2),
)  # fmt: skip
CONTENT_LAYER = "block3_conv2"
LEVEL = 2.0  # mean activation; with it, alpha 10 and beta 40 are a good balance
IMAGENET_MEAN = (123.68, 116.779, 103.939)  # red, green and blue, in 0-255
_CACHED = Path("models", "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5")  # where Keras keeps what it downloads


def load_style_extractor(weights: str = "auto") -> keras.Model:
    """A network of VGG's form whose layers describe pictures, for style transfer.

    VGG-19 (Karen Simonyan and Andrew Zisserman, [2014](https://arxiv.org/abs/1409.1556)) with ImageNet weights gives
    the best pictures, but it has 13 million weights in these layers and is 80 MB to download. The network that ships
    with courselib has half a million; courselib/weights/style_extractor.md says where they come from. Both have average
    pooling, and both are scaled so that all channels have the same mean activation on photographs, as Gatys and others
    did; so the same weights of content and style fit both.

    Args:
        weights: `"auto"` takes VGG-19 if Keras has downloaded it before, and the shipped network otherwise.
            `"vgg19"` downloads it if need be, `"shipped"` never does.

    Returns:
        A frozen model from pictures in [0, 1] of shape `(m, n_H, n_W, 3)`, of any size, to the last layer. Its layers
        `block1_conv1`, `block1_conv2`, ... end with ReLU. Its name is `vgg19` or `shipped`: which one it is.

    Raises:
        CourselibError: If VGG-19 is asked for and cannot be downloaded.
        ValueError: For another name.

    Example:
    ```python
    extractor = load_style_extractor()
    print(extractor.name)
    ```
    """
    if weights not in ("auto", "vgg19", "shipped"):
        raise ValueError(f"Expected 'auto', 'vgg19' or 'shipped'. Received: weights={weights!r}")
    if weights == "vgg19" or (
        weights == "auto" and Path(os.environ.get("KERAS_HOME", "~/.keras"), _CACHED).expanduser().is_file()
    ):
        return _load_vgg19()
    extractor = vgg_like(SHIPPED, "shipped")
    load_weights(extractor, "style_extractor")
    extractor.trainable = False
    return extractor


def layer_outputs(extractor: keras.Model, names: Sequence[str]) -> keras.Model:
    """A model that returns the activations of some layers of an extractor.

    Args:
        extractor: A model such as `load_style_extractor()`.
        names: Names of its layers.

    Returns:
        A model from pictures to the list of activations, in the order of the names; with one name, to its activations.

    Raises:
        ValueError: For a name that the extractor does not have.

    Example:
    ```python
    outputs = layer_outputs(load_style_extractor(), ["block1_conv1", "block3_conv2"])
    ```
    """
    known = [layer.name for layer in convolutions(extractor)]
    for name in names:
        if name not in known:
            raise ValueError(f"The extractor has no layer {name!r}. It has {', '.join(known)}.")
    return keras.Model(extractor.inputs[0], [extractor.get_layer(name).output for name in names])


def vgg_like(
    filters: Sequence[Sequence[int]], name: str, scale: float = 4.0, mean: Sequence[float] = (1.8, 1.8, 1.8)
) -> keras.Model:
    """3x3 convolutions with ReLU, in blocks with average pooling between them, with fresh weights.

    Args:
        filters: The numbers of filters of each block's layers.
        name: The model's name.
        scale: The first layer sees pixels times this number ...
        mean: ... minus these, for red, green and blue. Unless told, that is zero on average.

    Returns:
        A model from pictures in [0, 1], `(m, n_H, n_W, 3)`, of any size.
    """
    X = inputs = keras.Input((None, None, 3))
    X = layers.Rescaling(scale, [-value for value in mean], name="standardize")(X)
    for block, numbers in enumerate(filters, start=1):
        if block > 1:
            X = layers.AveragePooling2D(2, name=f"block{block - 1}_pool")(X)  # (m, n_H / 2, n_W / 2, n_C)
        for i, number in enumerate(numbers, start=1):
            X = layers.Conv2D(number, 3, padding="same", activation="relu", name=f"block{block}_conv{i}")(X)
    return keras.Model(inputs, X, name=name)


def convolutions(extractor: keras.Model) -> list[keras.layers.Layer]:
    """The convolutions of an extractor, from shallow to deep."""
    return [layer for layer in extractor.layers if isinstance(layer, layers.Conv2D)]


def normalize_activations(extractor: keras.Model, pictures: np.ndarray) -> None:
    """Scale the weights so that the mean activation of every channel is `LEVEL`; the network computes the same.

    A ReLU lets a factor pass: a layer may be scaled down if the next one is scaled up.

    Args:
        extractor: A model of `vgg_like`. Its weights are changed.
        pictures: In [0, 1], `(m, n_H, n_W, 3)`.
    """
    found = convolutions(extractor)
    outputs = layer_outputs(extractor, [layer.name for layer in found])(pictures)
    before = np.ones(3, np.float32)
    for layer, output in zip(found, outputs, strict=True):
        mean = ops.convert_to_numpy(output).mean(axis=(0, 1, 2))  # (n_C,)
        kernel, bias = layer.get_weights()
        scale = LEVEL / np.maximum(mean, 0.01 * mean.mean())  # a channel that is hardly ever active stays so
        layer.set_weights([kernel / before[:, None] * scale, bias * scale])
        before = scale


def _load_vgg19() -> keras.Model:
    """VGG-19 up to the last layer that style transfer uses, with average pooling and normalised activations."""
    from courselib.datasets import load_photographs

    try:
        trained = keras.applications.VGG19(include_top=False, weights="imagenet")
    except Exception as error:
        raise CourselibError(
            f"Cannot get the ImageNet weights of VGG-19: {error}. They need the internet once. Without it, "
            'load_style_extractor("shipped") gives the network that ships with courselib.'
        ) from error
    extractor = vgg_like(VGG19, "vgg19", scale=255.0, mean=IMAGENET_MEAN)
    for layer in convolutions(extractor):
        kernel, bias = trained.get_layer(layer.name).get_weights()
        if layer.name == "block1_conv1":
            kernel = kernel[:, :, ::-1]  # it was trained on blue, green and red
        layer.set_weights([kernel, bias])
    normalize_activations(extractor, np.stack(list(load_photographs(128).values())))
    extractor.trainable = False
    return extractor
