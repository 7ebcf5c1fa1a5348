"""Sums over a stream of rows, batch by batch, in a process of its own: prints one JSON object.

    python -m queries.streamed.measure --rows 50000000

The rows repeat after `PERIOD` of them and are whole numbers, so that every sum of products is known exactly.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, dataclass
from time import perf_counter
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from queries.compare import own_peak_mib
from stratum_sql import kernels

NUMBERS, FOLDS, LEVELS = 8, 5, 7
VALUES = 997  # different values of each number
PERIOD = VALUES * FOLDS * LEVELS
BATCH = 262_144  # rows that are in memory at a time
COLUMNS = [f"((i * {2 * at + 3}) % {VALUES} - 300)::DOUBLE AS x{at}" for at in range(NUMBERS)]
ROWS_SQL = (
    f"SELECT {', '.join(COLUMNS)}, (i % {FOLDS})::INT AS fold, (i % {LEVELS})::INT AS level FROM range({{}}) r(i)"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds; the process's peak memory and the size of all rows, both in MiB; how many entries of the Gram matrices
    are not exactly the sum that they should be; the largest relative error of a mean or variance."""

    seconds: float
    peak_mib: float
    read_mib: float
    wrong_sums: int
    error: float


@dataclass(slots=True)
class State:
    """What is kept of the rows: for each fold, sums of products of all columns, and moments of each number."""

    gram: NDArray[np.float64]
    moments: list[kernels.Moments]
    bytes_read: int = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take in the rows of one batch."""
        numbers, fold, level = batch.columns[:NUMBERS], batch["fold"], batch["level"]
        self.gram += kernels.gram(numbers, [0.0] * NUMBERS, [level], [LEVELS], fold, FOLDS)
        new = [kernels.moments(column, fold, FOLDS) for column in numbers]
        self.moments = [merged(*both) for both in zip(self.moments, new, strict=True)] if self.moments else new
        self.bytes_read += batch.nbytes


def merged(one: kernels.Moments, other: kernels.Moments) -> kernels.Moments:
    """The moments of each fold over the rows of both."""
    fields = [np.concatenate(both) for both in zip(astuple(one), astuple(other), strict=True)]
    both = kernels.Moments(*fields)
    folds = [both.merged([fold, FOLDS + fold]) for fold in range(FOLDS)]
    return kernels.Moments(*(np.concatenate(parts) for parts in zip(*map(astuple, folds), strict=True)))


def batches(rows: int, threads: int | None) -> Iterator[pa.RecordBatch]:
    """The rows, made by DuckDB while they are read."""
    with duckdb.connect(config={"threads": threads} if threads else {}) as connection:
        yield from connection.sql(ROWS_SQL.format(rows)).to_arrow_reader(BATCH)


def measure(rows: int, threads: int | None) -> Measured:
    """Read all rows once, and compare what is kept of them."""
    start = perf_counter()
    state = State(np.zeros((FOLDS, 1 + NUMBERS + LEVELS, 1 + NUMBERS + LEVELS)), [])
    for batch in batches(rows, threads):
        state.add(batch)
    seconds, peak = perf_counter() - start, own_peak_mib()
    expected = exact(rows)
    wrong = int(np.count_nonzero(state.gram != expected))
    return Measured(seconds, peak, state.bytes_read / 2**20, wrong, error(state.moments, expected))


def exact(rows: int) -> NDArray[np.int64]:
    """The Gram matrix of each fold, in whole numbers: that of one period as often as it comes, and of the rest."""
    times, rest = divmod(rows, PERIOD)
    return times * _exact(PERIOD) + _exact(rest)


def _exact(rows: int) -> NDArray[np.int64]:
    i = np.arange(rows)
    numbers = [(i * (2 * at + 3)) % VALUES - 300 for at in range(NUMBERS)]
    atoms = np.column_stack([np.ones(rows, np.int64), *numbers, *(i % LEVELS == level for level in range(LEVELS))])
    return np.array([atoms[i % FOLDS == fold].T @ atoms[i % FOLDS == fold] for fold in range(FOLDS)])


def error(found: Sequence[kernels.Moments], expected: NDArray[np.int64]) -> float:
    """The largest relative error of a mean or a variance."""
    worst = 0.0
    for at, moments in enumerate(found, start=1):
        for fold, (count, total, square) in enumerate(zip(*_sums(expected, at), strict=True)):
            mean, m2 = total / count, (square * count - total * total) / count  # in whole numbers up to the division
            pairs: list[tuple[Any, Any]] = [(moments.mean[fold], mean), (moments.m2[fold], m2)]
            worst = max(worst, *(abs(one - other) / abs(other) for one, other in pairs))
            worst = worst if moments.count[fold] == count else float("inf")
    return float(worst)


def _sums(expected: NDArray[np.int64], at: int) -> tuple[list[int], list[int], list[int]]:
    return expected[:, 0, 0].tolist(), expected[:, 0, at].tolist(), expected[:, at, at].tolist()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what the rows took."""
    parser = argparse.ArgumentParser(description="Sums over a stream of rows.")
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args(arguments)
    print(json.dumps(asdict(measure(options.rows, options.threads))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
