"""Every estimator of the table builds and fits; parameters are checked before anything runs."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.utils import all_estimators

from stratum_sql.catalog import booster_parameters
from stratum_sql.catalog import estimators as catalogue
from stratum_sql.catalog.booster_parameters import BoosterParameter
from stratum_sql.catalog.estimators import (
    ALIASES,
    accepts_missing,
    accepts_sample_weight,
    accepts_sparse,
    build,
    check_parameters,
    class_of,
    encode_labels,
    estimator,
    estimators,
    for_prediction,
    missing_library,
    needs_several_targets,
)
from stratum_sql.catalog.sklearn_estimators import snake_case
from stratum_sql.catalog.spec import EstimatorSpec, EstimatorValue
from stratum_sql.errors import PlanError

SKLEARN = {snake_case(name): found for name, found in all_estimators(type_filter=["classifier", "regressor"])}
CLASSIFIER = EstimatorValue("decision_tree_classifier", (("max_depth", 2),))
PASSIVE_AGGRESSIVE = pytest.mark.filterwarnings("ignore:Class PassiveAggressive:FutureWarning")
REGRESSOR = EstimatorValue("decision_tree_regressor", (("max_depth", 2),))


def spec(name: str) -> EstimatorSpec:
    found = estimator(name)
    assert found is not None
    return found


# ---- the table -------------------------------------------------------------------------------------------------------


def test_the_table_is_sklearns() -> None:
    found = {name: one for name, one in estimators().items() if one.library == "sklearn"}
    assert found.keys() == SKLEARN.keys()
    for name, one in found.items():
        assert class_of(one) is SKLEARN[name]


@pytest.mark.parametrize(
    ("class_name", "name"),
    [
        ("RidgeCV", "ridge_cv"),
        ("SVC", "svc"),
        ("LinearSVR", "linear_svr"),
        ("NuSVC", "nu_svc"),
        ("KNeighborsClassifier", "k_neighbors_classifier"),
        ("SGDRegressor", "sgd_regressor"),
        ("MLPClassifier", "mlp_classifier"),
        ("HistGradientBoostingRegressor", "hist_gradient_boosting_regressor"),
        ("PLSRegression", "pls_regression"),
        ("ARDRegression", "ard_regression"),
        ("LassoLarsIC", "lasso_lars_ic"),
        ("BernoulliNB", "bernoulli_nb"),
        ("TunedThresholdClassifierCV", "tuned_threshold_classifier_cv"),
    ],
)
def test_names_are_snake_case(class_name: str, name: str) -> None:
    assert snake_case(class_name) == name
    assert spec(name).path.endswith(f".{class_name}")


def test_names_are_compared_without_case() -> None:
    assert estimator("RIDGE_cv") is estimator("ridge_cv")
    assert estimator("no_such_thing") is None


def test_aliases_are_new_names_for_known_estimators() -> None:
    assert not ALIASES.keys() & set(estimators())
    assert set(ALIASES.values()) <= set(estimators())
    assert estimator("OLS") is estimator("linear_regression")


@PASSIVE_AGGRESSIVE
def test_the_task_is_sklearns() -> None:
    for name, one in estimators().items():
        if not one.required:
            made = build(one, {}, 0, 1)
            assert (is_classifier(made), is_regressor(made)) == (
                one.task == "classification",
                one.task == "regression",
            ), name


def test_knowing_names_imports_no_library() -> None:
    code = (
        "import sys; from stratum_sql.catalog.estimators import estimators, estimator_names, estimator; "
        "len(list(estimators())); estimator_names(); estimator('lightgbm_regressor'); estimator('xgboost_classifier'); "
        "print([name for name in ('sklearn', 'lightgbm', 'xgboost') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_library_is_known_by_name_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "find_spec", lambda name: None)
    one = spec("lightgbm_regressor")
    assert missing_library(one) == (
        'lightgbm_regressor needs the package lightgbm: pip install "stratum-sql[lightgbm]"'
    )
    with pytest.raises(PlanError, match=r"stratum-sql\[lightgbm\]"):
        build(one, {}, 0, 1)
    nested = check_parameters(spec("bagging_regressor"), {"estimator": EstimatorValue("lightgbm_regressor")})
    assert [problem.message for problem in nested] == [missing_library(one)]


def test_defaults_are_the_signatures() -> None:
    assert spec("ridge").defaults["alpha"] == 1.0
    assert "copy_X" not in spec("ridge").defaults  # not a statement's to set
    assert spec("voting_classifier").required == {"estimators"}
    assert spec("voting_classifier").nested == {"estimators"}


@pytest.mark.parametrize("name", sorted(booster_parameters.PATHS))
def test_defaults_of_boosters_are_the_librarys(name: str) -> None:
    pytest.importorskip(spec(name).library)
    theirs = class_of(spec(name))().get_params()
    ours = dict(spec(name).defaults)
    assert ours == {key: theirs[key] for key in ours}


@pytest.mark.parametrize("name", ["lightgbm_regressor", "lightgbm_classifier"])
def test_aliases_of_lightgbm_are_the_librarys(name: str) -> None:
    basic = pytest.importorskip("lightgbm.basic")
    groups = [set(names) for names in basic._ConfigAliases._get_all_param_aliases().values()]
    for parameter in booster_parameters.PARAMETERS[name]:
        if parameter.name not in ("class_weight", "importance_type"):  # of the scikit-learn API alone
            assert any({parameter.name, *parameter.aliases} <= group for group in groups), parameter.name


# A value for each parameter that has synonyms, other than its default.
UNUSUAL: dict[str, Any] = {
    "boosting_type": "goss",
    "num_leaves": 4,
    "learning_rate": 0.4,
    "n_estimators": 3,
    "subsample_for_bin": 50,
    "min_split_gain": 0.5,
    "min_child_weight": 2.0,
    "min_child_samples": 7,
    "subsample": 0.5,
    "subsample_freq": 2,
    "colsample_bytree": 0.5,
    "reg_alpha": 2.0,
    "reg_lambda": 3.0,
    "random_state": 9,
    "max_bin": 7,
    "monotone_constraints": (1, 0, 0),
    "monotone_constraints_method": "advanced",
    "feature_contri": (0.5, 1.0, 1.0),
    "feature_fraction_bynode": 0.5,
    "pos_bagging_fraction": 0.5,
    "neg_bagging_fraction": 0.5,
    "bagging_seed": 9,
    "data_random_seed": 9,
    "extra_trees": True,
    "linear_tree": True,
    "enable_bundle": False,
    "is_enable_sparse": False,
    "drop_rate": 0.5,
    "max_delta_step": 0.5,
    "monotone_penalty": 1.5,
    "is_unbalance": True,
    "gamma": 0.5,
}
OBJECTIVES = {"lightgbm_regressor": "regression_l1", "lightgbm_classifier": "multiclassova"}


SYNONYMS = [
    (name, parameter, UNUSUAL.get(parameter.name, OBJECTIVES.get(name)))
    for name in sorted(booster_parameters.PATHS)
    for parameter in booster_parameters.PARAMETERS[name]
    if parameter.aliases
]


@pytest.mark.parametrize(("name", "parameter", "value"), SYNONYMS, ids=lambda one: getattr(one, "name", one))
def test_a_synonym_changes_the_model_as_the_own_name_does(name: str, parameter: BoosterParameter, value: Any) -> None:
    pytest.importorskip(spec(name).library)
    drawn = np.random.default_rng(2)
    matrix = drawn.normal(size=(120, 3))
    signal = matrix[:, 0] + 0.3 * drawn.normal(size=120)
    edges = [-0.5, 0.5] if parameter.name == "objective" else [0.0]
    target = np.digitize(signal, edges) if spec(name).task == "classification" else signal

    def told(params: dict[str, Any]) -> str:
        """All that the fitted model says of itself: its parameters and its trees."""
        fitted: Any = build(spec(name), params, 5, 1).fit(matrix, target)
        if spec(name).library == "lightgbm":
            return str(fitted.booster_.model_to_string())
        booster = fitted.get_booster()
        return f"{booster.save_config()} {booster.get_dump(with_stats=True)}"

    plain, own = told({}), told({parameter.name: value})
    assert own != plain
    for alias in parameter.aliases:
        assert told({alias: value}) == own, alias
        if parameter.name == "random_state":
            assert told({alias: None}) == plain


# ---- fitting ---------------------------------------------------------------------------------------------------------

NESTED_PARAMS: dict[str, dict[str, Any]] = {
    "calibrated_classifier_cv": {"cv": 2},
    "fixed_threshold_classifier": {"estimator": CLASSIFIER},
    "tuned_threshold_classifier_cv": {"estimator": CLASSIFIER, "cv": 2},
    "one_vs_one_classifier": {"estimator": CLASSIFIER},
    "one_vs_rest_classifier": {"estimator": CLASSIFIER},
    "output_code_classifier": {"estimator": CLASSIFIER},
    "classifier_chain": {"estimator": CLASSIFIER},
    "multi_output_classifier": {"estimator": CLASSIFIER},
    "multi_output_regressor": {"estimator": REGRESSOR},
    "regressor_chain": {"estimator": REGRESSOR},
    "self_training_classifier": {"estimator": CLASSIFIER},
    "stacking_classifier": {"estimators": (CLASSIFIER, CLASSIFIER), "cv": 2},
    "stacking_regressor": {"estimators": (REGRESSOR, EstimatorValue("ols")), "cv": 2},
    "voting_classifier": {"estimators": (CLASSIFIER, EstimatorValue("knn_classifier"))},
    "voting_regressor": {"estimators": (REGRESSOR, EstimatorValue("ols"))},
}
# Not with their defaults, or not on this table: two components need two targets.
OTHER_PARAMS: dict[str, dict[str, Any]] = {
    "cca": {"n_components": 1},
    "pls_canonical": {"n_components": 1},
    "radius_neighbors_classifier": {"radius": 100.0},
    "radius_neighbors_regressor": {"radius": 100.0},
    "gamma_regressor": {"max_iter": 1000},
    "lightgbm_regressor": {"n_estimators": 3},
    "lightgbm_classifier": {"n_estimators": 3},
}
SMALL = {"n_estimators": 3, "max_iter": 20}  # where the default is larger: to be quick
# These fit something narrower than a matrix with one target.
ONE_FEATURE = {"isotonic_regression"}


def table() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Forty rows of three features above 0, a target above 0, and two classes."""
    rng = np.random.default_rng(0)
    features = rng.uniform(0.1, 2, size=(40, 3))
    number = 1 + features @ [1.0, 2.0, 0.5] + rng.uniform(0, 0.1, 40)
    return features, number, (number > np.median(number)).astype(int)


@PASSIVE_AGGRESSIVE
@pytest.mark.parametrize("name", sorted(estimators()))
def test_it_fits(name: str) -> None:
    one = spec(name)
    pytest.importorskip(one.library)
    params = NESTED_PARAMS.get(name, {}) | OTHER_PARAMS.get(name, {})
    if one.library == "sklearn":
        params = {key: value for key, value in SMALL.items() if _is_larger(one.defaults.get(key), value)} | params
    assert check_parameters(one, params) == []
    features, number, classes = table()
    y = classes if one.task == "classification" else number
    if needs_several_targets(one, params):
        y = np.column_stack([y, y[::-1]])
    if name in ONE_FEATURE:
        features = features[:, :1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not converged, deprecated: not the subject here
        fitted = for_prediction(build(one, params, 3, 2).fit(features, y))
        predicted = np.asarray(fitted.predict(features))
    assert predicted.shape[0] == 40
    if one.task == "classification":
        assert set(np.unique(predicted)) <= {0, 1}
    else:
        assert np.isfinite(predicted).all()


@PASSIVE_AGGRESSIVE
@pytest.mark.parametrize("name", sorted(estimators()))
def test_it_takes_weights_if_it_says_so(name: str) -> None:
    one = spec(name)
    pytest.importorskip(one.library)
    params = NESTED_PARAMS.get(name, {}) | OTHER_PARAMS.get(name, {})
    features, number, classes = table()
    y = classes if one.task == "classification" else number
    if needs_several_targets(one, params):
        y = np.column_stack([y, y[::-1]])
    features = features[:, :1] if name in ONE_FEATURE else features
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = build(one, params, 3, 1)
        if accepts_sample_weight(one, params):
            made.fit(features, y, sample_weight=np.ones(40))
        else:
            with pytest.raises((TypeError, ValueError)):
                made.fit(features, y, sample_weight=np.ones(40))


def _is_larger(default: Any, value: int) -> bool:
    return isinstance(default, int) and default > value


@PASSIVE_AGGRESSIVE
def test_what_needs_several_targets() -> None:
    found = {name for name, one in estimators().items() if needs_several_targets(one, NESTED_PARAMS.get(name))}
    assert found == {
        "classifier_chain", "multi_output_classifier", "multi_output_regressor", "regressor_chain",
        "multi_task_elastic_net", "multi_task_elastic_net_cv", "multi_task_lasso", "multi_task_lasso_cv",
    }  # fmt: skip


# ---- building --------------------------------------------------------------------------------------------------------


def test_the_seed_is_the_sessions_unless_said() -> None:
    assert build(spec("random_forest_classifier"), {}, 7, 1).random_state == 7
    assert build(spec("random_forest_classifier"), {"random_state": 3}, 7, 1).random_state == 3
    assert build(spec("random_forest_classifier"), {"random_state": None}, 7, 1).random_state == 7
    assert build(spec("lightgbm_classifier"), {"seed": 5}, 7, 1).random_state == 5
    assert build(spec("xgboost_classifier"), {}, 7, 1).random_state == 7


def test_threads_are_the_sessions() -> None:
    assert build(spec("random_forest_classifier"), {}, 0, 2).n_jobs == 2
    assert build(spec("lightgbm_classifier"), {}, 0, 2).n_jobs == 2
    assert build(spec("xgboost_classifier"), {}, 0, 2).n_jobs == 2
    outer = build(spec("voting_classifier"), {"estimators": (EstimatorValue("random_forest_classifier"),)}, 0, 2)
    assert outer.n_jobs is None  # it would start processes
    assert outer.estimators[0][1].n_jobs == 2


def test_ensembles_are_built_to_any_depth() -> None:
    inner = EstimatorValue(
        "bagging_classifier", (("estimator", EstimatorValue("ridge_classifier", (("alpha", 2.0),))),)
    )
    params = {"estimators": (inner, inner, EstimatorValue("LOGISTIC"))}
    made = build(spec("voting_classifier"), params, 5, 1)
    assert [name for name, _ in made.estimators] == [
        "bagging_classifier",
        "bagging_classifier_2",
        "logistic_regression",
    ]
    assert made.estimators[0][1].estimator.alpha == 2.0
    assert made.estimators[0][1].random_state == made.estimators[0][1].estimator.random_state == 5


def test_gradient_boosting_takes_its_first_guess_as_an_estimator() -> None:
    one = spec("gradient_boosting_regressor")
    assert check_parameters(one, {"init": REGRESSOR}) == []
    assert check_parameters(one, {"init": "zero"}) == []
    assert build(one, {"init": REGRESSOR}, 0, 1).init.max_depth == 2


def test_forests_predict_in_one_thread() -> None:
    features, number, _ = table()
    params = {"estimators": (EstimatorValue("random_forest_regressor", (("n_estimators", 3),)),)}
    fitted = for_prediction(build(spec("voting_regressor"), params, 0, 2).fit(features, number))
    assert fitted.estimators_[0].n_jobs == 1
    assert for_prediction(build(spec("random_forest_regressor"), {"n_estimators": 3}, 0, 2)).n_jobs == 1


@pytest.mark.parametrize("threads", [1, 2])
def test_lightgbm_is_repeatable_and_equal_to_the_plain_library(threads: int) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    rng = np.random.default_rng(1)
    features = rng.normal(size=(2000, 8))
    features[rng.random(features.shape) < 0.3] = 0
    number = features[:, 0] * 2 + np.sin(features[:, 1]) + rng.normal(size=2000)
    params = {"n_estimators": 20, "num_leaves": 15}
    ours = [build(spec("lightgbm_regressor"), params, 7, threads).fit(features, number).predict(features) for _ in "ab"]
    plain = lightgbm.LGBMRegressor(**params, random_state=7, n_jobs=threads, verbosity=-1)
    assert np.array_equal(ours[0], ours[1])
    assert np.array_equal(ours[0], plain.fit(features, number).predict(features))


def test_lightgbm_takes_a_librarys_other_name_for_a_parameter() -> None:
    pytest.importorskip("lightgbm")
    features, number, _ = table()
    one = spec("lightgbm_regressor")
    predicted = [
        build(one, params, 0, 1).fit(features, number).predict(features)
        for params in (
            {"n_estimators": 5, "min_child_samples": 3, "reg_lambda": 4.0},
            {"num_iterations": 5, "min_data_in_leaf": 3, "lambda_l2": 4.0},
            {"n_estimators": 5, "min_child_samples": 3},
        )
    ]
    assert np.array_equal(predicted[0], predicted[1])
    assert not np.array_equal(predicted[0], predicted[2])


def test_lightgbm_may_choose_the_other_order() -> None:
    made = build(spec("lightgbm_regressor"), {"force_row_wise": True}, 0, 1)
    assert made.get_params()["force_row_wise"] is True
    assert "force_col_wise" not in made.get_params()


def test_interaction_constraints_are_lists_of_lists() -> None:
    pytest.importorskip("lightgbm")
    features, number, _ = table()
    for name in ("lightgbm_regressor", "xgboost_regressor", "hist_gradient_boosting_regressor"):
        key = "interaction_cst" if name.startswith("hist") else "interaction_constraints"
        params = {key: ((0, 1), (2,))}
        assert check_parameters(spec(name), params) == []
        build(spec(name), params, 0, 1).fit(features, number)


# ---- parameters ------------------------------------------------------------------------------------------------------

WRONG: list[tuple[str, str, Any, str, str | None]] = [
    ("ridge", "alpah", 1.0, "no parameter", "alpha"),
    ("ridge", "alpha", -1.0, "in the range [0.0, inf)", None),
    ("ridge", "alpha", "high", "float", None),
    ("ridge", "alpha", float("inf"), "finite", None),
    ("ridge", "alpha", float("nan"), "finite", None),
    ("ridge", "alpha", 10**400, "too large", None),
    ("ridge", "solver", "svdd", "'svd'", "svd"),
    ("ridge", "fit_intercept", "yes", "true or false", None),
    ("ridge", "random_state", "x", "random_state must be", None),
    ("ridge", "random_state", -1, "random_state must be", None),
    ("lasso", "max_iter", 0, "[1, inf)", None),
    ("lasso", "max_iter", 1e9, "at most", None),
    ("lasso", "max_iter", 100.5, "int", None),
    ("lasso", "selection", "cylic", "'cyclic'", "cyclic"),
    ("elastic_net", "l1_ratio", 1.5, "[0.0, 1.0]", None),
    ("elastic_net", "l1ratio", 0.5, "no parameter", "l1_ratio"),
    ("logistic_regression", "C", 0, "(0.0, inf", None),
    ("logistic_regression", "solver", "newton", "one of", "newton-cg"),
    ("logistic_regression", "class_weight", "balance", "balanced", "balanced"),
    ("svc", "kernel", "rfb", "'rbf'", "rbf"),
    ("svc", "gamma", "skale", "'scale'", "scale"),
    ("svc", "degree", -1, "[0, inf)", None),
    ("svc", "cache_size", 1e9, "at most", None),
    ("svc", "class_weight", {"a": "x"}, "a number of 0 or more", None),
    ("svc", "class_weight", {"a": float("nan")}, "a number of 0 or more", None),
    ("ridge", "alpha", {"a": 1}, "or a tuple", None),
    ("tuned_threshold_classifier_cv", "cv", "prefit", "fitted from the start", None),
    ("svr", "epsilon", -0.1, "[0.0, inf)", None),
    ("k_neighbors_classifier", "n_neighbors", 0, "[1, inf)", None),
    ("k_neighbors_classifier", "n_neighbours", 3, "no parameter", "n_neighbors"),
    ("k_neighbors_classifier", "weights", "distanse", "'distance'", "distance"),
    ("k_neighbors_classifier", "metric", "euclidian", "one of", "euclidean"),
    ("random_forest_classifier", "n_estimators", True, "int", None),
    ("random_forest_classifier", "n_estimators", 10**9, "at most", None),
    ("random_forest_classifier", "n_estimators", "100", "int", None),
    ("random_forest_classifier", "max_features", "sqr", "'sqrt'", "sqrt"),
    ("random_forest_classifier", "max_depth", 0, "[1, inf)", None),
    ("random_forest_regressor", "criterion", "gini", "criterion must be", None),
    ("gradient_boosting_regressor", "subsample", 0.0, "(0.0, 1.0]", None),
    ("gradient_boosting_regressor", "loss", "huberr", "'huber'", "huber"),
    ("hist_gradient_boosting_regressor", "max_bins", 1, "[2, 255]", None),
    ("hist_gradient_boosting_regressor", "learning_rte", 0.1, "no parameter", "learning_rate"),
    ("mlp_classifier", "activation", "relo", "'relu'", "relu"),
    ("mlp_classifier", "hidden_layer_sizes", (100_000, 100_000), "weights", None),
    ("mlp_classifier", "hidden_layer_sizes", (1,) * 20_000, "parts", None),
    ("ridge_cv", "alphas", "x", "tuple", None),
    ("ridge_cv", "cv", "five", "an int of 2 or more", None),
    ("ridge_cv", "cv", (1, 2), "an int of 2 or more", None),
    ("categorical_nb", "min_categories", 10**8, "at most", None),
    ("lightgbm_regressor", "num_leafs", 31, "no parameter", "num_leaf"),
    ("lightgbm_regressor", "num_leaves", 1, "2 or more", None),
    ("lightgbm_regressor", "num_leaves", 31.5, "an int", None),
    ("lightgbm_regressor", "objective", "binary", "one of", None),
    ("lightgbm_regressor", "subsample", 1.5, "up to 1", None),
    ("lightgbm_classifier", "boosting_type", "gdbt", "'gbdt'", "gbdt"),
    ("lightgbm_classifier", "class_weight", {"a": -1}, "0 or more", None),
    ("lightgbm_classifier", "alpha", 0.5, "no parameter", None),
    ("xgboost_regressor", "max_dept", 3, "no parameter", "max_depth"),
    ("xgboost_regressor", "eta", 0, "above 0", None),
    ("xgboost_regressor", "tree_method", "histo", "'hist'", "hist"),
    ("xgboost_regressor", "tree_method", "gpu_hist", "one of", "hist"),
    ("xgboost_classifier", "objective", "binary:logistics", "one of", "binary:logistic"),
    ("xgboost_rf_classifier", "num_parallel_tree", 10**6, "at most", None),
    ("voting_classifier", "estimators", "ridge", "tuple of estimators", None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parameter", "value", "text", "near"), WRONG)
def test_wrong_parameters(name: str, parameter: str, value: Any, text: str, near: str | None) -> None:
    (problem,) = check_parameters(spec(name), {parameter: value}, complete=False)
    assert problem.parameter == parameter
    assert text in problem.message
    assert "\n" not in problem.message
    assert len(problem.message) < 300
    assert near is None or near in problem.did_you_mean


RIGHT: list[tuple[str, dict[str, Any]]] = [
    ("ridge", {"alpha": 0, "solver": "svd"}),
    ("ridge", {"alpha": (1.0, 2.0)}),  # one a target
    ("ridge_cv", {"alphas": (0.1, 1.0)}),
    ("svc", {"max_iter": -1, "class_weight": {"a": 2}}),
    ("random_forest_classifier", {"max_depth": None, "max_features": 0.5, "random_state": 2**32 - 1}),
    ("mlp_classifier", {"hidden_layer_sizes": (100, 50)}),
    ("mlp_classifier", {"hidden_layer_sizes": 100}),
    ("gaussian_nb", {"priors": (0.3, 0.7)}),
    ("ransac_regressor", {"estimator": REGRESSOR, "max_trials": 50}),
    ("one_vs_rest_classifier", {"estimator": REGRESSOR}),  # as in scikit-learn
    ("ada_boost_classifier", {"estimator": CLASSIFIER}),
    ("lightgbm_classifier", {"num_iterations": 10, "class_weight": "balanced", "extra_trees": True}),
    ("xgboost_regressor", {"n_estimators": None, "gamma": 1, "monotone_constraints": (1, 0, -1)}),
]


@pytest.mark.parametrize(("name", "params"), RIGHT)
def test_right_parameters(name: str, params: dict[str, Any]) -> None:
    assert check_parameters(spec(name), params) == []


HOSTILE: list[tuple[str, dict[str, Any]]] = [
    ("random_forest_classifier", {"n_jobs": 10_000}),
    ("random_forest_classifier", {"warm_start": True}),
    ("random_forest_classifier", {"verbose": 10}),
    ("ridge", {"copy_X": False}),  # would write into the rows of other pipelines
    ("stacking_classifier", {"memory": "/etc"}),
    ("k_neighbors_classifier", {"metric": "pyfunc", "metric_params": {"func": "os.system"}}),
    ("k_neighbors_classifier", {"metric_params": {"n_jobs": 1000}}),
    ("k_neighbors_classifier", {"metric": "precomputed"}),
    ("k_neighbors_classifier", {"metric": len}),
    ("kernel_ridge", {"kernel": len}),
    ("transformed_target_regressor", {"func": "eval"}),
    ("ransac_regressor", {"is_data_valid": "eval"}),
    ("quantile_regressor", {"solver_options": {"disp": True}}),
    ("gaussian_process_regressor", {"kernel": "RBF()"}),
    ("gaussian_process_regressor", {"optimizer": len}),
    ("gradient_boosting_classifier", {"init": len}),
    ("lightgbm_regressor", {"machines": "10.0.0.1:80"}),
    ("lightgbm_regressor", {"machine_list_filename": "/etc/passwd"}),
    ("lightgbm_regressor", {"forcedsplits_filename": "/etc/passwd"}),
    ("lightgbm_regressor", {"forcedbins_filename": "/etc/passwd"}),
    ("lightgbm_regressor", {"fs": "/etc/passwd"}),
    ("lightgbm_regressor", {"input_model": "/etc/passwd"}),
    ("lightgbm_regressor", {"output_model": "/etc/passwd"}),
    ("lightgbm_regressor", {"parser_config_file": "/etc/passwd"}),
    ("lightgbm_regressor", {"config": "/etc/passwd"}),
    ("lightgbm_regressor", {"num_threads": 1000}),
    ("lightgbm_regressor", {"NUM_THREADS": 1000}),
    ("lightgbm_regressor", {"device_type": "gpu"}),
    ("lightgbm_regressor", {"objective": len}),
    ("lightgbm_regressor", {"max_bin": 10**9}),
    ("lightgbm_regressor", {"tree_learner": "data"}),
    ("lightgbm_regressor", {"snapshot_freq": 1}),
    ("xgboost_regressor", {"nthread": 1000}),
    ("xgboost_regressor", {"callbacks": "x"}),
    ("xgboost_regressor", {"device": "cuda"}),
    ("xgboost_regressor", {"model_file": "/etc/passwd"}),
    ("xgboost_regressor", {"process_type": "update"}),
    ("xgboost_regressor", {"early_stopping_rounds": 5}),
    ("bagging_classifier", {"estimator": EstimatorValue("random_forest_classifier", (("n_jobs", 99),))}),
    ("bagging_classifier", {"estimator": EstimatorValue("os.system")}),
    ("bagging_classifier", {"estimator": (CLASSIFIER, CLASSIFIER)}),
    ("voting_classifier", {"estimators": (CLASSIFIER,) * 1000}),
    ("voting_classifier", {"estimators": (CLASSIFIER, "drop")}),
    ("ridge", {"alpha": EstimatorValue("ridge")}),
    ("ridge", {"__class__": 1}),
    ("ridge", {"\u202ealpha\n": 1}),
]


@pytest.mark.parametrize(("name", "params"), HOSTILE)
def test_hostile_parameters(name: str, params: dict[str, Any]) -> None:
    problems = check_parameters(spec(name), params, complete=False)
    assert problems
    assert all(problem.message.isprintable() for problem in problems)


def test_no_estimator_may_be_told_of_threads_files_or_noise() -> None:
    for name, one in estimators().items():
        for parameter in ("n_jobs", "verbose", "warm_start", "memory", "callbacks"):
            assert parameter not in one.defaults, name
            (problem,) = check_parameters(one, {parameter: 1}, complete=False)
            assert "cannot be set in a statement" in problem.message


def test_nesting_has_an_end() -> None:
    value = CLASSIFIER
    for _ in range(10):
        value = EstimatorValue("bagging_classifier", (("estimator", value),))
    (problem,) = check_parameters(spec("bagging_classifier"), {"estimator": value})
    assert "deep" in problem.message


def test_problems_inside_an_ensemble_say_where() -> None:
    inner = EstimatorValue("knn_classifier", (("n_neighbors", 0),))
    (problem,) = check_parameters(spec("voting_classifier"), {"estimators": (CLASSIFIER, inner)})
    assert problem.parameter == "estimators.n_neighbors"


def test_a_regressor_among_classifiers_is_told_of_its_counterpart() -> None:
    (problem,) = check_parameters(spec("voting_classifier"), {"estimators": (EstimatorValue("ridge"),)})
    assert problem.message == "voting_classifier takes classifiers; ridge is none"
    assert problem.did_you_mean == ("ridge_classifier",)


def test_what_is_required_is_asked_for() -> None:
    (problem,) = check_parameters(spec("voting_classifier"), {})
    assert "estimators => (" in problem.message
    assert check_parameters(spec("voting_classifier"), {}, complete=False) == []


def test_one_parameter_under_two_names() -> None:
    (problem,) = check_parameters(spec("lightgbm_regressor"), {"reg_lambda": 1.0, "lambda_l2": 2.0})
    assert problem.message == "lambda_l2 and reg_lambda are the same parameter: set one of them"


# ---- what an estimator can take --------------------------------------------------------------------------------------


def test_capabilities() -> None:
    assert accepts_sparse(spec("ridge"))
    assert not accepts_sparse(spec("gaussian_nb"))
    assert accepts_missing(spec("hist_gradient_boosting_regressor"))
    assert not accepts_missing(spec("ridge"))
    assert accepts_sample_weight(spec("ridge"))
    assert not accepts_sample_weight(spec("k_neighbors_classifier"))
    for name in ("lightgbm_regressor", "xgboost_classifier"):
        assert accepts_sparse(spec(name))
        assert accepts_missing(spec(name))
        assert accepts_sample_weight(spec(name))


def test_an_ensemble_takes_what_its_estimators_take() -> None:
    voting = spec("voting_classifier")
    trees: dict[str, Any] = {"estimators": (CLASSIFIER, EstimatorValue("hist_gb_classifier"))}
    neighbours: dict[str, Any] = {"estimators": (CLASSIFIER, EstimatorValue("knn_classifier"))}
    assert accepts_missing(voting, trees)
    assert not accepts_missing(voting, neighbours)
    assert accepts_sample_weight(voting, trees)
    assert not accepts_sample_weight(voting, neighbours)
    assert not accepts_sparse(voting)


# ---- classes ---------------------------------------------------------------------------------------------------------


def test_labels_become_positions() -> None:
    classes = np.asarray(["no", "yes"], dtype=object)
    assert encode_labels(spec("svc"), {"class_weight": {"yes": 2, "no": 1}}, classes) == {"class_weight": {1: 2, 0: 1}}
    assert encode_labels(spec("svc"), {"class_weight": "balanced", "C": 2}, classes) == {
        "class_weight": "balanced",
        "C": 2,
    }
    assert encode_labels(spec("fixed_threshold_classifier"), {"pos_label": "yes"}, classes) == {"pos_label": 1}
    assert encode_labels(spec("svc"), {"class_weight": {"10": 2}}, np.asarray([5.0, 10.0])) == {"class_weight": {1: 2}}
    assert encode_labels(spec("svc"), {"class_weight": {"true": 2}}, np.asarray([False, True])) == {
        "class_weight": {1: 2}
    }
    inner = EstimatorValue("svc", (("class_weight", {"yes": 3}),))
    encoded = encode_labels(spec("bagging_classifier"), {"estimator": inner}, classes)
    assert encoded["estimator"].params == (("class_weight", {1: 3}),)


def test_an_unknown_label_is_an_error() -> None:
    with pytest.raises(ValueError, match="did you mean 'yes'"):
        encode_labels(spec("svc"), {"class_weight": {"yess": 2}}, np.asarray(["no", "yes"], dtype=object))
