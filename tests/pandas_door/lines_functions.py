"""Lines of test_operations.py: functions of one value or one row."""

from __future__ import annotations

NATIVE = r"""
out = df["i"].apply(lambda x: x + 1) if len(df) else 0
out = df["i"].map(lambda x: x * 2 - 1) if len(df) else 0
out = df["i"].apply(lambda x: x / 4) if len(df) else 0
out = df["i"].apply(lambda x: x // 2 + x % 3) if len(df) else 0
out = df["i"].apply(lambda x: x ** 2) if len(df) else 0
out = df["f"].apply(lambda x: x ** 2) if len(df) else 0
out = df["f"].apply(lambda x: -x if x < 0 else x) if len(df) else 0
out = df["f"].apply(lambda x: 1 if x > 0 else 0) if len(df) else 0
out = df["i"].apply(lambda x: 1 if x > 0 else 0.5) if len(df) else 0
out = df["i"].apply(lambda x: x if x > -100 else 0.5) if len(df) else 0
out = df["i"].apply(lambda x: None if x < 0 else x) if len(df) else 0
out = df["i"].apply(lambda x: np.nan if x < 0 else 1.5) if len(df) else 0
out = df["i"].apply(lambda x: "high" if x > 2 else "low") if len(df) else 0
out = df["i"].apply(lambda x: "high" if x > 2 else ("middle" if x > 0 else "low")) if len(df) else 0
out = df["i"].apply(lambda x: x > 1 and x < 5) if len(df) else 0
out = df["i"].apply(lambda x: not (x > 1 or x == -7)) if len(df) else 0
out = df["i"].apply(lambda x: 0 < x <= 3) if len(df) else 0
out = df["f"].apply(lambda x: x == x and x != 1.5) if len(df) else 0
out = df["i"].apply(lambda x: x in (3, 5, 7)) if len(df) else 0
names = {3: "three", 7: "seven", 5: "five"}; out = df["i"].apply(lambda x: names.get(x, "other")) if len(df) else 0
sizes = {3: 1, 7: 2, 5: 4}; out = df["i"].map(lambda x: sizes.get(x)) if len(df) and (df["i"] > 2).any() else 0
sizes = {value: value + 1 for value in range(-9, 9)}; out = df["i"].map(lambda x: sizes[x]) if len(df) else 0
out = df["i"].apply(lambda x: f"<{x}>") if len(df) else 0
out = df["i"].apply(str) if len(df) else 0
out = df["i"].apply(float) if len(df) else 0
out = df["f"].fillna(1.7).apply(int) if len(df) else 0
out = df["f"].fillna(2.5).apply(round) if len(df) else 0
out = df["f"].fillna(2.5).apply(lambda x: max(x, 1.0) - min(x, 0.0)) if len(df) else 0
out = df["f"].apply(np.log1p)
out = df["f"].apply(abs) if len(df) else 0
out = df["g"].fillna(4).apply(lambda x: np.sqrt(x)) if len(df) else 0
out = df["t"].fillna("x").apply(len) if len(df) else 0
out = df["t"].fillna("x").apply(lambda t: t.strip().replace("b", "c") + "!") if len(df) else 0
out = df["i"].astype(str).apply(str.upper) if len(df) else 0
out = df["i"].astype(str).apply(lambda t: t.lower().startswith("-")) if len(df) else 0
out = df["i"].astype(str).apply(lambda t: int(t) + len(t)) if len(df) else 0
out = df["t"].fillna("xyz").apply(lambda t: t[:2] + "_") if len(df) else 0
out = df["t"].apply(lambda t: "b" in t if isinstance(t, str) else False) if len(df) else 0
out = df["t"].apply(lambda t: "none" if pd.isna(t) else t) if len(df) else 0
out = df["t"].apply(lambda t: 1 if t == "b" else 0) if len(df) else 0
out = df["t"].fillna("xyz").apply(lambda t: t.split("b")[0]) if len(df) else 0
out = df["t"].fillna("xyz").apply(lambda t: t.split("b")[-1].strip()) if len(df) else 0
out = df["t"].fillna("xyz").apply(lambda t: len(t.split())) if len(df) else 0
out = df["t"].fillna("xyz").apply(lambda t: len(t.split("a", 1)) + t.count("a")) if len(df) else 0
out = df["t"].fillna("x y z").apply(lambda t: t.split(" ", 1)[1] if " " in t else "none") if len(df) else 0
out = df["t"].fillna("x,y").apply(lambda t: "y" in t.split(",")) if len(df) else 0
out = df["i"].astype(str).apply(lambda t: t.split("-")[0] if not t.split("-")[0].isdigit() else "X") if len(df) else 0
out = df["i"].astype(str).apply(lambda t: t.isalnum() or t.isalpha() or t.isspace()) if len(df) else 0
out = df["b"].apply(lambda b: "yes" if b else "no") if len(df) else 0
limit = 2; out = df["i"].apply(lambda x: x > limit) if len(df) else 0
out = df["i"].apply(lambda x, k: x + k, args=(5,)) if len(df) else 0
out = df.apply(lambda row: row["i"] + row["s"], axis=1) if len(df) else 0
out = df.apply(lambda row: row["f"] if row["i"] > 0 else row["g"], axis=1) if len(df) else 0
out = df.apply(lambda row: f"{row['i']}-{row['s']}", axis=1) if len(df) else 0
out = df.apply(lambda row: "both" if row["b"] and row["i"] > 0 else "not", axis=1) if len(df) else 0
out = df[["f", "i"]].apply(lambda row: row.f / row.i, axis=1) if len(df) else 0
out = df[["i", "s"]].astype("int64").apply(lambda row: row["i"] * row["s"], axis=1) if len(df) else 0
out = df[["i", "f"]].apply(lambda row: row["i"] + 1, axis=1) if len(df) else 0
f = lambda x: (x, "y")[0]; out = df["i"].apply(lambda x: x + 1).tolist() if len(df) else 0
df["x"] = df["i"].apply(lambda x: x * 2) if len(df) else 0; out = df[df["x"] > 2]
out = df[["f", "g"]].apply(lambda column: column.fillna(column.mean())) if len(df) else 0
out = df[["f", "g"]].apply(lambda column: column.max() - column.min()) if len(df) else 0
out = df[["i", "s"]].map(lambda x: x + 1) if len(df) else 0
"""
