"""Cells: rows that are in the same training sets and the same held-out sets. What is merged is merged from cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stratum_sql.catalog.splitters import Fold
from stratum_sql.execute.linear.unsolved import NotFromSums

MOST_CELLS = 64  # repeated and shuffled splits may have one for nearly every row


@dataclass(frozen=True, eq=False, slots=True)
class Cells:
    """`codes` (rows,) is the cell of each row, -1 for rows in no fold; `train` and `test` say for each fold which cells
    are trained on and held out, ascending."""

    codes: NDArray[np.int32]
    count: int
    train: tuple[NDArray[Any], ...]
    test: tuple[NDArray[Any], ...]


def cells_of(folds: Sequence[Fold], rows: int) -> Cells:
    """The cells of a split of `rows` rows. Raises NotFromSums if there are too many for merging to pay, and where
    a row is twice in a set, or in both sets of a fold."""
    codes = np.zeros(rows, dtype=np.uint8)  # one byte does: 3 * MOST_CELLS are fewer than 256
    sides = np.zeros((1, 0), dtype=np.int8)  # by cell and fold: 0 in neither, 1 trained on, 2 held out
    for fold in folds:
        side = _sides(fold, rows)
        codes = codes * 3 + side
        present = np.flatnonzero(np.bincount(codes, minlength=3 * len(sides)))
        if len(present) > MOST_CELLS:
            raise NotFromSums(f"the folds cut the rows into more than {MOST_CELLS} cells")
        renumbered = np.zeros(3 * len(sides), dtype=np.uint8)
        renumbered[present] = np.arange(len(present))
        codes = renumbered[codes]
        sides = np.column_stack([sides[present // 3], present % 3])
    return _named(codes, sides)


def _sides(fold: Fold, rows: int) -> NDArray[np.uint8]:
    """By row: 0 in neither set, 1 trained on, 2 held out."""
    side = np.zeros(rows, dtype=np.uint8)
    side[fold.train] = 1
    trained = int(np.count_nonzero(side))
    if side[fold.test].any():
        raise NotFromSums("some rows are trained on and held out in one fold")
    side[fold.test] = 2
    held_out = int(np.count_nonzero(side)) - trained
    if (trained, held_out) != (len(fold.train), len(fold.test)):
        raise NotFromSums("some rows are twice in one set")
    return side


def _named(codes: NDArray[np.uint8], sides: NDArray[Any]) -> Cells:
    used = np.flatnonzero((sides > 0).any(axis=1))
    names = np.full(len(sides), -1, dtype=np.int32)
    names[used] = np.arange(len(used))
    train = tuple(names[np.flatnonzero(column == 1)] for column in sides.T)
    test = tuple(names[np.flatnonzero(column == 2)] for column in sides.T)
    return Cells(names[codes].astype(np.int32), len(used), train, test)
