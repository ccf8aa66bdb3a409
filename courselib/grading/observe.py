"""What a Keras model computes, as data that can be compared.

Cases name these functions in their `Code`. They run in the kernel. Two models are the same to them when they have the
same parameters, shapes and outputs for the same weights, however they are written: functional or subclassed,
activations inside a layer or behind it, whatever the layers are called.

All weights are set to fixed values that depend only on the shape and the role of each weight (kernel, bias, gamma ...),
so the order in which layers were made does not matter.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

MAX_OUTPUTS = 1024  # numbers kept of one output, evenly spaced


class Unobservable(Exception):
    """What came back is no model, so there is nothing to observe. The judge shows the message as it is."""


def model(model: Any, *inputs: np.ndarray, fixed_weights: bool = True) -> dict[str, Any]:
    """What a Keras model or layer computes at inference.

    Args:
        model: A `keras.Model` or `keras.Layer`, built or not.
        *inputs: One batch for each of its inputs.
        fixed_weights: Set all weights to fixed values first. Otherwise they stay as the learner initialised them.

    Returns:
        The shape of the output, the numbers of trainable and of frozen parameters, and the outputs (of a large one,
        `MAX_OUTPUTS` evenly spaced numbers). With several outputs, shapes and outputs are lists.

    Raises:
        Unobservable: If `model` is neither.
    """
    import keras

    if not isinstance(model, keras.Layer):
        raise Unobservable(f"expected a Keras model, got {_describe(model)}")
    batch = inputs[0] if len(inputs) == 1 else list(inputs)
    if not model.built:
        model(batch, training=False)
    if fixed_weights:
        fill(model)
    outputs = model(batch, training=False)
    several = isinstance(outputs, list | tuple)
    arrays = [_to_array(output) for output in (outputs if several else [outputs])]
    shapes = [tuple(array.shape) for array in arrays]
    values = [_sample(array) for array in arrays]
    return {
        "output shape": shapes if several else shapes[0],
        **parameters(model),
        "outputs": values if several else values[0],
    }


def block(
    function: Callable[..., Any], x: np.ndarray, *args: Any, fixed_weights: bool = True, **kwargs: Any
) -> dict[str, Any]:
    """What a function that adds layers to a tensor computes: `function(x, *args, **kwargs)`.

    The function is called with a symbolic `keras.Input` of the shape of `x`; what it returns becomes a model, which is
    observed on `x`.

    Args:
        function: The learner's function.
        x: A batch, of shape `(m, ...)`.
        *args: Further positional arguments.
        fixed_weights: As in `model`.
        **kwargs: Keyword arguments.

    Raises:
        Unobservable: If the function does not return a tensor that depends on its input.
    """
    return model(block_model(function, x.shape[1:], *args, **kwargs), x, fixed_weights=fixed_weights)


def block_model(function: Callable[..., Any], shape: Iterable[int], *args: Any, **kwargs: Any) -> Any:
    """The Keras model from an input of some shape (without the batch) to what the function makes of it.

    Raises:
        Unobservable: If the function does not return a tensor that depends on its input.
    """
    import keras

    inputs = keras.Input(tuple(shape))
    outputs = function(inputs, *args, **kwargs)
    for output in outputs if isinstance(outputs, list | tuple) and outputs else [outputs]:
        if not isinstance(output, keras.KerasTensor):
            raise Unobservable(f"expected a tensor made from the input by layers, got {_describe(output)}")
    try:
        return keras.Model(inputs, outputs)
    except ValueError as error:
        raise Unobservable(f"the result is not connected to the input: {str(error).splitlines()[0][:200]}") from None


def size(build: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """The output shape and the parameters of a large network, built without allocating its weights.

    Args:
        build: The learner's function, called with the other arguments. It must return a built model.

    Raises:
        Unobservable: If it returns something else.
    """
    import keras
    from keras.src.backend.common import global_state

    waiting = global_state.get_global_attribute("uninitialized_variables", [], set_to_default=True)
    before = len(waiting)
    with keras.StatelessScope(initialize_variables=False):
        network = build(*args, **kwargs)
    del waiting[before:]  # or the next scope that ends would allocate them
    if not isinstance(network, keras.Model):
        raise Unobservable(f"expected a Keras model, got {_describe(network)}")
    if not network.built:
        raise Unobservable("expected a Keras model that knows its input shape: begin with keras.Input(shape=...)")
    return {"output shape": network.output_shape, **parameters(network)}


def parameters(model: Any) -> dict[str, int]:
    """How many numbers a model learns, and how many it keeps as they are."""
    trainable = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    frozen = sum(math.prod(weight.shape) for weight in model.non_trainable_weights)
    return {"trainable parameters": int(trainable), "frozen parameters": int(frozen)}


def fill(model: Any, seed: int = 0) -> Any:
    """Set all weights of a built model to fixed values.

    Kernels get both signs and a size that keeps the signal alive through many layers; variances and gammas are
    positive.

    Args:
        model: A built `keras.Model` or `keras.Layer`.
        seed: Another seed gives other values.

    Returns:
        The same model.
    """
    for weight in model.weights:
        weight.assign(_values(weight.path.rsplit("/", 1)[-1], tuple(weight.shape), seed))
    return model


def _values(name: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    role = name if name in ("gamma", "beta", "bias", "moving_mean", "moving_variance") else "kernel"
    if role == "kernel" and len(shape) < 2:
        role = "bias"
    rng = np.random.default_rng([zlib.crc32(role.encode()), seed, *shape])
    steps = rng.integers(-8, 9, size=shape, dtype=np.int8).astype(np.float32) / 8  # standard deviation 0.6
    if role == "kernel":
        fan_in = math.prod(shape[:-1])
        return steps * np.float32(2.0 ** round(math.log2(math.sqrt(2 / fan_in) / 0.61)))
    if role == "gamma":
        return 1 + steps / 2
    if role == "moving_variance":
        return 1.5 + steps / 2
    return steps / 2


def _to_array(tensor: Any) -> np.ndarray:
    import keras

    array = keras.ops.convert_to_numpy(tensor)
    return array.astype("float32") if array.dtype.name in ("float16", "bfloat16") else np.asarray(array)


def _sample(array: np.ndarray) -> np.ndarray:
    if array.size <= MAX_OUTPUTS:
        return array
    return np.ascontiguousarray(array.reshape(-1)[np.linspace(0, array.size - 1, MAX_OUTPUTS).astype(np.int64)])


def _describe(value: Any) -> str:
    if value is None:
        return "None: return what you built"
    kind = type(value).__name__
    return f"{'an' if kind[:1] in 'aeiouAEIO' else 'a'} {kind}"
