"""Ctrl-C: the first stops the work and keeps what is finished, the second ends the process at once; where a person sits
at a prompt, only one that comes when the first had time to work. And a limit of time, which stops in the same way.

Python runs a signal's handler only between two of its own instructions in the main thread, so the work, which may be
one long call into a library, runs in another thread while the main one waits.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Generic, TypeVar

T = TypeVar("T")
AGAIN = 0.5  # seconds between two calls of `stop`
PATIENCE = 3.0  # seconds after which a person who presses Ctrl-C again wants to leave


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What the work gave back, and whether Ctrl-C stopped it."""

    value: T
    stopped: bool


def run_interruptible(work: Callable[[], T], stop: Callable[[], None], *, patience: float = 0.0) -> Done[T]:
    """The value of `work()`; after Ctrl-C `stop` is called, again and again, until it ends. Its errors are raised here.

    A second Ctrl-C within `patience` seconds of the first does nothing more, a later one ends the process. In a thread
    that is not the main one, where signals are not heard, `work` is simply called.
    """
    if threading.current_thread() is not threading.main_thread():
        return Done(work(), stopped=False)
    task = _Task(work)
    with _on_interrupt(stop, patience) as heard:
        task.start()
        late = patience
        while task.is_alive():
            task.join(AGAIN)
            if heard.is_set() and task.is_alive():
                stop()  # what was stopped may have been one statement of many
                late = _told_late(late)
    if task.error is not None:
        raise task.error
    return Done(task.values[0], heard.is_set())


def _told_late(left: float) -> float:
    """Count down a person's patience; at its end say how to leave. What is left of it, 0 once that was said."""
    if 0 < left <= AGAIN:
        print("\nstill stopping; Ctrl-C again leaves at once", file=sys.stderr)
    return max(left - AGAIN, 0.0)


class _Task(threading.Thread, Generic[T]):
    """A thread that keeps what its work returned or raised."""

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__(name="stratum", daemon=True)
        self._work = work
        self.values: list[T] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.values.append(self._work())
        except BaseException as error:  # noqa: BLE001  # carried to the thread that waits, and raised there
            self.error = error


@contextmanager
def stopping_after(seconds: float | None, stop: Callable[[], None]) -> Iterator[threading.Event]:
    """After so many seconds call `stop`, again and again, until the block is left; the event says that it came to that.
    None: never."""
    over, reached = threading.Event(), threading.Event()

    def watch() -> None:
        left = seconds
        while not over.wait(left):
            reached.set()
            stop()
            left = AGAIN

    if seconds is not None:
        threading.Thread(target=watch, name="stratum-timeout", daemon=True).start()
    try:
        yield reached
    finally:
        over.set()


@contextmanager
def _on_interrupt(stop: Callable[[], None], patience: float) -> Iterator[threading.Event]:
    heard = threading.Event()
    first = 0.0

    def handle(_number: int, _frame: FrameType | None) -> None:
        nonlocal first
        if heard.is_set():
            if time.monotonic() - first >= patience:
                os._exit(130)
            return
        first = time.monotonic()
        heard.set()
        if not patience:
            print("stopping; Ctrl-C again to leave at once", file=sys.stderr)
        stop()

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield heard
    finally:
        signal.signal(signal.SIGINT, before)
