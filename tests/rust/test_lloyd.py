"""Lloyd's k-means of one column against scikit-learn's KMeans, from the same centres."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from stratum_sql import kernels as rust

Array = np.ndarray[Any, Any]


def start(column: Array, count: int) -> Array:
    edges = np.linspace(column.min(), column.max(), count + 1)
    return (edges[1:] + edges[:-1]) * 0.5


def ours(column: Array, centres: Array, steps: int = 300) -> Array | None:
    mean = column.mean()
    found = rust.lloyd(column - mean, centres - mean, float(column.var()) * 1e-4, steps)
    return None if found is None else found + mean


def theirs(column: Array, centres: Array, steps: int = 300) -> Array:
    fitted = KMeans(len(centres), init=centres[:, None].copy(), n_init=1, max_iter=steps).fit(column[:, None].copy())
    found: Array = np.sort(fitted.cluster_centers_[:, 0])
    return found


COLUMNS: dict[str, Callable[[np.random.Generator], Array]] = {
    "normal": lambda random: random.normal(5, 3, 5000),
    "skewed": lambda random: random.exponential(2, 5000),
    "far from zero": lambda random: 1e6 + random.normal(size=5000),
    "two groups": lambda random: np.r_[random.normal(0, 1, 3000), random.normal(9, 2, 2000)],
    "rounded": lambda random: random.normal(0, 10, 5000).round(2),
    "tiny": lambda random: random.normal(size=5000) * 1e-30,
}


@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_centres_are_scikit_learn_s(kind: str, count: int) -> None:
    column = COLUMNS[kind](np.random.default_rng(count))
    found = ours(column, start(column, count))
    assert found is not None
    np.testing.assert_allclose(found, theirs(column, start(column, count)), rtol=1e-9, atol=1e-9 * np.ptp(column))


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_it_ends_after_so_many_steps(steps: int) -> None:
    column = np.random.default_rng(0).exponential(size=3000)
    found = ours(column, start(column, 6), steps=steps)
    assert found is not None
    np.testing.assert_allclose(found, theirs(column, start(column, 6), steps), rtol=1e-9)


@given(st.lists(st.integers(-30, 30), min_size=8, max_size=60), st.integers(1, 6), st.integers(0, 2))
def test_whole_numbers(numbers: list[int], count: int, digits: int) -> None:
    """As far from one centre as from another, often: in the first step scikit-learn's choice, later left open."""
    column = np.array(numbers, np.float64) / 10**digits
    if np.ptp(column) == 0 or len(set(numbers)) < count:
        return
    found = ours(column, start(column, count))
    if found is not None:
        np.testing.assert_allclose(found, theirs(column, start(column, count)), rtol=1e-9, atol=1e-9 * np.ptp(column))


def test_ties_of_the_first_step_are_decided() -> None:
    column = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 10.0, 10.0])
    found = ours(column, np.array([1.0, 5.0]))
    assert found is not None
    np.testing.assert_allclose(found, theirs(column, np.array([1.0, 5.0])))


def test_what_rounding_decides_is_left_open() -> None:
    assert rust.lloyd([0.0, 2.0, 4.0, 6.0], [0.0, 2.0], 0.0) is None  # 2 is as far from 0 as from 4, the next centres
    assert rust.lloyd([0.0, 1.0], [0.5, 9.0], 0.0) is None  # a centre without numbers


@pytest.mark.parametrize(
    ("column", "centres", "tolerance", "words"),
    [
        ([np.nan], [1.0], 0.0, "NaN or infinite"),
        ([np.inf], [1.0], 0.0, "NaN or infinite"),
        ([1.0], [], 0.0, "no finite centres"),
        ([1.0], [2.0, 1.0], 0.0, "do not ascend"),
        ([1.0], [1.0], -1.0, "tolerance"),
    ],
)
def test_what_is_wrong_is_refused(column: Any, centres: Any, tolerance: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rust.lloyd(column, centres, tolerance)


def test_threads_change_no_bit(threads_restored: None) -> None:
    column = np.random.default_rng(0).normal(size=100_000)
    answers = []
    for threads in (1, 2, 5):
        rust.set_threads(threads)
        found = ours(column, start(column, 7))
        assert found is not None
        answers.append(found.tobytes())
    assert answers[0] == answers[1] == answers[2]
