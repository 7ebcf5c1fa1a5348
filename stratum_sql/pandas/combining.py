"""Two frames become one by equal keys: `merge`, and joins by labels."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.aligning import by_numbers, column_name, labelled, plain
from stratum_sql.pandas.alignment import all_come_once
from stratum_sql.pandas.columns import Columns
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Listed, cast, check_gap, column, joined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import (
    BOOL,
    FLOAT,
    INT,
    TEXT,
    Carried,
    carried,
    category,
    held_as,
    is_integer,
    is_lists,
    sql_type,
)
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import RID, RIGHT_RID, Aggregate, Join, Names, Node, Sort, Source
from stratum_sql.pandas.presence import are_within, held, is_some_outside, superset
from stratum_sql.pandas.ranking import ranked_together
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.stand_ins import unnamed
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.pandas.windows import has_rows
from stratum_sql.quoting import quote

# -- merge -------------------------------------------------------------------------------------------------------------


@method(
    DataFrame,
    "merge",
    "`on`, or `left_on` and `right_on`: labels of equal types, or the index; sort, indicator; others by pandas",
)
def _merge(
    self: DataFrame,
    right: Any,
    how: str = "inner",
    on: Any = None,
    left_on: Any = None,
    right_on: Any = None,
    left_index: Any = False,
    right_index: Any = False,
    sort: Any = False,
    suffixes: Any = ("_x", "_y"),
    *,
    indicator: Any = False,
) -> Any:
    right = unnamed(right)
    if isinstance(right, Series) and isinstance(right._state, Vector) and right._state.name is not None:
        right = right.to_frame()
    if not isinstance(right, DataFrame) or not isinstance(right._state, Table):
        raise Declined("a right side that only pandas can hold")
    if how == "cross" and on is left_on is right_on is None and indicator is False:
        named = _named(self._table.columns.labels, right._table.columns.labels, [], suffixes)
        return _joined(self._table, right._table, [], [], "inner", named, None)
    if how not in ("inner", "left", "right", "outer") or type(indicator) is not bool or type(sort) is not bool:
        raise Declined(f"how={how!r}, or a name of the indicator")
    left, other = self._table, right._table
    if left_index is True or right_index is True:
        if indicator or sort or on is not None:
            raise Declined("labels as keys, with an indicator or sorted")
        sides = Side(left, left_on, left_index), Side(other, right_on, right_index)
        return by_labels(*sides, how, suffixes)
    if sort and how not in ("inner", "left"):
        raise Declined("a right join that is sorted")
    pairs = _pairs(left, other, on, left_on, right_on)
    if Carried.is_made:
        left, other = _ranked(left, other, pairs)
    _check_keys(left, other, pairs)
    turned = [(two, one) for one, two in pairs]
    if how == "outer" and any(category(value.dtype) for value in _keys_of(left, pairs)):
        raise Declined("an outer join by categories, whose rows pandas orders by its own codes")
    if how == "outer" and any(_may_be_first(value) for value in _keys_of(left, pairs) + _keys_of(other, turned)):
        raise Declined("an outer join by times, some missing, which pandas has before all others")
    if indicator and {label for side in (left, other) for label in side.columns.labels} & _OF_INDICATOR:
        raise Declined("columns named as the indicator and what pandas makes it of")
    shared = [key for key, of_right in pairs if key == of_right]
    named = _named(left.columns.labels, other.columns.labels, shared, suffixes)
    if how == "right":
        return _turned(left, other, pairs, shared, named, indicator=indicator)
    if sort and any(category(value.dtype) or carried(value.dtype) for value in _keys_of(self._table, pairs)):
        raise Declined("sorted by categories, or keys that are carried")
    return _joined(left, other, pairs, shared, how, named, _SIDES if indicator else None, by_key=sort)


def _turned(
    left: Table, right: Table, pairs: list[tuple[Any, Any]], shared: list[Any], named: list[list[Hashable]], *,
    indicator: bool,
) -> DataFrame:  # fmt: skip
    """A right join: a left one the other way round, with its columns in their places."""
    theirs = iter(named[1])
    of_right = [label if label in shared else next(theirs) for label, _ in right.columns]
    of_left = [name for (label, _), name in zip(left.columns, named[0], strict=True) if label not in shared]
    turned = [(two, one) for one, two in pairs]
    found = _joined(right, left, turned, shared, "left", [of_right, of_left], _SIDES[::-1] if indicator else None)
    known = dict(found._table.columns)
    return found._with((label, known[label]) for label in [*named[0], *named[1], *(["_merge"] if indicator else [])])


_OF_INDICATOR = {"_left_indicator", "_right_indicator", "_merge"}
_SIDES = ("left_only", "right_only")  # a row of one side alone, as `indicator` has it


def _pairs(left: Table, right: Table, on: Any, left_on: Any, right_on: Any) -> list[tuple[Any, Any]]:
    """The keys of both sides, which are of one name unless they were given for each."""
    if on is None and left_on is not None and right_on is not None:
        sides = [key if isinstance(key, list) else [key] for key in (left_on, right_on)]
        if len(sides[0]) != len(sides[1]):
            raise Declined("keys of two counts")
        return list(zip(*sides, strict=True))
    if left_on is not None or right_on is not None:
        raise Declined("keys given twice")
    of_right = right.columns
    keys = [label for label in left.columns.labels if of_right.get(label) is not None] if on is None else on
    return [(key, key) for key in (keys if isinstance(keys, list) else [keys])]


def _ranked(left: Table, right: Table, pairs: list[tuple[Any, Any]]) -> tuple[Table, Table]:
    """Both sides, with keys that compare in place of those that are carried."""
    for one, two in ((one, two) for one, two in pairs if is_label(one) and is_label(two)):
        sides = [(left, left.columns.get(one)), (right, right.columns.get(two))]
        values = [(table.node, value) for table, value in sides if value is not None and carried(value.dtype)]
        if len(values) == 2:
            (node, value), (its_node, its_value) = ranked_together(*values)
            left = Table(node, left.columns.changed(one, value), left.index)
            right = Table(its_node, right.columns.changed(two, its_value), right.index)
    return left, right


def _check_keys(left: Table, right: Table, pairs: list[tuple[Any, Any]]) -> None:
    if not pairs or not all(is_label(key) for pair in pairs for key in pair):
        raise Declined("keys that are not labels of both sides")
    levels = [{name for name, _ in side.index.levels} for side in (left, right)]
    if any(pair[0] in levels[0] or pair[1] in levels[1] for pair in pairs):
        raise Declined("a key that is the name of a column and of a level")
    if any(len({pair[side] for pair in pairs}) < len(pairs) for side in (0, 1)):
        raise Declined("a key given twice")
    for pair in pairs:
        one, two = left.columns.get(pair[0]), right.columns.get(pair[1])
        if one is None or two is None:
            raise Declined("keys that are not labels of both sides")
        alike = one.dtype == two.dtype or (pair[0] != pair[1] and all(one.dtype in _NUMBERS for one in (one, two)))
        if is_lists(one.dtype) or not alike or one.dtype == np.float32:
            raise Declined("keys of two types, or lists")
        if one.dtype != two.dtype and FLOAT in (one.dtype, two.dtype):
            _check_whole(*((left, one) if one.dtype == FLOAT else (right, two)))


_NUMBERS = (FLOAT, INT, np.dtype("int32"), np.dtype("int16"), np.dtype("int8"))


def _check_whole(side: Table, key: Expr) -> None:
    """Raise Declined for floats that are no integers, of which pandas warns beside integers."""
    if engine().answer(side.node, joined("coalesce(bool_or({} <> trunc({})), false)", key, key)):
        raise Declined("keys with a fraction beside integers")


def _may_be_first(key: Expr) -> bool:
    return key.nullable and (key.dtype.kind in "mM" or carried(key.dtype) is not None)


def _keys_of(left: Table, pairs: list[tuple[Any, Any]]) -> list[Expr]:
    found = [left.columns.get(key) for key, _ in pairs]
    return [value for value in found if value is not None]


def _named(left: list[Any], right: list[Any], keys: list[Any], suffixes: Any) -> list[list[Hashable]]:
    """The labels that the columns of both sides have in the result; keys of the right side are left out."""
    if (
        not isinstance(suffixes, list | tuple)
        or len(suffixes) != 2
        or not all(isinstance(one, str | None) for one in suffixes)
    ):
        raise Declined("suffixes that are not two texts")
    suffixes = ["" if one is None else one for one in suffixes]
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
    left: Table, right: Table, pairs: list[tuple[Any, Any]], shared: list[Any], how: str, named: list[list[Hashable]],
    alone: tuple[str, str] | None, *, by_key: bool = False,
) -> DataFrame:  # fmt: skip
    made: DataFrame = Lazy.recorded(
        joined_table(left, right, pairs, shared, how, named, alone, by_key=by_key), is_frame=True
    )
    return made


def joined_table(
    left: Table, right: Table, pairs: list[tuple[Any, Any]], shared: list[Any], how: str, named: list[list[Hashable]],
    alone: tuple[str, str] | None = None, *, by_key: bool = False,
) -> Table:  # fmt: skip
    """The columns of both sides under the labels `named`, of rows whose keys are equal; `by_key` in their order."""
    place, names = here(), Names()
    sides, listed, columns = [], [], []
    for state, side, labels in ((left, "l", named[0]), (right, "r", named[1])):
        node, known = _plain_columns(state)
        kept = [label for label in state.columns.labels if side == "l" or label not in shared]
        for label, of_side in zip(labels, kept, strict=True):
            value, name = known[of_side], names.new(label)
            listed.append((name, side, value))
            same = value.text[0] == quote(name) and value.mask is None  # spelled here as there
            columns.append((label, side, value if same else column(name, value.dtype, nullable=value.nullable)))
        for pair in pairs:
            node = _with_key(node, known, left.columns, right.columns, pair, side)
        sides.append((node, known))
    keys = [(names.new("__left_key"), names.new("__right_key")) for _ in pairs] if how == "outer" else []
    for (of_left, of_right), pair in zip(keys, pairs, strict=False):
        listed += [(of_left, "l", sides[0][1][pair[0]]), (of_right, "r", sides[1][1][pair[1]])]
    (left_node, left_order), (right_node, right_order) = (by_numbers(node, place) for node, _ in sides)
    on = tuple((sides[0][1][_OF, one], sides[1][1][_OF, two]) for one, two in pairs)
    made = Join(
        place=place, names=names, left=left_node, right=right_node, left_order=left_order, right_order=right_order,
        on=on, how="full" if how == "outer" else how, columns=tuple(listed),
        single=how != "outer" and _is_single(right.node.base, on),
    )  # fmt: skip
    found = columns if how == "inner" else _with_gaps(made, columns, shared)
    whole: Node = made
    if how == "outer":
        whole, found = _sorted_by_keys(made, found, shared, pairs, keys)
    elif by_key:
        at = dict(zip(left.columns.labels, found, strict=False))
        terms = tuple(f"{''.join(str(part) for part in at[one][2].text)} NULLS LAST" for one, _ in pairs)
        whole = Sort(place=place, child=made, keys=terms, names=names)
    if alone is not None:
        found = [*found, ("_merge", "l", _side_of(alone))]
    return Table(whole, tuple((label, value) for label, _, value in found), Index(()))


_OF = "key"  # of a pair, beside the columns of a side


def _with_key(node: Node, known: dict[Any, Expr], left: Columns, right: Columns, pair: Any, side: str) -> Node:
    """The node with the key of a side in the type of both, and that in `known`."""
    one, two = left.get(pair[0]), right.get(pair[1])
    assert one is not None
    assert two is not None
    label = pair[side == "r"]
    if one.dtype == two.dtype:
        known[_OF, label] = known[label]
        return node
    node, known[_OF, label] = plain(node, cast(known[label], np.result_type(one.dtype, two.dtype)), here())
    return node


def _is_single(right: Node, on: Sequence[tuple[Expr, Expr]]) -> bool:
    """Whether the keys of the right side come once each: it is groups by no more than those."""
    return isinstance(right, Aggregate) and {name for name, _ in right.keys} <= {column_name(key) for _, key in on}


def _plain_columns(state: Table) -> tuple[Node, dict[Hashable, Expr]]:
    node, known, place = state.node, {}, here()
    for label, value in state.columns:
        node, known[label] = plain(node, value, place)
    return node, known


Sided = list[tuple[Hashable, str, Expr]]


def _sorted_by_keys(
    node: Join, columns: Sided, shared: list[Any], pairs: list[tuple[Any, Any]], keys: list[tuple[str, str]]
) -> tuple[Node, Sided]:
    """An outer join in the order of its keys, missing ones last; a key that both sides have is that of either."""
    whole = {}
    for (one, _), (of_left, of_right), (left, right) in zip(pairs, keys, node.on, strict=True):
        text = joined("coalesce({}, {})", quote(of_left), quote(of_right))
        whole[one] = Expr(text, left.dtype, left.nullable or right.nullable)
    terms = tuple(f"{''.join(str(part) for part in value.text)} NULLS LAST" for value in whole.values())
    found = [(label, side, whole[label] if label in shared else value) for label, side, value in columns]
    return Sort(place=node.place, child=node, keys=terms, names=node.names), found


def _side_of(alone: tuple[str, str]) -> Expr:
    """Which sides a row is of, as a category; `alone` are the names of a row of the first or the second side alone."""
    listed = ["left_only", "right_only", "both"]
    codes = [listed.index(one) for one in alone]
    rows = f"WHEN {quote(RIGHT_RID)} IS NULL THEN {codes[0]} WHEN {quote(RID)} IS NULL THEN {codes[1]}"
    dtype = held_as(pd.CategoricalDtype(pd.Index(listed, dtype=object)))
    assert dtype is not None
    return Expr((f"CAST(CASE {rows} ELSE 2 END AS {sql_type(dtype)})",), dtype)


def _with_gaps(node: Join, columns: Sided, shared: list[Any]) -> Sided:
    """Columns of a side that may be missing; integers become floats if one is, which is asked."""
    gaps = {"r"} if _has_gap(node) else set()
    if node.how == "full" and engine().answer(node, (f"coalesce(bool_or({quote(RID)} IS NULL), false)",)):
        gaps.add("l")
    return [
        (label, side, _with_gap(value) if side in gaps and not (side == "l" and label in shared) else value)
        for label, side, value in columns
    ]


def _has_gap(node: Join) -> bool:
    """Whether a left row has no partner; for one key it needs no join."""
    left, right = node.on[0]
    if isinstance(node.left.base, Source) and not node.left.base.table.num_rows:
        return False
    if node.how == "full" or len(node.on) > 1:
        return bool(engine().answer(node, _PARTNERLESS))
    column, others = held(node.left, left), held(node.right, right)
    if column is not None and others is not None:
        return not are_within(column, others)
    many = superset(node.right, right)
    if column is not None and many is not None and is_some_outside(column, many):
        return True
    if left.nullable and right.nullable:
        return bool(engine().answer(node, _PARTNERLESS))
    test = joined("coalesce(bool_or(({} IN {}) IS NOT TRUE), false)", left, (Listed(node.right, right),))
    return bool(engine().answer(node.left, test))


_PARTNERLESS = (f"coalesce(bool_or({quote(RIGHT_RID)} IS NULL), false)",)


def _with_gap(value: Expr) -> Expr:
    if value.dtype.kind == "b":
        raise Declined("booleans that are missing")
    if is_integer(value.dtype):
        return Expr(cast(value, FLOAT).text, FLOAT, True)
    check_gap(value.dtype)
    return Expr(value.text, value.dtype, True)


# -- by labels ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """One of two frames, and the labels of its keys; `by_index` if they are its index."""

    table: Table
    on: Any
    by_index: bool

    def keys(self) -> tuple[Table, list[Expr]]:
        """The frame with its labels as columns of the node, and the keys. Raises Declined."""
        if (self.on is not None) == self.by_index:
            raise Declined("keys given twice, or not at all")
        node, index = labelled(self.table, here())
        table = Table(node, self.table.columns, index)
        if self.by_index:
            return table, [value for _, value in index.levels]
        listed = self.on if isinstance(self.on, list) else [self.on]
        if not listed or not all(is_label(one) for one in listed):
            raise Declined("keys that are not labels")
        if any(name in listed for name, _ in index.levels):
            raise Declined("a key that is the name of a column and of a level")
        found = [table.columns.get(one) for one in listed]
        if any(value is None for value in found):
            raise Declined("labels that are not there")
        return table, [value for value in found if value is not None]


_KEY, _LABEL = "__key", "__label"  # and a number: labels of columns that are none of the result


def by_labels(left: Side, right: Side, how: str, suffixes: Any) -> DataFrame:
    """A join one side of which, or both, has its labels as keys; the rows of the first side keep theirs.

    A right join is a left one the other way round. Raises Declined.
    """
    if not has_rows(left.table.node) or not has_rows(right.table.node):
        raise Declined("no rows")
    for side, other in ((left, right), (right, left)):
        keys = side.on if isinstance(side.on, list) else [side.on]
        if other.by_index and any(is_label(one) and one in other.table.columns.labels for one in keys):
            raise Declined("a key that is a column of the other side as well, and comes as a third")
    named = _named(left.table.columns.labels, right.table.columns.labels, [], suffixes)
    if how == "right":
        turned = _labelled_join(right, left, "left", named[::-1])
    elif how == "left" or (how == "inner" and (left.by_index == right.by_index or not left.by_index)):
        turned = _labelled_join(left, right, how, named)
    else:
        raise Declined("an outer join by labels, or labels of the right side")
    known = dict(turned.columns)
    columns = [(label, known[label]) for label in [*named[0], *named[1]]]
    made: DataFrame = Lazy.recorded(Table(turned.node, columns, turned.index), is_frame=True)
    return made


def _labelled_join(first: Side, second: Side, how: str, named: Sequence[list[Hashable]]) -> Table:
    """A left or inner join, whose labels are those of the first side."""
    if how == "left" and not (second.by_index or first.by_index == second.by_index):
        raise Declined("labels of the side that may miss")
    (one, keys), (two, others) = first.keys(), second.keys()
    if len(keys) != len(others) or (len(keys) > 1 and first.by_index):
        raise Declined("labels of several levels")
    for key, other in zip(keys, others, strict=True):
        if key.dtype != other.dtype or key.dtype not in ((INT, TEXT) if len(keys) == 1 else (INT, TEXT, BOOL)):
            raise Declined("keys of two types, or of other than integers and texts")
    if any(other.nullable for other in others):
        raise Declined("missing labels")
    pairs = [((_KEY, place), (_KEY, place)) for place in range(len(keys))]
    sides: list[Any] = []
    for table, values in ((one, keys), (two, others)):
        extra = [((_KEY, place), value) for place, value in enumerate(values)]
        sides.append([*table.columns, *extra])
    labels = [((_LABEL, place), value) for place, (_, value) in enumerate(one.index.levels)]
    whole = Table(one.node, [*sides[0], *labels], one.index), Table(two.node, sides[1], two.index)
    told = [[*named[0], *(label for label, _ in whole[0].columns if label not in dict(one.columns))], list(named[1])]
    found = joined_table(*whole, pairs, [label for label, _ in pairs], how, told)
    known = dict(found.columns)
    if how == "left" and not first.table.index.levels and all_come_once(whole[1].node, others):
        return Table(found.node, found.columns, Index(()))  # the rows are those of the first side
    levels = [(name, known[_LABEL, place]) for place, (name, _) in enumerate(one.index.levels)]
    return Table(found.node, found.columns, Index(tuple(levels)))
