"""Transforms inside views, CTEs and macros."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

from pathlib import Path

import pytest

import stratum_sql
from stratum_sql import Session, StratumError

DIRECT = "SELECT standard_scale(a) AS sa, one_hot(c) AS oc, b, y FROM t TRAIN MODEL ridge() TARGET y CROSS VALIDATE 3"
VIEW = "CREATE VIEW v AS SELECT standard_scale(a) AS sa, one_hot(c) AS oc, b, y FROM t"


def scores(session: Session, text: str) -> object:
    return session.sql(text).fetchall()[0][4:7]


def test_a_view_is_what_it_says(session: Session) -> None:
    wanted = scores(session, DIRECT)
    session.sql(VIEW)
    assert scores(session, "SELECT * FROM v TRAIN MODEL ridge() TARGET y CROSS VALIDATE 3") == wanted
    assert scores(session, "FROM v TRAIN MODEL ridge() TARGET y CROSS VALIDATE 3") == wanted
    cte = "WITH c AS (SELECT standard_scale(a) AS sa, one_hot(c) AS oc, b, y FROM t) FROM c TRAIN MODEL ridge() TARGET y CROSS VALIDATE 3"
    assert scores(session, cte) == wanted
    session.sql("CREATE VIEW vv AS SELECT sa, oc, b, y FROM v")
    assert scores(session, "FROM vv TRAIN MODEL ridge() TARGET y CROSS VALIDATE 3") == wanted


def test_a_macro_is_what_it_says(session: Session) -> None:
    session.sql("CREATE MACRO scaled(x) AS standard_scale(impute(x)); CREATE MACRO twice(x) AS scaled(x) * 2")
    plain = "SELECT standard_scale(impute(a)) * 2 AS sa, b, y FROM t TRAIN MODEL ridge() TARGET y CROSS VALIDATE 3"
    assert scores(
        session, "SELECT twice(a) AS sa, b, y FROM t TRAIN MODEL ridge() TARGET y CROSS VALIDATE 3"
    ) == scores(session, plain)


def test_predictions_after_that(session: Session) -> None:
    session.sql(VIEW)
    session.sql(f"{DIRECT} AS direct; FROM v TRAIN MODEL ridge() TARGET y CROSS VALIDATE 3 AS viewed")
    session.sql("CREATE MACRO scaled(x) AS standard_scale(x)")
    session.sql(
        "SELECT scaled(a) AS sa, one_hot(c) AS oc, b, y FROM t TRAIN MODEL ridge() TARGET y CROSS VALIDATE 3 AS by_macro"
    )
    rows = session.sql("SELECT a, b, c FROM t LIMIT 20 PREDICT MODEL direct, viewed, by_macro").fetchall()
    assert len(rows) == 20
    assert all(row[3] == row[4] == row[5] for row in rows)


def test_a_view_with_transforms_read_without_training_says_why(session: Session) -> None:
    session.sql(VIEW)
    session.sql(f"{DIRECT} AS m")
    with pytest.raises(StratumError, match="needs columns that the query does not have: a, c"):
        session.sql("FROM v PREDICT MODEL m")
    for text in ("FROM v", "SELECT sa FROM v"):
        with pytest.raises(StratumError) as caught:
            session.sql(text)
        assert caught.value.diagnostic.code == "needs_training", text
        assert caught.value.diagnostic.hint is not None
    assert session.sql("SELECT y FROM v LIMIT 1").fetchall() == session.sql("SELECT y FROM t LIMIT 1").fetchall()


def test_a_view_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    with stratum_sql.connect(path) as session:
        session.sql(
            "CREATE TABLE t AS SELECT i % 7 AS a, i % 5 AS b, 'c' || i % 3 AS c, i * 1.0 AS y FROM range(60) r(i)"
        )
        session.sql(VIEW)
        session.sql("CREATE MACRO scaled(x) AS standard_scale(x)")
        wanted = scores(session, DIRECT)
    with stratum_sql.connect(path) as session:
        assert scores(session, "FROM v TRAIN MODEL ridge() TARGET y CROSS VALIDATE 3") == wanted
        text = "SELECT scaled(a) AS sa, one_hot(c) AS oc, b, y FROM t TRAIN MODEL ridge() TARGET y CROSS VALIDATE 3"
        assert scores(session, text) == wanted
        assert session.sql("SELECT y FROM v LIMIT 1").fetchall() == [(0,)]


def test_a_users_macro_of_a_transforms_name(session: Session) -> None:
    """In plain SQL it is the user's; in the SELECT list of a TRAIN query the transform's name is ours."""
    session.sql("CREATE MACRO standard_scale(x) AS x + 1000")
    assert session.sql("SELECT standard_scale(1)").fetchall() == [(1001,)]
    ours = scores(
        session, "SELECT standard_scale(a) AS s, y FROM t TRAIN MODEL lasso(alpha => 3) TARGET y CROSS VALIDATE 3"
    )
    session.sql("DROP MACRO standard_scale")
    assert ours == scores(
        session, "SELECT standard_scale(a) AS s, y FROM t TRAIN MODEL lasso(alpha => 3) TARGET y CROSS VALIDATE 3"
    )
