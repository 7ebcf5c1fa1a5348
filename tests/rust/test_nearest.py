"""The nearest rows against scikit-learn's trees, bit for bit, and against its comparison of every pair."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import KDTree, NearestNeighbors

from stratum_sql import kernels as rust


def drawn(rows: int, columns: int, seed: int, digits: int = 15, order: Any = "C") -> Any:
    return np.asarray(np.random.default_rng(seed).normal(size=(rows, columns)).round(digits), order=order)


def by_definition(train: Any, asked: Any, count: int) -> tuple[Any, Any]:
    """Every pair, added up column by column; of equally far rows the first."""
    squares = np.zeros((len(asked), len(train)))
    for own, other in zip(train.T, asked.T, strict=True):
        squares += (own[None, :] - other[:, None]) ** 2
    places = np.argsort(squares, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(squares, places, axis=1), places


@pytest.mark.parametrize("columns", [1, 2, 5, 15, 16, 40])
@pytest.mark.parametrize("order", ["C", "F"])
def test_distances_are_those_of_a_tree_to_the_last_bit(columns: int, order: Any) -> None:
    train, asked = drawn(3000, columns, 1, order=order), drawn(200, columns, 2, order=order)
    squares, places = rust.nearest(train, asked, 12)
    distances, wanted = KDTree(train).query(asked, 12)
    assert np.array_equal(places, wanted)
    assert np.sqrt(squares).tobytes() == distances.tobytes()


@pytest.mark.parametrize("columns", [3, 30])
def test_the_nearest_are_those_of_every_pair(columns: int) -> None:
    train, asked = drawn(2000, columns, 1), drawn(300, columns, 2)
    squares, places = rust.nearest(train, asked, 9)
    distances, wanted = NearestNeighbors(n_neighbors=9, algorithm="brute").fit(train).kneighbors(asked)
    assert np.array_equal(places, wanted)
    np.testing.assert_allclose(np.sqrt(squares), distances, rtol=1e-12)


@settings(max_examples=60)
@given(
    st.integers(1, 400),
    st.integers(0, 50),
    st.sampled_from([1, 3, 15, 16, 33]),
    st.integers(0, 2**31),
    st.sampled_from([0, 1, 15]),
    st.sampled_from([1e-200, 1e-25, 1.0, 1e25]),
    st.data(),
)
def test_equals_its_definition(
    rows: int, others: int, columns: int, seed: int, digits: int, unit: float, data: st.DataObject
) -> None:
    """Duplicates, one row, none asked for, and numbers that are too large or small for `f32`."""
    count = data.draw(st.integers(1, rows))
    train, asked = drawn(rows, columns, seed, digits) * unit, drawn(others, columns, seed + 1, digits) * unit
    asked[: rows // 2] = train[: len(asked[: rows // 2])]
    squares, places = rust.nearest(train, asked, count)
    wanted, order = by_definition(train, asked, count)
    assert np.array_equal(places, order)
    assert squares.tobytes() == wanted.tobytes()


def test_a_few_far_rows_hide_no_near_ones() -> None:
    train, asked = drawn(1500, 20, 1) * 1e-6, drawn(40, 20, 2) * 1e-6
    train[::100] += 1e9
    train[1::2] += 5.0
    squares, places = rust.nearest(train, asked, 5)
    wanted, order = by_definition(train, asked, 5)
    assert np.array_equal(places, order)
    assert squares.tobytes() == wanted.tobytes()


@pytest.mark.parametrize(
    ("train", "asked", "count", "words"),
    [
        (np.ones((2, 1)), np.ones((2, 1)), 3, "3 neighbours of 2 rows"),
        (np.ones((2, 1)), np.ones((2, 1)), 0, "0 neighbours of 2 rows"),
        (np.ones((0, 1)), np.ones((2, 1)), 1, "1 neighbours of 0 rows"),
        (np.ones((2, 1)), np.ones((2, 1)), -1, "count must be 0 or more"),
        (np.array([[np.nan]]), np.ones((1, 1)), 1, "NaN or infinite"),
        (np.ones((1, 1)), np.array([[np.inf]]), 1, "NaN or infinite"),
        (np.ones((1, 2)), np.ones((1, 1)), 1, "matrices"),
        (np.ones((1, 1), np.float32), np.ones((1, 1), np.float32), 1, "matrices"),
        (np.ones(1), np.ones(1), 1, "matrices"),
        (np.ones((1, 0)), np.ones((1, 0)), 1, "without columns"),
    ],
)
def test_what_is_wrong_is_refused(train: Any, asked: Any, count: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rust.nearest(train, asked, count)


@pytest.mark.parametrize("columns", [4, 20])
def test_threads_change_no_bit(threads_restored: None, columns: int) -> None:
    train, asked = drawn(2000, columns, 1, 1), drawn(500, columns, 2, 1)
    answers = []
    for threads in (1, 2, 5):
        rust.set_threads(threads)
        answers.append([part.tobytes() for part in rust.nearest(train, asked, 11)])
    assert answers[0] == answers[1] == answers[2]
