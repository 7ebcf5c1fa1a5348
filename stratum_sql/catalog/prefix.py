"""Which estimators contain every smaller one of their kind: a forest of 200 trees begins with the forest of 100.

Where that holds exactly, one training serves every value of the parameter that counts rounds or members.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stratum_sql.catalog import booster_parameters
from stratum_sql.catalog.booster_values import by_own_name, knows_all, written_name
from stratum_sql.catalog.spec import EstimatorSpec

# What each value must be for the members to be drawn and trained in order, whatever their number. An out-of-bag score
# leaves the members alone, but says that the fitted object itself is wanted as it is.
_FOREST: Mapping[str, tuple[Any, ...]] = {"oob_score": (False,)}
_NEEDS: Mapping[str, tuple[str, Mapping[str, tuple[Any, ...]]]] = {
    "random_forest": ("n_estimators", _FOREST),
    "extra_trees": ("n_estimators", _FOREST),
    "bagging": ("n_estimators", _FOREST),
    "ada_boost": ("n_estimators", {}),
    "gradient_boosting": ("n_estimators", {"n_iter_no_change": (None,)}),
    # 'auto' stops early above 10,000 rows, and how many there will be is not known here.
    "hist_gradient_boosting": ("max_iter", {"early_stopping": (False,)}),
    # dart scales the trees before it again.
    "lightgbm": ("n_estimators", {"boosting_type": ("gbdt", "rf", "goss")}),
    "xgboost": ("n_estimators", {"booster": (None, "gbtree")}),
    # Not xgboost_rf: each of its trees is scaled by their number.
}
_XGBOOST_ROUNDS = 100  # what XGBoost takes for n_estimators => NULL


def prefix_parameter(spec: EstimatorSpec, full: Mapping[str, Any]) -> str | None:
    """The name in `full` of the parameter that counts rounds or members, if more of them begin with the fewer; or None.

    `full` has every parameter of a statement, defaults filled in. A booster's parameter may stand there under any of
    its names: the one the statement wrote comes back. None also for a parameter that the catalogue does not know.
    """
    stem = spec.name.removesuffix("_classifier").removesuffix("_regressor")
    if spec.library == "host" or stem not in _NEEDS:
        return None
    counter, needs = _NEEDS[stem]
    if not _knows_all(spec, full):
        return None
    booster = spec.name in booster_parameters.PARAMETERS
    values = by_own_name(spec.name, full) if booster else full
    if any(values.get(name, spec.defaults.get(name)) not in allowed for name, allowed in needs.items()):
        return None
    return written_name(spec.name, counter, full) if booster else counter


def rounds(spec: EstimatorSpec, full: Mapping[str, Any]) -> int | None:
    """How many rounds or members `full` asks for, where `prefix_parameter` names a parameter; else None."""
    name = prefix_parameter(spec, full)
    if name is None:
        return None
    value = full.get(name, spec.defaults.get(name))
    return _XGBOOST_ROUNDS if value is None else int(value)


def _knows_all(spec: EstimatorSpec, full: Mapping[str, Any]) -> bool:
    if spec.name in booster_parameters.PARAMETERS:
        return knows_all(spec.name, full)
    return full.keys() <= spec.defaults.keys() | spec.required
