"""Kept models in a stock DuckDB: made, listed, used, let go; and statements that wait for each other."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

import stratum_sql
from tests.extension.conftest import TABLES, opened, planned
from tests.serve.conftest import Running

LINE = "SELECT a, b, y FROM t TRAIN MODEL ridge() TARGET y"
MODELS = {
    "line": LINE,
    "forest": "SELECT a, one_hot(c), y FROM t TRAIN MODEL random_forest_regressor(n_estimators => 3) TARGET y",
    "town": "SELECT a, b, y, c FROM t TRAIN MODEL logistic_regression() TARGET c",
    "near": "SELECT a, b, y FROM t TRAIN MODEL k_neighbors_regressor() TARGET y",
    "parts": "SELECT a, b, y, c FROM t TRAIN MODEL ols() TARGET y PARTITION BY c",
}


@pytest.fixture(scope="module")
def both(shell_engine: Running) -> Iterator[tuple[duckdb.DuckDBPyConnection, stratum_sql.Session]]:
    """A shell and a session, both with the same models over the same rows."""
    with opened(shell_engine) as shell, stratum_sql.connect() as session:
        for one in TABLES.split(";")[:-1]:
            session.sql(one)
        for name, trained in MODELS.items():
            shell.execute(planned(f"CREATE OR REPLACE MODEL {name} AS {trained}")).fetchall()
            session.sql(f"CREATE MODEL {name} AS {trained}")
        yield shell, session


Both = tuple[duckdb.DuckDBPyConnection, stratum_sql.Session]


@pytest.mark.parametrize(
    "block",
    [
        "SELECT id, a, b FROM t PREDICT MODEL line",
        "SELECT id, a, c FROM t WHERE b > 1 PREDICT MODEL forest AS guess",
        "SELECT id, a, b, y FROM t PREDICT MODEL town WITH (probabilities = true)",
        "SELECT id, a, b FROM t PREDICT MODEL near",
        "SELECT id, a, b, c FROM t PREDICT MODEL parts",
        "SELECT id, a, b, c FROM t PREDICT MODEL line, near",
        "FROM (SELECT id, a, b FROM t PREDICT MODEL line) SELECT id, round(prediction, 3) AS p",
    ],
)
def test_predictions_are_the_sessions(both: Both, block: str) -> None:
    shell, session = both
    result = shell.execute(f"{planned(block)} ORDER BY id")
    names = [one[0] for one in result.description]
    wanted = session.sql(f"SELECT * FROM ({block}) ORDER BY id").arrow()
    assert names == wanted.column_names
    for row, expected in zip(result.fetchall(), wanted.to_pylist(), strict=True):
        for value, other in zip(row, expected.values(), strict=True):
            assert value == pytest.approx(other, rel=1e-12) if isinstance(other, float) else value == other


@pytest.mark.parametrize(
    "block",
    [
        "SELECT a, b, y FROM t EVALUATE MODEL line METRIC r2, mae",
        "SELECT a, b, y, c FROM t EVALUATE MODEL town",
        "SELECT a, b, c, y FROM t EVALUATE MODEL line, near TARGET y",
        "SELECT a, b, y FROM t EXPLAIN MODEL line",
        "SELECT a, b, y FROM t EXPLAIN MODEL line USING coefficients()",
        "SELECT a, c, y FROM t EXPLAIN MODEL forest USING importances()",
    ],
)
def test_what_is_said_of_a_model_is_what_the_session_says(both: Both, block: str) -> None:
    shell, session = both
    found, wanted = shell.execute(planned(block)), session.sql(block).arrow()
    assert [one[0] for one in found.description] == wanted.column_names
    # The session's own version is another number: the engine lives on.
    rows = [
        tuple(1 if name == "version" else value for name, value in zip(wanted.column_names, row, strict=True))
        for row in found.fetchall()
    ]
    assert rows == [tuple(row.values()) for row in wanted.to_pylist()]


def test_a_prediction_in_sql_needs_no_engine(shell_engine: Running, both: Both) -> None:
    shell, _ = both
    plan = shell.execute("SELECT stratum_plan('SELECT a, b FROM t PREDICT MODEL line')").fetchall()[0][0]
    assert "stratum_" not in plan.replace("__stratum_head", "")
    assert (
        "stratum_predict("
        in shell.execute("SELECT stratum_plan('SELECT a, b FROM t PREDICT MODEL near')").fetchall()[0][0]
    )


def test_models_are_listed_described_and_dropped(both: Both) -> None:
    shell, _ = both
    shell.execute(planned(f"CREATE MODEL gone AS {LINE}")).fetchall()
    with pytest.raises(duckdb.Error, match='there is a model "gone" already'):
        shell.execute(planned(f"CREATE MODEL gone AS {LINE}")).fetchall()
    assert shell.execute(planned(f"CREATE MODEL IF NOT EXISTS gone AS {LINE}")).fetchall() == []
    listed = shell.execute(
        f"SELECT name, estimator, temporary FROM ({planned('SHOW MODELS')}) WHERE name IN ('gone', 'near')"
    )
    assert listed.fetchall() == [("gone", "ridge", False), ("near", "k_neighbors_regressor", False)]
    shell.execute(planned("PROMOTE MODEL gone@1 TO best_one")).fetchall()
    facts = shell.execute(f"SELECT value FROM ({planned('DESCRIBE MODEL gone')}) WHERE property = 'aliases'").fetchall()
    assert "best_one" in facts[0][0]
    assert shell.execute(planned("DROP MODEL gone")).fetchall() == [("done",)]
    with pytest.raises(duckdb.Error, match='no model "gone"'):
        shell.execute(planned("SELECT a FROM t PREDICT MODEL gone"))
    assert shell.execute(planned("DROP MODEL IF EXISTS gone")).fetchall() == [("done",)]


def test_statements_of_a_batch_wait_and_run_as_one_plan(both: Both) -> None:
    shell, session = both
    blocks = [
        LINE,
        "SELECT a, b, y FROM t TRAIN MODEL lasso(alpha => [0.1, 0.2]) TARGET y METRIC mae",
        "SELECT a, zz FROM t TRAIN MODEL ols() TARGET zz",
    ]
    shell.execute(planned("BEGIN BATCH")).fetchall()
    with pytest.raises(duckdb.Error, match="a batch is open already"):
        shell.execute(planned("BEGIN BATCH"))
    waiting = [shell.execute(planned(block)).fetchall() for block in blocks]
    assert waiting == [[(1, "waiting")], [(2, "waiting")], [(3, "waiting")]]
    result = shell.execute(planned("COMMIT BATCH"))
    names = [one[0] for one in result.description]
    assert names[:5] == ["statement", "model", "trial", "estimator", "params"]
    board = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    assert [(row["statement"], row["rank"], row["status"]) for row in board] == [
        (1, 1, "ok"),
        (2, 1, "ok"),
        (2, 2, "ok"),
        (3, None, "failed"),
    ]
    assert board[0]["r2_mean"] == session.sql(LINE).arrow()["r2_mean"][0].as_py()
    assert board[3]["error"].startswith("unknown_column: ")
    with pytest.raises(duckdb.Error, match="no batch is open"):
        shell.execute(planned("ROLLBACK BATCH"))


def test_a_block_stands_wherever_a_query_may(both: Both) -> None:
    shell, _ = both
    block = planned("SELECT a, b, y FROM u TRAIN MODEL ridge(alpha => [0.1, 1]) TARGET y")
    shell.execute("BEGIN; CREATE TEMP TABLE u AS FROM t; CREATE VIEW boards AS " + planned(LINE))
    made = shell.execute(f"CREATE TEMP TABLE b AS {block}; SELECT count(*), min(rank) FROM b").fetchall()
    assert made == [(2, 1)]
    with_subquery = "SELECT a, y, (SELECT max(weight) FROM d WHERE d.c = u.c) AS w FROM u TRAIN MODEL ols() TARGET y"
    assert shell.execute(f"SELECT status FROM ({planned(with_subquery)})").fetchall() == [("ok",)]
    shell.execute(f"PREPARE again AS SELECT trial FROM ({block}) WHERE rank = $1")
    assert len(shell.execute("EXECUTE again(1)").fetchall()) == 1
    shell.execute("INSERT INTO u SELECT * REPLACE (y * 2 AS y) FROM t")
    before = shell.execute("SELECT r2_mean FROM b WHERE trial = 1").fetchall()
    assert shell.execute(f"SELECT r2_mean FROM ({block}) WHERE trial = 1").fetchall() != before
    assert shell.execute("SELECT estimator FROM boards").fetchall() == [("ridge",)]
    plan = shell.execute(f"EXPLAIN {block}").fetchall()[0][1]
    assert "stratum_fit" in plan
    assert "SCAN" in plan.upper()
    shell.execute("ROLLBACK")
    with pytest.raises(duckdb.Error, match="u does not exist"):
        shell.execute(block)


def test_a_statement_is_the_name_of_a_table(both: Both, shell_engine: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    shell, _ = both
    monkeypatch.setenv("STRATUM_ENGINE", str(shell_engine.folder))
    assert shell.execute(f'SELECT estimator FROM "stratum:{LINE}"').fetchall() == [("ridge",)]
    with pytest.raises(duckdb.Error, match="no estimator"):
        shell.execute(f'FROM "stratum:{LINE.replace("ridge", "rigde")}"')


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("SELECT a, zz FROM t TRAIN MODEL ols() TARGET y", r'BinderException|no column "zz" here'),
        ("SELECT a, y FROM nowhere TRAIN MODEL ols() TARGET y", "nowhere does not exist"),
        ("SELECT a, y FROM t TRAIN MODEL olz() TARGET y", r'no estimator "olz"; did you mean "ols"'),
        ("SELECT a, y FROM t TRAIN MODEL ols() TARGT y", "TARGT"),
        ("SELECT a, y FROM t WHERE false TRAIN MODEL ols() TARGET y", "no rows to learn from"),
        ("SELECT one_hot(c), y FROM t GROUP BY ALL TRAIN MODEL ols() TARGET y", "not beside DISTINCT, GROUP BY"),
        ("SELECT one_hot(c), (SELECT 1) AS x, y FROM t TRAIN MODEL ols() TARGET y", "cannot hold a subquery"),
        ("SELECT a FROM t TRANSFORM MODEL line", "a shell cannot TRANSFORM"),
        ("SELECT a, b FROM t EXPLAIN MODEL line USING shap()", "contributions row by row"),
        ("SELECT a FROM t PREDICT MODEL nobody", 'no model "nobody"'),
        ("SELECT 1", "no statement of models"),
        ("SELECT predict_model('line', a, b) FROM t", "no statement of models"),
    ],
)
def test_what_is_wrong_is_said_at_the_users_words(both: Both, block: str, said: str) -> None:
    shell, _ = both
    with pytest.raises(duckdb.Error, match=said):
        shell.execute(planned(block)).fetchall()
    assert shell.execute("SELECT 1").fetchall() == [(1,)]
