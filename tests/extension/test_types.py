"""Rows as they come to the engine: every type, NULL, lists and STRUCTs, from all threads of a shell."""

from __future__ import annotations

import duckdb
import pytest

from stratum_sql.bind.composed import ours
from stratum_sql.quoting import quote_text
from stratum_sql.serve.shipped import ROWS
from stratum_sql.serve.specs import Spec, write_spec
from tests.extension.conftest import opened
from tests.serve.conftest import Running


@pytest.fixture(autouse=True)
def _found(shell_engine: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A specification that does not say where the engine is: then the environment does."""
    monkeypatch.setenv("STRATUM_ENGINE", str(shell_engine.folder))


TYPES = {
    "BOOLEAN": "i % 3 = 0",
    "TINYINT": "i % 256 - 128",
    "SMALLINT": "i - 1000",
    "INTEGER": "-i",
    "BIGINT": "i * 1000000007",
    "HUGEINT": "i::HUGEINT * 170141183460469231731687",
    "UTINYINT": "i % 256",
    "USMALLINT": "i",
    "UINTEGER": "i * 1000",
    "UBIGINT": "i::UBIGINT * 2223372036854775",
    "FLOAT": "i / 7",
    "DOUBLE": "CASE WHEN i % 50 = 1 THEN 'nan'::DOUBLE WHEN i % 50 = 2 THEN '-inf'::DOUBLE ELSE sin(i) END",
    "DECIMAL(4,1)": "i / 10",
    "DECIMAL(9,2)": "i / 100",
    "DECIMAL(18,3)": "-i / 1000",
    "DECIMAL(38,5)": "i::HUGEINT * 1000000000000000000",
    "VARCHAR": "repeat('é', i % 20) || i",
    "DATE": "DATE '1969-12-01' + i::INTEGER",
    "TIME": "TIME '00:00:01' + to_seconds(i)",
    "TIMESTAMP": "TIMESTAMP '1969-12-31' + to_hours(i)",
    "TIMESTAMP_S": "TIMESTAMP '1969-12-31' + to_hours(i)",
    "TIMESTAMP_MS": "TIMESTAMP '1969-12-31' + to_hours(i)",
    "TIMESTAMP_NS": "TIMESTAMP '1969-12-31' + to_hours(i)",
    "TIMESTAMPTZ": "to_timestamp(i * 10000)",
    "INTERVAL": "to_months(i) + to_days(3) + to_seconds(i)",
    "UUID": "md5(i::VARCHAR)",
    "BLOB": "encode('b' || i)",
    "ENUM('low', 'high')": "CASE WHEN i % 2 = 0 THEN 'low' ELSE 'high' END",
    "INTEGER[]": "CASE WHEN i % 5 = 0 THEN [] ELSE [i, NULL, i % 7] END",
    "VARCHAR[][]": "[[i::VARCHAR], NULL, ['x', repeat('long', i % 9)]]",
    "DOUBLE[3]": "[i, i / 2, NULL]",
    "STRUCT(a INTEGER, b STRUCT(c VARCHAR, d BOOLEAN[]))": "{'a': i, 'b': {'c': 'c' || i, 'd': [true, i % 2 = 0]}}",
}
ROW_COUNT = 5_000  # of more than two vectors of DuckDB's


def table(kind: str, value: str) -> str:
    """A column with NULL here and there, behind a filter and a join, which give other vectors than a table."""
    return (
        f"SELECT n.i, CASE WHEN n.i % 11 = 4 THEN NULL ELSE ({value})::{kind} END AS v "
        f"FROM (SELECT i FROM range({ROW_COUNT}) r(i) WHERE i % 3 > 0) n JOIN range({ROW_COUNT}) m(j) ON n.i = m.j"
    )


def asked(query: str, source: str) -> str:
    """What a query answers that the engine runs over the rows of another."""
    spec = write_spec(Spec("ask", "", ours(query), {"answer": "VARCHAR"}))
    return f"SELECT stratum_fit({quote_text(spec)}, rows) FROM ({source}) AS rows"


DIGEST = "SELECT md5(string_agg(v::VARCHAR, ',' ORDER BY i)) || count(*) || ' ' || count(v)"


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_comes_as_it_is(shell: duckdb.DuckDBPyConnection, kind: str) -> None:
    source = table(kind, TYPES[kind])
    shell.execute("SET TimeZone = 'UTC'")
    wanted = shell.execute(f"{DIGEST} FROM ({source})").fetchone()
    found = shell.execute(asked(f"{DIGEST} FROM {ROWS}", source)).fetchone()
    assert wanted is not None
    assert found is not None
    assert found[0] == f'[{{"answer": "{wanted[0]}"}}]'


def test_what_cannot_be_sent_is_left_out(shell: duckdb.DuckDBPyConnection) -> None:
    source = "SELECT 1 AS a, MAP {'x': 1} AS m, '101'::BIT AS b, NULL AS n"
    found = shell.execute(asked(f"SELECT string_agg(column_name) FROM (DESCRIBE {ROWS})", source)).fetchall()
    assert found == [('[{"answer": "a,n"}]',)]


def test_groups_are_asked_about_one_by_one(shell: duckdb.DuckDBPyConnection) -> None:
    query = asked(f"SELECT sum(i) || ' ' || count(*) FROM {ROWS}", "SELECT i FROM range(10000) r(i)")
    found = shell.execute(f"{query} GROUP BY i % 3 ORDER BY i % 3").fetchall()
    wanted = [(sum(range(part, 10_000, 3)), len(range(part, 10_000, 3))) for part in range(3)]
    assert found == [(f'[{{"answer": "{total} {count}"}}]',) for total, count in wanted]


def test_many_rows_come_from_all_threads_and_none_stays(shell_engine: Running) -> None:
    with opened(shell_engine) as shell:
        shell.execute("SET threads = 4; CREATE TABLE many AS SELECT i, 'text ' || i AS s FROM range(1000000) r(i)")
        query = asked(
            f"SELECT sum(i) || ' ' || count(*) || ' ' || sum(length(s)) FROM {ROWS}", "FROM many WHERE i % 7 > 0"
        )
        wanted = shell.execute(
            "SELECT sum(i) || ' ' || count(*) || ' ' || sum(length(s)) FROM many WHERE i % 7 > 0"
        ).fetchone()
        assert wanted is not None
        for _ in range(2):
            assert shell.execute(query).fetchall() == [(f'[{{"answer": "{wanted[0]}"}}]',)]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT stratum_fit('x', t) FROM t", "no specification"),
        ("SELECT stratum_fit('{}', t) FROM t", "malformed"),
        ("SELECT stratum_fit('{}', id) FROM t", "must be a STRUCT"),
        ("SELECT stratum_fit('{}', t) FROM t WHERE false", "no rows"),
        ("SELECT stratum_ask('{}')", "malformed"),
        ("SELECT stratum_predict('[]', t) FROM t", "malformed"),
    ],
)
def test_calls_that_no_plan_makes_are_refused(shell: duckdb.DuckDBPyConnection, statement: str, said: str) -> None:
    with pytest.raises(duckdb.Error, match=said):
        shell.execute(statement)
