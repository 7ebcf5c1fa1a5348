"""A hostile world for one test: files that hold a canary, a database with a table, and a watchdog."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

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


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    here = World(tmp_path_factory.mktemp("world"))
    here.secret.mkdir()
    here.out.mkdir()
    (here.secret / "canary.txt").write_text(CANARY)
    (here.secret / "canary.csv").write_text(f"word\n{CANARY}\n")
    (here.secret / "canary.json").write_text(f'{{"word": "{CANARY}"}}\n')
    (here.secret / "canary.csv.gz").write_bytes(gzip.compress(f"word\n{CANARY}\n".encode()))
    (here.secret / "evil.duckdb_extension").write_bytes(b"\x7fELF")
    (here.secret / "schema.sql").write_text(f"CREATE TABLE imported AS SELECT '{CANARY}' AS word;")
    (here.secret / "load.sql").write_text("")
    with duckdb.connect(str(here.secret / "canary.duckdb")) as connection:
        connection.execute(f"CREATE TABLE secret AS SELECT '{CANARY}' AS word")
        connection.execute(f"COPY secret TO '{here.secret}/canary.parquet'")
    (here.out / "link.txt").symlink_to(here.secret / "canary.txt")
    return here


def open_victim() -> duckdb.DuckDBPyConnection:
    """An in-memory database as a host would make it: a table of its own, and the engine's hidden schema."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE victim AS SELECT 'a' AS word; CREATE SCHEMA stratum")
    connection.execute("CREATE TABLE stratum.trials AS SELECT 1 AS trial").fetchall()
    return connection


@pytest.fixture
def victim() -> Iterator[duckdb.DuckDBPyConnection]:
    with open_victim() as connection:
        yield connection


@pytest.fixture
def within() -> Iterator[Callable[[duckdb.DuckDBPyConnection, float], None]]:
    """Interrupt a connection after some seconds, whatever it does, so that no test hangs."""
    timers: list[threading.Timer] = []

    def start(connection: duckdb.DuckDBPyConnection, seconds: float) -> None:
        timers.append(threading.Timer(seconds, connection.interrupt))
        timers[-1].start()

    yield start
    for timer in timers:
        timer.cancel()
