"""Trials that share the work of training score as they do alone, fail as they do alone, and harm no other."""
# ruff: noqa: E501  # a statement stays on one line

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression

from stratum_sql.catalog.bins import make_bins
from stratum_sql.execute import operators
from stratum_sql.execute.prefix import first_rounds
from stratum_sql.results import Result
from stratum_sql.session import Session
from tests.engine.oracle import ITERATIVE, assert_close, board, check, expected, open_session, query_of

EXACT = 0.0  # the library's own last bit
RULES = ("prefix_training", "shared_bins", "train_together")
ALONE = f"WITH (rules = {{{', '.join(f'{rule!r}: false' for rule in (*RULES, 'reuse_results'))}}})"


@pytest.fixture(scope="module")
def shared() -> Iterator[Session]:
    """A session that computes every batch anew."""
    with open_session(threads=2) as one:
        one.sql("SET stratum_reuse_results = false")
        yield one


def rows(result: Result) -> list[dict[str, Any]]:
    """The leaderboard in the order of the trials."""
    return sorted(result.arrow().to_pylist(), key=lambda row: row["trial"])


def errors(result: Result) -> list[str | None]:
    """Without the time and the addresses that XGBoost puts in."""
    return [row["error"] and re.sub(r"\[[\d:]+\]|Stack trace.*", "", row["error"]) for row in rows(result)]


def warnings_of(result: Result) -> list[str]:
    return [warning.message for warning in result.warnings if warning.code == "library_warning"]


def explained(session: Session, sql: str) -> str:
    return str(session.sql(f"EXPLAIN {sql}"))


# ---- the same scores -------------------------------------------------------------------------------------------------

NUMBERS = "SELECT num, pos, whole, price, y FROM t"
GROWN = [
    "lightgbm_regressor(n_estimators => [3, 8, 5])",
    "xgboost_regressor(n_estimators => [4, 9])",
    "random_forest_regressor(n_estimators => [2, 5])",
    "extra_trees_regressor(n_estimators => [5, 2])",
    "bagging_regressor(n_estimators => [2, 4])",
    "ada_boost_regressor(n_estimators => [2, 5])",
    "gradient_boosting_regressor(n_estimators => [2, 6])",
    "gradient_boosting_regressor(n_estimators => [2, 6], subsample => 0.5)",
    "hist_gradient_boosting_regressor(max_iter => [2, 6], early_stopping => false)",
    "lightgbm_regressor(n_iter => [3, 8], subsample => 0.5, subsample_freq => 1)",
    "xgboost_regressor(n_estimators => [4, 9], subsample => 0.5, colsample_bytree => 0.5)",
]


@pytest.mark.parametrize("model", GROWN)
def test_a_grid_of_rounds(shared: Session, model: str) -> None:
    sql = f"{NUMBERS} TRAIN MODEL {model} TARGET y CROSS VALIDATE 3 METRIC r2, mae"
    assert "the first rounds of a longer one" in explained(shared, sql)
    check(shared, sql, EXACT)


CLASSES = [
    "lightgbm_classifier(n_estimators => [3, 6], num_leaves => [4, 7])",
    "xgboost_classifier(n_estimators => [3, 6], max_depth => [2, 3])",
    "random_forest_classifier(n_estimators => [2, 5])",
    "gradient_boosting_classifier(n_estimators => [2, 4])",
    "hist_gradient_boosting_classifier(max_iter => [2, 4], early_stopping => false)",
]


@pytest.mark.parametrize("model", CLASSES)
@pytest.mark.parametrize("target", ["level", "late"])
def test_classes_and_their_probabilities(shared: Session, model: str, target: str) -> None:
    """Texts and booleans as classes; metrics of predicted classes and of probabilities."""
    metrics = "log_loss, accuracy, f1_macro" + (", roc_auc" if target == "late" else ", roc_auc_ovr")
    check(
        shared,
        f"SELECT num, pos, whole, {target} FROM t TRAIN MODEL {model} TARGET {target} CROSS VALIDATE 3 METRIC {metrics}",
        EXACT,
    )


BINNED = [
    ("num, pos, y", "lightgbm_regressor(n_estimators => 4, num_leaves => [4, 7], min_child_samples => [3, 20, 60])", ""),
    ("num, pos, y", "lightgbm_regressor(n_estimators => 4, learning_rate => [0.1, 0.4], max_bins => 15)", "WEIGHT importance"),
    ("holes, num, y", "lightgbm_regressor(n_estimators => 4, num_leaves => [4, 7])", ""),
    ("holes, num, y", "xgboost_regressor(n_estimators => 4, max_depth => [2, 3])", "WEIGHT importance"),
    ("one_hot(city, sparse_output => true), num, y", "lightgbm_regressor(n_estimators => 4, num_leaves => [4, 7])", ""),
    ("one_hot(city, sparse_output => true), num, y", "xgboost_regressor(n_estimators => 4, max_depth => [2, 3])", ""),
    ("one_hot(city), const, y", "xgboost_regressor(n_estimators => 4, eta => [0.1, 0.3])", "SEED 5"),
]  # fmt: skip


@pytest.mark.parametrize(("features", "model", "rest"), BINNED)
def test_shared_bins(shared: Session, features: str, model: str, rest: str) -> None:
    sql = f"SELECT {features} FROM t TRAIN MODEL {model} TARGET y CROSS VALIDATE 3 {rest}"
    assert "on shared bins" in explained(shared, sql)
    check(shared, sql, EXACT)


def test_class_weights_by_label(shared: Session) -> None:
    weights = "class_weight => {'lo': 3.0, 'mid': 1.0, 'hi': 0.5}"
    models = (
        f"lightgbm_classifier(n_estimators => 4, num_leaves => [4, 7], {weights}), "
        f"random_forest_classifier(n_estimators => [2, 4], {weights})"
    )
    sql = f"SELECT num, pos, level FROM t TRAIN MODEL {models} TARGET level CROSS VALIDATE 3 METRIC log_loss"
    text = explained(shared, sql)
    assert "on shared bins" in text
    assert "the first rounds of a longer one" in text
    check(shared, sql, EXACT)


def test_statements_ask_for_different_numbers(shared: Session) -> None:
    """One training serves statements that ask for other rounds and other metrics of it."""
    texts = [
        f"{NUMBERS} TRAIN MODEL {model}(n_estimators => {rounds}) TARGET y CROSS VALIDATE 3 METRIC {metric}"
        for model in ("lightgbm_regressor", "xgboost_regressor", "random_forest_regressor")
        for rounds, metric in ((4, "r2"), (9, "mae"), (9, "r2"), (6, "rmse"))
    ]
    for result in shared.batch(texts):
        assert_close(board(result)[1][1], expected(shared, query_of(result))[1], EXACT)


LOGISTIC = [
    ("late", "C => [0.01, 1, 100]", ""),
    ("late", "C => [0.1, 1], penalty => ['l2', NULL], class_weight => [NULL, 'balanced']", ""),
    ("level", "C => [0.1, 1], class_weight => [NULL, {'lo': 3.0, 'mid': 1.0, 'hi': 0.5}]", ""),
    ("level", "C => [0.1, 1], fit_intercept => [true, false]", "WEIGHT importance"),
    ("level", "C => [0.1, 1], tol => [0.0001, 0.1]", "SEED 3"),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("target", "params", "rest"), LOGISTIC)
@pytest.mark.parametrize("sparse", ["false", "true"])
def test_logistic_regressions(shared: Session, target: str, params: str, rest: str, sparse: str) -> None:
    features = f"one_hot(city, sparse_output => {sparse}), standard_scale(num), min_max_scale(pos)"
    sql = f"SELECT {features}, {target} FROM t TRAIN MODEL logistic_regression({params}) TARGET {target} CROSS VALIDATE 3 {rest} METRIC log_loss, accuracy"
    assert "together" in explained(shared, sql)
    check(shared, sql, ITERATIVE)


BAYES = [
    ("num, pos, whole", "gaussian_nb(var_smoothing => [1e-9, 0.01, 1])", "WEIGHT importance"),
    ("one_hot(city), one_hot(level)", "bernoulli_nb(alpha => [0.1, 1], binarize => [0.0, 0.5]), multinomial_nb(alpha => [0.1, 1])", ""),
    ("min_max_scale(num), one_hot(city, sparse_output => true)", "complement_nb(alpha => [0.1, 1], norm => [false, true])", "SEED 3"),
]  # fmt: skip


@pytest.mark.parametrize(("features", "models", "rest"), BAYES)
def test_naive_bayes(shared: Session, features: str, models: str, rest: str) -> None:
    sql = f"SELECT {features}, late FROM t TRAIN MODEL {models} TARGET late CROSS VALIDATE 3 {rest} METRIC log_loss, accuracy"
    assert "together" in explained(shared, sql)
    check(shared, sql, EXACT)


def test_mixed_batch(shared: Session) -> None:
    """All three at once, over two matrices, is what each is alone."""
    texts = [
        f"SELECT {features}, level FROM t TRAIN MODEL lightgbm_classifier(n_estimators => [3, 6], num_leaves => [4, 7]), "
        "xgboost_classifier(n_estimators => [3, 6], max_depth => [2, 3]), random_forest_classifier(n_estimators => [2, 5]), "
        "logistic_regression(C => [0.1, 1]) TARGET level CROSS VALIDATE 3 METRIC log_loss"
        for features in ("num, pos", "standard_scale(num), one_hot(city)")
    ]
    together = shared.batch(texts)
    for result, alone in zip(together, shared.batch([f"{text} {ALONE}" for text in texts]), strict=True):
        for row, other in zip(rows(result), rows(alone), strict=True):
            exact = row["estimator"] != "logistic_regression"
            assert_close(row["fold_scores"], other["fold_scores"], EXACT if exact else ITERATIVE)


# ---- what is seen ----------------------------------------------------------------------------------------------------


def test_every_trial_took_time(shared: Session) -> None:
    sql = f"{NUMBERS} TRAIN MODEL lightgbm_regressor(n_estimators => [3, 6], num_leaves => [4, 7]), random_forest_regressor(n_estimators => [2, 5]) TARGET y CROSS VALIDATE 3"
    found = rows(shared.sql(sql)) + rows(
        shared.sql(
            "SELECT num, late FROM t TRAIN MODEL logistic_regression(C => [0.1, 1, 10]) TARGET late CROSS VALIDATE 3"
        )
    )
    assert all(row["fit_seconds"] > 0 for row in found)
    short, long = (row["fit_seconds"] for row in found if row["estimator"] == "random_forest_regressor")
    assert short == pytest.approx(long * 2 / 5)


SEEN = {
    "on shared bins": f"{NUMBERS} TRAIN MODEL lightgbm_regressor(n_estimators => 3, num_leaves => [4, 7]) TARGET y CROSS VALIDATE 3",
    "the first rounds of a longer one": f"{NUMBERS} TRAIN MODEL xgboost_regressor(n_estimators => [3, 5]) TARGET y CROSS VALIDATE 3",
    "together": "SELECT num, late FROM t TRAIN MODEL logistic_regression(C => [0.1, 1]) TARGET late CROSS VALIDATE 3",
}


@pytest.mark.parametrize("how", SEEN)
def test_explain(shared: Session, how: str) -> None:
    told = explained(shared, SEEN[how])
    assert f" · {how}" in told
    assert max(map(len, told.splitlines())) <= 100
    assert f" · {how}" not in str(shared.sql(f"EXPLAIN {SEEN[how]} {ALONE}"))


@pytest.mark.parametrize(("how", "operator"), list(zip(SEEN, ("Bins", "FirstRounds", "TrainTogether"), strict=True)))
def test_other_forms_of_explain(shared: Session, how: str, operator: str) -> None:
    sql = SEEN[how]
    measured = str(shared.sql(f"EXPLAIN ANALYZE {sql}"))
    assert f"  {operator}" in measured.partition("measured, seconds")[2]
    plan = json.loads(str(shared.sql(f"EXPLAIN (FORMAT json) {sql}")))
    assert operator in json.dumps(plan)
    drawn = str(shared.sql(f"EXPLAIN (FORMAT mermaid) {sql}"))
    assert drawn.lstrip().startswith("flowchart")
    assert "Train " in drawn
    assert " fits" in drawn


# ---- what fails ------------------------------------------------------------------------------------------------------

REFUSED = [
    f"{NUMBERS} TRAIN MODEL lightgbm_regressor(n_estimators => 3, num_leaves => [4, 7]), lightgbm_regressor(n_estimators => 3, monotone_constraints => (1, 0)) TARGET y",
    f"{NUMBERS} TRAIN MODEL lightgbm_regressor(n_estimators => 3, monotone_constraints => (1, 0)), lightgbm_regressor(n_estimators => 3, num_leaves => [4, 7]) TARGET y",
    f"{NUMBERS} TRAIN MODEL xgboost_regressor(n_estimators => 3, monotone_constraints => (1, 0, 0, 0, 0, 1)), xgboost_regressor(n_estimators => 3, max_depth => [2, 3]) TARGET y",
    "SELECT num, level FROM t TRAIN MODEL logistic_regression(C => [0.1, 1]), logistic_regression(class_weight => {'nowhere': 2.0}) TARGET level",
    "SELECT num, level FROM t TRAIN MODEL lightgbm_classifier(class_weight => {'nowhere': 2.0}, n_estimators => [2, 3]), lightgbm_classifier(n_estimators => [2, 4]) TARGET level",
    "SELECT holes, num, late FROM t TRAIN MODEL logistic_regression(C => [0.1, 1]) TARGET late",
    "SELECT num, late FROM t TRAIN MODEL gaussian_nb(var_smoothing => [0.1, 1]), gaussian_nb(priors => (0.5, 0.6)) TARGET late",
    "SELECT holes, y FROM t TRAIN MODEL gradient_boosting_regressor(n_estimators => [2, 3]), extra_trees_regressor(n_estimators => [2, 3]) TARGET y",
    "SELECT huge * 1e300 AS much, y FROM t TRAIN MODEL random_forest_regressor(n_estimators => [2, 3]), lightgbm_regressor(n_estimators => [2, 3]) TARGET y",
]  # fmt: skip


@pytest.mark.parametrize("sql", REFUSED)
@pytest.mark.usefixtures("expected_faults")
def test_an_error_is_its_own(shared: Session, sql: str) -> None:
    """Those that the library refuses say what they say alone, and the others score as they do alone."""
    result, alone = shared.sql(f"{sql} CROSS VALIDATE 3"), shared.sql(f"{sql} CROSS VALIDATE 3 {ALONE}")
    assert errors(result) == errors(alone)
    assert any(errors(result))
    for (status, scores), (wanted_status, wanted) in zip(board(result).values(), board(alone).values(), strict=True):
        assert status == wanted_status
        assert_close(scores, wanted, ITERATIVE if "logistic" in sql else EXACT)


@pytest.mark.usefixtures("expected_faults")
def test_the_longest_training_fails(shared: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    fit, fitted = RandomForestRegressor.fit, []

    def limited(self: Any, *given: Any, **more: Any) -> Any:
        fitted.append(self.n_estimators)
        if self.n_estimators > 5:
            raise MemoryError("too many trees")
        return fit(self, *given, **more)

    monkeypatch.setattr(RandomForestRegressor, "fit", limited)
    result = shared.sql(
        f"{NUMBERS} TRAIN MODEL random_forest_regressor(n_estimators => [2, 9, 4]) TARGET y CROSS VALIDATE 3"
    )
    assert errors(result) == [None, "MemoryError: too many trees", None]
    assert Counter(fitted)[2] == Counter(fitted)[4] == 3
    wanted = expected(
        shared,
        query_of(
            shared.sql(
                f"{NUMBERS} TRAIN MODEL random_forest_regressor(n_estimators => [2, 4]) TARGET y CROSS VALIDATE 3"
            )
        ),
    )
    assert_close(board(result)[1][1], wanted[1], EXACT)
    assert_close(board(result)[3][1], wanted[2], EXACT)


def test_rounds_that_found_no_split(shared: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a LightGBM that drew lots and made fewer trees than rounds no prefix is known: the shorter is trained alone."""
    given: list[Any] = []

    def spied(*arguments: Any) -> Any:
        given.append(first_rounds(*arguments))
        return given[-1]

    monkeypatch.setattr(operators, "first_rounds", spied)
    params = "subsample => 0.5, subsample_freq => 1, min_child_samples => 38, min_split_gain => 20"
    check(
        shared,
        f"{NUMBERS} TRAIN MODEL lightgbm_regressor(n_estimators => [6, 60], {params}) TARGET y CROSS VALIDATE 3",
        EXACT,
    )
    assert any(one is None for one in given)


@pytest.mark.parametrize("target", ["late", "level"])
def test_warnings_are_those_of_each_trial_alone(shared: Session, target: str) -> None:
    head = f"SELECT num, pos, whole, price, {target} FROM t TRAIN MODEL logistic_regression"
    texts = [
        f"{head}(C => [0.1, 1], max_iter => 3) TARGET {target} CROSS VALIDATE 3",
        f"{head}(C => [0.0001], tol => 10) TARGET {target} CROSS VALIDATE 3",
        f"{head}(C => 10, penalty => NULL, max_iter => 2) TARGET {target} CROSS VALIDATE 3",
    ]
    together = [warnings_of(result) for result in shared.batch(texts)]
    assert together == [warnings_of(shared.sql(f"{text} {ALONE}")) for text in texts]
    assert ["converge" in " ".join(said) for said in together] == [True, False, True]


@pytest.mark.usefixtures("expected_faults")
def test_abort(shared: Session) -> None:
    result = shared.sql(f"{REFUSED[3]} WITH (on_error = 'abort')")
    assert [row["error"] is not None for row in rows(result)] == [False, False, True]
    assert rows(result)[2]["status"] == "failed"
    assert {row["status"] for row in rows(result)[:2]} <= {"ok", "cancelled"}


def test_abort_ends_what_would_be_tried_again(shared: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two fail together, then one fails by itself, which ends the statement: the two are not trained by themselves."""
    failed = threading.Event()

    def no_bins(*_given: Any) -> Any:
        failed.set()
        raise MemoryError

    def fail_after(*_given: Any, **_more: Any) -> Any:
        failed.wait(10)
        time.sleep(0.5)
        raise ValueError("its own")

    monkeypatch.setattr(operators, "make_bins", no_bins)
    monkeypatch.setattr(LogisticRegression, "fit", fail_after)
    models = "lightgbm_classifier(n_estimators => 3, num_leaves => [4, 7]), logistic_regression"
    result = shared.sql(
        f"SELECT num, late FROM t TRAIN MODEL {models} TARGET late HOLDOUT 0.3 WITH (on_error = 'abort')"
    )
    assert [row["status"] for row in rows(result)] == ["cancelled", "cancelled", "failed"]
    assert failed.is_set()


# ---- what ends early -------------------------------------------------------------------------------------------------

BOTH = [
    "SELECT num, late FROM t TRAIN MODEL lightgbm_classifier(n_estimators => 3, num_leaves => [4, 7]) TARGET late HOLDOUT 0.3",
    "SELECT num, y FROM t TRAIN MODEL knn_regressor(n_neighbors => [3, 5]) TARGET y CROSS VALIDATE 3",
]


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Making bins waits for the second event; the first says that it began."""
    began, go_on = threading.Event(), threading.Event()

    def slow(*given: Any) -> Any:
        began.set()
        go_on.wait(30)
        return make_bins(*given)

    monkeypatch.setattr(operators, "make_bins", slow)
    yield began, go_on
    go_on.set()


def statuses(results: Sequence[Result]) -> list[list[str]]:
    return [[row["status"] for row in rows(result)] for result in results]


def test_a_deadline_in_shared_work(shared: Session, stuck: tuple[threading.Event, threading.Event]) -> None:
    late, other = shared.batch([f"{BOTH[0]} WITH (timeout = 1)", BOTH[1]])
    assert statuses([late, other]) == [["timeout", "timeout"], ["ok", "ok"]]


def test_an_interrupt_in_shared_work(shared: Session, stuck: tuple[threading.Event, threading.Event]) -> None:
    def stop() -> None:
        stuck[0].wait(30)
        time.sleep(0.3)
        shared.interrupt()

    thread = threading.Thread(target=stop)
    thread.start()
    (result,) = shared.batch([BOTH[0]])
    thread.join()
    assert statuses([result]) == [["cancelled", "cancelled"]]
    assert result.summary is not None
    assert result.summary.interrupted
    stuck[1].set()
    check(shared, BOTH[0], EXACT)  # the session goes on


def test_an_interrupt_before_the_second_try(shared: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed together is not tried by itself once the batch was stopped."""

    def stop_and_fail(*_given: Any) -> Any:
        shared.interrupt()
        raise MemoryError

    monkeypatch.setattr(operators, "make_bins", stop_and_fail)
    (result,) = shared.batch([BOTH[0]])
    assert statuses([result]) == [["cancelled", "cancelled"]]
