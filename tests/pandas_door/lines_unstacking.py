"""Lines of test_operations.py: levels of the index as columns and back, and values of all columns of a row."""

NATIVE = r"""
out = df.groupby(["b", "i"]).size().unstack(fill_value=0)
out = df.groupby(["i", "b"]).size().unstack(0)
out = df.groupby(["b", "i"])["f"].mean().unstack()
out = df.groupby(["b", "i"])["f"].mean().unstack("b")
out = df.groupby(["b", "i"])["f"].mean().unstack(level=0, fill_value=-1)
out = df.groupby(["b", "i", "s"])["f"].sum().unstack()
out = df.groupby(["b", "i", "s"])["f"].max().unstack(1, fill_value=0)
out = df.groupby(["b", "s"])[["f", "i"]].max().unstack()
out = df.groupby(["b", "s"])[["f", "i"]].max().unstack(fill_value=0).reset_index()
out = df.groupby(["b", "i"], sort=False).size().unstack()
out = df.groupby(["i", "b"], sort=False)["f"].sum().unstack(0)
out = df.groupby(["i", "s"], sort=False)[["f", "g"]].max().unstack()
out = df.set_index(["i", "s"])["f"].unstack()
out = df.set_index(["i", "s"])["b"].unstack(fill_value=False)
out = df.set_index(["i", "s"])[["f", "t"]].unstack()
u = df.groupby(["b", "i"]).size().unstack(fill_value=0); out = u.columns
u = df.groupby(["b", "i"])["f"].sum().unstack(); c = list(u.columns); out = u[c[0]] * 2
u = df.groupby(["b", "i"])["f"].sum().unstack(); c = list(u.columns); out = u[c[:1]]
u = df.groupby(["b", "i"])["f"].sum().unstack(); c = list(u.columns); out = u[u[c[0]] > 0]
u = df.groupby(["b", "i"]).size().unstack(fill_value=0); u[99] = 1; out = u.fillna(0).astype(int)
u = df.groupby(["s", "i"]).size().unstack(); u.columns = [f"n_{c}" for c in u.columns]; out = u.reset_index()
u = df.groupby(["s", "i"]).size().unstack(fill_value=0).add_prefix("n_"); out = u.reset_index()
u = df.groupby(["b", "i"]).size().unstack(fill_value=0); out = u / 2 + 1
u = df.groupby(["b", "i"]).size().unstack(fill_value=0); out = u.div(u.sum(axis=1), axis=0)
u = df.groupby(["b", "i"]).size().unstack(fill_value=0); out = u.rename(columns={u.columns[0]: 77})
out = df.groupby(["b", "i"]).size().unstack(fill_value=0).rename_axis(columns=None)
out = df.groupby(["s", "i"]).size().unstack(fill_value=0).add_prefix("n_").rename_axis(None, axis=1).reset_index()
out = df.add_prefix("x_")
out = df.add_suffix("_x")
out = df.set_index("i").rename_axis("z")
out = df.set_index(["i", "b"]).rename_axis(["z", "y"])
out = df[["i", "f"]].stack()
out = df[["t"]].stack()
out = df[["f", "g"]].stack().dropna()
out = df.set_index(["i", "b"])[["f", "s"]].stack()
out = df.groupby("b")[["f", "g"]].mean().stack()
out = df[["i", "f"]].stack().groupby(level=1).mean()
out = df[["i", "f"]].sum(axis=1)
out = df[["i", "s"]].sum(axis=1)
out = df[["f", "g"]].mean(axis=1)
out = df[["f", "g", "i"]].mean(axis="columns")
out = df[["f", "g", "s"]].min(axis=1)
out = df[["i", "s"]].max(axis=1)
out = df[["s"]].max(axis=1)
out = df[["f", "g", "s"]].std(axis=1)
out = df[["f", "g", "s"]].var(axis=1)
out = df.count(axis=1)
out = df.isna().sum(axis=1)
out = df.isna().mean(axis=1)
out = df.isna().any(axis=1)
out = df[df.notna().all(axis=1)]
out = df[["i", "f"]].div(df["g"], axis=0)
out = df[["i", "f"]].sub(df[["i", "f"]].mean(axis=1), axis="index")
out = df[["i", "f"]].gt(df["g"], axis=0)
df["x"] = df[["f", "g"]].sum(axis=1) / df[["f", "g"]].max(axis=1)
"""

# Pandas does a part, or raises.
OTHERS = r"""
out = df.groupby(["t", "i"])["f"].mean().unstack(fill_value=0)
out = df.groupby(["b", "i", "t"])["s"].max().unstack(1)
out = df.groupby(["i", "t"], sort=False)["f"].sum().unstack()
out = df.groupby(["s", "b", "i"], sort=False)["f"].sum().unstack()
out = df.groupby(["i", "b"])["f"].sum().head(2).unstack()
d = df.groupby(["i", "b"])["f"].sum(); out = d[d > 0].unstack()
out = df.groupby(["i", "b"], sort=False)["f"].sum().sort_values(kind="stable").unstack()
out = df[df["i"] > 0].set_index(["i", "s"])["f"].unstack()
out = df.set_index(["i", "b"])["f"].unstack()
out = df.set_index(["i", "s"])["b"].unstack()
out = df.groupby(["b", "t"]).size().unstack(fill_value=0.5)
u = df.groupby(["b", "i"]).size().unstack(); u["x"] = 1; out = u
u = df.groupby(["i", "b"])["f"].sum().unstack(); c = list(u.columns); out = u[u[c[0]] > 0]
u = df.groupby(["b", "i"]).size().unstack(fill_value=0); u.columns.name = None; out = u + 1
u = df.groupby(["b", "i"]).size().unstack(fill_value=0); u.fillna(7, inplace=True); out = u
u = df.groupby(["b", "t"]).size().unstack(fill_value=0); out = u.T
u = df.groupby(["b", "t"]).size().unstack(fill_value=0); out = u.sum()
u = df.groupby(["b", "t"]).size().unstack(fill_value=0); out = u - u.mean()
u = df.groupby(["b", "t"]).size().unstack(fill_value=0); out = u.merge(df[["b", "f"]], left_index=True, right_on="b")
u = df.groupby(["b", "t"]).size().unstack(fill_value=0); out = u.stack()
out = df.groupby(["t", "b"]).size().unstack(fill_value=0).rename_axis(None, axis=1).reset_index()
out = df.groupby("b")[["f", "g"]].agg(["mean", "max"]).stack()
out = df[["s", "i"]].stack().reset_index()
out = df[["b", "i"]].stack()
out = df["f"].unstack()
out = df.sum(axis=1, numeric_only=True)
out = df[["b", "i"]].sum(axis=1)
out = df.sum(axis=1)
out = df[["f", "g"]].median(axis=1)
out = df[["f", "g"]].std(axis=1, ddof=0)
"""
