"""row_order against numpy's stable argsort."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stratum_sql import _rust_udfs
from stratum_sql import kernels as rust

KEYS = hnp.arrays(np.uint64, st.integers(0, 300), elements=st.integers(0, 2**64 - 1) | st.integers(0, 5))


@given(KEYS)
def test_equals_a_stable_argsort(keys: np.ndarray[Any, Any]) -> None:
    rows, ties = rust.row_order(keys)
    assert rows.dtype == np.int64
    assert np.array_equal(rows, np.argsort(keys, kind="stable"))
    assert ties == (len(np.unique(keys)) < len(keys))


def test_long_columns_cross_chunks() -> None:
    keys = np.random.default_rng(0).integers(0, 2**64, size=2 * _rust_udfs.CHUNK_ROWS + 3, dtype=np.uint64)
    rows, ties = rust.row_order(keys)
    assert np.array_equal(rows, np.argsort(keys, kind="stable"))
    assert not ties


@pytest.mark.parametrize("keys", [[-1], [0.5], [1, -(2**63)]], ids=["negative", "not whole", "smallest"])
def test_what_is_no_key_is_refused(keys: list[float]) -> None:
    with pytest.raises(ValueError, match="fit"):
        rust.row_order(keys)
