"""From timed operators to coefficients: seconds are sums of units times coefficients, so these are least squares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import nnls

from stratum_sql.calibrate.timing import Timed

_NOISE = 2e-4  # seconds: shorter runs are not told apart
_PRIOR = 0.05  # how much a coefficient is held to what it was, beside one run that depends on it alone
_LEAST = 0.02  # of what it was: nothing takes no time


def solved(runs: Sequence[Timed], before: Mapping[str, float]) -> dict[str, float]:
    """The coefficients that the runs tell of, from what was thought `before`; errors count in proportion.

    What depends on no run is left out.
    """
    names = sorted({name for run in runs for name, count in run.units.items() if count > 0} & before.keys())
    if not names:
        return {}
    scale = np.array([before[name] for name in names])
    weights = np.array([1 / (run.seconds + _NOISE) for run in runs])
    counts = np.array([[run.units.get(name, 0.0) for name in names] for run in runs])
    left = np.vstack([counts * scale * weights[:, None], _PRIOR * np.eye(len(names))])
    right = np.concatenate([weights * [run.seconds for run in runs], np.full(len(names), _PRIOR)])
    found, _ = nnls(left, right)
    return {name: float(scale[at] * max(found[at], _LEAST)) for at, name in enumerate(names)}
