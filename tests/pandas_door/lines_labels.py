"""Lines of test_operations.py: frames whose labels are beside their plan, and how they become ordinary ones again."""

_COLUMNS = 'd = df[["i", "f", "g"]]; d.columns = '
_LABELS = {
    "levels": 'pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "x")], names=["p", None])',
    "named": 'pd.Index(["i", "f", "g"], name="n")',
    "twice": '["x", "y", "x"]',
    "kinds": '["x", 1, 2.5]',
    "times": 'pd.date_range("2020-01-01", periods=3)',
    "ranges": "pd.IntervalIndex.from_breaks([0, 1, 2, 3])",
    "flat": 'pd.Index([("a", 1), ("b", 2), "c"])',
}
_OF_SERIES = ("levels", "named", "twice")  # which labels of rows can have as well
# What touches no labels is native for all of them.
_OF_ANY = """
out = d.columns
out = d.dtypes
out = len(d), d.shape
out = d.copy()
out = d.head(2)
out = d.tail(2)
out = d[1:3]
out = d[df["i"] > 0]
out = d.loc[df["i"] > 0]
out = d.iloc[1:3]
out = d.iloc[:, 1]
out = d.iloc[:, [2, 0]]
out = d.iloc[:2, 1:]
out = d + 1
out = 2 - d * d
out = d > 0
out = d.div(df["i"], axis=0)
out = d.abs().round(1)
out = d.isna()
out = d.iloc[:, 1:].fillna(0.0)
out = d.dropna()
out = d.astype("float64")
out = d.where(d > 0)
out = d.mask(d.isna(), 7)
out = d.clip(-1, 2)
out = d.groupby(df["b"]).sum()
out = d.groupby(df["b"]).agg(["min", "max"])
out = d.groupby(df["b"]).cumsum()
out = d.groupby([df["b"], df["t"]], sort=False).size()
out = d.groupby(np.arange(len(d)) % 2).tail(1)
out = d.shift(1)
out = d.iloc[:, 1:].cumsum()
out = d.diff()
out = d.rank()
out = d.ffill()
out = d.drop_duplicates()
out = d.duplicated()
out = d.mean()
out = d.count()
out = d.nunique()
out = d.isna().any()
out = d.sum(axis=1)
out = d.max(axis=1)
out = d.std()
out = d.sort_index(kind="stable")
out = d.reset_index(drop=True)
out = d.select_dtypes("float64")
out = d.iloc[:, :2].isin([1, 2])
out = d.pipe(lambda f: f + 1)
d = d.iloc[:, 1:]; d.fillna(0.5, inplace=True); out = d
d.columns = ["a", "b", "c"]; out = d[d["b"] > 0]
d.columns = ["a", "b", "c"]; d["e"] = d["a"] + d["b"]; out = d.groupby("a")["e"].sum()
d.columns.name = "other"; out = d + 1
d.columns.name = None; out = d
d.columns = [str(c) for c in range(3)]; out = d.sum()
out = d.set_axis(["a", "b", "c"], axis=1).sort_values("a", kind="stable")
out = d.add_prefix("x_").columns
out = d.rename_axis(columns="z") if d.columns.nlevels == 1 else d
out = d.loc[:, [True, False, True]]
"""
_OF_NUMBERS = """
out = d - d.mean()
out = d.isna().sum().sum()
out = sum(column.sum() for _, column in d.items())
"""
_OF_ONE = {
    "levels": """
out = d["a"]
out = d["b"]
out = d["a", "y"]
out = d["a"]["y"] * 2
out = d[("a", "y")].rename("z")
out = d[d["a", "y"] > 0]
out = d[d[("b", "x")].notna()]
out = d[["a"]]
out = d[["b", "a"]]
out = d[[("b", "x"), ("a", "y")]]
out = d.loc[:, "a"]
out = d.loc[:, ("a", "x")]
out = d.loc[:, ("a", slice(None))]
out = d.loc[df["i"] > 0, "a"]
out = d.loc[df["i"] > 0, ("a", "x")]
out = d.xs("x", axis=1, level=1)
out = d.xs("a", axis=1)
out = d.xs("a", axis=1, drop_level=False)
out = d.droplevel(1, axis=1)
out = d.drop(columns="b").droplevel(0, axis=1)
out = d.swaplevel(axis=1)
out = d.swaplevel(0, 1, axis=1).sort_index(axis=1)
out = d.reorder_levels([1, 0], axis=1)
out = d.sort_index(axis=1, ascending=False)
out = d.drop(columns="a")
out = d.drop(columns=[("a", "x")])
out = d.drop("x", axis=1, level=1)
out = d.rename(columns={"a": "A"})
out = d.rename(columns=str.upper, level=1)
out = d.rename_axis(columns=["one", "two"])
out = d.rename_axis(["one", "two"], axis=1)
out = d.add_suffix("_z")
out = d.sort_values(("b", "x"), kind="stable")
out = d.sort_values([("b", "x"), ("a", "x")], ascending=False)
out = d.dropna(subset=[("a", "y")])
out = d.drop_duplicates(subset=[("a", "x")])
out = d.astype({("a", "x"): "float64"})
out = d.set_index(("a", "x"))
out = d.reset_index()
out = d.reset_index(col_level=1, col_fill="z")
out = d.set_index(("a", "x")).reset_index()
out = d.reset_index(names="k")
d["c"] = 1; out = d
d["c"] = d["a", "x"] + d["b", "x"]; out = d
d[("a", "z")] = d["a"]["x"] * 2; out = d
d[("a", "x")] = 0; out = d
d.insert(0, ("z", "z"), 5); out = d
del d["a"]; out = d
out = d.pop(("a", "x"))
d.pop("b"); out = d
d.columns = ["_".join(c) for c in d.columns]; out = d
d.columns = d.columns.map("_".join); out = d[["a_x"]]
d.columns = d.columns.map(lambda c: f"{c[0]}-{c[1]}"); out = d
d.columns = d.columns.to_flat_index(); out = d
d.columns = d.columns.get_level_values(1); out = d
d.columns = d.columns.droplevel(0); out = d["x"]
d.columns.names = ["u", "v"]; out = d.sum()
out = d.corr()
out = d.describe()
out = d.quantile(0.5)
out = d.agg("sum")
out = d.get("a")
out = d.get("none", 3)
out = d.fillna(d.mean())
out = ("a" in d, ("a", "x") in d, "x" in d)
out = d.reindex(columns=[("b", "x"), ("a", "x")])
out = d.filter(items=[("a", "x")])
out = d.stack()
out = d.stack(0)
out = d.stack(level="p")
out = d[["a"]].stack(0)
out = d[["a"]].stack(1)
out = d.set_index(("b", "x")).stack()
out = d.stack(0).sort_values("x", kind="stable")
""",
    "named": """
out = d["f"]
out = d.f
out = d.fillna(d.mean())
out = d[["g", "i"]]
out = d.loc[:, "f":"g"]
out = d.rename(columns={"i": "z"})
out = d.drop(columns=["i"])
out = d.sort_values("g", kind="stable")
out = d.sort_values(["g", "i"])
out = d.assign(z=1, y=lambda one: one["i"] + one["z"])
out = d.set_index("i")
out = d.reset_index()
out = d.reset_index().rename_axis(columns=None)
out = d.rename_axis(None, axis=1).reset_index()
out = d.filter(like="f")
out = d.reindex(columns=["g", "none", "i"])
out = d.insert(1, "z", df["t"])
d["z"] = np.where(d["i"] > 0, "p", "q"); out = d
d.loc[d["i"] > 0, "f"] = 0.5; out = d
out = d.add(d)
out = d == d
out = d.nlargest(2, "i")
out = d.loc[df["i"] > 0, ["f"]]
out = d.stack()
out = d.stack(level="n")
out = d[["i"]].stack()
out = d.query("i > 0 and f < 2")
x = 1; out = d.query("i > @x")
""",
    "twice": """
out = d["x"]
out = d["y"]
out = d[["y"]]
out = d[["x"]]
out = d.drop(columns="x")
out = d.drop(columns="y")
out = d.rename(columns={"y": "z"})
out = d.sort_values("y", kind="stable")
d["y"] = 1.5; out = d
d["x"] = 7; out = d
d["w"] = d["y"] * 2; out = d
out = d.loc[:, ~d.columns.duplicated()]
out = d.query("y > 0")
out = d.loc[:, ~d.columns.duplicated()].sort_values("y", kind="stable")
""",
    "kinds": """
out = d["x"]
out = d[1]
out = d[["x", 2.5]]
out = d.rename(columns={2.5: "y"})
out = d.rename(columns=str)
out = d.drop(columns=[1, 2.5])
d[True] = 0; out = d.columns
d["new"] = d["x"] + d[1]; out = d
""",
    "times": """
out = d[pd.Timestamp("2020-01-02")]
out = d[[pd.Timestamp("2020-01-02")]]
out = d.loc[:, "2020-01-02":]
out = d.drop(columns=[pd.Timestamp("2020-01-02")])
""",
    "ranges": """
out = d[[0.5, 1.5]]
out = d.loc[:, 0.5:1.5]
""",
    "flat": """
out = d["c"]
out = d[[("a", 1)]]
d["c"] = 0; out = d
""",
}
_AGAIN = """
df.columns = [1, "x", 2, "y", "z", 5]; out = df[df[1] > 0]
df[0] = 1; out = df
df["x", "y"] = df["i"]; out = df.columns
df = df.rename(columns=str.upper); df["X"] = df["I"] * 2; out = df
out = df[["i", "i"]]
out = df[["i", "f", "i"]].sum()
out = df[[]]
out = df.drop(columns=list(df.columns))
out = df.drop(columns=list(df.columns)).shape
d = df[[]]; d["x"] = df["i"] * 2; out = d.sort_values("x", kind="stable")
out = df[[]].reset_index()
out = df[["i", "f"]].rename(columns={"i": "x", "f": "x"})
out = df[["i", "f"]].add_prefix("n").rename_axis(columns="name")
out = df.filter(items=["none"]).columns
out = df.sort_index(axis=1)
out = df.loc[:, df.columns != "t"]
out = df.loc[:, ~df.columns.duplicated()]
out = df.loc[:, df.isna().any()]
out = df.loc[df["i"] > 0, [True, False, True, False, False, False]]
out = df.iloc[:, [True, False, True, False, False, False]]
out = df.iloc[:, [0, 0]]
out = df.iloc[1:, df.columns != "t"]
out = df.set_axis(range(6), axis=1)
out = df.set_axis(list("abcdef"), axis="columns")
out = df.reindex(columns=["i", "f", "i"])
out = df[["i", "f"]].set_index(["i"]).rename_axis(columns="k")
g = df.groupby(["i", "b"]).size().unstack().add_prefix("v"); out = df.set_index("i")[["t"]].join(g)
out = df[["i", "f"]].stack(level=0)
out = df[["i", "f"]].stack(future_stack=True)
"""
# Tables of groups, as scripts go on with them.
_OF_GROUPS = {
    'g = df.groupby("b").agg({"f": ["mean", "max"], "i": ["sum"]})': """
out = g["f"]
out = g[("i", "sum")] * 2
out = g["f"]["mean"] + g["i"]["sum"]
out = g.reset_index()
out = g[g["f", "mean"] > 0]
out = g.sort_values(("i", "sum"), ascending=False, kind="stable")
g["r"] = g["f", "max"] - g["f", "mean"]; out = g
g.columns = ["_".join(c) for c in g.columns]; out = g
g.columns = g.columns.map("_".join); out = g.reset_index()
g.columns = ["a", "b2", "c"]; out = df.merge(g.reset_index(), on="b")
g = g.reset_index(); g.columns = ["_".join(c).rstrip("_") for c in g.columns]; out = df.merge(g, on="b", how="left")
""",
    'g = df.groupby("b")[["f", "i"]].agg(["min", "max"])': """
g.columns = ["_".join(c) for c in g.columns.to_flat_index()]; out = g["f_max"] - g["i_min"]
out = g.droplevel(0, axis=1)
g.columns = g.columns.droplevel(); out = g
out = g.xs("max", axis=1, level=1)
out = g.swaplevel(axis=1).sort_index(axis=1)
out = g.fillna(0).round(2)
""",
    'g = df.groupby(["b", "s"])[["f", "i"]].agg(["min", "max"])': """
g.columns = [a + b for a, b in g.columns]; out = g.reset_index()
out = g.reset_index()[["b", "f"]]
out = g.unstack()
out = g.unstack("b")
out = g.stack()
out = g.stack(0)
out = g.unstack().stack()
""",
    'g = df.pivot_table(index="b", columns="s", values="f", aggfunc="sum")': """
out = g.fillna(0)
g["all"] = g.sum(axis=1); out = g
g.columns = [f"s{c}" for c in g.columns]; out = g.reset_index()
g = g.reset_index(); out = g
out = g.reset_index().rename_axis(None, axis=1)
out = g.fillna(0).add_prefix("s").reset_index()
g = g.add_prefix("s").reset_index(); out = df.merge(g, on="b")
g = g.add_prefix("s").reset_index(); out = pd.merge(df, g, on="b", how="left")
g = g.add_prefix("s").reset_index(); out = g.merge(df[["b", "t"]], on="b", indicator=True)
g = g.add_prefix("s").reset_index(); out = df.merge(g, on="b", suffixes=("", "_r"))
""",
    'g = df.pivot_table(index="b", columns="s", values=["f", "i"], aggfunc="max")': """
out = g["i"]
g.columns = [f"{a}_{b}" for a, b in g.columns]; out = g
""",
    'g = df.groupby(["b", "s"])[["f", "i"]].max().unstack()': """
out = g["f"] + 1
out = g.stack()
out = g.stack(0)
g.columns = [f"{a}_{b}" for a, b in g.columns]; out = g.reset_index()
""",
    'g = df.groupby(["b", "s"]).size().unstack(fill_value=0)': """
out = g - g.mean()
out = g.sum()
g["x"] = 1; out = g
out = g[g.sum(axis=1) > 1]
out = g.sort_index(axis=1, ascending=False)
""",
}

_OF_GROUPS |= {
    'd = df.rename_axis(columns="n")': """
out = d.groupby("b").mean(numeric_only=True)
out = d.groupby("b")["f"].sum()
out = d.groupby("b")[["f", "i"]].sum()
out = d.groupby("b").size()
out = d.groupby("b", as_index=False)["f"].sum()
out = d.groupby("b", as_index=False)[["f", "i"]].max()
out = d.groupby(["b", "i"])["f"].agg(["sum", "mean"])
out = d.groupby("b").agg({"i": "sum", "f": "max"})
out = d.groupby("b").agg({"i": ["sum", "min"], "f": "max"})
out = d.groupby("b").agg(x=("i", "sum"), i=("f", "max"))
out = d.groupby("b")[["i", "f"]].cumsum()
out = d.groupby("b").head(1)
out = d.groupby("b")[["i", "f"]].transform("mean")
out = d.groupby("b").cumcount()
out = d.groupby(d["b"])[["i", "f"]].first()
out = d.groupby(np.arange(len(d)) % 2)[["i", "f"]].last()
out = d.groupby(level=0)[["i", "f"]].last()
""",
    'd = df[["i", "f", "g"]].set_axis([0, "x", 2], axis=1)': """
out = d.groupby(0).sum()
out = d.groupby("x").agg({2: "sum", 0: "max"})
""",
    'd = df[["i", "f", "g"]].set_axis(["a", "c", "c"], axis=1)': """
out = d.groupby("a").sum()
out = d.groupby("a").agg({"c": ["sum", "min"]})
out = d.groupby("a")["c"].sum()
out = d.groupby("a", as_index=False).mean()
out = d.groupby("a").quantile(0.5)
out = d.groupby("a").shift(1)
""",
    'd = df[["i", "f", "g"]].set_axis(pd.MultiIndex.from_tuples([("x", "a"), ("y", "a"), ("y", "b")]), axis=1)': """
out = d.groupby(("x", "a")).sum()
out = d.groupby([("x", "a")]).sum()
out = d.groupby(("x", "a"))["y"].sum()
out = d.groupby(("x", "a"))[[("y", "b")]].sum()
out = d.groupby(("x", "a"))[("y", "b")].sum()
out = d.groupby(("x", "a")).agg(q=(("y", "a"), "max"))
out = d.groupby(("x", "a")).agg(["sum", "max"])
""",
    'd = df[["i", "f", "g"]].set_axis('
    'pd.MultiIndex.from_tuples([("x", "a"), ("y", "a"), ("y", "b")], names=["p", "q"]), axis=1)': """
out = d.groupby(level=0).agg(lambda s: s.max() - s.min())
out = d.groupby(("x", "a"), as_index=False).sum()
out = d.groupby(("x", "a"))[[("y", "b")]].cumsum()
out = d.groupby(np.arange(len(d))).first()
out = d.groupby(d[("x", "a")]).first()
""",
    'd = df[["i", "f", "g"]].set_axis([0, "x", 2], axis=1).set_index("x")': """
out = d.groupby("x").sum()
""",
    'd = df[["i", "f", "g"]].set_axis(["a", None, "c"], axis=1)': """
out = d.groupby("a").sum()
""",
}


def _lines(name: str, text: str) -> str:
    return "\n".join(f"{_COLUMNS}{_LABELS[name]}; {line}" for line in text.strip().splitlines())


NATIVE = "\n".join([
    *(_lines(name, _OF_ANY) for name in _LABELS),
    *(_lines(name, _OF_NUMBERS) for name in _OF_SERIES),
    *(_lines(name, text) for name, text in _OF_ONE.items()),
    _AGAIN.strip(),
    *(f"{made}; {line}" for made, text in _OF_GROUPS.items() for line in text.strip().splitlines()),
])  # fmt: skip

# Left to pandas, or an error.
OTHERS = "\n".join(
    _lines(name, text)
    for name, text in {
        "levels": """
out = d["none"]
out = d["a", "none"]
out = d.loc[:, "none"]
out = d.sort_values("a")
d["a"] = df["i"]; out = d
d["a"] = 1; out = d
d[["a"]] = 1; out = d
out = d.T
out = d.stack([0, 1])
out = d.stack(future_stack=False)
out = d.stack("none")
out = d.groupby(("a", "x")).sum()
out = d.agg(["sum", "mean"])
out = d + df[["i"]]
out = d.drop(columns="none")
out = d.drop(columns="none", errors="ignore")
out = d.reindex(columns=["b", "a"])
out = d.reindex(columns=[("b", "x"), ("q", "q")])
d.columns = ["a"]; out = d
d.loc[0, ("a", "x")] = 9; out = d
d.iloc[0, 0] = 9; out = d
out = d.iloc[0]
out = d.iloc[1, 2]
out = d.to_numpy()
out = d.apply(lambda c: c.max())
out = d.melt()
out = pd.concat([d, d])
out = d.set_index([("a", "x"), ("b", "x")])
out = d.reset_index(level=0)
out = d.merge(d, on=[("a", "x")])
out = d.merge(df, left_index=True, right_index=True)
out = d.query("a > 1")
""",
        "twice": """
out = d.loc[:, "x":"y"]
out = d.fillna(d.mean())
out = d.x
out = d.query("x > 0")
out = d.stack()
d["x"] = df["i"]; out = d
d["x"] = df[["i", "f"]]; out = d
out = d.sort_values("x")
out = d.set_index("x")
out = d.reset_index().columns
out = d.pop("x")
del d["x"]; out = d
out = d.astype({"x": "float64"})
out = d.fillna({"x": 0})
out = d.reindex(columns=["x"])
out = d.describe()
out = d.corr()
d.insert(0, "x", 1); out = d
d.insert(0, "x", 1, allow_duplicates=True); out = d
out = d.groupby("y").sum()
""",
        "named": """
d.iloc[:, 1] = d.iloc[:, 2]; out = d
out = d[(df["i"] > 0).to_numpy()]
out = d.loc[:, lambda one: one.columns == "f"]
out = df.loc[:, lambda one: one.sum() > 3]
out = d.iloc[:, lambda one: [0]]
out = df.loc[:, None]
out = df.loc[df["b"], None]
d[0:1] = 0; out = d
out = d[pd.Series([True], dtype=object)]
out = d.index
d["f"].fillna(0, inplace=True); out = d
out = d.replace({"f": {1.5: 0}})
out = d.set_index(["i", "f"])
out = d.set_index("i", append=True)
out = d.rename({0: 5})
out = d.rename(index=str, columns=str.upper)
out = d.reindex([0, 1])
out = d.reindex([0, 1], axis=0)
out = d.loc[0]
out = d.at[0, "f"]
out = d.eval("f + g")
out = d.get(["i", "f"])
out = d.explode("i")
out = d.where(d > 0, d)
out = d.where(df[["i", "f", "g"]] > 0)
out = d + df[["i", "f", "g"]]
out = df[["i", "f", "g"]] + d
out = d.add(df["i"], axis=0)
out = d.isin({"f": [1.5]})
out = d.columns.name
d.columns.name = 5; out = d
d.index.name = "k"; out = d
d.index = range(len(d)); out = d
d["i"] += 1; out = d
out = d.unstack()
out = d.value_counts()
out = d.merge(d, on="i")
out = d.merge(df, on="i")
out = df.merge(d, on=["i", "f"], how="outer")
out = df[["t"]].join(d)
out = d.join(df[["t"]])
out = pd.concat([d, df[["t"]]], axis=1)
out = pd.concat([d, d])
out = d.sample(2, random_state=1)
""",
    }.items()
)
