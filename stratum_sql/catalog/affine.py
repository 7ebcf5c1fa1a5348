"""Transforms as linear maps: what is needed to train linear models from sums of products, without the rows.

Over the base columns of a relation (numbers less a pivot, a flag for NULL, an indicator for each category, and the
constant 1), called atoms here, a scaled, filled or one-hot column is a linear combination, and stays one through a
chain of such transforms. What a training set's rows add up to gives the states of most of them as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stratum_sql.catalog.columns import Column

Floats = NDArray[np.float64]
Use = Literal["number", "category"]
NO_NULL = -1


@dataclass(frozen=True, eq=False, slots=True)
class Terms:
    """k columns of numbers as combinations of A atoms, atom 0 being the constant 1: `weights` is CSR (k, A).

    `null` (k,) is the atom that is 1 where the column is NULL, `NO_NULL` for none. Where it is 1 the combination has a
    value all the same, `at_null` (k,), which means nothing until NULL is filled.
    """

    weights: Any
    null: NDArray[np.int64]
    at_null: Floats

    def __len__(self) -> int:
        return int(self.weights.shape[0])

    def scaled(self, shift: Floats, scale: Floats) -> Terms:
        """`(x - shift) / scale`, one number a column."""
        moved = self.weights - sparse.csr_array(
            (shift, (np.arange(len(self)), np.zeros(len(self), dtype=np.int64))), shape=self.weights.shape
        )
        return Terms(sparse.csr_array(sparse.diags_array(1 / scale) @ moved), self.null, (self.at_null - shift) / scale)

    def filled(self, fills: Floats) -> Terms:
        """NULL replaced by `fills`, one number a column."""
        rows = np.flatnonzero(self.null != NO_NULL)
        change = sparse.csr_array(((fills - self.at_null)[rows], (rows, self.null[rows])), shape=self.weights.shape)
        return Terms(sparse.csr_array(self.weights + change), np.full(len(self), NO_NULL), fills)

    def chosen(self, rows: NDArray[Any]) -> Terms:
        """Some of the columns."""
        return Terms(self.weights[rows], self.null[rows], self.at_null[rows])


def stacked(parts: list[Terms]) -> Terms:
    """The columns of all parts, one after the other."""
    weights = sparse.csr_array(sparse.vstack([part.weights for part in parts], format="csr"))
    return Terms(
        weights, np.concatenate([part.null for part in parts]), np.concatenate([part.at_null for part in parts])
    )


@dataclass(frozen=True, eq=False, slots=True)
class Levels:
    """A column as categories: atom `start + i` is 1 where its value is `column.codes.values[i]`; the one after the last
    is 1 where it is NULL, if the relation has NULL in it (`has_null`)."""

    column: Column
    start: int
    has_null: bool
    atoms: int  # of the whole relation

    def looked_up(self, table: Floats) -> Terms:
        """Columns that are table look-ups: `table` (levels + 1, k) has a row for each value, the last for NULL."""
        levels = len(self.column.codes.values) + self.has_null
        used = sparse.csr_array(table[:levels].T)
        shape = (table.shape[1], self.atoms)
        weights = sparse.csr_array((used.data, used.indices + self.start, used.indptr), shape=shape)
        return Terms(weights, np.full(table.shape[1], NO_NULL), np.zeros(table.shape[1]))


@dataclass(frozen=True, eq=False, slots=True)
class NumberSums:
    """What a training set says of k columns of numbers: arrays of length k over the values that are not NULL; `low` and
    `high` are NaN where they are not known, `rows` counts NULL too."""

    rows: int
    count: Floats
    mean: Floats
    variance: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False, slots=True)
class LevelSums:
    """What a training set says of a column of categories: rows of each value of `values` (of the whole relation, so
    some may have none), rows with NULL, and all rows."""

    values: NDArray[Any]
    counts: NDArray[np.int64]
    nulls: int
    rows: int


@dataclass(frozen=True, slots=True)
class Affine:
    """How a transform is a linear map. A part of its declaration.

    `use`: what its columns are seen as. `terms(state, columns, params)` gives its columns out, from Terms or Levels
    (one at a time). `state(sums, params)` gives the state of a training set from NumberSums or LevelSums, None where
    only the rows can tell; `mergeable(params)` says whether it can under these parameters, `applies(params)` whether
    the transform is a linear map at all.
    """

    use: Use
    terms: Callable[[Any, Any, Any], Terms]
    state: Callable[[Any, Any], Any] | None = None
    mergeable: Callable[[Any], bool] = lambda _params: True
    applies: Callable[[Any], bool] = lambda _params: True
    needs_extremes: bool = False  # `low` and `high`, which are known of columns of the relation alone
