"""The answer to TRAIN as a relation: one row a trial, best first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from stratum_sql.catalog.spec import EstimatorValue
from stratum_sql.execute.batch import StatementResult, TrialResult, rank
from stratum_sql.plan.query import TrainQuery


def leaderboard(result: StatementResult) -> pa.Table:
    """Columns: model, trial, estimator, params, `<metric>_mean`, `<metric>_std`, fold_scores, fit_seconds, rank, status, error.

    `params` is a STRUCT of the parameters that the statement sets anywhere, NULL where a trial does not set one; without any
    it is a NULL VARCHAR. A mean over folds that is not a number is NULL, and such a trial has no rank.
    """
    query = result.query
    ranked = rank(query, result.trials)
    rest = [trial for trial in result.trials if not any(trial is other for other in ranked)]
    rows = [*ranked, *rest]
    columns: dict[str, pa.Array] = {
        "model": pa.array([query.name] * len(rows), pa.string()),
        "trial": pa.array([row.trial.number for row in rows], pa.int32()),
        "estimator": pa.array([row.trial.estimator.name for row in rows], pa.string()),
        "params": _params(rows),
    }
    for metric in query.metrics:
        columns[f"{metric.name}_mean"] = pa.array([row.mean(metric.name) for row in rows], pa.float64())
        columns[f"{metric.name}_std"] = pa.array([row.std(metric.name) for row in rows], pa.float64())
    columns["fold_scores"] = _fold_scores(query, rows)
    columns["fit_seconds"] = pa.array([row.seconds for row in rows], pa.float64())
    columns["rank"] = pa.array([*range(1, len(ranked) + 1), *[None] * len(rest)], pa.int32())
    columns["status"] = pa.array([row.status for row in rows], pa.string())
    columns["error"] = pa.array([row.error for row in rows], pa.string())
    return pa.table(columns)


def fold_table(result: StatementResult) -> pa.Table | None:
    """The rows that were read, in their canonical order, with the folds each is held out in (`held_out`, from 0)."""
    relation = result.relation
    if relation is None:
        return None
    held: list[list[int]] = [[] for _ in range(relation.rows)]
    trained: list[list[int]] = [[] for _ in range(relation.rows)]
    for number, fold in enumerate(result.folds):
        for row in fold.test.tolist():
            held[row].append(number)
        for row in fold.train.tolist():
            trained[row].append(number)
    columns = {}
    for (key, index), column in relation.columns.items():
        values = column._values
        columns[key if index == 0 else f"{key} {index}"] = values if isinstance(values, pa.Array) else pa.array(np.asarray(values))
    return pa.table({**columns, "held_out": pa.array(held, pa.list_(pa.int32())), "trained_on": pa.array(trained, pa.list_(pa.int32()))})


def _fold_scores(query: TrainQuery, rows: Sequence[TrialResult]) -> pa.Array:
    kind = pa.struct([(metric.name, pa.list_(pa.float64())) for metric in query.metrics])
    values = [
        {name: [value if np.isfinite(value) else None for value in scores] for name, scores in row.scores.items()} if row.scores else None
        for row in rows
    ]
    return pa.array(values, kind)


def _params(rows: Sequence[TrialResult]) -> pa.Array:
    names = list(dict.fromkeys(name for row in rows for name, _ in row.trial.given.items))
    if not names:
        return pa.nulls(len(rows), pa.string())
    columns = [_column([dict(row.trial.given.items).get(name) for row in rows]) for name in names]
    return pa.StructArray.from_arrays(columns, names=names)


def _column(values: Sequence[Any]) -> pa.Array:
    """One parameter's values in one type: their own if they share it, else their text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {bool} or kinds <= {int} or kinds <= {float} or kinds <= {str}:
        return pa.array(values) if kinds else pa.nulls(len(values), pa.string())
    if kinds <= {int, float}:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    return pa.array([None if value is None else param_text(value) for value in values], pa.string())


def param_text(value: Any) -> str:
    """A parameter's value as a statement would write it."""
    match value:
        case EstimatorValue(name=name, params=params):
            return f"{name}({', '.join(f'{key} => {param_text(item)}' for key, item in params)})"
        case str():
            return value
        case tuple() | list():
            return "(" + ", ".join(param_text(item) for item in value) + ")"
        case dict():
            return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
