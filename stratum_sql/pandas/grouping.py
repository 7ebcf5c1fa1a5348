"""`groupby` of one or more columns: aggregates, and `transform` by the name of one."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from stratum_sql.pandas import reductions
from stratum_sql.pandas.aligning import assigned, ordered
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, column, joined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import FLOAT, INT, TEXT
from stratum_sql.pandas.lazy import OPERATIONS, Lazy, Operation, method, own, thawed, with_recipe, wrapped
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Aggregate
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.pandas.windows import shifted, window

_NAMES = tuple(name for name in reductions.NAMES if name not in ("any", "all"))
for _name in (*_NAMES, "size", "agg", "aggregate", "transform", "shift", "cumcount"):
    _note = {
        "agg": "names, a dict of names, label=(column, name)",
        "transform": "a name, one column",
        "shift": "one column of float64 or text",
        "cumcount": "keys without missing ones",
    }.get(_name, "")
    OPERATIONS["GroupBy", _name] = Operation("GroupBy", _name, _note or ("as agg" if _name == "aggregate" else ""))


@dataclass(frozen=True)
class _Asked:
    """What was written: `groupby(**options)[selected]`; `selected` None is all, a label one Series."""

    state: Table
    keys: tuple[Hashable, ...]
    options: dict[str, Any]
    selected: Any = None

    def pandas(self) -> Any:
        """The same of pandas itself."""
        groups = own(self.state).groupby(**self.options)
        return groups if self.selected is None else groups[self.selected]

    @property
    def labels(self) -> list[Hashable]:
        """The columns that are aggregated."""
        if self.selected is None:
            return [label for label, _ in self.state.columns if label not in self.keys]
        return self.selected if isinstance(self.selected, list) else [self.selected]

    @property
    def is_single(self) -> bool:
        """Whether results are Series."""
        return self.selected is not None and not isinstance(self.selected, list)


class GroupBy:
    """Rows in groups; what has no translation here pandas itself does."""

    def __init__(self, asked: _Asked) -> None:
        self._asked = asked

    def __getitem__(self, key: Any) -> Any:
        known = [label for label, _ in self._asked.state.columns]
        listed = key if isinstance(key, list) else [key]
        chosen = self._asked.selected is None and all(is_label(one) and one in known for one in listed)
        if chosen and not set(listed) & set(self._asked.keys) and len(set(listed)) == len(listed):
            return GroupBy(replace(self._asked, selected=key))
        return self._fall_back("__getitem__", (key,), {}, "this selection")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        kind = pd.api.typing.SeriesGroupBy if self._asked.is_single else pd.api.typing.DataFrameGroupBy
        if not hasattr(kind, name) and name in dict(self._asked.state.columns):
            return self[name]
        if not callable(getattr(kind, name, None)):
            engine().note(f"GroupBy.{name}", "no translation")
            with object_mode():
                return wrapped(getattr(self._asked.pandas(), name))

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return self._native(name, args, kwargs)
            except Declined as declined:
                return self._fall_back(name, args, kwargs, declined.reason)

        return call

    def __iter__(self) -> Any:
        engine().note("GroupBy.__iter__", "no translation")
        with object_mode():
            groups = list(self._asked.pandas())
        return ((key, wrapped(group)) for key, group in groups)

    def __len__(self) -> int:
        return len(self._asked.pandas())

    def _fall_back(self, name: str, args: Any, kwargs: Any, reason: str) -> Any:
        engine().note(f"GroupBy.{name}", reason)
        with object_mode():
            return wrapped(getattr(self._asked.pandas(), name)(*thawed(args), **thawed(kwargs)))

    def _native(self, name: str, args: Any, kwargs: Any) -> Any:
        asked = self._asked
        found: Any
        if name == "size" and not args and not kwargs and asked.options.get("as_index", True):
            found = _aggregated(asked, [(None, Expr(("count(*)",), INT))], single=True)
        elif name in _NAMES and not args and not kwargs:
            found = _aggregated(asked, _values(asked, name), single=asked.is_single)
        elif name in ("agg", "aggregate"):
            found = _agg(asked, args, kwargs)
        elif name == "transform" and len(args) == 1 and isinstance(args[0], str) and not kwargs:
            found = _transformed(asked, args[0])
        elif name == "shift" and len(args) <= 1 and set(kwargs) <= {"periods"}:
            found = _shifted(asked, *args, **kwargs)
        elif name == "cumcount" and not args and not kwargs:
            found = _counted(asked)
        else:
            raise Declined("no translation")

        def made() -> Any:
            with object_mode():
                return getattr(asked.pandas(), name)(*args, **kwargs)

        found._become(with_recipe(found._state, made))
        engine().translated[f"GroupBy.{name}"] += 1
        return found


@method(DataFrame, "groupby", "labels of columns, dropna=True")
def _groupby(
    self: DataFrame,
    by: Any = None,
    *,
    as_index: bool = True,
    sort: bool = True,
    dropna: bool = True,
    observed: bool = True,
) -> Any:
    keys = by if isinstance(by, list) else [by]
    known = dict(self._table.columns)
    if not keys or not all(is_label(key) and key in known for key in keys) or len(set(keys)) != len(keys):
        raise Declined("groups by other than labels of columns")
    if dropna is not True:
        raise Declined("groups of missing keys")
    options = {"by": by, "as_index": as_index, "sort": sort, "observed": observed}
    return GroupBy(_Asked(self._table, tuple(keys), options))


def _values(asked: _Asked, name: str) -> list[tuple[Hashable, Expr]]:
    known = dict(asked.state.columns)
    return [(label, _reduced(asked, name, known[label])) for label in asked.labels]


def _reduced(asked: _Asked, name: str, value: Expr, over: Text = ()) -> Expr:
    if name not in _NAMES:
        raise Declined(f"the aggregate {name}")
    if name == "sum" and value.dtype not in (INT, FLOAT):
        raise Declined(f"sums of {value.dtype}")  # int64, but of no rows at all int8
    return reductions.reduced(name, value, over)


def _agg(asked: _Asked, args: Any, kwargs: Any) -> Any:
    known = dict(asked.state.columns)
    if args and (len(args) > 1 or kwargs):
        raise Declined("these arguments")
    spec = args[0] if args else None
    if isinstance(spec, str):
        return _aggregated(asked, _values(asked, spec), single=asked.is_single)
    if isinstance(spec, list) and asked.is_single and all(isinstance(one, str) for one in spec):
        listed = [(name, asked.selected, name) for name in spec]
    elif isinstance(spec, dict) and not asked.is_single:
        listed = [(label, label, name) for label, name in spec.items()]
    elif spec is None and kwargs and not asked.is_single:
        pairs = [(label, pair) for label, pair in kwargs.items() if isinstance(pair, tuple) and len(pair) == 2]
        listed = [(label, pair[0], pair[1]) for label, pair in pairs]
    else:
        raise Declined("these aggregates")
    named = {label for label, _, _ in listed}
    if len(named) < max(len(listed), len(kwargs)) or not all(isinstance(name, str) for _, _, name in listed):
        raise Declined("these aggregates")
    if any(label not in known or label in asked.keys for _, label, _ in listed) or named & set(asked.keys):
        raise Declined("labels that are not there, or keys")
    found = [(label, _reduced(asked, name, known[of])) for label, of, name in listed]
    return _aggregated(asked, found, single=False)


def _aggregated(asked: _Asked, values: list[tuple[Hashable, Expr]], *, single: bool) -> Any:
    state, place = asked.state, here()
    if not values:
        raise Declined("nothing to aggregate")
    node, first = ordered(state.node, place)
    known = dict(state.columns)
    made = Aggregate(place=place, child=node, keys=(), values=(), first=first, by_key=asked.options["sort"])
    keys = tuple((made.names.new(key), known[key]) for key in asked.keys)
    named = tuple((made.names.new("size" if label is None else label), value) for label, value in values)
    made = replace(made, keys=keys, values=named)
    levels = [
        (key, column(name, value.dtype, nullable=False)) for key, (name, value) in zip(asked.keys, keys, strict=True)
    ]
    columns = [
        (label, column(name, value.dtype, nullable=value.nullable))
        for (label, _), (name, value) in zip(values, named, strict=True)
    ]
    if not asked.options["as_index"]:
        return Lazy.recorded(Table(made, (*levels, *columns), Index(())), is_frame=True)
    if single:
        label, value = columns[0]
        return Lazy.recorded(Vector(made, value, label, Index(tuple(levels))), is_frame=False)
    return Lazy.recorded(Table(made, tuple(columns), Index(tuple(levels))), is_frame=True)


def _shifted(asked: _Asked, periods: Any = 1) -> Any:
    """The value so many rows before in its group."""
    known = dict(asked.state.columns)
    if not asked.is_single or known[asked.selected].dtype == INT:
        raise Declined("several columns, or integers")
    keys = [known[key] for key in asked.keys]
    node, found = shifted(asked.state.node, known[asked.selected], periods, keys)
    return Lazy.recorded(Vector(node, found, asked.selected, asked.state.index), is_frame=False)


def _counted(asked: _Asked) -> Any:
    """How many rows of its group came before."""
    known = dict(asked.state.columns)
    keys = [known[key] for key in asked.keys]
    if any(key.nullable for key in keys):
        raise Declined("keys that are missing")
    text = joined("row_number() OVER ({}) - 1", window(asked.state.node, keys))
    node, found = assigned(asked.state.node, "__count", Expr(text, INT), here())
    return Lazy.recorded(Vector(node, found, None, asked.state.index), is_frame=False)


def _transformed(asked: _Asked, name: str) -> Any:
    """The aggregate of its group beside each row; missing where a key is."""
    known = dict(asked.state.columns)
    if not asked.is_single:
        raise Declined("several columns")
    keys = [known[key] for key in asked.keys]
    over = joined(" OVER (PARTITION BY " + ", ".join("{}" for _ in keys) + ")", *keys)
    value = known[asked.selected]
    found = Expr(joined("count(*){}", over), INT) if name == "size" else _reduced(asked, name, value, over)
    missing = [key for key in keys if key.nullable]
    if missing:
        if found.dtype not in (FLOAT, TEXT):
            raise Declined("integers beside missing keys")
        test = joined(" AND ".join("{} IS NOT NULL" for _ in missing), *missing)
        found = Expr(joined("CASE WHEN {} THEN {} END", test, found), found.dtype, True)
    node, placed = assigned(asked.state.node, f"{asked.selected}_{name}", found, here())
    return Lazy.recorded(Vector(node, placed, asked.selected, asked.state.index), is_frame=False)
