"""The same statement gives the same folds and scores, bit for bit: whatever the threads, the order of rows, the batch."""
# ruff: noqa: E501  # a statement stays on one line

from __future__ import annotations

import random

import pytest

from stratum_sql.results import Result
from stratum_sql.session import Session
from tests.engine.oracle import board, open_session

STATEMENTS = [
    "SELECT one_hot(city), standard_scale(num), impute(holes) AS h, y FROM t TRAIN MODEL ridge, decision_tree_regressor(max_depth => 4) TARGET y",
    "SELECT target_encode(city), tfidf(comment, max_features => 5) AS w, y FROM t TRAIN MODEL random_forest_regressor(n_estimators => 5) TARGET y",
    "SELECT num, pos, holes, y FROM t TRAIN MODEL hist_gb_regressor(max_iter => 5), lightgbm_regressor(n_estimators => 5), xgboost_regressor(n_estimators => 5) TARGET y",
    "SELECT num, text_svd(city, 3), level FROM t TRAIN MODEL logistic_regression, knn_classifier, gaussian_nb TARGET level METRIC log_loss",
    "SELECT num, price, late FROM t TRAIN MODEL mlp_classifier(max_iter => 5, hidden_layer_sizes => (5,)), sgd_classifier(max_iter => 9) TARGET late METRIC accuracy",
    "SELECT num, q.whole AS other, y FROM t JOIN (SELECT id, whole FROM t ORDER BY hash(id)) AS q USING (id) TRAIN MODEL ridge TARGET y CROSS VALIDATE 3",
    # averages of doubles: their last bits depend on DuckDB's threads
    "WITH c AS (SELECT grp, avg(num) AS mean, sum(pos) AS total FROM t GROUP BY grp) SELECT standard_scale(whole), mean, y FROM t JOIN c USING (grp) WHERE total > 0 TRAIN MODEL decision_tree_regressor(max_depth => 3) TARGET y",
    "SELECT DISTINCT whole, length(city) AS n, part AS y FROM t TRAIN MODEL hist_gb_regressor(max_iter => 4) TARGET y METRIC mae HOLDOUT 0.3",
    "SELECT num, y FROM t TRAIN MODEL ridge TARGET y CROSS VALIDATE 3 ORDER BY day",
    "SELECT num, y FROM t TRAIN MODEL ridge TARGET y CROSS VALIDATE 2 REPEAT 2 SEED 9",
]  # fmt: skip
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def shown(results: list[Result]) -> list[str]:
    """Status and scores, every bit."""
    return [repr(result.error) if result.error else repr(board(result)) for result in results]


@pytest.fixture(scope="module")
def wanted() -> list[str]:
    with open_session(400, threads=1) as session:
        found = shown(session.batch(STATEMENTS))
    assert all("'ok'" in one and "nan" not in one for one in found), found
    return found


@pytest.mark.parametrize("threads", [1, 2])
def test_runs_and_threads(wanted: list[str], threads: int) -> None:
    with open_session(400, threads=threads) as session:
        assert shown(session.batch(STATEMENTS)) == wanted
        assert shown(session.batch(STATEMENTS)) == wanted


@pytest.mark.parametrize("order", ["hash(id, 3)", "id DESC", "y, num"])
def test_the_order_of_rows_in_the_table(wanted: list[str], order: str) -> None:
    with open_session(400, threads=2) as session:
        session.sql(f"CREATE OR REPLACE TABLE t AS FROM t ORDER BY {order}")
        assert shown(session.batch(STATEMENTS)) == wanted


def test_the_order_of_statements(wanted: list[str]) -> None:
    order = list(range(len(STATEMENTS)))
    random.Random(1).shuffle(order)
    with open_session(400, threads=2) as session:
        found = shown(session.batch([STATEMENTS[index] for index in order]))
    assert [found[order.index(index)] for index in range(len(order))] == wanted


def folds(session: Session, sql: str) -> list[tuple[int, tuple[int, ...]]]:
    """The folds that hold out each row, by the row's id."""
    result = session.sql(f"{sql} WITH (return_folds = true)")
    assert result.folds is not None
    rows = result.folds.select(["id", "held_out"]).to_pylist()
    return sorted((row["id"], tuple(row["held_out"])) for row in rows)


@pytest.mark.parametrize(
    "split", ["", "CROSS VALIDATE 3 SEED 4", "HOLDOUT 0.2 REPEAT 2", "CROSS VALIDATE 3 GROUPS grp", "SPLIT BY side"]
)
def test_folds_belong_to_the_rows(split: str) -> None:
    """Every row is held out in the same folds, in whatever order the table, a join or a view gives it."""
    sql = "SELECT id, num, y FROM {} TRAIN MODEL ols TARGET y " + split
    with open_session(300, threads=2) as session:
        first = folds(session, sql.format("t"))
        session.sql("CREATE OR REPLACE TABLE t AS FROM t ORDER BY hash(id, 9)")
        assert folds(session, sql.format("t")) == first
        assert folds(session, sql.format("(FROM t ORDER BY pos)")) == first
        assert folds(session, sql.format("t") + " METRIC mae") == first


def test_folds_do_not_hang_on_the_last_bits_of_doubles() -> None:
    """A sum of doubles may come out an ulp higher on other threads: the row keeps its folds."""
    sql = "SELECT id, num, pos, y FROM t TRAIN MODEL ols TARGET y"
    with open_session(300, threads=2) as session:
        first = folds(session, sql)
        ulp = "(1 + 2.0::DOUBLE ** -52)"
        session.sql(f"UPDATE t SET num = num * {ulp}, y = y * {ulp} WHERE id % 3 = 0")
        assert folds(session, sql) == first


def test_a_kept_model_predicts_the_same(session: Session) -> None:
    found = []
    for threads in (1, 2):
        with open_session(300, threads=threads) as one:
            one.sql(f"{STATEMENTS[0]} AS m")
            found.append(one.sql("SELECT id, city, num, holes FROM t ORDER BY id PREDICT MODEL m").fetchall())
    assert found[0] == found[1]
