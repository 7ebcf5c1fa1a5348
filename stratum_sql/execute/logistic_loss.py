"""The loss of many logistic regressions over one matrix, with its gradient: the matrix is read once for all of them.

    loss(w)     = sum_i s_i loss(y_i, x_i w) / sum_i s_i  +  l2/2 ||w||²      (the intercept bears no penalty)
    gradient(w) = X' (s · d loss) / sum_i s_i             +  l2 w

as in scikit-learn's `LinearModelLoss`. The rows are cut into blocks that stay in the processor's cache: products
forward, the loss of each row, and products backward are all made before the next block is read. Within a block
all models share one matrix product. Blocks have a fixed order, so sums do not depend on threads.

Two classes: with t = -1 for the second class and +1 for the first, and v = t x w, a row's loss is log(1 + exp(v)) and
its derivative t / (1 + exp(-v)). The signs t are multiplied into the copy of the matrix once, so that no evaluation
needs them. More classes: the softmax, as in scikit-learn's `HalfMultinomialLoss`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from stratum_sql.catalog.columns import Matrix

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

_CACHED = 40_000  # numbers of one intermediate value of one block: 320 kB; 20,000 to 80,000 measured alike
_FEWEST_ROWS, _MOST_ROWS = 256, 8192  # of a block: fewer rows cost calls, more leave the cache
# A product costs 0.1 ns for a number of a dense matrix and 0.4 for one that is stored in a sparse one; moving a sparse
# product costs as much as 8 dense columns.
_SPARSE_SHARE = 0.1  # of nonzero numbers, at most, in a column that is kept sparse
_FEWEST_SPARSE = 16  # such columns, at least
_SAMPLE = 4096  # rows looked at to tell sparse columns


@dataclass(frozen=True, eq=False, slots=True)
class Weighting:
    """What the rows count: `weight` (rows) times the factor of the row's class (classes); None for ones."""

    weight: Floats | None
    factors: Floats | None
    total: float

    @classmethod
    def of(cls, weight: Floats | None, factors: Floats | None, codes: Codes) -> Weighting:
        """The weighting of rows with these class codes, with the sum over all rows."""
        if factors is not None:
            rows = factors[codes] if weight is None else weight * factors[codes]
            return cls(weight, factors, float(rows.sum()))
        return cls(weight, None, float(len(codes) if weight is None else weight.sum()))

    def within(self, rows: slice, codes: Codes) -> Floats | None:
        """The weights of some rows, whose class codes are given; None where every row counts 1."""
        weight = None if self.weight is None else self.weight[rows]
        if self.factors is None:
            return weight
        return self.factors[codes] if weight is None else weight * self.factors[codes]


@dataclass(frozen=True, eq=False, slots=True)
class Objective:
    """What one model minimises: the weights of its rows, its penalty, and whether it has an intercept without one."""

    weighting: Weighting
    l2: float
    intercept: bool


@dataclass(frozen=True, eq=False, slots=True)
class _Block:
    rows: slice
    codes: Codes  # the rows' classes
    dense: Floats  # (dense columns + 1, rows): the last line is the intercept's
    sparse: Matrix | None  # CSR (rows, sparse columns)


class SharedRows:
    """A matrix (rows, columns) and the class of each row, laid out for many regressions; holds one copy of the matrix.

    For one caller at a time: evaluations share their memory for intermediate values.
    """

    def __init__(self, matrix: Matrix, codes: Codes, classes: int, models: int) -> None:
        """`matrix`: finite float64, dense or CSR. `codes`: 0 to `classes` - 1. At most `models` at a time."""
        self.classes = classes
        self.columns = int(matrix.shape[1])
        self._dense, self._sparse = _split(matrix)
        self._blocks = self._cut(matrix, codes, _block_rows(models * self.vectors))
        self._buffers: dict[str, Floats] = {}

    @property
    def vectors(self) -> int:
        """Coefficient vectors of one model: one for two classes, else one for each class."""
        return 1 if self.classes == 2 else self.classes

    def evaluate(self, points: Sequence[Floats], objectives: Sequence[Objective]) -> list[tuple[float, Floats]]:
        """Loss and gradient of each model at its point, a vector of (columns + intercept) x vectors numbers.

        The vectors' numbers alternate, as scikit-learn has them. Not finite where a number overflows; a model does not
        change the others' results by more than rounding.
        """
        order = _by_weighting(objectives)
        coefficients = self._stacked([points[index] for index in order])
        groups = _groups([objectives[index].weighting for index in order])
        with np.errstate(all="ignore"):
            losses, gradients = self._sums(coefficients, groups)
            answers = {
                index: _penalised(points[index], losses[place], gradients[place], objectives[index])
                for place, index in enumerate(order)
            }
        return [answers[index] for index in range(len(points))]

    def _stacked(self, points: Sequence[Floats]) -> Floats:
        """(models x vectors, columns + 1): the intercept last, 0 for a model without one."""
        stacked = np.zeros((len(points), self.vectors, self.columns + 1))
        for model, point in zip(stacked, points, strict=True):
            vectors = point.reshape(-1, self.vectors).T
            model[:, : vectors.shape[1]] = vectors
        return stacked.reshape(-1, self.columns + 1)

    def _sums(self, coefficients: Floats, groups: Sequence[tuple[slice, Weighting]]) -> tuple[Floats, Floats]:
        """Sums over all rows: losses (models), and gradients (models, vectors, columns + 1)."""
        of_dense = np.ascontiguousarray(coefficients[:, [*self._dense, self.columns]])
        of_sparse = np.ascontiguousarray(coefficients[:, self._sparse].T)
        losses = np.zeros(len(coefficients) // self.vectors)
        sums, sparse_sums = np.zeros_like(of_dense), np.zeros_like(of_sparse)
        for block in self._blocks:
            raw = self._buffer("raw", len(coefficients), block)
            np.matmul(of_dense, block.dense, out=raw)
            if block.sparse is not None:
                raw += (block.sparse @ of_sparse).T
            slopes = self._pointwise(raw, block, groups, losses)
            sums += slopes @ block.dense.T
            if block.sparse is not None:
                sparse_sums += block.sparse.T @ slopes.T
        gradients = np.empty_like(coefficients)
        gradients[:, [*self._dense, self.columns]] = sums
        gradients[:, self._sparse] = sparse_sums.T
        return losses, gradients.reshape(-1, self.vectors, self.columns + 1)

    def _buffer(self, name: str, height: int, block: _Block) -> Floats:
        """Memory for (height, rows of the block) numbers, kept between blocks and evaluations."""
        width = block.dense.shape[1]
        memory = self._buffers.get(name)
        if memory is None or memory.size < height * width:
            memory = self._buffers[name] = np.empty(height * width)
        return memory[: height * width].reshape(height, width)

    def _pointwise(
        self, raw: Floats, block: _Block, groups: Sequence[tuple[slice, Weighting]], losses: Floats
    ) -> Floats:
        """The derivative of each row's loss, shaped like `raw`, which is overwritten; adds to the models' losses."""
        weights = [(models, weighting.within(block.rows, block.codes)) for models, weighting in groups]
        if self.classes == 2:
            return self._two_classes(raw, block, weights, losses)
        slopes = raw.reshape(len(losses), self.vectors, -1)
        each = _softmax(slopes, block.codes)
        for models, weight in weights:
            losses[models] += each[models].sum(axis=1) if weight is None else each[models] @ weight
            if weight is not None:
                slopes[models] *= weight
        return raw

    def _two_classes(
        self, raw: Floats, block: _Block, weights: Sequence[tuple[slice, Floats | None]], losses: Floats
    ) -> Floats:
        """`raw` holds v, signs included. With e = exp(-|v|): log(1 + exp(v)) = max(v, 0) + log1p(e)."""
        small = self._buffer("small", len(raw), block)
        above = self._buffer("above", len(raw), block)
        np.abs(raw, out=small)
        np.negative(small, out=small)
        np.exp(small, out=small)
        np.copysign(1.0, raw, out=above)
        np.maximum(above, small, out=above)  # 1 where v > 0, else e: the slope is this over 1 + e
        np.maximum(raw, self._buffer_of_zeros(raw), out=raw)
        _add_sums(losses, raw, weights)
        np.log1p(small, out=raw)
        _add_sums(losses, raw, weights)
        np.add(small, 1.0, out=small)
        np.divide(above, small, out=above)
        for models, weight in weights:
            if weight is not None:
                above[models] *= weight
        return above

    def _buffer_of_zeros(self, like: Floats) -> Floats:
        """Zeros: numpy takes the greater of two arrays twice as fast as that of an array and a number."""
        memory = self._buffers.get("zeros")
        if memory is None or memory.size < like.size:
            memory = self._buffers["zeros"] = np.zeros(like.size)
        return memory[: like.size].reshape(like.shape)

    def _cut(self, matrix: Matrix, codes: Codes, height: int) -> list[_Block]:
        scarce = _sparse_part(matrix, self._sparse)
        lines = len(self._dense) + 1
        memory = np.empty(lines * len(codes))  # in one piece, which the system gives in large pages
        blocks = []
        for start in range(0, len(codes), height):
            rows = slice(start, min(start + height, len(codes)))
            dense = memory[lines * rows.start : lines * rows.stop].reshape(lines, -1)
            signs = np.where(codes[rows] == 1, -1.0, 1.0) if self.classes == 2 else np.ones(len(dense[0]))
            self._fill(dense, matrix, rows, signs)
            blocks.append(_Block(rows, codes[rows], dense, None if scarce is None else _signed(scarce[rows], signs)))
        return blocks

    def _fill(self, dense: Floats, matrix: Matrix, rows: slice, signs: Floats) -> None:
        if len(self._dense):
            picked = matrix[rows] if len(self._dense) == self.columns else matrix[rows, self._dense]
            np.multiply(picked.T, signs, out=dense[:-1])
        dense[-1] = signs


def _block_rows(vectors: int) -> int:
    return min(max(_CACHED // vectors, _FEWEST_ROWS), _MOST_ROWS)


def _split(matrix: Matrix) -> tuple[Codes, Codes]:
    """The columns kept dense and those kept sparse. It changes the speed alone, so a sample of rows decides."""
    every = np.arange(matrix.shape[1])
    if sparse.issparse(matrix):
        return every[:0], every
    sample = matrix[:: max(1, len(matrix) // _SAMPLE)]
    scarce = np.count_nonzero(sample, axis=0) <= _SPARSE_SHARE * len(sample)
    if np.count_nonzero(scarce) < _FEWEST_SPARSE:
        return every, every[:0]
    return every[~scarce], every[scarce]


def _sparse_part(matrix: Matrix, columns: Codes) -> Matrix | None:
    """These columns as CSR; None if there are none."""
    if sparse.issparse(matrix):
        return matrix.tocsr()
    if not len(columns):
        return None
    places = [np.flatnonzero(matrix[:, column]) for column in columns]
    values = [matrix[rows, column] for rows, column in zip(places, columns, strict=True)]
    starts = np.cumsum([0, *(len(rows) for rows in places)])
    shape = (matrix.shape[0], len(columns))
    return sparse.csc_matrix((np.concatenate(values), np.concatenate(places), starts), shape=shape).tocsr()


def _signed(matrix: Matrix, signs: Floats) -> Matrix:
    """A CSR matrix with each row times its sign."""
    data = matrix.data * np.repeat(signs, np.diff(matrix.indptr))
    return sparse.csr_matrix((data, matrix.indices, matrix.indptr), matrix.shape)


def _by_weighting(objectives: Sequence[Objective]) -> list[int]:
    """The models' places, those of one weighting next to each other, in the order in which the weightings appear."""
    first: dict[int, int] = {}
    for place, objective in enumerate(objectives):
        first.setdefault(id(objective.weighting), place)
    return sorted(range(len(objectives)), key=lambda place: first[id(objectives[place].weighting)])


def _groups(weightings: Sequence[Weighting]) -> list[tuple[slice, Weighting]]:
    """Neighbours of one weighting as slices."""
    bounds = [place for place in range(len(weightings)) if place == 0 or weightings[place] is not weightings[place - 1]]
    ends = [*bounds[1:], len(weightings)]
    return [(slice(start, end), weightings[start]) for start, end in zip(bounds, ends, strict=True)]


def _add_sums(losses: Floats, each: Floats, weights: Sequence[tuple[slice, Floats | None]]) -> None:
    """Add the weighted sums over the rows of `each` (models, rows). A product with ones is numpy's fastest sum."""
    for models, weight in weights:
        losses[models] += each[models] @ (np.ones(each.shape[1]) if weight is None else weight)


def _softmax(raw: Floats, codes: Codes) -> Floats:
    """The loss of each row (models, rows); `raw` (models, classes, rows) becomes its derivative."""
    raw -= raw.max(axis=1, keepdims=True)
    own = raw[:, codes, np.arange(len(codes))]
    np.exp(raw, out=raw)
    total = raw.sum(axis=1)
    raw /= total[:, np.newaxis]
    raw[:, codes, np.arange(len(codes))] -= 1.0
    each: Floats = np.log(total) - own
    return each


def _penalised(point: Floats, loss: float, sums: Floats, objective: Objective) -> tuple[float, Floats]:
    """The mean of the losses and of the gradients (vectors, columns + 1), with the penalty, in the point's order."""
    weighting, l2 = objective.weighting, objective.l2
    vectors = point.reshape(-1, len(sums)).T
    slopes = vectors[:, :-1] if objective.intercept else vectors
    gradient = sums[:, : vectors.shape[1]] / weighting.total
    gradient[:, : slopes.shape[1]] += l2 * slopes
    return float(loss) / weighting.total + 0.5 * l2 * float(np.sum(slopes * slopes)), gradient.T.ravel()
