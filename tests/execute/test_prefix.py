"""The first rounds of a model against a model trained with as many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import get_scorer

from stratum_sql.catalog.estimators import estimators
from stratum_sql.catalog.metrics import metric, score
from stratum_sql.catalog.prefix import prefix_parameter, rounds
from stratum_sql.catalog.spec import EstimatorSpec, EstimatorValue
from stratum_sql.execute.prefix import first_rounds, trained_rounds
from tests.execute.boosted_data import assert_same, fit, full, is_class, rows, spec_of, tell

TASKS = ("binary", "multiclass", "regression")
STUMP = {"classifier": EstimatorValue("decision_tree_classifier", (("max_depth", 2),))}
STUMP["regressor"] = EstimatorValue("decision_tree_regressor", (("max_depth", 2),))
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "random_forest": [{}, {"max_features": 0.4, "max_samples": 0.6, "random_state": 3}, {"bootstrap": False}],
    "extra_trees": [{}, {"bootstrap": True, "min_samples_leaf": 3, "max_features": 2}],
    "gradient_boosting": [{}, {"subsample": 0.5, "max_features": 0.5, "random_state": 4}, {"init": "zero"}],
    "hist_gradient_boosting": [
        {"early_stopping": False},
        {"early_stopping": False, "max_features": 0.4, "learning_rate": 0.3, "max_bins": 31},
    ],
    "bagging": [{}, {"max_samples": 0.5, "max_features": 0.6}, {"bootstrap": False, "bootstrap_features": True}],
    "ada_boost": [{}, {"learning_rate": 0.5, "random_state": 9}],
    "lightgbm": [
        {},
        {"subsample": 0.6, "subsample_freq": 2, "colsample_bytree": 0.5, "random_state": 8},
        {"bagging_fraction": 0.6, "bagging_freq": 1, "feature_fraction_bynode": 0.5, "extra_trees": True},
        {"boosting": "goss", "learning_rate": 0.4},
        {"data_sample_strategy": "goss", "learning_rate": 0.5},
        {"boosting_type": "rf", "subsample": 0.7, "subsample_freq": 1},
        {"use_quantized_grad": True, "num_grad_quant_bins": 8},
        {"linear_tree": True, "subsample": 0.6, "subsample_freq": 1},
        {"reg_alpha": 0.5, "max_depth": 3, "path_smooth": 1.0, "max_bin": 15},
    ],
    "xgboost": [
        {},
        {"subsample": 0.5, "colsample_bytree": 0.6, "colsample_bylevel": 0.7, "colsample_bynode": 0.8},
        {"num_parallel_tree": 3, "subsample": 0.6, "random_state": 5},
        {"tree_method": "exact"},
        {"tree_method": "approx", "max_bin": 16},
        {"grow_policy": "lossguide", "max_leaves": 5, "reg_alpha": 0.3, "eta": 0.5},
        {"base_score": 0.3},
        {"booster": "gbtree", "multi_strategy": "multi_output_tree", "tree_method": "hist"},
    ],
}
ONE_TASK: dict[str, list[dict[str, Any]]] = {
    "random_forest_classifier": [{"class_weight": "balanced_subsample"}, {"criterion": "entropy"}],
    "random_forest_regressor": [{"max_depth": 4, "max_features": 3}],
    "extra_trees_classifier": [{"class_weight": "balanced"}],
    "gradient_boosting_regressor": [{"loss": "huber", "subsample": 0.7}, {"loss": "quantile"}],
    "hist_gradient_boosting_classifier": [{"early_stopping": False, "class_weight": "balanced"}],
    "hist_gradient_boosting_regressor": [{"early_stopping": False, "loss": "absolute_error"}],
    "bagging_classifier": [{"estimator": STUMP["classifier"]}, {"estimator": EstimatorValue("ridge_classifier")}],
    "bagging_regressor": [{"estimator": EstimatorValue("ridge")}],
    "ada_boost_classifier": [{"estimator": STUMP["classifier"], "learning_rate": 1.5}],
    "ada_boost_regressor": [{"loss": "square", "estimator": STUMP["regressor"]}, {"loss": "exponential"}],
    "lightgbm_classifier": [
        {"class_weight": "balanced"},
        {"objective": "multiclassova"},
        {"pos_bagging_fraction": 0.5, "neg_bagging_fraction": 0.9, "bagging_freq": 1},
    ],
    "lightgbm_regressor": [{"loss": "l1"}, {"objective": "quantile", "alpha": 0.3}, {"objective": "huber"}],
    "xgboost_classifier": [{"objective": "multi:softmax"}],
    "xgboost_regressor": [
        {"objective": "reg:absoluteerror"},
        {"objective": "reg:quantileerror", "quantile_alpha": 0.3},
    ],
}
NO_GAPS = {"gradient_boosting", "ada_boost", "bagging", "extra_trees", "random_forest"}
COUNTERS = {"n_estimators", "max_iter"}


def _stem(name: str) -> str:
    return name.removesuffix("_classifier").removesuffix("_regressor")


def _cases() -> list[Any]:
    cases: list[Any] = []
    for stem, several in SETTINGS.items():
        for ending in ("classifier", "regressor"):
            name = f"{stem}_{ending}"
            for params in several + ONE_TASK.get(name, []):
                for task in TASKS[:2] if ending == "classifier" else TASKS[2:]:
                    if _impossible(task, params):
                        continue
                    weighted = len(cases) % 2 == 1
                    cases.append(pytest.param(name, params, task, weighted, id=f"{name}-{task}-{weighted}-{params}"))
    return cases


def shortened(fitted: Any, count: int) -> Any:
    """The first rounds, where the model must tell them."""
    made = first_rounds(fitted, count)
    assert made is not None
    return made


def _impossible(task: str, params: dict[str, Any]) -> bool:
    """Settings the library refuses for this task."""
    if task == "binary":
        return params.get("objective") in ("multiclassova", "multi:softmax")
    return task == "multiclass" and "pos_bagging_fraction" in params


@pytest.mark.filterwarnings("ignore:When fitting Bagging:UserWarning", "ignore:Found:UserWarning")
@pytest.mark.parametrize(("name", "params", "task", "weighted"), _cases())
def test_first_rounds_predict_as_a_shorter_training(
    name: str, params: dict[str, Any], task: str, weighted: bool
) -> None:
    data = rows(task, count=200, gaps=_stem(name) not in NO_GAPS)
    counter = prefix_parameter(spec_of(name), full(name, params))
    assert counter in COUNTERS
    long = fit(name, params | {counter: 14}, data, weighted=weighted)
    before = tell(long, data)
    assert shortened(long, 14) is long
    for count in (1, 9):
        short = shortened(long, count)
        assert is_class(name, short)
        assert short.get_params()[counter] == count
        assert_same(short, fit(name, params | {counter: count}, data, weighted=weighted), data)
    after = tell(long, data)
    assert all(np.array_equal(before[method], after[method]) for method in before), "the long model has changed"


@pytest.mark.parametrize("alias", ["num_iterations", "n_iter", "max_iter", "nrounds"])
def test_rounds_under_another_name(alias: str) -> None:
    data = rows("binary")
    assert prefix_parameter(spec_of("lightgbm_classifier"), full("lightgbm_classifier", {alias: 9})) == alias
    long = fit("lightgbm_classifier", {alias: 9}, data)
    assert trained_rounds(long) == 9
    short = shortened(long, 4)
    assert (trained_rounds(short), trained_rounds(long)) == (4, 9)
    assert_same(short, fit("lightgbm_classifier", {alias: 4}, data), data)


@pytest.mark.parametrize("name", ["random_forest_classifier", "lightgbm_classifier", "xgboost_classifier"])
@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_scores_are_those_of_a_shorter_training(name: str, task: str) -> None:
    data = rows(task, gaps=False)
    truth = rows(task, gaps=False, seed=6).target
    names = ["accuracy", "log_loss", "f1_macro", "roc_auc_ovr"]
    asked = [one for one in map(metric, names) if one is not None]
    short = shortened(fit(name, {"n_estimators": 12}, data), 5)
    plain = fit(name, {"n_estimators": 5}, data)
    assert score(short, data.others, truth, asked).values == score(plain, data.others, truth, asked).values
    scorer = get_scorer("neg_log_loss")
    assert scorer(short, data.others, truth) == scorer(plain, data.others, truth)
    assert np.array_equal(short.classes_, plain.classes_)


def test_a_prefix_of_a_prefix() -> None:
    for name in ("lightgbm_regressor", "xgboost_regressor", "extra_trees_regressor"):
        data = rows("regression", gaps=False)
        long = fit(name, {"n_estimators": 12}, data)
        assert_same(first_rounds(first_rounds(long, 8), 3), fit(name, {"n_estimators": 3}, data), data)


def test_a_boosting_that_stops_early() -> None:
    data = rows("binary", count=40, gaps=False)
    deep = {"estimator": EstimatorValue("decision_tree_classifier")}
    long = fit("ada_boost_classifier", deep | {"n_estimators": 20}, data)
    assert len(long.estimators_) == 1
    assert_same(first_rounds(long, 6), fit("ada_boost_classifier", deep | {"n_estimators": 6}, data), data)


@pytest.mark.parametrize("params", [{}, {"reg_lambda": 3.0, "num_leaves": 3}])
def test_lightgbm_that_runs_out_of_splits(params: dict[str, Any]) -> None:
    data = rows("binary", count=90, gaps=False)
    stopping = params | {"min_child_samples": 40, "min_split_gain": 1.0}
    long = fit("lightgbm_classifier", stopping | {"n_estimators": 60}, data)
    assert long.n_estimators_ < 60
    for count in (1, 3, long.n_estimators_, 50):
        assert_same(
            first_rounds(long, count), fit("lightgbm_classifier", stopping | {"n_estimators": count}, data), data
        )


def test_lightgbm_that_skips_rounds_does_not_tell() -> None:
    """A round without a split, then one with another draw that has one: tree 5 was not made in round 5."""
    data = rows("binary", count=90, gaps=False)
    stopping = {"min_child_samples": 40, "min_split_gain": 1.0, "colsample_bytree": 0.3}
    long = fit("lightgbm_classifier", stopping | {"n_estimators": 60}, data)
    made = [fit("lightgbm_classifier", stopping | {"n_estimators": n}, data).n_estimators_ for n in range(1, 20)]
    assert any(trees < count for count, trees in enumerate(made, 1)), "no round was skipped"
    assert long.n_estimators_ > min(trees for count, trees in enumerate(made, 1) if trees < count)
    assert first_rounds(long, 10) is None
    assert first_rounds(long, 60) is long


@settings(max_examples=25)
@given(
    st.sampled_from(["lightgbm_classifier", "xgboost_classifier"]),
    st.integers(1, 12),
    st.integers(0, 2**31 - 1),
    st.floats(0.3, 1.0),
    st.floats(0.3, 1.0),
    st.floats(0.05, 1.0),
)
def test_any_draws(name: str, count: int, seed: int, sampled: float, columns: float, rate: float) -> None:
    data = rows("binary", count=120)
    params = {"subsample": sampled, "colsample_bytree": columns, "learning_rate": rate, "random_state": seed}
    if name.startswith("lightgbm"):
        params |= {"subsample_freq": 1, "min_child_samples": 5}
    short = first_rounds(fit(name, params | {"n_estimators": 12}, data), count)
    if short is not None:
        assert_same(short, fit(name, params | {"n_estimators": count}, data), data)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("lightgbm_classifier", {"boosting_type": "dart"}),
        ("lightgbm_classifier", {"boost": "dart"}),
        ("lightgbm_regressor", {"what_is_this": 1}),
        ("xgboost_regressor", {"booster": "dart"}),
        ("xgboost_regressor", {"booster": "gblinear"}),
        ("xgboost_rf_regressor", {}),
        ("xgboost_rf_classifier", {}),
        ("hist_gradient_boosting_classifier", {}),
        ("hist_gradient_boosting_regressor", {"early_stopping": True}),
        ("hist_gradient_boosting_regressor", {"early_stopping": False, "warm_start": True}),
        ("gradient_boosting_classifier", {"n_iter_no_change": 5}),
        ("random_forest_classifier", {"oob_score": True}),
        ("random_forest_classifier", {"warm_start": True}),
        ("extra_trees_regressor", {"oob_score": True}),
        ("bagging_regressor", {"oob_score": True}),
        ("decision_tree_classifier", {}),
        ("mlp_classifier", {}),
        ("sgd_classifier", {}),
        ("logistic_regression", {}),
    ],
)
def test_no_prefix(name: str, params: dict[str, Any]) -> None:
    assert prefix_parameter(spec_of(name), full(name, params)) is None
    assert rounds(spec_of(name), full(name, params)) is None


@pytest.mark.parametrize(
    ("name", "params"),
    [("lightgbm_regressor", {"boosting_type": "dart"}), ("xgboost_regressor", {"booster": "dart", "rate_drop": 0.5})],
)
def test_dart_is_left_out_for_a_reason(name: str, params: dict[str, Any]) -> None:
    data = rows("regression")
    short = shortened(fit(name, params | {"n_estimators": 40}, data), 20)
    plain = fit(name, params | {"n_estimators": 20}, data)
    assert not np.array_equal(short.predict(data.others), plain.predict(data.others))


def test_a_forest_of_xgboost_is_left_out_for_a_reason() -> None:
    data = rows("regression")
    long = fit("xgboost_rf_regressor", {"n_estimators": 10}, data)
    with pytest.raises(TypeError, match="XGBRFRegressor has no first rounds"):
        first_rounds(long, 5)


def test_a_host_estimator_has_no_prefix() -> None:
    spec = EstimatorSpec("bagging_classifier", "host.Bagging", "classification", "host", {"n_estimators": 10})
    assert prefix_parameter(spec, {"n_estimators": 10}) is None


def test_how_many_rounds() -> None:
    assert rounds(spec_of("xgboost_regressor"), full("xgboost_regressor", {})) == 100
    assert rounds(spec_of("lightgbm_regressor"), full("lightgbm_regressor", {"n_iter": 7})) == 7
    assert rounds(spec_of("random_forest_regressor"), {"n_estimators": 30}) == 30
    assert trained_rounds(fit("xgboost_regressor", {"n_estimators": 4}, rows("regression"))) == 4


def test_every_estimator_answers() -> None:
    """Whatever is named, its default gives a parameter it has, or None."""
    found = {name: prefix_parameter(spec, dict(spec.defaults)) for name, spec in estimators().items()}
    assert {name for name, one in found.items() if one} == {
        f"{stem}_{ending}"
        for stem in ("random_forest", "extra_trees", "bagging", "ada_boost", "gradient_boosting", "lightgbm", "xgboost")
        for ending in ("classifier", "regressor")
    }


@pytest.mark.parametrize("count", [0, -1, 13])
def test_rounds_that_were_not_trained(count: int) -> None:
    long = fit("random_forest_regressor", {"n_estimators": 12}, rows("regression", gaps=False))
    with pytest.raises(ValueError, match=f"the first {count} rounds of a model trained with 12"):
        first_rounds(long, count)
