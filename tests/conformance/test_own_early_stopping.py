"""scikit-learn's own early stopping, which sets rows of the training fold aside by itself: what a statement gives of it
is what the library does, and no shorter training is taken from one that may have stopped."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.metrics import get_scorer
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from stratum_sql import Session
from stratum_sql.reference import rows
from tests.engine.oracle import open_session, query_of

CASES: dict[str, tuple[str, str, str, Any]] = {
    "histograms": ("hist_gradient_boosting_regressor(max_iter => [20, 60], early_stopping => true, n_iter_no_change => 2, validation_fraction => 0.2)", "y", "r2", lambda n: HistGradientBoostingRegressor(max_iter=n, early_stopping=True, n_iter_no_change=2, validation_fraction=0.2, random_state=0)),
    "histograms of classes": ("hist_gradient_boosting_classifier(max_iter => [20, 60], early_stopping => true, n_iter_no_change => 2)", "level", "log_loss", lambda n: HistGradientBoostingClassifier(max_iter=n, early_stopping=True, n_iter_no_change=2, random_state=0)),
    "on the training rows": ("hist_gradient_boosting_regressor(max_iter => [20, 60], early_stopping => true, n_iter_no_change => 2, validation_fraction => NULL, tol => 0.2)", "y", "r2", lambda n: HistGradientBoostingRegressor(max_iter=n, early_stopping=True, n_iter_no_change=2, validation_fraction=None, tol=0.2, random_state=0)),
    "boosting": ("gradient_boosting_regressor(n_estimators => [20, 60], n_iter_no_change => 2, validation_fraction => 0.2)", "y", "r2", lambda n: GradientBoostingRegressor(n_estimators=n, n_iter_no_change=2, validation_fraction=0.2, random_state=0)),
    "boosting of classes": ("gradient_boosting_classifier(n_estimators => [20, 60], n_iter_no_change => 2)", "level", "log_loss", lambda n: GradientBoostingClassifier(n_estimators=n, n_iter_no_change=2, random_state=0)),
    "descent": ("sgd_regressor(max_iter => [20, 200], early_stopping => true, n_iter_no_change => 2)", "y", "r2", lambda n: SGDRegressor(max_iter=n, early_stopping=True, n_iter_no_change=2, random_state=0)),
    "descent of classes": ("sgd_classifier(max_iter => [20, 200], early_stopping => true, n_iter_no_change => 2)", "level", "accuracy", lambda n: SGDClassifier(max_iter=n, early_stopping=True, n_iter_no_change=2, random_state=0)),
    "network": ("mlp_regressor(hidden_layer_sizes => (8,), max_iter => [20, 120], learning_rate_init => 0.1, early_stopping => true, n_iter_no_change => 2)", "y", "r2", lambda n: MLPRegressor(hidden_layer_sizes=(8,), learning_rate_init=0.1, max_iter=n, early_stopping=True, n_iter_no_change=2, random_state=0)),
}  # fmt: skip


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with open_session(threads=2) as one:
        yield one


@pytest.mark.parametrize("title", CASES)
def test_the_rounds_are_the_librarys(session: Session, title: str) -> None:
    said, target, metric, make = CASES[title]
    head = "SELECT standard_scale(num) AS num, standard_scale(whole) AS whole, standard_scale(pos) AS pos"
    result = session.sql(f"{head}, {target} FROM t TRAIN MODEL {said} TARGET {target} CROSS VALIDATE 3 METRIC {metric}")
    query = query_of(result)
    read = rows(session.connection, query)
    found = {row["trial"]: row for row in result.arrow().to_pylist()}
    stopped = []
    for trial in query.trials:
        most = next(value for name, value in trial.given.items if name in ("max_iter", "n_estimators"))
        model = make_pipeline(StandardScaler(), make(most))
        scores = []
        for train, test in read.folds:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.fit(read.features.iloc[train].to_numpy(dtype=np.float64), read.target[train])
            scores.append(
                query.metrics[0].sign
                * get_scorer(query.metrics[0].scorer)(
                    model, read.features.iloc[test].to_numpy(dtype=np.float64), read.target[test]
                )
            )
            stopped.append(_rounds(model[-1]) < most)
        np.testing.assert_allclose(found[trial.number]["fold_scores"][metric], scores, rtol=1e-9, atol=1e-12)
    assert any(stopped), "no training stopped early: the case says nothing"


def _rounds(model: Any) -> int:
    return int(model.n_estimators_ if hasattr(model, "n_estimators_") else model.n_iter_)
