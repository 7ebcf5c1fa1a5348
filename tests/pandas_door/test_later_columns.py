"""Groups of a frame that gets columns afterwards: pandas' groups look at the frame as it is."""

from __future__ import annotations

import pytest

from tests.pandas_door.answers import check

DATA = {"i": [3, -7, 2, 3], "f": [0.5, float("nan"), 1.5, -1.0], "b": [True, False, True, True]}
WHEN = 'pd.to_datetime(["2020-01-01", "2020-01-05", "2020-02-01", "2020-01-01"])'
GROUPS = (
    'df.groupby("i")',
    'df.groupby(df["i"] > 2)',
    'df.groupby(["b", df["i"] > 2])',
    "df.groupby([1, 1, 2, 2])",
    "df.groupby(level=0)",
    "df.groupby(lambda label: label % 2)",
    'df.groupby(pd.Grouper(key="i"))',
    'df.groupby(pd.Grouper(key="when", freq="MS"))',
    'df.resample("MS", on="when")',
)
ENDS = ('g["q"].sum()', 'g["f"].mean()', 'g[["f", "q"]].max()', "g.size()", 'g["q"].apply(lambda s: str(s.sum()))')


@pytest.mark.parametrize("groups", GROUPS)
@pytest.mark.parametrize("end", ENDS)
def test_a_column_that_came_later(groups: str, end: str) -> None:
    check(f'df["when"] = {WHEN}\ng = {groups}\ndf["q"] = df["f"] + 1\nout = {end}', DATA)


@pytest.mark.parametrize("groups", GROUPS)
def test_a_column_that_was_chosen_before(groups: str) -> None:
    check(f'df["when"] = {WHEN}\ng = {groups}["f"]\ndf["q"] = df["f"] + 1\nout = g.sum()', DATA)
