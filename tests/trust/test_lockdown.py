"""The lock: what it sets, what it checks, and that nothing it was not told to open is open."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from stratum_sql.trust.lockdown import LockdownError, lock_down, verify
from tests.trust.world import CANARY, World


def settings(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(connection.execute("SELECT name, value FROM duckdb_settings()").fetchall())


def test_cursors_have_the_limits(victim: duckdb.DuckDBPyConnection) -> None:
    lock_down(victim, memory_limit="512MB", threads=1, timeout_seconds=2.5)
    held = settings(victim.cursor())
    assert (held["memory_limit"], held["threads"], held["max_execution_time"]) == ("488.2 MiB", "1", "2500")
    assert (held["temp_directory"], held["allowed_paths"], held["allowed_directories"]) == ("", "[]", "[]")
    verify(victim.cursor())


def test_an_open_connection_does_not_verify(victim: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(LockdownError) as error:
        verify(victim)
    assert error.value.diagnostic.code == "lockdown_failed"


@pytest.mark.parametrize(
    "statement", ["SET allowed_configs = ['threads']", "SET allow_parser_override_extension = 'fallback'"]
)
def test_a_door_the_host_left_open_is_told(victim: duckdb.DuckDBPyConnection, statement: str) -> None:
    victim.execute(statement).fetchall()
    with pytest.raises(LockdownError, match=statement.split()[1]):
        lock_down(victim)


def test_locking_twice_checks_and_changes_nothing(victim: duckdb.DuckDBPyConnection) -> None:
    lock_down(victim, memory_limit="512MB")
    lock_down(victim, memory_limit="512MB")
    with pytest.raises(LockdownError, match="memory_limit"):
        lock_down(victim, memory_limit="1GB")


@pytest.mark.parametrize("limit", ["much", "-1GB", "1 parsec"])
def test_a_limit_that_means_nothing(victim: duckdb.DuckDBPyConnection, limit: str) -> None:
    with pytest.raises(LockdownError):
        lock_down(victim, memory_limit=limit)


def test_a_path_that_is_not_there(victim: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(LockdownError, match="no file or folder"):
        lock_down(victim, allow_paths=[tmp_path / "nothing"])


def test_allowed_paths_open_that_and_no_more(victim: duckdb.DuckDBPyConnection, world: World, tmp_path: Path) -> None:
    folder = tmp_path / "it's data"
    folder.mkdir()
    (folder / "a.csv").write_text("x\n1\n")
    lock_down(victim, allow_paths=[folder, world.secret / "canary.csv"])
    quoted = str(folder / "a.csv").replace("'", "''")
    assert victim.execute(f"FROM read_csv('{quoted}')").fetchall() == [(1,)]
    assert victim.execute(f"FROM read_csv('{world.secret}/canary.csv')").fetchall() == [(CANARY,)]
    for path in (world.secret / "canary.txt", world.out / "link.txt", f"{folder}/../x", f"{tmp_path}/it's data_evil"):
        with pytest.raises(duckdb.PermissionException):
            victim.execute("FROM read_text(?)", [str(path)]).fetchall()


def test_registered_objects_functions_and_attached_files_work_on(tmp_path: Path) -> None:
    base = tmp_path / "base.duckdb"
    with duckdb.connect(str(base)) as maker:
        maker.execute("CREATE TABLE t AS SELECT 7 AS a").fetchall()
    with duckdb.connect() as connection:
        connection.create_function("plus_one", lambda x: x + 1, ["BIGINT"], "BIGINT")
        connection.execute(f"ATTACH '{base}' AS base (READ_ONLY)").fetchall()
        lock_down(connection, temp_directory=tmp_path / "spill")
        connection.register("frame", pd.DataFrame({"a": [1, 2]}))
        assert connection.execute("SELECT sum(plus_one(a)) FROM frame").fetchall() == [(5,)]
        assert connection.execute("FROM base.t").fetchall() == [(7,)]


def test_the_time_limit_stops_a_cursor(victim: duckdb.DuckDBPyConnection) -> None:
    lock_down(victim, timeout_seconds=0.2, threads=1)
    query = "SELECT count(*) FROM range(100000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"  # hours
    with pytest.raises(duckdb.Error, match="maximum execution time"):
        victim.cursor().execute(query).fetchall()


@pytest.mark.parametrize("spelling", ["absolute", "relative", "linked"])
def test_a_database_file_stays_usable(spelling: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB allows the files of attached databases by itself, under the name it gave them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path)
    folder = {"absolute": f"{tmp_path}/", "relative": "", "linked": f"{tmp_path}/link/"}[spelling]
    with duckdb.connect(f"{folder}a.duckdb") as connection:
        connection.execute("CREATE TABLE t AS SELECT 7 AS a").fetchall()
        connection.execute(f"ATTACH '{folder}b.duckdb' AS more").fetchall()
        lock_down(connection)
        assert connection.execute("FROM t").fetchall() == [(7,)]
