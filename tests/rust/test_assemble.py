"""assemble against numpy, to the last bit: chosen rows, shift and scale, NaN and infinity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stratum_sql import _rust_udfs
from stratum_sql import kernels as rust

ANY_FLOAT = st.floats(width=64)
PARTS = st.none() | st.lists(ANY_FLOAT, min_size=3, max_size=3)


@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 60), st.just(3)), elements=ANY_FLOAT), PARTS, PARTS, st.data())
def test_equals_numpy_to_the_last_bit(
    table: np.ndarray[Any, Any], shift: list[float] | None, scale: list[float] | None, data: st.DataObject
) -> None:
    rows = data.draw(st.none() | hnp.arrays(np.int64, st.integers(0, 80), elements=st.integers(0, len(table) - 1)))
    columns = [np.ascontiguousarray(table[:, index]) for index in range(3)]
    matrix = rust.assemble(columns, rows, shift, scale)
    with np.errstate(all="ignore"):
        wanted = table if rows is None else table[rows]
        wanted = wanted if shift is None else wanted - np.array(shift)
        wanted = wanted if scale is None else wanted / np.array(scale)
    assert matrix.flags.f_contiguous
    assert np.array_equal(matrix, wanted, equal_nan=True)
    assert np.array_equal(np.signbit(matrix)[~np.isnan(wanted)], np.signbit(wanted)[~np.isnan(wanted)])


def test_a_standard_scaled_matrix_equals_scikit_learn() -> None:
    from sklearn.preprocessing import StandardScaler

    table = np.random.default_rng(0).normal(3.0, 10.0, size=(_rust_udfs.CHUNK_ROWS + 9, 2))
    scaler = StandardScaler().fit(table)
    matrix = rust.assemble(list(table.T), None, scaler.mean_, scaler.scale_)
    assert np.array_equal(matrix, scaler.transform(table))


def test_shift_and_scale_may_be_left_out_column_by_column() -> None:
    matrix = rust.assemble([[1.0, 2.0], [3.0, 4.0]], None, [None, 1.0], [2.0, None])
    assert matrix.tolist() == [[0.5, 2.0], [1.0, 3.0]]


def test_strided_foreign_endian_and_unaligned_columns_are_read_right() -> None:
    strided = np.arange(8.0)[::2]
    swapped = np.arange(4.0).astype(">f8")
    unaligned = np.frombuffer(b"\0" + np.arange(4.0).tobytes(), np.float64, offset=1)
    whole = np.arange(4)
    matrix = rust.assemble([strided, swapped, unaligned, whole])
    assert np.array_equal(matrix, np.stack([strided, whole, whole, whole], axis=1))


def test_the_columns_are_not_changed() -> None:
    column = np.array([1.0, 2.0])
    matrix = rust.assemble([column], None, [1.0], None)
    matrix[:] = 9.0
    assert column.tolist() == [1.0, 2.0]


def test_no_column_has_no_width() -> None:
    assert rust.assemble([], [3, 1]).shape == (2, 0)
    assert rust.assemble([]).shape == (0, 0)
    assert rust.assemble([[1.0]], []).shape == (0, 1)


@pytest.mark.parametrize("row", [2, -1, 2**62, -(2**63)])
def test_a_row_number_out_of_range_is_refused(row: int) -> None:
    with pytest.raises(ValueError, match=r"outside 0 to 2"):
        rust.assemble([[1.0, 2.0]], [0, row])


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="column 1 has 1"):
        rust.assemble([[1.0, 2.0], [1.0]])
    with pytest.raises(ValueError, match="2 shifts"):
        rust.assemble([[1.0]], None, [1.0, 2.0], None)


def test_a_null_of_arrow_becomes_nan_also_in_a_slice() -> None:
    column = pa.array([0.0, 1.0, None, 3.0]).slice(1)
    matrix = np.frombuffer(memoryview(_rust_udfs.assemble([column], pa.array([1, 0, 2]), [])))
    assert np.array_equal(matrix, [np.nan, 1.0, 3.0], equal_nan=True)
