"""Running PREDICT and TRANSFORM."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from stratum_sql.bind.bind_predict import predict_options
from stratum_sql.bind.database import Database
from stratum_sql.catalog.columns import dense
from stratum_sql.errors import BindError
from stratum_sql.execute.noted import listening
from stratum_sql.grammar.syntax import Name, Predict, Transform
from stratum_sql.models.grouped import matrix_columns, parts_of, predicted, wanted_of
from stratum_sql.models.predict import Rows, design_matrix, inputs_of, over_rows
from stratum_sql.models.store import Store
from stratum_sql.models.stored import StoredModel


def predict(script: str, statement: Predict, database: Database, store: Store) -> pa.Table:
    """The head's rows in its order, with the predictions of each model beside its columns.

    One model: `prediction`, or the name after AS. Several: `<model>_prediction`, `<model>_3_prediction`. With
    `probabilities = true` also `…_probabilities`, a STRUCT of one DOUBLE a class.
    """
    options = predict_options(script, statement)
    database.admit(script, statement.head)
    models = load_models(script, statement.models, store)
    rows = Rows(database, script, statement.head, [leaf for model in models for leaf in wanted_of(model)])
    columns, names = list(rows.table.columns), list(rows.names)
    with listening():
        for name, model in zip(statement.models, models, strict=True):
            for kind, values in predicted(model, rows, probabilities=options.probabilities).items():
                names.append(_column_name(script, statement, name, kind, names))
                columns.append(pa.chunked_array([values]))
    return pa.Table.from_arrays(columns, names=names)


def _column_name(script: str, statement: Predict, model: Name, kind: str, taken: Sequence[str]) -> str:
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
    with listening(), over_rows(model.manifest.name, "transform", script, statement.verb):
        if model.groups:
            parts = [part for part in parts_of(model, rows) if part.model is not None]
            made = [(part, dense(design_matrix(part.model, part.rows))) for part in parts if part.model is not None]
            return list(matrix_columns(made, model.manifest.names, len(rows)))
        matrix = dense(design_matrix(model, rows))
    return [pa.array(np.ascontiguousarray(matrix[:, at])) for at in range(matrix.shape[1])]


def load_models(script: str, names: Sequence[Name], store: Store) -> list[StoredModel]:
    return [store.load(name.last, script, name.span, name.version) for name in names]
