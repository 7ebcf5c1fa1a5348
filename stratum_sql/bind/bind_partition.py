"""`PARTITION BY` bound: which columns make groups, and the text by which a value of theirs is known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from stratum_sql.bind.names import is_float, kind_of
from stratum_sql.bind.roles import SharedHead
from stratum_sql.errors import BindError, StratumError
from stratum_sql.grammar.syntax import Name
from stratum_sql.plan.features import Leaf
from stratum_sql.plan.partition import Partition

_TIME_ZONE = "TIMESTAMP WITH TIME ZONE"


def bind_partition(
    script: str, names: Sequence[Name], head: SharedHead, targets: Collection[Leaf], taken: Collection[str]
) -> tuple[Partition, ...]:
    """The columns of PARTITION BY, each once. `taken` are the other columns that a leaderboard has.

    Raises BindError at the column that no group can be made by.
    """
    found: dict[Leaf, Partition] = {}
    for name in names:
        column = head.column(name, script)
        problem = _problem(column, targets, taken)
        if problem is not None:
            raise _error(script, name, *problem)
        found[column] = Partition(column, key_leaf(column))
    _check_names(script, names, list(found))
    return tuple(found.values())


def key_leaf(column: Leaf) -> Leaf:
    """The text of a column's values: equal texts are equal values."""
    free = None if column.free_sql is None else key_sql(column.free_sql, column.type)
    return replace(
        column,
        key=f"GROUP {column.key}",
        sql=key_sql(column.sql, column.type),
        type="VARCHAR",
        kind="text",
        free_sql=free,
    )


def key_sql(sql: str, duckdb_type: str) -> str:
    """The text of one value. 0.0 and -0.0 are one value; a moment's text does not depend on the session's time zone."""
    if is_float(duckdb_type):
        return f"CAST(({sql}) + 0.0 AS VARCHAR)"
    return f"CAST({f'epoch_us({sql})' if duckdb_type == _TIME_ZONE else f'({sql})'} AS VARCHAR)"


def asked_key_leaf(column: Leaf) -> Leaf:
    """`key_leaf` for rows of a query that may give the column another type: a value that the column's own type does not
    have keeps its own text, and so is in no group."""
    free = None if column.free_sql is None else _asked_sql(column.free_sql, column.type)
    return replace(key_leaf(column), sql=_asked_sql(column.sql, column.type), free_sql=free)


def _asked_sql(sql: str, duckdb_type: str) -> str:
    cast = f"TRY_CAST(({sql}) AS {duckdb_type})"
    return (
        f"CASE WHEN {cast} IS NOT DISTINCT FROM ({sql}) THEN {key_sql(cast, duckdb_type)} "
        f"ELSE CAST(({sql}) AS VARCHAR) END"
    )


def _problem(column: Leaf, targets: Collection[Leaf], taken: Collection[str]) -> tuple[str, str | None] | None:
    """What is wrong with a column, and the way out."""
    if column in targets:
        return f"{column.name} is a target: in each group it would have one value", None
    if kind_of(column.type) == "other":
        hint = "PARTITION BY takes numbers, texts, booleans, dates and timestamps; cast it in the query"
        return f"{column.name} is {column.type}, of which no groups are made", hint
    if column.width > 1:
        return f"{column.name} is one of several columns that COLUMNS(..) makes", "select it by its own name"
    if column.name.lower() in taken:
        return f'the leaderboard has a column "{column.name}" already', f"select it as another: {column.name} AS part"
    return None


def _check_names(script: str, names: Sequence[Name], columns: Sequence[Leaf]) -> None:
    lower = [column.name.lower() for column in columns]
    if len(set(lower)) < len(lower):
        raise _error(script, names[-1], "two columns of PARTITION BY have one name", "give one of them another alias")


def _error(script: str, name: Name, message: str, hint: str | None) -> StratumError:
    return BindError.at(script, name.span, "bad_partition", message, hint=hint)
