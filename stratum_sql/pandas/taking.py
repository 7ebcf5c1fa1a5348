"""Rows by their number or label: a join with a table of what is wanted, or a condition on the number."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from stratum_sql.pandas.aligning import assigned, depth, labelled, numbered, plain
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, check_compared, joined, literal, text_literal
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.given import count
from stratum_sql.pandas.index_traits import has_frequency
from stratum_sql.pandas.kinds import BOOL, INT, TEXT
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Base, Filter, Head, Names, Node, Sort, Source, Take
from stratum_sql.pandas.sources import source_of
from stratum_sql.pandas.states import Held, Index, Table, Vector
from stratum_sql.quoting import quote

WANTED = "wanted"
_wanted: weakref.WeakValueDictionary[tuple[str, bytes], Source] = weakref.WeakValueDictionary()


def state_of(owner: Lazy) -> Table | Vector:
    """The state of an object that is in the plan. Raises Declined."""
    if isinstance(owner._state, Held):
        raise Declined("only pandas can hold this")
    return owner._state


def over(owner: Lazy, node: Node, index: Index) -> Any:
    """The object's columns over rows of another node."""
    state = state_of(owner)
    if isinstance(state, Table):
        assert isinstance(owner, DataFrame)
        return owner._with(state.columns, node, index)
    return Lazy.recorded(Vector(node, state.value, state.name, index), is_frame=False)


def wanted(values: np.ndarray[Any, Any]) -> Source:
    """A table of the values; the same one for equal arrays: `X.iloc[fold]` and `y.iloc[fold]` are the same rows."""
    if values.dtype == object:
        array = pa.array(values.tolist(), type=pa.string())
        key = "text", repr(values.tolist()).encode("utf-8", "replace")
    else:
        array = pa.array(values)
        key = str(values.dtype), values.tobytes()
    found = _wanted.get(key)
    if found is None:
        found = source_of(len(values), [(WANTED, array)], Names(), here(), None)
        _wanted[key] = found
    return found


def joined_rows(node: Node, on: Expr, rows: Source) -> Take:
    """The rows that have in the column `on` what is wanted, in that order."""
    names = node.base.names
    at = names.given(f"__order_{depth(node.base)}_{rows.name}")
    return Take(place=here(), names=names, child=node, on=str(on.text[0]), rows=rows, key=WANTED, at=at)


# -- by number ---------------------------------------------------------------------------------------------------------


def by_numbers(owner: Lazy, numbers: Any) -> Any:
    """The rows of these numbers, a list or array; negative ones from the end, booleans one a row. Raises Declined."""
    state = state_of(owner)
    found = np.asarray(numbers) if len(numbers) else np.empty(0, dtype=np.int64)
    rows = count(state.node)
    if found.dtype == bool and found.shape == (rows,):
        found = np.flatnonzero(found)
    if found.dtype.kind not in "iu" or found.ndim != 1:
        raise Declined("rows by other than their numbers")
    if len(found) and not -rows <= found.min() <= found.max() < rows:
        raise Declined("numbers of rows that are not there")
    found = np.where(found < 0, found + rows, found).astype(np.int64)
    node, index = labelled(state, here())
    node, number = numbered(node, here())
    return over(owner, joined_rows(node, number, wanted(found)), index)


def from_to(owner: Lazy, rows: slice) -> Any:
    """The rows of a slice of numbers. Raises Declined."""
    state = state_of(owner)
    parts = (rows.start, rows.stop, rows.step)
    if any(part is not None and not isinstance(part, int | np.integer) for part in parts) or rows.step == 0:
        raise Declined("a slice of other than numbers")
    start: int
    stop: int | None
    if any(part is not None and part < 0 for part in parts):
        start, stop, step = rows.indices(count(state.node))
    else:
        start, stop, step = int(rows.start or 0), None if rows.stop is None else int(rows.stop), int(rows.step or 1)
    if step == 1:
        return _contiguous(owner, start, stop)
    if has_frequency(state):
        raise Declined("some of the times that have a frequency")
    node, index = labelled(state, here())
    node, number = numbered(node, here())
    low, high = (start, stop) if step > 0 else (None if stop is None else stop + 1, start + 1)
    tests = [f"{{}} >= {low}"] * (low is not None) + [f"{{}} < {high}"] * (high is not None)
    tests.append(f"({{}} - {start}) % {abs(step)} = 0")
    kept = Expr(joined(" AND ".join(tests), *[number] * len(tests)), BOOL)
    made: Base = Filter(place=here(), names=node.base.names, child=node, condition=kept)
    if step < 0:
        made = Sort(place=here(), names=node.base.names, child=made, keys=(f"{number.text[0]} DESC",))
    return over(owner, made, index)


def _contiguous(owner: Lazy, start: int, stop: int | None) -> Any:
    state = state_of(owner)
    node, index = (state.node, state.index) if start == 0 and not state.index.levels else labelled(state, here())
    if isinstance(node.base, Source):  # a condition on the number of the row is cheaper than a limit
        _, number = numbered(node, here())
        tests = [f"{{}} >= {start}"] * (start > 0) + [f"{{}} < {stop}"] * (stop is not None)
        if not tests:
            return over(owner, node, index)
        kept = Expr(joined(" AND ".join(tests), *[number] * len(tests)), BOOL)
        return over(owner, Filter(place=here(), names=node.base.names, child=node, condition=kept), index)
    return over(owner, Head(place=here(), names=node.base.names, child=node, start=start, stop=stop), index)


# -- by label ----------------------------------------------------------------------------------------------------------


def by_labels(owner: Lazy, labels: Any) -> Any:
    """The rows of these labels, in the order they are asked for; each label must be there. Raises Declined."""
    state = state_of(owner)
    node, level, index = level_of(state)
    found = labels_as(labels, level)
    if not len(found):
        raise Declined("no labels")
    rows = wanted(found)
    if not all_there(node, level, found):
        raise Declined("labels that are not there")
    return over(owner, joined_rows(node, level, rows), index)


def level_of(state: Table | Vector) -> tuple[Node, Expr, Index]:
    """The one level of the index as a column of the node. Raises Declined."""
    if len(state.index.levels) > 1:
        raise Declined("an index of several levels")
    node, index = labelled(state, here())
    name, value = index.levels[0]
    if value.dtype not in (INT, TEXT) or value.nullable:
        raise Declined("labels that are no integers or texts")
    node, level = plain(node, value, here())
    return node, level, Index(((name, level),))


def labels_as(labels: Any, level: Expr) -> np.ndarray[Any, Any]:
    """Labels as an array of the index's own type. Raises Declined for others."""
    if isinstance(labels, np.ndarray | pd.Index) and labels.dtype == level.dtype == INT:
        return np.asarray(labels)
    check_compared(level)
    listed = list(labels)
    if level.dtype == TEXT:
        if not all(isinstance(one, str) for one in listed):
            raise Declined("labels of another type")
        text_literal("".join(listed))  # which no label may be that SQL cannot hold
        return np.array(listed, dtype=object)
    if not all(isinstance(one, int | np.integer) and not isinstance(one, bool) for one in listed):
        raise Declined("labels of another type")
    limits = np.iinfo(np.int64)
    if any(not limits.min <= one <= limits.max for one in listed):
        raise Declined("labels of another type")
    return np.array(listed, dtype=np.int64)


def all_there(node: Node, level: Expr, labels: np.ndarray[Any, Any]) -> bool:
    """Whether each label is one of the index."""
    distinct = np.unique(labels) if labels.dtype != object else np.array(sorted(set(labels)), dtype=object)
    if isinstance(node.base, Source) and level.text == (quote("__rid"),):
        rows = count(node)
        return not len(distinct) or bool(distinct[0] >= 0 and distinct[-1] < rows)
    taken = joined_rows(node, level, wanted(distinct))
    found = engine().rows(taken, [("value", (f"count(DISTINCT {quote(taken.at)})",))], ())
    return int(found.column(0)[0].as_py()) == len(distinct)


def is_unique(node: Node, level: Expr) -> bool:
    """Whether no label comes twice."""
    if isinstance(node.base, Source) and level.text == (quote("__rid"),):
        return True
    found = engine().rows(node, [("value", joined("count(DISTINCT {}) = count(*)", level))], ())
    return bool(found.column(0)[0].as_py())


def is_ascending(node: Node, level: Expr) -> bool:
    """Whether the labels never go down from one row to the next."""
    if isinstance(node.base, Source) and level.text == (quote("__rid"),):
        return True
    order = ", ".join(node.order)
    inner = joined(f"coalesce({{}} < lag({{}}) OVER (ORDER BY {order}), false)", level, level)
    node, falls = assigned(node, "__falls", Expr(inner, BOOL), here())
    found = engine().rows(node, [("value", joined("coalesce(bool_or({}), false)", falls))], ())
    return not found.column(0)[0].as_py()


def between_labels(owner: Lazy, rows: slice) -> Any:
    """`loc[a:b]`, both ends with it, of labels that ascend. Raises Declined."""
    state = state_of(owner)
    node, level, index = level_of(state)
    ends = [end for end in (rows.start, rows.stop) if end is not None]
    labels_as(ends, level)
    if rows.step is not None or not is_ascending(node, level):
        raise Declined("labels that do not ascend")
    tests = [
        joined(f"{{}} {sign} {{}}", level, literal(end, level.dtype))
        for sign, end in ((">=", rows.start), ("<=", rows.stop))
        if end is not None
    ]
    if not tests:
        raise Declined("all rows")
    kept = Expr(joined(" AND ".join("{}" for _ in tests), *tests), BOOL)
    return over(owner, Filter(place=here(), names=node.base.names, child=node, condition=kept), index)
