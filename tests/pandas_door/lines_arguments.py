"""Calls with arguments that are not the plain ones, each of which stays in the plan."""

NATIVE = """
out = df.query("i > 0 & f > 0")
out = df.query("(i > 0) & ~(f > 0)", parser="python")
out = df.query("index > 2")
out = df.query("ilevel_0 > 2")
out = df.query("t == ['a', 'b']")
out = df.query("['a', 'b'] != t")
out = df.query("t.str.contains('b', na=False)")
out = df.query("f.isna() or i.isin([3, 5])")
out = df.query("i > i.mean()")
out = df.query("i % 2 == 1 and i // 2 > 0")
out = df.rename(columns={"i": "i i"}).query("`i i` > 0")
x = 3; out = df.query("i == @x")
x = [3, 5]; out = df.query("i in @x and s not in @x")
x = df["i"]; out = df.query("s < @x")
out = df.query("-i > 0 and 0 < s < 4")
out = df.rename_axis(index="k").query("k > 1 and index < 4")
out = df.query("i > 1", local_dict={"i": 0})
y = np.int64(3); out = df.query("i == @y")
out = df.sort_values("f", na_position="first", kind="stable")
out = df.sort_values(["t", "i"], ascending=[False, True], na_position="first")
out = df.sort_values(["t", "i"], ascending=(0, 1))
out = df.sort_values("f", kind="stable", key=lambda x: -x)
out = df.sort_values("i", kind="stable", key=np.abs)
out = df.sort_values(["t", "i"], key=lambda x: x.isna())
out = df["t"].sort_values(key=lambda x: x.str.lower(), kind="stable")
out = df["f"].sort_values(na_position="first", kind="stable")
out = df.sort_values([])
out = df.rename_axis(index="k").sort_values("k")
out = df.set_index(["b", "i"]).sort_index(level=1)
out = df.set_index(["b", "i"]).sort_index(level="i", ascending=False)
out = df.set_index(["b", "i"]).sort_index(level=["i", "b"], ascending=[False, True])
out = df.set_index(["b", "i"]).sort_index(level="b", sort_remaining=False)
out = df.set_index(["b", "i"]).sort_index(ascending=[False, True])
out = df.set_index(["b", "i"])["f"].sort_index(ascending=[False, True], na_position="first")
out = df.sort_index(level=0)
out = df.set_index("s").sort_index(ascending=[True], kind="stable")
out = df.sort_index(axis=1)
out = df.sort_index(axis=1, ascending=False)
out = df["f"].where([True, False, True, True, False][:len(df)])
out = df["f"].where(lambda x: x > 0, lambda x: -x)
out = df["f"].where(df["b"], [1.0, 2.0, 3.0, 4.0, 5.0][:len(df)])
out = df["t"].mask(np.array(df["i"]) > 0, "no")
out = df[["f", "g"]].where(df["b"])
out = df[["f", "g"]].where(df["b"], 0)
out = df[["f", "g"]].where(lambda x: x > 0, lambda x: x * 2)
out = df[["f", "g"]].where(df[["f", "g"]] > 0, df["g"], axis=0)
out = df[["f", "g"]].where(df[["f", "g"]] > 0, df[["g", "f"]])
out = df[["f", "g"]].mask(np.array([[True, False]] * len(df)).reshape(-1, 2))
out = df[["f", "g"]].mask([[True, False]] * len(df), 7)
df[["f", "g"]].where(df["b"], 0, inplace=True)
out = df[["i", "s"]].where(df["b"], 0)
out = df[["i", "f"]].where(df[["i", "f"]] > 0, df[["i", "f"]] * 2)
out = df.rename(columns=str.upper)
out = df.rename(str.upper, axis=1)
out = df.rename({"i": "j"}, axis="columns")
out = df.rename(index={0: 10, 2: 20, 30: 5})
out = df.rename({0: 10, "two": "zwei"})
out = df.rename(index={0: 10, 30: 1, "two": "zwei"}, columns={"i": "j"})
out = df.rename(index={0: 10}, columns={"i": "j"})
out = df.dropna(ignore_index=True)
out = df.dropna(subset=np.array(["f"]), ignore_index=True)
out = df[["f", "g"]].fillna(7, limit=1)
out = df["f"].fillna(7, limit=1)
out = df["t"].fillna("x", limit=1)
out = df[["f", "g"]].fillna(7, axis=1)
out = -df[["i", "f"]]
out = df.reset_index(names="k")
out = df.set_index(["i", "s"]).reset_index(names=["a", "c"])
out = df.sample(2, random_state=np.int64(3))
out = df.sample(frac=0.5, random_state=np.random.RandomState(3))
np.random.seed(2); df["i"].sample(1); out = df.sample(2, replace=True)
out = df.sample(2, random_state=1, weights=[1, 2, 3, 4, 5][:len(df)])
out = df.reindex([0, 1], columns=["i", "q"])
out = df.reindex(index=[0, 30, 99], columns=["f"])
out = df[["i", "f", "g"]].shift(1, axis=1)
out = df[["i", "f", "g"]].shift(-1, axis="columns")
out = df[["f", "i"]].shift([0, 1])
out = df[["f", "i"]].shift([0, 1], suffix="_x", fill_value=3)
out = df["i"].shift(np.int64(1))
out = df[["f", "g"]].diff(axis=1)
out = df[["i", "s"]].diff(axis=1)
out = df[["i", "f", "s"]].diff(axis=1, periods=-1)
out = df[["i", "f"]].diff(1.0)
out = df["f"].rank(na_option="top")
out = df["f"].rank(na_option="bottom")
out = df["f"].rank(na_option="bottom", ascending=False, method="min")
out = df["f"].rank(na_option="top", ascending=False, method="max")
out = df["f"].rank(na_option="top", ascending=False, method="dense")
out = df["f"].rank(na_option="top", method="first")
out = df[["f", "g"]].rank(na_option="top", method="average")
out = df[["f", "g"]].rank(axis="index")
out = df[["f", "g"]].corr("pearson", min_periods=2)
out = df[["f", "g", "i"]].corr(min_periods=4)
out = df[["f", "g", "i"]].cov(4)
out = df["f"].describe(percentiles=[0.1, 0.9])
out = df[["f", "i"]].describe(percentiles=[0.9, 0.5, 0.123])
out = df[["f", "i"]].describe(include="all")
out = df[["f", "i"]].describe(include=["float64"])
out = df[["f", "i"]].describe(percentiles=np.array([0.9]))
out = df[["f", "i"]].quantile(0.5, axis="index")
out = pd.to_datetime(df["i"].abs() + 1, unit="D").diff()
d = df.groupby("i")["f"].sum().to_frame("z"); out = df[["i", "s"]].join(d, on="i")
d = df[df["s"] > 1].groupby("i")["f"].sum().to_frame("z"); out = df[["i", "s"]].join(d, on="i", how="inner")
d = df[df["s"] > 1].groupby(["i", "b"])["f"].sum().to_frame("z"); out = df[["i", "s", "b"]].join(d, on=["i", "b"])
d = df.groupby("t")["f"].sum(); out = df[["t", "s"]].join(d, on="t")
d = df.set_index("i")[["f"]]; out = df[["i", "s"]].join(d, on="i")
d = df.set_index("i")[["f"]]; out = d.join(d, lsuffix="_l", rsuffix="_r")
d = df.set_index("i")[["f"]]; e = df[df["s"] > 1].set_index("i")[["g"]]; out = d.join(e, how="inner")
d = df.set_index("i")[["f"]]; e = df[df["s"] > 1].set_index("i")[["g"]]; out = d.join(e, how="right")
d = df.set_index("i")[["f"]]; e = df[df["s"] > 1].set_index("i")[["s"]]; out = e.join(d, how="right")
out = df[["i"]].join(df[["f"]], how="cross")
out = df[["i", "f"]].join(df[["f"]], how="cross", suffixes=("", "_r"))
d = df.groupby("i")["f"].sum(); out = df[["i", "s"]].merge(d, left_on="i", right_index=True)
d = df.groupby("i")["f"].sum(); out = df[["i", "s"]].merge(d, left_on="i", right_index=True, how="left")
d = df.groupby("i")["f"].sum().to_frame(); out = d.merge(df[["i", "s"]], right_on="i", left_index=True, how="right")
d = df.set_index("i")[["f"]]; out = d.merge(d, left_index=True, right_index=True)
d = df.set_index("i")[["f"]]; out = pd.merge(d, d.head(2), "left", None, None, None, True, True)
d = df.set_index("i")[["f"]]; e = d.head(2); out = d.merge(e, "right", left_index=True, right_index=True)
out = df[["i", "f"]].merge(df[["i", "s"]], on="i", sort=True)
out = df[["i", "t"]].merge(df[["t", "s"]], on="t", sort=True, how="left")
out = df[["i", "t"]].merge(df[["g", "s"]].round(), left_on="i", right_on="g")
out = df[["i", "t"]].merge(df[["g", "s"]], left_on="i", right_on="s", how="left")
out = df[["i", "t"]].merge(df[["g", "s"]], left_on="i", right_on="s", how="right")
out = df[["i", "t"]].merge(df[["g", "s"]], left_on="i", right_on="s", how="outer")
out = df[["i", "t"]].merge(df["s"].rename("i").astype(int), on="i")
out = df[["i", "t"]].merge(df[["i", "s"]], on="i", suffixes=(None, "_r"))
out = df[["i", "s"]].merge(df[["i", "s"]], on="i", suffixes=(None, "_r"))
d = df[["f"]].set_index(pd.to_datetime(df["i"].abs(), unit="D").rename("d")); out = d.sort_index(kind="stable")
out = df[["f", "i"]].set_index(df["i"] + 1)
out = df[["f", "i"]].set_index(["i", df["s"] * 2])
out = df[["f", "i"]].set_index(np.arange(len(df))[::-1])
out = df[["f", "i"]].set_index(pd.Index([3, 1, 2, 3, 5, 4, 3, 1][: len(df)], name="k", dtype="int64"))
out = df[["f", "i"]].set_index("i", append=True)
out = df["f"].rolling(3, min_periods=1).std(ddof=0)
out = df["f"].rolling(3, min_periods=1).var(0)
out = df["i"].expanding().var(ddof=0)
out = df[["f", "i", "t"]].rolling(2).sum(numeric_only=True)
out = df["f"].rolling(3, min_periods=1).quantile(0.25, "linear")
out = df["f"].rolling(3, min_periods=1).quantile(q=0.25, interpolation="linear")
out = df["f"].rolling(2, step=2).sum()
out = df[["f", "i"]].rolling(2, step=3, min_periods=1).max()
out = df["f"].rolling(np.int64(2)).sum()
out = df["f"].rolling(pd.api.indexers.FixedForwardWindowIndexer(window_size=2)).sum()
out = df["f"].rolling(pd.api.indexers.FixedForwardWindowIndexer(window_size=3), min_periods=1).mean()
out = df[["f", "i"]].rolling(2)["f"].sum()
out = df[["f", "i", "s"]].expanding()[["f", "s"]].mean()
out = df.groupby("b").rolling(2)["f"].sum()
out = df.groupby("b").expanding()[["f", "i"]].sum()
out = df.groupby("b")["f"].rolling(2, min_periods=1).var(ddof=0)
out = df.groupby(pd.Grouper(key="b"))["i"].sum()
out = df.groupby(pd.Grouper(key="t", sort=True))["i"].sum()
out = df.groupby(["b", pd.Grouper(key="s")])["i"].sum()
out = df.set_index("b").groupby([pd.Grouper(level="b"), "s"])["i"].sum()
out = df.assign(c=df["b"].map({True: "x", False: "y"}).astype("category")).groupby("c", observed=False)["i"].sum()
out = df.groupby("b")["f"].sum(min_count=2)
out = df.groupby("b")[["f", "g"]].sum(min_count=1)
out = df.groupby("b")["f"].min(min_count=2)
out = df.groupby("b")["f"].first(min_count=2)
out = df.groupby("b")["f"].mean(skipna=False)
out = df.groupby("b")[["f", "g"]].sum(skipna=False)
out = df.groupby("b")["f"].max(skipna=False)
out = df.groupby("b")["f"].std(skipna=False)
out = df.groupby("b")[["f", "i"]].quantile([0.25, 0.75])
out = df.groupby("b")["f"].quantile([0.75, 0.25])
out = df.groupby(["b", "s"])["f"].quantile(np.array([0.5]))
out = df.groupby("b")["i"].agg(len)
out = df.groupby("b")["f"].agg(np.sum)
out = df.groupby("b")["f"].agg(np.mean)
out = df.groupby("b")[["f", "i"]].agg(np.max)
out = df.groupby("b")["i"].agg(sum)
out = df.groupby("b").agg({"f": np.mean, "i": max})
out = df.groupby("b").agg(a=("f", np.min), c=("i", len))
out = df.groupby("b")["i"].apply(np.sum)
out = df.groupby("b")["i"].apply(len)
out = df.groupby("b")[["i", "f"]].apply(len)
out = df.groupby("b")["i"].transform(np.mean)
out = df.groupby("b")["i"].transform(len)
out = df.groupby("b")["f"].transform(np.max)
out = df.groupby("b").transform("cumcount")
out = df.groupby("s")["b"].agg("all")
out = df.groupby("s")[["b", "i"]].agg(["any", "all"])
out = df.groupby("s")["b"].transform("any")
out = df.groupby("b").head(-1)
out = df.groupby("b").tail(-1)
out = df.groupby("b")["i"].nth([0, -1])
out = df.groupby("b").nth([1, 2])
out = df.groupby("b").nth(np.int64(1))
out = df.groupby("b")[["i", "f"]].nth((0,))
out = df.groupby("b")["i"].cumsum(skipna=True)
out = df.groupby("b")["i"].idxmax(skipna=True)
out = df[[True, False, True, True, False, True, True, True][:len(df)]]
out = df[np.array(df["i"]) > 0]
out = df[np.array(["i", "f"])]
out = df[lambda d: d["i"] > 0]
out = df.loc[lambda d: d["i"] > 0, ["f"]]
out = df.loc[np.array(df["i"]) > 0]
out = df.loc[[True, False, True, True, False, True, True, True][:len(df)], "f"]
out = df.loc[:, [True, False, True, False, False, False]]
out = df.loc[[]]
out = df.iloc[lambda d: [0]]
out = df["f"].loc[[]]
df[["i", "q"]] = 7
df[["x", "y"]] = df[["f", "i"]]
df[["f", "i"]] = df[["i", "f"]]
df[["x", "y"]] = np.arange(2 * len(df)).reshape(-1, 2)
df["z"] = np.nan
df["z"] = df.index
df["z"] = range(len(df))
d = df[["f", "g"]]; d[d > 1] = 0; out = d
d = df[["f", "g"]]; d[d > 1] = np.nan; out = d
d = df[["f", "g", "i"]]; d[d["f"] > 1] = 0; out = d
d = df[["f", "g"]]; d[1:3] = 5; out = d
df.loc[:, "f"] = df["g"]
df.loc[:, "f"] = np.arange(len(df)) * 0.5
df.loc[:, ["f", "g"]] = df[["g", "f"]]
df.loc[:, ["f", "g"]] = np.ones((len(df), 2))
df.loc[df["i"] > 0, ["f", "g"]] = np.nan
d = df[["f", "g"]]; d.loc[df["i"] > 0] = 1; out = d
df.loc[np.array(df["i"]) > 0, "f"] = 1
df.loc[[True, False, True, True, False, True, True, True][:len(df)], "f"] = np.nan
d = df[["f", "g"]].reset_index(drop=True); d.loc[1:, "f"] = 4; out = d
d = df[["f", "g"]].reset_index(drop=True); d.loc[:1, :] = 4; out = d
d = df[["f", "g"]].reset_index(drop=True); d.loc[0, ["f", "g"]] = [7, 8]; out = d
d = df[["f", "t"]].reset_index(drop=True); d.loc[0] = [7, "x"]; out = d
d = df[["f", "g"]]; d.iloc[0] = np.nan; out = d
d = df[["f", "g"]]; d.iloc[1:3] = 9; out = d
d = df[["f", "g"]]; d.iloc[0, [0, 1]] = [1, 2]; out = d
d = df[["f", "g"]]; d.iloc[:, 0] = np.arange(len(d)) * 1.5; out = d
d = df[["f", "g"]]; d.iloc[np.array(df["b"]), 1] = 3; out = d
d = df[["f", "g"]].rename(columns={"f": 0, "g": 1}); d.loc[df["b"], 1] = 3; out = d
df.loc[:, "f"] = df["i"]
df.loc[df["b"], "new"] = 3
df.loc[:, "new"] = 3
out = pd.concat([df[["i", "f"]], df[["f", "t"]]], join="inner")
out = pd.concat([df[["i", "f"]], df[["f", "t"]]], sort=True)
out = pd.concat([df[["i", "f"]], df[["i", "f"]]], sort=True)
out = pd.concat([df[["i", "f"]]], sort=True)
out = pd.concat([df[["i", "f"]], df[["f", "i"]]], join="inner", sort=True, ignore_index=True)
d = df.groupby("i")[["f"]].sum(); out = pd.concat([d, d])
d = df.groupby("i")[["f"]].sum(); out = pd.concat([d, df[["f"]]])
d = df.groupby(["i", "b"])[["f"]].sum(); out = pd.concat([d, d])
out = pd.concat([df[["i"]], df[["i"]]], keys=["a", "b"], names=["k"])
out = pd.concat({"a": df[["i", "f"]], "b": df[["i", "f"]]})
out = pd.concat({"a": df[["i", "f"]], "b": df[["i", "f"]]}, names=["k"])
out = pd.concat([None, df[["i"]], df[["i"]]])
out = pd.concat([df["i"], df["f"]], axis=1, keys=["a", "b"])
out = pd.concat({"a": df["i"], "b": df["f"]}, axis=1)
out = pd.concat([df["i"], df["f"]], axis=1, ignore_index=True)
d = df.groupby("i")[["f"]].sum(); out = pd.concat([d, d], keys=["x", "y"])
d = df.groupby("i")["f"].sum(); out = pd.concat([d, d])
s = pd.Series([1, 2, 3, 4]); out = s.groupby(s % 2).rolling(2).mean()
out = df.pivot_table(values="f", index="b")
out = df.pivot_table(values=["f", "i"], index="b")
out = df.pivot_table(index="b", columns="s", values="f", aggfunc=np.mean)
out = df[["b", "i", "f"]].pivot_table(index="b")
out = df[["b", "s", "f"]].pivot_table(index="b", columns="s")
out = df[["b", "s", "f"]].pivot_table(index="b", columns="s", aggfunc="sum", fill_value=0)
out = df.pivot_table(values="t", index="b", aggfunc="count")
out = df.pivot_table(values="t", index="b", columns="s", aggfunc="nunique")
out = df.pivot_table("i", "b", "s", aggfunc=sum)
out = df.pivot_table(values=["i", "f"], index=["b", "s"], aggfunc="max")
out = df.pivot_table("i", "b", "s", observed=False)
out = df.select_dtypes(include=[np.dtype("int64"), "floating"])
out = df.select_dtypes(include="integer", exclude="int8")
out = df.select_dtypes(include=["number"], exclude=["float64"])
out = df.select_dtypes(exclude=["datetime", "timedelta", "bool"])
out = df.select_dtypes(include=int)
out = df.select_dtypes(include=float)
out = df.drop(index=df.index[:1], columns=["i"])
out = df.drop(index=[0], columns=["i"], errors="ignore")
out = df["i"].rename(None)
out = df["i"].rename(3)
out = df["i"].rename({0: 5, 10: 7, "two": "zwei"})
out = df["t"].astype(object)
out = df.take([1, 0], axis=1)
out = df.isin({"i": [3, 5], "t": ["a"]})
out = df[["f", "g"]].clip(lower=df["g"], axis=0)
out = df[["f", "g"]].clip(0, df["f"], axis="index")
out = df[["f", "i"]].clip(0, 2, axis=1)
out = df[["f", "g", "i"]].quantile(0.25, axis=1)
out = df[["t", "i"]].replace("[ab]", "z", regex=True)
out = df[["t", "i"]].replace({"^b": "q", "x": "yy"}, regex=True)
out = df[["t", "i"]].replace(regex="b", value="c")
out = df[["t", "i"]].replace(regex=["a", "b"], value=["1", "2"])
out = df[["t", "i"]].replace({"t": {"a|x": "c"}}, regex=True)
out = df[["t", "i"]].replace({"t": "a"}, {"t": "c"}, regex=True)
out = df[["t", "i"]].replace("a", np.nan, regex=True)
out = df[["t", "i"]].replace(["a", "b"], "q", regex=True)
out = df["f"].clip(0, df["f"])
out = df["f"].clip(df["g"], df["f"])
"""
_TIMES = 'd = df[["f", "i", "b"]].assign(d=pd.to_datetime(np.arange(len(df)) // 2, unit="D")); out = d'
NATIVE += "\n".join(
    _TIMES + call
    for call in (
        '.rolling("2D", on="d").sum()',
        '.rolling("2D", on="d", closed="both").sum()',
        '.rolling("1D", on="d", closed="left").count()',
        '.rolling("2D", on="d", closed="neither").max()',
        '.rolling("2D", on="d")["f"].max()',
        '.rolling("2D", on="d")[["i"]].max()',
        '.rolling("2D", on="d").mean()',
        '.rolling(2, on="d").mean()',
        '.groupby("b").rolling("2D", on="d").sum()',
        '.groupby("b").rolling("2D", on="d")["f"].sum()',
        '.groupby("b").rolling(2, on="d")[["f"]].sum()',
    )
)
_CATEGORIES = (
    'c = df["b"].map({True: "x", False: "y"}).astype(pd.CategoricalDtype(["z", "y", "x"])); '
    'g = df[["i", "f"]].assign(c=c, e=c.cat.rename_categories(["p", "q", "r"])); out = g.groupby'
)
NATIVE += "\n" + "\n".join(
    f"{_CATEGORIES}({by}, observed=False){call}"
    for by in ('"c"', '["c", "e"]')
    for call in (
        '["i"].sum()',
        '["f"].mean()',
        '["i"].min()',
        '["f"].std()',
        '["i"].nunique()',
        '[["i", "f"]].median()',
        '["i"].agg(["sum", "mean"])',
        '[["i", "f"]].agg({"i": "sum", "f": "mean"})',
        '[["i", "f"]].agg(["min", "count"])',
        ".size()",
        '["f"].cumsum()',
        ".head(1)",
        '["f"].transform("sum")',
        '["i"].agg(a="sum", b="min")',
    )
)
