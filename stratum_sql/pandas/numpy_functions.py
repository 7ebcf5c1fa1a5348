"""NumPy's functions inside DuckDB: their last bits are not those of DuckDB's own, and a tree may split by them."""

from __future__ import annotations

import weakref
from contextlib import suppress
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType

from stratum_sql.pandas.rowwise import NUMPY
from stratum_sql.session import Session

_lent: weakref.WeakSet[Session] = weakref.WeakSet()


def lend_functions(session: Session) -> None:
    """Let statements of a session call `numpy_log1p` and its like; NULL gives NULL, and so does NaN."""
    if session in _lent:
        return
    for name in NUMPY:
        with suppress(duckdb.CatalogException):  # they are of another session on the same database
            session.connection.create_function(
                f"numpy_{name}",
                _over_arrow(getattr(np, name)),
                ["DOUBLE"],
                "DOUBLE",
                type=PythonUDFType.ARROW,
                null_handling=FunctionNullHandling.SPECIAL,
            )
    _lent.add(session)


def _over_arrow(function: Any) -> Any:
    def call(values: Any) -> pa.Array:
        numbers = values.to_numpy(zero_copy_only=False) if isinstance(values, pa.Array) else values.to_numpy()
        with np.errstate(all="ignore"):
            return pa.array(function(numbers), from_pandas=True)

    return call
