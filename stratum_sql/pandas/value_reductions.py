"""One value of a column of other than numbers: of ordered categories by their codes, of nullable numbers by the numbers
that their places stand for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from stratum_sql.pandas import reductions
from stratum_sql.pandas.aligning import plain
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, column, joined
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, Carried, Dtype, carried, category, shown
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Lookup, Names, Node
from stratum_sql.pandas.ranking import ranked
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.sources import source_of
from stratum_sql.pandas.states import Vector

_NUMBERS: dict[str, Dtype] = {"Int64": INT, "Float64": FLOAT, "boolean": BOOL}


def of_other_values(series: Series, name: str, skipna: Any, **told: Any) -> Any:
    """The aggregate; `pd.NA` of nullable values where there is none. Raises Declined."""
    value = series._vector.value
    if type(skipna) is not bool:
        raise Declined("this skipna")
    if category(value.dtype) is not None:
        return _of_categories(series, name, skipna)
    if isinstance(shown(value.dtype), pd.DatetimeTZDtype | pd.PeriodDtype):
        return _of_ranked(series, name, skipna)
    node, number = _numbers(series._vector.node, value)
    if not skipna and name in ("any", "all"):
        raise Declined("missing values that are neither true nor false")
    found = Series._ask(_over(series, node, number), reductions.asked(name, number, skipna=skipna, **told))
    is_missing = found is None or (isinstance(found, float | np.floating) and np.isnan(found))
    if not is_missing or name in ("any", "all"):
        return found
    return pd.NA


def _over(series: Series, node: Node, number: Expr) -> Series:
    made: Series = series._with(number, node)
    return made


def _of_categories(series: Series, name: str, skipna: bool) -> Any:
    """The least or largest of ordered categories, NaN without one."""
    held = category(series._vector.value.dtype)
    assert held is not None
    if not held.of.ordered:
        raise Declined(f"{name} of categories")
    place = _end(series, name, held.codes, skipna=skipna)
    return np.nan if place is None else held.of.categories[place]


def _of_ranked(series: Series, name: str, skipna: bool) -> Any:
    """The first or last time with a zone, or period; NaT without one."""
    state = series._vector
    node, value = ranked(state.node, state.value)
    held = carried(value.dtype)
    assert held is not None
    place = _end(_over(series, node, value), name, INT, skipna=skipna)
    return pd.NaT if place is None else held.array[place]


def _end(series: Series, name: str, dtype: Dtype, *, skipna: bool) -> int | None:
    """The least or largest place; None without one. Raises Declined for other aggregates."""
    value = series._vector.value
    if name not in ("min", "max"):
        raise Declined(f"{name} of {shown(value.dtype)}")
    if not skipna and value.nullable and series._ask(Expr(joined("count(*) > count({})", value), BOOL)):
        return None
    if not series._ask(Expr(joined("count({}) > 0", value), BOOL)):
        return None
    place = Expr(value.text, dtype, value.nullable)
    return int(series._ask(Expr(joined(f"{name}({{}})", place), INT)))


def _numbers(node: Node, value: Expr) -> tuple[Node, Expr]:
    """The number or boolean of each place. Raises Declined for other dtypes, and NaN beside missing values."""
    held = carried(value.dtype)
    dtype = _NUMBERS.get(str(shown(value.dtype)))
    if held is None or dtype is None:
        raise Declined(f"the column is of dtype {shown(value.dtype)}")
    names = Names()
    places = (names.new("place"), pa.array(np.arange(len(held.array))))
    numbers = (names.new("number"), _array(held, dtype))
    rows = source_of(len(held.array), [places, numbers], names, here(), None)
    node, on = plain(node, value, here())
    name = node.base.names.new("__number")
    key, number = column(places[0], INT, nullable=False), column(numbers[0], dtype, nullable=True)
    made = Lookup(place=here(), child=node, on=on, rows=rows, key=key, value=number, name=name)
    return made, column(name, dtype, nullable=True)


def _array(held: Carried, dtype: Dtype) -> pa.Array:
    gaps = held.array.isna()
    values = held.array.to_numpy(dtype=dtype, na_value=dtype.type(0))
    if dtype == FLOAT and np.isnan(values).any():
        raise Declined("NaN beside missing values")
    return pa.array(values, mask=np.asarray(gaps))


def is_other(series: Series) -> bool:
    """Whether the values are categories, or carried."""
    state = series._state
    return isinstance(state, Vector) and state.value.dtype.kind in "XC"
