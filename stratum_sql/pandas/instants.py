"""Points in time beside columns of such."""

from __future__ import annotations

import datetime
from typing import Any, cast

import numpy as np
import pandas as pd

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.kinds import Dtype, sql_type


def instants(left: Any, right: Any) -> list[Expr]:
    """Two operands as times of one unit, one of them a column. Raises Declined."""
    dtypes = {value.dtype for value in (left, right) if isinstance(value, Expr)}
    if len(dtypes) > 1:
        raise Declined("a time beside something else")
    (dtype,) = dtypes
    return [value if isinstance(value, Expr) else instant(value, dtype) for value in (left, right)]


def instant(value: Any, dtype: Dtype) -> Expr:
    """A constant as a column of times would hold it. Raises Declined for what it could not hold, and for time zones."""
    if not isinstance(value, datetime.datetime | np.datetime64) or pd.isna(value):
        raise Declined(f"a time beside a {type(value).__name__}")
    given = pd.Timestamp(value)
    plain, unit = cast(Any, given.tz_localize(None)), cast(Any, np.datetime_data(dtype)[0])
    held = np.datetime64(plain, unit)
    if given.tzinfo is not None or pd.Timestamp(held) != given or not 1 <= given.year <= 9999:
        raise Declined("a time zone, or parts of a second that the column does not hold")
    return Expr((f"'{str(held).replace('T', ' ')}'::{sql_type(dtype)}",), dtype)
