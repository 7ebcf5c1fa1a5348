"""What EXPLAIN gathers for a batch before it is printed: the optimized plan, estimated rows, measured times."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from stratum_sql.bind.composed import ours
from stratum_sql.bind.database import Database
from stratum_sql.errors import StratumError
from stratum_sql.execute.batch import BatchResult
from stratum_sql.optimizer.pipeline import optimize
from stratum_sql.plan.alone import operators_alone
from stratum_sql.plan.build import build_batch
from stratum_sql.plan.explain import Facts, explain_json, explain_text, facts_of
from stratum_sql.plan.query import TrainQuery
from stratum_sql.plan.relational import Source


def explain_batch(
    queries: Sequence[TrainQuery],
    database: Database,
    switches: Mapping[str, bool],
    *,
    measured: BatchResult | None = None,
    form: str = "text",
) -> str:
    """The plan of a batch as `text` or `json`. Folds that only the data can count are shown as one."""
    counts = {} if measured is None else {index: len(result.folds) for index, result in enumerate(measured.statements)}
    asked = {**switches, **{name: on for query in queries for name, on in query.options.rules}}
    logical = build_batch(queries, counts)
    batch, savings = optimize(logical, asked)
    facts = Facts(
        rows={query.source.key: rows for query in queries if (rows := estimated_rows(database, query.source)) is not None},
        savings=facts_of(savings),
        unshared=operators_alone(logical),
        measured={} if measured is None else measured.timings,
        total_seconds=None if measured is None else measured.seconds,
    )
    return explain_json(batch, facts) if form == "json" else explain_text(batch, facts)


def estimated_rows(database: Database, source: Source) -> int | None:
    """DuckDB's own estimate of a relation's rows, or None if it says nothing."""
    with suppress(StratumError, ValueError, KeyError, IndexError):
        query = ours(f"EXPLAIN (FORMAT JSON) {source.before} * {source.after}")
        text = str(database.table(query, "").column(1)[0])
        return _cardinality(json.loads(text)[0])
    return None


def _cardinality(node: dict[str, Any]) -> int | None:
    own = node.get("extra_info", {}).get("Estimated Cardinality")
    if own is not None:
        return int(own)
    for child in node.get("children", []):
        found = _cardinality(child)
        if found is not None:
            return found
    return None
