"""Reads the small expressions of a tail: numbers, texts, names, lists, tuples, structs and calls.

    ridge(alpha => [0.1, 1], solver => 'svd')      choose((100, 50), row(100))      {'device': 'gpu'}

One token of look-ahead. Brackets nest `DEEPEST` levels at most, so hostile text cannot exhaust Python's stack.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from stratum_sql.errors import ParseError, Span, StratumError, TooComplex, suggestions
from stratum_sql.grammar.syntax import Argument, Call, Expression, ListOf, Literal, Name, StructOf, TupleOf
from stratum_sql.grammar.tokens import (
    MARK,
    NO_CALLS,
    NO_COLUMNS,
    NUMBER,
    QUOTED,
    RESERVED,
    STRING,
    WORD,
    Token,
    Words,
    closer_of,
    unmatched,
)

DEEPEST = 50
LONGEST_NUMBER = 400  # digits: more than any DOUBLE can tell apart, less than what Python refuses to convert
CONSTANTS: dict[str, bool | None] = {"TRUE": True, "FALSE": False, "NULL": None}
ARROWS = ("=>", ":=", "=")

_INTEGER = re.compile(r"\d+(?:_\d+)*", re.ASCII)
_FLOAT = re.compile(r"(?:\d+(?:_\d+)*)?\.?(?:\d+(?:_\d+)*)?(?:[eE][+-]?\d+(?:_\d+)*)?", re.ASCII)
LARGEST_VERSION = 999_999_999
_VERSION = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_Item = TypeVar("_Item")


class Cursor:
    """A place in the tokens `lo` up to `hi` of a script. `place` names the statement in messages: `TRAIN MODEL`."""

    def __init__(self, words: Words, lo: int, hi: int, place: str) -> None:
        self.words = words
        self.text = words.text
        self._uppers = words.uppers
        self.at = lo
        self.hi = hi
        self.place = place
        self.depth = 0
        self.of_models = False  # whether names are those of models, which may say a version

    def peek(self) -> Token | None:
        """The next token, or None at the end."""
        return self.words.tokens[self.at] if self.at < self.hi else None

    def upper(self, ahead: int = 0) -> str:
        """The next word in capitals or the next mark; "" for a quoted name, a string, and at the end."""
        at = self.at + ahead
        return self._uppers[at] if at < self.hi else ""

    def next(self) -> Token:
        """The next token, which must be there, and go past it."""
        token = self.words.tokens[self.at]
        self.at += 1
        return token

    def accept(self, *words: str) -> bool:
        """Go past these words if they come next, all of them."""
        end = self.at + len(words)
        if end > self.hi or self._uppers[self.at] != words[0] or tuple(self._uppers[self.at : end]) != words:
            return False
        self.at = end
        return True

    def since(self, lo: int) -> Span:
        """From the token at index `lo` to the last one that was read."""
        return self.words.span(lo, self.at)

    def here(self) -> Span:
        """The next token, or the place after the last one."""
        token = self.peek()
        if token is not None:
            return Span(token.start, token.end)
        end = self.words.tokens[self.at - 1].end if self.at else 0
        return Span(end, end + 1)

    def found(self) -> str:
        """The next token in quotes, cut short, for a message."""
        token = self.peek()
        if token is None:
            return "the end"
        return f"'{token.text[:40]}'"

    def error(
        self, code: str, message: str, span: Span | None = None, *, like: Iterable[str] = (), hint: str | None = None
    ) -> StratumError:
        """An error at `span`, or at the next token."""
        return ParseError.at(self.text, span or self.here(), code, message, did_you_mean=like, hint=hint)

    def expected(self, what: str, hint: str | None = None) -> StratumError:
        """The error for a next token that is not `what`."""
        return self.error("expected", f"expected {what} but found {self.found()} in {self.place}", hint=hint)


def near(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The `known` words nearest to `word`; none for a word that is too long to be a slip."""
    return suggestions(word, known, most=1) if len(word) <= 40 else ()


def one_or_more(cursor: Cursor, read: Callable[[Cursor], _Item]) -> tuple[_Item, ...]:
    """`item {, item}`."""
    items = [read(cursor)]
    while cursor.accept(","):
        items.append(read(cursor))
    return tuple(items)


def in_brackets(cursor: Cursor, read: Callable[[Cursor], _Item]) -> tuple[_Item, ...]:
    """`( [item {, item} [,]] )`, `[..]` or `{..}`: the opening bracket comes next."""
    index, opener = cursor.at, cursor.next()
    closer = closer_of(opener.text)
    cursor.depth += 1
    if cursor.depth > DEEPEST:
        message = f"brackets nest more than {DEEPEST} deep in {cursor.place}"
        raise TooComplex.at(cursor.text, Span(opener.start, opener.end), "too_deep", message)
    items: list[_Item] = []
    while not cursor.accept(closer):
        items.append(read(cursor))
        if cursor.upper() != closer and not cursor.accept(","):
            raise _not_closed(cursor, index, closer)
    cursor.depth -= 1
    return tuple(items)


def _not_closed(cursor: Cursor, index: int, closer: str) -> StratumError:
    opener = cursor.words.tokens[index]
    if cursor.words.partner[index] < 0:
        return unmatched(cursor.words, index)
    hint = f"the bracket '{opener.text}' at character {opener.start + 1} is still open"
    return cursor.expected(f"',' or '{closer}'", hint)


def read_value(cursor: Cursor) -> Expression:
    """Any expression of a tail. Raises ParseError where none starts, TooComplex past `DEEPEST` brackets."""
    token = cursor.peek()
    if token is None:
        raise cursor.expected("a value")
    if token.kind == NUMBER or token.text in ("-", "+"):
        return read_number(cursor)
    if token.kind == STRING:
        return read_string(cursor)
    if token.upper in CONSTANTS and token.kind == WORD:
        cursor.next()
        return Literal(CONSTANTS[token.upper], Span(token.start, token.end))
    if token.kind == MARK and token.text in _BRACKETS:
        return _BRACKETS[token.text](cursor)
    if token.kind in (WORD, QUOTED):
        return _name_or_call(cursor)
    raise cursor.expected("a value")


def read_number(cursor: Cursor) -> Literal:
    """A number with its sign: int of any size, else float; `1_000` is 1000."""
    first = cursor.at
    sign = -1 if cursor.upper() == "-" else 1
    if cursor.upper() in ("-", "+"):
        cursor.next()
    token = cursor.peek()
    if token is None or token.kind != NUMBER:
        raise cursor.expected("a number")
    cursor.next()
    value = _number(token.text)
    if value is None:
        raise cursor.error("bad_number", f"'{token.text[:40]}' is no number that can be used", cursor.since(first))
    return Literal(sign * value, cursor.since(first))


def _number(text: str) -> int | float | None:
    if len(text) > LONGEST_NUMBER:
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    if not _FLOAT.fullmatch(text):
        return None
    value = float(text.replace("_", ""))
    return value if math.isfinite(value) else None


def read_string(cursor: Cursor) -> Literal:
    """`'it''s'` or `$$it's$$`, as written: a backslash is a backslash."""
    token = cursor.next()
    span = Span(token.start, token.end)
    if token.text.startswith("$"):
        tag = token.text[: token.text.index("$", 1) + 1]
        return Literal(token.text[len(tag) : -len(tag)], span)
    if not token.text.startswith("'"):
        raise cursor.error(
            "bad_string", "a text with a prefix letter cannot stand here", span, hint="write '…' or $$…$$"
        )
    return Literal(token.text[1:-1].replace("''", "'"), span)


def read_name(cursor: Cursor, what: str = "a name") -> Name:
    """`a`, `a.b`, `"A b"`. Raises ParseError for anything else; a reserved word needs double quotes, as in DuckDB."""
    first = cursor.at
    parts = [_name_part(cursor, what)]
    while cursor.accept("."):
        parts.append(_name_part(cursor, what))
    return Name(tuple(text for text, _ in parts), cursor.since(first), any(quoted for _, quoted in parts))


def read_model(cursor: Cursor) -> Name:
    """The name of a model, with or without a version: `m`, `m@3`, `m@champion`. `"m@3"` is a plain name."""
    return _with_version(cursor, read_name(cursor, "the name of a model"))


def _with_version(cursor: Cursor, name: Name) -> Name:
    if not cursor.accept("@"):
        return name
    token = cursor.peek()
    if token is not None and token.kind == NUMBER and _VERSION.fullmatch(token.text):
        version: int | str = int(cursor.next().text)
    else:
        version = read_alias(cursor, "a version, such as 3, latest, best or an alias,")
    return replace(name, span=Span(name.span.start, cursor.words.tokens[cursor.at - 1].end), version=version)


def read_alias(cursor: Cursor, what: str = "an alias") -> str:
    """One word without quotes. Raises ParseError for anything else."""
    token = cursor.peek()
    if token is None or token.kind != WORD or token.upper in NO_COLUMNS:
        raise cursor.expected(what, "an alias is one word without quotes, such as champion")
    return cursor.next().text


def read_version(cursor: Cursor) -> int:
    """The number of a version, from 1. Raises ParseError for anything else."""
    token = cursor.peek()
    if token is None or token.kind != NUMBER or not _VERSION.fullmatch(token.text):
        raise cursor.expected("the number of a version")
    return int(cursor.next().text)


def _name_part(cursor: Cursor, what: str, refused: frozenset[str] = NO_COLUMNS) -> tuple[str, bool]:
    token = cursor.peek()
    if token is None or token.kind not in (WORD, QUOTED):
        raise cursor.expected(what)
    if token.kind == WORD and token.upper in refused:
        hint = f"{token.upper} is a word of SQL; as a name it needs double quotes"
        raise cursor.expected(what, hint)
    cursor.next()
    if token.kind == WORD:
        return token.text, False
    text = token.text[1:-1].replace('""', '"')
    if not text:
        raise cursor.error("expected", f"expected {what} but found empty quotes", Span(token.start, token.end))
    return text, True


def _name_or_call(cursor: Cursor) -> Expression:
    name = read_name(cursor, "a value")
    if cursor.of_models and cursor.upper() == "@":
        return _with_version(cursor, name)
    return name if cursor.upper() != "(" else call_of(cursor, name)


def call_of(cursor: Cursor, name: Name) -> Call | TupleOf:
    """The call of `name`, which was just read; its arguments in brackets may follow. `row(..)` is a tuple."""
    if name.quoted:
        raise cursor.error("quoted_call", "the name of a call stands without quotes", name.span)
    if cursor.upper() == "(" and name.parts[0].upper() in NO_CALLS:
        raise cursor.error("expected", f"'{name.parts[0]}' cannot be called in {cursor.place}", name.span)
    args = in_brackets(cursor, read_argument) if cursor.upper() == "(" else ()
    span = Span(name.span.start, cursor.words.tokens[cursor.at - 1].end)
    if name.parts[0].upper() == "ROW" and len(name.parts) == 1:
        return TupleOf(tuple(_no_name(cursor, argument) for argument in args), span)
    _no_argument_twice(cursor, args)
    return Call(".".join(name.parts), args, span, name.span)


def read_call(cursor: Cursor, what: str) -> Call:
    """`name` or `name(..)`; without brackets it is a call with no arguments."""
    first = cursor.at
    call = call_of(cursor, read_name(cursor, what))
    if isinstance(call, TupleOf):
        raise cursor.error("expected", f"expected {what} but found 'row' in {cursor.place}", cursor.since(first))
    return call


def read_argument(cursor: Cursor) -> Argument:
    """`value` or `name => value`, also with `:=` or `=`."""
    first = cursor.at
    token = cursor.peek()
    named = token is not None and token.kind in (WORD, QUOTED) and cursor.upper(1) in ARROWS
    name = _name_part(cursor, "an argument", RESERVED)[0] if named else None
    if named:
        cursor.next()
    return Argument(name, read_value(cursor), cursor.since(first))


def _no_name(cursor: Cursor, argument: Argument) -> Expression:
    if argument.name is not None:
        raise cursor.error("named_value", "row(..) takes values without names", argument.span)
    return argument.value


def _no_argument_twice(cursor: Cursor, args: tuple[Argument, ...]) -> None:
    seen: set[str] = set()
    for argument in args:
        key = (argument.name or "").lower()
        if key and key in seen:
            raise cursor.error("argument_twice", f"argument {argument.name} is given twice", argument.span)
        seen.add(key)


def _list(cursor: Cursor) -> Expression:
    first = cursor.at
    items = in_brackets(cursor, read_value)
    if not items:
        raise cursor.error("empty_list", "an empty list: it needs at least one value", cursor.since(first))
    return ListOf(items, cursor.since(first))


def _tuple(cursor: Cursor) -> Expression:
    """`(a)` is a; `(a,)`, `(a, b)` and `()` are tuples."""
    first = cursor.at
    items = in_brackets(cursor, read_value)
    trailing = cursor.words.upper(cursor.at - 2) == ","
    return items[0] if len(items) == 1 and not trailing else TupleOf(items, cursor.since(first))


def _struct(cursor: Cursor) -> Expression:
    first = cursor.at
    items = in_brackets(cursor, _entry)
    seen: set[str] = set()
    for key, value in items:
        if key.lower() in seen:
            raise cursor.error("argument_twice", f"key {key} is given twice", value.span)
        seen.add(key.lower())
    return StructOf(items, cursor.since(first))


def _entry(cursor: Cursor) -> tuple[str, Expression]:
    token = cursor.peek()
    if token is not None and token.kind == STRING:
        key = str(read_string(cursor).value)
    else:
        key = _name_part(cursor, "a key")[0]
    if not cursor.accept(":"):
        raise cursor.expected("':'")
    return key, read_value(cursor)


_BRACKETS: dict[str, Callable[[Cursor], Expression]] = {"[": _list, "(": _tuple, "{": _struct}
