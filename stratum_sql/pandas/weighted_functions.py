"""Windows inside DuckDB: pandas itself goes through lists of values, one list for each group."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from stratum_sql.pandas.lending import lend
from stratum_sql.session import Session

NAMES = ("mean", "var", "std")


def lend_windows(session: Session) -> None:
    """Let statements of a session call `ewm_mean(values, com, adjust, ignore_na, min_periods)` and its like, and
    `pandas_window(values, times, what)`.
    """
    lend(session, [("pandas_window", _window)], ["DOUBLE[]", "BIGINT[]", "VARCHAR"], "DOUBLE[]")
    takes = ["DOUBLE[]", "DOUBLE", "BOOLEAN", "BOOLEAN", "BIGINT"]
    lend(session, ((f"ewm_{name}", _over_arrow(name)) for name in NAMES), takes, "DOUBLE[]")


def windows_of(told: str) -> Callable[[Any, Any], Any]:
    """What makes the aggregate of each window of an array of values, at these times; as told by `window_lists.py`.
    Of no `kind` it is a method of the Series, of `groupby` one of a group.
    """
    what = json.loads(told)

    def over(values: Any, times: Any) -> Any:
        index = pd.DatetimeIndex(times.astype(f"M8[{what['unit']}]")) if "unit" in what else None
        beside: dict[str, Any] = {"times": index} if what["kind"] == "ewm" else {}
        series = pd.Series(values, index=None if beside else index, dtype="float64")
        if what["kind"] == "groupby":
            beside["by"] = np.zeros(len(values), dtype=np.int64)
        windows = getattr(series, what["kind"])(**what["options"], **beside) if what["kind"] else series
        return getattr(windows, what["name"])(*what["args"], **what["kwargs"]).to_numpy(dtype="float64")

    return over


def _window(lists: Any, times: Any, told: Any) -> pa.Array:
    lists, times = _combined(lists), _combined(times)
    ends, numbers = _ends(lists), lists.flatten().to_numpy(zero_copy_only=False)
    moments, over = times.flatten().to_numpy(zero_copy_only=False), windows_of(told[0].as_py())
    with np.errstate(all="ignore"):
        found = [over(numbers[start:stop], moments[start:stop]) for start, stop in itertools.pairwise(ends)]
    whole = np.concatenate(found) if found else np.zeros(0)
    return pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), pa.array(whole, from_pandas=True))


def _combined(lists: Any) -> Any:
    return lists.combine_chunks() if isinstance(lists, pa.ChunkedArray) else lists


def _ends(lists: Any) -> Any:
    """Where each list starts among the values of all, and the last one ends."""
    lengths = pc.list_value_length(lists).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.concatenate([[0], np.cumsum(lengths)])


def _over_arrow(name: str) -> Any:
    def call(lists: Any, com: Any, adjust: Any, ignore_na: Any, least: Any) -> pa.Array:
        lists = _combined(lists)
        ends = _ends(lists)
        numbers = pd.Series(lists.flatten().to_numpy(zero_copy_only=False), dtype="float64")
        options = [one[0].as_py() for one in (com, adjust, ignore_na, least)]
        found = _by_list(name, numbers, np.diff(ends), *options)
        return pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), pa.array(found, from_pandas=True))

    return call


def _by_list(
    name: str, numbers: pd.Series[float], lengths: Any, com: float, adjust: bool, ignore_na: bool, least: int
) -> np.ndarray[Any, Any]:
    groups = np.repeat(np.arange(len(lengths)), lengths)
    windows = numbers.groupby(groups).ewm(com=com, adjust=adjust, ignore_na=ignore_na, min_periods=least)
    found: np.ndarray[Any, Any] = getattr(windows, name)().to_numpy()
    return found
