"""Functions of one value: missing ones, types, rounding, limits, elementary functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from stratum_sql.pandas.arithmetic import common
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import (
    Exact,
    Expr,
    Listed,
    cast,
    dtype_of,
    is_missing,
    joined,
    literal,
    without_nan,
)
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, Dtype, is_float, is_integer, is_number, sql_type

# By Kahan's way to lose no digits near 0 (as in Higham, Accuracy and Stability of Numerical Algorithms, 1.14).
_LOG1P = "CASE WHEN 1e0 + {} = 1e0 OR {} = 'inf'::DOUBLE THEN {} ELSE ln(1e0 + {}) * ({} / ((1e0 + {}) - 1e0)) END"
_EXPM1 = (
    "CASE WHEN exp({}) = 1e0 THEN {} WHEN exp({}) < 1e-16 THEN -1e0 WHEN exp({}) = 'inf'::DOUBLE THEN exp({})"
    " ELSE (exp({}) - 1e0) * ({} / ln(exp({}))) END"
)

# NumPy's functions of float64 that DuckDB has, and whether a number may give NaN.
ELEMENTARY = {
    "sqrt": ("sqrt({})", True),
    "exp": ("exp({})", False),
    "log": ("ln({})", True),
    "log2": ("log2({})", True),
    "log10": ("log10({})", True),
    "sin": ("sin({})", True),
    "cos": ("cos({})", True),
    "tanh": ("tanh({})", False),
    "log1p": (_LOG1P, True),
    "expm1": (_EXPM1, True),
    "floor": ("floor({})", False),
    "ceil": ("ceil({})", False),
}
NUMPY = ("exp", "log", "log2", "log10", "sin", "cos", "tanh", "log1p", "expm1")  # others are the same everywhere


def missing(value: Expr) -> Expr:
    """Whether the value is missing."""
    return Expr(joined("({} IS NULL)", value), BOOL) if value.nullable else Expr(("false",), BOOL)


def there(value: Expr) -> Expr:
    """Whether the value is not missing."""
    return Expr(joined("({} IS NOT NULL)", value), BOOL) if value.nullable else Expr(("true",), BOOL)


def filled(value: Expr, other: Any) -> Expr:
    """The value, or `other` where it is missing: a constant or another column."""
    if not isinstance(other, Expr):
        if other is None:
            raise Declined("filled with None")
        if is_missing(other):
            return value
        if not value.nullable:
            fitting(value, other)
            return value
        other = fitting(value, other)
    elif other.dtype != value.dtype:
        if not (is_float(value.dtype) and other.dtype == INT and value.dtype == FLOAT):
            raise Declined(f"{value.dtype} filled with {other.dtype}")
        other = cast(other, FLOAT)
    return Expr(joined("coalesce({}, {})", value, other), value.dtype, value.nullable and other.nullable)


def fitting(value: Expr, other: Any) -> Expr:
    """A constant as the column's type holds it. Raises Declined if it does not, where pandas would widen the column."""
    kind = dtype_of(other)
    alike = kind == value.dtype or (is_float(value.dtype) and is_number(kind))
    if not alike and not (is_integer(value.dtype) and is_integer(kind)):
        raise Declined(f"{value.dtype} filled with {kind}")
    if value.dtype.kind == "f" and value.dtype != FLOAT and float(np.float32(other)) != float(other):
        raise Declined("a number that float32 does not hold")
    return literal(other, value.dtype)


def chosen(condition: Expr, value: Expr, other: Any) -> Expr:
    """The value where the condition holds, else `other`; without `other` a missing one."""
    if condition.dtype != BOOL:
        raise Declined("a condition that is not boolean")
    if not isinstance(other, Expr) and is_missing(other):
        if not value.nullable and value.dtype.kind not in "fOMmC":
            raise Declined("a missing value among integers or booleans")
        otherwise = Expr((f"NULL::{sql_type(value.dtype)}",), value.dtype, True)
    elif isinstance(other, Expr):
        otherwise = other
    else:
        otherwise = fitting(value, other)
    if otherwise.dtype != value.dtype:
        raise Declined(f"{value.dtype} or {otherwise.dtype}")
    text = joined("CASE WHEN {} THEN {} ELSE {} END", condition.condition, value, otherwise)
    return Expr(text, value.dtype, value.nullable or otherwise.nullable)


def replaced(condition: Expr, value: Expr, other: Any) -> Expr:
    """`other` where the condition holds, else the value."""
    otherwise = fitting(value, other)
    text = joined("CASE WHEN {} THEN {} ELSE {} END", condition.condition, otherwise, value)
    return Expr(text, value.dtype, value.nullable)


def either(condition: Expr, yes: Any, no: Any) -> Expr:
    """`numpy.where`: one or the other, in the dtype of both."""
    if condition.dtype != BOOL:
        raise Declined("a condition that is not boolean")
    if any(not isinstance(value, Expr) and value is None for value in (yes, no)):
        raise Declined("None in numpy.where")
    known = [value for value in (yes, no) if isinstance(value, Expr)]
    dtype = common(yes, no)
    operands = [cast(value, dtype) if isinstance(value, Expr) else literal(value, dtype) for value in (yes, no)]
    text = joined("CASE WHEN {} THEN {} ELSE {} END", condition.condition, *operands)
    if dtype == INT and not known:  # a constant of DuckDB takes the least type that holds it
        text = joined("CAST({} AS BIGINT)", text)
    return Expr(text, dtype, any(value.nullable for value in operands))


def first_of(conditions: list[Any], values: list[Any], default: Any) -> Expr:
    """`numpy.select`: the value of the first condition that holds, in the dtype of all of them."""
    if any(not isinstance(one, Expr) or one.dtype != BOOL for one in conditions):
        raise Declined("a condition that is not boolean")
    every = [*values, default]
    if any(not isinstance(one, Expr) and one is None for one in every):
        raise Declined("None in numpy.select")
    kinds = [value.dtype if isinstance(value, Expr) else dtype_of(value) for value in every]
    if TEXT in kinds:
        if not set(kinds) == {TEXT}:
            raise Declined("texts among others")
        dtype = TEXT
    else:
        dtype = np.result_type(*(value.dtype if isinstance(value, Expr) else value for value in every))
    operands = [cast(value, dtype) if isinstance(value, Expr) else literal(value, dtype) for value in every]
    cases = [
        joined("WHEN {} THEN {}", test.condition, value) for test, value in zip(conditions, operands[:-1], strict=True)
    ]
    text = joined("CASE " + " ".join("{}" for _ in cases) + " ELSE {} END", *cases, operands[-1])
    if is_integer(dtype):  # a constant of DuckDB takes the least type that holds it
        text = joined(f"CAST({{}} AS {sql_type(dtype)})", text)
    return Expr(text, dtype, any(value.nullable for value in operands))


def clipped(value: Expr, lower: Any, upper: Any) -> Expr:
    """Between two limits; a missing value stays so, where DuckDB's greatest and least would take the limit."""
    if not is_number(value.dtype):
        raise Declined(f"limits of {value.dtype}")
    text = value.text
    for function, limit in (("greatest", lower), ("least", upper)):
        if limit is None:
            continue
        if isinstance(limit, Expr) or is_missing(limit) or common(value, limit) != value.dtype:
            raise Declined("limits that are not constants of the column's type")
        text = joined(f"{function}({{}}, {{}})", text, literal(limit, value.dtype))
    if text is value.text:
        return value
    if lower is not None and upper is not None and lower > upper:
        raise Declined("a lower limit above the upper one")
    if value.nullable:
        text = joined("CASE WHEN {} IS NOT NULL THEN {} END", value, text)
    return Expr(text, value.dtype, value.nullable)


def extreme(function: str, left: Any, right: Any) -> Expr:
    """`numpy.maximum` or `minimum`, as `greatest` or `least`: missing if one side is."""
    dtype = common(left, right)
    if not is_number(dtype):
        raise Declined(f"{function} of {dtype}")
    operands = [cast(value, dtype) if isinstance(value, Expr) else literal(value, dtype) for value in (left, right)]
    text = joined(f"{function}({{}}, {{}})", *operands)
    for value in operands:
        if value.nullable:
            text = joined("CASE WHEN {} IS NOT NULL THEN {} END", value, text)
    return Expr(text, dtype, any(value.nullable for value in operands))


def is_listed(value: Expr, others: Listed) -> Expr:
    """Whether the value is one of another relation; a missing one is not. Raises Declined."""
    if value.dtype != others.value.dtype:
        raise Declined("values of another type")
    test = joined("({} IN {})", value, (others,))
    return Expr(joined("coalesce({}, false)", test), BOOL, mask=test) if value.nullable else Expr(test, BOOL)


def extreme_there(function: str, left: Any, right: Any) -> Expr:
    """`numpy.fmax` or `fmin`: that of the two that are there, as DuckDB's `greatest` and `least` give it."""
    dtype = common(left, right)
    if not is_number(dtype):
        raise Declined(f"{function} of {dtype}")
    operands = [cast(value, dtype) if isinstance(value, Expr) else literal(value, dtype) for value in (left, right)]
    return Expr(joined(f"{function}({{}}, {{}})", *operands), dtype, all(value.nullable for value in operands))


def is_nan(value: Expr) -> Expr:
    """`numpy.isnan`."""
    if not is_float(value.dtype):
        raise Declined(f"isnan of {value.dtype}")
    return missing(value)


def is_finite(value: Expr) -> Expr:
    """`numpy.isfinite`: neither missing nor infinite."""
    if not is_float(value.dtype):
        raise Declined(f"isfinite of {value.dtype}")
    return Expr(joined("coalesce(isfinite({}), false)", value), BOOL, mask=joined("isfinite({})", value))


def is_infinite(value: Expr) -> Expr:
    """`numpy.isinf`."""
    if not is_float(value.dtype):
        raise Declined(f"isinf of {value.dtype}")
    return Expr(joined("coalesce(isinf({}), false)", value), BOOL, mask=joined("isinf({})", value))


def sign(value: Expr) -> Expr:
    """`numpy.sign`: -1, 0 or 1 in the type of the column."""
    if value.dtype.kind not in "if":
        raise Declined(f"the sign of {value.dtype}")
    return Expr(joined(f"CAST(sign({{}}) AS {sql_type(value.dtype)})", value), value.dtype, value.nullable)


def limited(value: Expr, lower: Any, upper: Any) -> Expr:
    """Between two columns or constants of the same rows; a missing value stays so, and a missing limit is none.

    As in pandas each limit is held against the value as it was, the upper one last.
    """
    cases = []
    for sign_, limit in ((">", upper), ("<", lower)):
        if limit is None:
            continue
        found = limit if isinstance(limit, Expr) else literal(limit, value.dtype)
        if found.dtype == INT and value.dtype == FLOAT:
            found = cast(found, FLOAT)
        if found.dtype != value.dtype or value.dtype not in (INT, FLOAT):
            raise Declined("limits of another type")
        cases.append(joined(f"WHEN {{}} {sign_} {{}} THEN {{}}", value, found, found))
    if not cases:
        return value
    text = joined("CASE " + " ".join("{}" for _ in cases) + " ELSE {} END", *cases, value)
    return Expr(text, value.dtype, value.nullable)


def is_among(value: Expr, others: Iterable[Any]) -> Expr:
    """Whether the value is one of the constants; a missing one is if a missing one is listed."""
    listed = [_whole(value.dtype, other) for other in others]
    if is_integer(value.dtype):
        listed = [other for other in listed if not isinstance(other, float | np.floating) or is_missing(other)]
    given = [other for other in listed if not is_missing(other)]
    if any(not _comparable(value.dtype, other) for other in given):
        raise Declined("constants of another type")
    tests = []
    if given:
        spelled = [literal(other, value.dtype) for other in given]
        within = joined("({} IN (" + ", ".join("{}" for _ in spelled) + "))", value, *spelled)
        tests.append(joined("coalesce({}, false)", within) if value.nullable else within)
    if len(given) < len(listed) and value.nullable:
        tests.append(joined("({} IS NULL)", value))
    if not tests:
        return Expr(("false",), BOOL)
    return Expr(tests[0] if len(tests) == 1 else joined("({} OR {})", *tests), BOOL)


def _whole(dtype: Dtype, other: Any) -> Any:
    """A float that is a whole number, which integers are compared with, as that."""
    is_one = isinstance(other, float | np.floating) and is_integer(dtype) and not is_missing(other)
    return int(other) if is_one and float(other).is_integer() and abs(other) < 2**53 else other


def _comparable(dtype: Dtype, other: Any) -> bool:
    kind = dtype_of(other)
    return kind == dtype or (dtype == FLOAT and kind == INT) or (is_integer(dtype) and kind == INT)


def rounded(value: Expr, decimals: int) -> Expr:
    """Half to even, as NumPy does. To decimals NumPy multiplies, rounds and divides, and so does this."""
    if value.dtype != FLOAT or not isinstance(decimals, int) or not 0 <= decimals <= 15:
        raise Declined("rounded to these decimals, or other than float64")
    if decimals == 0:
        return Expr(joined("round_even({}, 0)", value), FLOAT, value.nullable)
    factor = literal(10.0**decimals, FLOAT)
    return without_nan(joined("(round_even({} * {}, 0) / {})", value, factor, factor), FLOAT)


def elementary(name: str, value: Expr) -> Expr:
    """A function of NumPy that DuckDB has, of a column of float64, or of integers as such."""
    template, makes_nan = ELEMENTARY[name]
    if value.dtype not in (FLOAT, INT) or (name in ("floor", "ceil") and value.dtype != FLOAT):
        raise Declined(f"{name} of {value.dtype}")
    operand = cast(value, FLOAT)
    text = joined(template, *[operand] * template.count("{}"))
    if template.count("{}") > 1 and operand.nullable:
        text = joined("CASE WHEN {} IS NOT NULL THEN {} END", operand, text)
    if name in NUMPY:
        text = (Exact(text, joined(f"numpy_{name}({{}})", operand)),)
    return without_nan(text, FLOAT) if makes_nan else Expr(text, FLOAT, value.nullable)


def converted(value: Expr, dtype: Dtype) -> Expr:
    """`astype`: floats lose their fraction, which a CAST would round. The caller has seen that no value is missing
    where integers are wanted."""
    if dtype == value.dtype and (dtype != TEXT or not value.nullable):
        return value
    if dtype == TEXT:
        return _as_text(value)  # of a missing text too: pandas spells it
    if value.dtype.kind not in "biuf" or dtype.kind not in "biuf":
        raise Declined(f"{value.dtype} as {dtype}")
    if dtype == BOOL:
        if value.nullable:
            raise Declined("a missing value as boolean")
        return Expr(joined("({} <> 0)", value), BOOL)
    if is_float(value.dtype) and not is_float(dtype):
        return Expr(joined(f"CAST(trunc({{}}) AS {sql_type(dtype)})", value), dtype)
    return cast(value, dtype)


def _as_text(value: Expr) -> Expr:
    if value.nullable or value.dtype.kind not in "biu":
        raise Declined(f"{value.dtype} as text")  # how a float is spelled is Python's matter
    if value.dtype == BOOL:
        return Expr(joined("CASE WHEN {} THEN 'True' ELSE 'False' END", value), TEXT)
    return Expr(joined("CAST({} AS VARCHAR)", value), TEXT)
