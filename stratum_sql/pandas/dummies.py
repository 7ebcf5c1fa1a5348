"""`get_dummies`: a column for each different value, which are asked."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.aligning import assigned
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, joined, literal
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.functions import function
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, Dtype, category, is_known, objects, sql_type
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.lookups import different
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.places import here
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.states import Table, Vector

_MOST = 1_000  # columns of one


@function("get_dummies", "texts, categories, integers and booleans; all but sparse")
def _get_dummies(
    data: Any,
    prefix: Any = None,
    prefix_sep: Any = "_",
    dummy_na: Any = False,
    columns: Any = None,
    *,
    drop_first: Any = False,
    dtype: Any = None,
) -> Any:
    kind = BOOL if dtype is None else np.dtype(dtype)
    if not is_known(kind) or kind.kind not in "biuf" or type(dummy_na) is not bool or type(drop_first) is not bool:
        raise Declined("these arguments")
    if isinstance(data, Series) and isinstance(data._state, Vector):
        if prefix is not None and not isinstance(prefix, str):
            raise Declined("this prefix")
        if prefix is None and category(data._vector.value.dtype) is not None:
            raise Declined("labels that are categories")
        return _of_columns(data, [(data, prefix)], prefix_sep, dummy_na, drop_first, kind)
    if not isinstance(data, DataFrame) or not isinstance(data._state, Table):
        raise Declined("other than a frame or a Series")
    labels = _encoded(data, columns)
    prefixes = _prefixes(labels, prefix)
    chosen = [(data._column(label), one) for label, one in zip(labels, prefixes, strict=True)]
    return _of_columns(data, chosen, prefix_sep, dummy_na, drop_first, kind)


def _encoded(data: DataFrame, columns: Any) -> list[Hashable]:
    known = dict(data._table.columns)
    if columns is None:
        if any(objects(value.dtype) is not None for value in known.values()):
            raise Declined("objects other than texts")
        return [label for label, value in known.items() if value.dtype == TEXT or category(value.dtype) is not None]
    listed = list(columns) if isinstance(columns, list | tuple | pd.Index) else []
    if not listed or len(set(listed)) != len(listed) or not all(is_label(one) and one in known for one in listed):
        raise Declined("labels that are not there")
    return listed


def _prefixes(labels: list[Hashable], prefix: Any) -> list[Any]:
    if prefix is None:
        return list(labels)
    if isinstance(prefix, str):
        return [prefix] * len(labels)
    if isinstance(prefix, list) and len(prefix) == len(labels):
        return prefix
    if isinstance(prefix, dict) and set(prefix) == set(labels):
        return [prefix[label] for label in labels]
    raise Declined("this prefix")


def _of_columns(
    data: Any, chosen: list[tuple[Series, Any]], separator: Any, dummy_na: bool, drop_first: bool, dtype: Dtype
) -> Any:
    if not isinstance(separator, str):
        raise Declined("this prefix_sep")
    state = data._state
    node, encoded = state.node, {series._vector.name for series, _ in chosen}
    columns = [pair for pair in state.columns if pair[0] not in encoded] if isinstance(state, Table) else []
    for series, prefix in chosen:
        for level, test in _tests(series, dummy_na)[1 if drop_first else 0 :]:
            label = level if prefix is None else f"{prefix}{separator}{level}"
            if not is_label(label):
                raise Declined("values that are no labels")
            value = test if dtype == BOOL else Expr(joined(f"CAST({{}} AS {sql_type(dtype)})", test), dtype)
            node, found = assigned(node, label, value, here())
            columns.append((label, found))
    if len({label for label, _ in columns}) != len(columns) or not columns:
        raise Declined("no columns, or two of one name")
    return Lazy.recorded(Table(node, tuple(columns), state.index), is_frame=True)


def _tests(series: Series, dummy_na: bool) -> list[tuple[Any, Expr]]:
    """The different values in their order, and whether a row has each; the missing one at last, if it is wanted."""
    value = series._vector.value
    kind = category(value.dtype)
    if kind is not None:
        levels = [(level, Expr((str(code),), INT)) for code, level in enumerate(kind.of.categories)]
    else:
        if value.dtype not in (TEXT, INT, BOOL) or (value.dtype == FLOAT):
            raise Declined(f"dummies of {value.dtype}")
        with object_mode():
            found = pd.Categorical(pd.Series(different(series), dtype=value.dtype)).categories
        levels = [(level, literal(level, value.dtype)) for level in found]
    if len(levels) > _MOST:
        raise Declined("many different values")
    template = "coalesce({} = {}, false)" if value.nullable else "({} = {})"
    tests = [(level, Expr(joined(template, value, spelled), BOOL)) for level, spelled in levels]
    if dummy_na:
        tests.append((np.nan, Expr(joined("({} IS NULL)", value), BOOL)))
    return tests
