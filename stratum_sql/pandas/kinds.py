"""The dtypes a column may have, and DuckDB's type for each. Everything else stays with pandas.

Text is `object`, as in pandas 2. A column of text, floats or times may miss values; one of integers or booleans cannot,
as in NumPy. A missing value is NULL in DuckDB and never NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Dtype = np.dtype[Any]

BOOL, INT, FLOAT, TEXT = np.dtype(bool), np.dtype("int64"), np.dtype("float64"), np.dtype(object)

_TYPES: dict[Dtype, str] = {
    BOOL: "BOOLEAN",
    np.dtype("int8"): "TINYINT",
    np.dtype("int16"): "SMALLINT",
    np.dtype("int32"): "INTEGER",
    INT: "BIGINT",
    np.dtype("uint8"): "UTINYINT",
    np.dtype("uint16"): "USMALLINT",
    np.dtype("uint32"): "UINTEGER",
    np.dtype("uint64"): "UBIGINT",
    np.dtype("float32"): "FLOAT",
    FLOAT: "DOUBLE",
    TEXT: "VARCHAR",
    np.dtype("datetime64[s]"): "TIMESTAMP_S",
    np.dtype("datetime64[ms]"): "TIMESTAMP_MS",
    np.dtype("datetime64[us]"): "TIMESTAMP",
    np.dtype("datetime64[ns]"): "TIMESTAMP_NS",
}


def is_known(dtype: object) -> bool:
    """Whether a column of this dtype can be one of DuckDB's."""
    return isinstance(dtype, np.dtype) and dtype in _TYPES


def sql_type(dtype: Dtype) -> str:
    """DuckDB's type of a column of a known dtype."""
    return _TYPES[dtype]


def is_integer(dtype: Dtype) -> bool:
    """Signed and unsigned integers; not booleans."""
    return dtype.kind in "iu"


def is_float(dtype: Dtype) -> bool:
    """Floats of 32 or 64 bits."""
    return dtype.kind == "f"


def is_number(dtype: Dtype) -> bool:
    """Integers and floats; not booleans."""
    return dtype.kind in "iuf"
