"""One value of many: aggregates as pandas computes them. Missing values are left out."""

from __future__ import annotations

from typing import Any

import numpy as np

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Exact, Expr, Text, cast, check_compared, joined, refusing
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, is_float, is_integer, is_number

NAMES = ("sum", "mean", "min", "max", "count", "nunique", "std", "var", "median", "any", "all")


def reduced(name: str, value: Expr, over: Text = (), *, of_groups: bool = False) -> Expr:
    """The aggregate, NULL for pandas' NaN; `over` makes a window function of it. Raises Declined.

    Sums of integers are int64 and wrap in pandas; here an overflow is an error, and pandas does it again. Floats
    `of_groups` are added as pandas adds those, by Kahan's method, to the same digits; all of a column it adds in pairs.
    """
    if name == "count":
        return Expr(joined("count({}){}", value, over), INT)
    if name == "nunique":
        check_compared(value)
        return Expr(joined("count(DISTINCT {}){}", value, over), INT)
    if name in ("any", "all"):
        return _logical(name, value, over)
    if name in ("min", "max") and value.dtype.kind in "mM":
        return Expr(joined(f"{name}({{}}){{}}", value, over), value.dtype, True)
    if value.dtype == TEXT or value.dtype.kind not in "biuf" or (value.dtype == BOOL and name not in ("sum", "mean")):
        raise Declined(f"{name} of {value.dtype}")
    if name in ("min", "max"):
        return Expr(joined(f"{name}({{}}){{}}", value, over), value.dtype, value.nullable)
    if is_float(value.dtype) and value.dtype != FLOAT:
        raise Declined(f"{name} of {value.dtype}")  # pandas sums float32 in steps of its own
    if name in ("sum", "mean") and of_groups and is_float(value.dtype):
        return _added(name, value)
    if name == "sum":
        return _sum(value, over)
    if name in ("std", "var"):
        return _spread(name, value, over)
    function = {"mean": "avg", "median": "median"}[name]
    return _nan_free(joined(f"{function}({{}}){{}}", cast(value, FLOAT), over))


def asked(name: str, value: Expr, *, skipna: Any = True, min_count: Any = 0) -> Expr:
    """The aggregate as `Series.sum` and its like are told to make it. Raises Declined."""
    if type(skipna) is not bool or type(min_count) is not int:
        raise Declined("this skipna or min_count")
    if name in ("any", "all"):
        return _logical(name, value, (), skipna=skipna)
    found = reduced(name, value)
    return at_least(found if skipna else unless_missing(found, value), value, min_count)


def unless_missing(found: Expr, value: Expr) -> Expr:
    """An aggregate of the value, missing where one value is: skipna=False."""
    if not value.nullable:
        return found
    if value.dtype.kind == "f" and value.dtype != FLOAT:
        raise Declined("missing numbers of 32 bits")
    return Expr(joined("CASE WHEN count(*) = count({}) THEN {} END", value, found), found.dtype, True)


def at_least(found: Expr, value: Expr, min_count: int) -> Expr:
    """The sum, missing where fewer values are there. Raises Declined for sums that are integers."""
    if min_count <= 0:
        return found
    if found.dtype != FLOAT:
        raise Declined("min_count of integers")
    return Expr(joined(f"CASE WHEN count({{}}) >= {min_count} THEN {{}} END", value, found), FLOAT, True)


def _nan_free(text: Text) -> Expr:
    return Expr(joined("nullif({}, 'nan'::DOUBLE)", text), FLOAT, True)


def _sum(value: Expr, over: Text) -> Expr:
    if value.dtype.kind == "u":
        return Expr(joined("CAST(coalesce(sum({}){}, 0) AS UBIGINT)", value, over), np.dtype("uint64"))
    if is_float(value.dtype):
        return _nan_free(joined("coalesce(sum({}){}, 0e0)", value, over))
    return Expr(joined("CAST(coalesce(sum({}){}, 0) AS BIGINT)", cast(value, INT), over), INT)


_ADDED = {"sum": ("coalesce(sum({}), 0e0)", "fsum"), "mean": ("avg({})", "favg")}


def _added(name: str, value: Expr) -> Expr:
    """The sum or mean of floats by Kahan's method, which has no end where one is infinite."""
    template, by_kahan = _ADDED[name]
    plain = joined(template, value)
    exact = joined(f"coalesce(nullif({by_kahan}({{}}), 'nan'::DOUBLE), {{}})", value, plain)
    return _nan_free((Exact(plain, exact),))


def of_population(name: str, value: Expr) -> Expr:
    """`std` or `var` with ddof=0."""
    return _spread(name, value, (), "pop")


def _spread(name: str, value: Expr, over: Text, of: str = "samp") -> Expr:
    """With an infinite value there is none, which DuckDB says by an error or NaN."""
    function = {"std": "stddev_", "var": "var_"}[name] + of
    number = cast(value, FLOAT)
    if is_integer(value.dtype):
        return Expr(joined(f"{function}({{}}){{}}", number, over), FLOAT, True)
    finite = joined(f"{function}({{}}) FILTER (WHERE isfinite({{}})){{}}", number, number, over)
    text = joined("CASE WHEN coalesce(bool_and(isfinite({})){}, true) THEN {} END", number, over, finite)
    return Expr(text, FLOAT, True)


def quantile(value: Expr, q: float) -> Expr:
    """The value with the share `q` of all below it, between two of them in proportion; of finite numbers alone."""
    if value.dtype not in (FLOAT, INT):
        raise Declined(f"quantiles of {value.dtype}")
    number = cast(value, FLOAT)
    text = joined("quantile_cont({}, {})", number, repr(q))
    if is_float(value.dtype):  # between an infinite value and another pandas has NaN
        text = refusing(joined("coalesce(bool_or(isinf({})), false)", value), "quantiles of infinite values", text)
    return Expr(text, FLOAT, True)


def _logical(name: str, value: Expr, over: Text, *, skipna: bool = True) -> Expr:
    """Numbers are true but 0. A missing one is true, but where it is left out."""
    if value.dtype != BOOL and not is_number(value.dtype):
        raise Declined(f"{name} of {value.dtype}")
    test: Text = value.text if value.dtype == BOOL else joined("({} <> 0)", value)
    if value.nullable and not skipna:
        test = joined("coalesce({}, true)", test)
    function, empty = ("bool_or", "false") if name == "any" else ("bool_and", "true")
    return Expr(joined(f"coalesce({function}({{}}){{}}, {empty})", test, over), BOOL)
