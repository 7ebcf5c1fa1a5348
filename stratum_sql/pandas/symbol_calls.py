"""Functions that a function of one value may call, as expressions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas import arithmetic, functions, rowwise
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, cast, joined
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT
from stratum_sql.pandas.symbol_values import Parts, Value, Values, kind_of

_NUMBER = "[+-]?[0-9]+([.][0-9]*)?([eE][+-]?[0-9]{1,3})?"

# -- functions ---------------------------------------------------------------------------------------------------------


def call(symbols: Values, function: Any, args: list[Any]) -> Any:
    """A function that is known. Raises Declined."""
    try:
        known = _FUNCTIONS.get(function)
    except TypeError:
        known = None
    if known is None and isinstance(function, np.ufunc) and len(args) == 1:
        return _ufunc(symbols, function, args[0])
    if known is None or not args or any(one is None for one in args):
        raise Declined(f"the function {getattr(function, '__name__', 'that is not known')}")
    if not any(isinstance(one, Value | Parts) for one in args):
        raise Declined("a function of constants")
    return known(symbols, *args)


def _numbers(symbols: Values, value: Any) -> Value:
    found = symbols.plain(symbols.lifted(value))
    if kind_of(found) not in ("int", "float"):
        raise Declined("other than numbers")
    return found


def _ufunc(symbols: Values, function: np.ufunc, value: Any) -> Value:
    found = _numbers(symbols, value)
    if function is np.isnan:
        return Value(rowwise.missing(found.expr))
    if function.__name__ not in rowwise.ELEMENTARY or function.__name__ in ("floor", "ceil"):
        raise Declined(f"the function {function.__name__}")
    return Value(rowwise.elementary(function.__name__, found.expr))


def _len(symbols: Values, value: Value | Parts) -> Value:
    if isinstance(value, Parts):
        return value.count
    if kind_of(value) != "str":
        raise Declined("the length of this")
    symbols.guard_missing(value)
    return Value(Expr(joined("length({})", value.expr), INT))


def _str(symbols: Values, value: Value) -> Value:
    found = symbols.plain(value)
    kind = kind_of(found)
    if kind == "str":
        symbols.guard_missing(found)
        return found
    if kind == "int" or kind == "bool":
        return Value(rowwise.converted(Expr(found.expr.text, found.expr.dtype), TEXT))
    raise Declined("a float as text")


def _int(symbols: Values, value: Value) -> Value:
    found = symbols.plain(value)
    kind = kind_of(found)
    if kind in ("int", "bool"):
        return Value(cast(found.expr, INT))
    if kind == "float":
        return _whole(symbols, found, "trunc({})")
    if kind != "str":
        raise Declined("an integer of this")
    symbols.guard(joined("NOT coalesce(regexp_full_match({}, '[+-]?[0-9]{1,18}'), false)", found.expr))
    return Value(Expr(joined("CAST(TRY_CAST({} AS BIGINT) AS BIGINT)", found.expr), INT))


def _whole(symbols: Values, value: Value, template: str) -> Value:
    """A float as an integer, where it is one of 64 bits."""
    symbols.guard(joined("NOT coalesce(abs({}) < 9e18, false)", value.expr))
    return Value(Expr(joined(f"TRY_CAST({template} AS BIGINT)", value.expr), INT))


def _float(symbols: Values, value: Value) -> Value:
    found = symbols.plain(value)
    if kind_of(found) == "str":
        symbols.guard(joined(f"NOT coalesce(regexp_full_match({{}}, '{_NUMBER}'), false)", found.expr))
        return Value(Expr(joined("TRY_CAST({} AS DOUBLE)", found.expr), FLOAT))
    if kind_of(found) == "bool":
        return Value(cast(cast(found.expr, INT), FLOAT))
    return Value(symbols.as_float(_numbers(symbols, found)).expr)


def _abs(symbols: Values, value: Value) -> Value:
    return Value(arithmetic.plus_minus(_numbers(symbols, value).expr))


def _bool(symbols: Values, value: Value) -> Any:
    return symbols.condition(value)


def _round(symbols: Values, value: Value) -> Value:
    found = _numbers(symbols, value)
    return found if kind_of(found) == "int" else _whole(symbols, found, "round_even({}, 0)")


def _floor(symbols: Values, value: Value) -> Value:
    found = _numbers(symbols, value)
    return found if kind_of(found) == "int" else _whole(symbols, found, "floor({})")


def _ceil(symbols: Values, value: Value) -> Value:
    found = _numbers(symbols, value)
    return found if kind_of(found) == "int" else _whole(symbols, found, "ceil({})")


def _extreme(function: str) -> Callable[..., Value]:
    def of(symbols: Values, *args: Any) -> Value:
        values = [_numbers(symbols, one) for one in args]
        if len(values) != 2 or kind_of(values[0]) != kind_of(values[1]):
            raise Declined("the extreme of two types")
        for value in values:
            if value.expr.nullable:
                symbols.guard(joined("{} IS NULL", value.expr))
        text = joined(f"{function}({{}}, {{}})", *(value.expr for value in values))
        return Value(Expr(text, values[0].expr.dtype))

    return of


def _domain(name: str, allowed: str) -> Callable[..., Value]:
    """A function of `math`, which raises where NumPy's gives NaN or an infinite number."""

    def of(symbols: Values, value: Value) -> Value:
        found = symbols.as_float(_numbers(symbols, value))
        symbols.guard(joined(f"NOT ({allowed})", *[found.expr] * allowed.count("{}")))
        return Value(rowwise.elementary(name, found.expr))

    return of


def _isna(symbols: Values, value: Any) -> Any:
    found = symbols.lifted(value)
    return Value(Expr(joined("({} IS NULL)", found.expr), BOOL)) if found.expr.nullable else False


def _notna(symbols: Values, value: Any) -> Any:
    found = symbols.lifted(value)
    return Value(Expr(joined("({} IS NOT NULL)", found.expr), BOOL)) if found.expr.nullable else True


def _isinstance(symbols: Values, value: Value, kinds: Any) -> Any:
    found = symbols.plain(value)
    listed = kinds if isinstance(kinds, tuple | list) else [kinds]
    if not all(one in (str, int, float, bool) for one in listed) or symbols.numpy_numbers:
        raise Declined("types other than Python's own")
    kind = kind_of(found)
    if kind == "str" and found.expr.nullable:
        if str not in listed or len(listed) > 1:
            raise Declined("whether a missing text is a float")
        return Value(Expr(joined("({} IS NOT NULL)", found.expr), BOOL))
    return {"str": str, "int": int, "float": float, "bool": bool}[kind] in listed or (kind == "bool" and int in listed)


_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    len: _len,
    str: _str,
    int: _int,
    float: _float,
    abs: _abs,
    bool: _bool,
    round: _round,
    min: _extreme("least"),
    max: _extreme("greatest"),
    isinstance: _isinstance,
    pd.isna: _isna,
    pd.isnull: _isna,
    pd.notna: _notna,
    pd.notnull: _notna,
    functions.isna: _isna,
    functions.isnull: _isna,
    functions.notna: _notna,
    functions.notnull: _notna,
    math.isnan: _isna,
    math.floor: _floor,
    math.ceil: _ceil,
    math.log: _domain("log", "coalesce({} > 0, true)"),
    math.log2: _domain("log2", "coalesce({} > 0, true)"),
    math.log10: _domain("log10", "coalesce({} > 0, true)"),
    math.log1p: _domain("log1p", "coalesce({} > -1, true)"),
    math.sqrt: _domain("sqrt", "coalesce({} >= 0, true)"),
    math.exp: _domain("exp", "coalesce({} < 700 OR isinf({}), true)"),
}
