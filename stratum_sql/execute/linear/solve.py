"""Coefficients of many linear models from one set of normal equations, as scikit-learn finds them from the rows.

`ridge` is solved by Cholesky, as scikit-learn does; least squares likewise, where its rows determine it well; `lasso`
and `elastic_net` by coordinate descent with scikit-learn's steps and stopping rule, on products instead of rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stratum_sql import kernels
from stratum_sql.catalog.affine import Floats
from stratum_sql.execute.linear.normal import NormalEquations
from stratum_sql.plan.model import Candidate

_EPS = float(np.finfo(np.float64).eps)
_ROUNDING = 16 * _EPS  # of an entry of the equations and of their factor, relative: some roundings of either side
_RELATIVE = 1e-10  # of the target's spread: how far rounding may move predictions, on either side of a comparison
_WARNED = 1e14  # condition number: beyond 1e16 scikit-learn warns, and must be left to
_HELD_OUT = 10  # how much more held-out rows may vary along a direction than training rows do
_SURE = 16  # roundings of a product of two columns: a descent that came nearer to another decision might take it
_MOST_EIGENVALUES = 1500  # columns: computing more of them costs more than training from the rows

Full = Callable[[Candidate], Mapping[str, Any]]  # every parameter of a candidate


@dataclass(eq=False, slots=True)
class LinearModels:
    """k solved models over p features: `weights` (k, p), `intercepts` (k,); `unsolved` says by number which are none.

    `seconds` is one model's share of the time.
    """

    weights: Floats
    intercepts: Floats
    unsolved: dict[int, str] = field(default_factory=dict)
    warnings: dict[int, tuple[str, ...]] = field(default_factory=dict)
    seconds: float = 0.0


def solve(normal: NormalEquations, candidates: Sequence[Candidate], full: Full) -> LinearModels:
    """The models of all candidates."""
    started = time.perf_counter()
    params = [full(candidate) for candidate in candidates]
    width = len(normal.means)
    models = LinearModels(np.full((len(candidates), width), np.nan), np.zeros(len(candidates)))
    for intercept in (True, False):
        equations = _equations(normal, intercept=intercept)
        for descends in (True, False):
            chosen = [
                at
                for at, candidate in enumerate(candidates)
                if params[at]["fit_intercept"] == intercept
                and (candidate.estimator in ("lasso", "elastic_net")) == descends
            ]
            if chosen:
                (_descend if descends else _factor)(equations, chosen, [params[at] for at in chosen], models)
        _set_intercepts(
            models, normal, [at for at, one in enumerate(params) if one["fit_intercept"] == intercept], intercept
        )
    models.unsolved |= {
        at: "coefficients are no finite numbers"
        for at in np.flatnonzero(~np.isfinite(models.weights).all(axis=1)).tolist()
        if at not in models.unsolved
    }
    models.seconds = (time.perf_counter() - started) / max(1, len(candidates))
    return models


@dataclass(frozen=True, eq=False, slots=True)
class _Equations:
    """gram @ weights = moment, without a penalty; `square` is the target's. And the held-out rows', to judge by."""

    rows: int
    weight: float
    gram: Floats
    moment: Floats
    square: float
    held_out: Floats
    held_out_square: float

    @property
    def both(self) -> tuple[Floats, Floats]:
        """The two sides' matrices."""
        return self.gram, self.held_out


def _equations(normal: NormalEquations, *, intercept: bool) -> _Equations:
    side, means, mean = normal.train, normal.means, normal.target_mean
    test = normal.test
    if intercept:
        return _Equations(normal.rows, side.count, side.gram, side.moment, side.square, test.gram, test.square)
    raw = np.outer(means, means)
    gram, moment = side.gram + side.count * raw, side.moment + side.count * mean * means
    square = side.square + side.count * mean**2
    return _Equations(normal.rows, side.count, gram, moment, square, test.gram + test.count * raw, test.square)


def _set_intercepts(models: LinearModels, normal: NormalEquations, chosen: Sequence[int], intercept: bool) -> None:
    if intercept and len(chosen):
        models.intercepts[chosen] = normal.target_mean - (models.weights[chosen] * normal.means).sum(axis=1)


# ---- ridge and least squares -----------------------------------------------------------------------------------------


def _factor(
    equations: _Equations, chosen: Sequence[int], params: Sequence[Mapping[str, Any]], models: LinearModels
) -> None:
    alphas = np.array([float(one.get("alpha", 0.0)) for one in params])
    weights = kernels.ridge(equations.gram, equations.moment, alphas)
    models.weights[chosen] = weights
    trusted = _trusted(equations, alphas, weights)
    models.unsolved |= {
        at: "its equations are too close to singular" for at, good in zip(chosen, trusted, strict=True) if not good
    }


def _trusted(equations: _Equations, alphas: Floats, weights: Floats) -> Any:
    """Whether rounding moves no prediction, of either side, by more than `_RELATIVE` of the target's spread.

    A Cholesky solution solves equations that differ, in entry (j, k), by about eps times the roots of the diagonal's
    entries j and k. What that does to predictions is bounded by the penalty alone, or else seen along each eigenvector:
    one along which no row varies, such as that of indicators which add up to 1, does nothing to any prediction.
    """
    sizes = np.sqrt(np.maximum(np.diag(equations.gram), 0.0))
    room = _RELATIVE * np.sqrt(max(min(equations.square, equations.held_out_square), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        off = _ROUNDING * (np.abs(weights) * sizes).sum(axis=1)  # of each model, to be multiplied by a direction's size
        good = np.isfinite(off) & (off * np.linalg.norm(sizes) <= room * np.sqrt(alphas) / _HELD_OUT)
        good &= np.sum(sizes**2) <= _WARNED * alphas
    if good.all() or len(equations.gram) > _MOST_EIGENVALUES or not np.isfinite(equations.gram).all():
        return good
    eigenvalues, vectors = np.linalg.eigh(equations.gram)
    lengths = np.abs(vectors).T @ sizes
    varies = [np.maximum((vectors * (gram @ vectors)).sum(axis=0), _ROUNDING * lengths**2) for gram in equations.both]
    shrunk = np.maximum(eigenvalues, _ROUNDING * lengths**2) + alphas[:, None]
    quiet = eigenvalues[-1] + alphas <= _WARNED * shrunk.min(axis=1)
    return quiet & np.all(
        [off * np.sqrt((along * (lengths / shrunk) ** 2).sum(axis=1)) <= room for along in varies], axis=0
    )


# ---- lasso and elastic net -------------------------------------------------------------------------------------------


def _descend(
    equations: _Equations, chosen: Sequence[int], params: Sequence[Mapping[str, Any]], models: LinearModels
) -> None:
    scale = equations.rows / equations.weight  # scikit-learn makes the weights' mean 1
    alphas = np.array([float(one["alpha"]) for one in params])
    ratios = np.array([float(one.get("l1_ratio", 1.0)) for one in params])
    tolerances = np.array([float(one["tol"]) for one in params])
    limits = np.array([one["max_iter"] for one in params], dtype=np.int64)
    weights, gaps, iterations, margins = kernels.elastic_net(
        equations.gram * scale,
        equations.moment * scale,
        equations.square * scale,
        equations.rows,
        alphas,
        ratios,
        tolerances,
        limits,
        [bool(one["positive"]) for one in params],
    )
    models.weights[chosen] = weights
    models.unsolved |= {
        at: "rounding decides when its descent stops"
        for at, margin in zip(chosen, margins, strict=True)
        if not margin > _SURE
    }
    allowed = tolerances * equations.square * scale
    for position, at in enumerate(chosen):
        if iterations[position] >= limits[position] and gaps[position] > allowed[position]:
            models.warnings[at] = (_not_converged(gaps[position], allowed[position]),)


def _not_converged(gap: float, tolerance: float) -> str:
    """What scikit-learn says."""
    return (
        "ConvergenceWarning: Objective did not converge. You might want to increase the number of iterations, check "
        "the scale of the features or consider increasing regularisation. "
        f"Duality gap: {gap:.6e}, tolerance: {tolerance:.3e}"
    )
