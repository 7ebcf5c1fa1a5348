"""Steps that make millions of objects and drop none, spared the collector of cycles.

Reading, binding and planning a thousand statements only adds objects. Each time a quarter more of them are there,
Python walks all that the process holds to find none to free: half of what planning costs.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside = 0
_was_on = False


@contextmanager
def uncollected() -> Iterator[None]:
    """Cycles are not collected until the block ends, in any thread; what counts its references to zero goes as ever.

    Blocks may nest and overlap between threads: the last one to end turns the collector on, if it was on before.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _inside, _was_on
    with _lock:
        if _inside == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _inside += 1


def _leave() -> None:
    global _inside
    with _lock:
        _inside -= 1
        if _inside == 0 and _was_on:
            gc.enable()
