"""A script with nothing of ours in it is DuckDB's: the same rows, types, names and errors as from DuckDB itself."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import stratum_sql
from stratum_sql import StratumError
from stratum_sql.session import DatabaseError

SCRIPTS = [
    ["SELECT 1"],
    ["SELECT 1 AS a, 'x' AS a, NULL AS \"B c\""],
    ["SELECT 42::HUGEINT, 1.50::DECIMAL(9,2), DATE '2020-02-29', TIMESTAMP '2020-01-01 01:02:03.5', INTERVAL 3 DAY"],
    ["SELECT [1, 2], {'a': 1, 'b': [NULL]}, MAP {'k': 1}, 'a'::BLOB, uuid('00000000-0000-0000-0000-000000000001')"],
    ["VALUES (1, 'a'), (2, NULL)"],
    ["FROM range(3)"],
    ["FROM range(3) SELECT range * 2 AS d ORDER BY d DESC"],
    ["SELECT * FROM range(0)"],
    ["SELECT CAST(x AS VARCHAR), list(x) FROM range(3) t(x) GROUP BY ALL ORDER BY ALL"],
    ["WITH train AS (SELECT 1 AS model) SELECT model FROM train"],
    ["SELECT 1 AS train, 2 AS model, 3 AS predict, 4 AS evaluate"],
    ["CREATE TABLE model (train INTEGER)", "INSERT INTO model VALUES (1), (2)", "FROM model", "SELECT train FROM model m"],
    ["CREATE TABLE train AS SELECT 1 AS x", "SELECT * FROM train model", "SELECT model.x FROM train model"],
    ["CREATE TABLE predict (model INTEGER DEFAULT 7)", "INSERT INTO predict DEFAULT VALUES", "TABLE predict"],
    ["CREATE TABLE train_model (x INTEGER)", "INSERT INTO train_model (x) VALUES (1), (2)", "FROM train_model AS show_models(a)",
     "PREPARE predict_model AS SELECT x + $1 AS y FROM train_model", "EXECUTE predict_model(40)", "FROM (FROM train_model) drop_model(z)"],
    ["SELECT 1::VARCHAR AS \"TRAIN MODEL\", 'x TRAIN MODEL ols() TARGET y' AS s -- PREDICT MODEL m"],
    ["SELECT 1 /* TRAIN MODEL */ + 1; SELECT $$ TRAIN MODEL $$;"],
    ["SELECT 1; SELECT 2; SELECT 3"],
    [";;;"],
    [""],
    ["-- nothing\n/* at all */"],
    ["CREATE TABLE t (i INTEGER PRIMARY KEY, s VARCHAR)", "INSERT INTO t VALUES (1, 'a')", "INSERT INTO t VALUES (1, 'b')", "FROM t"],
    ["CREATE TABLE t AS SELECT range AS i FROM range(5)", "UPDATE t SET i = i * 2 WHERE i > 2", "DELETE FROM t WHERE i = 8", "FROM t"],
    ["CREATE TABLE t (i INTEGER)", "INSERT INTO t VALUES (3), (1) RETURNING i + 1 AS j", "FROM t"],
    ["CREATE TABLE t (i INTEGER UNIQUE, n INTEGER)", "INSERT INTO t VALUES (1, 1)",
     "INSERT INTO t VALUES (1, 5) ON CONFLICT (i) DO UPDATE SET n = excluded.n", "FROM t"],
    ["CREATE TABLE t (i INTEGER)", "BEGIN", "INSERT INTO t VALUES (1)", "ROLLBACK", "SELECT count(*) FROM t"],
    ["CREATE TABLE t (i INTEGER)", "BEGIN TRANSACTION", "INSERT INTO t VALUES (1)", "COMMIT", "SELECT count(*) FROM t"],
    ["BEGIN", "SELECT error('stop')", "SELECT 1", "COMMIT", "SELECT 2"],
    ["BEGIN", "SELECT error('stop')", "SELECT 1", "ROLLBACK", "SELECT 2"],
    ["BEGIN", "BEGIN", "ROLLBACK"],
    ["ROLLBACK"],
    ["CREATE TEMP TABLE t AS SELECT 1 AS i", "FROM t", "FROM temp.t", "DROP TABLE t", "FROM t"],
    ["CREATE TABLE t AS SELECT 1 AS i", "CREATE TEMP TABLE t AS SELECT 2 AS i", "FROM t", "FROM memory.t"],
    ["SET VARIABLE v = 3", "SELECT getvariable('v') + 1"],
    ["SET default_null_order = 'nulls_first'", "FROM (VALUES (1), (NULL)) t(x) ORDER BY x"],
    ["SET no_such_setting = 1"],
    ["SELECT current_setting('errors_as_json'), current_setting('threads')"],
    ["RESET default_order", "SELECT current_setting('default_order')"],
    ["PRAGMA database_list"],
    ["CREATE TABLE t (i INTEGER)", "PRAGMA table_info('t')", "CALL pragma_table_info('t')", "FROM pragma_table_info('t')"],
    ["PRAGMA no_such_pragma"],
    ["CREATE VIEW v AS SELECT 1 AS x, 2 AS y", "FROM v", "SELECT sql FROM duckdb_views() WHERE NOT internal", "DROP VIEW v", "FROM v"],
    ["CREATE MACRO add_one(x) AS x + 1", "SELECT add_one(2)", "CREATE MACRO rows_of(n) AS TABLE FROM range(n)", "FROM rows_of(2)"],
    ["CREATE MACRO poly(x) AS x * x", "SELECT poly(3)", "CREATE MACRO impute(x, y) AS coalesce(x, y)", "SELECT impute(NULL, 5)"],
    ["CREATE MACRO ridge(x) AS x", "SELECT ridge(3)", "CREATE TABLE pca AS SELECT 1 AS svd", "FROM pca"],
    ["SELECT count(*) FROM duckdb_functions() WHERE function_name IN ('poly', 'one_hot', 'pca')"],
    ["SHOW TABLES", "CREATE TABLE t AS SELECT 1 AS i", "SHOW TABLES", "SHOW ALL TABLES"],
    ["SELECT schema_name FROM information_schema.schemata ORDER BY ALL"],
    ["PREPARE p AS SELECT $1 + 1 AS x", "EXECUTE p(41)", "DEALLOCATE p", "EXECUTE p(41)"],
    ["CREATE TABLE t AS SELECT i, i % 2 AS k FROM range(6) r(i)", "PIVOT t ON k USING sum(i)", "FROM t PIVOT (count(*) FOR k IN (0, 1))"],
    ["UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b"],
    ["EXPLAIN SELECT 1 + 1"],
    ["DESCRIBE SELECT 1 AS a, 'x' AS b", "CREATE TABLE t (i INTEGER NOT NULL)", "DESCRIBE t", "SHOW t"],
    ["SUMMARIZE SELECT * FROM range(10)"],
    ["CREATE SEQUENCE s", "SELECT nextval('s')", "SELECT nextval('s')", "SELECT currval('s')"],
    ["CREATE SCHEMA other", "CREATE TABLE other.t AS SELECT 5 AS x", "FROM other.t", "USE other", "FROM t", "USE main"],
    ["CREATE TYPE mood AS ENUM ('sad', 'ok')", "SELECT 'ok'::mood AS m", "SELECT 'bad'::mood"],
    ["ATTACH ':memory:' AS more", "CREATE TABLE more.t AS SELECT 1 AS i", "FROM more.t", "DETACH more"],
    ["COPY (SELECT range AS i FROM range(3)) TO '{dir}/x.csv'", "FROM '{dir}/x.csv'", "CREATE TABLE t (i BIGINT)",
     "COPY t FROM '{dir}/x.csv'", "SELECT sum(i) FROM t"],
    ["COPY (SELECT 1 AS i) TO '{dir}/x.parquet' (FORMAT parquet)", "FROM read_parquet('{dir}/*.parquet')"],
    ["FROM '{dir}/absent.csv'"],
    ["SELECT last(x IGNORE NULLS ORDER BY i) FROM (VALUES (1, 5), (2, NULL)) t(i, x)", "SELECT x FROM (VALUES (NULL), (1)) t(x) ORDER BY x NULLS LAST"],
    ["SELECT i, sum(i) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM range(4) r(i) QUALIFY s > 1"],
    ["WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 4) FROM r"],
    ["SELECT DISTINCT ON (k) k, i FROM (SELECT i % 2 AS k, i FROM range(5) r(i)) ORDER BY k, i DESC"],
    ["SELECT 1 AS x UNION ALL BY NAME SELECT 2 AS y", "SELECT 1 EXCEPT SELECT 1", "SELECT 1 INTERSECT SELECT 1"],
    ["CONNECT 'nowhere' (\"odd option\" 'v')", "DISCONNECT"],
    ["SELECT nosuch"],
    ["SELECT 'é' AS é,\n  nosuch FROM (SELECT 1)"],
    ["SELECT nosuch(1)"],
    ["SELECT * FROM nosuch"],
    ["SELECT 'a'::INTEGER"],
    ["SELECT 1 +"],
    ["selct 1"],
    ["SELECT (1"],
    ["INSERT INTO nosuch VALUES (1)"],
    ["CREATE TABLE t (i INTEGER CHECK (i > 0))", "INSERT INTO t VALUES (-1)"],
    ["SELECT * FROM (SELECT 1 AS a) JOIN (SELECT 1 AS a) USING (a) WHERE b = 1"],
    ["CREATE TABLE t (i INTEGER)", "ALTER TABLE t ADD COLUMN j INTEGER DEFAULT 3", "INSERT INTO t (i) VALUES (1)", "FROM t",
     "ALTER TABLE t RENAME j TO k", "FROM t", "DROP TABLE t", "DROP TABLE IF EXISTS t", "DROP TABLE t"],
    ["CREATE TABLE t (i INTEGER)", "MERGE INTO t USING (SELECT 1 AS i) s ON t.i = s.i WHEN NOT MATCHED THEN INSERT VALUES (s.i)", "FROM t"],
    ["CHECKPOINT", "VACUUM", "ANALYZE"],
    ["EXPLAIN ANALYZE SELECT error('seen')"],
]  # fmt: skip


def told(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[object, ...]:
    """What DuckDB answers: names, types and rows, or its error."""
    try:
        relation: duckdb.DuckDBPyRelation | None = connection.sql(sql)
        if relation is None:
            return ("nothing",)
        names, types = list(relation.columns), list(map(str, relation.types))
        return (names, types, relation.fetchall())
    except duckdb.Error as error:
        return ("error", str(error).split("\n\nLINE ")[0].rstrip())


def ours(session: stratum_sql.Session, sql: str) -> tuple[object, ...]:
    try:
        result = session.sql(sql)
        return (result.columns, result.types, result.fetchall()) if result.columns else ("nothing",)
    except DatabaseError as error:
        return ("error", error.diagnostic.message)


@pytest.mark.parametrize("script", SCRIPTS, ids=[script[0][:60] for script in SCRIPTS])
def test_as_in_duckdb(script: list[str], tmp_path: Path) -> None:
    with stratum_sql.connect() as session, duckdb.connect() as connection:
        for side in ("a", "b"):
            (tmp_path / side).mkdir()
        for statement in script:
            wanted = told(connection, statement.replace("{dir}", str(tmp_path / "a")))
            got = ours(session, statement.replace("{dir}", str(tmp_path / "b")))
            assert str(got).replace(f"{tmp_path}/b", "") == str(wanted).replace(f"{tmp_path}/a", ""), statement


def test_there_are_enough_of_them() -> None:
    assert sum(len(script) for script in SCRIPTS) >= 60


@pytest.mark.parametrize(
    ("sql", "line", "word"),
    [
        ("SELECT nosuch", 1, "nosuch"),
        ("SELECT 1;\n\nSELECT 'é' AS é,\n   nosuch FROM (SELECT 1)", 4, "nosuch"),
        ("SELECT 1; SELECT * FROM nosuch", 1, "nosuch"),
        ("SELECT 1;\nselct 2", 2, "selct"),
        ("CREATE TABLE x AS SELECT " + "1 + " * 60 + "\n nosuch + " + "2 + " * 60 + " 3 FROM (SELECT 1)", 2, "nosuch"),
        ("CREATE TABLE x AS SELECT " + "1 + " * 60 + " nosuch + " + "2 + " * 60 + " 3 FROM (SELECT 1)", 1, "nosuch"),
        ("INSERT INTO x SELECT * FROM nosuch", 1, "nosuch"),
        ("SELECT\n  nosuch(1)", 2, "nosuch"),
        ("UPDATE nosuch SET x = 1", 1, "nosuch"),
        ("SELECT 1 + 'a'::INTEGER", 1, "::INT"),
        ("SELECT 1;\nFROM read_csv('/absent.csv')", 2, "read_csv"),
        ("SET VARIABLE v = 1;\nSELECT $v,\n  nosuch FROM (SELECT 1)", 3, "nosuch"),
    ],
)
def test_an_error_has_its_place(sql: str, line: int, word: str) -> None:
    with stratum_sql.connect() as session:
        session.sql("CREATE TABLE x (i INTEGER)" if sql.startswith("INSERT") else "")
        with pytest.raises(DatabaseError) as caught:
            session.sql(sql)
    told = caught.value.diagnostic
    assert told.line == line
    assert told.column is not None
    assert word in sql.split("\n")[line - 1][told.column - 1 :][: len(word) + 3]
    assert "LINE" not in told.message


VARIABLES = "SET VARIABLE v = 41; SET VARIABLE m = 'ok'::ENUM('sad', 'ok'); SET VARIABLE span = INTERVAL 1 MONTH; SET VARIABLE \"1\" = 5"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT $v + 1 AS x, $m, $span, $v = getvariable('v')",
        "FROM range(50) r(i) WHERE i > $v ORDER BY i LIMIT $v",
        "WITH train AS (SELECT $v AS model) FROM train;",
        "SELECT $v, $nosuch",
        "SELECT $nosuch",
        "SELECT $1",
        "SELECT ?",
        "SELECT $m + 1",
        "SELECT $v, nosuch FROM range(3)",
        "SELECT error('stopped at ' || $v)",
        "SELECT '$v', $$v$$, $v /* ; */ -- $m",
        "CREATE TABLE t AS SELECT $v AS x",
        "EXPLAIN SELECT $v",
        "PREPARE p AS SELECT $v",
    ],
)
def test_a_parameter_is_a_variable(sql: str) -> None:
    """As where DuckDB executes a statement: its Python client gives a relation no variables."""
    with stratum_sql.connect() as session, duckdb.connect() as connection:
        session.sql(VARIABLES)
        session.sql("BEGIN")
        connection.execute(VARIABLES)
        try:
            result = connection.execute(sql)
            wanted: tuple[object, ...] = ([name for name, *_ in result.description], result.fetchall())
        except duckdb.Error as error:
            wanted = ("error", str(error).split("\n\nLINE ")[0].rstrip())
        names, *rest = ours(session, sql)
        assert (names, rest[-1]) == wanted if rest else wanted[0] in (["Count"], ["Success"])
        if names != "error":
            prepared = "SELECT name FROM duckdb_prepared_statements()"
            assert session.sql(prepared).fetchall() == connection.execute(prepared).fetchall()


def test_types_of_variables() -> None:
    with stratum_sql.connect() as session:
        session.sql(VARIABLES)
        assert session.sql("SELECT $v, $m, $span").types == ["INTEGER", "ENUM('sad', 'ok')", "INTERVAL"]


def test_foreign_statements_get_no_variables() -> None:
    opened = stratum_sql.connect(trusted=False, setup=lambda connection: connection.execute(VARIABLES))
    with opened as session, pytest.raises(DatabaseError, match="Values were not provided"):
        session.sql("SELECT $v")


def test_a_transform_called_without_training_says_so() -> None:
    with stratum_sql.connect() as session, pytest.raises(DatabaseError) as caught:
        session.sql("SELECT poly(1)")
    assert caught.value.diagnostic.code == "needs_training"


def test_a_function_of_the_host_keeps_its_name() -> None:
    """Our transforms are no functions of DuckDB until one is missed."""
    with stratum_sql.connect() as session:
        session.connection.create_function("poly", lambda x: x * x, ["BIGINT"], "BIGINT")
        assert session.sql("SELECT poly(3)").fetchall() == [(9,)]


def test_duckdb_is_the_cause() -> None:
    with stratum_sql.connect() as session, pytest.raises(DatabaseError) as caught:
        session.sql("SELECT * FROM nosuch")
    assert isinstance(caught.value.__cause__, duckdb.CatalogException)
    assert caught.value.diagnostic.code == "duckdb_catalog"


def test_errors_of_duckdb_stay_texts_whatever_aborts() -> None:
    """Our own queries ask for errors as JSON; in a transaction that one of them aborts this cannot be undone at once."""
    with stratum_sql.connect() as session:
        session.sql("BEGIN")
        with pytest.raises(StratumError):
            session.sql("SELECT error('x')::DOUBLE AS x, 1 AS y FROM range(9) TRAIN MODEL ols() TARGET y")
        with pytest.raises(StratumError, match="aborted"):
            session.sql("SELECT 1 AS x, 2 AS y FROM range(9) TRAIN MODEL ols() TARGET y")
        session.sql("ROLLBACK")
        assert session.sql("SELECT current_setting('errors_as_json')").fetchall() == [(False,)]
        with pytest.raises(DatabaseError, match=r"Conversion Error: Could not convert string 'a'"):
            session.sql("SELECT 'a'::INTEGER")


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "SELECT b'é'",
        "EXPLAIN SELECT b'é'",
        "SELECT b'é' AS x, 1 AS y TRAIN MODEL ridge() TARGET y",
        "SELECT * FROM (SELECT b'é' AS x, 1 AS y TRAIN MODEL ridge() TARGET y)",
        "CREATE TABLE x AS SELECT b'中'",
    ],
)
def test_an_error_that_shows_half_a_character_is_one_statements_own(text: str, trusted: bool) -> None:
    """DuckDB cuts it, and its Python client then raises UnicodeDecodeError."""
    with stratum_sql.connect(trusted=trusted) as session:
        wrong, right = session.batch([text, "SELECT 1 AS one"])
        assert isinstance(wrong.error, StratumError)
        assert right.fetchall() == [(1,)]
        assert session.check(text)[0].errors <= 1
