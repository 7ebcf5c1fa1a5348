"""Scores of solved linear models: from the held-out rows' sums, or from one product with their matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.catalog.affine import Floats
from stratum_sql.catalog.columns import Matrix
from stratum_sql.catalog.metrics import Scores, metric, score
from stratum_sql.catalog.spec import MetricSpec
from stratum_sql.execute.linear.normal import NormalEquations
from stratum_sql.execute.linear.solve import LinearModels
from stratum_sql.execute.linear.unsolved import Unsolved
from stratum_sql.execute.values import Scored

_EPS = float(np.finfo(np.float64).eps)
_AT_ONCE = 8  # models in one product with the held-out matrix
_RELATIVE = 1e-10  # how far rounding may move a score
_SHARES, _ABSOLUTE = frozenset({"r2", "explained_variance"}), 1e-13  # without a unit: near 0 so far


def from_sums(models: LinearModels, normal: NormalEquations, metrics: Sequence[str]) -> list[Scored | Unsolved]:
    """The scores of every model. One whose score would be a small difference of large sums is unsolved."""
    errors = _errors(models, normal)
    specs = [spec for name in metrics if (spec := metric(name)) is not None]
    return [_one(models, errors, at, specs) for at in range(len(models.weights))]


@dataclass(frozen=True, eq=False, slots=True)
class _Errors:
    """Over the held-out rows, for each of k models: sums of squared errors and of errors, both (k,), and how far
    rounding may have moved the former; the target's sum of squares about its mean, and how far that may have moved; the
    rows, or their weight."""

    squares: Floats
    totals: Floats
    rounding: Floats
    spread: float
    spread_rounding: float
    count: float

    def share(self, squares: float, rounding: float) -> tuple[float, float]:
        """1 less a share of the spread, and how far rounding may have moved it."""
        part = squares / self.spread
        return 1 - part, (rounding + part * self.spread_rounding) / self.spread


def _errors(models: LinearModels, normal: NormalEquations) -> _Errors:
    side, weights = normal.test, models.weights
    # one model at a time: in one product its last bits would depend on how many models there are
    squares = np.array([float((each @ side.gram) @ each) for each in weights])
    moments = (weights * side.moment).sum(axis=1)
    offset = normal.target_mean - (weights * normal.means).sum(axis=1) - models.intercepts  # 0 with an intercept
    totals = side.target - (weights * side.features).sum(axis=1)
    summed = side.square - 2 * moments + squares + 2 * offset * totals + side.count * offset**2
    largest = side.square + 2 * np.abs(moments) + squares + 2 * np.abs(offset * totals) + side.count * offset**2
    spread = side.square - side.target**2 / side.count if side.count > 0 else 0.0
    rounding = 8 * _EPS * largest
    return _Errors(summed, totals + side.count * offset, rounding, spread, 8 * _EPS * side.square, side.count)


def _one(models: LinearModels, errors: _Errors, at: int, specs: Sequence[MetricSpec]) -> Scored | Unsolved:
    if at in models.unsolved:
        return Unsolved(models.unsolved[at])
    if errors.count <= 1 or errors.spread <= 1e3 * errors.rounding[at]:
        return Unsolved("the held-out targets hardly differ")
    values = {}
    for spec in specs:
        value, rounding = _value(spec.scorer, errors, at)
        if not rounding <= max(_RELATIVE * abs(value), _ABSOLUTE * (spec.scorer in _SHARES)):
            return Unsolved(f"{spec.name} is a small difference of large sums")
        values[spec.name] = spec.sign * value
    return Scored(Scores(values, {}), models.seconds, models.warnings.get(at, ()))


def _value(scorer: str, errors: _Errors, at: int) -> tuple[float, float]:
    """A scorer's value and how far rounding may have moved it."""
    squares, rounding = float(errors.squares[at]), float(errors.rounding[at])
    match scorer:
        case "r2":
            return errors.share(squares, rounding)
        case "explained_variance":
            about_mean = squares - float(errors.totals[at]) ** 2 / errors.count
            return errors.share(about_mean, 2 * rounding)
        case "neg_mean_squared_error":
            return -squares / errors.count, rounding / errors.count
        case "neg_root_mean_squared_error":
            root = float(np.sqrt(max(squares, 0.0) / errors.count))
            return -root, rounding / (errors.count * root) if root else np.inf
    raise ValueError(f"{scorer} does not follow from sums")


def from_predictions(
    models: LinearModels,
    matrix: Matrix,
    target: Floats,
    weight: Any,
    metrics: Sequence[str],
) -> list[Scored | Unsolved]:
    """The scores of every model on held-out rows, all predicted in one product."""
    from stratum_sql.execute.linear.predicted import Predicted

    specs = [spec for name in metrics if (spec := metric(name)) is not None]
    predicted = _predicted(models, matrix)
    return [
        Unsolved(models.unsolved[at])
        if at in models.unsolved
        else Scored(
            score(Predicted(predicted[:, at]), matrix, target, specs, weight),
            models.seconds,
            models.warnings.get(at, ()),
        )
        for at in range(len(models.weights))
    ]


def _predicted(models: LinearModels, matrix: Matrix) -> Floats:
    """Predictions (rows, k), `_AT_ONCE` models a product: a model's last bits do not depend on how many there are."""
    count = len(models.weights)
    padded = np.zeros((-(-count // _AT_ONCE) * _AT_ONCE, models.weights.shape[1]))
    padded[:count] = models.weights
    products = [matrix @ padded[first : first + _AT_ONCE].T for first in range(0, len(padded), _AT_ONCE)]
    return np.asfortranarray(np.hstack(products)[:, :count] + models.intercepts)
