"""What pandas itself does: where it is told, what happens after it, and that nothing is changed that should not be."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import OneHotEncoder

import stratum_sql
import stratum_sql.pandas as door
from stratum_sql import NotAllowed
from stratum_sql.pandas.running import made_by_pandas
from tests.pandas_door.answers import check
from tests.pandas_door.test_operations import FRAMES

PLAIN = FRAMES["plain"]


@pytest.fixture
def used() -> Iterator[door.Engine]:
    with door.using() as engine:
        yield engine


def test_what_pandas_makes_alone_it_makes_once(used: door.Engine) -> None:
    found = door.DataFrame({"x": [1, 2, 3]})
    for _ in range(400):  # each frame is asked for by itself and by its column
        found["x"] = found["x"] + 1
    assert made_by_pandas(found._state)["x"].tolist() == [401, 402, 403]


def frame() -> Any:
    return door.DataFrame({"x": [1, 2, 3], "f": [0.5, None, 2.5], "t": ["a", "b", None]})


# One line each: pandas itself does a part, and the answer is the same.
SCRIPTS = """
out = df["t"].astype("category")[df["i"] > 0].value_counts()
out = df["t"].astype("category").replace("a", "b")
out = df.assign(t=df["t"].astype("category")).replace("a", "b")
out = pd.get_dummies(df["t"].astype("category"))
c = df[["i", "f"]].assign(t=df["t"].astype("category")); out = c.apply(lambda row: row["i"] + 1, axis=1)
c = df.assign(t=df["t"].astype("category")); out = c.merge(c[["t", "i"]], on=["t", "i"], how="outer")
out = df.groupby(pd.Series([1, 1, 2, 2, 2], name="i"), as_index=False)["f"].sum()
out = df[["i", "f"]].set_index(["i", df["b"]]).groupby(level=0).head(1).head(0)
out = df.set_index("s")["f"].reindex(pd.CategoricalIndex([1, 2, 9]))
x = df.assign(x=df["f"], y=df["f"]).set_index(["x", "y"]).rename_axis(["x", "x"]); out = x.query("i > 0")
out = df.merge(df[["i", "f"]].set_index("f", drop=False), left_on="f", right_index=True)
out = df.merge(df[["i", "s"]].head(3), left_on="i", right_index=True, how="left")
out = df.pivot_table(index="b", columns="t", aggfunc={"i": "max"}, margins=True)
out = df.groupby(["t", "b"], dropna=False)["i"].nlargest(1)
x = df[["i", "f"]]; out = x.add(x.loc[0], axis=None)
x = df[["i", "f"]]; out = x.add(x.loc[0], axis=5)
out = df[["i", "f"]].merge(df[["s"]], left_on=df["i"], right_index=True)
out = df.groupby("t").apply(lambda g: g.iloc[1:])
out = df.groupby("t").apply(lambda g: g.iloc[:-1])
out = df.groupby("t").apply(lambda g: g[g["f"] > g["f"].mean()].head(1))
x = df[["i", "f"]]; out = x.groupby([df["b"], df["t"]], dropna=False, sort=False).size()
out = df["i"].repeat(2)
out = df.describe()
out = df["f"].shift(1) + df["f"]
out = df["f"].rolling(2).mean()
x = df.assign(d=pd.to_datetime(np.arange(len(df)), unit="D")); out = x[["f", "d"]].rolling("2D", on="d").sem()
out = df.groupby("b")["f"].apply(lambda s: s.max())
out = [(key, len(group)) for key, group in df.groupby("b")]
out = df.groupby("b")["i"].agg(lambda s: f"{s.sum()}")
out = df.groupby("b")["i"].agg(lambda s: "%s" % s.max())
out = df.groupby("b")["f"].apply(lambda s: f"{s.mean():.1f}")
out = df.groupby("b")[["i", "f"]].apply(lambda g: "%s" % g["i"].max())
out = df.groupby("b")["i"].transform(lambda s: f"{s.max()}")
out = df.groupby("b").get_group(True)
out = df.groupby(df["i"] > 0)["f"].sum()
out = df["t"].str.upper()
out = df["t"].str.len().fillna(0)
out = df["i"].apply(lambda x: x + 1)
out = df.apply(lambda row: row["i"] + row["s"], axis=1)
out = df.loc[df["i"] > 0, "f"]
out = df.iloc[1:3]
df.loc[df["i"] > 0, "f"] = 1.0
df.iloc[0, 0] = 9
df.at[df.index[0], "f"] = 4.0
s = pd.Series([1, 2, 1, 2, 1], name="i"); out = df[["i", "f"]].groupby(s, as_index=False).max()
df["x"] = [1, 2, 3, 4, 5]
df["x"] = np.arange(5)
df["x"] = df["i"].astype("category")
df["x"] = df["f"].where(df["b"], None)
df["x"] = df["i"].astype("Int64"); df["y"] = df["x"] + 1
df["x"] = pd.to_datetime(df["i"], unit="s"); df["y"] = df["x"].dt.year; out = df[df["x"] > "1970-01-01"]
df.insert(0, "new", 7); df["z"] = df["new"] + 1
out = df.pop("f"); df["g"] = out
df.index = [9, 8, 7, 6, 5]; df["x"] = df["i"] + 1
del df["f"]
df.drop_duplicates(subset=["b"], inplace=True)
df["f"].iloc[0] = 100.0
s = df["f"]; s[0] = 7.0; out = s
s = df["f"]; s += 1; out = df
a = df; a["x"] = 1; out = df
a = df.copy(); a["x"] = 1; out = df
df["i"] = df["i"] * 2**62 * 4
out = (df["s"] * 100).sum()
out = df["s"] * df["s"] * df["s"] * df["s"] * df["s"] * df["s"] * df["s"] * df["s"] * df["s"]
out = df["i"] // 0
out = df["i"] % df["s"]
out = df["f"] // 2
out = df["b"] + df["b"]
out = df["f"].astype(int)
out = df["t"].astype(float)
out = df["t"] + 1
out = df["t"] > 1
out = df["nothing"]
out = df[["i", "nothing"]]
out = df.drop(columns=["nothing"])
out = df.sort_values("nothing")
out = df.no_such_method()
out = df.groupby("nothing").size()
out = df.groupby("b").mean()
out = df.merge(df, on="nothing")
out = bool(df["i"])
out = df["f"].fillna(None)
out = df["i"].map({3: 1})
out = df["i"].map(lambda x: x * 2)
out = df["i"].sum(axis=0)
out = df["f"].sum(skipna=False)
out = df["f"].mean(numeric_only=True)
out = df[df["i"] > 0]["f"] + df["f"]
out = df["f"].to_numpy()
out = df["i"].tolist()
out = df.values.shape
out = df.T
out = pd.get_dummies(df[["t"]])
out = pd.to_numeric(df["t"], errors="coerce")
out = pd.cut(df["i"], [-10, 0, 10])
out = pd.concat([df["i"], df["f"]], axis=1)
out = np.mean(df["f"])
out = np.add.reduce(df["i"])
out = np.where(df["t"] == "b", df["f"], None)
out = np.hypot(df["f"], df["g"])
out = sum(df["i"])
out = df["i"].sort_values()
out = df.sort_values("b")
out = df.eval("i + s")
out = df.query("i > 0")
out = df.set_index("t")
out = df.isna().sum()
out = df.mean(numeric_only=True)
out = (df["t"] == None).any()
""".strip().splitlines()


@pytest.mark.parametrize("script", SCRIPTS)
def test_pandas_goes_on_and_its_answer_is_pandas(script: str) -> None:
    check(script, *PLAIN)


@pytest.mark.parametrize("label", ['a"b', "a*/ --", "two\nlines", "", "X", "__rid", "step_2", "source", "\0", "'"])
def test_any_text_is_a_label(label: str, used: door.Engine) -> None:
    df = door.DataFrame({"x": [1, 3, 2], label: [2.5, None, 1.5], "__rid_right": [0, 0, 0]})
    df[label] = df[label] * 2
    out = df[df["x"] > 1].sort_values(label, kind="stable").merge(df, on="x")
    assert used.unsupported == []
    assert out[f"{label}_x"].dropna().tolist() == [3.0]
    assert len(duckdb.connect().execute(out.sql()).fetchall()) == 2


def test_the_log_tells_the_line_the_call_and_why(used: door.Engine) -> None:
    df = frame()
    df["x"].repeat(2)
    (found,) = used.unsupported
    assert found.operation == "Series.repeat"
    assert found.reason == "no translation"
    assert found.place.text == 'df["x"].repeat(2)'


def test_a_call_that_pandas_refuses_is_none_that_it_did(used: door.Engine) -> None:
    df = frame()
    calls: list[Any] = [lambda: df["x"].repeat(-1), lambda: df.loc[["no"]], lambda: df.groupby("x").agg("no")]
    for refused in calls:
        with pytest.raises((ValueError, KeyError, AttributeError)):
            refused()
    assert used.unsupported == []


def test_a_result_goes_on_in_the_plan(used: door.Engine) -> None:
    twice = frame()["x"].repeat(2)
    used.unsupported.clear()
    assert (twice + 1).tolist() == [2, 2, 3, 3, 4, 4]
    assert used.unsupported == []


def test_strict_makes_it_an_error() -> None:
    with door.using(strict=True):
        df = frame()
        with pytest.raises(door.Unsupported, match="repeat") as raised:
            df["x"].repeat(2)
        assert raised.value.diagnostic.code == "no_translation"
        assert (df["x"] + 1).tolist() == [2, 3, 4]


def test_nothing_runs_before_it_is_looked_at(used: door.Engine) -> None:
    df = frame()
    df["y"] = np.log1p(df["x"]) / df["f"]
    for column in df.columns:
        if df[column].dtype == "object":
            df[column] = df[column].fillna("none")
    kept = df[df["y"] > 0].groupby("t")["y"].mean()
    assert used.queries == 0
    assert len(kept) == 2
    assert used.queries > 0


def test_folds_of_a_frame_run_it_once(used: door.Engine) -> None:
    df = door.DataFrame({"x": [3, 1, 2], "f": [0.5, np.nan, 2.5], "t": ["a", None, "b"]}, index=[7, 8, 9])
    wide = df.assign(y=df["x"] * df["f"])
    for fold in ([0, 1], [2, 0], [1, 2]):
        pd.testing.assert_frame_equal(wide.iloc[fold].to_pandas(), wide.to_pandas().iloc[fold])
    assert used.queries == 1
    assert used.unsupported == []
    assert wide.iloc[[2, 0]]["y"].sum() == 6.5
    assert used.queries == 2


def test_an_overflow_is_what_pandas_makes_of_it(used: door.Engine) -> None:
    df = door.DataFrame({"s": np.array([100, -100], dtype="int8")})
    assert (df["s"] * df["s"]).tolist() == [16, 16]
    assert any("Overflow" in found.reason for found in used.unsupported)


def test_a_column_changed_in_place_changes_its_frame_as_in_pandas_2(used: door.Engine) -> None:
    df = frame()
    df["f"].fillna(0.0, inplace=True)
    assert df["f"].tolist() == [0.5, 0.0, 2.5]
    taken = df["x"]
    df["x"] = 0
    taken.clip(2, 3, inplace=True)  # of a column that the frame has no more
    assert df["x"].tolist() == [0, 0, 0]


def test_a_frame_of_the_caller_is_neither_changed_nor_followed(used: door.Engine) -> None:
    real = pd.DataFrame({"x": [1, 2], "t": ["a", "b"]})
    df = door.DataFrame(real)
    df["x"] = df["x"] + 1
    real.loc[0, "x"] = 50
    assert df["x"].tolist() == [2, 3]
    assert real["x"].tolist() == [50, 2]
    assert df.to_pandas() is not df.to_pandas()


def test_what_was_given_out_may_be_changed(used: door.Engine) -> None:
    df = frame()
    out = df.to_pandas()
    out.loc[0, "x"] = 99
    assert df["x"].tolist() == [1, 2, 3]


def test_copies_and_pickles(used: door.Engine) -> None:
    df = frame()
    other = copy.deepcopy(df)
    other["x"] = 0
    assert df["x"].tolist() == [1, 2, 3]
    assert pickle.loads(pickle.dumps(df))["x"].tolist() == [1, 2, 3]


def test_libraries_take_it_for_a_frame_of_pandas(used: door.Engine) -> None:
    df = frame().fillna({"f": 1.5, "t": "none"})
    assert isinstance(df, pd.DataFrame)
    assert isinstance(df["x"], pd.Series)
    model = LinearRegression().fit(df[["x", "f"]], df["x"])
    assert list(model.feature_names_in_) == ["x", "f"]
    encoded = ColumnTransformer([("t", OneHotEncoder(), ["t"])], remainder="passthrough").fit_transform(df)
    assert encoded.shape == (3, 5)
    real = pd.DataFrame({"x": [2, 3], "z": [7, 8]})
    assert real.merge(df)["z"].tolist() == [7, 8]
    assert pd.concat([real, df]).shape == (5, 4)
    assert (real["x"] + df["x"]).tolist()[:2] == [3, 5]


def test_a_session_for_strangers_reads_what_it_was_given(tmp_path: Path) -> None:
    given, other = tmp_path / "given.csv", tmp_path / "other.csv"
    for path in (given, other):
        path.write_text("x,t\n1,a\n2,b\n")
    with stratum_sql.connect(trusted=False, allow_paths=[given]) as session, door.using(session):
        df = door.read_csv(given)
        df["y"] = np.log1p(df["x"]).round(3).clip(0, 5) + df.groupby("t")["x"].transform("mean")
        assert df[df["x"] > 1]["y"].tolist() == [3.099]
        with pytest.raises(NotAllowed):
            door.read_csv(other)
        with pytest.raises(NotAllowed):
            door.read_parquet(tmp_path / "other.parquet")


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path, used: door.Engine) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("x\n1\n")
    assert door.read_csv(path)["x"].tolist() == [1]
    path.write_text("x\n1\n22\n")
    assert door.read_csv(path)["x"].tolist() == [1, 22]
