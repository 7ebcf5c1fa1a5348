"""Columns of several frames beside each other, by their labels: `concat` with axis=1, `join`."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from stratum_sql.pandas.aligning import check_same_labels, labelled, together
from stratum_sql.pandas.alignment import aligned, by_position
from stratum_sql.pandas.combining import Side, by_labels
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.stand_ins import unnamed
from stratum_sql.pandas.states import Table, Vector

Columns = list[tuple[Hashable, Expr]]


def side_by_side(objects: Sequence[Any], *, keys: Any = None, ignore_index: bool = False) -> DataFrame:
    """The columns of all: of the same rows, or of as many with the labels 0, 1, 2, … Raises Declined.

    `keys` are names of Series, or the first level of the labels of frames.
    """
    if keys is not None:
        objects = _keyed(objects, keys)
    first = _table(objects[0])
    node, columns = first.node, list(first.columns)
    for one in objects[1:]:
        table = _table(one)
        node, found = _brought(Table(node, first.columns, first.index), table)
        columns += found
    if ignore_index:
        columns = [(place, value) for place, (_, value) in enumerate(columns)]
    if len({label for label, _ in columns}) != len(columns):
        raise Declined("two columns of one name")
    made: DataFrame = Lazy.recorded(Table(node, tuple(columns), first.index), is_frame=True)
    return made


def _keyed(objects: Sequence[Any], keys: Any) -> list[Any]:
    """The Series under the names that keys give them. Raises Declined."""
    if not isinstance(keys, list | tuple) or len(keys) != len(objects) or not all(isinstance(one, str) for one in keys):
        raise Declined("keys that are not as many texts")
    if not all(isinstance(one, Series) and isinstance(one._state, Vector) for one in objects):
        raise Declined("keys of frames beside each other")
    return [one._with(one._vector.value, name=key) for one, key in zip(objects, keys, strict=True)]


def _table(one: Any) -> Table:
    if isinstance(one, DataFrame) and isinstance(one._state, Table):
        found: Table = one._state
    elif isinstance(one, Series) and isinstance(one._state, Vector) and one._state.name is not None:
        found = Table(one._state.node, ((one._state.name, one._state.value),), one._state.index)
    else:
        raise Declined("objects that only pandas can hold, or a Series without a name")
    if any(isinstance(label, tuple) for label, _ in found.columns):
        raise Declined("labels of several levels")
    return found


def _brought(to: Table, table: Table) -> tuple[Node, Columns]:
    try:
        node = together(to.node, table.node)
        check_same_labels(to.index, table.index)
    except Declined:  # other rows, which may have the same labels
        node, found = to.node, []
        for label, value in table.columns:
            node, brought = by_position(
                Table(node, to.columns, to.index), Vector(table.node, value, label, table.index)
            )
            found.append((label, brought))
        return node, found
    return node, list(table.columns)


@method(
    DataFrame, "join", "by labels, or labels of columns with the other's index; left, inner, right, cross; suffixes"
)
def _join(
    self: DataFrame,
    other: Any,
    on: Any = None,
    how: Any = "left",
    lsuffix: Any = "",
    rsuffix: Any = "",
    *,
    suffixes: Any = None,
) -> Any:
    if suffixes is not None and (lsuffix or rsuffix or not isinstance(suffixes, tuple | list) or len(suffixes) != 2):
        raise Declined("suffixes twice")
    lsuffix, rsuffix = suffixes if suffixes is not None else (lsuffix, rsuffix)
    if not isinstance(lsuffix, str) or not isinstance(rsuffix, str) or how not in ("left", "inner", "right", "cross"):
        raise Declined("an outer join by the labels")
    left, right = _table(self), _table(unnamed(other))
    both = {label for label, _ in left.columns} & {label for label, _ in right.columns}
    if both and not (lsuffix or rsuffix):
        raise Declined("columns of one name")
    if how == "left" and on is None:
        try:
            return _looked_up(self, left, right, both, (lsuffix, rsuffix))
        except Declined:  # labels that come twice on the right
            pass
    if how == "cross":
        if on is not None:
            raise Declined("keys of all pairs")
        return self.merge(Lazy.recorded(right, is_frame=True), how="cross", suffixes=(lsuffix, rsuffix))
    return by_labels(Side(left, on, on is None), Side(right, None, True), how, (lsuffix, rsuffix))


def _looked_up(self: DataFrame, left: Table, right: Table, both: set[Hashable], suffixes: tuple[str, str]) -> DataFrame:
    """A left join by labels that come once on the right."""
    node, index = labelled(left, here())
    columns: Columns = [(_named(label, both, suffixes[0]), value) for label, value in left.columns]
    for label, value in right.columns:
        node, found = aligned(Table(node, left.columns, index), Vector(right.node, value, label, right.index))
        columns.append((_named(label, both, suffixes[1]), found))
    if len({label for label, _ in columns}) != len(columns):
        raise Declined("two columns of one name")
    return self._with(columns, node, left.index)


def _named(label: Hashable, both: set[Hashable], suffix: str) -> Hashable:
    return f"{label}{suffix}" if label in both else label
