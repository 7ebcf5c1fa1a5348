"""Running EVALUATE: a model's predictions against the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from stratum_sql.bind.bind_predict import evaluate_metrics, predict_options
from stratum_sql.bind.composed import Composed
from stratum_sql.bind.database import Database
from stratum_sql.bind.leaves import quote
from stratum_sql.catalog.columns import Column
from stratum_sql.catalog.metrics import score
from stratum_sql.catalog.spec import MetricSpec
from stratum_sql.errors import BindError, RunError, suggestions
from stratum_sql.execute.noted import listening
from stratum_sql.grammar.syntax import Evaluate, ExplainModel
from stratum_sql.models.grouped import parts_of, wanted_of
from stratum_sql.models.predict import HasRows, Rows, design_matrix, over_rows
from stratum_sql.models.run import load_models
from stratum_sql.models.store import Store
from stratum_sql.models.stored import StoredModel
from stratum_sql.plan.features import Leaf


@dataclass(frozen=True, eq=False, slots=True)
class _Evaluated:
    """One row of the answer: a model over its rows, or one group of it; `group` are its values as Arrow scalars."""

    model: StoredModel
    group: Mapping[str, Any]
    rows: int
    scores: Mapping[str, float]


def evaluate(
    script: str, statement: Evaluate, database: Database, store: Store
) -> tuple[pa.Table, tuple[MetricSpec, ...]]:
    """One row a model: model, version, rows, and a column for each metric; NULL where a metric cannot be computed.

    A model with groups has a row for each group of the query's rows, and their values beside its version; the scores
    of a group that it was not trained on are NULL.
    """
    predict_options(script, statement)
    database.admit(script, statement.head)
    found: list[_Evaluated] = []
    specs: dict[str, MetricSpec] = {}
    with listening():
        for model in load_models(script, statement.models, store):
            metrics = evaluate_metrics(script, statement, model.manifest.task, len(model.manifest.labels or ()) or None)
            specs |= {metric.name: metric for metric in metrics}
            found += _evaluated(script, statement, model, metrics, database)
    return _table(found, list(specs)), tuple(specs.values())


def _evaluated(
    script: str, statement: Evaluate, model: StoredModel, metrics: Sequence[MetricSpec], database: Database
) -> Iterator[_Evaluated]:
    target = target_of(script, statement, model, database)
    rows = Rows(database, script, statement.head, [*wanted_of(model), target])
    if len(rows) == 0:
        raise RunError.at(script, statement.head, "no_rows", "the query has no rows to evaluate")
    with over_rows(model.manifest.name, "predict", script, statement.verb):
        if not model.groups:
            yield _Evaluated(model, {}, len(rows), _scores(model, rows, target, metrics))
            return
        for part in parts_of(model, rows):
            scores = {} if part.model is None else _scores(part.model, part.rows, target, metrics)
            yield _Evaluated(model, part.values, len(part.rows), scores)


def _scores(model: StoredModel, rows: HasRows, target: Leaf, metrics: Sequence[MetricSpec]) -> Mapping[str, float]:
    return score(model.estimator, design_matrix(model, rows), encoded(model, rows.column(target)), metrics).values


def _table(found: Sequence[_Evaluated], metrics: Sequence[str]) -> pa.Table:
    columns: dict[str, pa.Array] = {
        "model": pa.array([one.model.manifest.name for one in found], pa.string()),
        "version": pa.array([one.model.manifest.version for one in found], pa.int32()),
    }
    for name in dict.fromkeys(name for one in found for name in one.group):
        scalars = [one.group.get(name) for one in found]
        kind = next(scalar.type for scalar in scalars if scalar is not None)
        columns[name] = pa.array([None if scalar is None else scalar.as_py() for scalar in scalars], kind)
    columns["rows"] = pa.array([one.rows for one in found], pa.int64())
    for metric in metrics:
        columns[metric] = pa.array([_finite(one.scores.get(metric)) for one in found], pa.float64())
    return pa.table(columns)


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None


def target_of(script: str, statement: Evaluate | ExplainModel, model: StoredModel, database: Database) -> Leaf:
    """The column to compare with: the one named, else the output called like the model's target, else its
    expression.
    """
    own = model.manifest.target
    columns = database.describe(Composed.verbatim(script, statement.head), script)
    wanted = statement.targets[0].last if statement.targets else own.name
    found = next((column for column in columns if column.name.lower() == wanted.lower()), None)
    if found is None:
        if not statement.targets:
            return own
        near = suggestions(wanted, [column.name for column in columns])
        raise BindError.at(
            script, statement.targets[0].span, "unknown_column", f'no column "{wanted}" in the query', did_you_mean=near
        )
    quoted = quote(found.name)
    return Leaf(quoted, quoted, found.name, own.type, own.kind, frozenset({found.name.lower()}), None, free_sql=quoted)


def encoded(model: StoredModel, column: Column) -> Any:
    """The target as the estimator knows it: numbers, or codes of the model's classes. Raises RunError for what is
    neither.
    """
    labels = model.manifest.labels
    if labels is None:
        values = column.numbers
        _check(column, int(np.isnan(values).sum()), "null_target", "NULL", hint=f"add WHERE {column.name} IS NOT NULL")
        return values
    known = {_plain(label): code for code, label in enumerate(labels)}
    found = column.codes
    codes = np.array([*(known.get(_plain(value), -1) for value in found.values.tolist()), -1], dtype=np.int64)[
        found.codes
    ]
    _check(column, int((codes < 0).sum()), "unknown_class", "NULL or a class the model never saw")
    return codes


def _check(column: Column, bad: int, code: str, what: str, hint: str | None = None) -> None:
    if bad:
        message = f"the target {column.name} is {what} in {bad:,} of {len(column):,} rows"
        raise RunError.at("", None, code, message, hint=hint)


def _plain(value: Any) -> Any:
    """Booleans, whole numbers and floats of one value are one label; times are what the manifest wrote of them."""
    return float(value) if isinstance(value, bool | int | float) else str(value)
