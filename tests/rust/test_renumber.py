"""renumber and first_seen against plain Python: rows chosen, columns renumbered and sorted, in the order first met."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from stratum_sql import kernels as rust

WIDTH = 5
ROWS = st.lists(st.lists(st.tuples(st.integers(0, WIDTH - 1), st.floats(-9, 9)), max_size=7), min_size=1, max_size=6)


def csr(rows: list[list[tuple[int, float]]]) -> Any:
    """Unsorted, as n-grams are counted; a column may come twice."""
    starts = np.cumsum([0, *map(len, rows)])
    columns = np.array([column for row in rows for column, _ in row], dtype=np.int32)
    values = np.array([value for row in rows for _, value in row], dtype=np.float64)
    return sparse.csr_matrix((values, columns, starts), shape=(len(rows), WIDTH))


@given(ROWS, st.data())
def test_rows_are_chosen_and_columns_renumbered(rows: list[list[tuple[int, float]]], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=9))
    target = data.draw(st.lists(st.integers(-1, 3), min_size=WIDTH, max_size=WIDTH))
    made = rust.renumber(csr(rows), np.array(chosen, dtype=np.int64), target, 4)
    expected = [
        sorted([(target[column], value) for column, value in rows[at] if target[column] >= 0], key=lambda pair: pair[0])
        for at in chosen
    ]
    assert made.shape == (len(chosen), 4)
    assert made.indptr.tolist() == np.cumsum([0, *map(len, expected)]).tolist()
    assert made.indices.tolist() == [column for row in expected for column, _ in row]
    assert made.data.tolist() == [value for row in expected for _, value in row]


@given(ROWS, st.data())
def test_columns_in_the_order_first_seen(rows: list[list[tuple[int, float]]], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=9))
    times = data.draw(st.lists(st.integers(1, 5), min_size=len(chosen), max_size=len(chosen)))
    seen, frequency = rust.first_seen(csr(rows), np.array(chosen, dtype=np.int64), np.array(times, dtype=np.int64))
    expected: dict[int, int] = {}
    for at, count in zip(chosen, times, strict=True):
        for column, _ in rows[at]:
            expected[column] = expected.get(column, 0) + count
    assert dict(zip(seen.tolist(), frequency.tolist(), strict=True)) == expected
    assert seen.tolist() == list(expected)


def test_many_rows_cross_tasks(threads_restored: None) -> None:
    random = np.random.default_rng(0)
    matrix = sparse.random(9_000, 40, 0.3, "csr", rng=random)
    rows, target = random.integers(0, 9_000, 20_000), random.permutation(40).astype(np.int32)
    expected = matrix[rows][:, np.argsort(target)]
    expected.sort_indices()
    for threads in (1, 3):
        rust.set_threads(threads)
        made = rust.renumber(matrix, rows, target, 40)
        for part in ("indptr", "indices", "data"):
            assert np.array_equal(getattr(made, part), getattr(expected, part))


def test_what_is_out_of_range_is_refused() -> None:
    matrix = csr([[(0, 1.0)]])
    for row in (-1, 1):
        with pytest.raises(ValueError, match=f"row {row} outside"):
            rust.renumber(matrix, [row], [0] * WIDTH, 1)
        with pytest.raises(ValueError, match=f"row {row} outside"):
            rust.first_seen(matrix, [row], [1])
    for target, width in (([0] * 4, 1), ([1] * WIDTH, 1), ([-2] * WIDTH, 1)):
        with pytest.raises(ValueError, match=r"targets|numbers for"):
            rust.renumber(matrix, [0], target, width)
    with pytest.raises(ValueError, match="1 rows, but 2 numbers of times"):
        rust.first_seen(matrix, [0], [1, 1])
    with pytest.raises(ValueError, match="row 0 counts 0 times"):
        rust.first_seen(matrix, [0], [0])
