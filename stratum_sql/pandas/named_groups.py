"""Groups of frames whose labels are beside their plan: the plan has the groups, and pandas says how the columns and
levels of a result are called: it does the same call, of a frame of one row.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.axes import Named, laid
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.group_keys import mapped
from stratum_sql.pandas.grouping import Asked, GroupBy, made_of
from stratum_sql.pandas.kinds import TEXT, is_known
from stratum_sql.pandas.lazy import Lazy, own, thawed
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.named_calls import Call, of_named
from stratum_sql.pandas.pandas_arguments import of_frame
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.stand_ins import done, is_name, numbers
from stratum_sql.pandas.states import Held, Index, Table, Vector


@dataclass(frozen=True)
class NamedAsked(Asked):
    """As `Asked`, of a frame whose labels are beside its plan; `chosen` is what the script selected, `selected` those
    columns of the plan.
    """

    chosen: Any = None

    @property
    def named(self) -> Named:
        assert isinstance(self.source, Named)
        return self.source

    def pandas(self) -> Any:
        """The same of pandas itself."""
        found = own(self.source)
        groups = found.groupby(**thawed(of_frame(found, self.source, self.options)))
        return groups if self.chosen is None else groups[self.chosen]

    def of_none(self) -> Any:
        """Groups that no row is in are not told of labels beside the plan."""
        raise Declined("groups of no rows")

    def of_one(self, row: pd.DataFrame) -> Any:
        """The same of pandas itself, over a frame of one row with the same labels."""
        options = {name: value for name, value in self.options.items() if name not in ("by", "level", "observed")}
        if self.options["level"] is not None:
            return self._chosen(row.groupby(level=self.options["level"], **options))
        labels = dict(zip(self.named.table.columns.labels, self.named.axis, strict=True))
        keys = [
            labels[key.label] if key.is_column else pd.Series([0], name=key.label, index=row.index)
            for key in self.keys
        ]  # fmt: skip
        return self._chosen(row.groupby(keys, **options))

    def _chosen(self, groups: Any) -> Any:
        return groups if self.chosen is None else groups[self.chosen]

    def row(self) -> pd.DataFrame:
        """A row of values of the same types."""
        names = [name for name, _ in self.state.index.levels]
        zeros = [np.zeros(1, dtype=np.int64)] * len(names)
        index = pd.MultiIndex.from_arrays(zeros, names=names) if len(names) > 1 else pd.Index([0], name=_only(names))
        columns = {place: _one(value) for place, (_, value) in enumerate(self.named.table.columns)}
        return pd.DataFrame(columns, index=index).set_axis(self.named.axis, axis=1)


def _only(names: list[Hashable]) -> Hashable:
    return names[0] if names else None


def _one(value: Expr) -> Any:
    if value.dtype == TEXT:
        return np.array(["a"], dtype=object)
    if not is_known(value.dtype):
        raise Declined("columns of such types, of labels beside the plan")
    return np.ones(1, dtype=value.dtype) if value.dtype.kind not in "mM" else np.zeros(1, dtype=value.dtype)


class NamedGroupBy(GroupBy):
    """Rows of such a frame in groups."""

    def __getitem__(self, key: Any) -> Any:
        asked = self._first
        assert isinstance(asked, NamedAsked)
        try:
            chosen = replace(asked, chosen=key, selected=_selected(asked, key))
        except Declined as declined:
            return self._fall_back("__getitem__", (key,), {}, declined.reason)
        return NamedGroupBy(chosen)

    def _translated(self, function: Callable[..., Any], asked: Asked, name: str, args: Any, kwargs: Any) -> Any:
        assert isinstance(asked, NamedAsked)
        if name in _OTHERS or any(issubclass(type(one), Lazy) for one in (*args, *kwargs.values())):
            raise Declined("labels that are beside the plan")
        if name in ("agg", "aggregate"):
            found = function(asked, *_spelled_args(asked, args), **_spelled_kwargs(asked, args, kwargs))
        else:
            found = function(asked, *args, **kwargs)
        return _called(asked, found, name, args, kwargs)


_OTHERS = ("rolling", "expanding", "ewm", "resample")


def _selected(asked: NamedAsked, key: Any) -> Any:
    """The columns of the plan that pandas selects. Raises Declined."""
    if asked.chosen is not None or isinstance(key, Lazy):
        raise Declined("this selection")
    found = done(asked.named.axis, lambda frame: frame[key])
    listed = [int(found.iloc[0])] if isinstance(found, pd.Series) else numbers(found)
    labels = asked.named.table.columns.labels
    chosen = [labels[number] for number in listed]
    if not chosen or len(set(chosen)) < len(chosen) or not set(chosen) <= set(asked.labels):
        raise Declined("this selection")
    return chosen[0] if isinstance(found, pd.Series) else chosen


# -- what `agg` is told ------------------------------------------------------------------------------------------------


def _spelled_args(asked: NamedAsked, args: Any) -> Any:
    """The arguments of `agg`, in labels of the plan. Raises Declined."""
    if not args or not isinstance(args[0], dict):
        return args
    spelled = {plan: what for label, what in args[0].items() for plan in _labels(asked, label)}
    return (spelled, *args[1:])


def _spelled_kwargs(asked: NamedAsked, args: Any, kwargs: Any) -> Any:
    if isinstance(kwargs.get("func"), dict):
        return kwargs | {"func": _spelled_args(asked, (kwargs["func"],))[0]}
    if args or "func" in kwargs or asked.is_single:
        return kwargs
    return {name: _spelled_pair(asked, pair) for name, pair in kwargs.items()}


def _spelled_pair(asked: NamedAsked, pair: Any) -> Any:
    given: Any = pair
    if isinstance(pair, pd.NamedAgg):
        return pd.NamedAgg(_label(asked, given.column), given.aggfunc, *given.args, **given.kwargs)
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise Declined("these aggregates")
    return (_label(asked, pair[0]), pair[1])


def _labels(asked: NamedAsked, label: Hashable) -> list[Hashable]:
    """The columns of the plan that have a label, and are aggregated. Raises Declined without one."""
    pairs = zip(asked.named.axis, asked.named.table.columns.labels, strict=True)
    found = [plan for known, plan in pairs if known == label and plan in asked.labels]
    if not found:
        raise Declined("labels that are not there, or keys")
    return found


def _label(asked: NamedAsked, label: Hashable) -> Hashable:
    found = _labels(asked, label)
    if len(found) > 1:
        raise Declined("several columns of one label")
    return found[0]


# -- what comes out ----------------------------------------------------------------------------------------------------


def _called(asked: NamedAsked, found: Any, name: str, args: Any, kwargs: Any) -> Any:
    """The result of the plan, under the labels that pandas gives such a result. Raises Declined."""
    if not issubclass(type(found), Lazy):
        raise Declined("labels that are beside the plan")
    state = found._state
    if isinstance(state, Held) and not isinstance(state, Named):
        raise Declined("a result that pandas holds")
    with object_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            alike = getattr(asked.of_one(asked.row()), name)(*args, **kwargs)
        except Exception as error:  # pandas raises it again, of the frame itself
            raise Declined("labels that pandas refuses") from error
    if isinstance(state, Vector):
        return _series(state, alike)
    return _frame(state.table if isinstance(state, Named) else state, alike)


def _series(state: Vector, alike: Any) -> Any:
    if not isinstance(alike, pd.Series) or not is_name(alike.name):
        raise Declined("a result of another kind, or name")
    index = _index(state.index, alike)
    return Lazy.recorded(Vector(state.node, state.value, alike.name, index), is_frame=False)


def _frame(table: Table, alike: Any) -> Any:
    if not isinstance(alike, pd.DataFrame) or alike.shape[1] != len(table.columns):
        raise Declined("a result of another kind, or of other columns")
    values = [value for _, value in table.columns]
    return Lazy.recorded(laid(table.node, values, alike.columns, _index(table.index, alike)), is_frame=True)


def _index(index: Index, alike: Any) -> Index:
    names = list(alike.index.names)
    if len(names) != max(len(index.levels), 1):
        raise Declined("an index of other levels")
    if not all(name is None or isinstance(name, str) or (is_name(name) and len(names) == 1) for name in names):
        raise Declined("an index of other names")
    if not index.levels:
        return index
    return Index(tuple((name, value) for name, (_, value) in zip(names, index.levels, strict=True)))


# -- the call ----------------------------------------------------------------------------------------------------------


@of_named("groupby")
def _groups(call: Call) -> Any:
    """By labels of one column each, and what needs no labels."""
    bound = inspect.signature(call.method).bind(call.frame, *call.args, **call.kwargs)
    bound.apply_defaults()
    options = {name: value for name, value in bound.arguments.items() if name != "self"}
    by = options["by"]
    found = mapped(call.state.table, by) if options["level"] is None else by
    options["by"] = found
    try:
        made = made_of(call.state, call.state.table, options, _spelled(call.state, found))
    except Declined as declined:
        if found is by:
            raise
        return call.frame._fall_back("groupby", (), options, declined.reason)
    first = made._first
    return NamedGroupBy(NamedAsked(first.source, first.state, first.keys, first.options))


def _spelled(state: Named, by: Any) -> Any:
    """What groups are made by, in labels of the plan. Raises Declined."""
    if isinstance(by, list):
        if all(isinstance(one, Hashable) and not isinstance(one, Series) and one in state.axis for one in by):
            return [_of_label(state, one) for one in by]
        return [_spelled(state, one) if not isinstance(one, int | float) else one for one in by]
    if type(by) is pd.Grouper:
        raise Declined("a Grouper of labels beside the plan")
    if isinstance(by, Series) and isinstance(by._state, Vector):
        return _of_series(state, by)
    if by is None or not isinstance(by, Hashable) or isinstance(by, pd.Index | pd.api.extensions.ExtensionArray):
        return by
    return _of_label(state, by)


def _of_series(state: Named, by: Series) -> Any:
    """The label of the column that a Series is; the Series, if it is none."""
    vector = by._vector
    if vector.node.base is state.table.node.base:
        pairs = zip(state.axis, state.table.columns, strict=True)
        for label, (plan, value) in pairs:
            if label == vector.name and value == vector.value:
                return _of_label(state, label) and plan
    return by


def _of_label(state: Named, label: Any) -> Any:
    known = state.table.columns.labels
    with object_mode():
        there = label in state.axis
    if not there:
        if any(name == label for name, _ in state.table.index.levels) and label not in known:
            return label
        raise Declined("groups by other than labels of columns")
    place = state.axis.get_loc(label)
    if not isinstance(place, int):
        raise Declined("several columns of one label")
    if any(name == label for name, _ in state.table.index.levels):
        raise Declined("a label of columns and of the index")
    return known[place]
