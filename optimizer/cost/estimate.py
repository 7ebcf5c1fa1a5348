"""The estimate of a batch: rows, bytes and seconds of every operator, and what the whole comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stratum_sql.optimizer.cost.coefficients import Coefficients
from stratum_sql.optimizer.cost.formulas import Context, work_of
from stratum_sql.optimizer.cost.work import Work
from stratum_sql.optimizer.statistics.values import Statistics
from stratum_sql.plan.alone import alone, runs, trials_of
from stratum_sql.plan.build import Batch
from stratum_sql.plan.estimates import Clock
from stratum_sql.plan.graph import Node
from stratum_sql.plan.relational import Read, Scan, Where


@dataclass(frozen=True, slots=True)
class NodeEstimate:
    """One run of one operator: the rows and bytes of its value, its seconds on one core."""

    rows: float
    bytes: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a batch is thought to cost. Nodes above a relation whose rows nobody knows are not in `nodes`.

    `runs` says how often each node runs, `reuse` how many trials one of its values serves. `seconds` are those of all
    threads together, `alone` those if every trial ran alone; None where part of the batch is not known. `simulated` is
    the clock of a number of threads.
    """

    nodes: Mapping[int, NodeEstimate]
    runs: Mapping[int, int] = field(default_factory=dict)
    reuse: Mapping[int, int] = field(default_factory=dict)
    seconds: float | None = None
    alone: float | None = None
    simulated: Clock | None = None

    def of(self, node: int) -> float | None:
        """Seconds of all runs of a node; None where they are not known."""
        one = self.nodes.get(node)
        return None if one is None else one.seconds * self.runs.get(node, 1)


def estimate_batch(batch: Batch, logical: Batch, statistics: Statistics, costs: Coefficients) -> Estimate:
    """The estimate of a plan. `logical` is the batch as built, before any rule: what every trial alone would do."""
    nodes = priced(works(batch, statistics), costs)
    times = runs(batch)
    total = sum(one.seconds * times[node] for node, one in nodes.items())
    whole = bool(nodes) and len(nodes) == len(batch.graph)
    return Estimate(nodes, times, trials_of(batch), total if whole else None, _alone(logical, statistics, costs))


def works(batch: Batch, statistics: Statistics) -> dict[int, Work]:
    """The work of one run of each node, by its id; nodes above a relation of unknown rows are left out."""
    context = _context(batch, statistics)
    found: dict[int, Work] = {}
    for node in batch.graph:
        given = [found[child.id] for child in node.inputs if child.id in found]
        known = node.id in context.rows if isinstance(node.operator, Scan) else len(given) == len(node.inputs)
        if known:
            found[node.id] = work_of(node, given, context)
    return found


def priced(found: Mapping[int, Work], costs: Coefficients) -> dict[int, NodeEstimate]:
    """The seconds of works."""
    return {node: NodeEstimate(work.extent.rows, work.bytes, costs.seconds(work.units)) for node, work in found.items()}


def _alone(logical: Batch, statistics: Statistics, costs: Coefficients) -> float | None:
    nodes = priced(works(logical, statistics), costs)
    if not nodes or len(nodes) < len(logical.graph):
        return None
    times = runs(logical)
    return alone(logical, {node: one.seconds * times[node] for node, one in nodes.items()})


def _context(batch: Batch, statistics: Statistics) -> Context:
    reads: dict[int, list[Read]] = {}
    rows: dict[int, float] = {}
    for node in batch.graph:
        if isinstance(node.operator, Read):
            reads.setdefault(node.inputs[0].id, []).append(node.operator)
        elif isinstance(node.operator, Scan):
            known = statistics.rows(node.operator.source.key)
            if known is not None:
                rows[node.id] = known
    folds = {split.id: batch.folds.get(statement, 1) for statement, split in batch.splits.items()}
    return Context(statistics, reads, rows, _kept(batch, statistics), folds)


def _kept(batch: Batch, statistics: Statistics) -> dict[int, float]:
    """Rows that conditions keep: those of the filtered relations that `filtered_scans` put them in place of."""
    counted = {
        (source.unfiltered.key, f"WHERE {source.condition}"): rows
        for source in (query.source for query in batch.queries)
        if source.unfiltered is not None and (rows := statistics.rows(source.key)) is not None
    }
    conditions = [node.inputs[1] for node in batch.graph if isinstance(node.operator, Where)]
    found = {condition.id: counted.get(_spelled(condition)) for condition in conditions}
    return {node: rows for node, rows in found.items() if rows is not None}


def _spelled(condition: Node) -> tuple[str, str]:
    scan = condition.inputs[0].operator if condition.inputs else None
    key = scan.source.key if isinstance(scan, Scan) else ""
    return key, condition.operator.key if isinstance(condition.operator, Read) else ""
