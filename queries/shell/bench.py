"""A ridge over five million rows of ten columns, trained from a stock DuckDB, whose rows go to the engine, against the
same statement through the Python API, in whose own DuckDB the table is.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

import stratum_sql
from queries.report import Options, Report
from stratum_sql.extension.binaries import CORE, FILES

SUMMARY = "a ridge over 5,000,000 rows of 10 columns: from a stock DuckDB, and through the Python API"
ROWS, ROUNDS = 5_000_000, 3
COLUMNS = ", ".join(f"hash(i * 10 + {at}) / 18446744073709551616 * {at + 1} AS x{at}" for at in range(9))
TABLE = """
CREATE TABLE many AS SELECT * EXCLUDE (i), x0 - x1 + x2 * 0.5 + hash(i * 10 + 9) / 18446744073709551616 AS y
FROM ({rows})
"""


def run(options: Options) -> Report:
    """Both in turn, each time with a strength that neither has seen; the median of the rounds."""
    return measure(max(int(ROWS * options.rows_fraction), 1000), ROUNDS, options.threads)


def measure(rows: int, rounds: int, threads: int | None) -> Report:
    """The benchmark at any size."""
    table = TABLE.format(rows=f"SELECT {COLUMNS}, i FROM range({rows}) r(i)")
    with (
        tempfile.TemporaryDirectory() as folder,
        _engine(Path(folder), threads),
        _shell(Path(folder), table) as shell,
        stratum_sql.connect(threads=threads, setup=lambda own: own.execute(table)) as session,
    ):
        _of_shell(shell, 0.5), _of_session(session, 0.5)  # libraries are loaded once
        seconds: tuple[list[float], list[float]] = ([], [])
        difference = 0.0
        for turn in range(rounds):
            started = time.perf_counter()
            ours = _of_shell(shell, turn + 1.0)
            between = time.perf_counter()
            theirs = _of_session(session, turn + 1.0)
            seconds[0].append(between - started)
            seconds[1].append(time.perf_counter() - between)
            difference = max(difference, abs(ours - theirs) / abs(theirs))
    return Report(
        name="shell",
        trials=1,
        measured=1,
        ours_s=statistics.median(seconds[0]),
        baseline_s=statistics.median(seconds[1]),
        max_score_difference=difference,
        peak_mib=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        compared_with="the same statement through the Python API",
    )


def _statement(alpha: float) -> str:
    return f"SELECT * FROM many TRAIN MODEL ridge(alpha => {alpha}) TARGET y"


def _of_shell(shell: duckdb.DuckDBPyConnection, alpha: float) -> float:
    return float(shell.execute(f"SELECT r2_mean FROM query(stratum_plan('{_statement(alpha)}'))").fetchall()[0][0])


def _of_session(session: stratum_sql.Session, alpha: float) -> float:
    return float(session.sql(_statement(alpha)).arrow()["r2_mean"][0].as_py())


@contextmanager
def _shell(folder: Path, table: str) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"allow_unsigned_extensions": "true"}) as connection:
        connection.execute(f"LOAD '{FILES / CORE}'; SET stratum_engine = '{folder / 'e'}'; {table}")
        yield connection


@contextmanager
def _engine(folder: Path, threads: int | None) -> Iterator[None]:
    command = [sys.executable, "-m", "stratum_sql", "serve", "--folder", str(folder / "e")]
    with subprocess.Popen(
        [*command, *([] if threads is None else ["--threads", str(threads)])], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            if not said.startswith("engine "):
                raise RuntimeError(said + process.stderr.read())
            yield
        finally:
            process.terminate()
