"""An engine, and stock DuckDBs that have the extensions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from stratum_sql.extension.binaries import FILES
from stratum_sql.quoting import quote_text
from tests.extension.shells import wheel
from tests.serve.conftest import Running, running

CORE = FILES / "stratum.duckdb_extension"
TABLES = """
CREATE TABLE t AS SELECT i AS id, (i * 7919) % 13 AS a, (i * 31) % 17 / 3.0 AS b, 'c' || (i * 17 % 5) AS c,
    (i * 7919) % 13 * 2.0 + (i * 31) % 17 + sin(i) AS y FROM range(300) r(i);
CREATE TABLE d AS SELECT 'c' || i AS c, i * 1.5 AS weight, i % 2 AS a FROM range(5) r(i);
"""


@pytest.fixture(scope="session")
def shell_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One engine for all tests that leave it as it was."""
    with running(tmp_path_factory.mktemp("shells") / "e") as one:
        yield one


def opened(engine: Running) -> duckdb.DuckDBPyConnection:
    """A DuckDB with the extension, which knows the engine, and the tables."""
    connection = wheel(CORE)
    connection.execute(f"SET stratum_engine = {quote_text(str(engine.folder))}; {TABLES}")
    return connection


@pytest.fixture
def shell(shell_engine: Running) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(shell_engine) as connection:
        yield connection


@pytest.fixture
def start_engine(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts an engine for one test alone."""
    with ExitStack() as stack:
        yield lambda *arguments: stack.enter_context(running(tmp_path / "engine", *arguments))


def planned(block: str) -> str:
    """The query of DuckDB's that hands a block to the engine."""
    return f"FROM query(stratum_plan({quote_text(block)}))"
