"""The scheduler: worker threads take nodes that are ready, the calling thread watches time, progress and Ctrl-C.

A node that fails fails the trials that need it, and no other. A goal that is given up (its trial failed in another fold, its
statement's time is over, the caller stopped) takes with it whatever nobody else needs. A value is forgotten when its last user
has run. Workers are daemon threads: a library call that outlives its deadline cannot be stopped, but nobody waits for it.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from stratum_sql.errors import StratumError
from stratum_sql.execute.values import nbytes
from stratum_sql.physical.schedule import FoldGoal, Schedule
from stratum_sql.plan.graph import Node
from stratum_sql.plan.transform import Assemble

RunNode = Callable[[Node, list[Any]], Any]


@dataclass(frozen=True, slots=True)
class GoalResult:
    """The end of one goal: a score, or why there is none (`failed`, `timeout`, `cancelled`)."""

    status: str
    score: Any = None
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    error: BaseException | None = None


@dataclass(eq=False)
class _State:
    """What the workers share; touched only while `changed` is held."""

    waiting: dict[int, int] = field(default_factory=dict)  # inputs that are not there yet
    users: dict[int, int] = field(default_factory=dict)  # consumers and goals that still want the node
    values: dict[int, Any] = field(default_factory=dict)
    errors: dict[int, BaseException] = field(default_factory=dict)
    ready: list[tuple[int, int]] = field(default_factory=list)
    running: set[int] = field(default_factory=set)
    queued: set[int] = field(default_factory=set)  # every node that was ever ready, so that none runs twice
    dropped: set[int] = field(default_factory=set)
    held_bytes: int = 0
    closed: bool = False


class Scheduler:
    """Runs one schedule. `given` are values that are there before the start, by node id (scans, splits)."""

    def __init__(
        self, schedule: Schedule, run_node: RunNode, given: Mapping[int, Any], workers: int, memory_limit: int
    ) -> None:
        self.schedule = schedule
        self.run_node = run_node
        self.workers = max(1, workers)
        self.memory_limit = memory_limit
        self.results: dict[FoldGoal, GoalResult] = {}
        self.timings: dict[str, tuple[int, float]] = {}  # runs and seconds by operator
        self.changed = threading.Condition()
        self._state = _State()
        self._nodes = {node.id: node for node in schedule.nodes}
        self._consumers: dict[int, list[int]] = {}
        self._goals_of: dict[int, list[FoldGoal]] = {}
        self._prepare(given)

    # -- the calling thread ------------------------------------------------------------------------------------------

    def run(self, watch: Callable[[], None], tick: float = 0.1) -> dict[FoldGoal, GoalResult]:
        """Run until every goal has ended. `watch` is called every `tick` seconds in this thread; it may `give_up` goals
        or raise, which stops everything."""
        threads = [threading.Thread(target=self._work, name=f"stratum-{i}", daemon=True) for i in range(self.workers)]
        with threadpool_limits(limits=1):
            for thread in threads:
                thread.start()
            try:
                while True:
                    with self.changed:
                        if self._finished():
                            break
                        self.changed.wait(tick)
                    watch()
                watch()
            finally:
                self._close()
        return self.results

    def give_up(self, goals: list[FoldGoal], status: str, error: BaseException | None = None) -> None:
        """End goals that have not ended yet, and drop the work that only they need."""
        with self.changed:
            for goal in goals:
                self._end(goal, GoalResult(status, error=error))
            self.changed.notify_all()

    def open_goals(self) -> list[FoldGoal]:
        """Goals that have not ended."""
        with self.changed:
            return [goal for goal in self.schedule.wanted if goal not in self.results]

    def _finished(self) -> bool:
        return len(self.results) == len(self.schedule.wanted)

    def _close(self) -> None:
        with self.changed:
            self._state.closed = True
            self.changed.notify_all()

    # -- set-up ------------------------------------------------------------------------------------------------------

    def _prepare(self, given: Mapping[int, Any]) -> None:
        state = self._state
        for node in self.schedule.nodes:
            state.users.setdefault(node.id, 0)
            for child in node.inputs:
                state.users[child.id] += 1
                self._consumers.setdefault(child.id, []).append(node.id)
            state.waiting[node.id] = len(node.inputs)
        for goal, node in self.schedule.wanted.items():
            state.users[node.id] += 1
            self._goals_of.setdefault(node.id, []).append(goal)
        state.queued |= given.keys()
        for node in self.schedule.nodes:
            if node.id in given:
                self._deliver(node.id, given[node.id])

    def _push(self, node: int) -> None:
        if node not in self._state.queued:
            self._state.queued.add(node)
            heapq.heappush(self._state.ready, (self.schedule.priority[node], node))

    # -- workers -----------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        with threadpool_limits(limits=1), np.errstate(all="ignore"):  # OpenMP's limit belongs to the thread that sets it
            while True:
                with self.changed:
                    node = self._next()
                    while node is None:
                        if self._state.closed or self._finished():
                            return
                        self.changed.wait()
                        node = self._next()
                    inputs = [self._state.values[child.id] for child in node.inputs]
                self._run_one(node, inputs)
                del inputs

    def _next(self) -> Node | None:
        state = self._state
        if state.closed:
            return None
        held: list[tuple[int, int]] = []
        found = None
        while state.ready and found is None:
            entry = heapq.heappop(state.ready)
            node = self._nodes[entry[1]]
            if node.id in state.dropped:
                continue
            if self._too_early(node):
                held.append(entry)
                continue
            found = node
        for entry in held:
            heapq.heappush(state.ready, entry)
        if found is not None:
            state.running.add(found.id)
        return found

    def _too_early(self, node: Node) -> bool:
        """Whether a matrix should wait for memory that running nodes will give back."""
        return isinstance(node.operator, Assemble) and bool(self._state.running) and self._state.held_bytes > self.memory_limit

    def _run_one(self, node: Node, inputs: list[Any]) -> None:
        value, error = None, None
        started = time.perf_counter()
        try:
            value = self.run_node(node, inputs)
        except BaseException as caught:  # noqa: BLE001 the fence: whatever a library raises fails its trials, not the batch
            error = caught
        seconds = time.perf_counter() - started
        with self.changed:
            runs, before = self.timings.get(node.operator.kind, (0, 0.0))
            self.timings[node.operator.kind] = (runs + 1, before + seconds)
            self._state.running.discard(node.id)
            if node.id in self._state.dropped:
                pass
            elif error is not None:
                self._fail(node.id, error)
            else:
                self._deliver(node.id, value)
            self.changed.notify_all()

    # -- bookkeeping, all under the lock -----------------------------------------------------------------------------

    def _deliver(self, node: int, value: Any) -> None:
        state = self._state
        state.values[node] = value
        state.held_bytes += nbytes(value)
        for goal in self._goals_of.get(node, ()):
            if goal not in self.results:
                model = state.values.get(self._nodes[node].inputs[0].id)
                seconds = getattr(model, "seconds", 0.0)
                self._end(goal, GoalResult("ok", value, seconds, getattr(model, "warnings", ())))
        for consumer in self._consumers.get(node, ()):
            state.waiting[consumer] -= 1
            if state.waiting[consumer] == 0 and consumer not in state.dropped:
                self._push(consumer)
        for child in self._nodes[node].inputs:
            self._release(child.id)
        self._forget_if_unused(node)

    def _fail(self, node: int, error: BaseException) -> None:
        """A node failed: so do the goals above it; what else only they need is dropped with them."""
        self._state.errors[node] = error
        pending, seen = [node], set()
        while pending:
            one = pending.pop()
            if one in seen:
                continue
            seen.add(one)
            for goal in self._goals_of.get(one, ()):
                self._end(goal, GoalResult("failed", error=error))
            pending += self._consumers.get(one, ())

    def _end(self, goal: FoldGoal, result: GoalResult) -> None:
        if goal in self.results:
            return
        self.results[goal] = result
        self._release(self.schedule.wanted[goal].id)

    def _release(self, node: int) -> None:
        """One user less; the last one drops a node that has not run, and forgets the value of one that has."""
        pending = [node]
        while pending:
            one = pending.pop()
            state = self._state
            state.users[one] -= 1
            if state.users[one] > 0 or one in state.dropped:
                continue
            if one in state.values:
                self._forget_if_unused(one)
                continue
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
