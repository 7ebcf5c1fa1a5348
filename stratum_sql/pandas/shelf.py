"""What scripts of one batch have in common: files, frames, models, each made once under a key of its content."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

_SMALL = 10_000  # bytes, for what does not say how large it is


class Shelf:
    """Results by key. `made` and `found` count them by kind; the ones not looked at for longest go first."""

    def __init__(self, most_bytes: int) -> None:
        self.made: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self._most, self._bytes = most_bytes, 0
        self._results: OrderedDict[tuple[str, bytes], tuple[Future[Any], int]] = OrderedDict()
        self._asked: dict[bytes, int] = {}
        self._lock = threading.Lock()

    def once(self, kind: str, key: bytes | None, make: Callable[[], Any]) -> Any:
        """The result of this kind and key; `make` gives it if there is none. Without a key it is always made.

        What others are making is waited for; what it raises all of them raise, and the next one tries again.
        """
        if key is None:
            self.made[kind] += 1
            return make()
        with self._lock:
            known = self._results.get((kind, key))
            if known is None:
                future: Future[Any] = Future()
                self._results[kind, key] = future, 0
                self.made[kind] += 1
            else:
                future = known[0]
                self._results.move_to_end((kind, key))
                self.found[kind] += 1
        if known is None:
            self._make((kind, key), future, make)
        return future.result()

    def has(self, kind: str, key: bytes | None) -> bool:
        """Whether a result is there."""
        known = None if key is None else self._results.get((kind, key))
        return known is not None and known[0].done()

    def ask(self, name: bytes, size: int) -> None:
        """Note that somebody wants so much of something."""
        with self._lock:
            self._asked[name] = max(size, self._asked.get(name, 0))

    def asked(self, name: bytes | None) -> int:
        """The most that anybody wanted; 0 if nobody did."""
        return 0 if name is None else self._asked.get(name, 0)

    def _make(self, name: tuple[str, bytes], future: Future[Any], make: Callable[[], Any]) -> None:
        try:
            result = make()
        except BaseException as error:  # noqa: BLE001 whoever waits for it is told
            with self._lock:
                self._results.pop(name, None)
            future.set_exception(error)
            return
        size = size_of(result)
        with self._lock:
            self._results[name] = future, size
            self._bytes += size
            while self._bytes > self._most and len(self._results) > 1:
                self._forget_oldest(name)
        future.set_result(result)

    def _forget_oldest(self, but: tuple[str, bytes]) -> None:
        for name, (future, size) in self._results.items():
            if name != but and future.done():
                del self._results[name]
                self._bytes -= size
                return
        self._bytes = min(self._bytes, self._most)  # all others are being made


def size_of(value: Any) -> int:
    """Bytes, about."""
    if isinstance(value, np.ndarray):
        return value.nbytes + (50 * value.size if value.dtype.hasobject else 0)
    if isinstance(value, pd.DataFrame | pd.Series):
        return int(np.sum(value.memory_usage(deep=False))) + _SMALL
    if isinstance(value, pa.Table):
        return int(value.nbytes)
    if isinstance(value, tuple):
        return sum(size_of(one) for one in value)
    return _SMALL if not hasattr(value, "get_params") else 100 * _SMALL
