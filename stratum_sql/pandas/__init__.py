"""pandas as the other door: a script records a plan, DuckDB runs it.

import stratum_sql.pandas as pd

frame = pd.DataFrame({"town": ["Oslo", "Voss", "Oslo"], "price": [3.0, 1.0, 5.0]})
frame["rest"] = frame["price"] - frame["price"].mean()
print(frame.groupby("town")["rest"].sum())
print(frame.sql())

Results are pandas': what has no translation pandas itself does, and the engine's log tells so. Text is `object`, as in
pandas 2. Which calls have a translation: docs/pandas.md; how it works: docs/pandas-design.md.
"""

from __future__ import annotations

from typing import Any

import pandas

# Each of these modules gives the classes their methods.
from stratum_sql.pandas import (  # noqa: F401
    aggregating,
    binning,
    categories,
    choosing,
    combining,
    counting,
    date_parts,
    dates,
    dummies,
    facts,
    frame_arithmetic,
    frame_methods,
    group_agg,
    group_aggregates,
    group_apply,
    group_counts,
    group_others,
    group_tables,
    group_windows,
    grouping,
    iloc,
    indexers,
    indexes,
    interpolating,
    labels,
    laid_tables,
    lists,
    matching,
    moments,
    named,
    named_columns,
    named_groups,
    named_windows,
    ndarrays,
    other_rows,
    periods,
    queries,
    renaming,
    replacing,
    resampling,
    reshaping,
    rolling,
    row_calls,
    selecting,
    series_methods,
    statistics,
    text_patterns,
    texts,
    turning,
    unstacking,
    window_methods,
)
from stratum_sql.pandas.categories import Categorical, factorize
from stratum_sql.pandas.converting import to_datetime, to_numeric, to_timedelta
from stratum_sql.pandas.engine import Engine, Fallback, Unsupported, engine, using
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.functions import concat, isna, isnull, merge, notna, notnull, other, read_csv
from stratum_sql.pandas.lazy import declare_operators
from stratum_sql.pandas.series import Series

declare_operators(DataFrame, pandas.DataFrame)
declare_operators(Series, pandas.Series)

__all__ = [
    "Categorical",
    "DataFrame",
    "Engine",
    "Fallback",
    "Series",
    "Unsupported",
    "concat",
    "engine",
    "factorize",
    "isna",
    "isnull",
    "merge",
    "notna",
    "notnull",
    "read_csv",
    "to_datetime",
    "to_numeric",
    "to_timedelta",
    "using",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":  # which scripts ask for
        return pandas.__version__
    if name.startswith("__"):
        raise AttributeError(name)
    return other(name)
