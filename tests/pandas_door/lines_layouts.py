"""Lines of test_operations.py: rows that pandas lays out by their labels."""

# How some of them begin: an index of floats, of times, and of several levels, and a frame of other rows.
_TIMES = (
    'd = df.assign(w=pd.to_datetime("2020-01-31") + pd.to_timedelta(np.arange(len(df)), unit="D")).set_index("w"); '
)
_LEVELS = 'm = df.assign(n=np.arange(len(df))).set_index(["b", "n"]); '
_FLOATS = 'x = df.assign(n=np.arange(len(df)) + 0.5).set_index("n"); '
_OTHER = 'r = pd.DataFrame({"i": [3, 5, 5, 9], "v": [10, 20, 30, 40], "c": [True, False, True, False]}); '

_BY_TIMES = """
out = d.loc[d.index[1]]
out = d.loc["2020-02"]
out = d.loc["2020-02-01":]
out = d["2020-02-01":]
out = d["i"].loc["2020-02-01":]
out = d.truncate(before="2020-02-01")
out = d["i"].truncate(after="2020-02-01")
out = d.tz_localize("UTC")
out = d["i"].tz_localize("UTC").tz_convert("Europe/Berlin")
out = d.tz_localize("UTC").tz_convert("Europe/Berlin").reset_index()
out = d.to_period("D")["i"].to_timestamp()
out = d["i"].to_period("D").to_frame().to_timestamp()
out = d.asfreq("12h")
out = d["f"].asfreq("12h")
out = d.at_time("00:00")
out = d["i"].at_time("00:00")
out = d.between_time("00:00", "12:00")
out = d["i"].between_time("00:00", "12:00")
out = d.shift(1, freq="D")
out = d.sort_index().reindex(d.index[::2])
a, b = d.align(d.iloc[1:]); out = b
a, b = d.align(d.iloc[1:][["i"]], join="inner"); out = a
a, b = d["i"].align(d["f"].iloc[2:]); out = b
out = d[["i", "f"]] + d[["i", "f"]].iloc[1:]
out = d[["i"]] + d[["i", "f"]].iloc[1:]
out = d["i"] * d["i"].iloc[1:]
out = d["i"].add(d["i"].iloc[1:], fill_value=0)
out = d[["f"]].fillna(d[["i", "f"]].iloc[1:] * 2.0)
out = d["f"].fillna(d["i"].iloc[1:] * 2.0)
out = d[["i", "f"]].isin(d[["i", "f"]].iloc[1:])
out = d[["i", "f"]].where(d[["i", "f"]] > 1, d[["i", "f"]].iloc[::-1])
out = d[["i", "f"]].add(d["i"].iloc[1:], axis=0)
d["z"] = d["f"].iloc[2:]; out = d
d["z"] = d["b"].iloc[2:]; out = d
"""

_BY_LEVELS = """
out = m.xs(True)
out = m.xs(True, drop_level=False)
out = m.xs(0, level="n")
out = m["f"].xs(0, level="n")
out = m.droplevel(0)
out = m["f"].droplevel(0)
out = m.swaplevel()
out = m["f"].swaplevel()
out = m.reorder_levels([1, 0])
out = m["f"].reorder_levels([1, 0])
out = m.sort_index(level=1, ascending=False)
out = m.loc[True]
out = m.loc[[True], "f"]
out = m["f"].loc[True]
out = m.drop(0, level="n")
out = m["f"].drop(0, level="n")
out = m.unstack()
out = m["f"].unstack(0)
out = m["i"].unstack(sort=False)
out = m[["i", "g"]].unstack(0)
out = m["f"] + m["f"].iloc[1:]
out = m.join(m[["i"]].iloc[1:].rename(columns={"i": "q"}), how="outer")
out = pd.concat([m[["i"]], m[["f"]].iloc[1:]], axis=1)
out = pd.concat([m, m.iloc[1:]], keys=[("x", 1), ("y", 2)])
"""

_BY_FLOATS = """
out = x.loc[1.5:]
out = x.loc[[0.5, 1.5]] if len(x) > 1 else x
out = x.reindex([0.5, 7.5])
out = x["b"].reindex([0.5, 7.5])
out = x.sort_index().reindex([0.75, 1.75], method="ffill")
out = x.drop(0.5, errors="ignore")
out = x.add_prefix("x", axis=0)
out = x["i"].add_suffix("y")
out = x["i"].add_prefix("y")
out = x.filter(items=[0.5], axis=0)
out = x["i"].filter(items=[0.5])
out = x.set_axis(x.index * 2)
out = x["i"].set_axis(x.index * 2)
out = x["i"].xs(0.5) if len(x) else x
out = x.set_index(["t", x["f"]])
out = x.set_index("t", append=True)
out = x == x.copy()
out = df[["i", "f"]] - df[["f", "i"]].mean()
out = df[["i", "f"]] * df[["f", "g"]].max()
out = df[["i", "f", "g"]] / pd.Series([2, 4], index=["f", "i"])
out = df[["i", "g"]].sub(pd.Series([1.5, np.nan], index=["i", "g"]))
out = df[["i", "s"]].astype("int64") // pd.Series([2, 3], index=["i", "s"])
out = x[["i", "s"]] * x[["i", "s"]].iloc[1:]
"""

_BY_ROWS = """
out = df.rename(index=lambda label: label * 2)
out = df["i"].rename(lambda label: label * 2)
out = df.filter(cond=[True] * len(df))
out = df.set_index(np.arange(len(df)) * 1.5)
out = df.loc[[label for label in df.index if label]]
out = df.iloc[(number for number in [0])] if len(df) else df
out = df.select_dtypes(["number"])
out = df[["i"]].select_dtypes("object")
out = df.melt(id_vars="t", value_vars=["i", "f"], ignore_index=False)
out = df.melt(id_vars=["t"], value_vars=["i", "f"], var_name=3)
out = df.rename(columns={"i": ("a", 1), "s": ("a", 2)})[[("a", 1), ("a", 2)]].melt()
e = pd.DataFrame(); e["a"] = [1, 2]; e["b"] = ["x", "y"]; out = e
d = df.copy(); d["i"] = df[["f"]]; out = d
"""

_CONCATENATED = """
out = pd.concat([df["i"], df["t"]])
out = pd.concat([df["i"], df["b"]], ignore_index=True)
out = pd.concat([df, df["i"]])
out = pd.concat([df[["b"]], df[["t"]]])
out = pd.concat([df[["b"]], df[["f"]]], keys=["x", "y"], names=["k", "l"])
out = pd.concat([df[["i"]], df[["f"]].astype("category")])
out = pd.concat({"x": df, "y": df.rename(columns={"i": "j"})}, axis=1)
out = pd.concat([df, df], axis=1)
out = pd.concat([df["i"], df["f"].rename(None)], axis=1)
out = pd.concat([df.iloc[1:], df.iloc[:2]], axis=1, sort=True)
out = pd.concat([df.iloc[1:], df.iloc[:2]], axis=1, join="inner")
out = pd.concat(part for part in [df, df])
out = pd.concat([df, df.iloc[:0].rename(columns={"i": "j"})])
"""

_MATCHED = """
out = df.merge(r, on="i", how="right", sort=True)
out = df.merge(r, on="i", how="outer", indicator="where")
out = df.merge(r, on="i", how="left", validate="m:m")
out = df.merge(r, on="i", how="left_anti")
out = df.merge(r[["i", "c"]], on="i", how="left")
out = df.merge(r[["v", "c"]], left_on="f", right_on="v", how="outer")
out = df.merge(r[["v"]], left_on="i", right_index=True, how="outer")
out = df.merge(r[["v"]], left_index=True, right_on="v", how="left")
out = df.set_index("i").join(r.set_index("i"), how="outer")
out = df.join(r.set_index("i"), on="i", how="outer")
out = df.join(r[["v"]], how="outer", sort=True)
out = df[["i", "f"]].join([r[["v"]], r["c"]])
out = pd.merge_asof(df.sort_values("i", kind="stable"), r, on="i")
out = pd.merge_asof(df.sort_values("i", kind="stable"), r, on="i", direction="nearest", tolerance=2)
"""


def _lines(start: str, lines: str) -> list[str]:
    return [f"{start}{line}" for line in lines.strip().splitlines()]


NATIVE = "\n".join(
    [
        *_lines(_TIMES, _BY_TIMES),
        *_lines(_LEVELS, _BY_LEVELS),
        *_lines(_FLOATS, _BY_FLOATS),
        *_lines("", _BY_ROWS),
        *_lines("", _CONCATENATED),
        *_lines(_OTHER, _MATCHED),
    ]
)
