"""Sums of products of base columns: in each cell in one pass, then merged to the rows of each side of a fold.

Numbers enter less a pivot near their middle, so that sums of squares keep their digits however far from 0 they lie. The
pivot is the median of a few rows: a mean would let rows far away, which a fold may hold out, cost digits everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stratum_sql import kernels
from stratum_sql.catalog.affine import NO_NULL, Floats, Levels, LevelSums, NumberSums, Terms, Use
from stratum_sql.catalog.columns import Block, Column, Inputs
from stratum_sql.execute.linear.cells import Cells
from stratum_sql.execute.linear.unsolved import NotFromSums
from stratum_sql.execute.values import Parts

_SAMPLE = 1001  # rows that the pivot is the median of
_MOST_ATOMS = 4096
_SHARE_OF_MEMORY = 0.25  # of the memory limit that the sums may take
_MOST_LOST = 2.0**14  # a sum of squares about a pivot over that about the mean: past it too few digits are left


@dataclass(frozen=True, eq=False, slots=True)
class Numbers:
    """Base columns of numbers as terms, and their extremes in each cell, (cells, columns)."""

    terms: Terms
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Unusable:
    """Base columns that cannot be added up, and why. What does not use them is solved all the same."""

    reason: str


BaseColumns = Numbers | Levels | Unusable


@dataclass(frozen=True, eq=False, slots=True)
class CellProducts:
    """Sums of products of all atoms in each cell, (cells, atoms, atoms); atom 0 is the constant 1, `target` the atom of
    the target less `pivot`. `weighted` has the same sums with every row counted by its weight; without weights it is
    `plain`."""

    cells: Cells
    plain: Floats
    weighted: Floats
    bases: tuple[BaseColumns, ...]
    target: int
    pivot: float

    @property
    def nbytes(self) -> int:
        """Bytes of the sums."""
        return self.plain.nbytes + (0 if self.weighted is self.plain else self.weighted.nbytes)


def add_up(
    cells: Cells,
    target: Floats,
    weight: Floats | None,
    columns: Sequence[Parts],
    uses: Sequence[Use],
    memory_limit: int,
) -> CellProducts:
    """One pass over the rows. Raises NotFromSums where the columns are too many, and where a weight is negative or no
    finite number: estimators differ in what they make of that."""
    refuse_weights(weight)
    layout = _Layout()
    for parts, use in zip(columns, uses, strict=True):
        layout.add(parts, use)
    at = layout.number(target)
    atoms = layout.settle()
    refuse_too_many(atoms, cells.count, memory_limit)
    plain = layout.products(cells, None)
    weighted = plain if weight is None else layout.products(cells, weight)
    bases = tuple(layout.base(index, cells, atoms) for index in range(len(uses)))
    return CellProducts(cells, plain, weighted, bases, 1 + at, layout.pivots[at])


class _Layout:
    """Where each column's atoms are: 1, the numbers, then flags for NULL and categories."""

    def __init__(self) -> None:
        self.numbers: list[Floats] = []
        self.pivots: list[float] = []
        self.codes: list[NDArray[np.int32]] = []
        self.levels: list[int] = []
        self.starts: list[int] = []
        self.nulls: dict[int, int] = {}  # number → code column of its NULL flag
        self.places: list[tuple[list[int], Column | None] | Unusable] = []

    def add(self, parts: Parts, use: Use) -> None:
        reason = _problem(parts, use)
        if reason is not None:
            self.places.append(Unusable(reason))
            return
        columns = Inputs(parts).columns
        if use == "number":
            self.places.append(([self.number(column.numbers) for column in columns], None))
        else:
            self.places.append(([self._categories(columns[0])], columns[0]))

    def number(self, values: Floats) -> int:
        """The place of a column of numbers; the flag for its NULL beside it, if it has any."""
        sample = values[:: max(1, len(values) // _SAMPLE)]
        known = sample[np.isfinite(sample)]
        self.numbers.append(values)
        self.pivots.append(float(np.median(known)) if len(known) else 0.0)
        missing = np.isnan(values)
        if missing.any():
            self.nulls[len(self.numbers) - 1] = len(self.codes)
            self.codes.append(np.where(missing, 0, -1).astype(np.int32))
            self.levels.append(1)
        return len(self.numbers) - 1

    def _categories(self, column: Column) -> int:
        codes = column.codes
        has_null = bool((codes.codes < 0).any())
        self.codes.append(np.where(codes.codes < 0, len(codes.values), codes.codes).astype(np.int32))
        self.levels.append(len(codes.values) + has_null)
        return len(self.codes) - 1

    def settle(self) -> int:
        """Give every code column its first atom; the number of atoms."""
        ends = 1 + len(self.numbers) + np.cumsum([0, *self.levels])
        self.starts = [int(end) for end in ends[:-1]]
        return int(ends[-1])

    def products(self, cells: Cells, weight: Floats | None) -> Floats:
        try:
            found: Floats = kernels.gram(
                self.numbers, self.pivots, self.codes, self.levels, cells.codes, cells.count, weight
            )
        except ValueError as error:  # infinity
            raise NotFromSums(str(error)) from None
        return found

    def base(self, index: int, cells: Cells, atoms: int) -> BaseColumns:
        found = self.places[index]
        if isinstance(found, Unusable):
            return found
        places, column = found
        if column is not None:
            levels = self.levels[places[0]]
            return Levels(column, self.starts[places[0]], levels > len(column.codes.values), atoms)
        return self._numbers(places, cells, atoms)

    def _numbers(self, places: list[int], cells: Cells, atoms: int) -> Numbers:
        extremes = [kernels.moments(self.numbers[place], cells.codes, cells.count) for place in places]
        low, high = (
            np.array([getattr(one, side) for one in extremes]).reshape(len(places), cells.count).T
            for side in ("minimum", "maximum")
        )
        null = [self.starts[self.nulls[place]] if place in self.nulls else NO_NULL for place in places]
        return Numbers(number_terms(places, [self.pivots[place] for place in places], null, atoms), low, high)


def number_terms(places: Sequence[int], pivots: Sequence[float], null: Sequence[int], atoms: int) -> Terms:
    """Columns of numbers as terms: each its pivot times 1, and its own atom."""
    count = len(places)
    entries = np.append(pivots, np.ones(count))
    where = (np.tile(np.arange(count), 2), np.append(np.zeros(count), np.add(places, 1)).astype(np.int64))
    weights = sparse.csr_array((entries, where), shape=(count, atoms))
    return Terms(weights, np.array(null, dtype=np.int64), np.array(pivots, dtype=np.float64))


def refuse_weights(weight: Floats | None) -> None:
    """Raises NotFromSums for a weight that is negative or no finite number."""
    if weight is not None and not (np.isfinite(weight) & (weight >= 0)).all():
        raise NotFromSums("a weight is negative or no finite number")


def refuse_too_many(atoms: int, cells: int, memory_limit: int) -> None:
    """Raises NotFromSums where the products would take too much room."""
    if atoms > _MOST_ATOMS or 8 * cells * atoms**2 > memory_limit * _SHARE_OF_MEMORY:
        raise NotFromSums(f"{atoms:,} columns are too many to keep the products of")


def _problem(parts: Parts, use: Use) -> str | None:
    """Why columns cannot be added up as `use`; None if they can."""
    if any(isinstance(part, Block) and part.is_sparse for part in parts):
        return "a feature is sparse, which scikit-learn solves otherwise"
    columns = Inputs(parts).columns
    if use == "category" and len(columns) > 1:
        return "several columns are encoded together"
    if use == "number" and any(column.kind != "number" for column in columns):
        return "a feature is no number"
    if any(column.kind == "number" and np.isinf(column.numbers).any() for column in columns):
        return "a feature has infinity"
    return _problem_of_categories(columns[0]) if use == "category" else None


def _problem_of_categories(column: Column) -> str | None:
    try:
        column.codes  # noqa: B018 made here, once for all who look at it
    except ValueError as error:
        return str(error)
    return None


# ---- one side of one fold --------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over some rows: their number (or weight), the mean of each atom, and products about `means`, (atoms, atoms).

    `means` are those of these rows for a training side; held-out sums are about the means of the training rows, and
    `drift` is the sum of each atom less that mean. `lost` (atoms,) says which have a mean so far from their pivot, by
    their spread, that moving them lost digits; that of indicators, which are whole numbers, means nothing.
    """

    count: float
    means: Floats
    products: Floats
    drift: Floats
    lost: NDArray[np.bool_]

    @classmethod
    def about_own_means(cls, total: Floats) -> Sums:
        """Sums of products as they are added up, moved to the rows' own means."""
        count = float(total[0, 0])
        if count <= 0:
            raise NotFromSums("a training set has no rows, or no weight")
        means = total[0] / count
        products = np.outer(means, means)
        products *= count  # in place: such a matrix may be large, and new memory costs more than the sums
        np.subtract(total, products, out=products)
        lost = total.diagonal() > _MOST_LOST * products.diagonal()
        return cls(count, means, products, np.zeros(len(means)), lost)

    @classmethod
    def about(cls, total: Floats, means: Floats) -> Sums:
        """The same, moved to other rows' means."""
        count = float(total[0, 0])
        cross = np.outer(total[0], means)
        products = total - cross - cross.T + count * np.outer(means, means)
        return cls(count, means, products, total[0] - count * means, np.zeros(len(means), dtype=bool))


@dataclass(frozen=True, eq=False)
class FoldSums:
    """One fold: plain sums of its training rows, which states are taken from, and the sums models are made from."""

    cell_products: CellProducts
    fold: int
    plain: Sums
    train: Sums
    test: Sums

    @cached_property
    def cells(self) -> NDArray[Any]:
        """The cells of the training rows."""
        return self.cell_products.cells.train[self.fold]

    def number_sums(self, terms: Terms, low: Floats | None = None, high: Floats | None = None) -> NumberSums:
        """What the training rows say of columns of numbers; NULL is left out."""
        sums, rows = self.plain, self.plain.count
        nulls = np.where(terms.null == NO_NULL, 0.0, rows * sums.means[terms.null])
        means = terms.weights @ sums.means
        squares = _along_rows(terms.weights, terms.weights @ sums.products)
        count = rows - nulls
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = (rows * means - nulls * terms.at_null) / count
            spread = squares + rows * (means - mean) ** 2 - nulls * (terms.at_null - mean) ** 2
            variance = np.maximum(spread, 0.0) / count
        unknown = np.full(len(terms), np.nan)
        return NumberSums(
            round(rows), np.round(count), mean, variance, *(unknown if one is None else one for one in (low, high))
        )

    def base_sums(self, base: Numbers | Levels) -> NumberSums | LevelSums:
        """What the training rows say of base columns."""
        if isinstance(base, Numbers):
            with np.errstate(invalid="ignore"):
                low, high = np.fmin.reduce(base.low[self.cells]), np.fmax.reduce(base.high[self.cells])
            return self.number_sums(base.terms, low, high)
        values = base.column.codes.values
        counts = np.round(self.plain.count * self.plain.means[base.start : base.start + len(values) + base.has_null])
        nulls = int(counts[-1]) if base.has_null else 0
        return LevelSums(values, counts[: len(values)].astype(np.int64), nulls, round(self.plain.count))


def _along_rows(weights: Any, values: Floats) -> Floats:
    """The sum along each row of `weights * values`, over the entries of the former alone: how many atoms there are in
    the batch does not change its last bits."""
    rows = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    entries: Floats = weights.data * values[rows, weights.indices]
    return np.bincount(rows, entries, weights.shape[0]).astype(np.float64)


def merge(products: CellProducts, fold: int) -> FoldSums:
    """The sums of one fold: its cells added up in their order, never subtracted from a whole."""
    cells = products.cells
    plain = Sums.about_own_means(_total(products.plain, cells.train[fold]))
    train = plain
    if products.weighted is not products.plain:
        train = Sums.about_own_means(_total(products.weighted, cells.train[fold]))
    test = Sums.about(_total(products.weighted, cells.test[fold]), train.means)
    return FoldSums(products, fold, plain, train, test)


def _total(sums: Floats, cells: NDArray[Any]) -> Floats:
    total = np.zeros(sums.shape[1:])
    for cell in cells:
        total += sums[cell]
    return total
