"""Two objects of other rows or columns, brought together by labels of any type, as pandas aligns them.

`layouts.py` has how rows are found again. Both objects are then over the same rows, and the call is done as of such.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.aligning import assigned
from stratum_sql.pandas.axes import Named, laid
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, cast, is_missing
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.frame_methods import with_column
from stratum_sql.pandas.given import by_row, count
from stratum_sql.pandas.kinds import FLOAT, INT, Carried
from stratum_sql.pandas.layouts import (
    Layout,
    axis_of,
    done,
    labels_of,
    laid_out,
    layout,
    looked_up,
    plan_of,
    standing_in,
)
from stratum_sql.pandas.lazy import Lazy, own, thawed
from stratum_sql.pandas.moving import check_none_carried, moves
from stratum_sql.pandas.operations import OF_NAMED
from stratum_sql.pandas.places import here
from stratum_sql.pandas.row_calls import Given, of_rows, recorded
from stratum_sql.pandas.series import Series, rule_of
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.stand_ins import stand_in as columns_in
from stratum_sql.pandas.states import Held, Table, Vector

_OF_ROWS = (0, "index", "rows")
_MISSING = Expr(("NULL::DOUBLE",), FLOAT, True)  # a column that was not there


def together(one: Lazy, other: Lazy, **how: Any) -> tuple[Any, Any]:
    """Both objects over the rows that pandas aligns them to, under the labels of both. Raises Declined."""
    states = one._state, other._state
    before = [standing_in(plan_of(state)) for state in states]
    axis = {"axis": 0} if isinstance(one, DataFrame) else {}
    found = done(lambda: before[0].align(before[1], **how, **axis))
    numbers = [np.asarray(side, dtype="float64").reshape(-1) for side in found]
    if len(numbers[0]) != len(numbers[1]) or not all(found[0].index.identical(side.index) for side in found):
        raise Declined("labels that are not aligned")
    rows = layout(found[0].index, numbers)
    left, right = (
        laid_out(state, Layout(rows.node, rows.index, [number], []))
        for state, number in zip(states, rows.numbers, strict=True)
    )
    return left, right


def with_columns(frame: Any, found: pd.DataFrame) -> Any:
    """The columns of a frame as pandas put the numbers of them: missing where there is none. Raises Declined."""
    plan = plan_of(frame._state)
    assert isinstance(plan, Table)
    values = [value for _, value in plan.columns]
    placed = found.to_numpy(dtype="float64")[0]
    listed = [_MISSING if place != place else values[int(place)] for place in placed]
    if listed and all(value is _MISSING for value in listed):
        raise Declined("none of the columns")
    return Lazy.recorded(laid(plan.node, listed, found.columns, plan.index), is_frame=True)


def columns_together(one: Any, other: Any, **how: Any) -> tuple[Any, Any]:
    """Both frames under the labels of columns that pandas aligns them to. Raises Declined."""
    axes = axis_of(one), axis_of(other)
    if axes[0].identical(axes[1]):
        return one, other
    found = done(lambda: columns_in(axes[0]).align(columns_in(axes[1]), **how, axis=1))
    return with_columns(one, found[0]), with_columns(other, found[1])


@of_rows("align")
def _align(owner: Lazy, name: str, given: Given) -> Any:
    other, axis, level = recorded(given["other"]), given.get("axis"), given.get("level")
    if not is_missing(given.get("fill_value")):
        raise Declined("a value that fills")
    how = {"join": given.get("join", "outer")} | ({} if level is None else {"level": level})
    if isinstance(owner, DataFrame) != isinstance(other, DataFrame) and axis not in _OF_ROWS:
        raise Declined("a Series beside the columns")
    left, right = (owner, other) if axis in (1, "columns") else together(owner, other, **how)
    if isinstance(owner, DataFrame) and isinstance(other, DataFrame) and axis not in _OF_ROWS:
        left, right = columns_together(left, right, **how)
    return left, right


# -- operations of both ------------------------------------------------------------------------------------------------

_OPERATORS = [f"__{word}__" for word in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")]
_FLEXIBLE = "add sub mul truediv floordiv mod pow subtract multiply div divide".split()  # noqa: SIM905
_FLEXIBLE += ["eq", "ne", "lt", "le", "gt", "ge"]


def translated(owner: Lazy, name: str, *args: Any, **kwargs: Any) -> Any:
    """A call over objects of the same rows, by its translation alone. Raises Declined."""
    method = getattr(type(owner), name).__wrapped__
    state = owner._state
    if Carried.is_made and not moves(type(owner).__name__, name):
        check_none_carried(name, _plans((owner, *args)))
    if not isinstance(state, Held):
        return method(owner, *args, **kwargs)
    if not isinstance(state, Named) or name not in OF_NAMED:
        raise Declined("labels that are beside the plan")
    return OF_NAMED[name](owner, state, method, args, kwargs)


def _plans(objects: Iterable[Any]) -> list[Table | Vector]:
    return [plan_of(one._state) for one in objects if issubclass(type(one), Lazy)]


@of_rows(*_OPERATORS, *_FLEXIBLE)
def _operation(owner: Lazy, name: str, given: Given) -> Any:
    """Arithmetic of two frames, of two Series, or of a frame with a Series by its rows."""
    other = recorded(given["other"])
    level, fill = given.get("level"), given.get("fill_value")
    how = {"join": "outer"} | ({} if level is None else {"level": level})
    rest = {} if fill is None else {"fill_value": fill}
    if type(owner) is not type(other):
        if isinstance(other, DataFrame):
            raise Declined("a frame beside a Series")
        axis = given.get("axis")
        if axis is None or axis in (1, "columns"):
            return _by_columns(owner, name, other, how, fill)
        if axis not in _OF_ROWS:
            raise Declined("an axis that is not there")
        rest["axis"] = 0
    left, right = together(owner, other, **how)
    if isinstance(owner, DataFrame) and isinstance(other, DataFrame):
        left, right = columns_together(left, right, **how)
    return translated(left, name, right, **rest)


def _by_columns(owner: Any, name: str, other: Lazy, how: dict[str, Any], fill: Any) -> Any:
    """Arithmetic of each column with the number that a Series has for its label. Raises Declined."""
    rule = name.strip("_")
    rule = {"subtract": "sub", "multiply": "mul", "div": "truediv", "divide": "truediv"}.get(rule, rule)
    plan, numbers = plan_of(owner._state), own(other._state)
    if fill is not None or rule in ("eq", "ne", "lt", "le", "gt", "ge") or numbers.dtype not in (INT, FLOAT):
        raise Declined("a Series of other than int64 and float64")
    assert isinstance(plan, Table)
    values = [value for _, value in plan.columns]
    if any(value.dtype not in (INT, FLOAT) for value in values) or not count(plan.node):
        raise Declined("columns of other than int64 and float64, or no rows")
    found, constants = done(lambda: columns_in(axis_of(owner)).align(numbers, **how, axis=1))
    listed, node = [], plan.node
    for place, constant in zip(found.to_numpy(dtype="float64")[0], constants.tolist(), strict=True):
        is_there = place == place and constant == constant
        value = rule_of(values[int(place)], constant)(rule, values[int(place)], constant) if is_there else _MISSING
        node, value = assigned(node, "value", value, here())
        listed.append(value)
    return Lazy.recorded(laid(node, listed, found.columns, plan.index), is_frame=True)


@of_rows(*(f"__{word}__" for word in ("eq", "ne", "lt", "le", "gt", "ge")))
def _comparison(owner: Lazy, name: str, given: Given) -> Any:
    """Of objects with the same labels; pandas raises for others."""
    other = recorded(given["other"])
    if type(owner) is not type(other):
        raise Declined("other than two frames or two Series")
    labels = labels_of(plan_of(owner._state)), labels_of(plan_of(other._state))
    if not labels[0].equals(labels[1]) or (isinstance(owner, DataFrame) and not axis_of(owner).equals(axis_of(other))):
        raise Declined("labels that pandas refuses")
    return translated(owner, name, brought(owner, other))


# -- brought to the rows of one ----------------------------------------------------------------------------------------


def brought(owner: Lazy, other: Lazy) -> Any:
    """An object over the rows of another one, by the labels of both: missing where it has none. Raises Declined."""
    plan, its = plan_of(owner._state), plan_of(other._state)
    numbers = _places(labels_of(plan), labels_of(its))
    node, number = by_row(plan.node, numbers)
    number = cast(number, INT)
    values = [its.value] if isinstance(its, Vector) else [value for _, value in its.columns]
    node, found = looked_up(node, number, its, values)
    if isinstance(its, Vector):
        return Lazy.recorded(Vector(node, found[0], its.name, plan.index), is_frame=False)
    return Lazy.recorded(laid(node, found, axis_of(other), plan.index), is_frame=True)


def _places(labels: pd.Index[Any], its: pd.Index[Any]) -> np.ndarray[Any, Any]:
    """The number of the row of each label, NaN for none. Raises Declined where one comes twice."""
    if labels.equals(its):
        return np.arange(len(labels), dtype="float64")
    numbers = pd.Series(np.arange(len(its), dtype="float64"), index=its)
    found: np.ndarray[Any, Any] = done(lambda: numbers.reindex(labels)).to_numpy()
    return found


def _like(owner: Any, other: Any) -> Any:
    """A frame over the rows and columns of another one, a Series over its rows. Raises Declined."""
    found = brought(owner, other)
    if not isinstance(found, DataFrame):
        return found
    axes = axis_of(owner), axis_of(found)
    if axes[0].identical(axes[1]):
        return found
    return with_columns(found, done(lambda: columns_in(axes[1]).reindex(columns=axes[0])))


@of_rows("where", "mask")
def _where(owner: Lazy, name: str, given: Given) -> Any:
    condition, other = given["cond"], given.get("other", np.nan)
    if set(given) - {"self", "cond", "other"} or callable(condition) or callable(other):
        raise Declined("these arguments")
    if isinstance(other, list | tuple | np.ndarray):
        raise Declined("values by row")
    condition = _beside(owner, condition)
    return translated(owner, name, condition, _beside(owner, other))


def _beside(owner: Any, value: Any) -> Any:
    """An object as `_like` gives it, anything else as it is. Raises Declined for a Series beside a frame."""
    if not isinstance(value, pd.DataFrame | pd.Series) and not issubclass(type(value), Lazy):
        return value
    value = recorded(value)
    if type(value) is not type(owner):
        raise Declined("a Series beside columns")
    return _like(owner, value)


@of_rows("fillna")
def _fillna(owner: Any, name: str, given: Given) -> Any:
    value = recorded(given.get("value"))
    if set(given) - {"self", "value"} or type(value) is not type(owner):
        raise Declined("filled with other than of its own kind")
    return translated(owner, "where", owner.notna(), _like(owner, value))


@of_rows("isin")
def _isin(owner: Any, name: str, given: Given) -> Any:
    values = recorded(given["values"])
    if not isinstance(owner, DataFrame) or not isinstance(values, DataFrame):
        raise Declined("other than frames")
    if not (axis_of(values).is_unique and labels_of(plan_of(values._state)).is_unique):
        raise Declined("labels that come twice")
    return translated(owner, "eq", _like(owner, values))


@of_rows("__setitem__")
def _setitem(owner: Any, name: str, given: Given) -> None:
    """A column of a frame, or of a Series under labels of any type; a first column makes the rows."""
    key, value, state = given["key"], given["value"], owner._state
    if not isinstance(owner, DataFrame) or not is_label(key):
        raise Declined("other than a column")
    if not count(plan_of(state).node):
        if len(axis_of(owner)):
            raise Declined("columns of no rows")
        made = own(state)
        done(lambda: made.__setitem__(key, thawed(value)))
        owner._become(Lazy.of(made)._state)
        return
    value = recorded(value)
    if isinstance(value, DataFrame) and len(axis_of(value)) == 1:
        plan = plan_of(value._state)
        assert isinstance(plan, Table)
        value = Lazy.recorded(Vector(plan.node, next(iter(plan.columns))[1], key, plan.index), is_frame=False)
    if not isinstance(value, Series) or not isinstance(state, Table):
        raise Declined("a column of this")
    owner._become(with_column(owner, key, brought(owner, value))._state)
