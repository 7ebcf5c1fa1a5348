r"""Lines of test_operations.py: texts."""

from __future__ import annotations

NATIVE = r"""
out = df["t"].str.contains("x|b", na=False)
out = df["t"].str.contains("^[a-c]+$", na=False)
out = df["t"].str.contains("X", case=False, na=False)
out = df["t"].str.contains(".", regex=False, na=False)
out = df["t"].fillna("q1").str.contains(r"\d")
out = df["t"].fillna("q1").str.match("[xq]")
out = df["t"].fillna("q1").str.fullmatch(r"\w+")
out = df["t"].fillna("q1").str.fullmatch(r"[a-z]\d?|zz")
out = df["t"].str.count("x")
out = df["t"].fillna("x").str.count("[a-x]")
out = df["t"].str.replace("b", "long")
out = df["t"].str.replace("[^a-z]", "", regex=True)
out = df["t"].str.replace(r"(x)\w", "", regex=True)
out = df["t"].str.replace("'", "")
out = df["t"].str.extract("([a-w])")
out = df["t"].str.extract("([a-x])(.?)", expand=True)
out = df["t"].str.extract("(?P<first>[a-x])", expand=False)
out = df["t"].str.extract(r"(\d+)", expand=False).isna()
out = df["t"].str.get(0)
out = df["t"].str.get(-1)
out = df["t"].str.get(1)
out = df["t"].str[0]
out = df["t"].str[:2]
out = df["t"].str[1:]
out = df["t"].str[-2:]
out = df["t"].str[:-1]
out = df["t"].str[1:-1]
out = df["t"].str.slice(1, 2)
out = df["t"].str.slice(2, 1)
out = df["t"].str.zfill(3)
out = df["i"].astype(str).str.zfill(4)
out = df["t"].str.pad(3)
out = df["t"].str.pad(2, side="right", fillchar="*")
out = df["t"].str.cat(df["t"])
out = df["t"].str.cat(df["i"].astype(str), sep="-")
out = df["t"].str.startswith(("x", "b"), na=False)
out = df["t"].str.endswith("b", na=False)
out = df["t"][df["t"].notna()].str.split("'", expand=True) if df["t"].notna().any() else 0
out = df["t"].str.upper() if df["t"].notna().any() else 0
out = df["t"].fillna("a b").str.title() if len(df) else 0
out = df["t"].str.ljust(3, "_") if len(df) else 0
out = df["t"].fillna("q").str.isalpha() if len(df) else 0
out = df["t"].str.swapcase().str.strip() if len(df) else 0
out = df["t"].str.find("b") if len(df) else 0
out = df["t"].str.replace(r"(.)\1", "", regex=True) if len(df) else 0
out = df["t"].str.extract("(a)?(b)?") if len(df) else 0
out = df["t"].str.repeat(2) if len(df) else 0
df["x"] = df["t"].str.casefold() if len(df) else "b"; out = df[df["x"] == "b"]
"""
