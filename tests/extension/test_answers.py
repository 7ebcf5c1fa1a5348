"""What a stock DuckDB answers to a block is what a session answers, over any table that its transaction sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

import stratum_sql
from tests.extension.conftest import TABLES, opened, planned
from tests.serve.conftest import Running

TRAINED = [
    "SELECT a, b, y FROM t TRAIN MODEL ols() TARGET y",
    "SELECT a, b, y FROM t TRAIN MODEL ridge(alpha => [0.1, 1, 10]), lasso(alpha => 0.1) TARGET y METRIC r2, mae",
    "SELECT standard_scale(ln(a + 1)), one_hot(c) AS town, y FROM t WHERE b > 1 TRAIN MODEL ridge() TARGET y",
    "FROM t SELECT a, b, y TRAIN MODEL ols() TARGET y",
    "FROM (SELECT a, b, y FROM t) TRAIN MODEL ols() TARGET y",
    "WITH u AS (SELECT a * 2 AS a, y FROM t) SELECT a, y FROM u TRAIN MODEL ols() TARGET y",
    "SELECT t.a, u.b, t.y FROM t JOIN t AS u ON t.id = u.id + 1 TRAIN MODEL ols() TARGET t.y",
    "SELECT t.a, weight, y FROM t LEFT JOIN d ON t.c = d.c AND d.a = 1 WHERE weight > 0 TRAIN MODEL ols() TARGET y",
    "SELECT b, weight, y FROM t JOIN d USING (c) TRAIN MODEL ols() TARGET y",
    "SELECT avg(a) AS a, avg(b) AS b, avg(y) AS y FROM t GROUP BY c, id % 7 TRAIN MODEL ols() TARGET y",
    "SELECT DISTINCT a, b, y FROM t TRAIN MODEL ols() TARGET y",
    "SELECT a, b, y FROM t ORDER BY id LIMIT 100 TRAIN MODEL ols() TARGET y",
    "SELECT a, y FROM t UNION ALL SELECT a + 1, y FROM t TRAIN MODEL ols() TARGET y",
    "SELECT a, b, y FROM t TRAIN MODEL ols() TARGET y WEIGHT id CROSS VALIDATE 3 GROUPS c",
    "SELECT a, b, y FROM t TRAIN MODEL ols() TARGET y PARTITION BY c HOLDOUT 0.25 SEED 3",
    "SELECT a, b, y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 4 ORDER BY id",
    "SELECT a, b, y FROM t ORDER BY id DESC TRAIN MODEL ols() TARGET y WITH (keep_order = true)",
    "SELECT choose(a, b, ln(b + 1)) AS x, optional(a), y FROM t TRAIN MODEL ridge(alpha => [1, 2]) TARGET y",
    "SELECT a, b, y FROM t TRAIN MODEL ridge(alpha => choose_float(0.1, 10)) TARGET y SEARCH RANDOM 5 TRIALS",
    "SELECT a, b, y FROM t TRAIN MODEL ridge(alpha => [0.1, 1, 10, 100]) TARGET y SEARCH HALVING",
    "SELECT a, b, y FROM t TRAIN MODEL ridge(alpha => [1, 2], solver => ['svd', 'cholesky']) TARGET y",
    "SELECT a, b, c = 'c1' AS one FROM t TRAIN MODEL logistic_regression() TARGET one METRIC roc_auc, accuracy",
    "FROM train_model((SELECT a, b, y FROM t), model => ridge(alpha => 2), target => y)",
    "SELECT a, b, y FROM t TRAIN MODEL hist_gradient_boosting_regressor(max_iter => 5) TARGET y",
    "FROM (SELECT a, y FROM t TRAIN MODEL ridge(alpha => [0.1, 1]) TARGET y) SELECT trial, params.alpha WHERE rank = 1",
]


@pytest.fixture(scope="module")
def both(shell_engine: Running) -> Iterator[tuple[duckdb.DuckDBPyConnection, stratum_sql.Session]]:
    with opened(shell_engine) as shell, stratum_sql.connect() as session:
        for one in TABLES.split(";")[:-1]:
            session.sql(one)
        yield shell, session


def rows(names: list[str], found: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """What does not depend on the clock."""
    return [{name: value for name, value in zip(names, row, strict=True) if name != "fit_seconds"} for row in found]


def of_shell(shell: duckdb.DuckDBPyConnection, block: str) -> list[dict[str, Any]]:
    result = shell.execute(planned(block))
    names = [one[0] for one in result.description]
    return rows(names, result.fetchall())


def of_session(session: stratum_sql.Session, block: str) -> list[dict[str, Any]]:
    table = session.sql(block).arrow()
    return rows(table.column_names, [tuple(row.values()) for row in table.to_pylist()])


@pytest.mark.parametrize("block", TRAINED)
def test_a_leaderboard_is_the_sessions(both: tuple[duckdb.DuckDBPyConnection, stratum_sql.Session], block: str) -> None:
    """To the last bit: the same rows are in the same folds, and are added up in the same order."""
    shell, session = both
    found, wanted = of_shell(shell, block), of_session(session, block)
    assert found == wanted
    assert len(found) > 0
