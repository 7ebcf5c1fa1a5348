"""A script run twice, with pandas and with the recording door, and its results compared."""

from __future__ import annotations

import linecache
import warnings
from typing import Any

import numpy as np
import pandas as pd

import stratum_sql
import stratum_sql.pandas as door
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.mode import object_mode

RELATIVE = 1e-9  # sums of floats are taken in another order
Columns = dict[str, Any]


def run(module: Any, script: str, data: Columns, index: Any = None) -> Any:
    """What the script leaves in `out`, or the type of what it raises. `df` is a frame of the data."""
    frame = module.DataFrame({name: _typed(name, values) for name, values in data.items()}, index=index)
    names: dict[str, Any] = {"pd": module, "np": np, "df": frame}
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():  # NumPy warns of NaN that is made, DuckDB does not
            warnings.simplefilter("ignore")  # pandas warns of what will go, inplace=True above all
            linecache.cache["script"] = len(script), None, script.splitlines(keepends=True), "script"
            exec(compile(script, "script", "exec"), names)
            return to_pandas(names.get("out", names["df"]))
    except Exception as error:  # noqa: BLE001 whatever pandas raises is its answer
        return type(error)


def _typed(name: str, values: Any) -> Any:
    """Columns are of the dtype their first letter says: i int64, s int8, f and g float64, b bool, t text. An array is
    taken as it is.
    """
    if not isinstance(values, list):
        return values
    dtype = {"i": "int64", "s": "int8", "f": "float64", "g": "float64", "b": "bool", "t": "object"}[name[0]]
    return np.array(values, dtype=dtype)


def to_pandas(value: Any) -> Any:
    """A recorded object as one of pandas."""
    return value.to_pandas() if isinstance(value, Lazy) else value


def by_pandas(script: str, data: Columns, index: Any = None) -> Any:
    """The right answer: that of pandas, with text as `object`."""
    with object_mode():
        return run(pd, script, data, index)


def check(script: str, data: Columns, index: Any = None) -> door.Engine:
    """Assert that the door gives pandas' answer; the engine that it ran on."""
    expected = by_pandas(script, data, index)
    with door.using(_SESSION) as engine:
        engine.takes_rows = False  # so that it is the SQL that is tested
        same(run(door, script, data, index), expected)
    return engine


def same(found: Any, expected: Any) -> None:
    """Assert equal values, dtypes, index, names and order."""
    if isinstance(expected, type):
        assert found is expected
    elif isinstance(expected, pd.DataFrame):
        assert isinstance(found, pd.DataFrame)
        pd.testing.assert_frame_equal(_one_missing(found), _one_missing(expected), rtol=RELATIVE, atol=1e-12)
    elif isinstance(expected, pd.Series):
        assert isinstance(found, pd.Series)
        pd.testing.assert_series_equal(_one_missing(found), _one_missing(expected), rtol=RELATIVE, atol=1e-12)
    elif isinstance(expected, pd.Index):
        pd.testing.assert_index_equal(found, expected)
    elif isinstance(expected, np.ndarray) and expected.dtype == object:
        assert [repr(value) for value in np.asarray(found)] == [repr(value) for value in expected]
    elif isinstance(expected, np.ndarray):
        np.testing.assert_allclose(np.asarray(found), expected, rtol=RELATIVE)
    elif isinstance(expected, float | np.floating):
        assert isinstance(found, type(expected))
        np.testing.assert_allclose(found, expected, rtol=RELATIVE, atol=1e-12)
    else:
        assert isinstance(found, type(expected))
        assert found == expected


def _one_missing(value: Any) -> Any:
    """NaN for None among texts: the door knows one missing value."""
    if isinstance(value, pd.Series):
        return value.where(value.notna(), np.nan) if value.dtype == object else value
    return (
        pd.DataFrame({place: _one_missing(value.iloc[:, place]) for place in range(value.shape[1])})
        .set_axis(value.columns, axis=1)
        .set_axis(value.index, axis=0)
        if value.shape[1]
        else value
    )


_SESSION = stratum_sql.connect(threads=1)
