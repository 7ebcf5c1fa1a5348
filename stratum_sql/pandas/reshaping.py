"""Columns below each other: `melt`."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from stratum_sql.pandas.aligning import ordered
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, cast, column, text_literal
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.functions import function
from stratum_sql.pandas.kinds import TEXT
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Names, Union
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.stacking import stacked_dtype
from stratum_sql.pandas.states import Index, Table


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
