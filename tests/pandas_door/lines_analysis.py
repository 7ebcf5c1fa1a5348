"""Lines of test_operations.py: what scripts of data analysis write: arrays set in rows, bins of time, tables of groups."""

from __future__ import annotations

_WHEN = 'df["d"] = pd.to_datetime(df["i"] * 86_400, unit="s"); '

_SETTING = """
df["g"] = 0.0; df.loc[df.index[LAST], "g"] = np.arange(len(df.index[LAST])) * 1.0; out = df
df.loc[df.index[LAST], "f"] = np.arange(len(df.index[LAST])); out = df
df.loc[list(df.index[LAST]), "i"] = np.arange(len(df.index[LAST])); out = df
df.iloc[PLACES, 2] = np.arange(len(df.iloc[PLACES])) / 2; out = df
df.iloc[PLACES, 0] = np.arange(len(df.iloc[PLACES])); out = df
s = df["f"].copy(); s.iloc[PLACES] = np.arange(len(df.iloc[PLACES])) / 2; out = s
s = df["i"].copy(); s.iloc[PLACES] = np.arange(len(df.iloc[PLACES])); out = s
s = df["f"].copy(); s.loc[df.index[LAST]] = np.array([np.nan] * len(df.index[LAST])); out = s
s = df["b"].copy(); s.iloc[np.array([-1, 0])] = np.array([True, False]); out = s
s = df["f"].copy(); s.iloc[[0, 1, 0]] = np.array([1.0, 2.0, 3.0]); out = s
o = pd.Series(0.0, index=df.index); o.iloc[[0]] = np.array([2.5]); o.iloc[[-1]] = np.array([3.5]); out = o
"""
_BINS = """
out = df.resample("MS", on="d")["i"].sum()
out = df.set_index("d")["f"].resample("W").mean()
out = df.set_index("d").groupby("b")["i"].resample("D").max()
"""
NATIVE = _SETTING.replace("LAST", "-2:").replace("PLACES", "[-1, 0]")
NATIVE += "\n".join(_WHEN + line for line in _BINS.strip().splitlines())
OTHERS = """
df["d"] = pd.to_datetime(df["i"] * 86_400, unit="s"); out = df.groupby("b").resample("D", on="d")["i"].max()
df.loc[df.index[-2:], "new"] = np.arange(len(df.index[-2:])) * 1.0; out = df
df.iloc[[0, 99], 2] = np.array([1.0, 2.0]); out = df
df.iloc[[0, 1], 2] = np.array([1.0]); out = df
df.loc[[0, 99], "f"] = np.array([1.0, 2.0]); out = df
df.iloc[[0, 1], 0] = np.array([1.5, 2.5]); out = df
df.iloc[[0, 1], 1] = np.array([1, 2]); out = df
df.iloc[[0, 1], 5] = np.array([1, 2]); out = df
df.iloc[[0, 1], [1, 2]] = np.array([[1, 2], [3, 4]]); out = df
df["i"] = 1; d = df.set_index("i"); d.loc[[1], "f"] = np.array([1.0]); out = d
"""
