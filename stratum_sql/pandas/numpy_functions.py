"""NumPy's functions inside DuckDB: their last bits are not those of DuckDB's own, and a tree may split by them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from stratum_sql.pandas.lending import lend
from stratum_sql.pandas.rowwise import NUMPY
from stratum_sql.session import Session


def lend_functions(session: Session) -> None:
    """Let statements of a session call `numpy_log1p` and its like; NULL gives NULL, and so does NaN."""
    lend(session, ((f"numpy_{name}", _over_arrow(getattr(np, name))) for name in NUMPY), ["DOUBLE"], "DOUBLE")


def _over_arrow(function: Any) -> Any:
    def call(values: Any) -> pa.Array:
        numbers = values.to_numpy(zero_copy_only=False) if isinstance(values, pa.Array) else values.to_numpy()
        with np.errstate(all="ignore"):
            return pa.array(function(numbers), from_pandas=True)

    return call
