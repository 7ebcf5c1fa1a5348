"""Python's garbage collector while scripts run: it leaves alone what was there before, and looks less often at the new.

Recording makes thousands of small objects that stay, which is when the collector goes through all that there is: some
200,000 objects of the libraries, each time; and every 700 new ones through those, a tenth of the time of a long script.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()
_NEW = 20_000  # objects more than before, until the collector looks at them
_blocks = 0  # that are running, in all threads
_threshold = 0, 0, 0  # before them


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
    global _blocks, _threshold
    with _LOCK:
        if not _blocks:
            if gc.get_freeze_count():
                return False
            gc.freeze()
            _threshold = first, *others = gc.get_threshold()
            if first:  # else the host program has switched the collector off
                gc.set_threshold(max(first, _NEW), *others)
        _blocks += 1
        return True


def _ended() -> None:
    global _blocks
    with _LOCK:
        _blocks -= 1
        if not _blocks:
            gc.set_threshold(*_threshold)
            gc.unfreeze()
