"""Lines of test_operations.py: lists of texts in cells."""

NATIVE = r"""
out = df["t"].str.split()
out = df["t"].str.split("x")
out = df["t"].str.split("|").str.len()
out = df["t"].str.split("b ", regex=False).str[0].isna()
out = df["t"].str.split("b").str.join("-")
out = df["t"].str.split("b").str[0:1].str.len()
out = df["t"].str.split("b").str.slice(1)
out = df["t"].str.split("x").isna()
out = df["t"].str.split("x").explode()
out = df["t"].str.split("x").explode(ignore_index=True)
out = df["t"].str.split("x").explode().value_counts()
out = df["t"].str.split("x").explode().str.strip().dropna()
out = df["i"].explode()
out = df["t"].explode(ignore_index=True)
df["w"] = df["t"].str.split(); out = df.explode("w")
df["w"] = df["t"].str.split("x"); out = df.explode("w").reset_index(drop=True)
df["w"] = df["t"].str.split("b"); out = df[df["b"]].explode("w").reset_index()
df["w"] = df["t"].str.split("x"); d = df.explode("w"); d["n"] = d.groupby("i").cumcount(); out = d[d["i"] > 1]
d = df[df["i"] > 0].sort_values("g", kind="stable"); d["w"] = d["t"].str.split("x"); out = d.explode("w")["f"].shift(1)
out = df.assign(w=df["t"].str.split("b")).explode("w", ignore_index=True).groupby("w").size()
out = df.assign(w=df["t"].str.split("b"), v=df["t"].str.split("b")).explode(["w", "v"])
out = df["t"].fillna("").groupby(df["b"]).agg(list)
out = df.assign(t=df["t"].fillna("q")).groupby("b")["t"].apply(list).explode()
out = df.assign(t=df["t"].fillna("q")).groupby("b")["t"].agg(list).str.join(" ").reset_index()
df["w"] = df["t"].str.split(); out = df.merge(df[["i", "w"]].head(2), on="i", how="left")
df["w"] = df["t"].str.split(); out = df.select_dtypes("object")
"""

# Pandas does a part, or raises.
OTHERS = r"""
df["w"] = df["t"].str.split("x"); out = df["w"].nunique()
df["w"] = df["t"].str.split("x"); out = df.drop_duplicates()
df["w"] = df["t"].str.split("x"); out = df.sort_values("w", kind="stable")
df["w"] = df["t"].str.split("x"); out = df.groupby("w").size()
df["w"] = df["t"].str.split("x"); out = df["w"] == df["w"]
df["w"] = df["t"].str.split("x"); out = pd.get_dummies(df)
df["w"] = df["t"].str.split("x"); out = df["w"].fillna("")
df["w"] = df["t"].str.split("x"); out = df.merge(df, on="w")
df["w"] = df["t"].str.split("x"); out = df["w"].str.upper()
df["w"] = df["t"].str.split("x"); out = df["w"].apply(len) if df["t"].notna().all() else 0
df["w"] = df["t"].str.split("x"); df["v"] = df["t"].str.split("b"); out = df.explode(["w", "v"])
out = df["t"].str.split("x|b").explode()
out = df["t"].str.split("")
out = df["t"].str.split("x", n=1).explode()
out = df["t"].str.split("x").str[1]
out = df["t"].str.split("x").str[-2]
out = pd.Series([["a", "b"], [], None, ["c"]]).explode()
out = pd.DataFrame({"k": [1, 2], "w": [[1, 2], []]}).explode("w")
out = df.groupby("b")["t"].agg(list)
out = df.groupby("b")["i"].agg(list).explode()
"""
