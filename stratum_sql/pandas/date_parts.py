"""`Series.dt`: days and times of day as Python's own objects, and times taken to the next or nearest unit."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from stratum_sql.pandas.dates import declare
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, Text, joined
from stratum_sql.pandas.kinds import BOOL, CLOCKS, DAYS
from stratum_sql.pandas.series import RULES, Series
from stratum_sql.pandas.times import PER_SECOND, integers, micros, number, remainder, time_from, unit_of

_SECONDS = {"D": 86_400, "d": 86_400, "h": 3_600, "min": 60, "s": 1}
_STEP = re.compile(r"([1-9]\d{0,3})?(D|d|h|min|s)")


def _date(self: Series) -> Series:
    value = self._vector.value
    return self._with(Expr(joined("CAST({} AS DATE)", micros(value)), DAYS, value.nullable))


def _time(self: Series) -> Series:
    value = self._vector.value
    return self._with(Expr(joined("CAST({} AS TIME)", micros(value)), CLOCKS, value.nullable))


# -- to a unit ---------------------------------------------------------------------------------------------------------


def step_of(freq: Any, unit: str) -> int:
    """How many units of a column a step is that pandas has a name for. Raises Declined."""
    found = _STEP.fullmatch(freq) if isinstance(freq, str) else None
    if found is None or (found[1] and found[2] in "Dd"):
        raise Declined("other than a day, or a number of hours, minutes or seconds")
    return int(found[1] or 1) * _SECONDS[found[2]] * PER_SECOND[unit]


def _stepped(self: Series, freq: Any, change: Callable[[Text, Text, int], Text]) -> Series:
    """The units of the column changed by what is left of a step."""
    value = self._vector.value
    step, counts = step_of(freq, unit_of(value.dtype)), number(value)
    return self._with(time_from(change(counts, remainder(counts, step), step), value.dtype, nullable=value.nullable))


def _floor(self: Series, freq: Any) -> Series:
    return _stepped(self, freq, lambda count, rest, _: joined("({} - {})", count, rest))


def _ceil(self: Series, freq: Any) -> Series:
    text = "({{}} + CASE WHEN {{}} = 0 THEN 0 ELSE {} - {{}} END)"
    return _stepped(self, freq, lambda count, rest, step: joined(text.format(step), count, rest, rest))


def _round(self: Series, freq: Any) -> Series:
    """To the nearest step, of two that are as near to the even one."""

    def change(count: Text, rest: Text, step: int) -> Text:
        is_odd = joined(f"((({{}} - {{}}) // {step}) % 2 <> 0)", count, rest)
        up = joined(f"({{}} * 2 > {step} OR ({{}} * 2 = {step} AND {{}}))", rest, rest, is_odd)
        return joined(f"({{}} - {{}} + CASE WHEN {{}} THEN {step} ELSE 0 END)", count, rest, up)

    return _stepped(self, freq, change)


def _nanosecond(self: Series) -> Series:
    value = self._vector.value
    text = remainder(number(value), 1_000) if unit_of(value.dtype) == "ns" else joined("({} * 0)", number(value))
    return integers(self, text, "int32", nullable=value.nullable)


# -- of spans ----------------------------------------------------------------------------------------------------------


def _microseconds(self: Series) -> Series:
    value = self._vector.value
    per_second = PER_SECOND[unit_of(value.dtype)]
    text = joined(f"({{}} // {per_second // 1_000_000})", remainder(value.text, per_second))
    return integers(self, text, "int32", nullable=value.nullable)


def _nanoseconds(self: Series) -> Series:
    value = self._vector.value
    text = remainder(value.text, 1_000) if unit_of(value.dtype) == "ns" else joined("({} * 0)", value)
    return integers(self, text, "int32", nullable=value.nullable)


_STEPS = "D, or so many h, min or s"
declare("date", _date, "Python's own dates, for groups, joins, sorts, comparisons with a date")
declare("time", _time, "as date")
declare("floor", _floor, _STEPS, is_called=True)
declare("ceil", _ceil, _STEPS, is_called=True)
declare("round", _round, _STEPS, is_called=True)
declare("nanosecond", _nanosecond)
declare("microseconds", _microseconds, "of spans", of="spans")
declare("nanoseconds", _nanoseconds, "of spans", of="spans")


# -- compared ----------------------------------------------------------------------------------------------------------

_SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def _compared(name: str, left: Any, right: Any) -> Expr:
    """Days that are all there with one another, or with a date of Python. Raises Declined."""
    operands = [_day(one) for one in (left, right)]
    if name not in _SIGNS or any(one.nullable for one in operands):
        raise Declined("days that are missing, or other than compared")
    return Expr(joined(f"({{}} {_SIGNS[name]} {{}})", *operands), BOOL)


def _day(value: Any) -> Expr:
    if isinstance(value, Expr) and value.dtype == DAYS:
        return value
    if type(value) is not datetime.date:
        raise Declined("a day beside something else")
    return Expr((f"DATE '{value.isoformat()}'",), DAYS)


RULES[DAYS.kind] = _compared
