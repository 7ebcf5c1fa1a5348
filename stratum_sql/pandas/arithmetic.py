"""Arithmetic, comparisons and logic of two operands, with NumPy's dtypes and pandas' missing values.

Integers that overflow are an error in DuckDB, and wrap in NumPy: pandas itself makes such a result.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, cast, dtype_of, is_missing, joined, literal, without_nan
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, Dtype, is_float, is_integer, is_number, sql_type

_SIGNS = {"add": "+", "sub": "-", "mul": "*"}
_COMPARED = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=", "ne": "<>"}


def binary(name: str, left: Any, right: Any) -> Expr:
    """`left name right`, one of them an Expr, the other one or a constant. Raises Declined."""
    if name in _COMPARED:
        return compared(name, left, right)
    if name in ("and_", "or_", "xor"):
        return logical(name, left, right)
    if name == "pow":
        return power(left, right)
    if name in ("floordiv", "mod"):
        return floored(name, left, right)
    return computed(name, left, right)


def computed(name: str, left: Any, right: Any) -> Expr:
    """Sum, difference, product or quotient; a text plus a text is both in a row."""
    dtype = common(left, right)
    if dtype == TEXT and name == "add":
        return _operated("{} || {}", left, right, dtype)
    if not is_number(dtype):
        raise Declined(f"{name} of {dtype}")
    if name == "truediv":
        dtype = dtype if is_float(dtype) else FLOAT
        return _divided(left, right, dtype)
    found = _operated(f"{{}} {_SIGNS[name]} {{}}", left, right, dtype)
    return found if is_integer(dtype) or not _may_be_nan(name, left, right) else without_nan(found.text, dtype)


def _divided(left: Any, right: Any, dtype: Dtype) -> Expr:
    found = _operated("{} / {}", left, right, dtype)
    plain = not isinstance(right, Expr) and right != 0 and math.isfinite(right)
    return found if plain else without_nan(found.text, dtype)


def _may_be_nan(name: str, left: Any, right: Any) -> bool:
    """inf - inf and 0 * inf are NaN; a finite constant on one side makes none, but 0 times."""
    constants = [value for value in (left, right) if not isinstance(value, Expr)]
    return not any(math.isfinite(value) and (name != "mul" or value != 0) for value in constants)


def _operated(template: str, left: Any, right: Any, dtype: Dtype) -> Expr:
    one, other = _operand(left, dtype), _operand(right, dtype)
    return Expr(joined(f"({template})", one, other), dtype, one.nullable or other.nullable)


def _operand(value: Any, dtype: Dtype) -> Expr:
    return cast(value, dtype) if isinstance(value, Expr) else literal(value, dtype)


def _dtype(value: Any) -> Dtype:
    return value.dtype if isinstance(value, Expr) else dtype_of(value)


def common(left: Any, right: Any) -> Dtype:
    """The dtype NumPy computes in: a Python number takes that of its column where it can. Raises Declined."""
    kinds = [_dtype(left), _dtype(right)]
    if kinds[0] is kinds[1] and kinds[0].kind in "biuf":
        return kinds[0]
    if (kinds[0] is FLOAT and kinds[1] is INT) or (kinds[0] is INT and kinds[1] is FLOAT):
        return FLOAT
    if TEXT in kinds:
        if kinds != [TEXT, TEXT]:
            raise Declined("text beside something else")
        return TEXT
    if any(kind.kind not in "biuf" for kind in kinds):
        raise Declined(f"{kinds[0]} beside {kinds[1]}")
    weak = [
        kind if isinstance(value, Expr | np.generic) else value
        for value, kind in zip((left, right), kinds, strict=True)
    ]
    return np.result_type(*weak)


def compared(name: str, left: Any, right: Any) -> Expr:
    """A comparison: false where one side is missing, but for `ne`, which is true there."""
    if is_missing(left) or is_missing(right):
        raise Declined("a comparison with a missing value")
    dtype = _compared_in(left, right)
    operands = [_operand(value, dtype) for value in (left, right)]
    if name == "ne" and (operands[0].nullable or operands[1].nullable):
        return Expr(joined("coalesce({} <> {}, true)", *operands), BOOL)
    mask = joined(f"({{}} {_COMPARED[name]} {{}})", *operands)
    if not operands[0].nullable and not operands[1].nullable:
        return Expr(mask, BOOL)
    return Expr(joined("coalesce({}, false)", mask), BOOL, mask=mask)


def _compared_in(left: Any, right: Any) -> Dtype:
    dtype = common(left, right)
    if is_float(dtype) and all(is_integer(_dtype(value)) for value in (left, right)):
        raise Declined("uint64 beside signed integers")  # NumPy compares them exactly
    return dtype


def logical(name: str, left: Any, right: Any) -> Expr:
    """And, or, exclusive or of conditions."""
    for value in (left, right):
        if (value.dtype if isinstance(value, Expr) else dtype_of(value)) != BOOL:
            raise Declined("bits of what is not boolean")
    operands = [_operand(value, BOOL) for value in (left, right)]
    if name == "xor":
        return Expr(joined("({} <> {})", *operands), BOOL)
    word = {"and_": "AND", "or_": "OR"}[name]
    text = joined(f"({{}} {word} {{}})", *operands)
    if all(value.mask is None for value in operands):
        return Expr(text, BOOL)
    return Expr(text, BOOL, mask=joined(f"({{}} {word} {{}})", *(value.condition for value in operands)))


def negated(value: Expr) -> Expr:
    """`~value` of a condition: a missing value made it false, so it is true here."""
    if value.dtype != BOOL:
        raise Declined("bits of what is not boolean")
    return Expr(joined("(NOT {})", value), BOOL)


def power(left: Any, right: Any) -> Expr:
    """A float to a constant power."""
    if isinstance(right, Expr) or not isinstance(left, Expr) or left.dtype != FLOAT:
        raise Declined("powers of other than float64, or that differ by row")
    if not isinstance(right, int | float) or right == 0 or not np.isfinite(right):
        raise Declined("this power")
    if right == 0.5:  # NumPy takes the root, which is missing of -inf
        return without_nan(joined("sqrt({})", left), FLOAT)
    return without_nan(joined("pow({}, {})", left, literal(float(right), FLOAT)), FLOAT)


def floored(name: str, left: Any, right: Any) -> Expr:
    """Floor division and remainder of integers by a constant that is not 0: DuckDB rounds to 0, Python down."""
    if not isinstance(left, Expr) or not is_integer(left.dtype):
        raise Declined(f"{name} of other than integers")
    if isinstance(right, Expr) or not isinstance(right, int) or isinstance(right, bool) or right == 0:
        raise Declined(f"{name} by other than a constant integer")
    divisor = literal(right, left.dtype)
    sign = "<" if right > 0 else ">"
    if name == "mod":
        text = joined(
            f"({{}} % {{}} + CASE WHEN {{}} % {{}} {sign} 0 THEN {{}} ELSE 0 END)",
            left,
            divisor,
            left,
            divisor,
            divisor,
        )
    else:
        text = joined(
            f"({{}} // {{}} - CASE WHEN {{}} % {{}} {sign} 0 THEN 1 ELSE 0 END)", left, divisor, left, divisor
        )
    return Expr(joined(f"CAST({{}} AS {sql_type(left.dtype)})", text), left.dtype)


def minus(value: Expr) -> Expr:
    """`-value` of a signed number."""
    if value.dtype.kind not in "if":
        raise Declined(f"minus of {value.dtype}")
    return Expr(joined("(-{})", value), value.dtype, value.nullable)


def plus_minus(value: Expr) -> Expr:
    """The absolute value of a number."""
    if not is_number(value.dtype):
        raise Declined(f"the absolute value of {value.dtype}")
    return Expr(joined("abs({})", value), value.dtype, value.nullable)
