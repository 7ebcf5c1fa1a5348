"""Frames with labels that a Table has not: a plan, and the labels of its columns beside it.

A Table has labels that come once, all texts or all integers, without a name. Labels of several levels, times, labels
that come twice or have a name, and no labels at all stand beside the plan, whose own are texts that say what they are.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import pandas as pd

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.places import Place
from stratum_sql.pandas.plan import Names, Node
from stratum_sql.pandas.running import materialised
from stratum_sql.pandas.sources import are_plain, labels_index, source_table
from stratum_sql.pandas.states import Held, Index, Recipe, Table


class Named(Held):
    """The columns of `table` under `labels`, one for each, in their order."""

    table: Table
    axis: pd.Index[Any]

    def __init__(self, table: Table, axis: pd.Index[Any]) -> None:
        for name, value in (("table", table), ("axis", axis), ("_made", [])):
            object.__setattr__(self, name, value)

    @property
    def held(self) -> Any:
        """The pandas object; made once, and not to be changed."""
        made: list[Any] = self._made  # type: ignore[attr-defined]
        if not made:
            with object_mode():
                made.append(materialised(self.table).set_axis(self.axis, axis=1))
        return made[0]

    @property
    def labels(self) -> pd.Index[Any]:
        return self.axis

    @property
    def plan(self) -> Table:
        return self.table

    def content(self) -> tuple[Any, ...]:
        return ("labels", self.table, self.axis)

    def made_by(self, recipe: Recipe) -> None:
        if self.table.recipe is None and not self.table.kept:
            made = functools.partial(_under, recipe, self.table.columns.labels)
            self.table.recipe = made


def _under(recipe: Recipe, labels: list[Hashable]) -> Any:
    """What the recipe makes, under the labels of the plan."""
    with object_mode():
        return recipe().set_axis(labels_index(labels), axis=1)


def texts(axis: pd.Index[Any]) -> list[str]:
    """A text for each label, no two alike."""
    names = Names()
    return [names.new(said(label)) for label in axis]


def said(label: Any) -> str:
    """The levels of a label beside each other; half characters are none of a text that SQL can hold."""
    parts = label if isinstance(label, tuple) else (label,)
    said = "_".join(str(part) for part in parts if not isinstance(part, str) or part)
    return said.encode("utf-8", "replace").decode()


def laid(node: Node, values: Sequence[Expr], axis: pd.Index[Any], index: Index) -> Table | Named:
    """The columns under these labels: a Table, if it can have them."""
    if are_plain(axis):
        return Table(node, zip(axis, values, strict=True), index)
    return Named(Table(node, zip(texts(axis), values, strict=True), index), axis)


def source_under(frame: pd.DataFrame, place: Place) -> Named | None:
    """The frame as a source under its labels; None if they are a Table's, or a column or the index of no type."""
    if frame.attrs or are_plain(frame.columns):
        return None
    table = source_table(frame.set_axis(labels_index([*texts(frame.columns)]), axis=1), place)
    return None if table is None else Named(table, frame.columns)


def as_named(state: Table | Named) -> Named:
    """The state with its labels beside it."""
    if isinstance(state, Named):
        return state
    axis = labels_index(state.columns.labels)
    return Named(_renamed(state, texts(axis)), axis)


def relabelled(state: Table | Named, axis: pd.Index[Any]) -> Table | Named:
    """The same rows under other labels, which pandas could make as well."""
    table = state if isinstance(state, Table) else state.table
    return _renamed(table, axis) if are_plain(axis) else Named(_renamed(table, texts(axis)), axis)


def _renamed(table: Table, labels: Iterable[Hashable]) -> Table:
    columns = zip(labels, (value for _, value in table.columns), strict=True)
    made = Table(table.node, columns, table.index)
    axis = labels_index(made.columns.labels)
    with object_mode():
        made.kept.extend(one.set_axis(axis, axis=1) for one in table.kept)
    if table.recipe is not None:
        made.recipe = functools.partial(_under, table.recipe, made.columns.labels)
    return made


def with_levels(table: Table) -> Named:
    """A plan whose labels are tuples, as several levels of labels. Raises Declined for labels of two kinds, or none."""
    labels = table.columns.labels
    widths = {len(label) if isinstance(label, tuple) else 0 for label in labels}
    if len(widths) != 1 or 0 in widths:
        raise Declined("no columns, or labels of two kinds")
    with object_mode():
        axis = labels_index(labels)
    found = relabelled(table, axis)
    assert isinstance(found, Named)
    return found
