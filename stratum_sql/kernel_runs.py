"""What ran of the kernels: calls, rows and seconds, for those who asked to be told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class KernelRuns:
    """Calls of one kernel, the rows they were given, and the seconds they took, in whichever threads."""

    calls: int
    rows: int
    seconds: float

    @property
    def rows_per_second(self) -> float:
        """Of one thread; 0 for a kernel that sees no rows."""
        return self.rows / self.seconds if self.seconds else 0.0


_lock = threading.Lock()
_counts: list[dict[str, KernelRuns]] = []


@contextmanager
def counting() -> Iterator[Mapping[str, KernelRuns]]:
    """By kernel, what runs in this process until the block is left; also what others run meanwhile."""
    own: dict[str, KernelRuns] = {}
    with _lock:
        _counts.append(own)
    try:
        yield own
    finally:
        with _lock:
            _counts[:] = [one for one in _counts if one is not own]


def counted(rows: Callable[..., int]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Count the calls of a kernel that return. `rows` gives the rows of a call from its arguments."""

    def decorate(kernel: Callable[P, R]) -> Callable[P, R]:
        @wraps(kernel)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            started = time.perf_counter()
            result = kernel(*args, **kwargs)
            if _counts:
                _add(kernel.__qualname__, rows(*args, **kwargs), time.perf_counter() - started)
            return result

        return call

    return decorate


def _add(name: str, rows: int, seconds: float) -> None:
    with _lock:
        for counts in _counts:
            before = counts.get(name, KernelRuns(0, 0, 0.0))
            counts[name] = KernelRuns(before.calls + 1, before.rows + rows, before.seconds + seconds)
