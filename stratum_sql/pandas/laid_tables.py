"""Tables that pandas lays out of cells: `unstack`, `pivot` and `set_index` of labels of any type.

pandas is given the number of each cell in place of its value, and says which one stands where; values stay in the plan.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.axes import laid
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, is_missing
from stratum_sql.pandas.kinds import carried
from stratum_sql.pandas.layouts import axis_of, done, labels_of, layout, looked_up, plan_of, values_run, with_gap
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.row_calls import Given, of_rows
from stratum_sql.pandas.stand_ins import stand_in as columns_in
from stratum_sql.pandas.states import Vector

_MOST = 200  # columns, each of which is a join

Array = np.ndarray[Any, Any]


def _columns_of(owner: Lazy) -> list[Expr]:
    plan = plan_of(owner._state)
    return [plan.value] if isinstance(plan, Vector) else [value for _, value in plan.columns]


def of_cells(owner: Lazy, found: Any, size: int, fill: Any = None) -> Any:
    """A frame whose cells have the numbers that pandas put: of the rows of the first column come those of the next.

    A number of -1 is a cell that is not there. Raises Declined where a column has cells of several columns.
    """
    if not isinstance(found, pd.DataFrame) or found.shape[1] > _MOST or not found.shape[1]:
        raise Declined("other than a frame of some columns")
    if any(dtype.kind not in "if" for dtype in found.dtypes):
        raise Declined("other than numbers of cells")
    cells = np.where(found.isna(), -1, found).astype(np.int64)
    places = [_place(cells[:, number], size) for number in range(cells.shape[1])]
    rows = layout(found.index, [np.where(listed < 0, -1, listed % size) for listed in cells.T])
    plan, values, node = plan_of(owner._state), _columns_of(owner), rows.node
    has_gap, columns = bool((cells < 0).any()), []
    for number, place in zip(rows.numbers, places, strict=True):
        node, (value,) = looked_up(node, number, plan, [values[place]], fill)
        columns.append(with_gap(value) if has_gap and fill is None and not number.nullable else value)
    return Lazy.recorded(laid(node, columns, found.columns, rows.index), is_frame=True)


def _place(cells: Array, size: int) -> int:
    there = np.unique(cells[cells >= 0] // size)
    if len(there) != 1:
        raise Declined("a column of several columns, or of none")
    return int(there[0])


def _cells(owner: Lazy) -> tuple[Any, int]:
    """The numbers of the cells of an object under its labels, and how many rows it has."""
    plan = plan_of(owner._state)
    labels = labels_of(plan)
    size = len(labels)
    if isinstance(plan, Vector):
        return pd.Series(np.arange(size), index=labels, name=plan.name), size
    axis = axis_of(owner)
    numbers = np.arange(size * len(axis)).reshape(len(axis), size).T
    return pd.DataFrame(numbers, index=labels, columns=axis), size


@of_rows("unstack")
def _unstack(owner: Lazy, name: str, given: Given) -> Any:
    arguments = {key: value for key, value in given.items() if key in ("level", "sort")}
    fill = given.get("fill_value")
    cells, size = _cells(owner)
    if not isinstance(cells.index, pd.MultiIndex):
        raise Declined("an index of one level")
    found = done(lambda: cells.unstack(**arguments, fill_value=-1))
    return of_cells(owner, found, size, None if is_missing(fill) else fill)


@of_rows("pivot")
def _pivot(owner: Lazy, name: str, given: Given) -> Any:
    """Of keys that are run, and numbers of cells in place of all other values."""
    arguments = {key: value for key, value in given.items() if key != "self"}
    index, columns = arguments.get("index", ()), arguments["columns"]
    keys = [*_listed(index), *_listed(columns)]
    cells, size = _cells(owner)
    known = _keys(owner, keys)
    wanted = arguments.get("values", ())
    placed, values = _numbers_of(axis_of(owner), _listed(wanted)), _columns_of(owner)
    if set(known) & set(placed):
        raise Declined("keys as values")
    kinds = {values[place].dtype for place in placed}
    if len(kinds) > 1 or any(carried(kind) is not None for kind in kinds):
        raise Declined("values that pandas makes one array of")
    frame = _with_values(owner, cells, known)
    return of_cells(owner, done(lambda: frame.pivot(**arguments)), size)


def _listed(keys: Any) -> list[Any]:
    return list(keys) if isinstance(keys, list | np.ndarray | pd.Index | pd.Series) else [] if keys == () else [keys]


def _numbers_of(axis: pd.Index[Any], labels: list[Any]) -> list[int]:
    """The numbers of the columns of these labels, each of one column. Raises Declined."""
    found = [done(lambda label=label: axis.get_loc(label)) for label in labels]
    if any(not isinstance(place, int | np.integer) for place in found):
        raise Declined("several columns of one label")
    return [int(place) for place in found]


def _keys(owner: Lazy, keys: list[Any]) -> list[int]:
    return _numbers_of(axis_of(owner), [key for key in keys if not isinstance(key, pd.Series | pd.Index | np.ndarray)])


def _with_values(owner: Lazy, cells: pd.DataFrame, places: list[int]) -> pd.DataFrame:
    """The frame of cells with the values of some columns, run."""
    values = _columns_of(owner)
    run = values_run(plan_of(owner._state), [values[place] for place in places])
    listed: dict[int, Any] = {number: cells.iloc[:, number] for number in range(cells.shape[1])}
    listed |= {place: run[number].set_axis(cells.index) for number, place in enumerate(places)}
    return pd.DataFrame(listed, index=cells.index).set_axis(cells.columns, axis=1)


@of_rows("set_index")
def _set_index(owner: Lazy, name: str, given: Given) -> Any:
    """Columns, arrays and other labels as labels of rows."""
    keys = given["keys"]
    keys = keys if isinstance(keys, list) else [keys]
    if given.get("inplace"):
        raise Declined("in place")
    options = {name: given[name] for name in ("append", "verify_integrity") if name in given}
    of_columns = [key for key in keys if not isinstance(key, _ARRAYS)]
    known, state, axis = _numbers_of(axis_of(owner), of_columns), owner._state, axis_of(owner)
    plan = plan_of(state)
    run = values_run(plan, [_columns_of(owner)[place] for place in known])
    frame = pd.DataFrame(dict(run.items()), index=run.index).set_axis(labels_of(plan), axis=0)
    frame = frame.set_axis(axis.take(known), axis=1)
    index = done(lambda: frame.set_index(keys, **options)).index
    left = columns_in(axis)
    if given.get("drop", True) and of_columns:
        left = done(lambda: left.set_index(of_columns))
    rows = layout(index, [np.arange(len(index))])
    placed = [int(place) for place in left.to_numpy()[0]] if left.shape[1] else []
    node, values = looked_up(rows.node, rows.numbers[0], plan, [_columns_of(owner)[place] for place in placed])
    return Lazy.recorded(laid(node, values, left.columns, rows.index), is_frame=True)


_ARRAYS = (pd.Series, pd.Index, np.ndarray, list, pd.api.extensions.ExtensionArray)
