"""Lines of test_operations.py: times and spans of time, numbers of texts."""

from __future__ import annotations

_WHEN = """{3: "2020-02-29 13:14:15", -7: "1969-12-31 23:59:59", 0: "2021-01-01 00:00:00", 2: "2024-12-30 12:00:00"}"""
_TIMES = (
    f'd = pd.to_datetime(df["i"].map({_WHEN}).fillna("1900-03-31 06:07:08"))'
    ' if len(df) else pd.to_datetime(df["i"], unit="s"); e = d.where(df["i"] > 0)'
)
_LINES = """
out = d.dt.date
out = e.dt.date
out = d.dt.time
out = e.dt.time
out = e.dt.ceil("D")
out = d.dt.ceil("6h")
out = d.dt.floor("15min")
out = e.dt.round("D")
out = d.dt.round("h")
out = (d.dt.normalize() + pd.Timedelta(hours=12)).dt.round("D")
out = d.dt.nanosecond
out = d.dt.strftime("%y %j %B %b %A %a %I %p %f")
out = (d - pd.Timestamp("2000-01-01")).dt.microseconds
out = (d - pd.Timestamp("2000-01-01")).dt.nanoseconds
df["d"] = d.dt.date; out = df.groupby("d").size()
df["d"] = d.dt.date; out = df.groupby(["b", "d"])["f"].mean().reset_index()
df["d"] = e.dt.date; out = df.groupby("d")["f"].count()
df["d"] = d.dt.date; out = df["d"].value_counts()
df["d"] = d.dt.date; out = df["d"].unique()
df["d"] = d.dt.date; out = df.sort_values(["d", "i"]).drop_duplicates("d")
df["d"] = d.dt.date; out = df.merge(df[["d", "f"]].head(3), on="d")
df["d"] = d.dt.date; import datetime; out = df[df["d"] >= datetime.date(2000, 1, 1)]
df["d"] = d.dt.date; out = df["d"] != df["d"].shift(0)
out = d
out = e
out = d.dt.year
out = e.dt.year
out = d.dt.month
out = d.dt.day
out = e.dt.hour
out = d.dt.minute
out = d.dt.second
out = d.dt.microsecond
out = d.dt.dayofweek
out = e.dt.weekday
out = d.dt.day_of_week
out = d.dt.dayofyear
out = d.dt.day_of_year
out = d.dt.quarter
out = d.dt.days_in_month
out = d.dt.daysinmonth
out = d.dt.is_month_start
out = e.dt.is_month_end
out = d.dt.is_quarter_start
out = d.dt.is_quarter_end
out = d.dt.is_year_start
out = d.dt.is_year_end
out = d.dt.is_leap_year
out = d.dt.normalize()
out = e.dt.floor("D")
out = d.dt.floor("h")
out = d.dt.floor("min")
out = d.dt.strftime("%Y-%m")
out = e.dt.strftime("%d/%m/%Y %H:%M:%S")
out = d.dt.day_name()
out = e.dt.month_name()
out = d.dt.isocalendar().week.astype(int)
out = d.dt.isocalendar()["year"].astype("int64")
out = d.dt.isocalendar().day.astype("int32")
out = d - e
out = d - d.dt.normalize()
out = (d - e).dt.days
out = (d - pd.Timestamp("2020-01-01")).dt.days
out = (pd.Timestamp("2020-01-01 12:00") - d).dt.days
out = (d - pd.Timestamp("2020-01-01")).dt.seconds
out = (e - pd.Timestamp("2020-01-01")).dt.total_seconds()
out = (d - pd.Timestamp("2020-01-01")) / np.timedelta64(1, "D")
out = (d - pd.Timestamp("2020-01-01")) / pd.Timedelta(days=1)
out = (d - pd.Timestamp("2020-01-01")) > pd.Timedelta(days=1)
out = (d - e) + (d - e)
out = d + pd.Timedelta(days=1)
out = e - pd.Timedelta("1h")
out = d + np.timedelta64(1, "D")
out = d - pd.to_timedelta(df["i"] * 2, unit="s")
out = pd.to_timedelta(df["i"], unit="D")
out = d + pd.to_timedelta(df["i"], unit="h")
out = d > "2020-01-01"
out = e >= pd.Timestamp("2020-01-01")
out = d == e
out = e != "2020-02-29 13:14:15"
out = df[d < "2021-01-01"]
out = d.between("2019-01-01", "2023-01-01")
out = d.isna()
out = e.notna()
out = d.min() if len(df) else 0
out = str(e.max())
out = (d - pd.Timestamp("2020-01-01")).max() if len(df) else 0
out = (d - d.min()).dt.days if len(df) else 0
out = d.astype("int64")
out = d.astype("datetime64[ns]")
out = d.astype("datetime64[ns]").dt.hour
out = d.astype("datetime64[ns]").dt.normalize()
out = pd.to_datetime(d)
df["d"] = d; df["y"] = df["d"].dt.year; out = df.sort_values("d", kind="stable")
df["d"] = e; out = df[df["d"].notna()].iloc[::-1]
df["d"] = e; out = df.groupby("b")["d"].max()
out = pd.to_datetime(df["i"], unit="D")
out = pd.to_datetime(df["i"], unit="ms")
out = pd.to_datetime(df["i"].map({3: "2020-02-29", -7: "1969-12-31"})) if len(df) == 5 else 0
out = pd.to_datetime(df["i"].map({3: "29/02/2020", -7: "31/12/1969"}), format="%d/%m/%Y") if len(df) == 5 else 0
out = pd.to_datetime(df["t"], errors="coerce", format="%Y") if len(df) == 5 else 0
out = pd.to_datetime(df["i"] * 0 + 20200131, format="%Y%m%d") if len(df) else 0
out = df["i"].map({3: "2020-02-29", -7: "1969-12-31"}).astype("datetime64[ns]") if len(df) == 5 else 0
out = pd.to_numeric(df["i"])
out = pd.to_numeric(df["f"], errors="coerce")
out = pd.to_numeric(df["i"].astype(str)) if len(df) else 0
out = pd.to_numeric(df["i"].map({3: "1.5", -7: "-2"})) if len(df) == 5 else 0
out = pd.to_numeric(df["i"].map({3: "15", -7: "-2"})) if len(df) == 5 else 0
out = pd.to_numeric(df["t"], errors="coerce") if len(df) else 0
d = pd.DataFrame({"x": np.array([90, "NaT", -5], dtype="timedelta64[s]")}); out = d.head(2)
d = pd.DataFrame({"x": np.array([90, "NaT", -5], dtype="timedelta64[us]")}); out = d["x"] + d["x"]
out = pd.to_numeric(df["i"].map({3: "1e5", -7: " 7 ", 0: "x", 2: ""}), errors="coerce") if len(df) else 0
"""
_TIMED = [f"{_TIMES}; {line}" for line in _LINES.strip().splitlines()]
NATIVE = "\n".join(_TIMED)

# Pandas does a part, or raises.
OTHERS = "\n".join(
    f"{_TIMES}; {line}"
    for line in """
df["d"] = d.dt.date; out = df["d"].min()
df["d"] = d.dt.date; out = df["d"].astype(str)
df["d"] = e.dt.date; out = df.groupby("d", dropna=False).size()
df["d"] = e.dt.date; out = df["d"] == df["d"]
df["d"] = d.dt.date; out = df["d"] - df["d"]
df["d"] = d.dt.date; out = pd.get_dummies(df)
df["d"] = d.dt.date; out = df["d"].isin([df["d"].iloc[0]]) if len(df) else 0
df["d"] = d.dt.date; out = df.groupby(["b", "d"])["f"].sum().unstack()
df["d"] = e.dt.date; out = df["d"].fillna(0)
out = d.dt.floor("2D")
out = d.dt.round("7ms")
out = d.dt.to_period("M").astype(str)
""".strip().splitlines()
)
