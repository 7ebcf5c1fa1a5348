"""Functions of groups that the script gives, against pandas."""

from __future__ import annotations

import pytest

from tests.pandas_door.answers import check
from tests.pandas_door.lines_groups import LEFT, OF_FUNCTIONS

NAN = float("nan")
DATA = {
    "i": [3, 1, 2, 5, 4, 2],
    "f": [1.5, NAN, 2.0, -3.0, 0.25, 7.0],
    "g": [1.0, 2.0, 4.0, 8.0, 16.0, 32.0],
    "b": [True, False, True, False, True, True],
    "t": ["x", "y", None, "x", "z", "y"],
}


@pytest.mark.parametrize("script", OF_FUNCTIONS)
def test_a_function_is_traced(script: str) -> None:
    assert check(script, DATA).unsupported == []


@pytest.mark.parametrize("script", LEFT)
def test_what_may_be_otherwise_is_left_to_pandas(script: str) -> None:
    assert check(script, DATA).unsupported


_TIMES = 'd = df.assign(z=pd.date_range("2020-01-01", periods=len(df), freq="D")'


_DAYS = 'pd.date_range("2020-01-01", periods=len(df), freq="D")'


@pytest.mark.parametrize(
    "script",
    [
        f'{_TIMES}); out = d[["z", "f"]].rolling("3D", on="z", center=True).sum()',
        f'{_TIMES}).set_index("z"); out = d["f"].rolling("3D", center=True).sum()',
        f'{_TIMES}[::-1]).set_index("z"); out = d["f"].rolling("2D").sum()',
        f'{_TIMES}).set_index("z"); out = d["f"].rolling(pd.Timedelta("2D")).mean()',
        f'{_TIMES}).set_index("z"); out = d["f"].rolling(pd.offsets.Day(2)).mean()',
        f'{_TIMES}).set_index("z"); out = d["f"].rolling("2D", closed="both").skew()',
        'out = df["f"].rolling(0).sum()',
        'd = df[["i", "f"]].rename_axis(columns="n"); out = d.rolling(2).sum()',
        'd = df[["i", "f"]].rename_axis(columns="n"); out = d.rolling(2, min_periods=1).skew()',
        'd = df[["i", "f"]].set_axis(["a", "a"], axis=1); out = d.expanding().mean()',
        'd = df[["i", "f"]].set_axis([1, "a"], axis=1); out = d.ewm(span=3).mean()',
        'out = df["f"].ewm(halflife="1 day", times=DAYS).mean()',
        'out = df[["f", "g"]].ewm(halflife=pd.Timedelta("2 days"), times=DAYS).mean()',
        'out = df[["f", "g"]].ewm(halflife=pd.Timedelta("2 days"), times=pd.Series(DAYS)).mean()',
        'out = df[["f", "g"]].ewm(halflife="2 days", times=np.array(["2020-01-01"] * 6, dtype="M8[s]"), adjust=True).mean()',
    ],
)
def test_windows_that_sql_has_not(script: str) -> None:
    assert check(script.replace("DAYS", _DAYS), DATA).unsupported == []


@pytest.mark.parametrize(
    "script",
    [
        f'{_TIMES}).set_index("z"); out = d["f"].rolling("2D", step=2).sum()',
        'out = df["f"].rolling(-1).sum()',
        'out = df["f"].rolling(2, win_type="nope").sum()',
        'out = df["f"].rolling(2, min_periods=3).sum()',
        'out = df[["f", "g"]].ewm(halflife="2 days", times=DAYS).std()',
        'out = df["g"].rolling(2).quantile(7)',
        'out = df["g"].rolling(2).quantile(0.5, interpolation="x")',
    ],
)
def test_windows_that_pandas_refuses(script: str) -> None:
    check(script.replace("DAYS", _DAYS), DATA)
