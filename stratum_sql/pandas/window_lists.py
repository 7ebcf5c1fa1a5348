"""Windows that SQL has not: the values of a group are put in a list, pandas itself goes through it, in a function that
the session is lent, and the list is taken apart by the numbers of the rows.

Such are weights that depend on the value before, or on the place in the window; times around a row; windows of no rows.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.aligning import assigned, numbered
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, cast, column, joined, text_literal
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, LISTS, is_number
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Aggregate, Assign, Explode, Lookup, Names
from stratum_sql.pandas.weighted_functions import lend_windows, windows_of
from stratum_sql.pandas.windows import Found, Rows

NAMES = frozenset({"sum", "mean", "min", "max", "count", "median", "std", "var", "quantile", "sem", "skew", "kurt"})
NAMES |= {"rank", "first", "last", "nunique"}
_OF_VALUES = frozenset({"cumsum", "cumprod"})


@dataclass(frozen=True)
class Listed:
    """What pandas is told to do with each list: `rolling` and its like with options, and the aggregate's."""

    kind: str
    options: dict[str, Any]
    time: Expr | None = None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)

    def said(self, name: str) -> str:
        """The same as a text. Raises Declined for what has none, and for what pandas refuses."""
        told = {"kind": self.kind, "options": self.options, "name": name, "args": self.args, "kwargs": self.kwargs}
        if self.time is not None:
            told["unit"] = np.datetime_data(self.time.dtype)[0]
        try:
            text = json.dumps(told)
        except (TypeError, ValueError) as error:
            raise Declined("windows of other than numbers and texts") from error
        if not _is_taken(text):
            raise Declined("windows that pandas refuses")
        return text


@functools.cache
def _is_taken(told: str) -> bool:
    """Whether pandas makes such windows; what it refuses it raises again."""
    try:
        with object_mode():
            windows_of(told)(np.zeros(2), np.arange(2))
    except Exception:  # noqa: BLE001 whatever it says
        return False
    return True


def spelled(window: Any) -> Any:
    """A window as a text or number: so many rows, or so much time. Raises Declined."""
    if isinstance(window, pd.offsets.BaseOffset | timedelta):
        try:
            return f"{pd.Timedelta(window).as_unit('ns').value}ns"  # type: ignore[arg-type]
        except ValueError as error:
            raise Declined("a window that is no time") from error
    if isinstance(window, bool) or not isinstance(window, int | np.integer | str):
        raise Declined("a window that is no count of rows")
    return window if isinstance(window, str) else int(window)


def spelled_time(halflife: Any) -> Any:
    """A time in which weights halve, as a text. Raises Declined."""
    if isinstance(halflife, str):
        return halflife
    if not isinstance(halflife, timedelta):
        raise Declined("other than one number for the weights")
    return f"{pd.Timedelta(halflife).as_unit('ns').value}ns"


def check_options(options: dict[str, Any], time: Expr | None) -> None:
    """Raise Declined for windows that pandas refuses."""
    with object_mode():
        index = None if time is None else pd.DatetimeIndex([], dtype=time.dtype)
        try:
            pd.Series(np.zeros(0), index=index).rolling(**options)
        except Exception as error:  # pandas raises it again
            raise Declined("windows that pandas refuses") from error


def check_weights(options: dict[str, Any], times: np.ndarray[Any, Any]) -> None:
    """Raise Declined for weights by times that pandas refuses."""
    with object_mode():
        try:
            pd.Series(np.zeros(len(times))).ewm(**options, times=times)
        except Exception as error:  # pandas raises it again
            raise Declined("weights that pandas refuses") from error


def listed(rows: Rows, value: Expr, spec: Listed, name: str, shown: Expr | None = None) -> Found:
    """The aggregate of each row's window, float64, as pandas makes it; `shown` is one of SQL. Raises Declined."""
    if name not in NAMES | _OF_VALUES or not (is_number(value.dtype) or value.dtype == BOOL):
        raise Declined(f"{name} of windows of {value.dtype}")
    said = text_literal(spec.said(name))
    call = "pandas_window({}, {}, {})"
    return by_lists(rows, value, lambda whole, times: joined(call, whole, times, said), spec.time, shown)


def by_lists(
    rows: Rows, value: Expr, call: Callable[[Expr, Expr], Text], time: Expr | None = None, shown: Expr | None = None
) -> Found:
    """What `call` makes of the lists of values and times of each group, beside its rows. Raises Declined."""
    if not engine().session.trusted:
        raise Declined("a session that may not be lent functions")
    lend_windows(engine().session)
    node, number = numbered(rows.node, here())
    names = Names()
    keys = tuple((names.new("key"), key) for key in rows.keys)
    whole, places, times = names.new("values"), names.new("places"), names.new("times")
    lists = (
        (whole, _list(cast(value, FLOAT), number)),
        (places, _list(number, number)),
        (times, _list(number if time is None else _epoch(time), number)),
    )
    groups = Aggregate(
        place=here(), names=names, child=node, keys=keys, values=lists if time is not None else lists[:2],
        first="".join(map(str, number.text)), by_key=False, with_missing=rows.with_missing,
    )  # fmt: skip
    of_times = places if time is None else times
    text = call(column(whole, LISTS, nullable=False), column(of_times, LISTS, nullable=False))
    made, found = assigned(groups, "smoothed", Expr(text, LISTS), here())
    element, place = names.new("value"), names.new("number")
    apart = Explode(
        place=here(), names=names, child=made, at=names.new("at"),
        lists=((found, element), (column(places, LISTS, nullable=False), place)),
    )  # fmt: skip
    label = node.base.names.new("__smoothed" if shown is None else "__window")
    back = Lookup(
        place=here(), child=node, on=number, rows=apart, key=column(place, INT, nullable=False),
        value=column(element, FLOAT, nullable=True), name=label,
        shown=None if shown is None else Assign(place=here(), child=node, name=label, value=shown),
    )  # fmt: skip
    return back, column(label, FLOAT, nullable=True)


def _list(value: Expr, number: Expr) -> Expr:
    return Expr(joined("list({} ORDER BY {})", value, number), LISTS)


def _epoch(time: Expr) -> Expr:
    """The time since 1970, in its own unit."""
    unit = np.datetime_data(time.dtype)[0]
    function = {"s": "epoch_ms({}) // 1000", "ms": "epoch_ms({})", "us": "epoch_us({})", "ns": "epoch_ns({})"}[unit]
    return Expr(joined(f"CAST({function} AS BIGINT)", time), INT)
