"""Predictions that DuckDB makes itself: a model as part of the query, where that is faster than its matrix.

Rows stream through it on all threads, and no matrix is ever there. Numbers are those of the matrix but for the order in
which a sum is added up. A row that the model refuses comes out as NULL: then the matrices are made, to say why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import pyarrow as pa

from stratum_sql.bind.composed import Composed, ours
from stratum_sql.errors import Interrupted, StratumError
from stratum_sql.models.export.sql_estimators import class_path, is_line
from stratum_sql.models.predict import Rows, inputs_of
from stratum_sql.models.stored import StoredModel
from stratum_sql.models.tree_costs import is_walked_faster
from stratum_sql.plan.features import Leaf

if TYPE_CHECKING:
    from stratum_sql.models.export.compiled import Compiled

MOST_COLUMNS = 400  # of a matrix: with more, DuckDB plans for longer than the matrix takes
_HERE = "__head_of_the_query"
_KNOWN: WeakKeyDictionary[StoredModel, Compiled | None] = WeakKeyDictionary()


def predicted_in_duckdb(models: Sequence[StoredModel], rows: Rows, *, probabilities: bool) -> pa.Table | None:
    """The head's columns and each model's prediction, and probabilities if asked for; None where matrices must do it.

    Raises Interrupted.
    """
    names = [(f"__p{at}", f"__q{at}" if probabilities else None) for at in range(len(models))]
    query = query_in_duckdb(models, rows, names)
    if query is None:
        return None
    try:
        table = rows.database.table(query, rows.script)
    except Interrupted:
        raise
    except (
        StratumError
    ):  # of the head, which the matrices then meet as well, or of a number that a function cannot take
        return None
    predictions = [table.column(at) for at in range(len(rows.names), table.num_columns)]
    return None if any(one.null_count for one in predictions) else table


def query_in_duckdb(
    models: Sequence[StoredModel], rows: Rows, names: Sequence[tuple[str, str | None]], error: str | None = None
) -> Composed | None:
    """The query that makes each model's prediction, and its probabilities if they have a name; None where matrices must
    make them. `error`: see `Compiled.query`."""
    if not rows.over_head or not all(_is_as_trained(leaf, rows.types[leaf]) for leaf in rows.wanted):
        return None
    query = ours("(") + rows.head + ours("\n) AS __head")
    for at, (model, (prediction, shares)) in enumerate(zip(models, names, strict=True)):
        compiled = compiled_if_faster(model)
        if compiled is None or (shares is not None and compiled.probabilities is None):
            return None
        before, _, after = compiled.query(_HERE, prediction, shares, error=error).partition(_HERE)
        last = at == len(models) - 1
        query = ours(before if last else f"({before}") + query + ours(after if last else f"{after})")
    return query


def compiled_if_faster(model: StoredModel) -> Compiled | None:
    """The model as a query, if it has such a form and that is the faster one; made once a model."""
    if model not in _KNOWN:
        _KNOWN[model] = _compiled(model)
    return _KNOWN[model]


def _compiled(model: StoredModel) -> Compiled | None:
    manifest = model.manifest
    if manifest.takes != "matrix" or manifest.groups or manifest.more_targets:
        return None
    if len(manifest.names) > MOST_COLUMNS or not _is_faster(model):
        return None
    from stratum_sql.models.export.compiled import (
        compile_model,  # with scikit-learn, which a session does not begin with
    )

    try:
        return compile_model(model)
    except StratumError:
        return None


def _is_faster(model: StoredModel) -> bool:
    return is_line(class_path(model.estimator)) or is_walked_faster(model.estimator, len(inputs_of(model)))


def _is_as_trained(leaf: Leaf, found: str) -> bool:
    """Whether a column is read as that of the training was: a BOOLEAN is no number, and only some can be infinite."""
    return found == leaf.type or (leaf.kind == "text") or ("INT" in found and "INT" in leaf.type)
