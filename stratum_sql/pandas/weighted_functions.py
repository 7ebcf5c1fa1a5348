"""Exponentially weighted windows inside DuckDB: pandas itself goes through lists of values, one list for each group."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from stratum_sql.pandas.lending import lend
from stratum_sql.session import Session

NAMES = ("mean", "var", "std")


def lend_windows(session: Session) -> None:
    """Let statements of a session call `ewm_mean(values, com, adjust, ignore_na, min_periods)` and its like."""
    takes = ["DOUBLE[]", "DOUBLE", "BOOLEAN", "BOOLEAN", "BIGINT"]
    lend(session, ((f"ewm_{name}", _over_arrow(name)) for name in NAMES), takes, "DOUBLE[]")


def _over_arrow(name: str) -> Any:
    def call(lists: Any, com: Any, adjust: Any, ignore_na: Any, least: Any) -> pa.Array:
        lists = lists.combine_chunks() if isinstance(lists, pa.ChunkedArray) else lists
        lengths = pc.list_value_length(lists).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        numbers = pd.Series(lists.flatten().to_numpy(zero_copy_only=False), dtype="float64")
        options = [one[0].as_py() for one in (com, adjust, ignore_na, least)]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        found = _by_list(name, numbers, lengths, *options)
        return pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), pa.array(found, from_pandas=True))

    return call


def _by_list(
    name: str, numbers: pd.Series[float], lengths: Any, com: float, adjust: bool, ignore_na: bool, least: int
) -> np.ndarray[Any, Any]:
    groups = np.repeat(np.arange(len(lengths)), lengths)
    windows = numbers.groupby(groups).ewm(com=com, adjust=adjust, ignore_na=ignore_na, min_periods=least)
    found: np.ndarray[Any, Any] = getattr(windows, name)().to_numpy()
    return found
