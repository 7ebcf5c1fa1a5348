"""What can be completed: the names of the language, and those of the tables and models that are there now."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from stratum_sql.grammar.tokens import NO_COLUMNS
from stratum_sql.quoting import quote

if TYPE_CHECKING:
    from stratum_sql.results import Result

Ask = Callable[[str], "list[Result]"]  # runs a query
_MOST_TABLES = 500  # that are asked for their columns one by one, where they cannot be had at once
_REGISTRY = "stratum"  # the schema of kept models
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)

_STARTS = """
    SELECT FROM WITH CREATE INSERT UPDATE DELETE DROP ALTER COPY ATTACH DETACH USE SET RESET BEGIN COMMIT ROLLBACK
    EXPLAIN DESCRIBE SUMMARIZE SHOW PIVOT UNPIVOT VALUES EXPORT IMPORT PROMOTE CALL PREPARE EXECUTE PRAGMA CHECKPOINT
"""
STARTS = tuple(_STARTS.split())
VERBS = ("TRAIN MODEL", "PREDICT MODEL", "EVALUATE MODEL", "TRANSFORM MODEL", "EXPLAIN MODEL")
_KEYWORDS = """
    SELECT FROM WHERE GROUP BY HAVING QUALIFY WINDOW ORDER LIMIT OFFSET UNION INTERSECT EXCEPT ALL DISTINCT EXCLUDE
    REPLACE RENAME AS ON USING JOIN LEFT RIGHT FULL INNER OUTER CROSS ANTI SEMI ASOF POSITIONAL LATERAL NATURAL
    AND OR NOT IN IS NULL LIKE ILIKE BETWEEN EXISTS CASE WHEN THEN ELSE END CAST TRUE FALSE ASC DESC NULLS FIRST LAST
    OVER PARTITION ROWS RANGE FILTER VALUES INTO SET TABLE VIEW MODEL MODELS VERSIONS BATCH TEMP IF RECURSIVE
    RETURNING TABLESAMPLE SAMPLE COLUMNS ANALYZE FORMAT TO SCHEMA INDEX MACRO TYPE SEQUENCE
"""
KEYWORDS = tuple(_KEYWORDS.split())
CLAUSES = (
    *("TARGET", "WEIGHT", "PARTITION BY", "CROSS VALIDATE", "HOLDOUT", "SPLIT", "METRIC", "SEARCH", "SEED", "WITH"),
    *("AS", "USING", "SHUFFLE", "STRATIFY", "GROUPS", "ORDER BY", "GAP", "REPEAT", "FOLDS", "TRIALS"),
)
SEARCHES = ("GRID", "RANDOM", "HALVING", "BAYES")
CHOICES = ("choose", "choose_int", "choose_float", "choose_bool", "optional")


@dataclass(frozen=True, slots=True)
class Names:
    """Tables with their columns and types, models, DuckDB's functions."""

    tables: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()


def read_names(ask: Ask, lent: Sequence[str] = (), functions: tuple[str, ...] = ()) -> Names:
    """The names that are there now; none where they cannot be had, as in an aborted transaction."""
    models = tuple(str(row[0]) for row in _rows(ask, "SHOW MODELS"))
    return Names(read_tables(ask, lent), tuple(dict.fromkeys(models)), functions)


def read_functions(ask: Ask) -> tuple[str, ...]:
    """DuckDB's functions that are called by a name."""
    rows = _rows(ask, "SELECT DISTINCT function_name FROM duckdb_functions() ORDER BY 1")
    return tuple(str(row[0]) for row in rows if _PLAIN_NAME.fullmatch(str(row[0])))


def read_tables(ask: Ask, lent: Sequence[str] = ()) -> dict[str, tuple[tuple[str, str], ...]]:
    """Every table and view with its columns. Statements of strangers may ask for one after the other alone; `lent` are
    tables that SHOW does not list."""
    found = _rows(ask, "SHOW ALL TABLES")
    if found:
        here = {str(row[0]) for row in _rows(ask, "SELECT current_database()")} | {"temp"}
        return {
            _qualified("" if database in here else database, schema, name): tuple(zip(columns, kinds, strict=True))
            for database, schema, name, columns, kinds, *_ in found
            if schema != _REGISTRY
        }
    listed = [str(row[0]) for row in _rows(ask, "SHOW TABLES")]
    listed = [quoted(name) for name in dict.fromkeys([*lent, *listed])][:_MOST_TABLES]
    return {name: tuple((str(row[0]), str(row[1])) for row in _rows(ask, f"DESCRIBE {name}")) for name in listed}


def _rows(ask: Ask, query: str) -> list[tuple[Any, ...]]:
    results = ask(query)
    return [] if not results or results[-1].error is not None else results[-1].fetchall()


def _qualified(database: str, schema: str, name: str) -> str:
    """The name as it must be written: without the current database, and without the schema main."""
    parts = [database] * bool(database) + [schema] * (schema != "main") + [name]
    return ".".join(map(quoted, parts))


def quoted(name: str) -> str:
    """The name as a statement must write it."""
    if _PLAIN_NAME.fullmatch(name.lower()) and name.upper() not in NO_COLUMNS:
        return name
    return quote(name)


@cache
def language() -> Mapping[str, tuple[str, ...]]:
    """The catalogue's names by kind; it takes a moment when it is asked for first."""
    from stratum_sql.catalog.estimators import estimator_names
    from stratum_sql.catalog.metrics import metrics
    from stratum_sql.catalog.registry import transform_names
    from stratum_sql.catalog.splitters import splitter_names

    return {
        "transform": (*transform_names(), *CHOICES),
        "estimator": estimator_names(),
        "metric": tuple(metrics()),
        "splitter": splitter_names(),
    }


def parameters(name: str) -> Iterable[str]:
    """The parameters of an estimator that a statement may set; none for what is no estimator."""
    from stratum_sql.catalog.estimators import estimator

    spec = estimator(name)
    return () if spec is None else sorted({*spec.defaults, *spec.required})
