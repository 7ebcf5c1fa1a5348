"""Lines of test_operations.py: what scripts write often and belongs to no other family."""

NATIVE = r"""
out = df["f"].ewm(span=3, adjust=False).mean()
out = df["f"].ewm(span=3).mean()
out = df["i"].ewm(alpha=0.3, adjust=False).mean()
out = df["f"].ewm(halflife=2, ignore_na=True).mean()
out = df["f"].ewm(com=0.5, min_periods=2).mean()
out = df["f"].ewm(span=4).std()
out = df["f"].ewm(span=4, adjust=False).var()
out = df[["f", "g", "s"]].ewm(span=2).mean()
out = df.groupby("b")["f"].ewm(span=3).mean()
out = df[df["i"] > 0]["f"].ewm(alpha=1).mean()
out = df.sort_values("i", kind="stable")["f"].ewm(span=2).mean()
out = df["i"].aggregate(["min", "max"])
out = df[["i"]].aggregate("max")
out = df.groupby("i")["s"].idxmin()
d = df.reset_index(drop=True).reset_index(); out = d.pivot(index="index", columns="s", values="f")
out = df["f"].agg(["sum", "count"])
out = df["i"].agg(["min", "max"])
out = df["i"].agg(["min", "mean"])
out = df[["f", "g"]].agg(["mean", "count"])
out = df[["i", "s"]].agg(["min", "max"])
out = df["f"].agg("nunique")
out = df["t"].agg(["count", "nunique"])
out = df.groupby("i")["b"].any()
out = df.groupby("i")["b"].all()
out = df.groupby("b")["i"].idxmax()
out = df.loc[df.groupby("b")["s"].idxmax()]
out = df.dropna(how="all")
out = df.dropna(thresh=5)
out = df.dropna(thresh=6, subset=["f", "g"])
out = df.dropna(how="all", subset=["f", "g"])
out = df.dropna(axis=1)
out = df.dropna(axis=1, how="all")
out = df.drop(df[df["i"] > 0].index)
out = df.drop(df.index[:2])
out = df.drop(index=df.index[0]) if len(df) else df
out = df["f"].drop(df.index[:1])
out = df.query("i > 0 and f < 2")
out = df.query("not (i > 0) or t == 'b'")
out = df.query("0 < i <= 5")
out = df.query("f + g * 2 > -s")
low = 2; out = df.query("i > @low")
seen = [3, 5]; out = df.query("i not in @seen")
out = df.query("t != 'b'")
out = df.filter(["g", "zz", "f"])
out = df.filter(regex="^[fg]$")
out = df.filter(like="f")
out = df.get("f")
out = df.get("zz", 3)
out = df.keys()
out = df["f"].shape
out = df["f"].empty
out = df["i"].is_unique
out = df["f"].is_unique
out = df["f"].hasnans
out = df["i"].is_monotonic_increasing
out = df["f"].is_monotonic_decreasing
out = df.sort_values("g", kind="stable")["g"].is_monotonic_increasing
out = df["s"].is_monotonic_decreasing
out = np.mean(df["f"])
out = np.sum(df["i"])
out = np.std(df["f"])
out = np.var(df["i"])
out = np.max(df["g"])
out = np.min(df["g"])
out = np.median(df["i"])
out = df.fillna(df.mean(numeric_only=True))
out = df.fillna(df[["f"]].max())
out = df[["f", "g"]].fillna(df[["f", "g"]].median())
out = df.median(numeric_only=True)
out = pd.concat([df["f"], df["g"]])
out = pd.concat([df["f"], df["f"]], ignore_index=True)
out = df.groupby("b").agg({"f": ["mean", "std"], "g": "max"})
out = df.merge(df[["f", "i"]].head(2), how="cross", suffixes=("_l", "_r"))
out = df.merge(df[["f"]].rename(columns={"f": "z"}).head(2), how="cross")
out = df.at[df.index[0], "f"] if len(df) else 0
out = df.iat[0, 1] if len(df) else 0
out = df["i"].iat[-1] if len(df) else 0
out = df.query("i in [3, 7, 5]")
"""

# Pandas does a part, or raises.
OTHERS = r"""
out = df["f"].ewm(span=0.5).mean()
out = df["b"].ewm(span=2).mean()
out = df["f"].ewm(span=3).std(bias=True)
out = df["f"].ewm(alpha=0).mean()
df["x"] = df.groupby("b")["f"].transform(lambda s: s.ewm(span=3, adjust=False).mean())
df["x"] = df.groupby("b")["i"].transform(lambda s: s.shift(1).ewm(alpha=0.5, adjust=False).mean())
out = df.groupby("t")["f"].transform(lambda s: s.ewm(span=3).mean().fillna(0))
df["x"] = df.groupby("b")["g"].ewm(span=3, adjust=False).mean().reset_index(level=0, drop=True)
out = df.groupby("i")[["g", "f"]].idxmin()
out = df.dropna(axis="columns", thresh=1)
out = df.drop([10_000], errors="ignore")
out = df.drop([10_000])
out = df.query("nothing > 2")
out = df.query("index > 2")
out = df.query("i > 0 & f < 2")
out = np.median(df["f"])
out = df.pivot(index="i", columns="s", values="f")
out = df.pivot(index="i", columns="b", values="f")
df.at[df.index[0], "f"] = 9.5
out = df["f"].rolling(3).agg(["mean", "std"])
out = df.agg(["mean", "nunique"])
out = df[["f", "g"]].agg({"f": "mean", "g": "max"})
out = df.query("t in [1]")
out = df.drop(df.index, axis=0)
out = df.loc[df["f"]]
out = df.dropna(how="any", thresh=2)
out = df.fillna(df.mean())
out = df.filter(regex="f", axis=0)
out = df.query("f")
out = df.query("i == 3 == 3")
"""
