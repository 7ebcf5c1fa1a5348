"""Boosting that stops early: which estimators do, how each library is told to, and how many rounds it kept.

LightGBM and XGBoost end a training once some rounds in a row have not bettered what their own metric says of the
validation rows, and predict with the best round. The rounds of the folds say how long the model of all rows is trained.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from stratum_sql.catalog.booster_values import written_name
from stratum_sql.catalog.columns import Matrix
from stratum_sql.catalog.spec import EstimatorSpec

ROUNDS = "rounds"  # beside the metrics of a fold: how many rounds its model kept
_STOP = frozenset({"lightgbm_classifier", "lightgbm_regressor", "xgboost_classifier", "xgboost_regressor"})
_COUNTER = "n_estimators"

Rows = tuple[Matrix, Any, Any]  # matrix, target, weights or None


def stops_early(estimator: str) -> bool:
    """Whether `WITH (early_stopping = …)` says something of it. Not XGBoost's forests: they are one round."""
    return estimator in _STOP


def fit_stopped(spec: EstimatorSpec, estimator: Any, fitted: Rows, valid: Rows, stopping_rounds: int) -> int:
    """Fit an unfitted estimator on `fitted`, stopping by `valid`, and say how many rounds it predicts with.

    Where the library stops nothing, as LightGBM's `dart`, those are all. Raises what the library raises.
    """
    fit = _lightgbm if spec.library == "lightgbm" else _xgboost
    return fit(estimator, fitted, valid, stopping_rounds)


def _lightgbm(estimator: Any, fitted: Rows, valid: Rows, stopping_rounds: int) -> int:
    import lightgbm

    told = {} if valid[2] is None else {"eval_sample_weight": [valid[2]]}
    stop = lightgbm.early_stopping(stopping_rounds, verbose=False)
    # Not `eval_y`: LightGBM 4.7 takes its classes for codes, which they are not where the fitted rows lack a class.
    estimator.fit(*fitted, eval_set=[valid[:2]], callbacks=[stop], **told)
    return int(estimator.best_iteration_ or estimator.booster_.current_iteration())


def _xgboost(estimator: Any, fitted: Rows, valid: Rows, stopping_rounds: int) -> int:
    told = {} if valid[2] is None else {"sample_weight_eval_set": [valid[2]]}
    estimator.set_params(early_stopping_rounds=stopping_rounds)
    estimator.fit(*fitted[:2], sample_weight=fitted[2], eval_set=[valid[:2]], verbose=False, **told)
    return int(estimator.best_iteration) + 1


def for_all_rows(spec: EstimatorSpec, given: Mapping[str, Any], rounds: Sequence[int]) -> dict[str, Any]:
    """The parameters of a trial that is fitted on all rows, where nothing is left to validate: the median of the folds'
    rounds, rounded up, in place of the most there may be."""
    return {**given, written_name(spec.name, _COUNTER, given): math.ceil(median(rounds))}
