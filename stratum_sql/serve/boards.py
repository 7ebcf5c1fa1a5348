"""The columns of the answers to a shell, known before anything runs: names, and types as DuckDB's `from_json` reads
them.

A type is a name such as `DOUBLE`, a list of one type, or an object of types by field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, TypeAlias

import pyarrow as pa

from stratum_sql.bind.bind_metric import find_metric
from stratum_sql.bind.choices import Choices, shared_choices
from stratum_sql.bind.options import bind_options
from stratum_sql.bind.proposals import bind_search
from stratum_sql.bind.scope import Scope
from stratum_sql.bind.spaces import bind_rung, bind_space, bind_trials
from stratum_sql.catalog.metrics import default_metric
from stratum_sql.catalog.search_space import Space
from stratum_sql.catalog.spec import MetricSpec
from stratum_sql.execute.leaderboard import params_column
from stratum_sql.grammar.syntax import Train
from stratum_sql.plan.frozen import FrozenParams, freeze

JsonType: TypeAlias = Any
Columns = dict[str, JsonType]

WAITING: Columns = {"statement": "INTEGER", "status": "VARCHAR"}
EXPLANATIONS: Mapping[str, Columns] = {
    "permutation": {
        "rank": "INTEGER",
        "feature": "VARCHAR",
        "metric": "VARCHAR",
        "importance": "DOUBLE",
        "importance_std": "DOUBLE",
    },
    "coefficients": {"feature": "VARCHAR", "class": "VARCHAR", "coefficient": "DOUBLE"},
    "importances": {"rank": "INTEGER", "feature": "VARCHAR", "importance": "DOUBLE"},
}


def metrics_of(script: str, statement: Train, spaces: Sequence[Space]) -> tuple[MetricSpec, ...]:
    """The metrics of a statement. Without METRIC a classifier has accuracy: how many classes there are nobody knows
    when the columns are named."""
    task = spaces[0].spec.task
    found = [find_metric(script, call, task) for call in statement.metrics] or [default_metric(task)]
    return tuple({metric.name: metric for metric in found}.values())


def spaces_of(script: str, statement: Train, scope: Scope) -> list[Space]:
    """What the estimators' calls say. Raises BindError."""
    several, weighted = len(statement.targets) > 1, statement.weight is not None
    return [bind_space(script, call, scope, weighted=weighted, several=several)[0] for call in statement.estimators]


def leaderboard_columns(script: str, statement: Train, scope: Scope) -> Columns:
    """The columns of `execute.leaderboard.leaderboard`; those of PARTITION BY as text. Raises BindError for what is
    wrong with the statement whatever its rows are."""
    spaces = spaces_of(script, statement, scope)
    metrics = metrics_of(script, statement, spaces)
    options = bind_options(script, statement.options, scope.rules)
    choices = shared_choices(script, statement.head, scope)
    given, features = _trials(script, statement, spaces, choices)
    columns: Columns = {"model": "VARCHAR", **{name.last: "VARCHAR" for name in statement.partition_by}}
    columns |= {"trial": "INTEGER", "estimator": "VARCHAR", "params": type_of(params_column(given).type)}
    if features:
        columns["features"] = dict.fromkeys(features, "VARCHAR")
    if bind_rung(script, statement, len(given), statement.seed or 0) is not None:
        columns |= {"rung": "INTEGER", "rows": "BIGINT"}
    if options.early_stopping is not None:
        columns["rounds"] = ["INTEGER"]
    for metric in metrics:
        columns |= {f"{metric.name}_mean": "DOUBLE", f"{metric.name}_std": "DOUBLE"}
    columns["fold_scores"] = {metric.name: ["DOUBLE"] for metric in metrics}
    return columns | {"fit_seconds": "DOUBLE", "rank": "INTEGER", "status": "VARCHAR", "error": "VARCHAR"}


def _trials(
    script: str, statement: Train, spaces: Sequence[Space], choices: Choices
) -> tuple[list[FrozenParams], list[str]]:
    """The parameters of every trial, and the items of the select list that have choices. A search that proposes trials
    has those at the ends of its ranges in their place."""
    seed = statement.seed or 0
    if bind_search(script, statement, spaces, choices, seed) is not None:
        sampled = [one for space in spaces for one in _samples(space)]
        return sampled, [item.name for item in choices.items if not item.is_fixed]
    trials = bind_trials(script, statement, spaces, seed, choices)
    shown = [name for name, _ in choices.shown(trials[0][1])] if trials and choices.points else []
    return [trial.given for trial, _ in trials], shown


def _samples(space: Space) -> list[FrozenParams]:
    columns = [
        list(space.candidates[name].samples()) if name in space.candidates else [space.fixed[name]]
        for name in space.order
    ]
    rows = zip_longest(*columns) if columns else [()]
    return [
        freeze({name: value for name, value in zip(space.order, row, strict=True) if value is not None}) for row in rows
    ]


_NAMES: Mapping[pa.DataType, str] = {
    pa.null(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.string(): "VARCHAR",
    pa.timestamp("us"): "TIMESTAMP",
}


def type_of(kind: pa.DataType) -> JsonType:
    """An Arrow type as DuckDB's `from_json` reads it."""
    if pa.types.is_struct(kind):
        return {field.name: type_of(field.type) for field in kind}
    return [type_of(kind.value_type)] if pa.types.is_list(kind) else _NAMES.get(kind, "VARCHAR")


def columns_of(schema: pa.Schema) -> Columns:
    """The columns of a table that is known."""
    return {field.name: type_of(field.type) for field in schema}


_FIRST = ("trial", "estimator", "params")
_LAST = ("fold_scores", "fit_seconds", "rank", "status", "error")


def together_columns(boards: Sequence[Columns]) -> Columns:
    """The columns of `execute.leaderboard.together`, for boards that each have one of these."""
    merged: Columns = {}
    for board in boards:
        for name, kind in board.items():
            merged[name] = _merged(merged[name], kind) if name in merged else kind
    always = {
        "model": "VARCHAR",
        "trial": "INTEGER",
        "estimator": "VARCHAR",
        "fit_seconds": "DOUBLE",
        "rank": "INTEGER",
    }
    merged = {**always, "status": "VARCHAR", "error": "VARCHAR"} | merged
    groups = [name for board in boards for name in _groups(list(board))]
    scores = [name for name in merged if name not in ("model", *_FIRST, *_LAST, *groups)]
    order = dict.fromkeys(("model", *groups, *_FIRST, *scores, *_LAST))
    return {"statement": "INTEGER"} | {name: merged[name] for name in order if name in merged}


def _groups(names: Sequence[str]) -> Sequence[str]:
    return names[names.index("model") + 1 : names.index("trial")]


def _merged(one: JsonType, other: JsonType) -> JsonType:
    """A type for the values of both: fields of either; what has no type, as text, gives way."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {
            name: _merged(one.get(name, other.get(name)), other.get(name, one.get(name))) for name in {**one, **other}
        }
    if isinstance(one, dict) or isinstance(other, dict):
        return one if isinstance(one, dict) else other
    if {one, other} == {"BIGINT", "DOUBLE"} if isinstance(one, str) and isinstance(other, str) else False:
        return "DOUBLE"
    return one if one == other else "VARCHAR"
