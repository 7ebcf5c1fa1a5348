"""The list of functions is complete for this DuckDB: nothing in it is unknown, nothing of DuckDB is unreviewed."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import stratum_sql.trust.functions as functions
from stratum_sql.errors import NotAllowed
from stratum_sql.trust.functions import scalar_verdicts, table_verdicts
from stratum_sql.trust.guard import Grants, admit

PARSER_NAMES = {"unnest", "unlist"}
PARSED_APART = {"is distinct from", "is not distinct from"}  # comparisons in the tree, never calls


def duckdb_names(*kinds: str) -> set[str]:
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT function_name FROM duckdb_functions() WHERE list_contains(?, function_type)", [kinds]
        )
        return {name.lower() for (name,) in rows.fetchall()}


def test_every_scalar_function_was_reviewed() -> None:
    known = duckdb_names("scalar", "aggregate", "window", "macro") - PARSED_APART
    assert known | PARSER_NAMES == scalar_verdicts().keys()


def test_every_table_function_was_reviewed() -> None:
    assert duckdb_names("table", "table_macro") == table_verdicts().keys()


def test_no_name_stands_in_two_lists() -> None:
    lines = Path(functions.__file__).with_name("functions.txt").read_text("utf-8").splitlines()
    scalars: list[str] = []
    section = ""
    for line in lines:
        if line.startswith("[") and "]" in line:
            section = line[1 : line.index("]")]
        elif section and section not in ("table", "file", "refuse-table"):
            scalars += line.lower().split()
    assert len(scalars) == len(set(scalars))


@pytest.mark.parametrize("name", sorted(name for name, verdict in scalar_verdicts().items() if verdict == "refuse"))
def test_refused_names_are_refused(name: str, victim_free: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(NotAllowed):
        admit(victim_free, f'SELECT "{name}"(1)', grants=Grants())
    admit(victim_free, f'SELECT "{name}"(1)', grants=Grants.of(functions=[name]))


@pytest.mark.parametrize(
    "name", sorted(name for name, verdict in table_verdicts().items() if verdict == "refuse-table")
)
def test_refused_table_functions_are_refused(name: str, victim_free: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(NotAllowed):
        admit(victim_free, f'FROM "{name}"()', grants=Grants())


@pytest.fixture(scope="module")
def victim_free() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@pytest.mark.parametrize(
    ("call", "allowed"),
    [
        ("levenshtein('a', left(word, 256))", True),
        ("levenshtein('a', left(word, 257))", False),
        ("levenshtein('a', left(word, -1))", False),
        ("levenshtein('a', substr(word, 1, 20))", True),
        ("levenshtein('a', upper(left(word, 20))::VARCHAR)", True),
        ("levenshtein('a', concat(left(word, 20), word))", False),
        ("repeat('a', 10000)", True),
        ("repeat('a', 10001)", False),
        ("repeat('a')", False),
        ("word.repeat(5)", False),
        ("range(1000000)", True),
        ("range(1000001)", False),
        ("range(-1000001, 0)", False),
        ("range(length(word))", True),
        ("format('{:>999}', 1)", True),
        ("format('{:>9999}', 1)", False),
        ("format('{:{}}', 1, 9)", False),
        ("format(word)", False),
        ("printf('%3d', 1)", True),
        ("printf('%*d', 9, 1)", False),
        ("REPEAT('a', 10001)", False),
    ],
)
def test_limited_functions(call: str, allowed: bool) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT 'a' AS word").fetchall()
        if allowed:
            admit(connection, f"SELECT {call} FROM t", grants=Grants())
            return
        with pytest.raises(NotAllowed):
            admit(connection, f"SELECT {call} FROM t", grants=Grants())
