"""Trainings on shared bins against the library's own fit."""

from __future__ import annotations

import gc
import hashlib
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from stratum_sql.catalog import booster_parameters
from stratum_sql.catalog.bins import (
    _LIGHTGBM_TRAINING,
    _XGBOOST_TRAINING,
    LightGBMBins,
    bins_key,
    fit_on_bins,
    leaf_size,
    make_bins,
)
from stratum_sql.catalog.estimators import build, class_of
from stratum_sql.execute.prefix import first_rounds
from stratum_sql.execute.values import read_only
from stratum_sql.models.artefacts import from_bytes, to_bytes
from tests.execute.boosted_data import SEED, Rows, assert_same, fit, full, is_class, rows, spec_of

pytestmark = pytest.mark.filterwarnings("ignore:Found:UserWarning")

ROUNDS = {"n_estimators": 8}
# A value of every parameter that training alone reads, in a setting where it changes the model.
LIGHTGBM_VALUES: dict[str, Any] = {
    "boosting_type": "dart",
    "num_leaves": 4,
    "max_depth": 2,
    "learning_rate": 0.4,
    "n_estimators": 5,
    "min_split_gain": 0.5,
    "min_child_weight": 5.0,
    "subsample": 0.5,
    "subsample_freq": 2,
    "colsample_bytree": 0.5,
    "reg_alpha": 2.0,
    "reg_lambda": 9.0,
    "importance_type": "gain",
    "feature_fraction_bynode": 0.4,
    "pos_bagging_fraction": 0.5,
    "neg_bagging_fraction": 0.5,
    "bagging_seed": 77,
    "feature_fraction_seed": 77,
    "extra_seed": 77,
    "drop_seed": 77,
    "objective_seed": 77,
    "extra_trees": True,
    "xgboost_dart_mode": True,
    "uniform_drop": True,
    "boost_from_average": False,
    "use_quantized_grad": True,
    "quant_train_renew_leaf": True,
    "stochastic_rounding": False,
    "drop_rate": 0.6,
    "skip_drop": 0.1,
    "top_rate": 0.3,
    "other_rate": 0.2,
    "max_drop": 1,
    "num_grad_quant_bins": 16,
    "path_smooth": 2.0,
    "max_delta_step": 0.05,
    "data_sample_strategy": "goss",
    "alpha": 0.3,
    "fair_c": 2.0,
    "poisson_max_delta_step": 0.5,
    "tweedie_variance_power": 1.2,
    "reg_sqrt": True,
    "scale_pos_weight": 3.0,
    "is_unbalance": True,
    "sigmoid": 2.0,
    "interaction_constraints": ((0, 1), (2, 3, 4)),
    "monotone_constraints": (1, -1, 0, 0, 0, 0, 0, 0),
    "monotone_constraints_method": "advanced",
    "monotone_penalty": 1.0,
    "linear_lambda": 1.0,
}
BESIDE: dict[str, dict[str, Any]] = {  # what the parameter needs beside it to matter, or to be allowed
    "subsample": {"subsample_freq": 1},
    "subsample_freq": {"subsample": 0.5},
    "pos_bagging_fraction": {"subsample_freq": 1},
    "neg_bagging_fraction": {"subsample_freq": 1},
    "bagging_seed": {"subsample_freq": 1, "subsample": 0.5},
    "feature_fraction_seed": {"colsample_bytree": 0.5},
    "extra_seed": {"extra_trees": True},
    "monotone_constraints_method": {"monotone_constraints": (1, -1, 0, 0, 0, 0, 0, 0)},
    "monotone_penalty": {"monotone_constraints": (1, -1, 0, 0, 0, 0, 0, 0)},
    "alpha": {"objective": "quantile"},
    "fair_c": {"objective": "fair"},
    "poisson_max_delta_step": {"objective": "poisson"},
    "tweedie_variance_power": {"objective": "tweedie"},
}
for _name in ("drop_seed", "xgboost_dart_mode", "uniform_drop", "drop_rate", "skip_drop", "max_drop"):
    BESIDE[_name] = {"boosting_type": "dart", "n_estimators": 20}
for _name in ("top_rate", "other_rate"):
    BESIDE[_name] = {"boosting_type": "goss", "learning_rate": 0.9}
for _name in ("quant_train_renew_leaf", "stochastic_rounding", "num_grad_quant_bins"):
    BESIDE[_name] = {"use_quantized_grad": True}
BESIDE["data_sample_strategy"] = {"learning_rate": 0.9}
XGBOOST_VALUES: dict[str, Any] = {
    "n_estimators": 5,
    "max_depth": 2,
    "max_leaves": 3,
    "grow_policy": "lossguide",
    "gamma": 1.0,
    "min_child_weight": 9.0,
    "max_delta_step": 0.1,
    "sampling_method": "uniform",
    "colsample_bytree": 0.5,
    "colsample_bylevel": 0.5,
    "colsample_bynode": 0.5,
    "subsample": 0.5,
    "learning_rate": 0.7,
    "reg_alpha": 2.0,
    "reg_lambda": 9.0,
    "scale_pos_weight": 3.0,
    "base_score": 0.3,
    "num_parallel_tree": 2,
    "monotone_constraints": (1, -1, 0, 0, 0, 0, 0, 0),
    "interaction_constraints": ((0, 1), (2, 3, 4)),
    "importance_type": "gain",
    "sample_type": "weighted",
    "normalize_type": "forest",
    "rate_drop": 0.5,
    "skip_drop": 0.1,
    "one_drop": True,
    "objective": None,
    "quantile_alpha": 0.3,
    "tweedie_variance_power": 1.2,
    "huber_slope": 2.0,
    "random_state": 99,
}
OBJECTIVES: dict[str, list[str]] = {
    "lightgbm_regressor": "l2 rmse l1 huber fair poisson quantile mape gamma tweedie".split(),  # noqa: SIM905 plainer
    "xgboost_regressor": [
        *("reg:squarederror", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror", "reg:gamma"),
        *("reg:tweedie", "count:poisson"),
    ],
    "lightgbm_classifier": ["multiclass", "multiclassova"],
    "xgboost_classifier": ["multi:softmax", "multi:softprob"],
}


def shared(name: str, first: dict[str, Any], several: list[dict[str, Any]], data: Rows, weighted: bool) -> list[Any]:
    """One model each of `several`, on bins made for `first`."""
    spec = spec_of(name)
    sizes = {size for params in several if (size := leaf_size(spec, params)) is not None}
    bins = make_bins(spec, first, SEED, data.matrix, data.target, data.weight if weighted else None, sizes)
    key = bins_key(spec, first)
    assert key is not None
    for params in several:
        assert bins_key(spec, params) == key
    return [fit_on_bins(spec, params, SEED, 1, bins) for params in several]


def assert_as_plain(
    name: str, first: dict[str, Any], several: list[dict[str, Any]], data: Rows, weighted: bool = False
) -> None:
    for params, model in zip(several, shared(name, first, several, data, weighted), strict=True):
        plain = fit(name, params, data, weighted=weighted)
        assert is_class(name, model)
        assert model.get_params() == plain.get_params()
        assert vars(model).keys() == vars(plain).keys()
        assert_same(model, plain, data)
        assert np.array_equal(model.feature_importances_, plain.feature_importances_)
        assert model.n_features_in_ == plain.n_features_in_


GRID = [
    ROUNDS | {"learning_rate": 0.3, "max_depth": 3},
    ROUNDS | {"reg_lambda": 5.0, "subsample": 0.6, "colsample_bytree": 0.6},
    {"n_estimators": 13, "reg_alpha": 0.2},
]


@pytest.mark.parametrize("library", ["lightgbm", "xgboost", "xgboost_rf"])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_a_grid(library: str, task: str, sparse: bool, weighted: bool) -> None:
    name = f"{library}_{'regressor' if task == 'regression' else 'classifier'}"
    assert_as_plain(name, ROUNDS, GRID, rows(task, sparse=sparse), weighted)


def test_forest_and_boosting_of_xgboost_share() -> None:
    spec, forest = spec_of("xgboost_regressor"), spec_of("xgboost_rf_regressor")
    data = rows("regression")
    assert bins_key(spec, ROUNDS) == bins_key(forest, ROUNDS)
    bins = make_bins(spec, ROUNDS, SEED, data.matrix, data.target, data.weight)
    assert_same(
        fit_on_bins(forest, ROUNDS, SEED, 1, bins), fit("xgboost_rf_regressor", ROUNDS, data, weighted=True), data
    )


@pytest.mark.parametrize("parameter", sorted(_LIGHTGBM_TRAINING - {"objective"}))
def test_what_training_alone_reads_in_lightgbm(parameter: str) -> None:
    params = ROUNDS | BESIDE.get(parameter, {}) | {parameter: LIGHTGBM_VALUES[parameter]}
    for name, task in (("lightgbm_classifier", "binary"), ("lightgbm_regressor", "counts")):
        if booster_parameters.named(name, parameter) is not None and parameter != "reg_sqrt":
            known = {key: value for key, value in params.items() if booster_parameters.named(name, key)}
            if name == "lightgbm_classifier" and "objective" in BESIDE.get(parameter, {}):
                continue
            assert_as_plain(name, ROUNDS, [known], rows(task))


@pytest.mark.parametrize("parameter", sorted(_XGBOOST_TRAINING - {"objective"}))
def test_what_training_alone_reads_in_xgboost(parameter: str) -> None:
    dart = {"booster": "dart"} if parameter.endswith(("drop", "_type")) and parameter != "importance_type" else {}
    besides: dict[str, dict[str, Any]] = {
        "quantile_alpha": {"objective": "reg:quantileerror"},
        "tweedie_variance_power": {"objective": "reg:tweedie"},
        "huber_slope": {"objective": "reg:pseudohubererror"},
        "random_state": {"subsample": 0.5},
        "max_leaves": {"grow_policy": "lossguide"},
    }
    beside = besides.get(parameter, {})
    for name, task in (("xgboost_classifier", "binary"), ("xgboost_regressor", "counts")):
        if booster_parameters.named(name, parameter) is None or (
            name == "xgboost_classifier" and "objective" in beside
        ):
            continue
        params = ROUNDS | dart | beside | {parameter: XGBOOST_VALUES[parameter]}
        assert_as_plain(name, ROUNDS | dart, [params], rows(task))


@pytest.mark.parametrize(("name", "objective"), [(name, one) for name in OBJECTIVES for one in OBJECTIVES[name]])
def test_objectives(name: str, objective: str) -> None:
    data = rows("counts" if name.endswith("regressor") else "multiclass")
    if "gamma" in objective:
        data = Rows(data.matrix, read_only(data.target + 1.0), data.weight, data.others)
    assert_as_plain(name, ROUNDS, [ROUNDS | {"objective": objective}, ROUNDS], data, weighted=True)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("lightgbm_classifier", {"max_bin": 7}),
        ("lightgbm_classifier", {"max_bin_by_feature": (3, 4, 5, 6, 7, 8, 9, 10)}),
        ("lightgbm_classifier", {"min_data_in_bin": 30}),
        ("lightgbm_classifier", {"subsample_for_bin": 60}),
        ("lightgbm_classifier", {"subsample_for_bin": 60, "data_random_seed": 8}),
        ("lightgbm_classifier", {"use_missing": False}),
        ("lightgbm_classifier", {"zero_as_missing": True}),
        ("lightgbm_classifier", {"enable_bundle": False}),
        ("lightgbm_classifier", {"is_enable_sparse": False}),
        ("lightgbm_classifier", {"linear_tree": True}),
        ("lightgbm_classifier", {"feature_pre_filter": False}),
        ("lightgbm_classifier", {"force_row_wise": True}),
        ("lightgbm_classifier", {"feature_contri": (0.1, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0)}),
        ("lightgbm_classifier", {"cegb_tradeoff": 0.5, "cegb_penalty_split": 0.1}),
        ("lightgbm_classifier", {"seed": 12, "subsample_for_bin": 60}),
        ("lightgbm_classifier", {"class_weight": "balanced"}),
        ("lightgbm_classifier", {"class_weight": {0: 1, 1: 5}}),
        ("xgboost_classifier", {"max_bin": 7}),
        ("xgboost_classifier", {"tree_method": "hist"}),
        ("xgboost_classifier", {"booster": "dart", "rate_drop": 0.4}),
        ("xgboost_classifier", {"multi_strategy": "multi_output_tree"}),
    ],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_what_shapes_the_bins(name: str, params: dict[str, Any], weighted: bool) -> None:
    """Each gives a key of its own, and bins on which a grid trains as it would without them."""
    assert bins_key(spec_of(name), params) != bins_key(spec_of(name), {})
    several = [ROUNDS | params, ROUNDS | params | {"learning_rate": 0.3}, ROUNDS | params | {"max_depth": 2}]
    assert_as_plain(name, ROUNDS | params, several, rows("binary"), weighted)


def test_every_other_parameter_is_in_the_key() -> None:
    for name, listed in booster_parameters.PARAMETERS.items():
        spec = spec_of(name)
        training = _LIGHTGBM_TRAINING | {"min_child_samples"} if spec.library == "lightgbm" else _XGBOOST_TRAINING
        for parameter in listed:
            if parameter.name not in training and parameter.name not in ("tree_method", "booster"):
                assert bins_key(spec, {parameter.name: "another"}) != bins_key(spec, {}), parameter.name


def test_one_key_under_every_name() -> None:
    spec = spec_of("lightgbm_classifier")
    assert bins_key(spec, {"max_bins": 63, "eta": 0.3}) == bins_key(spec, {"max_bin": 63})
    assert bins_key(spec, {"bin_construct_sample_cnt": 200_000}) == bins_key(spec, {})
    several = [ROUNDS | {"max_bins": 63, "nrounds": 4}, {"max_bin": 63, "n_iter": 7}]
    del several[0]["n_estimators"]
    assert_as_plain("lightgbm_classifier", {"max_bin": 63}, several, rows("binary"))


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("xgboost_classifier", {"tree_method": "exact"}),
        ("xgboost_classifier", {"tree_method": "approx"}),
        ("xgboost_regressor", {"booster": "gblinear"}),
        ("lightgbm_regressor", {"unheard_of": 5}),
        ("random_forest_classifier", {}),
        ("hist_gradient_boosting_classifier", {}),
        ("ridge", {}),
    ],
)
def test_no_bins(name: str, params: dict[str, Any]) -> None:
    assert bins_key(spec_of(name), params) is None


@pytest.mark.parametrize(
    ("name", "inside"), [("lightgbm_classifier", "_process_params"), ("xgboost_regressor", "_create_dmatrix")]
)
def test_another_version_of_a_library_shares_nothing(name: str, inside: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_of(name)
    assert bins_key(spec, {}) is not None
    owner = next(kind for kind in class_of(spec).__mro__ if inside in vars(kind))
    monkeypatch.delattr(owner, inside)
    assert bins_key(spec, {}) is None


# ---- leaf sizes ------------------------------------------------------------------------------------------------------


def _rare(columns: int, count: int = 300) -> Rows:
    """Rows with columns of 0 and 1 that hold 2, 4, 6, … ones: each leaf size leaves out others."""
    base = rows("binary", count=count, gaps=False)
    drawn = np.random.default_rng(3)

    def ones() -> np.ndarray[Any, Any]:
        made = np.zeros((count, columns))
        for column in range(columns):
            made[drawn.permutation(count)[: 2 * (column + 1)], column] = 1.0
        return made

    left, right = np.hstack([base.matrix, ones()]), np.hstack([base.others, ones()])
    target = np.where(left[:, 8:].sum(axis=1) > 2, 1, base.target)
    return Rows(read_only(left), read_only(target), base.weight, read_only(right))


def _different(bins: Any) -> int:
    assert isinstance(bins, LightGBMBins)
    return len({id(dataset) for dataset in bins.datasets.values()})


@pytest.mark.parametrize(
    ("columns", "sizes", "datasets", "keeps_rows"),
    [
        (0, [2, 3, 5, 8, 13, 20, 40, 90], 2, False),  # the column of few ones is left out from a size on
        (0, [20, 60, 21], 1, False),
        (20, [1, 2, 20, 39, 40, 41, 100, 120], 6, False),
        (20, list(range(1, 60)), 8, True),
        (20, [30], 1, False),
        (20, [0, 1], 2, False),
    ],
)
def test_leaf_sizes(columns: int, sizes: list[int], datasets: int, keeps_rows: bool) -> None:
    data, spec = _rare(columns), spec_of("lightgbm_classifier")
    draws = ROUNDS | {"colsample_bytree": 0.5, "extra_trees": True}
    bins = make_bins(spec, draws | {"min_child_samples": sizes[-1]}, SEED, data.matrix, data.target, None, sizes)
    assert isinstance(bins, LightGBMBins)
    assert _different(bins) <= datasets
    assert (bins.plain is not None) == keeps_rows
    for number, size in enumerate(sizes):
        name = ("min_child_samples", "min_data_in_leaf", "min_data", "min_samples_leaf")[number % 4]
        params = draws | {name: size}
        assert_same(fit_on_bins(spec, params, SEED, 1, bins), fit("lightgbm_classifier", params, data), data)


def test_leaf_sizes_are_no_matter_without_the_filter() -> None:
    data = _rare(10)
    params = ROUNDS | {"feature_pre_filter": False}
    assert leaf_size(spec_of("lightgbm_classifier"), params | {"min_child_samples": 3}) is None
    several = [params | {"min_child_samples": size} for size in (1, 9, 60)]
    assert_as_plain("lightgbm_classifier", several[1], several, data)


def test_a_leaf_size_that_was_not_said() -> None:
    data, spec = _rare(4), spec_of("lightgbm_classifier")
    bins = make_bins(spec, ROUNDS, SEED, data.matrix, data.target, None)
    with pytest.raises(ValueError, match="not made for a leaf size of 3"):
        fit_on_bins(spec, ROUNDS | {"min_child_samples": 3}, SEED, 1, bins)


# ---- sharing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lightgbm_classifier", "xgboost_classifier"])
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_many_threads_on_one_bins(name: str, sparse: bool) -> None:
    data, spec = rows("multiclass", count=1500, sparse=sparse), spec_of(name)
    grid = [
        {"n_estimators": 12, "learning_rate": rate, "subsample": share, "max_depth": depth, "colsample_bytree": 0.7}
        | ({"subsample_freq": 1} if name.startswith("lightgbm") else {})
        for rate in (0.1, 0.3)
        for share in (0.5, 1.0)
        for depth in (3, 6)
    ]
    bins = make_bins(spec, grid[0], SEED, data.matrix, data.target, data.weight)
    with ThreadPoolExecutor(4) as pool:
        models = list(pool.map(lambda params: fit_on_bins(spec, params, SEED, 1, bins), grid * 2))
    for params, one, other in zip(grid, models, models[len(grid) :], strict=False):
        plain = fit(name, params, data, weighted=True)
        assert_same(one, plain, data)
        assert_same(other, plain, data)


@pytest.mark.parametrize("name", ["lightgbm_regressor", "xgboost_regressor"])
def test_threads_inside_a_training(name: str) -> None:
    data, spec = rows("regression", count=1500), spec_of(name)
    few = ROUNDS | {"n_estimators": 2}  # threads that wait for one another take long on a machine that is busy
    bins = make_bins(spec, few, SEED, data.matrix, data.target, None)
    plain = build(spec, few, SEED, 2).fit(data.matrix, data.target)
    assert_same(fit_on_bins(spec, few, SEED, 2, bins), plain, data)


@pytest.mark.parametrize("name", ["lightgbm_regressor", "xgboost_regressor"])
def test_the_matrix_is_let_go(name: str) -> None:
    data, spec = rows("regression"), spec_of(name)
    matrix = np.array(data.matrix)
    seen = weakref.ref(matrix)
    bins = make_bins(spec, ROUNDS, SEED, matrix, data.target, None, [10, 20])
    del matrix
    gc.collect()
    assert seen() is None
    assert bins.nbytes >= 7 * 400
    assert_same(fit_on_bins(spec, ROUNDS, SEED, 1, bins), fit(name, ROUNDS, data), data)


@pytest.mark.parametrize(
    "name", ["lightgbm_classifier", "xgboost_classifier", "lightgbm_regressor", "xgboost_regressor"]
)
def test_prefixes_and_storage_of_what_was_trained_on_bins(name: str) -> None:
    data, spec = rows("multiclass" if name.endswith("classifier") else "regression"), spec_of(name)
    bins = make_bins(spec, ROUNDS, SEED, data.matrix, data.target, data.weight)
    long = fit_on_bins(spec, ROUNDS | {"n_estimators": 12}, SEED, 1, bins)
    plain = fit(name, {"n_estimators": 5}, data, weighted=True)
    short = first_rounds(long, 5)
    assert_same(short, plain, data)
    written = to_bytes({"estimator": short})
    again = from_bytes(written, hashlib.sha256(written).hexdigest())["estimator"]
    assert_same(again, plain, data)


# ---- what goes wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "params", "task"),
    [
        ("lightgbm_regressor", {"objective": "poisson"}, "regression"),
        ("lightgbm_regressor", {"objective": "gamma"}, "regression"),
        ("lightgbm_classifier", {"boosting_type": "rf"}, "binary"),
        ("lightgbm_classifier", {"monotone_constraints": (1, 0)}, "binary"),
        ("lightgbm_classifier", {"is_unbalance": True, "scale_pos_weight": 2.0}, "binary"),
        ("lightgbm_classifier", {"objective": "binary"}, "multiclass"),
        ("xgboost_regressor", {"objective": "reg:gamma"}, "regression"),
        ("xgboost_regressor", {"objective": "count:poisson"}, "regression"),
        ("xgboost_classifier", {"monotone_constraints": (1, 0, 1, 0, 1, 0, 1, 0, 1)}, "binary"),
        ("xgboost_classifier", {"base_score": 3.0}, "binary"),
    ],
)
def test_a_training_fails_as_it_would(name: str, params: dict[str, Any], task: str) -> None:
    """The others on the same bins are not harmed."""
    data, spec = rows(task), spec_of(name)
    bins = make_bins(spec, ROUNDS, SEED, data.matrix, data.target, None)
    assert bins_key(spec, ROUNDS | params) == bins_key(spec, ROUNDS)
    plain, ours = (
        _error(lambda: fit(name, ROUNDS | params, data)),
        _error(lambda: fit_on_bins(spec, ROUNDS | params, SEED, 1, bins)),
    )
    assert plain[1], "this was to fail"
    assert ours == plain
    assert_same(fit_on_bins(spec, ROUNDS, SEED, 1, bins), fit(name, ROUNDS, data), data)


@pytest.mark.parametrize("name", ["lightgbm_regressor", "xgboost_regressor"])
@pytest.mark.parametrize("count", [0, 1])
def test_too_few_rows_fail_as_they_would(name: str, count: int) -> None:
    data, spec = rows("regression"), spec_of(name)
    few = Rows(data.matrix[:count], data.target[:count], data.weight[:count], data.others)
    plain = _error(lambda: fit(name, ROUNDS, few))
    ours = _error(
        lambda: fit_on_bins(spec, ROUNDS, SEED, 1, make_bins(spec, ROUNDS, SEED, few.matrix, few.target, None))
    )
    assert ours == plain


def _error(work: Any) -> tuple[str, str]:
    """The kind of error and its first line; a library's stack of addresses is left out."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 whatever the library raises
        return type(error).__name__, str(error).strip().splitlines()[0].split("] ")[-1]
    return "", ""


@pytest.mark.parametrize("name", ["lightgbm_regressor", "xgboost_regressor"])
def test_nothing_to_learn_from(name: str) -> None:
    """Constant columns alone, and columns of nothing but gaps."""
    data = rows("regression")
    empty = Rows(read_only(np.full((400, 3), np.nan)), data.target, data.weight, np.ones((5, 3)))
    assert_as_plain(name, ROUNDS, GRID, empty, weighted=True)
    constant = Rows(read_only(np.ones((400, 3))), data.target, data.weight, np.zeros((5, 3)))
    assert_as_plain(name, ROUNDS, GRID, constant)


def test_defaults_of_the_catalogue_change_no_key() -> None:
    for name in booster_parameters.PARAMETERS:
        assert bins_key(spec_of(name), full(name, {})) == bins_key(spec_of(name), {})
    lightgbm = spec_of("lightgbm_classifier")
    for params in ({"min_data": 7, "min_child_samples": 20}, {"min_child_samples": 20, "min_data": 7}):
        assert leaf_size(lightgbm, params) == 7
