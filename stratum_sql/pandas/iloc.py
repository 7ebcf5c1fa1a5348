"""Rows by their numbers: `iloc`, `df[a:b]`, `tail`, `sample`, `take`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas import listed_values, rowwise, stand_ins
from stratum_sql.pandas.aligning import numbered
from stratum_sql.pandas.axes import Named, as_named
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, is_missing, joined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.given import by_row, count
from stratum_sql.pandas.indexers import (
    MOST_LISTED,
    Indexer,
    are_booleans,
    read,
)
from stratum_sql.pandas.kinds import BOOL
from stratum_sql.pandas.lazy import Lazy, own
from stratum_sql.pandas.operations import OPERATIONS, Operation, method, with_recipe
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_constant
from stratum_sql.pandas.setting import put_columns, put_in_frame, put_in_series, put_row
from stratum_sql.pandas.states import State, Table, Vector
from stratum_sql.pandas.taking import by_numbers, from_to, state_of

_NOTE = "a number, a slice, a list or array of numbers or booleans, and the same for columns; set to a constant"
for _owner in ("DataFrame", "Series"):
    OPERATIONS[_owner, "iloc"] = Operation(_owner, "iloc", _NOTE)


class Iloc(Indexer):
    """`df.iloc` and `series.iloc`."""

    name = "iloc"

    def take(self, key: Any) -> Any:
        rows, owner = key, self.owner
        if isinstance(key, tuple):
            rows, columns = self._pair(key)
            owner = self._columns(columns)
        if isinstance(owner._state, Named):
            return self.rows_of(owner, rows)
        if _is_number(rows):
            return read(owner, lambda: _row(owner, int(rows)), lambda all_: all_.iloc[rows], lambda one: one.iloc[0])
        if isinstance(rows, slice):
            return from_to(owner, rows)
        return by_numbers(owner, _numbers(rows))

    def _columns(self, columns: Any) -> Any:
        try:
            return _columns(self.owner, columns)
        except Declined:
            return stand_ins.chosen(as_named(self.owner._table), self._chooses(columns))

    def _pair(self, key: tuple[Any, ...]) -> tuple[Any, Any]:
        state_of(self.owner)
        if len(key) != 2 or isinstance(self.owner, Series):
            raise Declined("numbers of several axes")
        return key

    def put(self, key: Any, value: Any) -> State:
        rows, columns = self._pair(key) if isinstance(key, tuple) else (key, None)
        if listed_values.is_array(rows, value) and not are_booleans(rows) and (columns is None or _is_number(columns)):
            return self._put_array(rows, columns, value)
        node, condition = _where(self.owner, rows)
        if isinstance(self.owner, Series):
            return put_in_series(self.owner, node, condition, value)
        if isinstance(value, Lazy) or (columns is None and not (is_constant(value) or is_missing(value))):
            raise Declined("values by row")
        labels = [label for label, _ in self.owner._table.columns]
        if columns is None:
            return put_in_frame(self.owner, node, condition, labels, value)
        if isinstance(rows, slice) and rows == slice(None) and isinstance(value, np.ndarray) and _is_number(columns):
            return put_columns(self.owner, labels_at(labels, columns), value, alone=True)
        if _is_number(rows) and isinstance(value, list | tuple | np.ndarray):
            found = labels[columns] if isinstance(columns, slice) else labels_at(labels, columns)
            return put_row(self.owner, node, condition, found, value)
        found = labels[columns] if isinstance(columns, slice) else labels_at(labels, columns)
        return put_in_frame(self.owner, node, condition, found, value)

    def _put_array(self, rows: Any, column: Any, value: Any) -> State:
        """One value for each of the rows, in a Series or one column. Raises Declined."""
        if (column is None) != isinstance(self.owner, Series):
            raise Declined("values by row")
        node, number, listed = _listed(self.owner, rows)
        if column is None:
            return listed_values.put(self.owner, node, number, listed, value)
        labels = [label for label, _ in self.owner._table.columns]
        return listed_values.put(self.owner, node, number, listed, value, *labels_at(labels, column))


def labels_at(labels: list[Any], columns: Any) -> list[Any]:
    """The labels of those columns, by number or a list of numbers. Raises Declined."""
    listed = [columns] if _is_number(columns) else list(_numbers(columns))
    if not all(_is_number(one) and -len(labels) <= one < len(labels) for one in listed):
        raise Declined("columns by other than their numbers")
    return [labels[one] for one in listed]


def _columns(owner: Any, columns: Any) -> Any:
    labels = [label for label, _ in owner._table.columns]
    if _is_number(columns):
        return owner._column(labels_at(labels, columns)[0])
    found = labels[columns] if isinstance(columns, slice) else labels_at(labels, columns)
    if len(set(found)) != len(found):
        raise Declined("a column twice")
    known = dict(owner._table.columns)
    return owner._with((label, known[label]) for label in found)


def _numbers(rows: Any) -> Any:
    if isinstance(rows, pd.Index | np.ndarray | list | range):
        return rows
    if issubclass(type(rows), Lazy) and rows.dtype.kind in "iu":
        return rows.to_pandas().to_numpy()
    raise Declined(f"rows by a {type(rows).__name__}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _row(owner: Any, number: int) -> Any:
    number = number if number >= 0 else number + count(state_of(owner).node)
    if number < 0:
        raise Declined("a row that is not there")
    return from_to(owner, slice(number, number + 1))


def _where(owner: Any, rows: Any) -> tuple[Node, Expr]:
    state = state_of(owner)
    total = count(state.node)
    if isinstance(rows, slice):
        listed: Any = range(*rows.indices(total))
    elif are_booleans(rows) and len(rows) == total:
        return by_row(state.node, np.asarray(rows))
    else:
        listed = [rows] if _is_number(rows) else list(_numbers(rows))
    if not all(_is_number(one) and -total <= one < total for one in listed):
        raise Declined("rows that are not there")
    node, number = numbered(state.node, here())
    if isinstance(listed, range) and listed.step == 1 and len(listed):
        test = f"({{}} BETWEEN {listed[0]} AND {listed[-1]})"
        return node, Expr(joined(test, number), BOOL)
    found = [int(one) + total * (one < 0) for one in listed]
    if len(found) > MOST_LISTED:
        return listed_values.among(node, number, np.array(found))
    return node, rowwise.is_among(number, found)


def _listed(owner: Any, rows: Any) -> tuple[Node, Expr, np.ndarray[Any, Any]]:
    """The numbers of rows, none from the end, beside that of each row. Raises Declined."""
    state = state_of(owner)
    total, listed = count(state.node), np.asarray(_numbers(rows))
    if listed.dtype.kind not in "iu" or not (-total <= listed.min() <= listed.max() < total):
        raise Declined("rows that are not there")
    node, number = numbered(state.node, here())
    return node, number, np.where(listed < 0, listed + total, listed).astype(np.int64)


def _iloc(self: Any) -> Iloc:
    return Iloc(self)


for _kind in (DataFrame, Series):
    _kind.iloc = property(_iloc, doc="`iloc` of pandas.")  # type: ignore[attr-defined]


def _with_draw(found: Any, made: Callable[[], Any]) -> Any:
    """The same rows, which pandas could make without drawing again."""
    state = state_of(found)
    if isinstance(state, Table):
        table = Table(state.node, state.columns, state.index)
        return Lazy.recorded(with_recipe(table, made), is_frame=True)
    vector = Vector(state.node, state.value, state.name, state.index)
    return Lazy.recorded(with_recipe(vector, made), is_frame=False)


# -- methods -----------------------------------------------------------------------------------------------------------


def _declare(owner: type[Lazy]) -> None:
    def tail(self: Any, n: int = 5) -> Any:
        if type(n) is not int or n < 0:
            raise Declined("a negative count")
        rows = count(state_of(self).node)
        return from_to(self, slice(max(rows - n, 0), None))

    def take(self: Any, indices: Any, axis: Any = 0) -> Any:
        if axis in (1, "columns") and isinstance(self, DataFrame):
            return _columns(self, list(_numbers(indices)))
        if axis not in (0, "index"):
            raise Declined("this axis")
        return by_numbers(self, _numbers(indices))

    def sample(
        self: Any,
        n: Any = None,
        frac: Any = None,
        replace: bool = False,
        weights: Any = None,
        random_state: Any = None,
        axis: Any = None,
        ignore_index: bool = False,
    ) -> Any:
        if axis not in (None, 0, "index") or type(ignore_index) is not bool:
            raise Declined("columns drawn, or what is no boolean")
        if weights is not None and not isinstance(weights, list | np.ndarray):
            raise Declined("weights that have labels")
        state, options = state_of(self), {"n": n, "frac": frac, "replace": replace, "weights": weights}
        rows = pd.Series(range(count(state.node)))
        drawn = rows.sample(random_state=random_state, **options).to_numpy()  # once: a generator goes on
        found = by_numbers(self, drawn)
        if ignore_index:
            found = found.reset_index(drop=True)

        def made() -> Any:
            taken = own(state).take(drawn)
            return taken.reset_index(drop=True) if ignore_index else taken

        return _with_draw(found, made)

    method(owner, "tail", "a count that is not negative")(tail)
    method(owner, "take", "rows by number")(take)
    method(owner, "sample", "without labels of weights; drawn where the call is")(sample)


for _kind in (DataFrame, Series):
    _declare(_kind)
