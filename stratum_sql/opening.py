"""Opening a database for a session: settings, the lock for foreign statements, the folder of artefacts; and letting it
go.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import duckdb

from stratum_sql.bind.database import Database
from stratum_sql.bind.options import bytes_of, no_gpu
from stratum_sql.borrow import make_stub
from stratum_sql.catalog import registry
from stratum_sql.connections import connect
from stratum_sql.errors import BindError, Diagnostic, StratumError
from stratum_sql.execute.gpu import found_gpu
from stratum_sql.models.artefacts import artefacts_of
from stratum_sql.optimizer.cost.device import Device, read_device
from stratum_sql.plain import DatabaseError, from_plain
from stratum_sql.plan.query import Mode
from stratum_sql.trust.lockdown import lock_down

Setup = Callable[[duckdb.DuckDBPyConnection], object]


def open_database(path: str, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Connect to a database file, or `:memory:`. Raises DatabaseError: `database_locked` if another process holds
    it.
    """
    try:
        return connect(path, read_only=read_only)
    except duckdb.Error as error:
        raise _cannot_open(path, str(error)) from error


def prepare(
    connection: duckdb.DuckDBPyConnection,
    *,
    trusted: bool,
    allow_paths: Sequence[str | Path],
    threads: int | None,
    memory_limit: str | None,
    max_seconds: float | None,
    setup: Setup | None,
) -> None:
    """Make the session's settings; run the host program's `setup`; then, for foreign statements, lock the database.

    Raises StratumError; the connection is closed then.
    """
    try:
        connection.execute("SET python_enable_replacements = false")
        if trusted:
            _limit(connection, threads, memory_limit)
        else:
            for name in registry.transform_names():
                make_stub(connection, name)  # views and macros that `setup` makes may hold any of them
        if setup is not None:
            setup(connection)
        if not trusted:
            connection.execute("SET errors_as_json = true")
            lock_down(
                connection,
                allow_paths=allow_paths,
                memory_limit=memory_limit,
                threads=threads,
                timeout_seconds=max_seconds,
            )
    except BaseException as error:
        connection.close()
        if isinstance(error, duckdb.Error):
            raise from_plain(error) from error
        raise


def size_of(text: str) -> int:
    """`'4GB'` in bytes. Raises BindError if it is no size."""
    size = bytes_of(text)
    if size is None:
        raise BindError(Diagnostic("bad_option", f"memory_limit must be a size such as '4GB'; got {text!r}", "bind"))
    return size


def chosen_device(device: str | os.PathLike[str]) -> tuple[Mode, Device | None]:
    """Where models are trained, and the GPU that a file describes. Raises BindError for a file that describes none, and
    for `'gpu'` where there is none."""
    if device == "gpu" and found_gpu() is None:
        raise no_gpu("", None)
    if device == "auto" or device == "cpu" or device == "gpu":
        return device, None  # type: ignore[return-value]  # mypy takes a path's `==` for no narrowing
    return "auto", read_device(os.fspath(device))


def artefact_folder(path: str) -> tuple[Path, tempfile.TemporaryDirectory[str] | None]:
    """Beside the database file; for a database in memory a folder that goes with the session."""
    if path == "" or path.startswith(":memory:"):
        temporary = tempfile.TemporaryDirectory(prefix="stratum-", ignore_cleanup_errors=True)
        return Path(temporary.name), temporary
    return artefacts_of(path), None


def result_file(path: str) -> Path | None:
    """Where results of trials are kept for later batches: beside the database file; None for a database in memory."""
    return None if path == "" or path.startswith(":memory:") else Path(path + ".results").resolve()


def release(
    connection: duckdb.DuckDBPyConnection,
    database: Database,
    close_store: Callable[[], None],
    temporary: tempfile.TemporaryDirectory[str] | None,
) -> None:
    """Close what a session holds; also what is called at the end of the process for a session left open."""
    with suppress(duckdb.Error, StratumError):
        close_store()
    database.close()
    with suppress(duckdb.Error):
        connection.close()
    if temporary is not None:
        temporary.cleanup()


def _limit(connection: duckdb.DuckDBPyConnection, threads: int | None, memory_limit: str | None) -> None:
    if threads is not None:
        connection.execute(f"SET threads = {max(1, int(threads))}")
    if memory_limit is not None:
        connection.execute(f"SET memory_limit = '{size_of(memory_limit)}B'")


def _cannot_open(path: str, message: str) -> StratumError:
    owner = re.search(r"lock is held in (.*?) \(PID (\d+)\)", message)
    if owner is None:
        return DatabaseError(Diagnostic("cannot_open", message.split("\n")[0], "run"))
    holder = f"process {owner[2]} ({Path(owner[1]).name})"
    hint = "end it, or open the database with read_only=True in every process"
    return DatabaseError(
        Diagnostic("database_locked", f"{os.fspath(path)} is open in {holder}", "run", hint=hint, retryable=True)
    )
