"""The dtypes a column may have, and DuckDB's type for each. Everything else stays with pandas.

Text is `object`, as in pandas 2. A column of text, floats, times or categories may miss values; one of integers or
booleans cannot, as in NumPy. A missing value is NULL in DuckDB and never NaN. Categories are held as their codes, spans
of time as integers of their unit. Objects of Python are lists of texts, days and times of day, which the plan made: a
source has none, as the script may change a list that it holds. All others are carried: the plan has their places in the
array that pandas has them in.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd

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
_TYPES |= {np.dtype(f"timedelta64[{unit}]"): "BIGINT" for unit in ("s", "ms", "us", "ns")}


class Category:
    """The dtype of a column of categories, as pandas has it. Two are equal if each code means the same in both."""

    kind = "C"

    def __init__(self, of: pd.CategoricalDtype) -> None:
        self.of = of

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Category) or self.of.ordered != other.of.ordered:
            return False
        mine, its = self.of.categories, other.of.categories
        return bool(mine.dtype == its.dtype and mine.equals(its))

    def __hash__(self) -> int:
        return hash((len(self.of.categories), self.of.ordered))

    @property
    def codes(self) -> Dtype:
        """The dtype of the codes."""
        return pd.Categorical.from_codes([], dtype=self.of).codes.dtype


class Objects:
    """The dtype of a column of objects of Python other than texts, by a letter; `object` in pandas."""

    def __init__(self, kind: str, sql: str, missing: object) -> None:
        self.kind, self.sql, self.missing = kind, sql, missing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Objects) and self.kind == other.kind

    def __hash__(self) -> int:
        return hash(self.kind)


class Carried:
    """The dtype of a column that DuckDB has no type for. The plan has the places of its values in `array`, NULL for
    what is missing. Two are equal if they are of one array, so a place means the same in both.

    `gap` is the place of a missing value, None without one. `fills`: a value that is missing in new rows, as after a
    left join, leaves the dtype what it is, and is the missing value that the column has.
    """

    kind = "X"
    is_made = False  # whether there is one at all: most scripts need not look for them

    def __init__(self, array: Any, gap: int | None, *, fills: bool) -> None:
        self.array, self.gap, self.fills = array, gap, fills
        Carried.is_made = True

    def taken(self, places: np.ndarray[Any, Any]) -> Any:
        """The values at these places, -1 for one that is missing, in an array of their own."""
        gaps = places < 0
        if not gaps.any():
            return self.array.take(places)
        if self.gap is not None:
            return self.array.take(np.where(gaps, self.gap, places))
        if not isinstance(self.array, np.ndarray):
            return self.array.take(places, allow_fill=True)
        found = np.full(len(places), np.nan, dtype=self.array.dtype)
        found[~gaps] = self.array.take(places[~gaps])
        return found


LISTS = cast(Dtype, Objects("L", "VARCHAR[]", np.nan))  # lists of texts, none of which is missing
DAYS = cast(Dtype, Objects("D", "DATE", pd.NaT))
CLOCKS = cast(Dtype, Objects("T", "TIME", pd.NaT))


def objects(dtype: Any) -> Objects | None:
    """The dtype of objects of Python; None for others."""
    return dtype if isinstance(dtype, Objects) else None


def is_lists(dtype: Any) -> bool:
    """Whether a column is one of lists of texts."""
    return isinstance(dtype, Objects) and dtype.kind == LISTS.kind


def category(dtype: Any) -> Category | None:
    """The categories of a dtype; None for others."""
    return dtype if isinstance(dtype, Category) else None


def carried(dtype: Any) -> Carried | None:
    """The array of a dtype that is carried; None for others."""
    return dtype if isinstance(dtype, Carried) else None


def held_as(dtype: object) -> Dtype | None:
    """How a column of pandas' dtype is held; None if DuckDB has no type for it."""
    if isinstance(dtype, pd.CategoricalDtype):
        return cast(Dtype, Category(dtype))
    return dtype if isinstance(dtype, np.dtype) and is_known(dtype) else None


def shown(dtype: Dtype) -> Any:
    """The dtype as pandas has it."""
    if objects(dtype) is not None:
        return TEXT
    held = carried(dtype)
    if held is not None:
        return held.array.dtype
    found = category(dtype)
    return dtype if found is None else found.of


def is_known(dtype: object) -> bool:
    """Whether a column of this dtype can be one of DuckDB's."""
    return isinstance(dtype, np.dtype) and dtype in _TYPES


def sql_type(dtype: Dtype) -> str:
    """DuckDB's type of a column of a known dtype."""
    held = objects(dtype)
    if held is not None:
        return held.sql
    if carried(dtype) is not None:
        return "BIGINT"
    found = category(dtype)
    return _TYPES[dtype if found is None else found.codes]


def is_integer(dtype: Dtype) -> bool:
    """Signed and unsigned integers; not booleans."""
    return dtype.kind in "iu"


def is_float(dtype: Dtype) -> bool:
    """Floats of 32 or 64 bits."""
    return dtype.kind == "f"


def is_number(dtype: Dtype) -> bool:
    """Integers and floats; not booleans."""
    return dtype.kind in "iuf"
