"""Statements that are known by the tables they read are answered without reading a row; others read their rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from stratum_sql import Session
from stratum_sql.bind.database import Database
from stratum_sql.execute import batch, origin, relations
from stratum_sql.execute.duckdb import Relation, read_relation
from stratum_sql.plan.relational import Read, Source
from stratum_sql.results import Result

TRAIN = "TRAIN MODEL ridge(alpha => [0.1, 1]) TARGET y CROSS VALIDATE 3"
PLAIN = f"SELECT a, b, y FROM t {TRAIN}"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources that were read, in their order."""
    seen: list[str] = []
    monkeypatch.setattr(relations, "read_relation", _noting(seen))
    return seen


def _noting(seen: list[str]) -> Callable[..., object]:
    def noted(database: Database, source: Source, reads: Sequence[Read]) -> Relation:
        seen.append(source.title)
        return read_relation(database, source, reads)

    return noted


def scores(result: Result) -> list[object]:
    assert result.error is None
    return [(row["trial"], row["fold_scores"]) for row in result.arrow().to_pylist()]


KNOWN = {
    "a table": PLAIN,
    "a filter and a sum": f"SELECT a + b AS s, one_hot(c), y FROM t WHERE a > 0 {TRAIN}",
    "a join": f"SELECT a, n, y FROM t JOIN (SELECT c, count(*) AS n FROM t GROUP BY c) AS counted USING (c) {TRAIN}",
    "a CTE": f"WITH positive AS (SELECT * FROM t WHERE b > 0) SELECT a, y FROM positive {TRAIN}",
    "a view over a view": f"SELECT a, y FROM outer_view {TRAIN}",
    "its full name": f"SELECT a, y FROM memory.main.t {TRAIN}",
    "a column called age": f"SELECT age, y FROM (SELECT a AS age, y FROM t) {TRAIN}",
    "a time": f"SELECT date_part('year', DATE '2020-01-01') + a AS z, y FROM t {TRAIN}",
}
READ_AGAIN = {
    "a file": f"SELECT a, y FROM 'rows.csv' {TRAIN}",
    "the clock": f"SELECT a, date_part('year', now()) AS year, y FROM t {TRAIN}",
    "the clock, quoted": f"SELECT a, date_part('year', \"now\" /* is */ ()) AS year, y FROM t {TRAIN}",
    "a sample": f"SELECT a, y FROM t USING SAMPLE 50% (bernoulli, 7) {TRAIN}",
    "a macro": f"SELECT twice(a) AS a, y FROM t {TRAIN}",
    "a macro by the name of a function": f"SELECT sinh(a) AS a, y FROM t {TRAIN}",
    "two tables of one name": f"SELECT a, y FROM twin {TRAIN}",
    "a model that is kept": f"{PLAIN} AS kept",
    "folds that are shown": f"{PLAIN} WITH (return_folds = true)",
}


@pytest.fixture
def full(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """The session with views, macros and a file."""
    monkeypatch.chdir(tmp_path)
    for sql in (
        "CREATE VIEW inner_view AS SELECT * FROM t WHERE a < 100",
        "CREATE VIEW outer_view AS SELECT a, y FROM inner_view",
        "CREATE MACRO twice(x) AS 2 * x",
        "CREATE MACRO sinh(x) AS x + 1",
        "CREATE TABLE twin AS FROM t",
        "CREATE TEMP TABLE twin AS FROM t",
        "COPY t TO 'rows.csv'",
    ):
        session.connection.execute(sql)
    return session


@pytest.mark.parametrize("title", KNOWN)
def test_what_comes_from_tables_is_not_read_again(session: Session, read: list[str], title: str) -> None:
    session.connection.execute("CREATE VIEW inner_view AS SELECT * FROM t WHERE a < 100")
    session.connection.execute("CREATE VIEW outer_view AS SELECT a, y FROM inner_view")
    first = scores(session.sql(KNOWN[title]))
    assert len(read) == 1
    again = session.sql(KNOWN[title])
    assert scores(again) == first
    assert again.summary is not None
    assert again.summary.reused == again.summary.fits > 0
    assert len(read) == 1


@pytest.mark.parametrize("title", READ_AGAIN)
def test_what_may_be_something_else_is_read_again(full: Session, read: list[str], title: str) -> None:
    for _ in range(2):
        assert full.sql(READ_AGAIN[title]).error is None
    assert len(read) == 2


CHANGES = {
    "a row more": "INSERT INTO t SELECT * FROM t LIMIT 1",
    "a row less": "DELETE FROM t WHERE rowid = 5",
    "a value": "UPDATE t SET a = a + 1 WHERE rowid = 5",
    "a NULL": "UPDATE t SET b = NULL WHERE rowid = 5",
    "a column that is not read": "ALTER TABLE t ADD COLUMN more INTEGER",
    "a setting": "SET default_null_order = 'nulls_first'",
    "another table in its place": "CREATE TEMP TABLE t AS SELECT * REPLACE (a + 1 AS a) FROM memory.main.t",
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen(session: Session, read: list[str], change: str) -> None:
    session.sql(PLAIN)
    session.connection.execute(CHANGES[change])
    assert session.sql(PLAIN).error is None
    assert len(read) == 2


def test_a_count_that_duckdb_knows_without_reading_is_seen_to_change(session: Session, read: list[str]) -> None:
    """Its plan has no scan of the other table."""
    sql = f"SELECT a * (SELECT count(*) FROM other) AS a, b, y FROM t {TRAIN}"
    session.connection.execute("CREATE TABLE other AS FROM range(3)")
    before = scores(session.sql(sql))
    session.connection.execute("INSERT INTO other VALUES (7)")
    assert scores(session.sql(sql)) != before
    assert len(read) == 2


def test_a_view_that_is_made_anew_is_seen(full: Session, read: list[str]) -> None:
    full.sql(KNOWN["a view over a view"])
    full.connection.execute("CREATE OR REPLACE VIEW inner_view AS SELECT * FROM t WHERE a < 50")
    assert full.sql(KNOWN["a view over a view"]).error is None
    assert len(read) == 2


def test_only_what_is_new_is_read(session: Session, read: list[str]) -> None:
    other = f"SELECT a, y FROM t WHERE b > 0 {TRAIN}"
    first = [scores(result) for result in session.batch([PLAIN, other])]
    del read[:]
    results = session.batch([PLAIN, other, f"SELECT b, y FROM t WHERE c IS NOT NULL {TRAIN}"])
    assert [scores(result) for result in results[:2]] == first
    assert results[2].error is None
    assert len(read) == 1


def test_a_table_that_changes_while_it_is_read_has_no_origin(
    session: Session, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    original: Callable[..., object] = batch._Run._split

    def changed(self: batch._Run, planned: object) -> object:
        session.connection.cursor().execute("UPDATE t SET a = a + 1 WHERE rowid = 3")
        return original(self, planned)

    monkeypatch.setattr(batch._Run, "_split", changed)
    session.sql(PLAIN)
    monkeypatch.undo()
    monkeypatch.setattr(relations, "read_relation", _noting(read))
    assert session.sql(PLAIN).error is None
    assert len(read) == 2


def test_large_tables_are_read(session: Session, read: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origin, "MOST_VALUES", 10)
    for _ in range(2):
        assert session.sql(PLAIN).error is None
    assert len(read) == 2
