"""What EXPLAIN gathers for a batch before it is printed: the optimized plan, estimated rows, measured times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from stratum_sql.bind.database import Database
from stratum_sql.errors import Diagnostic, PlanError, suggestions
from stratum_sql.execute.outcomes import BatchResult
from stratum_sql.optimizer.cost.coefficients import coefficients
from stratum_sql.optimizer.cost.device import Device
from stratum_sql.optimizer.cost.estimate import Estimate, estimate_batch, works
from stratum_sql.optimizer.pipeline import optimize
from stratum_sql.optimizer.placing import placed
from stratum_sql.optimizer.statistics.gather import gather
from stratum_sql.optimizer.statistics.values import Statistics
from stratum_sql.physical.forecast import forecast_batch
from stratum_sql.plan.alone import operators_alone
from stratum_sql.plan.build import Batch, build_batch
from stratum_sql.plan.device import Placement
from stratum_sql.plan.explain import Facts, explain_text, facts_of
from stratum_sql.plan.explain_html import explain_html
from stratum_sql.plan.explain_json import explain_json
from stratum_sql.plan.explain_mermaid import explain_mermaid
from stratum_sql.plan.query import Mode, TrainQuery

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
    threads: int = 1,
    statement_of: Sequence[int] = (),
    device: Device | None = None,
    mode: Mode = "auto",
) -> str:
    """The plan of a batch as `text`, `json`, `mermaid` or `html`. Folds that only the data can count are shown as one.

    `names` are what statements, counted from 0, are called, such as their files; without it, by the models they keep.
    `threads`: trials that run side by side. `statement_of`: where statements were taken apart into groups, the one that
    each of `queries` comes from, counted from 0. `device`: a GPU that work may be placed on, and `mode` for statements
    that do not say whether.
    Raises PlanError for another format.
    """
    show = _format(form)
    origin = tuple(statement_of or range(len(queries)))
    counts = {} if measured is None else _folds(measured)
    asked = {**switches, **{name: on for query in queries for name, on in query.options.rules}}
    logical = build_batch(queries, counts)
    batch, savings = optimize(logical, asked)
    statistics = gather((logical, batch), database)
    batch, placement = _placed(batch, statistics, device, [query.options.device or mode for query in queries], threads)
    facts = Facts(
        rows=_rows(statistics),
        savings=facts_of(savings),
        unshared=operators_alone(logical),
        measured={} if measured is None else measured.timings,
        kernels={} if measured is None else measured.kernels,
        total_seconds=None if measured is None else measured.seconds,
        names=names or {origin[index]: query.name for index, query in enumerate(queries) if query.name is not None},
        estimate=_estimated(batch, logical, statistics, threads, device),
        threads=threads,
        statement_of=origin,
        placement=placement,
        device_run=None if measured is None else measured.device,
    )
    return show(batch, facts)


def _folds(measured: BatchResult) -> dict[int, int]:
    """Folds by statement, of those that were split: what is known from before is not."""
    split = enumerate(measured.statements)
    return {index: len(result.folds) for index, result in split if result.folds or result.error is not None}


def _format(form: str) -> Callable[[Batch, Facts], str]:
    if form in FORMATS:
        return FORMATS[form]
    hint = f"formats: {', '.join(FORMATS)}"
    message = f'no EXPLAIN format "{form}"'
    raise PlanError(Diagnostic("unknown_format", message, "plan", did_you_mean=suggestions(form, FORMATS), hint=hint))


def _rows(statistics: Statistics) -> dict[str, int]:
    """Estimated rows by source, of those that are known."""
    return {key: round(source.rows) for key, source in statistics.sources.items() if source.rows is not None}


def _placed(
    batch: Batch, statistics: Statistics, device: Device | None, modes: Sequence[Mode], threads: int
) -> tuple[Batch, Placement | None]:
    """The plan with what goes to the device, where there is one and some statement may use it."""
    if device is None or all(mode == "cpu" for mode in modes):
        return batch, None
    return placed(batch, works(batch, statistics), coefficients(), device, modes, threads)


def _estimated(batch: Batch, logical: Batch, statistics: Statistics, threads: int, device: Device | None) -> Estimate:
    costs = coefficients() if device is None else device.priced(coefficients())
    estimate = estimate_batch(batch, logical, statistics, costs)
    return replace(estimate, simulated=forecast_batch(batch, estimate, threads))
