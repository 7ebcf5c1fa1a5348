"""`Series.str`: functions of text that DuckDB has in the same meaning; all others are pandas' own."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, cast

import pandas as pd

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, joined, text_literal
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT
from stratum_sql.pandas.lazy import OPERATIONS, Between, Operation, own, recipe_of, thawed, with_recipe
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.states import Vector

# What Python's str.strip takes away: `str.isspace` of one character. DuckDB's trim takes spaces alone.
_SPACE = "".join(char for char in map(chr, range(0x3001)) if char.isspace())


class Texts:
    """`series.str`, of a column of text."""

    def __init__(self, owner: Series) -> None:
        self._owner = owner

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if not callable(getattr(cast(Any, pd.Series).str, name)):
            return getattr(self._pandas(), name)
        return functools.partial(self._call, name)

    def __getitem__(self, key: Any) -> Any:
        engine().note("Series.str", "no translation")
        return self._pandas()[key]

    def _pandas(self) -> Between:
        with object_mode():
            return Between(own(self._owner._state).str)

    def _call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        before = self._owner._state
        try:
            found = _translated(self._owner, name, args, kwargs)
        except Declined as declined:
            engine().note(f"Series.str.{name}", declined.reason)
            return getattr(self._pandas(), name)(*thawed(args), **thawed(kwargs))
        found._become(with_recipe(found._state, recipe_of(before, f"str.{name}", args, kwargs)))
        engine().translated[f"Series.str.{name}"] += 1
        return found


def _translated(series: Series, name: str, args: Any, kwargs: Any) -> Series:
    function = _FUNCTIONS.get(name)
    if function is None or not isinstance(series._state, Vector):
        raise Declined("no translation")
    try:
        bound = inspect.signature(function).bind(series._state.value, *args, **kwargs)
    except TypeError:
        raise Declined("these arguments") from None
    if name in ("upper", "lower") and not _is_ascii(series):
        raise Declined("letters beyond ASCII, some of which DuckDB writes another way")
    found = function(*bound.args, **bound.kwargs)
    if found.dtype == FLOAT and not series._has_missing(found):  # lengths are integers unless one is missing
        found = Expr(joined("CAST({} AS BIGINT)", found), INT)
    return series._with(found)


def _is_ascii(series: Series) -> bool:
    value = series._vector.value
    return bool(series._ask(Expr(joined("coalesce(bool_and(strlen({}) = length({})), true)", value, value), BOOL)))


def _in_case(function: str) -> Callable[[Expr], Expr]:
    def of(value: Expr) -> Expr:
        return Expr(joined(f"{function}({{}})", value), TEXT, value.nullable)

    return of


def _stripped(function: str) -> Callable[..., Expr]:
    def of(value: Expr, to_strip: Any = None) -> Expr:
        if to_strip is not None and (not isinstance(to_strip, str) or not to_strip):
            raise Declined("characters that are no text")
        characters = text_literal(_SPACE if to_strip is None else to_strip)
        return Expr(joined(f"{function}({{}}, {{}})", value, characters), TEXT, value.nullable)

    return of


def _length(value: Expr) -> Expr:
    return Expr(joined("CAST(length({}) AS DOUBLE)", value), FLOAT, value.nullable)


def _test(function: str) -> Callable[..., Expr]:
    def of(value: Expr, pat: Any) -> Expr:
        if not isinstance(pat, str):
            raise Declined("several texts")
        return _without_gap(value, Expr(joined(f"{function}({{}}, {{}})", value, text_literal(pat)), BOOL))

    return of


def _contains(value: Expr, pat: Any, case: Any = True, flags: Any = 0, na: Any = None, regex: Any = True) -> Expr:
    if not isinstance(pat, str) or case is not True or flags != 0 or (regex is not False and not pat.isalnum()):
        raise Declined("a pattern")  # of letters and digits alone it means itself
    found = Expr(joined("contains({}, {})", value, text_literal(pat)), BOOL)
    if na is False and value.nullable:
        return Expr(joined("coalesce({}, false)", found), BOOL, mask=found.text)
    return _without_gap(value, found)


def _without_gap(value: Expr, found: Expr) -> Expr:
    if value.nullable:
        raise Declined("booleans beside missing texts")
    return found


_FUNCTIONS: dict[str, Callable[..., Expr]] = {
    "upper": _in_case("upper"),
    "lower": _in_case("lower"),
    "strip": _stripped("trim"),
    "lstrip": _stripped("ltrim"),
    "rstrip": _stripped("rtrim"),
    "len": _length,
    "startswith": _test("starts_with"),
    "endswith": _test("ends_with"),
    "contains": _contains,
}
_NOTES = {
    "upper": "texts of ASCII alone",
    "lower": "texts of ASCII alone",
    "contains": "a text of letters and digits, or regex=False; na=False where texts are missing",
    "startswith": "one text, where none is missing",
    "endswith": "one text, where none is missing",
}
for _name in _FUNCTIONS:
    OPERATIONS["Series", f"str.{_name}"] = Operation("Series", f"str.{_name}", _NOTES.get(_name, ""))


def _str(self: Series) -> Any:
    if isinstance(self._state, Vector) and self._state.value.dtype == TEXT:
        return Texts(self)
    with object_mode():
        return Between(own(self._state).str)


Series.str = property(_str, doc="Functions of text.")  # type: ignore[attr-defined]
