"""Prediction: the head's rows, the model's columns over them, its fitted states, its estimator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from stratum_sql.bind.composed import Composed, ours
from stratum_sql.bind.database import Database
from stratum_sql.bind.head import read_head
from stratum_sql.catalog.columns import Column, Inputs, Part, stack
from stratum_sql.errors import BindError, RunError, Span, StratumError
from stratum_sql.execute.duckdb import plain_array, read_item
from stratum_sql.execute.operators import compute, noted
from stratum_sql.execute.scheduler import reason
from stratum_sql.models.manifest import Manifest
from stratum_sql.models.store import StoredModel
from stratum_sql.plan.features import Computed, Feature, Leaf, Transformed, leaves
from stratum_sql.trust.private import private_connection


class Rows:
    """The rows of a head, and the columns that models want over them; read in one query."""

    def __init__(self, database: Database, script: str, head: Span, wanted: Sequence[Leaf]) -> None:
        self.database, self.script = database, script
        self.head = Composed.verbatim(script, head)
        self.wanted = list(dict.fromkeys(wanted))
        self.columns = database.describe(self.head, script)
        query, self._known = self._query()
        table = database.table(query, script)
        self.table = table.select(list(range(len(self.columns))))
        self._made = [plain_array(table.column(len(self.columns) + i)) for i in range(len(self.wanted))]

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def column(self, leaf: Leaf) -> Column:
        """One wanted column."""
        return Column(leaf.name, leaf.kind, self._made[self.wanted.index(leaf)])

    def _query(self) -> tuple[Composed, bool]:
        """Columns over the head's output where they mean something there, else over what the head itself reads."""
        over = ours("SELECT head.*") + self._items("free") + ours(" FROM (") + self.head + ours("\n) AS head")
        if all(leaf.free_sql is not None for leaf in self.wanted):
            try:
                self.database.describe(over, self.script)
            except StratumError as error:
                first: StratumError | None = error
            else:
                return over, True
        else:
            first = None
        inside = self._inside()
        if inside is not None:
            try:
                self.database.describe(inside, self.script)
            except StratumError as error:
                raise self._missing(first or error) from None
            return inside, True
        raise self._missing(first)

    def _items(self, which: str) -> Composed:
        items = [leaf.free_sql if which == "free" else leaf.sql for leaf in self.wanted]
        casts = [read_item(str(item), leaf.type, leaf.kind) for item, leaf in zip(items, self.wanted, strict=True)]
        return ours("".join(f', {item} AS "__input{i}"' for i, item in enumerate(casts)))

    def _inside(self) -> Composed | None:
        """The head with the columns added to its own select list."""
        head = read_head(self.head, self.database.tree(self.head, self.script))
        if head is None or not head.simple or head.list_end == 0:
            return None
        text = self.head.text
        return self.head.cut(0, head.list_end) + self._items("own") + self.head.cut(head.list_end, len(text))

    def _missing(self, error: StratumError | None) -> StratumError:
        have = {column.name.lower() for column in self.columns}
        lacking = sorted({name for leaf in self.wanted for name in leaf.columns} - have)
        if not lacking and error is not None:
            return error
        needs = ", ".join(lacking) or ", ".join(leaf.name for leaf in self.wanted if leaf.free_sql is None)
        span = self.head.origin(0, len(self.head.text))
        return BindError.at(self.script, span, "missing_columns", f"the model needs columns that the query does not have: {needs}")


def inputs_of(model: StoredModel) -> list[Leaf]:
    """The columns a model wants, each once."""
    return list(dict.fromkeys(leaf for feature in model.manifest.features for leaf in leaves(feature)))


def fitted_features(features: Sequence[Feature]) -> Iterator[Transformed]:
    """Every fitted transform, children before those that use them, each once: the order of a model's states."""
    seen: set[Feature] = set()
    for feature in features:
        yield from _fitted_in(feature, seen)


def _fitted_in(feature: Feature, seen: set[Feature]) -> Iterator[Transformed]:
    if isinstance(feature, Leaf) or feature in seen:
        return
    for child in feature.children:
        yield from _fitted_in(child, seen)
    if isinstance(feature, Transformed) and feature.spec.fitted and feature not in seen:
        seen.add(feature)
        yield feature


def design_matrix(model: StoredModel, rows: Rows) -> Any:
    """The matrix that the model's estimator wants, one row a row of `rows`."""
    states = dict(zip(fitted_features(model.manifest.features), model.states, strict=True))
    connection = private_connection() if _has_computed(model.manifest.features) else None
    made: dict[Feature, tuple[Part, ...]] = {}

    def value(feature: Feature) -> tuple[Part, ...]:
        if feature not in made:
            made[feature] = _value(feature)
        return made[feature]

    def _value(feature: Feature) -> tuple[Part, ...]:
        if isinstance(feature, Leaf):
            return (rows.column(feature),)
        given = Inputs([part for child in feature.children for part in value(child)])
        if isinstance(feature, Computed):
            assert connection is not None
            return (compute(connection, feature.sql, feature.name, given),)
        return feature.spec.apply(states.get(feature, {}), given, feature.params.as_dict())

    return stack([part for feature in model.manifest.features for part in value(feature)])


def _has_computed(features: Sequence[Feature]) -> bool:
    return any(isinstance(feature, Computed) or (isinstance(feature, Transformed) and _has_computed(feature.children)) for feature in features)


def predictions(model: StoredModel, rows: Rows, *, probabilities: bool) -> Mapping[str, pa.Array]:
    """`prediction` in the target's own type and, if asked for, `probabilities`, a STRUCT of one DOUBLE a class."""
    if len(rows) == 0:
        return _empty(model.manifest, probabilities)
    try:
        with noted():
            matrix = design_matrix(model, rows)
            found = {"prediction": labelled(model.manifest, model.estimator.predict(matrix))}
            if probabilities:
                found["probabilities"] = _probabilities(model, matrix)
    except StratumError:
        raise
    except Exception as error:  # noqa: BLE001 a library may raise anything on rows it cannot take
        name = f"{model.manifest.name} ({model.manifest.estimator})"
        raise RunError.at("", None, "predict_failed", f"{name} cannot predict these rows: {reason(error)}") from None
    return found


def labelled(manifest: Manifest, values: Any) -> pa.Array:
    """An estimator's output as values of the target: class codes become labels."""
    flat = np.asarray(values).reshape(-1)
    if manifest.labels is None:
        return pa.array(flat.astype(np.float64))
    return pa.array(list(manifest.labels)).take(pa.array(flat.astype(np.int64)))


def _probabilities(model: StoredModel, matrix: Any) -> pa.Array:
    if not hasattr(model.estimator, "predict_proba") or model.manifest.labels is None:
        raise RunError.at("", None, "no_probabilities", f"{model.manifest.estimator} gives no probabilities")
    made = np.asarray(model.estimator.predict_proba(matrix), dtype=np.float64)
    names = [str(label) for label in model.manifest.labels]
    return pa.StructArray.from_arrays([pa.array(np.ascontiguousarray(made[:, i])) for i in range(len(names))], names=names)


def _empty(manifest: Manifest, probabilities: bool) -> Mapping[str, pa.Array]:
    kind = pa.float64() if manifest.labels is None else pa.array(list(manifest.labels)).type
    found: dict[str, pa.Array] = {"prediction": pa.array([], kind)}
    if probabilities and manifest.labels is not None:
        found["probabilities"] = pa.array([], pa.struct([(str(label), pa.float64()) for label in manifest.labels]))
    return found
