"""An empty DuckDB of our own: it parses and evaluates, and can reach no file, network, extension, table or variable."""

from __future__ import annotations

import duckdb

from stratum_sql.connections import connect, whole_text

_SETTINGS = (
    "SET python_enable_replacements = false",
    "SET autoload_known_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET temp_directory = ''",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


def private_connection() -> duckdb.DuckDBPyConnection:
    """A new one, single-threaded; the caller closes it. DuckDB's own limit on depth holds, as it does for users."""
    connection = connect(threads=1)
    for setting in _SETTINGS:
        connection.execute(setting)
    return connection


def parses(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    """Whether DuckDB's own parser takes the text."""
    return refusal(connection, sql) is None


def refusal(connection: duckdb.DuckDBPyConnection, sql: str) -> str | None:
    """What DuckDB's own parser says of a text that it does not take; None where it takes it."""
    try:
        connection.extract_statements(sql)
    except UnicodeDecodeError as error:
        return str(whole_text(error))
    except (duckdb.Error, RuntimeError, ValueError) as error:
        return str(error)
    return None
