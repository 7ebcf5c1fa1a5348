"""Ctrl-C: the first stops the work and keeps what is finished, the second ends the process at once.

Python runs a signal's handler only between two of its own instructions in the main thread, so the work, which may be
one long call into a library, runs in another thread while the main one waits.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Generic, TypeVar

T = TypeVar("T")
AGAIN = 0.5  # seconds between two calls of `stop`


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What the work gave back, and whether Ctrl-C stopped it."""

    value: T
    stopped: bool


def run_interruptible(work: Callable[[], T], stop: Callable[[], None]) -> Done[T]:
    """The value of `work()`; after Ctrl-C `stop` is called, again and again, until it ends. Its errors are raised here.

    In a thread that is not the main one, where signals are not heard, `work` is simply called.
    """
    if threading.current_thread() is not threading.main_thread():
        return Done(work(), stopped=False)
    task = _Task(work)
    with _on_interrupt(stop) as heard:
        task.start()
        while task.is_alive():
            task.join(AGAIN)
            if heard.is_set() and task.is_alive():
                stop()  # what was stopped may have been one statement of many
    if task.error is not None:
        raise task.error
    return Done(task.values[0], heard.is_set())


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
def _on_interrupt(stop: Callable[[], None]) -> Iterator[threading.Event]:
    heard = threading.Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        if heard.is_set():
            os._exit(130)
        heard.set()
        print("stopping; Ctrl-C again to leave at once", file=sys.stderr)
        stop()

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield heard
    finally:
        signal.signal(signal.SIGINT, before)
