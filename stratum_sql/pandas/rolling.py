"""`rolling` and `expanding`: the object the script holds between them and an aggregate."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.errors import StratumError
from stratum_sql.pandas.aligning import assigned, labelled, plain
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.defaults import without_defaults
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.exponential import Weights, smoothed
from stratum_sql.pandas.expressions import Expr, joined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.given import by_row
from stratum_sql.pandas.group_windows import rows_of
from stratum_sql.pandas.grouping import Asked, grouped, has_groups
from stratum_sql.pandas.kinds import BOOL, is_number
from stratum_sql.pandas.lazy import Between, Lazy, kept, own, thawed, wrapped
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.operations import method, with_recipe
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Filter, Node, Sort
from stratum_sql.pandas.rolling_times import checked, is_time, of_times
from stratum_sql.pandas.rolling_windows import Spec, rolled
from stratum_sql.pandas.running import refused
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.pandas.taking import from_to, over, state_of
from stratum_sql.pandas.window_lists import NAMES as OF_LISTS
from stratum_sql.pandas.window_lists import Listed, check_options, check_weights, spelled, spelled_time
from stratum_sql.pandas.window_methods import of_frame, of_series
from stratum_sql.pandas.windows import Found, Rows

NAMES = ("sum", "mean", "min", "max", "count", "median", "std", "var", "quantile")


class Rolling:
    """Windows of rows; `made` gives the aggregate of a name and arguments, `of_pandas` the same object of pandas, and
    `select` that of some columns."""

    def __init__(
        self,
        owner: str,
        made: Callable[..., Any],
        of_pandas: Callable[[], Any],
        select: Callable[[Any], Rolling] | None = None,
        by_lists: Callable[..., Any] | None = None,
    ) -> None:
        self._owner, self._made, self._of_pandas, self._select = owner, made, of_pandas, select
        self._by_lists = by_lists

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in NAMES and (self._by_lists is None or name not in OF_LISTS):
            engine().note(f"{self._owner}.{name}", "no translation")
            return getattr(Between(self._of_pandas()), name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._called(name, args, kwargs)

        return call

    def __getitem__(self, key: Any) -> Any:
        try:
            if self._select is not None:
                return self._select(key)
        except Declined:
            pass
        engine().note(f"{self._owner}.__getitem__", "no translation")
        with object_mode():
            return wrapped(self._of_pandas()[key])

    def __iter__(self) -> Any:
        engine().note(f"{self._owner}.__iter__", "no translation")
        return map(wrapped, self._of_pandas())

    def renamed(self, change: Callable[[Any], Any], of_pandas: Callable[[], Any]) -> Rolling:
        """The same, with what `change` makes of each result; `of_pandas` is the object of pandas then."""
        by_lists = self._by_lists

        def made(*args: Any) -> Any:
            return change(self._made(*args))

        lists = None if by_lists is None else lambda *args: change(by_lists(*args))
        return Rolling(self._owner, made, of_pandas, None, lists)

    def _called(self, name: str, args: Any, kwargs: Any) -> Any:
        now = kept((args, kwargs))

        def by_pandas() -> Any:
            args, kwargs = thawed(now)
            with object_mode():
                return getattr(self._of_pandas(), name)(*args, **kwargs)

        try:
            kind = pd.api.typing.Expanding if "expanding" in self._owner else pd.api.typing.Rolling
            options = without_defaults(kind, name, kwargs)
            numbers = options.pop("numeric_only", False)
            found = self._translated(name, numbers, args, options)
        except Declined as declined:
            reason = declined.reason
        except StratumError as error:
            reason = refused(error)
        else:
            found._become(with_recipe(found._state, by_pandas))
            return found
        with engine().by_pandas(f"{self._owner}.{name}", reason):
            return wrapped(by_pandas())

    def _translated(self, name: str, numbers: Any, args: Any, options: dict[str, Any]) -> Any:
        """By SQL, or else list by list."""
        try:
            return self._made(name, numbers, *_arguments(name, args, options))
        except Declined:
            if self._by_lists is None:
                raise
            return self._by_lists(name, numbers, args, options)


_OPTION = {"std": "ddof", "var": "ddof", "quantile": "q"}


def _arguments(name: str, args: Any, options: dict[str, Any]) -> tuple[Any, ...]:
    """The one argument that an aggregate may have, as `rolled` and `smoothed` take it. Raises Declined."""
    if name == "quantile" and args[1:] == ("linear",):
        args = args[:1]
    option = next(iter(options), None)
    if len(args) + len(options) > 1 or (options and option not in (_OPTION.get(name), "bias")):
        raise Declined("these arguments")
    if option == "bias":
        return (bool(options["bias"]),)
    return (*args, *options.values())


def _of(
    self: Any, kind: str, spec: Any, options: dict[str, Any], columns: Any = None, lists: Listed | None = None
) -> Rolling:
    """The windows of a frame or Series; `spec` gives its rows and which are around each, `lists` how pandas does it."""
    before = self._state

    def of_pandas() -> Any:
        found = getattr(own(before), kind)(**thawed(options))
        return found if columns is None else found[columns]

    def of(name: str, numbers: Any, spec: Any, *args: Any) -> Any:
        rows = _of_numbers(self, numbers, options.get("on"))
        chosen = rows if columns is None else rows[columns]
        found = _rolled(chosen, spec, name, args, options.get("on"), self)
        step = options.get("step")
        return found if step is None else from_to(found, slice(None, None, step))

    def made(name: str, numbers: Any, *args: Any) -> Any:
        return of(name, numbers, spec, *args)

    def by_lists(name: str, numbers: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        assert lists is not None
        told = replace(lists, args=args, kwargs=kwargs)
        return of(name, numbers, lambda node: (node, told))

    def select(key: Any) -> Rolling:
        if isinstance(self, Series) or columns is not None or not _are_columns(self, key):
            raise Declined("this selection")
        return _of(self, kind, spec, options, key, lists)

    return Rolling(f"{type(self).__name__}.{kind}", made, of_pandas, select, by_lists if lists is not None else None)


def _are_columns(self: DataFrame, key: Any) -> bool:
    listed = key if isinstance(key, list) else [key]
    return bool(listed) and len(set(listed)) == len(listed) and all(is_label(one) and one in self for one in listed)


def _of_numbers(self: Any, numbers: Any, on: Any) -> Any:
    """The columns of numbers and booleans, if only those are asked for, and that of the times. Raises Declined."""
    if type(numbers) is not bool:
        raise Declined("what is no boolean")
    if isinstance(self, Series) and numbers and not is_number(self._vector.value.dtype):
        raise Declined("numbers of a Series")
    if not numbers or isinstance(self, Series):
        return self
    columns = [
        pair for pair in self._table.columns if is_number(pair[1].dtype) or pair[1].dtype == BOOL or pair[0] == on
    ]
    return self._with(columns)


def _rolled(chosen: Any, spec: Any, name: str, args: Any, on: Any, whole: Any) -> Any:
    """The aggregate of each column; that of the times stays as it is, behind others that were chosen without it."""
    if name == "sem" and on is not None:
        raise Declined("standard errors beside times, which pandas refuses")
    if isinstance(chosen, Series):
        node, found = spec(chosen._vector.node)
        value = chosen._vector.value
        node, changed = rolled(Rows(node), value, found, name, *args)
        return chosen._with(changed, node)
    node, found = spec(chosen._table.node)
    columns: list[tuple[Hashable, Expr]] = []
    for label, value in chosen._table.columns:
        if on is not None and label == on:
            columns.append((label, value))
            continue
        node, changed = rolled(Rows(node, of_frame=True), value, found, name, *args)
        columns.append((label, changed))
    if on is not None and on not in dict(columns):
        columns.append((on, whole._table.columns.get(on)))
    return chosen._with(columns, node)


_NOTE = "a count of rows; sum, mean, min, max, count, median, std, var, quantile"


def _declare(owner: type[Lazy]) -> None:
    @method(owner, "rolling", _NOTE.replace("rows", "rows, or a time around each; on, step, win_type"))
    def rolling(
        self: Any, window: Any, min_periods: Any = None, center: Any = False, win_type: Any = None, on: Any = None,
        closed: Any = None, step: Any = None,
    ) -> Any:  # fmt: skip
        options = _options(window, min_periods, center, on, closed, step)
        if win_type is not None:
            options["win_type"] = win_type
        state = state_of(self)
        if on is not None:
            _times(state, on)
        spec, lists = _spec(state, options), _lists(state, options)
        return _of(self, "rolling", spec, options, None, lists)

    @method(owner, "expanding", _NOTE.partition("; ")[2])
    def expanding(self: Any, min_periods: Any = 1) -> Any:
        state_of(self)
        spec = Spec.of_expanding(min_periods)
        lists = Listed("expanding", {"min_periods": min_periods})
        return _of(self, "expanding", lambda node: (node, spec), {"min_periods": min_periods}, None, lists)


def _spec(state: Table | Vector, options: dict[str, Any]) -> Any:
    """Which rows are around each, for SQL: what gives the node and the spec, and declines where only pandas knows."""
    try:
        if "win_type" in options:
            raise Declined("weights of a window")
        return _spec_of(state, options)
    except Declined as declined:
        reason = declined.reason

    def of_none(node: Node) -> Any:
        raise Declined(reason)

    return of_none


def _spec_of(state: Table | Vector, options: dict[str, Any]) -> Any:
    window, least, step = options["window"], options.get("min_periods"), options.get("step")
    center, closed = options.get("center", False), options.get("closed")
    if is_time(window):
        if center is not False or step is not None:
            raise Declined("this row in the middle of a time, or some rows alone")
        return of_times(state.node, (), _times(state, options.get("on")), window, least, closed)
    if step is not None and (type(step) is not int or step < 1):
        raise Declined("this step")
    counted = Spec.of_rolling(window, least, center, closed)
    return lambda node: (node, counted)


def _lists(state: Table | Vector, options: dict[str, Any]) -> Listed | None:
    """How pandas does it list by list; None where it is known to be done by SQL alone."""
    window = options["window"]
    if type(window) is pd.api.indexers.FixedForwardWindowIndexer:
        return None
    told = {name: value for name, value in options.items() if name not in ("on", "step")}
    told["window"] = spelled(window)
    time = None if type(told["window"]) is int else checked(state.node, _times(state, options.get("on")))
    check_options(told | {name: options[name] for name in ("step",) if name in options}, time)
    return Listed("rolling", told, time)


def _options(window: Any, min_periods: Any, center: Any, on: Any, closed: Any, step: Any) -> dict[str, Any]:
    given = {"min_periods": min_periods, "center": center, "on": on, "closed": closed, "step": step}
    return {"window": window} | {name: value for name, value in given.items() if value is not None}


def _times(state: Table | Vector, on: Any) -> Expr:
    """What windows of time are measured by: the labels of the rows, or a column. Raises Declined."""
    if on is None:
        levels = state.index.levels
        if len(levels) != 1 or levels[0][1].dtype.kind != "M":
            raise Declined("an index that is not of times")
        return levels[0][1]
    found = state.columns.get(on) if isinstance(state, Table) and is_label(on) else None
    if found is None or found.dtype.kind != "M":
        raise Declined("a column that is not of times")
    return found


def _declare_weighted(owner: type[Lazy]) -> None:
    @method(owner, "ewm", "com, span, halflife or alpha; mean, var, std")
    def ewm(
        self: Any, com: Any = None, span: Any = None, halflife: Any = None, alpha: Any = None, min_periods: Any = 0,
        adjust: Any = True, ignore_na: Any = False, *, times: Any = None,
    ) -> Any:  # fmt: skip
        options = {"com": com, "span": span, "halflife": halflife, "alpha": alpha, "min_periods": min_periods}
        options |= {"adjust": adjust, "ignore_na": ignore_na}
        if times is not None:
            return _weighted_times(self, options, times)
        weights = Weights.of(com, span, halflife, alpha, min_periods, adjust, ignore_na)
        before = self._state
        change = of_series if isinstance(self, Series) else of_frame

        def made(name: str, numbers: Any, *args: Any) -> Any:
            if args:
                raise Declined("these arguments")
            return change(_of_numbers(self, numbers, None), lambda rows, value: smoothed(rows, value, weights, name))

        return Rolling(f"{type(self).__name__}.ewm", made, lambda: own(before).ewm(**options))


def _weighted_times(self: Any, options: dict[str, Any], times: Any) -> Rolling:
    """Weights by the time between rows, list by list."""
    state = state_of(self)
    if isinstance(times, str):
        raise Declined("times of this kind")
    values = np.asarray(thawed(times))
    if values.dtype.kind != "M" or values.ndim != 1:
        raise Declined("times of this kind")
    node, time = by_row(state.node, values)
    told = options | {"halflife": spelled_time(options["halflife"])}
    check_weights(told, values)

    def of_lists(_: Node) -> Any:
        raise Declined("weights by times")

    lists = Listed("ewm", told, time)
    return _of(over(self, node, state.index), "ewm", of_lists, options | {"times": kept(times)}, None, lists)


for _owner in (Series, DataFrame):
    _declare(_owner)
    _declare_weighted(_owner)


# -- in groups ---------------------------------------------------------------------------------------------------------


@grouped("rolling", _NOTE.replace("rows", "rows, or a time before each of times that ascend; on"))
def _rolling(
    asked: Asked, window: Any, min_periods: Any = None, center: Any = False, *, on: Any = None, closed: Any = None
) -> Any:
    options = _options(window, min_periods, center, on, closed, None)
    time = None if on is None and not is_time(window) else _times(asked.state, on)
    if is_time(window):
        if center is not False or time is None:
            raise Declined("this row in the middle of a time")
        spec = of_times(asked.state.node, tuple(asked.by), time, window, min_periods, closed)
        return _in_groups(asked, "rolling", spec, options, on)
    counted = Spec.of_rolling(window, min_periods, center, closed)
    return _in_groups(asked, "rolling", lambda node: (node, counted), options, on)


@grouped("expanding", _NOTE.partition("; ")[2])
def _expanding(asked: Asked, min_periods: Any = 1) -> Any:
    spec = Spec.of_expanding(min_periods)
    return _in_groups(asked, "expanding", lambda node: (node, spec), {"min_periods": min_periods}, None)


@grouped("ewm", "com, span, halflife or alpha; mean, var, std")
def _ewm(
    asked: Asked, com: Any = None, span: Any = None, halflife: Any = None, alpha: Any = None, min_periods: Any = 0,
    adjust: Any = True, ignore_na: Any = False,
) -> Any:  # fmt: skip
    if not asked.options["sort"] or not asked.options["as_index"] or asked.with_missing:
        raise Declined("groups as they come, or of missing keys")
    weights = Weights.of(com, span, halflife, alpha, min_periods, adjust, ignore_na)

    def made(name: str, numbers: Any, *args: Any) -> Any:
        if args or numbers:
            raise Declined("these arguments")
        return _grouped_rows(asked, asked.state.node, lambda rows, value: smoothed(rows, value, weights, name))

    options = {"com": com, "span": span, "halflife": halflife, "alpha": alpha, "min_periods": min_periods}
    options |= {"adjust": adjust, "ignore_na": ignore_na}
    return Rolling("GroupBy.ewm", made, lambda: asked.pandas().ewm(**options))


def _in_groups(asked: Asked, kind: str, spec: Any, options: dict[str, Any], on: Any, columns: Any = None) -> Rolling:
    if not asked.options["sort"] or not asked.options["as_index"] or asked.with_missing:
        raise Declined("groups as they come, or of missing keys")

    def of_pandas() -> Any:
        found = getattr(asked.pandas(), kind)(**options)
        return found if columns is None else found[columns]

    def made(name: str, numbers: Any, *args: Any) -> Any:
        if numbers:
            raise Declined("columns of numbers alone")
        node, found = spec(asked.state.node)
        chosen = asked if columns is None else replace(asked, selected=columns)
        return _grouped_rows(chosen, node, lambda rows, value: rolled(rows, value, found, name, *args), on, columns)

    def select(key: Any) -> Rolling:
        listed = key if isinstance(key, list) else [key]
        if columns is not None or asked.selected is not None or not all(is_label(one) for one in listed):
            raise Declined("this selection")
        if not set(listed) <= set(asked.labels) - {on} or len(set(listed)) != len(listed):
            raise Declined("this selection")
        return _in_groups(asked, kind, spec, options, on, key)

    return Rolling(f"GroupBy.{kind}", made, of_pandas, select)


def _grouped_rows(
    asked: Asked, node: Node, function: Callable[[Rows, Expr], Found], on: Any = None, columns: Any = None
) -> Any:
    """A value for each row that is in a group: the rows by group, the keys before their labels in the index, or before
    the times if columns were chosen beside them.
    """
    rows = rows_of(asked).at(node)
    if not has_groups(asked):
        raise Declined("rows that are in no group")
    found: list[tuple[Hashable, Expr]] = []
    for label, value in asked.values:
        if on is not None and label == on:
            found.append((label, value))
            continue
        node, changed = function(rows, value)
        rows = rows.at(node)
        found.append((label, changed))
    node, index = labelled(Table(rows.node, asked.state.columns, asked.state.index), here())
    time = asked.state.columns.get(on) if on is not None and columns is not None else None
    if time is not None:
        index = Index(((on, time),))
    node, keys = _keys(asked, node)
    levels = tuple((key.label, value) for key, value in zip(asked.keys, keys, strict=True))
    terms = tuple(f"{_spelled(value)} ASC NULLS LAST" for value in keys)
    made = Sort(place=here(), names=node.base.names, child=node, keys=terms)
    index = Index((*levels, *index.levels))
    if asked.is_single:
        (label, value), *_ = found
        return Lazy.recorded(Vector(made, value, label, index), is_frame=False)
    return Lazy.recorded(Table(made, tuple(found), index), is_frame=True)


def _keys(asked: Asked, node: Node) -> tuple[Node, list[Expr]]:
    keys = []
    for key in asked.by:
        node, value = plain(node, key, here())
        keys.append(value)
    missing = [key for key in keys if key.nullable]
    if missing:
        text = joined(" AND ".join("{} IS NOT NULL" for _ in missing), *missing)
        node, test = assigned(node, "__in_group", Expr(text, BOOL), here())
        node = Filter(place=here(), names=node.base.names, child=node, condition=test)
        keys = [Expr(key.text, key.dtype, False) for key in keys]
    return node, keys


def _spelled(value: Expr) -> str:
    (text,) = value.text
    assert isinstance(text, str)
    return text
