"""`Series.str`: patterns, and parts of a text by their place."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable
from typing import Any

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, joined, text_literal
from stratum_sql.pandas.kinds import FLOAT, TEXT
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.operations import OPERATIONS, Operation
from stratum_sql.pandas.patterns import Pattern, literal_pattern, pattern_of
from stratum_sql.pandas.plan import Base
from stratum_sql.pandas.presence import are_printable, superset
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.states import Table
from stratum_sql.pandas.texts import OF_SERIES, all_missing, gap_filled, numbers_of

_printable: weakref.WeakKeyDictionary[Base, dict[Text, bool]] = weakref.WeakKeyDictionary()


def is_printable(series: Series) -> bool:
    """Whether all texts are of printable ASCII; asked once."""
    state = series._vector
    known = _printable.setdefault(state.node.base, {})
    if state.value.text not in known:
        whole = superset(state.node, state.value)
        if whole is not None and are_printable(whole):
            known[state.value.text] = True
            return True
        test = joined("coalesce(bool_and(regexp_full_match({}, '[ -~]*')), true)", state.value)
        found = engine().rows(state.node, [("value", test)], ()).column(0)[0].as_py()
        known[state.value.text] = bool(found)
    return known[state.value.text]


def _pattern(series: Series, pattern: Any, flags: int = 0) -> Pattern:
    found = pattern_of(pattern, flags)
    if not is_printable(series):
        raise Declined("texts beyond printable ASCII")
    return found


def _flags(case: Any, flags: Any) -> int:
    if type(case) is not bool or flags not in (0, re.IGNORECASE):
        raise Declined("these flags")
    return 0 if case and not flags else int(re.IGNORECASE)


def _matched(function: str, value: Expr, text: str, flags: int) -> Text:
    options = ", 'i'" if flags else ""
    return joined(f"{function}({{}}, {{}}{options})", value, text_literal(text))


_LIKE = re.compile(r"[A-Za-z0-9 ]+(\.\*[A-Za-z0-9 ]+)+")  # words with anything between them


def _contains(self: Series, pat: Any, case: Any = True, flags: Any = 0, na: Any = None, regex: Any = True) -> Any:
    value = self._vector.value
    if not isinstance(pat, str) or type(regex) is not bool:
        raise Declined("other than a text")
    if (not regex or pat.isalnum()) and case is True and flags == 0:  # letters and digits mean themselves
        return self._with(gap_filled(value, joined("contains({}, {})", value, text_literal(pat)), na))
    chosen = _flags(case, flags)
    text = _pattern(self, pat, chosen).text if regex else _literal(self, pat)
    if regex and not chosen and _LIKE.fullmatch(pat):  # of printable texts, in which `.` is any character
        like = text_literal(f"%{pat.replace('.*', '%')}%")
        return self._with(gap_filled(value, joined("({} LIKE {})", value, (like,)), na))
    return self._with(gap_filled(value, _matched("regexp_matches", value, text, chosen), na))


def _literal(self: Series, pat: str) -> str:
    if not is_printable(self) or not pat.isascii():
        raise Declined("letters beyond ASCII in any case")
    return literal_pattern(pat)


def _match(self: Series, pat: Any, case: Any = True, flags: Any = 0, na: Any = None) -> Any:
    chosen = _flags(case, flags)
    text = f"^(?:{_pattern(self, pat, chosen).text})"
    value = self._vector.value
    return self._with(gap_filled(value, _matched("regexp_matches", value, text, chosen), na))


def _fullmatch(self: Series, pat: Any, case: Any = True, flags: Any = 0, na: Any = None) -> Any:
    chosen = _flags(case, flags)
    text = f"^(?:{_pattern(self, pat, chosen).text})$"
    value = self._vector.value
    return self._with(gap_filled(value, _matched("regexp_matches", value, text, chosen), na))


def _count(self: Series, pat: Any) -> Any:
    found = _pattern(self, pat)
    value = self._vector.value
    if not found.is_never_empty:
        raise Declined("a pattern that may be empty")
    text = joined("CAST(len(regexp_extract_all({}, {})) AS DOUBLE)", value, text_literal(found.text))
    return self._with(numbers_of(self, Expr(text, FLOAT, value.nullable)))


def _replace(
    self: Series, pat: Any, repl: Any, n: Any = -1, *, case: Any = None, flags: Any = 0, regex: Any = False
) -> Any:
    value = self._vector.value
    if not isinstance(pat, str) or not isinstance(repl, str) or not pat or n != -1 or type(regex) is not bool:
        raise Declined("other than one text by another one, everywhere")
    if not regex:
        if case is not None or flags != 0:
            raise Declined("in any case")
        text = joined("replace({}, {}, {})", value, text_literal(pat), text_literal(repl))
        return self._with(Expr(text, TEXT, value.nullable))
    chosen = _flags(True if case is None else case, flags)
    found = _pattern(self, pat, chosen)
    if not found.is_never_empty or "\\" in repl:
        raise Declined("a pattern that may be empty, or groups put in")
    options = "'gi'" if chosen else "'g'"
    text = joined(f"regexp_replace({{}}, {{}}, {{}}, {options})", value, text_literal(found.text), text_literal(repl))
    return self._with(Expr(text, TEXT, value.nullable))


def _extract(self: Series, pat: Any, flags: Any = 0, expand: Any = True) -> Any:
    found = _pattern(self, pat, _flags(True, flags))
    if not found.count or found.groups != set(range(1, found.count + 1)) or type(expand) is not bool:
        raise Declined("groups that are not in every match")
    state, value = self._vector, self._vector.value
    test = _matched("regexp_matches", value, found.text, flags)
    options = ", 'i'" if flags else ""

    def group(number: int) -> Expr:
        part = joined(f"regexp_extract({{}}, {{}}, {number}{options})", value, text_literal(found.text))
        return Expr(joined("CASE WHEN {} THEN {} END", test, part), TEXT, True)

    if found.count == 1 and not expand:
        return self._with(group(1), name=found.names.get(1, state.name))
    columns = tuple((found.names.get(number, number - 1), group(number)) for number in range(1, found.count + 1))
    return Lazy.recorded(Table(state.node, columns, state.index), is_frame=True)


# -- by place ----------------------------------------------------------------------------------------------------------


def _get(self: Series, i: Any) -> Any:
    value = self._vector.value
    if type(i) is not int:
        raise Declined("other than a number")
    place = f"{i + 1}" if i >= 0 else f"length({{}}) - {-i - 1}"
    text = (
        f"CASE WHEN length({{}}) {'>' if i >= 0 else '>='} {i if i >= 0 else -i} THEN substring({{}}, {place}, 1) END"
    )
    found = Expr(joined(text, *[value] * text.count("{}")), TEXT, True)
    if all_missing(self, found) and not all_missing(self, value):
        raise Declined("no text that is so long")  # which pandas takes for numbers
    return self._with(found)


def _slice(self: Series, start: Any = None, stop: Any = None, step: Any = None) -> Any:
    value = self._vector.value
    if step not in (None, 1) or any(end is not None and type(end) is not int for end in (start, stop)):
        raise Declined("a step")
    if start is not None and start < 0:
        if stop is not None:
            raise Declined("from the end to a place")
        text = joined(f"right({{}}, {-start})", value)
    elif stop is not None and stop < 0:
        text = joined(f"left({{}}, {stop})", value)
        text = joined(f"substring({{}}, {start + 1})", text) if start else text
    elif stop is None:
        text = joined(f"substring({{}}, {(start or 0) + 1})", value)
    else:
        text = joined(f"substring({{}}, {(start or 0) + 1}, {max(stop - (start or 0), 0)})", value)
    return self._with(Expr(text, TEXT, value.nullable))


def _pad(self: Series, width: Any, side: Any = "left", fillchar: Any = " ") -> Any:
    value = self._vector.value
    if type(width) is not int or side not in ("left", "right") or not isinstance(fillchar, str) or len(fillchar) != 1:
        raise Declined("on both sides, or with other than a character")
    function = "lpad" if side == "left" else "rpad"
    text = f"CASE WHEN length({{}}) >= {width} THEN {{}} ELSE {function}({{}}, {width}, {{}}) END"
    return self._with(Expr(joined(text, value, value, value, text_literal(fillchar)), TEXT, value.nullable))


def _zfill(self: Series, width: Any) -> Any:
    """With a sign before the zeros."""
    value = self._vector.value
    if type(width) is not int or width < 1:
        raise Declined("other than a number")
    text = joined(
        f"CASE WHEN length({{}}) >= {width} THEN {{}}"
        f" WHEN starts_with({{}}, '+') OR starts_with({{}}, '-')"
        f" THEN substring({{}}, 1, 1) || lpad(substring({{}}, 2), {width - 1}, '0')"
        f" ELSE lpad({{}}, {width}, '0') END",
        *[value] * 7,
    )
    return self._with(Expr(text, TEXT, value.nullable))


def _cat(self: Series, others: Any, sep: Any = None) -> Any:
    """Both texts in a row, missing if one is."""
    if not isinstance(others, Series) or not (sep is None or isinstance(sep, str)):
        raise Declined("other than a Series over the same rows")
    node, other, _ = self._other(others)
    value = self._vector.value
    if other.dtype != TEXT:
        raise Declined("other than texts")
    between = text_literal(sep or "")
    text = joined("({} || {} || {})", value, between, other) if sep else joined("({} || {})", value, other)
    return self._with(Expr(text, TEXT, value.nullable or other.nullable), node)


_NOTE = "a pattern without flags but IGNORECASE, look-around or references, over printable ASCII; na=False"
_DECLARED: dict[str, tuple[Callable[..., Any], str]] = {
    "contains": (_contains, f"a text; {_NOTE}"),
    "match": (_match, _NOTE),
    "fullmatch": (_fullmatch, _NOTE),
    "count": (_count, _NOTE),
    "replace": (_replace, "a text by another one; such patterns"),
    "extract": (_extract, "such patterns, whose groups are in every match"),
    "get": (_get, "a place"),
    "slice": (_slice, "places"),
    "pad": (_pad, "left or right"),
    "zfill": (_zfill, ""),
    "cat": (_cat, "a Series over the same rows"),
}
for _name, (_function, _told) in _DECLARED.items():
    OF_SERIES[_name] = _function
    OPERATIONS["Series", f"str.{_name}"] = Operation("Series", f"str.{_name}", _told)
