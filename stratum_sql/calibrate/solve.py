"""From timed operators to coefficients: those whose sums of units explain the seconds best, errors counted as factors.

Least squares of logarithms: a run that takes twice what is estimated is as wrong as one that takes half. Least squares
of seconds would fit the longest runs alone, and of relative errors would rather be too low.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from stratum_sql.calibrate.timing import Timed

_NOISE = 2e-5  # seconds: shorter runs are not told apart
_PRIOR = 0.3  # how much a coefficient is held to what it was, against one run of _NOISE that depends on it alone
_POWER = 0.25  # of its seconds that a run counts: long ones matter more


def solved(runs: Sequence[Timed], before: Mapping[str, float]) -> dict[str, float]:
    """The coefficients that the runs tell of, from what was thought `before`. What depends on no run is left out."""
    names = sorted({name for run in runs for name, count in run.units.items() if count > 0} & before.keys())
    if not names:
        return {}
    problem = _problem(runs, names, before)
    found = least_squares(problem.residuals, np.zeros(len(names)), problem.slopes, loss="soft_l1", max_nfev=200)
    return {name: before[name] * float(np.exp(found.x[at])) for at, name in enumerate(names)}


@dataclass(frozen=True, eq=False, slots=True)
class _Problem:
    """`counts` (runs, coefficients) times what they were thought to be; `seconds` and `weights` (runs,). Unknown are
    the logarithms of the factors, one a coefficient."""

    counts: NDArray[Any]
    seconds: NDArray[Any]
    weights: NDArray[Any]

    def residuals(self, factors: NDArray[Any]) -> NDArray[Any]:
        """How wrong each run is, as a logarithm, and how far each coefficient is from what it was."""
        wrong = np.log((self._estimates(factors) + _NOISE) / (self.seconds + _NOISE))
        return np.concatenate([self.weights * wrong, _PRIOR * factors])

    def slopes(self, factors: NDArray[Any]) -> NDArray[Any]:
        """The derivative of each residual by each factor's logarithm."""
        parts = self.counts * np.exp(factors) / (self._estimates(factors) + _NOISE)[:, None]
        return np.vstack([self.weights[:, None] * parts, _PRIOR * np.eye(len(factors))])

    def _estimates(self, factors: NDArray[Any]) -> NDArray[Any]:
        estimates: NDArray[Any] = self.counts @ np.exp(factors)
        return estimates


def _problem(runs: Sequence[Timed], names: Sequence[str], before: Mapping[str, float]) -> _Problem:
    """Runs of one kind with the same units are one run of their median time."""
    groups: dict[tuple[Any, ...], list[float]] = {}
    for run in runs:
        key = (run.kind, *(run.units.get(name, 0.0) for name in names))
        groups.setdefault(key, []).append(run.seconds)
    scale = np.array([before[name] for name in names])
    counts = np.array([key[1:] for key in groups], dtype=float) * scale
    seconds = np.array([median(one) for one in groups.values()])
    return _Problem(counts, seconds, ((seconds + _NOISE) / _NOISE) ** _POWER)
