"""Sums of products of a relation too large to hold: it is read a second time, a piece at a time, and added up.

The first reading has made the folds, which need a hash of each row and little else. DuckDB gives the rows of a table in
one order each time; that it did is checked row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stratum_sql import kernels
from stratum_sql.catalog.affine import NO_NULL, Floats, Levels, Use
from stratum_sql.catalog.columns import CategoryColumn, Codes, Column
from stratum_sql.execute.duckdb import OutOfOrder, Streamed, StreamedRelation, read_item
from stratum_sql.execute.linear.cells import Cells
from stratum_sql.execute.linear.products import (
    BaseColumns,
    CellProducts,
    Numbers,
    number_terms,
    refuse_too_many,
    refuse_weights,
)
from stratum_sql.execute.linear.unsolved import NotFromSums
from stratum_sql.plan.relational import Read

_ROWS = 262_144  # of a piece: 2 MiB a column
_SAMPLE = 1001  # rows of the first piece that a pivot is the median of


def add_up_streamed(
    cells: Cells,
    target: Floats,
    weight: Floats | None,
    columns: Sequence[Streamed],
    uses: Sequence[Use],
    memory_limit: int,
) -> CellProducts:
    """As `products.add_up`, for columns of one streamed relation. Raises NotFromSums, also where rows come in another
    order than before."""
    refuse_weights(weight)
    relation = columns[0].relation
    layout = _Layout.of(relation, [column.read for column in columns], uses)
    refuse_too_many(layout.atoms, cells.count, memory_limit)
    weights = None if weight is None else relation.as_they_come(weight)
    rows = _Rows(relation, cells, relation.as_they_come(cells.codes), relation.as_they_come(target), weights)
    try:
        return _add_up(layout, rows)
    except (OutOfOrder, ValueError) as error:  # ValueError: infinity
        raise NotFromSums(str(error) or "the rows came in another order when read again") from None


@dataclass(frozen=True, eq=False, slots=True)
class _Rows:
    """What goes with each row, in the order in which rows come: its cell, its target, its weight."""

    relation: StreamedRelation
    cells: Cells
    codes: NDArray[np.int32]
    targets: Floats
    weights: Floats | None


@dataclass(frozen=True, eq=False, slots=True)
class _Layout:
    """The atoms: 1, a number for each read seen as one, the target, then NULL flags and categories."""

    reads: tuple[Read, ...]  # one for each different column
    places: tuple[tuple[Use, int, int], ...]  # by use: kind, number or code column, read
    has_null: tuple[bool, ...]  # by number
    values: tuple[NDArray[Any], ...]  # by category, sorted
    null_level: tuple[bool, ...]  # by category
    atoms: int

    @classmethod
    def of(cls, relation: StreamedRelation, reads: Sequence[Read], uses: Sequence[Use]) -> _Layout:
        different = list(dict.fromkeys(reads))
        numbers = [read for read, use in zip(reads, uses, strict=True) if use == "number"]
        hot = [read for read, use in zip(reads, uses, strict=True) if use == "category"]
        nulls = relation.facts([f"coalesce(bool_or({_missing(read)}), false)" for read in [*numbers, *hot]] or ["1"])
        values = tuple(_values(relation, read) for read in hot)
        has_null, null_level = tuple(nulls[: len(numbers)]), tuple(nulls[len(numbers) :][: len(hot)])
        counts = {"number": iter(range(len(numbers))), "category": iter(range(len(hot)))}
        places = tuple((use, next(counts[use]), different.index(read)) for read, use in zip(reads, uses, strict=True))
        levels = sum(len(each) for each in values) + sum(null_level)
        return cls(tuple(different), places, has_null, values, null_level, 2 + len(numbers) + sum(has_null) + levels)

    @property
    def target(self) -> int:
        """The number that is the target."""
        return len(self.has_null)

    def null_atoms(self) -> list[int]:
        """By number: the atom of its NULL flag."""
        flags = np.cumsum([0, *self.has_null])
        first = 2 + len(self.has_null)
        return [first + int(flags[at]) if flag else NO_NULL for at, flag in enumerate(self.has_null)]

    def starts(self) -> list[int]:
        """By category: its first atom."""
        sizes = [len(each) + null for each, null in zip(self.values, self.null_level, strict=True)]
        first = 2 + len(self.has_null) + sum(self.has_null)
        return [first + int(each) for each in np.cumsum([0, *sizes])[:-1]]


def _missing(read: Read) -> str:
    sql = f"({read_item(read.sql, read.type, read.column_kind)})"
    return f"{sql} IS NULL" + (f" OR isnan({sql}::DOUBLE)" if read.column_kind == "number" else "")


def _values(relation: StreamedRelation, read: Read) -> NDArray[Any]:
    """The categories of a column, sorted as `Column.codes` sorts them."""
    item = read_item(read.sql, read.type, read.column_kind)
    (listed,) = relation.facts([f"list(DISTINCT {item})"])
    values = [value for value in listed or [] if value is not None and value == value]
    if read.column_kind == "number":
        return np.unique(np.array(values, dtype=np.float64))
    return np.array(sorted(values, key=lambda value: str(value).encode()), dtype=object)


def _add_up(layout: _Layout, rows: _Rows) -> CellProducts:
    sums = _Sums(layout, rows)
    with closing(rows.relation.pieces(layout.reads, _ROWS)) as pieces:
        for piece in pieces:
            sums.add(piece)
    return sums.done()


class _Sums:
    """What has been added up of the pieces so far."""

    def __init__(self, layout: _Layout, rows: _Rows) -> None:
        self.layout, self.rows, self.read = layout, rows, 0
        shape = (rows.cells.count, layout.atoms, layout.atoms)
        self.plain = np.zeros(shape)
        self.weighted = self.plain if rows.weights is None else np.zeros(shape)
        self.extremes: list[tuple[Floats, Floats]] = []
        self.pivots: list[float] = []

    def add(self, piece: Sequence[pa.Array]) -> None:
        """One more piece. Raises ValueError for infinity."""
        rows, count = self.rows, self.rows.cells.count
        place = slice(self.read, self.read + len(piece[0]))
        numbers, codes, levels = _arrays(self.layout, piece, rows.targets[place])
        self.pivots = self.pivots or [_pivot(values) for values in numbers]
        cells = rows.codes[place]
        self.plain += kernels.gram(numbers, self.pivots, codes, levels, cells, count)
        if rows.weights is not None:
            self.weighted += kernels.gram(numbers, self.pivots, codes, levels, cells, count, rows.weights[place])
        self.extremes = _wider(self.extremes, numbers, cells, count)
        self.read = place.stop

    def done(self) -> CellProducts:
        """The sums of all rows. Raises NotFromSums if there were none."""
        if not self.pivots:
            raise NotFromSums("there are no rows")
        bases = tuple(_base(self.layout, place, self.pivots, self.extremes) for place in self.layout.places)
        target = self.layout.target
        return CellProducts(self.rows.cells, self.plain, self.weighted, bases, 1 + target, self.pivots[target])


def _arrays(
    layout: _Layout, piece: Sequence[pa.Array], target: Floats
) -> tuple[list[Floats], list[NDArray[np.int32]], list[int]]:
    """Numbers, code columns and levels of one piece, in the layout's order."""
    numbers: dict[int, Floats] = {}
    categories: dict[int, NDArray[np.int32]] = {}
    for use, place, at in layout.places:
        read = layout.reads[at]
        if use == "number":
            numbers[place] = Column(read.name, "number", piece[at]).numbers
        else:
            categories[place] = _codes(piece[at], read, layout.values[place])
    listed = [numbers[place] for place in range(len(numbers))]
    flags = [np.where(np.isnan(listed[at]), 0, -1).astype(np.int32) for at, flag in enumerate(layout.has_null) if flag]
    levels = [len(each) + null for each, null in zip(layout.values, layout.null_level, strict=True)]
    codes = [*flags, *(categories[place] for place in range(len(categories)))]
    return [*listed, target], codes, [*([1] * len(flags)), *levels]


def _codes(values: pa.Array, read: Read, known: NDArray[Any]) -> NDArray[np.int32]:
    """The place of each row's category among the known ones; NULL comes after them."""
    if read.column_kind == "number":
        numbers = Column(read.name, "number", values).numbers
        found = np.searchsorted(known, numbers)
        return np.where(np.isnan(numbers), len(known), found).astype(np.int32)
    places = pc.index_in(values, pa.array(known, values.type))
    return np.asarray(pc.fill_null(places, len(known)).to_numpy(zero_copy_only=False), dtype=np.int32)


def _pivot(values: Floats) -> float:
    sample = values[:: max(1, len(values) // _SAMPLE)]
    known = sample[np.isfinite(sample)]
    return float(np.median(known)) if len(known) else 0.0


def _wider(
    extremes: list[tuple[Floats, Floats]], numbers: Sequence[Floats], cells: NDArray[np.int32], count: int
) -> list[tuple[Floats, Floats]]:
    """The extremes of each number in each cell, with those of one more piece."""
    found = [kernels.moments(values, cells, count) for values in numbers[:-1]]
    if not extremes:
        return [(one.minimum, one.maximum) for one in found]
    return [
        (np.fmin(low, one.minimum), np.fmax(high, one.maximum))
        for (low, high), one in zip(extremes, found, strict=True)
    ]


def _base(
    layout: _Layout, place: tuple[Use, int, int], pivots: Sequence[float], extremes: Sequence[tuple[Floats, Floats]]
) -> BaseColumns:
    use, at, read = place
    if use == "number":
        low, high = (side.reshape(-1, 1) for side in extremes[at])
        return Numbers(number_terms([at], [pivots[at]], [layout.null_atoms()[at]], layout.atoms), low, high)
    column = CategoryColumn(layout.reads[read].name, Codes(np.empty(0, dtype=np.int32), layout.values[at]))
    return Levels(column, layout.starts()[at], layout.null_level[at], layout.atoms)
