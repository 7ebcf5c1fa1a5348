"""Successive halving: many trials on few rows, the best of them on more, rung by rung.

A rung is a batch like any other, over folds of fewer rows: what its trials have in common is shared as always. All
searches of a batch climb together; its other statements run with their first rungs. The arithmetic is in
`catalog/halving.py`.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from stratum_sql.catalog.halving import Rung, rung_candidates, survivors
from stratum_sql.errors import Diagnostic
from stratum_sql.execute.batch import Settings
from stratum_sql.execute.climbing import Climb
from stratum_sql.execute.events import Listener
from stratum_sql.execute.outcomes import BatchResult, StatementResult, TrialResult
from stratum_sql.kernel_runs import KernelRuns
from stratum_sql.plan.query import TrainQuery

Finished = Callable[[int, TrialResult], None]
Run = Callable[[Sequence[TrainQuery], Settings, Listener | None, Finished], BatchResult]


def run_rungs(
    queries: Sequence[TrainQuery],
    settings: Settings,
    listener: Listener | None,
    stop: threading.Event,
    finished: Finished,
    run: Run,
) -> BatchResult:
    """Run a batch, by `run`, as often as its halving searches have rungs: once where there is none.

    A trial's result is that of the last rung it reached; `finished` is told of it once it goes no further. Limits of
    time are those of all rungs together.
    """
    if all(query.split.rung is None for query in queries):
        return run(queries, settings, listener, finished)
    return _Search(queries, settings, listener, stop, finished, run).run()


class _Search:
    """The rungs of one batch."""

    def __init__(
        self,
        queries: Sequence[TrainQuery],
        settings: Settings,
        listener: Listener | None,
        stop: threading.Event,
        finished: Finished,
        run: Run,
    ) -> None:
        self.queries, self.settings, self.stop, self.finished, self.run_batch = queries, settings, stop, finished, run
        self.started = time.monotonic()
        self.climb = Climb(listener, self.started, sum(map(_later_trials, queries)))
        self.open = dict(enumerate(queries))  # what is run next
        self.trials: dict[int, dict[int, TrialResult]] = {index: {} for index in self.open}
        self.untold: set[tuple[int, int]] = set()
        self.last: dict[int, StatementResult] = {}
        self.warnings: dict[int, dict[Diagnostic, None]] = {index: {} for index in self.open}

    def run(self) -> BatchResult:
        """Every rung in its order."""
        batches: list[BatchResult] = []
        try:
            while self.open:
                batches.append(self._rung())
        finally:
            self._tell(sorted(self.untold))
        self.climb.finish()
        return self._together(batches)

    def _rung(self) -> BatchResult:
        numbers, queries = list(self.open), list(self.open.values())
        settings = replace(self.settings, max_seconds=self._left(self.settings.max_seconds))

        def note(index: int, result: TrialResult) -> None:
            self._note(numbers[index], queries[index], result)

        batch = self.run_batch(queries, settings, self.climb.listener(numbers), note)
        self.climb.next()
        for number, result in zip(numbers, batch.statements, strict=True):
            self._collect(number, result)
        following = {number: self._next(number, self.last[number]) for number in numbers}
        self.open = {number: query for number, query in following.items() if query is not None}
        going = {(number, trial.number) for number, query in self.open.items() for trial in query.trials}
        self._tell(sorted(self.untold - going))
        return batch

    def _note(self, number: int, query: TrainQuery, result: TrialResult) -> None:
        """Hold a trial back until it is known whether it goes on, so that it is told of once."""
        if query.split.rung is None:
            self.finished(number, result)
            return
        self.trials[number][result.trial.number] = result
        self.untold.add((number, result.trial.number))

    def _tell(self, trials: Iterable[tuple[int, int]]) -> None:
        for number, trial in trials:
            self.untold.remove((number, trial))
            self.finished(number, self.trials[number][trial])

    def _collect(self, number: int, result: StatementResult) -> None:
        rung, rows = result.query.split.rung, result.rung_rows
        for trial in result.trials:
            placed = trial if rung is None or not rows else _placed(trial, rung, rows)
            self.trials[number][trial.trial.number] = placed
        self.warnings[number] |= dict.fromkeys(result.warnings)
        self.last[number] = result

    def _next(self, number: int, result: StatementResult) -> TrainQuery | None:
        """The statement on its next rung; None where there is none, or it must end before."""
        query = result.query
        rung = query.split.rung
        if rung is None or result.error is not None or rung.number + 1 >= len(result.rung_rows):
            return None
        left = self._left(self.queries[number].options.timeout), self._left(self.settings.max_seconds)
        if self.stop.is_set() or 0.0 in left or any(one.status in ("timeout", "cancelled") for one in result.trials):
            text = f"the search ended on rung {rung.number + 1} of {len(result.rung_rows)}"
            self.warnings[number][Diagnostic("search_ended", text, "run", "warning")] = None
            return None
        kept = survivors([_value(query, trial) for trial in result.trials], rung.search.factor)
        return replace(
            query,
            trials=tuple(result.trials[position].trial for position in kept),
            split=replace(query.split, rung=replace(rung, number=rung.number + 1)),
            options=replace(query.options, timeout=left[0]),
        )

    def _left(self, seconds: float | None) -> float | None:
        """What is left of a limit that counts from the start."""
        return None if seconds is None else max(0.0, seconds - (time.monotonic() - self.started))

    def _together(self, batches: Sequence[BatchResult]) -> BatchResult:
        return BatchResult(
            statements=tuple(map(self._statement, range(len(self.queries)))),
            seconds=time.monotonic() - self.started,
            fits=sum(batch.fits for batch in batches),
            reused=sum(batch.reused for batch in batches),
            nodes=sum(batch.nodes for batch in batches),
            nodes_unshared=sum(batch.nodes_unshared for batch in batches),
            scans=sum(batch.scans for batch in batches),
            interrupted=any(batch.interrupted for batch in batches),
            savings=tuple(saving for batch in batches for saving in batch.savings),
            timings=_timings(batches),
            kernels=_kernels(batches),
        )

    def _statement(self, number: int) -> StatementResult:
        """The last rung's answer, with the trials of all."""
        query, trials = self.queries[number], self.trials[number]
        own = tuple(trials[trial.number] for trial in query.trials if trial.number in trials)
        return replace(self.last[number], query=query, trials=own, warnings=tuple(self.warnings[number]))


def _later_trials(query: TrainQuery) -> int:
    """How many trials come after the first rung, each counted on each, if there are rows enough for all rungs."""
    return 0 if query.split.rung is None else sum(rung_candidates(query.split.rung)) - len(query.trials)


def _placed(result: TrialResult, rung: Rung, rows: Sequence[int]) -> TrialResult:
    return replace(result, rung=rung.number + 1, rows=rows[min(rung.number, len(rows) - 1)])


def _value(query: TrainQuery, result: TrialResult) -> float | None:
    """A trial's score, the more the better."""
    metric = query.metrics[0]
    mean = result.mean(metric.name) if result.status == "ok" else None
    return None if mean is None else mean if metric.higher_is_better else -mean


def _timings(batches: Sequence[BatchResult]) -> Mapping[str, tuple[int, float]]:
    runs: Counter[str] = Counter()
    seconds: dict[str, float] = {}
    for batch in batches:
        for kind, (count, took) in batch.timings.items():
            runs[kind] += count
            seconds[kind] = seconds.get(kind, 0.0) + took
    return {kind: (runs[kind], took) for kind, took in seconds.items()}


def _kernels(batches: Sequence[BatchResult]) -> Mapping[str, KernelRuns]:
    found: dict[str, KernelRuns] = {}
    for batch in batches:
        for name, one in batch.kernels.items():
            before = found.get(name, KernelRuns(0, 0, 0.0))
            found[name] = KernelRuns(before.calls + one.calls, before.rows + one.rows, before.seconds + one.seconds)
    return found
