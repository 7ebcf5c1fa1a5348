"""Engines as they are used: processes of their own, found through a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

import stratum_sql
from stratum_sql.serve.client import Client

TABLE = """
CREATE TABLE t AS SELECT i AS id, (i * 7919) % 13 AS a, (i * 31) % 17 / 3.0 AS b, 'c' || (i * 17 % 5) AS c,
    (i * 7919) % 13 * 2.0 + (i * 31) % 17 + sin(i) AS y FROM range(300) r(i)
"""


@dataclass(frozen=True)
class Running:
    """One engine. `client` makes a client of it that starts no other."""

    folder: Path
    process: subprocess.Popen[str]

    def client(self) -> Client:
        return stratum_sql.connect_engine(self.folder, start=False)


Start = Callable[..., Running]


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "stratum_sql", "serve", "--folder", str(folder), "--threads", "2", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(stratum_sql.__file__).parents[1]), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            assert said.startswith("engine "), said + process.stderr.read()
            yield Running(folder, process)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            finally:
                process.kill()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One engine for all tests of a module that leave it as it was; it has the table t."""
    folder = tmp_path_factory.mktemp("engine")
    path = folder / "t.db"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLE)
    with running(folder / "e", "--database", str(path)) as one:
        yield one


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts engines for one test alone."""
    with ExitStack() as stack:
        yield lambda *arguments: stack.enter_context(running(tmp_path / "engine", *arguments))


@pytest.fixture
def client(engine: Running) -> Iterator[Client]:
    with engine.client() as one:
        yield one
