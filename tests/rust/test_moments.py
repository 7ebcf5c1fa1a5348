"""moments against numpy: grouped, chunked, NULL, NaN and infinity, and the merge that makes folds cheap."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stratum_sql import _rust_udfs
from stratum_sql import kernels as rust

NUMBERS = st.floats(-1e6, 1e6) | st.just(np.nan)
COLUMNS = hnp.arrays(np.float64, st.integers(0, 300), elements=NUMBERS)


def close(left: Any, right: Any, unit: float) -> bool:
    return bool(np.allclose(left, right, rtol=1e-12, atol=1e-12 * unit, equal_nan=True))


def check(state: rust.Moments, group: int, numbers: np.ndarray[Any, Any]) -> None:
    numbers = numbers[~np.isnan(numbers)]
    assert state.count[group] == len(numbers)
    if len(numbers) == 0:
        assert np.isnan([state.mean[group], state.minimum[group], state.maximum[group]]).all()
        assert state.m2[group] == 0
        return
    unit = float(np.abs(numbers).max())
    assert close(state.mean[group], numbers.mean(), unit)
    assert close(state.m2[group], numbers.var() * len(numbers), unit * unit * len(numbers))
    assert (state.minimum[group], state.maximum[group]) == (numbers.min(), numbers.max())


@given(COLUMNS)
def test_a_column_is_as_numpy_says(values: np.ndarray[Any, Any]) -> None:
    check(rust.moments(values), 0, values)


@given(COLUMNS, st.data())
def test_each_group_is_as_numpy_says(values: np.ndarray[Any, Any], data: st.DataObject) -> None:
    groups = data.draw(hnp.arrays(np.int32, len(values), elements=st.integers(-1, 3)))
    states = rust.moments(values, groups, 4)
    assert len(states) == 4
    for group in range(4):
        check(states, group, values[groups == group])


@given(COLUMNS, st.data())
def test_merged_groups_are_the_group_of_their_rows(values: np.ndarray[Any, Any], data: st.DataObject) -> None:
    groups = data.draw(hnp.arrays(np.int32, len(values), elements=st.integers(0, 3)))
    others = [1, 2, 3]
    check(rust.moments(values, groups, 4).merged(others), 0, values[np.isin(groups, others)])


def test_merging_no_group_gives_the_empty_moments() -> None:
    nothing = rust.moments([1.0]).merged([])
    assert nothing.count.tolist() == [0]
    assert np.isnan(nothing.mean).all()


@pytest.mark.parametrize("other", [np.inf, -np.inf, 1.0])
def test_infinity_is_as_numpy_says(other: float) -> None:
    values = np.array([np.inf, 2.0, other])
    with np.errstate(invalid="ignore"):
        mean = values.mean()
    whole = rust.moments(values)
    merged = rust.moments(values, np.arange(3), 3).merged(range(3))
    for state in (whole, merged):
        assert np.array_equal(state.mean, [mean], equal_nan=True)
        assert np.isnan(state.m2).all()


def test_far_from_zero_the_variance_keeps_its_digits() -> None:
    """Chunks and folds are merged by the difference of their means, which 1e9 leaves seven digits after the point."""
    values = 1e9 + np.random.default_rng(0).normal(size=3 * _rust_udfs.CHUNK_ROWS + 5)
    whole = rust.moments(values)
    folds = rust.moments(values, np.arange(len(values)) % 5, 5)
    for state in (whole, folds.merged(range(5))):
        assert state.m2[0] / state.count[0] == pytest.approx(values.var(), rel=1e-12)
        assert state.mean[0] == pytest.approx(values.mean(), rel=1e-15)


def test_the_number_of_threads_changes_no_bit(threads_restored: None) -> None:
    values = np.random.default_rng(1).normal(size=4 * _rust_udfs.CHUNK_ROWS + 1)
    groups = np.arange(len(values)) % 5
    answers = []
    for count in (1, 2, 3):
        rust.set_threads(count)
        state = rust.moments(values, groups, 5)
        answers.append(np.stack([state.count, state.mean, state.tail, state.m2, state.minimum, state.maximum]))
    assert np.array_equal(answers[0], answers[1])
    assert np.array_equal(answers[0], answers[2])


@pytest.mark.parametrize(
    ("groups", "n_groups"),
    [([0], 1), ([0, 2], 2), ([0, -2], 2), (None, 2), (None, 0), ([0, 2**40], 1), ([0.0, 0.5], 1), ([[0], [0]], 1)],
    ids=["short", "too large", "negative", "no groups", "nothing", "beyond int32", "not whole", "two dimensions"],
)
def test_wrong_groups_are_refused(groups: list[Any] | None, n_groups: int) -> None:
    with pytest.raises(ValueError, match=r"group|rows|fit|dimension"):
        rust.moments([1.0, 2.0], groups, n_groups)
