"""Which logistic regressions are trained together with others over the same matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stratum_sql.catalog.spec import EstimatorSpec

_NAME = "logistic_regression"
_PENALTIES = ("deprecated", "l2", None)


def trains_together(spec: EstimatorSpec, full: Mapping[str, Any]) -> bool:
    """Whether `fit_together` takes a model of these parameters; those not in `full` have their defaults.

    These are logistic regressions by L-BFGS with an L2 penalty or none, cold-started and silent, with any class
    weights. Values that scikit-learn would refuse may pass: their fit gives scikit-learn's error.
    """
    if spec.name != _NAME or spec.library != "sklearn":
        return False
    said = {**spec.defaults, **full}
    penalty = said.get("penalty", "deprecated")
    return (
        isinstance(said.get("solver"), str)
        and said["solver"] == "lbfgs"
        and (penalty is None or isinstance(penalty, str))
        and penalty in _PENALTIES
        and (penalty != "deprecated" or said.get("l1_ratio") in (0, None))
        and not any(said.get(name) for name in ("dual", "warm_start", "verbose"))
        and (said.get("class_weight") in (None, "balanced") or isinstance(said["class_weight"], dict))
    )
