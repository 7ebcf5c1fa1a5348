"""Whether training draws from NumPy's global generator: then it is done where the script says, and never shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from stratum_sql.pandas.learning.parts import attributes, is_estimator, names_of_parameters

# With random_state=None these draw nothing under the parameters that are tested; all others are taken to draw.
_QUIET: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "Ridge": lambda held: held["solver"] not in ("sag", "saga"),
    "RidgeClassifier": lambda held: held["solver"] not in ("sag", "saga"),
    "Lasso": lambda held: held["selection"] == "cyclic",
    "LassoCV": lambda held: held["selection"] == "cyclic",
    "ElasticNet": lambda held: held["selection"] == "cyclic",
    "ElasticNetCV": lambda held: held["selection"] == "cyclic",
    "LogisticRegression": lambda held: held["solver"] in ("lbfgs", "newton-cg", "newton-cholesky"),
    "LogisticRegressionCV": lambda held: held["solver"] in ("lbfgs", "newton-cg", "newton-cholesky"),
    "SVC": lambda held: not held["probability"] or held["probability"] == "deprecated",
    "NuSVC": lambda held: not held["probability"] or held["probability"] == "deprecated",
    "PCA": lambda held: held["svd_solver"] in ("full", "covariance_eigh"),
    "KFold": lambda held: not held["shuffle"],
    "StratifiedKFold": lambda held: not held["shuffle"],
    "StratifiedGroupKFold": lambda held: not held["shuffle"],
    "GroupKFold": lambda held: not held["shuffle"],
    "TimeSeriesSplit": lambda held: True,
    # their own seeds, where none is said
    "LGBMRegressor": lambda held: True,
    "LGBMClassifier": lambda held: True,
    "LGBMRanker": lambda held: True,
    "XGBRegressor": lambda held: True,
    "XGBClassifier": lambda held: True,
    "XGBRanker": lambda held: True,
}


def draws(*values: Any) -> bool:
    """Whether work with these values may draw from NumPy's global generator, or from one that the script holds."""
    return any(_draws(held) for held in _with_states(list(values)))


def _with_states(values: list[Any]) -> list[Any]:
    """Estimators and splitters in the values and in their parameters: a forest's own tree is the forest's business."""
    found, waiting = [], list(values)
    while waiting:
        one = waiting.pop()
        if type(one) in (list, tuple):
            waiting += one
        elif type(one) is dict:
            waiting += one.values()
        elif is_estimator(one):
            found.append(one)
            held, names = attributes(one), names_of_parameters(one)
            waiting += [held[name] for name in names if name in held]
        elif not isinstance(one, type) and "random_state" in getattr(one, "__dict__", ()):
            found.append(one)
    return found


def _draws(value: Any) -> bool:
    held = attributes(value)
    states = [one for name, one in held.items() if name.endswith("random_state") and not name.startswith("_")]
    states += [held["seed"]] if isinstance(held.get("seed"), np.random.RandomState) else []
    if any(isinstance(one, np.random.RandomState | np.random.Generator) for one in states):
        return True
    if not any(one is None for one in states):
        return False
    test = _QUIET.get(type(value).__name__)
    return test is None or not test(held)
