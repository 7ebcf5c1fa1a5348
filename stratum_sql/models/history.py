"""The versions of models as the tables have them, and the changes of their aliases.

A change is a row that is only ever added at the end or taken from it, in one transaction with what it goes with.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from stratum_sql.models.stored import key_of
from stratum_sql.models.tables import Tables, now
from stratum_sql.models.versions import LATEST, Change, Ranked, Versions


def read_versions(tables: Tables) -> dict[str, Versions]:
    """Every model of the database by the key of its name. Raises RunError."""
    ranked: dict[str, dict[int, Ranked]] = {}
    query = f"SELECT name, version, metric, score FROM {tables.schema}.models ORDER BY version"
    for name, version, metric, score in tables.rows(query) if tables.has("models") else ():
        ranked.setdefault(key_of(name), {})[version] = Ranked(name, metric, score)
    return _with_changes(tables, ranked)


def read_model(tables: Tables, name: str) -> Versions | None:
    """The versions of one model, None if there is none. Raises RunError."""
    return read_versions(tables).get(key_of(name))


def _with_changes(tables: Tables, ranked: Mapping[str, Mapping[int, Ranked]]) -> dict[str, Versions]:
    changes: dict[str, list[Change]] = {}
    query = f"SELECT model, alias, version, newest FROM {tables.schema}.aliases ORDER BY model, change"
    for model, alias, version, newest in tables.rows(query) if tables.has("aliases") else ():
        changes.setdefault(model, []).append(Change(alias, version, newest))
    return {key: Versions(own, tuple(changes.get(key, ()))) for key, own in ranked.items()}


def set_alias(tables: Tables, connection: duckdb.DuckDBPyConnection, key: str, change: Change) -> None:
    """Add a change of a model's aliases."""
    query = f"""INSERT INTO {tables.schema}.aliases SELECT ?, 1 + coalesce(max(change), 0), ?, ?, ?, ?
        FROM {tables.schema}.aliases WHERE model = ?"""
    connection.execute(query, [key, change.alias, change.version, change.newest, now(), key])


def undo_alias(tables: Tables, connection: duckdb.DuckDBPyConnection, key: str, alias: str) -> None:
    """Take back the last change of an alias."""
    table = f"{tables.schema}.aliases"
    query = f"""DELETE FROM {table} WHERE model = ? AND alias = ?
        AND change = (SELECT max(change) FROM {table} WHERE model = ? AND alias = ?)"""
    connection.execute(query, [key, alias, key, alias])


def forget_version(
    tables: Tables, connection: duckdb.DuckDBPyConnection, key: str, number: int, versions: Versions
) -> None:
    """A version was dropped: no alias goes back to it, and no other gets its number."""
    query = f"DELETE FROM {tables.schema}.aliases WHERE model = ? AND version = ? AND alias <> ''"
    connection.execute(query, [key, number])
    set_alias(tables, connection, key, Change("", number, versions.given))


def forget_model(tables: Tables, connection: duckdb.DuckDBPyConnection, key: str) -> None:
    """A model was dropped with all its versions: one of its name starts anew."""
    connection.execute(f"DELETE FROM {tables.schema}.aliases WHERE model = ?", [key])


def set_back(versions: Versions, number: int) -> Change:
    """The change that makes `latest` an older version until a newer one is made."""
    return Change(LATEST, number, versions.given)
