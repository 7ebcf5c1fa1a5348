"""Columns and labels that DuckDB has no type for: what moves rows stays in the plan, all else is pandas' own."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stratum_sql
import stratum_sql.pandas as door
from stratum_sql.pandas.keys import state_key
from stratum_sql.pandas.kinds import Carried
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.states import Held
from tests.pandas_door.answers import Columns, by_pandas, check

NAN = float("nan")


def _objects(*values: Any) -> np.ndarray[Any, Any]:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


KINDS: dict[str, Callable[[], Any]] = {
    "times with a zone": lambda: pd.array(pd.DatetimeIndex(["2020-03-29", None, "2019-01-01"] * 2, tz="Europe/Paris")),
    "periods": lambda: pd.array(pd.PeriodIndex(["2020-03", "2019-01", None] * 2, freq="M")),
    "Int64": lambda: pd.array([3, None, 1, 3, 0, 2], dtype="Int64"),
    "Float64": lambda: pd.array([0.5, None, 1, 3, 0, 2], dtype="Float64"),
    "boolean": lambda: pd.array([True, None, False] * 2, dtype="boolean"),
    "string": lambda: pd.array(["b", None, "a", "", "é", "b"], dtype="string"),
    "intervals of integers": lambda: pd.array(pd.interval_range(0, 6)),
    "intervals": lambda: pd.array(pd.IntervalIndex.from_arrays([0.5, NAN, 2, 1, 0, 1], [1.5, NAN, 3, 2, 1, 4])),
    "integers of Arrow": lambda: pd.array([3, None, 1, 3, 0, 2], dtype="int64[pyarrow]"),
    "complex": lambda: np.array([1j, NAN, 2, 1j, -1, 0]),
    "float16": lambda: np.array([0.5, NAN, 2, 0.5, -1, 0], dtype="float16"),
    "decimals": lambda: _objects(Decimal("1.5"), NAN, Decimal(2), Decimal("1.5"), Decimal(0), Decimal(7)),
    "lists": lambda: _objects([1], [], (1, 2), [1], {"a": 1}, [2]),
    "mixed": lambda: _objects(1, "a", 2.5, True, 1, b""),
    "objects and None": lambda: _objects(1, None, 2, None, 1, 3),
}
SAME_DTYPE = [kind for kind in KINDS if kind not in ("intervals of integers", "objects and None")]
ORDERED = ["times with a zone", "periods", "Int64", "boolean", "string"]
OF_LABELS = ["times with a zone", "periods", "Int64", "string", "intervals", "integers of Arrow"]


def _is_in_plan(script: str, data: Columns, index: Any = None) -> bool:
    """Whether all of it is, and nothing was left to pandas to do or to refuse."""
    log = check(script, data, index).unsupported
    return not log and not isinstance(by_pandas(script, data, index), type)


def _data(kind: str, rows: int = 6) -> Columns:
    return {
        "t": ["b", "a", "b", None, "c", "a"][:rows],
        "i": [3, 1, 2, 5, 4, 0][:rows],
        "f": [1.0, NAN, 0.5, 2.0, 1.0, NAN][:rows],
        "b": [True, False, True, True, False, True][:rows],
        "x": KINDS[kind]()[:rows],
    }


def _lines(text: str) -> list[str]:
    return text.strip().splitlines()


NATIVE = """
out = df["x"]
out = df[["x", "i"]]
out = df[df["i"] > 2]
out = df["x"][df["i"] > 2]
out = df.sort_values("i")
out = df.sort_values(["t", "i"], ascending=[True, False])["x"]
out = df.sort_values("i").head(3)
out = df.tail(2)
out = df.iloc[1:3]
out = df.iloc[[2, 0, 0, 1]]
out = df.iloc[::-1]["x"]
out = df.loc[df["i"] > 2, ["x", "t"]]
out = df.sample(3, random_state=1)
out = df.drop(columns="t")
out = df.drop(columns="x")
out = df.rename(columns={"x": "y"}).add_prefix("of ")
out = df.filter(like="x")
out = df.dtypes
out = df.select_dtypes("number")
out = df.select_dtypes(exclude="number")
out = df.isna()
out = df.notna()
out = df.dropna()
out = df.dropna(subset=["x"])
out = df.dropna(axis=1)
out = df.count()
out = df["x"].isna()
out = df["x"].dropna()
out = df["x"].count()
out = df["x"].hasnans
out = df[df["x"].notna()].reset_index(drop=True)
out = df.drop_duplicates("t")
out = df.nlargest(2, "i")
out = df.query("i > 2")
out = df.groupby("t")["i"].sum()
out = df.groupby("t").size()
out = df.groupby("t").head(1)
out = df.groupby("t").tail(1)
out = df.groupby("t").nth(0)
out = df.groupby("t")["x"].head(1)
out = df.groupby("b").cumcount()
out = df.groupby("t").agg({"i": "sum", "f": "max"})
out = df.groupby(df["x"].isna())["i"].sum()
out = df.merge(pd.DataFrame({"t": ["a", "b", "b"], "w": [1, 2, 3]}), on="t")
out = df.merge(pd.DataFrame({"t": ["a", "b", "c", "c"], "w": [1.0, 2.0, 3.0, 4.0]}), on="t", how="left")
out = df.merge(df[["i", "x"]], on="i")
out = pd.concat([df, df], ignore_index=True)
out = pd.concat([df["x"], df["i"]], axis=1)
out = df.reset_index()
df["y"] = df["x"]; out = df
df["y"] = df["i"] * 2; out = df
df.loc[df["i"] > 2, "f"] = 0.0; out = df
df.insert(0, "y", df["x"]); out = df
del df["x"]; out = df
out = df.pop("x")
out = df.assign(y=df["x"], z=1)
out = df.astype({"i": "float64"})
out = df.fillna({"f": 0.0})
out = df["x"].rename("y").to_frame()
s = df["x"].copy(); s.name = "y"; out = s.reset_index(drop=True)
out = df.head(0)
"""
GAPS = """
df["x"] = df["x"][df["i"] > -1]; out = df
out = df.drop(columns="b").merge(pd.DataFrame({"t": ["a", "z"], "w": [1, 2]}), on="t", how="right")
out = df.drop(columns="b").merge(pd.DataFrame({"t": ["a", "z"], "w": [1, 2]}), on="t", how="outer")
out = pd.DataFrame({"w": [1, 2, 3, 4, 5, 6, 7]}).join(df[["x", "f"]])
df["y"] = df["x"].head(2); out = df
df["y"] = df["x"][df["i"] > 2]; out = df["y"].isna()
"""
LEFT_TO_PANDAS = """
out = df["x"].nunique()
out = df["x"].value_counts()
out = df["x"].is_unique
out = df.groupby("t")["x"].first()
out = df.groupby("t")["x"].count()
out = df.groupby("t").agg(y=("x", "last"))
out = df.groupby("t").sum(numeric_only=True)
out = df.groupby("t")["x"].shift()
out = df["x"].fillna(0)
out = df["x"].shift()
out = df["x"].where(df["b"])
out = df["x"].isin([1, 3])
out = df["x"] == df["x"]
out = df["x"] + df["x"]
out = df["i"] * df["x"]
out = df["x"].astype(str)
out = df["x"].map(str)
out = df["x"].diff()
out = df.describe()
out = df.sum(numeric_only=True)
out = df.replace(1, 2)
out = df.melt(id_vars=["t"])
out = df.nunique()
out = np.exp(df["x"])
out = pd.get_dummies(df)
out = pd.crosstab(df["t"], df["x"])
out = df.query("x == 1")
out = df.apply(lambda row: row["i"] + 1, axis=1)
df.loc[df["i"] > 2, "x"] = df["i"]; out = df
"""
COMPARED = """
out = df.sort_values("x", kind="stable")
out = df.sort_values(["b", "x"], ascending=[True, False])
out = df["x"].sort_values(kind="stable", ascending=False)
out = df["x"].duplicated()
out = df["x"].drop_duplicates(keep="last")
out = df.drop_duplicates()
out = df.drop_duplicates(["b", "x"])
out = df.groupby("x")["i"].sum()
out = df.groupby("x", sort=False)["f"].agg(["sum", "count"])
out = df.groupby("x", as_index=False)["i"].max()
out = df.groupby(["b", "x"])["i"].sum().reset_index()
out = df.groupby(df["x"])["i"].max()
out = df.groupby("x").size().sort_index(ascending=False, kind="stable")
out = df.groupby("x").head(1)
df["n"] = df.groupby("x")["f"].transform("sum"); out = df
out = df.merge(df, on="x")
out = df.merge(df[["x", "f"]].head(2), on="x", how="left")
out = df.drop(columns="b").merge(df[["x", "b"]].tail(5), on=["x"])
o = pd.DataFrame({"x": df["x"], "w": df["f"]}).tail(4); out = df.merge(o, on="x")
"""
LABELLED = """
out = df[df["i"] > 1]
out = df.iloc[1:3]
out = df.head(2).index
out = df.sort_values("i")
out = df["i"] + df["f"]
out = df[["i", "f"]] * 2
out = df["f"].fillna(0)
out = df["i"].sum()
out = df.isna()
out = df.reset_index()
out = df.reset_index(drop=True)
out = df.groupby("t")["i"].sum()
out = df.groupby("b")["i"].cumsum()
out = df.groupby("t").head(1)
out = df.rename_axis("z")
df["n"] = df["i"] * 2; out = df
df.loc[df["i"] > 1, "f"] = 0.0; out = df
out = df.merge(df[["i", "t"]], on="i")
"""
OTHERS_OF_LABELS = """
out = df["i"] + df["f"].head(2)
df["n"] = df["f"].head(3); out = df
out = df["i"].idxmax()
out = df["i"].rolling(2).sum()
out = pd.concat([df, df])
out = df.drop(1)
out = df.loc[1:2]
"""


@pytest.mark.parametrize("script", _lines(NATIVE))
def test_what_moves_rows_stays_in_the_plan(script: str) -> None:
    for kind in KINDS:
        assert check(script, _data(kind)).unsupported == [], kind


@pytest.mark.parametrize("script", _lines(NATIVE))
def test_labels_that_come_twice_and_no_rows(script: str) -> None:
    for kind in ("times with a zone", "Int64", "mixed"):
        check(script, _data(kind), [30, 10, 20, 20, 10, 0])
        check(script, _data(kind, 0))


@pytest.mark.parametrize("script", _lines(GAPS))
def test_rows_that_are_new_miss_what_others_miss(script: str) -> None:
    for kind in KINDS:
        assert _is_in_plan(script, _data(kind)) or kind not in SAME_DTYPE, kind


@pytest.mark.parametrize("script", _lines(LEFT_TO_PANDAS))
def test_what_looks_at_values_is_left_to_pandas(script: str) -> None:
    for kind in KINDS:
        assert not _is_in_plan(script, _data(kind)), kind
        check(script, _data(kind, 0))


@pytest.mark.parametrize("script", _lines(COMPARED))
def test_values_that_have_an_order_are_compared(script: str) -> None:
    for kind in KINDS:
        assert _is_in_plan(script, _data(kind)) or kind not in ORDERED, kind
        check(script, _data(kind, 0))
        check(script, _data(kind), [30, 10, 20, 20, 10, 0])


def test_keys_of_another_array() -> None:
    script = (
        "o = pd.DataFrame({{'x': df['x'].array[[3, 1, 0, 0]], 'w': [1, 2, 3, 4]}}); out = df.merge(o, on='x', how='{}')"
    )
    for kind in KINDS:
        for how in ("inner", "left", "right", "outer"):
            check(script.format(how), _data(kind))
    later = "g = df.groupby('x'); df['n'] = df['i'] * 2; out = g['n'].sum()"
    assert check(later, _data("Int64")).unsupported == []
    check("out = df.groupby('x', dropna=False)['i'].sum()", _data("Int64"))
    check("out = df.merge(pd.DataFrame({'x': [1, 2], 'w': [1, 2]}), on='x')", _data("Int64"))
    levels = pd.MultiIndex.from_arrays([pd.date_range("2020", periods=3, tz="UTC")[::-1], [1, 1, 2]], names=["d", "e"])
    for end in ("sort_index()", "groupby('d')['i'].sum()", "groupby(level=[1, 0])['i'].max()"):
        check(f"out = df.{end}", {"i": [1, 2, 3]}, levels)


def test_groups_by_labels_that_a_function_gives() -> None:
    times = pd.date_range("2020", periods=3, tz="UTC")
    for script in (
        "out = df[df['i'] > 3].groupby(lambda label: str(label)[:3])['i'].sum()",
        "out = df.groupby(lambda label: label.normalize())['i'].sum()",
        "out = df.groupby(pd.Index([3, 1, 3], dtype='Int64'))['i'].sum()",
        "out = df.groupby(pd.date_range('2020', periods=3, tz='UTC')._with_freq(None))['i'].sum()",
    ):
        check(script, {"i": [1, 2, 3]}, times)


def test_an_outer_join_has_missing_times_first() -> None:
    given = "df['d'] = pd.to_datetime(pd.Series(['2020-01-02', None, '2019-01-01'])){};"
    for zone in ("", ".dt.tz_localize('UTC')"):
        line = f"{given.format(zone)} out = df.head(2).merge(df[['d']].tail(2), on='d', how='outer')"
        check(line, {"i": [1, 2, 3]})


@pytest.mark.parametrize("script", _lines(LABELLED))
def test_labels_move_with_their_rows(script: str) -> None:
    for kind in OF_LABELS:
        data = _data(kind)
        index = pd.Index(data.pop("x"), name="x")
        assert check(script, data, index).unsupported == [], kind
        check(script, {name: values[:0] for name, values in data.items()}, index[:0])


@pytest.mark.parametrize("script", _lines(OTHERS_OF_LABELS))
def test_what_looks_at_labels_gives_what_pandas_gives(script: str) -> None:
    for kind in OF_LABELS:
        data = _data(kind)
        index = pd.Index(data.pop("x"), name="x")
        check(script, data, index)


@pytest.mark.parametrize("kind", OF_LABELS)
def test_a_column_becomes_the_labels(kind: str) -> None:
    for script in ("out = df.set_index('x')", "out = df.set_index('x').reset_index()", "out = df.set_index('x')['i']"):
        assert check(script, _data(kind)).unsupported == []
    check("out = df.set_index(['t', 'x'])", _data(kind))


def test_labels_that_are_objects_or_of_two_levels() -> None:
    data: Columns = {"i": [1, 2, 3], "f": [0.5, 1.0, NAN]}
    levels = pd.MultiIndex.from_arrays([pd.date_range("2020", periods=3, tz="UTC"), [1, 1, 2]], names=["d", None])
    with object_mode():
        categories = pd.CategoricalIndex(["b", "a", "b"])
    for index in (pd.Index([1, "a", (1, 2)], tupleize_cols=False), categories, levels):
        assert check("out = df[df['i'] > 1]", data, index).unsupported == []
        check("out = df.reset_index()", data, index)
    check("out = df.reset_index()", data, pd.Index([1, None, 2], dtype=object, name="x"))  # floats, as pandas sees it
    times = pd.date_range("2020", periods=3, tz="UTC")
    for script in ("out = df[df['i'] > 1].index.freq", "out = df.iloc[::2].index", "out = df.head(2)"):
        check(script, data, times)


def test_an_object_is_the_very_same() -> None:
    held: list[int] = [1]
    with door.using():
        frame = door.DataFrame({"x": [held, [2]], "i": [1, 0]})
        found = frame[frame["i"] > 0].sort_values("i").to_pandas()
    held.append(2)
    assert found["x"].iloc[0] is held


def test_what_a_frame_still_holds() -> None:
    two = _objects(1, None, NAN)
    with door.using():
        for values in (two, pd.arrays.SparseArray([0, 1, 0])):
            assert isinstance(door.DataFrame({"x": values})._state, Held)
    check("df['y'] = df['i'] + 1; out = df[df['i'] > 1]", {"i": [1, 2, 3], "x": two})


def test_sql_says_what_it_cannot_show() -> None:
    with door.using():
        frame = door.DataFrame({"x": pd.array([1, None], dtype="Int64"), "i": [1, 2]})
        with pytest.raises(ValueError, match="column 'x' is of dtype Int64"):
            frame.sql()
        with pytest.raises(ValueError, match="Int64"):
            frame["x"].sql()
        with pytest.raises(ValueError, match="column 'of the index, x'"):
            frame.set_index("x").sql()
        assert "is of dtype Int64" in frame.explain()
        assert '"x": places of values that pandas holds' in frame[["i"]].sql()


def test_a_list_or_array_that_the_script_gives() -> None:
    data: Columns = {"i": [3, 1, 2]}
    for value in ("pd.array([1, None, 2], dtype='Int64')", "pd.date_range('2020', periods=3, tz='UTC').array"):
        assert check(f"df['x'] = {value}; out = df[df['i'] > 1]", data).unsupported == []
    check("df['x'] = [[1], [2, 3], []]; out = df[df['i'] > 1]", data)
    check("df['x'] = [[1, 2], [3, 4], [5, 6]]; out = df[df['i'] > 1]", data)
    check("out = df.groupby(pd.array([1, 1, 2], dtype='Int64'))['i'].sum()", data)


def test_keys_are_of_the_values() -> None:
    def frame(values: Any) -> Any:
        return door.DataFrame({"x": values, "i": [1, 2]})[["x"]].head(1)._state

    with door.using(stratum_sql.connect()):
        keys = [state_key(frame(pd.array(one, dtype="Int64"))) for one in ([1, 2], [1, 3], [1, 2])]
        assert keys[0] == keys[2] != keys[1]
        assert state_key(frame([[1], [2]])) is None  # a list is the script's own


def test_pickles_and_libraries_get_pandas_own() -> None:
    with door.using():
        frame = door.DataFrame(
            {"x": pd.array([1, 2, 3, 4], dtype="Int64"), "y": [0.5, 1.0, 1.5, 2.0], "i": [1, 2, 3, 4]}
        )
        some = frame[frame["i"] > 1]
        assert pickle.loads(pickle.dumps(some)).to_pandas().equals(some.to_pandas())
        assert some["x"].to_numpy().tolist() == [2, 3, 4]
        assert np.asarray(some[["x", "i"]]).tolist() == [[2, 2], [3, 3], [4, 4]]


def test_a_column_of_another_array_is_another_type() -> None:
    one, other = (Carried(np.zeros(2, dtype=complex), None, fills=True) for _ in range(2))
    assert one in (one,)
    assert one != other
    check("out = pd.concat([df, df.rename(columns={'x': 'y', 'y': 'x'})])", _data("Int64") | {"y": KINDS["Int64"]()})
