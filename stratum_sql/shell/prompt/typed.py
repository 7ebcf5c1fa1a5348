"""What has been typed so far: the statements that are whole, what is still open, and the lines that are dot commands.

A statement ends with a semicolon outside of strings, comments and brackets. A dot command is a line that begins with a
dot and a letter where no statement is open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from stratum_sql.errors import Span, StratumError
from stratum_sql.grammar.parse import read_script
from stratum_sql.grammar.syntax import Train
from stratum_sql.grammar.tokens import Token, Unreadable, Words, closer_of

_DOT_LINE = re.compile(r"^\.[a-zA-Z].*$", re.MULTILINE)
_TAG = re.compile(r"\$\w*\$")


@dataclass(frozen=True, slots=True)
class Typed:
    """`end` is where the last whole statement ends, behind its semicolon; `open` is what the rest waits for: a closing
    quote or bracket, `;`, or nothing where no statement has begun."""

    end: int
    open: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a script, on its own lines: one dot command, or statements. `start` is its place in the script."""

    text: str
    start: int
    is_dot: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Statements that are run together: adjacent ones that train, or one other. `text` has them at the line and column
    where they stand in the script, so that errors name these."""

    text: str
    statements: int
    trains: bool


@lru_cache(maxsize=64)
def read_typed(text: str) -> Typed:
    """How far `text` is. What no tokenizer can read is whole when its last character is a semicolon."""
    words, quote = words_of(text)
    if words is None:
        return Typed(len(text), "") if text.rstrip().endswith(";") else Typed(0, ";")
    tokens = words.tokens[:-1] if quote else words.tokens  # the last one is what is open
    end, bracket = _ends(words, len(tokens))
    rest = [token for token in tokens if token.start >= end]
    opened = quote or bracket or (";" if rest else "")
    return Typed(end, opened)


def _ends(words: Words, count: int) -> tuple[int, str]:
    """Where the last semicolon outside of brackets ends, and what closes the first bracket that stays open."""
    end, index = 0, 0
    while index < count:
        mark = words.upper(index)
        if words.partner[index] < 0 and mark in ("(", "[", "{"):
            return end, closer_of(mark)
        if mark == ";":
            end = words.tokens[index].end
        index = words.skip(index)
    return end, ""


def words_of(text: str) -> tuple[Words | None, str]:
    """The tokens of `text`; where a quote or a comment is open, those of the text with it closed, and what closes it.
    None where that does not help."""
    for closer in ("", *_closers(text)):
        try:
            return Words(text + closer), closer.strip()
        except Unreadable:
            continue
    return None, ""


def _closers(text: str) -> Iterator[str]:
    yield from ("'", '"', "*/")
    yield from dict.fromkeys(reversed(_TAG.findall(text)))


def tokens_of(text: str) -> list[Token]:
    """The tokens of `text`, the last of them as far as it was typed."""
    words, _ = words_of(text)
    found = [] if words is None else words.tokens
    return [
        token if token.end <= len(text) else token._replace(text=text[token.start :], end=len(text))
        for token in found
        if token.start < len(text)
    ]


def parts(script: str) -> Iterator[Part]:
    """The dot commands of a script, and the statements between them, in order; parts without a token are left out."""
    start = 0
    for line in _DOT_LINE.finditer(script):
        if line.start() < start or read_typed(script[start : line.start()]).open:
            continue
        yield from _statements(script, start, line.start())
        yield Part(line[0].strip(), line.start(), is_dot=True)
        start = line.end()
    yield from _statements(script, start, len(script))


def _statements(script: str, start: int, end: int) -> Iterator[Part]:
    text = script[start:end]
    if text.strip():
        yield Part(text, start, is_dot=False)


def whole_parts(script: str) -> tuple[list[Part], int]:
    """The parts of a script that is still being written, and where the rest begins, which is not whole yet."""
    done = script.rfind("\n") + 1
    found = list(parts(script[:done]))
    if not found or found[-1].is_dot:
        return found, done
    last = found.pop()
    end = read_typed(last.text).end
    if end:
        found.append(Part(last.text[:end], last.start, is_dot=False))
    return found, last.start + end


def groups(script: str, part: Part) -> Iterator[Group]:
    """The statements of a part, in order."""
    waiting: list[Span] = []
    for span, statement in _read(part.text):
        if isinstance(statement, Train):
            waiting.append(span)
            continue
        yield from _together(script, part, waiting)
        waiting = []
        yield _group(script, part, span, 1, trains=False)
    yield from _together(script, part, waiting)


def _read(text: str) -> list[tuple[Span, object]]:
    try:
        return list(read_script(text))
    except StratumError:  # too long to be looked at: the session says so
        return [(Span(0, len(text)), None)]


def _together(script: str, part: Part, spans: list[Span]) -> Iterator[Group]:
    if spans:
        yield _group(script, part, Span(spans[0].start, spans[-1].end), len(spans), trains=True)


def _group(script: str, part: Part, span: Span, statements: int, *, trains: bool) -> Group:
    before = script[: part.start + span.start]
    column = len(before) - (before.rfind("\n") + 1)
    place = "\n" * before.count("\n") + " " * column
    return Group(place + part.text[span.start : span.end], statements, trains)
