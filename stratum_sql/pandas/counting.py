"""Equal values: how often each comes, which are there, which came before; and the largest and smallest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from stratum_sql.pandas.aligning import assigned, column_name, labelled, ordered, plain
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, check_compared, column, joined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, category, is_number
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Aggregate, Filter, Head, Names, Node, Sort, Source, Step
from stratum_sql.pandas.ranking import ranked
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.sources import index_of, values_of
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.pandas.windows import Rows


def _counts(state: Vector, *, by_key: bool, with_missing: bool) -> tuple[Aggregate, Expr, Expr]:
    """A row for each value: the node, the value, and how often it comes."""
    check_compared(state.value)
    if state.value.dtype.kind == "M":
        raise Declined("counts of times")
    node, first = ordered(state.node, here())
    names = Names()
    name, count = names.new("value" if state.name is None else state.name), names.new("count")
    made = Aggregate(
        place=here(), names=names, child=node, keys=((name, state.value),), values=((count, Expr(("count(*)",), INT)),),
        first=first, by_key=by_key, with_missing=with_missing,
    )  # fmt: skip
    value = column(name, state.value.dtype, nullable=with_missing and state.value.nullable)
    return made, value, column(count, INT, nullable=False)


def _is_of_file(state: Vector) -> bool:
    """Whether a column is as it was in a file, where what is missing is NaN."""
    node = state.node
    while isinstance(node, Step | Filter | Sort | Head):
        node = node.child
    return isinstance(node, Source) and node.csv is not None and column_name(state.value) in node.table.column_names


@method(Series, "value_counts", "all but bins")
def _value_counts(
    self: Series, normalize: Any = False, sort: Any = True, ascending: Any = False, *, dropna: Any = True
) -> Any:
    if any(type(one) is not bool for one in (normalize, sort, ascending, dropna)):
        raise Declined("these arguments")
    state = self._vector
    if not dropna and state.value.dtype == TEXT and state.value.nullable and not _is_of_file(state):
        raise Declined("missing texts, which may be None or NaN")
    if category(state.value.dtype) is not None:
        raise Declined("categories that do not come up")
    made, value, count = _counts(state, by_key=False, with_missing=not dropna)
    node: Node = made
    if sort:
        (text,) = count.text
        keys = (f"{text} {'ASC' if ascending else 'DESC'}",)
        node = Sort(place=here(), names=made.names, child=made, keys=keys)
    if normalize:
        share = Expr(joined("{} / CAST(sum({}) OVER () AS DOUBLE)", count, count), FLOAT)
        node, count = assigned(node, "proportion", share, here())
    name = "proportion" if normalize else "count"
    return Lazy.recorded(Vector(node, count, name, Index(((state.name, value),))), is_frame=False)


@method(Series, "unique", "numbers and booleans; texts, none missing")
def _unique(self: Series) -> Any:
    state = self._vector
    if state.value.dtype == TEXT and state.value.nullable:
        raise Declined("missing texts, which may be None or NaN")
    made, value, _ = _counts(state, by_key=False, with_missing=True)
    rows = engine().rows(made, [("value", value.text)], made.order)
    return values_of(rows.column(0), value.dtype)


@method(Series, "mode", "any but times")
def _mode(self: Series, dropna: Any = True) -> Any:
    state = self._vector
    if dropna is not True and (dropna is not False or state.value.nullable):
        raise Declined("missing values counted")
    made, value, count = _counts(state, by_key=True, with_missing=False)
    most = Expr(joined("({} = max({}) OVER ())", count, count), BOOL)
    node, condition = assigned(made, "__most", most, here())
    node = Filter(place=here(), names=made.names, child=node, condition=condition)
    return Lazy.recorded(Vector(node, value, state.name, Index(())), is_frame=False)


# -- rows that came before ---------------------------------------------------------------------------------------------


def _again(node: Node, values: Sequence[Expr], keep: Any) -> tuple[Node, Expr]:
    """Whether the row is one of several equal ones, and not the one that is kept."""
    compared = []
    for value in values:
        node, key = ranked(node, value)
        compared.append(key)
    rows = Rows(node, tuple(compared), with_missing=True)
    if keep is False:
        text = joined("(count(*){} > 1)", rows.over_all())
    elif keep == "first":
        text = joined("(row_number(){} > 1)", rows.over())
    elif keep == "last":
        text = joined("(count(*){} > row_number(){})", rows.over_all(), rows.over())
    else:
        raise Declined("this keep")
    return rows.placed(text, BOOL, nullable=False)


def _subset(self: DataFrame, subset: Any) -> list[Expr]:
    known = dict(self._table.columns)
    labels = list(known) if subset is None else subset if isinstance(subset, list | tuple) else [subset]
    if not labels or not all(is_label(label) and label in known for label in labels):
        raise Declined("labels that are not there")
    return [known[label] for label in labels]


def _without(state: Table | Vector, values: Sequence[Expr], keep: Any, ignore_index: Any) -> tuple[Node, Index]:
    if not isinstance(ignore_index, bool):
        raise Declined("what is no boolean")
    node, again = _again(state.node, values, keep)
    once = Expr(joined("(NOT {})", again), BOOL)
    if isinstance(state, Table):
        node, index = labelled(Table(node, state.columns, state.index), here())
    else:
        node, index = labelled(Vector(node, state.value, state.name, state.index), here())
    kept = Filter(place=here(), names=node.base.names, child=node, condition=once)
    return kept, Index(()) if ignore_index is True else index


@method(DataFrame, "duplicated", "all columns or `subset`")
def _duplicated(self: DataFrame, subset: Any = None, keep: Any = "first") -> Any:
    state = self._table
    node, again = _again(state.node, _subset(self, subset), keep)
    return Lazy.recorded(Vector(node, again, None, state.index), is_frame=False)


@method(DataFrame, "drop_duplicates", "all columns or `subset`")
def _drop_duplicates(self: DataFrame, subset: Any = None, *, keep: Any = "first", ignore_index: Any = False) -> Any:
    node, index = _without(self._table, _subset(self, subset), keep, ignore_index)
    return self._with(self._table.columns, node, index)


@method(Series, "duplicated")
def _duplicated_of_series(self: Series, keep: Any = "first") -> Any:
    state = self._vector
    node, again = _again(state.node, [state.value], keep)
    return Lazy.recorded(Vector(node, again, state.name, state.index), is_frame=False)


@method(Series, "drop_duplicates")
def _drop_duplicates_of_series(self: Series, *, keep: Any = "first", ignore_index: Any = False) -> Any:
    state = self._vector
    node, index = _without(state, [state.value], keep, ignore_index)
    return Lazy.recorded(Vector(node, state.value, state.name, index), is_frame=False)


# -- the largest and smallest ------------------------------------------------------------------------------------------


def _first(state: Table | Vector, n: Any, values: Sequence[Expr], direction: str) -> tuple[Node, Index]:
    """The first rows by the values, ties as they stand."""
    if type(n) is not int or n < 0 or any(not is_number(value.dtype) for value in values):
        raise Declined("a negative count, or other than numbers")
    node, index = labelled(state, here())
    terms = []
    for value in values:
        node, held = plain(node, value, here())
        terms.append(f"{held.text[0]} {direction} NULLS LAST")
    node = Sort(place=here(), names=node.base.names, child=node, keys=tuple(terms))
    return Head(place=here(), names=node.base.names, child=node, start=0, stop=n), index


def _declare_first(name: str, direction: str) -> None:
    def of_series(self: Series, n: Any = 5) -> Any:
        state = self._vector
        node, index = _first(state, n, [state.value], direction)
        return Lazy.recorded(Vector(node, state.value, state.name, index), is_frame=False)

    def of_frame(self: DataFrame, n: Any, columns: Any) -> Any:
        values = _subset(self, columns)
        if any(value.nullable for value in values):
            raise Declined("missing values")
        node, index = _first(self._table, n, values, direction)
        return self._with(self._table.columns, node, index)

    method(Series, name, "numbers; the first of ties")(of_series)
    method(DataFrame, name, "by columns of numbers, none missing; the first of ties")(of_frame)


_declare_first("nlargest", "DESC")
_declare_first("nsmallest", "ASC")


def is_key(node: Node, label: Expr) -> bool:
    """Whether a label is a key of groups, which pandas never makes a range of."""
    while isinstance(node, Step | Filter | Sort | Head):
        node = node.child
    return isinstance(node, Aggregate) and label.text in [
        column(name, INT, nullable=False).text for name, _ in node.keys
    ]


def _declare_label(name: str, direction: str) -> None:
    @method(Series, name, "numbers")
    def label_of(self: Series, *, axis: Any = 0, skipna: Any = True) -> Any:
        state = self._vector
        if type(skipna) is not bool or axis not in (0, "index") or (state.value.nullable and not skipna):
            raise Declined("missing values that count")
        several = len(state.index.levels) > 1
        if not is_number(state.value.dtype) or (several and any(level.nullable for _, level in state.index.levels)):
            raise Declined("labels of other than numbers, or with a missing level")
        node, index = _first(state, 1, [state.value], direction)
        labels = [(f"label_{place}", label.text) for place, (_, label) in enumerate(index.levels)]
        rows = engine().rows(node, [("value", state.value.text), *labels], ())
        if not rows.num_rows or rows.column(0)[0].as_py() is None:
            raise Declined("no value")
        found: Any = index_of(rows, 1, index.levels)[0]
        if not isinstance(found, np.integer) or is_key(node, index.levels[0][1]):
            return found
        if state.index.levels:  # an int if pandas found that they are a range
            raise Declined("labels that may be a range")
        return int(found)


_declare_label("idxmax", "DESC")
_declare_label("idxmin", "ASC")
