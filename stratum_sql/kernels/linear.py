"""Kernels that fit linear models, from sums of products or from rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from stratum_sql import _rust_udfs
from stratum_sql._rust_udfs import CancelToken
from stratum_sql.kernel_runs import counted
from stratum_sql.kernels.arrays import Floats, Integers, arrow, numbers_of, whole_numbers

if TYPE_CHECKING:
    pass


@counted(lambda *_, **__: 0)
def ridge(
    gram: npt.ArrayLike, moment: npt.ArrayLike, alphas: Sequence[float] | Floats, *, cancel: CancelToken | None = None
) -> Floats:
    """Solve `(gram + alpha I) w = moment` for each of k `alphas`: coefficients (k, p).

    `gram` (p, p) is symmetric (its upper triangle is read), `moment` (p,). Coefficients are NaN where the matrix is not
    positive definite. Columns side by side that are a category's indicators less their means cost next to nothing.
    ValueError: shapes that do not fit, numbers that are not finite, a negative alpha.
    """
    matrix, vector = _normal(gram, moment)
    strengths = np.asarray(alphas, np.float64).tolist()
    coefficients = _rust_udfs.ridge(matrix, vector, strengths, cancel)
    return numbers_of(coefficients, np.float64).reshape(len(strengths), len(vector))


@counted(lambda *_, **__: 0)
def elastic_net(
    gram: npt.ArrayLike,
    moment: npt.ArrayLike,
    target_square: float,
    rows: float,
    alphas: Sequence[float] | Floats,
    l1_ratios: Sequence[float] | Floats,
    tols: Sequence[float] | Floats,
    max_iters: Sequence[int] | Integers,
    positive: Sequence[bool] | None = None,
    *,
    cancel: CancelToken | None = None,
) -> tuple[Floats, Floats, Integers, Floats]:
    """scikit-learn's ElasticNet for each of k candidates: coefficients (k, p), duality gap, iterations, margin (k,).

    `gram` (p, p) and `moment` (p,) are X.T @ X and X.T @ y of the centred `rows`, `target_square` is y @ y. The sweeps
    and the stopping rule are those of `precompute=False, selection="cyclic"`, so coefficients and `n_iter_` are
    scikit-learn's up to rounding. scikit-learn's `dual_gap_` is the gap divided by `rows`; a candidate did not
    converge, and scikit-learn would warn, if its gap is above `tol * target_square`. The margin says how far the
    closest of all decisions, such as to stop, was from its opposite, in multiples of what rounding may do to it; 0
    where that is not known, without an L1 part. `positive` defaults to no candidate. ValueError: shapes that do not
    fit, numbers that are not finite, a parameter out of its range.
    """
    matrix, vector = _normal(gram, moment)
    count = len(alphas)
    signs = [False] * count if positive is None else list(positive)
    parts = (alphas, l1_ratios, tols, max_iters, signs)
    if any(len(part) != count for part in parts):
        lengths = ", ".join(str(len(part)) for part in parts)
        raise ValueError(f"alphas, l1_ratios, tols, max_iters and positive have different lengths: {lengths}")
    candidates = [
        (float(alpha), float(l1_ratio), float(tol), most, bool(sign))
        for alpha, l1_ratio, tol, most, sign in zip(
            alphas, l1_ratios, tols, whole_numbers("max_iters", max_iters), signs, strict=True
        )
    ]
    memories = _rust_udfs.elastic_net(matrix, vector, float(target_square), float(rows), candidates, cancel)
    coefficients, gap, iterations, margin = memories
    shaped = numbers_of(coefficients, np.float64).reshape(count, len(vector))
    return shaped, numbers_of(gap, np.float64), numbers_of(iterations, np.int64), numbers_of(margin, np.float64)


class Logistic:
    """A matrix (n, p) and the class of each row, laid out for many logistic regressions; holds one copy of the matrix.

    `matrix`: finite float64, dense in any order, or CSR. `codes` (n,): classes from 0 to `classes` - 1. `weight` (n,):
    what each row counts. `vectors`: coefficient vectors at a time that the layout is best for. `scarce`: columns of a
    dense matrix, ascending, that are kept sparse. ValueError: shapes that do not fit, a class out of range.
    """

    def __init__(
        self,
        matrix: Any,
        codes: npt.ArrayLike,
        classes: int,
        weight: npt.ArrayLike | None = None,
        *,
        vectors: int = 1,
        scarce: Sequence[int] | Integers = (),
    ) -> None:
        self.columns, self.classes, self.rows = int(matrix.shape[1]), classes, int(matrix.shape[0])
        own, counts = arrow(codes, np.int32), None if weight is None else arrow(weight, np.float64)
        if sparse.issparse(matrix):
            entries = matrix.tocsr()
            places = (arrow(entries.indptr, np.int64), arrow(entries.indices, np.int32))
            self._rows = _rust_udfs.Logistic.sparse(
                *places, arrow(entries.data, np.float64), self.columns, own, classes, counts, vectors
            )
        else:
            by_column = matrix.flags.f_contiguous
            values = arrow(matrix.ravel("F" if by_column else "C"), np.float64)
            kept = whole_numbers("scarce", scarce)
            self._rows = _rust_udfs.Logistic.dense(
                values, len(matrix), self.columns, by_column, kept, own, classes, counts, vectors
            )

    @counted(lambda self, *_, **__: self.rows)
    def sums(
        self, coefficients: Floats, factors: Floats | None = None, *, cancel: CancelToken | None = None
    ) -> tuple[Floats, Floats]:
        """Sums over all rows at one point a model: losses (models,), gradients shaped like `coefficients`.

        `coefficients` (models, vectors, p + 1): one vector for two classes, else one for each class; the intercept
        last. `factors` (models, classes): what a row of each class counts, times its weight. As `LinearModelLoss` of
        scikit-learn, without the penalty: log(1 + exp(v)) with v = -xw for the second of two classes and xw for the
        first, and log Σ exp(xw) - xw of the row's own class. What overflows makes a model's loss NaN or infinite and
        touches no other.
        """
        factor = np.empty(0) if factors is None else factors
        losses, gradients = self._rows.sums(
            arrow(coefficients.ravel(), np.float64), arrow(factor.ravel(), np.float64), cancel
        )
        return numbers_of(losses, np.float64), numbers_of(gradients, np.float64).reshape(coefficients.shape)


def _normal(gram: npt.ArrayLike, moment: npt.ArrayLike) -> tuple[Any, Any]:
    matrix, vector = np.asarray(gram), arrow(moment, np.float64)
    if matrix.shape != (len(vector), len(vector)):
        raise ValueError(f"a moment vector of {len(vector)} numbers, but a Gram matrix of shape {matrix.shape}")
    return arrow(matrix.reshape(-1), np.float64), vector
