"""Arguments of calls that pandas itself does, so that it finds in its own objects what the script meant in ours."""

from __future__ import annotations

from typing import Any

from stratum_sql.pandas.axes import Named
from stratum_sql.pandas.places import caller
from stratum_sql.pandas.states import Held, State, Table, Vector


def with_variables(args: Any, kwargs: Any) -> Any:
    """The arguments of `query` and `eval`, with those variables of the caller that are named: pandas would look for
    them in our frames.
    """
    frame = caller()
    if frame is None or "local_dict" in kwargs or "level" in kwargs:
        return kwargs
    text = str(args[0] if args else kwargs.get("expr", ""))
    known = (frame.f_globals, frame.f_locals)
    named = [{name: value for name, value in one.items() if name in text} for one in known]
    return {"global_dict": named[0], "local_dict": named[1]} | kwargs


def of_frame(found: Any, state: State, value: Any) -> Any:
    """The value with columns of a frame as those of its copy `found`: pandas asks whether a key of groups is such."""
    is_column = isinstance(value, Vector) and _has(state, value)
    if type(value) in (list, tuple):
        return type(value)(of_frame(found, state, one) for one in value)
    if type(value) is dict:
        return {key: of_frame(found, state, one) for key, one in value.items()}
    return found[value.name] if is_column else value


def _has(state: State, column: Vector) -> bool:
    """Whether it is a column of the frame, under its name."""
    table = state.plan if isinstance(state, Held) else state
    if not isinstance(table, Table) or column.node.base is not table.node.base:
        return False
    if isinstance(state, Table):
        return table.columns.get(column.name) == column.value
    assert isinstance(state, Named)
    pairs = zip(state.axis, table.columns, strict=True)
    return [value for label, (_, value) in pairs if label == column.name] == [column.value]
