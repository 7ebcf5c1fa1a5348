"""Every rule is run: with it and without it a batch gives the same scores, and with it does less."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from stratum_sql import Session, connect
from stratum_sql.optimizer.pipeline import rule_names
from stratum_sql.results import Result

FEATURES = "one_hot(town), standard_scale(impute(income)) AS income, missing_flag(age) + 1 AS old, age, y"
TREE = "TRAIN MODEL decision_tree_regressor(max_depth => 3) TARGET y"
BOOSTED = "TRAIN MODEL hist_gradient_boosting_regressor(max_iter => 3) TARGET y"
LINE = "SELECT one_hot(town), y FROM people TRAIN MODEL ols() TARGET y"
ROW_WISE = "SELECT missing_flag(age) AS gone, poly(size, fold, 2), y FROM people TRAIN MODEL ols() TARGET y"
HIGH = "SELECT standard_scale(size), y > 8 AS high FROM people"
NEAR = "SELECT ln(i + 1) AS i, size, y FROM people TRAIN MODEL"
LOGS = "ln(i + 1), i % 9, fold"
GROWN = "SELECT size, age, y FROM people TRAIN MODEL"
SPELLED = """
    SELECT income, size, y FROM people WHERE income IS NOT NULL
    TRAIN MODEL ridge(), ridge(alpha => 1.0), ridge(alpha => 1), lasso(alpha => [0.5, 1.0]), lasso(),
                random_forest_regressor(n_estimators => 3, max_features => [1, 1.0]),
                decision_tree_regressor(), decision_tree_regressor(ccp_alpha => 0)
    TARGET y CROSS VALIDATE 3"""
PENALTIES = "TRAIN MODEL ridge(alpha => [0.1, 1, 10]), ols(), lasso(alpha => [0.01, 0.1]) TARGET y CROSS VALIDATE 3"
BATCHES = {
    "filtered_scans": [
        f"SELECT {FEATURES} FROM people {BOOSTED} CROSS VALIDATE 3",
        f"SELECT {FEATURES} FROM people WHERE fold <> 1 {BOOSTED} CROSS VALIDATE 3",
        f"SELECT one_hot(town), age, y FROM people WHERE size > 3 AND fold < 2 {TREE} CROSS VALIDATE 3",
    ],
    "merge_scans": [
        f"SELECT {FEATURES} FROM people {BOOSTED} CROSS VALIDATE 3",
        f"SELECT one_hot(town), age, y FROM people {TREE} CROSS VALIDATE 3",
    ],
    "same_split": [
        f"SELECT {FEATURES} FROM people {TREE} CROSS VALIDATE 3 SHUFFLE",
        f"SELECT {FEATURES} FROM people {TREE} CROSS VALIDATE 3 FOLDS REPEAT 1",
        f"{LINE} CROSS VALIDATE 3 NO SHUFFLE SEED 1 SEED 5",
        f"{LINE} CROSS VALIDATE 3 NO SHUFFLE SEED 2 SEED 5",
        f"{LINE} SPLIT BY fold SEED 3",
        f"{LINE} SPLIT k_fold(n_splits => 3) SEED 3",
    ],
    "row_wise_once": [f"{ROW_WISE} CROSS VALIDATE 3"],
    "unused_seed": [
        f"{query} SPLIT BY fold SEED {seed}"
        for query in (f"SELECT {FEATURES} FROM people {BOOSTED}", LINE)
        for seed in (1, 2)
    ],
    "equal_trials": [SPELLED],
    "merge_scores": [
        f"SELECT size, y FROM people {TREE} METRIC r2",
        f"SELECT size, y FROM people {TREE} METRIC mae, r2",
    ],
    "sufficient_statistics": [
        f"SELECT one_hot(town), standard_scale(impute(income)), size, y FROM people {PENALTIES} METRIC r2, rmse",
        f"SELECT impute(age, 'median') AS age, size, y FROM people {PENALTIES} METRIC mae",
    ],
    "shared_gram": [
        f"SELECT poly(standard_scale(size), 3), one_hot(town), y FROM people {PENALTIES} METRIC r2",
        f"SELECT target_encode(town), size, y FROM people {PENALTIES} METRIC r2, mae",
    ],
    "prefix_components": [
        f"SELECT pca(size, {LOGS}, {count}), y FROM people TRAIN MODEL ridge(), {TREE[12:]} CROSS VALIDATE 3"
        for count in (2, 3, 1)
    ],
    "prefix_training": [
        f"{GROWN} xgboost_regressor(n_estimators => [4, 9]), random_forest_regressor(n_estimators => [3, 6]) TARGET y",
        f"{GROWN} lightgbm_regressor(n_estimators => 3) TARGET y",
        f"{GROWN} lightgbm_regressor(n_estimators => 8) TARGET y",
    ],
    "shared_neighbours": [
        f"{NEAR} knn_regressor(n_neighbors => [1, 3, 7], weights => ['uniform', 'distance']) TARGET y CROSS VALIDATE 3",
        f"{NEAR} knn_regressor(), knn_regressor(n_neighbors => 4, p => 1) TARGET y CROSS VALIDATE 3 METRIC mae, r2",
    ],
    "shared_bins": [
        f"{GROWN} xgboost_regressor(n_estimators => 4, max_depth => [2, 3]) TARGET y CROSS VALIDATE 3",
        f"{GROWN} lightgbm_regressor(num_leaves => [4, 7], min_child_samples => [3, 30]) TARGET y CROSS VALIDATE 3",
    ],
    "train_together": [
        f"{HIGH} TRAIN MODEL logistic_regression(C => [0.1, 1.0]) TARGET high CROSS VALIDATE 3 METRIC log_loss"
    ],
}
# How far scores may be off, relative: every rule moves work about and leaves its numbers alone, but for those that make
# sums in another order. Linear models are as exact as scikit-learn's; where it stops early, so do they.
TOLERANCES = {"sufficient_statistics": 1e-9, "shared_gram": 1e-9, "train_together": 1e-6}
# Operators that a rule adds in each of three folds: what they save is inside the trainings.
ADDED = {"shared_bins": 2 * 3, "prefix_components": 1 * 3, "shared_neighbours": 1 * 3, "train_together": 1 * 3}


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with connect(threads=2) as opened:
        opened.sql(
            "CREATE TABLE people AS SELECT i, nullif((i * 7919) % 61, 5)::DOUBLE AS age, "
            "CASE WHEN i % 7 > 0 THEN (i * 31) % 1009 / 3.0 END AS income, (i * 37) % 101 / 7.0 AS size, "
            "i % 3 AS fold, 'town ' || (i * 17) % 5 AS town, (i * 7919) % 13 * 2.0 + (i * 17) % 5 + sin(i) AS y "
            "FROM range(240) r(i)"
        )
        yield opened


def run(session: Session, rule: str, on: bool) -> list[Result]:
    option = f" WITH (rules = {{'{rule}': {str(on).lower()}}})"
    results = session.batch([text + option for text in BATCHES[rule]])
    for result in results:
        if result.error is not None:
            raise result.error
    return results


def scores(result: Result) -> dict[object, tuple[dict[Any, Any], dict[Any, Any]]]:
    """By trial: what the leaderboard says beside times, and the fold scores."""
    frame = result.df()
    assert (frame.status == "ok").all(), list(frame.error)
    told = frame[
        [name for name in frame.columns if not name.endswith(("_seconds", "_mean", "_std", "_scores", "rank"))]
    ]
    return {
        row["trial"]: ({str(name): value for name, value in said.items()}, dict(row["fold_scores"]))
        for row, said in zip(frame.to_dict("records"), told.astype(str).to_dict("records"), strict=True)
    }


def assert_same(rule: str, got: Result, wanted: Result) -> None:
    found, asked = scores(got), scores(wanted)
    assert found.keys() == asked.keys()
    for trial, (said, folds) in asked.items():
        assert found[trial][0] == said
        for metric, values in folds.items():
            tolerance = TOLERANCES.get(rule, 0.0)
            np.testing.assert_allclose(found[trial][1][metric], values, rtol=tolerance, atol=0)


def test_there_is_a_batch_for_every_rule() -> None:
    assert set(BATCHES) == set(rule_names())


@pytest.mark.parametrize("rule", rule_names())
def test_the_same_scores_for_less_work(session: Session, rule: str) -> None:
    without, with_it = run(session, rule, False), run(session, rule, True)
    for got, wanted in zip(with_it, without, strict=True):
        assert_same(rule, got, wanted)
    used, unused = with_it[0].summary, without[0].summary
    assert used is not None
    assert unused is not None
    if rule == "filtered_scans":  # it reads less, and chooses rows instead
        assert (used.scans, unused.scans) == (1, 3)
    elif rule in ADDED:
        assert used.nodes == unused.nodes + ADDED[rule]
    else:
        assert used.nodes < unused.nodes
    assert used.nodes_unshared == unused.nodes_unshared


def test_a_merged_score_shows_each_statement_its_own_metrics(session: Session) -> None:
    first, second = run(session, "merge_scores", True)
    assert [name for name in first.columns if name.endswith("_mean")] == ["r2_mean"]
    assert [name for name in second.columns if name.endswith("_mean")] == ["mae_mean", "r2_mean"]
    assert list(first.df().fold_scores.iloc[0]) == ["r2"]


def test_another_seed_draws_other_trees(session: Session) -> None:
    """The rule that drops seeds must not touch what draws."""
    texts = [
        f"SELECT income, size, age, y FROM people WHERE income IS NOT NULL AND age IS NOT NULL "
        f"TRAIN MODEL extra_trees_regressor(n_estimators => 3) TARGET y SPLIT BY fold SEED {seed}"
        for seed in (1, 2, 1)
    ]
    first, second, third = (scores(result) for result in session.batch(texts))
    assert first != second
    assert first == third


def test_one_feature_is_not_all_of_them(session: Session) -> None:
    """`1` and `1.0` are one value where a real number stands, and two where a number of features or a share may."""
    result = run(session, "equal_trials", True)[0].df()
    forests = result[result.estimator == "random_forest_regressor"]
    ridges = result[result.estimator == "ridge"]
    assert forests.r2_mean.nunique() == 2
    assert ridges.r2_mean.nunique() == 1
