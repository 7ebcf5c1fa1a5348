"""Where the cache keeps its rows: in this process's memory, or in a SQLite file that several processes share.

The least `priority` is evicted first; a row's priority is the shelf's clock plus its benefit, set when it is written
and when it is read. The clock is the largest priority that was ever evicted.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Generic, Protocol, TypeVar

KEPT = 0.9  # of the limit, after an eviction: else the very next row would need another one

T = TypeVar("T")
B = TypeVar("B")  # what is kept: bytes, where it goes to a file


@dataclass(frozen=True, slots=True)
class Row(Generic[B]):
    """What is kept under a key. `size` in bytes, `benefit` in seconds a byte."""

    key: bytes
    body: B
    size: int
    benefit: float


class Shelf(Protocol):
    """Rows by key, at most `limit` bytes of them. No method raises."""

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The bodies of those keys that are there; they count as used now."""

    def put(self, rows: Sequence[Row[bytes]], limit: int) -> int:
        """Keep rows, in the place of others of the same key; how many rows had to go for it."""

    def drop(self, keys: Sequence[bytes]) -> None:
        """Forget these keys."""

    def clear(self) -> None:
        """Forget every key."""

    def totals(self) -> tuple[int, int]:
        """How many rows there are, and their bytes."""


# ---- in memory -------------------------------------------------------------------------------------------------------


class MemoryShelf(Generic[B]):
    """A dict, shared by the threads of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[bytes, tuple[float, Row[B]]] = {}  # with their priority
        self._bytes = 0
        self._clock = 0.0

    def get(self, keys: Sequence[bytes]) -> dict[bytes, B]:
        with self._lock:
            found = {key: self._rows[key][1] for key in keys if key in self._rows}
            for key, row in found.items():
                self._rows[key] = (self._clock + row.benefit, row)
        return {key: row.body for key, row in found.items()}

    def put(self, rows: Sequence[Row[B]], limit: int) -> int:
        with self._lock:
            for row in rows:
                self._remove(row.key)
                self._rows[row.key] = (self._clock + row.benefit, row)
                self._bytes += row.size
            return self._evict(limit)

    def drop(self, keys: Sequence[bytes]) -> None:
        with self._lock:
            for key in keys:
                self._remove(key)

    def clear(self) -> None:
        with self._lock:
            self._rows.clear()
            self._bytes = 0

    def totals(self) -> tuple[int, int]:
        with self._lock:
            return len(self._rows), self._bytes

    def _remove(self, key: bytes) -> None:
        if key in self._rows:
            self._bytes -= self._rows.pop(key)[1].size

    def _evict(self, limit: int) -> int:
        if self._bytes <= limit:
            return 0
        before = len(self._rows)
        for priority, row in sorted(self._rows.values(), key=lambda kept: kept[0]):
            if self._bytes <= KEPT * limit:
                break
            self._remove(row.key)
            self._clock = max(self._clock, priority)
        return before - len(self._rows)


# ---- in a file -------------------------------------------------------------------------------------------------------

_APPLICATION = 0x53545243  # STRC
_FORMAT = 1
_TABLES = f"""
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE entry (
  id INTEGER PRIMARY KEY, priority REAL, benefit REAL, size INTEGER, key BLOB NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE state (clock REAL, bytes INTEGER);
INSERT INTO state VALUES (0.0, 0);
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_FORMAT};
COMMIT;
"""
# No waiting for the disk: a killed process loses nothing by it, and what a power cut damages is set aside.
_SETTINGS = """
PRAGMA synchronous = OFF; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -16384;
"""
_PATIENCE = 5.0  # seconds to wait for other processes, which hold the file for milliseconds
_MOST_FAILURES = 3  # in a row; after them the file is left alone, so that waiting for it cannot add up
_AT_ONCE = 1000  # keys a query; SQLite takes at least 32,766

_DAMAGE = frozenset(
    {
        sqlite3.SQLITE_ERROR,  # such as: no such table
        sqlite3.SQLITE_INTERNAL,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_TOOBIG,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_NOTADB,
    }
)
_OF_SQLITE = (sqlite3.Error, UnicodeDecodeError)  # the latter where an error quotes a name out of a damaged file
_FAILURES = (sqlite3.Error, OSError, ValueError, OverflowError, MemoryError)  # of a file system, a path, a bad file


class _NotOurs(sqlite3.DatabaseError):
    """A sound database that is not this cache, is of another format, or holds what is never written."""


class FileShelf:
    """A SQLite file. Each call opens it and closes it: nothing is held between calls, by threads or by forks.

    Every call holds a shared lock on the folder while the file is open. Making the file, and setting a damaged one
    aside (`<name>.damaged`, which replaces the one before), need the lock alone: then no process has the file open.
    `report` is told of whatever goes wrong; the call then finds nothing.
    """

    def __init__(self, path: Path, report: Callable[[str], None]) -> None:
        self.path = path
        self._report = report
        self._failures = 0

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        return self._run(lambda database: _get(database, keys), {}, make=False)

    def put(self, rows: Sequence[Row[bytes]], limit: int) -> int:
        return self._run(lambda database: _put(database, rows, limit), 0, make=True)

    def drop(self, keys: Sequence[bytes]) -> None:
        self._run(lambda database: _drop(database, keys), None, make=False)

    def clear(self) -> None:
        self._run(_clear, None, make=False)

    def totals(self) -> tuple[int, int]:
        return self._run(_totals, (0, 0), make=False)

    def _run(self, work: Callable[[sqlite3.Connection], T], otherwise: T, *, make: bool) -> T:
        """What `work` gives, or `otherwise`. Once, a damaged file is set aside, and `work` tried on a new one."""
        if self._failures >= _MOST_FAILURES:
            return otherwise
        try:
            if not (make or self.path.exists()):
                return otherwise
            try:
                done = self._once(work)
            except _OF_SQLITE as error:
                if not _is_damage(error):
                    raise
                self._report(f"{self.path} is damaged ({error}): a new one is begun")
                done = self._once(work)
        except _FAILURES as error:
            self._failures += 1
            self._report(f"{self.path} cannot be used ({type(error).__name__}: {error})")
            return otherwise
        self._failures = 0
        return done

    def _once(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """`work` on the file, which is made if it is not there. Damage is set aside, and raised."""
        if not _has_content(self.path):
            self._make()
        with _locked(self.path.parent, fcntl.LOCK_SH):
            seen = self.path.stat().st_ino
            try:
                with closing(_connect(self.path)) as database:
                    _check(database)
                    return work(database)
            except _OF_SQLITE as error:
                if not _is_damage(error):
                    raise
                damage = error
        self._set_aside(seen)
        raise damage

    def _make(self) -> None:
        """Make the file beside its place and move it there, so that a process that is killed leaves no half of it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(self.path.name + ".new")
        with _locked(self.path.parent, fcntl.LOCK_EX):
            if _has_content(self.path):
                return
            for suffix in _SUFFIXES:
                _beside(beside, suffix).unlink(missing_ok=True)
                if suffix:
                    _beside(self.path, suffix).unlink(missing_ok=True)  # of a file that is gone
            with closing(_connect(beside)) as database:
                database.executescript(_TABLES)
            beside.replace(self.path)

    def _set_aside(self, seen: int) -> None:
        """Move the file away, unless another process has done so since it was seen."""
        with _locked(self.path.parent, fcntl.LOCK_EX):
            if not self.path.is_file() or self.path.stat().st_ino != seen:
                return
            aside = self.path.with_name(self.path.name + ".damaged")
            for suffix in _SUFFIXES:
                _beside(aside, suffix).unlink(missing_ok=True)
                with suppress(FileNotFoundError):
                    _beside(self.path, suffix).replace(_beside(aside, suffix))


_SUFFIXES = ("", "-wal", "-shm")  # SQLite's files


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _has_content(path: Path) -> bool:
    """Whether there is something that is not an empty file; what it is shows when it is opened."""
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _is_damage(error: Exception) -> bool:
    """Whether the file is at fault, and not the disk, the permissions or another process."""
    code = getattr(error, "sqlite_errorcode", 0)
    return (
        isinstance(error, _NotOurs | UnicodeDecodeError)
        or code & 0xFF in _DAMAGE
        or code == sqlite3.SQLITE_IOERR_SHORT_READ
    )


@contextmanager
def _locked(folder: Path, mode: int) -> Iterator[None]:
    """Hold the folder's lock. Raises OSError: no such folder, or not free in time."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _wait(handle, mode)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, mode: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return fcntl.flock(handle, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.005)


# -- statements


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    try:
        database.text_factory = bytes  # a damaged row may hold text that is none
        database.executescript(_SETTINGS)
    except BaseException:
        database.close()
        raise
    return database


def _check(database: sqlite3.Connection) -> None:
    """Raises _NotOurs."""
    said = tuple(database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    if said != (_APPLICATION, _FORMAT):
        raise _NotOurs(f"not a cache of format {_FORMAT}")


@contextmanager
def _writing(database: sqlite3.Connection) -> Iterator[None]:
    """One transaction; closing the connection ends it if it was not committed."""
    database.execute("BEGIN IMMEDIATE")
    yield
    database.execute("COMMIT")


def _get(database: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    clock, _ = _state(database)
    found: dict[bytes, bytes] = {}
    older: list[bytes] = []
    for some, marks in _slices(keys):
        query = f"SELECT key, body, priority < ? + benefit FROM entry WHERE key IN ({marks})"
        for key, body, is_older in database.execute(query, [clock, *some]):
            if isinstance(body, bytes) and isinstance(key, bytes):
                found[key] = body
                if is_older:
                    older.append(key)
    _touch(database, older, clock)
    return found


def _touch(database: sqlite3.Connection, keys: Sequence[bytes], clock: float) -> None:
    """Note that rows were used."""
    with _if_free(), _writing(database) if keys else nullcontext():
        for some, marks in _slices(keys):
            database.execute(f"UPDATE entry SET priority = ? + benefit WHERE key IN ({marks})", [clock, *some])


@contextmanager
def _if_free() -> Iterator[None]:
    """What may be left undone, where others hold the file or it cannot be written."""
    try:
        yield
    except _OF_SQLITE as error:
        if _is_damage(error):
            raise


def _put(database: sqlite3.Connection, rows: Sequence[Row[bytes]], limit: int) -> int:
    with _writing(database):
        clock, held = _state(database)
        held -= _bytes_of(database, [row.key for row in rows])
        database.executemany(
            "INSERT OR REPLACE INTO entry (priority, benefit, size, key, body) VALUES (?, ?, ?, ?, ?)",
            [
                (clock + row.benefit, row.benefit, row.size, row.key, row.body)
                for row in sorted(rows, key=lambda row: row.key)  # neighbours of the index one after the other
            ],
        )
        held += sum(row.size for row in rows)
        evicted = 0
        if held > limit:
            evicted, clock, held = _evict(database, clock, int(KEPT * limit))
        _note(database, clock, held)
    return evicted


def _evict(database: sqlite3.Connection, clock: float, wanted: int) -> tuple[int, float, int]:
    """Evict down to `wanted` bytes. How many rows went, the new clock, and the bytes that are left."""
    held = _totals(database)[1]
    doomed: list[tuple[int]] = []
    numbers = "coalesce(CAST(size AS INTEGER), 0), coalesce(CAST(priority AS REAL), 0.0)"  # a damaged row may hold any
    for row, size, priority in database.execute(f"SELECT id, {numbers} FROM entry ORDER BY 3, 1"):
        if held <= wanted:
            break
        doomed.append((row,))
        held -= size
        clock = max(clock, priority)
    database.executemany("DELETE FROM entry WHERE id = ?", doomed)
    return len(doomed), clock, held


def _drop(database: sqlite3.Connection, keys: Sequence[bytes]) -> None:
    with _writing(database):
        clock, held = _state(database)
        _note(database, clock, held - _bytes_of(database, keys))
        for some, marks in _slices(keys):
            database.execute(f"DELETE FROM entry WHERE key IN ({marks})", some)


def _clear(database: sqlite3.Connection) -> None:
    with _writing(database):
        database.execute("DELETE FROM entry")
        _note(database, 0.0, 0)
    with _if_free():
        database.execute("VACUUM")


def _totals(database: sqlite3.Connection) -> tuple[int, int]:
    count, held = database.execute(f"SELECT count(*), {_SUM} FROM entry").fetchone()
    return count, held


def _bytes_of(database: sqlite3.Connection, keys: Sequence[bytes]) -> int:
    query = f"SELECT {_SUM} FROM entry WHERE key IN ({{}})"
    return sum(database.execute(query.format(marks), some).fetchone()[0] for some, marks in _slices(keys))


_SUM = "coalesce(sum(CAST(size AS INTEGER)), 0)"  # a damaged row may hold any type
_LARGEST_CLOCK, _LARGEST_SUM = 1e15, 2**53  # beyond them a number was not counted, but damaged


def _state(database: sqlite3.Connection) -> tuple[float, int]:
    """The clock, and the bytes held by the count of those who wrote. Raises _NotOurs if they cannot be."""
    rows = database.execute("SELECT clock, bytes FROM state").fetchall()
    clock, held = rows[0] if len(rows) == 1 else (None, None)
    return _counts(clock, held)


def _counts(clock: object, held: object) -> tuple[float, int]:
    """The two, if they can be. Raises _NotOurs."""
    if not (isinstance(clock, float) and 0 <= clock <= _LARGEST_CLOCK):
        raise _NotOurs("its clock is wrong")
    if not (isinstance(held, int) and 0 <= held <= _LARGEST_SUM):
        raise _NotOurs("its count of bytes is wrong")
    return clock, held


def _note(database: sqlite3.Connection, clock: float, held: int) -> None:
    database.execute("UPDATE state SET clock = ?, bytes = ?", _counts(clock, held))


def _slices(keys: Sequence[bytes]) -> Iterator[tuple[list[bytes], str]]:
    """The keys, some at a time, each time with as many placeholders."""
    rest = iter(keys)
    while some := list(islice(rest, _AT_ONCE)):
        yield some, ",".join("?" * len(some))
