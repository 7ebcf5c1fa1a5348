"""Groups of times: `pd.Grouper(freq=…)`. Pandas itself says in which bin a time is, once for each different one."""

from __future__ import annotations

import copy
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.lazy import Lazy, own
from stratum_sql.pandas.lookups import different, looked_up
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.states import State, Table, Vector
from stratum_sql.pandas.taking import from_to


@dataclass(frozen=True)
class Bins:
    """The first and the last time that is in a bin, and the column of times; None for the labels of the rows."""

    first: Any
    last: Any
    column: Hashable

    def two_rows(self, source: State) -> Any:
        """A row of the source with the first time, and the same with the last."""
        row = own(from_to(Lazy.recorded(source, is_frame=isinstance(source, Table)), slice(0, 1))._state)
        found = row.iloc[[0, 0]]
        times = pd.DatetimeIndex([self.first, self.last])
        if self.column is not None:
            found[self.column] = times
            return found
        return found.set_axis(times.rename(row.index.name))


def is_of_times(by: Any) -> bool:
    """Whether it says groups of times."""
    return isinstance(by, pd.Grouper) and getattr(by, "freq", None) is not None


@dataclass(frozen=True)
class Binned:
    """The bin of each row: the node that has it, its name, its value, and what it is one of."""

    node: Node
    name: Hashable
    value: Expr
    given: Expr
    bins: Bins


def binned(source: State, table: Table, node: Node, grouper: Any) -> Binned:
    """The bins of a column, or of the labels of the rows. Raises Declined."""
    name, given = _times(source, table, grouper)
    if given.dtype.kind != "M":
        raise Declined("groups of times of other than times")
    values = different(Lazy.recorded(Vector(node, given, name, table.index), is_frame=False))
    if not len(values) or pd.isna(values).any():
        raise Declined("groups of no times, or of missing ones")
    times = pd.DatetimeIndex(values.astype(given.dtype))
    with object_mode():
        labels = pd.Series(_labels(times, grouper))
    if labels.isna().any() or labels.dtype.kind != "M":
        raise Declined("bins of this kind")
    node, (value,) = looked_up(node, given, times.to_numpy(), [labels])
    value = Expr(value.text, value.dtype, given.nullable)
    column = grouper.key if grouper.key is not None else None
    return Binned(node, name, value, given, Bins(times.min(), times.max(), column))


def _labels(times: pd.DatetimeIndex, grouper: Any) -> Any:
    """The bin of each time."""
    alone = copy.copy(grouper)
    alone.key = alone.level = None
    order = np.argsort(times.to_numpy(), kind="stable")
    sizes = pd.Series(0, index=times[order]).groupby(alone).size()
    sorted_labels = np.repeat(sizes.index.to_numpy(), sizes.to_numpy())
    found = np.empty_like(sorted_labels)
    found[order] = sorted_labels
    return found


def _times(source: State, table: Table, grouper: Any) -> tuple[Hashable, Expr]:
    levels = table.index.levels
    if grouper.key is not None:
        found = table.columns.get(grouper.key) if isinstance(source, Table) else None
        if found is None or any(name == grouper.key for name, _ in levels):
            raise Declined("times that are no column")
        return grouper.key, found
    if len(levels) != 1 or grouper.level not in (None, 0, levels[0][0]):
        raise Declined("times of an index of several levels, or of none")
    return levels[0]
