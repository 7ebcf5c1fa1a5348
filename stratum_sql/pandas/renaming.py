"""`rename`: labels of columns by a dict or function, those of rows by a dict, the name of a Series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stratum_sql.pandas.aligning import plain
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, dtype_of, joined, literal
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import TEXT
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.states import Index
from stratum_sql.pandas.taking import level_of, over, state_of
from stratum_sql.pandas.windows import has_rows

_MOST = 200  # entries of a dict that are written out


@method(DataFrame, "rename", "columns by a dict or function; the index by a dict of labels of its type")
def _rename(
    self: DataFrame,
    mapper: Any = None,
    *,
    index: Any = None,
    columns: Any = None,
    axis: Any = None,
    errors: str = "ignore",
) -> Any:
    if (mapper is None) == (index is None and columns is None) or (mapper is None and axis is not None):
        raise Declined("labels renamed twice, or not at all")
    if mapper is not None and axis in (1, "columns"):
        columns = mapper
    elif mapper is not None:
        index = mapper
    if axis not in (None, 0, 1, "index", "columns") or errors not in ("ignore", "raise"):
        raise Declined("this axis or errors")
    found = self if columns is None else _with_labels(self, columns, errors)
    return found if index is None else _with_index(found, index, errors)


@method(Series, "rename", "a name; labels by a dict of labels of their type")
def _rename_series(self: Series, index: Any = None) -> Any:
    if index is None or is_label(index):
        return self._with(self._vector.value, name=index)
    return _with_index(self, index, "ignore")


def _with_labels(self: DataFrame, mapper: Any, errors: str) -> DataFrame:
    known = self._table.columns
    if not (_is_dict(mapper) or callable(mapper)) or issubclass(type(mapper), Lazy):
        raise Declined("columns renamed by other than a dict or function")
    if errors == "raise" and not (_is_dict(mapper) and all(label in self for label in mapper)):
        raise Declined("labels that are not there")
    told = [mapper(label) if callable(mapper) else mapper.get(label, label) for label in known.labels]
    if not all(is_label(label) for label in told):
        raise Declined("a rename of other than columns by labels")
    if len(set(told)) != len(told):
        raise Declined("two columns of one name")
    return self._with((label, value) for label, (_, value) in zip(told, known, strict=True))


def _is_dict(mapper: Any) -> bool:
    return isinstance(mapper, Mapping) and not hasattr(mapper, "__missing__")


def _with_index(self: Any, mapper: Any, errors: str) -> Any:
    """The rows with the labels that a dict has for theirs, of the same type. Raises Declined."""
    if not _is_dict(mapper) or errors != "ignore" or len(mapper) > _MOST:
        raise Declined("an index renamed by other than a small dict")
    node, level, index = level_of(state_of(self))
    kinds = {key: dtype_of(key) for key in mapper}
    pairs = [pair for pair in mapper.items() if (kinds[pair[0]] == TEXT) == (level.dtype == TEXT)]
    if any(dtype_of(one) != level.dtype for pair in pairs for one in pair) or not has_rows(node):
        raise Declined("labels of another type, or no rows")
    cases = [joined("WHEN {} THEN {}", *(literal(one, level.dtype) for one in pair)) for pair in pairs]
    if not cases:
        return over(self, node, index)
    text = joined("CASE {} " + " ".join("{}" for _ in cases) + " ELSE {} END", level, *cases, level)
    node, found = plain(node, Expr(text, level.dtype), here())
    return over(self, node, Index(((index.levels[0][0], found),)))
