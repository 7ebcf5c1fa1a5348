"""`Session.check`: every independent mistake at its place, nothing run, and no false alarm."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from stratum_sql import Session, StratumError

WRONG = {
    "SELECT a, nope, y FROM t TRAIN MODEL rigde(), lasso(alpa => 1) TARGET y": [("unknown_column", 11), ("unknown_estimator", 38), ("bad_parameter", 53)],
    "SELECT a, y FROM t TRAIN MODEL ridge() TARGET yy WEIGHT ww CROSS VALIDATE 3 GROUPS gg METRIC accurate WITH (timeot = 1)": [
        ("unknown_column", 47), ("unknown_column", 57), ("unknown_column", 84), ("unknown_metric", 94), ("unknown_option", 109)],
    "SELECT a, c, y FROM t TRAIN MODEL ridge() TARGET y": [("not_a_number", 11)],
    "SELECT a, y FROM t TRAIN MODEL ridge()": [("no_target", 20)],
    "SELECT a, y FROM t TRAIN MODEL ridge(), logistic_regression() TARGET y": [("mixed_tasks", 41)],
    "FROM t PREDICT MODEL m; DESCRIBE MODEL n; DROP MODEL o; DROP MODEL IF EXISTS p": [("unknown_model", 22), ("unknown_model", 40), ("unknown_model", 54)],
    "SELECT nope FROM t EVALUATE MODEL m": [("unknown_model", 35), ("unknown_column", 8)],
    "FROM t TRAIN MODEL": [("expected", 19)],
    "SELECT * FROM (SELECT a, y FROM t TRAIN MODEL rigde TARGET y) WHERE rank = 1": [("unknown_estimator", 47)],
    "EXPLAIN SELECT a, y FROM t TRAIN MODEL ridge(alpha => -1) TARGET y": [("bad_parameter", 46)],
    "SELECT a FRM t b": [("syntax", 14)],
    "SELECT nope FROM t; SELECT a FROM nowhere; SELECT nosuch(a) FROM t": [("unknown_column", 8), ("unknown_table", 35), ("unknown_function", 51)],
    "INSERT INTO nowhere VALUES (1)": [("unknown_table", 1)],
    "UPDATE t SET nope = 1": [("duckdb_binder", 1)],
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_every_mistake_is_told_at_its_place(session: Session, text: str) -> None:
    (checked,) = session.check(text)
    assert [(one.code, one.column) for one in checked.diagnostics] == WRONG[text]
    assert checked.errors == len(WRONG[text])


def test_the_first_mistake_is_the_one_that_running_tells(session: Session) -> None:
    for text in WRONG:
        if ";" in text or "MODEL" not in text:  # DuckDB's own statements are told in its own words where they run
            continue
        with pytest.raises(StratumError) as caught:
            session.sql(text)
        assert caught.value.diagnostic in session.check(text)[0].diagnostics


def test_nothing_is_run_or_kept(session: Session) -> None:
    (checked,) = session.check(
        "CREATE TABLE made AS SELECT 1 AS a; SELECT a, y FROM t TRAIN MODEL ridge TARGET y AS m; DROP MODEL m; DELETE FROM t"
    )
    assert checked.errors == 0
    assert session.sql("SELECT count(*) FROM t").fetchall() == [(300,)]
    assert session.sql("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'made'").fetchall() == [(0,)]
    assert session.sql("SHOW MODELS LIKE '%'").fetchall() == []


def test_what_a_statement_before_may_make_is_a_warning(session: Session) -> None:
    text = "CREATE TABLE u AS FROM t; SELECT a, y FROM u TRAIN MODEL rigde TARGET y; FROM t PREDICT MODEL k"
    (checked,) = session.check(text)
    assert [(one.severity, one.code) for one in checked.diagnostics] == [
        ("warning", "unknown_table"),
        ("error", "unknown_estimator"),
        ("warning", "unknown_model"),
    ]
    assert checked.statements == 3


def test_warnings_of_good_statements_are_told(session: Session) -> None:
    (checked,) = session.check("SELECT a, y + 1 AS leak, y FROM t TRAIN MODEL ridge TARGET y")
    assert [(one.severity, one.code) for one in checked.diagnostics] == [("warning", "target_leak")]
    assert checked.errors == 0


def test_the_callers_variables_are_seen(session: Session) -> None:
    frame = pd.DataFrame({"q": [1.0, 2.0], "z": [1.0, 2.0]})
    good, bad = session.check(
        ["SELECT q, z FROM frame TRAIN MODEL ridge TARGET z", "SELECT p, z FROM frame TRAIN MODEL ridge TARGET z"]
    )
    assert len(frame) == 2
    assert good.diagnostics == ()
    assert [one.code for one in bad.diagnostics] == ["unknown_column"]


def test_one_text_says_nothing_of_another(session: Session) -> None:
    found = session.check(["CREATE TABLE u AS FROM t", "SELECT a, y FROM u TRAIN MODEL ridge TARGET y", "SELECT 1"])
    assert [one.errors for one in found] == [0, 1, 0]


RIGHT = [
    "SET VARIABLE k = 3; SELECT $k AS x",
    "PIVOT t ON c USING sum(a)",
    "FROM t SELECT c, count(*) GROUP BY ALL",
    "DESCRIBE SELECT 1; SHOW TABLES; CALL pragma_version(); PRAGMA version",
    "WITH gone AS (DELETE FROM t RETURNING a) SELECT * FROM gone",
    "CREATE TABLE u AS SELECT 1 AS one; INSERT INTO t SELECT * FROM t LIMIT 0",
    "BEGIN; COMMIT; PREPARE p AS SELECT ?; EXECUTE p(1)",
    "-- nothing",
]


@pytest.mark.parametrize("text", RIGHT)
def test_statements_of_duckdb_are_bound_and_not_run(session: Session, text: str) -> None:
    (checked,) = session.check(text)
    assert checked.diagnostics == ()
    assert session.sql("SELECT count(*) FROM t").fetchall() == [(300,)]


def test_what_a_statement_of_duckdb_makes_may_be_there_later(session: Session, tmp_path: Path) -> None:
    text = f"COPY (SELECT 1 AS x) TO '{tmp_path}/x.csv'; FROM '{tmp_path}/x.csv'; FROM other.z; FROM u; SELECT a b c FROM t"
    (checked,) = session.check(text)
    told = [(one.severity, one.code) for one in checked.diagnostics]
    assert told == [
        ("warning", "duckdb_io"), ("warning", "duckdb_catalog"), ("warning", "unknown_table"), ("error", "syntax")
    ]  # fmt: skip
    assert not (tmp_path / "x.csv").exists()


def test_a_select_makes_nothing(session: Session) -> None:
    (checked,) = session.check("SELECT 1; SELECT a b c; FROM nowhere TRAIN MODEL ridge TARGET y")
    assert [(one.severity, one.code) for one in checked.diagnostics] == [
        ("error", "syntax"),
        ("error", "unknown_table"),
    ]
