"""Aggregates of groups of values other than numbers: spans of time, categories, texts, and what is carried."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, cast, joined, refusing
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, carried, category, shown
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.ranking import ranked

_COMPARED = frozenset({"min", "max", "nunique"})
_LARGEST = 2**53  # above, sums of integers are no floats


def prepared(node: Node, name: str, value: Expr) -> tuple[Node, Expr]:
    """The value as one that compares, where the aggregate compares values that are carried. Raises Declined."""
    return ranked(node, value) if name in _COMPARED and carried(value.dtype) is not None else (node, value)


def of_others(name: str, value: Expr, first: str) -> Expr | None:
    """The aggregate; None where it is one of numbers, or of no kind known here. `first` is the number of a row.

    Missing values are left out; of none a sum of spans is 0, all others are missing. Raises Declined.
    """
    if carried(value.dtype) is not None:
        return _of_carried(name, value, first)
    if value.dtype.kind == "m" and name in ("sum", "mean"):
        return _of_spans(name, value)
    if value.dtype == TEXT and name in ("sum", "any", "all"):
        return _of_texts(name, value, first)
    held = category(value.dtype)
    if held is not None and held.of.ordered and name in ("min", "max"):
        return Expr(joined(f"{name}({{}})", value), value.dtype, True)
    return None


def _of_spans(name: str, value: Expr) -> Expr:
    if name == "sum":
        whole = joined("CAST(coalesce(sum({}), 0) AS BIGINT)", value)
        lowest = joined("sum({}) <= -9223372036854775808", value)
        return Expr(refusing(lowest, "a sum of spans that is none to NumPy", whole), value.dtype)
    total = cast(Expr(joined("sum({})", value), INT, True), FLOAT)
    mean = joined("CAST(trunc({} / count({})) AS BIGINT)", total, value)
    text = refusing(joined(f"abs(sum({{}})) >= {_LARGEST}", value), "sums of spans that are no floats", mean)
    return Expr(text, value.dtype, True)


def _of_texts(name: str, value: Expr, first: str) -> Expr:
    if value.nullable:
        raise Declined(f"{name} of object")  # a sum of none would be a number
    if name == "sum":
        return Expr(joined("string_agg({}, '' ORDER BY {})", value, first), TEXT)
    function = "bool_or" if name == "any" else "bool_and"
    return Expr(joined(f"{function}({{}} <> '')", value), BOOL)


def _of_carried(name: str, value: Expr, first: str) -> Expr:
    """By places; `value` was prepared."""
    held = carried(value.dtype)
    assert held is not None
    if name in ("count", "nunique") and not (name == "count" and _counts_its_own(shown(value.dtype))):
        return Expr(joined(f"count({'DISTINCT ' if name == 'nunique' else ''}{{}})", value), INT)
    is_of_numpy = isinstance(shown(value.dtype), np.dtype) and shown(value.dtype) != TEXT  # complex numbers, bytes
    if name not in ("first", "last", "min", "max") or (value.nullable and not held.fills) or is_of_numpy:
        raise Declined(f"the column {name!r} is of dtype {shown(value.dtype)}")
    if name in ("min", "max"):
        return Expr(joined(f"{name}({{}})", value), value.dtype, value.nullable)
    function = "arg_min" if name == "first" else "arg_max"
    where: Any = joined(" FILTER (WHERE {} IS NOT NULL)", value) if value.nullable else ()
    return Expr(joined(f"{function}({{}}, {{}}){{}}", value, first, where), value.dtype, value.nullable)


def _counts_its_own(dtype: Any) -> bool:
    """Whether counts of such values are nullable as well."""
    return getattr(dtype, "na_value", None) is pd.NA
