"""Times and spans of time: arithmetic and comparisons. A span is an integer of its unit in DuckDB."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, Text, cast, joined, text_literal
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, Dtype, sql_type
from stratum_sql.pandas.series import RULES, Series
from stratum_sql.pandas.series_methods import CONVERSIONS

PER_SECOND = {"us": 1_000_000, "ns": 1_000_000_000}
_SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def unit_of(dtype: Dtype) -> str:
    """The unit of a time or span: microseconds, as pandas 3 makes them, or nanoseconds. Raises Declined for others."""
    unit = str(np.datetime_data(dtype)[0])
    if unit not in PER_SECOND:
        raise Declined(f"times in {unit}")
    return unit


def span(unit: str) -> Dtype:
    """The dtype of spans of time in this unit."""
    return np.dtype(f"timedelta64[{unit}]")


def number(value: Expr) -> Text:
    """How many units a time is after 1970, or how long a span is."""
    return value.text if value.dtype.kind == "m" else joined(f"epoch_{unit_of(value.dtype)}({{}})", value)


def micros(value: Expr) -> Text:
    """A time as a TIMESTAMP, which has microseconds: DuckDB's own cast would round."""
    if unit_of(value.dtype) == "us":
        return value.text
    count = joined("epoch_ns({})", value)
    return joined("make_timestamp({})", floored(count, 1_000))


def floored(text: Text, divisor: int) -> Text:
    """An integer divided, and rounded down."""
    return joined(f"({{}} // {divisor} - CASE WHEN {{}} % {divisor} < 0 THEN 1 ELSE 0 END)", text, text)


def remainder(text: Text, divisor: int) -> Text:
    """What floored division leaves."""
    return joined(f"(({{}} % {divisor} + {divisor}) % {divisor})", text)


def time_from(text: Text, dtype: Dtype, *, nullable: bool) -> Expr:
    """The time so many units after 1970."""
    function = {"us": "make_timestamp", "ns": "make_timestamp_ns"}[unit_of(dtype)]
    return Expr(joined(f"{function}({{}})", text), dtype, nullable)


# -- constants ---------------------------------------------------------------------------------------------------------


def _constant(value: Any, kind: str, unit: str) -> Expr:
    """A constant in the unit of the column. Raises Declined if it has no equal there."""
    try:
        found: Any = _as_time(value) if kind == "M" else _as_span(value)
        if found is pd.NaT or getattr(found, "tz", None) is not None:
            raise Declined("a missing time, or one of a zone")
        held = found.as_unit(unit, round_ok=False)
    except (ValueError, TypeError, OverflowError):
        raise Declined("a constant that the column's unit does not hold") from None
    count = int(held.value if held.unit == "ns" else held.asm8.view("int64"))
    if kind == "m":
        return Expr((f"({count})",), span(unit))
    spelled = text_literal(str(held))
    return Expr((f"{spelled}::{sql_type(np.dtype(f'datetime64[{unit}]'))}",), np.dtype(f"datetime64[{unit}]"))


def _as_time(value: Any) -> pd.Timestamp:
    if not isinstance(value, str | datetime.datetime | np.datetime64):
        raise TypeError
    return pd.Timestamp(value)


def _as_span(value: Any) -> pd.Timedelta:
    if not isinstance(value, datetime.timedelta | np.timedelta64):
        raise TypeError
    return pd.Timedelta(value)


def _is_span(value: Any) -> bool:
    return (
        value.dtype.kind == "m" if isinstance(value, Expr) else isinstance(value, datetime.timedelta | np.timedelta64)
    )


# -- two operands ------------------------------------------------------------------------------------------------------


def binary(name: str, left: Any, right: Any) -> Expr:
    """`left name right` of which one is a column of times or spans. Raises Declined."""
    column = left if isinstance(left, Expr) and left.dtype.kind in "mM" else right
    unit = unit_of(column.dtype)
    if name in _SIGNS:
        return _compared(name, *(_operand(value, column.dtype.kind, unit) for value in (left, right)))
    kinds = ["m" if _is_span(value) else "M" for value in (left, right)]
    operands = [_operand(value, kind, unit) for value, kind in zip((left, right), kinds, strict=True)]
    nullable = any(value.nullable for value in operands)
    if name == "truediv" and kinds == ["m", "m"] and not isinstance(right, Expr):
        return Expr(
            joined("({} / {})", *(cast(Expr(number(value), INT), FLOAT) for value in operands)), FLOAT, nullable
        )
    if name not in ("add", "sub"):
        raise Declined(f"{name} of times")
    counts = joined(f"({{}} {'+' if name == 'add' else '-'} {{}})", *(number(value) for value in operands))
    if kinds == ["M", "M"] and name == "sub":
        return Expr(counts, span(unit), nullable)
    if kinds == ["m", "m"]:
        return Expr(counts, span(unit), nullable)
    if kinds == ["M", "m"] or (kinds == ["m", "M"] and name == "add"):
        return time_from(counts, np.dtype(f"datetime64[{unit}]"), nullable=nullable)
    raise Declined(f"{name} of times")


def _operand(value: Any, kind: str, unit: str) -> Expr:
    if not isinstance(value, Expr):
        return _constant(value, kind, unit)
    if value.dtype.kind != kind or unit_of(value.dtype) != unit:
        raise Declined("times of two kinds or units")
    return value


def _compared(name: str, left: Expr, right: Expr) -> Expr:
    test = joined(f"({{}} {_SIGNS[name]} {{}})", left, right)
    if not (left.nullable or right.nullable):
        return Expr(test, BOOL)
    if name == "ne":
        return Expr(joined("coalesce({}, true)", test), BOOL)
    return Expr(joined("coalesce({}, false)", test), BOOL, mask=test)


RULES["M"] = RULES["m"] = binary


def integers(series: Series, text: Text, dtype: str, *, nullable: bool) -> Series:
    """Parts of times: integers, but floats where a time is missing, which is asked."""
    held = Expr(joined("CAST({} AS DOUBLE)", text), FLOAT, nullable)
    if nullable and series._has_missing(held):
        return series._with(held)
    kind = np.dtype(dtype)
    return series._with(Expr(joined(f"CAST({{}} AS {sql_type(kind)})", text), kind))


# -- astype ------------------------------------------------------------------------------------------------------------


def _as_integers(series: Series, wanted: Any) -> Series:
    value = series._vector.value
    if np.dtype(wanted) != INT or (value.nullable and series._has_missing(value)):
        raise Declined(f"times as {wanted}")
    return series._with(Expr(joined("CAST({} AS BIGINT)", number(value)), INT))


def _as_times(series: Series, wanted: Any) -> Series:
    value, dtype = series._vector.value, np.dtype(wanted)
    if dtype == value.dtype:
        return series._with(value)
    if (unit_of(value.dtype), unit_of(dtype)) != ("us", "ns"):
        raise Declined(f"times as {wanted}")
    return series._with(time_from(joined("({} * 1000)", number(value)), dtype, nullable=value.nullable))


def _is_wish(kinds: str, wanted: Any) -> bool:
    try:
        return isinstance(wanted, str | type | np.dtype) and np.dtype(wanted).kind in kinds
    except TypeError:
        return False


CONVERSIONS.append((lambda dtype, wanted: dtype.kind in "mM" and _is_wish("iu", wanted), _as_integers))
CONVERSIONS.append((lambda dtype, wanted: dtype.kind == "M" and _is_wish("M", wanted), _as_times))
