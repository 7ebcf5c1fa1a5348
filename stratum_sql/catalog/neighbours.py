"""Which models of nearest neighbours can look them up in one search: the nearest few are the first of the many."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from stratum_sql.catalog.spec import EstimatorSpec

_NAMES = frozenset({"k_neighbors_classifier", "k_neighbors_regressor"})
_OWN = frozenset({"n_neighbors", "weights", "n_jobs"})  # read once the neighbours are known, or of no effect on them
_WEIGHTS = ("uniform", "distance")
_IN_BOXES = frozenset({"euclidean", "l2", "minkowski", "p", "manhattan", "cityblock", "l1", "chebyshev", "infinity"})


def search_key(spec: EstimatorSpec, full: Mapping[str, Any]) -> Hashable | None:
    """Models of equal keys find the same neighbours over one matrix, each its own number of them; None for all others.

    `full` has every parameter of a statement, defaults filled in. Left out, beside other estimators and values that
    scikit-learn would refuse, are searches in trees of balls: what rounding may do to the bound that leaves a ball out
    grows with its distance, and not every metric allowed there keeps the triangle inequality that the bound rests on,
    so that what is found can depend on how many are looked for.
    """
    if spec.library != "sklearn" or spec.name not in _NAMES or not full.keys() <= spec.defaults.keys() | _OWN:
        return None
    said = {**spec.defaults, **full}
    count, weights = said["n_neighbors"], said["weights"]
    if type(count) is not int or count < 1 or not isinstance(weights, str) or weights not in _WEIGHTS:
        return None
    return (spec.name, *sorted((key, said[key]) for key in said.keys() - _OWN)) if _leaves_out_balls(said) else None


def _leaves_out_balls(said: Mapping[str, Any]) -> bool:
    """Whether rows are compared one by one or in a tree of boxes."""
    algorithm, metric = said["algorithm"], said["metric"]
    if not isinstance(algorithm, str) or not isinstance(metric, str) or said["metric_params"] is not None:
        return False
    return (algorithm == "auto" and metric in _IN_BOXES) or (
        algorithm in ("brute", "kd_tree") and metric != "precomputed"
    )
