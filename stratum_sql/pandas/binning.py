"""`cut` and `qcut`: which of the intervals a number is in, as a category or as its number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, cast, joined, literal
from stratum_sql.pandas.functions import function
from stratum_sql.pandas.kinds import FLOAT, INT, Dtype, category, held_as, is_integer, sql_type
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.running import materialised
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.states import Vector

_MOST_BINS = 100


@function("cut", "int64 or float64, a list of edges or a count; labels, right, include_lowest, duplicates")
def _cut(
    x: Any,
    bins: Any,
    right: Any = True,
    labels: Any = None,
    *,
    precision: Any = 3,
    include_lowest: Any = False,
    duplicates: Any = "raise",
) -> Any:
    if not isinstance(x, Series) or not isinstance(x._state, Vector) or x._vector.value.dtype not in (INT, FLOAT):
        raise Declined("other than a Series of int64 or float64")
    if type(right) is not bool or type(include_lowest) is not bool:
        raise Declined("these arguments")
    options = {"right": right, "precision": precision, "include_lowest": include_lowest, "duplicates": duplicates}
    sample, edges = _sample(x._vector, bins), bins
    try:
        with object_mode():
            found, edges = pd.cut(sample, bins, labels=labels, retbins=True, **options)
    except (TypeError, ValueError) as error:  # pandas says it in the same words of the whole column
        raise Declined(f"{type(error).__name__} in cut") from None
    return _in_intervals(x, labels, found, edges, right=right, include_lowest=include_lowest)


@function("qcut", "int64 or float64, a count or a list of quantiles; labels, duplicates")
def _qcut(x: Any, q: Any, labels: Any = None, *, precision: Any = 3, duplicates: Any = "raise") -> Any:
    if not isinstance(x, Series) or not isinstance(x._state, Vector) or x._vector.value.dtype not in (INT, FLOAT):
        raise Declined("other than a Series of int64 or float64")
    try:
        with object_mode():
            column = materialised(x._state)
            found, edges = pd.qcut(column, q, labels, retbins=True, precision=precision, duplicates=duplicates)
    except (TypeError, ValueError) as error:
        raise Declined(f"{type(error).__name__} in qcut") from None
    if not np.isfinite(edges).all():
        raise Declined("quantiles that are no numbers")
    return _in_intervals(x, labels, found, edges, right=True, include_lowest=True)


def _in_intervals(x: Series, labels: Any, found: Any, edges: Any, *, right: bool, include_lowest: bool) -> Any:
    """The intervals of `found`, which pandas made between these edges, for the whole column."""
    if len(edges) > _MOST_BINS:
        raise Declined("many bins")
    text = _placed(x._vector.value, edges, right=right, include_lowest=include_lowest)
    if labels is False:
        return _numbered(x, text)
    dtype = held_as(found.dtype)
    kind = None if dtype is None else category(dtype)
    if dtype is None or kind is None or len(kind.of.categories) != len(edges) - 1:
        raise Declined("labels that come twice")
    return x._with(Expr(joined(f"CAST({{}} AS {sql_type(dtype)})", text), dtype, True))


def _sample(vector: Vector, bins: Any) -> pd.Series[Any]:
    """A column for which pandas makes the same intervals: of edges that are given any, else that of the extremes."""
    dtype = vector.value.dtype
    if isinstance(bins, list | tuple | range | np.ndarray | pd.Index):
        if not len(bins) or not all(_is_number(edge) for edge in bins):
            raise Declined("edges that are no numbers")
        return pd.Series([], dtype=dtype)
    if type(bins) is not int:
        raise Declined("bins of this kind")
    columns = [("low", joined("min({})", vector.value)), ("high", joined("max({})", vector.value))]
    rows = engine().rows(vector.node, columns, ())
    ends = [rows.column(place)[0].as_py() for place in (0, 1)]
    if None in ends:
        raise Declined("no numbers")
    return pd.Series(ends, dtype=dtype)


def _is_number(edge: Any) -> bool:
    return isinstance(edge, int | float | np.integer | np.floating) and not isinstance(edge, bool) and edge == edge


def _placed(value: Expr, edges: Any, *, right: bool, include_lowest: bool) -> Text:
    """The number of the interval, NULL outside of all."""
    dtype: Dtype = INT if value.dtype == INT and is_integer(np.asarray(edges).dtype) else FLOAT
    number = cast(value, dtype)
    spelled = [literal(_plain(edge, dtype), dtype) for edge in edges]
    below, within = ("<", "<=") if include_lowest or not right else ("<=", "<="), "<=" if right else "<"
    first = below[0]
    cases: Sequence[Text] = [
        joined(f"WHEN {{}} {first} {{}} THEN NULL", number, spelled[0]),
        *(joined(f"WHEN {{}} {within} {{}} THEN {place}", number, edge) for place, edge in enumerate(spelled[1:])),
    ]
    if include_lowest and not right and len(spelled) > 1 and edges[0] == edges[1]:
        raise Declined("an empty first interval")
    return joined("CASE " + " ".join("{}" for _ in cases) + " END", *cases)


def _plain(edge: Any, dtype: Dtype) -> Any:
    return int(edge) if dtype == INT else float(edge)


def _numbered(x: Series, text: Text) -> Any:
    """The numbers themselves: integers, or floats if one is missing, which is asked."""
    found = Expr(joined("CAST({} AS BIGINT)", text), INT, True)
    if engine().answer(x._vector.node, joined("coalesce(bool_or({} IS NULL), false)", found)):
        return x._with(cast(found, FLOAT))
    return x._with(Expr(found.text, INT))
