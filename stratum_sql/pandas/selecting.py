"""`df[…]` and `series[…]`: columns, rows by a condition, a slice or a label, and values set there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.aligning import check_same_labels, together
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.frame_methods import column_of, columns_or_rows, set_columns
from stratum_sql.pandas.iloc import Iloc
from stratum_sql.pandas.indexers import Loc, are_booleans
from stratum_sql.pandas.kinds import INT, TEXT
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import condition_of, filtered, is_constant, is_label
from stratum_sql.pandas.setting import changed_where
from stratum_sql.pandas.states import State, Table
from stratum_sql.pandas.taking import between_labels, by_numbers, from_to, state_of


@method(
    DataFrame,
    "__getitem__",
    "a label, a list or array of labels, a condition over the same rows or one a row, a slice of numbers, a function",
)
def _of_frame(self: DataFrame, key: Any) -> Any:
    if type(key) is str:
        return column_of(self, key)
    if issubclass(type(key), Lazy):
        return columns_or_rows(self, key)
    if isinstance(key, slice):
        return _sliced(self, key)
    if callable(key):
        return self[key(self)]
    if are_booleans(key):
        return by_numbers(self, np.asarray(key))
    return columns_or_rows(self, list(key) if isinstance(key, pd.Index) and key.dtype != bool else key)


@method(
    DataFrame,
    "__setitem__",
    "labels, a condition or a slice; a constant, a Series over the same rows, numpy.where of such, an array or list",
)
def _put_in_frame(self: DataFrame, key: Any, value: Any) -> None:
    if type(key) is str or isinstance(key, list):
        set_columns(self, key, value)
    elif issubclass(type(key), DataFrame):
        self._become(_where_holds(self, key, value))
    elif issubclass(type(key), Series) and (is_constant(value) or is_nan(value)):
        self._become(Loc(self).put(key, value))
    elif isinstance(key, slice) and (is_constant(value) or is_nan(value)):
        if not all(part is None or type(part) is int for part in (key.start, key.stop, key.step)):
            raise Declined("a slice of labels")
        if any(level.dtype not in (INT, TEXT) for _, level in self._table.index.levels):
            raise Declined("an index of other than integers or texts")
        self._become(Iloc(self).put(key, value))
    else:
        set_columns(self, key, value)


def _where_holds(self: DataFrame, condition: DataFrame, value: Any) -> Table:
    """The frame with a constant in the cells where a condition holds. Raises Declined."""
    if not isinstance(condition._state, Table) or not (is_constant(value) or is_nan(value)):
        raise Declined("a condition that only pandas can hold, or values by row")
    state, tests = self._table, dict(condition._table.columns)
    check_same_labels(state.index, condition._table.index)
    if list(tests) != state.columns.labels or any(test.dtype != bool for test in tests.values()):
        raise Declined("a condition of other columns, or that is not boolean")
    node, columns = together(state.node, condition._table.node), dict(state.columns)
    for label, test in tests.items():
        node, columns[label] = changed_where(self, node, test, label, columns[label], value)
    return Table(node, columns.items(), state.index)


@method(Series, "__getitem__", "a condition over the same rows, a slice of numbers, a label, a list of labels")
def _of_series(self: Series, key: Any) -> Any:
    if isinstance(key, slice):
        return _sliced(self, key)
    if is_label(key) or isinstance(key, list | np.ndarray | pd.Index):
        return Loc(self).take(key)
    return filtered(self, condition_of(self, key))


@method(
    Series,
    "__setitem__",
    "where a condition holds, by label, a slice; a constant or a Series over the same rows",
)
def _put(self: Series, key: Any, value: Any) -> None:
    if isinstance(key, tuple) or (issubclass(type(key), Lazy) and key.dtype != bool):
        raise Declined(f"a key of type {type(key).__name__}")
    self._become(_put_slice(self, key, value) if isinstance(key, slice) else Loc(self).put(key, value))


def _put_slice(self: Series, key: slice, value: Any) -> State:
    """A constant in the rows of a slice, whose numbers are those of rows."""
    parts = (key.start, key.stop, key.step)
    if any(part is not None and type(part) is not int for part in parts) or not (is_constant(value) or is_nan(value)):
        raise Declined("a slice of labels, or values by row")
    if any(level.dtype not in (INT, TEXT) for _, level in state_of(self).index.levels):
        raise Declined("an index of other than integers or texts")
    return Iloc(self).put(key, value)


def is_nan(value: Any) -> bool:
    """Whether a value is NumPy's NaN, as which pandas has a missing one."""
    return isinstance(value, float) and value != value


def _sliced(owner: Any, key: slice) -> Any:
    """Numbers are numbers of rows, texts are labels."""
    levels = state_of(owner).index.levels
    ends = [end for end in (key.start, key.stop) if end is not None]
    if any(level.dtype not in (INT, TEXT) for _, level in levels):
        raise Declined("an index of other than integers or texts")
    if ends and all(isinstance(end, str) for end in ends):
        return between_labels(owner, key)
    return from_to(owner, key)
