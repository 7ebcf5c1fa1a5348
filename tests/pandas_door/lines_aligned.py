"""Lines of test_operations.py: arithmetic of other rows, by their labels."""

NATIVE = r"""
out = df["f"] + df[df["i"] > 0]["f"]
out = df[df["i"] > 0]["f"] - df["g"]
out = df[df["i"] > 0]["i"] * df["i"]
out = df[df["i"] > 0]["i"] / df["s"]
out = df[df["i"] > 0]["t"] + df["t"]
out = df.sort_values("g", kind="stable")["f"] + df["g"]
out = df.sort_values("i", kind="stable")["i"] + df["i"]
out = df["i"] + df.sort_values("i", kind="stable")["i"]
out = df["f"].add(df[df["i"] > 0]["f"], fill_value=0)
out = df["i"].sub(df[df["i"] > 0]["i"], fill_value=1)
out = df["f"].mul(df["g"], fill_value=2)
out = df["f"].add(1, fill_value=5)
out = df["f"].rsub(df["g"], fill_value=5)
out = df["f"].div(df.head(2)["g"].rename("q"))
out = df.groupby("t")["f"].sum() / df.groupby("t")["g"].sum()
out = df.groupby("i")["f"].mean() - df[df["b"]].groupby("i")["f"].mean()
out = df["t"].value_counts().add(df[df["b"]]["t"].value_counts(), fill_value=0)
out = df["t"].value_counts() + df[df["b"]]["t"].value_counts()
d = df.reset_index(drop=True); out = d["f"] + d.head(2).reset_index(drop=True)["f"]
d = df.reset_index(drop=True); x = d["f"] + d.head(2).reset_index(drop=True)["f"]; out = x.fillna(0).sum()
d = df.reset_index(drop=True); d["x"] = d["f"] + d.head(2)["f"]; out = d
out = df[["f", "g"]] + df[["g", "i"]]
out = df[["f", "g"]] + df[df["i"] > 0][["f", "g"]]
out = df[["i", "g"]] - df[df["i"] > 0][["g", "i"]]
out = df[["i", "g"]].add(df[df["i"] > 0][["g", "f"]], fill_value=0)
out = df[["i", "g"]].mul(df[["g", "f"]], fill_value=1)
out = df["s"] + df[df["i"] > 0]["s"]
out = np.add(df["f"], df[df["i"] > 0]["f"])
out = df.groupby("b")["f"].sum() / df.groupby("b").size()
out = df.groupby(["b", "i"])["f"].sum() / df.groupby(["b", "i"])["g"].count()
out = df.groupby(["b", "i"])[["f", "g"]].sum() - df.groupby(["b", "i"])[["f", "g"]].mean()
out = df.groupby("b")[["f", "g"]].sum() - df.groupby("b")[["g", "f"]].mean()
"""

# Pandas does a part, or raises.
OTHERS = r"""
out = df[["i", "g"]] * df[["f", "s"]]
out = df[["i"]] < df[["f"]]
out = df["f"] < df[df["i"] > 0]["f"]
out = df["b"] & df[df["i"] > 0]["b"]
out = df["f"] + df.set_index("t")["f"]
out = df["b"] + df[df["i"] > 0]["b"]
out = df["f"] + df[df["i"] > 100]["f"]
out = df["f"] // df[df["i"] > 0]["f"]
out = df.groupby(["b", "i"])["f"].sum() / df.groupby("b")["f"].sum()
out = df.groupby(["b", "i"])["f"].sum() / df[df["i"] > 0].groupby(["b", "i"])["g"].count()
out = df["f"].add(df[df["i"] > 0]["f"], fill_value=np.nan)
"""
