"""Functions of groups that the script gives, against pandas."""

from __future__ import annotations

import pytest

from tests.pandas_door.answers import check
from tests.pandas_door.lines_groups import LEFT, OF_FUNCTIONS
from tests.pandas_door.test_operations import FRAMES

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
        'out = df[["f", "g"]].ewm(halflife="2 days", times=np.array(["2020-01-01"] * 6, dtype="M8[s]")).mean()',
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


# Columns of other values, and what is asked of them in groups.
_OTHERS = {
    'd=pd.to_timedelta(df["g"], unit="D").where(df["f"].notna())': ('out = d.groupby("b")["d"].sum()',),
    'd=pd.to_timedelta(df["g"], unit="D").where(df["f"] > 1)': (
        'out = d.groupby("i")["d"].sum()',
        'out = d.groupby("b")["d"].mean()',
    ),
    'd=pd.to_timedelta(df["g"], unit="s").where(df["f"] > 1)': ('out = d.groupby("i")["d"].mean()',),
    'd=pd.to_timedelta(df["g"], unit="ns")': ('out = d.groupby("b")["d"].mean()',),
    'd=-pd.to_timedelta(df["g"], unit="ns")': ('out = d.groupby("b").agg({"d": ["sum", "mean"]})',),
    'z=pd.to_datetime(df["g"], unit="D").where(df["f"] > 1)': (
        'out = d.groupby("b")["z"].cummax()',
        'out = d.groupby("b")["z"].cummin()',
    ),
    'c=pd.Categorical(df["t"], ["z", "y", "x"], ordered=True)': (
        'out = d.groupby("b")["c"].min()',
        'out = d.groupby("i")["c"].max()',
        'out = d.groupby("i").agg({"c": "max", "f": "sum"})',
    ),
    'c=pd.Categorical(df["t"], ["z", "y", "x"])': ('out = d.groupby("i")["c"].max()',),
    'p=pd.date_range("2020-01-01", periods=len(df), tz="UTC").where(df["f"] > 1)': (
        'out = d.groupby("i")["p"].max()',
        'out = d.groupby("i")["p"].first()',
        'out = d.groupby("i")["p"].count()',
        'out = d.groupby("b")["p"].nunique()',
        'out = d.groupby("b").agg({"p": ["min", "last", "nunique"], "f": "sum"})',
    ),
    'p=pd.period_range("2020", periods=len(df), freq="D")': (
        'out = d.groupby("b")["p"].min()',
        'out = d.groupby("b")[["p", "f"]].last()',
    ),
    'n=pd.array([1, None, 3, None, 2, 1], dtype="Int64")': (
        'out = d.groupby("b")["n"].max()',
        'out = d.groupby("i")["n"].first()',
        'out = d.groupby("i")["n"].nunique()',
    ),
    'n=pd.array([True, None, False, None, True, True], dtype="boolean")': ('out = d.groupby("i")["n"].last()',),
    'o=[1, "x", 2.5, None, (1, 2), "y"]': ('out = d.groupby("b")["o"].count()',),
    'o=[1, "x", 2.5, 3, (1, 2), "y"]': (
        'out = d.groupby("b")["o"].last()',
        'out = d.groupby("b")["o"].max()',
    ),
    "v=pd.IntervalIndex.from_breaks(range(7))": ('out = d.groupby("b")["v"].first()',),
    's=df["t"].astype("string")': ('out = d.groupby("b")["s"].min()',),
    'n=pd.array([1.5, None, 3, None, 2, 1], dtype="Float64")': ('out = d.groupby("b")["n"].first()',),
}
_LEFT_OTHERS = {
    'n=pd.array([1, None, 3, None, 2, 1], dtype="Int64")': (
        'out = d.groupby("i")["n"].count()',
        'out = d.groupby("i")["n"].min(min_count=2)',
        'out = d.groupby("b")["n"].transform("max")',
        'out = d.groupby("b")["n"].transform("first")',
    ),
    'o=[1, "x", 2.5, None, (1, 2), "y"]': ('out = d.groupby("b")["o"].first()',),
    "v=pd.IntervalIndex.from_breaks(range(7))": ('out = d.groupby("b")["v"].max()',),
    's=df["t"].astype("string")': ('out = d.groupby("i")["s"].count()',),
    'n=pd.array([1.5, None, 3, None, 2, 1], dtype="Float64")': ('out = d.groupby("b")["n"].max()',),
}


def _lines(of: dict[str, tuple[str, ...]]) -> list[str]:
    return [f"d = df.assign({made}); {line}" for made, lines in of.items() for line in lines]


def _of_groups(script: str) -> list[str]:
    return [one.operation for one in check(script, DATA).unsupported if one.operation.startswith("GroupBy")]


@pytest.mark.parametrize("script", _lines(_OTHERS))
def test_other_values_in_groups(script: str) -> None:
    assert _of_groups(script) == []


@pytest.mark.parametrize("script", _lines(_LEFT_OTHERS))
def test_other_values_that_are_left_to_pandas(script: str) -> None:
    check(script, DATA)


@pytest.mark.parametrize(
    "script",
    [
        'out = df.assign(u=df["t"].fillna("q")).groupby("b")["u"].sum()',
        'out = df.assign(u=df["t"].fillna("")).groupby("i")["u"].any()',
        'out = df.assign(u=df["t"].fillna("")).groupby("b")["u"].all()',
        'out = df.groupby("b")["f"].cumsum(skipna=False)',
        'out = df.groupby("b")[["i", "f"]].cummin(skipna=False)',
        'out = df.groupby("b")[["g", "f"]].cumprod(skipna=False)',
        'out = df.groupby("b")[["g", "t"]].cumsum(numeric_only=True)',
        'out = df.groupby("b")[["i", "f"]].transform(["sum", "min"])',
        'out = df.groupby("b").transform({"i": "sum", "f": "max"})',
        'out = df.groupby("b").transform(x=("i", "sum"), y=pd.NamedAgg("f", "min"))',
        'out = df.groupby("b")["f"].transform("cumsum", skipna=False)',
    ],
)
def test_aggregates_in_groups(script: str) -> None:
    assert check(script, DATA).unsupported == []


@pytest.mark.parametrize(
    "script",
    [
        's = pd.Series([1, None, 3], dtype="Int64"); out = s.sum()',
        's = pd.Series([1, None, 3], dtype="Int64"); out = s.mean()',
        's = pd.Series([1, None, 3], dtype="Int64"); out = s.min()',
        's = pd.Series([1, None, 3], dtype="Int64"); out = str(s.max(skipna=False))',
        's = pd.Series([1, None, 3], dtype="Int64"); out = s.var()',
        's = pd.Series([1, None, None], dtype="Int64"); out = str(s.std())',
        's = pd.Series([1, 4, 5], dtype="Int64"); out = s.std()',
        's = pd.Series([1, 4, 5], dtype="Int64"); out = s.median()',
        's = pd.Series([], dtype="Int64"); out = str(s.mean())',
        's = pd.Series([], dtype="Float64"); out = s.sum()',
        's = pd.Series([], dtype="Float64"); out = str(s.min())',
        's = pd.Series([1.5, None, 3], dtype="Float64"); out = s.sum()',
        's = pd.Series([1.5, None, 3], dtype="Float64"); out = str(s.sum(skipna=False))',
        's = pd.Series([1.5, None, 3], dtype="Float64"); out = s.mean()',
        's = pd.Series([1.5, None, 3], dtype="Float64"); out = s.max()',
        's = pd.Series([True, None, False], dtype="boolean"); out = s.any()',
        's = pd.Series([True, None, True], dtype="boolean"); out = s.all()',
        's = pd.Series([None, None], dtype="boolean"); out = s.any()',
        's = pd.Series([None, None], dtype="boolean"); out = s.all()',
        's = pd.Series([True, None, True], dtype="boolean"); out = s.sum()',
        's = pd.Series([True, None, True], dtype="boolean"); out = s.mean()',
        's = pd.Series([1, None, 0], dtype="Int64"); out = s.any()',
        's = pd.Series([2**62, 2**62, 2**62], dtype="Int64"); out = s.mean()',
        's = pd.Series(pd.Categorical(["a", "b", None], ["b", "a"], ordered=True)); out = s.min()',
        's = pd.Series(pd.Categorical(["a", "b", None], ["b", "a"], ordered=True)); out = s.max()',
        's = pd.Series(pd.Categorical(["a", "b", None], ["b", "a"], ordered=True)); out = s.max(skipna=False)',
        's = pd.Series(pd.Categorical([None, None], ["b", "a"], ordered=True)); out = s.max()',
        "s = pd.Series(pd.Categorical([3, 2], [2, 3], ordered=True)); out = s.max()",
        's = pd.Series(pd.date_range("2020", periods=3, tz="UTC")); out = s.max()',
        's = pd.Series([1, None, 3], dtype="Int64"); out = s[s.notna()].sum()',
        's = pd.Series(pd.date_range("2020", periods=3, tz="UTC")); out = s.min()',
        's = pd.Series([pd.Timestamp("2020", tz="UTC"), pd.NaT]); out = str(s.max())',
        's = pd.Series([pd.Timestamp("2020", tz="UTC"), pd.NaT]); out = str(s.min(skipna=False))',
        's = pd.Series(pd.period_range("2020", periods=3, freq="M")); out = s.max()',
        's = pd.Series(pd.period_range("2020", periods=3, freq="M"))[:0]; out = str(s.max())',
    ],
)
def test_one_value_of_other_values(script: str) -> None:
    assert check(script, DATA).unsupported == []


@pytest.mark.parametrize(
    "script",
    [
        's = pd.Series([True, None, True], dtype="boolean"); out = s.min()',
        's = pd.Series([1, None, 0], dtype="Int64"); out = str(s.all(skipna=False))',
        's = pd.Series([2**62, 2**62, 2**62], dtype="Int64"); out = s.sum()',
        's = pd.Series(pd.Categorical(["a", "b"], ["b", "a"])); out = s.max()',
        's = pd.Series(pd.Categorical(["a", "b"], ["b", "a"], ordered=True)); out = s.sum()',
        's = pd.Series([1, "x", None]); out = s.any()',
        's = pd.Series([1, 2, None], dtype="Int8"); out = s.sum()',
        's = pd.Series(["a", "b"], dtype="string"); out = s.sum()',
    ],
)
def test_one_value_that_is_left_to_pandas(script: str) -> None:
    check(script, DATA)


_OF_BINS = {
    'df.assign(z=pd.date_range("2020-01-01", periods=len(df), freq="9h"))': (
        'out = d.groupby(pd.Grouper(key="z", freq="D"))["f"].sum()',
        'out = d.groupby(pd.Grouper(key="z", freq="h"))["f"].sum()',
        'out = d.groupby(pd.Grouper(key="z", freq="2h"))[["f", "i"]].mean()',
        'out = d.groupby(pd.Grouper(key="z", freq="6h", closed="right", label="right"))[["f", "i"]].count()',
        'out = d.groupby(pd.Grouper(key="z", freq="h")).size()',
        'out = d.groupby(pd.Grouper(key="z", freq="D"))["f"].transform("sum")',
        'out = d.groupby(pd.Grouper(key="z", freq="D"))["f"].cumsum()',
        'out = d.groupby(pd.Grouper(key="z", freq="7h", origin="start"))["f"].sum()',
        'out = d.groupby(pd.Grouper(key="z", freq="D")).head(1)',
        'out = d.groupby(pd.Grouper(key="z", freq="D"))["f"].agg(lambda s: s.max() - s.min())',
        'out = d.groupby(pd.Grouper(key="z", freq="D"))["f"].agg(["sum", "max"])',
        'out = d.groupby([pd.Grouper(key="z", freq="D")])["f"].sum()',
    ),
    'df.assign(z=pd.date_range("2020-01-01", periods=len(df), freq="20D"))': (
        'out = d.groupby(pd.Grouper(key="z", freq="ME"))["i"].max()',
        'out = d.groupby([pd.Grouper(key="z", freq="ME"), "b"])["i"].max()',
        'out = d.groupby(["b", pd.Grouper(key="z", freq="MS")])["i"].sum().reset_index()',
    ),
    'df.assign(z=pd.date_range("2020-01-01", periods=len(df), freq="50D")).set_index("z")': (
        'out = d.groupby(pd.Grouper(freq="YE"))["f"].sum()',
        'out = d["f"].groupby(pd.Grouper(freq="QS")).mean()',
        'out = d[["f", "i"]].groupby(pd.Grouper(freq="W")).sum()',
    ),
    'df.assign(z=pd.date_range("2020-01-01", periods=len(df), freq="50D")[::-1]).set_index("z")': (
        'out = d[["f", "i"]].groupby(pd.Grouper(level="z", freq="QE")).max()',
    ),
}


@pytest.mark.parametrize("script", [f"d = {made}; {line}" for made, lines in _OF_BINS.items() for line in lines])
def test_groups_of_times(script: str) -> None:
    check(script, DATA)


@pytest.mark.parametrize(
    "line",
    [
        'out = g.agg({"f": "sum", "i": "max"})',
        'out = g["t"].nunique()',
        'out = g["f"].first()',
        'out = d.groupby(pd.Grouper(key="z", freq="D"), as_index=False)["f"].sum()',
        'd["z"] = d["z"].where(d["i"] > 1); out = d.groupby(pd.Grouper(key="z", freq="D"))["f"].sum()',
        'out = g["f"].sum(); d["f"] = 0.0',
        "out = d[:0].groupby(pd.Grouper(key='z', freq='D'))['f'].sum()",
    ],
)
def test_groups_of_times_that_are_left_to_pandas(line: str) -> None:
    made = f'{_TIMES}); g = d.groupby(pd.Grouper(key="z", freq="D")); '
    check(made + line, DATA)


@pytest.mark.parametrize("options", ["as_index=False", "sort=False", "group_keys=False", "dropna=False"])
@pytest.mark.parametrize("keys", ["'b'", "['t', 'b']"])
@pytest.mark.parametrize("call", ["idxmax()", "idxmin()", "describe()", "value_counts()", "nlargest(1)", "nunique()"])
def test_groups_with_options(keys: str, options: str, call: str) -> None:
    check(f"out = df.groupby({keys}, {options})['i'].{call}", *FRAMES["plain"])
