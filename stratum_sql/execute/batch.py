"""A batch from plan to answers: read the relations, split the rows, run the schedule, fit the models that are kept."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from stratum_sql.bind.database import Database
from stratum_sql.catalog.columns import Column
from stratum_sql.catalog.splitters import Fold, rows_of_rungs
from stratum_sql.catalog.stopping import ROUNDS, for_all_rows
from stratum_sql.errors import Diagnostic, RunError, StratumError
from stratum_sql.execute.cache import ResultCache
from stratum_sql.execute.content import remembered_digests
from stratum_sql.execute.devices import Devices
from stratum_sql.execute.duckdb import Relation, StreamedRelation
from stratum_sql.execute.events import Best, Listener, Progress
from stratum_sql.execute.gpu import DeviceFailed
from stratum_sql.execute.kept_fits import KeptFits, fit_digests
from stratum_sql.execute.linear.unsolved import NotShared, Unsolved
from stratum_sql.execute.noted import listening
from stratum_sql.execute.operators import Operators, classes_of, encode_target
from stratum_sql.execute.origin import Origins
from stratum_sql.execute.outcomes import BatchResult, KeptModel, StatementResult, TrialResult, rank
from stratum_sql.execute.refit import fit_on_all_rows
from stratum_sql.execute.relations import read_relations
from stratum_sql.execute.reuse import Reuse, reuse_of
from stratum_sql.execute.scheduler import GoalResult, Scheduler, reason
from stratum_sql.execute.values import Scored
from stratum_sql.kernel_runs import KernelRuns, counting
from stratum_sql.optimizer.cost.device import Device
from stratum_sql.optimizer.pipeline import MAKE_EQUAL, REUSE, TRAIN_TOGETHER, Saving, optimize
from stratum_sql.optimizer.rewrite import prune
from stratum_sql.optimizer.statistics.cardinality import estimated_rows
from stratum_sql.optimizer.statistics.gather import gather
from stratum_sql.physical.schedule import FoldGoal, Schedule, Task, inner_threads, plan_schedule
from stratum_sql.plan.alone import operators_alone, size
from stratum_sql.plan.build import Batch, Goal, build_batch
from stratum_sql.plan.features import Feature, leaves
from stratum_sql.plan.frozen import freeze
from stratum_sql.plan.graph import Node, Operator
from stratum_sql.plan.linear import streamable_scans
from stratum_sql.plan.query import Mode, TrainQuery, Trial
from stratum_sql.plan.relational import Read, Scan
from stratum_sql.plan.trained import is_shared
from stratum_sql.plan.transform import Encode, Targets
from stratum_sql.uncollected import uncollected

_log = logging.getLogger(__name__)

_TEXT_WIDTH = 50  # columns that a text is taken to become: about the mean of the flights' one-hot columns
_SHARE_OF_FOLDS = 0.25  # of the memory limit that matrices of all folds may take, by that guess


_SHARE_OF_READING = 0.25  # of the memory limit that one relation may take before it is read in pieces
_MOST_READ = 512 * 2**20  # bytes; more is read in pieces whatever the limit
_FEW_FOLDS = 50  # more are planned once the rows were split: the clause may ask for more than there can be


@dataclass(frozen=True, slots=True)
class Settings:
    """What a session gives a batch."""

    workers: int
    memory_limit: int  # bytes
    max_seconds: float | None = None
    switches: Mapping[str, bool] = field(default_factory=dict)
    cache: ResultCache | None = None  # of what earlier batches found; None looks up and keeps nothing
    fits: KeptFits | None = None  # of earlier batches; None likewise
    device: Mode = "auto"  # of statements that do not say it
    described: Device | None = None  # a GPU in place of what this machine's says of itself
    withdrawn: Collection[int] = ()  # requests that nobody wants an answer to; it may grow while a batch runs


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
    with threadpool_limits(limits=1), listening(), counting() as kernels:  # trials side by side, each in one thread
        run = _Run(queries, database, operators, settings, listener, stop, finished, kernels)
        return run.run()


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
        kernels: Mapping[str, KernelRuns],
    ) -> None:
        self.queries, self.database, self.operators, self.settings = tuple(queries), database, operators, settings
        self.listener, self.stop, self.finished, self.kernels = listener, stop, finished, kernels
        self.started = time.monotonic()
        self.deadlines = tuple(self._deadline(query) for query in self.queries)
        self.trials = {
            (index, trial.number): trial for index, query in enumerate(self.queries) for trial in query.trials
        }
        self.errors: dict[int, StratumError] = {}
        self.values: dict[Node, Any] = {}
        self.batch: Batch | None = None
        self.results: dict[FoldGoal, GoalResult] = {}
        self.asked = 0  # scores of folds
        self.again: set[Goal] = set()  # what must be trained by itself
        self.faults: dict[Goal, BaseException] = {}  # of work that was shared, and so need not be the trial's own
        self.aborted: set[int] = set()  # statements that end with their first failure, and had one
        self.timings: dict[str, tuple[int, float]] = {}
        self.switches = {
            **settings.switches,
            **{name: on for query in self.queries for name, on in query.options.rules},
        }
        self.reused = 0  # scores of folds that were known from before
        self.origins: Origins | None = None
        self.by_origin: Reuse | None = None
        self.written: dict[Goal, bytes] = {}  # results as the cache keeps them
        self.digest_of: Callable[[Node], bytes | None] = lambda _: None  # of the column of a `Read`
        self.fit_digests: dict[int, bytes] = {}  # of the plan that runs
        modes = [query.options.device or settings.device for query in self.queries]
        self.devices = Devices(modes, settings.described)
        self.rung_rows: dict[int, tuple[int, ...]] = {}  # of halving searches
        self.settled: set[int] = set()  # statements that are known whole, so that nothing is read for them
        self.whole: dict[Goal, Sequence[GoalResult]] = {}  # trials that succeeded in every fold
        self.waiting: dict[Goal, list[FoldGoal]] = {}
        self.ended: dict[Goal, dict[int, GoalResult]] = {}
        self.told: dict[Goal, TrialResult] = {}
        self.best: Best | None = None
        self.scheduler: Scheduler[FoldGoal, Task] | None = None

    def run(self) -> BatchResult:
        """Every phase in its order."""
        self._report("scan")
        self.errors |= self.devices.absent()
        unsure = {
            index: 1 for index, query in enumerate(self.queries) if not 0 < (query.split.folds or 0) <= _FEW_FOLDS
        }
        batch, savings, unshared = self._plan(unsure)
        self._settle(batch, unsure)
        batch = self._unsettled(batch)
        self._read(batch)
        splits = self._split(batch)
        if unsure:
            batch, savings, unshared = self._plan({index: len(splits.get(index, "1")) for index in unsure})
            batch = self._unsettled(batch)
            splits = self._split(batch)
        batch = self._without_failed(batch)
        planned, together = self._train_all(batch, splits)
        self._keep_by_origin()
        relations = self._relations(batch)
        kept = self._keep(relations)
        said = self._library_warnings()
        statements = [self._statement(index, splits, relations, kept, said) for index in range(len(self.queries))]
        self._report("done")
        return BatchResult(
            statements=tuple(statements),
            seconds=time.monotonic() - self.started,
            fits=sum(result.status == "ok" for result in self.results.values()),
            reused=self.reused,
            nodes=size(planned),
            nodes_unshared=unshared,
            scans=sum(isinstance(node.operator, Scan) for node in batch.graph),
            interrupted=self.stop.is_set(),
            savings=savings + together,
            timings=self.timings,
            kernels=self.kernels,
            device=self.devices.run(),
        )

    def _plan(self, counts: Mapping[int, int]) -> tuple[Batch, tuple[Saving, ...], int]:
        """The batch with equal work found, what that saved, and what it would be without."""
        with uncollected():
            logical = build_batch(self.queries, counts)
            batch, savings = optimize(logical, self.switches, MAKE_EQUAL)
            return batch, savings, operators_alone(logical)

    def _train_all(self, batch: Batch, splits: Mapping[int, tuple[Fold, ...]]) -> tuple[Batch, tuple[Saving, ...]]:
        """Every trial that is not known from before. Those that cannot be had together with others, or that failed so,
        are then trained by themselves: what is wrong with one of them is its own."""
        self.asked += sum(batch.folds[statement] for statement, _ in batch.scores)
        self.digest_of = remembered_digests(self._column)
        reuse = self._reuse(batch, self.digest_of)
        known = {} if reuse is None else reuse.known()
        for goal, folds in known.items():
            self._know(goal, folds)
        with uncollected():
            planned, savings = optimize(_only(batch, batch.scores.keys() - known.keys()), self.switches, TRAIN_TOGETHER)
            planned = self._placed(planned)
        try:
            self._train(planned, splits)
            self._cancel_aborted()
            if self.again:
                alone = _only(batch, self.again)
                self._hold_all(alone)
                self._train(self._without_failed(alone), splits)
        finally:
            if reuse is not None:
                reuse.keep({goal: folds for goal, folds in self.whole.items() if goal not in known})
        return planned, savings

    def _cancel_aborted(self) -> None:
        """What would be trained by itself for a statement that a failure has ended is not."""
        for goal in sorted(goal for goal in self.again if goal[0] in self.aborted):
            self.again.remove(goal)
            self._finish(None, goal, GoalResult("cancelled"), ())

    def _placed(self, batch: Batch) -> Batch:
        """The plan with what gains by it on a GPU."""
        if self.devices.gpu is None or not batch.scores:
            return batch
        self.operators = self.operators.on_gpu(self.devices.gpu)
        statistics = gather((batch,), self.database).with_rows(self._rows_read())
        return self.devices.placed(batch, statistics, self._workers())

    def _rows_read(self) -> dict[str, int]:
        read = [(node.operator, value) for node, value in self.values.items() if isinstance(value, Relation)]
        return {scan.source.key: relation.rows for scan, relation in read if isinstance(scan, Scan)}

    def _settle(self, batch: Batch, unsure: Collection[int]) -> None:
        """Tell of the statements that are known whole by the origin of their rows and need these for nothing else."""
        self.origins = Origins(self.database, batch.graph)
        sure = {goal: answer for goal, answer in batch.scores.items() if goal[0] not in unsure}
        self.by_origin = self._reuse(replace(batch, scores=sure), self.origins.digest)
        known = {} if self.by_origin is None else self.by_origin.known()
        for index, query in enumerate(self.queries):
            goals = [(index, trial.number) for trial in query.trials]
            if not _needs_rows(query) and all(goal in known for goal in goals):
                self.settled.add(index)
                self.asked += sum(len(known[goal]) for goal in goals)
                for goal in goals:
                    self._know(goal, known[goal])

    def _unsettled(self, batch: Batch) -> Batch:
        """The batch without the statements that are known whole."""
        if not self.settled:
            return batch
        return prune(
            replace(
                batch,
                scores={goal: answer for goal, answer in batch.scores.items() if goal[0] not in self.settled},
                splits={index: node for index, node in batch.splits.items() if index not in self.settled},
                folds={index: count for index, count in batch.folds.items() if index not in self.settled},
            )
        )

    def _keep_by_origin(self) -> None:
        """Keep results by the origin of their rows as well, unless that may have changed before they were read."""
        if self.by_origin is None or self.origins is None or self.stop.is_set():
            return
        new = {goal: folds for goal, folds in self.whole.items() if goal[0] not in self.settled}
        if new and self.origins.hold():
            self.by_origin.keep(new)

    def _reuse(self, batch: Batch, digest_of: Callable[[Node], bytes | None]) -> Reuse | None:
        if not self.switches.get(REUSE, True) or self.settings.cache is None:
            return None
        off = (name for name, on in self.switches.items() if not on)
        return reuse_of(self.settings.cache, batch, digest_of, off, self.written, self.devices.marks())

    def _column(self, node: Node) -> Column | None:
        """What a `Read` of the plan read; None where its statement failed."""
        relation, read = self._value(node.inputs[0]), node.operator
        assert isinstance(read, Read)
        return relation.columns.get((read.key, read.index)) if isinstance(relation, Relation) else None

    def _know(self, goal: Goal, folds: Sequence[GoalResult]) -> None:
        """Tell of a trial that is known from before."""
        self.reused += len(folds)
        for fold, result in enumerate(folds):
            self.results[FoldGoal(goal, fold)] = result
        self._finish(None, goal, None, folds)

    def _deadline(self, query: TrainQuery) -> float | None:
        limits = [seconds for seconds in (query.options.timeout, self.settings.max_seconds) if seconds is not None]
        return self.started + min(limits) if limits else None

    def _is_late(self, statement: int) -> bool:
        deadline = self.deadlines[statement]
        return deadline is not None and time.monotonic() > deadline

    # -- before training ---------------------------------------------------------------------------------------------

    def _read(self, batch: Batch) -> None:
        held = self._held(batch)
        started = time.perf_counter()
        relations, errors = read_relations(batch, self.database, self.deadlines, self.stop, held)
        self._time("Scan", len(relations), time.perf_counter() - started)
        self.values |= relations
        self.errors |= errors

    def _held(self, batch: Batch) -> dict[Operator, frozenset[Operator]]:
        """Relations that are too large to hold and need not be, and of each the columns that must be held."""
        most = min(self.settings.memory_limit * _SHARE_OF_READING, _MOST_READ)
        large = {scan for scan, size in self._bytes_read(batch).items() if size > most}
        if not large:
            return {}
        large -= {_scan_below(node) for index, node in batch.splits.items() if _needs_rows(self.queries[index])}
        planned, _ = optimize(batch, self.switches, TRAIN_TOGETHER)
        return {scan: held for scan, held in streamable_scans(planned).items() if scan in large}

    def _bytes_read(self, batch: Batch) -> dict[Operator, int]:
        """About how much the columns of each scan take, each 8 bytes a row and again when they are put in order."""
        reads = Counter(node.inputs[0] for node in batch.graph if isinstance(node.operator, Read))
        return {
            node.operator: 16 * count * (estimated_rows(self.database, node.operator.source) or 0)
            for node, count in reads.items()
            if isinstance(node.operator, Scan)
        }

    def _hold_all(self, batch: Batch) -> None:
        """Read whole what was streamed: some trials need the rows themselves."""
        streamed = [node for node, value in self.values.items() if isinstance(value, StreamedRelation)]
        for node in streamed:
            del self.values[node]
        if streamed:
            relations, errors = read_relations(batch, self.database, self.deadlines, self.stop)
            self.values |= relations
            self.errors |= errors

    def _split(self, batch: Batch) -> dict[int, tuple[Fold, ...]]:
        """The folds of every statement, worked out in this thread; what fails ends its statement."""
        made: dict[int, tuple[Fold, ...]] = {}
        for index, node in batch.splits.items():
            if index in self.errors:
                continue
            try:
                self._check_target(index, node.inputs[0])
                made[index] = self._folds(node)
                self._note_rungs(index, node, len(made[index]))
            except StratumError as error:
                self.errors[index] = error
            except Exception as error:  # noqa: BLE001 whatever a splitter raises ends this statement, not the batch
                self.errors[index] = RunError(Diagnostic("split_failed", reason(error) or "", "run"))
        return made

    def _note_rungs(self, statement: int, split: Node, folds: int) -> None:
        rung, labels = self.queries[statement].split.rung, self._value(split.inputs[0])
        if rung is not None:
            self.rung_rows[statement] = rows_of_rungs(rung, len(labels.target.values), folds, classes_of(labels))

    def _folds(self, split: Node) -> Any:
        for child in split.inputs:
            self._value(child)
        known, started = split in self.values, time.perf_counter()
        folds = self._value(split)
        self._time("Split", int(not known), time.perf_counter() - started)
        return folds

    def _time(self, kind: str, runs: int, seconds: float) -> None:
        before = self.timings.get(kind, (0, 0.0))
        if runs:
            self.timings[kind] = (before[0] + runs, before[1] + seconds)

    def _check_target(self, statement: int, encoded: Node) -> None:
        """Raises what is wrong with the target under the name this statement has for it: others may share the node."""
        each = encoded.inputs if isinstance(encoded.operator, Targets) else (encoded,)
        for node, leaf in zip(each, self.queries[statement].targets, strict=True):
            if node not in self.values:
                assert isinstance(node.operator, Encode)
                column = self._value(node.inputs[0])[0].renamed(leaf.name)
                self.values[node] = encode_target(column, node.operator.task, node.operator.type)

    def _value(self, node: Node) -> Any:
        """A value worked out here and kept for the schedule."""
        if node not in self.values:
            if isinstance(node.operator, Scan):  # of an earlier plan of the same batch
                self.values[node] = next(
                    (value for kept, value in self.values.items() if kept.operator == node.operator), None
                )
            else:
                self.values[node] = self.operators.run(node.operator, [self._value(child) for child in node.inputs])
        return self.values[node]

    def _without_failed(self, batch: Batch) -> Batch:
        return replace(
            batch, scores={goal: answer for goal, answer in batch.scores.items() if goal[0] not in self.errors}
        )

    def _keeps_folds(self, splits: Mapping[int, tuple[Fold, ...]]) -> Callable[[Goal], bool]:
        """Whether the matrices of all folds of a trial may be held together: a guess, before a transform is fitted."""

        def fits(goal: Goal) -> bool:
            query, folds = self.queries[goal[0]], splits[goal[0]]
            width = sum(_guessed_width(feature) for feature in query.features)
            rows = sum(len(fold.train) + len(fold.test) for fold in folds)
            return 8 * rows * width <= self.settings.memory_limit * _SHARE_OF_FOLDS

        return fits

    # -- training ----------------------------------------------------------------------------------------------------

    def _train(self, batch: Batch, splits: Mapping[int, tuple[Fold, ...]]) -> None:
        """Run the trials of a plan. Those that must be trained by themselves are left in `again`."""
        self.batch, self.again = batch, set()
        schedule = plan_schedule(batch, self._keeps_folds(splits))
        for goal in schedule.wanted:
            self.waiting.setdefault(goal.goal, []).append(goal)
        if not schedule.wanted:
            return
        given = self._given(schedule, batch, splits)
        self.operators = self.operators.on_threads(inner_threads(schedule, self._workers()))
        self.fit_digests = self._fit_digests(batch)
        self.values = {node: value for node, value in self.values.items() if isinstance(node.operator, Scan)}
        self.scheduler = Scheduler(schedule, self._run_task, given, self._workers(), self.settings.memory_limit)
        try:
            self._watch()  # what has to end does not begin
            self.scheduler.run(self._watch)
        finally:
            self._tell_finished(self.scheduler)
            for kind, (runs, seconds) in self.scheduler.timings.items():
                self._time(kind, runs, seconds)

    def _given(
        self, schedule: Schedule[FoldGoal, Task], batch: Batch, splits: Mapping[int, tuple[Fold, ...]]
    ) -> dict[int, Any]:
        """What is there before training: relations and folds."""
        folds = {node.id: splits[index] for index, node in batch.splits.items() if index in splits}
        given = {task.id: folds[task.node.id] for task in schedule.units if task.node.id in folds}
        scans = [task for task in schedule.units if isinstance(task.operator, Scan)]
        return given | {task.id: self._value(task.node) for task in scans}

    def _fit_digests(self, batch: Batch) -> dict[int, bytes]:
        """The names under which fits are kept for later batches; none where nothing is."""
        reuses = self.settings.fits is not None and self.switches.get(REUSE, True)
        return fit_digests(batch.graph, self.digest_of) if reuses else {}

    def _run_task(self, task: Task, inputs: list[Any]) -> Any:
        run = partial(self.operators.run, task.operator, inputs, task.fold)
        digest = self.fit_digests.get(task.node.id)
        if digest is None or self.settings.fits is None:
            return run()
        return self.settings.fits.value(digest, task.fold, run)

    def _run_node(self, node: Node, inputs: list[Any]) -> Any:
        return self.operators.run(node.operator, inputs)

    def _workers(self) -> int:
        asked = [query.options.n_jobs for query in self.queries if query.options.n_jobs is not None]
        return min([self.settings.workers, *asked])

    def _watch(self) -> None:
        """Called ten times a second: what ended, what must end, and the news."""
        assert self.scheduler is not None
        self._tell_finished(self.scheduler)
        endings = {index: why for index in range(len(self.queries)) if (why := self._ending(index)) is not None}
        if endings:
            opened = self.scheduler.open_goals()
            for why in set(endings.values()):
                self.scheduler.give_up([goal for goal in opened if endings.get(goal.goal[0]) == why], why)
        self._report("train")

    def _ending(self, statement: int) -> str | None:
        """Why a statement must end now, if it must."""
        if self.stop.is_set() or self.queries[statement].request in self.settings.withdrawn:
            return "cancelled"
        return "timeout" if self._is_late(statement) else None

    def _tell_finished(self, scheduler: Scheduler[FoldGoal, Task]) -> None:
        """Tell of trials whose folds have all ended; a trial that failed in one fold is not tried in the others."""
        for fold, result in scheduler.news():
            folds = self.waiting.get(fold.goal)
            if folds is None:
                continue  # it was told already
            result = self._own(fold.goal, result)
            if result.status == "unsolved":
                del self.waiting[fold.goal]
                self.again.add(fold.goal)
                self.ended.pop(fold.goal, None)
                scheduler.give_up(folds, "unsolved")
                continue
            self.results[fold] = result
            ended = self.ended.setdefault(fold.goal, {})
            ended[fold.fold] = result
            failed = result if result.status != "ok" else None
            if failed is not None and len(ended) < len(folds):
                scheduler.give_up(folds, failed.status, failed.error)
            if failed is not None or len(ended) == len(folds):
                del self.waiting[fold.goal]
                self._finish(
                    scheduler, fold.goal, failed, [one for _, one in sorted(ended.items(), key=lambda item: item[0])]
                )

    def _own(self, goal: Goal, result: GoalResult) -> GoalResult:
        """A trial's own result: its entry, where several were scored together."""
        assert self.batch is not None
        if result.status == "failed" and is_shared(self.batch.scores[goal].node):
            if isinstance(result.error, DeviceFailed):
                self.devices.failed(goal, str(result.error))
            if result.error is not None and not isinstance(result.error, NotShared):
                self.faults[goal] = result.error
            return replace(result, status="unsolved")
        member = self.batch.scores[goal].member
        if member is None or result.status != "ok":
            return result
        own: Scored | Unsolved = result.value[member]
        if isinstance(own, Unsolved):
            return replace(result, status="unsolved")
        return GoalResult("ok", own.scores, own.seconds, own.warnings)

    def _finish(
        self,
        scheduler: Scheduler[FoldGoal, Task] | None,
        goal: Goal,
        failed: GoalResult | None,
        ended: Sequence[GoalResult],
    ) -> None:
        query = self.queries[goal[0]]
        result = _trial_result(query, self.trials[goal], failed, ended)
        result = self.devices.noted(goal, result)
        self.told[goal] = result
        if failed is None and result.status == "ok":
            self.whole[goal] = ended
            if goal in self.faults:
                _log.info("work that trials shared failed, which each of them can do alone", exc_info=self.faults[goal])
        self._note_best(goal[0], query, result)
        self.finished(goal[0], result)
        if scheduler is not None and result.status == "failed" and query.options.on_error == "abort":
            self.aborted.add(goal[0])
            scheduler.give_up([other for other in scheduler.open_goals() if other.goal[0] == goal[0]], "cancelled")

    def _note_best(self, statement: int, query: TrainQuery, result: TrialResult) -> None:
        metric, trial = query.metrics[0], result.trial
        value = result.mean(metric.name)
        if value is None or result.status != "ok":
            return
        sign = 1 if metric.higher_is_better else -1
        if self.best is None or self.best.metric != metric.name or sign * value > sign * self.best.value:
            self.best = Best(
                statement,
                trial.number,
                trial.estimator.name,
                str(trial),
                metric.name,
                value,
                metric.higher_is_better,
            )

    def _report(self, phase: str) -> None:
        if self.listener is None:
            return
        fits, done = self.asked, len(self.results)
        elapsed = time.monotonic() - self.started
        left = elapsed / done * (fits - done) if done and phase == "train" else None
        failed = sum(result.status != "ok" for result in self.told.values())
        self.listener(Progress(phase, len(self.told), failed, len(self.trials), done, fits, elapsed, left, self.best))

    # -- answers -----------------------------------------------------------------------------------------------------

    def _relations(self, batch: Batch) -> dict[int, Relation]:
        """The relation each statement was trained on."""
        scans = {node.operator: value for node, value in self.values.items() if isinstance(node.operator, Scan)}
        return {index: scans[_scan_below(node)] for index, node in batch.splits.items() if index not in self.errors}

    def _keep(self, relations: Mapping[int, Relation]) -> dict[int, KeptModel | StratumError]:
        """The best trials of named statements, fitted on all rows. Without a trial that succeeded no model is kept."""
        named = {index: query for index, query in enumerate(self.queries) if query.name and self._is_last(index)}
        ranked = {index: rank(query, self._trials_of(index)) for index, query in named.items()}
        best = {index: trials[0] for index, trials in ranked.items() if trials}
        if not best or self.stop.is_set():
            return {}
        self._report("store")
        best = {index: _for_all_rows(result) for index, result in best.items()}
        wanted = {index: (self.queries[index], result.trial) for index, result in best.items()}
        self.operators = self.operators.on_threads(max(1, self._workers() // len(wanted)))
        made = fit_on_all_rows(
            wanted, relations, self._run_node, self._workers(), self.settings.memory_limit, self._ending
        )
        return {
            index: one
            if isinstance(one, StratumError)
            else KeptModel(best[index], one.fits, one.model, one.labels, one.names, one.rows)
            for index, one in made.items()
        }

    def _is_last(self, statement: int) -> bool:
        """Whether a search has no further rung that its trials might reach."""
        rung = self.queries[statement].split.rung
        return rung is None or rung.number + 1 >= len(self.rung_rows.get(statement, ()))

    def _trials_of(self, statement: int) -> tuple[TrialResult, ...]:
        goals = ((statement, trial.number) for trial in self.queries[statement].trials)
        return tuple(self.told[goal] for goal in goals if goal in self.told)

    def _library_warnings(self) -> Mapping[int, Sequence[str]]:
        """What libraries warned of, by statement."""
        found: dict[int, list[str]] = {}
        for goal, result in self.results.items():
            if result.warnings:
                found.setdefault(goal.goal[0], []).extend(result.warnings)
        return found

    def _statement(
        self,
        index: int,
        splits: Mapping[int, tuple[Fold, ...]],
        relations: Mapping[int, Relation],
        kept: Mapping[int, KeptModel | StratumError],
        said: Mapping[int, Sequence[str]],
    ) -> StatementResult:
        query = self.queries[index]
        if index in self.errors:
            return StatementResult(query, (), query.warnings, error=self.errors[index])
        warnings = query.warnings + tuple(
            Diagnostic("library_warning", text, "run", "warning") for text in distinct(said.get(index, ()))[:10]
        )
        warnings += self.devices.warnings(index)
        model = kept.get(index)
        error, model = (model, None) if isinstance(model, StratumError) else (None, model)
        trials, folds = self._trials_of(index), splits.get(index, ())
        rung_rows = self.rung_rows.get(index, ())
        return StatementResult(query, trials, warnings, model, error, folds, relations.get(index), rung_rows)


def _only(batch: Batch, goals: Collection[Goal]) -> Batch:
    """The batch with these trials alone."""
    return prune(replace(batch, scores={goal: answer for goal, answer in batch.scores.items() if goal in goals}))


_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?")


def distinct(messages: Iterable[str]) -> list[str]:
    """The messages in order, without those that another one says with other numbers."""
    found: dict[str, str] = {}
    for message in sorted(messages):
        found.setdefault(_NUMBER.sub("0", message), message)
    return list(found.values())


def _needs_rows(query: TrainQuery) -> bool:
    """Whether a statement needs its rows once its trials are scored: to fit the model it keeps, to show folds, or to
    know how many rungs there are."""
    return query.name is not None or query.options.return_folds or query.split.rung is not None


def _scan_below(node: Node) -> Scan:
    """The scan under a statement's split: the split reads the target, the target one scan."""
    while not isinstance(node.operator, Scan):
        node = node.inputs[0]
    return node.operator


def _trial_result(
    query: TrainQuery, trial: Trial, failed: GoalResult | None, ended: Sequence[GoalResult]
) -> TrialResult:
    """A trial from its folds. One that has no metric at all, as where prediction fails, has failed."""
    seconds = sum(result.seconds for result in ended)
    if failed is not None:
        return TrialResult(trial, failed.status, {}, seconds, reason(failed.error))
    scores = {
        metric.name: tuple(float(result.value.values[metric.name]) for result in ended) for metric in query.metrics
    }
    problems = {name: text for result in ended for name, text in result.value.problems.items() if name in scores}
    noted = _problems(problems)
    if not any(np.isfinite(values).all() for values in scores.values()):
        return TrialResult(trial, "failed", {}, seconds, noted or "no metric is a finite number in every fold")
    return TrialResult(trial, "ok", scores, seconds, noted, rounds=_rounds(ended))


def _for_all_rows(result: TrialResult) -> TrialResult:
    """A trial as it is fitted on all rows: where it stopped early, it is told its rounds."""
    if result.rounds is None:
        return result
    trial = result.trial
    given, full = (
        freeze(for_all_rows(trial.estimator, params.as_dict(), result.rounds)) for params in (trial.given, trial.full)
    )
    return replace(result, trial=replace(trial, given=given, full=full))


def _rounds(ended: Sequence[GoalResult]) -> tuple[int, ...] | None:
    """The rounds that each fold's model kept; None where none stops early."""
    found = [result.value.values.get(ROUNDS) for result in ended]
    return tuple(int(rounds) for rounds in found) if None not in found else None


def _problems(problems: Mapping[str, str]) -> str | None:
    """What is wrong with each metric; said once where it is the same for all, as when prediction fails."""
    if len(set(problems.values())) == 1:
        return f"{', '.join(problems)}: {next(iter(problems.values()))}"
    return "; ".join(f"{name}: {text}" for name, text in problems.items()) or None


def _guessed_width(feature: Feature) -> int:
    """Columns a feature may become: text becomes many."""
    return 1 if all(leaf.kind == "number" for leaf in leaves(feature)) else _TEXT_WIDTH
