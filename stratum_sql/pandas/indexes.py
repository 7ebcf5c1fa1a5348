"""Columns as labels of the rows, and labels as columns: `set_index`, `reset_index`, `to_frame`."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from stratum_sql.pandas.aligning import assigned, labelled
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.index_traits import source_of_traits
from stratum_sql.pandas.kinds import INT, Dtype, carried, shown
from stratum_sql.pandas.lazy import Lazy, method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.sources import is_boxed
from stratum_sql.pandas.states import Index, Table, Vector

Labelled = list[tuple[Hashable, Expr]]


@method(DataFrame, "reset_index", "all levels, or some by name or number; names")
def _reset_index(self: DataFrame, level: Any = None, *, drop: bool = False) -> Any:
    state = self._table
    if drop is True and level is None:
        return self._with(state.columns, index=Index(()))
    node, levels, index = _parted(state, level)
    if drop is True:
        return self._with(state.columns, node, index)
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


@method(DataFrame, "set_index", "columns of numbers, times, or texts without missing ones")
def _set_index(self: DataFrame, keys: Any, *, drop: Any = True) -> Any:
    known, listed = dict(self._table.columns), keys if isinstance(keys, list) else [keys]
    if not listed or not all(is_label(key) and key in known for key in listed) or len(set(listed)) != len(listed):
        raise Declined("labels that are not there")
    if not all(_can_be_labels(known[key].dtype, listed) for key in listed) or type(drop) is not bool:
        raise Declined("an index of other than numbers, texts or times")
    if any(known[key].nullable and known[key].dtype.kind == "O" for key in listed):
        raise Declined("an index of missing texts, which may be None or NaN")
    if len(listed) == 1 and known[listed[0]].dtype.kind == "i" and known[listed[0]].dtype != INT:
        raise Declined("an index that is int64 if it is a range")
    columns = [pair for pair in self._table.columns if not drop or pair[0] not in listed]
    node, levels = self._table.node, []
    for key in listed:
        value = known[key]
        if source_of_traits(node) is not None:  # a column that was its labels is no more than a column
            node, value = assigned(node, key, value, here())
        levels.append((key, value))
    return self._with(columns, node, Index(tuple(levels)))


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
