"""Statements of several callers in one call: each caller's lane keeps its order, and what trains runs together.

    lane 1  TRAIN a   PREDICT b   TRAIN c        [TRAIN a, TRAIN d, TRAIN e]  [PREDICT b]  [FROM t]  [TRAIN c]
    lane 2  TRAIN d   TRAIN e     FROM t     =>
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from stratum_sql.errors import Diagnostic, Interrupted, RunError, StratumError
from stratum_sql.grammar.syntax import BeginBatch, CommitBatch, ExplainBatch, Plain, RollbackBatch, Train
from stratum_sql.items import Item, groups
from stratum_sql.optimizer.switches import switch


def interleaved(lanes: Iterable[Sequence[Item]]) -> Iterator[list[Item]]:
    """What runs together: the TRAIN statements that every lane comes to next, then one other statement of each."""
    waiting = [deque(groups(lane)) for lane in lanes]
    while any(waiting):
        training = [lane.popleft() for lane in waiting if lane and _trains(lane[0])]
        if training:
            yield [item for group in training for item in group]
        for lane in waiting:
            if lane and not _trains(lane[0]):
                yield lane.popleft()


def shared_state(item: Item) -> StratumError | None:
    """Why a statement cannot run for one caller of several: it would change what the others' statements mean."""
    match item.statement:
        case BeginBatch() | CommitBatch() | RollbackBatch() | ExplainBatch():
            hint = "statements that are sent together are one batch"
        case Plain() if _switches(item.written):
            hint = "an option in WITH (…) is its statement's own"
        case _:
            return None
    message = "this changes the session, which is shared with others"
    return RunError.at(item.text, item.span, "shared_session", message, hint=hint)


class Withdrawn:
    """The lanes of one call whose callers want no answer any more. `withdraw` may be called from any thread."""

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self.lanes: set[int] = set()
        self._interrupt = interrupt
        self._running: frozenset[int] = frozenset()
        self._lock = threading.Lock()

    def withdraw(self, lane: int) -> None:
        """Let the trials of a lane end; and what is running, where that is wanted by no other lane."""
        with self._lock:
            self.lanes.add(lane)
            if self._running and self._running <= self.lanes:
                self._interrupt()

    def forget(self) -> None:
        """After a call: the lanes of the next one are others."""
        with self._lock:
            self.lanes.clear()

    @contextmanager
    def running(self, group: Sequence[Item]) -> Iterator[None]:
        """While statements run that belong together."""
        self._set(frozenset(item.lane for item in group))
        try:
            yield
        finally:
            self._set(frozenset())

    def _set(self, lanes: frozenset[int]) -> None:
        with self._lock:
            self._running = lanes


def withdrawn_error() -> Interrupted:
    """The answer to a statement that was withdrawn before it ran."""
    return Interrupted(Diagnostic("interrupted", "stopped by the caller before it ran", "run", retryable=True))


def _trains(group: Sequence[Item]) -> bool:
    return isinstance(group[0].statement, Train)


def _switches(sql: str) -> bool:
    try:
        return switch(sql) is not None
    except StratumError:
        return True
