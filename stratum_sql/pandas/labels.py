"""The labels of rows and columns: `sort_index`, `reindex`, `align`, `insert`, `pop`, `combine_first`, `pipe`."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas import rowwise
from stratum_sql.pandas.aligning import check_same_labels, labelled, ordered, plain, together
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, cast, check_gap, column, dtype_of, is_missing, joined, literal
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.frame_methods import with_column
from stratum_sql.pandas.index_traits import has_frequency, has_own_levels
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, carried, is_float, is_integer, is_number
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.operations import method, recipe_of
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import RIGHT_RID, Join, Names, Node, Sort
from stratum_sql.pandas.ranking import ranked
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_constant, is_label, sort_term
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.pandas.taking import WANTED, is_unique, labels_as, level_of, over, state_of, wanted
from stratum_sql.quoting import quote

# -- sort_index --------------------------------------------------------------------------------------------------------


def _sort_index(
    self: Any, *, axis: Any = 0, level: Any = None, ascending: Any = True, kind: str = "quicksort",
    na_position: str = "last", sort_remaining: bool = True, ignore_index: bool = False,
) -> Any:  # fmt: skip
    if axis in (1, "columns") and isinstance(self, DataFrame) and level is None and ignore_index is False:
        return _sort_columns(self, ascending)
    state = state_of(self)
    if axis not in (0, "index") or type(sort_remaining) is not bool:
        raise Declined("columns sorted, or this sort_remaining")
    if has_own_levels(state):
        raise Declined("levels that keep their values in another order")
    node, index = labelled(state, here())
    if len(index.levels) > 1:
        kind = "stable"  # several levels are sorted by their codes, stably
    elif level is not None:
        kind = "quicksort"  # as pandas sorts an index
    terms, levels, untied = [], list(index.levels), None
    for place, direction in _sorted_levels(index, level, ascending, sort_remaining):
        label, value = levels[place]
        is_alone = len(index.levels) == 1 and not has_frequency(state)
        is_other = is_alone and (carried(value.dtype) is not None or value.dtype.kind == "M")
        if value.nullable or not (is_other or value.dtype in (BOOL, FLOAT, TEXT) or is_integer(value.dtype)):
            raise Declined("labels that are missing, or of this type")
        node, found = plain(node, value, here())
        node, key = ranked(node, found)
        term, untied = sort_term(key, direction, kind, na_position)
        terms.append(term)
        levels[place] = (label, found)
    node = Sort(place=here(), names=node.base.names, child=node, keys=tuple(terms), untied=untied)
    return over(self, node, Index(()) if ignore_index is True else Index(tuple(levels)))


def _sorted_levels(index: Index, level: Any, ascending: Any, sort_remaining: bool) -> list[tuple[int, Any]]:
    """The numbers of the levels that rows are sorted by, each with its direction. Raises Declined."""
    names, count = [label for label, _ in index.levels], len(index.levels)
    places = list(range(count)) if level is None else [_place(names, one) for one in _as_list(level)]
    if isinstance(ascending, list) and (count > 1 or len(ascending) == 1) and len(ascending) == len(places):
        directions = ascending
    elif type(ascending) is bool:
        places += [place for place in range(count) if place not in places and sort_remaining]
        directions = [ascending] * len(places)
    else:
        raise Declined("directions of other than the levels")
    if len(set(places)) != len(places):
        raise Declined("a level twice")
    return list(zip(places, directions, strict=True))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _place(names: list[Hashable], level: Any) -> int:
    if isinstance(level, str) and names.count(level) == 1:
        return names.index(level)
    if type(level) is int and -len(names) <= level < len(names) and level not in names:
        return level % len(names)
    raise Declined("levels of the index")


def _sort_columns(self: DataFrame, ascending: Any) -> DataFrame:
    labels: list[Any] = self._table.columns.labels
    if type(ascending) is not bool:
        raise Declined("directions that are no booleans")
    known = dict(self._table.columns)
    return self._with((label, known[label]) for label in sorted(labels, reverse=not ascending))


# -- reindex -----------------------------------------------------------------------------------------------------------


def _by_columns(self: DataFrame, labels: Any, fill: Any) -> DataFrame:
    listed = _listed(labels)
    if len(set(listed)) != len(listed) or not all(is_label(label) for label in listed):
        raise Declined("labels that come twice")
    known, missing = dict(self._table.columns), [label for label in listed if label not in dict(self._table.columns)]
    if missing and any(value.dtype == np.float32 for value in known.values()):
        raise Declined("columns beside those of float32")
    gap = Expr(("NULL::DOUBLE",), FLOAT, True)
    if missing and not is_missing(fill):
        if not is_constant(fill):
            raise Declined("filled with this")
        dtype = dtype_of(fill)
        gap = cast(literal(fill, FLOAT), dtype) if dtype == INT else literal(fill, dtype)
    if not known or (missing and len(missing) == len(listed)):
        raise Declined("none of the columns")
    return self._with((label, known.get(label, gap)) for label in listed)


def _listed(labels: Any) -> list[Any]:
    if not isinstance(labels, list | tuple | pd.Index | np.ndarray | range):
        raise Declined(f"labels in a {type(labels).__name__}")
    return list(labels)


def _by_rows(self: Any, labels: Any, fill: Any) -> Any:
    """A left join of the labels with the rows, whose labels are all different."""
    state, listed = state_of(self), _listed(labels)
    if isinstance(labels, pd.Index) and (labels.name is not None or labels.nlevels > 1):
        raise Declined("an index with a name")
    if isinstance(labels, pd.CategoricalIndex) or getattr(labels, "freq", None) is not None:
        raise Declined("labels that are categories, or have a frequency")
    node, level, index = level_of(state)
    found = labels_as(listed, level)
    if not len(found) or not is_unique(node, level):
        raise Declined("no labels, or labels that come twice")
    columns = state.columns if isinstance(state, Table) else ((state.name, state.value),)
    node, values = _plain(node, [value for _, value in columns])
    made = _join(found, node, level, values)
    gap = joined("coalesce(bool_or({} IS NULL), false)", quote(RIGHT_RID))
    is_gap = engine().rows(made, [("value", gap)], ()).column(0)[0].as_py()
    taken = [
        _with_gap(column(name, value.dtype, nullable=value.nullable), fill)
        if is_gap
        else column(name, value.dtype, nullable=value.nullable)
        for (name, _, value) in made.columns[1:]
    ]
    placed = Index(((index.levels[0][0], column(made.columns[0][0], level.dtype, nullable=False)),))
    if isinstance(state, Vector):
        return Lazy.recorded(Vector(made, taken[0], state.name, placed), is_frame=False)
    table = Table(made, tuple(zip((label for label, _ in columns), taken, strict=True)), placed)
    return Lazy.recorded(table, is_frame=True)


def _plain(node: Node, values: list[Expr]) -> tuple[Node, list[Expr]]:
    found = []
    for value in values:
        node, placed = plain(node, value, here())
        found.append(placed)
    return node, found


def _join(labels: np.ndarray[Any, Any], node: Node, level: Expr, values: list[Expr]) -> Join:
    names = Names()
    node, order = ordered(node, here())
    key = column(WANTED, level.dtype, nullable=False)
    listed = [(names.new("index"), "l", key), *((names.new("column"), "r", value) for value in values)]
    return Join(
        place=here(), names=names, left=wanted(labels), right=node, left_order=(quote("__rid"),), right_order=(order,),
        on=((key, level),), how="left", columns=tuple(listed),
    )  # fmt: skip


def _with_gap(value: Expr, fill: Any) -> Expr:
    """The value, or what it is filled with in rows that were not there; what was missing before stays so."""
    if is_missing(fill):
        if is_number(value.dtype) and not is_float(value.dtype):
            return Expr(cast(value, FLOAT).text, FLOAT, True)
        if value.dtype.kind == "b":
            raise Declined("booleans that are missing")
        check_gap(value.dtype)
        return Expr(value.text, value.dtype, True)
    if not is_constant(fill) or dtype_of(fill) != value.dtype:
        raise Declined("filled with another type")
    text = joined(f"CASE WHEN {quote(RIGHT_RID)} IS NULL THEN {{}} ELSE {{}} END", literal(fill, value.dtype), value)
    return Expr(text, value.dtype, value.nullable)


@method(DataFrame, "reindex", "labels of columns, or of rows where each comes once; method")
def _reindex(
    self: DataFrame,
    labels: Any = None,
    *,
    index: Any = None,
    columns: Any = None,
    axis: Any = None,
    fill_value: Any = np.nan,
) -> Any:
    if labels is not None and index is None and axis is None:  # also beside `columns`
        labels, index = None, labels
    if (labels is None) == (index is None and columns is None) or (labels is None and axis is not None):
        raise Declined("labels twice, or none")
    if labels is not None:
        index, columns = (None, labels) if axis in (1, "columns") else (labels, None)
    if index is None and columns is None:
        raise Declined("no axis")
    found = self if columns is None else _by_columns(self, columns, fill_value)
    return found if index is None else _by_rows(found, index, fill_value)


@method(Series, "reindex", "labels, where each comes once; method")
def _reindex_series(self: Series, index: Any = None, *, fill_value: Any = np.nan) -> Any:
    return _by_rows(self, index, fill_value)


# -- two objects -------------------------------------------------------------------------------------------------------


@method(Series, "combine_first", "a Series over the same rows, of one type")
def _combine_first(self: Series, other: Any) -> Any:
    node, value, _ = self._other(other)
    if not isinstance(value, Expr) or value.dtype != self._vector.value.dtype:
        raise Declined("other than columns of one type")
    return self._with(rowwise.filled(self._vector.value, value), node)


@method(Series, "align", "a Series")
def _align_series(self: Series, other: Any) -> Any:
    if not isinstance(other, Series):
        raise Declined("other than a Series")
    other_state = other._vector if isinstance(other._state, Vector) else None
    if other_state is None:
        raise Declined("a Series that only pandas can hold")
    together(self._vector.node, other_state.node)
    check_same_labels(self._vector.index, other_state.index)
    return self.copy(), other.copy()


@method(DataFrame, "align", "a frame, or a Series with axis=0")
def _align(self: DataFrame, other: Any, join: str = "outer", axis: Any = None, *, fill_value: Any = np.nan) -> Any:
    if axis not in (1, "columns") or not isinstance(other, DataFrame) or join not in ("left", "right", "inner"):
        raise Declined("other than columns, left, right or inner")
    mine, its = list(self.columns), [label for label, _ in other._table.columns]
    wanted_labels = {"left": mine, "right": its, "inner": [label for label in mine if label in its]}[join]
    return _by_columns(self, wanted_labels, fill_value), _by_columns(other, wanted_labels, fill_value)


# -- columns put in and taken out --------------------------------------------------------------------------------------


@method(DataFrame, "insert", "as for single columns")
def _insert(self: DataFrame, loc: Any, column: Hashable, value: Any) -> None:
    known = [label for label, _ in self._table.columns]
    if not is_label(column) or column in known or type(loc) is not int or not 0 <= loc <= len(known):
        raise Declined("a place that is not there, or a label that is")
    found = with_column(self, column, value)._table
    columns = list(found.columns)
    columns.insert(loc, columns.pop())
    self._become(Table(found.node, tuple(columns), found.index))


@method(DataFrame, "pop", "a label")
def _pop(self: DataFrame, item: Any) -> Any:
    if not is_label(item):
        raise Declined(f"a label of type {type(item).__name__}")
    taken = self[item].copy()
    _without(self, item)
    return taken


@method(DataFrame, "__delitem__", "a label")
def _delete(self: DataFrame, key: Any) -> None:
    self._value(key)
    _without(self, key)


def _without(self: DataFrame, dropped: Hashable) -> None:
    state = self._table
    columns = tuple((label, value) for label, value in state.columns if label != dropped)
    self._become(Table(state.node, columns, state.index, recipe_of(state, "drop", (), {"columns": [dropped]})))


@method(Series, "to_frame", "a label")
def _to_frame(self: Series, name: Any = None) -> Any:
    state = self._vector
    label = name if name is not None else 0 if state.name is None else state.name
    if not is_label(label):
        raise Declined(f"a label of type {type(label).__name__}")
    return Lazy.recorded(Table(state.node, ((label, state.value),), state.index), is_frame=True)


def _pipe(self: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
    if not callable(func):
        raise Declined("a function and the name of its argument")
    return func(self, *args, **kwargs)


for _kind in (DataFrame, Series):
    method(_kind, "sort_index", "labels of integers, floats or texts; as sort_values where one comes twice")(
        _sort_index
    )
    method(_kind, "pipe", "a function, which gets the recorded object")(_pipe)


# -- names and affixes -------------------------------------------------------------------------------------------------


def _declare_affix(name: str, affixed: Callable[[str, str], str]) -> None:
    @method(DataFrame, name, "a text")
    def of_frame(self: DataFrame, text: Any) -> Any:
        if not isinstance(text, str):
            raise Declined("other than a text")
        return self._with((affixed(str(label), text), value) for label, value in self._table.columns)


_declare_affix("add_prefix", lambda label, text: text + label)
_declare_affix("add_suffix", lambda label, text: label + text)


@method(DataFrame, "rename_axis", "names of the index, or of the labels of columns")
def _rename_axis(self: DataFrame, mapper: Any = ..., *, index: Any = ..., columns: Any = ..., axis: Any = 0) -> Any:
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
