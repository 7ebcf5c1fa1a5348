"""Columns as labels of the rows, and labels as columns: `set_index`, `reset_index`, `to_frame`."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.aligning import assigned, labelled, together
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, joined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.given import by_row
from stratum_sql.pandas.index_traits import source_of_traits
from stratum_sql.pandas.kinds import FLOAT, INT, Dtype, carried, is_integer, shown
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.sources import is_boxed
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.pandas.windows import Rows

Labelled = list[tuple[Hashable, Expr]]


@method(DataFrame, "reset_index", "all levels, or some by name or number; names of all")
def _reset_index(self: DataFrame, level: Any = None, *, drop: bool = False, names: Any = None) -> Any:
    state = self._table
    if names is not None and (level is not None or drop):
        raise Declined("names of some levels")
    if drop is True and level is None:
        return self._with(state.columns, index=Index(()))
    node, levels, index = _parted(state, level)
    if drop is True:
        return self._with(state.columns, node, index)
    if names is not None:
        levels = _named(levels, names)
    return self._with(_distinct([*levels, *state.columns]), node, index)


@method(Series, "reset_index", "all levels, or some by name or number; drop or not")
def _reset_index_of_series(self: Series, level: Any = None, *, drop: bool = False, name: Any = ...) -> Any:
    state = self._vector
    if drop is True and level is None:
        return Lazy.recorded(Vector(state.node, state.value, state.name, Index(())), is_frame=False)
    node, levels, index = _parted(state, level)
    if drop is True:
        return Lazy.recorded(Vector(node, state.value, state.name, index), is_frame=False)
    label = name if name is not ... else 0 if state.name is None else state.name
    if not is_label(label):
        raise Declined("a name that is no label")
    return Lazy.recorded(Table(node, tuple(_distinct([*levels, (label, state.value)])), index), is_frame=True)


def _named(levels: Labelled, names: Any) -> Labelled:
    listed = names if isinstance(names, list) else [names]
    if len(listed) != len(levels) or not all(is_label(name) for name in listed):
        raise Declined("other than a name for each level")
    return [(name, value) for name, (_, value) in zip(listed, levels, strict=True)]


def _parted(state: Table | Vector, level: Any) -> tuple[Node, Labelled, Index]:
    """The node, the levels that are taken out of the index, each with its label as a column, and what is left of it."""
    node, index = labelled(state, here())
    taken = range(len(index.levels)) if level is None else _places(index, level)
    count = len(index.levels)
    parts = [(place, *index.levels[place]) for place in sorted(taken)]
    if any(carried(value.dtype) is not None and is_boxed(value.dtype) for _, _, value in parts):
        raise Declined("labels that are objects, of which pandas makes another type")
    levels = [(_unnamed(place, count) if label is None else label, value) for place, label, value in parts]
    return node, levels, Index(tuple(pair for place, pair in enumerate(index.levels) if place not in taken))


def _places(index: Index, level: Any) -> list[int]:
    names = [label for label, _ in index.levels]
    listed = level if isinstance(level, list) else [level]
    found = [
        one if type(one) is int and 0 <= one < len(names) else names.index(one)
        for one in listed
        if (type(one) is int and 0 <= one < len(names)) or (isinstance(one, str) and names.count(one) == 1)
    ]
    if not found or len(set(found)) != len(listed):
        raise Declined("levels that are not there")
    return found


def _unnamed(place: int, count: int) -> str:
    return "index" if count == 1 else f"level_{place}"


def _distinct(columns: Labelled) -> Labelled:
    if len({label for label, _ in columns}) != len(columns):
        raise Declined("a column that has the name of the index")
    return columns


@method(DataFrame, "set_index", "columns or values one a row: numbers, times, or texts without missing ones; append")
def _set_index(self: DataFrame, keys: Any, *, drop: Any = True, append: Any = False) -> Any:
    known, listed = dict(self._table.columns), keys if isinstance(keys, list) else [keys]
    if not listed or type(drop) is not bool or type(append) is not bool:
        raise Declined("no labels, or what is no boolean")
    node, before = labelled(self._table, here()) if append else (self._table.node, Index(()))
    levels: Labelled = []
    for key in listed:
        node, level = _level(self, node, key)
        levels.append(level)
    values = [value for _, value in levels]
    if not all(_can_be_labels(value.dtype, [*before.levels, *listed]) for value in values):
        raise Declined("an index of other than numbers, texts or times")
    if any(value.nullable and value.dtype.kind == "O" for value in values):
        raise Declined("an index of missing texts, which may be None or NaN")
    if not append:
        _check_small(node, values)
    dropped = [key for key in listed if drop and is_label(key)]
    if len(set(dropped)) != len(dropped):
        raise Declined("a column twice")
    columns = [pair for pair in known.items() if pair[0] not in dropped]
    return self._with(columns, node, Index((*before.levels, *levels)))


def _level(self: DataFrame, node: Node, key: Any) -> tuple[Node, tuple[Hashable, Expr]]:
    """A level of a new index: a column, or values one a row, which pandas takes by their place."""
    if is_label(key):
        value = self._table.columns.get(key)
        if value is None:
            raise Declined("labels that are not there")
        if source_of_traits(node) is not None:  # a column that was its labels is no more than a column
            node, value = assigned(node, key, value, here())
        return node, (key, value)
    if isinstance(key, Series) and isinstance(key._state, Vector):
        return together(node, key._vector.node), (key._vector.name, key._vector.value)
    is_index = type(key) in (pd.Index, pd.RangeIndex)
    if not isinstance(key, np.ndarray) and not is_index:
        raise Declined(f"an index of a {type(key).__name__}")
    node, value = by_row(node, np.asarray(key))
    return node, (key.name if is_index else None, value)


def _check_small(node: Node, values: list[Expr]) -> None:
    """Raise Declined for an index of small integers that is a range, which pandas makes one of int64."""
    value = values[0]
    if len(values) > 1 or not is_integer(value.dtype) or value.dtype == INT:
        return
    rows = Rows(node)
    step = joined("(CAST({} AS HUGEINT) - lag({}){})", value, value, rows.over())
    node, step_of = rows.placed(step, FLOAT, nullable=True)
    test = joined("count(*) < 2 OR (min({}) = max({}) AND min({}) <> 0)", step_of, step_of, step_of)
    if engine().answer(node, test):
        raise Declined("an index of small integers that is a range")


def _can_be_labels(dtype: Dtype, keys: list[Any]) -> bool:
    if carried(dtype) is not None:
        return len(keys) == 1 and not isinstance(shown(dtype), np.dtype)
    return dtype.kind in "biufOM"


@method(Series, "to_frame", "a name")
def _to_frame(self: Series, name: Any = ...) -> Any:
    state = self._vector
    label = name if name is not ... else 0 if state.name is None else state.name
    if not is_label(label):
        raise Declined("a name that is no label")
    return Lazy.recorded(Table(state.node, ((label, state.value),), state.index), is_frame=True)
