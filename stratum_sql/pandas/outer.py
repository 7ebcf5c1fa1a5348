"""Operands of other rows, brought together as pandas aligns them: by the labels of both sides, in their order."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from stratum_sql.pandas.aligning import assigned, labelled, numbered, plain
from stratum_sql.pandas.alignment import all_come_once
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, cast, column, joined, literal
from stratum_sql.pandas.index_traits import has_frequency
from stratum_sql.pandas.kinds import BOOL, FLOAT, is_float, is_integer, is_lists
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import RID, RIGHT_RID, Join, Names, Node, Sort
from stratum_sql.pandas.states import Index, Table
from stratum_sql.pandas.windows import has_rows
from stratum_sql.quoting import quote

WORDS = ("add", "sub", "mul", "truediv")  # comparisons of other labels are an error of pandas


@dataclass(frozen=True)
class Outer:
    """The rows of both sides, and the values of each: missing where a side has no row of that label."""

    node: Node
    index: Index
    left: list[Expr]
    right: list[Expr]


def outer(left: Table, right: Table) -> Outer:
    """Both tables under the labels of either, which come once on each side and have the same names. Raises Declined.

    Labels are in their order, but where those of both sides are the same from the first to the last: then as they were.
    Labels of several levels must be so.
    """
    names = Names()
    of_left, of_right = _side(left), _side(right)
    levels = tuple(zip(of_left.labels, of_right.labels, strict=False))
    if [_kind(one) for one in of_left.labels] != [_kind(one) for one in of_right.labels]:
        raise Declined("labels of two types or names")
    keys = [[(names.new("__key"), side, key) for side, (_, key) in zip("lr", pair, strict=True)] for pair in levels]
    values = [
        [(names.new("__operand"), side, value) for value in of.values] for side, of in (("l", of_left), ("r", of_right))
    ]
    made = Join(
        place=here(), names=names, left=of_left.node, right=of_right.node, left_order=(_name(of_left.number),),
        right_order=(_name(of_right.number),), on=tuple((one, other) for (_, one), (_, other) in levels), how="full",
        columns=tuple(itertools.chain(*keys, *values)),
    )  # fmt: skip
    gaps, is_same = _asked(made)
    if len(levels) > 1 and not is_same:
        raise Declined("other labels of several levels")
    found = [[_operand(name, value, has_gap=gaps[side]) for name, side, value in some] for some in values]
    node: Node = made
    index = []
    for (label, key), pair in zip(of_left.labels, keys, strict=True):
        text = joined("coalesce({}, {})", *(quote(name) for name, _, _ in pair))
        node, whole = assigned(node, "__label", Expr(text, key.dtype), here())
        index.append((label, whole))
    if not is_same:
        node = Sort(place=here(), names=names, child=node, keys=(_name(index[0][1]),))
    return Outer(node, Index(tuple(index)), *found)


Label = tuple[Hashable, Expr]


@dataclass(frozen=True)
class _Side:
    """A table, with its labels, values and the number of a row as columns of the node as they are."""

    node: Node
    labels: list[Label]
    values: list[Expr]
    number: Expr


def _side(table: Table) -> _Side:
    node, index = labelled(table, here())
    if has_frequency(table):
        raise Declined("times with a frequency")
    if any(level.dtype.kind not in "iubMO" or level.nullable for _, level in index.levels):
        raise Declined("labels of this type, or missing ones")
    if not all_come_once(node, [level for _, level in index.levels]) or not has_rows(node):
        raise Declined("labels that come twice, or none")
    labels, values = [], []
    for name, level in index.levels:
        node, key = plain(node, level, here())
        labels.append((name, key))
    for _, value in table.columns:
        node, found = plain(node, value, here())
        values.append(found)
    node, number = numbered(node, here())
    return _Side(node, labels, values, number)


def _kind(label: Label) -> tuple[Hashable, Any]:
    return label[0], label[1].dtype


def _name(value: Expr) -> str:
    return "".join(str(part) for part in value.text)


def _asked(node: Join) -> tuple[dict[str, bool], bool]:
    """Whether each side lacks a label of the other, and whether both have the same ones in the same order."""
    left, right = quote(RID), quote(RIGHT_RID)
    questions: list[tuple[str, Text]] = [
        ("l", (f"bool_or({left} IS NULL)",)),
        ("r", (f"bool_or({right} IS NULL)",)),
        ("same", (f"bool_and({left} IS NOT DISTINCT FROM {right})",)),
    ]
    found = engine().rows(node, questions, ())
    lacks_left, lacks_right, is_same = (bool(found.column(place)[0].as_py()) for place in range(3))
    return {"l": lacks_left, "r": lacks_right}, is_same


def _operand(name: str, value: Expr, *, has_gap: bool) -> Expr:
    """A value of a side by its name in the join, missing where the side has a gap: integers are floats then."""
    if is_lists(value.dtype) or value.dtype.kind not in "biufO" or (has_gap and value.dtype == BOOL):
        raise Declined("values of this type under other labels")
    if not has_gap:
        return column(name, value.dtype, nullable=value.nullable)
    missing = column(name, value.dtype, nullable=True)
    return cast(missing, FLOAT) if is_integer(value.dtype) else missing


def filled(left: Any, right: Any, fill_value: Any) -> tuple[Any, Any]:
    """Both operands, with `fill_value` where one of them alone is missing. Raises Declined."""
    if fill_value is None:
        return left, right
    if isinstance(fill_value, bool) or not isinstance(fill_value, int | float):
        raise Declined("this fill_value")
    return _filled_beside(left, right, fill_value), _filled_beside(right, left, fill_value)


def _filled_beside(value: Any, other: Any, fill_value: float) -> Any:
    if not isinstance(value, Expr) or not value.nullable:
        return value
    if not is_float(value.dtype):
        raise Declined("filled values of other than floats")
    constant = literal(fill_value, value.dtype)
    if not isinstance(other, Expr) or not other.nullable:
        return Expr(joined("coalesce({}, {})", value, constant), value.dtype)
    text = joined("CASE WHEN {} IS NULL AND {} IS NOT NULL THEN {} ELSE {} END", value, other, constant, value)
    return Expr(text, value.dtype, True)


def labels_of_both(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[Hashable]:
    """The labels of columns that a result has: those of both sides in their order, but where both have the same."""
    if list(left) == list(right):
        return list(left)
    found: list[Any] = list({*left, *right})
    if any(isinstance(label, tuple) for label in found) or len({isinstance(label, str) for label in found}) > 1:
        raise Declined("labels of two kinds, or of several levels")
    return sorted(found)
