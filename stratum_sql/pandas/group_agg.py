"""`agg` and `apply` of groups: names and functions, one or several, each for one column or for all."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, joined
from stratum_sql.pandas.group_aggregates import Named, aggregated, asked_in_order, of_quantile, over, reduced
from stratum_sql.pandas.group_values import prepared
from stratum_sql.pandas.grouping import NATIVE, Asked, grouped, has_groups
from stratum_sql.pandas.kinds import FLOAT, INT, LISTS, TEXT
from stratum_sql.pandas.moving import check_values
from stratum_sql.pandas.traceable import over_traced
from stratum_sql.pandas.traced_names import of_numpy
from stratum_sql.pandas.tracing import summarised
from stratum_sql.pandas.windows import has_rows


@dataclass(frozen=True, slots=True)
class Wanted:
    """One aggregate: the label of the result, that of the column, what is done, and with which arguments."""

    label: Hashable
    of: Hashable
    what: Any
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)


@grouped("agg", "names and simple functions: one, a list, a dict of such by label, label=(column, name), NamedAgg")
def _agg(asked: Asked, func: Any = None, *args: Any, **kwargs: Any) -> Any:
    if func is None:
        return _of_list(asked, _of_keywords(asked, kwargs), single=False)
    if isinstance(func, str):
        if asked.is_single or func != "size":
            return by_method(asked, func, args, kwargs)
        raise Declined("size among several columns")
    if callable(func):
        listed = [Wanted(label, label, func, args, kwargs) for label in asked.labels]
        if not asked.is_single and name_of_numpy(func) is None and of_numpy(func) is not None:
            raise Declined("a function of NumPy of several columns")
        return _of_list(asked, listed, single=asked.is_single)
    listed = [replace(one, args=args, kwargs=kwargs) for one in _listed(asked, func)]
    return _of_list(asked, listed, single=False)


@grouped("aggregate", "as agg")
def _aggregate(asked: Asked, func: Any = None, *args: Any, **kwargs: Any) -> Any:
    return _agg(asked, func, *args, **kwargs)


_NO_AGGREGATES = frozenset({"agg", "aggregate", "apply", "transform", "rolling", "expanding", "ewm"})


def by_method(asked: Asked, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the method of this name gives. Raises Declined."""
    function = NATIVE.get(name)
    if function is None or name in _NO_AGGREGATES:
        raise Declined(f"the aggregate {name}")
    try:
        inspect.signature(function).bind(asked, *args, **kwargs)
    except TypeError:
        raise Declined("these arguments") from None
    return function(asked, *args, **kwargs)


def wanted(asked: Asked, spec: Any, named: dict[str, Any]) -> list[Wanted]:
    """What a list or dict, or keywords, ask for. Raises Declined."""
    return _of_keywords(asked, named) if spec is None else _listed(asked, spec)


def _of_keywords(asked: Asked, named: dict[str, Any]) -> list[Wanted]:
    if not named:
        raise Declined("these aggregates")
    if asked.is_single:
        return [Wanted(label, asked.labels[0], what) for label, what in named.items()]
    return [_of_keyword(label, pair) for label, pair in named.items()]


def _of_keyword(label: str, pair: Any) -> Wanted:
    if isinstance(pair, pd.NamedAgg):
        given: Any = pair
        return Wanted(label, given.column, given.aggfunc, tuple(given.args), dict(given.kwargs))
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise Declined("these aggregates")
    return Wanted(label, *pair)


def _listed(asked: Asked, spec: Any) -> list[Wanted]:
    if isinstance(spec, list):
        pairs = _named(spec)
        if asked.is_single:
            return [Wanted(name, asked.labels[0], what) for name, what in pairs]
        return [Wanted((label, name), label, what) for label in asked.labels for name, what in pairs]
    if not isinstance(spec, dict) or not spec or asked.is_single:
        raise Declined("these aggregates")
    if not any(isinstance(what, list) for what in spec.values()):
        return [Wanted(label, label, what) for label, what in spec.items()]
    pairs_of = {label: _named(what if isinstance(what, list) else [what]) for label, what in spec.items()}
    return [Wanted((label, name), label, what) for label, pairs in pairs_of.items() for name, what in pairs]


def _named(functions: list[Any]) -> list[tuple[str, Any]]:
    """The functions under the names that pandas gives them; lambdas among others are numbered. Raises Declined."""
    if not functions or any(not isinstance(one, str | tuple) and not callable(one) for one in functions):
        raise Declined("these aggregates")
    if any(isinstance(one, tuple) for one in functions):
        return [_pair(one) for one in functions]
    found, count = [], 0
    for one in functions:
        name = one if isinstance(one, str) else _name(one)
        if name == "<lambda>" and len(functions) > 1:
            name, count = f"<lambda_{count}>", count + 1
        if not isinstance(name, str):
            raise Declined("a function without a name")
        found.append((name, one))
    return found


def _name(function: Any) -> str | None:
    if isinstance(function, functools.partial) and not hasattr(function, "__name__"):
        return _name(function.func)
    return getattr(function, "__name__", None)


def _pair(one: Any) -> tuple[str, Any]:
    if isinstance(one, str):
        return one, one
    if not isinstance(one, tuple) or len(one) != 2 or not isinstance(one[0], str):
        raise Declined("a function that is its own name")
    return one[0], one[1]


def _of_list(asked: Asked, listed: list[Wanted], *, single: bool) -> Any:
    labels = [one.label for one in listed]
    known = set(asked.labels)
    if len(set(labels)) != len(labels) or any(one.of not in known for one in listed):
        raise Declined("labels that are not there, keys, or two of one name")
    if any(isinstance(label, tuple) for label in labels) and not asked.options["as_index"]:
        raise Declined("keys beside labels of two levels")
    asked, first = asked_in_order(asked)
    values: Named = []
    for one in listed:
        asked, value = _done(asked, dict(asked.state.columns)[one.of], one, first)
        values.append((one.label, value))
    return aggregated(asked, first, values, single=single)


def _done(asked: Asked, value: Expr, one: Wanted, first: str) -> tuple[Asked, Expr]:
    what = one.what
    if isinstance(what, str):
        node, value = prepared(asked.state.node, what, value)
        asked = over(asked, node)
        return asked, _by_name(asked, value, one, first)
    check_values([("of a group", value)])
    if what is list:
        return asked, _as_list(value, first)
    if not one.args and not one.kwargs and (name := name_of(asked, value, what)) is not None:
        return asked, reduced(asked, name, value, first)
    function = over_traced(what, one.args, one.kwargs)
    if function is None:
        raise Declined("a function that is not simple")
    node, found = summarised(asked, value, function)
    return over(asked, node), found


def _by_name(asked: Asked, value: Expr, one: Wanted, first: str) -> Expr:
    if one.what == "quantile" and not one.kwargs and len(one.args) < 2:
        return of_quantile(value, *one.args or (0.5,))
    if one.args or one.kwargs:
        raise Declined("these arguments")
    return reduced(asked, one.what, value, first)


def name_of(asked: Asked, value: Expr, function: Any) -> str | None:
    """The aggregate that a function of NumPy or Python is over each group; None for others. Raises Declined."""
    found = name_of_numpy(function)
    if found is None:
        return None
    if not has_groups(asked) or not has_rows(asked.state.node):
        raise Declined("a function of no groups")
    if value.dtype not in (FLOAT, INT) and not (found == "size" and value.dtype == TEXT):
        raise Declined(f"a function of {value.dtype}")
    if function in (sum, min, max) and value.nullable:
        raise Declined("a function of Python, of missing values")
    return found


def name_of_numpy(function: Any) -> str | None:
    """The same, whatever the values are."""
    return next((name for known, name in _FUNCTIONS if known is function), None)


_FUNCTIONS: tuple[tuple[Any, str], ...] = (
    (np.sum, "sum"), (np.mean, "mean"), (np.min, "min"), (np.max, "max"), (len, "size"), (sum, "sum"), (min, "min"),
    (max, "max"),
)  # fmt: skip


def _as_list(value: Expr, first: str) -> Expr:
    """The texts of a group in their order."""
    if value.dtype != TEXT or value.nullable:
        raise Declined("lists of other than texts, or of missing ones")
    return Expr(joined("list({} ORDER BY {})", value, first), LISTS)
