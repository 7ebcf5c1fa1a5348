"""Where a parameter is a real number, 1 and 1.0 give the same model, bit for bit: `equal_trials` takes them for one."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from stratum_sql.catalog import estimators
from stratum_sql.catalog.spec import EstimatorSpec

NAMES = [
    *("ridge", "lasso", "elastic_net", "logistic_regression", "linear_svc", "svc", "svr", "kernel_ridge"),
    *("huber_regressor", "quantile_regressor", "tweedie_regressor", "sgd_classifier", "gaussian_nb"),
    *("k_neighbors_regressor", "decision_tree_regressor", "ada_boost_regressor", "gradient_boosting_classifier"),
    "hist_gradient_boosting_regressor",
]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)) ** 2 + 0.1
Y = X @ [1.0, 2.0, 3.0]


def predicted(spec: EstimatorSpec, params: dict[str, Any]) -> str:
    """What a model predicts, or which error it raises."""
    target = (np.median(Y) < Y).astype(np.int64) if spec.task == "classification" else Y
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = estimators.build(spec, params, 0, 1).fit(X, target)
        except ValueError as error:
            return type(error).__name__
        function = getattr(model, "decision_function", None) or getattr(model, "predict_proba", None) or model.predict
        return str(function(X).tobytes().hex())


@pytest.mark.parametrize("name", NAMES)
def test_one_and_one_point_zero(name: str) -> None:
    spec = estimators.estimator(name)
    assert spec is not None
    assert spec.reals
    for parameter in sorted(spec.reals):
        for value in (1, 2):
            whole, real = ({parameter: number} for number in (value, float(value)))
            assert predicted(spec, whole) == predicted(spec, real), parameter


def test_a_count_is_no_real_number() -> None:
    for name in ("random_forest_regressor", "decision_tree_classifier"):
        spec = estimators.estimator(name)
        assert spec is not None
        assert "ccp_alpha" in spec.reals
        assert spec.reals.isdisjoint({"max_features", "min_samples_leaf", "max_depth", "n_estimators", "bootstrap"})
