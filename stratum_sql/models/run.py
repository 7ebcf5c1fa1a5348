"""Running PREDICT and TRANSFORM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stratum_sql.bind.aside import Aside
from stratum_sql.bind.bind_predict import predict_options
from stratum_sql.bind.composed import Composed
from stratum_sql.bind.database import Database
from stratum_sql.catalog.columns import dense
from stratum_sql.errors import BindError, RunError
from stratum_sql.execute.noted import listening
from stratum_sql.grammar.syntax import Name, Predict, Transform
from stratum_sql.models.grouped import matrix_columns, parts_of, predicted, wanted_of
from stratum_sql.models.in_duckdb import predicted_in_duckdb, query_in_duckdb
from stratum_sql.models.predict import (
    HasRows,
    Rows,
    check_probabilities,
    design_matrix,
    inputs_of,
    over_rows,
    shares_name,
)
from stratum_sql.models.store import Store
from stratum_sql.models.stored import StoredModel
from stratum_sql.models.streamed import PredictedRows, are_many


@dataclass(frozen=True, slots=True)
class Asked:
    """A PREDICT that is bound: its models over its rows, and what each of their columns is called."""

    models: Sequence[StoredModel]
    rows: Rows
    names: Sequence[Sequence[str]]
    probabilities: bool

    @property
    def columns(self) -> list[str]:
        """The names of all columns beside the head's."""
        return [name for made in self.names for name in made]

    def query(self, error: str | None = None) -> Composed | None:
        """It as a part of DuckDB's query; None where matrices must make it. `error`: see `query_in_duckdb`."""
        names = [(made[0], made[1] if self.probabilities else None) for made in self.names]
        return query_in_duckdb(self.models, self.rows, names, error)


def predict(script: str, statement: Predict, database: Database, store: Store) -> pa.Table:
    """The head's rows in its order, with the predictions of each model beside its columns.

    One model: `prediction`, or the name after AS. Several: `<model>_prediction`, `<model>_3_prediction`. With
    `probabilities = true` also `…_probabilities`, a STRUCT of one DOUBLE a class. A model of several targets has such
    columns for each, `prediction_<target>`.
    """
    asked = asked_of(script, statement, database, store)
    made = predicted_in_duckdb(asked.models, asked.rows, probabilities=asked.probabilities)
    if made is None:
        made = in_pieces(asked.models, asked.rows, probabilities=asked.probabilities)
    return pa.Table.from_arrays(made.columns, names=[*asked.rows.names, *asked.columns])


def predict_inside(
    script: str, statement: Predict, database: Database, store: Store, error: str
) -> str | PredictedRows | None:
    """The prediction as a part of another query: a query of DuckDB, or rows that it reads in pieces; None where the
    answer must be there first.

    A row that a model refuses ends the query of DuckDB with `error`. Raises StratumError as `predict` does before it
    reads rows.
    """
    asked = asked_of(script, statement, database, store)
    query, rows = asked.query(error), asked.rows
    if query is not None:
        return query.text
    if not are_many(rows, _STREAMED) or not (aside := Aside(database)).reads_alike(rows.query.text):
        return None
    beside = _beside(asked.models, rows, probabilities=asked.probabilities)
    return PredictedRows(rows, aside, beside, [*rows.names, *asked.columns], _PIECE)


def asked_of(script: str, statement: Predict, database: Database, store: Store) -> Asked:
    """The statement bound. Raises StratumError."""
    options = predict_options(script, statement)
    database.admit(script, statement.head)
    models = load_models(script, statement.models, store)
    rows = Rows(database, script, statement.head, [leaf for model in models for leaf in wanted_of(model)])
    taken, names = list(rows.names), []
    for asked, model in zip(statement.models, models, strict=True):
        if options.probabilities and not model.groups:
            check_probabilities(model, script, asked.span)
        made: list[str] = []
        for kind in kinds_of(model, probabilities=options.probabilities):
            made.append(column_name(script, statement, asked, kind, [*taken, *made]))
        taken += made
        names.append(made)
    return Asked(models, rows, names, options.probabilities)


def kinds_of(model: StoredModel, *, probabilities: bool) -> list[str]:
    """What a model's predictions are called, as `predictions` does."""
    if model.manifest.more_targets:
        shares = probabilities and model.classes is not None
        return [kind for name, _ in model.targets for kind in (name, *([shares_name(name)] if shares else []))]
    return ["prediction", *(["probabilities"] if probabilities else [])]


_PIECE = 65_536  # rows whose matrix is there at a time
_STREAMED = 4 * _PIECE  # of so many rows another query does not wait for all predictions


def in_pieces(models: Sequence[StoredModel], rows: Rows, *, probabilities: bool) -> pa.Table:
    """The rows and the models' predictions, by their matrices, some rows at a time."""
    beside = _beside(models, rows, probabilities=probabilities)
    with listening(), closing(rows.pieces(_PIECE)) as found:
        pieces = [beside(piece) for piece in found]
    return pa.concat_tables(pieces) if pieces else beside(rows)


def _beside(models: Sequence[StoredModel], rows: Rows, *, probabilities: bool) -> Callable[[HasRows], pa.Table]:
    """What gives a piece's columns and predictions; columns are called by their place."""
    threads = int(rows.database.ask("SELECT current_setting('threads')")[0][0])

    def beside(piece: HasRows) -> pa.Table:
        columns = list(piece.table.columns)
        for model in models:
            made = predicted(model, piece, probabilities=probabilities, threads=threads)
            columns += [pa.chunked_array([one]) for one in made.values()]
        return pa.Table.from_arrays(columns, names=[str(at) for at in range(len(columns))])

    return beside


def column_name(script: str, statement: Predict, model: Name, kind: str, taken: Sequence[str]) -> str:
    """What a prediction of one kind is called, beside columns with the names `taken`. Raises BindError."""
    base = statement.column.last if statement.column else "prediction"
    if len(statement.models) > 1:
        version = "" if model.version is None else f"_{model.version}"
        base = f"{model.last}{version}_{base}"
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
    (model,) = load_models(script, (statement.model,), store)
    wanted = inputs_of(model)
    rows = Rows(database, script, statement.head, wanted_of(model))
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
        if model.groups:
            parts = [part for part in parts_of(model, rows) if part.model is not None]
            made = [(part, dense(design_matrix(part.model, part.rows))) for part in parts if part.model is not None]
            return list(matrix_columns(made, model.manifest.names, len(rows)))
        matrix = dense(design_matrix(model, rows))
    return [pa.array(np.ascontiguousarray(matrix[:, at])) for at in range(matrix.shape[1])]


def load_models(script: str, names: Sequence[Name], store: Store) -> list[StoredModel]:
    return [store.load(name.last, script, name.span, name.version) for name in names]
