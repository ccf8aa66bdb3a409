"""Gradients and compilation: what each Keras backend does in its own way, and Keras does not do for it.

TensorFlow, JAX and PyTorch are imported here only, and only the one that Keras runs on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops


def value_and_gradient(function: Callable[[Any], Any], x: Any) -> tuple[Any, Any]:
    """The value of a function at `x`, and its gradient there, on every Keras backend.

    Args:
        function: From a tensor to one number, written with `keras.ops` or with Keras layers. It must compute with its
            argument: what it takes from elsewhere is a constant.
        x: A tensor, an array or a `keras.Variable`.

    Returns:
        The value, a tensor without axes, and the gradient, a tensor of the shape of `x`.

    Raises:
        ValueError: If the value does not depend on the argument, so that there is no gradient. (JAX cannot tell; its
            gradient is zero then.)

    Example:
    ```python
    value, gradient = value_and_gradient(lambda x: keras.ops.sum(x**2), np.array([1.0, -2.0], "float32"))  # 5, [2, -4]
    ```
    """
    value, _, gradient = with_gradient(lambda tensor: (function(tensor), ()))(ops.convert_to_tensor(x))
    return value, gradient


def with_gradient(function: Callable[..., Any]) -> Callable[..., tuple[Any, Any, Any]]:
    """A function that returns `(value, extras, gradient)` where the given one returns `(value, extras)`.

    The gradient is the one for the first argument.
    """

    def differentiated(x: Any, *args: Any) -> tuple[Any, Any, Any]:
        value, extras, gradient = _BACKENDS[keras.backend.backend()](function, x, args)
        if gradient is None:
            raise ValueError(
                "There is no gradient: the value does not depend on the function's argument. Compute it from the "
                "argument with keras.ops, not from another variable and not by way of NumPy."
            )
        return value, extras, gradient

    return differentiated


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, compiled; PyTorch runs it as it is."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf  # type: ignore[import-untyped, unused-ignore]

        graph: Callable[..., Any] = tf.function(function, reduce_retracing=True)
        return graph
    if backend == "jax":
        import jax  # type: ignore[import-not-found, unused-ignore]

        jitted: Callable[..., Any] = jax.jit(function)
        return jitted
    return function


def _tensorflow(function: Callable[..., Any], x: Any, args: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    import tensorflow as tf  # type: ignore[import-untyped, unused-ignore]

    x = tf.convert_to_tensor(x)  # a Keras variable, too
    with tf.GradientTape() as tape:
        tape.watch(x)
        value, extras = function(x, *args)
    return value, extras, tape.gradient(value, x)


def _jax(function: Callable[..., Any], x: Any, args: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    import jax  # type: ignore[import-not-found, unused-ignore]

    (value, extras), gradient = jax.value_and_grad(function, has_aux=True)(x, *args)
    return value, extras, gradient


def _torch(function: Callable[..., Any], x: Any, args: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    import torch  # type: ignore[import-not-found, unused-ignore]

    with torch.enable_grad():
        x = x.detach().requires_grad_(True)
        value, extras = function(x, *args)
        gradient = torch.autograd.grad(value, x, allow_unused=True)[0] if value.requires_grad else None
    return value.detach(), extras, gradient


_BACKENDS: dict[str, Callable[..., tuple[Any, Any, Any]]] = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
