"""What `groupby` groups by: columns, levels of the index, values one a row, and functions and dicts of the labels."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.aligning import assigned, check_same_labels, labelled, together
from stratum_sql.pandas.alignment import aligned, by_position
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.given import by_row, count
from stratum_sql.pandas.index_traits import has_frequency
from stratum_sql.pandas.lazy import RecordedArray
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.running import materialised
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.states import State, Table, Vector
from stratum_sql.pandas.time_bins import BINS, label


@dataclass(frozen=True)
class Key:
    """What rows are grouped by: its name, its value, and whether it is a column of the frame, left out of results.

    `given` is the column where the value stands for it.
    """

    label: Hashable
    value: Expr
    is_column: bool
    given: Expr | None = None


def keys_of(source: State, table: Table, by: Any, level: Any) -> tuple[Node, list[Key]]:
    """The keys, over a node that has them as well as the columns of `table`. Raises Declined."""
    if level in (0, -1) and type(level) is int and not table.index.levels:
        node, index = labelled(table, here())
        return node, [Key(None, index.levels[0][1], False)]
    if level is not None:
        return table.node, [_of_level(table, one) for one in (level if isinstance(level, list) else [level])]
    node, keys = table.node, []
    for one in [by] if _is_one_a_row(source, table, by) or not isinstance(by, list) else by:
        node, key = _key(source, table, node, one)
        keys.append(key)
    return node, keys


def mapped(source: Table | Vector, by: Any) -> Any:
    """`by` with the labels of the rows mapped where it is a function or dict, or a list that has one. A function of the
    script is called here and not again.
    """
    if isinstance(by, list) and any(callable(one) or type(one) is dict for one in by):
        return [mapped(source, one) for one in by]
    if not (type(by) is dict or (callable(by) and not issubclass(type(by), Series))):
        return by
    rows = source if source.kept else Table(source.node, (), source.index)
    with object_mode():
        found = materialised(rows).index.map(by.get if type(by) is dict else by)
    if isinstance(found, pd.MultiIndex):
        raise Declined("labels that become tuples")
    return found


def _is_one_a_row(source: State, table: Table, by: Any) -> bool:
    """Whether a list has values, as pandas tells it: as many as there are rows, and one that is no label."""
    if not isinstance(by, list) or not by or not all(is_label(one) or isinstance(one, float) for one in by):
        return False
    labels = [] if isinstance(source, Vector) else table.columns.labels
    known = {*labels, *(label for label, _ in table.index.levels)}
    return not all(one in known for one in by) and len(by) == count(table.node)


def is_of_times(by: Any) -> bool:
    """Whether it is a Grouper with a frequency."""
    return isinstance(by, pd.Grouper) and type(by) is not pd.Grouper


def _of_times(table: Table, node: Node, by: Any) -> tuple[Node, Key]:
    """The bins of a column of times, called as pandas calls them. Raises Declined."""
    time = table.columns.get(by.key) if is_label(by.key) else None
    is_usual = by.closed == by.label and by.origin == "start_day" and by.offset is None and by.level is None
    ends = pd.offsets.MonthEnd | pd.offsets.QuarterEnd | pd.offsets.YearEnd | pd.offsets.Week
    if time is None or not is_usual or by.closed != ("right" if isinstance(by.freq, ends) else "left"):
        raise Declined("a Grouper of another kind")
    node, bins = assigned(node, BINS, label(node, time, by.freq), here())
    return node, Key(by.key, bins, True, time)


def _key(source: State, table: Table, node: Node, one: Any) -> tuple[Node, Key]:
    if is_of_times(one):
        return _of_times(table, node, one)
    if type(one) is pd.Grouper:
        if one.key is None and one.level is not None:
            return node, _of_level(table, one.level)
        if one.level is not None or not is_label(one.key):
            raise Declined("a Grouper of another kind")
        one = one.key
    if isinstance(one, pd.Categorical):
        node, codes = by_row(node, one)
        return node, Key(None, codes, False)
    if issubclass(type(one), Series) and isinstance(one._state, Vector):
        return _of_series(source, table, node, one._state)
    if isinstance(one, RecordedArray) and isinstance(one.recorded._state, Vector):
        vector = one.recorded._state
        return together(node, vector.node), Key(None, vector.value, False)
    if isinstance(one, list | np.ndarray | pd.Index):
        return _of_values(node, one)
    value = table.columns.get(one) if is_label(one) and not isinstance(source, Vector) else None
    is_level = is_label(one) and any(label == one for label, _ in table.index.levels)
    if value is None and is_level and isinstance(one, str):
        return node, _of_level(table, one)
    if value is None or is_level:  # of a column and a level of one name pandas takes neither
        raise Declined("groups by other than labels of columns")
    return node, Key(one, value, True)


def _of_values(node: Node, values: Any) -> tuple[Node, Key]:
    if isinstance(values, list):
        found = np.asarray(values)
        values = np.array(values, dtype=object) if found.dtype.kind == "U" else found
    if isinstance(values, pd.MultiIndex) or getattr(values, "freq", None) is not None:
        raise Declined("an index of several levels, or times with a frequency")
    name = values.name if isinstance(values, pd.Index) else None
    if name is not None and not is_label(name):
        raise Declined("a name that is no label")
    is_plain = isinstance(values.dtype, np.dtype) and values.dtype.kind in "biufMO"
    node, value = by_row(node, np.asarray(values) if is_plain else values)
    return node, Key(name, value, False)


def _of_series(source: State, table: Table, node: Node, vector: Vector) -> tuple[Node, Key]:
    """A Series of the same rows, or of others, by their labels."""
    try:
        check_same_labels(table.index, vector.index)
        same = isinstance(source, Table) and table.columns.get(vector.name) is vector.value
        return together(node, vector.node), Key(vector.name, vector.value, same)
    except Declined:
        brought = by_position if not table.index.levels and not vector.index.levels else aligned
        node, value = brought(Table(node, table.columns, table.index), vector)
        return node, Key(vector.name, value, False)


def _of_level(table: Table, level: Any) -> Key:
    levels = table.index.levels
    names = [label for label, _ in levels]
    if isinstance(level, str) and names.count(level) == 1:
        place = names.index(level)
    elif type(level) is int and -len(levels) <= level < len(levels):
        place = level
    else:
        raise Declined("levels of the index")
    if has_frequency(table):
        raise Declined("times with a frequency")
    return Key(names[place], levels[place][1], False)


def check_names(table: Table, keys: Sequence[Key], *, as_index: bool) -> None:
    """Raise Declined for no keys, for two of one name, and for those that would be columns and cannot."""
    named = [key.label for key in keys if key.label is not None]
    if not keys or len(set(named)) != len(named):
        raise Declined("keys of one name")
    if not as_index and len(named) < len(keys):
        raise Declined("a key without a name as a column")
    if not as_index and any(not key.is_column and is_taken(table, key) for key in keys):
        raise Declined("a key beside a column of its name")


def is_taken(table: Table, key: Key) -> bool:
    """Whether a column has the name of a key that is none."""
    return table.columns.get(key.label) is not None
