"""`resample`, and groups of a `Grouper` with a frequency alone: DuckDB makes the bins that have rows, pandas says which
there are.

A bin has a number in the plan (`time_bins.py`). pandas itself bins the first and last time of each, so its index, with
frequency and bins without rows, is that of all times; where its bins are others, it does the call.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.errors import StratumError
from stratum_sql.pandas.aligning import assigned
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.facts import ascends
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.group_keys import Key
from stratum_sql.pandas.grouping import NATIVE, OF_TIMES, Asked, grouped
from stratum_sql.pandas.kinds import BOOL, TEXT, Carried, is_number
from stratum_sql.pandas.lazy import Between, Lazy, kept, own, thawed, wrapped
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.moving import check_values
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.running import refused
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.sources import labels_index
from stratum_sql.pandas.states import Index, Table
from stratum_sql.pandas.time_bins import check_binned, number, offset_of

_NOTE = "by times in microseconds, none missing: rule of days, hours and shorter, months, quarters, years, weeks; on"
_EMPTY_IS_ZERO = ("sum", "count", "size", "nunique")
_NAMES = (*_EMPTY_IS_ZERO, "mean", "min", "max", "median", "std", "var", "sem", "first", "last")
_OHLC = (("open", "first"), ("high", "max"), ("low", "min"), ("close", "last"))
_BIN, _TIME = "\0bin", "\0time"
_MOST_GROUPS = 1_000  # for each of which pandas is asked

Listed = list[tuple[Hashable, Hashable, str]]  # label of the result, of the column, and what is done


@dataclass(frozen=True)
class Bins:
    """What was written: `resample(rule, **options)[selected]` of a table, in groups of `keys`."""

    table: Table
    time: Expr
    name: Hashable  # of the time
    rule: Any
    options: dict[str, Any]
    keys: tuple[Key, ...] = ()
    selected: Any = None
    single: bool = False

    @property
    def labels(self) -> list[Hashable]:
        """The columns that are aggregated."""
        if self.selected is not None:
            return self.selected if isinstance(self.selected, list) else [self.selected]
        left_out = {key.label for key in self.keys if key.is_column}
        return [label for label, value in self.table.columns if value is not self.time and label not in left_out]


class Resampler:
    """Rows in bins of time; what has no translation here pandas itself does.

    `again` gives the bins of the frame as it is now, if it got other columns since: they are there, as in pandas.
    """

    def __init__(
        self, bins: Bins, of_pandas: Callable[[], Any], owner: str, again: Callable[[], Any] = lambda: None
    ) -> None:
        self._bins, self._of_pandas, self._owner, self._again = bins, of_pandas, owner, again

    def __getitem__(self, key: Any) -> Any:
        again = self._again()
        if again is not None:
            return again[key]
        bins, listed = self._bins, key if isinstance(key, list) else [key]
        known = bins.labels
        if not bins.single and listed and all(is_label(one) and one in known for one in listed):
            of_pandas = self._of_pandas
            chosen = replace(bins, selected=key, single=not isinstance(key, list))
            now = self._again
            return Resampler(chosen, lambda: of_pandas()[key], self._owner, lambda: _chosen(now(), key))
        return self._passed("__getitem__", (key,), {}, "this selection")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        again = self._again()
        if again is not None:
            return getattr(again, name)
        if name in _NAMES or name in ("agg", "aggregate", "ohlc"):
            return functools.partial(self._called, name)
        if not self._bins.single and name in self._bins.labels and not hasattr(pd.api.typing.Resampler, name):
            return self[name]
        engine().note(f"{self._owner}.{name}", "no translation")
        return getattr(Between(self._of_pandas()), name)

    def __iter__(self) -> Any:
        again = self._again()
        if again is not None:
            return iter(again)
        engine().note(f"{self._owner}.__iter__", "no translation")
        return map(wrapped, self._of_pandas())

    def _called(self, name: str, *args: Any, **kwargs: Any) -> Any:
        try:
            found = _made(self._bins, name, args, kwargs)
        except Declined as declined:
            reason = declined.reason
        except StratumError as error:
            reason = refused(error)
        else:
            engine().translated[self._owner] += 1
            return found
        return self._passed(name, args, kwargs, reason)

    def _passed(self, name: str, args: Any, kwargs: Any, reason: str) -> Any:
        with engine().by_pandas(f"{self._owner}.{name}", reason), object_mode():
            return wrapped(getattr(self._of_pandas(), name)(*thawed(args), **thawed(kwargs)))


def _chosen(groups: Any, key: Any) -> Any:
    return None if groups is None else groups[key]


def _of_now(owner: Lazy, time: Expr, on: Any, make: Callable[[], Any]) -> Callable[[], Any]:
    """What `Resampler` asks, for the bins of a frame."""
    since = owner._state

    def again() -> Any:
        now = owner._state
        if now is since or not isinstance(since, Table) or not isinstance(now, Table):
            return None
        same_time = now.index == since.index if on is None else now.columns.get(on) == time
        if not same_time or now.node.base is not since.node.base:
            return None
        return make() if ascends(since.node, time) else None  # else pandas groups a copy, in order

    return again


# -- the calls ---------------------------------------------------------------------------------------------------------


@method(DataFrame, "resample", _NOTE)
def _resample(self: DataFrame, rule: Any, closed: Any = None, label: Any = None, *, on: Any = None) -> Any:
    return _binned(self, self._table, rule, {"closed": closed, "label": label, "on": on})


@method(Series, "resample", _NOTE)
def _resample_of_series(self: Series, rule: Any, closed: Any = None, label: Any = None) -> Any:
    state = self._vector
    table = Table(state.node, ((state.name, state.value),), state.index)
    return _binned(self, table, rule, {"closed": closed, "label": label})


def _binned(self: Lazy, table: Table, rule: Any, options: dict[str, Any]) -> Resampler:
    name, time = _time(table, options.get("on"))
    offset_of(rule)
    now = kept(self._state)
    bins = Bins(table, time, name, rule, options, single=isinstance(self, Series))

    def of_pandas() -> Any:
        with object_mode():
            return thawed(now).resample(rule, **options)

    again = _of_now(self, time, options.get("on"), lambda: self.resample(rule, **options))
    return Resampler(bins, of_pandas, f"{type(self).__name__}.resample", again)


def _time(table: Table, on: Any) -> tuple[Hashable, Expr]:
    """The times that are binned, and their name: a column or the index. Raises Declined."""
    if on is None:
        if len(table.index.levels) != 1:
            raise Declined("an index that is no times")
        name, time = table.index.levels[0]
    else:
        found = table.columns.get(on) if is_label(on) else None
        if found is None:
            raise Declined("a column that is not there")
        name, time = on, found
    check_binned(table.node, time)
    return name, time


@grouped("resample", _NOTE)
def _resample_groups(asked: Asked, rule: Any, closed: Any = None, label: Any = None, *, on: Any = None) -> Any:
    options, table = {"closed": closed, "label": label, "on": on}, asked.state
    name, time = _time(table, on)
    offset_of(rule)
    if (
        asked.leaves_out
        or not asked.options["as_index"]
        or not asked.options["sort"]
        or not asked.options["group_keys"]
    ):
        raise Declined("groups of missing keys, as columns or as they come")
    if on is not None and (asked.selected is not None or table.index.levels):  # labels are numbers of rows to pandas
        raise Declined("times of a column, with labels or a choice of columns")
    bins = Bins(table, time, name, rule, options, asked.keys, asked.selected, asked.is_single)
    return Resampler(bins, lambda: asked.pandas().resample(rule, **options), "GroupBy.resample")


def _of_grouper(owner: Lazy, table: Table, by: Any, options: dict[str, Any]) -> Any:
    """The groups of a Grouper with a frequency alone, which are bins. Raises Declined."""
    if by.key is None or by.level is not None or by.origin != "start_day" or by.offset is not None:
        raise Declined("a Grouper of another kind")
    if options["as_index"] is not True or not isinstance(owner, DataFrame):
        raise Declined("bins as a column")
    made = _binned(owner, table, by.freq, {"closed": by.closed, "label": by.label, "on": by.key})
    now, told = kept(owner._state), dict(options)

    def of_pandas() -> Any:
        with object_mode():
            return thawed(now).groupby(**told)

    again = _of_now(owner, made._bins.time, by.key, lambda: owner.groupby(**told))
    return Resampler(made._bins, of_pandas, "GroupBy", again)


OF_TIMES.append(_of_grouper)

# -- results -----------------------------------------------------------------------------------------------------------


def _made(bins: Bins, name: str, args: Any, kwargs: Any) -> Any:
    if Carried.is_made:
        check_values([(label, bins.table.columns.get(label)) for label in bins.labels])  # type: ignore[misc]
    if name in ("agg", "aggregate"):
        return _aggregated(bins, *args, **kwargs) if len(args) <= 1 else _no()
    if kwargs.pop("numeric_only", False) is True and not bins.single:
        bins = replace(bins, selected=_of_numbers(bins))
    if args or kwargs:
        raise Declined("these arguments")
    if name == "ohlc":
        return _ohlc(bins)
    if name == "size":
        return _sizes(bins)
    table = _table(bins, [(label, label, name) for label in bins.labels])
    return _series(table, bins.labels[0]) if bins.single else _labelled(table, labels_index(bins.labels))


def _no() -> Any:
    raise Declined("these arguments")


def _of_numbers(bins: Bins) -> list[Hashable]:
    values = [(label, bins.table.columns.get(label)) for label in bins.labels]
    found = [label for label, value in values if value is not None and (is_number(value.dtype) or value.dtype == BOOL)]
    return found or _no()


def _aggregated(bins: Bins, func: Any = None, **named: Any) -> Any:
    if isinstance(func, str) and not named:
        return _made(bins, func, (), {}) if func in _NAMES else _no()
    if func is None:
        listed: Listed = _of_named(bins, named)
        labels: Any = labels_index([label for label, _, _ in listed])
    elif isinstance(func, list) and not named:
        listed = [((of, what), of, what) for of in bins.labels for what in func]
        pairs: Any = [label for label, _, _ in listed]
        labels = pd.Index(func) if bins.single else pd.MultiIndex.from_tuples(pairs)
    elif isinstance(func, dict) and not named and not bins.single:
        listed = _of_dict(func)
        pairs = [label for label, _, _ in listed]
        labels = pd.MultiIndex.from_tuples(pairs) if isinstance(pairs[0], tuple) else labels_index(pairs)
    else:
        raise Declined("these aggregates")
    if "size" in [what for _, _, what in listed]:
        raise Declined("sizes among others")
    return _labelled(_table(bins, listed), labels)


def _of_named(bins: Bins, named: dict[str, Any]) -> Listed:
    if bins.single:
        return [(label, bins.labels[0], what) for label, what in named.items()]
    if not named or not all(type(pair) is tuple and len(pair) == 2 for pair in named.values()):
        raise Declined("these aggregates")
    return [(label, *pair) for label, pair in named.items()]


def _of_dict(spec: dict[Any, Any]) -> Listed:
    are_lists = {isinstance(what, list) for what in spec.values()}
    if are_lists == {False}:
        return [(label, label, what) for label, what in spec.items()]
    if are_lists != {True}:
        raise Declined("lists beside names")
    return [((label, what), label, what) for label, listed in spec.items() for what in listed]


def _ohlc(bins: Bins) -> Any:
    if not bins.single:
        raise Declined("open and close of several columns")
    table = _table(bins, [(label, bins.labels[0], what) for label, what in _OHLC])
    return _labelled(table, pd.Index([label for label, _ in _OHLC]))


def _sizes(bins: Bins) -> Any:
    if bins.keys:
        raise Declined("sizes of bins in groups")
    found = _table(bins, [("size", bins.labels[0], "size")]) if bins.labels else _no()
    return _series(found, bins.labels[0] if bins.single else None)


def _series(table: pd.DataFrame, name: Any) -> Any:
    with object_mode():
        return Lazy.of(table.iloc[:, 0].rename(name))


def _labelled(table: pd.DataFrame, labels: Any) -> Any:
    with object_mode():
        return Lazy.of(table.set_axis(labels, axis=1))


# -- bins --------------------------------------------------------------------------------------------------------------


def _table(bins: Bins, listed: Listed) -> pd.DataFrame:
    """A column for each aggregate and a row for each bin, with rows or without; labels are numbers. Raises Declined."""
    known = bins.labels
    if not listed or not all(is_label(of) and of in known and what in _NAMES for _, of, what in listed):
        raise Declined("these aggregates")
    table = _queried(bins, listed)
    wide = len(bins.keys)
    if not wide:
        return _arranged(bins, table, listed)
    with object_mode():
        groups = [(key, part) for key, part in table.groupby(level=list(range(wide)), sort=False)]
        if len(groups) > _MOST_GROUPS:
            raise Declined("bins of many groups")
        parts = [_arranged(bins, part, listed) for _, part in groups]
        keys = [key if wide > 1 else key[0] for key, _ in groups]
        names = [*(key.label for key in bins.keys), bins.name]
        return pd.concat(parts, keys=keys, names=names)


def _queried(bins: Bins, listed: Listed) -> pd.DataFrame:
    """The bins that have rows: number as the last level of the index, first and last time, and the aggregates."""
    table, what_all = bins.table, {what for _, _, what in listed}
    if what_all & {"first", "last"} and not ascends(table.node, bins.time):
        raise Declined("first and last of times that do not ascend")
    bin_of = number(table.node, bins.time, offset_of(bins.rule), closed=bins.options.get("closed"))
    node, time = assigned(table.node, _TIME, bins.time, here())
    node, at = assigned(node, _BIN, bin_of, here())
    columns = [*((label, value) for label, value in table.columns if label in bins.labels), (_TIME, time)]
    state = Table(node, tuple(columns), Index(()))
    options = {"as_index": True, "sort": True, "dropna": True}
    asked = Asked(state, state, (*bins.keys, Key(_BIN, at, False)), options)
    named = {f"c{place}": (of, what) for place, (_, of, what) in enumerate(listed)}
    found = NATIVE["agg"](asked, None, low=(_TIME, "min"), high=(_TIME, "max"), **named)
    table_of_bins: pd.DataFrame = own(found._state)
    return table_of_bins


def _arranged(bins: Bins, table: pd.DataFrame, listed: Listed) -> pd.DataFrame:
    """The rows of one group at the bins that pandas makes of their times, and what it has in bins without rows."""
    ends = pd.DatetimeIndex(np.sort(table[["low", "high"]].to_numpy().ravel()), name=bins.name)
    told = {name: value for name, value in bins.options.items() if name != "on"}
    with object_mode():
        counts = pd.Series(1, index=ends).resample(bins.rule, **told).size()
        if not counts.isin([0, 2]).all():
            raise Declined("bins that pandas makes otherwise")
        places = np.flatnonzero(counts.to_numpy())
        columns = {}
        for place, (_, _, what) in enumerate(listed):
            column = table[f"c{place}"].set_axis(places)
            filled: Any = {"fill_value": 0} if what in _EMPTY_IS_ZERO else {}
            columns[place] = column.reindex(range(len(counts)), **filled).array
            if len(places) < len(counts) and column.dtype in (BOOL, TEXT):
                raise Declined("texts or booleans of bins without rows")
        return pd.DataFrame(columns, index=counts.index)
