"""What the attacks are aimed at, as fixtures."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

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
