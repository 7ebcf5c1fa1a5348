"""Aggregates of the rows around each: `rolling` and `expanding`, of a whole column or within groups.

Infinite values count as missing, as in pandas.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, cast, joined
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, is_number
from stratum_sql.pandas.window_lists import Listed, listed
from stratum_sql.pandas.windows import Found, Rows

_FUNCTIONS = {
    "sum": "sum", "mean": "avg", "min": "min", "max": "max", "count": "count", "median": "median",
    "std": "stddev_samp", "var": "var_samp",
}  # fmt: skip


@dataclass(frozen=True)
class Spec:
    """Which rows around each, and how many values there must be; `key` is what a frame of a RANGE is measured by, and
    `pandas` what it is told to make the same."""

    frame: str
    least: int
    key: Expr | None = None
    pandas: Listed | None = None

    @staticmethod
    def of_rolling(window: Any, min_periods: Any, center: Any, closed: Any = None) -> Spec:
        """`window` rows up to this one, or with it in the middle. `closed` says which end is in. Raises Declined."""
        if type(window) is pd.api.indexers.FixedForwardWindowIndexer:
            return _forward(window, min_periods, center, closed)
        if isinstance(window, np.integer):
            window = int(window)
        if type(window) is not int or window < 1 or type(center) is not bool:
            raise Declined("a window that is no count of rows")
        if min_periods is not None and (type(min_periods) is not int or not 0 <= min_periods <= window):
            raise Declined("this min_periods")
        least = window if min_periods is None else min_periods
        told = Listed("rolling", {"window": window, "min_periods": min_periods, "center": center, "closed": closed})
        if closed is not None:
            if center:
                raise Declined("closed, and this row in the middle")
            return Spec(_closed("ROWS", window, closed), least, pandas=told)
        after = (window - 1) // 2 if center else 0
        return Spec(f"ROWS BETWEEN {window - 1 - after} PRECEDING AND {after} FOLLOWING", least, pandas=told)

    @staticmethod
    def of_times(time: Expr, window: Any, min_periods: Any, closed: Any, number: Expr | None = None) -> Spec:
        """The rows of so much time up to this one; times ascend, and none comes twice but beside the number of its row.

        Raises Declined.
        """
        unit = "ns" if np.datetime_data(time.dtype)[0] == "ns" else "us"
        length, rest = divmod(_nanoseconds(window), 1 if unit == "ns" else 1000)
        if rest or length < 1 or (min_periods is not None and (type(min_periods) is not int or min_periods < 0)):
            raise Declined("this window or min_periods")
        kind = "TIMESTAMP_NS" if unit == "ns" else "TIMESTAMP"
        key = Expr(joined(f"epoch_{unit}(CAST({{}} AS {kind}))", time), INT)
        if number is not None:
            key = Expr(joined(f"(CAST({{}} AS HUGEINT) * {_ROWS} + {{}})", key, number), INT)
            frame = _closed_numbers(length, closed or "right")
            return Spec(frame, 1 if min_periods is None else min_periods, key)
        return Spec(_closed("RANGE", length, closed or "right"), 1 if min_periods is None else min_periods, key)

    def over(self, rows: Rows) -> Text:
        """` OVER (…)` of the rows around each."""
        return rows.over(self.frame) if self.key is None else rows.over_range(self.key, self.frame)

    @staticmethod
    def of_expanding(min_periods: Any) -> Spec:
        """All rows up to this one. Raises Declined."""
        if type(min_periods) is not int or min_periods < 0:
            raise Declined("this min_periods")
        told = Listed("expanding", {"min_periods": min_periods})
        return Spec("ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW", min_periods, pandas=told)


def _nanoseconds(window: Any) -> int:
    """A window of time, which is a text as pandas reads frequencies. Raises Declined for others, such as months."""
    try:
        step: Any = to_offset(window)
        return int(pd.Timedelta(step).as_unit("ns").value)
    except (ValueError, TypeError, OverflowError) as error:
        raise Declined("a window that is no time") from error


def _closed(kind: str, length: int, closed: Any) -> str:
    """The frame of so many rows, or so much time, up to a row. Raises Declined."""
    if closed not in ("right", "left", "both", "neither") or (closed == "neither" and length < 2):
        raise Declined("this closed")
    before = length if closed in ("left", "both") else length - 1
    last = "CURRENT ROW" if closed in ("right", "both") else "1 PRECEDING"
    return f"{kind} BETWEEN {before} PRECEDING AND {last}"


_ROWS = 2**32  # more than there are rows: times are measured in this part of their unit, rows in between


def _closed_numbers(length: int, closed: Any) -> str:
    """The frame of so much time up to a row, of times and numbers of rows in one. Raises Declined."""
    if closed not in ("right", "left", "both", "neither"):
        raise Declined("this closed")
    before = (length if closed in ("left", "both") else length - 1) * _ROWS + _ROWS - 1
    last = "CURRENT ROW" if closed in ("right", "both") else f"{_ROWS}::HUGEINT PRECEDING"  # of times before
    return f"RANGE BETWEEN {before}::HUGEINT PRECEDING AND {last}"


def _forward(window: Any, min_periods: Any, center: Any, closed: Any) -> Spec:
    """So many rows from this one on. Raises Declined."""
    size, least = window.window_size, min_periods
    if type(size) is not int or size < 1 or center is not False or closed is not None:
        raise Declined("a window from each row on, of this kind")
    if least is not None and (type(least) is not int or least < 0):
        raise Declined("this min_periods")
    return Spec(f"ROWS BETWEEN CURRENT ROW AND {size - 1} FOLLOWING", size if least is None else least)


def rolled(rows: Rows, value: Expr, spec: Spec | Listed, name: str, *args: Any) -> Found:
    """The aggregate by name, float64; missing where too few values are there. Raises Declined."""
    if isinstance(spec, Listed):
        return listed(rows, value, spec, name)
    if name not in _FUNCTIONS and name != "quantile":
        raise Declined(f"{name} of windows")
    if len(args) > 1 or (name == "quantile" and not args) or (args and name not in ("quantile", "std", "var")):
        raise Declined("these arguments")
    if not is_number(value.dtype) and value.dtype != BOOL:
        raise Declined(f"windows of {value.dtype}")
    number = _finite(value)
    over = spec.over(rows)
    found = _aggregate(name, number, over, args)
    least, count = spec.least, joined("count({}){}", number, over)
    if name == "count":  # of all rows so many, and infinite values are values
        found, count = joined("count({}){}", value, over), joined("count(*){}", over)
    if name == "sum" and least == 0:
        found = joined("coalesce({}, 0e0)", found)
    text = joined("CAST({} AS DOUBLE)", joined(f"CASE WHEN {{}} >= {least} THEN {{}} END", count, found))
    if spec.pandas is not None and _has_own_digits(name, value):
        told, shown = replace(spec.pandas, args=args), rows.where_keyed(Expr(text, FLOAT, True))
        with suppress(Declined):  # of a session that may not be lent functions
            return listed(rows, value, told, name, shown)
    if name in ("std", "var"):
        _check_spread(rows, number, spec)
    return rows.placed(text, FLOAT, nullable=True)


def _has_own_digits(name: str, value: Expr) -> bool:
    """Whether pandas' aggregate has other last digits than that of SQL: it takes values out of a running sum.

    They matter: a tree splits by them where windows are equal or nearly so.
    """
    return name in ("std", "var") or (name in ("sum", "mean", "quantile") and value.dtype.kind == "f")


def _finite(value: Expr) -> Text:
    number = cast(value, FLOAT)
    if value.dtype.kind != "f":
        return number.text
    return joined("CASE WHEN isfinite({}) THEN {} END", number, number)


def _aggregate(name: str, number: Text, over: Text, args: Any) -> Text:
    if name == "quantile":
        (q,) = args
        if isinstance(q, bool) or not isinstance(q, int | float) or not 0 <= q <= 1:
            raise Declined("this quantile")
        return joined("quantile_cont({}, {}){}", number, repr(float(q)), over)
    function = _FUNCTIONS[name]
    if args:
        if type(args[0]) is not int or args[0] not in (0, 1):
            raise Declined("this ddof")
        function = function.replace("_samp", "_samp" if args[0] else "_pop")
    return joined(f"{function}({{}}){{}}", number, over)


def _check_spread(rows: Rows, number: Text, spec: Spec) -> None:
    """Raise Declined where pandas, which takes values out of a running sum of squares, has other digits: where squares
    in one window are small beside those of the column."""
    node, spread = rows.placed(joined("var_pop({}){}", number, spec.over(rows)), FLOAT, nullable=True)
    ask = joined(
        "coalesce(min({}) FILTER (WHERE {} > 0) >= 1e-5 * pow(max({}) - min({}), 2), true)",
        spread,
        spread,
        number,
        number,
    )
    if not engine().answer(node, ask):
        raise Declined("deviations that are small beside the column")
