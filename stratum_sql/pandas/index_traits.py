"""What an index shows beside the labels of its rows: the frequency of times, and the values that its levels keep.

A plan has the labels alone. A source remembers the index that it was given, and rows taken of it find there what pandas
keeps: levels stay as they are, also values that no row has any more; a frequency stays where rows follow each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.plan import RID, Aggregate, Explode, Filter, Head, Node, Sort, Source, Step, Take, Union
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.quoting import quote


def has_traits(index: pd.Index[Any]) -> bool:
    """Whether it shows more than its labels."""
    return isinstance(index, pd.MultiIndex) or (
        isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex) and index.freq is not None
    )


def has_frequency(state: Table | Vector) -> bool:
    """Whether the labels, or those of a level, are times that may have a frequency."""
    source = source_of_traits(state.node)
    if source is None or not isinstance(source.index, pd.MultiIndex):
        return source is not None and _is_time(source, state.index)
    places = [place for place in _places(source, state.index) if place is not None]
    return any(getattr(source.index.levels[place], "freq", None) is not None for place in places)


def has_own_levels(state: Table | Vector) -> bool:
    """Whether a level may keep values in another order than their own, or others than those of the rows."""
    source = source_of_traits(state.node)
    if source is None or not isinstance(source.index, pd.MultiIndex):
        return False
    places = [place for place in _places(source, state.index) if place is not None]
    return any(_is_own(source.index.levels[place], source.index.codes[place]) for place in places)


def _is_own(level: pd.Index[Any], codes: Any) -> bool:
    used = np.unique(codes)
    return not level.is_monotonic_increasing or len(used[used >= 0]) < len(level)


def keeps_levels(state: Table | Vector) -> bool:
    """Whether it is known what pandas keeps in the levels of some of the rows."""
    source = source_of_traits(state.node)
    return source is not None and isinstance(source.index, pd.MultiIndex) and None not in _places(source, state.index)


def with_traits(state: Table | Vector, found: pd.Index[Any]) -> pd.Index[Any]:
    """The index of the rows of a state as pandas has it, where `found` has their labels. Raises Declined if only pandas
    tells.
    """
    if isinstance(found, pd.MultiIndex) and not len(found) and _has_groups(state.node):
        raise Declined("levels of no groups")  # which keep the values of keys whose partner was missing
    if isinstance(found, pd.MultiIndex) and _is_union(state.node):
        return _as_they_came(found)
    source = source_of_traits(state.node)
    if source is None:
        return found
    if isinstance(found, pd.MultiIndex):
        return _with_levels(source, state.index, found) if isinstance(source.index, pd.MultiIndex) else found
    if not _is_time(source, state.index):
        return found
    taken = _taken(state.node)
    if taken is None:
        raise Declined("times of a frequency, taken more than once")
    return _with_frequency(source.index, found) if taken else _all(source.index, found)


def _all(index: Any, found: pd.Index[Any]) -> pd.Index[Any]:
    renamed: pd.Index[Any] = index.set_names(found.names)
    return renamed


def _is_union(node: Node) -> bool:
    """Whether rows of several queries are below each other, as of a stack or a concat with keys, in their order."""
    by_number = (quote(RID),)  # how a stack puts the rows of one row together
    while isinstance(node, Step | Filter | Head) or (isinstance(node, Sort) and node.keys == by_number):
        node = node.child
    return isinstance(node, Union)


def _as_they_came(found: pd.MultiIndex) -> pd.MultiIndex:
    """The labels over levels that have their values in the order of the rows; of more than two the last alone."""
    levels: list[Any] = list(found.levels)
    codes: list[Any] = [np.asarray(one) for one in found.codes]
    for number in (0, 1) if found.nlevels == 2 else (found.nlevels - 1,):
        came = pd.unique(codes[number])
        came = came[came >= 0]
        place = np.full(len(levels[number]) + 1, -1)  # the last is that of what is missing
        place[came] = np.arange(len(came))
        levels[number], codes[number] = levels[number][came], place[codes[number]]
    return pd.MultiIndex(levels=levels, codes=codes, names=found.names, verify_integrity=False)


def _has_groups(node: Node) -> bool:
    while isinstance(node, Step | Filter | Sort | Head | Take):
        node = node.child
    return isinstance(node, Aggregate) and any(key.nullable for _, key in node.keys)


def source_of_traits(node: Node) -> Source | None:
    """The source that the rows of a node are taken of, if its index has traits; their labels may still be its."""
    while isinstance(node, Step | Filter | Sort | Head | Take | Explode):
        node = node.child
    return node if isinstance(node, Source) and node.index is not None else None


def _places(source: Source, index: Index) -> list[int | None]:
    """Which level of the source each level of an index is; None for others."""
    known = [(quote(name),) for name in source.levels]
    return [known.index(value.text) if value.text in known else None for _, value in index.levels]


def _is_time(source: Source, index: Index) -> bool:
    return not isinstance(source.index, pd.MultiIndex) and _places(source, index) == [0]


def _with_levels(source: Source, index: Index, found: pd.MultiIndex) -> pd.MultiIndex:
    """The labels over the levels that the source has."""
    held: Any = source.index
    levels: list[Any] = list(found.levels)
    codes: list[Any] = list(found.codes)
    for number, place in enumerate(_places(source, index)):
        if place is not None:
            labels = found.get_level_values(number)
            levels[number] = held.levels[place]
            codes[number] = np.where(labels.isna(), -1, held.levels[place].get_indexer(labels))
    return pd.MultiIndex(levels=levels, codes=codes, names=found.names, verify_integrity=False)


def _taken(node: Node) -> bool | None:
    """Whether not all rows of the source are there; None where they were taken by more than slices and then a condition
    or a sort: rows that follow each other may have lost their frequency before.
    """
    slices = 0
    while isinstance(node, Step | Head):
        slices += isinstance(node, Head)
        node = node.child
    if isinstance(node, Filter | Sort) and not slices:
        slices, node = 1, node.child
        while isinstance(node, Step | Head):
            node = node.child
    return slices > 0 if isinstance(node, Source) else None


def _with_frequency(index: Any, found: pd.Index[Any]) -> pd.Index[Any]:
    """The rows, with a frequency if they follow each other. Calls differ where all are as far from the next one."""
    places = index.get_indexer(found)
    steps = set(np.diff(places).tolist())
    if not steps or steps == {1}:
        first = places[0] if len(places) else 0
        return _all(index[first : first + len(places)], found)
    if len(steps) == 1:
        raise Declined("times as far from each other as at a frequency")
    return found
