"""Columns that DuckDB has no type for: periods, times with zones, nullable integers, objects of the script.

In the plan they are the places of their values; the values stay in the array that they came in, so an object of the
script is the very same one when rows are made.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa

from stratum_sql.pandas.kinds import Carried, Dtype

Array = np.ndarray[Any, Any]
_MISSING_OBJECTS = (float, type(None), type(pd.NaT), type(pd.NA))


def carry(values: pd.Series[Any] | pd.Index[Any]) -> tuple[pa.Array, Dtype] | None:
    """The places of the values, NULL for what is missing, and their dtype; None where missing values are of two kinds,
    as of NULL one alone would come back, and for sparse values, of which pandas makes sparse results.
    """
    if isinstance(values.dtype, pd.SparseDtype) or not _is_known(values.dtype):
        return None
    held: Any = values.to_numpy() if isinstance(values.dtype, np.dtype) else values.array
    missing = np.asarray(pd.isna(held), dtype=bool)
    if not _is_one_kind(held, missing):
        return None
    gap = int(missing.argmax()) if missing.any() else None
    dtype = cast(Dtype, Carried(held, gap, fills=_fills(held, gap)))
    return pa.array(np.arange(len(held), dtype=np.int64), mask=missing), dtype


def _is_known(dtype: Any) -> bool:
    """Whether it is a dtype of pandas' extensions, or NumPy's of objects, complex numbers or floats."""
    return not isinstance(dtype, np.dtype) or (dtype.kind in "Ocf" and dtype.isnative)


def _is_one_kind(held: Any, missing: Array) -> bool:
    """Whether all that is missing is the same."""
    if not missing.any():
        return True
    if isinstance(held.dtype, pd.ArrowDtype):  # whose floats may be NaN beside what is missing
        return bool(held._pa_array.null_count == missing.sum())
    if not isinstance(held.dtype, np.dtype):
        return True
    found = held[missing]
    if held.dtype == object:
        kinds = {type(one) for one in found}
        return len(kinds) == 1 and kinds <= {*_MISSING_OBJECTS}
    if held.dtype.kind == "c":
        return bool((np.isnan(found.real) & (found.imag == 0) & ~np.signbit(found.imag)).all())
    return True


def _fills(held: Any, gap: int | None) -> bool:
    """Whether pandas leaves the dtype as it is where rows are new, and has there what is missing elsewhere."""
    dtype = held.dtype
    if isinstance(dtype, np.dtype):
        return gap is None or dtype.kind != "O" or type(held[gap]) is float
    try:
        return bool(held[:0].take([-1], allow_fill=True).dtype == dtype)
    except (TypeError, ValueError):
        return False
