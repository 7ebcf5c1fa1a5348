"""The first rounds of a fitted ensemble: the model that a training of fewer rounds would have given, without training.

`catalog/prefix.py` says for which estimators and parameters this holds. What comes back is an estimator of the same
class with fewer members, so it predicts by the library's own code, in the same order and to the same last bit.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from stratum_sql.catalog.booster_values import by_own_name

_LIGHTGBM_CLASSES: Mapping[str, str] = {"LGBMClassifier": "lightgbm_classifier", "LGBMRegressor": "lightgbm_regressor"}
# Parameters of LightGBM that make a round draw lots, each with the value that draws none.
_DRAWS_NOTHING: Mapping[str, Any] = {
    "subsample_freq": 0,
    "colsample_bytree": 1.0,
    "feature_fraction_bynode": 1.0,
    "extra_trees": False,
    "use_quantized_grad": False,
    "boosting_type": "gbdt",
    "data_sample_strategy": "bagging",
}


def first_rounds(fitted: Any, count: int) -> Any | None:
    """An estimator that predicts as the model trained with `count` rounds or members would, bit for bit.

    `fitted` was trained with at least `count`; it stays as it is, and members are shared with it, not copied. None
    where the fitted model does not tell: LightGBM found no split in some round and drew lots in the next, so which of
    its trees a shorter training would have made is lost. Raises TypeError for a class that has no such prefixes,
    ValueError for a `count` below 1 or above what was trained.
    """
    shorten = _shortening(fitted)
    asked = trained_rounds(fitted)
    if not 1 <= count <= asked:
        raise ValueError(f"the first {count} rounds of a model trained with {asked}")
    return fitted if count == asked else shorten(fitted, count)


def trained_rounds(fitted: Any) -> int:
    """The rounds or members that the training was asked for; it may have stopped with fewer."""
    if type(fitted).__name__ in _LIGHTGBM_CLASSES:
        return int(_lightgbm_values(fitted)["n_estimators"])
    if hasattr(fitted, "get_num_boosting_rounds"):
        return int(fitted.get_num_boosting_rounds())
    return int(fitted.max_iter if hasattr(fitted, "max_iter") else fitted.n_estimators)


def _shortening(fitted: Any) -> Callable[[Any, int], Any | None]:
    """What shortens estimators of this class; subclasses do not count, as theirs may predict in another way."""
    kind = type(fitted)
    found = _SHORTEN.get((kind.__module__.split(".")[0], kind.__name__))
    if found is None:
        raise TypeError(f"{kind.__name__} has no first rounds")
    return found


def _copy(fitted: Any, **changed: Any) -> Any:
    """A copy that shares the members; dictionaries are its own, as libraries keep parameters in them."""
    made = copy.copy(fitted)
    vars(made).update({name: dict(value) for name, value in vars(fitted).items() if type(value) is dict})
    vars(made).update(changed)
    return made


# ---- scikit-learn ----------------------------------------------------------------------------------------------------


def _shorten_forest(fitted: Any, count: int) -> Any:
    return _copy(fitted, n_estimators=count, estimators_=fitted.estimators_[:count])


def _shorten_bagging(fitted: Any, count: int) -> Any:
    features = fitted.estimators_features_[:count]
    return _copy(
        fitted,
        n_estimators=count,
        estimators_=fitted.estimators_[:count],
        estimators_features_=features,
        _seeds=fitted._seeds[:count],
    )


def _shorten_ada_boost(fitted: Any, count: int) -> Any:
    """The weights keep the length that was asked for, with zeros at the end where the boosting stopped early."""
    return _copy(
        fitted,
        n_estimators=count,
        estimators_=fitted.estimators_[:count],
        estimator_weights_=fitted.estimator_weights_[:count],
        estimator_errors_=fitted.estimator_errors_[:count],
    )


def _shorten_gradient_boosting(fitted: Any, count: int) -> Any:
    scores = {
        name: getattr(fitted, name)[:count]
        for name in ("train_score_", "oob_improvement_", "oob_scores_")
        if hasattr(fitted, name)
    }
    if "oob_scores_" in scores:
        scores["oob_score_"] = scores["oob_scores_"][-1]
    return _copy(fitted, n_estimators=count, n_estimators_=count, estimators_=fitted.estimators_[:count], **scores)


def _shorten_hist_gradient_boosting(fitted: Any, count: int) -> Any:
    return _copy(
        fitted,
        max_iter=count,
        _predictors=fitted._predictors[:count],
        train_score_=np.asarray(fitted.train_score_)[: count + 1],
    )


# ---- boosters --------------------------------------------------------------------------------------------------------


def _shorten_lightgbm(fitted: Any, count: int) -> Any | None:
    import lightgbm

    values = _lightgbm_values(fitted)
    made = fitted.booster_.current_iteration()
    # Without lots, a round that finds no split is followed by rounds that find none either.
    if made < values["n_estimators"] and not _draws_nothing(values):
        return None
    text = fitted.booster_.model_to_string(num_iteration=min(count, made))
    return _copy(fitted, n_estimators=count, _Booster=lightgbm.Booster(model_str=text))


def _draws_nothing(values: Mapping[str, Any]) -> bool:
    return all(values.get(name, nothing) == nothing for name, nothing in _DRAWS_NOTHING.items())


def _lightgbm_values(fitted: Any) -> dict[str, Any]:
    return by_own_name(_LIGHTGBM_CLASSES[type(fitted).__name__], fitted.get_params())


def _shorten_xgboost(fitted: Any, count: int) -> Any:
    return _copy(fitted, n_estimators=count, _Booster=fitted.get_booster()[:count])


_SHORTEN: Mapping[tuple[str, str], Callable[[Any, int], Any | None]] = {
    (library, f"{stem}{task}"): shorten
    for library, stem, shorten in (
        ("sklearn", "RandomForest", _shorten_forest),
        ("sklearn", "ExtraTrees", _shorten_forest),
        ("sklearn", "Bagging", _shorten_bagging),
        ("sklearn", "AdaBoost", _shorten_ada_boost),
        ("sklearn", "GradientBoosting", _shorten_gradient_boosting),
        ("sklearn", "HistGradientBoosting", _shorten_hist_gradient_boosting),
        ("lightgbm", "LGBM", _shorten_lightgbm),
        ("xgboost", "XGB", _shorten_xgboost),
    )
    for task in ("Classifier", "Regressor")
}
