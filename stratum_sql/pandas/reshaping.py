"""Columns below each other, and groups beside each other: `melt`, `pivot_table`, `crosstab`.

What a table of groups looks like depends on which there are: DuckDB makes the groups, pandas arranges them.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.aligning import ordered
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, cast, check_compared, column, text_literal
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.functions import function
from stratum_sql.pandas.kinds import FLOAT, INT, TEXT, category
from stratum_sql.pandas.lazy import Lazy, own
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Names, Union
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.stacking import stacked_dtype
from stratum_sql.pandas.states import Index, Table, Vector


def _melted(
    self: DataFrame, id_vars: Any = None, value_vars: Any = None, var_name: Any = None, value_name: Any = "value"
) -> Any:
    known = dict(self._table.columns)
    ids = _listed(known, id_vars, [])
    values = _listed(known, value_vars, [label for label in known if label not in ids])
    labels = [*ids, "variable" if var_name is None else var_name, value_name]
    if not values or not all(isinstance(label, str) for label in (*values, *labels)) or len(set(labels)) != len(labels):
        raise Declined("labels that are no texts, or come twice")
    dtype = stacked_dtype([known[label] for label in values])
    node, order = ordered(self._table.node, here())
    names = Names()
    columns = [names.new(label) for label in labels]
    parts = tuple(
        (
            node,
            order,
            (*(known[one] for one in ids), Expr((text_literal(label),), TEXT), cast(known[label], dtype)),
        )
        for label in values
        if isinstance(label, str)
    )
    made = Union(place=here(), names=names, columns=tuple(columns), parts=parts)
    nullable = [*(known[one].nullable for one in ids), False, any(known[label].nullable for label in values)]
    dtypes = [*(known[one].dtype for one in ids), TEXT, dtype]
    found = [
        (label, column(name, kind, nullable=gaps))
        for label, name, kind, gaps in zip(labels, columns, dtypes, nullable, strict=True)
    ]
    return Lazy.recorded(Table(made, tuple(found), Index(())), is_frame=True)


def _listed(known: dict[Hashable, Expr], labels: Any, default: list[Hashable]) -> list[Hashable]:
    if labels is None:
        return default
    listed = list(labels) if isinstance(labels, list | tuple | pd.Index) else [labels]
    if not all(is_label(label) and label in known for label in listed) or len(set(listed)) != len(listed):
        raise Declined("labels that are not there")
    return listed


@method(DataFrame, "melt", "labels that are texts")
def _melt(
    self: DataFrame, id_vars: Any = None, value_vars: Any = None, var_name: Any = None, value_name: Any = "value"
) -> Any:
    return _melted(self, id_vars, value_vars, var_name, value_name)


@function("melt", "as the method")
def _melt_of(frame: Any, *args: Any, **kwargs: Any) -> Any:
    if not isinstance(frame, DataFrame):
        raise Declined("other than a frame")
    return frame.melt(*args, **kwargs)


# -- tables of groups --------------------------------------------------------------------------------------------------

_REDUCED = ("sum", "mean", "min", "max", "count", "median", "std", "var", "nunique")


_OF_ANY = ("count", "nunique")
_FUNCTIONS: tuple[Any, ...] = (np.sum, np.mean, np.min, np.max, sum, min, max)


@method(DataFrame, "pivot_table", "one aggregate of float64 or int64, by name or of NumPy; no margins")
def _pivot_table(
    self: DataFrame,
    values: Any = None,
    index: Any = None,
    columns: Any = None,
    aggfunc: Any = "mean",
    fill_value: Any = None,
    *,
    observed: Any = True,
) -> Any:
    known = dict(self._table.columns)
    keys = _listed(known, index, []), _listed(known, columns, [])
    wanted = _listed(known, values, [label for label in known if label not in {*keys[0], *keys[1]}])
    is_known = any(aggfunc is one for one in _FUNCTIONS) or (isinstance(aggfunc, str) and aggfunc in _REDUCED)
    if (
        not is_known
        or not wanted
        or not keys[0]
        or len({*keys[0], *keys[1], *wanted}) != (len(keys[0]) + len(keys[1]) + len(wanted))
    ):
        raise Declined("this table")
    if any(known[one].dtype not in (INT, FLOAT) for one in wanted) and aggfunc not in _OF_ANY:
        raise Declined("aggregates of other than int64 and float64")
    if observed is not True and any(category(known[key].dtype) is not None for key in (*keys[0], *keys[1])):
        raise Declined("categories that do not come up")
    groups = self.groupby([*keys[0], *keys[1]])[wanted].agg(aggfunc)
    if not isinstance(groups, DataFrame) or not isinstance(groups._state, Table):
        raise Declined("groups that only pandas can hold")
    table = own(groups.reset_index()._state)
    if not len(table):
        raise Declined("no groups")
    with object_mode():  # each group is one row: its largest value is its value
        made = table.pivot_table(values=values, index=index, columns=columns, aggfunc="max", fill_value=fill_value)
    return Lazy.of(made)


@function("crosstab", "two Series over the same rows: counts")
def _crosstab(index: Any, columns: Any) -> Any:
    both = (index, columns)
    if not all(isinstance(one, Series) and isinstance(one._state, Vector) for one in both):
        raise Declined("other than two Series")
    names = [one._vector.name for one in both]
    if not all(isinstance(name, str) for name in names) or names[0] == names[1]:
        raise Declined("Series without names, or of one name")
    check_compared(index._vector.value, columns._vector.value)
    node, value, _ = index._other(columns)
    pairs = ((names[0], index._vector.value), (names[1], value))
    frame = Lazy.recorded(Table(node, pairs, index._vector.index), is_frame=True)
    counts = frame.groupby(names).size()
    if not isinstance(counts._state, Vector):
        raise Declined("groups that only pandas can hold")
    table = own(counts.reset_index(name="\0")._state)
    if not len(table):
        raise Declined("no groups")
    with object_mode():
        made = table.pivot_table(values="\0", index=names[0], columns=names[1], aggfunc="max", fill_value=0)
    return Lazy.of(made)
