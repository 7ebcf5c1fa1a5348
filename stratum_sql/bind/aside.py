"""A second connection beside the session's own, for rows that are read while the session's own runs a statement.

A connection of DuckDB has one open result. Another one is in no transaction of the session's, and has neither its
temporary tables, views and macros nor its variables: `reads_alike` says whether a query is without these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import duckdb

from stratum_sql.bind.database import Database
from stratum_sql.quoting import quote_text

# Names of temporary things that the query has in it, or a view or macro that it may name. A name that is only a part of
# another word counts too.
_NAMED = """
WITH functions AS MATERIALIZED (
    SELECT database_name, function_name, macro_definition FROM duckdb_functions() WHERE NOT internal
), own(name) AS (
    SELECT table_name FROM duckdb_tables() WHERE temporary
    UNION ALL SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal
    UNION ALL SELECT function_name FROM functions WHERE database_name = 'temp'
    UNION ALL SELECT sequence_name FROM duckdb_sequences() WHERE temporary
    UNION ALL SELECT type_name FROM duckdb_types() WHERE database_name = 'temp' AND NOT internal
), texts(text) AS (
    SELECT ?::VARCHAR
    UNION ALL SELECT sql FROM duckdb_views() WHERE NOT internal AND NOT temporary
    UNION ALL SELECT macro_definition FROM functions WHERE macro_definition IS NOT NULL
)
SELECT EXISTS (FROM own, texts WHERE contains(lower(text), lower(name)))
    OR EXISTS (FROM duckdb_variables())
"""


class Aside:
    """Second connections of a session, each with the settings that its own connection has now."""

    def __init__(self, database: Database) -> None:
        self._database, self._settings = database, _settings(database.connection)

    def reads_alike(self, query: str) -> bool:
        """Whether a second connection reads from the query what the session's own does."""
        with self._database.lock:
            own = self._database.connection
            if not is_outside(own) or own.execute(_NAMED, [query]).fetchall()[0][0]:
                return False
            with self.opened() as other:
                return _settings(other) == self._settings

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One of them, which stops too when the session is interrupted. It tells errors as JSON."""
        other = self._database.connection.cursor()
        self._database.asides.add(other)
        try:
            _set(other, self._settings)
            other.execute("SET errors_as_json = true")
            yield other
        finally:
            self._database.asides.discard(other)
            with suppress(duckdb.Error):
                other.close()


def _settings(connection: duckdb.DuckDBPyConnection) -> dict[str, str | None]:
    """The settings of a connection, by name; whether errors are told as JSON is no matter."""
    query = "SELECT name, value FROM duckdb_settings() WHERE name <> 'errors_as_json'"
    return dict(connection.execute(query).fetchall())


def _set(connection: duckdb.DuckDBPyConnection, wanted: Mapping[str, str | None]) -> None:
    """Change the settings that are others; what cannot be set stays."""
    found = _settings(connection)
    for name, value in wanted.items():
        if found.get(name) != value and value is not None:
            with suppress(duckdb.Error):
                connection.execute(f"SET {name} = {quote_text(value)}")


def is_outside(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether no transaction is open.

    Outside one every statement has a new number; in one that an error aborted it cannot be asked.
    """
    try:
        first, second = (connection.execute("SELECT txid_current()").fetchall() for _ in range(2))
    except duckdb.TransactionException:
        return False
    return bool(first != second)
