"""row_order against numpy's lexsort, which is stable."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stratum_sql import _rust_udfs
from stratum_sql import kernels as rust

SHAPES = st.tuples(st.integers(1, 4), st.integers(0, 300))
KEYS = hnp.arrays(np.uint64, SHAPES, elements=st.integers(0, 2**64 - 1) | st.integers(0, 2))


@given(KEYS)
def test_equals_a_stable_sort(keys: np.ndarray[Any, Any]) -> None:
    rows = rust.row_order(list(keys))
    assert rows.dtype == np.int64
    assert np.array_equal(rows, np.lexsort(keys[::-1]))


def test_long_columns_cross_chunks() -> None:
    keys = np.random.default_rng(0).integers(0, 2**64, size=2 * _rust_udfs.CHUNK_ROWS + 3, dtype=np.uint64)
    assert np.array_equal(rust.row_order([keys]), np.argsort(keys, kind="stable"))
    few = keys >> np.uint64(60)
    assert np.array_equal(rust.row_order([few, keys]), np.lexsort([keys, few]))


def test_no_key_and_keys_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="no key"):
        rust.row_order([])
    with pytest.raises(ValueError, match="2 keys beside 1"):
        rust.row_order([[1], [1, 2]])


@pytest.mark.parametrize("keys", [[-1], [0.5], [1, -(2**63)]], ids=["negative", "not whole", "smallest"])
def test_what_is_no_key_is_refused(keys: list[float]) -> None:
    with pytest.raises(ValueError, match="fit"):
        rust.row_order([keys])
