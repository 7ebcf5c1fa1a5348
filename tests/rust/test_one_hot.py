"""one_hot against numpy: shape, order, NULL codes, dropped and shared columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stratum_sql import _rust_udfs
from stratum_sql import kernels as rust

CODES = hnp.arrays(np.int32, st.integers(0, 200), elements=st.integers(-1, 4))
TABLES = hnp.arrays(np.int32, 5, elements=st.integers(-1, 2))


def expected(codes: np.ndarray[Any, Any], table: np.ndarray[Any, Any], width: int) -> np.ndarray[Any, Any]:
    columns = np.append(table, [-1])[codes]
    return np.asarray(np.equal.outer(columns, np.arange(width)), dtype=np.float64)


@given(CODES, TABLES)
def test_equals_a_comparison_with_each_column(codes: np.ndarray[Any, Any], table: np.ndarray[Any, Any]) -> None:
    matrix = rust.one_hot(codes, table, 3)
    assert matrix.shape == (len(codes), 3)
    assert matrix.dtype == np.float64
    assert matrix.flags.f_contiguous
    assert np.array_equal(matrix, expected(codes, table, 3))


def test_long_columns_cross_chunks() -> None:
    codes = np.arange(2 * _rust_udfs.CHUNK_ROWS + 7) % 6 - 1
    table = np.array([3, 0, -1, 1, 2])
    assert np.array_equal(rust.one_hot(codes, table, 4), expected(codes, table, 4))


def test_the_matrix_is_writable_and_outlives_the_call() -> None:
    matrix = rust.one_hot([0, 1], [0, 1], 2)
    matrix[0, 1] = 7.0
    assert matrix.tolist() == [[1.0, 7.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    ("codes", "table", "width"),
    [([2], [0, 1], 2), ([-2], [0, 1], 2), ([0], [2, 0], 2), ([0], [-2, 0], 2), ([0.5], [0], 1), ([2**31], [0], 1)],
    ids=["code", "negative code", "column", "negative column", "not whole", "beyond int32"],
)
def test_what_is_out_of_range_is_refused(codes: list[float], table: list[int], width: int) -> None:
    with pytest.raises(ValueError, match=r"outside|fit"):
        rust.one_hot(codes, table, width)


@pytest.mark.parametrize("width", [2**60, 2**63])
def test_a_matrix_beyond_any_memory_is_refused(width: int) -> None:
    with pytest.raises(MemoryError, match="no memory"):
        rust.one_hot([0], [0], width)
