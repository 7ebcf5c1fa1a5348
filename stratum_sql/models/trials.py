"""Finished trials in the table `stratum.trials`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from stratum_sql.models.tables import Tables, now

_TRIALS = "__stratum_trials"  # the name under which finished trials are handed to DuckDB


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A finished trial as it is written to `stratum.trials`."""

    run: str
    statement: str
    model: str | None
    trial: int
    estimator: str
    params: dict[str, Any]
    status: str
    error: str | None
    fold_scores: dict[str, list[float | None]]
    fit_seconds: float


def write_trials(tables: Tables, rows: Sequence[TrialRow]) -> None:
    """Write finished trials, all or none. Raises RunError."""
    table = _trial_table(rows)
    with tables.transaction() as (connection, _):
        connection.register(_TRIALS, table)  # one INSERT of many rows: a thousand single ones take seconds
        try:
            connection.execute(f"INSERT INTO {tables.schema}.trials SELECT * FROM {_TRIALS}")
        finally:
            connection.unregister(_TRIALS)


def _trial_table(rows: Sequence[TrialRow]) -> pa.Table:
    """Trials as the columns of `trials`, in their order."""
    text = pa.string()
    return pa.table(
        {
            "run": pa.array([row.run for row in rows], text),
            "statement": pa.array([row.statement for row in rows], text),
            "model": pa.array([row.model for row in rows], text),
            "trial": pa.array([row.trial for row in rows], pa.int32()),
            "estimator": pa.array([row.estimator for row in rows], text),
            "params": pa.array([json.dumps(row.params, default=str) for row in rows], text),
            "status": pa.array([row.status for row in rows], text),
            "error": pa.array([row.error for row in rows], text),
            "fold_scores": pa.array([json.dumps(row.fold_scores) for row in rows], text),
            "fit_seconds": pa.array([row.fit_seconds for row in rows], pa.float64()),
            "finished_at": pa.array([now()] * len(rows), pa.timestamp("us")),
        }
    )
