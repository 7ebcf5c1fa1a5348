"""What the engine itself says of the rows that the tests predict for."""

from __future__ import annotations

from typing import Any

from stratum_sql import Session
from stratum_sql.errors import Span
from stratum_sql.models.predict import Rows, inputs_of, predictions
from stratum_sql.models.stored import StoredModel

HEAD = "FROM others ORDER BY id"


def engine_predicts(session: Session, model: StoredModel, *, probabilities: bool = False) -> list[Any]:
    """Predictions of the matrices, row by row, in the order of `id`; or the probabilities, a dictionary a row."""
    rows = Rows(session._database, HEAD, Span(0, len(HEAD)), inputs_of(model))
    made = predictions(model, rows, probabilities=probabilities)
    return list(made["probabilities" if probabilities else "prediction"].to_pylist())
