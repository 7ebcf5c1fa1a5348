"""`T` and `transpose` of small frames: DuckDB makes the rows, pandas turns them."""

from __future__ import annotations

from typing import Any

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.lazy import Lazy, own
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.operations import OF_NAMED, method

_MOST = 1_000  # rows, which become columns


@method(DataFrame, "transpose", "at most 1,000 rows")
def _transpose(self: DataFrame) -> Any:
    if len(self) > _MOST:
        raise Declined("many rows")
    with object_mode():
        return Lazy.of(own(self._state).T)


def _of_named(self: Lazy, state: Any, translation: Any, args: Any, kwargs: Any) -> Any:
    return translation(self, *args, **kwargs)


OF_NAMED["transpose"] = _of_named
DataFrame.T = property(lambda self: self.transpose(), doc="As `transpose`.")  # type: ignore[attr-defined]
