"""What a frame or Series is: its size, whether values come once or in order, columns by name, one value by place."""

from __future__ import annotations

import re
from typing import Any

from stratum_sql.errors import StratumError
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, check_compared, joined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import objects
from stratum_sql.pandas.lazy import Lazy, own
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.running import refused
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.states import Held, Vector
from stratum_sql.pandas.windows import Rows

# -- Series ------------------------------------------------------------------------------------------------------------


def _shape(self: Series) -> tuple[int]:
    """The count of rows."""
    return (len(self),)


def _empty(self: Series) -> bool:
    """Whether there are no rows."""
    return len(self) == 0


def _fact(name: str, test: Any) -> property:
    def of(self: Series) -> Any:
        state = self._state
        if isinstance(state, Held):
            return getattr(state.held, name)
        try:
            return test(state)
        except Declined as declined:
            reason = declined.reason
        except StratumError as error:
            reason = refused(error)
        engine().note(f"Series.{name}", reason)
        return getattr(own(state), name)

    return property(of, doc=f"As `pandas.Series.{name}`.")


def _asked(state: Vector, text: Text) -> bool:
    return bool(engine().answer(state.node, text))


def _is_unique(state: Vector) -> bool:
    value = state.value
    check_compared(value)
    return _asked(state, joined("count(*) = count(DISTINCT {}) + least(count(*) - count({}), 1)", value, value))


def _has_missing(state: Vector) -> bool:
    return state.value.nullable and _asked(state, joined("count(*) > count({})", state.value))


def ascends(node: Node, value: Expr, sign: str = ">=") -> bool:
    """Whether each value is that before it or further; not where one is missing. Raises Declined."""
    if objects(value.dtype) is not None or value.dtype.kind not in "biufM":
        raise Declined("values of another type")
    rows = Rows(node)
    node, before = rows.placed(joined("lag({}){}", value, rows.over()), value.dtype, nullable=True)
    text = joined(f"coalesce(bool_and({{}} IS NOT NULL AND ({{}} IS NULL OR {{}} {sign} {{}})), true)",
                  value, before, value, before)  # fmt: skip
    return bool(engine().answer(node, text))


Series.shape = property(_shape)  # type: ignore[attr-defined]
Series.empty = property(_empty)  # type: ignore[attr-defined]
_FACTS = {
    "is_unique": _is_unique,
    "hasnans": _has_missing,
    "is_monotonic_increasing": lambda state: ascends(state.node, state.value),
    "is_monotonic_decreasing": lambda state: ascends(state.node, state.value, "<="),
}
for _name, _test in _FACTS.items():
    setattr(Series, _name, _fact(_name, _test))


# -- columns -----------------------------------------------------------------------------------------------------------


@method(DataFrame, "get", "a label")
def _get(self: DataFrame, key: Any, default: Any = None) -> Any:
    if not isinstance(key, str):
        raise Declined("other than a text")
    return self._column(key) if key in self else default


@method(DataFrame, "keys")
def _keys(self: DataFrame) -> Any:
    return self.columns


@method(DataFrame, "filter", "columns by items, like or regex")
def _filter(self: DataFrame, items: Any = None, like: Any = None, regex: Any = None, axis: Any = None) -> Any:
    given = [one for one in (items, like, regex) if one is not None]
    if len(given) != 1 or axis not in (None, 1, "columns"):
        raise Declined("rows, or several ways to choose")
    known = dict(self._table.columns)
    if items is not None:
        if not isinstance(items, list | tuple) or len(set(items)) != len(items):
            raise Declined("items in other than a list")
        return self._with((label, known[label]) for label in items if label in known)
    if not all(isinstance(label, str) for label in known) or not isinstance(given[0], str):
        raise Declined("labels that are no texts")
    pattern = re.compile(re.escape(like) if like is not None else regex)
    return self._with((label, value) for label, value in known.items() if pattern.search(str(label)))


# -- one value ---------------------------------------------------------------------------------------------------------


class _At:
    """`at` and `iat`: one value, as `loc` and `iloc` read it; pandas sets it."""

    def __init__(self, owner: Any, name: str) -> None:
        self._owner, self._name = owner, name

    def __getitem__(self, key: Any) -> Any:
        parts = key if isinstance(key, tuple) else (key,)
        width = 1 if isinstance(self._owner, Series) else 2
        if len(parts) == width and all(is_label(one) for one in parts):
            return getattr(self._owner, {"at": "loc", "iat": "iloc"}[self._name])[key]
        return Lazy.__getattr__(self._owner, self._name)[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        Lazy.__getattr__(self._owner, self._name)[key] = value


def _at(name: str) -> property:
    return property(lambda self: _At(self, name), doc=f"One value, as `pandas.DataFrame.{name}`.")


for _owner in (DataFrame, Series):
    for _name in ("at", "iat"):
        setattr(_owner, _name, _at(_name))
