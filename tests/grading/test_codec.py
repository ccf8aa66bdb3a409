"""Values as data: what survives the way, and what forged data can do (nothing)."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from courselib.grading import codec
from courselib.grading.codec import CodecError, Opaque, decode, encode
from courselib.grading.exercise import Code


def round_trip(value: object) -> object:
    return decode(json.loads(json.dumps(encode(value))))


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(plain)
def test_plain_values_survive(value: object) -> None:
    assert round_trip(value) == value
    assert type(round_trip(value)) is type(value)


dtypes = st.sampled_from(["bool", "uint8", "int64", "float16", "float32", "float64", "complex128", ">f8"])


@given(hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)))
def test_arrays_survive(array: np.ndarray) -> None:
    back = round_trip(array)
    assert isinstance(back, np.ndarray)
    assert back.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(back, array)
    back[...] = 0  # it is writable


@pytest.mark.parametrize("value", [np.float32(0.1), np.int16(-3), np.bool_(True), np.float64("nan")])
def test_numpy_scalars_keep_their_dtype(value: np.generic) -> None:
    back = round_trip(value)
    assert type(back) is type(value)
    np.testing.assert_equal(back, value)


def test_code_survives() -> None:
    assert round_trip(Code("lambda x: x")) == Code("lambda x: x")


class Hostile:
    """Everything that a probe might touch raises."""

    def __getattribute__(self, name: str) -> object:
        if name == "__class__":
            return Hostile
        raise RuntimeError(name)

    def __array__(self, *args: object) -> np.ndarray:
        raise SystemExit

    def __len__(self) -> int:
        raise KeyboardInterrupt


class Cheater(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


@pytest.mark.parametrize(
    ("value", "description"),
    [
        (lambda: 1, "a function"),
        (Hostile(), "an object of type Hostile"),
        (Cheater(3), "an object of type Cheater"),
        (np.array([object()]), "an array of dtype object and shape (1,)"),
        (np.lib.stride_tricks.as_strided(np.zeros(1), (10**6, 10**6), (0, 0)), "which is too large"),
        (10**400, "an int of too many digits"),
        ("x" * 200_000, "a str of 200000 characters"),
        ([0] * 200_000, "a list that is too large or too deep"),
    ],
    ids=["function", "hostile", "float that equals all", "objects", "strides", "long int", "long str", "long list"],
)
def test_what_is_not_data_becomes_a_description(value: object, description: str) -> None:
    back = round_trip(value)
    assert isinstance(back, Opaque)
    assert description in str(back)


def test_a_list_that_holds_itself_ends() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert "too deep" in json.dumps(encode(endless))


ARRAY = {"kind": "array", "dtype": "<f8", "shape": [2], "data": "AAAAAAAAAAAAAAAAAAAAAA=="}


@pytest.mark.parametrize(
    "forged",
    [
        None,
        [],
        {"kind": "pickle"},
        {"kind": "int", "value": "9" * 10_000},
        {"kind": "float", "value": "1.0", "dtype": "object"},
        {**ARRAY, "shape": [10**9, 10**9]},
        {**ARRAY, "shape": [-1, -2]},
        {**ARRAY, "shape": [3]},
        {**ARRAY, "dtype": "O"},
        {**ARRAY, "dtype": "f8,f8"},
        {**ARRAY, "dtype": "(2,)f8"},
        {**ARRAY, "data": "%%%"},
        {**ARRAY, "data": 7},
        {"kind": "dict", "items": [[1]]},
        {"kind": "list", "items": 3},
    ],
)
def test_forged_data_is_refused(forged: object) -> None:
    with pytest.raises(CodecError, match="Malformed value"):
        decode(forged)


def test_nesting_is_limited_when_decoding() -> None:
    data: dict[str, object] = {"kind": "none"}
    for _ in range(codec.MAX_DEPTH + 2):
        data = {"kind": "list", "items": [data]}
    with pytest.raises(CodecError, match="too deep"):
        decode(data)
