"""Searches that run in rounds: what a round tries hangs on the scores of those before.

A round is a batch like any other: what its trials have in common is shared as always. All searches of a batch go from
round to round together; its other statements run with the first.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from stratum_sql.execute.batch import Settings
from stratum_sql.execute.bayes import BayesCourse
from stratum_sql.execute.climbing import Climb
from stratum_sql.execute.course import Course
from stratum_sql.execute.events import Listener
from stratum_sql.execute.halving import HalvingCourse
from stratum_sql.execute.outcomes import BatchResult, StatementResult, TrialResult
from stratum_sql.kernel_runs import KernelRuns
from stratum_sql.plan.device import DeviceRun
from stratum_sql.plan.query import TrainQuery

Finished = Callable[[int, TrialResult], None]
Run = Callable[[Sequence[TrainQuery], Settings, Listener | None, Finished], BatchResult]


def run_rounds(
    queries: Sequence[TrainQuery],
    settings: Settings,
    listener: Listener | None,
    stop: threading.Event,
    finished: Finished,
    run: Run,
) -> BatchResult:
    """Run a batch, by `run`, as often as its searches have rounds: once where there is none.

    A trial's result is that of the last rung it reached; `finished` is told of it once it goes no further. Limits of
    time are those of all rounds together.
    """
    if all(query.split.rung is None and query.proposals is None for query in queries):
        return run(queries, settings, listener, finished)
    return _Rounds(queries, settings, listener, stop, finished, run).run()


def _course(query: TrainQuery, finished: Callable[[TrialResult], None]) -> Course:
    if query.split.rung is not None:
        return HalvingCourse(query, finished)
    return Course(query, finished) if query.proposals is None else BayesCourse(query, finished)


class _Rounds:
    """The rounds of one batch."""

    def __init__(
        self,
        queries: Sequence[TrainQuery],
        settings: Settings,
        listener: Listener | None,
        stop: threading.Event,
        finished: Finished,
        run: Run,
    ) -> None:
        self.settings, self.stop, self.run_batch = settings, stop, run
        self.started = time.monotonic()

        def told(number: int) -> Callable[[TrialResult], None]:
            return lambda result: finished(number, result)

        self.courses = [_course(query, told(number)) for number, query in enumerate(queries)]
        comparable = {number for number, query in enumerate(queries) if query.split.rung is None}
        self.climb = Climb(listener, self.started, sum(course.later for course in self.courses), comparable)
        self.open = {number: course.first for number, course in enumerate(self.courses)}  # what is run next

    def run(self) -> BatchResult:
        """Every round in its order."""
        batches: list[BatchResult] = []
        try:
            while self.open:
                batches.append(self._round())
        finally:
            for course in self.courses:
                course.close()
        self.climb.finish()
        return self._together(batches)

    def _round(self) -> BatchResult:
        numbers, queries = list(self.open), list(self.open.values())
        settings = replace(self.settings, max_seconds=self._left(self.settings.max_seconds))
        courses = [self.courses[number] for number in numbers]

        def note(index: int, result: TrialResult) -> None:
            courses[index].note(result)

        repeated = sum(course.repeated for course in courses)
        batch = self.run_batch(queries, settings, self.climb.listener(numbers, repeated), note)
        self.climb.next()
        following = {}
        for number, course, result in zip(numbers, courses, batch.statements, strict=True):
            course.collect(result)
            following[number] = self._following(course, result)
            self.climb.known(course.known)
        self.open = {number: query for number, query in following.items() if query is not None}
        return batch

    def _following(self, course: Course, result: StatementResult) -> TrainQuery | None:
        """The statement on its next round; None where there is none, or it must end before."""
        left = self._left(course.query.options.timeout), self._left(self.settings.max_seconds)
        stopped = any(one.status in ("timeout", "cancelled") for one in result.trials)
        query = course.following(result, is_over=self.stop.is_set() or 0.0 in left or stopped)
        return None if query is None else replace(query, options=replace(query.options, timeout=left[0]))

    def _left(self, seconds: float | None) -> float | None:
        """What is left of a limit that counts from the start."""
        return None if seconds is None else max(0.0, seconds - (time.monotonic() - self.started))

    def _together(self, batches: Sequence[BatchResult]) -> BatchResult:
        return BatchResult(
            statements=tuple(course.answer() for course in self.courses),
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
            device=_device(batches),
        )


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


def _device(batches: Sequence[BatchResult]) -> DeviceRun | None:
    ran = [batch.device for batch in batches if batch.device is not None]
    if not ran:
        return None
    failed: Counter[str] = Counter()
    for one in ran:
        failed.update(one.failed)
    return DeviceRun(
        ran[0].device,
        sum(one.copies for one in ran),
        sum(one.bytes for one in ran),
        sum(one.seconds for one in ran),
        sum(one.spilled for one in ran),
        sum(one.returned for one in ran),
        dict(failed),
    )
