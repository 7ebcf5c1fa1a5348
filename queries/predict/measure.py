"""Predictions over made-up trips, of one side, in a process of its own: prints one JSON object.

python -m queries.predict.measure --side ours --model line --rows 1000000 --database trips.duckdb
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

import stratum_sql
from queries.compare import own_peak_mib

TRAINING = 50_000  # rows that the models are trained on
TREES = 200
COLUMNS = "distance, fare, zone, payment, hour"
MODELS = {
    "line": "SELECT standard_scale(distance) AS d, standard_scale(impute(fare)) AS f, one_hot(zone) AS z, "
    "one_hot(payment) AS p, hour, tip FROM trips WHERE id < {rows} TRAIN MODEL ridge() TARGET tip",
    "trees": "SELECT distance, fare, ordinal(zone) AS z, ordinal(payment) AS p, hour, tip FROM trips WHERE id < {rows} "
    "TRAIN MODEL lightgbm_regressor(n_estimators => {trees}) TARGET tip",
}
ROWS_SQL = """
CREATE TABLE trips AS SELECT i AS id, (i * 7919) % 997 / 7.0 AS distance,
    CASE WHEN i % 11 <> 0 THEN (i * 31) % 401 / 3.0 END AS fare, 'zone' || (i * 17 % 40) AS zone,
    'pay' || (i % 5) AS payment, (i % 24)::DOUBLE AS hour,
    ((i * 7919) % 997) * 0.1 + ((i * 17) % 40) * 2 + sin(i) AS tip FROM range({rows}) r(i)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of the prediction; the process's peak memory, in MiB; how many predictions there are, and their mean and
    mean square."""

    seconds: float
    peak_mib: float
    rows: int
    mean: float
    square: float


def prepare(database: str, rows: int, threads: int | None) -> None:
    """A database with the trips and both models."""
    with stratum_sql.connect(database, threads=threads) as session:
        session.sql(ROWS_SQL.format(rows=rows))
        for name, statement in MODELS.items():
            session.sql(f"{statement.format(rows=min(rows, TRAINING), trees=TREES)} HOLDOUT 0.2 AS {name}")


def ours(database: str, model: str, threads: int | None) -> Measured:
    """PREDICT MODEL inside the query that adds the predictions up."""
    with stratum_sql.connect(database, threads=threads, memory_limit="512MB") as session:
        query = (
            "SELECT count(prediction), avg(prediction), avg(prediction * prediction) "
            f"FROM (SELECT {COLUMNS} FROM trips PREDICT MODEL {model})"
        )
        session.sql(query.replace("FROM trips", "FROM trips LIMIT 10"))  # the model is read
        start = perf_counter()
        rows, mean, square = session.sql(query).fetchall()[0]
        return Measured(perf_counter() - start, own_peak_mib(), rows, mean, square)


def library(database: str, model: str, threads: int | None) -> Measured:
    """scikit-learn's Pipeline on a DataFrame that is there already; of the trees, LightGBM on the matrix alone."""
    with stratum_sql.connect(database, threads=threads) as session:
        frame, pipeline = session.sql(f"SELECT {COLUMNS} FROM trips").df(), session.to_sklearn(model)
    with threadpool_limits(threads):
        if model == "line":
            start = perf_counter()
            found = pipeline.predict(frame)
        else:
            matrix = pipeline[:-1].transform(frame)
            start = perf_counter()
            found = _boosted(pipeline[-1], matrix, threads)
        seconds = perf_counter() - start
    values = np.asarray(found, dtype=np.float64)
    return Measured(seconds, own_peak_mib(), len(values), float(values.mean()), float((values * values).mean()))


def _boosted(model: Any, matrix: Any, threads: int | None) -> Any:
    return model.booster_.predict(matrix, num_threads=threads or 0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what one side took."""
    parser = argparse.ArgumentParser(description="Predictions of a kept model.")
    parser.add_argument("--side", choices=("prepare", "ours", "library"), required=True)
    parser.add_argument("--model", choices=tuple(MODELS), default="line")
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--database", required=True)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args(arguments)
    if options.side == "prepare":
        prepare(options.database, options.rows, options.threads)
        return 0
    side = ours if options.side == "ours" else library
    print(json.dumps(asdict(side(options.database, options.model, options.threads))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
