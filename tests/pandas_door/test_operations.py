"""Each call with a translation against pandas: values, dtypes, index, order, and that it was no fallback."""

from __future__ import annotations

from collections import Counter
from types import ModuleType

import pytest

from stratum_sql.pandas.operations import OPERATIONS
from tests.pandas_door import (
    lines_aligned,
    lines_analysis,
    lines_arguments,
    lines_categories,
    lines_counting,
    lines_everyday,
    lines_functions,
    lines_groups,
    lines_indexing,
    lines_labels,
    lines_layouts,
    lines_lists,
    lines_reshaping,
    lines_texts,
    lines_times,
    lines_unstacking,
    lines_values,
    lines_windows,
)
from tests.pandas_door.answers import Columns, check

NAN, INF = float("nan"), float("inf")

FRAMES: dict[str, tuple[Columns, list[object] | None]] = {
    "plain": (
        {
            "i": [3, -7, 0, 7, 2],
            "s": [1, 2, -3, 4, 5],
            "f": [1.5, NAN, -2.5, 0.0, 2.5],
            "g": [0.25, 2.0, NAN, 1e-9, -3.75],
            "b": [True, False, True, True, False],
            "t": ["b", None, "a", "b", "ß ç"],
        },
        None,
    ),
    "labelled": (
        {
            "i": [5, 5, 1, -4],
            "s": [9, -9, 3, 3],
            "f": [NAN, 3.5, 3.5, -1.0],
            "g": [1.0, 2.0, 3.0, 4.0],
            "b": [False, False, True, False],
            "t": ["x'y", "", "X", "x"],
        },
        [30, 10, 20, 40],
    ),
    "texts as labels": (
        {"i": [1, 2], "s": [3, 4], "f": [0.5, NAN], "g": [NAN, NAN], "b": [True, True], "t": ["p", "q"]},
        ["two", "one"],
    ),
    "empty": ({"i": [], "s": [], "f": [], "g": [], "b": [], "t": []}, None),
}

# One line each; `df` is left, or `out`. With the columns above every one of them stays in the plan.
NATIVE = """
out = df["i"]
out = df[["t", "i"]]
out = df[df["i"] > 0]
out = df[(df["f"] > 0) & (df["i"] != 2)]
out = df[~(df["f"] > 0)]
out = df[~((df["f"] > 0) | (df["g"] > 0))]
out = df[(df["f"] > 0) ^ df["b"]]
out = df["f"][df["b"]]
out = df["f"] > df["g"]
out = True & df["b"]
out = False | (df["f"] > 0)
out = True ^ df["b"]
out = df["f"] != df["g"]
out = df["f"] == df["f"]
out = df["t"] == "b"
out = df["t"] != "b"
out = df["t"] < "b"
out = df["i"] >= df["f"]
out = df["i"] <= 2.5
out = 2 > df["i"]
out = df["i"].lt(3)
out = df["i"].le(3)
out = df["i"].gt(3)
out = df["i"].ge(3)
out = df["i"].eq(3)
out = df["i"].ne(3)
out = df["i"] + 1
out = 1 - df["i"]
out = df["i"].add(df["f"])
out = df["i"].sub(2)
out = df["i"].mul(df["s"])
out = df["f"].truediv(4)
out = df["i"] * 0.5
out = df["s"] + 1
out = df["b"] + 1
out = df["b"] * df["f"]
out = df["f"] / df["i"]
out = df["i"] / df["s"]
out = 1 / df["f"]
out = df["f"] - df["g"]
out = 3 * df["f"]
out = 1 + df["f"]
out = df["t"] + "!"
out = "<" + df["t"]
out = df["t"] + df["t"]
out = df["i"] // 2
out = df["i"] // -2
out = df["i"] % 3
out = df["i"] % -3
out = df["i"].floordiv(5)
out = df["i"].mod(5)
out = df["s"] // 2
out = df["s"] % 2
out = df["f"] ** 2
out = df["f"].pow(0.5)
out = df["g"] ** -1
out = -df["f"]
out = -df["i"]
out = abs(df["f"])
out = df["i"].abs()
out = df["f"].round()
out = df["f"].round(1)
out = df["g"].clip(0, 2)
out = df["f"].clip(lower=0)
out = df["i"].clip(upper=2)
out = df["f"].fillna(0)
out = df["f"].fillna(df["g"])
out = df["f"].fillna(df["i"])
out = df["f"].fillna(df["f"].mean())
out = df["f"].fillna(df["f"].median())
out = df["t"].fillna("none")
out = df["i"].fillna(0)
out = df["f"].isna()
out = df["t"].isnull()
out = df["i"].isna()
out = df["f"].notna()
out = df["t"].notnull()
out = df["f"].where(df["b"])
out = df["f"].where(df["b"], 0.0)
out = df["f"].where(df["g"] > 1, df["g"])
out = df["f"].mask(df["g"] > 1)
out = df["t"].mask(df["b"], "masked")
out = df["i"].where(df["i"] > 0, 0)
out = df["i"].isin([3, 7])
out = df["t"].isin(["a", "x"])
out = df["f"].isin([1.5, 3.5, float("nan")])
out = df["f"].isin([])
out = df["f"].between(0, 2)
out = df["i"].between(0, df["s"], inclusive="left")
out = df["i"].astype(float)
out = df["i"].astype("float32")
out = df["s"].astype("int64")
out = df["b"].astype(int)
out = df["b"].astype("int8")
out = df["f"].fillna(0).astype(int)
out = df["f"].fillna(2.7).astype("int64")
out = df["i"].astype(bool)
out = df["i"].astype(str)
out = df["b"].astype(str)
out = df["i"].map({3: "three", 7: "seven"})
out = df["t"].map({"b": 1.5, "a": 2.5})
out = df["t"].map({"b": 1, "a": 2})
out = df["b"].map({True: 1, False: 0})
out = df["f"].dropna()
out = df["i"].head(2)
out = df["i"].head(0)
out = df["g"].sort_values(kind="stable")
out = df["i"].sort_values(kind="mergesort", ascending=False)
out = df["f"].sort_values(kind="stable", ignore_index=True)
out = df["f"][df["b"]].reset_index(drop=True)
out = df["f"].rename("other")
out = df["f"].copy()
out = len(df["f"])
out = df["f"].count()
out = df["t"].count()
out = df["t"].nunique()
out = df["f"].nunique()
out = df["f"].sum()
out = df["i"].sum()
out = df["b"].sum()
out = df["f"].mean()
out = df["i"].mean()
out = df["b"].mean()
out = df["f"].min()
out = df["i"].max()
out = df["s"].min()
out = df["f"].median()
out = df["i"].median()
out = df["f"].std()
out = df["i"].var()
out = df["f"].var()
out = df["b"].any()
out = df["b"].all()
out = float(df["f"].mean()) + 1
out = (df["f"] - df["f"].mean()) / df["f"].std()
out = np.log1p(df["i"].clip(0, 9))
out = np.log1p(df["g"])
out = np.expm1(df["g"])
out = np.sqrt(df["f"])
out = np.exp(df["f"])
out = np.log(df["f"])
out = np.log2(df["f"])
out = np.log10(df["i"])
out = np.sin(df["f"])
out = np.cos(df["f"])
out = np.tanh(df["f"])
out = np.floor(df["f"])
out = np.ceil(df["f"])
out = np.abs(df["f"])
out = np.negative(df["f"])
out = np.isnan(df["f"])
out = np.maximum(df["f"], 0)
out = np.minimum(df["f"], df["g"])
out = np.add(df["f"], 1)
out = np.subtract(1, df["f"])
out = df["t"][df["i"] < 2].str.upper()
out = df["t"][df["i"] < 2].str.lower()
out = df["t"].str.strip()
out = df["t"].str.lstrip()
out = df["t"].str.rstrip("bx")
out = df["t"].str.len()
out = df["t"].fillna("").str.len()
out = df["t"].fillna("none").str.startswith("x")
out = df["t"].fillna("none").str.endswith("e")
out = df["t"].str.contains("x", na=False)
out = df["t"].str.contains("'", na=False, regex=False)
out = df[df["t"].fillna("").str.contains("b")]
df["x"] = np.where(df["f"] > 0, df["g"], 0)
df["x"] = np.where(df["i"] > 0, 1, 0)
df["x"] = np.where(df["b"], "yes", df["t"])
out = np.asarray(np.where(df["i"] > 0, df["i"], 0))
out = len(np.where(df["i"] > 0, df["i"], 0))
df["x"] = 1
df["x"] = "text"
df["x"] = 0.5
df["x"] = True
df["i"] = df["f"]
df["i"] += 1
s = df["i"]; df["i"] = s + 1; df["y"] = s; df["z"] = df["i"]
a = df.copy(); a["i"] = 0; df["y"] = 1; a["z"] = df["y"]; out = a
out = df.loc[df["i"] > 0]
out = df.loc[df["f"] > 0, "g"]
out = df.loc[~(df["f"] > 0), ["t", "i"]]
out = df.loc[:, ["t", "i"]]
df.loc[df["f"] > 0, "g"] = 1
df.loc[df["f"].isna(), "t"] = "none"
df.loc[df["b"], "i"] = 0; df["x"] = df["i"] + 1
out = df.assign(x=df["i"] + 1, y=lambda d: d["x"] * 2)
out = df.drop(columns=["f", "t"])
out = df.drop("f", axis=1)
out = df.drop(columns="nothing", errors="ignore")
out = df.rename(columns={"f": "x", "nothing": "y"})
df.rename(columns={"f": "x"}, inplace=True)
df.drop(columns=["f"], inplace=True)
df["f"] = df["f"].fillna(1); df.sort_values("g", kind="stable", inplace=True)
df.columns = ["a", "c", "d", "e", "h", "k"]
out = df.select_dtypes("number")
out = df.select_dtypes(include=["object", "bool"])
out = df.select_dtypes(exclude=[np.number])
out = list(df.columns)
out = df.columns
out = df.dtypes
out = df["t"].dtype == "object"
out = df.shape
out = len(df)
out = df.empty
out = "i" in df
out = list(df)
out = df[["f", "g"]].fillna(0)
out = df.fillna({"f": 1, "t": "x"})
out = df.isna()
out = df.isnull()
out = df.notna()
out = df.notnull()
out = df[["i", "f"]].abs()
out = df.astype({"i": float, "b": int})
out = df[["i", "b"]].astype("float64")
out = df[["i", "f"]] + 1
out = 1 + df[["i", "f"]]
out = df[["i", "f"]] - 1
out = 1 - df[["i", "f"]]
out = df[["i", "f"]] * 2
out = 2 * df[["i", "f"]]
out = df[["i", "f"]] / 2
out = 1 / df[["f", "g"]]
out = df[["i", "s"]] // 2
out = df[["i", "s"]] % 2
out = df[["f", "g"]] ** 2
out = df[["i", "f"]] > 1
out = df[["i", "f"]] >= 1
out = df[["i", "f"]] < 1
out = df[["i", "f"]] <= 1
out = df[["i", "f"]] == 1
out = df[["i", "f"]] != 1
out = df.dropna()
out = df.dropna(subset=["f"])
out = df.head(2)
out = df[df["i"] > 0].head(1)
out = df.sort_values("g", kind="stable")
out = df.sort_values(["b", "i"], ascending=[False, True])
out = df.sort_values(["t", "i"])
out = df.sort_values("i", kind="mergesort", ascending=False, ignore_index=True)
out = df.sort_values("f", kind="stable")[df["b"]] if False else df.sort_values("f", kind="stable")
out = df.sort_values("f", kind="stable").reset_index(drop=True)
out = df[df["b"]].reset_index(drop=True)
out = df[df["b"]].reset_index()
d = df[df["b"]].reset_index(drop=True); out = d[d["i"] > 0]
d = df.sort_values("i", kind="stable").reset_index(drop=True); d["x"] = d["i"] + 1; out = d[d["x"] > 2]
out = df.set_index("i")
out = df.groupby("b")["f"].mean()
out = df.groupby("t")["f"].sum()
out = df.groupby("t", sort=False)["f"].sum()
out = df.groupby(["b", "t"])["i"].sum()
out = df.groupby("t", as_index=False)["f"].mean()
out = df.groupby("i")[["f", "g"]].max()
out = df.groupby("f")["i"].min()
out = df.groupby("b")["t"].count()
out = df.groupby("b")["t"].nunique()
out = df.groupby("b")["f"].std()
out = df.groupby("b")["i"].var()
out = df.groupby("b")["f"].median()
out = df.groupby("b").size()
out = df.groupby("b")["f"].agg("mean")
out = df.groupby("b")["f"].agg(["mean", "max", "count"])
out = df.groupby("b").agg({"f": "mean", "i": "sum"})
out = df.groupby("b").aggregate({"f": "min"})
out = df.groupby("b").agg(low=("f", "min"), many=("i", "count")).reset_index()
out = df.groupby("b")["f"].transform("mean")
out = df.groupby("t")["f"].transform("max")
out = df.groupby("b")["i"].transform("sum")
out = df.groupby("b")["i"].transform("size")
out = df["f"].shift(1)
out = df["i"].shift(-2)
out = df["t"].shift()
out = df["f"].diff()
out = df["g"].diff(-2)
out = df.sort_values("g", kind="stable")["f"].shift(1)
out = df[df["i"] > 0]["f"].shift(1)
out = df.groupby("b")["f"].shift(1)
out = df.groupby("t")["f"].shift(-1)
out = df.groupby(["b", "i"])["t"].shift(periods=1)
out = df.groupby("b").cumcount()
df["x"] = df["f"].shift(1) * df["g"]; out = df[df["x"] > 0]
df["x"] = df["f"] - df.groupby("b")["f"].transform("mean")
out = df.merge(df[["t", "g"]], on="t")
out = df.merge(df[["i", "f"]], on="i", how="left")
out = df.merge(df[df["b"]][["i", "f"]], on="i", how="left")
out = df.merge(df[["b", "t", "f"]], on=["b", "t"], suffixes=("_l", "_r"))
out = pd.merge(df, df.groupby("t", as_index=False)["f"].mean(), on="t", how="left")
out = pd.concat([df, df])
out = pd.concat([df, df[df["b"]]], ignore_index=True)
out = pd.concat([df[["i", "f"]], df[["f", "t"]]], ignore_index=True)
out = pd.isna(df["f"])
out = pd.isnull(df["f"])
out = pd.notna(df["f"])
out = pd.notnull(df["f"])
out = pd.Series([1, 2, 3])
"""
OF_TABLES = (
    lines_windows,
    lines_groups,
    lines_counting,
    lines_reshaping,
    lines_unstacking,
    lines_aligned,
    lines_labels,
    lines_layouts,
    lines_everyday,
    lines_analysis,
)
OF_VALUES = (lines_indexing, lines_values, lines_texts, lines_lists, lines_categories, lines_times, lines_functions)
FAMILIES = (*OF_VALUES, *OF_TABLES, lines_everyday, lines_arguments)
SCRIPTS = NATIVE.strip().splitlines()
SHOWN = [*SCRIPTS, *lines_indexing.NATIVE.strip().splitlines(), *lines_values.NATIVE.strip().splitlines()]
SHOWN += lines_reshaping.NATIVE.strip().splitlines()
SCRIPTS += [line for family in FAMILIES for line in family.NATIVE.strip().splitlines()]
OF_GROUPS = (
    lines_reshaping,
    lines_unstacking,
    lines_aligned,
    lines_labels,
    lines_everyday,
    lines_analysis,
    lines_arguments,
    lines_layouts,
)
_OF_ROWS = (
    "lambda s",
    "lambda g",
    "agg(np.",
    '("mean", np.',
    "agg(pd.Series.",
    "idxm",
)  # what has no answer, or another one, without rows
# Not of these frames: labels that are texts, where concat goes to pandas; where pandas itself raises.
FALLS_BACK = {
    ("texts as labels", "out = pd.concat([df, df])"),
    ("texts as labels", 'd = df.set_index("i"); out = df[["i", "t"]].join(df.groupby("i")["f"].mean())'),
    ("empty", 'out = df.set_index("i")'),
    *(("empty", line) for line in SCRIPTS if any(word in line for word in _OF_ROWS)),
    *(("labelled", line) for line in SCRIPTS if "idxm" in line),  # of integers, which may be a range to pandas
    *(("empty", line) for one in OF_GROUPS for line in one.NATIVE.strip().splitlines()),
}
_translated: Counter[str] = Counter()
_checked: set[str] = set()  # by the tests of this process


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_translation_gives_what_pandas_gives(script: str) -> None:
    _checked.add(script)
    for name, frame in FRAMES.items():
        if name == "texts as labels" and script not in SHOWN:  # what asks no index
            continue
        engine = check(script, *frame)
        _translated.update(engine.translated)
        if (name, script) not in FALLS_BACK:
            assert [str(found) for found in engine.unsupported] == [], name


ROUGH: dict[str, tuple[Columns, list[object] | None]] = {
    "infinite": (
        {
            "i": [1, 1, 2, 2, 1, 2, 1],
            "s": [100, 100, -100, 5, 5, 5, 1],
            "f": [INF, 1.0, NAN, -INF, INF, 2.0, 2.0],
            "g": [0.0, -0.0, 0.0, 1.0, 1.0, INF, 3.0],
            "b": [True, True, False, False, True, False, True],
            "t": ["a", "b", "a", None, None, "b", "a"],
        },
        None,
    ),
    "repeated labels": (
        {
            "i": [4, 4, 4, -1, 0, 0, 9, 4],
            "s": [1, 1, 1, 2, 2, 2, 3, 3],
            "f": [1.0, 1.0, 1.0, NAN, NAN, 3.0, 2.0, 1.5],
            "g": [5.0, 3.0, 1.0, 2.0, 2.0, 9.0, 1.0, 7.0],
            "b": [True] * 8,
            "t": ["z", "y", "z", "y", "x", "x", "z", "q"],
        },
        [1, 1, 0, 2, 3, 3, 5, 4],
    ),
    "one row": ({"i": [1], "s": [1], "f": [2.0], "g": [NAN], "b": [True], "t": [None]}, None),
}


@pytest.mark.parametrize("name", ROUGH)
@pytest.mark.parametrize("lines", [*OF_TABLES, lines_lists, lines_arguments], ids=lambda one: one.__name__)
def test_rough_rows_give_what_pandas_gives(lines: ModuleType, name: str) -> None:
    """Whatever ran where: infinite values, labels that come twice, a single row."""
    for script in lines.NATIVE.strip().splitlines():
        try:
            check(script, *ROUGH[name])
        except AssertionError as error:
            raise AssertionError(script) from error


WITH_OTHERS = (lines_lists, lines_times, lines_unstacking, lines_aligned, lines_labels, lines_everyday, lines_analysis)
OTHERS = [line for one in WITH_OTHERS for line in one.OTHERS.strip().splitlines()]


@pytest.mark.parametrize("script", OTHERS)
def test_what_is_left_to_pandas_gives_what_pandas_gives(script: str) -> None:
    for frame in (FRAMES["plain"], FRAMES["empty"], ROUGH["infinite"]):
        check(script, *frame)


def test_every_declared_operation_was_checked() -> None:
    for script in [script for script in SCRIPTS if script not in _checked]:
        _translated.update(check(script, *FRAMES["plain"]).translated)
    declared = {f"{owner}.{name}" for owner, name in OPERATIONS} - {"pandas.read_csv"}
    assert declared - set(_translated) == set()
