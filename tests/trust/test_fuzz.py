"""Whatever the text, `check_caps` and `admit` return or raise a StratumError; and a mutation never opens a file."""

from __future__ import annotations

import contextlib
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stratum_sql.errors import StratumError
from stratum_sql.trust.caps import check_caps
from stratum_sql.trust.guard import Grants, admit
from tests.trust.world import open_victim, within

# fmt: off
PIECES = (
    "SELECT", "FROM", "WITH", "a", "AS", "(", ")", "[", "]", "{", "}", ",", ";", ".", "*", "'", '"', "$$", "$a$",
    "--", "/*", "*/", "\n", "\r", "::", ":", ":=", "=>", "=", "<", "||", "+", "-", "!", "@", "#", "?", "$1", "e'",
    "1", "1.5", "'x'", '"x"', "victim", "word", "UNION", "ALL", "WHERE", "GROUP", "BY", "ORDER", "LIMIT", "PIVOT",
    "UNPIVOT", "ON", "IN", "USING", "FOR", "EXPLAIN", "ANALYZE", "FORMAT", "DESCRIBE", "SUMMARIZE", "SHOW", "TABLES",
    "VALUES", "LATERAL", "JOIN", "OVER", "PARTITION", "QUALIFY", "FILTER", "CASE", "WHEN", "THEN", "END", "lambda",
    "x:", "COLUMNS", "EXCLUDE", "INSERT", "INTO", "DELETE", "DROP", "TABLE", "COPY", "TO", "SET",
    "read_csv('/etc/hosts')", "getenv('x')", "sum(word)", "unnest([1])", "read_text", "range(3)", "count(*)", "\xe9",
    "\ud800", "\x00", "\ufeff", "\u200b", "RECURSIVE", "MATERIALIZED",
)
# fmt: on

FUZZ = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return open_victim()


def judge(connection: duckdb.DuckDBPyConnection, text: str) -> bool:
    """Whether `text` is admitted; any error but a StratumError fails the test."""
    try:
        check_caps(text)
        admit(connection, text, grants=Grants())
    except StratumError:
        return False
    return True


@FUZZ
@given(text=st.text(alphabet=st.characters(categories=None), max_size=60))
def test_any_characters(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    judge(connection, text)


@FUZZ
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_words(connection: duckdb.DuckDBPyConnection, pieces: list[str]) -> None:
    judge(connection, " ".join(pieces))


SEEDS = [
    line.split("\t")[2]
    for line in Path(__file__).with_name("attacks.tsv").read_text("utf-8").splitlines()
    if line.startswith(("read", "nested", "change"))
]


@FUZZ
@given(seed=st.sampled_from(SEEDS), cut=st.integers(0, 80), piece=st.sampled_from(PIECES))
def test_a_mutated_attack_that_is_admitted_does_nothing(
    connection: duckdb.DuckDBPyConnection, seed: str, cut: int, piece: str
) -> None:
    """What the guard lets through after a mutation is a harmless reading statement: run, it leaves the table alone."""
    text = seed.replace("{dir}", "/nowhere").replace("{out}", "/nowhere")
    mutated = f"{text[:cut]} {piece} {text[cut:]}"
    if judge(connection, mutated):
        with contextlib.suppress(duckdb.Error), connection.cursor() as cursor, within(cursor, 5):
            for statement in cursor.extract_statements(mutated):
                cursor.execute(statement).fetchall()
        assert connection.execute("SELECT word FROM victim").fetchall() == [("a",)]
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(2,)]
