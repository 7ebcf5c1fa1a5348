"""The answer to TRAIN as a relation: one row a trial, best first."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from stratum_sql.catalog.spec import EstimatorValue
from stratum_sql.connections import connect
from stratum_sql.execute.group_rows import group_rows
from stratum_sql.execute.outcomes import StatementResult, TrialResult, rank
from stratum_sql.plan.features import Leaf, leaves
from stratum_sql.plan.frozen import FrozenParams
from stratum_sql.plan.query import TrainQuery
from stratum_sql.quoting import quote


def leaderboard(result: StatementResult) -> pa.Table:
    """Columns: model, the columns of PARTITION BY, trial, estimator, params, `<metric>_mean`, `<metric>_std`,
    fold_scores, fit_seconds, rank, status, error.

    With PARTITION BY one group follows the other, by value, NULL last; `rank` is within the group.

    `params` is a STRUCT of the parameters that the statement sets anywhere, NULL where a trial does not set one;
    without any it is a NULL VARCHAR. Where the select list has choices, `features` follows: a STRUCT of what each item
    with choices became, NULL where it is left out. After a halving search `rung` and `rows` follow: the last rung that
    the trial reached, counted from 1, and the rows it had, which the scores are of. With early stopping `rounds`
    follows: a list of the rounds that each fold's model kept, NULL where the trial does not stop. A mean over folds
    that is not a number is NULL, and such a trial has no rank.
    """
    query = result.query
    placed = [(part, *one) for part in result.groups or (result,) for one in _ranked(part)]
    rows = [row for *_, row in placed]
    columns: dict[str, pa.Array] = {
        "model": pa.array([query.name] * len(rows), pa.string()),
        **_group_columns(query, [part for part, *_ in placed]),
        "trial": pa.array([row.trial.number for row in rows], pa.int32()),
        "estimator": pa.array([row.trial.estimator.name for row in rows], pa.string()),
        "params": params_column([row.trial.given for row in rows]),
    }
    if any(row.trial.choices for row in rows):
        columns["features"] = pa.array([dict(row.trial.choices) for row in rows])
    if query.split.rung is not None:
        columns["rung"] = pa.array([row.rung for row in rows], pa.int32())
        columns["rows"] = pa.array([row.rows for row in rows], pa.int64())
    if query.options.early_stopping is not None:
        columns["rounds"] = pa.array([row.rounds for row in rows], pa.list_(pa.int32()))
    for metric in query.metrics:
        columns[f"{metric.name}_mean"] = pa.array([row.mean(metric.name) for row in rows], pa.float64())
        columns[f"{metric.name}_std"] = pa.array([row.std(metric.name) for row in rows], pa.float64())
    columns["fold_scores"] = _fold_scores(query, rows)
    columns["fit_seconds"] = pa.array([row.seconds for row in rows], pa.float64())
    columns["rank"] = pa.array([place for _, place, _ in placed], pa.int32())
    columns["status"] = pa.array([row.status for row in rows], pa.string())
    columns["error"] = pa.array([row.error for row in rows], pa.string())
    return pa.table(columns)


def _ranked(result: StatementResult) -> list[tuple[int | None, TrialResult]]:
    """The trials of a statement, or of one group of it, with their ranks; those without a score last."""
    ranked = rank(result.query, result.trials)
    first = set(map(id, ranked))
    return [*enumerate(ranked, 1), *((None, trial) for trial in result.trials if id(trial) not in first)]


def _group_columns(query: TrainQuery, parts: Sequence[StatementResult]) -> dict[str, pa.Array]:
    """The partition columns, in their own types, for rows that come from `parts`; none without PARTITION BY."""
    groups = [part.query.group for part in parts]
    return {
        one.column.name: _scalars([group.values[at] for group in groups if group is not None])
        for at, one in enumerate(query.partition)
    }


def _scalars(values: Sequence[Any]) -> pa.Array:
    return pa.array([value.as_py() for value in values], values[0].type) if values else pa.nulls(0)


_FIRST = {"statement": pa.int32(), "model": pa.string(), "trial": pa.int32(), "estimator": pa.string(), "params": None}
_PLACE = "__place"  # of a row in its own leaderboard
_LAST = {
    "fold_scores": None,
    "fit_seconds": pa.float64(),
    "rank": pa.int32(),
    "status": pa.string(),
    "error": pa.string(),
}
_ALWAYS = pa.schema(
    [(name, kind) for name, kind in {**_FIRST, **_LAST, _PLACE: pa.int32()}.items() if kind is not None]
)


def together(boards: Mapping[int, pa.Table]) -> pa.Table:
    """Leaderboards as one table: `statement` is the number of each. What a board does not have is NULL; parameters of
    one name and different types are text.
    """
    alike: dict[str, list[pa.Table]] = {}
    for number, board in boards.items():
        numbered = board.add_column(0, "statement", pa.array([number] * board.num_rows, pa.int32()))
        numbered = numbered.append_column(_PLACE, pa.array(range(board.num_rows), pa.int32()))
        if "params" in board.column_names and pa.types.is_string(board.schema.field("params").type):
            numbered = numbered.drop_columns("params")  # none is set, which would make those of others text
        alike.setdefault(str(numbered.schema), []).append(numbered)
    return _by_name([_ALWAYS.empty_table(), *(pa.concat_tables(some) for some in alike.values())])


def _by_name(tables: Sequence[pa.Table]) -> pa.Table:
    """The rows of the tables, columns of one name in one; the statements in order, in each of them the rows."""
    names = dict.fromkeys(name for table in tables for name in table.column_names if name != _PLACE)
    groups = dict.fromkeys(name for table in tables for name in _between(table.column_names, "model", "trial"))
    head, rest = [name for name in _FIRST if name not in ("statement", "model")], (*_FIRST, *groups, *_LAST)
    scores = [name for name in names if name not in rest]
    order = ", ".join(quote(name) for name in ("statement", "model", *groups, *head, *scores, *_LAST) if name in names)
    with connect(threads=1) as connection:
        for number, table in enumerate(tables):
            connection.register(f"board{number}", table)
        union = " UNION ALL BY NAME ".join(f"FROM board{number}" for number in range(len(tables)))
        query = f"SELECT {order} FROM ({union}) ORDER BY statement, {_PLACE}"
        return connection.sql(query).to_arrow_table()


def _between(names: Sequence[str], first: str, last: str) -> Sequence[str]:
    return names[names.index(first) + 1 : names.index(last)] if first in names and last in names else ()


def fold_table(result: StatementResult) -> pa.Table | None:
    """What the statement read, its rows in their canonical order, and for each the folds that train on it
    (`trained_on`) and that hold it out (`held_out`), counted from 0. With PARTITION BY one group follows the other, its
    values before the other columns."""
    tables = [table for part in result.groups or (result,) if (table := _fold_table(part)) is not None]
    return pa.concat_tables(tables) if tables else None


def _fold_table(result: StatementResult) -> pa.Table | None:
    relation, query = result.relation, result.query
    if relation is None:
        return None
    read = {name: relation.columns[leaf.key, leaf.index].arrow() for name, leaf in _named(query).items()}
    rows = relation.rows
    if query.group is not None:
        keys = [relation.columns[one.key.key, one.key.index] for one in query.partition]
        chosen = pa.array(group_rows(keys).of(query.group.key))
        groups = _group_columns(query, [result] * len(chosen))
        read, rows = groups | {name: values.take(chosen) for name, values in read.items()}, len(chosen)
    read["trained_on"] = _fold_lists([fold.train for fold in result.folds], rows)
    read["held_out"] = _fold_lists([fold.test for fold in result.folds], rows)
    return pa.table(read)


def _named(query: TrainQuery) -> dict[str, Leaf]:
    """The columns that a statement reads, by name; where two have one name, by what they are made of."""
    roles = [*query.targets, *query.split.columns, *([] if query.weight is None else [query.weight])]
    read = dict.fromkeys([leaf for feature in query.features for leaf in leaves(feature)] + roles)
    counts = Counter(leaf.name for leaf in read)
    return {leaf.name if counts[leaf.name] == 1 else f"{leaf.key} {leaf.index}": leaf for leaf in read}


def _fold_lists(positions: Sequence[np.ndarray[Any, Any]], rows: int) -> pa.Array:
    """For each row the numbers of the folds whose positions have it, ascending."""
    row = np.concatenate(positions)
    fold = np.repeat(np.arange(len(positions), dtype=np.int32), [len(one) for one in positions])
    ends = np.cumsum(np.bincount(row, minlength=rows))
    return pa.ListArray.from_arrays(np.concatenate([[0], ends]).astype(np.int32), fold[np.argsort(row, kind="stable")])


def _fold_scores(query: TrainQuery, rows: Sequence[TrialResult]) -> pa.Array:
    kind = pa.struct([(metric.name, pa.list_(pa.float64())) for metric in query.metrics])
    values = [
        {name: [value if np.isfinite(value) else None for value in scores] for name, scores in row.scores.items()}
        if row.scores
        else None
        for row in rows
    ]
    return pa.array(values, kind)


def params_column(given: Sequence[FrozenParams]) -> pa.Array:
    """The parameters of trials as a STRUCT, a field for each that any of them sets; a NULL text where none sets any."""
    names = list(dict.fromkeys(name for params in given for name, _ in params.items))
    if not names:
        return pa.nulls(len(given), pa.string())
    columns = [_column([dict(params.items).get(name) for params in given]) for name in names]
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
