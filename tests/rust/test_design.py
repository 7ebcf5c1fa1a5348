"""design against columns made one by one and put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stratum_sql import _rust_udfs
from stratum_sql import kernels as rust
from stratum_sql.kernels import Coded

Array = np.ndarray[Any, Any]
CODES = hnp.arrays(np.int32, st.integers(0, 200), elements=st.integers(-1, 4))
NUMBERS = np.array([0.5, np.nan, 2.0, -1.0, 1e300, 7.0])
PLACES = np.array([2, -1, 0, 0, 1, 2], np.int32)


def check(codes: Array) -> None:
    wide = np.asfortranarray(np.column_stack([codes * 0.5, codes + 1.0]))
    pieces: list[Any] = [Coded(codes, PLACES, 3), wide, Coded(codes, NUMBERS), codes * 2.0, np.ascontiguousarray(wide)]
    found = rust.design(pieces, len(codes))
    indicators = np.equal.outer(PLACES[codes], np.arange(3)).astype(np.float64)
    assert found.flags.f_contiguous
    wanted = np.column_stack([indicators, wide, NUMBERS[codes], codes * 2.0, wide])
    assert np.array_equal(found, wanted, equal_nan=True)


@given(CODES)
def test_equals_the_pieces_side_by_side(codes: Array) -> None:
    check(codes)


def test_long_columns_cross_chunks() -> None:
    check((np.arange(2 * _rust_udfs.CHUNK_ROWS + 7) % 6 - 1).astype(np.int32))


def test_no_piece_is_a_matrix_without_columns() -> None:
    assert rust.design([], 3).shape == (3, 0)
    assert rust.design([np.empty((0, 2))], 0).shape == (0, 2)


def test_what_does_not_fit_is_refused() -> None:
    codes = np.array([0, -1], np.int32)
    calls: list[Callable[[], object]] = [
        lambda: rust.design([np.ones(3)], 2),
        lambda: rust.design([Coded(codes, np.array([1.0, 2.0]))], 3),
        lambda: rust.design([Coded(codes, np.array([1.0]))], 2),
        lambda: rust.design([Coded(codes, np.empty(0))], 2),
        lambda: rust.design([Coded(codes, np.array([2, 0]), 2)], 2),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"rows|outside|no entry"):
            call()
