"""Values as data: what may travel between the kernel, the keys and the judge, and nothing else.

Numbers, strings, plain containers and numeric arrays become JSON; everything else becomes its type's name. Nothing is
ever pickled, so that a value that a stranger's code made can be read without running any of it.
"""

from __future__ import annotations

import base64
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from courselib.grading.exercise import Code

Encoded = dict[str, Any]

MAX_BYTES = 64 * 2**20  # of all arrays and strings in one value
MAX_ITEMS = 100_000  # of all containers in one value
MAX_DEPTH = 20
MAX_STRING = 100_000
MAX_INT_BITS = 1024
_ARRAY_KINDS = "biufc"  # bool, int, unsigned int, float, complex
_SCALARS = {"bool": np.bool_, "int": np.int64, "float": np.float64}


@dataclass(frozen=True)
class Opaque:
    """Something that is not data: a function, a generator, an object. Only its description survives."""

    description: str

    def __str__(self) -> str:
        return self.description


class CodecError(ValueError):
    """Encoded data that does not keep the rules: a forged message or a damaged key."""


class _Budget:
    """What is left of the size limits while one value is encoded or decoded."""

    def __init__(self) -> None:
        self.bytes, self.items = MAX_BYTES, MAX_ITEMS

    def take(self, num_bytes: int = 0, items: int = 1) -> bool:
        self.bytes -= num_bytes
        self.items -= items
        return self.bytes >= 0 and self.items >= 0


def encode(value: Any) -> Encoded:
    """Turn a value into JSON-able data.

    Args:
        value: Anything. Objects that are not data, and whatever exceeds the size limits, become a description.

    Returns:
        A `dict` with a `"kind"`, made of strings, numbers, lists and dicts only.
    """
    return _encode(value, _Budget(), MAX_DEPTH)


def _encode(value: Any, budget: _Budget, depth: int) -> Encoded:
    if not budget.take():
        return _opaque("a value that is too large")
    kind = type(value)
    if value is None:
        return {"kind": "none"}
    if kind is bool:
        return {"kind": "bool", "value": value}
    if kind is int:
        too_long = value.bit_length() > MAX_INT_BITS
        return _opaque("an int of too many digits") if too_long else {"kind": "int", "value": str(value)}
    if kind is float:
        return {"kind": "float", "value": repr(value)}
    if kind is str:
        if len(value) > MAX_STRING or not budget.take(len(value)):
            return _opaque(f"a str of {len(value)} characters")
        return {"kind": "str", "value": value}
    if kind is Code:
        return {"kind": "code", "expression": value.expression}
    if kind is list or kind is tuple:
        if depth == 0 or len(value) > budget.items:
            return _opaque(f"a {kind.__name__} that is too large or too deep")
        return {"kind": kind.__name__, "items": [_encode(item, budget, depth - 1) for item in value]}
    if kind is dict:
        if depth == 0 or len(value) > budget.items:
            return _opaque("a dict that is too large or too deep")
        items = [[_encode(k, budget, depth - 1), _encode(v, budget, depth - 1)] for k, v in value.items()]
        return {"kind": "dict", "items": items}
    if isinstance(value, np.generic):
        return _encode_scalar(value)
    array = _as_array(value)
    if array is not None:
        return _encode_array(array, budget)
    return _opaque(_describe(value))


def _opaque(description: str) -> Encoded:
    return {"kind": "opaque", "description": description}


def _describe(value: Any) -> str:
    kind = type(value)
    name = getattr(kind, "__qualname__", "object")
    return "a function" if name == "function" else f"an object of type {name[:80]}"


def _encode_scalar(value: np.generic) -> Encoded:
    for kind, family in (("bool", np.bool_), ("int", np.integer), ("float", np.floating)):
        if isinstance(value, family):
            plain: Any = bool(value) if kind == "bool" else str(int(value)) if kind == "int" else repr(float(value))
            return {"kind": kind, "value": plain, "dtype": value.dtype.name}
    return _opaque(_describe(value))


def _as_array(value: Any) -> np.ndarray | None:
    """The array behind a NumPy array or a tensor of a Keras backend, or None."""
    if isinstance(value, np.ndarray):
        return np.ndarray.view(value, np.ndarray)
    keras = sys.modules.get("keras")
    if keras is not None:
        try:
            if keras.ops.is_tensor(value) or isinstance(value, keras.Variable):
                array = keras.ops.convert_to_numpy(value)
                if array.dtype.name == "bfloat16":
                    array = array.astype("float32")
                return np.asarray(array) if array.dtype.kind in _ARRAY_KINDS else None
        except Exception:  # a symbolic or a hostile object: it is described instead
            return None
    return None


def _encode_array(array: np.ndarray, budget: _Budget) -> Encoded:
    if array.dtype.kind not in _ARRAY_KINDS:
        return _opaque(f"an array of dtype {array.dtype} and shape {array.shape}")
    if array.dtype.name in ("float128", "complex256", "longdouble", "clongdouble"):
        array = array.astype(np.float64 if array.dtype.kind == "f" else np.complex128)
    num_bytes = math.prod(array.shape) * array.dtype.itemsize  # not nbytes: strides can make a huge array of one number
    if not budget.take(num_bytes):
        return _opaque(f"an array of shape {array.shape}, which is too large")
    array = np.ascontiguousarray(array).reshape(array.shape)
    dtype = array.dtype.newbyteorder("<")
    data = base64.b64encode(array.astype(dtype, copy=False).tobytes()).decode("ascii")
    return {"kind": "array", "dtype": dtype.str, "shape": list(array.shape), "data": data}


def decode(data: Any) -> Any:
    """Turn encoded data back into a value.

    Args:
        data: What `encode` returned, possibly forged by a submission.

    Returns:
        The value. Arrays are fresh, writable and in native byte order; what was not data is an `Opaque`.

    Raises:
        CodecError: If the data does not keep the rules. Sizes are checked before anything is allocated.
    """
    try:
        return _decode(data, _Budget(), MAX_DEPTH)
    except CodecError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise CodecError(f"Malformed value: {str(error)[:200]}") from None


def _decode(data: Any, budget: _Budget, depth: int) -> Any:
    if depth < 0 or not budget.take() or not isinstance(data, Mapping):
        raise CodecError("Malformed value: too large, too deep or not an object.")
    kind = data["kind"]
    if kind == "none":
        return None
    if kind in _SCALARS:
        return _decode_scalar(kind, data)
    if kind == "str":
        return str(data["value"])[:MAX_STRING]
    if kind == "opaque":
        return Opaque(str(data["description"])[:200])
    if kind == "code":
        return Code(str(data["expression"]))
    if kind in ("list", "tuple"):
        items = [_decode(item, budget, depth - 1) for item in data["items"]]
        return items if kind == "list" else tuple(items)
    if kind == "dict":
        pairs = ((_decode(k, budget, depth - 1), _decode(v, budget, depth - 1)) for k, v in data["items"])
        return {k if isinstance(k, str | int | float | bool | None) else str(k): v for k, v in pairs}
    if kind == "array":
        return _decode_array(data, budget)
    raise CodecError(f"Malformed value: unknown kind {str(kind)[:40]!r}.")


def _decode_scalar(kind: str, data: Mapping[str, Any]) -> Any:
    text = str(data["value"])
    if len(text) > MAX_INT_BITS // 3:
        raise CodecError("Malformed value: a number of too many digits.")
    value: Any = text == "True" if kind == "bool" else int(text) if kind == "int" else float(text)
    dtype = data.get("dtype")
    return value if dtype is None else _plain_dtype(dtype).type(value)


def _plain_dtype(name: Any) -> np.dtype:
    dtype = np.dtype(str(name)[:20])
    if dtype.kind not in _ARRAY_KINDS or dtype.hasobject or dtype.fields is not None or dtype.subdtype is not None:
        raise CodecError(f"Malformed value: dtype {str(name)[:20]!r} is not numeric.")
    return dtype


def _decode_array(data: Mapping[str, Any], budget: _Budget) -> np.ndarray:
    dtype = _plain_dtype(data["dtype"])
    shape = tuple(int(n) for n in data["shape"][:64])
    num_bytes = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or len(shape) > 32 or not budget.take(num_bytes):
        raise CodecError("Malformed value: an array that is too large.")
    text = data["data"]
    if len(text) > 4 * (num_bytes // 3 + 1):
        raise CodecError("Malformed value: an array whose data does not fit its shape.")
    raw = base64.b64decode(text, validate=True)
    if len(raw) != num_bytes:
        raise CodecError("Malformed value: an array whose data does not fit its shape.")
    return np.frombuffer(raw, dtype=dtype).reshape(shape).astype(dtype.newbyteorder("="))
