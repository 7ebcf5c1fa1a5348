"""Several targets: one regression of all of them, as scikit-learn's own, or one of its `MultiOutputRegressor`."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Lasso, LinearRegression, MultiTaskLasso, Ridge
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.neighbors import KNeighborsRegressor
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

import stratum_sql
from stratum_sql.errors import StratumError
from stratum_sql.reference import rows
from stratum_sql.session import Session
from tests.engine.oracle import DETERMINISTIC, board, check, open_session, query_of

HEAD = "SELECT standard_scale(num) AS num, impute(holes) AS holes, one_hot(kind) FROM t"
SKLEARN: dict[str, Any] = {
    "ridge(alpha => 0.5)": Ridge(alpha=0.5),
    "ols": LinearRegression(),
    "lasso(alpha => 0.1)": Lasso(alpha=0.1),
    "decision_tree_regressor(max_depth => 3)": DecisionTreeRegressor(max_depth=3, random_state=0),
    "random_forest_regressor(n_estimators => 4)": RandomForestRegressor(n_estimators=4, random_state=0),
    "knn_regressor": KNeighborsRegressor(),
    "svr(C => 2)": MultiOutputRegressor(SVR(C=2)),
    "multi_task_lasso(alpha => 0.1)": MultiTaskLasso(alpha=0.1),
    "regressor_chain(estimator => ridge())": RegressorChain(Ridge()),
}


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with open_session(rows=200, threads=2) as one:
        yield one


@pytest.mark.parametrize("call", SKLEARN)
def test_scores_are_scikit_learns_mean_over_the_targets(session: Session, call: str) -> None:
    """Written out: matrices by pandas, folds by the reference, the uniform average by scikit-learn's functions."""
    result = session.sql(
        f"SELECT num, whole FROM t TRAIN MODEL {call} TARGET y, pos CROSS VALIDATE 3 METRIC r2, mse, mae"
    )
    read = rows(session.connection, query_of(result))
    matrix = read.features.to_numpy()
    assert read.target.shape == (200, 2)
    wanted: dict[str, list[float]] = {"r2": [], "mse": [], "mae": []}
    for train, test in read.folds:
        predicted = clone(SKLEARN[call]).fit(matrix[train], read.target[train]).predict(matrix[test])
        wanted["r2"].append(r2_score(read.target[test], predicted, multioutput="uniform_average"))
        wanted["mse"].append(mean_squared_error(read.target[test], predicted, multioutput="uniform_average"))
        wanted["mae"].append(mean_absolute_error(read.target[test], predicted, multioutput="uniform_average"))
    ((status, scores),) = board(result).values()
    assert status == "ok"
    for name, values in wanted.items():
        np.testing.assert_allclose(scores[name], values, rtol=DETERMINISTIC)


TAILS = {
    "both kinds of estimators": "TRAIN MODEL ridge(alpha => [0.1, 1]), elastic_net, lightgbm_regressor(n_estimators => 4), hist_gradient_boosting_regressor(max_iter => 4), extra_trees_regressor(n_estimators => 3) TARGET y, pos METRIC r2, rmse, explained_variance",
    "three, with weights": "TRAIN MODEL ridge, ols, gradient_boosting_regressor(n_estimators => 3) TARGET y, pos, price WEIGHT importance CROSS VALIDATE 3",
    "groups": "TRAIN MODEL ridge, linear_svr TARGET y, pos CROSS VALIDATE 3 GROUPS grp",
    "the past": "TRAIN MODEL ridge, sgd_regressor TARGET y, pos HOLDOUT 0.3 ORDER BY moment",
    "drawn": "TRAIN MODEL ridge(alpha => choose_float(0.1, 10)), knn_regressor(n_neighbors => choose_int(1, 9)) TARGET y, pos SEARCH RANDOM 4 TRIALS",
}


@pytest.mark.parametrize("title", TAILS)
def test_every_trial_is_scikit_learns(session: Session, title: str) -> None:
    check(session, f"{HEAD} {TAILS[title]}")


def test_a_metric_of_one_target_says_so_and_harms_no_other(session: Session) -> None:
    (row,) = session.sql(f"{HEAD} TRAIN MODEL ridge TARGET y, pos METRIC max_error, r2").arrow().to_pylist()
    assert (row["status"], row["max_error_mean"], row["r2_mean"] > 0) == ("ok", None, True)
    assert row["error"] == "max_error: Multioutput not supported in max_error"


def test_one_target_or_several_in_a_batch_are_each_their_own(session: Session) -> None:
    statements = [
        f"{HEAD} TRAIN MODEL ridge(alpha => [0.1, 1]) TARGET {targets} CROSS VALIDATE 3"
        for targets in ("y", "pos", "y, pos", "pos, y")
    ]
    together = session.run_script("; ".join(f"{one} WITH (rules = {{'reuse_results': false}})" for one in statements))
    assert together[0].summary is not None
    assert together[0].summary.scans == 1
    for statement, result in zip(statements, together, strict=True):
        found, alone = board(result), board(session.sql(f"{statement} WITH (rules = {{'reuse_results': false}})"))
        assert found == alone
    one, other = board(together[2]), board(together[3])
    for number, (_, scores) in one.items():
        np.testing.assert_allclose(scores["r2"], other[number][1]["r2"], rtol=DETERMINISTIC)


def test_halving_and_choices(session: Session) -> None:
    tail = "FROM t TRAIN MODEL ridge(alpha => [0.1, 1, 10, 100]), svr(C => [1, 10]) TARGET y, pos CROSS VALIDATE 3"
    halved = session.sql(f"SELECT num, whole {tail} SEARCH HALVING").arrow().to_pylist()
    assert {row["rung"] for row in halved} == {1, 2}
    chosen = session.sql(f"SELECT num, optional(whole) {tail}").arrow().to_pylist()
    assert len(chosen) == 12
    assert {row["status"] for row in halved + chosen} == {"ok"}


# ---- models ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call", ["ridge", "svr", "lightgbm_regressor(n_estimators => 5)", "random_forest_regressor(n_estimators => 3)"]
)
def test_each_target_has_a_column(session: Session, tmp_path: Path, call: str) -> None:
    """An estimator to each target predicts what it predicts alone; those that take all at once may not."""
    path = tmp_path / "a.duckdb"
    with stratum_sql.connect(str(path), threads=1) as own:
        own.sql(
            "CREATE TABLE p AS SELECT range % 17 AS x, range % 5 AS z, range % 17 * 2.0 AS a, sin(range) AS b FROM range(150)"
        )
        own.sql(f"SELECT x, z FROM p TRAIN MODEL {call} TARGET a, b AS pair")
        for target in "ab":
            own.sql(f"SELECT x, z FROM p TRAIN MODEL {call} TARGET {target} AS only_{target}")
        before = own.sql("FROM p PREDICT MODEL pair, only_a, only_b").arrow()
    with stratum_sql.connect(str(path), threads=1) as own:
        after = own.sql("SELECT x, z FROM p PREDICT MODEL pair AS e").arrow()
        evaluated = own.sql("FROM p EVALUATE MODEL pair METRIC mae").arrow().to_pylist()
        renamed = (
            own.sql("FROM (SELECT x, z, a AS c, b FROM p) EVALUATE MODEL pair TARGET c, b METRIC mae")
            .arrow()
            .to_pylist()
        )
    assert after.column_names == ["x", "z", "e_a", "e_b"]
    for target in "ab":
        assert after[f"e_{target}"].to_pylist() == before[f"pair_prediction_{target}"].to_pylist()
        if not call.startswith("random"):
            np.testing.assert_allclose(after[f"e_{target}"], before[f"only_{target}_prediction"], rtol=1e-9)
    wanted = np.mean([mean_absolute_error(before[target], after[f"e_{target}"]) for target in "ab"])
    assert evaluated[0]["mae"] == pytest.approx(wanted)
    assert renamed == evaluated


def test_a_model_tells_of_all_its_targets(session: Session) -> None:
    session.sql("CREATE OR REPLACE TEMP MODEL two AS SELECT num, whole FROM t TRAIN MODEL ridge TARGET y, price")
    facts = session.sql("DESCRIBE MODEL two").arrow().to_pylist()
    assert [(row["name"], row["type"]) for row in facts if row["property"] == "target"] == [
        ("y", "DOUBLE"),
        ("price", "DECIMAL(10,2)"),
    ]
    assert session.sql("SELECT target FROM show_models() WHERE name = 'two'").fetchall() == [("y, price",)]
    assert len(session.sql("FROM t EXPLAIN MODEL two").arrow()) == 2
    for explainer in ("coefficients()", "shap()"):
        with pytest.raises(StratumError, match="two has several targets"):
            session.sql(f"FROM t EXPLAIN MODEL two USING {explainer}")
    with pytest.raises(StratumError, match="no_probabilities"):
        session.sql("FROM t PREDICT MODEL two WITH (probabilities = true)")
    with pytest.raises(StratumError, match="two has 2 targets: y, price"):
        session.sql("FROM t EVALUATE MODEL two TARGET y")


def test_groups_of_several_targets(session: Session) -> None:
    tail = "TRAIN MODEL ridge(alpha => [0.1, 10]), svr TARGET y, pos CROSS VALIDATE 3"
    whole = session.sql(f"SELECT num, whole FROM t {tail} PARTITION BY kind AS grouped").arrow().to_pylist()
    alone = session.sql(f"SELECT num, whole FROM t WHERE kind = 'Berlin' {tail} AS berlin").arrow().to_pylist()
    assert [row["fold_scores"] for row in whole if row["kind"] == "Berlin"] == [row["fold_scores"] for row in alone]
    head = "FROM (SELECT num, whole, kind::VARCHAR AS kind FROM t WHERE kind = 'Berlin' UNION ALL SELECT 1, 1, 'Rome')"
    found = session.sql(f"{head} PREDICT MODEL grouped, berlin AS p").arrow().to_pylist()
    assert (found[-1]["grouped_p_y"], found[-1]["grouped_p_pos"]) == (None, None)
    for row in found[:-1]:
        assert (row["grouped_p_y"], row["grouped_p_pos"]) == (row["berlin_p_y"], row["berlin_p_pos"])


# ---- what is refused -------------------------------------------------------------------------------------------------

WRONG = {
    "SELECT num FROM t TRAIN MODEL ridge TARGET y, pos SPLIT stratified_k_fold(n_splits => 3)": "STRATIFY is by one target",
    "SELECT num FROM t TRAIN MODEL ridge TARGET y, y": "target_twice.*y stands twice",
    "SELECT num, target_encode(city) FROM t TRAIN MODEL ridge TARGET y, pos": "target_encode learns from one target",
    "SELECT num, standard_scale(pos) AS s FROM t TRAIN MODEL ridge TARGET y, pos": "target_is_feature.*reads the target pos",
    "SELECT num FROM t TRAIN MODEL ridge TARGET y, pos CROSS VALIDATE 3 STRATIFY": "STRATIFY is by one target",
    "SELECT num FROM t TRAIN MODEL ridge TARGET y, city": "target_type.*the target city is no number",
    "SELECT num FROM t TRAIN MODEL ridge TARGET y, holes": "the target holes is NULL in",
    "SELECT num FROM t TRAIN MODEL ridge TARGET y, pos PARTITION BY pos": "pos is a target",
}


@pytest.mark.parametrize("statement", WRONG)
def test_what_cannot_be_is_said_once(session: Session, statement: str) -> None:
    with pytest.raises(StratumError, match=WRONG[statement]):
        session.sql(statement)
