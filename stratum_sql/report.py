"""What EXPLAIN gathers for a batch before it is printed: the optimized plan, estimated rows, measured times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from stratum_sql.bind.database import Database
from stratum_sql.errors import Diagnostic, PlanError, suggestions
from stratum_sql.execute.duckdb import estimated_rows
from stratum_sql.execute.outcomes import BatchResult
from stratum_sql.optimizer.pipeline import optimize
from stratum_sql.plan.alone import operators_alone
from stratum_sql.plan.build import Batch, build_batch
from stratum_sql.plan.explain import Facts, explain_text, facts_of
from stratum_sql.plan.explain_html import explain_html
from stratum_sql.plan.explain_json import explain_json
from stratum_sql.plan.explain_mermaid import explain_mermaid
from stratum_sql.plan.query import TrainQuery

FORMATS: Mapping[str, Callable[[Batch, Facts], str]] = {
    "text": explain_text,
    "json": explain_json,
    "mermaid": explain_mermaid,
    "html": explain_html,
}


def explain_batch(
    queries: Sequence[TrainQuery],
    database: Database,
    switches: Mapping[str, bool],
    *,
    measured: BatchResult | None = None,
    form: str = "text",
    names: Mapping[int, str] | None = None,
) -> str:
    """The plan of a batch as `text`, `json`, `mermaid` or `html`. Folds that only the data can count are shown as one.

    `names` are what statements, counted from 0, are called, such as their files; without it, by the models they keep.
    Raises PlanError for another format.
    """
    show = _format(form)
    counts = {} if measured is None else {index: len(result.folds) for index, result in enumerate(measured.statements)}
    asked = {**switches, **{name: on for query in queries for name, on in query.options.rules}}
    logical = build_batch(queries, counts)
    batch, savings = optimize(logical, asked)
    facts = Facts(
        rows=_rows(queries, database),
        savings=facts_of(savings),
        unshared=operators_alone(logical),
        measured={} if measured is None else measured.timings,
        total_seconds=None if measured is None else measured.seconds,
        names=names or {index: query.name for index, query in enumerate(queries) if query.name is not None},
    )
    return show(batch, facts)


def _format(form: str) -> Callable[[Batch, Facts], str]:
    if form in FORMATS:
        return FORMATS[form]
    hint = f"formats: {', '.join(FORMATS)}"
    message = f'no EXPLAIN format "{form}"'
    raise PlanError(Diagnostic("unknown_format", message, "plan", did_you_mean=suggestions(form, FORMATS), hint=hint))


def _rows(queries: Sequence[TrainQuery], database: Database) -> dict[str, int]:
    """Estimated rows by source; every relation is asked for once."""
    sources = {query.source.key: query.source for query in queries}
    found = {key: estimated_rows(database, source) for key, source in sources.items()}
    return {key: rows for key, rows in found.items() if rows is not None}
