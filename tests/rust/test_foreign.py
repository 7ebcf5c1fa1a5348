"""Malformed arrays of other programs: an ordinary exception or the right answer, no crash, and the next call works.

What the interface does not say, such as how long the memory behind a buffer is, nobody can check.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_sql import _rust_udfs
from stratum_sql import kernels as rust
from tests.rust.foreign import ArrowArray, ArrowSchema, Foreign

VALUES = np.array([1.0, 2.0, 6.0])
TEXT = np.frombuffer(b"abcdef", np.uint8)


def mean(array: Any) -> float:
    return float(_rust_udfs.moments(array, None, 1)[0][1])


def words(array: Any) -> list[str]:
    ends, text, _ = _rust_udfs.ngrams(array, "char", 1, 1, [], [], set())
    bounds, characters = np.frombuffer(memoryview(ends), np.int64), bytes(memoryview(text))
    return [characters[start:end].decode() for start, end in pairwise(bounds)]


def numbers(length: int = 3, **fields: int) -> Foreign:
    return Foreign(b"g", length, None, VALUES, **fields)


def texts(offsets: Sequence[int], length: int | None = None, text: Any = TEXT, **fields: int) -> Foreign:
    return Foreign(
        b"U", len(offsets) - 1 if length is None else length, None, np.array(offsets, np.int64), text, **fields
    )


def refused(call: Callable[[Any], object], array: Foreign) -> None:
    """It is refused with a reason, given back if it was taken, and the next call works."""
    with pytest.raises(ValueError, match=r"not a readable Arrow array: \w+|expected an Arrow array of"):
        call(array)
    assert array.released == (1 if array.array.release is None else 0)  # one refused for its type is not taken
    assert mean(numbers()) == 3.0


def test_what_is_well_formed_is_read_and_given_back() -> None:
    array, text = numbers(), texts([0, 1, 3])
    assert mean(array) == 3.0
    assert words(text) == ["a", "b", "c"]
    assert (array.released, text.released) == (1, 1)


LENGTHS = [
    {"length": -1},
    {"length": -(2**63)},
    {"length": 2**63 - 1},
    {"length": 2**60},
    {"offset": -1},
    {"offset": -(2**63)},
    {"length": 2**62, "offset": 2**62},
    {"length": -1, "offset": 2},
    {"length": 4, "offset": -1},
]
COUNTS = [
    {"n_buffers": 0},
    {"n_buffers": 1},
    {"n_buffers": -1},
    {"n_buffers": -(2**63)},
    {"n_buffers": 7},
    {"buffers": 0},
    {"n_children": 1},
    {"n_children": -1},
]


@pytest.mark.parametrize("fields", [*LENGTHS, *COUNTS], ids=str)
def test_senseless_lengths_and_counts(fields: dict[str, int]) -> None:
    refused(mean, numbers(**fields))
    refused(words, texts([0, 1, 2, 3], **fields))


def test_numbers_without_memory() -> None:
    refused(mean, Foreign(b"g", 3, None, None))
    for before in (0, 3):
        assert np.isnan(mean(Foreign(b"g", 0, None, None, offset=before)))  # no rows need no memory
        assert words(Foreign(b"U", 0, None, None, None, offset=before)) == []


def test_numbers_with_a_third_buffer() -> None:
    refused(mean, Foreign(b"g", 3, None, VALUES, VALUES))


def test_a_dictionary_that_the_type_does_not_have() -> None:
    array = numbers()
    array.array.dictionary = array.keep(ArrowArray())
    refused(mean, array)


TEXTS = {
    "no offsets": lambda: Foreign(b"U", 2, None, None, TEXT),
    "no text": lambda: texts([0, 1, 2], text=None),
    "no buffer of text": lambda: Foreign(b"U", 2, None, np.array([0, 1, 2])),
    "misaligned": lambda: Foreign(b"U", 1, None, np.zeros(3, np.int64).ctypes.data + 4, TEXT),
    "out of order": lambda: texts([0, 4, 2, 6]),
    "out of order before a slice's end": lambda: texts([0, 1, 6, 2], offset=1, length=2),
    "past the end": lambda: texts([0, 100, 6]),
    "far past the end": lambda: texts([0, 2**62, 6]),
    "negative": lambda: texts([-1, 1, 2]),
    "negative in between": lambda: texts([0, -1, 2]),
    "negative end": lambda: texts([0, 1, -1]),
    "least end": lambda: texts([0, 1, -(2**63)]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_malformed_texts(name: str) -> None:
    refused(words, TEXTS[name]())


@pytest.mark.parametrize(
    ("raw", "offsets"),
    [
        (b"\xff", [0, 1]),
        (b"a\xc3", [0, 2]),
        ("é".encode(), [0, 1, 2]),
        (b"\xed\xa0\x80", [0, 3]),
        (b"\xc0\x80", [0, 2]),
        (b"\xf5\x80\x80\x80", [0, 4]),
    ],
    ids=["no start", "cut short", "cut in two", "surrogate", "overlong", "beyond Unicode"],
)
def test_texts_that_are_no_utf_8(raw: bytes, offsets: list[int]) -> None:
    refused(words, texts(offsets, text=np.frombuffer(raw, np.uint8)))


@given(st.lists(st.integers(-2, 8), min_size=1, max_size=6), st.integers(0, 3))
def test_offsets_are_read_right_or_refused(offsets: list[int], before: int) -> None:
    before = min(before, len(offsets) - 1)
    own = offsets[before:]
    array = texts(offsets, length=len(own) - 1, text=np.frombuffer(b"abcdefgh", np.uint8), offset=before)
    if len(own) == 1 or (own == sorted(own) and own[0] >= 0):
        assert words(array) == list("abcdefgh"[own[0] : own[-1]] if len(own) > 1 else "")
    else:
        refused(words, array)


@pytest.mark.parametrize(
    "format",
    [
        None,
        b"",
        b"nonsense",
        b"\xff\xfe",
        b"w:x",
        b"w:-1",
        b"d:1",
        b"d:a,b",
        b"+l",
        b"+s",
        b"+w:3",
        b"+m",
        b"+r",
        b"+ud:x",
    ],
    ids=str,
)
def test_a_senseless_type(format: bytes | None) -> None:
    array = numbers()
    array.schema.format = format
    refused(mean, array)


def test_a_type_whose_parts_are_missing() -> None:
    array = numbers()
    array.schema.format, array.schema.n_children = b"+l", 1
    refused(mean, array)
    array = numbers()
    array.schema.format, array.schema.n_children = b"+l", 1
    array.schema.children = array.keep((ctypes.c_void_p * 1)(None))
    refused(mean, array)


def test_a_dictionary_is_refused_whatever_its_codes() -> None:
    codes = Foreign(b"i", 2, None, np.array([0, 1_000_000_000], np.int32))
    codes.schema.dictionary = codes.keep(ArrowSchema(format=b"u", name=b""))
    codes.array.dictionary = codes.keep(ArrowArray())
    refused(lambda array: _rust_udfs.category_counts(array, 1), codes)


def test_what_was_given_back_is_refused() -> None:
    for part in ("array", "schema"):
        array = numbers()
        getattr(array, part).release = None
        with pytest.raises(ValueError, match=f"the Arrow {part} was already taken"):
            mean(array)
    assert mean(numbers()) == 3.0


@pytest.mark.parametrize("claimed", [-1, 0, 1, 2, 3, 2**62, -(2**63)])
def test_a_wrong_count_of_nulls_is_not_believed(claimed: int) -> None:
    array = Foreign(b"g", 3, np.array([0b101], np.uint8), VALUES, null_count=claimed)
    assert mean(array) == 3.5
    assert mean(numbers(null_count=claimed)) == 3.0  # no validity, no NULL


def test_codes_without_a_category_and_rows_that_are_not_there() -> None:
    for code in (2, -2, 2**31 - 1, -(2**31)):
        with pytest.raises(ValueError, match="outside"):
            rust.category_counts([0, code], 2)
        with pytest.raises(ValueError, match="outside"):
            rust.one_hot([0, code], [0, 1], 2)
    for row in (3, -1, 2**62, -(2**63)):
        with pytest.raises(ValueError, match="row"):
            rust.assemble([VALUES], rows=[row])


@pytest.mark.parametrize(
    "whole", [pa.chunked_array([[1.0]]), pa.table({"x": [1.0]}).to_reader()], ids=["chunks", "stream"]
)
def test_a_stream_is_no_array(whole: Any) -> None:
    with pytest.raises(TypeError, match="expected an Arrow array"):
        mean(whole)


@given(
    st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=40),
    st.integers(0, 40),
    st.integers(0, 40),
)
def test_slices_of_numbers(values: list[float | None], first: int, count: int) -> None:
    own = [value for value in values[first : first + count] if value is not None]
    found = mean(pa.array(values, pa.float64()).slice(first, count))
    assert found == pytest.approx(np.mean(own), abs=1e-6) if own else np.isnan(found)


@given(st.lists(st.one_of(st.none(), st.text(max_size=4)), max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_slices_of_texts(values: list[str | None], first: int, count: int) -> None:
    array = pa.array(values, pa.large_string()).slice(first, count)
    alone = pa.array(values[first : first + count], pa.large_string())
    assert words(array) == words(alone) == sorted(set("".join(filter(None, values[first : first + count]))))


@pytest.mark.parametrize(
    "other", [pa.string_view(), pa.string(), pa.dictionary(pa.int32(), pa.large_string())], ids=str
)
def test_other_kinds_of_text_are_refused(other: pa.DataType) -> None:
    with pytest.raises(ValueError, match="expected an Arrow array of LargeUtf8"):
        words(pa.array(["a"]).cast(other))
