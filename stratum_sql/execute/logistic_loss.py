"""The loss of many logistic regressions over one matrix, with its gradient: the matrix is read once for all of them.

    loss(w)     = sum_i s_i loss(y_i, x_i w) / sum_i s_i  +  l2/2 ||w||²      (the intercept bears no penalty)
    gradient(w) = X' (s · d loss) / sum_i s_i             +  l2 w

as in scikit-learn's `LinearModelLoss`. The sums over rows are a kernel's (`kernels.Logistic`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from stratum_sql import kernels
from stratum_sql.catalog.columns import Matrix

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

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


@dataclass(frozen=True, eq=False, slots=True)
class Objective:
    """What one model minimises: the weights of its rows, its penalty, and whether it has an intercept without one."""

    weighting: Weighting
    l2: float
    intercept: bool


class SharedRows:
    """A matrix (rows, columns) and the class of each row, laid out for many regressions: one copy of the matrix."""

    def __init__(self, matrix: Matrix, codes: Codes, classes: int, models: int, weight: Floats | None = None) -> None:
        """`matrix`: finite float64, dense or CSR. `codes`: 0 to `classes` - 1. `models`: at most at a time."""
        self.classes = classes
        self.columns = int(matrix.shape[1])
        vectors = models * self.vectors
        self._rows = kernels.Logistic(matrix, codes, classes, weight, vectors=vectors, scarce=_scarce(matrix))

    @property
    def vectors(self) -> int:
        """Coefficient vectors of one model: one for two classes, else one for each class."""
        return 1 if self.classes == 2 else self.classes

    def evaluate(self, points: Sequence[Floats], objectives: Sequence[Objective]) -> list[tuple[float, Floats]]:
        """Loss and gradient of each model at its point, a vector of (columns + intercept) x vectors numbers.

        The vectors' numbers alternate, as scikit-learn has them. Not finite where a number overflows; a model does not
        change the others' results by more than rounding.
        """
        losses, gradients = self._rows.sums(self._stacked(points), self._factors(objectives))
        with np.errstate(all="ignore"):
            return [_penalised(*each) for each in zip(points, losses, gradients, objectives, strict=True)]

    def _stacked(self, points: Sequence[Floats]) -> Floats:
        """(models, vectors, columns + 1): the intercept last, 0 for a model without one."""
        stacked = np.zeros((len(points), self.vectors, self.columns + 1))
        for model, point in zip(stacked, points, strict=True):
            vectors = point.reshape(-1, self.vectors).T
            model[:, : vectors.shape[1]] = vectors
        return stacked

    def _factors(self, objectives: Sequence[Objective]) -> Floats | None:
        """(models, classes): what a row of each class counts; None if all count 1."""
        if all(objective.weighting.factors is None for objective in objectives):
            return None
        ones = np.ones(self.classes)
        return np.array([ones if (own := each.weighting.factors) is None else own for each in objectives])


def _scarce(matrix: Matrix) -> Codes:
    """Columns of a dense matrix that are kept sparse. It changes the speed alone, so a sample of rows decides."""
    none = np.empty(0, dtype=np.intp)
    if sparse.issparse(matrix):
        return none
    sample = matrix[:: max(1, len(matrix) // _SAMPLE)]
    scarce = np.flatnonzero(np.count_nonzero(sample, axis=0) <= _SPARSE_SHARE * len(sample))
    return none if len(scarce) < _FEWEST_SPARSE else scarce


def _penalised(point: Floats, loss: float, sums: Floats, objective: Objective) -> tuple[float, Floats]:
    """The mean of the losses and of the gradients (vectors, columns + 1), with the penalty, in the point's order."""
    weighting, l2 = objective.weighting, objective.l2
    vectors = point.reshape(-1, len(sums)).T
    slopes = vectors[:, :-1] if objective.intercept else vectors
    gradient = sums[:, : vectors.shape[1]] / weighting.total
    gradient[:, : slopes.shape[1]] += l2 * slopes
    return float(loss) / weighting.total + 0.5 * l2 * float(np.sum(slopes * slopes)), gradient.T.ravel()
