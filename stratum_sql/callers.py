"""Statements of several callers in one call: each caller's keep their order, and what trains runs together.

caller 1  TRAIN a   PREDICT b   TRAIN c        [TRAIN a, TRAIN d, TRAIN e]  [PREDICT b]  [FROM t]  [TRAIN c]
caller 2  TRAIN d   TRAIN e     FROM t     =>
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


def interleaved(callers: Iterable[Sequence[Item]]) -> Iterator[list[Item]]:
    """What runs together: the TRAIN statements that every caller comes to next, then one other statement of each."""
    waiting = [deque(groups(items)) for items in callers]
    while any(waiting):
        training = [own.popleft() for own in waiting if own and _trains(own[0])]
        if training:
            yield [item for group in training for item in group]
        for own in waiting:
            if own and not _trains(own[0]):
                yield own.popleft()


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
    """The requests of one call that nobody wants an answer to any more. `withdraw` may be called from any thread."""

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self.requests: set[int] = set()
        self._interrupt = interrupt
        self._running: frozenset[int] = frozenset()
        self._lock = threading.Lock()

    def withdraw(self, request: int) -> None:
        """Let the trials of a request end; and what is running, where that is wanted by no other one."""
        with self._lock:
            self.requests.add(request)
            if self._running and self._running <= self.requests:
                self._interrupt()

    def forget(self) -> None:
        """After a call: the next one has other requests."""
        with self._lock:
            self.requests.clear()

    @contextmanager
    def running(self, group: Sequence[Item]) -> Iterator[None]:
        """While statements run that belong together."""
        self._set(frozenset(item.request for item in group))
        try:
            yield
        finally:
            self._set(frozenset())

    def _set(self, requests: frozenset[int]) -> None:
        with self._lock:
            self._running = requests


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
