"""Methods of DataFrame with a translation."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas import arithmetic, rowwise
from stratum_sql.pandas.aligning import assigned, check_same_labels, labelled, plain, together
from stratum_sql.pandas.alignment import aligned
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.dropping import kept_columns, kept_rows, without_labels
from stratum_sql.pandas.expressions import Expr, dtype_of, is_missing, joined, literal
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.given import by_row, is_extension
from stratum_sql.pandas.kinds import FLOAT, INT, TEXT, carried, objects, shown
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.ndarrays import Array
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Filter, Head, Node, Sort
from stratum_sql.pandas.ranking import ranked
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import (
    condition_of,
    converted,
    filled_at_first,
    is_constant,
    is_label,
    sort_key,
    sort_term,
)
from stratum_sql.pandas.states import Index, Table, Vector

# -- columns -----------------------------------------------------------------------------------------------------------


def columns_or_rows(self: DataFrame, key: Any) -> Any:
    """`df[key]` of a label, a list of labels or a condition. Raises Declined."""
    if isinstance(key, np.ndarray | pd.Index) and key.ndim == 1 and not isinstance(key, pd.MultiIndex):
        key = key.tolist()
    if isinstance(key, list):
        return _projected(self, key)
    if isinstance(key, Lazy):
        return filtered(self, condition_of(self, key))
    if not is_label(key):
        raise Declined(f"a key of type {type(key).__name__}")
    return column_of(self, key)


def column_of(self: DataFrame, label: Hashable) -> Series:
    """`df[label]`, which knows where it is from."""
    series = self._column(label)
    vars(series)["_parent"] = self, label
    return series


def _projected(self: DataFrame, labels: list[Any]) -> DataFrame:
    if not all(is_label(label) for label in labels) or len(set(labels)) != len(labels):
        raise Declined("a list that is not of labels, each once")
    known = self._table.columns
    found = [(label, known.get(label)) for label in labels]
    if any(value is None for _, value in found):
        raise Declined("labels that are not there")  # pandas says which, in its own words
    return self._with(found)


def set_columns(self: DataFrame, key: Any, value: Any) -> None:
    """`df[key] = value` of a label or a list of labels. Raises Declined."""
    if isinstance(key, list | pd.Index) and not isinstance(key, pd.MultiIndex):
        _set_several(self, list(key), value)
        return
    if not is_label(key):
        raise Declined(f"a key of type {type(key).__name__}")
    self._become(_widened(self, key, value))


def _set_several(self: DataFrame, labels: list[Any], value: Any) -> None:
    """A constant in each of the columns, or those of a frame or an array of two dimensions, by their place."""
    if not labels or not all(is_label(label) for label in labels) or len(set(labels)) != len(labels):
        raise Declined("a list that is not of labels, each once")
    if isinstance(value, DataFrame) and isinstance(value._state, Table):
        values: list[Any] = [value._column(label) for label in value._table.columns.labels]
    elif isinstance(value, np.ndarray) and value.ndim == 2:
        values = list(value.T)
    elif is_constant(value):
        values = [value] * len(labels)
    else:
        raise Declined(f"several columns of a {type(value).__name__}")
    if len(values) != len(labels):
        raise Declined("another count of columns")
    found = self
    for label, one in zip(labels, values, strict=True):
        found = with_column(found, label, one)
    self._become(Table(found._table.node, found._table.columns, found._table.index))


def with_column(self: DataFrame, label: Hashable, value: Any) -> DataFrame:
    """The frame with a column more, or another one under its label. Raises Declined."""
    found: DataFrame = Lazy.recorded(_widened(self, label, value), is_frame=True)
    return found


def _widened(self: DataFrame, label: Hashable, value: Any) -> Table:
    state = self._table
    node, found = _values(self, value)
    node, found = assigned(node, label, found, here())
    columns = state.columns.changed(label, found)
    if not columns.is_of_one_kind:
        raise Declined("labels of two kinds")
    return Table(node, columns, state.index)


def _values(self: DataFrame, value: Any) -> tuple[Node, Expr]:
    state = self._table
    if isinstance(value, Series) and isinstance(value._state, Vector):
        try:
            node = together(state.node, value._state.node)
            check_same_labels(state.index, value._state.index)
        except Declined:  # other rows, or the same ones in another order
            return aligned(state, value._state)
        return node, value._state.value
    if isinstance(value, DataFrame) and isinstance(value._state, Table) and len(value._state.columns) == 1:
        return _values(self, value._column(*value._state.columns.labels))
    if isinstance(value, Array):
        return together(state.node, value.recorded._vector.node), value.recorded._vector.value
    if isinstance(value, np.ndarray | pd.Categorical | list) or is_extension(value):
        return by_row(state.node, value)
    if isinstance(value, pd.Index | range) and state.columns:  # by their place
        if isinstance(value, pd.MultiIndex) or not isinstance(getattr(value, "dtype", INT), np.dtype):
            raise Declined("labels of several levels, or of a type that DuckDB has not")
        return by_row(state.node, np.asarray(value, dtype=INT) if isinstance(value, range) else value)
    if isinstance(value, float) and is_missing(value) and state.columns:
        return state.node, Expr(("NULL::DOUBLE",), FLOAT, True)
    if not is_constant(value):
        raise Declined(f"a column of a {type(value).__name__}")
    constant = literal(value, dtype_of(value))
    if constant.dtype == INT:  # DuckDB's constants take the least type that holds them
        constant = Expr(joined("{}::BIGINT", constant), INT)
    return state.node, constant


@method(DataFrame, "assign", "as for single columns; functions are called with the recorded frame")
def _assign(self: DataFrame, **columns: Any) -> Any:
    found = self
    for label, value in columns.items():
        found = with_column(found, label, value(found) if callable(value) else value)
    return found._with(found._table.columns)


@method(DataFrame, "drop", "columns by label; rows by labels of int64 or text")
def _drop(
    self: DataFrame, labels: Any = None, *, axis: Any = 0, index: Any = None, columns: Any = None, errors: str = "raise"
) -> Any:
    if labels is not None and axis in (1, "columns") and columns is None:
        labels, columns = None, labels
    rows = labels if index is None else index
    if columns is None and rows is not None and (labels is None or index is None) and axis in (0, "index"):
        node, left = without_labels(self._table, rows, errors)
        return self._with(self._table.columns, node, left)
    if labels is not None or columns is None:
        raise Declined("labels twice, or none")
    if rows is not None:
        return self.drop(index=rows, errors=errors).drop(columns=columns, errors=errors)
    dropped = list(columns) if isinstance(columns, list | tuple) or hasattr(columns, "tolist") else [columns]
    known = [label for label, _ in self._table.columns]
    if not all(is_label(label) for label in dropped) or (errors != "ignore" and not set(dropped) <= set(known)):
        raise Declined("labels that are not there")
    return self._with((label, value) for label, value in self._table.columns if label not in dropped)


@method(DataFrame, "copy")
def _copy(self: DataFrame, deep: bool = True) -> Any:
    return self._with(self._table.columns)


@method(DataFrame, "select_dtypes", "numbers, booleans, text and numpy's names of dtypes, without a query")
def _select_dtypes(self: DataFrame, include: Any = None, exclude: Any = None) -> Any:
    if any(carried(value.dtype) is not None for _, value in self._table.columns):
        return _selected_by_pandas(self, include, exclude)
    wanted, unwanted = (_tests(one) for one in (include, exclude))
    if include is not None and exclude is not None and _names(include) & _names(exclude):
        raise Declined("include and exclude, which overlap")
    if not wanted and not unwanted:
        raise Declined("neither include nor exclude")
    return self._with(
        (label, value)
        for label, value in self._table.columns
        if (not wanted or any(test(value.dtype) for test in wanted)) and not any(test(value.dtype) for test in unwanted)
    )


def _names(kinds: Any) -> set[str]:
    listed = list(kinds) if isinstance(kinds, list | tuple) else [kinds]
    return {"number" if kind is np.number else str(getattr(kind, "__name__", kind)).rstrip("_") for kind in listed}


def _selected_by_pandas(self: DataFrame, include: Any, exclude: Any) -> DataFrame:
    """Pandas knows which dtypes of its own are numbers: it is asked of columns without rows."""
    columns = list(self._table.columns)
    with object_mode():
        empty = pd.DataFrame({at: pd.Series([], dtype=shown(value.dtype)) for at, (_, value) in enumerate(columns)})
        try:
            found = empty.select_dtypes(include, exclude).columns
        except (TypeError, ValueError):
            raise Declined("dtypes that pandas does not know") from None
    return self._with(columns[at] for at in found)


def _tests(kinds: Any) -> list[Callable[[Any], bool]]:
    listed = [] if kinds is None else list(kinds) if isinstance(kinds, list | tuple) else [kinds]
    if not all(isinstance(kind, str | type | np.dtype) for kind in listed):
        raise Declined("other than names of dtypes")
    return [_test(kind) for kind in listed]


_KINDS: dict[Any, str] = {  # to NumPy a span of time is an integer
    "number": "iufm", np.number: "iufm", "integer": "iu", np.integer: "iu", "floating": "f", np.floating: "f",
    "float": "f", float: "f", "bool": "b", bool: "b", np.bool_: "b", "category": "C", pd.CategoricalDtype: "C",
    "datetime": "M", "datetime64": "M", np.datetime64: "M", "timedelta": "m", "timedelta64": "m", np.timedelta64: "m",
    "datetimetz": "",
}  # fmt: skip


def _test(kind: Any) -> Callable[[Any], bool]:
    if isinstance(kind, np.dtype):
        if kind.kind not in "iufb":
            raise Declined(f"dtypes like {kind}")
        return lambda dtype: bool(dtype == kind)
    if kind in _KINDS:
        return lambda dtype: dtype.kind in _KINDS[kind] if _KINDS[kind] else False
    if kind in ("object", object, np.object_):
        return lambda dtype: bool(dtype == TEXT or objects(dtype) is not None)
    if kind in ("int", int):
        return lambda dtype: dtype in (INT, np.dtype("int32"))
    if kind in ("int64", "float64", "int32", "float32", "int16", "int8", np.int64, np.float64):
        return lambda dtype: bool(dtype == np.dtype(kind))
    raise Declined(f"dtypes like {kind}")


# -- each value --------------------------------------------------------------------------------------------------------


def each(self: DataFrame, change: Callable[[Hashable, Expr], Expr]) -> DataFrame:
    """The frame with each column changed, in a column of its own if it is not as it was."""
    node, found = self._table.node, []
    for label, value in self._table.columns:
        changed = change(label, value)
        if changed is not value:
            node, changed = assigned(node, label, changed, here())
        found.append((label, changed))
    return self._with(found, node)


@method(
    DataFrame,
    "fillna",
    "a constant of the columns' type, also with a limit, a dict of such by label, or a Series that was run",
)
def _fillna(self: DataFrame, value: Any = None, *, axis: Any = 0, limit: Any = None) -> Any:
    if axis not in (0, "index") and not (axis in (1, "columns") and limit is None and is_constant(value)):
        raise Declined("values along the columns")
    if limit is not None:
        if not is_constant(value):
            raise Declined("a limit beside other than a constant")
        return _filled_at_first(self, value, limit)
    if isinstance(value, Series):
        return _filled_by(self, value)
    if isinstance(value, dict):
        known = value
        return each(self, lambda label, held: rowwise.filled(held, known[label]) if label in known else held)
    if not is_constant(value):
        raise Declined(f"filled with a {type(value).__name__}")
    return each(self, lambda _, held: rowwise.filled(held, value))


def _filled_at_first(self: DataFrame, value: Any, limit: Any) -> DataFrame:
    """With a constant, in each column at most so many times."""
    node, found = self._table.node, []
    for label, held in self._table.columns:
        node, changed = filled_at_first(node, held, value, limit)
        found.append((label, changed))
    return self._with(found, node)


def _filled_by(self: DataFrame, numbers: Series) -> DataFrame:
    """With a number for each label: `df.fillna(df.mean())`."""
    if not isinstance(numbers._state, Vector) or not numbers._state.kept:
        raise Declined("filled with a Series that was not run")
    given = numbers._state.kept[0]
    if not given.index.is_unique or given.dtype not in (INT, FLOAT):
        raise Declined("labels that come twice, or other than int64 and float64")
    known = dict(zip(given.index, given.array, strict=True))

    def of(label: Hashable, held: Expr) -> Expr:
        return rowwise.filled(held, known[label]) if label in known and held.nullable else held

    return each(self, of)


@method(DataFrame, "isna")
def _isna(self: DataFrame) -> Any:
    return each(self, lambda _, held: rowwise.missing(held))


@method(DataFrame, "isnull")
def _isnull(self: DataFrame) -> Any:
    return _isna(self)


@method(DataFrame, "notna")
def _notna(self: DataFrame) -> Any:
    return each(self, lambda _, held: rowwise.there(held))


@method(DataFrame, "notnull")
def _notnull(self: DataFrame) -> Any:
    return _notna(self)


@method(DataFrame, "__neg__", "signed numbers")
def _neg(self: DataFrame) -> Any:
    return each(self, lambda _, held: arithmetic.minus(held))


@method(DataFrame, "abs")
def _abs(self: DataFrame) -> Any:
    return each(self, lambda _, held: arithmetic.plus_minus(held))


@method(DataFrame, "astype", "one dtype, or a dict by label, as for Series")
def _astype(self: DataFrame, dtype: Any) -> Any:
    known = dtype if isinstance(dtype, dict) else {label: dtype for label, _ in self._table.columns}
    if not set(known) <= {label for label, _ in self._table.columns}:
        raise Declined("labels that are not there")
    found = self
    for label, wanted in known.items():
        found = with_column(found, label, converted(found._column(label), wanted))
    return found._with(found._table.columns)


# -- rows --------------------------------------------------------------------------------------------------------------


def filtered(frame: DataFrame, condition: Series) -> DataFrame:
    """The rows where the condition holds, each with its label."""
    if condition.dtype != bool:
        raise Declined("a selection that is no condition")
    node, index = labelled(frame._table, here())
    node = together(node, condition._vector.node)
    kept = Filter(place=here(), names=node.base.names, child=node, condition=condition._vector.value)
    return frame._with(frame._table.columns, kept, index)


@method(DataFrame, "dropna", "rows by all columns or `subset`, or columns; how, thresh, ignore_index")
def _dropna(
    self: DataFrame,
    *,
    axis: Any = 0,
    how: Any = ...,
    thresh: Any = ...,
    subset: Any = None,
    ignore_index: Any = False,
) -> Any:
    if how is None or thresh is None:
        raise Declined("no how, or no thresh")  # which pandas tells from one that was not given
    how, thresh = None if how is ... else how, None if thresh is ... else thresh
    found = _without_missing(self, axis, how, thresh, subset)
    if type(ignore_index) is not bool or (ignore_index and axis not in (0, "index")):
        raise Declined("columns without labels")
    return found._with(found._table.columns, index=Index(())) if ignore_index else found


def _without_missing(self: DataFrame, axis: Any, how: Any, thresh: Any, subset: Any) -> DataFrame:
    if axis in (1, "columns") and subset is None:
        return self._with(kept_columns(self._table, how, thresh))
    if axis not in (0, "index"):
        raise Declined("columns dropped by some rows")
    labels = [label for label, _ in self._table.columns] if subset is None else subset
    labels = list(labels) if isinstance(labels, list | np.ndarray | pd.Index) else [labels]
    known = dict(self._table.columns)
    if not all(is_label(label) and label in known for label in labels):
        raise Declined("labels that are not there")
    condition = kept_rows([known[label] for label in labels], how, thresh)
    if condition is None:
        return self._with(self._table.columns)
    node, index = labelled(self._table, here())
    kept = Filter(place=here(), names=node.base.names, child=node, condition=condition)
    return self._with(self._table.columns, kept, index)


@method(DataFrame, "head", "a count that is not negative")
def _head(self: DataFrame, n: int = 5) -> Any:
    if type(n) is not int or n < 0:
        raise Declined("a negative count")
    node = self._table.node
    first = Head(place=here(), names=node.base.names, child=node, start=0, stop=n)
    return self._with(self._table.columns, first)


@method(
    DataFrame,
    "sort_values",
    "by labels, also of the index; one label with ties needs kind='stable' or 'mergesort'; na_position; simple keys",
)
def _sort_values(
    self: DataFrame,
    by: Any,
    *,
    axis: Any = 0,
    ascending: Any = True,
    kind: str = "quicksort",
    na_position: str = "last",
    ignore_index: bool = False,
    key: Any = None,
) -> Any:
    labels = by if isinstance(by, list) else [by]
    directions = list(ascending) if isinstance(ascending, list | tuple) else [ascending] * len(labels)
    if axis not in (0, "index") or len(directions) != len(labels):
        raise Declined("columns sorted, or directions of other than the labels")
    if not labels:
        return self._with(self._table.columns)
    kind = kind if len(labels) == 1 else "stable"  # pandas sorts by several keys by way of their codes, stably
    node, index = labelled(self._table, here())
    terms, untied = [], None
    for label, direction in zip(labels, directions, strict=True):
        node, value = plain(node, _sorted_by(self, label), here())
        column = Lazy.recorded(Vector(node, value, label, self._table.index), is_frame=False)
        node, value = ranked(*sort_key(column, key))
        term, untied = sort_term(value, direction, kind, na_position)
        terms.append(term)
    index = Index(()) if ignore_index is True else index
    node = Sort(place=here(), names=node.base.names, child=node, keys=tuple(terms), untied=untied)
    return self._with(self._table.columns, node, index)


def _sorted_by(self: DataFrame, label: Any) -> Expr:
    """The column of a label, or the level of the index with that name. Raises Declined."""
    if not is_label(label):
        raise Declined("labels that are not there")
    levels = [value for name, value in self._table.index.levels if name == label]
    found = self._table.columns.get(label)
    if len(levels) + (found is not None) != 1:
        raise Declined("labels that are not there, or of two")
    return levels[0] if found is None else found
