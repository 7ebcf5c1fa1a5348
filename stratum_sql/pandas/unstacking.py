"""A level of the index as columns, and columns as a level: `unstack`, `stack`.

Which columns there are depends on the rows: that is asked, and what is in them stays in the plan.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import pandas as pd

from stratum_sql.pandas.aligning import labelled, ordered
from stratum_sql.pandas.axes import Named, laid
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, cast, column, dtype_of, joined, literal
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.index_traits import has_own_levels
from stratum_sql.pandas.kinds import BOOL, FLOAT, TEXT, Dtype, is_float, is_integer, is_lists, sql_type
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.operations import OF_LABELS, OF_NAMED, method, recipe_of, with_recipe
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import RID, Aggregate, Names, Node, Sort, Source, Step, Union
from stratum_sql.pandas.running import made_by_pandas
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.sources import labels_index, values_of
from stratum_sql.pandas.stacking import stacked_dtype
from stratum_sql.pandas.stand_ins import done, recorded
from stratum_sql.pandas.states import Held, Index, Table, Vector
from stratum_sql.pandas.time_bins import are_bins
from stratum_sql.pandas.windows import has_rows
from stratum_sql.quoting import quote

MOST = 1_000  # columns that are made of values
Pairs = Sequence[tuple[Hashable, Expr]]


def _place(index: Index, level: Any) -> int:
    """Which level of the index, by number or name. Raises Declined."""
    count = len(index.levels)
    names = [label for label, _ in index.levels]
    if count < 2:
        raise Declined("an index of one level")
    if type(level) is int and -count <= level < count and level not in names:
        return level % count
    if isinstance(level, str) and names.count(level) == 1:
        return names.index(level)
    raise Declined("other than one level of the index")


Order = Literal["value", "appearance"]  # of the values of a level, as pandas keeps them


def _order(state: Table | Vector) -> Order | None:
    if has_own_levels(state):
        return None
    node = state.node
    while isinstance(node, Step | Sort):
        node = node.child
    if isinstance(node, Source):  # or the index was set of columns, over all rows
        return "value"
    if not isinstance(node, Aggregate):  # a level may have values that no row has any more
        return None
    keys = [key for _, key in node.keys]
    gaps = [key for key in keys if key.nullable]
    if node.by_key:
        return "value" if len(keys) < 2 or not gaps or _has_all(node.child, keys) else None
    missing = joined(" OR ".join("{} IS NULL" for _ in gaps), *gaps)
    if gaps and engine().answer(node.child, joined("coalesce(bool_or({}), false)", missing)):
        return None
    return "appearance"


def _has_all(node: Node, keys: Sequence[Expr]) -> bool:
    """Whether each value of a key comes in a row where no key is missing."""
    there = joined(" AND ".join("{} IS NOT NULL" for _ in keys), *keys)
    tests = [joined("count(DISTINCT {}) = count(DISTINCT {}) FILTER (WHERE {})", key, key, there) for key in keys]
    return bool(engine().answer(node, joined(" AND ".join("{}" for _ in tests), *tests)))


def _asked(node: Node, levels: Pairs, place: int, order: Order) -> tuple[np.ndarray[Any, Any], bool]:
    """The values of a level in that order, and whether there is a row for each of them and each of the other levels.

    Raises Declined where a value is missing or two rows have the same labels.
    """
    values = [value for _, value in levels]
    _check_unique(node, values)
    rest = [value for number, value in enumerate(values) if number != place]
    others = f"count(DISTINCT {_row(rest) if len(rest) > 1 else '{}'})"
    in_order = f"list({{}} ORDER BY {quote(RID)})" if order == "appearance" else "list(DISTINCT {})"
    questions: list[tuple[str, Text]] = [
        ("rows", ("count(*)",)),
        ("others", joined(others, *rest)),
        ("values", joined(in_order, values[place])),
    ]
    found = engine().rows(node, questions, ())
    rows, count = (int(found.column(number)[0].as_py()) for number in range(2))
    there = values_of(found.column(2).combine_chunks().flatten(), values[place].dtype)
    there = np.sort(there) if order == "value" else pd.unique(there)
    if len(there) > MOST:
        raise Declined(f"more than {MOST:,} columns")
    return there, rows == count * len(there)


def _check_unique(node: Node, levels: Sequence[Expr]) -> None:
    """Raise Declined where there are no rows, labels are missing, or two rows have the same. Groups are kept."""
    base = node
    while isinstance(base, Step | Sort):
        base = base.child
    if isinstance(base, Aggregate) and {level.text for level in levels} == {(quote(name),) for name, _ in base.keys}:
        test: Text = ("count(*) > 0",)  # of groups all keys come once
    else:
        test = joined(f"count(*) > 0 AND count(*) = count(DISTINCT {_row(levels)})", *levels)
    missing = [level for level in levels if level.nullable]
    gap = joined("".join(" AND NOT bool_or({} IS NULL)" for _ in missing), *missing)
    if not engine().answer(node, joined("({}{})", test, gap)):
        raise Declined("no rows, missing labels, or labels that come twice")


def _row(values: Sequence[Expr]) -> str:
    return f"row({', '.join('{}' for _ in values)})"


def _cell(value: Expr, level: Expr, one: Any, fill_value: Any, *, is_full: bool) -> Expr:
    """The value of the row that has the label `one`, and that of no row. Raises Declined."""
    here_ = joined("{} = {}", level, literal(one, level.dtype))
    text = joined("any_value({}) FILTER (WHERE {})", value, here_)
    if is_full:
        return Expr(text, value.dtype, value.nullable)
    if fill_value is None:
        if value.dtype == BOOL:
            raise Declined("booleans that are missing")
        dtype = FLOAT if is_integer(value.dtype) else value.dtype
        return cast(Expr(text, value.dtype, True), dtype) if dtype == FLOAT else Expr(text, dtype, True)
    kind = dtype_of(fill_value)
    if kind != value.dtype and not (kind.kind in "iu" and is_integer(value.dtype)) and not is_float(value.dtype):
        raise Declined(f"{kind} among {value.dtype}")
    filled = literal(fill_value, value.dtype)
    if is_float(value.dtype) and (kind == BOOL or fill_value != fill_value):
        raise Declined("filled with a boolean or a missing value")
    if value.nullable:
        text = joined("CASE WHEN count(*) FILTER (WHERE {}) > 0 THEN {} ELSE {} END", here_, text, filled)
    else:
        text = joined("coalesce({}, {})", text, filled)
    return Expr(text, value.dtype, value.nullable)


def _unstacked(
    state: Table | Vector, columns: Pairs, level: Any, fill_value: Any, order: Order | None
) -> tuple[Table, Any, Hashable]:
    """The plan, whose columns are one of each of `columns` for each value, these values, and the name of the level."""
    place = _place(state.index, level)
    levels = state.index.levels
    name, key = levels[place]
    if key.dtype.kind not in "iubO" or any(value.dtype.kind not in "iubfO" for _, value in levels):
        raise Declined("labels of this type")
    if any(is_lists(value.dtype) or value.dtype.kind not in "iubfOM" for _, value in columns):
        raise Declined("columns of this type")
    if order is None or (order == "appearance" and len(levels) > 2):
        raise Declined("levels whose values may be in another order than their own")
    values, is_full = _asked(state.node, levels, place, order)
    names = Names()
    rest = [pair for number, pair in enumerate(levels) if number != place]
    keys = tuple((names.new("key" if label is None else label), value) for label, value in rest)
    cells = [
        ((label, one), _cell(value, key, one, fill_value, is_full=is_full))
        for (label, value), one in itertools.product(columns, values.tolist())
    ]
    made = tuple((names.new(one if label is None else f"{label}_{one}"), cell) for (label, one), cell in cells)
    node = Aggregate(place=here(), names=names, child=state.node, keys=keys, values=made, first=quote(RID),
                     by_key=order == "value")  # fmt: skip
    index = [
        (label, column(key_name, value.dtype, nullable=False))
        for (label, value), (key_name, _) in zip(rest, keys, strict=True)
    ]
    found = [
        (label, column(made_name, cell.dtype, nullable=cell.nullable))
        for (label, cell), (made_name, _) in zip(cells, made, strict=True)
    ]
    return Table(node, found, Index(tuple(index))), values, name


@method(Series, "unstack", "one level of several, which come once; a fill_value of the column's type")
def _unstack_series(self: Series, level: Any = -1, fill_value: Any = None) -> Any:
    state = self._vector
    with _levels_of_pandas(self) as order:
        table, values, name = _unstacked(state, [(None, state.value)], level, fill_value, order)
    with object_mode():
        axis = pd.Index(values, name=name)
    return _finished(table, axis, recipe_of(state, "unstack", (level, fill_value), {}))


@method(DataFrame, "unstack", "one level of several, which come once; a fill_value of the columns' type")
def _unstack(self: DataFrame, level: Any = -1, fill_value: Any = None) -> Any:
    state = self._table
    with _levels_of_pandas(self) as order:
        table, values, name = _unstacked(state, list(state.columns), level, fill_value, order)
    axis = _longer(labels_index(state.columns.labels), values, name)
    return _finished(table, axis, recipe_of(state, "unstack", (level, fill_value), {}))


@contextmanager
def _levels_of_pandas(self: Series | DataFrame) -> Iterator[Order | None]:
    """In which order pandas keeps the values of the levels. Where it is not their own, or they have a frequency, and
    the block declines, the object is made by pandas alone: only so it has that.
    """
    state = self._state
    assert not isinstance(state, Held)
    order = _order(state)
    try:
        yield order
    except Declined:
        has_more = order != "value" or any(are_bins(state.node, value) for _, value in state.index.levels)
        if has_more and len(state.index.levels) > 1:
            self._become(Held(made_by_pandas(state)))
        raise


def _finished(table: Table, axis: pd.Index[Any], recipe: Any) -> DataFrame:
    values = [value for _, value in table.columns]
    state = with_recipe(laid(table.node, values, axis, table.index), recipe)
    made: DataFrame = Lazy.recorded(state, is_frame=True)
    return made


@method(DataFrame, "pivot", "one column as index, columns and values each, whose pairs come once")
def _pivot(self: DataFrame, *, columns: Any, index: Any = None, values: Any = None) -> Any:
    known = dict(self._table.columns)
    if not all(is_label(one) and one in known for one in (columns, index, values)) or columns == index:
        raise Declined("other than three labels")
    levels = Index(((index, known[index]), (columns, known[columns])))
    state = Vector(self._table.node, known[values], None, levels)
    table, found, name = _unstacked(state, [(None, state.value)], -1, None, "value")
    with object_mode():
        axis = pd.Index(found, name=name)
    call = {"columns": columns, "index": index, "values": values}
    return _finished(table, axis, recipe_of(self._table, "pivot", (), call))


# -- columns below each other, row by row ------------------------------------------------------------------------------


@method(DataFrame, "stack", "one level of the labels; columns of one type or of numbers")
def _stack(self: DataFrame) -> Any:
    return _stacked(self._table, None)


def _stacked(table: Table, name: Hashable) -> Any:
    parts = [(label, [value]) for label, value in table.columns]
    kind = TEXT if isinstance(parts[0][0], str) else dtype_of(parts[0][0])
    node, index, (value,) = below_each_other(table, parts, name, kind)
    return Lazy.recorded(Vector(node, value, None, index), is_frame=False)


Parts = Sequence[tuple[Any, Sequence[Expr | None]]]


def below_each_other(table: Table, parts: Parts, name: Hashable, kind: Dtype) -> tuple[Node, Index, list[Expr]]:
    """Several rows for each row, one a part: the label of that dtype which its index has then as well, and its values,
    None for those that are missing. Raises Declined.
    """
    columns = [list(column) for column in zip(*(values for _, values in parts), strict=True)]
    listed = [value for values in columns for value in values if value is not None]
    if any(is_lists(value.dtype) or value.dtype.kind not in "iubfOM" for value in listed):
        raise Declined("columns of this type")
    dtypes = [stacked_dtype(values) for values in columns]
    if not has_rows(table.node):
        raise Declined("no rows")
    if len(table.index.levels) > 1 and any(level.nullable for _, level in table.index.levels):
        raise Declined("missing labels in several levels")
    node, index = labelled(table, here())
    node, order = ordered(node, here())
    names = Names()
    levels = [(label, names.new("index" if label is None else label), value) for label, value in index.levels]
    label_name = names.new("label" if name is None else name)
    made_names = [names.new("value") for _ in columns]
    rows = Union(
        place=here(), names=names, columns=(*(made for _, made, _ in levels), label_name, *made_names),
        parts=tuple(
            (node, order, (*(value for _, _, value in levels), literal(label, kind), *map(_or_missing, values, dtypes)))
            for label, values in parts
        ),
    )  # fmt: skip
    made = Sort(place=here(), names=names, child=rows, keys=(quote(RID),))
    kept = [(label, column(made_name, value.dtype, nullable=value.nullable)) for label, made_name, value in levels]
    found = [
        column(made_name, dtype, nullable=any(value is None or value.nullable for value in values))
        for made_name, dtype, values in zip(made_names, dtypes, columns, strict=True)
    ]
    return made, Index((*kept, (name, column(label_name, kind, nullable=False)))), found


def _or_missing(value: Expr | None, dtype: Dtype) -> Expr:
    return Expr((f"NULL::{sql_type(dtype)}",), dtype, True) if value is None else cast(value, dtype)


# -- frames whose labels are beside their plan -------------------------------------------------------------------------


def _unstack_named(frame: Any, state: Named, method: Any, args: Any, kwargs: Any) -> Any:
    """With a level of labels more."""
    if not state.axis.is_unique or not len(state.axis):
        raise Declined("labels that come twice, or none")
    level, fill_value = _arguments(*args, **kwargs)
    table = state.table
    with _levels_of_pandas(recorded(table)) as order:
        made, values, name = _unstacked(table, list(table.columns), level, fill_value, order)
    held = [value for _, value in made.columns]
    axis = _longer(state.axis, values, name)
    return Lazy.recorded(laid(made.node, held, axis, made.index), is_frame=True)


def _arguments(level: Any = -1, fill_value: Any = None) -> tuple[Any, Any]:
    return level, fill_value


def _longer(axis: pd.Index[Any], values: Any, name: Hashable) -> pd.Index[Any]:
    """The labels, each with each of the values."""
    several = isinstance(axis, pd.MultiIndex)
    with object_mode():
        levels: list[Any] = [*axis.levels, pd.Index(values)] if several else [axis, pd.Index(values)]  # type: ignore[attr-defined]
        codes: list[Any] = list(axis.codes) if several else [np.arange(len(axis))]  # type: ignore[attr-defined]
        codes = [*(np.repeat(one, len(values)) for one in codes), np.tile(np.arange(len(values)), len(axis))]
        return pd.MultiIndex(levels=levels, codes=codes, names=[*axis.names, name])


def _stack_named(frame: Any, state: Named, method: Any, args: Any, kwargs: Any) -> Any:
    """One level of the labels as the last of the index: pandas says which columns are below each other."""
    if not len(state.axis):
        raise Declined("no columns")
    if kwargs.get("future_stack", True) is not True or set(kwargs) - {"level", "future_stack"} or len(args) > 1:
        raise Declined("the former way to stack")
    level = args[0] if args else kwargs.get("level", -1)
    found = done(state.axis, lambda one: one.stack(level, future_stack=True))
    labels = found.index
    if labels.nlevels != 2 or not (labels.names[1] is None or isinstance(labels.names[1], str)):
        raise Declined("several levels, or names that are no texts")
    table, places = state.table, np.asarray(found, dtype="float64").reshape(len(found), -1)
    values = [value for _, value in table.columns]
    listed, kind = _plainly(labels.levels[1], labels.codes[1])
    parts = [
        (label, [None if place != place else values[int(place)] for place in row])
        for label, row in zip(listed, places, strict=True)
    ]
    node, index, columns = below_each_other(table, parts, labels.names[1], kind)
    if isinstance(found, pd.Series):
        return Lazy.recorded(Vector(node, columns[0], None, index), is_frame=False)
    return Lazy.recorded(laid(node, columns, found.columns, index), is_frame=True)


def _plainly(level: Any, codes: Any) -> tuple[list[Any], Dtype]:
    """The labels of a level, and their dtype. Raises Declined for other than texts and integers."""
    labels = level.take(codes).tolist()
    are_texts = level.dtype == object and all(isinstance(one, str) for one in labels)
    if min(codes, default=-1) < 0 or not (are_texts or level.dtype.kind == "i"):
        raise Declined("labels that are missing, or neither texts nor integers")
    return labels, TEXT if are_texts else level.dtype


OF_NAMED["unstack"] = _unstack_named
OF_NAMED["stack"] = OF_LABELS["stack"] = _stack_named
