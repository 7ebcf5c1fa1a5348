"""One small batch, run operator by operator in one thread: what each cost, beside the work the formulas say it is."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from threadpoolctl import threadpool_limits

from stratum_sql.bind.bind_train import bind_train
from stratum_sql.bind.database import Database
from stratum_sql.bind.names import Names
from stratum_sql.bind.scope import Scope
from stratum_sql.calibrate.batches import Probe, make_rows
from stratum_sql.catalog import registry
from stratum_sql.catalog.estimators import estimator
from stratum_sql.execute.duckdb import read_relation
from stratum_sql.execute.noted import listening
from stratum_sql.execute.operators import Operators
from stratum_sql.grammar.parse import parse_one
from stratum_sql.grammar.syntax import Train
from stratum_sql.optimizer.cost.estimate import works
from stratum_sql.optimizer.cost.work import Units
from stratum_sql.optimizer.pipeline import optimize
from stratum_sql.optimizer.statistics.gather import gather
from stratum_sql.physical.schedule import Task, plan_schedule
from stratum_sql.plan.build import Batch, build_batch
from stratum_sql.plan.graph import Node
from stratum_sql.plan.query import TrainQuery
from stratum_sql.plan.relational import Read, Scan

_MEMORY = 2 * 2**30  # bytes of one matrix


@dataclass(frozen=True, slots=True)
class Timed:
    """One run of one operator: its kind, the units its formula counts, and the seconds it took."""

    kind: str
    units: Units
    seconds: float


def timed(probe: Probe, connection: duckdb.DuckDBPyConnection, rows: int) -> list[Timed]:
    """Every operator of a probe, run once a fold. Raises what binding or a library raises."""
    make_rows(connection, max(int(rows * probe.share), 60))
    database = Database(connection, lambda _sql: None)
    try:
        return _timed(probe, database)
    finally:
        database.close()


def _timed(probe: Probe, database: Database) -> list[Timed]:
    logical = build_batch([_bound(text, database) for text in probe.statements])
    batch, _ = optimize(logical, dict.fromkeys(probe.off, False))
    counted = works(batch, gather((logical, batch), database))
    run = _Run(database, batch)
    with threadpool_limits(limits=1), listening(), np.errstate(all="ignore"):
        return [Timed(task.operator.kind, counted[task.node.id].units, run.seconds(task)) for task in run.tasks]


def _bound(text: str, database: Database) -> TrainQuery:
    query = parse_one(text, database.parses)
    assert isinstance(query, Train)
    return bind_train(text, query, Scope(database, Names(database, registry.transform), estimator))


class _Run:
    """The tasks of a batch and the values of those that were run."""

    def __init__(self, database: Database, batch: Batch) -> None:
        self.database = database
        self.tasks: tuple[Task, ...] = plan_schedule(batch).units
        self.reads = _reads(batch.graph)
        self.operators = Operators(registry.transform, estimator, _MEMORY)
        self.values: dict[int, Any] = {}

    def seconds(self, task: Task) -> float:
        """Run a task whose inputs were run, and say how long it took."""
        inputs = [self.values[child.id] for child in task.inputs]
        started = time.perf_counter()
        if isinstance(task.operator, Scan):
            value: Any = read_relation(self.database, task.operator.source, self.reads.get(task.node.id, []))
        else:
            value = self.operators.run(task.operator, inputs, task.fold)
        seconds = time.perf_counter() - started
        self.values[task.id] = value
        return seconds


def _reads(nodes: Iterable[Node]) -> Mapping[int, list[Read]]:
    found: dict[int, list[Read]] = {}
    for node in nodes:
        if isinstance(node.operator, Read):
            found.setdefault(node.inputs[0].id, []).append(node.operator)
    return found
