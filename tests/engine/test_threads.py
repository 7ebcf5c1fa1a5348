"""Threads inside one training: used where workers would be idle, and only where they change no bit of a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stratum_sql.catalog import estimators
from stratum_sql.catalog.estimators import build, estimator, is_same_on_threads
from stratum_sql.execute import operators
from stratum_sql.session import Session
from tests.engine.oracle import DETERMINISTIC, board, check, open_session

SAME = [
    "lightgbm_regressor(n_estimators => 30)",
    "lightgbm_regressor(n_estimators => 30, subsample => 0.7, subsample_freq => 1, colsample_bytree => 0.6)",
    "lightgbm_regressor(n_estimators => 20, extra_trees => true, boosting_type => 'dart')",
    "random_forest_regressor(n_estimators => 12)",
    "extra_trees_regressor(n_estimators => 12, bootstrap => true, oob_score => true)",
]


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The threads inside each training, in their order."""
    asked: list[int] = []

    def noted(spec: Any, params: Any, seed: int, threads: int, *more: Any) -> Any:
        asked.append(threads)
        return build(spec, params, seed, threads, *more)

    monkeypatch.setattr(operators, "build", noted)
    return asked


@pytest.fixture
def session() -> Iterator[Session]:
    with open_session(1_500, threads=3) as opened:
        opened.sql("SET stratum_reuse_results = false")
        yield opened


@pytest.mark.parametrize("model", SAME)
def test_one_training_takes_the_idle_threads_and_is_the_same_model(
    session: Session, threads: list[int], model: str
) -> None:
    sql = f"SELECT num, holes AS h, whole, price, y FROM t TRAIN MODEL {model} TARGET y HOLDOUT 0.3"
    sql = sql.replace("holes AS h", "impute(holes) AS h")
    one = check(session, sql, DETERMINISTIC)
    assert threads == [3]
    with open_session(1_500, threads=1) as alone:
        assert board(alone.sql(sql)) == one


def test_as_many_trainings_as_workers_have_one_thread_each(session: Session, threads: list[int]) -> None:
    session.sql("SELECT num, y FROM t TRAIN MODEL random_forest_regressor(n_estimators => 3) TARGET y CROSS VALIDATE 3")
    assert threads == [1, 1, 1]


def test_the_model_that_is_kept_is_fitted_on_every_thread(session: Session, threads: list[int]) -> None:
    session.sql(
        "SELECT num, y FROM t TRAIN MODEL random_forest_regressor(n_estimators => 3) TARGET y CROSS VALIDATE 3 AS kept"
    )
    assert threads == [1, 1, 1, 3]
    with open_session(1_500, threads=1) as alone:
        alone.sql("SELECT num, y FROM t TRAIN MODEL random_forest_regressor(n_estimators => 3) TARGET y AS kept")
        predicted = "SELECT num FROM t ORDER BY id PREDICT MODEL kept AS p"
        assert session.sql(predicted).fetchall() == alone.sql(predicted).fetchall()


@pytest.mark.parametrize(
    ("name", "params", "same"),
    [
        ("lightgbm_classifier", {}, True),
        ("lightgbm_classifier", {"force_row_wise": True}, False),
        ("lightgbm_classifier", {"deterministic": False}, False),
        ("lightgbm_regressor", {"linear_tree": True}, False),
        ("xgboost_regressor", {}, False),
        ("random_forest_classifier", {}, True),
        ("sgd_classifier", {}, False),
        ("ridge", {}, False),
    ],
)
def test_what_gives_the_same_bits(name: str, params: dict[str, Any], same: bool) -> None:
    spec = estimator(name)
    assert spec is not None
    assert is_same_on_threads(spec, params) is same


def test_a_fitted_model_predicts_in_one_thread() -> None:
    for name in ("lightgbm_regressor", "random_forest_regressor"):
        spec = estimator(name)
        assert spec is not None
        model = build(spec, {"n_estimators": 3}, 0, 2).fit([[float(i)] for i in range(60)], list(range(60)))
        assert estimators.for_prediction(model).n_jobs == 1
