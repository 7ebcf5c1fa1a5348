"""What pandas' own tests found to differ: calls that need pandas itself, and what an index shows beside its labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas
import pytest

import stratum_sql.pandas as door
from stratum_sql.pandas.mode import object_mode


def frame(pd: Any) -> Any:
    return pd.DataFrame({"b": [1, 2, 3], "a": [4.0, 5.0, 6.5]}, index=["z", "y", "x"])


def text(value: Any) -> str:
    """All that is to be seen of an object, levels of an index as well."""
    made = value.to_pandas() if hasattr(value, "to_pandas") else value
    index = getattr(made, "index", None)
    levels = [list(one) for one in index.levels] if isinstance(index, pandas.MultiIndex) else []
    columns = made.columns.levels if isinstance(getattr(made, "columns", None), pandas.MultiIndex) else []
    return f"{made!r}\n{levels}\n{[list(one) for one in columns]}\n{getattr(made, 'dtypes', None)}"


def set_in_two_dimensions(pd: Any) -> Any:
    found = frame(pd)
    found["c"] = np.arange(3).reshape(3, 1)
    return found


def set_records(pd: Any) -> Any:
    found = frame(pd)
    found["c"] = found[["a", "b"]].to_records()
    return found


def correlated(pd: Any) -> Any:
    return pd.DataFrame(np.random.default_rng(0).normal(size=(100, 4))).corr().max().max() <= 1.0


def unused_levels(pd: Any) -> Any:
    index = pandas.MultiIndex.from_product([["a"], ["A", "B", "C", "D"]])[:-1]
    return pd.DataFrame([[1, 0]] * 3, index=index).unstack()


def stacked_again(pd: Any) -> Any:
    stacked = frame(pd).stack()
    return pd.DataFrame({"one": stacked, "other": stacked}).unstack()


@pytest.mark.parametrize(
    "script",
    [
        set_in_two_dimensions,
        set_records,
        correlated,
        unused_levels,
        stacked_again,
        lambda pd: frame(pd).stack(),
        lambda pd: frame(pd).stack().dropna(),
        lambda pd: pd.concat([frame(pd), frame(pd)], keys=["q", "p"]),
        lambda pd: frame(pd).assign(t=pandas.to_datetime(["2024-01-01", "2024-03-01", "2024-02-01"])).describe(),
        lambda pd: pd.concat([frame(pd)["a"]] * 2, keys=pandas.Index(["k", "l"]), axis=1),
        lambda pd: pd.DataFrame({"f": np.zeros(3, np.float32)}).reindex(columns=["f", "g"]),
        lambda pd: pd.DataFrame({"t": ["nil", pandas.NA]}).replace("nil", "any"),
        lambda pd: pd.Series(["x", None, np.nan]).astype(str),
        lambda pd: pd.Series(["x", None, np.nan]).isin(["x", None]),
        lambda pd: pd.Series(["x", np.nan, None]).isin([np.nan]),
        lambda pd: pd.Series([1.5, np.nan]).isin([1.5, None]),
        lambda pd: pd.DataFrame({"f": [1.5, np.nan], "t": ["x", np.nan]}).isin([1.5, np.nan, "x"]),
        lambda pd: frame(pd).assign(c=pandas.Index([pandas.Timestamp("2019-12-31")] * 3, dtype=object)),
        lambda pd: frame(pd).assign(c=pandas.Index([1, 2, 3]), d=pandas.date_range("2024", periods=3)),
        lambda pd: pd.Series(["x", None, np.nan]).str.upper().astype(str),
        lambda pd: pd.DataFrame({"t": ["x", np.nan, None], "f": [1.5, np.nan, -2]}).dropna()["t"].astype(str),
        lambda pd: pd.Series(["x", "y"]).shift().astype(str),
    ],
)
def test_it_is_what_pandas_gives(script: Any) -> None:
    with door.using(), object_mode():
        assert text(script(door)) == text(script(pandas))


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (lambda pd: frame(pd).drop_duplicates(ignore_index="yes"), ValueError),
        (lambda pd: frame(pd).reindex(columns=["a"], axis=1), TypeError),
    ],
)
def test_it_raises_what_pandas_raises(script: Any, error: type[Exception]) -> None:
    for pd in (pandas, door):
        with door.using(), pytest.raises(error):
            script(pd)
