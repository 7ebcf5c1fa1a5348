"""Lines of test_operations.py: rows by number, by label, and the index."""

from __future__ import annotations

NATIVE = """
s = df["f"].copy(); s[1:3] = np.nan; s[:1] = 8; s[5:] = 0; out = s
s = df["t"].copy(); s[::2] = "z"; s[-1:] = np.nan; out = s
out = df.iloc[1:]
out = df.iloc[:2]
out = df.iloc[0:3:2]
out = df.iloc[::-1]
out = df.iloc[-2:]
out = df.iloc[:-1]
out = df["f"].iloc[1:]
out = df["t"].iloc[::-1]
out = df[df["i"] > 0].iloc[1:]
out = df.sort_values("g", kind="stable").iloc[:2]
out = df.iloc[:, 0]
out = df.iloc[:, [0, 2]]
out = df.iloc[:, :-1]
out = df.iloc[:, 1:3]
out = df.iloc[1:, -1]
out = df.iloc[:1, [1, 0]]
out = df.iloc[np.arange(len(df))[::-1]]
out = df.iloc[list(range(len(df))) * 2]
out = df.iloc[np.flatnonzero(df["b"].to_numpy())]
out = df.iloc[df["b"].to_numpy()]
out = df.iloc[np.arange(len(df))[::2], 2]
out = df.iloc[np.arange(len(df))[::2], [0, 5]]
out = df["f"].iloc[np.arange(len(df))[::-1]]
out = df[df["b"]].iloc[[-1] * min(1, int(df["b"].sum()))]
tr = np.arange(len(df))[::2]; X = df[["i", "f"]].iloc[tr]; y = df["g"].iloc[tr]; X["y"] = y * 2; out = X[y > 0]
tr = np.arange(len(df))[1:]; a = df.iloc[tr]; a["x"] = df["f"].iloc[tr].fillna(0) + a["i"]; out = a
m = df["i"] > 0; X = df[m]; y = df["f"][m]; X["y"] = y; out = X
m = df["i"] > 0; df["z"] = df["g"] * 2; out = df[m]["z"] - df["f"][m]
X = df.head(2); X["y"] = df["f"].head(2); out = X
d = df.sort_values("i", kind="stable"); out = d.iloc[1:]["f"] - d["g"].iloc[1:]
out = df.iloc[0] if len(df) else 0
out = df.iloc[-1, 2] if len(df) else 0
out = df["f"].iloc[0] if len(df) else 0
d = df[df["i"] > 1]; out = d.iloc[0] if len(d) else 0
d = df[df["i"] > 1]; out = d["f"].iloc[-1] if len(d) else 0
d = df[df["i"] > -9]; out = [d["t"].iloc[place] for place in range(len(d))][:1]
df.iloc[:1, 0] = 9
df.iloc[:, 2] = 0.5
df.iloc[1:, [2, 3]] = np.nan
s = df["f"]; s.iloc[:1] = 4.5; out = s
out = df[1:]
out = df[:-1]
out = df["f"][1:]
out = df[df["b"]][:1]
out = df[::2]
out = df.tail(2)
out = df["t"].tail(1)
out = df[df["i"] > 0].tail(1)
out = df.take(np.arange(len(df))[::-1])
out = df["i"].take(list(range(len(df)))[:1])
out = df.sample(frac=1, random_state=3)
out = df.sample(n=min(len(df), 2), random_state=0, ignore_index=True)
out = df["f"].sample(frac=0.5, random_state=1)
out = df[["i", "f"]].sample(n=7, replace=True, random_state=1) if len(df) else 0
out = df.loc[df.index[::-1]] if len(df) else 0
out = df.loc[list(df.index[1:]), "f"] if len(df) > 1 else 0
out = df["t"].loc[df.index[:1]] if len(df) else 0
out = df["t"].loc[df["b"]]
out = df.loc[df.index[:2], ["t", "i"]] if len(df) else 0
out = df.loc[df.index[0]] if len(df) else 0
out = df.loc[df.index[0], "t"] if len(df) else 0
d = df[df["i"] > -9]; out = d.loc[d.index[0], "f"] if len(d) else 0
out = df["f"][df.index[0]] if len(df) else 0
out = df["f"][list(df.index[:1])] if len(df) else 0
out = df.reset_index(drop=True).loc[1:2]
out = df.reset_index(drop=True).loc[:1, "i":"f"]
out = df.reset_index(drop=True).loc[1:, "f"]
out = df.reset_index(drop=True)[df["i"].reset_index(drop=True) > 0].loc[1:3, ["t"]]
df.loc[df.index[0] if len(df) else df["b"], "f"] = 7.5
df.loc[list(df.index[:1]) if len(df) else df["b"], ["f", "g"]] = 1.0
df.loc[:, "f"] = 2.5
df.loc[df["f"] > 0, "f"] = df["g"]
df.loc[df["f"] > 0, "f"] = df.loc[df["f"] > 0, "g"] * 2
df.loc[df["f"].isna(), "f"] = df["i"]
df.loc[df["i"] > 0, "t"] = np.nan
df.loc[df["i"] > 0, ["f", "g"]] = 0
df.loc[df["i"] > 0, "new" if len(df) else "f"] = 1
df.loc[df["i"] > 0, "new" if len(df) else "t"] = "yes"; df["x"] = df.iloc[:, -1].isna()
s = df["f"]; s[df["b"]] = 0.0; out = s
s = df["f"].copy(); s[s.isna()] = df["g"]; out = s
s = df["f"]; s.loc[s > 0] = 1; out = s
s = df["f"]; s[df["b"]] = 0.0; out = df
out = df.sort_index()
out = df.sort_index(ascending=False)
out = df["f"].sort_index()
out = df[df["i"] > 0].sort_index(ascending=False)
out = df.sort_values("g", kind="stable").sort_index()
out = df.groupby(["b", "i"])["f"].sum().sort_index()
out = df.sort_index(ignore_index=True)
df.sort_index(inplace=True)
out = df.reindex(columns=["t", "i", "new"])
out = df.reindex(columns=["f", "new"], fill_value=0)
out = df.reindex(["i", "g"], axis=1)
out = df.reindex(df.index[::-1]) if len(df) else 0
out = df["f"].reindex(df.index[:1]) if len(df) else 0
out = df["i"].reindex([*df.index, *df.index[:1]]) if len(df) else 0
out = df.groupby("b")["f"].sum().reset_index(drop=True).reindex([1, 5, 0])
out = df.set_index("t")["f"].reindex(["b", "zz"]) if df["t"].notna().all() and len(df) else 0
out = df[["i"]].reset_index(drop=True).reindex([0, 9], fill_value=-1)
out = df["f"].combine_first(df["g"])
out = df["t"].combine_first(df["t"])
out = df[["f"]].align(df[["g", "f"]], axis=1, join="left")[1]
out = df[["f", "i"]].align(df[["g", "f"]], axis=1, join="inner")[0]
out = df["f"].align(df["g"])[1]
out = df.pipe(lambda d, n: d.head(n), 1)
out = df["f"].pipe(lambda s: s * 2)
df.insert(0, "new", 7); df["z"] = df["new"] + 1
df.insert(2, "new", df["f"] * 2)
out = df.pop("f"); df["h"] = out
df.pop("t")
del df["t"]; df["x"] = df["i"]
s = df["i"]; s[df.index[0] if len(df) else df["b"]] = 5; out = s
"""
