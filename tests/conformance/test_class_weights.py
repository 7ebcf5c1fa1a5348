"""Class weights and ensembles from statement to score, kept model and prediction: those of the libraries, by hand.

The models here are written as a person would write them, over the target's own labels where the library takes these.
"""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import lightgbm
import numpy as np
import pytest
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier, SGDClassifier
from sklearn.metrics import get_scorer
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from stratum_sql import Session
from stratum_sql.errors import StratumError
from stratum_sql.reference import rows
from tests.engine.oracle import open_session, query_of

COLUMNS = "num, whole, pos"
LEVELS: dict[Any, float] = {"hi": 2, "lo": 0.5, "mid": 3}
CODES = dict(enumerate(LEVELS.values()))  # of the sorted labels, for models that see codes inside an ensemble
SAID = "{'lo': 0.5, 'mid': 3, 'hi': 2}"
LATE = {False: 1.0, True: 4.0}
QUIET: dict[str, Any] = {"verbosity": -1, "n_jobs": 1, "deterministic": True, "random_state": 0}

Case = tuple[str, str, Any, str]  # estimator, target, the model by hand, metric
LEVEL_CASES: dict[str, Case] = {
    "logistic": (f"logistic_regression(class_weight => {SAID})", "level", LogisticRegression(class_weight=LEVELS), "log_loss"),
    "logistic, balanced": ("logistic_regression(class_weight => 'balanced')", "level", LogisticRegression(class_weight="balanced"), "log_loss"),
    "tree": (f"decision_tree_classifier(max_depth => 4, class_weight => {SAID})", "level", DecisionTreeClassifier(max_depth=4, class_weight=LEVELS, random_state=0), "log_loss"),
    "forest, by sample": ("random_forest_classifier(n_estimators => 6, class_weight => 'balanced_subsample')", "level", RandomForestClassifier(6, class_weight="balanced_subsample", random_state=0), "balanced_accuracy"),
    "extra trees": (f"extra_trees_classifier(n_estimators => 6, max_depth => 5, class_weight => {SAID})", "level", ExtraTreesClassifier(6, max_depth=5, class_weight=LEVELS, random_state=0), "log_loss"),
    "vectors": (f"svc(class_weight => {SAID})", "level", SVC(class_weight=LEVELS, random_state=0), "balanced_accuracy"),
    "linear vectors": (f"linear_svc(class_weight => {SAID}, max_iter => 20000)", "level", LinearSVC(class_weight=LEVELS, max_iter=20000, random_state=0), "balanced_accuracy"),
    "ridge": (f"ridge_classifier(class_weight => {SAID})", "level", RidgeClassifier(class_weight=LEVELS, random_state=0), "balanced_accuracy"),
    "descent": (f"sgd_classifier(class_weight => {SAID})", "level", SGDClassifier(class_weight=LEVELS, random_state=0), "balanced_accuracy"),
    "histograms": (f"hist_gradient_boosting_classifier(max_iter => 8, class_weight => {SAID})", "level", HistGradientBoostingClassifier(max_iter=8, class_weight=CODES, random_state=0), "log_loss"),
    "lightgbm": (f"lightgbm_classifier(n_estimators => 8, class_weight => {SAID})", "level", lightgbm.LGBMClassifier(n_estimators=8, class_weight=LEVELS, **QUIET), "log_loss"),
    "lightgbm, balanced": ("lightgbm_classifier(n_estimators => 8, class_weight => 'balanced')", "level", lightgbm.LGBMClassifier(n_estimators=8, class_weight="balanced", **QUIET), "log_loss"),
    "some classes": ("logistic_regression(class_weight => {'mid': 3})", "level", LogisticRegression(class_weight={"mid": 3}), "log_loss"),
    "two classes": ("logistic_regression(class_weight => {'true': 4, 'false': 1})", "late", LogisticRegression(class_weight=LATE), "log_loss"),
    "two classes, lightgbm": ("lightgbm_classifier(n_estimators => 8, class_weight => {'true': 4})", "late", lightgbm.LGBMClassifier(n_estimators=8, class_weight={True: 4}, **QUIET), "log_loss"),
    "numbers as classes": ("decision_tree_classifier(max_depth => 4, class_weight => {'0': 2, '3': 5})", "part", DecisionTreeClassifier(max_depth=4, class_weight={0: 2, 3: 5}, random_state=0), "log_loss"),
    "votes": (
        f"voting_classifier(estimators => (logistic_regression(class_weight => {SAID}), decision_tree_classifier(max_depth => 3, class_weight => 'balanced'), knn_classifier()))",
        "level",
        VotingClassifier([("a", LogisticRegression(class_weight=CODES)), ("b", DecisionTreeClassifier(max_depth=3, class_weight="balanced", random_state=0)), ("c", KNeighborsClassifier())]),
        "balanced_accuracy",
    ),
    "votes of probabilities": (
        f"voting_classifier(estimators => (logistic_regression(), lightgbm_classifier(n_estimators => 5, class_weight => {SAID})), voting => 'soft', weights => (1, 2))",
        "level",
        VotingClassifier([("a", LogisticRegression()), ("b", lightgbm.LGBMClassifier(n_estimators=5, class_weight=CODES, **QUIET))], voting="soft", weights=(1, 2)),
        "log_loss",
    ),
    "stacked": (
        f"stacking_classifier(estimators => (decision_tree_classifier(max_depth => 3, class_weight => {SAID}), knn_classifier()), final_estimator => logistic_regression(class_weight => {SAID}), cv => 3)",
        "level",
        StackingClassifier([("a", DecisionTreeClassifier(max_depth=3, class_weight=CODES, random_state=0)), ("b", KNeighborsClassifier())], LogisticRegression(class_weight=CODES), cv=3),
        "log_loss",
    ),
}  # fmt: skip
NUMBER_CASES: dict[str, Case] = {
    "mean of numbers": ("voting_regressor(estimators => (ols(), knn_regressor(n_neighbors => 7), decision_tree_regressor(max_depth => 3)), weights => (3, 1, 1))", "y", VotingRegressor([("a", LinearRegression()), ("b", KNeighborsRegressor(7)), ("c", DecisionTreeRegressor(max_depth=3, random_state=0))], weights=(3, 1, 1)), "r2"),
    "stacked numbers": ("stacking_regressor(estimators => (ridge(alpha => 2), decision_tree_regressor(max_depth => 3)), final_estimator => ridge(alpha => 0.5), cv => 3, passthrough => true)", "y", StackingRegressor([("a", Ridge(2)), ("b", DecisionTreeRegressor(max_depth=3, random_state=0))], Ridge(0.5), cv=3, passthrough=True), "r2"),
}  # fmt: skip
CASES = LEVEL_CASES | NUMBER_CASES


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with open_session(threads=2) as one:
        yield one


@pytest.mark.parametrize("title", CASES)
@pytest.mark.parametrize("weight", ["", "importance"])
def test_scores_and_predictions_are_the_librarys_own(session: Session, title: str, weight: str) -> None:
    said, target, model, metric = CASES[title]
    if weight and ("knn" in said or "votes" in title):
        pytest.skip("neighbours take no weights")
    clause = f"WEIGHT {weight}" if weight else ""
    text = f"SELECT {COLUMNS}, {target} FROM t TRAIN MODEL {said} TARGET {target} {clause} METRIC {metric} AS m"
    result = session.sql(text)
    (row,) = result.arrow().to_pylist()
    assert row["status"] == "ok", row["error"]
    query = query_of(result)
    read = rows(session.connection, query)
    labels = read.target if read.labels is None else np.asarray(read.labels, dtype=object)[read.target.astype(int)]
    labels = np.asarray(labels.tolist())
    features = read.features.to_numpy(dtype=np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = [_score(model, features, labels, read.weight, fold, query.metrics[0]) for fold in read.folds]
        np.testing.assert_allclose(row["fold_scores"][metric], scores, rtol=1e-9, atol=1e-12)
        whole = model.fit(features, labels, **({} if read.weight is None else {"sample_weight": read.weight}))
        table = session.sql(f"SELECT {COLUMNS} FROM t ORDER BY id PREDICT MODEL m AS said").arrow()
        given = np.column_stack([table.column(name).to_numpy() for name in ("num", "whole", "pos")]).astype(np.float64)
        expected = whole.predict(given)
    found = table.column("said").to_pylist()
    if target == "y":
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    else:
        assert found == expected.tolist()


def _score(model: Any, features: Any, labels: Any, weight: Any, fold: Any, metric: Any) -> float:
    train, test = fold
    fitted = model.fit(features[train], labels[train], **({} if weight is None else {"sample_weight": weight[train]}))
    told = {} if weight is None else {"sample_weight": weight[test]}
    return float(metric.sign * get_scorer(metric.scorer)(fitted, features[test], labels[test], **told))


@pytest.mark.parametrize("title", ["logistic", "tree", "lightgbm", "votes of probabilities", "stacked"])
def test_a_weight_changes_the_model(session: Session, title: str) -> None:
    said, target, _, metric = CASES[title]
    head = f"SELECT {COLUMNS}, {target} FROM t TRAIN MODEL"
    other = said.replace("'mid': 3", "'mid': 30")
    assert other != said
    scores = [
        session.sql(f"{head} {one} TARGET {target} METRIC {metric}").arrow().to_pylist()[0] for one in (said, other)
    ]
    assert scores[0]["fold_scores"] != scores[1]["fold_scores"]


def test_weights_are_candidates(session: Session) -> None:
    text = f"SELECT {COLUMNS}, level FROM t TRAIN MODEL logistic_regression(class_weight => [NULL, 'balanced', {SAID}]) TARGET level METRIC log_loss"
    table = session.sql(text).arrow().to_pylist()
    alone = {
        number: session.sql(text.replace(f"[NULL, 'balanced', {SAID}]", one)).arrow().to_pylist()[0]["log_loss_mean"]
        for number, one in enumerate(("NULL", "'balanced'", SAID), 1)
    }
    assert {row["trial"]: row["log_loss_mean"] for row in table} == pytest.approx(alone, rel=1e-9)


@pytest.mark.parametrize(
    "said",
    [
        "logistic_regression(class_weight => {'middle': 3})",
        "voting_classifier(estimators => (logistic_regression(class_weight => {'middle': 3}), knn_classifier()))",
        "lightgbm_classifier(class_weight => {'middle': 3})",
    ],
)
def test_a_label_that_is_no_class_is_told_of(session: Session, said: str) -> None:
    (row,) = session.sql(f"SELECT {COLUMNS}, level FROM t TRAIN MODEL {said} TARGET level").arrow().to_pylist()
    assert row["status"] == "failed"
    assert "middle" in row["error"]
    with pytest.raises(StratumError, match="middle"):
        session.sql(f"CREATE MODEL w AS SELECT {COLUMNS}, level FROM t TRAIN MODEL {said} TARGET level")
