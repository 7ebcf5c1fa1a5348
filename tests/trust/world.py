"""What the attacks are aimed at: files that hold a canary, and a database with a table."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

CANARY = "canary-4f1d2c"


@dataclass(frozen=True)
class World:
    """`secret` holds files with the canary, `out` is empty but for a link to one of them; `snapshot` sees all of it."""

    root: Path

    @property
    def secret(self) -> Path:
        return self.root / "secret"

    @property
    def out(self) -> Path:
        return self.root / "out"

    def fill(self, statement: str) -> str:
        text = statement.replace("{dir}", str(self.secret)).replace("{out}", str(self.out))
        return text.replace("\\n", "\n").replace("\\r", "\r").replace("\\\\", "\\")

    def snapshot(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() if path.is_file() else b"" for path in sorted(self.root.rglob("*"))}


def open_victim() -> duckdb.DuckDBPyConnection:
    """An in-memory database as a host would make it: a table of its own, and the engine's hidden schema."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE victim AS SELECT 'a' AS word; CREATE SCHEMA stratum")
    connection.execute("CREATE TABLE stratum.trials AS SELECT 1 AS trial").fetchall()
    return connection


@contextmanager
def within(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt what `connection` does after some seconds, whatever it is, so that no test hangs."""
    timer = threading.Timer(seconds, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
