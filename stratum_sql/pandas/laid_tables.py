"""Tables that pandas lays out of cells: `unstack`, `pivot` and `set_index` of labels of any type.

pandas is given the number of each cell in place of its value, and says which one stands where; values stay in the plan.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.aligning import ordered
from stratum_sql.pandas.axes import laid
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, cast, column, is_missing
from stratum_sql.pandas.kinds import BOOL, TEXT, carried, shown
from stratum_sql.pandas.layouts import (
    axis_of,
    done,
    labels_of,
    layout,
    looked_up,
    place_of,
    plan_of,
    rows_by_pandas,
    values_run,
    with_gap,
)
from stratum_sql.pandas.lazy import Lazy, own
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Names, Union
from stratum_sql.pandas.row_calls import Given, of_rows
from stratum_sql.pandas.stacking import stacked_dtype
from stratum_sql.pandas.stand_ins import is_name
from stratum_sql.pandas.stand_ins import stand_in as columns_in
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.pandas.time_bins import are_bins

_MOST = 200  # columns, each of which is a join

Array = np.ndarray[Any, Any]


def _columns_of(owner: Lazy) -> list[Expr]:
    plan = plan_of(owner._state)
    return [plan.value] if isinstance(plan, Vector) else [value for _, value in plan.columns]


def of_cells(owner: Lazy, found: Any, size: int, fill: Any = None, *, alike: bool = False) -> Any:
    """What has the values of these cells: of the rows of the first column come those of the next. Raises Declined.

    A number of -1 is a cell that is not there. If columns are `alike`, all have the dtype of one with a gap then.
    """
    frame = found.to_frame() if isinstance(found, pd.Series) else found
    if not isinstance(frame, pd.DataFrame) or not 0 < frame.shape[1] <= _MOST:
        raise Declined("other than a frame of some columns")
    if any(dtype.kind not in "if" for dtype in frame.dtypes):
        raise Declined("other than numbers of cells")
    cells = np.where(frame.isna(), -1, frame).astype(np.int64)
    origins = [np.unique(listed[listed >= 0] // size).tolist() for listed in cells.T]
    if any(not some for some in origins):
        raise Declined("a column of no cells")
    numbers = [_numbers_in(listed, some, size) for listed, some in zip(cells.T, origins, strict=True)]
    rows = layout(frame.index, numbers)
    has_gap, columns, node = alike and bool((cells < 0).any()), [], rows.node
    for number, some in zip(rows.numbers, origins, strict=True):
        table, value = _below(owner, some)
        node, (brought,) = looked_up(node, number, table, [value], fill)
        columns.append(with_gap(brought) if has_gap and fill is None and not number.nullable else brought)
    if isinstance(found, pd.Series):
        if not is_name(found.name):
            raise Declined("a Series of such a name")
        return Lazy.recorded(Vector(node, columns[0], found.name, rows.index), is_frame=False)
    return Lazy.recorded(laid(node, columns, frame.columns, rows.index), is_frame=True)


def _numbers_in(cells: Array, origins: list[int], size: int) -> Array:
    """The numbers of the rows of some columns, below each other."""
    place = np.searchsorted(origins, cells // size)
    found: Array = np.where(cells < 0, -1, place * size + cells % size)
    return found


def _below(owner: Lazy, origins: list[int]) -> tuple[Table | Vector, Expr]:
    """Some columns of an object below each other, in the type of all."""
    plan, values = plan_of(owner._state), _columns_of(owner)
    listed = [values[place] for place in origins]
    if len(listed) == 1:
        return plan, listed[0]
    if len({value.dtype for value in listed}) > 1 and any(value.dtype == BOOL for value in listed):
        raise Declined("booleans beside others")
    dtype, place, names = stacked_dtype(listed), here(), Names()
    node, order = ordered(plan.node, place)
    name = names.new("value")
    made = Union(
        place=place, names=names, columns=(name,), parts=tuple((node, order, (cast(one, dtype),)) for one in listed)
    )
    value = column(name, dtype, nullable=any(one.nullable for one in listed))
    return Table(made, [(0, value)], Index(())), value


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
    state = owner._state
    if isinstance(state, Table | Vector) and any(are_bins(state.node, value) for _, value in state.index.levels):
        raise Declined("bins of time as labels, which have a frequency")
    cells, size = _cells(owner)
    if not isinstance(cells.index, pd.MultiIndex):
        raise Declined("an index of one level")
    found = done(lambda: cells.unstack(**arguments, fill_value=-1))
    return of_cells(owner, found, size, None if is_missing(fill) else fill, alike=True)


@of_rows("stack")
def _stack(owner: Lazy, name: str, given: Given) -> Any:
    if given.get("future_stack", True) is not True or "dropna" in given or "sort" in given:
        raise Declined("the former way to stack")
    cells, size = _cells(owner)
    kinds = {value.dtype for value in _columns_of(owner)}
    if not size or len(kinds) != 1 or any(carried(kind) is not None for kind in kinds):
        raise Declined("no rows, or columns of several types")
    return of_cells(
        owner, done(lambda: cells.stack(**{key: one for key, one in given.items() if key == "level"})), size
    )


@of_rows("melt")
def _melt(owner: Lazy, name: str, given: Given) -> Any:
    """Cells below each other; the labels that say whose they are, are pandas' own."""
    arguments = {key: value for key, value in given.items() if key != "self"}
    cells, size = _cells(owner)
    found = done(lambda: cells.melt(**arguments))
    ids = len(_listed(arguments.get("id_vars") if arguments.get("id_vars") is not None else ()))
    if not size or not found.shape[1] > ids + 1:
        raise Declined("no rows")
    labels = found.iloc[:, ids:-1]
    of_values = found.iloc[:, [*range(ids), found.shape[1] - 1]]
    whole = of_cells(owner, of_values.set_axis(range(ids + 1), axis=1), size)._table
    rows = layout(found.index, [np.arange(len(found))], [labels.iloc[:, place] for place in range(labels.shape[1])])
    node, values = looked_up(rows.node, rows.numbers[0], whole, [value for _, value in whole.columns])
    values = [*values[:-1], *rows.made, values[-1]]
    return Lazy.recorded(laid(node, values, found.columns, rows.index), is_frame=True)


@of_rows("select_dtypes")
def _select_dtypes(owner: Lazy, name: str, given: Given) -> Any:
    """What pandas says of a frame of these dtypes without rows."""
    arguments = {key: value for key, value in given.items() if key != "self"}
    plan, values, axis = plan_of(owner._state), _columns_of(owner), axis_of(owner)
    empty = pd.DataFrame({place: pd.Series(dtype=shown(value.dtype)) for place, value in enumerate(values)})
    places = [int(place) for place in done(lambda: empty.select_dtypes(**arguments)).columns]
    return Lazy.recorded(
        laid(plan.node, [values[place] for place in places], axis.take(places), plan.index), is_frame=True
    )


@of_rows("sort_values")
def _sort_columns(owner: Lazy, name: str, given: Given) -> Any:
    """Of columns, by some rows, which are run."""
    by = given.get("by")
    if given.get("axis") not in (1, "columns") or given.get("ignore_index") or given.get("inplace"):
        raise Declined("rows that are sorted")
    rows = rows_by_pandas(owner, lambda frame: frame.loc[by if isinstance(by, list) else [by]])
    arguments = {key: value for key, value in given.items() if key != "self"}
    run = own(rows._state)
    places = [
        int(place) for place in done(lambda: run.set_axis(range(run.shape[1]), axis=1).sort_values(**arguments)).columns
    ]
    plan, values, axis = plan_of(owner._state), _columns_of(owner), axis_of(owner)
    return Lazy.recorded(
        laid(plan.node, [values[place] for place in places], axis.take(places), plan.index), is_frame=True
    )


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
    return of_cells(owner, done(lambda: frame.pivot(**arguments)), size, alike=True)


def _listed(keys: Any) -> list[Any]:
    return list(keys) if isinstance(keys, list | np.ndarray | pd.Index | pd.Series) else [] if keys == () else [keys]


def _numbers_of(axis: pd.Index[Any], labels: list[Any]) -> list[int]:
    """The numbers of the columns of these labels, each of one column. Raises Declined."""
    found = [place_of(axis, label) for label in labels]
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
    levels = [_columns_of(owner)[place] for place in known]
    if len(keys) == 1 and not given.get("append") and any(level.nullable and level.dtype == TEXT for level in levels):
        raise Declined("an index of missing texts, which may be None or NaN")
    run = values_run(plan, levels)
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
