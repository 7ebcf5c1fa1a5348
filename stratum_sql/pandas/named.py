"""Frames whose labels have a name, as `unstack` makes them: a plan, and the labels beside it.

A Table has labels without names. Calls that leave the name where it is, which are listed here, are translated over the
plan; for all others the frame is one that pandas holds.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pandas as pd

from stratum_sql.pandas.aligning import labelled
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.lazy import Lazy, method
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.places import here
from stratum_sql.pandas.running import materialised
from stratum_sql.pandas.sources import labels_index
from stratum_sql.pandas.states import Held, Index, Table


class Named(Held):
    """The columns of `table` under `labels`, one for each, in their order."""

    table: Table
    axis: pd.Index[Any]

    def __init__(self, table: Table, axis: pd.Index[Any]) -> None:
        for name, value in (("table", table), ("axis", axis), ("_made", [])):
            object.__setattr__(self, name, value)

    @property
    def held(self) -> Any:
        """The pandas object; made once, and not to be changed."""
        made: list[Any] = self._made  # type: ignore[attr-defined]
        if not made:
            with object_mode():
                made.append(materialised(self.table).set_axis(self.axis, axis=1))
        return made[0]

    @property
    def labels(self) -> pd.Index[Any]:
        return self.axis

    @property
    def plan(self) -> Table:
        return self.table

    def content(self) -> tuple[Any, ...]:
        return ("labels", self.table, self.axis)


def named(table: Table, axis: pd.Index[Any]) -> DataFrame:
    """The frame of a plan under these labels."""
    made: DataFrame = Lazy.recorded(Named(table, axis), is_frame=True)
    return made


def _relabelled(state: Named, found: Table) -> pd.Index[Any]:
    """The labels of what became of a frame: its own, of which some may be gone, and new ones, under the same name."""
    before = state.table.columns.labels
    labels = found.columns.labels
    if labels == before:
        return state.axis
    axis = state.axis.take([before.index(label) for label in labels if label in before])
    with object_mode():
        for place, label in enumerate(labels):
            if label not in before:
                axis = axis.insert(place, label)
    return axis


def _keeping(name: str, translated: Callable[..., Any]) -> Callable[..., Any]:
    """The call, which also knows frames whose labels have a name: it is that of the plan, and the name stays."""

    @functools.wraps(translated)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        state = self._state if issubclass(type(self), Lazy) else None
        if type(state) is not Named or not _is_plain(name, args, kwargs):
            return translated(self, *args, **kwargs)
        log = engine().unsupported
        plain, told = Lazy.recorded(state.table, is_frame=True), len(log)
        try:
            found = translated(plain, *args, **kwargs)
        except Exception:
            if len(log) == told:
                raise
        if len(log) > told:  # pandas itself did it, of a frame without names
            del log[told:]
            return translated(self, *args, **kwargs)
        if name == "__setitem__":
            self._become(Named(plain._state, _relabelled(state, plain._state)))
            return None
        is_frame = isinstance(found, DataFrame) and isinstance(found._state, Table)
        return named(found._state, _relabelled(state, found._state)) if is_frame else found

    return call


def _is_plain(name: str, args: Any, kwargs: Any) -> bool:
    """Whether labels do not count: without other labels beside them, or values of each row alone."""
    of_rows, of_columns = kwargs.get("axis") in (0, "index"), kwargs.get("axis") in (1, "columns")
    if "inplace" in kwargs or (name in _REDUCED and not of_columns):
        return False
    recorded = [one for one in (*args, *kwargs.values()) if issubclass(type(one), Lazy)]
    return not recorded or name in _OF_ROWS or (name in _WORDS and of_rows and not isinstance(recorded[0], DataFrame))


_REDUCED = ("sum", "mean", "min", "max", "count", "any", "all", "std", "var")
_WORDS = ("add", "sub", "mul", "div", "truediv")
_OF_ROWS = ("__getitem__", "__setitem__")  # which are given conditions and columns
# What leaves the name of the labels where it is; in place pandas does it.
_KEEPING = """__getitem__ __setitem__ __add__ __sub__ __mul__ __truediv__ __radd__ __rsub__ __rmul__ __rtruediv__
    __floordiv__ __mod__ __gt__ __ge__ __lt__ __le__ __eq__ __ne__ abs round astype isna notna isnull notnull head copy
    fillna dropna sort_values sort_index reset_index clip add_prefix add_suffix rename""".split()  # noqa: SIM905
_KEEPING += [*_REDUCED, *_WORDS]


def keep_names() -> None:
    """Let the calls that are listed know frames whose labels have a name; once, when all calls are declared."""
    for name in _KEEPING:
        setattr(DataFrame, name, _keeping(name, vars(DataFrame)[name]))


# -- names and labels --------------------------------------------------------------------------------------------------


def _renamed(self: DataFrame, change: Callable[[str], str]) -> DataFrame:
    columns = [(change(str(label)), value) for label, value in self._table.columns]
    if self._table.columns.has_tuples or len({label for label, _ in columns}) != len(columns):
        raise Declined("labels of several levels, or two of one name")
    return self._with(columns)


@method(DataFrame, "add_prefix", "labels of one level")
def _add_prefix(self: DataFrame, prefix: Any) -> Any:
    if not isinstance(prefix, str):
        raise Declined("other than a text")
    return _renamed(self, lambda label: prefix + label)


@method(DataFrame, "add_suffix", "labels of one level")
def _add_suffix(self: DataFrame, suffix: Any) -> Any:
    if not isinstance(suffix, str):
        raise Declined("other than a text")
    return _renamed(self, lambda label: label + suffix)


def _rename_axis(self: DataFrame, mapper: Any = ..., *, index: Any = ..., columns: Any = ..., axis: Any = 0) -> Any:
    """Names of the labels of rows or columns."""
    if mapper is not ...:
        index, columns = (mapper, ...) if axis in (0, "index") else (..., mapper)
    table = self._table
    if columns not in (..., None):
        raise Declined("a name of the labels of columns")
    if index is ...:
        return self._with(table.columns)
    listed = index if isinstance(index, list) else [index]
    if len(listed) != max(len(table.index.levels), 1) or not all(one is None or isinstance(one, str) for one in listed):
        raise Declined("other than a name for each level")
    node, known = (table.node, table.index) if listed == [None] else labelled(table, here())
    levels = tuple((name, value) for name, (_, value) in zip(listed, known.levels, strict=False))
    return self._with(table.columns, node, Index(levels))


_named_axis = method(DataFrame, "rename_axis", "names of the index; no name of the labels of columns")(_rename_axis)


def _without_names(self: Any, *args: Any, **kwargs: Any) -> Any:
    """`rename_axis(None, axis=1)` takes the name away: what is left is a plan."""
    state = self._state if issubclass(type(self), Lazy) else None
    takes = kwargs.get("columns", ...) is None or (args == (None,) and kwargs.get("axis") in (1, "columns"))
    if type(state) is Named and takes and set(kwargs) <= {"columns", "axis", "index"}:
        plain = labels_index(state.table.columns.labels)
        if state.axis.nlevels == 1 and plain.equals(state.axis) and plain.dtype == state.axis.dtype:
            return _named_axis(Lazy.recorded(state.table, is_frame=True), *args, **kwargs)
    return _named_axis(self, *args, **kwargs)


DataFrame.rename_axis = _without_names  # type: ignore[attr-defined]
