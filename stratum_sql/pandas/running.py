"""States to pandas objects: DuckDB runs the plan; what it refuses, such as an overflow, pandas itself makes."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

import pandas as pd

from stratum_sql.errors import Interrupted, NotAllowed, StratumError
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import Ties, Unsupported, engine
from stratum_sql.pandas.expressions import Expr, Text
from stratum_sql.pandas.index_traits import with_traits
from stratum_sql.pandas.keys import state_key
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.sources import column_of, index_of, is_boxed, labels_index, table_of, values_of, vector_of
from stratum_sql.pandas.states import Held, Recipe, State, Table, Vector


def materialised(state: State) -> Any:
    """The pandas object a state stands for; run once. The caller must not change it: take a copy.

    Raises what pandas raises where the script's own call would have, and StratumError.
    """
    if isinstance(state, Held):
        return state.held
    alone = _alone.get()
    if alone is not None and state.recipe is not None:
        _make_alone(state, alone)
        return alone[state]
    if not state.kept:
        key = None if engine().shelf is None else state_key(state)
        state.kept.append(engine().once("frame", key, lambda: _made(state)))
    return state.kept[0]


def _make_alone(state: Table | Vector, made: dict[State, Any]) -> None:
    """Make a state by its recipe, after those that it is of: each once, however many ask for it, and one after the
    other, as scripts make chains of thousands.
    """
    waiting = [state]
    while waiting:
        one = waiting[-1]
        missing = [] if one in made else [other for other in _needed(one.recipe) if other not in made]
        if missing:
            waiting += missing
            continue
        if one not in made and one.recipe is not None:
            made[one] = one.recipe()
        waiting.pop()


def _needed(value: Any) -> list[Table | Vector]:
    """The states that a recipe calls pandas with, which have recipes themselves."""
    if isinstance(value, functools.partial):
        return _needed(value.args)
    if isinstance(value, Table | Vector):
        return [] if value.recipe is None else [value]
    if type(value) in (tuple, list):
        return [state for one in value for state in _needed(one)]
    return _needed(list(value.values())) if type(value) is dict else []


_alone: ContextVar[dict[State, Any] | None] = ContextVar("alone", default=None)


def made_by_pandas(state: State) -> Any:
    """The object as pandas alone makes it, from the sources on: what does not show in rows and labels is then as well
    what it is in pandas, such as the order in which an index keeps the values of its levels.
    """
    token = _alone.set({})
    try:
        return materialised(state)
    finally:
        _alone.reset(token)


_ordered_by_pandas: weakref.WeakSet[State] = weakref.WeakSet()  # that were run, and had ties


def to_show(state: Table | Vector) -> Table | Vector:
    """The state as SQL shows it: where pandas alone knows the order of ties, the rows as pandas has them.

    What was not run is asked for ties.
    """
    try:
        engine().check_ties(state.node, ask=not state.kept)
    except Ties:
        materialised(state)
        _ordered_by_pandas.add(state)
    except StratumError as error:
        refused(error)
    if state not in _ordered_by_pandas:
        return state
    found = materialised(state)
    made = table_of(found, here()) if isinstance(found, pd.DataFrame) else vector_of(found, here())
    return state if made is None else made


# Rows of a state by number: if they are looked at, the state is run once and pandas takes them, as for each fold of it.
rows_of: weakref.WeakKeyDictionary[State, Recipe] = weakref.WeakKeyDictionary()


def _made(state: Table | Vector) -> Any:
    engine().observed.append((here(), state))
    if engine().takes_rows and state in rows_of:
        return rows_of[state]()
    try:
        found = _frame(state) if isinstance(state, Table) else _series(state)
        index = with_traits(state, found.index)
        return found if index is found.index else found.set_axis(index, axis=0)
    except Declined as declined:
        if state.recipe is None:
            return found
        engine().note("the engine", declined.reason)
        return made_by_pandas(state)
    except StratumError as error:
        reason = refused(error)
        if state.recipe is None:
            raise
        engine().note("the engine", reason)
        if isinstance(error, Ties):
            _ordered_by_pandas.add(state)
        return state.recipe()


def refused(error: StratumError) -> str:
    """Why DuckDB did not run a plan, for the log: an overflow, say. What is no such reason is raised again."""
    if isinstance(error, Interrupted | NotAllowed | Unsupported) or error.diagnostic.code in ("closed", "busy"):
        raise error
    return error.diagnostic.message.splitlines()[0]


def frame_of(state: Table) -> pd.DataFrame:
    """The frame of a plan, run, with all that its index shows. Raises Declined where only pandas tells that."""
    found = _frame(state)
    return found.set_axis(with_traits(state, found.index), axis=0)


def _frame(state: Table) -> pd.DataFrame:
    values = [value for _, value in state.columns]
    rows = _rows(state.node, [*values, *(value for _, value in state.index.levels)])
    with object_mode():
        index = index_of(rows, len(values), state.index.levels)
        arrays = {place: _array(rows.column(place), value, index) for place, value in enumerate(values)}
        frame = pd.DataFrame(arrays, index=index)
        frame.columns = labels_index([label for label, _ in state.columns])
    return frame


def _array(found: Any, value: Expr, index: Any) -> Any:
    return column_of(found, value.dtype, index) if is_boxed(value.dtype) else values_of(found, value.dtype)


def _series(state: Vector) -> pd.Series[Any]:
    rows = _rows(state.node, [state.value, *(value for _, value in state.index.levels)])
    with object_mode():
        index = index_of(rows, 1, state.index.levels)
        return column_of(rows.column(0), state.value.dtype, index, state.name)


def _rows(node: Node, values: Sequence[Expr]) -> Any:
    columns: list[tuple[str, Text]] = [(f"c{place}", value.text) for place, value in enumerate(values)]
    return engine().rows(node, columns or [("c0", ("true",))], node.order)
