"""Two frames become one: `concat` below each other, `merge` by equal keys."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from stratum_sql.bind.leaves import quote
from stratum_sql.pandas.aligning import labelled, ordered, plain
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Listed, Text, cast, column, joined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import FLOAT, INT, TEXT, Dtype, is_integer, is_number, sql_type
from stratum_sql.pandas.lazy import Lazy, method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import RIGHT_RID, Join, Names, Node, Union
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.states import Index, Table

# -- concat ------------------------------------------------------------------------------------------------------------


def stacked(frames: Sequence[Table], *, ignore_index: bool) -> DataFrame:
    """The rows of all, in their order; a column that one does not have is missing there. Raises Declined."""
    place, names = here(), Names()
    labels = list(dict.fromkeys(label for frame in frames for label, _ in frame.columns))
    dtypes = [stacked_dtype([dict(frame.columns).get(label) for frame in frames]) for label in labels]
    columns = [names.new(label) for label in labels]
    index_name = names.new("index")
    parts = []
    for frame in frames:
        node, index = (frame.node, Index(())) if ignore_index else labelled(frame, place)
        if len(index.levels) > 1 or (
            index.levels and (index.levels[0][0] is not None or index.levels[0][1].dtype != INT)
        ):
            raise Declined("an index that is not of int64, or has a name")
        node, order = ordered(node, place)
        known = dict(frame.columns)
        values = [_as(known.get(label), dtype) for label, dtype in zip(labels, dtypes, strict=True)]
        parts.append((node, order, (*values, *(value for _, value in index.levels))))
    nullable = [any(part[2][at].nullable for part in parts) for at in range(len(labels))]
    indexed = () if ignore_index else (index_name,)
    made = Union(place=place, names=names, columns=(*columns, *indexed), parts=tuple(parts))
    found = [
        (label, column(name, dtype, nullable=missing))
        for label, name, dtype, missing in zip(labels, columns, dtypes, nullable, strict=True)
    ]
    index = Index(tuple((None, column(name, INT, nullable=False)) for name in indexed))
    result: DataFrame = Lazy.recorded(Table(made, tuple(found), index), is_frame=True)
    return result


def stacked_dtype(values: Sequence[Expr | None]) -> Dtype:
    dtypes = {value.dtype for value in values if value is not None}
    if len(dtypes) > 1:
        if not all(is_number(dtype) for dtype in dtypes):
            raise Declined("columns of several types")
        found: Dtype = np.result_type(*dtypes)
    else:
        (found,) = dtypes
    if None not in values or found in (FLOAT, TEXT):
        return found
    if found != INT:
        raise Declined(f"a column of {found} that is not in all frames")
    return FLOAT


def _as(value: Expr | None, dtype: Dtype) -> Expr:
    return Expr((f"NULL::{sql_type(dtype)}",), dtype, True) if value is None else cast(value, dtype)


# -- merge -------------------------------------------------------------------------------------------------------------


@method(DataFrame, "merge", "inner and left, `on`, or `left_on` and `right_on`: labels of equal types")
def _merge(
    self: DataFrame,
    right: Any,
    how: str = "inner",
    on: Any = None,
    left_on: Any = None,
    right_on: Any = None,
    *,
    suffixes: Any = ("_x", "_y"),
) -> Any:
    if not isinstance(right, DataFrame) or not isinstance(right._state, Table):
        raise Declined("a right side that only pandas can hold")
    if how not in ("inner", "left"):
        raise Declined(f"how={how!r}")
    left, other = self._table, right._table
    pairs = _pairs(left, other, on, left_on, right_on)
    _check_keys(left, other, pairs)
    shared = [key for key, of_right in pairs if key == of_right]
    named = _named([label for label, _ in left.columns], [label for label, _ in other.columns], shared, suffixes)
    return _joined(left, other, pairs, shared, how, named)


def _pairs(left: Table, right: Table, on: Any, left_on: Any, right_on: Any) -> list[tuple[Any, Any]]:
    """The keys of both sides, which are of one name unless they were given for each."""
    if on is None and left_on is not None and right_on is not None:
        sides = [key if isinstance(key, list) else [key] for key in (left_on, right_on)]
        if len(sides[0]) != len(sides[1]):
            raise Declined("keys of two counts")
        return list(zip(*sides, strict=True))
    if left_on is not None or right_on is not None:
        raise Declined("keys given twice")
    known = dict(right.columns)
    keys = [label for label, _ in left.columns if label in known] if on is None else on
    return [(key, key) for key in (keys if isinstance(keys, list) else [keys])]


def _check_keys(left: Table, right: Table, pairs: list[tuple[Any, Any]]) -> None:
    known = [dict(left.columns), dict(right.columns)]
    if not pairs or not all(
        is_label(key) and key in side for pair in pairs for key, side in zip(pair, known, strict=True)
    ):
        raise Declined("keys that are not labels of both sides")
    if any(len({pair[side] for pair in pairs}) < len(pairs) for side in (0, 1)):
        raise Declined("a key given twice")
    dtypes = [(known[0][one].dtype, known[1][two].dtype) for one, two in pairs]
    if any(one != two or one == np.float32 for one, two in dtypes):
        raise Declined("keys of two types")


def _named(left: list[Any], right: list[Any], keys: list[Any], suffixes: Any) -> list[list[Hashable]]:
    """The labels that the columns of both sides have in the result; keys of the right side are left out."""
    if (
        not isinstance(suffixes, list | tuple)
        or len(suffixes) != 2
        or not all(isinstance(one, str) for one in suffixes)
    ):
        raise Declined("suffixes that are not two texts")
    both = (set(left) & set(right)) - set(keys)
    if any(not isinstance(label, str) for label in both):
        raise Declined("labels that are no texts")
    found = [
        [f"{label}{suffixes[0]}" if label in both else label for label in left],
        [f"{label}{suffixes[1]}" if label in both else label for label in right if label not in keys],
    ]
    if len({*found[0], *found[1]}) != len(found[0]) + len(found[1]):
        raise Declined("two columns of one name")
    return found


def _joined(
    left: Table, right: Table, pairs: list[tuple[Any, Any]], shared: list[Any], how: str, named: list[list[Hashable]]
) -> DataFrame:
    place, names = here(), Names()
    sides, listed, columns = [], [], []
    for state, side, labels in ((left, "l", named[0]), (right, "r", named[1])):
        node, known = _plain_columns(state)
        kept = [label for label, _ in state.columns if side == "l" or label not in shared]
        for label, name in zip(labels, kept, strict=True):
            value = known[name]
            listed.append((names.new(label), side, value))
            columns.append((label, side, column(listed[-1][0], value.dtype, nullable=value.nullable)))
        sides.append((node, known))
    (left_node, left_order), (right_node, right_order) = (ordered(node, place) for node, _ in sides)
    on = tuple((sides[0][1][one], sides[1][1][two]) for one, two in pairs)
    made = Join(
        place=place, names=names, left=left_node, right=right_node, left_order=left_order, right_order=right_order,
        on=on, how=how, columns=tuple(listed),
    )  # fmt: skip
    found = columns if how == "inner" else _with_gaps(made, columns)
    table = Table(made, tuple((label, value) for label, _, value in found), Index(()))
    result: DataFrame = Lazy.recorded(table, is_frame=True)
    return result


def _plain_columns(state: Table) -> tuple[Node, dict[Hashable, Expr]]:
    node, known = state.node, {}
    for label, value in state.columns:
        node, known[label] = plain(node, value, here())
    return node, known


def _with_gaps(node: Join, columns: list[tuple[Hashable, str, Expr]]) -> list[tuple[Hashable, str, Expr]]:
    """Columns of the right side that may be missing; integers become floats if one is, which is asked."""
    if not engine().answer(*_gap(node)):
        return columns
    return [(label, side, value if side == "l" else _with_gap(value)) for label, side, value in columns]


def _gap(node: Join) -> tuple[Node, Text]:
    """The question whether a left row has no partner; for one key it needs no join."""
    left, right = node.on[0]
    if len(node.on) > 1 or (left.nullable and right.nullable):
        return node, (f"coalesce(bool_or({quote(RIGHT_RID)} IS NULL), false)",)
    test = joined("coalesce(bool_or(({} IN {}) IS NOT TRUE), false)", left, (Listed(node.right, right),))
    return node.left, test


def _with_gap(value: Expr) -> Expr:
    if value.dtype.kind == "b":
        raise Declined("booleans that are missing")
    if is_integer(value.dtype):
        return Expr(cast(value, FLOAT).text, FLOAT, True)
    return Expr(value.text, value.dtype, True)
