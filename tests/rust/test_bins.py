"""bins and ranks against numpy's searchsorted and interp."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_sql import kernels as rust

# few different numbers, so that they meet edges and edges meet each other, and any numbers
NUMBERS = st.integers(-4, 4).map(float) | st.floats(-1e300, 1e300)
COLUMNS = st.lists(NUMBERS, max_size=50).map(np.array)
ASCENDING = st.lists(NUMBERS, min_size=1, max_size=90).map(np.sort)

Array = np.ndarray[Any, Any]


@given(COLUMNS, ASCENDING)
def test_bins_equal_searchsorted(column: Array, edges: Array) -> None:
    assert np.array_equal(rust.bins(column, edges), np.searchsorted(edges, column, side="right"))


@given(COLUMNS, ASCENDING)
def test_ranks_equal_interpolation_from_either_side(column: Array, quantiles: Array) -> None:
    references = np.linspace(0, 1, len(quantiles))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        up = np.interp(column, quantiles, references)
        down = np.interp(-column, -quantiles[::-1], -references[::-1])
    assert np.array_equal(rust.ranks(column, quantiles, references), 0.5 * (up - down))


def test_long_columns_are_cut_into_chunks() -> None:
    column = np.random.default_rng(0).normal(size=200_003)
    edges = np.linspace(-3, 3, 1001)
    assert np.array_equal(rust.bins(column, edges), np.searchsorted(edges, column, side="right"))
    up = np.interp(column, edges, edges)
    down = np.interp(-column, -edges[::-1], -edges[::-1])
    assert np.array_equal(rust.ranks(column, edges, edges), 0.5 * (up - down))


def test_no_edges_are_one_bin() -> None:
    assert rust.bins([1.0, 2.0], []).tolist() == [0.0, 0.0]


def test_nan_is_in_no_bin_and_has_no_rank() -> None:
    assert np.isnan(rust.bins([np.nan], [1.0])).all()
    assert np.isnan(rust.ranks([np.nan], [1.0], [1.0])).all()


@pytest.mark.parametrize("wrong", [[2.0, 1.0], [np.nan, np.nan]])
def test_what_does_not_ascend_is_refused(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match="ascending"):
        rust.bins([1.0], wrong)
    with pytest.raises(ValueError, match="ascending"):
        rust.ranks([1.0], wrong, [0.0, 1.0])
    with pytest.raises(ValueError, match="ascending"):
        rust.ranks([1.0], [0.0, 1.0], wrong)


def test_ranks_need_a_reference_for_each_quantile_and_a_finite_range() -> None:
    with pytest.raises(ValueError, match="2 quantiles, but 1 references"):
        rust.ranks([1.0], [0.0, 1.0], [0.0])
    for quantiles in ([], [-1e308, 1e308]):
        with pytest.raises(ValueError, match="range of the quantiles"):
            rust.ranks([1.0], quantiles, np.zeros(len(quantiles)))
