"""Which estimators are solved from sums of products alone, under which parameters, and which metrics follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DERIVED_METRICS = frozenset(
    {"r2", "explained_variance", "neg_mean_squared_error", "neg_root_mean_squared_error"}
)  # scikit-learn's scorers

_LOOSEST_TOLERANCE = 1e-9  # below it rounding decides when coordinate descent stops


def solved_from_sums(estimator: str, params: Mapping[str, Any]) -> bool:
    """Whether the model that scikit-learn would fit follows from the normal equations; `params` has every parameter."""
    match estimator:
        case "linear_regression":
            return not params["positive"]
        case "ridge":
            return params["solver"] in ("auto", "cholesky") and not params["positive"] and _is_real(params["alpha"])
        case "lasso" | "elastic_net":
            return _descends(params)
    return False


def _descends(params: Mapping[str, Any]) -> bool:
    ratio = params.get("l1_ratio", 1.0)
    return (
        params["selection"] == "cyclic"
        and _is_real(params["alpha"])
        and _is_real(ratio)
        and params["alpha"] * ratio > 0  # without an l1 penalty scikit-learn warns, and may not converge
        and params["tol"] >= _LOOSEST_TOLERANCE
        and isinstance(params["precompute"], bool)
    )


def _is_real(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
