"""Patterns of Python's `re` that RE2, DuckDB's own, reads in the same meaning over printable ASCII."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from stratum_sql.pandas.declined import Declined

_PRINTABLE = re.compile(r"[ -~]*")
_CATEGORIES = {
    code.CATEGORY_DIGIT: r"\d",
    code.CATEGORY_NOT_DIGIT: r"\D",
    code.CATEGORY_WORD: r"\w",
    code.CATEGORY_NOT_WORD: r"\W",
    code.CATEGORY_SPACE: r"\s",
    code.CATEGORY_NOT_SPACE: r"\S",
}
_PLACES = {
    code.AT_BEGINNING: "^",
    code.AT_BEGINNING_STRING: "^",
    code.AT_END: "$",
    code.AT_BOUNDARY: r"\b",
    code.AT_NON_BOUNDARY: r"\B",
}
_MOST_REPEATS = 1_000  # RE2 takes no more


@dataclass(frozen=True)
class Pattern:
    """A pattern as RE2 spells it; `groups` are those that are in each match, by their number, `names` of all groups."""

    text: str
    groups: frozenset[int]
    count: int
    names: dict[int, str]
    is_never_empty: bool


def pattern_of(pattern: Any, flags: int = 0) -> Pattern:
    """The pattern, spelled anew from how Python reads it. Raises Declined for one that RE2 cannot follow.

    It means the same over texts of printable ASCII alone, as for `.`, `$`, letters and the classes.
    """
    if not isinstance(pattern, str) or not _PRINTABLE.fullmatch(pattern) or flags & ~re.IGNORECASE:
        raise Declined("a pattern with flags, or beyond ASCII")
    try:
        parsed = parser.parse(pattern, flags)
    except re.error:
        raise Declined("a pattern that is none") from None
    if parsed.state.flags & ~(re.IGNORECASE | re.UNICODE) or parsed.state.flags & re.IGNORECASE != flags:
        raise Declined("a pattern with flags")
    names = {number: name for name, number in parsed.state.groupdict.items()}
    always = frozenset(_always(parsed))
    return Pattern(_spelled(parsed), always, parsed.state.groups - 1, names, parsed.getwidth()[0] > 0)


def literal_pattern(text: str) -> str:
    """A text as the pattern of itself."""
    return "".join(_character(ord(char)) for char in text)


def _always(parsed: Any) -> Iterator[int]:
    for operator, argument in parsed:
        if operator is code.SUBPATTERN:
            number, _, _, inner = argument
            if number is not None:
                yield number
            yield from _always(inner)


def _spelled(parsed: Any) -> str:
    return "".join(_part(operator, argument) for operator, argument in parsed)


def _part(operator: Any, argument: Any) -> str:
    if operator is code.LITERAL:
        return _character(argument)
    if operator is code.NOT_LITERAL:
        return f"[^{_character(argument)}]"
    if operator is code.ANY:
        return "."
    if operator is code.AT and argument in _PLACES:
        return _PLACES[argument]
    if operator is code.IN:
        return _class(argument)
    if operator in (code.MAX_REPEAT, code.MIN_REPEAT):
        least, most, inner = argument
        return _repeated(least, most, inner, "?" if operator is code.MIN_REPEAT else "")
    if operator is code.BRANCH:
        return "(?:" + "|".join(_spelled(branch) for branch in argument[1]) + ")"
    if operator is code.SUBPATTERN:
        number, added, removed, inner = argument
        if not added and not removed:
            return f"({'?:' if number is None else ''}{_spelled(inner)})"
    raise Declined("a pattern that RE2 does not know")


def _repeated(least: int, most: Any, inner: Any, lazy: str) -> str:
    is_open = most == code.MAXREPEAT
    if least > _MOST_REPEATS or (not is_open and most > _MOST_REPEATS) or inner.getwidth()[0] == 0:
        raise Declined("many repeats, or of what may be empty")
    return f"(?:{_spelled(inner)}){{{least},{'' if is_open else most}}}{lazy}"


def _class(parts: Any) -> str:
    found = []
    for kind, of in parts:
        if kind is code.NEGATE:
            found.append("^")
        elif kind is code.LITERAL:
            found.append(_character(of))
        elif kind is code.RANGE:
            found.append(f"{_character(of[0])}-{_character(of[1])}")
        elif kind is code.CATEGORY and of in _CATEGORIES:
            found.append(_CATEGORIES[of])
        else:
            raise Declined("a pattern that RE2 does not know")
    return f"[{''.join(found)}]"


def _character(number: int) -> str:
    char = chr(number)
    if not char.isascii() or not char.isprintable():
        raise Declined("a pattern beyond printable ASCII")
    return char if char.isalnum() or char in " _" else f"\\{char}"
