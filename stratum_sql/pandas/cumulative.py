"""Sums, products, largest and smallest values up to each row, of a column or within groups.

Sums and products of floats are pandas' own, list by list (`window_lists.py`), to the last digit.
"""

from __future__ import annotations

from contextlib import suppress

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, Text, cast, joined, refusing
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, Dtype, is_float
from stratum_sql.pandas.window_lists import Listed, listed
from stratum_sql.pandas.windows import Found, Rows

_FUNCTIONS = {"cumsum": "sum", "cummax": "max", "cummin": "min", "cumprod": "product"}


def of_series(rows: Rows, value: Expr, name: str) -> Found:
    """`cumulative` of each group as a Series of its own, whose floats pandas adds otherwise than those of groups."""
    return cumulative(rows, value, name, kind="")


def cumulative(rows: Rows, value: Expr, name: str, *, skipna: bool = True, kind: str = "groupby") -> Found:
    """The aggregate of the rows up to this one; missing where the value is, which the others leave out. Without
    `skipna` it is missing from there on.
    """
    dtype = _dtype(rows, value, name)
    found = _up_to_each(rows, value, name, dtype, skipna=skipna)
    if dtype == FLOAT and name in ("cumsum", "cumprod") and skipna:
        told = Listed(kind if rows.keys else "", {})
        with suppress(Declined):  # of a session that may not be lent functions
            return listed(rows, value, told, name, rows.where_keyed(found))
    return rows.placed(found.text, dtype, nullable=found.nullable)


def _up_to_each(rows: Rows, value: Expr, name: str, dtype: Dtype, *, skipna: bool) -> Expr:
    number = cast(value, dtype)
    text = joined(f"{_FUNCTIONS[name]}({{}}){{}}", number, _up_to(rows))
    if name == "cumsum" and rows.keys and is_float(dtype):  # after an infinite value pandas has none
        text = refusing(joined("isinf({})", value), "sums up to each row of infinite values", text)
    if dtype == INT:
        text = joined("CAST({} AS BIGINT)", text)
    if is_float(dtype):
        text = joined("nullif({}, 'nan'::DOUBLE)", text)
    if value.nullable:
        there = joined("{} IS NOT NULL", value)
        if not skipna:
            there = joined("count(*){} = count({}){}", _up_to(rows), value, _up_to(rows))
        text = joined("CASE WHEN {} THEN {} END", there, text)
    return Expr(text, dtype, is_float(dtype) or value.nullable)


def _up_to(rows: Rows) -> Text:
    return rows.over("ROWS UNBOUNDED PRECEDING")


def _dtype(rows: Rows, value: Expr, name: str) -> Dtype:
    if value.dtype == FLOAT:
        return FLOAT
    if name in ("cummax", "cummin") and value.dtype.kind in "iM":
        return value.dtype
    if name == "cumsum" and (value.dtype in (INT, BOOL) or (value.dtype.kind == "i" and not rows.keys)):
        return INT
    raise Declined(f"{name} of {value.dtype}")
