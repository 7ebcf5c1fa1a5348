"""Frames brought into another form or beside each other; each stays in the plan where there are rows."""

NATIVE = r"""
df["x"] = df.sort_values("g", kind="stable")["f"].shift(1)
df["x"] = df.sort_values("i", kind="stable").groupby("b")["f"].cumsum()
df["x"] = df.sort_values(["b", "i"]).groupby("b")["f"].shift(1); df["y"] = df["x"] + 1
df["x"] = df.groupby("b")["g"].rolling(2, min_periods=1).mean().reset_index(level=0, drop=True)
df["x"] = df[df["i"] > 0]["g"]
df["x"] = df[df["i"] > 0]["i"]
df["x"] = df.drop_duplicates("b")["f"]
df["x"] = df["g"].dropna()
d = df.reset_index(drop=True); e = d.head(2); d["x"] = e["f"]; out = d
d = df.reset_index(drop=True); e = d.sort_values("i", kind="stable").reset_index(drop=True); d["x"] = e["f"]; out = d
d = df.reset_index(drop=True); e = d.sort_values("i", kind="stable").reset_index(drop=True); out = d["f"] - e["g"]
d = df.reset_index(drop=True); e = pd.DataFrame({"z": [1, 2, 3]}); d["x"] = e["z"]; out = d
out = df.set_index(["i", "s"])
out = df.set_index("i", drop=False)
out = df.set_index(["i", "s"]).reset_index()
out = df.set_index(["i", "s"]).reset_index(level=0)
out = df.set_index(["i", "s"]).reset_index(level="s", drop=True)
out = df["f"].reset_index()
out = df["f"].reset_index(name="z")
out = df.groupby("b").size().reset_index(name="n")
out = df.groupby(["b", "i"])["f"].mean().reset_index()
out = df.groupby(["b", "i"])["f"].mean().reset_index(drop=True)
out = df["t"].value_counts().reset_index()
out = df.groupby("b")[["f", "g"]].agg(["mean", "max"]).reset_index()
out = df["f"].to_frame()
out = df["f"].to_frame("z")
out = df.groupby("b").size().to_frame("n")
out = df[df["i"] > 0].reset_index()
df["x"] = df.groupby("t")["g"].rolling(2, min_periods=1).sum().reset_index(0, drop=True)
out = pd.cut(df["i"], [-10, 0, 3, 10], labels=["low", "mid", "high"])
out = pd.cut(df["f"], bins=[-3, 0, 1.5, 3])
out = pd.cut(df["f"], bins=[-2.5, 0, 1.5, 3], include_lowest=True, labels=[0, 1, 2])
out = pd.cut(df["f"], bins=[-2.5, 0, 1.5, 3], right=False)
out = pd.cut(df["i"], [0, 5, 10], labels=False)
out = pd.cut(df["i"], [-100, 5, 100], labels=False)
out = pd.cut(df["i"], bins=3, labels=False)
out = pd.cut(df["i"], bins=4)
out = pd.cut(df["f"], bins=[-np.inf, 0, 2, np.inf], labels=["a", "b", "c"])
out = pd.cut(df["f"], [0, 0, 1, 3], duplicates="drop", labels=False)
out = pd.cut(df["i"], [-10, 0, 3, 10], labels=[1, 2, 3]).astype(float)
out = pd.qcut(df["i"], 3, labels=False, duplicates="drop") if len(df) > 2 else 0
out = pd.qcut(df["i"], [0, 0.3, 1], labels=["low", "high"], duplicates="drop") if len(df) > 2 else 0
out = pd.qcut(df["f"], 2, duplicates="drop") if len(df) > 2 else 0
out = pd.qcut(df["g"], 4, labels=False) if len(df) > 2 else 0
out = df.merge(df[["i", "f"]].head(3), on="i", how="right")
out = df[["t", "f"]].head(2).merge(df[["b", "t", "i"]].sort_values("i", kind="stable"), on="t", how="right")
out = df[["t", "s"]].head(2).merge(df[["g", "s", "t"]], how="right", left_on="s", right_on="s", suffixes=("_l", "_r"))
out = df[["i", "s"]].head(2).merge(df[["f", "s"]].tail(2), on="s", how="outer") if len(df) else 0
out = df[["t", "s"]].head(3).merge(df[["f", "t"]].tail(3), on="t", how="outer") if len(df) else 0
d = df[["g"]].rename(columns={"g": "h"}); out = df[["f"]].merge(d, "outer", left_on="f", right_on="h")
out = df[["t", "s"]].merge(df[["f", "t", "s"]].tail(2), on=["t", "s"], how="outer", indicator=True) if len(df) else 0
out = df[["i", "s"]].merge(df[["i", "g"]].head(2), on="i", how="left", indicator=True)
out = df[["i", "s"]].head(1).merge(df[["i", "g"]], on="i", how="right", indicator=True)
out = df[["i", "s"]].merge(df[["i", "g"]].head(2), on="i", indicator=True)
d = df[["f"]].reset_index(drop=True); out = pd.concat([d, d.head(1)], keys=["all", "one"]) if len(df) else 0
out = pd.concat([df[["f"]].reset_index(drop=True), df[["g"]].reset_index(drop=True)], keys=[7, 3]) if len(df) else 0
out = pd.get_dummies(df["t"])
out = pd.get_dummies(df)
out = pd.get_dummies(df, columns=["t"], drop_first=True)
out = pd.get_dummies(df, columns=["i", "b"], dtype=int)
out = pd.get_dummies(df["i"], prefix="i")
out = pd.get_dummies(df[["t", "f"]], prefix="q", prefix_sep=".", dummy_na=True, dtype="float32")
out = pd.get_dummies(df["t"].astype("category"), prefix="c")
out = df.melt(id_vars=["t"], value_vars=["f", "g"])
out = df.melt(id_vars="i", value_vars=["f", "i"] if False else ["f"], var_name="v", value_name="w")
out = df[["i", "f"]].melt()
out = pd.melt(df, id_vars=["b", "t"], value_vars=["s"])
out = df.pivot_table(values="f", index="b", columns="i")
out = df.pivot_table(values="i", index="b", columns="s", aggfunc="sum")
out = df.pivot_table(values="f", index=["b", "i"], columns="s", aggfunc="count", fill_value=0)
out = df.pivot_table(values="i", index="t", columns="b", aggfunc="max")
out = df.set_index(["i", "b"]).reset_index(level="b", drop=True)
out = pd.concat([df[["i"]], df[["f"]]], axis=1)
out = pd.concat([df["i"], df["f"]], axis=1)
out = pd.concat([df, pd.get_dummies(df["t"].fillna("z"), prefix="t")], axis=1)
out = df[["i", "f"]].join(df[["g"]])
out = df[["i"]].join(df[df["b"]][["f", "i"]], rsuffix="_r")
out = df[["i"]].join(df["f"])
d = df.set_index("i"); out = df[["i", "t"]].join(df.groupby("i")["f"].mean())
out = pd.crosstab(df["b"], df["i"])
out = pd.crosstab(df["t"], df["b"])
out = df.pivot_table(values="i", index="b", columns="s")
out = df.pivot_table(values=["i", "f"], index="b", columns="s")
out = df.pivot_table(values="i", index="b", columns="s", aggfunc="std")
"""
