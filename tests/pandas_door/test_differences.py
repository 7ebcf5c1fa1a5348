"""Where DuckDB and pandas differ, one test each: the door gives pandas' answer, in the plan but where it is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import stratum_sql.pandas as door
from tests.pandas_door.answers import Columns, by_pandas, check, run

NAN, INF = float("nan"), float("inf")
FALLBACK = True

# What differs, the script, the columns, and whether pandas itself does a part.
DIFFERENCES: list[tuple[str, str, Columns, bool]] = [
    ("a CAST rounds", "out = df['f'].astype(int)", {"f": [2.7, -2.7, 2.5]}, False),
    ("an integer of a missing value raises", "out = df['f'].astype(int)", {"f": [1.0, NAN]}, False),
    ("an integer of an infinite value raises", "out = df['f'].astype(int)", {"f": [1.0, INF]}, False),
    ("round takes halves away from 0", "out = df['f'].round()", {"f": [2.5, 3.5, -2.5, 0.5]}, False),
    ("// rounds to 0", "out = df['i'] // 2", {"i": [-7, 7, -8]}, False),
    ("% has the sign of the dividend", "out = df['i'] % 2", {"i": [-7, 7, -8]}, False),
    ("% by a negative number", "out = df['i'] % -3", {"i": [-7, 7, -9, 9]}, False),
    ("// 0 is an error", "out = df['i'] // 0", {"i": [-7, 0, 7]}, FALLBACK),
    ("x / 0", "out = df['f'] / df['g']", {"f": [1.0, 0.0, -1.0], "g": [0.0, 0.0, 0.0]}, False),
    ("inf - inf is missing", "out = (df['f'] - df['g']).sum()", {"f": [INF, 1.0], "g": [INF, 0.5]}, False),
    ("0 * inf is missing", "out = (df['f'] * 0).fillna(7)", {"f": [INF, 1.0]}, False),
    ("NaN equals NaN", "out = df['f'] == df['f']", {"f": [NAN, 1.0]}, False),
    ("NaN is more than any number", "out = df[df['f'] > 1]", {"f": [NAN, 2.0, 1.0]}, False),
    ("NaN in aggregates", "out = df['f'].agg(['sum', 'mean', 'max', 'median'])", {"f": [NAN, 2.0, 4.0]}, False),
    ("NaN in the median", "out = df['f'].median()", {"f": [NAN, 2.0, 4.0]}, False),
    ("the sum with NaN", "out = df['f'].sum()", {"f": [NAN, 2.0, 4.0]}, False),
    ("inf in sums", "out = df['f'].sum()", {"f": [INF, 2.0, -INF]}, False),
    ("inf in deviations", "out = df['f'].std()", {"f": [INF, 2.0, 1.0]}, False),
    ("NULL under NOT", "out = df[~(df['f'] > 1)]", {"f": [NAN, 2.0, 1.0]}, False),
    ("NULL under NOT of OR", "out = df[~((df['f'] > 1) | (df['g'] > 1))]", {"f": [NAN, 2.0], "g": [0.0, NAN]}, False),
    ("NULL in a column of conditions", "df['x'] = df['f'] > 1", {"f": [NAN, 2.0, 1.0]}, False),
    ("!= of a missing value is true", "out = df[df['f'] != 1]", {"f": [NAN, 2.0, 1.0]}, False),
    ("IN of a missing value", "out = ~df['t'].isin(['a'])", {"t": [None, "a", "b"]}, False),
    ("IN a list with a missing value", "out = df['f'].isin([1.0, np.nan])", {"f": [NAN, 1.0, 2.0]}, False),
    ("a join of missing keys", "out = df.merge(df, on='t')", {"t": [None, "a", "b"], "i": [1, 2, 3]}, False),
    ("a join of NaN", "out = df.merge(df, on='f', how='left')", {"f": [NAN, 1.0], "i": [1, 2]}, False),
    ("groups of missing keys", "out = df.groupby('t')['i'].sum()", {"t": [None, "a", "a"], "i": [1, 2, 3]}, False),
    ("the sum of nothing", "out = df['f'].sum()", {"f": []}, False),
    ("the sum of missing values", "out = df.groupby('t')['f'].sum()", {"t": ["a", "b"], "f": [NAN, 1.0]}, False),
    ("the mean of nothing", "out = df['f'].mean()", {"f": []}, False),
    ("sums of integers are HUGEINT", "out = df['i'].sum()", {"i": [1, 2]}, False),
    ("sums of integers wrap", "out = df['i'].sum()", {"i": [2**62, 2**62]}, FALLBACK),
    ("integers wrap", "out = df['i'] + 1", {"i": [2**63 - 1]}, FALLBACK),
    ("small integers wrap", "out = df['s'] * df['s']", {"s": [100, 2]}, FALLBACK),
    ("booleans are numbers", "out = df['b'] + 1", {"b": [True, False]}, False),
    ("booleans have a sum", "out = df['b'].sum()", {"b": [True, True]}, False),
    ("least and greatest leave NULL out", "out = df['f'].clip(0, 1)", {"f": [NAN, -1.0, 2.0]}, False),
    ("maximum with a missing value", "out = np.maximum(df['f'], 0)", {"f": [NAN, -1.0, 2.0]}, False),
    ("log1p near 0", "out = np.log1p(df['f'])", {"f": [1e-17, -1e-12, 1e-9, 1e300, INF]}, False),
    ("log1p at its end", "out = np.log1p(df['f'])", {"f": [-1.0, -2.0, NAN]}, False),
    ("expm1 near 0", "out = np.expm1(df['f'])", {"f": [1e-17, -1e-12, 1e-9, 800.0, -800.0, INF, -INF, NAN]}, False),
    ("logarithms and roots of negative numbers", "out = np.log(df['f'])", {"f": [0.0, -1.0, 1.0]}, False),
    ("the deviation of one row", "out = df['f'].std()", {"f": [1.0]}, False),
    ("missing values are last", "out = df.sort_values('f', kind='stable')", {"f": [NAN, 2.0, -INF, INF]}, False),
    (
        "missing values are last downwards too",
        "out = df.sort_values('f', kind='stable', ascending=False)",
        {"f": [NAN, 2.0, -INF, INF]},
        False,
    ),
    ("ties keep their order", "out = df.sort_values(['b', 's'])", {"b": [True, False] * 9, "s": [1] * 18}, False),
    (
        "groups in the order they come",
        "out = df.groupby('t', sort=False)['i'].sum()",
        {"t": ["b", "a"], "i": [1, 2]},
        False,
    ),
    ("a text and a missing one", "out = df['t'] + '!'", {"t": [None, "a"]}, False),
    ("upper and lower beyond ASCII", "out = df['t'].str.upper()", {"t": ["ß", "a"]}, False),
    (
        "trim takes spaces alone",
        "out = df['t'].str.strip()",
        {"t": [" a\t", "\u3000x\u2003", "\x1fq\x85", None]},
        False,
    ),
    ("lengths beside missing texts", "out = df['t'].str.len()", {"t": ["é", None]}, False),
    ("booleans as text", "out = df['b'].astype(str)", {"b": [True, False]}, False),
    ("floats as text", "out = df['f'].astype(str)", {"f": [1e20, 0.1, 1.0]}, False),
    ("0.0 and -0.0 as text", "out = df['f'].astype(str)", {"f": [0.0, -0.0, 1.0]}, FALLBACK),
    ("texts by code point", "out = df.sort_values('t', kind='stable')", {"t": ["é", "z", "Z", "a", "ß"]}, False),
    ("float32 stays float32", "out = df['f'].astype('float32') + 0.1", {"f": [0.1, 0.2]}, False),
    ("float32 sums are pandas' own", "out = df['f'].astype('float32').mean()", {"f": [0.1, 0.2]}, FALLBACK),
    ("differences of large integers", "out = df['i'].diff()", {"i": [2**62, 2**62 + 1]}, False),
    (
        "the row before, in pandas' order",
        "out = df.sort_values('i')['f'].shift(1)",
        {"i": [3, 1, 2], "f": [3.0, 1.0, 2.0]},
        False,
    ),
    ("-0 and 0 are one group", "out = df.groupby('f')['i'].sum()", {"f": [0.0, -0.0], "i": [1, 2]}, False),
]


@pytest.mark.parametrize(
    ("script", "data", "falls_back"), [one[1:] for one in DIFFERENCES], ids=[one[0] for one in DIFFERENCES]
)
def test_where_they_differ_it_is_pandas(script: str, data: dict[str, list[Any]], falls_back: bool) -> None:
    assert bool(check(script, data).unsupported) == falls_back


def test_sums_of_rows_are_equal_to_the_last_bit() -> None:
    random = np.random.default_rng(0)
    data: Any = {f"f{place}": random.normal(size=500) * 10.0 ** random.integers(-9, 9, 500) for place in range(12)}
    data["f3"][::7] = NAN
    for name in ("sum", "mean", "var", "std"):
        script = f"out = df.{name}(axis=1)"
        with door.using():
            found = run(door, script, data)
        pd.testing.assert_series_equal(found, by_pandas(script, data), check_exact=True)


@pytest.mark.parametrize("weights", ["span=7, adjust=False", "halflife=3", "alpha=0.3, ignore_na=True", "com=2.5"])
def test_exponential_windows_are_equal_to_the_last_bit(weights: str) -> None:
    random = np.random.default_rng(1)
    data: Any = {"f": random.normal(size=400), "i": random.integers(0, 9, 400)}
    data["f"][::11] = NAN
    for line in ("df['f'].ewm({})", "df.groupby('i')['f'].ewm({})"):
        script = f"out = {line.format(weights)}.mean()"
        with door.using() as engine:
            found = run(door, script, data)
        pd.testing.assert_series_equal(found, by_pandas(script, data), check_exact=True)
        assert engine.unsupported == []


def test_the_sniffer_of_duckdb_is_not_asked(tmp_path: Any) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b,c,d,e\nyes,2011-01-01,01234,NA,\nno,2012-01-01,00001,null,\n")
    check(f"out = pd.read_csv({str(path)!r}); out['x'] = out['c'] + 1", {"i": []})
