"""A kept model as one query: what it predicts, in SQL over a relation with the columns that it reads.

The prediction is NULL for a row that the model takes not at all: one with NULL where it takes none, or with an infinite
number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stratum_sql.models.export.sql_estimators import Predicted, predicted_each
from stratum_sql.models.export.sql_features import matrix_columns
from stratum_sql.models.export.sql_text import INFINITE, Expression, Layers, of, text
from stratum_sql.models.stored import StoredModel
from stratum_sql.quoting import quote


@dataclass(frozen=True, slots=True)
class Compiled:
    """A model in SQL: the layers of a query, the prediction of each target over them in its type, and the probabilities
    as a STRUCT, None where there are none."""

    layers: Layers
    predictions: tuple[Expression, ...]
    probabilities: str | None

    def query(
        self,
        relation: str,
        prediction: str | Sequence[str],
        probabilities: str | None = None,
        columns: str | None = None,
        error: str | None = None,
    ) -> str:
        """SELECT the relation's columns, or `columns`, each prediction, and the probabilities if they have a name.

        A row that the model refuses gives NULL, or ends the query with `error` where that is a text.
        """

        def last(inner: str, names: Sequence[str]) -> str:
            own = columns or (f"* EXCLUDE ({', '.join(names)})" if names else "*")
            named = zip(self.predictions, [prediction] if isinstance(prediction, str) else prediction, strict=True)
            items = [own, *(f"{_value(one, error)} AS {quote(name)}" for one, name in named)]
            if probabilities is not None and self.probabilities is not None:
                items.append(f"{self.probabilities} AS {quote(probabilities)}")
            return f"SELECT {', '.join(items)}\nFROM {inner}"

        return self.layers.query(relation, last)


def _value(prediction: Expression, error: str | None) -> str:
    value = prediction.sql
    return value if error is None else f"coalesce({value}, error({text(error)}))"


def compile_model(
    model: StoredModel, *, enums: bool = True, probabilities: bool = True, classes: Sequence[str] | None = None
) -> Compiled:
    """A model as a query. `classes` are those that the probabilities have, if they are more than the model's own.

    Raises RunError `not_exported`, which names the part that has no form in SQL.
    """
    layers = Layers(enums=enums)
    each = predicted_each(layers, model.estimator, matrix_columns(layers, model), len(model.manifest.targets))
    refused = layers.any_refused()
    if refused is not None:
        named = layers.named(refused)
        each = [_guarded(named, one) for one in each]
    if model.manifest.labels is None:
        return Compiled(layers, tuple(_finite(layers, one.value) for one in each), None)
    (found,) = each
    shares = _struct(model, found, classes) if probabilities else None
    return Compiled(layers, (_labelled(model, layers.named(found.value)),), shares)


def _finite(layers: Layers, value: Expression) -> Expression:
    return of(f"CASE WHEN abs({{0}}) < {INFINITE} THEN {{0}} END", layers.named(value))


def _guarded(refused: Expression, found: Predicted) -> Predicted:
    """NULL for rows that are refused."""

    def guarded(one: Expression) -> Expression:
        return of("CASE WHEN {0} THEN NULL ELSE {1} END", refused, one)

    shares = found.probabilities
    return Predicted(guarded(found.value), None if shares is None else tuple(map(guarded, shares)))


def _labelled(model: StoredModel, code: Expression) -> Expression:
    """The label of a class's number, in the target's type."""
    labels = model.manifest.labels or ()
    cases = " ".join(f"WHEN {at} THEN {_label(one, model.manifest.target.type)}" for at, one in enumerate(labels))
    return Expression(f"CASE {code.sql} {cases} END", code.layer)


def _label(value: Any, duckdb_type: str) -> str:
    return f"CAST({text(str(value))} AS {duckdb_type})"


def _struct(model: StoredModel, found: Predicted, classes: Sequence[str] | None) -> str | None:
    """A class that the model does not know has the probability 0."""
    if found.probabilities is None or model.classes is None:
        return None
    own = dict(zip(model.classes.names, found.probabilities, strict=True))
    shares = {name: own[name].sql if name in own else "0e0" for name in classes or own}
    return "{" + ", ".join(f"{text(name)}: {one}" for name, one in shares.items()) + "}"
