"""Fixtures of the attacks: their target, and a watchdog."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator

import duckdb
import pytest

from tests.trust.world import CANARY, World, open_victim


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
