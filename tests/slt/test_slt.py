"""Runs the .slt files here; STRATUM_ACCEPT=1 writes what the queries give as what they should."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import stratum_sql
from tests.slt.runner import Record, accepted, read, run

FILES = sorted(Path(__file__).parent.rglob("*.slt"))


def test_there_are_files() -> None:
    assert len(FILES) >= 8
    assert sum(record.head != "" for file in FILES for record in read(file)) >= 120


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file(path: Path) -> None:
    records = read(path)
    with stratum_sql.connect(threads=2) as session:
        if os.environ.get("STRATUM_ACCEPT") == "1":
            path.write_text("\n\n".join(accepted(session, record).text for record in records) + "\n", encoding="utf-8")
            return
        problems = [
            f"line {record.line}: {record.sql}\n{problem}" for record in records if (problem := run(session, record))
        ]
    assert not problems, "\n\n".join(problems)


def one(head: str, sql: str, *expected: str) -> Record:
    return Record(1, head, sql, expected or None)


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        (one("statement ok", "SELECT 1"), None),
        (one("statement ok", "SELECT nosuch"), "nosuch"),
        (one("statement error duckdb_binder.*nosuch", "SELECT nosuch"), None),
        (one("statement error duckdb_parser", "SELECT nosuch"), "Binder"),
        (one("statement error x", "SELECT 1"), "should fail"),
        (one("query IT", "SELECT 1, 'a'", "1\ta"), None),
        (one("query IT", "SELECT 1, 'a'", "1\tb"), "found\n1\ta"),
        (one("query TT", "SELECT 1, 'a'", "1\ta"), "1 is no T"),
        (one("query I", "SELECT true", "true"), "True is no I"),
        (one("query I", "SELECT 1, 2", "1\t2"), "2 columns"),
        (one("query IRB", "SELECT NULL, 0.5::DOUBLE, true", "NULL\t0.5\ttrue"), None),
        (one("query I rowsort", "VALUES (3), (1)", "1", "3"), None),
        (one("query I", "VALUES (3), (1)", "1", "3"), "found\n3\n1"),
    ],
)
def test_the_runner_sees_what_is_wrong(record: Record, problem: str | None) -> None:
    with stratum_sql.connect() as session:
        found = run(session, record)
    assert found is None if problem is None else found is not None and problem in found


def test_accepting_keeps_everything_else(tmp_path: Path) -> None:
    path = tmp_path / "a.slt"
    path.write_text("# why\n\n# what\nstatement ok\nCREATE TABLE t AS SELECT 1 AS x\n\nquery I\nFROM t\n----\n5\n")
    with stratum_sql.connect() as session:
        assert [run(session, record) for record in read(path)] == [None, None, "found\n1"]
        session.sql("DROP TABLE t")
        written = "\n\n".join(accepted(session, record).text for record in read(path)) + "\n"
    assert written == path.read_text().replace("5", "1")


def test_a_wrong_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.slt"
    path.write_text("statement ok\nSELECT 1\n\nquerry I\nSELECT 1\n")
    with pytest.raises(ValueError, match="line 4: 'querry I'"):
        read(path)
