"""Running PREDICT, TRANSFORM and EVALUATE."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import numpy as np
import pyarrow as pa

from stratum_sql.bind.bind_predict import evaluate_metrics, predict_options
from stratum_sql.bind.composed import Composed
from stratum_sql.bind.database import Database
from stratum_sql.bind.leaves import quote
from stratum_sql.catalog.columns import Column, dense
from stratum_sql.catalog.metrics import score
from stratum_sql.catalog.spec import MetricSpec
from stratum_sql.errors import BindError, RunError, suggestions
from stratum_sql.execute.noted import listening
from stratum_sql.grammar.syntax import Evaluate, ExplainModel, Name, Predict, Transform
from stratum_sql.models.in_duckdb import predicted_in_duckdb, query_in_duckdb
from stratum_sql.models.predict import Piece, Rows, design_matrix, inputs_of, over_rows, predictions
from stratum_sql.models.store import Store
from stratum_sql.models.stored import StoredModel
from stratum_sql.plan.features import Leaf


def predict(script: str, statement: Predict, database: Database, store: Store) -> pa.Table:
    """The head's rows in its order, with the predictions of each model beside its columns.

    One model: `prediction`, or the name after AS. Several: `<model>_prediction`. With `probabilities = true` also
    `…_probabilities`, a STRUCT of one DOUBLE a class.
    """
    models, rows, names, shares = _asked(script, statement, database, store)
    made = predicted_in_duckdb(models, rows, probabilities=shares)
    if made is None:
        made = _in_pieces(models, rows, probabilities=shares)
    return pa.Table.from_arrays(made.columns, names=[*rows.names, *(one for pair in names for one in pair if one)])


def predict_as_query(script: str, statement: Predict, database: Database, store: Store, error: str) -> str | None:
    """The prediction as a query of DuckDB, to stand inside another one; None where matrices must make it.

    A row that a model refuses ends it with `error`. Raises StratumError as `predict` does before it reads rows.
    """
    models, rows, names, _ = _asked(script, statement, database, store)
    query = query_in_duckdb(models, rows, names, error)
    return None if query is None else query.text


def _asked(
    script: str, statement: Predict, database: Database, store: Store
) -> tuple[list[StoredModel], Rows, list[tuple[str, str | None]], bool]:
    """The models, the rows, the names of each model's prediction and probabilities, and whether those are wanted."""
    options = predict_options(script, statement)
    database.admit(script, statement.head)
    models = _load(script, statement.models, store)
    rows = Rows(database, script, statement.head, [leaf for model in models for leaf in inputs_of(model)])
    taken, names = list(rows.names), []
    for model in statement.models:
        made = [_column_name(script, statement, model, "prediction", taken)]
        if options.probabilities:
            made.append(_column_name(script, statement, model, "probabilities", [*taken, *made]))
        taken += made
        names.append((made[0], made[1] if options.probabilities else None))
    return models, rows, names, options.probabilities


_PIECE = 131_072  # rows whose matrix is there at a time


def _in_pieces(models: Sequence[StoredModel], rows: Rows, *, probabilities: bool) -> pa.Table:
    """The rows and the models' predictions, by their matrices, some rows at a time."""
    threads = int(rows.database.ask("SELECT current_setting('threads')")[0][0])

    def beside(piece: Rows | Piece) -> pa.Table:
        columns = list(piece.table.columns)
        for model in models:
            made = predictions(model, piece, probabilities=probabilities, threads=threads)
            columns += [pa.chunked_array([one]) for one in made.values()]
        return pa.Table.from_arrays(columns, names=[str(at) for at in range(len(columns))])

    with listening(), closing(rows.pieces(_PIECE)) as found:
        pieces = [beside(piece) for piece in found]
    return pa.concat_tables(pieces) if pieces else beside(rows)


def _column_name(script: str, statement: Predict, model: Name, kind: str, taken: Sequence[str]) -> str:
    base = statement.column.last if statement.column else "prediction"
    if len(statement.models) > 1:
        base = f"{model.last}_{base}"
    name = base if kind == "prediction" else f"{base}_{kind}"
    if name.lower() in {other.lower() for other in taken}:
        raise BindError.at(
            script,
            statement.verb,
            "ambiguous_column",
            f'the query has a column "{name}" already',
            hint="name the prediction: AS predicted",
        )
    return name


def transform(script: str, statement: Transform, database: Database, store: Store) -> pa.Table:
    """The columns that the model's estimator is given, DOUBLE, by their names; then those of the head's columns that
    the model does not read. One row a row of the head, in its order.
    """
    database.admit(script, statement.head)
    (model,) = _load(script, (statement.model,), store)
    wanted = inputs_of(model)
    rows = Rows(database, script, statement.head, wanted)
    made, taken = _matrix_columns(script, statement, model, rows), {name.lower() for name in model.manifest.names}
    taken |= {name.lower() for leaf in wanted for name in leaf.columns}
    kept = [at for at, name in enumerate(rows.names) if name.lower() not in taken]
    names = [*model.manifest.names, *(rows.names[at] for at in kept)]
    return pa.Table.from_arrays([*made, *(rows.table.column(at) for at in kept)], names=names)


def _matrix_columns(script: str, statement: Transform, model: StoredModel, rows: Rows) -> list[pa.Array]:
    if len(rows) == 0:
        return [pa.array([], pa.float64()) for _ in model.manifest.names]
    if model.manifest.takes == "frame":
        message = "an imported model makes its matrix by itself: it cannot be shown"
        raise RunError.at(script, statement.verb, "not_supported", message)
    with listening(), over_rows(model.manifest.name, "transform", script, statement.verb):
        matrix = dense(design_matrix(model, rows))
    return [pa.array(np.ascontiguousarray(matrix[:, at])) for at in range(matrix.shape[1])]


def evaluate(
    script: str, statement: Evaluate, database: Database, store: Store
) -> tuple[pa.Table, tuple[MetricSpec, ...]]:
    """One row a model: model, version, rows, and a column for each metric; NULL where a metric cannot be computed."""
    predict_options(script, statement)
    database.admit(script, statement.head)
    models = _load(script, statement.models, store)
    found: dict[str, list[Any]] = {"model": [], "version": [], "rows": []}
    specs: dict[str, MetricSpec] = {}
    with listening():
        for model in models:
            metrics = evaluate_metrics(script, statement, model.manifest.task, len(model.manifest.labels or ()) or None)
            values, rows = _scores(script, statement, model, metrics, database)
            found["model"].append(model.manifest.name)
            found["version"].append(model.manifest.version)
            found["rows"].append(rows)
            for metric in metrics:
                specs[metric.name] = metric
                column = found.setdefault(metric.name, [None] * (len(found["model"]) - 1))
                column.append(values[metric.name] if np.isfinite(values[metric.name]) else None)
    return pa.table({name: _padded(values, len(models), name) for name, values in found.items()}), tuple(specs.values())


def _padded(values: list[Any], length: int, name: str) -> pa.Array:
    kind = {"model": pa.string(), "version": pa.int32(), "rows": pa.int64()}.get(name, pa.float64())
    return pa.array(values + [None] * (length - len(values)), kind)


def _scores(
    script: str, statement: Evaluate, model: StoredModel, metrics: Sequence[MetricSpec], database: Database
) -> tuple[dict[str, float], int]:
    target = target_of(script, statement, model, database)
    rows = Rows(database, script, statement.head, [*inputs_of(model), target])
    if len(rows) == 0:
        raise RunError.at(script, statement.head, "no_rows", "the query has no rows to evaluate")
    with over_rows(model.manifest.name, "predict", script, statement.verb):
        made = score(model.estimator, design_matrix(model, rows), encoded(model, rows.column(target)), metrics)
    return dict(made.values), len(rows)


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


def _load(script: str, names: Sequence[Name], store: Store) -> list[StoredModel]:
    return [store.load(name.last, script, name.span) for name in names]
