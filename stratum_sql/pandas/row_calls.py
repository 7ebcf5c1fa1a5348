"""Calls that choose, order or name rows by their labels, where no other translation has them: `layouts.py` has how.

They are tried last. What they are given is pandas' own to read: levels, labels of any type, ways to fill in between.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import is_missing
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.layouts import axis_of, done, plan_of, row_of, rows_by_pandas, standing_in
from stratum_sql.pandas.lazy import Lazy, thawed
from stratum_sql.pandas.operations import OF_ROWS, OPERATIONS, method
from stratum_sql.pandas.series import Series

_ROWS = (None, 0, "index", "rows")
Given = dict[str, Any]


def of_rows(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare how these calls are done over the numbers of rows: a function of the object, the name, the arguments."""

    def declare(rule: Callable[..., Any]) -> Callable[..., Any]:
        for name in names:
            OF_ROWS[name] = _rule(name, rule)
        return rule

    return declare


def _rule(name: str, rule: Callable[..., Any]) -> Callable[[Lazy, Any, Any], Any]:
    def called(owner: Lazy, args: Any, kwargs: Any) -> Any:
        if any(hasattr(one, "__next__") for one in (*args, *kwargs.values())):
            raise Declined("labels that can be read once")
        given = _given(owner, name, args, kwargs)
        return rule(owner, name, {key: one if key in _PARTNERS else thawed(one) for key, one in given.items()})

    return called


_PARTNERS = ("cond", "other", "right", "value", "values")  # arguments that may be other objects in the plan


def recorded(value: Any) -> Any:
    """An object of the plan, also of one of pandas. Raises Declined for anything else."""
    if issubclass(type(value), Lazy):
        return value
    if isinstance(value, pd.DataFrame | pd.Series):
        return Lazy.of(value)
    raise Declined("other than frames and Series")


def _given(owner: Lazy, name: str, args: Any, kwargs: Any) -> Given:
    """The arguments by their names in pandas. Raises Declined."""
    function = getattr(pd.DataFrame if isinstance(owner, DataFrame) else pd.Series, name, None)
    if function is None:
        raise Declined("no call of pandas")
    return given_for(function, (None, *args), kwargs)


def given_for(function: Callable[..., Any], args: Any, kwargs: Any) -> Given:
    """The arguments by their names. Raises Declined."""
    try:
        return dict(inspect.signature(function).bind(*args, **kwargs).arguments)
    except TypeError as error:
        raise Declined("these arguments") from error


def _called(owner: Lazy, name: str, given: Given, fill: Any = None) -> Any:
    given = {key: value for key, value in given.items() if key != "self"}
    return rows_by_pandas(owner, lambda rows: getattr(rows, name)(**given), fill)


def _check_rows(given: Given) -> None:
    if given.get("axis") not in _ROWS:
        raise Declined("labels of columns")


_OF_LABELS: tuple[str, ...] = (
    "droplevel",
    "swaplevel",
    "reorder_levels",
    "set_axis",
    "truncate",
    "add_prefix",
    "add_suffix",
)
_OF_LABELS += ("tz_localize", "tz_convert", "to_period", "to_timestamp", "at_time", "between_time", "asfreq")


@of_rows("sort_index", *_OF_LABELS)
def _renamed(owner: Lazy, name: str, given: Given) -> Any:
    _check_rows(given)
    if name.startswith("add_") and isinstance(owner, DataFrame) and "axis" not in given:
        raise Declined("labels of columns")
    if given.get("inplace") or given.get("fill_value") is not None:
        raise Declined("in place, or filled")
    return _called(owner, name, given)


@of_rows("xs")
def _xs(owner: Lazy, name: str, given: Given) -> Any:
    _check_rows(given)
    arguments = {key: value for key, value in given.items() if key != "self"}
    rows = standing_in(plan_of(owner._state))
    found = done(lambda: rows.xs(**arguments))
    if isinstance(rows, pd.DataFrame) and isinstance(found, pd.Series):
        return row_of(owner, int(found.iloc[0]))
    if isinstance(rows, pd.Series) and not isinstance(found, pd.Series):
        return row_of(owner, int(found))
    return rows_by_pandas(owner, lambda one: one.xs(**arguments))


@of_rows("filter")
def _filter(owner: Lazy, name: str, given: Given) -> Any:
    """By labels of rows, or by a mask of them."""
    if callable(given.get("arg")) or callable(given.get("cond")):
        raise Declined("a mask of the values")
    is_of_columns = given.get("axis") in ((1, "columns") if "cond" in given else (None, 1, "columns"))
    if isinstance(owner, DataFrame) and is_of_columns:
        raise Declined("labels of columns")
    arg = [given[key] for key in ("arg",) if key in given]
    rest = {key: value for key, value in given.items() if key not in ("self", "arg")}
    return rows_by_pandas(owner, lambda rows: rows.filter(*arg, **rest))


def _sides(given: Given, first: str) -> tuple[Given, Any]:
    """The arguments of a call for the rows alone, and for the columns, None if there are none."""
    index, columns, axis = given.get("index"), given.get("columns"), given.get("axis")
    rest = {key: value for key, value in given.items() if key not in ("self", "index", "columns", "axis", first)}
    if given.get(first) is not None:
        if index is not None or columns is not None or axis not in _ROWS:
            raise Declined("labels twice, or of columns")
        index = given[first]
    elif axis is not None or index is None:
        raise Declined("an axis of no labels, or labels of columns")
    return rest | {"index": index}, columns


@of_rows("drop", "reindex", "rename")
def _by_labels(owner: Lazy, name: str, given: Given) -> Any:
    """Of rows; what is said of columns is done before. A `fill_value` is that of new rows."""
    if given.get("inplace") or (name == "rename" and isinstance(owner, Series) and not callable(given.get("index"))
                                and not isinstance(given.get("index"), dict | pd.Series)):  # fmt: skip
        raise Declined("in place, or a name")
    rows, columns = _sides(given, {"drop": "labels", "reindex": "labels", "rename": "mapper"}[name])
    fill = rows.pop("fill_value", None)
    fill = None if is_missing(fill) else fill
    if columns is not None:
        if name == "reindex" and not set(columns) <= set(axis_of(owner)):
            raise Declined("rows and columns that are not there")  # which pandas may fill at once
        beside = {"fill_value": fill} if fill is not None else {}
        beside |= {"errors": rows["errors"]} if "errors" in rows else {}
        owner = getattr(owner, name)(columns=columns, **beside)
    return _called(owner, name, rows, fill)


@of_rows("shift")
def _shift(owner: Lazy, name: str, given: Given) -> Any:
    """Of the labels, by a frequency."""
    _check_rows(given)
    if given.get("freq") is None or isinstance(given.get("periods"), list | tuple | range | np.ndarray):
        raise Declined("values that are shifted")
    return _called(owner, name, given)


@of_rows("__getitem__")
def _getitem(owner: Lazy, name: str, given: Given) -> Any:
    """Rows by a slice, or by booleans of other rows. A Series also by labels."""
    key = given["key"]
    is_mask = isinstance(key, pd.Series | np.ndarray | list) and len(key) > 0 and np.asarray(key).dtype == bool
    if isinstance(owner, Series) and not callable(key):
        rows = standing_in(plan_of(owner._state))
        found = done(lambda: rows[key])
        return (
            rows_by_pandas(owner, lambda one: one[key]) if isinstance(found, pd.Series) else row_of(owner, int(found))
        )
    if not (isinstance(key, slice) or is_mask):
        raise Declined("columns")
    return rows_by_pandas(owner, lambda one: one[key])


def row_labels(owner: Lazy, key: Any) -> Any:
    """`loc` of rows by any key. Raises Declined."""
    rows = standing_in(plan_of(owner._state))
    key = thawed(key)
    found = done(lambda: rows.loc[key])
    if isinstance(found, type(rows)):
        return rows_by_pandas(owner, lambda one: one.loc[key])
    number = found.iloc[0] if isinstance(found, pd.Series) else found
    if not isinstance(number, int | np.integer) or (isinstance(found, pd.Series) and len(found) != 1):
        raise Declined("other than rows by their labels")
    return row_of(owner, int(number))


def mask_of(owner: Lazy, key: Any) -> np.ndarray[Any, Any]:
    """Which rows `loc` finds by a key, each once. Raises Declined."""
    rows, key = standing_in(plan_of(owner._state)), thawed(key)
    found = done(lambda: rows.loc[key])
    numbers = np.ravel(np.asarray(found))
    if numbers.dtype.kind != "i" or len(set(numbers.tolist())) != len(numbers):
        raise Declined("rows twice, or none by their labels")
    mask = np.zeros(len(rows), dtype=bool)
    mask[numbers] = True
    return mask


def _declare(kind: type[Lazy], name: str) -> None:
    """A call that has no translation but this one."""

    @method(kind, name, "of rows by their labels, as pandas finds them")
    def of_labels(self: Lazy, *args: Any, **kwargs: Any) -> Any:
        raise Declined("labels of rows")


for _kind in (DataFrame, Series):
    for _name in (*_OF_LABELS, "xs", "filter"):
        if (_kind.__name__, _name) not in OPERATIONS:
            _declare(_kind, _name)
