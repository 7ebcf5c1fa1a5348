"""Groups of categories that no row has, `observed=False`: DuckDB makes the groups of rows, and pandas those of none.

What an aggregate of no rows is, and of which dtype, pandas itself tells, over a frame without rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.lazy import own
from stratum_sql.pandas.mode import object_mode

# Aggregates that have a value for each group; what gives one for each row has none for groups without rows.
AGGREGATES = frozenset({"sum", "mean", "min", "max", "count", "size", "std", "var", "median", "nunique", "sem", "agg"})
AGGREGATES |= {"aggregate"}
OF_ROWS = frozenset({"shift", "diff", "rank", "pct_change", "cumsum", "cummax", "cummin", "cumprod", "ffill", "bfill"})
OF_ROWS |= {"cumcount", "head", "tail", "nth", "transform"}


def with_all(found: Any, of_none: Callable[[], Any]) -> Any:
    """The aggregates of groups with a row for each category; `of_none` gives those of no rows. Raises Declined."""
    there = own(found._state)
    with object_mode():
        empty = of_none()
        if type(empty) is not type(there) or empty.index.nlevels != there.index.nlevels:
            raise Declined("groups of no rows of another kind")
        is_new = ~empty.index.isin(there.index)
        if isinstance(empty, pd.Series):
            return _column(there, empty, is_new)
        if list(empty.columns) != list(there.columns):
            raise Declined("groups of no rows with other columns")
        columns = {
            place: _column(there.iloc[:, place], empty.iloc[:, place], is_new) for place in range(empty.shape[1])
        }
        return pd.DataFrame(columns, index=empty.index).set_axis(there.columns, axis=1)


def _column(there: Any, empty: Any, is_new: Any) -> Any:
    whole = there.reindex(empty.index)
    new = empty[is_new]
    if new.notna().all():
        whole[is_new] = new
        whole = whole.astype(there.dtype)
    elif not new.isna().all():
        raise Declined("groups of no rows that are missing in part")
    return whole.set_axis(empty.index)
