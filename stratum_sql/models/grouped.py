"""Models with a model for each group: each row is given to the model of its group, a row of no group to none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from stratum_sql.bind.bind_partition import asked_key_leaf
from stratum_sql.catalog.columns import Column
from stratum_sql.execute.group_rows import Positions, group_rows
from stratum_sql.models.predict import HasRows, empty_predictions, inputs_of, predictions
from stratum_sql.models.stored import StoredModel
from stratum_sql.plan.features import Leaf


class SomeRows:
    """Some rows of a query. Columns are made once for all groups: a group's are cut from them."""

    def __init__(self, rows: HasRows, columns: dict[Leaf, Column], positions: Positions) -> None:
        self.rows, self.columns, self.positions = rows, columns, positions
        self.names = rows.names

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def table(self) -> pa.Table:
        """The query's own columns."""
        return self.rows.table.take(pa.array(self.positions))

    def column(self, leaf: Leaf) -> Column:
        """One wanted column."""
        if leaf not in self.columns:
            self.columns[leaf] = self.rows.column(leaf)
        return self.columns[leaf].take(self.positions)


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """The rows of a query that are one group's, and its model, None where the group was not trained on. `values` are
    those of the partition columns, as Arrow scalars, by name."""

    model: StoredModel | None
    rows: SomeRows
    values: Mapping[str, Any]


def wanted_of(model: StoredModel) -> list[Leaf]:
    """The columns a model wants of a query's rows: those of its features, and those that say a row's group."""
    columns = model.manifest.partition
    return list(dict.fromkeys([*inputs_of(model), *columns, *map(asked_key_leaf, columns)]))


def parts_of(model: StoredModel, rows: HasRows) -> list[Part]:
    """The rows by group: groups that were trained on as they were, by value, then others as they come. A group without
    rows is no part."""
    columns: dict[Leaf, Column] = {}
    keys = [rows.column(asked_key_leaf(column)) for column in model.manifest.partition]
    found = dict(group_rows(keys).positions) if len(rows) else {}
    order = [*(key for key in model.groups if key in found), *(key for key in found if key not in model.groups)]
    shown = {column.name: rows.column(column).arrow() for column in model.manifest.partition}
    return [
        Part(
            model.groups.get(key),
            SomeRows(rows, columns, found[key]),
            {name: values[int(found[key][0])] for name, values in shown.items()},
        )
        for key in order
    ]


def predicted(model: StoredModel, rows: HasRows, *, probabilities: bool, threads: int = 1) -> Mapping[str, pa.Array]:
    """`predictions`, by the model of each row's group; NULL for a row of none. A class that a group's model does not
    know has the probability 0."""
    if not model.groups:
        return predictions(model, rows, probabilities=probabilities, threads=threads)
    parts = [part for part in parts_of(model, rows) if part.model is not None]
    made = [
        predictions(part.model, part.rows, probabilities=probabilities, threads=threads)
        for part in parts
        if part.model is not None
    ]
    found = empty_predictions(model, probabilities)
    place = _places(len(rows), [part.rows.positions for part in parts])
    return {
        kind: pa.concat_arrays([nothing, *(_like(nothing.type, one[kind]) for one in made)]).take(place)
        for kind, nothing in found.items()
    }


def _places(rows: int, parts: Sequence[Positions]) -> pa.Array:
    """For each row its place in the parts one after the other; NULL for a row that is in none."""
    places = np.full(rows, -1, dtype=np.int64)
    at = 0
    for part in parts:
        places[part] = np.arange(at, at + len(part))
        at += len(part)
    return pa.array(places, mask=places < 0)


def _like(kind: pa.DataType, values: pa.Array) -> pa.Array:
    """The array with the fields of a STRUCT that it has not, as zeros."""
    if not pa.types.is_struct(kind):
        return values
    own = {field.name: values.field(at) for at, field in enumerate(values.type)}
    zeros = pa.array(np.zeros(len(values)))
    return pa.StructArray.from_arrays([own.get(field.name, zeros) for field in kind], fields=list(kind))


def matrix_columns(parts: Sequence[tuple[Part, Any]], names: Sequence[str], rows: int) -> Iterator[pa.Array]:
    """The columns of all groups' matrices, by `names`: NULL where a row's group has none of that name, or no model.

    `parts` are dense matrices, each with the part that it is of.
    """
    places = {name: at for at, name in enumerate(names)}
    values, missing = np.zeros((rows, len(names))), np.ones((rows, len(names)), dtype=bool)
    for part, matrix in parts:
        assert part.model is not None
        for at, name in enumerate(part.model.manifest.names):
            values[part.rows.positions, places[name]] = matrix[:, at]
            missing[part.rows.positions, places[name]] = False
    for at in range(len(names)):
        yield pa.array(np.ascontiguousarray(values[:, at]), mask=missing[:, at])


def tables_by_group(made: Sequence[tuple[Part, pa.Table]]) -> pa.Table:
    """What was found for each group, one below the other, the group's values in the first columns; without a group,
    nothing."""
    told = []
    for part, found in made:
        table = found
        for at, (name, value) in enumerate(part.values.items()):
            table = table.add_column(at, name, pa.array([value.as_py()] * table.num_rows, value.type))
        told.append(table)
    return pa.concat_tables(told, promote_options="default") if told else pa.table({})


def rows_by_group(made: Sequence[tuple[Part, pa.Table]], rows: HasRows) -> pa.Table:
    """A query's rows in their order, each with what was found for it in its group: columns behind the query's own, NULL
    where its group has none of that name, or no model."""
    width = len(rows.names)
    found = [table.select(range(width, table.num_columns)) for _, table in made]
    place = _places(len(rows), [part.rows.positions for part, _ in made])
    columns = pa.concat_tables(found, promote_options="default").take(place) if found else pa.table({})
    return pa.Table.from_arrays([*rows.table.columns, *columns.columns], names=[*rows.names, *columns.column_names])
