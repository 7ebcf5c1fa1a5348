"""One sampled query a relation: how many values its columns have, how long its texts are, what its filter keeps."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from stratum_sql.bind.composed import ours
from stratum_sql.bind.database import Database
from stratum_sql.errors import StratumError
from stratum_sql.optimizer.statistics.cardinality import ScanPlan, scan_plan
from stratum_sql.optimizer.statistics.values import ColumnStatistics, SourceStatistics
from stratum_sql.plan.relational import Read, Source

SAMPLE = 20_000  # rows
_MOST_READ = 2_000_000  # rows DuckDB may touch for a sample: some tens of milliseconds


def profile(database: Database, source: Source, wanted: Sequence[Read]) -> SourceStatistics:
    """Estimates for a relation, from DuckDB's plan and, if a column of it is `wanted`, from one sample of its rows.

    Where the relation is another one filtered, that one is sampled, and the share of rows kept in the sample says how
    many there are. A relation that could not be sampled cheaply is not. Never raises: what is not known is None.
    """
    own = scan_plan(database, source)
    columns = [read for read in wanted if read.width == 1]
    whole = source.unfiltered
    plan = own if whole is None else scan_plan(database, whole)
    if not columns or not _is_cheap(plan):
        return SourceStatistics(own.rows)
    sample = _sampled(database, whole or source, source.condition if whole is not None else "", columns, plan)
    if sample is None or sample.rows == 0:
        return SourceStatistics(own.rows)
    return _scaled(sample, own if whole is None else plan, columns)


@dataclass(frozen=True, slots=True)
class _Sample:
    """`rows` were seen, `kept` of them pass the filter; for each column its values and their mean length."""

    rows: int
    kept: int
    columns: tuple[tuple[float, float | None], ...]


def _is_cheap(plan: ScanPlan) -> bool:
    return plan.flows or (plan.largest is not None and plan.largest <= _MOST_READ)


def _sampled(
    database: Database, source: Source, condition: str, columns: Sequence[Read], plan: ScanPlan
) -> _Sample | None:
    """One query; None where it fails. Rows are drawn where all can be seen, else they are the first that come."""
    drawn = plan.largest is not None and plan.largest <= _MOST_READ
    end = f"USING SAMPLE reservoir({SAMPLE} ROWS) REPEATABLE (0)" if drawn else f"LIMIT {SAMPLE}"
    items = [f"({read.sql}) AS c{place}" for place, read in enumerate(columns)]
    items.append(f"coalesce(({condition or 'true'})::BOOLEAN, false) AS kept")
    counts = [
        f"approx_count_distinct(c{place}) FILTER (WHERE kept), avg(length(c{place}::VARCHAR)) FILTER (WHERE kept)"
        for place in range(len(columns))
    ]
    inner = f"SELECT * FROM ({source.before} {', '.join(items)} {source.after}) AS head {end}"
    query = ours(f"SELECT count(*), count(*) FILTER (WHERE kept), {', '.join(counts)} FROM ({inner}) AS sample")
    with suppress(StratumError, ValueError, LookupError, TypeError):
        rows, kept, *rest = [column[0].as_py() for column in database.table(query, "").columns]
        return _Sample(rows, kept, tuple(_pairs(rest)))
    return None


def _pairs(values: Sequence[Any]) -> list[tuple[float, float | None]]:
    return [(float(values[at] or 0), values[at + 1]) for at in range(0, len(values), 2)]


def _scaled(sample: _Sample, plan: ScanPlan, columns: Sequence[Read]) -> SourceStatistics:
    """The sample's figures for the whole relation. A sample that was not full is the relation; one that was, of a
    relation of unknown size, tells of the columns alone."""
    everything = sample.rows if sample.rows < SAMPLE else max(plan.rows or 0, sample.rows)
    rows = everything * sample.kept / sample.rows
    found = {
        (read.key, read.index): ColumnStatistics(
            _distinct(values, sample.kept, rows), width if read.column_kind == "text" else None
        )
        for read, (values, width) in zip(columns, sample.columns, strict=True)
    }
    return SourceStatistics(None if plan.rows is None and sample.rows >= SAMPLE else rows, found)


def _distinct(seen: float, sampled: float, rows: float) -> float:
    """Values among all rows. All different in the sample: all different; few: these are all; between: in between."""
    if not sampled or not seen:
        return 0.0
    grown: float = (rows / sampled) ** min(seen / sampled, 1.0)
    return min(seen * grown, rows)
