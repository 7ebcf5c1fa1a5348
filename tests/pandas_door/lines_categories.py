"""Lines of test_operations.py: categories."""

from __future__ import annotations

NATIVE = """
df["t"] = df["t"].astype("category")
df["i"] = df["i"].astype("category"); df["x"] = df["i"].cat.codes
df["f"] = df["f"].astype("category"); out = df[df["b"]]
out = df["t"].astype("category").cat.codes
out = df["b"].astype("category").cat.codes
out = df["t"].astype("category").cat.categories
out = df["t"].astype("category").cat.as_ordered()
out = df["t"].astype("category").cat.as_unordered().isna()
out = df["t"].astype("category").cat.add_categories(["zz"])
out = df["t"].astype("category").cat.rename_categories(lambda one: one + "!")
out = df["t"].astype("category") == "b"
out = df["t"].astype("category") != "nothing"
out = df["t"].astype("category").notna()
out = df["t"].astype("category").astype(object) if len(df) else 0
out = df["i"].astype("category").astype(int) if len(df) else 0
out = df.astype({"t": "category", "i": "float32"})
out = df[["t", "b"]].astype("category")
c = df.astype({"t": "category"}); out = c.sort_values("t", kind="stable")
c = df.astype({"t": "category"}); out = c.select_dtypes("category")
c = df.astype({"t": "category"}); out = c.select_dtypes(exclude="category")
c = df.astype({"t": "category"}); out = c.iloc[::-1]
c = df.astype({"t": "category"}); out = c.dtypes
c = df.astype({"t": "category"}); c["t"] = c["t"].cat.codes; out = c
c = df["t"].astype("category"); out = c.dtype == "category"
df["x"] = pd.Categorical(df["t"]) if len(df) else 0
df["x"] = pd.Categorical(df["t"]).codes if len(df) else 0
df["x"] = pd.Categorical(df["t"], categories=["b", "x", "a"], ordered=True) if len(df) else 0; out = df
df["x"] = df["t"].astype(pd.CategoricalDtype(["b", "x", "a"], ordered=True)); out = df[df["x"] < "x"]
df["x"] = pd.factorize(df["t"])[0] if len(df) else 0
df["x"], u = pd.factorize(df["i"], sort=True) if len(df) else (0, 0); out = df
out = df["t"].factorize()[1] if len(df) else 0
df["x"] = df["f"].factorize()[0] if len(df) else 0
df["x"] = [str(place % 40) for place in range(len(df))] if len(df) else "a"; out = df["x"].astype("category")
c = df.assign(c=df["t"].astype("category")); out = c.groupby("c")["f"].mean()
c = df.assign(c=df["t"].astype("category")); out = c.groupby(["c", "b"])[["i", "f"]].agg(["max", "count"])
c = df.assign(c=df["t"].astype("category")); out = c.groupby("c", observed=True).size()
c = df.assign(c=df["t"].astype("category")); out = c.groupby("c", sort=False)["f"].max()
c = df.assign(c=df["t"].astype("category")); out = c.groupby("c", as_index=False)["f"].max()
c = df.assign(c=df["i"].astype("category")); out = c.groupby("c")["f"].transform("mean")
c = df.assign(c=df["t"].astype("category")); out = c.groupby("c")["f"].cumsum()
c = df.assign(c=df["b"].astype("category")); out = c.groupby("c").cumcount()
"""
