"""What a call does with the labels of columns: pandas itself does it, of a frame of one row that holds their numbers.

What comes out says which columns there are then, and under which labels, in pandas' own words of labels.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.axes import Named, laid, relabelled
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import INT
from stratum_sql.pandas.lazy import Lazy, own
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.sources import are_plain, with_objects
from stratum_sql.pandas.states import Index, Table, Vector

NEW = -1  # the number of a column that was not there
_NONE, _ZERO = "none", Expr(("0::BIGINT",), INT)


def stand_in(axis: pd.Index[Any]) -> pd.DataFrame:
    """A row with the number of each column under its label."""
    return pd.DataFrame(np.arange(len(axis)).reshape(1, len(axis)), columns=axis)


def done(axis: pd.Index[Any], change: Callable[[pd.DataFrame], Any]) -> Any:
    """What pandas makes of the stand-in; the stand-in, if that is None. Raises Declined where pandas raises."""
    with object_mode():
        frame = stand_in(axis)
        try:
            found = change(frame)
        except Exception as error:  # pandas raises it again, of the frame itself
            raise Declined("labels that pandas refuses") from error
        found = frame if found is None else found
        return with_objects(found) if isinstance(found, pd.DataFrame | pd.Series) else found


def numbers(found: pd.DataFrame) -> list[int]:
    """Which columns there are. Raises Declined for a frame that is no longer the row of their numbers."""
    if len(found) != 1 or any(dtype.kind != "i" for dtype in found.dtypes):
        raise Declined("other than columns by their labels")
    return [int(number) for number in found.to_numpy()[0]]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a plan that pandas chose, and under which labels."""

    values: list[Expr]
    axis: pd.Index[Any]

    def over(self, node: Node, index: Index) -> Any:
        """The frame of these columns."""
        return Lazy.recorded(laid(node, self.values, self.axis, index), is_frame=True)


def chosen(state: Named, change: Callable[[pd.DataFrame], Any], new: Expr | None = None) -> Any:
    """What a call that chooses and names columns makes of a frame: a frame or a column. Raises Declined."""
    table = state.table
    found = done(state.axis, change)
    if isinstance(found, pd.Series):
        return _column(state, found)
    if not isinstance(found, pd.DataFrame):
        raise Declined("neither a frame nor a column")
    values = [value for _, value in table.columns]
    listed = [new if number == NEW and new is not None else values[number] for number in numbers(found)]
    made = Columns(listed, found.columns).over(table.node, table.index)
    if not listed:  # the index is as it was, in all that pandas shows of it
        made._state.plan.kept.extend(one.iloc[:, []] for one in table.kept)
    return made


def _column(state: Named, found: pd.Series[Any]) -> Any:
    if len(found) != 1 or found.dtype.kind != "i":
        raise Declined("other than columns by their labels")
    number, table = int(found.iloc[0]), state.table
    if not is_name(found.name):
        with object_mode():
            return Lazy.of(own(state).iloc[:, number])
    return Lazy.recorded(Vector(table.node, _values(table)[number], found.name, table.index), is_frame=False)


def _values(table: Table) -> list[Expr]:
    return [value for _, value in table.columns]


def is_name(name: Hashable) -> bool:
    """Whether a column in a plan can have the name: a text, an integer, or a tuple of such."""
    if isinstance(name, tuple):
        return all(is_name(part) and part is not None for part in name)
    if isinstance(name, str):
        return not any("\ud800" <= char <= "\udfff" for char in name)
    return name is None or (isinstance(name, int | np.integer) and not isinstance(name, bool))


def plain(state: Named) -> DataFrame:
    """The frame of the plan, under its own labels; with a column of zeros, if it has none."""
    table = state.table
    return recorded(table if len(state.axis) else Table(table.node, [(_NONE, _ZERO)], table.index))


def unnamed(frame: Any) -> Any:
    """A frame whose labels have a name, without it, as beside labels that have none; others as they are."""
    state = frame._state if isinstance(frame, DataFrame) else None
    if not isinstance(state, Named) or state.axis.nlevels > 1 or not are_plain(state.axis.rename(None)):
        return frame
    return Lazy.recorded(relabelled(state, state.axis.rename(None)), is_frame=True)


def recorded(table: Table) -> DataFrame:
    """The frame of a plan, also one without columns."""
    made = object.__new__(DataFrame)
    vars(made)["_state"] = table
    return made


def places(state: Named, labels: Sequence[Hashable]) -> list[int]:
    """The numbers of the columns of these labels, each of one column. Raises Declined."""
    found = []
    for label in labels:
        if isinstance(state.axis, pd.MultiIndex) and not (
            isinstance(label, tuple) and len(label) == state.axis.nlevels
        ):
            raise Declined("several columns of one label")
        if state.axis.dtype.kind in "mM" or isinstance(state.axis, pd.PeriodIndex | pd.IntervalIndex):
            raise Declined("labels that pandas reads its own way")
        with object_mode():
            found.append(_place(state.axis, label))
    return found


def _place(axis: pd.Index[Any], label: Hashable) -> int:
    try:
        place = axis.get_loc(label)
    except (KeyError, TypeError) as error:
        raise Declined("labels that are not there") from error
    if not isinstance(place, int | np.integer):
        raise Declined("several columns of one label")
    return int(place)


def under(state: Named, found: Any, labels: Sequence[Hashable] | None = None) -> Any:
    """A frame that was made of the plan, under the labels of its columns. Raises Declined for columns of its own. With
    `labels`, those were the plan's.
    """
    if not isinstance(found, DataFrame):
        return found
    if not isinstance(found._state, Table):
        return by_label(state, found)
    known = {label: place for place, label in enumerate(state.table.columns.labels if labels is None else labels)}
    table = found._state
    if not len(state.axis) and table.columns.labels == [_NONE]:
        return Columns([], state.axis).over(table.node, table.index)
    if not set(table.columns.labels) <= set(known):
        raise Declined("columns of its own")
    axis = _taken(state, [known[label] for label in table.columns.labels])
    return Columns(_values(table), axis).over(table.node, table.index)


def _taken(state: Named, numbers: list[int]) -> pd.Index[Any]:
    return state.axis if numbers == list(range(len(state.axis))) else state.axis.take(numbers)


def by_label(state: Named, found: Any, axes: Sequence[str] = ("columns",)) -> Any:
    """An object that has values for each label of the plan, under the labels of the columns. Raises Declined."""
    made = own(found._state)
    known = {label: place for place, label in enumerate(state.table.columns.labels)}
    with object_mode():
        for name in axes:
            labels = list(getattr(made, name))
            if not set(labels) <= set(known):
                raise Declined("labels of its own")
            made = made.set_axis(_taken(state, [known[label] for label in labels]), axis=name)
        return Lazy.of(made)
