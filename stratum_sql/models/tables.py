"""The tables of the registry, in schema `stratum` of the session's own database, and transactions over them.

`models` has a row for each version of a model, `trials` one for each trial that ended, `aliases` one for each change of
an alias. A database that an older version of this package made has no `aliases`: reading finds none, the first write
makes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import duckdb

from stratum_sql.bind.aside import is_outside
from stratum_sql.bind.database import Database, error_facts
from stratum_sql.errors import Diagnostic, RunError
from stratum_sql.quoting import quote

_TABLES = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.models (
    name VARCHAR NOT NULL, version INTEGER NOT NULL, estimator VARCHAR, params VARCHAR, metric VARCHAR, score DOUBLE,
    statement VARCHAR, artefact VARCHAR NOT NULL, manifest VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (name, version));
CREATE TABLE IF NOT EXISTS {schema}.trials (
    run VARCHAR NOT NULL, statement VARCHAR, model VARCHAR, trial INTEGER, estimator VARCHAR, params VARCHAR,
    status VARCHAR, error VARCHAR, fold_scores VARCHAR, fit_seconds DOUBLE, finished_at TIMESTAMP NOT NULL);
CREATE TABLE IF NOT EXISTS {schema}.aliases (
    model VARCHAR NOT NULL, change INTEGER NOT NULL, alias VARCHAR NOT NULL, version INTEGER NOT NULL,
    newest INTEGER NOT NULL, set_at TIMESTAMP NOT NULL, PRIMARY KEY (model, change));
"""


class Tables:
    """The tables of one session's registry."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._catalog = str(database.ask("SELECT current_database()")[0][0])
        self._seen: set[str] = set()  # tables that are there

    @cached_property
    def schema(self) -> str:
        """The schema in the session's own database, whatever USE has made the current one since."""
        return f"{quote(self._catalog)}.stratum"

    def rows(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Rows of the registry, none where the table is not there yet. Raises RunError."""
        try:
            return self._database.ask(sql, parameters)
        except duckdb.CatalogException:
            return []
        except duckdb.Error as error:
            raise _failed("read", error) from None

    def has(self, table: str) -> bool:
        """Whether a table is there. To ask for rows of one that is not would abort a transaction of the caller's."""
        if table not in self._seen:
            query = "SELECT 1 FROM duckdb_tables() WHERE (database_name, schema_name, table_name) = (?, 'stratum', ?)"
            if self.rows(query, [self._catalog, table]):
                self._seen.add(table)
        return table in self._seen

    @contextmanager
    def transaction(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, bool]]:
        """One transaction of our own, or the caller's if one is open; whether it is our own. The tables are there."""
        connection = self._database.connection
        with self._database.lock:
            own = _begin(connection)
            try:
                connection.execute(_TABLES.format(schema=self.schema))
                yield connection, own
                if own:
                    connection.execute("COMMIT")
            except duckdb.Error as error:
                _end(connection, own)
                raise _failed("written", error) from None
            except BaseException:
                _end(connection, own)
                raise

    @contextmanager
    def outside(self) -> Iterator[bool]:
        """Whether no transaction is open, while the connection is ours."""
        with self._database.lock:
            yield is_outside(self._database.connection)


def now() -> datetime:
    """The time of a row: UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def _begin(connection: duckdb.DuckDBPyConnection) -> bool:
    """Begin a transaction; False if the caller has one open, which a second BEGIN would abort."""
    if not is_outside(connection):
        return False
    connection.execute("BEGIN")
    return True


def _end(connection: duckdb.DuckDBPyConnection, own: bool) -> None:
    """Roll back what is ours; a COMMIT that failed has done so already."""
    if own:
        with suppress(duckdb.TransactionException):
            connection.execute("ROLLBACK")


def _failed(done: str, error: duckdb.Error) -> RunError:
    facts = error_facts(error)
    message = str(facts["exception_message"]).split("\n")[0]
    return RunError(Diagnostic("storage_failed", f"the registry cannot be {done}: {message}", "run", retryable=True))
