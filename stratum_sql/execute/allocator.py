"""The C allocator: memory that was freed is not the system's again until it is told so."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any


def give_back() -> None:
    """Give freed memory back to the system, where the allocator can be asked to (glibc).

    After DuckDB has fetched millions of rows in small pieces that is as much as the rows themselves take.
    """
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Callable[[int], Any] | None:
    try:
        return getattr(ctypes.CDLL(None), "malloc_trim", None)
    except OSError:
        return None
