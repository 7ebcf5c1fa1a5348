"""The scheduler: worker threads take nodes that are ready, the calling thread watches time, progress and Ctrl-C.

A node that fails fails the trials that need it, and no other. A goal that is given up (its trial failed in another
fold, its statement's time is over, the caller stopped) takes with it whatever nobody else needs. A value is forgotten
when its last user has run. Workers are daemon threads: nobody waits for a library call that outlives its deadline. When
the batch has ended, a training ends at its next step in Python (an epoch, a tree, a round of boosting); what a library
does in C goes on unseen.
"""

from __future__ import annotations

import ctypes
import heapq
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic

import numpy as np
from threadpoolctl import threadpool_limits

from stratum_sql.errors import StratumError
from stratum_sql.execute.values import nbytes
from stratum_sql.physical.schedule import G, Schedule, U
from stratum_sql.plan.device import FitOnDevice, NormalOnDevice, SearchOnDevice, TrainOnDevice
from stratum_sql.plan.model import TrainModel, TrainStopped, TrainTargets
from stratum_sql.plan.together import TrainOnBins
from stratum_sql.plan.transform import Assemble

_ON_GPU = (TrainOnDevice, NormalOnDevice, FitOnDevice, SearchOnDevice)
_TRAININGS = (TrainModel, TrainStopped, TrainTargets, TrainOnBins)
Run = Callable[[U, list[Any]], Any]


def _is_at_its_end(thread: int) -> bool:
    """Whether LightGBM puts a trained model in the place of the booster that trained it, which is freed by then: an
    exception there would have it freed twice. The training has ended anyway.
    """
    frame = sys._current_frames().get(thread)
    while frame is not None:
        if frame.f_code.co_name == "model_from_string":
            return True
        frame = frame.f_back
    return False


class Abandoned(BaseException):
    """Ends a training that nobody waits for any more; no library's `except Exception` holds it up."""


@dataclass(frozen=True, slots=True)
class GoalResult:
    """The end of one goal: the value of its node, or why there is none (`failed`, `timeout`, `cancelled`).

    `seconds` and `warnings` are those of the model that the value was made from, where it was.
    """

    status: str
    value: Any = None
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    error: BaseException | None = None


@dataclass(eq=False)
class _State:
    """What the workers share; touched only while `changed` is held."""

    waiting: dict[int, int] = field(default_factory=dict)  # inputs that are not there yet
    users: dict[int, int] = field(default_factory=dict)  # consumers and goals that still want the node
    values: dict[int, Any] = field(default_factory=dict)
    ready: list[tuple[int, int]] = field(default_factory=list)
    running: dict[int, int] = field(default_factory=dict)  # node → the thread that runs it
    queued: set[int] = field(default_factory=set)  # every node that was ever ready, so that none runs twice
    dropped: set[int] = field(default_factory=set)
    held_bytes: int = 0
    closed: bool = False


class Scheduler(Generic[G, U]):
    """Runs one schedule, once. `given` are values that are there before the start, by node id (scans, splits)."""

    def __init__(
        self, schedule: Schedule[G, U], run_node: Run[U], given: Mapping[int, Any], workers: int, memory_limit: int
    ) -> None:
        self.schedule = schedule
        self.run_node = run_node
        self.workers = max(1, workers)
        self.memory_limit = memory_limit
        self.results: dict[G, GoalResult] = {}
        self.timings: dict[str, tuple[int, float]] = {}  # runs and seconds by operator
        lock = threading.RLock()
        self.changed = threading.Condition(lock)
        self._all_ended = threading.Condition(lock)
        self._news: list[G] = []
        self._state = _State()
        self._nodes = {node.id: node for node in schedule.units}
        self._consumers: dict[int, list[int]] = {}
        self._goals_of: dict[int, list[G]] = {}
        self._prepare(given)

    @property
    def held_bytes(self) -> int:
        """Bytes of the values that are kept for nodes still to run."""
        return self._state.held_bytes

    # -- the calling thread ------------------------------------------------------------------------------------------

    def run(self, watch: Callable[[], None], tick: float = 0.1) -> dict[G, GoalResult]:
        """Run until every goal has ended. `watch` is called every `tick` seconds in this thread; it may `give_up` goals
        or raise, which stops everything."""
        threads = [threading.Thread(target=self._work, name=f"stratum-{i}", daemon=True) for i in range(self.workers)]
        try:
            for thread in threads:
                thread.start()
            while not self._wait(tick):
                watch()
            watch()
        finally:
            self._close(threads)
        return self.results

    def give_up(self, goals: Sequence[G], status: str, error: BaseException | None = None) -> None:
        """End goals that have not ended yet, and drop the work that only they need."""
        with self.changed:
            for goal in goals:
                self._end(goal, GoalResult(status, error=error))
            self.changed.notify_all()

    def open_goals(self) -> list[G]:
        """Goals that have not ended."""
        with self.changed:
            return [goal for goal in self.schedule.wanted if goal not in self.results]

    def _wait(self, tick: float) -> bool:
        """Wait at most `tick` seconds for the end; whether every goal has ended."""
        with self.changed:
            if not self._finished():
                self._all_ended.wait(tick)
            return self._finished()

    def news(self) -> list[tuple[G, GoalResult]]:
        """The goals that ended since this was last asked, in the order they did."""
        with self.changed:
            ended, self._news = self._news, []
            return [(goal, self.results[goal]) for goal in ended]

    def _finished(self) -> bool:
        return len(self.results) == len(self.schedule.wanted)

    def _close(self, threads: Sequence[threading.Thread]) -> None:
        """Send the workers home. One that is inside a library call is not waited for: it is idle once that is over."""
        with self.changed:
            self._state.closed = True
            self._state.values.clear()
            self._state.held_bytes = 0
            self.changed.notify_all()
            busy = bool(self._state.running)
            self._abandon()
        for thread in threads:
            if thread.ident is not None and not busy:
                thread.join()

    def _abandon(self) -> None:
        """End the trainings that are running. Under the lock no thread of theirs is past its training."""
        for node, thread in self._state.running.items():
            if isinstance(self._nodes[node].operator, _TRAININGS) and not _is_at_its_end(thread):
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Abandoned))

    # -- set-up ------------------------------------------------------------------------------------------------------

    def _prepare(self, given: Mapping[int, Any]) -> None:
        state = self._state
        for node in self.schedule.units:
            state.users.setdefault(node.id, 0)
            for child in node.inputs:
                state.users[child.id] += 1
                self._consumers.setdefault(child.id, []).append(node.id)
            state.waiting[node.id] = len(node.inputs)
        for goal, node in self.schedule.wanted.items():
            state.users[node.id] += 1
            self._goals_of.setdefault(node.id, []).append(goal)
        state.queued |= given.keys()
        for node in self.schedule.units:
            if node.id in given:
                self._deliver(node.id, given[node.id])
            elif not node.inputs:
                self._push(node.id)

    def _push(self, node: int) -> None:
        if node not in self._state.queued:
            self._state.queued.add(node)
            heapq.heappush(self._state.ready, (self.schedule.priority[node], node))

    # -- workers -----------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        # OpenMP's limit belongs to the thread that sets it, BLAS's to the process: that is the batch's to set.
        with suppress(Abandoned), threadpool_limits(limits=1, user_api="openmp"), np.errstate(all="ignore"):
            while (taken := self._take()) is not None:
                node, inputs = taken
                self._run_one(node, inputs)
                del taken, inputs  # else this thread would hold them while it waits

    def _take(self) -> tuple[U, list[Any]] | None:
        """The next node and its inputs, as soon as there is one; None when there is nothing left to do."""
        with self.changed:
            while not (self._state.closed or self._finished()):
                node = self._next()
                if node is not None:
                    return node, [self._state.values[child.id] for child in node.inputs]
                self.changed.wait()
        return None

    def _next(self) -> U | None:
        """The ready node that comes first and may run now."""
        state = self._state
        early: list[tuple[int, int]] = []
        found = None
        while state.ready and found is None:
            entry = heapq.heappop(state.ready)
            node = self._nodes[entry[1]]
            if self._too_early(node):
                early.append(entry)
            elif node.id not in state.dropped:
                found = node
        for entry in early:
            heapq.heappush(state.ready, entry)
        if found is not None:
            state.running[found.id] = threading.get_ident()
        return found

    def _too_early(self, node: U) -> bool:
        """Whether a matrix should wait for memory that running nodes will give back, or work on a GPU for its turn."""
        if isinstance(node.operator, _ON_GPU):
            return any(isinstance(self._nodes[one].operator, _ON_GPU) for one in self._state.running)
        return isinstance(node.operator, Assemble) and bool(self._state.running) and self.held_bytes > self.memory_limit

    def _run_one(self, node: U, inputs: list[Any]) -> None:
        value, error = None, None
        started = time.perf_counter()
        try:
            value = self.run_node(node, inputs)
        except BaseException as caught:  # noqa: BLE001 the fence: whatever a library raises fails its trials, not the batch
            error = caught.with_traceback(None)  # its frames would hold the inputs
        seconds = time.perf_counter() - started
        with self.changed:
            self._time(node.operator.kind, seconds)
            self._state.running.pop(node.id, None)
            if not (self._state.closed or node.id in self._state.dropped):
                self._settle(node.id, value, error)
            self.changed.notify_all()

    # -- bookkeeping, all under the lock -----------------------------------------------------------------------------

    def _time(self, kind: str, seconds: float) -> None:
        runs, before = self.timings.get(kind, (0, 0.0))
        self.timings[kind] = (runs + 1, before + seconds)

    def _settle(self, node: int, value: Any, error: BaseException | None) -> None:
        if error is None:
            self._deliver(node, value)
        else:
            self._fail(node, error)

    def _deliver(self, node: int, value: Any) -> None:
        """A value is there: its goals have ended, its users may be ready, its inputs have a user less."""
        state = self._state
        state.values[node] = value
        state.held_bytes += nbytes(value)
        for goal in self._goals_of.get(node, ()):
            self._end(goal, self._reached(node, value))
        for consumer in self._consumers.get(node, ()):
            state.waiting[consumer] -= 1
            if state.waiting[consumer] == 0 and consumer not in state.dropped:
                self._push(consumer)
        for child in self._nodes[node].inputs:
            self._release(child.id)
        self._forget_if_unused(node)

    def _reached(self, node: int, value: Any) -> GoalResult:
        inputs = self._nodes[node].inputs
        model = self._state.values.get(inputs[0].id) if inputs else None
        return GoalResult("ok", value, getattr(model, "seconds", 0.0), getattr(model, "warnings", ()))

    def _fail(self, node: int, error: BaseException) -> None:
        """A node failed: so do the goals above it; what else only they need is dropped with them."""
        pending, seen = [node], set()
        while pending:
            one = pending.pop()
            if one in seen:
                continue
            seen.add(one)
            for goal in self._goals_of.get(one, ()):
                self._end(goal, GoalResult("failed", error=error))
            pending += self._consumers.get(one, ())

    def _end(self, goal: G, result: GoalResult) -> None:
        if goal in self.results:
            return
        self.results[goal] = result
        self._news.append(goal)
        if self._finished():
            self._all_ended.notify_all()
        self._release(self.schedule.wanted[goal].id)

    def _release(self, node: int) -> None:
        """One user less; the last one drops a node that has not run, and forgets the value of one that has."""
        state = self._state
        pending = [node]
        while pending:
            one = pending.pop()
            state.users[one] -= 1
            if state.users[one] > 0 or one in state.dropped:
                continue
            if one in state.values:
                self._forget_if_unused(one)
            else:
                state.dropped.add(one)
                pending += [child.id for child in self._nodes[one].inputs]

    def _forget_if_unused(self, node: int) -> None:
        state = self._state
        if state.users[node] <= 0 and node in state.values:
            state.held_bytes -= nbytes(state.values.pop(node))


def reason(error: BaseException | None) -> str | None:
    """One line for the leaderboard's `error` column."""
    if error is None:
        return None
    if isinstance(error, StratumError):
        diagnostic = error.diagnostic
        return diagnostic.message + (f" ({diagnostic.hint})" if diagnostic.hint else "")
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:500] if text else type(error).__name__
