"""A made-up table for boosted trees: twenty numbers and a target of steps, products and noise, the same each time."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

ROWS = 100_000
FEATURES = tuple(f"x{k}" for k in range(20))
TABLE = "signals"


def load_signals(connection: duckdb.DuckDBPyConnection, rows: int = ROWS, seed: int = 0) -> None:
    """Create (or replace) the table `signals`: `rows` rows of x0 … x19 and y, all DOUBLE and never NULL."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, len(FEATURES)))
    x[:, 5:10] = np.round(x[:, 5:10], 1)  # few values each, as measured things have
    x[:, 10:15] = np.exp(x[:, 10:15])
    y = 3 * (x[:, 0] > 0.5) + x[:, 1] * x[:, 2] + np.sin(3 * x[:, 3]) + np.log1p(x[:, 10]) * (x[:, 5] > 0)
    y += 0.5 * np.abs(x[:, 6]) + random.normal(size=rows)
    table = pa.table({**{name: x[:, k] for k, name in enumerate(FEATURES)}, "y": y})
    connection.register("_signals", table)
    try:
        connection.execute(f"CREATE OR REPLACE TABLE {TABLE} AS FROM _signals")
    finally:
        connection.unregister("_signals")
