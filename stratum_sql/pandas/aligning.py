"""Nodes over the same rows: columns are added to them, and two of them are brought together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, column
from stratum_sql.pandas.kinds import INT
from stratum_sql.pandas.places import Place, here
from stratum_sql.pandas.plan import (
    RID,
    Assign,
    Base,
    Beside,
    Filter,
    Head,
    Node,
    Sort,
    Source,
    Step,
    Take,
    is_number,
)
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.quoting import quote


def assigned(node: Node, label: object, value: Expr, place: Place) -> tuple[Node, Expr]:
    """The node with `value` as a column of its own, and that column."""
    name = node.base.names.new(label)
    child = Assign(place=place, child=node, name=name, value=value)
    return child, column(name, value.dtype, nullable=value.nullable)


def beside(
    node: Node, keys: Sequence[Expr], label: object, value: Expr, place: Place, *, with_missing: bool = False
) -> tuple[Node, Expr]:
    """The node with an aggregate of the rows with equal keys as a column, and that column."""
    names = node.base.names
    name, key_names = names.new(label), tuple(names.new("__key") for _ in keys)
    child = Beside(
        place=place, child=node, keys=tuple(keys), key_names=key_names, with_missing=with_missing,
        name=name, value=value,
    )  # fmt: skip
    gaps = not with_missing and any(key.nullable for key in keys)
    return child, column(name, value.dtype, nullable=value.nullable or gaps)


def settled(node: Node, value: Expr) -> tuple[Node, Expr]:
    """The same, if the expression has grown long: what is used twice would double with each use."""
    return assigned(node, "__value", value, here()) if value.is_long else (node, value)


def plain(node: Node, value: Expr, place: Place) -> tuple[Node, Expr]:
    """The same, unless the expression is a column as it is."""
    return (node, value) if column_name(value) is not None else assigned(node, "__value", value, place)


def column_name(value: Expr) -> str | None:
    """The name of the column that an expression is as it is; None for others."""
    first = value.text[0]
    if len(value.text) != 1 or type(first) is not str or first[0] != '"':
        return None
    if first.find('"', 1) == len(first) - 1:  # as nearly all
        return first[1:-1]
    return first[1:-1].replace('""', '"') if _QUOTED.fullmatch(first) is not None else None


_QUOTED = re.compile('"(?:[^"]|"")*"')


def together(left: Node, right: Node) -> Node:
    """A node that has the columns of both. Raises Declined if their rows are not the same."""
    if left is right:
        return left
    if left.base is not right.base:
        return _above(_above(_one_base(left.base, right.base), _steps(left)), _steps(right))
    low, high = (left, right) if left.height < right.height else (right, left)
    if _down(high, low.height) is low:
        return high
    below = _parting(left, right)
    of_left, of_right = _steps(left, below), _steps(right, below)
    if {step.name for step in of_left} <= {step.name for step in of_right}:
        return right
    return _above(left, of_right, below)


def _down(node: Node, height: int) -> Node:
    """The node of that height in a chain."""
    while node.height > height:
        assert isinstance(node, Step)
        node = node.jump if node.jump.height >= height else node.child
    return node


def _parting(left: Node, right: Node) -> Node:
    """The last node that two chains over one base have in common."""
    while left is not right:
        if left.height >= right.height:
            assert isinstance(left, Step)
            left = left.child
        else:
            assert isinstance(right, Step)
            right = right.child
    return left


def _one_base(left: Base, right: Base) -> Node:
    """The rows that two equal steps took of the same rows, with the columns of both: `X[m]` and `y[m]`."""
    if type(left) is type(right) and left.names is right.names and _taken_by(left) == _taken_by(right):
        assert isinstance(left, Filter | Sort | Head | Take)
        assert isinstance(right, Filter | Sort | Head | Take)
        return replace(left, child=together(left.child, right.child))
    raise Declined("rows of another frame are aligned by pandas")


def _taken_by(base: Base) -> object:
    """What decides which rows of its child a node has; a value equal to no other for what has no child like that."""
    match base:
        case Filter():
            return base.condition
        case Sort():
            return base.keys
        case Head():
            return base.start, base.stop
        case Take():
            return base.on, base.rows, base.at
    return base


def _above(node: Node, steps: list[Step], below: Node | None = None) -> Node:
    """The node with those columns that it has not yet; the steps have none of those of `below`."""
    known = {step.name for step in _steps(node, below)}
    for step in steps:
        if step.name not in known:
            node = replace(step, child=node)
    return node


def _steps(node: Node, below: Node | None = None) -> list[Step]:
    """The columns added above the base, or above another node, the first one first."""
    found: list[Step] = []
    while isinstance(node, Step) and node is not below:
        found.append(node)
        node = node.child
    return found[::-1]


def check_same_labels(left: Index, right: Index) -> None:
    """Raise Declined unless rows of both, which are the same, have the same labels."""
    if left.levels is not right.levels and [value for _, value in left.levels] != [value for _, value in right.levels]:
        raise Declined("the same rows under other labels")


def numbered(node: Node, place: Place) -> tuple[Node, Expr]:
    """The node with the numbers 0, 1, 2, … of its rows in their order, and that column."""
    if isinstance(node.base, Source):
        return node, column(RID, INT, nullable=False)
    name = node.base.names.given(f"__number_{depth(node.base)}")
    found = column(name, INT, nullable=False)
    if any(step.name == name for step in _steps(node)):
        return node, found
    number = Expr((f"row_number() OVER (ORDER BY {', '.join(node.order)}) - 1",), INT)
    return Assign(place=place, child=node, name=name, value=number), found


def is_position(label: Expr) -> bool:
    """Whether a label is the number that a row had somewhere, as `numbered` gives it: each comes once."""
    return label.text == (quote(RID),) or str(label.text[0]).startswith('"__number_')


def depth(base: Base) -> int:
    """How many nodes with rows of their own are below: equal steps over the same rows give the same names."""
    found, child = 0, getattr(base, "child", None)
    while child is not None:
        found, child = found + 1, getattr(child.base, "child", None)
    return found


def labelled(state: Table | Vector, place: Place) -> tuple[Node, Index]:
    """The node and index of a state, with labels as columns: rows may then go, or come in another order."""
    if state.index.levels:
        return state.node, state.index
    node, position = numbered(state.node, place)
    return node, Index(((None, position),))


def ordered(node: Node, place: Place) -> tuple[Node, str]:
    """The node and one column that has its order."""
    if node.order == (quote(RID),):
        return node, quote(RID)
    node, position = numbered(node, place)
    return node, "".join(str(part) for part in position.text)


MOST_NUMBERS = 8  # that rows are put in order by


def by_numbers(node: Node, place: Place) -> tuple[Node, tuple[str, ...]]:
    """The node and columns of numbers that have its order; numbering rows anew takes a sort."""
    if len(node.order) < MOST_NUMBERS and all(is_number(term) for term in node.order):
        return node, node.order
    node, order = ordered(node, place)
    return node, (order,)
