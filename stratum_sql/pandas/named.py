"""Calls of frames whose labels are beside their plan: what is over the plan, and what is done with the labels.

Calls that touch no labels are those of the plan, and the labels are put to what comes out. Where labels are arguments,
pandas finds them among the labels of one row (`stand_ins.py`). For all others the frame is one that pandas holds.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.axes import Named, laid
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, is_missing
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import FLOAT
from stratum_sql.pandas.lazy import Lazy, thawed
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.named_calls import Call, of_labels, of_named
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.stand_ins import (
    NEW,
    by_label,
    chosen,
    done,
    is_name,
    numbers,
    plain,
    recorded,
    under,
    unnamed,
)
from stratum_sql.pandas.states import Index, Table, Vector

MISSING = Expr(("NULL::DOUBLE",), FLOAT, True)  # a column that was not there

# -- calls that touch no labels ----------------------------------------------------------------------------------------

_COLUMNS = (1, "columns")
_FREE = "abs round astype isna notna isnull notnull head tail sample copy ffill bfill shift "
_FREE += "diff pct_change cumsum cumprod cummax cummin rank clip isin map select_dtypes"


@of_named(*_FREE.split())
def _free(call: Call) -> Any:
    given = [*call.args, *call.kwargs.values()]
    if any(issubclass(type(one), Lazy) or isinstance(one, dict | pd.DataFrame | pd.Series) for one in given):
        raise Declined("labels beside labels")
    return under(call.state, call.over(*call.args, **call.kwargs))


@of_named("replace")
def _replace(call: Call) -> Any:
    """Of values: a dict may say which columns."""
    return _free(call)


@of_named("sum", "mean", "min", "max", "count", "median", "nunique", "std", "var", "sem", "any", "all", "prod")
def _reduced(call: Call) -> Any:
    """A Series over the labels, or over the rows."""
    axis = call.argument(0, "axis", 0)
    found = _over_some(call)
    return by_label(call.state, found, ("index",)) if axis in (0, "index") and isinstance(found, Series) else found


def _over_some(call: Call) -> Any:
    if not len(call.state.axis):
        raise Declined("no columns")
    return call.over(*call.args, **call.kwargs)


@of_named("quantile")
def _quantile(call: Call) -> Any:
    found = _over_some(call)
    return by_label(call.state, found, ("index",) if isinstance(found, Series) else ("columns",))


@of_named("agg", "aggregate")
def _aggregated(call: Call) -> Any:
    if not isinstance(call.argument(0, "func"), str):
        raise Declined("several aggregates of labels beside the plan")
    found = _over_some(call)
    return by_label(call.state, found, ("index",)) if isinstance(found, Series) else found


@of_named("describe")
def _described(call: Call) -> Any:
    return by_label(call.state, _over_some(call))


@of_named("corr", "cov")
def _pairs(call: Call) -> Any:
    return by_label(call.state, _over_some(call), ("index", "columns"))


_WORDS = "add sub mul truediv floordiv mod pow lt le gt ge eq ne".split()  # noqa: SIM905
_WORDS += ["subtract", "multiply", "div", "divide"]


@of_named(*(f"__{word}__" for word in _WORDS), *(f"__r{word}__" for word in ("add", "sub", "mul", "truediv")), *_WORDS)
def _arithmetic(call: Call) -> Any:
    other = call.argument(0, "other")
    of_rows = call.argument(1, "axis", 1) in (0, "index")
    if not (isinstance(other, Series) and of_rows):
        other = _beside(call, other)
    return under(call.state, call.with_argument(0, "other", other))


def _beside(call: Call, other: Any) -> Any:
    """A frame or Series of the same labels, under those of the plan; anything else as it is. Raises Declined."""
    labels = call.state.table.columns.labels
    if isinstance(other, DataFrame):
        if not isinstance(other._state, Named) or not other._state.axis.identical(call.state.axis):
            raise Declined("a frame of other labels")
        table = other._state.table
        columns = zip(labels, (value for _, value in table.columns), strict=True)
        return Lazy.recorded(Table(table.node, columns, table.index), is_frame=True)
    if isinstance(other, Series):
        if not isinstance(other._state, Vector) or not other._state.kept:
            raise Declined("a Series that was not run")
        with object_mode():
            if not other._state.kept[0].index.identical(call.state.axis):
                raise Declined("a Series of other labels")
            return Lazy.of(other._state.kept[0].set_axis(labels))
    if isinstance(other, pd.DataFrame | pd.Series):
        raise Declined("labels beside labels")
    return other


@of_named("where", "mask")
def _where(call: Call) -> Any:
    condition = call.argument(0, "cond")
    if not isinstance(condition, DataFrame) or isinstance(call.argument(1, "other"), Lazy):
        raise Declined("a condition that is no frame")
    return under(call.state, call.with_argument(0, "cond", _beside(call, condition)))


@of_named("dropna")
def _dropna(call: Call) -> Any:
    subset = call.kwargs.get("subset")
    if subset is None or call.kwargs.get("axis", 0) in _COLUMNS:
        return _free(call)
    if isinstance(subset, tuple):  # several labels to pandas
        raise Declined("labels in a tuple")
    return under(call.state, call.over(**call.kwargs | {"subset": call.label(_listed(subset))}))


def _listed(labels: Any) -> Any:
    return list(labels) if isinstance(labels, list | pd.Index | np.ndarray) else [labels]


@of_named("fillna")
def _fillna(call: Call) -> Any:
    value = call.argument(0, "value")
    if issubclass(type(value), Lazy) and not call.state.axis.is_unique:
        raise Declined("several columns of one label")
    if isinstance(value, dict):
        value = {call.label(label): one for label, one in value.items() if label in call.state.axis}
    return under(call.state, call.with_argument(0, "value", _beside(call, value)))


@of_named("astype", "round")
def _by_dict(call: Call) -> Any:
    told = call.argument(0, "dtype" if "dtype" in call.kwargs else "decimals")
    if not isinstance(told, dict):
        return _free(call)
    known = {call.label(label): one for label, one in told.items()}
    return under(call.state, call.with_argument(0, "dtype" if "dtype" in call.kwargs else "decimals", known))


@of_named("sort_values")
def _sort_values(call: Call) -> Any:
    by = call.argument(0, "by")
    names = [name for name, _ in call.state.table.index.levels]
    if any(one in names for one in (by if isinstance(by, list) else [by])):
        raise Declined("names of the index")
    return under(call.state, call.with_argument(0, "by", call.label(by)))


@of_named("drop_duplicates", "duplicated")
def _subset(call: Call) -> Any:
    subset = call.argument(0, "subset")
    if subset is None:
        return under(call.state, _over_some(call))
    return under(call.state, call.with_argument(0, "subset", call.label(_listed(subset))))


@of_named("nlargest", "nsmallest")
def _largest(call: Call) -> Any:
    return under(call.state, call.with_argument(1, "columns", call.label(call.argument(1, "columns"))))


@of_named("query")
def _query(call: Call) -> Any:
    """Of columns whose labels are texts, each of one; the others have none there that an expression can name."""
    twice, table = call.state.axis.duplicated(keep=False), call.state.table
    labels = [
        label if isinstance(label, str) and not again else f"column {place}"
        for place, (label, again) in enumerate(zip(call.state.axis, twice, strict=True))
    ]
    columns = zip(labels, (value for _, value in table.columns), strict=True)
    found = call.method(recorded(Table(table.node, columns, table.index)), *call.args, **call.kwargs)
    return under(call.state, found, labels)


@of_named("merge", "join")
def _merge(call: Call) -> Any:
    """With a frame whose labels have no name: then those of both have none."""
    other = call.args[0] if call.args else call.kwargs.get("right", call.kwargs.get("other"))
    without = unnamed(call.frame)
    if not isinstance(other, DataFrame) or not isinstance(other._state, Table) or not isinstance(without._state, Table):
        raise Declined("labels beside labels")
    return call.method(without, *call.args, **call.kwargs)


@of_named("pipe")
def _pipe(call: Call) -> Any:
    return call.method(call.frame, *call.args, **call.kwargs)


@of_named("keys")
def _keys(call: Call) -> Any:
    return call.frame.columns


# -- columns by label --------------------------------------------------------------------------------------------------


def _is_of_columns(call: Call, place: int | None, default: Any) -> bool:
    axis = call.kwargs.get("axis", default) if place is None else call.argument(place, "axis", default)
    return axis in _COLUMNS


def _by_pandas(call: Call) -> Any:
    """What pandas does with the labels, and the columns that it leaves."""
    if any(hasattr(one, "__next__") for one in (*call.args, *call.kwargs.values())):
        raise Declined("labels that can be read once")
    args, kwargs = thawed((call.args, call.kwargs))
    return chosen(call.state, lambda frame: getattr(frame, call.name)(*args, **kwargs))


def _only(call: Call, *names: str) -> bool:
    return not call.args and names[0] in call.kwargs and set(call.kwargs) <= set(names)


@of_labels("sort_index")
def _sort_index(call: Call) -> Any:
    return _by_pandas(call) if _is_of_columns(call, None, 0) else _free(call)


@of_labels("take")
def _take(call: Call) -> Any:
    return _by_pandas(call) if _is_of_columns(call, 1, 0) else _free(call)


@of_labels("__getitem__")
def _getitem(call: Call) -> Any:
    (key,) = call.args
    is_condition = isinstance(key, Lazy | np.ndarray | pd.Series | list | pd.Index) and _is_boolean(key)
    if isinstance(key, DataFrame | pd.DataFrame) or callable(key) or hasattr(key, "__next__"):
        raise Declined(f"a key of type {type(key).__name__}")
    if isinstance(key, slice) or is_condition:
        return under(call.state, call.over(key))
    key = thawed(key)
    if isinstance(key, list | np.ndarray | pd.Series | pd.Index) and any(isinstance(one, _BOOLEAN) for one in key):
        raise Declined("booleans among labels")
    return chosen(call.state, lambda frame: frame[key])


def _is_boolean(key: Any) -> bool:
    if isinstance(key, DataFrame):
        return False
    if isinstance(key, list):
        return bool(key) and all(isinstance(one, _BOOLEAN) for one in key)
    return bool(key.dtype == bool)


_BOOLEAN = (bool, np.bool_)


@of_named("get")
def _get(call: Call) -> Any:
    key = call.argument(0, "key")
    try:
        return chosen(call.state, lambda frame: frame[key])
    except Declined:
        with object_mode():
            if isinstance(key, Hashable) and key not in call.state.axis:
                return call.argument(1, "default")
        raise


@of_labels("drop")
def _drop(call: Call) -> Any:
    if _only(call, "columns", "level", "errors") or _is_of_columns(call, None, 0):
        return _by_pandas(call)
    if call.kwargs.get("columns") is not None:
        raise Declined("rows and columns at once")
    return _free(call)


@of_labels("rename")
def _rename(call: Call) -> Any:
    if not _only(call, "columns", "level", "errors") and not (_is_of_columns(call, None, 0) and len(call.args) == 1):
        raise Declined("rows renamed")
    return _by_pandas(call)


@of_labels("reindex")
def _reindex(call: Call) -> Any:
    """A label that is not there gives a column of missing values."""
    kwargs = {name: one for name, one in call.kwargs.items() if name != "fill_value" or not is_missing(one)}
    of_columns = set(kwargs) == {"columns"} or (set(kwargs) <= {"labels", "axis"} and _is_of_columns(call, None, 0))
    if not of_columns and (set(kwargs) & {"columns"} or _is_of_columns(call, None, 0)):
        raise Declined("rows and columns at once, or labels filled")
    if not of_columns:
        return _free(call)
    args, kwargs = thawed((call.args, kwargs))
    if any(value.dtype == np.float32 for _, value in call.state.table.columns):
        raise Declined("columns beside those of float32")
    return chosen(call.state, lambda frame: _with_some(frame.reindex(*args, **kwargs, fill_value=NEW)), MISSING)


def _with_some(found: pd.DataFrame) -> pd.DataFrame:
    if all(number == NEW for number in numbers(found)):
        raise Declined("none of the columns")
    return found


@of_labels("add_prefix", "add_suffix")
def _affixed(call: Call) -> Any:
    if call.argument(1, "axis") not in (None, 1, "columns"):
        raise Declined("labels of rows")
    return _by_pandas(call)


@of_labels("filter")
def _filter(call: Call) -> Any:
    if call.argument(3, "axis") not in (None, 1, "columns"):
        raise Declined("rows by their labels")
    return _by_pandas(call)


@of_labels("rename_axis")
def _rename_axis(call: Call) -> Any:
    is_of_columns = _only(call, "columns") or (_is_of_columns(call, None, 0) and len(call.args) == 1)
    return _by_pandas(call) if is_of_columns else _free(call)


def _declare_levels(name: str, place: int | None) -> None:
    """A call of pandas that is translated where it is one of the labels of columns."""

    @method(DataFrame, name, "of columns with axis=1; of rows by their labels, as pandas finds them")
    def of_rows(self: DataFrame, *args: Any, **kwargs: Any) -> Any:
        raise Declined("labels of rows")

    @of_labels(name)
    def of(call: Call) -> Any:
        if not _is_of_columns(call, place, 0):
            raise Declined("labels of rows")
        return _by_pandas(call)


for _name, _place in (("droplevel", 1), ("swaplevel", 2), ("reorder_levels", 1), ("set_axis", None), ("xs", 1)):
    _declare_levels(_name, _place)


# -- labels of rows ----------------------------------------------------------------------------------------------------


@of_labels("set_index")
def _set_index(call: Call) -> Any:
    keys = call.argument(0, "keys")
    kwargs = {name: value for name, value in call.kwargs.items() if name != "keys"}
    listed = keys if isinstance(keys, list) else [keys]
    if set(kwargs) - {"drop"} or not all(isinstance(one, Hashable) and not isinstance(one, Lazy) for one in listed):
        raise Declined("other than columns as labels of rows")
    found = done(call.state.axis, lambda frame: frame.set_index(keys, **kwargs))
    names = list(found.index.names)
    table = call.method(plain(call.state), call.label(keys), **kwargs)._table
    levels = tuple((name, value) for name, (_, value) in zip(names, table.index.levels, strict=True))
    if not all(isinstance(name, str) or (is_name(name) and len(names) == 1) for name in names):
        raise Declined("an index of other names")
    values = [value for _, value in table.columns]
    return Lazy.recorded(laid(table.node, values, found.columns, Index(levels)), is_frame=True)


@of_labels("reset_index")
def _reset_index(call: Call) -> Any:
    levels = call.state.table.index.levels
    names = [name for name, _ in levels]
    index = _stand_in_index(names)
    args, kwargs = call.args, call.kwargs
    found = done(call.state.axis, lambda frame: frame.set_axis(index).reset_index(*args, **kwargs))
    level, drop = call.argument(0, "level"), kwargs.get("drop", False)
    listed = level if isinstance(level, list | tuple) else [level]
    taken = None if level is None else [_level(names, one) for one in listed]
    made = call.method(recorded(_apart(call.state.table)), taken, drop=drop)._table
    kept = tuple((names[int(str(name))], value) for name, value in made.index.levels)
    return Lazy.recorded(
        laid(made.node, [value for _, value in made.columns], found.columns, Index(kept)), is_frame=True
    )


def _apart(table: Table) -> Table:
    """The rows under labels that cannot be those of the index, whose levels are called by their numbers."""
    levels = tuple((str(number), value) for number, (_, value) in enumerate(table.index.levels))
    columns = ((f"column {number}", value) for number, (_, value) in enumerate(table.columns))
    return Table(table.node, columns, Index(levels))


def _stand_in_index(names: list[Hashable]) -> pd.Index[Any]:
    if not names:
        return pd.RangeIndex(1)
    return (
        pd.Index([0], name=names[0]) if len(names) == 1 else pd.MultiIndex.from_arrays([[0]] * len(names), names=names)
    )


def _level(names: list[Hashable], level: Any) -> int:
    """The number of a level that has this name, or number. Raises Declined."""
    if names.count(level) == 1:
        return names.index(level)
    if type(level) is not int or level in names or not -len(names) <= level < len(names):
        raise Declined("levels that are not there")
    return level % len(names)
