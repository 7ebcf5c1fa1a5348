"""Which bin of a rule such as 'MS' or '6h' a time is in: its number, and for groups the label that pandas gives it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.aligning import column_name
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, joined
from stratum_sql.pandas.kinds import INT
from stratum_sql.pandas.plan import Aggregate, Node
from stratum_sql.pandas.times import floored

_DAY = 86_400_000_000  # microseconds
_OF_MONTHS = "(year({}) * 12 + month({}) - 1)"
_OF_QUARTERS = "(year({}) * 4 + quarter({}) - 1)"
_TICKS = (pd.offsets.Hour, pd.offsets.Minute, pd.offsets.Second, pd.offsets.Milli, pd.offsets.Micro)


def offset_of(rule: Any) -> Any:
    """The offset that a rule is. Raises Declined."""
    if not isinstance(rule, str | pd.offsets.BaseOffset | pd.Timedelta):
        raise Declined("a rule of another kind")
    try:
        return pd.tseries.frequencies.to_offset(rule)
    except ValueError:
        raise Declined("a rule that pandas does not know") from None


def check_binned(node: Node, time: Expr) -> None:
    """Raise Declined for what is no time, has gaps or another unit, or has no rows."""
    if time.dtype != np.dtype("datetime64[us]"):
        raise Declined("bins of other than times in microseconds")
    text = joined("count(*) > 0 AND count(*) = count({})", time)
    if not engine().answer(node, text):
        raise Declined("bins of no times, or of missing ones")


def number(node: Node, time: Expr, offset: Any, *, closed: Any) -> Expr:
    """The number of the bin, which ascends with time. Raises Declined."""
    if closed not in (None, "left", "right"):
        raise Declined("this end of a bin")
    ends = pd.offsets.MonthEnd | pd.offsets.QuarterEnd | pd.offsets.YearEnd | pd.offsets.Week
    usual = "right" if isinstance(offset, ends) else "left"
    step = _step(offset)
    if step is not None:
        return Expr(_ticks(node, time, step, is_right=closed == "right"), INT)
    if closed not in (None, usual) or offset.n != 1:
        raise Declined("several of these, or another end of a bin")
    return Expr(_of_calendar(offset, time), INT)


def _step(offset: Any) -> int | None:
    """The length of a bin of always the same length in microseconds; None for others."""
    if type(offset) is pd.offsets.Day and offset.n > 0:
        return int(offset.n) * _DAY
    if isinstance(offset, _TICKS) and offset.n > 0:
        return int(pd.Timedelta(offset) // pd.Timedelta(microseconds=1))
    return None


def _ticks(node: Node, time: Expr, step: int, *, is_right: bool) -> Text:
    """Bins begin at the day of the first time."""
    first = 0
    if _DAY % step:
        first = int(engine().answer(node, joined("epoch_us(min({}))", time))) // _DAY * _DAY
    return floored(joined(f"(epoch_us({{}}) - {first + is_right})", time), step)


def _of_calendar(offset: Any, time: Expr) -> Text:
    kind = type(offset)
    if kind in (pd.offsets.MonthBegin, pd.offsets.MonthEnd):
        return joined(_OF_MONTHS, time, time)
    if kind is pd.offsets.QuarterBegin and offset.startingMonth in (1, 4, 7, 10):
        return joined(_OF_QUARTERS, time, time)
    if kind is pd.offsets.QuarterEnd and offset.startingMonth in (3, 6, 9, 12):
        return joined(_OF_QUARTERS, time, time)
    if (kind is pd.offsets.YearBegin and offset.month == 1) or (kind is pd.offsets.YearEnd and offset.month == 12):
        return joined("year({})", time)
    if kind is pd.offsets.Week and offset.weekday is not None:
        return _weeks(time, offset.weekday)
    raise Declined("bins of this rule")


def _weeks(time: Expr, weekday: int) -> Text:
    """Weeks that end with a day of the week, since that of 1970-01-01, a Thursday."""
    days = floored(joined("epoch_us({})", time), _DAY)
    return floored(joined(f"({{}} + {2 - weekday})", days), 7)


def label(node: Node, time: Expr, rule: Any) -> Expr:
    """The first or last day of the bin, or the time that it begins with: how groups are called. Raises Declined."""
    offset = offset_of(rule)
    check_binned(node, time)
    step = _step(offset)
    if step is not None and _DAY % step == 0:
        at = joined(f"make_timestamp({{}} * {step})", _ticks(node, time, step, is_right=False))
        return Expr(at, time.dtype)
    if step is not None or offset.n != 1:
        raise Declined("bins that begin with the first time")
    return Expr(_day_of(offset, _of_calendar(offset, time), time), time.dtype)


def _day_of(offset: Any, number: Text, time: Expr) -> Text:
    kind = type(offset).__name__
    if kind == "Week":
        return joined(f"make_timestamp(({{}} * 7 + {offset.weekday + 4}) * {_DAY})", number)
    part = kind.removesuffix("Begin").removesuffix("End").lower()
    end = f" + INTERVAL 1 {part} - INTERVAL 1 day" if kind.endswith("End") else ""
    return joined(f"CAST(date_trunc('{part}', {{}}){end} AS TIMESTAMP)", time)


BINS = "__bin"  # how a column of bins is called


def are_bins(node: Node, value: Expr) -> bool:
    """Whether a column is bins that groups were made by: as a level of several it keeps a frequency in pandas."""
    name = column_name(value)
    while not isinstance(node, Aggregate):
        if len(node.reads) != 1:
            return False
        (node,) = node.reads
    of = dict(node.keys).get(name or "")
    return of is not None and (column_name(of) or "").startswith(BINS)
