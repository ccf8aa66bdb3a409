"""Where a network looks when it decides."""

from __future__ import annotations

from typing import Any

import numpy as np

from courselib.visualization.features import find_layer


def layer_gradients(model: Any, image: Any, class_index: int, layer: str | int) -> tuple[np.ndarray, np.ndarray]:
    """The activations of a layer, and the gradient of a class's score for each of them.

    The score is what stands before the softmax or sigmoid: a sure network has hardly any gradient behind it.

    Args:
        model: A Keras classifier with one input, whose last layer gives one number per class.
        image: One picture as the model takes it, `(n_H, n_W, n_C)`.
        class_index: The class, from 0.
        layer: The layer's name, or its index in `model.layers`. It must give maps.

    Returns:
        Two arrays of shape `(rows, columns, channels)`: the activations and the gradients.

    Raises:
        ValueError: If there is no such layer or class, or the layer gives no maps.
    """
    import keras

    from courselib.gradients import value_and_gradient
    from courselib.visualization._layers import connected_once

    model = connected_once(model)
    found = find_layer(model, layer)
    num_classes = model.outputs[0].shape[-1]
    if len(found.output.shape) != 4 or len(model.outputs[0].shape) != 2:
        raise ValueError(
            "Grad-CAM needs a classifier and a layer that gives maps of shape (rows, columns, channels). Received: "
            f"layer {found.name!r} with {tuple(found.output.shape[1:])}, and an output of "
            f"{tuple(model.outputs[0].shape[1:])}"
        )
    if not 0 <= class_index < num_classes:
        raise ValueError(f"The model has the classes 0 to {num_classes - 1}. Received: class_index={class_index}")
    batch = keras.ops.convert_to_tensor(np.asarray(image, np.float32)[np.newaxis])
    activations = keras.Model(model.inputs[0], found.output)(batch, training=False)
    rest = keras.Model([model.inputs[0], found.output], _scores(model))
    _, gradients = value_and_gradient(lambda maps: rest([batch, maps], training=False)[0, class_index], activations)
    return np.asarray(keras.ops.convert_to_numpy(activations))[0], np.asarray(keras.ops.convert_to_numpy(gradients))[0]


def grad_cam(model: Any, image: Any, class_index: int, layer: str | int) -> np.ndarray:
    """Where a network looks for a class: gradient-weighted class activation mapping.

    Each channel of a layer is weighted with its mean gradient, which says how much the class's score grows with it. The
    weighted sum of the maps, without what is negative, is bright where the network finds reasons for the class. Take
    the last convolutional layer: it still knows where, and it knows what.
    Reference: [Selvaraju et al., 2016](https://arxiv.org/abs/1610.02391).

    Args:
        model: A Keras classifier with one input.
        image: One picture as the model takes it, `(n_H, n_W, n_C)`.
        class_index: The class to explain, from 0. It need not be the one that the model predicts.
        layer: The layer's name, or its index in `model.layers`.

    Returns:
        Array of shape `(n_H, n_W)`, from 0 to 1, the largest value of the layer's map; all 0 if nothing speaks for the
        class.

    Raises:
        ValueError: If there is no such layer or class, or the layer gives no maps.

    Example:
    ```python
    heat = grad_cam(model, image, class_index=3, layer="relu4")
    plt.imshow(image)
    plt.imshow(heat, cmap="inferno", alpha=0.5)
    ```
    """
    import keras

    activations, gradients = layer_gradients(model, image, class_index, layer)
    weights = gradients.mean(axis=(0, 1))  # (channels,)
    heat = np.maximum(activations @ weights, 0)  # (rows, columns)
    heat = heat / (heat.max() or 1.0)
    enlarged = keras.ops.image.resize(heat[..., np.newaxis], np.shape(image)[:2], interpolation="bilinear")
    return np.asarray(keras.ops.convert_to_numpy(enlarged))[..., 0]


def _scores(model: Any) -> Any:
    """The model's output before its softmax or sigmoid."""
    from courselib.visualization._layers import without_activation

    output = model.outputs[0]
    last = next((layer for layer in model.layers if layer.output is output), None)
    if last is None or hasattr(last, "layers"):
        raise ValueError(
            "Grad-CAM needs the score before the softmax, but the last layer is a model of its own. Build the "
            "classifier from layers: keras.Model(backbone.input, Dense(...)(backbone.output))."
        )
    kind, activation = type(last).__name__, getattr(getattr(last, "activation", None), "__name__", "linear")
    if kind == "Softmax":
        return last.input
    if activation not in ("softmax", "sigmoid"):
        return output
    return last.input if kind == "Activation" else without_activation(last, last.input.shape)(last.input)
