"""mean_and_variance against StandardScaler and SimpleImputer: the very same bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler

from stratum_sql import _rust_udfs
from stratum_sql import kernels as rust

# scikit-learn and numpy warn of a column without numbers
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::UserWarning")
COLUMNS = hnp.arrays(np.float64, st.integers(1, 400), elements=st.floats(-1e9, 1e9) | st.just(np.nan))
Array = np.ndarray[Any, Any]


def check(column: Array) -> None:
    count, mean, variance = rust.mean_and_variance(column)
    scaler = StandardScaler().fit(column.reshape(-1, 1))
    assert count == np.max(scaler.n_samples_seen_)
    assert np.array_equal([mean, variance], [scaler.mean_[0], scaler.var_[0]], equal_nan=True)
    if count:
        assert mean == SimpleImputer().fit(column.reshape(-1, 1)).statistics_[0]


@given(COLUMNS)
def test_equals_scikit_learn_to_the_last_bit(column: Array) -> None:
    check(column)


@pytest.mark.parametrize("rows", [127, 128, 129, 8_191, 8_193, _rust_udfs.CHUNK_ROWS + 1, 300_007])
@pytest.mark.parametrize("absent", [0.0, 0.1])
def test_long_columns_are_halved_where_numpy_halves_them(rows: int, absent: float) -> None:
    random = np.random.default_rng(rows)
    column = random.normal(1e6, 3, rows)
    column[random.random(rows) < absent] = np.nan
    check(column)


def test_the_number_of_threads_changes_no_bit(threads_restored: None) -> None:
    column = np.random.default_rng(0).normal(size=400_000)
    found = []
    for count in (1, 2, 5):
        rust.set_threads(count)
        found.append(rust.mean_and_variance(column))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(("column", "mean"), [([np.inf, 1.0], np.inf), ([np.inf, -np.inf], np.nan), ([], np.nan)])
def test_without_a_finite_mean_there_is_no_variance(column: list[float], mean: float) -> None:
    _, found, variance = rust.mean_and_variance(column)
    assert np.array_equal(found, mean, equal_nan=True)
    assert np.isnan(variance)
