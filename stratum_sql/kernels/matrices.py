"""Kernels that make matrices, or add up and compare their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from stratum_sql import _rust_udfs
from stratum_sql._rust_udfs import CancelToken
from stratum_sql.kernel_runs import counted
from stratum_sql.kernels.arrays import Floats, Integers, arrow, laid_out, matrix_of, numbers_of, whole_numbers

if TYPE_CHECKING:
    pass


@counted(lambda columns, rows=None, *_, **__: len(columns[0] if rows is None else rows))
def assemble(
    columns: Sequence[npt.ArrayLike],
    rows: npt.ArrayLike | None = None,
    shift: Sequence[float | None] | Floats | None = None,
    scale: Sequence[float | None] | Floats | None = None,
    *,
    cancel: CancelToken | None = None,
) -> Floats:
    """Matrix (m, p), column-major, of the chosen `rows` of p `columns` (float64, n), each as `(x - shift) / scale`.

    `rows` (int64, m) may repeat and come in any order; without it all rows. `shift` and `scale` have one number for
    each column; None, for one column or for all, leaves it out. NaN stays NaN; a scale of 0 gives ±infinity or NaN.
    Equal to numpy to the last bit. ValueError: lengths differ, or a row number outside `0..n`.
    """
    arrays = [arrow(column, np.float64) for column in columns]
    chosen = None if rows is None else arrow(rows, np.int64)
    memory = _rust_udfs.assemble(arrays, chosen, _affine(len(arrays), shift, scale), cancel)
    height = len(chosen) if chosen is not None else len(arrays[0]) if arrays else 0
    return matrix_of(memory, height, len(arrays))


@dataclass(frozen=True, eq=False, slots=True)
class Coded:
    """Columns that follow from n `codes` (int32, from 0; -1 is NULL) by a `table` whose last entry is NULL's.

    Without `width` one column, and the entries are its numbers (float64). With it so many columns of 0 and 1, and the
    entries say which has the 1 (int32); -1 is none.
    """

    codes: npt.NDArray[np.int32]
    table: npt.NDArray[Any]
    width: int | None = None

    def _arrays(self) -> tuple[Any, Any, int | None]:
        kind = np.float64 if self.width is None else np.int32
        return arrow(self.codes, np.int32), arrow(self.table, kind), self.width


@counted(lambda pieces, rows, **_: rows)
def design(pieces: Sequence[Floats | Coded], rows: int, *, cancel: CancelToken | None = None) -> Floats:
    """Matrix (`rows`, columns), column-major: the columns of all pieces side by side, each written once.

    A piece is one column (rows,) or a matrix (rows, columns) of float64, or `Coded`. NaN stays NaN. ValueError: lengths
    differ, a code without an entry, an entry without a column.
    """
    widths = [(1 if one.width is None else one.width) if isinstance(one, Coded) else _width(one) for one in pieces]
    if rows == 0:
        return np.empty((0, sum(widths)), order="F")
    given = [one._arrays() if isinstance(one, Coded) else _numbers_of(one, rows) for one in pieces]
    return matrix_of(_rust_udfs.design(given, rows, cancel), rows, sum(widths))


def _width(values: Floats) -> int:
    return 1 if values.ndim == 1 else values.shape[1]


def _numbers_of(values: Floats, rows: int) -> tuple[Any, None, None]:
    if len(values) != rows:
        raise ValueError(f"a piece has {len(values)} rows, not {rows}")
    return arrow(values.reshape(-1, order="F"), np.float64), None, None


@counted(lambda _columns, _pivots, _codes, _levels, cells, *_, **__: len(cells))
def gram(
    columns: Sequence[npt.ArrayLike],
    pivots: Sequence[float] | Floats,
    codes: Sequence[npt.ArrayLike],
    levels: Sequence[int],
    cells: npt.ArrayLike,
    n_cells: int,
    weight: npt.ArrayLike | None = None,
    *,
    cancel: CancelToken | None = None,
) -> Floats:
    """The Gram matrix of numbers and categories in each of `n_cells` cells of rows: shape (n_cells, A, A), symmetric.

    Entry c is the sum of `w * outer(a, a)` over the rows of cell c, where a holds A = 1 + d + sum(levels) atoms: 1,
    the d `columns` (float64, n; NaN counts as 0) each less its pivot, and for each of `codes` (int32, n; -1 is no
    level) one indicator for each of its `levels`. `cells` (int32, n): -1 is none. `weight` (float64, n): w, else 1. An
    entry is off by a few units in the last place of the sum of sizes, however many rows there are, and exactly 0 where
    no row has both atoms. ValueError: lengths differ, a cell or level is out of range, a pivot or weight is not
    finite, or a number of a row with a cell is infinite (the message has the column's number).
    """
    numbers = [arrow(column, np.float64) for column in columns]
    categories = [arrow(column, np.int32) for column in codes]
    counts = whole_numbers("levels", levels)
    (cell_count,) = whole_numbers("n_cells", [n_cells])
    weights = None if weight is None else arrow(weight, np.float64)
    shifts = np.asarray(pivots, np.float64).tolist()
    of_row = arrow(cells, np.int32)
    memory = _rust_udfs.gram(numbers, shifts, categories, counts, of_row, cell_count, weights, cancel)
    width = 1 + len(numbers) + sum(counts)
    return numbers_of(memory, np.float64).reshape((cell_count, width, width))


@counted(lambda _train, asked, *_, **__: len(asked))
def nearest(train: Floats, asked: Floats, count: int, *, cancel: CancelToken | None = None) -> tuple[Floats, Integers]:
    """The `count` nearest rows of `train` (n, p) to each row of `asked` (m, p): squares and places (m, count).

    Nearest first; of equally far ones the first in `train`. `squares` are sums of squared differences, added up column
    by column: their roots are the distances of scikit-learn's `KDTree` to the last bit. Row-major float64 is read in
    place. ValueError: shapes that do not fit, no column, NaN or infinity, a `count` that is not 1 to n.
    """
    for matrix in (train, asked):
        if matrix.ndim != 2 or matrix.dtype != np.float64 or matrix.shape[1] != train.shape[-1]:
            raise ValueError(f"matrices {train.shape} of {train.dtype} and {asked.shape} of {asked.dtype}")
    (wanted,) = whole_numbers("count", [count])
    squares, places = _rust_udfs.nearest(laid_out(train), laid_out(asked), train.shape[1], wanted, cancel)
    shape = (len(asked), wanted)
    return numbers_of(squares, np.float64).reshape(shape), numbers_of(places, np.int64).reshape(shape)


_Parts = Sequence[float | None] | Floats | None


def _affine(width: int, shift: _Parts, scale: _Parts) -> list[tuple[float | None, float | None]]:
    if shift is None and scale is None:
        return []
    shifts = [None] * width if shift is None else list(shift)
    scales = [None] * width if scale is None else list(scale)
    if len(shifts) != width or len(scales) != width:
        raise ValueError(f"{width} columns, but {len(shifts)} shifts and {len(scales)} scales")
    return list(zip(shifts, scales, strict=True))
