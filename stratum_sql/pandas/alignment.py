"""Columns of other rows, brought to the rows of a frame by their labels, as pandas does where one is assigned."""

from __future__ import annotations

from dataclasses import replace

from stratum_sql.pandas.aligning import is_position, labelled, numbered, together
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, cast, check_gap, column, joined
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, is_integer
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Explode, Filter, Head, Lookup, Node, Sort, Step, Take
from stratum_sql.pandas.states import Table, Vector
from stratum_sql.pandas.windows import has_rows


def aligned(table: Table | Vector, vector: Vector) -> tuple[Node, Expr]:
    """The node of `table` with the value that `vector` has for the label of each row, missing where it has none.

    Labels of the vector come once. Raises Declined.
    """
    node, index = labelled(table, here())
    rows, its_index = labelled(vector, here())
    if len(index.levels) != 1 or len(its_index.levels) != 1:
        raise Declined("rows of another frame, with labels of several levels")
    ((_, label),), ((_, key),) = index.levels, its_index.levels
    if label.dtype != key.dtype or label.dtype not in (INT, TEXT):
        raise Declined("labels of two types, or of other than int64 and text")
    if not come_once(rows, key):
        raise Declined("labels that come twice")
    unsorted = _unsorted(node, rows) if label.text == key.text else None
    if unsorted is not None:
        return together(node, unsorted), vector.value
    if not has_rows(node):
        raise Declined("no rows")
    return looked_up(node, label, rows, key, vector.value)


def come_once(node: Node, label: Expr) -> bool:
    """Whether no two rows have the same label; asked, but of numbers of rows."""
    if is_position(label) and not _has_taken(node):
        return True
    return bool(engine().answer(node, joined("count(*) = count(DISTINCT {})", label)))


def _has_taken(node: Node) -> bool:
    """Whether the rows were taken by number or label, or made of lists, where one may come twice."""
    while isinstance(node, Step | Filter | Sort | Head | Take | Explode):
        if isinstance(node, Take | Explode):
            return True
        node = node.child
    return False


def _unsorted(node: Node, rows: Node) -> Node | None:
    """What was added to the rows of a node after they were sorted, over the rows as they were; None for other rows.

    Windows name the order they were made in, so they stay what they are.
    """
    steps: list[Step] = []
    while rows.base is not node.base:
        while isinstance(rows, Step):
            steps.append(rows)
            rows = rows.child
        if not isinstance(rows, Sort):
            return None
        rows = rows.child
    for step in reversed(steps):
        rows = replace(step, child=rows)
    return rows


def looked_up(node: Node, label: Expr, rows: Node, key: Expr, value: Expr) -> tuple[Node, Expr]:
    """The node with the value of the row of `rows` that has the label, whose keys come once. Integers are floats if one
    is missing, which is asked. Raises Declined for booleans that would be missing.
    """
    check_gap(value.dtype)
    name = node.base.names.new("__of_label")
    made = Lookup(place=here(), child=node, on=label, rows=rows, key=key, value=value, name=name)
    found = column(name, value.dtype, nullable=True)
    if not is_integer(value.dtype) and value.dtype != BOOL:
        return made, found
    if not engine().answer(made, joined("coalesce(bool_or({} IS NULL), false)", found)):
        return made, column(name, value.dtype, nullable=False)
    if value.dtype == BOOL:
        raise Declined("booleans that are missing")
    return made, cast(found, FLOAT)


def by_position(state: Table | Vector, vector: Vector) -> tuple[Node, Expr]:
    """The node of `state` with the value of the row of the same number, where both have the labels 0, 1, 2, … and as
    many rows. Raises Declined.
    """
    if state.index.levels or vector.index.levels:
        raise Declined("rows of another frame are aligned by pandas")
    count = ("count(*)",)
    if engine().answer(state.node, count) != engine().answer(vector.node, count):
        raise Declined("another count of rows")
    node, number = numbered(state.node, here())
    rows, key = numbered(vector.node, here())
    name = node.base.names.new("__of_number")
    made = Lookup(place=here(), child=node, on=number, rows=rows, key=key, value=vector.value, name=name)
    return made, column(name, vector.value.dtype, nullable=vector.value.nullable)
