"""Edges of bins around k-means centres, as scikit-learn's KBinsDiscretizer finds them, but for the rounding of sums.

Its KMeans compares every number with every centre in each step; in a sorted column a step is one search a centre.
"""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
from sklearn.preprocessing import KBinsDiscretizer

from stratum_sql import kernels

Floats = npt.NDArray[np.float64]

_TOLERANCE, _STEPS = 1e-4, 300  # of KMeans, which KBinsDiscretizer leaves as they are
_NARROW = 2e-8  # narrower bins may be among those that scikit-learn removes, at 1e-8, with a warning


def kmeans_fitted(discretizer: KBinsDiscretizer, matrix: Floats) -> KBinsDiscretizer | None:
    """`discretizer`, not fitted before, with the state that its `fit` on `matrix` (rows, columns) would leave.

    Edges differ from it by no more than 1e-9 of the column's range. None where they might differ by more or `fit` would
    warn or raise: rounding decides in KMeans, a centre loses its numbers, a column is constant or not finite.
    """
    if len(matrix) < discretizer.n_bins or not np.isfinite(matrix).all():
        return None
    edges = [_edges(column, discretizer.n_bins) for column in matrix.T]
    if any(one is None for one in edges):
        return None
    strategy = discretizer.strategy
    discretizer.set_params(strategy="uniform")
    with warnings.catch_warnings(action="error"):
        discretizer.fit(matrix)
    for at, one in enumerate(edges):
        discretizer.bin_edges_[at] = one
    return discretizer.set_params(strategy=strategy)


def _edges(column: Floats, count: int) -> Floats | None:
    low, high = column.min(), column.max()
    with np.errstate(over="ignore", invalid="ignore"):
        centres = _centres(column[:, None].copy(), np.linspace(low, high, count + 1))
    if centres is None:
        return None
    edges = np.concatenate([[low], (centres[1:] + centres[:-1]) * 0.5, [high]])
    return edges if (np.diff(edges) > _NARROW).all() else None


def _centres(rows: Floats, uniform: Floats) -> Floats | None:
    """Of `rows` (n, 1), from the middles between `uniform` edges; the means and the tolerance as KMeans takes them."""
    tolerance = float(np.mean(np.var(rows, axis=0)) * _TOLERANCE)
    mean = rows.mean(axis=0)
    start = (uniform[1:] + uniform[:-1]) * 0.5 - mean
    if not (np.isfinite(tolerance) and np.isfinite(start).all() and (np.diff(start) > 0).all()):
        return None
    found = kernels.lloyd((rows - mean)[:, 0], start, tolerance, _STEPS)
    return None if found is None else found + mean
