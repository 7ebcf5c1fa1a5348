"""Python's garbage collector while scripts run: it does not look at what was there before.

Recording makes thousands of small objects that stay, which is when the collector goes through all that there is: some
200,000 objects of the libraries, each time.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()
_blocks = 0  # that are running, in all threads


@contextmanager
def leaving_the_old() -> Iterator[None]:
    """Leave the objects of before to themselves; garbage among them is collected afterwards.

    Nothing is changed where the host program has frozen objects itself: they would be thawed with ours.
    """
    is_ours = _begun()
    try:
        yield
    finally:
        if is_ours:
            _ended()


def _begun() -> bool:
    global _blocks
    with _LOCK:
        if not _blocks:
            if gc.get_freeze_count():
                return False
            gc.freeze()
        _blocks += 1
        return True


def _ended() -> None:
    global _blocks
    with _LOCK:
        _blocks -= 1
        if not _blocks:
            gc.unfreeze()
