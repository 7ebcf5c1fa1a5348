"""`groupby`: what was asked for, and the object the script holds. What it can do is in `group_*.py`.

Each call with a translation is declared by `@grouped(name, note)`; what has none pandas itself does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from stratum_sql.errors import StratumError
from stratum_sql.pandas.aligning import together
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.defaults import signature_of, takes, without_defaults
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, check_compared, joined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.group_categories import AGGREGATES, OF_ROWS, with_all
from stratum_sql.pandas.group_keys import Key, check_names, is_of_times, keys_of, mapped
from stratum_sql.pandas.kinds import FLOAT, INT, Carried, carried, category
from stratum_sql.pandas.lazy import Lazy, kept, own, thawed, wrapped
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.moving import check_labels, check_values, moves
from stratum_sql.pandas.operations import OPERATIONS, Operation, method, with_recipe
from stratum_sql.pandas.pandas_arguments import of_frame
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.ranking import ranked
from stratum_sql.pandas.running import refused
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.states import State, Table, Vector
from stratum_sql.pandas.taking import from_to

NATIVE: dict[str, Callable[..., Any]] = {}
# What makes groups of a Grouper with a frequency: `resampling.py` is one of those that look back here.
OF_TIMES: list[Callable[..., Any]] = []


def grouped(name: str, note: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a function of `Asked` and the call's arguments as the translation of a method of GroupBy.

    As for `method`: arguments that its signature does not take, and Declined, send the call to pandas.
    """
    OPERATIONS["GroupBy", name] = Operation("GroupBy", name, note)

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        NATIVE[name] = function
        return function

    return declare


@dataclass(frozen=True)
class Asked:
    """What was written: `groupby(**options)[selected]` of `source`; its columns and keys are over the node of `state`.

    `selected` None is no selection, a label one Series.
    """

    source: State
    state: Table
    keys: tuple[Key, ...]
    options: dict[str, Any]
    selected: Any = None
    is_whole: bool = True  # no group is of no rows

    def of_none(self) -> Any:
        """The same of pandas itself, over no rows."""
        rows = own(from_to(Lazy.recorded(self.source, is_frame=True), slice(0, 0))._state)
        groups = rows.groupby(**thawed(self.options))
        return groups if self.selected is None else groups[self.selected]

    def pandas(self) -> Any:
        """The same of pandas itself."""
        found = own(self.source)
        groups = found.groupby(**thawed(of_frame(found, self.source, self.options)))
        return groups if self.selected is None else groups[self.selected]

    @property
    def labels(self) -> list[Hashable]:
        """The columns that are aggregated."""
        if self.selected is None:
            named = {key.label for key in self.keys if key.is_column}
            return [label for label, _ in self.state.columns if label not in named]
        return self.selected if isinstance(self.selected, list) else [self.selected]

    @property
    def values(self) -> list[tuple[Hashable, Expr]]:
        """The same, with what they are."""
        found = [(label, self.state.columns.get(label)) for label in self.labels]
        return [(label, value) for label, value in found if value is not None]

    @property
    def is_single(self) -> bool:
        """Whether results are Series."""
        return isinstance(self.source, Vector) or (self.selected is not None and not isinstance(self.selected, list))

    @property
    def by(self) -> list[Expr]:
        """The values of the keys."""
        return [key.value for key in self.keys]

    @property
    def with_missing(self) -> bool:
        """Whether rows with a missing key are groups as well."""
        return not self.options.get("dropna", True)

    @property
    def leaves_out(self) -> bool:
        """Whether rows may be in no group, their key being missing."""
        return not self.with_missing and any(key.value.nullable for key in self.keys)

    def beside_rows(self, node: Node, values: list[tuple[Hashable, Expr]]) -> Any:
        """One value for each row: a Series, or a frame, with the labels of the rows."""
        state = self.state
        if self.is_single:
            (label, value), *_ = values
            return Lazy.recorded(Vector(node, value, label, state.index), is_frame=False)
        return Lazy.recorded(Table(node, tuple(values), state.index), is_frame=True)


def has_groups(asked: Asked) -> bool:
    """Whether rows that may be in no group are in one; without such rows there is nothing to ask."""
    if not asked.leaves_out:
        return True
    missing = [key for key in asked.by if key.nullable]
    test = joined("coalesce(bool_or(" + " AND ".join("{} IS NOT NULL" for _ in missing) + "), false)", *missing)
    return bool(engine().answer(asked.state.node, test))


class GroupBy:
    """Rows in groups; what has no translation here pandas itself does."""

    def __init__(self, asked: Asked, owner: DataFrame | None = None) -> None:
        self._first, self._owner = asked, owner

    @property
    def _asked(self) -> Asked:
        """What was asked, over the frame as it is now: columns that it got since are there, as in pandas."""
        asked, owner = self._first, self._owner
        if owner is None or owner._state is asked.source or not isinstance(owner._state, Table):
            return asked
        known = owner._state.columns
        is_changed = any(
            key.is_column and known.get(key.label) != (key.given or key.value) for key in asked.keys
        ) or _of_times(asked.source, asked.options["by"]) != _of_times(owner._state, asked.options["by"])
        if is_changed or owner._state.node.base is not asked.state.node.base:
            return asked
        node = owner._state.node
        if any(not key.is_column or key.given is not None for key in asked.keys):
            node = together(node, asked.state.node)
        state = Table(node, owner._state.columns, asked.state.index)
        return replace(asked, source=owner._state, state=state)

    def __getitem__(self, key: Any) -> Any:
        asked = self._asked
        known = asked.state.columns
        listed = key if isinstance(key, list) else [key]
        is_free = asked.selected is None and isinstance(asked.source, Table)
        chosen = is_free and bool(listed) and all(is_label(one) and known.get(one) is not None for one in listed)
        named = {one.label for one in asked.keys if one.is_column}
        if chosen and not set(listed) & named and len(set(listed)) == len(listed):
            return GroupBy(replace(asked, selected=key), self._owner)
        return self._fall_back("__getitem__", (key,), {}, "this selection")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in NATIVE:
            return functools.partial(self._named, name)
        kind = pd.api.typing.SeriesGroupBy if self._asked.is_single else pd.api.typing.DataFrameGroupBy
        if not hasattr(kind, name) and self._asked.state.columns.get(name) is not None:
            return self[name]
        if not callable(getattr(kind, name, None)):
            engine().note(f"GroupBy.{name}", "no translation")
            with object_mode():
                return wrapped(getattr(self._asked.pandas(), name))

        return functools.partial(self._named, name)

    def _named(self, name: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return self._native(name, args, kwargs)
        except Declined as declined:
            reason = declined.reason
        except StratumError as error:  # a question was asked of the rows
            reason = refused(error)
        return self._fall_back(name, args, kwargs, reason)

    def __iter__(self) -> Any:
        engine().note("GroupBy.__iter__", "no translation")
        with object_mode():
            groups = list(self._asked.pandas())
        return ((key, wrapped(group)) for key, group in groups)

    def __len__(self) -> int:
        return len(self._asked.pandas())

    def _fall_back(self, name: str, args: Any, kwargs: Any, reason: str) -> Any:
        with engine().by_pandas(f"GroupBy.{name}", reason), object_mode():
            return wrapped(getattr(self._asked.pandas(), name)(*thawed(args), **thawed(kwargs)))

    def _translated(self, function: Callable[..., Any], asked: Asked, name: str, args: Any, kwargs: Any) -> Any:
        return function(asked, *args, **kwargs)

    def _native(self, name: str, args: Any, kwargs: Any) -> Any:
        asked, function = self._asked, NATIVE.get(name)
        if function is None:
            raise Declined("no translation")
        if not asked.is_whole and name not in AGGREGATES | OF_ROWS:
            raise Declined("groups of categories that do not come up")
        are_numbers = name == "size" or all(value.dtype in _NUMBERS for _, value in asked.values)
        if not asked.is_whole and name in AGGREGATES and not are_numbers:
            raise Declined("groups of no rows, of other than int64 and float64")
        if Carried.is_made:
            _check_carried(asked, name)
        try:
            found = self._translated(function, asked, name, args, kwargs)
        except TypeError:
            if takes(signature_of(function), asked, *args, **kwargs):
                raise
            kind = pd.api.typing.SeriesGroupBy if asked.is_single else pd.api.typing.DataFrameGroupBy
            fewer = without_defaults(kind, name, kwargs)
            if len(fewer) == len(kwargs):
                raise Declined("these arguments") from None
            return self._native(name, args, fewer)
        now = kept((args, kwargs))

        def made() -> Any:
            args, kwargs = thawed(now)
            with object_mode():
                return getattr(asked.pandas(), name)(*args, **kwargs)

        if not asked.is_whole and name in AGGREGATES:
            found = Lazy.of(with_all(found, lambda: getattr(asked.of_none(), name)(*args, **kwargs)))
        if isinstance(found, Lazy):
            found._become(with_recipe(found._state, made))
        engine().translated[f"GroupBy.{name}"] += 1
        return found


def _check_carried(asked: Asked, name: str) -> None:
    if not moves("GroupBy", name):
        check_values(asked.values)
    if name in ("rolling", "expanding", "ewm"):  # which make labels of it
        check_labels(asked.state.index.levels)


@method(DataFrame, "groupby", "labels of columns, Series, arrays, functions and dicts of labels, levels of the index")
def _groupby(
    self: DataFrame,
    by: Any = None,
    *,
    level: Any = None,
    as_index: bool = True,
    sort: bool = True,
    group_keys: bool = True,
    observed: bool = True,
    dropna: bool = True,
) -> Any:
    options = {"level": level, "as_index": as_index, "sort": sort, "group_keys": group_keys}
    return _by(self, self._table, self._table, by, options | {"observed": observed, "dropna": dropna})


@method(Series, "groupby", "Series, arrays, functions and dicts of labels, levels of the index")
def _groupby_of_series(
    self: Series,
    by: Any = None,
    *,
    level: Any = None,
    as_index: bool = True,
    sort: bool = True,
    group_keys: bool = True,
    observed: bool = True,
    dropna: bool = True,
) -> Any:
    state = self._vector
    options = {"level": level, "as_index": as_index, "sort": sort, "group_keys": group_keys}
    table = Table(state.node, ((state.name, state.value),), state.index)
    return _by(self, state, table, by, options | {"observed": observed, "dropna": dropna})


def _of_times(state: State, by: Any) -> Expr | None:
    """The column that a Grouper names."""
    label = getattr(by, "key", None) if isinstance(by, pd.Grouper) else None
    return None if label is None or not isinstance(state, Table) else state.columns.get(label)


def _by(owner: Any, source: Table | Vector, table: Table, by: Any, options: dict[str, Any]) -> Any:
    """The groups. A function that was called for the labels is not called again where pandas itself makes them."""
    found = mapped(source, by) if options["level"] is None else by
    options = {"by": found} | options
    if isinstance(by, list) and len(by) == 1 and is_of_times(by[0]):
        raise Declined("groups of times in a list, whose labels have a frequency")
    if is_of_times(by) and options["level"] is None:
        return OF_TIMES[0](owner, table, by, options)
    if type(by) is pd.Grouper and options["level"] is None:  # alone it says itself how
        options |= {"sort": bool(by.sort), "dropna": bool(by.dropna)}
    try:
        made = made_of(source, table, options, found)
    except Declined as declined:
        if found is by:
            raise
        return owner._fall_back("groupby", (), options, declined.reason)
    return GroupBy(made._first, owner) if isinstance(owner, DataFrame) else made


def made_of(source: State, table: Table, options: dict[str, Any], by: Any) -> GroupBy:
    """The groups of a frame or Series, whose plan is `table`; `by` is what was said, in labels of the plan."""
    level = options["level"]
    if (by is None) == (level is None) or any(type(options[name]) is not bool for name in _SWITCHES):
        raise Declined("these groups")
    node, keys = keys_of(source, table, by, level)
    check_names(table, keys, as_index=options["as_index"])
    if Carried.is_made:
        node, keys = _ranked(node, keys, dropna=options["dropna"])
    check_compared(*(key.value for key in keys if carried(key.value.dtype) is None))
    if any(key.value.dtype.kind == "m" for key in keys):
        raise Declined("groups of spans of time")
    is_whole = options.get("observed", True) is True or _all_come_up(node, keys)
    if not is_whole:
        _check_expands(source, keys, options)
    state = Table(node, table.columns, table.index)
    return GroupBy(Asked(source, state, tuple(keys), kept(options), is_whole=is_whole))


def _check_expands(source: State, keys: Sequence[Key], options: dict[str, Any]) -> None:
    """Raise Declined where pandas alone knows which groups of no rows there are."""
    are_columns = isinstance(source, Table) and all(key.is_column for key in keys)
    if not are_columns or any(category(key.value.dtype) is None for key in keys):
        raise Declined("groups of categories that do not come up, beside others")
    if not options["sort"] or not options["as_index"] or not options["dropna"]:
        raise Declined("groups of categories that do not come up, as they come or as columns")


def _all_come_up(node: Node, keys: Sequence[Key]) -> bool:
    """Whether there is a row for each category, beside each value of the other keys: then there are no other groups."""
    known = [(key.value, category(key.value.dtype)) for key in keys]
    if not any(found for _, found in known):
        return True
    row = "row(" + ", ".join("{}" for _ in known) + ")"
    counts = ["count(DISTINCT {})" if found is None else str(len(found.of.categories)) for _, found in known]
    there = joined(" AND ".join("{} IS NOT NULL" for _ in known), *(value for value, _ in known))
    product = joined(" * ".join(counts), *(value for value, found in known if found is None))
    groups = joined(f"count(DISTINCT {row}) FILTER (WHERE {{}})", *(value for value, _ in known), there)
    return bool(engine().answer(node, joined("{} = {}", groups, product)))


_NUMBERS = (INT, FLOAT)


def _ranked(node: Node, keys: list[Key], *, dropna: bool) -> tuple[Node, list[Key]]:
    """The keys, those that are carried by their place among the others."""
    found = []
    for key in keys:
        if carried(key.value.dtype) is not None and key.value.nullable and not dropna:
            raise Declined("missing keys that are carried")
        node, value = ranked(node, key.value)
        found.append(key if value is key.value else replace(key, value=value, given=key.value))
    return node, found


_SWITCHES = ("as_index", "sort", "group_keys", "observed", "dropna")
