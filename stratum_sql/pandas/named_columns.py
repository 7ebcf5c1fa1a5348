"""Columns put into frames whose labels are beside their plan, and taken out of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import pandas as pd

from stratum_sql.pandas.axes import Named, as_named, laid, said
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.frame_methods import with_column
from stratum_sql.pandas.given import count
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.named_calls import Call, of_labels
from stratum_sql.pandas.operations import recipe_of, with_recipe
from stratum_sql.pandas.plan import Names
from stratum_sql.pandas.series_methods import is_constant, is_label
from stratum_sql.pandas.stand_ins import (
    NEW,
    chosen,
    done,
    numbers,
    plain,
)


def _put(state: Named, label: Hashable, value: Any, change: Callable[[pd.DataFrame], Any]) -> Any:
    """The frame with a column that `change` put among the numbers of columns. Raises Declined."""
    if issubclass(type(value), DataFrame | pd.DataFrame | pd.Series):
        raise Declined(f"a column of a {type(value).__name__}")
    found = done(state.axis, change)
    listed = numbers(found)
    if listed.count(NEW) != 1 and not (NEW in listed and is_constant(value)):
        raise Declined("several columns of one label")
    if not len(state.axis) and not count(state.table.node):
        raise Declined("a first column of no rows")
    wide = with_column(plain(state), _fresh(state, label), value)._table
    values = [held for _, held in wide.columns]
    return Lazy.recorded(
        laid(wide.node, [values[number] for number in listed], found.columns, wide.index), is_frame=True
    )


def _fresh(state: Named, label: Hashable) -> str:
    """A label for a column of the plan that it has not."""
    names = Names()
    for known in state.table.columns.labels:
        names.given(str(known))
    return names.new(said(label))


def _set(state: Named, key: Any, value: Any) -> Any:
    if not isinstance(key, Hashable) or isinstance(key, Lazy | slice):
        raise Declined(f"a key of type {type(key).__name__}")

    def put(frame: pd.DataFrame) -> None:
        frame[key] = NEW

    return _put(state, key, value, put)


def _check_other(call: Call, label: Any) -> None:
    """Raise Declined where a Table declined something else than the label."""
    kinds = {isinstance(one, str) for one in call.state.axis}
    if call.again and is_label(label) and isinstance(label, str) in kinds:
        raise Declined("declined already")


@of_labels("__setitem__")
def _setitem(call: Call) -> None:
    key, value = call.args
    _check_other(call, key)
    call.frame._become(_set(call.state, key, value)._state)


@of_labels("assign")
def _assign(call: Call) -> Any:
    if call.args:
        raise Declined("columns without names")
    for label in call.kwargs:
        _check_other(call, label)
    found = call.frame.copy()
    for label, value in call.kwargs.items():
        found = _set(as_named(found._state), label, value(found) if callable(value) else value)
    return found


@of_labels("insert")
def _insert(call: Call) -> None:
    place, label, value = (call.argument(number, name) for number, name in enumerate(("loc", "column", "value")))
    twice = call.argument(3, "allow_duplicates", False)
    found = _put(call.state, label, value, lambda frame: frame.insert(place, label, NEW, allow_duplicates=twice))
    call.frame._become(found._state)


def _taken_out(call: Call, key: Any) -> None:
    def without(frame: pd.DataFrame) -> None:
        del frame[key]

    before = call.frame._state
    state = chosen(call.state, without)._state
    call.frame._become(with_recipe(state, recipe_of(before, "drop", (), {"columns": [key]})))


@of_labels("__delitem__")
def _delete(call: Call) -> None:
    _taken_out(call, call.args[0])


@of_labels("pop")
def _pop(call: Call) -> Any:
    key = call.argument(0, "item")
    taken = chosen(call.state, lambda frame: frame[key])
    _taken_out(call, key)
    return taken
