"""How a method of the script's objects is declared as translated, and what happens when one is called.

What the translation declines goes to pandas itself, with the reason in the log.
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from stratum_sql.errors import StratumError
from stratum_sql.pandas.axes import Named, as_named
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.defaults import takes, without_defaults
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.holding import why_held
from stratum_sql.pandas.kinds import Carried
from stratum_sql.pandas.lazy import Lazy, kept, own, states_in, thawed
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.moving import check_none_carried, moves
from stratum_sql.pandas.running import refused
from stratum_sql.pandas.states import Held, Recipe, State, Table

F = TypeVar("F", bound=Callable[..., Any])
_LABELS = "labels that are beside the plan"
_INPLACE = frozenset(
    {"clip", "drop", "dropna", "eval", "fillna", "mask", "rename", "replace", "reset_index", "sort_values"}
)
_INPLACE |= {"bfill", "drop_duplicates", "ffill", "set_index", "sort_index", "where"}
# Since pandas 3, with inplace=True.
_GIVES_ITSELF = frozenset({"bfill", "clip", "ffill", "fillna", "mask", "replace", "where"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One call with a translation: which, and for which arguments."""

    owner: str
    name: str
    note: str


OPERATIONS: dict[tuple[str, str], Operation] = {}
# How calls of a frame are translated where its labels are beside its plan, by their names; `named.py` fills it. These
# rules are given the frame, its state, the translation of the call for other frames, and the arguments.
Rule = Callable[["Lazy", Named, Callable[..., Any], Any, Any], Any]
OF_NAMED: dict[str, Rule] = {}
OF_LABELS: dict[str, Rule] = {}  # those for which a Table is asked as well, if its own translation declines
# What is tried last, of any object in the plan: calls whose rows pandas lays out; `row_calls.py` fills it.
OF_ROWS: dict[str, Callable[[Lazy, Any, Any], Any]] = {}


def native(owner: str, name: str, note: str = "") -> Callable[[F], F]:
    """Declare a method as translated; `note` says for which arguments.

    Arguments that the method's signature does not take, or for which it raises Declined, go to pandas itself. What the
    method gives back remembers how pandas would have made it.
    """
    OPERATIONS[owner, name] = Operation(owner, name, note)

    def declare(method: F) -> F:
        signature, told, may_be_inplace = inspect.signature(method), f"{owner}.{name}", name in _INPLACE
        is_moving = moves(owner, name)

        @functools.wraps(method)
        def call(self: Lazy, *args: Any, **kwargs: Any) -> Any:
            if not issubclass(type(self), Lazy):  # `Series.sum` as a function, over an object of pandas itself
                return getattr(self, name)(*args, **kwargs)
            before = self._state
            if isinstance(before, Held):
                before = before.recorded()
                self._become(before)
            inplace = may_be_inplace and kwargs.pop("inplace", False) is True
            try:
                if isinstance(before, Held):
                    result = _of_named(self, before, name, method, args, kwargs)
                else:
                    if Carried.is_made and not is_moving:
                        check_none_carried(name, states_in((before, args, kwargs)))
                    result = method(self, *args, **kwargs)
                engine().translated[told] += 1
                return _finished(self, before, result, (name, args, kwargs), inplace)
            except Declined as declined:
                reason = declined.reason
            except StratumError as error:  # the method asked a question of the rows
                reason = refused(error)
            except TypeError:
                if takes(signature, self, *args, **kwargs):
                    raise  # the method's own
                fewer = without_defaults(getattr(pd, owner, None), name, kwargs)
                if len(fewer) < len(kwargs):
                    return call(self, *args, **fewer, **({"inplace": True} if inplace else {}))
                reason = "these arguments"
            for way in _later_ways(self, before, name, method):
                try:
                    result = way(args, kwargs)
                except (Declined, StratumError):
                    continue
                engine().translated[told] += 1
                return _finished(self, before, result, (name, args, kwargs), inplace)
            return self._fall_back(name, args, kwargs | ({"inplace": True} if inplace else {}), reason)

        return call  # type: ignore[return-value]

    return declare


def method(owner: type[Lazy], name: str, note: str = "") -> Callable[[F], F]:
    """`native`, and the class gets the method."""

    def declare(function: F) -> F:
        made = native(owner.__name__, name, note)(function)
        setattr(owner, name, made)
        return made

    return declare


def _later_ways(self: Lazy, before: State, name: str, method: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """What is tried where a call's own translation declined, in turn; called with its arguments and keywords."""
    if type(before) is Table and name in OF_LABELS:

        def of_labels(args: Any, kwargs: Any) -> Any:
            _check_carried(name, before, args, kwargs)
            return OF_LABELS[name](self, as_named(before), method, args, kwargs)

        yield of_labels
    if name in OF_ROWS:
        yield functools.partial(OF_ROWS[name], self)


def _check_carried(name: str, table: Table, args: Any, kwargs: Any) -> None:
    """As for a Table, where labels are beside the plan of one of the frames."""
    if Carried.is_made and not moves("DataFrame", name):
        states = [one._state for one in (*args, *kwargs.values()) if issubclass(type(one), Lazy)]
        plans = [one.table for one in states if isinstance(one, Named)]
        check_none_carried(name, [table, *plans, *states_in((args, kwargs))])


def _of_named(self: Lazy, before: Held, name: str, method: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    if not isinstance(before, Named):
        raise Declined(why_held(before))
    if name not in OF_NAMED:
        raise Declined(_LABELS)
    _check_carried(name, before.table, args, kwargs)
    return OF_NAMED[name](self, before, method, args, kwargs)


def _finished(self: Lazy, before: State, result: Any, call: tuple[str, Any, Any], inplace: bool) -> Any:
    changed = self if result is None else result  # without a result it is the object that the method changed
    if result is None or (issubclass(type(result), Lazy) and result is not self):
        state = changed._state
        if isinstance(state, Held) or state.recipe is None:
            with_recipe(state, recipe_of(before, *call))
    if inplace:
        self._become(result._state)
        self._write_back(before)
        return self if call[0] in _GIVES_ITSELF else None
    return result


def with_recipe(state: State, recipe: Recipe) -> State:
    """The state, which pandas could make by `recipe`: it is new, and is told so once. A source needs none."""
    if isinstance(state, Held):
        state.made_by(recipe)
    elif state.recipe is None and not state.kept:
        state.recipe = recipe
    return state


def recipe_of(before: State, name: str, args: Any, kwargs: Any) -> Recipe:
    """Pandas' own call, over what the objects are at this moment."""
    return functools.partial(_by_pandas, before, name, kept(args), kept(kwargs) if kwargs else {})


def _by_pandas(before: State, name: str, args: Any, kwargs: Any) -> Any:
    args, kwargs = thawed((args, kwargs))
    found = own(before)
    with object_mode():
        result = operator.attrgetter(name)(found)(*args, **kwargs)  # also loc.__getitem__
    return found if result is None else result
