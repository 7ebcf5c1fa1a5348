"""`rolling` and `expanding`: the object the script holds between them and an aggregate."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import timedelta
from typing import Any

import pandas as pd

from stratum_sql.errors import StratumError
from stratum_sql.pandas.aligning import assigned, labelled, plain
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.defaults import without_defaults
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.exponential import Weights, smoothed
from stratum_sql.pandas.expressions import Expr, joined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.group_windows import rows_of
from stratum_sql.pandas.grouping import Asked, grouped, has_groups
from stratum_sql.pandas.kinds import BOOL
from stratum_sql.pandas.lazy import Between, Lazy, kept, method, own, thawed, with_recipe, wrapped
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Filter, Node, Sort
from stratum_sql.pandas.rolling_windows import Spec, rolled
from stratum_sql.pandas.running import refused
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.pandas.window_methods import of_frame, of_series
from stratum_sql.pandas.windows import Found, Rows

NAMES = ("sum", "mean", "min", "max", "count", "median", "std", "var", "quantile")


class Rolling:
    """Windows of rows; `made` gives the aggregate of a name and arguments, `of_pandas` the same object of pandas."""

    def __init__(
        self, owner: str, spec: Spec | Weights, made: Callable[..., Any], of_pandas: Callable[[], Any]
    ) -> None:
        self._owner, self._spec, self._made, self._of_pandas = owner, spec, made, of_pandas

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in NAMES:
            engine().note(f"{self._owner}.{name}", "no translation")
            return getattr(Between(self._of_pandas()), name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._called(name, args, kwargs)

        return call

    def __getitem__(self, key: Any) -> Any:
        engine().note(f"{self._owner}.__getitem__", "no translation")
        with object_mode():
            return wrapped(self._of_pandas()[key])

    def __iter__(self) -> Any:
        engine().note(f"{self._owner}.__iter__", "no translation")
        return map(wrapped, self._of_pandas())

    def _called(self, name: str, args: Any, kwargs: Any) -> Any:
        now = kept((args, kwargs))

        def by_pandas() -> Any:
            args, kwargs = thawed(now)
            with object_mode():
                return getattr(self._of_pandas(), name)(*args, **kwargs)

        try:
            kind = pd.api.typing.Expanding if "expanding" in self._owner else pd.api.typing.Rolling
            if without_defaults(kind, name, kwargs):
                raise Declined("these arguments")
            found = self._made(self._spec, name, *args)
        except Declined as declined:
            engine().note(f"{self._owner}.{name}", declined.reason)
            return wrapped(by_pandas())
        except StratumError as error:
            engine().note(f"{self._owner}.{name}", refused(error))
            return wrapped(by_pandas())
        found._become(with_recipe(found._state, by_pandas))
        return found


def _of(self: Any, kind: str, spec: Spec, options: dict[str, Any]) -> Rolling:
    before = self._state

    def of_pandas() -> Any:
        return getattr(own(before), kind)(**options)

    owner = f"{type(self).__name__}.{kind}"
    change = of_series if isinstance(self, Series) else of_frame

    def made(spec: Spec, name: str, *args: Any) -> Any:
        return change(self, lambda rows, value: rolled(rows, value, spec, name, *args))

    return Rolling(owner, spec, made, of_pandas)


def _times(state: Table | Vector) -> Expr:
    """The labels of the rows, times that ascend. Raises Declined."""
    levels = state.index.levels
    if len(levels) != 1 or levels[0][1].dtype.kind != "M" or levels[0][1].nullable:
        raise Declined("an index that is not of times")
    ((_, time),) = levels
    order = ", ".join(state.node.order)
    text = joined(f"coalesce({{}} <= lag({{}}) OVER (ORDER BY {order}), false)", time, time)
    node, falls = assigned(state.node, "__falls", Expr(text, BOOL), here())
    if engine().answer(node, joined("coalesce(bool_or({}), false)", falls)):
        raise Declined("times that do not ascend, or come twice")
    return time


_NOTE = "a count of rows; sum, mean, min, max, count, median, std, var, quantile"


def _declare(owner: type[Lazy]) -> None:
    @method(owner, "rolling", _NOTE.replace("rows", "rows, or a time before each of times that ascend"))
    def rolling(self: Any, window: Any, min_periods: Any = None, center: Any = False, *, closed: Any = None) -> Any:
        options = {"window": window, "min_periods": min_periods, "center": center, "closed": closed}
        if center is False and isinstance(window, str | timedelta):
            return _of(self, "rolling", Spec.of_times(_times(self._state), window, min_periods, closed), options)
        return _of(self, "rolling", Spec.of_rolling(window, min_periods, center, closed), options)

    @method(owner, "expanding", _NOTE.partition("; ")[2])
    def expanding(self: Any, min_periods: Any = 1) -> Any:
        return _of(self, "expanding", Spec.of_expanding(min_periods), {"min_periods": min_periods})


def _declare_weighted(owner: type[Lazy]) -> None:
    @method(owner, "ewm", "com, span, halflife or alpha; mean, var, std")
    def ewm(
        self: Any, com: Any = None, span: Any = None, halflife: Any = None, alpha: Any = None, min_periods: Any = 0,
        adjust: Any = True, ignore_na: Any = False,
    ) -> Any:  # fmt: skip
        weights = Weights.of(com, span, halflife, alpha, min_periods, adjust, ignore_na)
        options = {"com": com, "span": span, "halflife": halflife, "alpha": alpha, "min_periods": min_periods}
        options |= {"adjust": adjust, "ignore_na": ignore_na}
        before = self._state
        change = of_series if isinstance(self, Series) else of_frame

        def made(weights: Weights, name: str, *args: Any) -> Any:
            if args:
                raise Declined("these arguments")
            return change(self, lambda rows, value: smoothed(rows, value, weights, name))

        return Rolling(f"{type(self).__name__}.ewm", weights, made, lambda: own(before).ewm(**options))


for _owner in (Series, DataFrame):
    _declare(_owner)
    _declare_weighted(_owner)


# -- in groups ---------------------------------------------------------------------------------------------------------


@grouped("rolling", _NOTE)
def _rolling(asked: Asked, window: Any, min_periods: Any = None, center: Any = False, *, closed: Any = None) -> Any:
    options = {"window": window, "min_periods": min_periods, "center": center, "closed": closed}
    return _in_groups(asked, "rolling", Spec.of_rolling(window, min_periods, center, closed), options)


@grouped("expanding", _NOTE.partition("; ")[2])
def _expanding(asked: Asked, min_periods: Any = 1) -> Any:
    return _in_groups(asked, "expanding", Spec.of_expanding(min_periods), {"min_periods": min_periods})


@grouped("ewm", "com, span, halflife or alpha; mean, var, std")
def _ewm(
    asked: Asked, com: Any = None, span: Any = None, halflife: Any = None, alpha: Any = None, min_periods: Any = 0,
    adjust: Any = True, ignore_na: Any = False,
) -> Any:  # fmt: skip
    if not asked.options["sort"] or not asked.options["as_index"] or asked.with_missing:
        raise Declined("groups as they come, or of missing keys")
    weights = Weights.of(com, span, halflife, alpha, min_periods, adjust, ignore_na)

    def made(weights: Weights, name: str, *args: Any) -> Any:
        if args:
            raise Declined("these arguments")
        return _grouped_rows(asked, lambda rows, value: smoothed(rows, value, weights, name))

    options = {"com": com, "span": span, "halflife": halflife, "alpha": alpha, "min_periods": min_periods}
    options |= {"adjust": adjust, "ignore_na": ignore_na}
    return Rolling("GroupBy.ewm", weights, made, lambda: asked.pandas().ewm(**options))


def _in_groups(asked: Asked, kind: str, spec: Spec, options: dict[str, Any]) -> Rolling:
    if not asked.options["sort"] or not asked.options["as_index"] or asked.with_missing:
        raise Declined("groups as they come, or of missing keys")

    def of_pandas() -> Any:
        return getattr(asked.pandas(), kind)(**options)

    def made(spec: Spec, name: str, *args: Any) -> Any:
        return _grouped_rows(asked, lambda rows, value: rolled(rows, value, spec, name, *args))

    return Rolling(f"GroupBy.{kind}", spec, made, of_pandas)


def _grouped_rows(asked: Asked, function: Callable[[Rows, Expr], Found]) -> Any:
    """A value for each row that is in a group: the rows by group, the keys before their labels in the index."""
    rows = rows_of(asked)
    if not has_groups(asked):
        raise Declined("rows that are in no group")
    found: list[tuple[Hashable, Expr]] = []
    for label, value in asked.values:
        node, changed = function(rows, value)
        rows = rows.at(node)
        found.append((label, changed))
    node, index = labelled(Table(rows.node, asked.state.columns, asked.state.index), here())
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
