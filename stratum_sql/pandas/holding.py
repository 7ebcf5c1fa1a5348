"""Why a frame or Series is held by pandas: what of it a plan has no place for."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import pandas as pd

from stratum_sql.pandas.sources import column_of_source
from stratum_sql.pandas.states import Held

_known: weakref.WeakKeyDictionary[Held, str] = weakref.WeakKeyDictionary()


def why_held(state: Held) -> str:
    """The first reason that is found, for the log; looked for once."""
    if state not in _known:
        _known[state] = next(_reasons(state.held), "the frame has an index that DuckDB has no type for")
    return _known[state]


def _reasons(held: Any) -> Iterator[str]:
    if type(held) not in (pd.DataFrame, pd.Series):
        yield f"a {type(held).__name__} of the script"
    if held.attrs:
        yield "attrs"
    if isinstance(held, pd.DataFrame):
        yield from _of_values((label, held.iloc[:, place]) for place, label in enumerate(held.columns))
    else:
        yield from _of_values([(held.name, held)])
    if isinstance(held.index, pd.MultiIndex):
        yield "an index of several levels of such types or names"


def _of_values(columns: Any) -> Iterator[str]:
    for label, values in columns:
        if column_of_source(values) is None:
            told = " with missing values of two kinds" if values.dtype == object else ""
            yield f"the column {label!r} is of dtype {values.dtype}{told}"
