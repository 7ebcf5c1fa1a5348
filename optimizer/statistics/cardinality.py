"""DuckDB's own estimate of a relation, from its plan: nothing is read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from stratum_sql.bind.composed import Composed, ours
from stratum_sql.bind.database import Database
from stratum_sql.errors import StratumError
from stratum_sql.plan.relational import Source

# What DuckDB does a piece of rows at a time, so that a LIMIT above it ends it early.
_FLOWING = frozenset({"PROJECTION", "FILTER", "LIMIT", "STREAMING_LIMIT", "UNION", "DUMMY_SCAN", "COLUMN_DATA_SCAN"})


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """What DuckDB plans for a relation: `rows` that come out, the `largest` number of rows anywhere in the plan, and
    whether it `flows`: a LIMIT would end it early. DuckDB guesses that any filter keeps a fifth of the rows."""

    rows: int | None = None
    largest: int | None = None
    flows: bool = False


def estimated_rows(database: Database, source: Source) -> int | None:
    """DuckDB's own estimate of a relation's rows, or None if it says nothing."""
    return scan_plan(database, source).rows


def scan_plan(database: Database, source: Source) -> ScanPlan:
    """DuckDB's plan of a relation in brief. Never raises: what DuckDB does not say is None."""
    return query_plan(database, ours(f"{source.before} * {source.after}"))


def query_plan(database: Database, query: Composed) -> ScanPlan:
    """The same of a query."""
    with suppress(StratumError, ValueError, LookupError, TypeError, AttributeError):
        text = str(database.table(ours("EXPLAIN (FORMAT JSON) ") + query, "").column(1)[0])
        return _brief(json.loads(text)[0])
    return ScanPlan()


def _brief(root: Mapping[str, Any]) -> ScanPlan:
    nodes = list(_nodes(root))
    counts = [count for node in nodes if (count := _cardinality(node)) is not None]
    names = {str(node.get("name", "")).strip() for node in nodes}
    flows = all(name in _FLOWING or name.endswith("_SCAN") or name.startswith("READ_") for name in names)
    return ScanPlan(counts[0] if counts else None, max(counts, default=None), flows)


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A node and all below it, the first way down first."""
    yield node
    for child in node.get("children", []):
        yield from _nodes(child)


def _cardinality(node: Mapping[str, Any]) -> int | None:
    own = node.get("extra_info", {}).get("Estimated Cardinality")
    return None if own is None else int(own)
