"""32 clients that send ten statements each over one table: an engine that plans what comes together as one batch,
against the same engine with its window switched off.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb

from queries.report import Options, Report
from stratum_sql.results import Result
from stratum_sql.serve.client import Client, connect_engine

SUMMARY = "32 clients of one engine with 10 statements each: one batch, and the window switched off"
CLIENTS, STATEMENTS, ROWS, ROUNDS = 32, 10, 20_000, 3

TABLE = """
COPY (SELECT i AS id, (i * 7919) % 97 / 7.0 AS a, (i * 104729) % 89 / 5.0 AS b, (i * 31) % 83 / 3.0 AS c,
    (i * 17) % 79 AS d, 'k' || (i * 13) % 23 AS k, a * 2 - b + c / 3 + d * 0.1 + 5 * sin(i) AS y
FROM range({rows}) r(i)) TO '{path}'
"""


def run(options: Options) -> Report:
    """Both engines in turn, each with statements that it has not seen; the median of the rounds."""
    rows = max(int(ROWS * options.rows_fraction), 100)
    return measure(rows, CLIENTS, STATEMENTS, ROUNDS, options.threads)


def measure(rows: int, clients: int, each: int, rounds: int, threads: int | None) -> Report:
    """The benchmark at any size."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder) / "points.parquet"
        duckdb.execute(TABLE.format(rows=rows, path=path))
        together, apart = (
            stack.enter_context(_engine(Path(folder) / name, window, path, threads))
            for name, window in (("together", "20"), ("apart", "0"))
        )
        for place in (together, apart):
            _send(place, 2, [_texts(1000 + number, 1) for number in range(2)])  # libraries are loaded once
        seconds: dict[Path, list[float]] = {together: [], apart: []}
        difference = 0.0
        for turn in range(rounds):
            sent = [_texts(turn * clients + number, each) for number in range(clients)]
            answers = {}
            for place in (together, apart) if turn % 2 == 0 else (apart, together):
                started = time.perf_counter()
                answers[place] = _send(place, clients, sent)
                seconds[place].append(time.perf_counter() - started)
            difference = max(difference, _difference(answers[together], answers[apart]))
    trials = clients * each
    return Report(
        name="serve",
        trials=trials,
        measured=trials,
        ours_s=statistics.median(seconds[together]),
        baseline_s=statistics.median(seconds[apart]),
        max_score_difference=difference,
        peak_mib=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        compared_with="the same engine, one statement after the other",
    )


def _texts(number: int, each: int) -> list[str]:
    """Statements of one client: models of its own over features that others use as well."""
    heads = (
        "a, b, c, d, y",
        "standard_scale(a) AS a, b, one_hot(k) AS k, y",
        "a, standard_scale(b) AS b, c, d, one_hot(k) AS k, y",
    )
    models = ("ridge(alpha => {})", "lasso(alpha => {})", "elastic_net(alpha => {})")
    return [
        f"SELECT {heads[(number + at) % 3]} FROM points TRAIN MODEL "
        f"{models[at % 3].format(0.001 + 0.01 * (number * each + at))} TARGET y CROSS VALIDATE 5"
        for at in range(each)
    ]


@contextmanager
def _engine(folder: Path, window: str, table: Path, threads: int | None) -> Iterator[Path]:
    command = [sys.executable, "-m", "stratum_sql", "serve", "--folder", str(folder), "--window", window]
    command += ["--load", f"points={table}", *([] if threads is None else ["--threads", str(threads)])]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            if not said.startswith("engine "):
                raise RuntimeError(said + process.stderr.read())
            yield folder
        finally:
            process.terminate()


def _send(folder: Path, clients: int, texts: Sequence[Sequence[str]]) -> list[Result]:
    """The answers to all statements; every client sends each of its own as soon as the one before is on its way."""

    def use(client: Client, own: Sequence[str]) -> list[Result]:
        return [one.result() for one in [client.submit(text) for text in own]]

    with ExitStack() as stack, ThreadPoolExecutor(clients) as threads:
        opened = [stack.enter_context(connect_engine(folder, start=False)) for _ in range(clients)]
        return [one for own in threads.map(use, opened, texts) for one in own]


def _difference(ours: Sequence[Result], theirs: Sequence[Result]) -> float:
    """The largest relative difference of two scores."""
    pairs = [(_score(one), _score(other)) for one, other in zip(ours, theirs, strict=True)]
    return max(abs(one - other) / max(abs(other), 1e-300) for one, other in pairs)


def _score(board: Result) -> float:
    table = board.arrow()
    return float(table["r2_mean"][0].as_py())
