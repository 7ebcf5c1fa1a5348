"""Bins of time, `resample` and `Grouper`, against pandas: bins without rows, names, frequencies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.pandas_door.answers import Columns, check

_TIMES = ["2019-12-30", "2020-01-31 23:59:59", "2020-02-29 12:30", "2020-02-29 12:30", "2020-03-01", "2020-12-31 05:00"]
_CLOSE = ["2020-01-01 00:00", "2020-01-01 00:07", "2020-01-01 05:59:59.999999", "2020-01-01 06:00", "2020-01-02 18:00"]
_RULES = ("D", "3D", "h", "6h", "7h", "90min", "MS", "ME", "QS", "QE", "YS", "YE", "W", "W-WED", "W-MON")


def _data(times: list[str]) -> Columns:
    count = len(times)
    return {
        "i": list(range(3, 3 + count)),
        "f": [float("nan"), *(0.5 * one for one in range(count - 1))],
        "t": [("a", "b")[one % 2] for one in range(count)],
        "when": np.array(times, dtype="datetime64[us]"),
    }


def _index(times: list[str], name: str | None = None) -> Any:
    return pd.DatetimeIndex(np.array(times, dtype="datetime64[us]"), name=name)


@pytest.mark.parametrize("rule", _RULES)
@pytest.mark.parametrize(
    "times", [_CLOSE, _TIMES, _TIMES[2:3], [_TIMES[4], *_TIMES[:3]]], ids=["near", "far", "one", "unsorted"]
)
def test_bins(times: list[str], rule: str) -> None:
    if times is not _CLOSE and rule.endswith(("min", "h")):
        pytest.skip("thousands of bins")
    lines = (
        f'out = df["i"].resample("{rule}").sum()',
        f'out = df[["i", "f"]].resample("{rule}").mean()',
        f'out = df.resample("{rule}", on="when")[["f"]].agg(["sum", "max", "count"])',
        f'out = df.groupby(pd.Grouper(key="when", freq="{rule}"))["i"].max()',
        f'out = df.groupby("t").resample("{rule}")["f"].sum()',
    )
    for line in lines:
        assert not check(line, _data(times), _index(times, "at")).unsupported, line


@pytest.mark.parametrize("rule", [rule for rule in _RULES if rule not in ("7h", "3D")])
def test_keys(rule: str) -> None:
    for times in (_CLOSE, _TIMES):
        line = f'out = df.groupby([pd.Grouper(key="when", freq="{rule}"), "t"])["i"].sum().reset_index()'
        assert not (rule != "90min" and check(line, _data(times)).unsupported), line


_LINES = """
out = df.resample("MS").size()
out = df["f"].resample("MS").size()
out = df.resample("MS").agg({"i": "sum", "f": "mean"})
out = df.resample("MS").agg({"i": ["sum", "min"], "f": ["mean"]})
out = df.resample("W").agg(total=("i", "sum"), most=("f", "max"))
out = df["f"].resample("W").agg(total="sum", most="max")
out = df["f"].resample("ME").agg(["mean", "std", "median"])
out = df["f"].resample("ME").ohlc()
out = df["f"].resample("YE").first()
out = df["i"].resample("QE").last()
out = df["i"].resample("MS").nunique()
out = df["i"].resample("MS").count()
out = df["f"].resample("D").var().tail(3)
out = df[["i", "f"]].resample("MS").sum()
out = df.drop(columns="t").resample("MS", on="when").sum()
out = df.resample("MS").mean(numeric_only=True)
out = df.resample("MS", label="right")["i"].sum()
out = df.resample("ME", label="left")["i"].sum()
out = df.resample("2D", closed="right")["i"].sum()
out = df.resample("6h", closed="right", label="right")["i"].sum().sum()
out = df["i"].resample("MS").sum().pct_change()
out = df["i"].resample("MS").sum().rolling(3).mean()
out = df.resample("MS").i.sum()
out = df.reset_index(drop=True).groupby("t").resample("MS", on="when")[["i"]].sum()
out = df.groupby(["t", "i"]).resample("YE")["f"].max()
out = df.groupby(pd.Grouper(key="when", freq="MS")).agg(total=("i", "sum"))
out = df.groupby(["t", pd.Grouper(key="when", freq="W")])[["i", "f"]].agg(["sum", "mean"])
out = df.groupby(["t", pd.Grouper(key="when", freq="D")], as_index=False)["i"].sum()
df["n"] = df.groupby(["t", pd.Grouper(key="when", freq="MS")])["i"].transform("sum"); out = df
"""


@pytest.mark.parametrize("line", _LINES.strip().splitlines())
def test_lines(line: str) -> None:
    assert not check(line, _data(_TIMES), _index(_TIMES)).unsupported


_BY_PANDAS = """
out = df.set_index("i").groupby("t").resample("MS", on="when")[["f"]].sum()
out = df.groupby([pd.Grouper(key="when", freq="MS"), "t"])["i"].sum().unstack(fill_value=0)
out = df.groupby("t")["i"].resample("MS").sum().unstack(0)
out = df["i"].resample("MS").apply(lambda x: x.sum() + 1)
out = df["i"].resample("BME").sum()
out = df["i"].resample("2MS").sum()
out = df["i"].resample("W", origin="end").sum()
out = df["t"].resample("MS").sum()
out = df["t"].resample("YE").first()
out = df["t"].resample("MS").first()
out = df["i"].resample("D").ffill().tail()
out = df["i"].resample("MS").quantile(0.5)
out = df.groupby(pd.Grouper(key="when", freq="MS", origin="start"))["i"].sum()
out = df.groupby(pd.Grouper(key="when", freq="2MS"))["i"].sum()
out = df.groupby([pd.Grouper(key="when", freq="3D"), "t"])["i"].sum()
out = df.groupby(pd.Grouper(level="at", freq="MS"))["i"].sum()
out = df.groupby(pd.Grouper(freq="MS"))["i"].sum()
out = df.groupby(pd.Grouper(key="when", freq="MS"))["i"].transform("sum")
out = df.resample("MS", on="gone")["i"].sum()
out = df["i"].reset_index(drop=True).resample("MS").sum()
df["when"] = df["when"].where(df["i"] > 3); out = df.resample("MS", on="when")["i"].sum()
df["when"] = df["when"].where(df["i"] > 3); out = df.groupby([pd.Grouper(key="when", freq="MS"), "t"])["i"].sum()
out = df.head(0).resample("MS")["i"].sum()
out = df.iloc[::-1]["f"].resample("MS").first()
out = list(df["i"].resample("YE"))[0][1]
"""


@pytest.mark.parametrize("line", _BY_PANDAS.strip().splitlines())
def test_by_pandas(line: str) -> None:
    check(line, _data(_TIMES), _index(_TIMES, "at"))


def test_bins_as_labels_of_both_axes() -> None:
    """Their frequencies are there, as where pandas makes them."""
    keys = '[pd.Grouper(key="when", freq="MS"), "t"]'
    check(f'out = df.groupby({keys})["i"].sum().unstack().index', _data(_TIMES))
    check(f'out = df.groupby({keys})["i"].sum().unstack().index.freq.freqstr', _data(_TIMES))
