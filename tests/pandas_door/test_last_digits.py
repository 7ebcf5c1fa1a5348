"""Features to the last digit: a tree splits by them where values are equal or nearly so, and then grows another one."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest

import stratum_sql
import stratum_sql.pandas as door

RANDOM = np.random.default_rng(5)
ROWS = 1_500
DATA = {
    "k": RANDOM.integers(0, 12, ROWS),
    "t": RANDOM.choice(np.array(["a", "b", None], dtype=object), ROWS),
    "x": np.where(RANDOM.uniform(size=ROWS) < 0.1, np.nan, np.round(RANDOM.uniform(1, 9, ROWS), 2)),
    "i": RANDOM.integers(0, 100, ROWS),
}
ALONG = [
    "df['x'].rolling(7).mean()",
    "df['x'].rolling(7, min_periods=2).sum()",
    "df['x'].rolling(5, min_periods=3, center=True).std()",
    "df['i'].rolling(5, closed='left').var()",
    "df['i'].rolling(7).std(ddof=0)",
    "df['x'].rolling(9, min_periods=1).quantile(0.3)",
    "df['x'].expanding().mean()",
    "df['x'].expanding(3).std()",
    "df[['x', 'i']].rolling(4).std()",
    "df['x'].cumsum()",
    "df['x'].cumprod()",
    "df.groupby('k')['x'].cumsum()",
    "df.groupby('t')['x'].cumsum()",
    "df.groupby('k')['x'].rolling(5).std()",
    "df.groupby('t')['x'].rolling(3, min_periods=1).mean()",
    "df.groupby('k')['x'].transform(lambda s: s.shift(1).rolling(5).std())",
    "df.groupby('k')['x'].transform(lambda s: s.expanding().mean())",
    "df.groupby('k')['x'].transform(lambda s: s.cumsum())",
]
SMALL = {name: values[:20] for name, values in DATA.items()}
OF_GROUPS = [
    "df.groupby('k')['x'].transform('mean')",
    "df.groupby('k')['x'].transform('sum')",
    "df['x'] / df.groupby('t')['x'].transform('mean')",
    "df.groupby('k')['x'].sum()",
    "df.groupby('k').agg(m=('x', 'mean'), s=('x', 'sum'))",
]


def digits(text: str, frame: object) -> np.ndarray:
    with np.errstate(all="ignore"):
        found = eval(text, {"df": frame})
        whole = found.to_pandas() if hasattr(found, "to_pandas") else found
    return np.asarray(whole, dtype=float)


@pytest.mark.parametrize("text", [*ALONG, *OF_GROUPS])
def test_digits_are_those_of_pandas(text: str) -> None:
    with stratum_sql.connect(threads=1) as session, door.using(session, strict=True):
        ours = digits(text, door.DataFrame(DATA))
    np.testing.assert_array_equal(ours, digits(text, pd.DataFrame(DATA)))


@pytest.mark.parametrize("text", [one for one in ALONG if "[['x'" not in one])
def test_what_is_shown_are_windows_of_sql(text: str) -> None:
    with door.using(strict=True):
        shown = eval(text, {"df": door.DataFrame(SMALL)}).sql()
    assert " OVER (" in shown
    assert "pandas_window" not in shown
    with duckdb.connect() as bare:
        found = np.array([row[-1] for row in bare.sql(shown).fetchall()], dtype=float)
    np.testing.assert_allclose(found, digits(text, pd.DataFrame(SMALL)), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("text", ALONG)
def test_a_session_that_may_not_be_lent_functions_has_windows_of_sql(text: str) -> None:
    with stratum_sql.connect(trusted=False) as session, door.using(session, strict=True):
        ours = digits(text, door.DataFrame(DATA))
    np.testing.assert_allclose(ours, digits(text, pd.DataFrame(DATA)), rtol=1e-9, atol=1e-12)


def test_infinite_values_are_as_in_pandas() -> None:
    data = {"k": [0, 0, 0, 1, 1, 1], "x": [1.0, np.inf, 2.0, -np.inf, np.inf, 3.0]}
    texts = ["df['x'].cumsum()", "df.groupby('k')['x'].cumsum()", "df['x'].rolling(2).sum()", "df['x'].cumprod()"]
    texts += ["df.groupby('k')['x'].transform(lambda s: s.cumsum())", "df.groupby('k')['x'].transform('mean')"]
    texts += ["df.groupby('k')['x'].sum()"]
    for text in texts:
        with door.using():
            ours = digits(text, door.DataFrame(data))
        np.testing.assert_array_equal(ours, digits(text, pd.DataFrame(data)), err_msg=text)
