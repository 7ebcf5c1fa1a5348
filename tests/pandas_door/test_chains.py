"""Random chains of calls over random frames: the door's answer is pandas' answer, whatever ran where."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from stratum_sql.pandas.mode import object_mode
from tests.pandas_door.answers import check

NUMBERS = ["i", "s", "f", "g"]
COLUMNS = [*NUMBERS, "b", "t"]

floats = st.sampled_from([0.0, -0.0, 1.0, -1.5, 2.5, 3.5, 1e-12, 1e6, float("nan"), float("inf"), float("-inf")])
texts = st.sampled_from(["", "a", "b", "A", "ab", "é", "'", " a", None])


@st.composite
def frames(draw: st.DrawFn) -> tuple[dict[str, list[Any]], Any]:
    """Up to 8 rows with missing and infinite values, duplicates, and labels that may be shuffled or repeated."""
    rows = draw(st.integers(0, 8))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=rows, max_size=rows))

    data = {
        "i": column(st.integers(-3, 3) | st.just(2**62)),
        "s": column(st.integers(-128, 127)),
        "f": column(floats),
        "g": column(floats),
        "b": column(st.booleans()),
        "t": column(texts),
    }
    kind = draw(st.none() | st.sampled_from(sorted(CARRIED)))
    if kind is not None:  # a column that DuckDB has no type for
        data["z"] = carried(kind, draw(st.lists(st.integers(-1, 3), min_size=rows, max_size=rows)))
    labels = st.permutations([3 * place for place in range(rows)])
    repeated = st.lists(st.integers(0, 3), min_size=rows, max_size=rows)
    index = draw(st.none() | labels | repeated | indexes(rows))
    return data, index


def indexes(rows: int) -> st.SearchStrategy[pd.Index[Any]]:
    """Times with a frequency, and levels whose values are repeated, missing, in an order of their own, or of no row."""
    start, unit = st.sampled_from(["2020-01-03", "1969-12-31"]), st.sampled_from(["D", "2h", "B", "-1D", "ME"])
    times = st.builds(lambda start, freq: pd.date_range(start, periods=rows, freq=freq, name="d"), start, unit)
    spans = st.builds(lambda freq: pd.timedelta_range("1D", periods=rows, freq=freq), st.sampled_from(["D", "7min"]))
    codes = st.lists(st.integers(-1, 2), min_size=rows, max_size=rows)
    held = st.tuples(
        st.permutations([2, 5, 7]) | st.permutations([0.5, 1.5, 2.5]),
        st.permutations(["a", "b", "é"]) | st.just(list(pd.date_range("2020-01-01", periods=3))),
    )
    names = st.sampled_from([(None, None), ("x", "y"), ("x", None)])
    places = st.lists(st.integers(-1, 3), min_size=rows, max_size=rows)
    objects = st.builds(lambda kind, places: pd.Index(carried(kind, places)), st.sampled_from(LABELS), places)
    zones = st.builds(lambda freq: pd.date_range("2020-03-28", periods=rows, freq=freq, tz="Europe/Paris"), unit)
    return times | spans | zones | objects | st.builds(_levels, held, st.tuples(codes, codes), names)


def _levels(levels: tuple[list[Any], list[Any]], codes: Any, names: Any) -> pd.Index[Any]:
    with object_mode():
        return pd.MultiIndex(levels=list(levels), codes=list(codes), names=list(names))


with object_mode():
    CARRIED: dict[str, Any] = {
        "zone": pd.array(pd.date_range("2020-03-28", periods=4, tz="Europe/Paris")),
        "period": pd.array(pd.period_range("2020-01", periods=4, freq="Q")),
        "Int64": pd.array([3, 1, 2, 0], dtype="Int64"),
        "boolean": pd.array([True, False, True, False], dtype="boolean"),
        "string": pd.array(["b", "a", "", "b"], dtype="string"),
        "interval": pd.array(pd.interval_range(0.0, 4.0)),
        "arrow": pd.array([1, 3, 2, 1], dtype="int64[pyarrow]"),
        "objects": np.array([1, "a", (1, 2), 2.5], dtype=object),
    }
LABELS = ["zone", "period", "Int64", "interval"]


def carried(kind: str, places: list[int]) -> Any:
    """Values that DuckDB has no type for; -1 is one that is missing."""
    held, where = CARRIED[kind], np.array(places, dtype=np.int64)
    if isinstance(held, np.ndarray):
        return np.where(where < 0, np.nan, held[where]).astype(object)
    return held.take(where, allow_fill=True)


number = st.sampled_from(NUMBERS)
name = st.sampled_from(COLUMNS)
value = st.sampled_from(["0", "1", "-2", "3", "0.5", "-1.5", "127", "float('inf')"])
compared = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
operator = st.sampled_from(["+", "-", "*", "/"])
aggregate = st.sampled_from(["sum", "mean", "min", "max", "count", "nunique", "std", "var", "median"])
reduction = st.sampled_from(["sum", "mean", "min", "max", "std", "var", "median", "sem", "any", "all"])
window = st.sampled_from(["cumsum", "cummax", "cummin", "cumprod", "diff", "ffill", "bfill", "shift", "pct_change"])
ranks = st.sampled_from(["average", "min", "max", "first", "dense"])
rolled = st.sampled_from(["sum", "mean", "min", "max", "count", "median"])
closed = st.sampled_from(["right", "left", "both", "neither"])
of_group = st.sampled_from(
    ["s.shift(1).rolling(2, min_periods=1).mean()", "(s - s.mean()) / s.std()", "s.fillna(s.median())", "s.max() - s"]
)
level = st.sampled_from(["0", "-1", "1", "'x'", "'d'", "['x', 'y']", "[0, 1]"])
keys = st.sampled_from(
    [
        "np.arange(len(df)) % 3",
        "[list('abab')[place % 4] for place in range(len(df))]",
        "[df['t'].to_numpy(), 'b']",
        "lambda label: str(label)[:3]",
        "{label: label for label in range(3)}",
        "pd.Series(range(4), name='k')",
        "['x', 'b']",
        "pd.Index(df['f'], name='k')",
    ]
)
subset = st.sampled_from(["['i']", "['t', 'b']", "None"])
condition = st.one_of(
    st.builds("df['{}'] {} {}".format, number, compared, value),
    st.builds("df['{}'] {} df['{}']".format, number, compared, number),
    st.builds("df['{}'].isna()".format, name),
    st.builds("df['t'].isin({})".format, st.sampled_from(["['a', 'b']", "['a', None]", "[]"])),
    st.just("df['b']"),
)
conditions = st.one_of(
    condition,
    st.builds("~({})".format, condition),
    st.builds("(({}) {} ~({}))".format, condition, st.sampled_from("&|^"), condition),
)
computed = st.one_of(
    st.builds("df['{}'] {} df['{}']".format, number, operator, number),
    st.builds("df['{}'] {} {}".format, number, operator, value),
    st.builds("{} {} df['{}']".format, value, operator, number),
    st.builds("df['{}'] {} {}".format, number, st.sampled_from(["//", "%"]), st.sampled_from(["2", "-3", "0"])),
    st.builds("df['{}'].fillna({})".format, number, value),
    st.builds("df['{}'].fillna(df['{}'].{}())".format, number, number, aggregate),
    st.builds("df['{}'].clip({}, 2)".format, number, st.sampled_from(["0", "-1", "None"])),
    st.builds("df['{}'].where({}, {})".format, number, conditions, value),
    st.builds("np.where({}, df['{}'], {})".format, conditions, number, value),
    st.builds("np.maximum(df['{}'], df['{}'])".format, number, number),
    st.builds("np.log1p(df['{}'])".format, number),
    st.builds("df['{}'].round(1)".format, number),
    st.builds("df['{}'].abs()".format, number),
    st.builds("df.groupby('{}')['{}'].transform('{}')".format, name, number, aggregate),
    st.builds("df['{}'].astype('{}')".format, number, st.sampled_from(["float64", "int8", "int64", "float32", "bool"])),
    st.builds("df['{}'].shift({})".format, number, st.sampled_from(["1", "-2", "0"])),
    st.builds("df.groupby('{}')['f'].shift({})".format, name, st.sampled_from(["1", "-1"])),
    st.builds("df['{}'].diff()".format, number),
    st.builds("df['{}'].{}()".format, number, window),
    st.builds("df['{}'].rank(method='{}', pct={})".format, name, ranks, st.booleans()),
    st.builds("df['{}'].rolling({}, min_periods=1).{}()".format, number, st.sampled_from("123"), rolled),
    st.builds("df['{}'].expanding().{}()".format, number, rolled),
    st.builds("df['{}'].rolling('{}', closed='{}').{}()".format, number, st.sampled_from(["2D", "3h"]), closed, rolled),
    st.builds("df['{}'].rolling(2, closed='{}').{}()".format, number, closed, rolled),
    st.builds("df['{}'].ewm(span=3, adjust={}).mean()".format, number, st.booleans()),
    st.builds("df.groupby('{}')['{}'].transform(lambda s: s.ewm(alpha=0.4).mean())".format, name, number),
    st.builds("df.groupby('{}')['{}'].{}()".format, name, number, window),
    st.builds("df.groupby('{}')['{}'].rank(method='{}', pct={})".format, name, number, ranks, st.booleans()),
    st.builds("df.groupby('{}')['{}'].transform(lambda s: {})".format, name, number, of_group),
    st.builds("df.groupby('{}', dropna=False)['{}'].transform('{}')".format, name, number, aggregate),
    st.builds("df.sort_values('{}', kind='stable').groupby('{}')['g'].shift(1)".format, number, name),
    st.builds("df[{}]['{}']".format, conditions, number),
    st.builds("pd.cut(df['{}'], [-2, 0, 1, 4], labels=False, right={})".format, number, st.booleans()),
    st.builds("df['{}'].clip(df['{}'])".format, number, number),
    st.builds("pd.qcut(df['{}'], {}, labels=False, duplicates='drop')".format, number, st.integers(1, 4)),
    st.builds("df.groupby(df['{}'].astype('category'))['f'].transform('max')".format, name),
    st.builds("np.select([{}, {}], [df['{}'], {}], 0)".format, conditions, conditions, number, value),
    st.builds("df['{}'].replace({{0: 1, 3: 0}})".format, number),
    st.builds("df['{}'].replace([np.inf, -np.inf], {})".format, number, st.sampled_from(["np.nan", "0"])),
    st.builds("df['{}'].map(pd.Series([2.5, 0.5, 1.0]))".format, number),
    st.builds("df['{}'].map(df.groupby('{}')['f'].max())".format, name, name),
    st.builds("df['{}'].apply(lambda x: x * 2 if x > {} else -1)".format, number, value),
    st.builds("df['{}'].apply(lambda x: {} / x)".format, number, value),
    st.builds("df['{}'].map(lambda x: None if x < {} else x)".format, number, value),
    st.builds("df.apply(lambda r: r['f'] if r['b'] else r['{}'], axis=1)".format, number),
    st.builds("df['t'].apply(lambda t: len(t) + {} if isinstance(t, str) else 0)".format, value),
    st.builds("df['{}'].astype('category').cat.codes".format, name),
    st.builds("pd.factorize(df['{}'])[0]".format, name),
    st.builds(
        "df['t'].str.{}".format, st.sampled_from(["len()", "count('a')", "contains('a|b', na=False)", "find('b')"])
    ),
    st.builds("pd.to_numeric(df['{}'], errors='coerce')".format, name),
    st.builds(
        "pd.to_datetime(df['{}'], unit='s').dt.{}".format, st.sampled_from("is"), st.sampled_from(["year", "day"])
    ),
    st.builds("np.arange(len(df)) * {}".format, value),
    st.builds("df['{}'].where(np.array(df['b']), {})".format, number, value),
    st.builds("df['{}'].mask(lambda s: s > {}, 0)".format, number, value),
    st.builds("df['{}'].fillna({}, limit=1)".format, number, value),
    st.builds("df['{}'].rank(na_option='{}', method='{}')".format, number, st.sampled_from(["top", "bottom"]), ranks),
    st.builds("df['{}'].clip(df['f'], df['g'])".format, number),
    st.builds("df[['f', '{}']].quantile({}, axis=1)".format, number, st.sampled_from(["0.25", "0.5"])),
    st.builds("df['{}'].rolling(3, min_periods=1).{}(ddof=0)".format, number, st.sampled_from(["var", "std"])),
)
steps = st.one_of(
    st.builds("df['{}'] = {}".format, number, computed),
    st.builds("df['x'] = {}".format, computed),
    st.builds("df['y'] = {}".format, conditions),
    st.builds("df = df[{}]".format, conditions),
    st.builds("df = df.sort_values('{}', kind='stable', ascending={})".format, name, st.booleans()),
    st.builds("df = df.sort_values(['{}', 'i'], ascending=[{}, True])".format, name, st.booleans()),
    st.builds("df = df.reset_index(drop=True)".format),
    st.builds("df['x'] = df['f']; df = df.set_index({})".format, st.sampled_from(["'x'", "['x', 's']", "'s'"])),
    st.builds("df = df.head({})".format, st.integers(0, 6)),
    st.builds("df = df.dropna(subset=['{}'])".format, name),
    st.builds("df = pd.concat([df, df.head(2)], ignore_index={})".format, st.booleans()),
    st.builds(
        "df = df.merge(df[['i', 'g']].head(3), on='i', how='{}', suffixes=('', '_r'))".format,
        st.sampled_from(["left", "inner", "right", "outer"]),
    ),
    st.builds(
        "m = df.merge(df[['t', 'b', 'f']].tail(3), on=['t', 'b'], how='{}', suffixes=('', '_r'), indicator=True);"
        " df = m.drop(columns='_merge'); df['i'] = m['_merge'].cat.codes".format,
        st.sampled_from(["left", "inner", "right", "outer"]),
    ),
    st.builds("df[['i', 'f']] = df[['i', 'f']] {} df[['i', 'f']]".format, st.sampled_from("+-*")),
    st.builds("df = df.drop_duplicates({}, keep='{}')".format, subset, st.sampled_from(["first", "last"])),
    st.builds("df = df.groupby('{}').head({})".format, name, st.integers(0, 2)),
    st.builds("df = df.nlargest({}, 's')".format, st.integers(0, 4)),
    st.builds("df = df.iloc[{}:{}]".format, st.integers(-3, 3), st.integers(-3, 6)),
    st.builds("df = df.iloc[::{}]".format, st.sampled_from([-1, 2, -2])),
    st.builds("df = df.iloc[np.arange(len(df))[::{}]]".format, st.sampled_from([-1, 2])),
    st.builds("tr = np.arange(len(df))[1:]; a = df.iloc[tr]; a['x'] = df['{}'].iloc[tr]; df = a".format, number),
    st.builds("m = {}; a = df[m]; a['x'] = df['{}'][m] * 2; df = a".format, conditions, number),
    st.builds("df = df.tail({})".format, st.integers(0, 6)),
    st.builds("df = df.sample(frac=0.7, random_state={})".format, st.integers(0, 3)),
    st.builds("df = df.sort_index(kind='stable', ascending={})".format, st.booleans()),
    st.builds("df = df.loc[{}:{}]".format, st.integers(0, 4), st.integers(0, 9)),
    st.builds("df = df.loc[[{}, {}]]".format, st.integers(0, 4), st.integers(0, 9)),
    st.builds("df = df.reindex([{}, {}])".format, st.integers(0, 4), st.integers(0, 9)),
    st.builds("df.loc[{}, '{}'] = df['{}']".format, conditions, number, number),
    st.builds("df.loc[{}, 'new'] = {}".format, conditions, value),
    st.builds("df.iloc[{}:, 2] = {}".format, st.integers(-2, 3), value),
    st.builds(
        "df['t'] = df['t'].replace({})".format,
        st.sampled_from(["'a', 'z'", "{'a': 'b', 'b': 'a'}", "['a', ''], np.nan"]),
    ),
    st.builds(
        "df['t'] = df['t'].str.{}".format,
        st.sampled_from(["strip()", "replace('a', 'b')", "slice(0, 1)", "zfill(2)", "title()"]),
    ),
    st.builds("df['{}'] = df['{}'].astype('category')".format, name, name),
    st.builds("df['t'] = df['t'].str.split({}); df = df.explode('t')".format, st.sampled_from(["", "'a'", "'b'"])),
    st.builds("df = df.replace([np.inf, -np.inf, 'a'], np.nan)".format),
    st.builds("df = df.where(df.notna(), 0)".format),
    st.builds("df.loc[{}, '{}'] = {}".format, conditions, number, value),
    st.builds("df = df.loc[{}, ['g', 'i', 's', 'f', 't', 'b']]".format, conditions),
    st.builds("df = df.sort_values(['{}', 'i'], na_position='first')".format, name),
    st.builds("df = df.sort_values('{}', kind='stable', na_position='first', key=lambda s: -s)".format, number),
    st.builds("df = df.query('i > {} and f < 2 | b')".format, value),
    st.builds("df = df.query('index < {} or t == [\"a\", \"b\"]', engine='python')".format, st.integers(0, 9)),
    st.builds("df[['i', 'new']] = {}".format, value),
    st.builds("df = df[np.array(df['{}'] > 0)]".format, number),
    st.builds("df = df.loc[lambda d: d['{}'] > 0]".format, number),
    st.builds(
        "df = df.join(df.groupby('i')['g'].max().rename('j'), on='{}', how='{}')".format,
        name,
        st.sampled_from(["left", "inner"]),
    ),
    st.builds(
        "df = df.merge(df[['g']].head(3), left_index=True, right_index=True, how='{}', suffixes=('', '_q'))".format,
        st.sampled_from(["left", "inner", "right"]),
    ),
    st.builds(
        "df = df.merge(df[['i', 'g']].head(3), on='i', how='{}', sort=True, suffixes=('', '_s'))".format,
        st.sampled_from(["left", "inner"]),
    ),
    st.builds("df['x'] = df['f']; df = df.set_index('{}', append=True)".format, st.sampled_from(["x", "s"])),
    st.builds("df = df.sort_index(level=0, sort_remaining={}, ascending={})".format, st.booleans(), st.booleans()),
    st.builds("df = df.dropna(ignore_index=True)".format),
    st.builds(
        "df = df.sample(frac=1.2, replace=True, random_state=np.random.default_rng({}))".format, st.integers(0, 2)
    ),
    st.builds("df = pd.concat([df, df.head(2)], join='inner', sort=True)".format),
    st.builds("df = pd.concat({{'a': df, 'b': df.head(1)}})".format),
    st.builds("df = df.rename(index={{0: 7, 3: 0}}, columns={{'x': 'z'}})".format),
    st.builds("df.loc[np.array(df['b']), '{}'] = {}".format, number, value),
    st.builds("d = df[['f', 'g']]; d[d > {}] = 0; df['f'] = d['g']".format, value),
    st.builds("df = df.set_index(df['{}'] * 2)".format, number),
    st.builds("df['x'] = df[['f', 'g']].where(df['b'], df[['g', 'f']])['{}']".format, st.sampled_from("fg")),
)
ends = st.one_of(
    st.just("out = df"),
    st.builds("out = df.groupby('{}')[['f', 'g']].quantile([0.25, 0.5])".format, name),
    st.builds("out = df.groupby('{}').nth([0, -1])".format, name),
    st.builds("out = df.groupby('{}').{}(-1)".format, name, st.sampled_from(["head", "tail"])),
    st.builds("out = df.groupby('{}')['f'].{}(min_count=2)".format, name, st.sampled_from(["sum", "min", "first"])),
    st.builds(
        "out = df.groupby('{}')['{}'].agg({})".format, name, number, st.sampled_from(["np.sum", "np.max", "len"])
    ),
    st.builds("out = df.groupby('{}')['f'].{}(skipna=False)".format, name, st.sampled_from(["sum", "mean", "max"])),
    st.builds("out = df.pivot_table(values=['f', 'i'], index='{}', aggfunc='{}')".format, name, aggregate),
    st.builds("out = df[['i', 'f', 'g']].describe(percentiles=[0.1, 0.9])".format),
    st.builds("out = df[['i', 'f', 'g']].shift({}, axis=1)".format, st.sampled_from(["1", "-1"])),
    st.builds("out = df[['i', 'f']].shift([0, 1])".format),
    st.builds("out = df.groupby('{}', sort={})['{}'].{}()".format, name, st.booleans(), number, aggregate),
    st.builds("out = df.groupby(['b', '{}'])[['f', 'g']].{}()".format, st.sampled_from(["i", "t"]), aggregate),
    st.builds("out = df['{}'].{}()".format, number, aggregate),
    st.builds("out = df['t'].{}()".format, st.sampled_from(["count", "nunique"])),
    st.just("out = df.isna()"),
    st.just("out = df.isna().sum()"),
    st.builds("out = df['{}'].value_counts(normalize={}, dropna=False)".format, number, st.booleans()),
    st.builds("out = df['{}'].mode()".format, name),
    st.builds("out = df.duplicated({}, keep={})".format, subset, st.sampled_from(["'first'", "'last'", "False"])),
    st.builds("out = df['{}'].nsmallest(3)".format, number),
    st.builds("out = df['{}'].idxmax()".format, number),
    st.builds("out = df[['i', 'g']].{}()".format, aggregate),
    st.builds("out = df[['f', 'i']].{}(skipna={})".format, reduction, st.booleans()),
    st.builds("out = df['{}'].{}(skipna={})".format, number, reduction, st.booleans()),
    st.builds("out = df['{}'].sum(min_count={})".format, number, st.integers(0, 3)),
    st.builds("out = df[['i', 'f', 'g']].{}()".format, st.sampled_from(["describe", "corr", "cov"])),
    st.builds("out = df['{}'].quantile([0.1, 0.5])".format, number),
    st.builds(
        "out = df.groupby('{}', dropna={})['{}'].agg(['mean', 'first', 'size'])".format, name, st.booleans(), number
    ),
    st.builds("out = df.groupby('{}')['f'].rolling(2, min_periods=1).sum()".format, name),
    st.builds("out = df.groupby(['b', '{}']).size().reset_index(name='n')".format, name),
    st.builds("out = pd.get_dummies(df[['{}', 'f']], columns=['{}'])".format, *[st.shared(name, key="dummies")] * 2),
    st.builds(
        "out = df.groupby(['{}', 'b'], sort={})['{}'].{}().unstack()".format, name, st.booleans(), number, aggregate
    ),
    st.builds("out = df.groupby(['b', '{}']).size().unstack(fill_value=0)".format, name),
    st.builds("out = df[['{}', 'f']].{}(axis=1)".format, number, aggregate),
    st.builds("out = df[['{}', 'g']].stack()".format, number),
    st.builds("out = df['{}'] {} df[{}]['{}']".format, number, operator, conditions, number),
    st.builds("out = df[['f', '{}']].add(df[{}][['g', 'f']], fill_value=0)".format, number, conditions),
    st.builds(
        "out = df.groupby('{}')['f'].sum() / df[df['b']].groupby('{}')['i'].count()".format, *[st.shared(name)] * 2
    ),
    st.builds("out = df.query('{} {} {}')".format, number, compared, st.sampled_from(["0", "-2", "1.5", "s"])),
    st.builds("out = df.drop(df[{}].index)".format, conditions),
    st.builds("out = df.dropna(how={}, subset={})".format, st.sampled_from(["'any'", "'all'"]), subset),
    st.builds("out = df.groupby('{}')['{}'].idxmax()".format, name, st.sampled_from(["i", "s"])),
    st.builds("out = df[['i', 'f']].agg(['{}', 'count'])".format, aggregate.filter(lambda one: one != "count")),
    st.builds("out = df[['f', 'g']].fillna(df[['g']].{}())".format, aggregate),
    st.builds("out = pd.concat([df['{}'], df['{}']])".format, number, number),
    st.builds("out = df.melt(id_vars=['t'], value_vars=['f', 'g'])".format),
    st.builds("out = df.pivot_table(values='{}', index='b', columns='s', aggfunc='{}')".format, number, aggregate),
    st.builds("out = df[['i']].join(df['{}'].rename('z'))".format, number),
    st.builds("out = pd.concat([df[['i']], df['{}'].rename('z')], axis=1)".format, number),
    st.builds("out = df.groupby(level={}, sort={})['{}'].{}()".format, level, st.booleans(), number, aggregate),
    st.builds("out = df.groupby(level=0, dropna=False)['{}'].transform('{}')".format, number, aggregate),
    st.builds("out = df.groupby(level=-1)['{}'].{}()".format, number, window),
    st.builds("out = df.groupby({}, sort={})['{}'].{}()".format, keys, st.booleans(), number, aggregate),
    st.builds("out = df.groupby({})['{}'].{}()".format, keys, number, window),
    st.builds("out = df.groupby({}).{}".format, keys, st.sampled_from(["head(1)", "nth(0)", "size()", "ngroup()"])),
    st.builds("out = df.reset_index()".format),
    st.builds("out = df.reset_index(level={})".format, level),
    st.builds("out = df['{}'].reset_index(name='n')".format, number),
    st.builds("out = df[['{}', 'g']].unstack()".format, number),
    st.builds("out = df['{}'].unstack({})".format, number, level),
    st.builds("out = [str(one) for one in df.index]".format),
)


@settings(max_examples=100)
@given(frame=frames(), chain=st.lists(steps, max_size=4), end=ends)
def test_a_chain_gives_what_pandas_gives(frame: tuple[dict[str, list[Any]], Any], chain: list[str], end: str) -> None:
    check("\n".join([*chain, end]), *frame)


labels = st.sampled_from(
    [
        "pd.MultiIndex.from_tuples([('f', 'x'), ('f', 'y'), ('g', 'x'), ('t', '')], names=['p', None])",
        "pd.MultiIndex.from_product([['g', 'f'], [1, 0]])",
        "pd.Index(['i', 'f', 'g', 't'], name='n')",
        "['f', 'g', 'f', 't']",
        "['f', 1, 2.5, None]",
        "[0, 2, 1, 1]",
        "pd.date_range('2020-01-01', periods=4)",
    ]
)
label = st.sampled_from(
    ["'f'", "'g'", "('f', 'x')", "('f', 0)", "1", "2.5", "None", "'t'", "['f']", "['g', 'f']", "[1]"]
)
chosen = st.sampled_from(["d.columns[0]", "d.columns[-1]", "[d.columns[1], d.columns[0]]", "list(d.columns)"])
changes = st.one_of(
    st.builds("d = d[[one for one in d.columns][:{}]]".format, st.integers(0, 3)),
    st.builds("d = d.iloc[:, {}:]".format, st.integers(0, 2)),
    st.builds("d = d.iloc[:, {}]".format, st.sampled_from(["[1, 0]", "[0, 0]", "::-1"])),
    st.builds("d = d[df['{}'] > 0]".format, number),
    st.builds("d = d.loc[d.iloc[:, 0].notna(), {}]".format, label),
    st.builds("d = d[{}]".format, label | chosen),
    st.builds("d[{}] = {}".format, label | chosen, value),
    st.builds("d[{}] = df['{}']".format, label, number),
    st.builds("d.insert(1, {}, df['{}'])".format, label, name),
    st.builds("d = d.drop(columns={})".format, label | chosen),
    st.builds("del d[{}]".format, label),
    st.builds("d.pop({})".format, label),
    st.builds("d = d.rename(columns={{'f': 'z', {}: 'g'}})".format, label.filter(lambda one: one[0] != "[")),
    st.builds("d = d.rename(columns=str, {})".format, st.sampled_from(["level=0", "errors='ignore'"])),
    st.builds("d = d.sort_values({}, kind='stable')".format, label | chosen),
    st.builds("d = d.dropna(subset={})".format, label | chosen),
    st.builds("d = d.drop_duplicates(subset={})".format, label | chosen),
    st.builds("d = d.set_index({})".format, label | chosen),
    st.builds(
        "d = d.reset_index({})".format, st.sampled_from(["", "drop=True", "level=0", "names='k'", "col_fill='q'"])
    ),
    st.builds("d = d.{}(axis=1)".format, st.sampled_from(["sort_index", "swaplevel", "dropna"])),
    st.builds("d = d.droplevel({}, axis=1)".format, st.sampled_from(["0", "1", "'p'"])),
    st.builds("d = d.xs({}, axis=1)".format, label),
    st.builds("d = d.stack({})".format, st.sampled_from(["", "0", "1", "'n'"])),
    st.builds("d = d.unstack({})".format, st.sampled_from(["", "0"])),
    st.builds("d = d.reindex(columns={})".format, label | chosen),
    st.builds("d = d.filter(items={})".format, label | chosen),
    st.builds("d.columns = d.columns.map(str)".format),
    st.builds("d.columns = range(len(d.columns))".format),
    st.builds("d.columns = ['_'.join(map(str, one)) for one in d.columns]".format),
    st.builds("d.columns.name = {}".format, st.sampled_from(["None", "'other'"])),
    st.builds("d = d.rename_axis(columns={})".format, st.sampled_from(["None", "'n'", "['k', 'l']"])),
    st.builds("d = d.assign(w={}, {}=0)".format, value, st.sampled_from("fgz")),
    st.builds("d = d.head({})".format, st.integers(0, 3)),
    st.builds("d = d.select_dtypes('number')".format),
    st.builds("d = d.fillna(0) + d.fillna(1)".format),
    st.builds("d = d.where(d.notna(), 0)".format),
    st.builds("d = d.astype({{{}: 'float64'}})".format, label.filter(lambda one: one[0] != "[")),
    st.builds("d = d.add_prefix('f')".format),
)
lasts = st.one_of(
    st.just("out = d"),
    st.just("out = d.columns"),
    st.just("out = d.dtypes"),
    st.just("out = d.shape"),
    st.builds("out = d[{}]".format, label),
    st.builds("out = d.{}()".format, st.sampled_from(["sum", "mean", "count", "nunique", "max", "isna", "duplicated"])),
    st.builds("out = d.select_dtypes('number').{}()".format, reduction),
    st.builds("n = d.select_dtypes('number'); out = n {} n.{}()".format, operator, reduction),
    st.builds(
        "n = d.select_dtypes('number'); out = n.{}()".format, st.sampled_from(["describe", "corr", "cumsum", "rank"])
    ),
    st.builds("out = d.groupby({})[{}].sum()".format, label, label),
    st.builds("out = d.groupby({}).size()".format, label),
    st.just("out = d.merge(df, left_index=True, right_index=True)"),
)


@settings(max_examples=150)
@given(frame=frames(), before=st.lists(steps, max_size=1), axis=labels, chain=st.lists(changes, max_size=3), last=lasts)
def test_a_chain_of_other_labels_gives_what_pandas_gives(
    frame: tuple[dict[str, list[Any]], Any], before: list[str], axis: str, chain: list[str], last: str
) -> None:
    check("\n".join([*before, "d = df[['i', 'f', 'g', 't']]", f"d.columns = {axis}", *chain, last]), *frame)


# -- rows of other labels ----------------------------------------------------------------------------------------------

taken = st.sampled_from(
    ["df.iloc[1:]", "df.iloc[::-1]", "df.iloc[[0, 0]]", "df[df['i'] > 0]", "df.iloc[:0]", "df.copy()"]
)
some = st.sampled_from([["i", "f"], ["i", "s"], ["f", "t"], ["b"], ["i", "b", "t"]])
joins = st.sampled_from(["left", "right", "inner", "outer"])
meetings = st.one_of(
    st.builds("out = df[{}].join(o[{}], how='{}', lsuffix='_l', rsuffix='_r', sort={})".format, some, some, joins,
              st.booleans()),
    st.builds("out = pd.concat([df[{}], o[{}]], axis={}, join='{}')".format, some, some, st.sampled_from([0, 1]),
              st.sampled_from(["inner", "outer"])),
    st.builds("out = pd.concat([df, o[{}]], keys={})".format, some, st.sampled_from(["[1, 2]", "['x', 'y']"])),
    st.builds("out = pd.concat([df['{}'], o['{}']], ignore_index={})".format, name, name, st.booleans()),
    st.builds("a, b = df[{}].align(o[{}], join='{}'); out = {}".format, some, some, joins, st.sampled_from("ab")),
    st.builds("out = df[['i', 'f']] {} o[['f', 'i', 's']]".format, operator),
    st.builds("out = df['{}'] {} o['{}']".format, number, operator, number),
    st.builds("out = df[['i', 'f']].add(o[['f', 'i']], fill_value=1)".format),
    st.builds("out = df[{0}] == o[{0}]".format, some),
    st.builds("out = df.merge(o[{}], left_index=True, right_index=True, how='{}')".format, some, joins),
    st.builds("out = df[['{0}', 'g']].merge(o[['{0}', 'b']], on='{0}', how='{1}', indicator=True)".format, name, joins),
    st.builds("df['n'] = o['{}']; out = df".format, name),
    st.builds("out = df['f'].where(o['b'])".format),
    st.builds("out = df[['f', 'g']].where(df[['f', 'g']] > 0, o[['g', 'f']])".format),
    st.builds("out = df.reindex(o.index)".format),
)  # fmt: skip
laid_out = st.one_of(
    st.builds("out = df.loc[df.index[[{}]]]".format, st.sampled_from(["0", "0, 0", "-1, 0", "1"])),
    st.builds("out = df.loc[df.index[0]:df.index[-1]]".format),
    st.builds("df.loc[df.index[:2], '{}'] = {}".format, number, st.sampled_from(["1", "-2"])),
    st.builds("out = df.xs(df.index[0])".format),
    st.builds("out = df.xs(df.index.get_level_values({0})[0], level={0})".format, level),
    st.builds("out = df.{}({})".format, st.sampled_from(["droplevel", "swaplevel"]), st.sampled_from(["0", "-1"])),
    st.builds("out = df.drop(df.index[:1])".format),
    st.builds("out = df.set_index({}, append={})".format, st.sampled_from(["'i'", "['b', 's']", "np.arange(len(df))"]),
              st.booleans()),
    st.builds("out = df.set_index(['b', 's'])[{}].unstack({})".format, some, st.sampled_from(["0", "1"])),
    st.builds("out = df[['i', 'f']].unstack()".format),
    st.builds("out = df[{}].stack()".format, some),
    st.builds("out = df.melt(id_vars=['t'], value_vars={}, ignore_index={})".format, some, st.booleans()),
    st.builds("out = df.pivot(index='i', columns='b', values={})".format, st.sampled_from(["'f'", "['f', 'g']"])),
    st.builds("out = df.sort_index(level={})".format, level),
    st.builds("out = df.rename(index=str)".format),
)  # fmt: skip


@settings(max_examples=150)
@given(frame=frames(), before=st.lists(steps, max_size=1), other=taken, last=meetings | laid_out)
def test_rows_of_other_labels_give_what_pandas_gives(
    frame: tuple[dict[str, list[Any]], Any], before: list[str], other: str, last: str
) -> None:
    check("\n".join([*before, f"o = {other}", last]), *frame)
