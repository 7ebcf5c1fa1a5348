"""PREDICT statements of one batch over the same rows, which are read once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from stratum_sql.bind.database import Database
from stratum_sql.execute.origin import is_steady
from stratum_sql.grammar.syntax import Predict
from stratum_sql.models.in_duckdb import predicted_in_duckdb
from stratum_sql.models.predict import Rows
from stratum_sql.models.run import Asked, asked_of, in_pieces
from stratum_sql.models.store import Store

Written = tuple[str, Predict]  # a statement in its script


def predict_together(statements: Sequence[Written], database: Database, store: Store) -> list[pa.Table] | None:
    """The answer of each statement, as `predict` gives it alone; their heads are the same text.

    Models that are a part of DuckDB's query make one query, the others go over the same pieces. None where the rows may
    be others each time they are read, and where DuckDB meets one that a model refuses. Raises StratumError, whose
    place and words may be of any of them.
    """
    script, first = statements[0]
    if not is_steady(database, script[first.head.start : first.head.end]):
        return None
    asked = [asked_of(*one, database, store) for one in statements]
    rows = Rows(database, script, first.head, [leaf for one in asked for leaf in one.rows.wanted])
    ways = [(one.query() is not None, one.probabilities) for one in asked]
    made: dict[int, pa.Table] = {}
    for is_query, probabilities in dict.fromkeys(ways):
        places = [at for at, way in enumerate(ways) if way == (is_query, probabilities)]
        answers = _answers(rows, [asked[at] for at in places], is_query, probabilities)
        made |= zip(places, answers, strict=False)
    return [made[at] for at in range(len(asked))] if len(made) == len(asked) else None


def _answers(rows: Rows, asked: Sequence[Asked], is_query: bool, probabilities: bool) -> Iterator[pa.Table]:
    """The answers of statements whose models are all of one sort, or none."""
    models = [model for one in asked for model in one.models]
    make = predicted_in_duckdb if is_query else in_pieces
    made = make(models, rows, probabilities=probabilities)
    if made is None:
        return  # DuckDB met a row that a model refuses
    at, own = len(rows.names), made.columns[: len(rows.names)]
    for one in asked:
        columns = made.columns[at : at + len(one.columns)]
        yield pa.Table.from_arrays([*own, *columns], names=[*rows.names, *one.columns])
        at += len(columns)
