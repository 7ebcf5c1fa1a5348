"""Predictions by the kernel against LightGBM's own, bit for bit."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stratum_sql
from stratum_sql import kernels
from stratum_sql.catalog.metrics import metric, score
from stratum_sql.execute import boosted
from stratum_sql.execute.boosted import predicted, trees_of
from stratum_sql.execute.prefix import first_rounds
from tests.execute.boosted_data import Rows, fit, rows

REGRESSOR, CLASSIFIER = "lightgbm_regressor", "lightgbm_classifier"
METHOD = {REGRESSOR: "predict", CLASSIFIER: "predict_proba"}
METHODS = {REGRESSOR: ("predict",), CLASSIFIER: ("decision_function", "predict_proba")}
QUICK: dict[str, Any] = {"n_estimators": 12, "min_child_samples": 3}
GROWING: list[dict[str, Any]] = [
    {},
    {"num_leaves": 2},
    {"num_leaves": 80, "min_child_samples": 1},
    {"max_depth": 3, "reg_alpha": 0.5, "path_smooth": 1.0},
    {"zero_as_missing": True},
    {"use_missing": False},
    {"boosting_type": "dart", "drop_rate": 0.5},
    {"data_sample_strategy": "goss"},
    {"extra_trees": True, "colsample_bytree": 0.6},
    {"subsample": 0.5, "subsample_freq": 1},
    {"boost_from_average": False},
    {"use_quantized_grad": True},
    {"enable_bundle": False},
    {"min_child_samples": 1000},
    {"max_bin": 4},
]
OBJECTIVES: list[tuple[str, str, dict[str, Any]]] = [
    (REGRESSOR, "counts", {"objective": "poisson"}),
    (REGRESSOR, "counts", {"objective": "tweedie", "tweedie_variance_power": 1.3}),
    (REGRESSOR, "regression", {"objective": "l1"}),
    (REGRESSOR, "regression", {"objective": "huber"}),
    (REGRESSOR, "regression", {"objective": "fair"}),
    (REGRESSOR, "regression", {"objective": "quantile", "alpha": 0.3}),
    (REGRESSOR, "regression", {"objective": "mape"}),
    (REGRESSOR, "regression", {"reg_sqrt": True}),
    (REGRESSOR, "regression", {"objective": "l1", "reg_sqrt": True}),
    (CLASSIFIER, "binary", {"sigmoid": 1.7}),
    (CLASSIFIER, "binary", {"class_weight": "balanced"}),
    (CLASSIFIER, "binary", {"is_unbalance": True}),
    (CLASSIFIER, "multiclass", {"objective": "multiclassova"}),
    (CLASSIFIER, "multiclass", {"objective": "multiclassova", "sigmoid": 0.6}),
]
REFUSED: list[dict[str, Any]] = [
    {"linear_tree": True},
    {"boosting_type": "rf", "subsample": 0.7, "subsample_freq": 1},
]
CASES = [
    *((REGRESSOR, "regression", params) for params in GROWING),
    *((CLASSIFIER, task, params) for task in ("binary", "multiclass") for params in GROWING),
    *OBJECTIVES,
]


@pytest.fixture(autouse=True)
def from_the_first_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small tables too."""
    monkeypatch.setattr(boosted, "_LEAST_ROWS", 0)


def odd(matrix: Any) -> Any:
    """The rows, and rows of numbers that a split may treat in a way of its own."""
    values = [np.nan, 0.0, -0.0, 1e-35, -1e-35, 1.0000000180025095e-35, 1e-300, 1e300, -1e300, np.inf, -np.inf]
    drawn = np.random.default_rng(0).choice(values, size=(200, matrix.shape[1]))
    return np.concatenate([matrix, drawn])


def on_thresholds(fitted: Any, matrix: Any) -> Any:
    """Rows whose numbers are thresholds of the model, and the numbers right beside them."""
    text = fitted.booster_.model_to_string()
    found = {word for line in text.splitlines() if line.startswith("threshold=") for word in line[10:].split()}
    values = np.array(sorted(float(word) for word in found) or [0.0])
    beside = np.concatenate([values, np.nextafter(values, np.inf), np.nextafter(values, -np.inf)])
    return np.random.default_rng(1).choice(beside, size=(300, matrix.shape[1]))


def by_kernel(fitted: Any, matrix: Any, method: str | None = None) -> Any:
    """What the kernel alone makes of a model."""
    trees = trees_of(fitted)
    assert trees is not None
    method = method or METHOD[CLASSIFIER if hasattr(fitted, "classes_") else REGRESSOR]
    outputs = trees.outputs(matrix, fitted.booster_.current_iteration(), raw=method == "decision_function")
    return None if outputs is None else boosted._as_answered(method, outputs)


def assert_as_library(fitted: Any, matrix: Any) -> None:
    """Every bit of every prediction, by the kernel and by the function that checks it."""
    for method in METHODS[CLASSIFIER if hasattr(fitted, "classes_") else REGRESSOR]:
        wanted = getattr(fitted, method)(matrix)
        made = by_kernel(fitted, matrix, method)
        assert made is not None, "refused"
        assert made.dtype == wanted.dtype
        assert np.array_equal(made, wanted)
        assert boosted._is_usual(fitted, method, matrix)
        assert np.array_equal(predicted(fitted, trees_of(fitted), method, matrix), wanted)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("name", "task", "params"), CASES, ids=str)
def test_every_bit_is_the_library_s(name: str, task: str, params: dict[str, Any], weighted: bool) -> None:
    data = rows(task)
    fitted = fit(name, QUICK | params, data, weighted=weighted)
    assert_as_library(fitted, odd(data.others))
    assert_as_library(fitted, on_thresholds(fitted, data.others))


def test_gamma_and_a_constant_target() -> None:
    data = rows("regression")
    positive = Rows(data.matrix, np.exp(data.target), data.weight, data.others)
    assert_as_library(fit(REGRESSOR, QUICK | {"objective": "gamma"}, positive), odd(data.others))
    constant = Rows(data.matrix, np.full(len(data.target), 3.25), data.weight, data.others)
    assert_as_library(fit(REGRESSOR, QUICK, constant), odd(data.others))


def test_init_score() -> None:
    from lightgbm import LGBMRegressor

    data = rows("regression")
    fitted = LGBMRegressor(n_estimators=8, verbose=-1).fit(data.matrix, data.target, init_score=data.weight)
    assert_as_library(fitted, odd(data.others))


def test_bundled_indicators_with_conflicts() -> None:
    drawn = np.random.default_rng(3)
    indicators = (drawn.random((900, 60)) < 0.03).astype(float)
    target = indicators @ drawn.normal(size=60) + 0.1 * drawn.normal(size=900)
    data = Rows(indicators[:600], target[:600], drawn.random(600), indicators[600:])
    assert_as_library(fit(REGRESSOR, QUICK | {"n_estimators": 40}, data), odd(data.others))


@pytest.mark.parametrize("count", [1, 7, 8, 9, 400, 5000])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_any_number_of_rows_in_any_layout(count: int, order: Any, dtype: Any) -> None:
    for name, task in ((REGRESSOR, "regression"), (CLASSIFIER, "multiclass")):
        data = rows(task)
        matrix = np.resize(odd(data.others), (count, data.others.shape[1]))
        with np.errstate(over="ignore"):
            matrix = matrix.astype(dtype, order=order)
        assert_as_library(fit(name, QUICK, data), matrix)


def test_a_matrix_that_is_not_contiguous() -> None:
    data = rows("regression")
    fitted = fit(REGRESSOR, QUICK, data)
    wide = np.repeat(data.others, 2, axis=1)
    assert_as_library(fitted, wide[::2, ::2])


@pytest.mark.parametrize(("name", "task"), [(REGRESSOR, "regression"), (CLASSIFIER, "multiclass")])
@pytest.mark.parametrize("counts", [(3, 5, 14), (14, 5, 3), (5, 14, 3)])
def test_first_rounds_share_one_walk(name: str, task: str, counts: tuple[int, ...]) -> None:
    data = rows(task)
    long = fit(name, QUICK | {"n_estimators": 14}, data)
    trees = trees_of(long)
    others = [data.others, odd(data.others)]
    for matrix in (*others, others[0]):
        for count in counts:
            short = first_rounds(long, count)
            assert short is not None
            made = predicted(short, trees, METHOD[name], matrix)
            assert np.array_equal(made, getattr(short, METHOD[name])(matrix))


def test_the_second_to_ask_goes_on_from_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    data = rows("regression")
    long = fit(REGRESSOR, QUICK | {"n_estimators": 14}, data)
    trees, walked = trees_of(long), []
    scores = kernels.BoostedTrees.scores

    def spied(own: Any, matrix: Any, stop: int, start: int = 0, before: Any = None) -> Any:
        walked.append((start, stop))
        return scores(own, matrix, stop, start, before)

    monkeypatch.setattr(kernels.BoostedTrees, "scores", spied)
    for count in (4, 9, 9, 14):
        predicted(first_rounds(long, count), trees, "predict", data.others)
    assert walked == [(0, 4), (4, 9), (9, 14)]


def test_threads_may_ask_at_the_same_time() -> None:
    data = rows("regression")
    long = fit(REGRESSOR, QUICK | {"n_estimators": 14}, data)
    trees = trees_of(long)
    shorts = [first_rounds(long, 1 + index % 14) for index in range(28)]
    wanted = [short.predict(data.others) for short in shorts if short is not None]
    made: list[Any] = [None] * len(shorts)

    def ask(index: int) -> None:
        made[index] = predicted(shorts[index], trees, "predict", data.others)

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(len(shorts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(one, other) for one, other in zip(made, wanted, strict=True))


@given(
    task=st.sampled_from(["binary", "multiclass", "regression"]),
    params=st.fixed_dictionaries(
        {
            "n_estimators": st.integers(1, 12),
            "num_leaves": st.integers(2, 90),
            "min_child_samples": st.integers(1, 40),
            "max_bin": st.integers(2, 60),
            "learning_rate": st.floats(0.01, 1.0),
            "zero_as_missing": st.booleans(),
            "use_missing": st.booleans(),
            "extra_trees": st.booleans(),
        }
    ),
    seed=st.integers(0, 10_000),
    sizes=st.sampled_from([1.0, 1e-30, 1e30]),
)
@settings(max_examples=60)
def test_any_parameters_and_rows(task: str, params: dict[str, Any], seed: int, sizes: float) -> None:
    data = rows(task, count=150, seed=seed)
    scaled = Rows(data.matrix * sizes, data.target, data.weight, data.others * sizes)
    fitted = fit(REGRESSOR if task == "regression" else CLASSIFIER, params, scaled)
    assert_as_library(fitted, odd(scaled.others))
    assert_as_library(fitted, on_thresholds(fitted, scaled.others))


# ---- what is left to the library -------------------------------------------------------------------------------------


@pytest.mark.parametrize("params", REFUSED, ids=str)
@pytest.mark.parametrize("name", [REGRESSOR, CLASSIFIER])
def test_models_that_the_kernel_refuses(name: str, params: dict[str, Any]) -> None:
    data = rows("regression" if name == REGRESSOR else "binary")
    fitted = fit(name, QUICK | params, data)
    assert by_kernel(fitted, data.others) is None
    made = predicted(fitted, trees_of(fitted), METHOD[name], data.others)
    assert np.array_equal(made, getattr(fitted, METHOD[name])(data.others))


def test_categorical_splits_are_refused() -> None:
    from lightgbm import LGBMRegressor

    data = rows("regression", gaps=False)
    matrix = np.abs(np.round(data.matrix * 3))
    target = np.isin(matrix[:, 0], [1, 4, 5]) * 3.0 + data.target
    fitted = LGBMRegressor(**QUICK, verbose=-1).fit(matrix, target, categorical_feature=[0])
    assert by_kernel(fitted, matrix) is None
    assert np.array_equal(predicted(fitted, trees_of(fitted), "predict", matrix), fitted.predict(matrix))


def test_an_objective_of_the_user_s_own_is_refused() -> None:
    from lightgbm import LGBMRegressor

    data = rows("regression")
    fitted = LGBMRegressor(n_estimators=3, verbose=-1, objective=lambda y, score: (score - y, np.ones_like(y))).fit(
        data.matrix, data.target
    )
    assert by_kernel(fitted, data.others) is None


def test_a_bit_that_differs_leaves_all_to_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    data = rows("regression")
    fitted = fit(REGRESSOR, QUICK, data)
    outputs = kernels.BoostedTrees.outputs
    monkeypatch.setattr(kernels.BoostedTrees, "outputs", lambda *given: np.nextafter(outputs(*given), np.inf))
    assert not np.array_equal(by_kernel(fitted, data.others), fitted.predict(data.others))
    assert np.array_equal(predicted(fitted, trees_of(fitted), "predict", data.others), fitted.predict(data.others))


def test_parameters_of_prediction_are_the_library_s() -> None:
    from lightgbm import LGBMClassifier

    data = rows("binary")
    fitted = LGBMClassifier(n_estimators=40, pred_early_stop=True, pred_early_stop_freq=2, verbose=-1)
    fitted.fit(data.matrix, data.target)
    assert not boosted._is_usual(fitted, "predict_proba", data.others)


@pytest.mark.parametrize("kind", ["list", "sparse", "integers", "frame", "too wide", "no rows"])
def test_an_unusual_matrix_is_the_library_s(kind: str) -> None:
    import pandas as pd
    from scipy.sparse import csr_matrix

    data = rows("regression", gaps=False)
    fitted = fit(REGRESSOR, QUICK, data)
    given = {
        "list": data.others.tolist(),
        "sparse": csr_matrix(data.others),
        "integers": data.others.astype(np.int64),
        "frame": pd.DataFrame(data.others),
        "too wide": np.ones((5, 9)),
        "no rows": np.ones((0, 8)),
    }[kind]
    _same(lambda: predicted(fitted, trees_of(fitted), "predict", given), lambda: fitted.predict(given))


def _same(one: Any, other: Any) -> None:
    """Both give the same, or raise the same."""

    def told(call: Any) -> Any:
        try:
            return call()
        except ValueError as error:
            return np.array([type(error).__name__, str(error)])

    assert np.array_equal(told(one), told(other))


def test_other_methods_and_other_estimators() -> None:
    data = rows("binary")
    fitted = fit(CLASSIFIER, QUICK, data)
    for method in ("predict", "decision_function", "predict_proba"):
        assert np.array_equal(
            predicted(fitted, trees_of(fitted), method, data.others), getattr(fitted, method)(data.others)
        )
    assert trees_of(fit("xgboost_classifier", {"n_estimators": 2}, data)) is None


# ---- scores ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "task"), [(REGRESSOR, "regression"), (CLASSIFIER, "binary"), (CLASSIFIER, "multiclass")]
)
def test_scores_are_the_same(name: str, task: str) -> None:
    data, truth = rows(task), rows(task, seed=6).target
    fitted = fit(name, QUICK, data)
    names = ["r2", "mae"] if name == REGRESSOR else ["accuracy", "log_loss", "f1_macro", "roc_auc_ovr"]
    specs = [spec for one in names if (spec := metric(one)) is not None]

    def quick(method: str, given: Any) -> Any:
        return predicted(fitted, trees_of(fitted), method, given)

    assert score(fitted, data.others, truth, specs, None, quick) == score(fitted, data.others, truth, specs)


HEAD = "SELECT a, b, y, c FROM t TRAIN MODEL"
STATEMENTS = [
    f"{HEAD} lightgbm_regressor(n_estimators => [20, 5, 10], num_leaves => [4, 31]) TARGET y CROSS VALIDATE 3",
    f"{HEAD} lightgbm_classifier(n_estimators => [3, 9]) TARGET c CROSS VALIDATE 3 METRIC accuracy, log_loss",
    f"{HEAD.replace('c', 'late')} lightgbm_classifier(n_estimators => [9, 3]) TARGET late METRIC roc_auc, accuracy",
]


def _leaderboard(refuse: bool, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], int]:
    asked: list[int] = []
    scores = kernels.BoostedTrees.scores

    def spied(own: Any, matrix: Any, stop: int, start: int = 0, before: Any = None) -> Any:
        asked.append(stop)
        if refuse:
            raise ValueError("refused")
        return scores(own, matrix, stop, start, before)

    with monkeypatch.context() as patch, stratum_sql.connect(threads=2) as session:
        patch.setattr(kernels.BoostedTrees, "scores", spied)
        session.sql(
            "CREATE TABLE t AS SELECT sin(i) AS a, CASE WHEN i % 9 > 0 THEN i % 13 END AS b, "
            "sin(i) * (i % 13) + i % 3 AS y, (i * 7) % 3 AS c, i % 3 > 1 AS late FROM range(400) s(i)"
        )
        results = session.batch(STATEMENTS)
        boards = [result.arrow().to_pydict() for result in results]
    return boards, len(asked)


def test_a_statement_scores_the_same_without_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    with_kernel, used = _leaderboard(False, monkeypatch)
    without, _ = _leaderboard(True, monkeypatch)
    assert used > 0
    for one, other in zip(with_kernel, without, strict=True):
        kept = [name for name in one if "second" not in name]
        assert [one[name] for name in kept] == [other[name] for name in kept]
