"""Cells against brute force: rows are in one cell exactly if every fold has them on the same side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratum_sql.catalog.splitters import Fold
from stratum_sql.execute.linear.cells import MOST_CELLS, Cells, cells_of
from stratum_sql.execute.linear.unsolved import NotFromSums

Sides = list[list[int]]  # by fold and row: 0 in neither, 1 trained on, 2 held out


def folds_of(sides: Sides) -> list[Fold]:
    return [Fold(np.flatnonzero(np.equal(fold, 1)), np.flatnonzero(np.equal(fold, 2))) for fold in sides]


def rows_in(cells: Cells, chosen: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[int]:
    found: list[int] = np.flatnonzero(np.isin(cells.codes, chosen)).tolist()
    return found


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 30).flatmap(
        lambda rows: st.lists(st.lists(st.integers(0, 2), min_size=rows, max_size=rows), min_size=1, max_size=3)
    )
)
def test_cells_are_the_rows_that_no_fold_tells_apart(sides: Sides) -> None:
    rows = len(sides[0])
    cells = cells_of(folds_of(sides), rows)
    memberships = [tuple(fold[row] for fold in sides) for row in range(rows)]
    used = {one for one in memberships if any(one)}
    assert cells.count == len(used)
    assert {code for code in cells.codes.tolist() if code >= 0} == set(range(cells.count))
    for row, membership in enumerate(memberships):
        same = [memberships[other] == membership for other in range(rows)]
        assert (cells.codes == cells.codes[row]).tolist() == [
            one or not (any(membership) or any(memberships[other])) for other, one in enumerate(same)
        ]
    for number, fold in enumerate(sides):
        for side, chosen in ((1, cells.train[number]), (2, cells.test[number])):
            assert rows_in(cells, chosen) == [row for row in range(rows) if fold[row] == side]
            assert chosen.tolist() == sorted(chosen.tolist())


def test_cross_validation_has_a_cell_for_each_fold() -> None:
    parts = np.arange(100) % 5
    cells = cells_of([Fold(np.flatnonzero(parts != fold), np.flatnonzero(parts == fold)) for fold in range(5)], 100)
    assert cells.count == 5
    assert [len(one) for one in cells.train] == [4] * 5
    assert [len(one) for one in cells.test] == [1] * 5


@pytest.mark.parametrize("more", [0, 1])
def test_more_cells_than_pay(more: int) -> None:
    parts = np.arange(200) % (MOST_CELLS + more)
    folds = [Fold(np.flatnonzero(parts != fold), np.flatnonzero(parts == fold)) for fold in range(MOST_CELLS + more)]
    if not more:
        assert cells_of(folds, 200).count == MOST_CELLS
        return
    with pytest.raises(NotFromSums, match=f"more than {MOST_CELLS} cells"):
        cells_of(folds, 200)


def test_a_row_on_both_sides_is_refused() -> None:
    with pytest.raises(NotFromSums, match="trained on and held out"):
        cells_of([Fold(np.array([0, 1, 2]), np.array([2, 3]))], 4)


def test_a_row_drawn_twice_is_refused() -> None:
    """A sum over cells would count it once."""
    with pytest.raises(NotFromSums, match="twice"):
        cells_of([Fold(np.array([0, 1, 1]), np.array([2, 3]))], 4)
