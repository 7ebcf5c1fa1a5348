"""`Series.dt.to_period`, and what is asked of periods.

They are carried, as places in the range of all from the first to the last, so a place is a difference of numbers. What
pandas says of a period it says once for each of the range.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa

from stratum_sql.pandas.aligning import assigned, plain
from stratum_sql.pandas.dates import declare
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, column, joined
from stratum_sql.pandas.kinds import INT, Carried, Dtype, carried, held_as, shown
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Lookup, Names, Node
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import OF_CARRIED
from stratum_sql.pandas.sources import array_of, source_of
from stratum_sql.pandas.states import Vector
from stratum_sql.pandas.time_bins import number

_MOST = 100_000  # periods of a range


def _to_period(self: Series, freq: Any = None) -> Series:
    """Raises Declined for times that are not in microseconds, or a frequency of other than days to years."""
    state = self._vector
    value = state.value
    if not isinstance(freq, str) or value.dtype != np.dtype("datetime64[us]"):
        raise Declined("a frequency that is no text, or times in other than microseconds")
    node, bins = assigned(state.node, "__period", _numbers(state.node, value, freq), here())
    first, last, low = _ends(node, value, bins)
    with object_mode():
        periods = pd.period_range(first, last, freq=freq).array
    if not 0 < len(periods) <= _MOST:
        raise Declined("many periods")
    place = Expr(joined(f"({{}} - ({low}))", bins), cast(Dtype, Carried(periods, None, fills=True)), value.nullable)
    node, found = assigned(node, "value" if state.name is None else state.name, place, here())
    made: Series = Lazy.recorded(Vector(node, found, state.name, state.index), is_frame=False)
    return made


def _numbers(node: Node, value: Expr, freq: str) -> Expr:
    try:
        offset = pd.Period("2000-01-01", freq=freq).freq
    except ValueError:
        raise Declined("a frequency that pandas does not know") from None
    kinds = pd.offsets.MonthEnd | pd.offsets.QuarterEnd | pd.offsets.YearEnd | pd.offsets.Week | pd.offsets.Day
    if not isinstance(offset, kinds) or offset.n != 1 or getattr(offset, "startingMonth", 12) != 12:
        raise Declined("periods of this frequency")
    found = number(node, value, offset, closed=None)
    return Expr(found.text, INT, value.nullable)


def _ends(node: Node, value: Expr, bins: Expr) -> tuple[Any, Any, int]:
    """The first and last time, and the number of the first period. Raises Declined where there are none."""
    columns = [("low", joined("min({})", value)), ("high", joined("max({})", value)), ("of", joined("min({})", bins))]
    rows = engine().rows(node, columns, ())
    first, last, low = (rows.column(place)[0].as_py() for place in range(3))
    if first is None:
        raise Declined("no times")
    return first, last, int(low)


declare("to_period", _to_period, "days, weeks, months, quarters or years, of times in microseconds", is_called=True)


# -- what is asked of periods ------------------------------------------------------------------------------------------


def of_each(self: Series, function: Callable[[pd.Series[Any]], Any]) -> Series:
    """What pandas' own function gives for each period. Raises Declined for missing ones."""
    state = self._vector
    held = carried(state.value.dtype)
    if held is None or len(held.array) > _MOST or self._has_missing(state.value):
        raise Declined("missing periods, or many")
    with object_mode():
        results = function(pd.Series(held.array, name=state.name))
    array, dtype = array_of(results), held_as(results.dtype)
    if array is None or dtype is None or len(array) != len(held.array):
        raise Declined("results of another type")
    names = Names()
    listed = [(names.new("place"), pa.array(np.arange(len(array)))), (names.new("value"), array)]
    rows = source_of(len(array), listed, names, here(), None)
    node, on = plain(state.node, state.value, here())
    name = node.base.names.new("__of_period")
    gaps = array.null_count > 0
    key, value = column("place", INT, nullable=False), column("value", dtype, nullable=gaps)
    node = Lookup(place=here(), child=node, on=on, rows=rows, key=key, value=value, name=name)
    vector = Vector(node, column(name, dtype, nullable=gaps), state.name, state.index)
    made: Series = Lazy.recorded(vector, is_frame=False)
    return made


def _attribute(name: str) -> Callable[[Series], Series]:
    return lambda self: of_each(self, lambda periods: getattr(periods.dt, name))


def _method(name: str) -> Callable[..., Series]:
    def call(self: Series, *args: Any) -> Series:
        if not all(isinstance(one, str) for one in args):
            raise Declined("other than texts")
        return of_each(self, lambda periods: getattr(periods.dt, name)(*args))

    return call


for _name in ("year", "month", "quarter", "day", "dayofweek", "weekday", "days_in_month"):
    declare(_name, _attribute(_name), of="periods")
for _name in ("start_time", "end_time"):
    declare(_name, _attribute(_name), "of periods", of="periods")
declare("to_timestamp", _method("to_timestamp"), "of periods", is_called=True, of="periods")
declare("strftime", _method("strftime"), is_called=True, of="periods")


def _is_text(dtype: Any, wanted: Any) -> bool:
    return isinstance(shown(dtype), pd.PeriodDtype) and (wanted is str or wanted == "str")


OF_CARRIED.append((_is_text, lambda series, _: of_each(series, lambda periods: periods.astype(str))))
