"""The cache of results: what a trial scored on a fold, under a key that names its content (`content.py`).

A cache may be lost at any moment and never costs an answer: whatever goes wrong with its file, it works as if empty.
Nothing in it is trusted: a value counts only if the checksum over it and its key is right.

What is cheap to compute and large to keep goes first when room is short (GreedyDual-Size, `shelves.py`): the benefit of
an entry is the seconds it saves over the bytes it takes, and it ages when it is not used.
"""

from __future__ import annotations

import json
import logging
import math
import struct
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from stratum_sql.catalog.metrics import Scores
from stratum_sql.execute.shelves import FileShelf, MemoryShelf, Row, Shelf

LIMIT_BYTES = 256 * 2**20
_LARGEST = 64 * 2**20  # bytes of one entry: no result is near it
_ROW_BYTES = 110  # the file's share of an entry beside key and value: checksum, seconds, columns, index, free space
_MOST_SECONDS = 1e9  # that count as a benefit: thirty years
_MOST_PROBLEMS = 20

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A value under its key, and the seconds it took to compute: what finding it saves."""

    key: bytes
    value: bytes
    seconds: float

    @property
    def size(self) -> int:
        """Bytes that keeping it takes."""
        return len(self.key) + len(self.value) + _ROW_BYTES


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What is kept now, by whoever wrote it; and what this object was asked for, and evicted."""

    entries: int
    bytes: int
    hits: int
    misses: int
    evicted: int


class ResultCache:
    """Values by content. `path` is one SQLite file, for any number of processes and threads; None keeps them in memory.

    No method raises for what the file, the disk or another process does. The first such problem is a warning of the
    log; all are in `problems`, each once.
    """

    def __init__(self, path: Path | None, limit_bytes: int = LIMIT_BYTES) -> None:
        self.path, self.limit_bytes = path, limit_bytes
        self.problems: list[str] = []
        self._shelf: Shelf = MemoryShelf() if path is None else FileShelf(path, self._report)
        self._lock = threading.Lock()
        self._hits = self._misses = self._evicted = 0

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, Entry]:
        """The entries that are there and whole, in the order of the keys; those that are not whole are dropped."""
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return {}
        bodies = self._shelf.get(wanted)
        opened = {key: _opened(key, bodies[key]) for key in wanted if key in bodies}
        found = {key: entry for key, entry in opened.items() if entry is not None}
        if len(found) < len(opened):
            self._shelf.drop([key for key in opened if key not in found])
            self._report(f"{len(opened) - len(found)} entries were not as they were written, and are dropped")
        with self._lock:
            self._hits += len(found)
            self._misses += len(wanted) - len(found)
        return found

    def put_many(self, entries: Sequence[Entry]) -> None:
        """Keep entries, the last of those with one key. One that is larger than the limit is not kept."""
        kept = {entry.key: entry for entry in entries if entry.size <= min(self.limit_bytes, _LARGEST)}
        if kept:
            evicted = self._shelf.put([_row(entry) for entry in kept.values()], self.limit_bytes)
            with self._lock:
                self._evicted += evicted

    def clear(self) -> None:
        """Forget everything that is kept."""
        self._shelf.clear()

    def stats(self) -> CacheStats:
        """What is kept, and what was asked for. Counts every entry: not for each trial."""
        entries, held = self._shelf.totals()
        with self._lock:
            return CacheStats(entries, held, self._hits, self._misses, self._evicted)

    def _report(self, problem: str) -> None:
        with self._lock:
            if problem in self.problems or len(self.problems) >= _MOST_PROBLEMS:
                return
            self.problems.append(problem)
            first = len(self.problems) == 1
        if first:
            _log.warning("the cache of results: %s; it counts as empty", problem)


# ---- entries as bytes: checksum, seconds, value ----------------------------------------------------------------------

_SEAL = 16
_SECONDS = struct.Struct("<d")


def _row(entry: Entry) -> Row[bytes]:
    rest, size = _SECONDS.pack(entry.seconds) + entry.value, entry.size
    benefit = min(entry.seconds, _MOST_SECONDS) / size if entry.seconds > 0 else 0.0  # NaN is not
    return Row(entry.key, _seal(entry.key, rest) + rest, size, benefit)


def _opened(key: bytes, body: bytes) -> Entry | None:
    """The entry, or None if it is not, byte for byte, what was written under this key."""
    rest = body[_SEAL:]
    if len(rest) < _SECONDS.size or body[:_SEAL] != _seal(key, rest):
        return None
    return Entry(key, rest[_SECONDS.size :], _SECONDS.unpack_from(rest)[0])


def _seal(key: bytes, rest: bytes) -> bytes:
    return blake2b(len(key).to_bytes(8, "little") + key + rest, digest_size=_SEAL).digest()


# ---- scores as bytes -------------------------------------------------------------------------------------------------


_AS_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def encode_scores(scores: Scores, seconds: float, warnings: Sequence[str] = ()) -> bytes:
    """Scores, seconds of the fit and warnings as JSON, the same bytes for the same values: names are sorted, and what
    is no finite number is a text.
    """
    data = {
        "problems": dict(scores.problems),
        "scores": {name: _number(value) for name, value in scores.values.items()},
        "seconds": _number(seconds),
        "warnings": list(warnings),
    }
    return _AS_JSON(data).encode()


def decode_scores(value: bytes) -> tuple[Scores, float, tuple[str, ...]]:
    """What `encode_scores` was given, every float as it was, metrics by name. Raises ValueError for any other bytes."""
    try:
        data = json.loads(value)
        scores = {name: _float(number) for name, number in data["scores"].items()}
        problems = _texts(data["problems"])
        warnings = tuple(_texts(dict(enumerate(data["warnings"]))).values())
        return Scores(scores, problems), _float(data["seconds"]), warnings
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no scores: {type(error).__name__}") from None


def _number(value: float) -> float | str:
    value = float(value)
    return value if math.isfinite(value) else str(value)


def _float(value: Any) -> float:
    """A float of JSON, or one of the texts for those that JSON has not."""
    if isinstance(value, float) or value in ("nan", "inf", "-inf"):
        return float(value)
    raise ValueError("no scores: a number is none")


def _texts(values: Mapping[Any, Any]) -> dict[Any, str]:
    if not all(isinstance(value, str) for value in values.values()):
        raise ValueError("no scores: a text is none")
    return dict(values)
