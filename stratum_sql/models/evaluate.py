"""Running EVALUATE: a model's predictions against the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from stratum_sql.bind.bind_predict import evaluate_metrics, predict_options
from stratum_sql.bind.composed import Composed
from stratum_sql.bind.database import Database, OutputColumn
from stratum_sql.catalog.columns import Column
from stratum_sql.catalog.metrics import score
from stratum_sql.catalog.spec import MetricSpec
from stratum_sql.errors import BindError, Diagnostic, RunError, suggestions
from stratum_sql.execute.noted import listening
from stratum_sql.grammar.syntax import Evaluate, ExplainModel, Name
from stratum_sql.models.grouped import Part, parts_of, wanted_of
from stratum_sql.models.predict import HasRows, Rows, design_matrix, inputs_of, over_rows
from stratum_sql.models.profile import differences
from stratum_sql.models.run import load_models
from stratum_sql.models.store import Store
from stratum_sql.models.stored import StoredModel
from stratum_sql.plan.features import Leaf
from stratum_sql.quoting import quote


@dataclass(frozen=True, eq=False, slots=True)
class _Evaluated:
    """One row of the answer: a model over its rows, or one group of it; `group` are its values as Arrow scalars."""

    model: StoredModel
    group: Mapping[str, Any]
    rows: int
    scores: Mapping[str, float]


@dataclass(frozen=True, eq=False, slots=True)
class Evaluation:
    """One row a model, or a group of it; `warnings` say where the rows differ from those it was trained on."""

    table: pa.Table
    metrics: tuple[MetricSpec, ...]
    warnings: tuple[Diagnostic, ...]


def evaluate(script: str, statement: Evaluate, database: Database, store: Store) -> Evaluation:
    """One row a model: model, version, rows, and a column for each metric; NULL where a metric cannot be computed.

    A model with groups has a row for each group of the query's rows, and their values beside its version; the scores
    of a group that it was not trained on are NULL.
    """
    predict_options(script, statement)
    database.admit(script, statement.head)
    found: list[_Evaluated] = []
    specs: dict[str, MetricSpec] = {}
    warnings: dict[Diagnostic, None] = {}
    with listening():
        for model in load_models(script, statement.models, store):
            metrics = evaluate_metrics(script, statement, model.manifest.task, classes_of(model))
            specs |= {metric.name: metric for metric in metrics}
            targets = targets_of(script, statement, model, database)
            rows = Rows(database, script, statement.head, [*wanted_of(model), *targets])
            found += _evaluated(script, statement, model, metrics, rows, targets)
            warnings |= dict.fromkeys(_drift(model, rows))
    return Evaluation(_table(found, list(specs)), tuple(specs.values()), tuple(warnings))


_MOST_GROUPS = 10  # that warnings speak of


def _drift(model: StoredModel, rows: Rows) -> Iterator[Diagnostic]:
    """A warning for each way in which the columns that a model reads are other than in training; of a model with groups
    in each group by itself, and for rows that are in none."""
    name = model.manifest.name
    if not model.groups:
        yield from _drifted(name, model, rows, rows.types)
        return
    parts = parts_of(model, rows)
    outside = sum(len(part.rows) for part in parts if part.model is None)
    if outside:
        yield _warning(name, f"{outside / len(rows):.1%} of the rows are in groups that training never saw")
    told = [
        list(_drifted(f"{name}, {_words(part)}", part.model, part.rows, rows.types)) for part in parts if part.model
    ]
    changed = [warnings for warnings in told if warnings]
    yield from (one for warnings in changed[:_MOST_GROUPS] for one in warnings)
    if len(changed) > _MOST_GROUPS:
        yield _warning(name, f"{len(changed) - _MOST_GROUPS} more groups differ from training")


def _words(part: Part) -> str:
    return ", ".join(f"{name} = {value.as_py()}" for name, value in part.values.items())


def _drifted(told_of: str, model: StoredModel, rows: HasRows, types: Mapping[Leaf, str]) -> Iterator[Diagnostic]:
    lineage = model.manifest.lineage
    if lineage is None:
        return
    by_leaf = {(leaf.name, leaf.type): leaf for leaf in inputs_of(model)}
    for profile in lineage.profiles:
        leaf = by_leaf.get((profile.name, profile.type))
        if leaf is not None:
            for told in differences(profile, leaf, rows.column(leaf), types.get(leaf, profile.type)):
                yield _warning(told_of, told)


def _warning(told_of: str, told: str) -> Diagnostic:
    return Diagnostic("drift", f"{told_of}: {told}", "run", "warning")


def _evaluated(
    script: str,
    statement: Evaluate,
    model: StoredModel,
    metrics: Sequence[MetricSpec],
    rows: Rows,
    targets: Sequence[Leaf],
) -> Iterator[_Evaluated]:
    if len(rows) == 0:
        raise RunError.at(script, statement.head, "no_rows", "the query has no rows to evaluate")
    with over_rows(model.manifest.name, "predict", script, statement.verb):
        if not model.groups:
            yield _Evaluated(model, {}, len(rows), _scores(model, rows, targets, metrics))
            return
        for part in parts_of(model, rows):
            scores = {} if part.model is None else _scores(part.model, part.rows, targets, metrics)
            yield _Evaluated(model, part.values, len(part.rows), scores)


def _scores(
    model: StoredModel, rows: HasRows, targets: Sequence[Leaf], metrics: Sequence[MetricSpec]
) -> Mapping[str, float]:
    return score(model.estimator, design_matrix(model, rows), truth(model, rows, targets), metrics).values


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


def classes_of(model: StoredModel) -> int | None:
    """How many classes a model knows, of several targets those of the one with the most; None for a regression."""
    return max(len(labels or ()) for labels in model.manifest.labels_of_each) or None


def targets_of(
    script: str, statement: Evaluate | ExplainModel, model: StoredModel, database: Database
) -> tuple[Leaf, ...]:
    """The columns to compare with, one a target of the model: those named, else the outputs called like its targets,
    else its targets' expressions.
    """
    own, named = model.manifest.targets, statement.targets
    if named and len(named) != len(own):
        message = f"{model.manifest.name} has {len(own)} targets: {', '.join(leaf.name for leaf in own)}"
        raise BindError.at(script, named[-1].span, "several_targets", message)
    columns = database.describe(Composed.verbatim(script, statement.head), script)
    names: Sequence[Name | None] = named or [None] * len(own)
    return tuple(_target(script, name, leaf, columns) for name, leaf in zip(names, own, strict=True))


def _target(script: str, name: Name | None, own: Leaf, columns: Sequence[OutputColumn]) -> Leaf:
    wanted = own.name if name is None else name.last
    found = next((column for column in columns if column.name.lower() == wanted.lower()), None)
    if found is None:
        if name is None:
            return own
        near = suggestions(wanted, [column.name for column in columns])
        raise BindError.at(script, name.span, "unknown_column", f'no column "{wanted}" in the query', did_you_mean=near)
    quoted = quote(found.name)
    return Leaf(quoted, quoted, found.name, own.type, own.kind, frozenset({found.name.lower()}), None, free_sql=quoted)


def truth(model: StoredModel, rows: HasRows, targets: Sequence[Leaf]) -> Any:
    """The targets as the estimator knows them: (n,), or (n, k) for several."""
    labels = model.manifest.labels_of_each
    each = [encoded(own, rows.column(target)) for own, target in zip(labels, targets, strict=True)]
    return each[0] if len(each) == 1 else np.column_stack(each)


def encoded(labels: Sequence[Any] | None, column: Column) -> Any:
    """One target as the estimator knows it: numbers, or codes of the model's classes. Raises RunError for what is
    neither.
    """
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
