"""A batch from plan to answers: read the relations, split the rows, run the schedule, fit the models that are kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from stratum_sql.bind.database import Database
from stratum_sql.catalog.splitters import Fold
from stratum_sql.errors import Diagnostic, Interrupted, RunError, StratumError
from stratum_sql.execute.duckdb import Relation, read_relation
from stratum_sql.execute.events import Best, Listener, Progress
from stratum_sql.execute.operators import Operators, listening
from stratum_sql.execute.scheduler import GoalResult, Scheduler, reason
from stratum_sql.execute.values import FitResult, Labels, Model
from stratum_sql.optimizer.pipeline import Saving, optimize
from stratum_sql.physical.schedule import FoldGoal, Schedule, plan_schedule
from stratum_sql.plan.alone import operators_alone
from stratum_sql.plan.build import Batch, build_batch, build_refit
from stratum_sql.plan.features import Feature
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.query import TrainQuery, Trial
from stratum_sql.plan.relational import Read, Scan


@dataclass(frozen=True, slots=True)
class Settings:
    """What a session gives a batch."""

    workers: int
    memory_limit: int  # bytes
    max_seconds: float | None = None
    switches: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class TrialResult:
    """One row of a leaderboard. `scores` is metric → one value a fold, in fold order; empty unless `status` is ok."""

    trial: Trial
    status: str
    scores: Mapping[str, tuple[float, ...]]
    seconds: float
    error: str | None

    def mean(self, metric: str) -> float | None:
        """Mean over the folds, or None where it is not a number."""
        values = self.scores.get(metric)
        mean = float(np.mean(values)) if values else float("nan")
        return mean if np.isfinite(mean) else None

    def std(self, metric: str) -> float | None:
        """Standard deviation over the folds (of the folds themselves, as scikit-learn's search reports it)."""
        values = self.scores.get(metric)
        deviation = float(np.std(values)) if values else float("nan")
        return deviation if np.isfinite(deviation) else None


@dataclass(frozen=True, eq=False, slots=True)
class KeptModel:
    """The best trial of a named statement, fitted on all rows."""

    trial: TrialResult
    fits: tuple[tuple[Feature, FitResult], ...]
    model: Model
    labels: Labels
    names: tuple[str, ...]
    rows: int


@dataclass(frozen=True, eq=False, slots=True)
class StatementResult:
    """The answer to one statement: its trials, or the error that ended it."""

    query: TrainQuery
    trials: tuple[TrialResult, ...]
    warnings: tuple[Diagnostic, ...]
    kept: KeptModel | None = None
    error: StratumError | None = None
    folds: tuple[Fold, ...] = ()
    relation: Relation | None = None


@dataclass(frozen=True, eq=False, slots=True)
class BatchResult:
    """The answers of a batch, and what it took."""

    statements: tuple[StatementResult, ...]
    seconds: float
    fits: int
    nodes: int
    nodes_unshared: int
    scans: int
    interrupted: bool
    savings: tuple[Saving, ...]
    timings: Mapping[str, tuple[int, float]]


def run_batch(
    queries: Sequence[TrainQuery],
    database: Database,
    operators: Operators,
    settings: Settings,
    listener: Listener | None,
    stop: threading.Event,
    finished: Callable[[int, TrialResult], None] = lambda _statement, _trial: None,
) -> BatchResult:
    """Run the batch. `finished` is told of every trial as it ends; `stop` ends the batch with what is done.

    KeyboardInterrupt is not caught: `finished` has been told by then of whatever was done.
    """
    return _Run(queries, database, operators, settings, listener, stop, finished).run()


class _Run:
    """One run of one batch."""

    def __init__(
        self,
        queries: Sequence[TrainQuery],
        database: Database,
        operators: Operators,
        settings: Settings,
        listener: Listener | None,
        stop: threading.Event,
        finished: Callable[[int, TrialResult], None],
    ) -> None:
        self.queries, self.database, self.operators, self.settings = tuple(queries), database, operators, settings
        self.listener, self.stop, self.finished = listener, stop, finished
        self.started = time.monotonic()
        self.errors: dict[int, StratumError] = {}
        self.relations: dict[str, Relation] = {}
        self.values: dict[Node, Any] = {}
        self.told: dict[tuple[int, int], TrialResult] = {}
        self.best: Best | None = None
        self.scheduler: Scheduler | None = None
        self.trained_fits = 0

    def run(self) -> BatchResult:
        self._report("scan")
        batch, savings, unshared = self._plan({})
        self._read(batch)
        splits = self._split(batch)
        if any(query.split.folds is None for query in self.queries):
            counts = {index: len(folds) for index, folds in splits.items()}
            batch, savings, unshared = self._plan(counts)
            splits = self._split(batch)
        schedule = plan_schedule(self._without_failed(batch))
        with listening():
            results = self._train(batch, schedule)
            statements = [self._statement(index, results, splits) for index in range(len(self.queries))]
        self._report("done")
        return BatchResult(
            statements=tuple(statements),
            seconds=time.monotonic() - self.started,
            fits=sum(result.status == "ok" for result in results.values()),
            nodes=len(batch.graph),
            nodes_unshared=unshared,
            scans=sum(isinstance(node.operator, Scan) for node in batch.graph),
            interrupted=self.stop.is_set(),
            savings=savings,
            timings={} if self.scheduler is None else self.scheduler.timings,
        )

    def _plan(self, counts: Mapping[int, int]) -> tuple[Batch, tuple[Saving, ...], int]:
        logical = build_batch(self.queries, counts)
        switches = {**self.settings.switches, **{name: on for query in self.queries for name, on in query.options.rules}}
        batch, savings = optimize(logical, switches)
        return batch, savings, operators_alone(logical)

    # -- before training ---------------------------------------------------------------------------------------------

    def _read(self, batch: Batch) -> None:
        """Read every relation; a relation that cannot be read as asked is read again for each statement alone."""
        for node in batch.graph:
            if isinstance(node.operator, Scan):
                self.values[node] = self._relation(batch, node)

    def _relation(self, batch: Batch, scan: Node) -> Relation | None:
        assert isinstance(scan.operator, Scan)
        reads = [node.operator for node in batch.graph if isinstance(node.operator, Read) and node.inputs == (scan,)]
        try:
            return read_relation(self.database, scan.operator.source, reads)
        except StratumError as error:
            if isinstance(error, Interrupted):
                raise
            return self._relation_apart(scan.operator, reads, error)

    def _relation_apart(self, scan: Scan, reads: list[Read], error: StratumError) -> Relation | None:
        """What each statement alone can read of a relation; the others get the error that is theirs."""
        readers = [index for index, query in enumerate(self.queries) if query.source.key == scan.source.key]
        if scan.reader is not None:
            readers = [scan.reader]
        columns: dict[Any, Any] = {}
        rows = 0
        for index in readers:
            try:
                own = _reads_of(self.queries[index], reads) if len(readers) > 1 else None
                if own is None:
                    raise error
                relation = read_relation(self.database, scan.source, own)
                columns |= relation.columns
                rows = relation.rows
            except Interrupted:
                raise
            except StratumError as own_error:
                self.errors[index] = own_error
        return Relation(rows, columns) if columns else None

    def _split(self, batch: Batch) -> dict[int, tuple[Fold, ...]]:
        """The folds of every statement, worked out in this thread; what fails ends its statement."""
        made: dict[int, tuple[Fold, ...]] = {}
        for index, node in batch.splits.items():
            if index in self.errors:
                continue
            try:
                made[index] = self._value(node)
            except StratumError as error:
                self.errors[index] = error
            except (ValueError, TypeError, MemoryError, ArithmeticError) as error:
                self.errors[index] = RunError(Diagnostic("split_failed", reason(error) or "", "run"))
        return made

    def _value(self, node: Node) -> Any:
        """A value worked out here and kept for the schedule."""
        if node not in self.values:
            if isinstance(node.operator, Scan):
                same = next((kept for kept in self.values if kept.operator == node.operator), None)
                self.values[node] = self.values[same] if same is not None else None
            else:
                self.values[node] = self.operators.run(node.operator, [self._value(child) for child in node.inputs])
        return self.values[node]

    def _without_failed(self, batch: Batch) -> Batch:
        return replace(batch, scores={goal: nodes for goal, nodes in batch.scores.items() if goal[0] not in self.errors})

    # -- training ----------------------------------------------------------------------------------------------------

    def _train(self, batch: Batch, schedule: Schedule) -> dict[FoldGoal, GoalResult]:
        self.goals_of = {goal: tuple(FoldGoal(goal, fold) for fold in range(len(nodes))) for goal, nodes in batch.scores.items() if goal[0] not in self.errors}
        if not schedule.wanted:
            return {}
        ids = {node.id for node in schedule.nodes}
        given = {node.id: self._value(node) for node in batch.graph if node.id in ids and self._is_given(node, batch)}
        self.values = {node: value for node, value in self.values.items() if isinstance(node.operator, Scan)}
        self.scheduler = Scheduler(schedule, self._run_node, given, self._workers(), self._memory())
        self.waiting = dict(self.goals_of)
        try:
            return self.scheduler.run(self._watch)
        finally:
            self._tell_finished()

    def _is_given(self, node: Node, batch: Batch) -> bool:
        return isinstance(node.operator, Scan) or node in batch.splits.values()

    def _run_node(self, node: Node, inputs: list[Any]) -> Any:
        return self.operators.run(node.operator, inputs)

    def _workers(self) -> int:
        asked = [query.options.n_jobs for query in self.queries if query.options.n_jobs is not None]
        return min([self.settings.workers, *asked])

    def _memory(self) -> int:
        asked = [query.options.memory_limit for query in self.queries if query.options.memory_limit is not None]
        return min([self.settings.memory_limit, *asked])

    def _watch(self) -> None:
        """Called ten times a second: what ended, what must end, and the news."""
        self._tell_finished()
        if self.stop.is_set():
            self._give_up(range(len(self.queries)), "cancelled")
        elapsed = time.monotonic() - self.started
        for index, query in enumerate(self.queries):
            limit = min([seconds for seconds in (query.options.timeout, self.settings.max_seconds) if seconds is not None], default=None)
            if limit is not None and elapsed > limit:
                self._give_up([index], "timeout")
        self._report("train")

    def _give_up(self, statements: Sequence[int], status: str) -> None:
        assert self.scheduler is not None
        self.scheduler.give_up([goal for goal in self.scheduler.open_goals() if goal.goal[0] in statements], status)

    def _tell_finished(self) -> None:
        """Tell of trials whose folds have all ended; a trial that failed in one fold is not tried in the others."""
        assert self.scheduler is not None
        with self.scheduler.changed:
            results = dict(self.scheduler.results)
        for goal, folds in list(self.waiting.items()):
            ended = [results[fold] for fold in folds if fold in results]
            failed = next((result for result in ended if result.status != "ok"), None)
            if failed is not None and len(ended) < len(folds):
                self.scheduler.give_up(list(folds), failed.status, failed.error)
            if failed is None and len(ended) < len(folds):
                continue
            del self.waiting[goal]
            self._finish(goal, failed, ended)

    def _finish(self, goal: tuple[int, int], failed: GoalResult | None, ended: list[GoalResult]) -> None:
        query = self.queries[goal[0]]
        trial = next(trial for trial in query.trials if trial.number == goal[1])
        result = _trial_result(query, trial, failed, ended)
        self.told[goal] = result
        self.trained_fits += len(ended)
        self._note_best(goal[0], query, result)
        self.finished(goal[0], result)
        if result.status == "failed" and query.options.on_error == "abort":
            self._give_up([goal[0]], "cancelled")

    def _note_best(self, statement: int, query: TrainQuery, result: TrialResult) -> None:
        metric = query.metrics[0]
        value = result.mean(metric.name)
        if value is None or result.status != "ok":
            return
        sign = 1 if metric.higher_is_better else -1
        if self.best is None or self.best.metric != metric.name or sign * value > sign * self.best.value:
            self.best = Best(
                statement, result.trial.number, result.trial.estimator.name, str(result.trial.given), metric.name, value, metric.higher_is_better
            )

    def _report(self, phase: str) -> None:
        if self.listener is None:
            return
        total = sum(len(query.trials) for query in self.queries)
        fits = sum(len(goals) for goals in self.goals_of.values()) if hasattr(self, "goals_of") else 0
        done = len(self.scheduler.results) if self.scheduler is not None else 0
        elapsed = time.monotonic() - self.started
        left = elapsed / done * (fits - done) if done and phase == "train" else None
        failed = sum(result.status != "ok" for result in self.told.values())
        self.listener(Progress(phase, len(self.told), failed, total, done, fits, elapsed, left, self.best))

    # -- answers -----------------------------------------------------------------------------------------------------

    def _statement(self, index: int, results: Mapping[FoldGoal, GoalResult], splits: Mapping[int, tuple[Fold, ...]]) -> StatementResult:
        query = self.queries[index]
        if index in self.errors:
            return StatementResult(query, (), query.warnings, error=self.errors[index])
        ordered = tuple(self.told[index, trial.number] for trial in query.trials if (index, trial.number) in self.told)
        said = {text for goal, result in results.items() if goal.goal[0] == index for text in result.warnings}
        warnings = query.warnings + tuple(Diagnostic("library_warning", text, "run", "warning") for text in sorted(said)[:10])
        relation = next((value for node, value in self.values.items() if isinstance(node.operator, Scan) and node.operator.source.key == query.source.key and node.operator.reader in (None, index)), None)
        kept, error = self._keep(query, index, ordered) if query.name and not self.stop.is_set() else (None, None)
        return StatementResult(query, ordered, warnings, kept, error, splits[index], relation)

    def _keep(self, query: TrainQuery, index: int, ordered: Sequence[TrialResult]) -> tuple[KeptModel | None, StratumError | None]:
        """Fit the best trial on all rows. A statement none of whose trials succeeded keeps no model."""
        best = rank(query, ordered)
        if not best:
            return None, None
        self._report("store")
        try:
            return self._refit(query, index, best[0]), None
        except StratumError as error:
            return None, error
        except Exception as error:  # noqa: BLE001 whatever a library raises ends this statement, not the batch
            return None, RunError(Diagnostic("fit_failed", f"the best trial could not be fitted on all rows: {reason(error)}", "run"))

    def _refit(self, query: TrainQuery, index: int, best: TrialResult) -> KeptModel:
        graph = Graph()
        refit = build_refit(graph, query, index, best.trial)
        values: dict[int, Any] = {}
        scans = {node.operator.source.key: value for node, value in self.values.items() if isinstance(node.operator, Scan)}
        for node in graph:
            if isinstance(node.operator, Scan):
                values[node.id] = scans[node.operator.source.key]
            else:
                values[node.id] = self.operators.run(node.operator, [values[child.id] for child in node.inputs])
        fits = tuple((feature, values[node.id]) for feature, node in refit.fits)
        design = values[refit.matrix.id]
        return KeptModel(best, fits, values[refit.model.id], values[refit.target.id], design.names, design.matrix.shape[0])


def rank(query: TrainQuery, trials: Sequence[TrialResult]) -> list[TrialResult]:
    """The trials that have a score, best first by the first metric; equal scores in the order of the statement."""
    metric = query.metrics[0]
    sign = -1 if metric.higher_is_better else 1
    scored = [(value, result) for result in trials if result.status == "ok" and (value := result.mean(metric.name)) is not None]
    return [result for _, result in sorted(scored, key=lambda item: (sign * item[0], item[1].trial.number))]


def _trial_result(query: TrainQuery, trial: Trial, failed: GoalResult | None, ended: Sequence[GoalResult]) -> TrialResult:
    seconds = sum(result.seconds for result in ended)
    if failed is not None:
        return TrialResult(trial, failed.status, {}, seconds, reason(failed.error))
    scores = {metric.name: tuple(float(result.score.values[metric.name]) for result in ended) for metric in query.metrics}
    problems = {name: text for result in ended for name, text in result.score.problems.items() if name in scores}
    noted = "; ".join(f"{name}: {text}" for name, text in problems.items()) or None
    return TrialResult(trial, "ok", scores, seconds, noted)


def _reads_of(query: TrainQuery, reads: Sequence[Read]) -> list[Read]:
    """The reads that one statement asked for."""
    own = {node.operator for node in build_batch([query]).graph if isinstance(node.operator, Read)}
    return [read for read in reads if read in own]
