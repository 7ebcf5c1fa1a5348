"""An index shows more than labels: a frequency of times, and levels with values that no row has."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import stratum_sql
import stratum_sql.pandas as door
from stratum_sql.pandas.keys import state_key
from stratum_sql.pandas.mode import object_mode
from tests.pandas_door.answers import by_pandas, check, run

NAN = float("nan")
DATA: dict[str, list[Any]] = {
    "i": [1, 2, 3, 4, 5],
    "f": [2.0, NAN, 1.0, 0.5, 8.0],
    "t": ["a", "b", "a", None, "b"],
}
DAYS = pd.date_range("2020-01-30", periods=5, freq="D", name="d")
WORKDAYS = pd.date_range("2020-01-30", periods=5, freq="B")
SPANS = pd.timedelta_range("1D", periods=5, freq="7min")
with object_mode():
    LEVELS = pd.MultiIndex(
        levels=[["b", "a", "no row"], [7, 5, 6]], codes=[[0, 1, -1, 1, 0], [0, 1, 1, 0, 2]], names=["x", None]
    )

OF_TIMES = """
out = df[df["i"] > 2]
out = df[df["i"] < 0]
out = df["f"].iloc[1:]
out = df.head(3).tail(2)
out = df["f"].rolling(2).sum()
df["f"] += 1; df["x"] = df["i"].shift()
out = df.sort_values("i", kind="stable")
out = df["i"].idxmax()
out = df.rename_axis("z")[["f"]]
out = df.groupby("t")["f"].transform("sum")
out = df.reset_index()
out = df.isna()
"""
OTHERS = """
out = df[df["i"] % 2 == 0]
out = df.iloc[::2]
out = df.sort_values("i", ascending=False)
out = df.iloc[[3, 2, 1]]
out = df[df["i"] != 2][df["i"] > 2]
out = df["i"] + df["i"].head(3)
out = df.groupby(level=0)["f"].sum()
"""
OF_LEVELS = """
out = df[df["i"] > 3].index.levels[0]
out = df.sort_values("i", ascending=False).head(2).index.levels[1]
out = df.groupby("t").head(1)
out = df.groupby("x")["f"].sum()
out = df.groupby(level=-1, sort=False)["f"].max()
out = df.groupby(level=[1, 0])["f"].cumsum()
out = df.groupby("x", dropna=False)["i"].transform("max")
out = df.reset_index()
out = df.reset_index(level="x")
out = df[["i", "f"]].mean()
out = df["f"].rolling(2, min_periods=1).mean()
"""
OF_WINDOWS = """
out = df["f"].rolling("2D").sum()
out = df[["i", "f"]].rolling("36h", min_periods=2).max()
out = df["i"].rolling(pd.Timedelta("3D"), closed="both").mean()
out = df["f"].rolling("2D", closed="left").count()
out = df["i"].rolling(2, closed="neither").min()
out = df[df["i"] != 2]["i"].rolling("2D", closed="neither").sum()
"""


def _lines(text: str) -> list[str]:
    return text.strip().splitlines()


@pytest.mark.parametrize("script", _lines(OF_TIMES))
def test_times_keep_their_frequency_where_rows_follow_each_other(script: str) -> None:
    for index in (DAYS, WORKDAYS, SPANS):
        assert check(script, DATA, index).unsupported == []


@pytest.mark.parametrize("script", _lines(OTHERS))
def test_what_calls_do_differently_is_what_pandas_does(script: str) -> None:
    for index in (DAYS, SPANS):
        check(script, DATA, index)


@pytest.mark.parametrize("script", _lines(OF_LEVELS))
def test_levels_keep_their_values(script: str) -> None:
    assert check(script, DATA, LEVELS).unsupported == []


@pytest.mark.parametrize("script", _lines(OF_WINDOWS))
def test_windows_of_time(script: str) -> None:
    for index in (DAYS, WORKDAYS, WORKDAYS.as_unit("ns"), DAYS.as_unit("s")):
        assert check(script, DATA, index).unsupported == []
    assert check(script, DATA, DAYS[::-1]).unsupported != [] or "rolling(2" in script


@pytest.mark.parametrize("script", ["out = df.unstack()", "out = df.sort_index()", "out = df.f.unstack('x')"])
def test_levels_in_an_order_of_their_own(script: str) -> None:
    check(script, DATA, LEVELS)


def test_a_function_of_labels_is_called_once() -> None:
    script = "seen = []; by = lambda label: seen.append(label) or {}; df.groupby(by)['f'].sum(); out = seen"
    for result in ("label % 2", "(label, object())[1:]"):  # a group, and what is none here
        expected = by_pandas(script.format(result), DATA)
        with door.using():
            assert run(door, script.format(result), DATA) == expected


def test_the_content_of_a_frame_has_its_frequency() -> None:
    without = pd.DatetimeIndex(DAYS.to_numpy(), name="d")
    with door.using(stratum_sql.connect()):
        frames = [door.DataFrame(DATA, index=index) for index in (DAYS, without, DAYS)]
    keys = [state_key(frame._state) for frame in frames]
    assert keys[0] == keys[2] != keys[1]
