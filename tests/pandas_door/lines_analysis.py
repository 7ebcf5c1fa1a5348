"""Lines of test_operations.py: what scripts of data analysis write: arrays set in rows, bins, expressions."""

from __future__ import annotations

_WHEN = 'df["d"] = pd.to_datetime(df["i"] * 86_400, unit="s"); '

_SETTING = """
df["g"] = 0.0; df.loc[df.index[LAST], "g"] = np.arange(len(df.index[LAST])) * 1.0; out = df
df.loc[df.index[LAST], "f"] = np.arange(len(df.index[LAST])); out = df
df.loc[list(df.index[LAST]), "i"] = np.arange(len(df.index[LAST])); out = df
df.iloc[PLACES, 2] = np.arange(len(df.iloc[PLACES])) / 2; out = df
df.iloc[PLACES, 0] = np.arange(len(df.iloc[PLACES])); out = df
s = df["f"].copy(); s.iloc[PLACES] = np.arange(len(df.iloc[PLACES])) / 2; out = s
s = df["i"].copy(); s.iloc[PLACES] = np.arange(len(df.iloc[PLACES])); out = s
s = df["f"].copy(); s.loc[df.index[LAST]] = np.array([np.nan] * len(df.index[LAST])); out = s
s = df["b"].copy(); s.iloc[np.array([-1, 0])] = np.array([True, False]); out = s
s = df["f"].copy(); s.iloc[[0, 1, 0]] = np.array([1.0, 2.0, 3.0]); out = s
o = pd.Series(0.0, index=df.index); o.iloc[[0]] = np.array([2.5]); o.iloc[[-1]] = np.array([3.5]); out = o
"""
_BINS = """
out = df.resample("MS", on="d")["i"].sum()
out = df.set_index("d")["f"].resample("W").mean()
out = df.set_index("d").groupby("b")["i"].resample("D").max()
"""
_PERIODS = """
df["m"] = df["d"].dt.to_period("M"); out = df
df["m"] = df["d"].dt.to_period("M").astype(str); out = df
out = df["d"].dt.to_period("D").astype("str")
out = df.groupby(df["d"].dt.to_period("W"))["i"].sum()
df["m"] = df["d"].dt.to_period("Q"); out = df.groupby("m")["f"].mean()
df["m"] = df["d"].dt.to_period("Y"); out = df.groupby(["m", "b"]).size().reset_index(name="n")
df["m"] = df["d"].dt.to_period("M"); out = df.sort_values(["m", "i"]).drop_duplicates("m")
df["m"] = df["d"].dt.to_period("D"); out = df.merge(df[["m", "f"]].head(1), on="m", how="left")
out = df["d"].dt.to_period("M").dt.to_timestamp()
out = df["d"].dt.to_period("W").dt.start_time
out = df["d"].dt.to_period("W").dt.end_time
out = df["d"].dt.to_period("Q").dt.year
out = df["d"].dt.to_period("D").dt.dayofweek
out = df["d"].dt.to_period("M").dt.strftime("%y/%m")
df["m"] = df["d"].dt.to_period("D"); out = df["m"].isna()
df["m"] = df["d"].where(df["i"] > 0).dt.to_period("D"); out = df
"""
NATIVE = _SETTING.replace("LAST", "-2:").replace("PLACES", "[-1, 0]")
NATIVE += "\n".join(_WHEN + line for line in (_BINS + _PERIODS).strip().splitlines() if line)
NATIVE += """
c = df.assign(c=df["t"].astype("category")); out = c.apply(lambda r: r["i"] if r["b"] or r["s"] > 3 else 0, axis=1)
c = df.assign(d=pd.to_datetime(df["i"], unit="s")); out = c.apply(lambda r: r["i"] * 2, axis=1)
out = df["f"].interpolate()
out = df["g"].interpolate(method="linear")
out = df["f"].interpolate(limit_direction="both")
out = df["i"].interpolate()
out = df[["f", "g", "i"]].interpolate()
out = df[["f", "g"]].interpolate(limit_direction="both")
out = df.iloc[::-1]["g"].interpolate()
df["f"] = df["f"].where(df["i"] > 2).interpolate(); out = df
out = df[["i", "s"]].T
out = df[["f", "g"]].describe().T
out = df[["t", "f"]].transpose()
out = df.groupby("b")[["i", "f"]].mean().T
out = df.groupby("b")[["i", "f"]].agg(["mean", "sum"]).T
out = df.groupby("b")["s"].value_counts()
out = df.groupby("b")["s"].value_counts(normalize=True)
out = df.groupby("b")["t"].value_counts(ascending=True)
out = df.groupby(["b", "i"])["s"].value_counts(sort=False)
out = df.groupby("t", sort=False)["s"].value_counts()
out = df.groupby("b")[["s", "t"]].value_counts()
out = df[["b", "s", "f"]].groupby("b").value_counts(normalize=True)
out = df.groupby(df["i"] > 1)["b"].value_counts()
out = df[["b", "s"]].value_counts()
out = df.value_counts(["b", "t"])
out = df.value_counts(["b", "f"], normalize=True)
out = df.value_counts("b", ascending=True)
out = df.value_counts(["s", "b"], sort=False)
out = df.value_counts()
out = df.groupby("b")["i"].describe()
out = df.groupby("b")["f"].describe()
out = df.groupby("b")[["i", "f"]].describe()
out = df[["b", "i", "t"]].groupby("b").describe()
out = df.groupby(["b", "t"])["g"].describe()
out = df.groupby("b")["i"].describe()["mean"]
out = df.groupby("b")["i"].nlargest(2)
out = df.groupby("b")["i"].nsmallest(1)
out = df.groupby(["b", "s"])["i"].nlargest(3)
out = df.groupby("b")["i"].nlargest(2).reset_index()
out = df.pivot_table("i", "b", "s", aggfunc=["mean", "count"])
out = df.pivot_table(index="b", values=["i", "f"], aggfunc={"i": "sum", "f": "mean"})
out = df.pivot_table(index="b", aggfunc={"i": ["sum", "max"], "f": "median"})
out = df.pivot_table(index="b", columns="s", aggfunc={"i": "sum", "f": ["mean", "min"]})
out = df.pivot_table(values=["i", "f"], index="b", aggfunc=["mean", "std"])
out = df.pivot_table(values=["f", "i"], index="b", columns="s", aggfunc=["sum", "count"], fill_value=0)
out = df.pivot_table("i", "b", "s", margins=True)
out = df.pivot_table("i", "b", "s", aggfunc="sum", margins=True, margins_name="Total", fill_value=0)
out = df.pivot_table("i", ["b", "s"], aggfunc="mean", margins=True)
out = df.pivot_table(["i", "s"], "b", aggfunc="max", margins=True)
out = df.pivot_table("i", "b", ["s", "t"], aggfunc="sum", margins=True)
out = df.pivot_table("s", "b", df["i"] > 2, aggfunc="count")
out = df.pivot_table("i", df["s"] % 3, df["b"], aggfunc=len)
out = df.pivot_table(values="i", columns="b")
out = df.pivot_table(values="f", columns="b", aggfunc="sum")
out = df.pivot_table("i", "b", "t", aggfunc=np.median)
d = df.assign(c=df["t"].astype("category")); out = d.pivot_table("i", "c", "b", aggfunc="sum")
out = pd.crosstab(df["b"], df["i"], normalize="index")
out = pd.crosstab(df["b"], df["i"], normalize=True)
out = pd.crosstab(df["b"], df["i"], normalize="columns").round(2)
out = pd.crosstab(df["b"], df["i"], margins=True)
out = pd.crosstab(df["b"], df["i"], margins=True, margins_name="Sum", normalize="all")
out = pd.crosstab(df["b"], df["i"], margins=True, normalize="index")
out = pd.crosstab(df["b"], df["i"], margins=True, normalize="columns")
out = pd.crosstab([df["b"], df["s"]], df["i"])
out = pd.crosstab(df["b"], [df["s"], df["i"]], margins=True)
out = pd.crosstab(index=df["b"], columns=df["i"], values=df["f"], aggfunc="sum")
out = pd.crosstab(df["b"], df["i"], values=df["s"], aggfunc="max", margins=True)
out = pd.crosstab(df["b"], df["i"] > 2, rownames=["rows"], colnames=["columns"])
out = pd.crosstab(df["b"], df["b"])
out = pd.crosstab(df["i"] > 1, df["s"] > 1)
out = pd.crosstab(df["t"], df["b"], margins=True)
out = pd.crosstab(df["t"].fillna("x").astype("category"), df["b"], normalize=0)
df["c"] = np.digitize(df["f"], [-1, 0, 2.5]); out = df
df["c"] = np.digitize(df["i"], bins=[0, 3, 7], right=True); out = df
df["c"] = np.searchsorted([0, 3, 7], df["i"]); out = df
df["c"] = np.searchsorted([-np.inf, 0, 2.5], df["f"], side="right"); out = df
out = df["t"].fillna("").str.get_dummies("'")
out = df["t"].str.get_dummies()
out = df.eval("c = i + f * 2")
out = df.eval("c = f ** 2 / 7")
out = df.eval("c = f > g")
k = 3; out = df.eval("c = i + @k")
df.eval("c = (i - 2) // 2 % 3", inplace=True); out = df
df.eval("i = -i", inplace=True); out = df
out = df.eval("c = i + 1\\nd = c * 2")
out = df.eval("c = f.fillna(0) + abs_i", local_dict={}) if "abs_i" in df else df
out = df.nlargest(3, ["i", "s"])
out = df.nsmallest(2, ["b", "i"]) if False else df.nsmallest(2, ["s", "i"])
df[df[["f", "g"]].columns] = df[["g", "f"]]; out = df
df[df.columns[:2]] = 0; out = df
df["x"] = df[["f"]]; out = df
df["x"] = df["t"].str.extract(r"([a-z])"); out = df
out = pd.cut(df["i"], range(-8, 9, 4))
out = pd.cut(df["i"], bins=range(-8, 9, 4), labels=False)
out = df["i"].astype("category").astype(str)
out = df["t"].fillna("-").astype("category").astype(str) + "!"
out = pd.cut(df["i"], [-10, 0, 10], labels=["lo", "hi"]).astype(str)
out = df.groupby("i")["f"].sum().idxmax()
out = df.groupby("i")["f"].count().nlargest(2).idxmin()
out = df["i"].skew()
out = df["f"].skew()
out = df["i"].kurt()
out = df["s"].astype("int64").kurtosis()
out = df[["i", "f"]].skew()
out = df[["i", "f"]].kurt()
out = df[["i", "g"]].kurtosis()
out = df.skew(numeric_only=True)[["i", "f"]] if False else df[["i", "f", "t"]].skew(numeric_only=True)
"""
_OF_PERIODS = """
out = df["d"].dt.to_period()
out = df["d"].dt.to_period("2M")
out = df["d"].dt.to_period("h")
out = df["d"].dt.to_period("Q-MAR")
out = df["d"].dt.to_period("W-WED").astype(str)
out = df["d"].where(df["i"] > 0).dt.to_period("D").astype(str)
out = df["d"].where(df["i"] > 0).dt.to_period("D").dt.year
out = df["d"].dt.to_period("M").astype("category")
out = df["d"].dt.to_period("M").astype("int64")
out = df["d"].dt.to_period("M").astype("period[D]")
out = df["d"].dt.to_period("M").map(str)
out = df["d"].dt.to_period("M").apply(lambda p: p.year)
out = df["d"].dt.to_period("M") + 1
out = df["d"].dt.to_period("M") == "1970-01"
out = df["d"].dt.to_period("M").nunique()
out = df["d"].dt.to_period("M").value_counts()
out = df["d"].dt.to_period("M").dt.asfreq("D")
out = df["d"].dt.to_period("M").dt.to_timestamp("D", "end")
out = df["d"].dt.to_period("M").dt.nothing
out = df.groupby(df["d"].where(df["i"] > 0).dt.to_period("M"), dropna=False)["i"].sum()
df["m"] = df["d"].dt.to_period("M"); out = df.pivot_table(index="m", columns="b", values="i")
df["m"] = df["d"].dt.to_period("M"); out = df.groupby(["m", "b"])["i"].sum().unstack()
"""
OTHERS = "\n".join(_WHEN + line for line in _OF_PERIODS.strip().splitlines())
OTHERS += """
c = df.assign(c=df["t"].astype("category")); out = c.apply(lambda r: r["c"], axis=1)
c = df.assign(d=pd.to_datetime(df["i"], unit="s")); out = c.apply(lambda r: r["d"].year, axis=1)
c = df.assign(c=df["t"].astype("category"))[["i", "c"]]; out = c.apply(lambda r: r["i"] / 2, axis=1)
c = df.assign(d=pd.to_datetime(df["i"], unit="s"))[["i", "d"]]; out = c.apply(lambda r: r["i"] / 2, axis=1)
out = df["t"].interpolate()
out = df["f"].interpolate(limit=1)
out = df["f"].interpolate(limit_direction="backward")
out = df["f"].interpolate(method="nearest")
out = df["f"].interpolate(method="pad")
df["f"].interpolate(inplace=True); out = df
out = df.interpolate()
out = df[["f", "g"]].interpolate(axis=1)
out = df["s"].interpolate()
out = df["b"].interpolate()
out = df["f"].T
out = df.T.T
out = df.transpose(1, 0)
out = df.groupby("b")["i"].nlargest(2).droplevel(0)
out = df.groupby("t", dropna=False)["s"].value_counts()
out = df.groupby("b")["f"].value_counts(dropna=False)
out = df.groupby("b", as_index=False)["s"].value_counts()
out = df.groupby("b")["i"].value_counts(bins=2)
out = df.groupby("b").value_counts(subset=["s"])
out = df.groupby("b")["b"].value_counts()
out = df.groupby("b")["t"].value_counts(normalize="x")
out = df.value_counts(["b"])
out = df.value_counts("nothing")
out = df.value_counts(["t", "b"], dropna=False)
d = df.assign(c=df["t"].astype("category")); out = d.value_counts(["c", "b"])
d = df.assign(c=df["t"].astype("category")); out = d.groupby("b")["c"].value_counts()
d = df.assign(c=df["t"].astype("category")); out = d.groupby("c", observed=True)["i"].value_counts()
out = df.groupby("b").describe()
out = df.groupby("b")["t"].describe()
out = df.groupby("b")["s"].describe()
out = df.groupby("t")["i"].describe(percentiles=[0.1])
out = df.groupby("b", as_index=False)["i"].describe()
out = df.groupby("b")["f"].nlargest(2)
out = df.groupby("t")["i"].nlargest(2)
out = df.groupby("b")["s"].nlargest(2)
out = df.groupby("b")["i"].nlargest(0)
out = df.groupby("b")["i"].nlargest(2, keep="all")
out = df.groupby("b", group_keys=False)["i"].nlargest(2)
out = df.groupby("b", sort=False)["i"].nlargest(2)
out = df.pivot_table("s", df["i"] % 3, df["b"], aggfunc=len)
out = df.pivot_table("f", "b", "i", aggfunc=len)
out = df.pivot_table("t", "b", "i", aggfunc=len)
out = df.pivot_table("f", "b", "s", margins=True)
out = df.pivot_table("f", "t", "s", margins=True, aggfunc="count")
out = df.pivot_table("i", "b", "s", aggfunc=lambda x: x.max() - x.min())
out = df.pivot_table("i", "b", "s", aggfunc="size")
out = df.pivot_table("i", "b", "s", aggfunc="first")
out = df.pivot_table("t", "b", "s", aggfunc="first")
out = df.pivot_table("t", "b", aggfunc="mean")
out = df.pivot_table("i", ["b", "b"])
out = df.pivot_table("i", "b", "s", dropna=False)
out = df.pivot_table("i", "b", "s", sort=False)
out = df.pivot_table("i", "nothing")
out = df.pivot_table("nothing", "b")
out = df.pivot_table(index="b")
out = df.pivot_table(index="b", columns="t", aggfunc={"i": "sum"}, values="f")
out = df.pivot_table(index="b", values=["f", "i"], aggfunc={"i": "sum"})
out = df.pivot_table("i", df["b"].to_numpy(), "s")
out = df.pivot_table("i", "b", "s", margins=True, margins_name=1)
out = df.pivot_table(values="i", columns=["b", "s"], margins=True)
out = df.pivot_table("i", df["s"] % 2, "b", margins=True)
out = df.pivot_table(df[["i", "f"]].columns, "b")
d = df.assign(c=df["t"].astype("category")); out = d.head(2).pivot_table("i", "c", "b", aggfunc="sum", observed=False)
out = pd.crosstab(df["b"], df["i"].to_numpy())
out = pd.crosstab(df["b"], df["i"], values=df["f"])
out = pd.crosstab(df["b"], df["i"], aggfunc="sum")
out = pd.crosstab(df["b"], df["i"], normalize="rows")
out = pd.crosstab(df["b"], df["i"], normalize=2)
d = df.reset_index(drop=True); out = pd.crosstab(d["b"], d["i"], values=d["f"], aggfunc="sum", margins=True)
d = df.reset_index(drop=True); out = pd.crosstab(d["b"], d["i"], dropna=False)
d = df.reset_index(drop=True); out = pd.crosstab(d["b"], d["i"], rownames="x")
out = pd.crosstab(df["b"], df["i"], values=df["f"], aggfunc="mean", normalize=True)
out = pd.crosstab(df["b"], df["i"].head(3))
out = pd.crosstab(df["b"].rename(None), df["i"].rename(7))
df["x"] = df[["f", "g"]]; out = df
df[df[["f", "g"]].columns] = df[["g"]]; out = df
out = df.eval("i + f")
out = df.eval("c = nothing + 1")
out = df.eval("c = i + 1", inplace=False)
out = df.eval("c = sqrt(i)")
out = df.eval("c = 3")
out = df.eval("c = t + 'x'")
out = df.query("t + 'x' == 'bx'")
out = df["t"].astype("category").astype(str)
out = pd.cut(df["f"], [-10, 0, 10], labels=["lo", "hi"]).astype(str)
df["c"] = np.digitize(df["f"], [2, 1]); out = df
df["c"] = np.digitize(df["f"], []); out = df
out = np.digitize(df["f"], [0, 1])
out = np.searchsorted(df["i"], [1, 2])
out = df.nlargest(2, ["f", "g"])
df["f"] = 0.1; out = df["f"].skew()
df["f"] = 1e9 + df["i"] * 1e-3; out = df["f"].skew()
out = df["g"].kurt()
out = df.head(2)["i"].skew()
out = df.head(2)["i"].kurt()
out = df[["i", "t"]].skew()
out = df["b"].skew()
out = df["i"].skew(skipna=False)
df["d"] = pd.to_datetime(df["i"] * 86_400, unit="s"); out = df.groupby("b").resample("D", on="d")["i"].max()
df.loc[df.index[-2:], "new"] = np.arange(len(df.index[-2:])) * 1.0; out = df
df.iloc[[0, 99], 2] = np.array([1.0, 2.0]); out = df
df.iloc[[0, 1], 2] = np.array([1.0]); out = df
df.loc[[0, 99], "f"] = np.array([1.0, 2.0]); out = df
df.iloc[[0, 1], 0] = np.array([1.5, 2.5]); out = df
df.iloc[[0, 1], 1] = np.array([1, 2]); out = df
df.iloc[[0, 1], 5] = np.array([1, 2]); out = df
df.iloc[[0, 1], [1, 2]] = np.array([[1, 2], [3, 4]]); out = df
df["i"] = 1; d = df.set_index("i"); d.loc[[1], "f"] = np.array([1.0]); out = d
"""
