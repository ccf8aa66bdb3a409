"""What style transfer makes small: the distance in content, and the distance in style.

Leon Gatys, Alexander Ecker and Matthias Bethge, "A Neural Algorithm of Artistic Style",
[2015](https://arxiv.org/abs/1508.06576). Everything is written with `keras.ops` and can be differentiated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras import ops


def content_cost(a_C: Any, a_G: Any) -> Any:
    """How different two pictures are for a layer, place by place.

    Args:
        a_C: Activations of the content picture, `(1, n_H, n_W, n_C)`. They are a fixed target: no gradient goes there.
        a_G: Activations of the generated picture, of the same shape.

    Returns:
        The sum of squared differences divided by `4 n_H n_W n_C`, a tensor without axes.

    Raises:
        ValueError: If the shapes differ.
    """
    if tuple(a_C.shape) != tuple(a_G.shape):
        raise ValueError(
            "Both pictures must have the same size, so that their activations have the same shape. "
            f"Received: a_C.shape={tuple(a_C.shape)}, a_G.shape={tuple(a_G.shape)}"
        )
    return ops.mean(ops.square(a_G - ops.stop_gradient(a_C))) / 4


def gram_matrix(A: Any) -> Any:
    """Which channels are active together, wherever that is: the inner products of all pairs of channels.

    Args:
        A: Activations with one row for each channel, `(n_C, n_H * n_W)`.

    Returns:
        `A` times its transpose, `(n_C, n_C)`.
    """
    return ops.matmul(A, ops.transpose(A))  # (n_C, n_C)


def style_matrix(a: Any) -> Any:
    """The Gram matrix of a layer, divided by the number of places: pictures of any size can be compared.

    Args:
        a: Activations of one picture, `(1, n_H, n_W, n_C)`.

    Returns:
        `(n_C, n_C)`.
    """
    channels = ops.reshape(a, (-1, a.shape[-1]))  # (n_H * n_W, n_C)
    places = ops.cast(ops.shape(channels)[0], channels.dtype)
    return gram_matrix(ops.transpose(channels)) / places


def layer_style_cost(a_S: Any, a_G: Any) -> Any:
    """How different the styles of two pictures are for a layer.

    Args:
        a_S: Activations of the style picture, `(1, n_H, n_W, n_C)`. They are a fixed target.
        a_G: Activations of the generated picture, `(1, n_H', n_W', n_C)`: the size may be another one.

    Returns:
        The squared differences of the Gram matrices divided by `(2 n_H n_W n_C)^2`, summed; a tensor without axes.
    """
    return style_cost([style_matrix(a_S)], [style_matrix(a_G)], [1.0])


def style_cost(targets: Sequence[Any], generated: Sequence[Any], weights: Sequence[Any]) -> Any:
    """The weighted sum of the style costs of several layers, from their style matrices.

    Targets never change while a picture is made, so compute them once.

    Args:
        targets: Of the style picture: `style_matrix` of each layer, `(n_C, n_C)`.
        generated: Of the generated picture, likewise.
        weights: Lambda of each layer.

    Returns:
        A tensor without axes.
    """
    return sum(
        weight * ops.mean(ops.square(G - ops.stop_gradient(S))) / 4
        for S, G, weight in zip(targets, generated, weights, strict=True)
    )


def total_cost(J_content: Any, J_style: Any, alpha: Any = 10.0, beta: Any = 40.0) -> Any:
    """`alpha * J_content + beta * J_style`.

    Args:
        J_content: The content cost.
        J_style: The style cost.
        alpha: The weight of the content.
        beta: The weight of the style.
    """
    return alpha * J_content + beta * J_style


def total_variation(picture: Any) -> Any:
    """How much neighbouring pixels differ: the mean of their squared differences, down plus across.

    Args:
        picture: `(1, n_H, n_W, n_C)`.

    Returns:
        A tensor without axes.
    """
    down = ops.mean(ops.square(picture[:, 1:] - picture[:, :-1]))
    return down + ops.mean(ops.square(picture[:, :, 1:] - picture[:, :, :-1]))
