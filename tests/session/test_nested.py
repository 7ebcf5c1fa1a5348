"""Queries of models inside statements of DuckDB."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import pytest

import stratum_sql
from stratum_sql import Session, StratumError
from stratum_sql.execute.events import Progress

A = "SELECT a, b, y FROM t TRAIN MODEL ols(), ridge(alpha => [0.1, 100.0]) TARGET y CROSS VALIDATE 3"
B = "SELECT a, y FROM t TRAIN MODEL lasso(alpha => 0.5) TARGET y CROSS VALIDATE 3"


def board(session: Session, query: str) -> list[tuple[object, ...]]:
    """A leaderboard without its timings, which differ from run to run."""
    return session.sql(f"SELECT * EXCLUDE (fit_seconds) FROM ({query})").fetchall()


def test_the_best_is_plain_sql(session: Session) -> None:
    best = session.sql(f"FROM ({A}) WHERE rank = 1").fetchall()
    assert len(best) == 1
    alone = session.sql(A)
    assert best[0][2:6] == alone.fetchall()[0][2:6]
    assert session.sql(f"FROM ({A}) WHERE rank = 1").columns == alone.columns


def test_create_table_insert_copy_and_cte(session: Session, tmp_path: object) -> None:
    session.sql(f"CREATE TABLE lb AS {A}")
    assert session.sql("SELECT count(*), min(rank) FROM lb").fetchall() == [(3, 1)]
    assert session.sql(f"INSERT INTO lb {A}").fetchall() == [(3,)]
    assert session.sql("SELECT count(*) FROM lb").fetchall() == [(6,)]
    session.sql(f"COPY ({A}) TO '{tmp_path}/lb.parquet'")
    assert session.sql(f"SELECT count(*) FROM '{tmp_path}/lb.parquet'").fetchall() == [(3,)]
    rows = session.sql(
        f"WITH lb AS ({A}), best AS (FROM lb WHERE rank = 1) SELECT estimator, trial FROM best"
    ).fetchall()
    assert rows == [session.sql(A).fetchall()[0][2:0:-1]]
    assert (
        session.sql(f"CREATE OR REPLACE TEMP TABLE lb AS FROM ({A}) ORDER BY trial LIMIT 1; FROM lb").fetchall()[0][1]
        == 1
    )


def test_the_core_form_is_the_same(session: Session) -> None:
    core = "FROM train_model((SELECT a, b, y FROM t), model => [ols(), ridge(alpha => [0.1, 100.0])], target => y, cross_validate => 3)"
    assert board(session, A) == board(session, core)
    assert session.sql(f"SELECT count(*) {core} WHERE rank <= 2").fetchall() == [(2,)]
    session.sql(f"{B} AS m")
    sugar = session.sql("FROM t LIMIT 3 PREDICT MODEL m").fetchall()
    assert session.sql("SELECT * FROM predict_model((FROM t LIMIT 3), model => m)").fetchall() == sugar
    assert session.sql("SELECT max(prediction) FROM predict_model((FROM t LIMIT 3), model => m)").fetchall() == [
        (max(row[-1] for row in sugar),)
    ]
    assert (
        session.sql("FROM evaluate_model((FROM t), model => m)").fetchall()
        == session.sql("FROM t EVALUATE MODEL m").fetchall()
    )


def test_several_queries_are_one_batch() -> None:
    done: list[Progress] = []
    with stratum_sql.connect(
        progress=lambda progress: done.append(progress) if progress.phase == "done" else None
    ) as session:
        session.sql("CREATE TABLE t AS SELECT i AS a, i % 7 AS b, i * 2.0 + i % 5 AS y FROM range(200) r(i)")
        rows = session.sql(
            f"SELECT 1 AS q, rank FROM ({A}) UNION ALL SELECT 2, rank FROM ({B}) ORDER BY ALL"
        ).fetchall()
        assert rows == [(1, 1), (1, 2), (1, 3), (2, 1)]
        assert [progress.trials_total for progress in done] == [4]


def test_train_then_predict_in_one_statement(session: Session) -> None:
    rows = session.sql(
        f"SELECT p.id, p.prediction, lb.rank FROM ({B} AS m) AS lb, (SELECT id, a FROM t WHERE id < 3 PREDICT MODEL m) AS p ORDER BY p.id"
    ).fetchall()
    assert [(row[0], row[2]) for row in rows] == [(0, 1), (1, 1), (2, 1)]
    assert [row[1] for row in rows] == [
        row[2] for row in session.sql("SELECT id, a FROM t WHERE id < 3 PREDICT MODEL m").fetchall()
    ]


def test_a_head_may_read_another_answer(session: Session) -> None:
    session.sql(f"{B} AS m")
    stacked = "SELECT prediction, b, y FROM (FROM t PREDICT MODEL m) TRAIN MODEL ols() TARGET y CROSS VALIDATE 3"
    session.sql("CREATE TABLE held AS FROM t PREDICT MODEL m")
    assert board(session, stacked) == board(
        session, "SELECT prediction, b, y FROM held TRAIN MODEL ols() TARGET y CROSS VALIDATE 3"
    )
    over = (
        "WITH p AS (FROM t PREDICT MODEL m) SELECT prediction, b, y FROM p TRAIN MODEL ols() TARGET y CROSS VALIDATE 3"
    )
    assert board(session, over) == board(session, stacked)


def test_heads_see_the_ctes_around_them(session: Session) -> None:
    plain = board(session, "SELECT a, b, y FROM t WHERE id < 200 TRAIN MODEL ols() TARGET y CROSS VALIDATE 3")
    for text in (
        "WITH few AS (FROM t WHERE id < 200) SELECT * FROM (SELECT a, b, y FROM few TRAIN MODEL ols() TARGET y CROSS VALIDATE 3)",
        "WITH few AS (FROM t WHERE id < 200), lb AS (SELECT a, b, y FROM few TRAIN MODEL ols() TARGET y CROSS VALIDATE 3) FROM lb",
        "WITH few AS (FROM t WHERE id < 200) FROM train_model((SELECT a, b, y FROM few), model => ols(), target => y, cross_validate => 3)",
        "WITH few AS (FROM t WHERE id < 200) FROM (WITH more AS (FROM few) SELECT a, b, y FROM more TRAIN MODEL ols() TARGET y CROSS VALIDATE 3)",
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199) FROM (SELECT a, b, y FROM t SEMI JOIN n ON t.id = n.i TRAIN MODEL ols() TARGET y CROSS VALIDATE 3)",
        "WITH lim AS (SELECT 200 AS n) FROM (WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199) SELECT a, b, y FROM t SEMI JOIN n ON t.id = n.i WHERE id < (SELECT n FROM lim) TRAIN MODEL ols() TARGET y CROSS VALIDATE 3)",
    ):
        got = session.sql(f"SELECT * EXCLUDE (fit_seconds) FROM ({text})").fetchall()
        assert [row[4] for row in got] == pytest.approx([row[4] for row in plain], rel=1e-12), text


def test_explain_of_nested(session: Session) -> None:
    for text in (
        f"EXPLAIN FROM ({A}) WHERE rank = 1",
        f"EXPLAIN CREATE TABLE lb AS {A}",
        f"EXPLAIN WITH few AS (FROM t WHERE id < 50) SELECT * FROM (SELECT a, y FROM few TRAIN MODEL ols() TARGET y), ({A})",
        f"EXPLAIN ANALYZE FROM ({A}) WHERE rank = 1",
    ):
        (row,) = session.sql(text).fetchall()
        assert "Train ridge" in row[0] or "Train linear_regression" in row[0]
        assert ("measured" in row[0]) == ("ANALYZE" in text)
    with pytest.raises(StratumError) as caught:
        session.sql("EXPLAIN SELECT prediction, y FROM (FROM t PREDICT MODEL m) TRAIN MODEL ols() TARGET y")
    assert caught.value.diagnostic.code == "not_supported"
    with pytest.raises(StratumError):
        session.sql("FROM lb")


@pytest.mark.parametrize(
    ("text", "code", "line", "word"),
    [
        ("SELECT *\nFROM (SELECT nosuch, y FROM t\nTRAIN MODEL ols() TARGET y)", "unknown_column", 2, "nosuch"),
        ("SELECT *\nFROM (SELECT a, y FROM t\nTRAIN MODEL rigde() TARGET y)", "unknown_estimator", 3, "rigde"),
        ("SELECT nosuch\nFROM (SELECT a, y FROM t TRAIN MODEL ols() TARGET y)", "duckdb_binder", 1, "nosuch"),
        (
            "SELECT x\nFROM (SELECT a, y FROM t TRAIN MODEL ols() TARGET y) JOIN\n  absent ON true",
            "duckdb_catalog",
            3,
            "absent",
        ),
        (
            "WITH few AS (\n SELECT nosuch, y FROM t)\nFROM (SELECT * FROM few TRAIN MODEL ols() TARGET y)",
            "unknown_column",
            2,
            "nosuch",
        ),
        (
            "WITH few AS (FROM t)\nFROM (SELECT nosuch, y FROM few TRAIN MODEL ols() TARGET y)",
            "unknown_column",
            2,
            "nosuch",
        ),
        (
            "WITH few AS (FROM t)\nFROM (SELECT a, y FROM few\nTRAIN MODEL ols() TARGET nosuch)",
            "unknown_column",
            3,
            "nosuch",
        ),
        (
            "WITH few AS (FROM t)\nFROM (SELECT a, y FROM few TRAIN MODEL\n ols(alhpa => 1) TARGET y)",
            "bad_parameter",
            3,
            "alhpa",
        ),
        ("FROM (\nFROM t PREDICT MODEL nosuch)", "unknown_model", 2, "nosuch"),
        (
            "SELECT nosuch, y FROM (\n SELECT a, y FROM t TRAIN MODEL ols() TARGET y) TRAIN MODEL ols() TARGET y",
            "unknown_column",
            1,
            "nosuch",
        ),
    ],
)
def test_errors_inside_point_to_the_users_text(session: Session, text: str, code: str, line: int, word: str) -> None:
    with pytest.raises(StratumError) as caught:
        session.sql(f"SELECT 1;\n{text}")
    told = caught.value.diagnostic
    assert (told.code, told.line) == (code, line + 1), told
    assert told.column is not None
    assert text.split("\n")[line - 1][told.column - 1 :].startswith(word), told
    assert told.snippet is not None
    assert told.snippet.split("\n")[0] == text.split("\n")[line - 1]


def test_nothing_is_left_behind(session: Session) -> None:
    session.sql(f"FROM ({A}), ({B})")
    session.batch([f"SELECT nosuch FROM ({A})"])
    assert session.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall() == []


def test_a_view_cannot_hold_a_query_of_models(session: Session) -> None:
    with pytest.raises(StratumError) as caught:
        session.sql(f"CREATE VIEW v AS FROM ({A})")
    assert caught.value.diagnostic.code == "kept_for_later"


def test_transactions_hold_what_is_nested(session: Session) -> None:
    session.sql(f"BEGIN; CREATE TABLE lb AS {A}; ROLLBACK")
    with pytest.raises(StratumError):
        session.sql("FROM lb")


def test_a_prediction_streams_through_the_statement_around_it(session: Session) -> None:
    """A straight line is part of DuckDB's own query: its rows are the same, and nothing is kept of it."""
    session.sql("SELECT standard_scale(a) AS s, one_hot(c) AS oc, y FROM t TRAIN MODEL ridge() TARGET y AS m")
    wanted = session.sql("SELECT id, c, a FROM t ORDER BY id PREDICT MODEL m AS guess").fetchall()
    inner = "SELECT id, c, a FROM t ORDER BY id PREDICT MODEL m AS guess"
    assert session.sql(f"SELECT * FROM ({inner}) ORDER BY id").fetchall() == wanted
    session.sql(f"CREATE TABLE guessed AS ({inner})")
    assert session.sql("FROM guessed ORDER BY id").fetchall() == wanted
    assert session.sql(f"SELECT count(*) FROM ({inner}) AS one JOIN ({inner}) AS other USING (id)").fetchall() == [
        (300,)
    ]


def test_a_row_that_a_streamed_model_refuses_is_told_as_ever(session: Session) -> None:
    session.sql("SELECT standard_scale(a) AS s, y FROM t TRAIN MODEL ridge() TARGET y AS m")
    with pytest.raises(StratumError, match="NaN") as caught:
        session.sql("CREATE TABLE bad AS (SELECT CASE WHEN id < 5 THEN a END AS a FROM t PREDICT MODEL m)")
    assert caught.value.diagnostic.code == "predict_failed"
    assert session.sql("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'bad'").fetchall() == [(0,)]
