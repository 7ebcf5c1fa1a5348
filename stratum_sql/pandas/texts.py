"""`Series.str`: functions of text that DuckDB has in the same meaning; all others are pandas' own."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, cast

import pandas as pd

from stratum_sql.errors import StratumError
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.defaults import signature_of
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, joined, text_literal
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, is_lists
from stratum_sql.pandas.lazy import Between, own, thawed
from stratum_sql.pandas.lookups import by_value
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.operations import OPERATIONS, Operation, recipe_of, with_recipe
from stratum_sql.pandas.running import refused
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.states import Vector

# What Python's str.strip takes away: `str.isspace` of one character. DuckDB's trim takes spaces alone.
SPACE = "".join(char for char in map(chr, range(0x3001)) if char.isspace())


class Texts:
    """`series.str`, of a column of text or of lists of texts."""

    def __init__(self, owner: Series) -> None:
        self._owner = owner

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if not callable(getattr(cast(Any, pd.Series).str, name)):
            return getattr(self._pandas(), name)
        return functools.partial(self._call, name)

    def __getitem__(self, key: Any) -> Any:
        return self.slice(key.start, key.stop, key.step) if isinstance(key, slice) else self.get(key)

    def _pandas(self) -> Between:
        with object_mode():
            return Between(own(self._owner._state).str)

    def _call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        before = self._owner._state
        try:
            found = _translated(self._owner, name, args, kwargs)
        except (Declined, StratumError) as error:
            reason = error.reason if isinstance(error, Declined) else refused(error)
            found = _looked_up(self._owner, name, args, kwargs)
            if found is None:
                with engine().by_pandas(f"Series.str.{name}", reason):
                    return getattr(self._pandas(), name)(*thawed(args), **thawed(kwargs))
        found._become(with_recipe(found._state, recipe_of(before, f"str.{name}", args, kwargs)))
        engine().translated[f"Series.str.{name}"] += 1
        return found


# Functions of one text alone, which pandas can do once for each different one.
_PURE = frozenset(
    """capitalize casefold center contains count decode encode endswith extract find findall fullmatch get
    get_dummies index isalnum isalpha isascii isdecimal isdigit islower isnumeric isspace istitle isupper len ljust
    lower lstrip match normalize pad partition removeprefix removesuffix repeat replace rfind rindex rjust rpartition
    rsplit rstrip slice slice_replace split startswith strip swapcase title translate upper wrap zfill""".split()  # noqa: SIM905
)


def _looked_up(series: Series, name: str, args: Any, kwargs: Any) -> Any:
    """By a table of results; None if there can be none."""
    plain = (str, int, float, bool, type(None), re.Pattern)
    if name not in _PURE or not all(isinstance(one, plain) for one in (*args, *kwargs.values())):
        return None
    try:
        return by_value(series, lambda texts: getattr(texts.str, name)(*args, **kwargs))
    except Exception:  # noqa: BLE001 whatever it is pandas raises it again, of the texts themselves
        return None


def _translated(series: Series, name: str, args: Any, kwargs: Any) -> Any:
    if not isinstance(series._state, Vector):
        raise Declined("no translation")
    function, of_series = _FUNCTIONS.get(name), OF_SERIES.get(name)
    if is_lists(series._state.value.dtype):
        function, of_series = None, OF_LISTS.get(name)
    if of_series is not None:
        try:
            signature_of(of_series).bind(series, *args, **kwargs)
        except TypeError:
            raise Declined("these arguments") from None
        return of_series(series, *args, **kwargs)
    if function is None:
        raise Declined("no translation")
    try:
        bound = signature_of(function).bind(series._state.value, *args, **kwargs)
    except TypeError:
        raise Declined("these arguments") from None
    if name in ("upper", "lower") and not _is_ascii(series):
        raise Declined("letters beyond ASCII, some of which DuckDB writes another way")
    found = function(*bound.args, **bound.kwargs)
    if found.dtype == FLOAT:
        found = numbers_of(series, found)
    return series._with(found)


def all_missing(series: Series, value: Expr) -> bool:
    """Whether there are rows, and all of them miss the value."""
    test = joined("count(*) > 0 AND count({}) = 0", value)
    return bool(engine().rows(series._vector.node, [("value", test)], ()).column(0)[0].as_py())


def numbers_of(series: Series, found: Expr) -> Expr:
    """Counts of texts: integers, but floats where a text is missing. Raises Declined where all are."""
    if not series._has_missing(found):
        return Expr(joined("CAST({} AS BIGINT)", found), INT)
    if all_missing(series, found):
        raise Declined("no texts at all")
    return found


# Functions that ask the texts themselves, or give several columns: declared in text_patterns.py.
OF_SERIES: dict[str, Callable[..., Any]] = {}
# Those of lists of texts, declared in lists.py.
OF_LISTS: dict[str, Callable[..., Any]] = {}


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
        characters = text_literal(SPACE if to_strip is None else to_strip)
        return Expr(joined(f"{function}({{}}, {{}})", value, characters), TEXT, value.nullable)

    return of


def _length(value: Expr) -> Expr:
    return Expr(joined("CAST(length({}) AS DOUBLE)", value), FLOAT, value.nullable)


def _test(function: str) -> Callable[..., Expr]:
    def of(value: Expr, pat: Any, na: Any = None) -> Expr:
        listed = pat if isinstance(pat, tuple) else (pat,)
        if not listed or not all(isinstance(one, str) for one in listed):
            raise Declined("other than texts")
        tests = [joined(f"{function}({{}}, {{}})", value, text_literal(one)) for one in listed]
        return gap_filled(value, joined("(" + " OR ".join("{}" for _ in tests) + ")", *tests), na)

    return of


def gap_filled(value: Expr, test: Text, na: Any) -> Expr:
    """A test of texts, `na` where one is missing. Raises Declined."""
    if na is False and value.nullable:
        return Expr(joined("coalesce({}, false)", test), BOOL, mask=test)
    return without_gap(value, Expr(test, BOOL))


def without_gap(value: Expr, found: Expr) -> Expr:
    """The booleans of texts of which none may be missing. Raises Declined."""
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
}
_NOTES = {
    "upper": "texts of ASCII alone",
    "lower": "texts of ASCII alone",
    "startswith": "one text or several; na=False where texts are missing",
    "endswith": "one text or several; na=False where texts are missing",
}
for _name in _FUNCTIONS:
    OPERATIONS["Series", f"str.{_name}"] = Operation("Series", f"str.{_name}", _NOTES.get(_name, ""))


def _str(self: Series) -> Any:
    if isinstance(self._state, Vector) and (self._state.value.dtype == TEXT or is_lists(self._state.value.dtype)):
        return Texts(self)
    with object_mode():
        return Between(own(self._state).str)


Series.str = property(_str, doc="Functions of text.")  # type: ignore[attr-defined]
