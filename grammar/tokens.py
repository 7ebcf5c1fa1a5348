"""Text to tokens with exact places, and which bracket closes which.

sqlglot's DuckDB tokenizer does the reading. Three things are changed on the way: `EXPLAIN` and its like are ordinary
words (the stock tokenizer swallows all that follows them), `PARTITION BY` and its like are two words, and `1_000` is
one number. A text of simple tokens alone, which is nearly every text, is read by one regular expression instead: it
gives the same tokens, or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import ClassVar, NamedTuple

from sqlglot import Token as SqlToken
from sqlglot import TokenType
from sqlglot.dialects.duckdb import DuckDB

from stratum_sql.errors import ParseError, Span, StratumError

WORD, QUOTED, STRING, NUMBER, MARK = "word", "quoted", "string", "number", "mark"

# DuckDB's reserved words: as names they need double quotes. Equal to duckdb_keywords(), which a test holds.
_RESERVED = """
    ALL ANALYSE ANALYZE AND ANY ARRAY AS ASC ASYMMETRIC BOTH CASE CAST CHECK COLLATE COLUMN CONSTRAINT CREATE DEFAULT
    DEFERRABLE DESC DESCRIBE DISTINCT DO ELSE END EXCEPT FALSE FETCH FOR FOREIGN FROM GROUP HAVING IN INITIALLY
    INTERSECT INTO LAMBDA LATERAL LEADING LIMIT NOT NULL OFFSET ON ONLY OR ORDER PIVOT PIVOT_LONGER PIVOT_WIDER
    PLACING PRIMARY QUALIFY REFERENCES RETURNING SELECT SHOW SOME SUMMARIZE SYMMETRIC TABLE THEN TO TRAILING TRUE
    UNION UNIQUE UNPIVOT USING VARIADIC WHEN WHERE WINDOW WITH
"""
RESERVED = frozenset(_RESERVED.split())

# Words that DuckDB reads as operators and the like: arguments and functions may have these names, columns may not.
_NO_COLUMNS = """
    ANTI ASOF AT AUTHORIZATION BINARY BY COLLATION CONCURRENTLY CROSS FREEZE FULL GLOB ILIKE INNER IS ISNULL JOIN LEFT
    LIKE NATURAL NOTNULL OUTER OVERLAPS POSITIONAL RIGHT SEMI SIMILAR TABLESAMPLE UNPACK VERBOSE
"""
NO_COLUMNS = RESERVED | frozenset(_NO_COLUMNS.split())

# Words with a syntax of their own where a call would stand.
_NO_CALLS = """
    BETWEEN BIGINT BIT BOOLEAN CHAR CHARACTER DEC DECIMAL EXISTS EXTRACT FLOAT INOUT INT INTEGER NATIONAL NCHAR NONE
    NULLIF NUMERIC OUT POSITION PRECISION REAL SETOF SMALLINT TIME TIMESTAMP TREAT VALUES VARCHAR XMLATTRIBUTES
    XMLCONCAT XMLELEMENT XMLEXISTS XMLFOREST XMLNAMESPACES XMLPARSE XMLPI XMLROOT XMLSERIALIZE XMLTABLE
"""
NO_CALLS = frozenset(_NO_CALLS.split())

_CLOSER = {"(": ")", "[": "]", "{": "}"}
_OPENER = {closer: opener for opener, closer in _CLOSER.items()}
_BRACKETS = frozenset((*_CLOSER, *_OPENER))
_NUMBER = re.compile(r"(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?", re.ASCII)
_STRINGS = {TokenType.STRING, TokenType.HEREDOC_STRING, TokenType.RAW_STRING}
_STRINGS |= {TokenType.BYTE_STRING, TokenType.NATIONAL_STRING, TokenType.UNICODE_STRING}
_STRINGS |= {TokenType.HEX_STRING, TokenType.BIT_STRING}


# Tokens on which sqlglot, DuckDB and everybody else agree, whatever stands around them. Comments, prefixed strings,
# dollar quotes, backslashes, fractions without digits and rare operators are not simple.
_SIMPLE = re.compile(
    r"""[ \t\r\n]*(?:
        ((?!user-)[a-z_][a-z0-9_]*)(?!['$])                        # a word; USER-DEFINED is one token to sqlglot
      | (\d+(?:\.\d+)?)(?![a-z0-9_.$])                             # a number
      | ('[^'\\]*(?:''[^'\\]*)*')                                # a string
      | ("[^"\\]*(?:""[^"\\]*)*")                                # a quoted name
      | ( [()\[\],;}] | \{(?![%\#{+-]) | \.(?=[a-z_"])
        | (?: [<>]=? | => | = | :[=:]? | <> | != | \|\| | ->>? | [-+*/%?] ) (?![-+*/%?=<>:!|&~^@\#\\{}]) )
    )""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_SIMPLE_KINDS = ("", WORD, NUMBER, STRING, QUOTED, MARK)
_new_tuple = tuple.__new__
_VERB = re.compile(
    r"(?<=[ \t\r\n])(?:TRAIN|PREDICT|EVALUATE|TRANSFORM|EXPLAIN)[ \t\r\n]+MODEL\b", re.IGNORECASE | re.ASCII
)
_BLANK = re.compile(r"[ \t\r\n]*")


class Token(NamedTuple):
    """One token: `text` is the source from `start` up to `end`; `upper` is a word in capitals, else `text`."""

    kind: str
    text: str
    upper: str
    start: int
    end: int


class Unreadable(ValueError):
    """The tokenizer cannot read the text; a quote or a comment without an end, most of all."""


class Words:
    """The tokens of a text; `partner[i]` is the index of the bracket that belongs to bracket i, -1 if none does.
    `uppers[i]` is `upper(i)`, for loops over all of them.

    `simple` says that any SQL tokenizer reads the text as these tokens. `tokens` are given where the text is of another
    dialect, in whose way it was read.
    """

    def __init__(self, text: str, tokens: list[Token] | None = None) -> None:
        self.text = text
        simple = simple_tokens(text) if tokens is None else None
        self.simple = simple is not None
        self.tokens = tokens if tokens is not None else _tokenize(text) if simple is None else simple
        self.uppers = ["" if token.kind in (QUOTED, STRING) else token.upper for token in self.tokens]
        self.partner = _match_brackets(self.uppers)

    def upper(self, index: int) -> str:
        """The word at `index` in capitals; "" for a quoted name, a string, or past the ends."""
        return self.uppers[index] if 0 <= index < len(self.uppers) else ""

    def span(self, lo: int, hi: int) -> Span:
        """The text of the tokens `lo` up to `hi`, from the first one's start to the last one's end."""
        if lo >= hi:
            at = self.tokens[lo - 1].end if lo else 0
            return Span(at, at)
        return Span(self.tokens[lo].start, self.tokens[hi - 1].end)

    def skip(self, index: int) -> int:
        """The index after the token at `index`, or after the closing bracket of the bracket that opens there."""
        return max(index, self.partner[index]) + 1


class _Tokenizer(DuckDB.Tokenizer):
    KEYWORDS: ClassVar = {
        word: kind for word, kind in DuckDB.Tokenizer.KEYWORDS.items() if kind not in DuckDB.Tokenizer.COMMANDS
    }
    COMMANDS: ClassVar = set[TokenType]()


def simple_tokens(text: str) -> list[Token] | None:
    """The tokens of a text that holds simple ones alone; None for any other.

    Many texts begin with one head, whose tokens are remembered.
    """
    verb = _VERB.search(text)
    if verb is None:
        alone = _tokens_of_head(text)
        return None if alone is None else list(alone)
    head = _tokens_of_head(text[: verb.start()].rstrip(" \t\r\n"))
    return _scan(text, 0) if head is None else _scan(text, verb.start(), head)


@lru_cache(maxsize=2048)
def _tokens_of_head(text: str) -> tuple[Token, ...] | None:
    """The tokens of what stands before a verb; white space after it keeps them apart from what follows. Whoever binds
    the head asks for them again."""
    tokens = _scan(text, 0)
    return None if tokens is None else tuple(tokens)


def _scan(text: str, start: int, before: Iterable[Token] = ()) -> list[Token] | None:
    """`before`, and the simple tokens from `start` on."""
    tokens, end = list(before), start
    for found in _SIMPLE.finditer(text, start):
        if found.start() != end:
            return None
        kind = found.lastindex or 0
        start, end = found.span(kind)
        written = text[start:end]
        token = (_SIMPLE_KINDS[kind], written, written.upper() if kind == 1 else written, start, end)
        tokens.append(_new_tuple(Token, token))  # half the time of Token(..)
    return tokens if _BLANK.fullmatch(text, end) else None


def _tokenize(text: str) -> list[Token]:
    body = " " + text[1:] if text.startswith("\ufeff") else text  # a byte order mark is no part of the first word
    try:
        raw = _Tokenizer().tokenize(body)
    except Exception as error:  # the tokenizer wraps whatever went wrong in TokenError, and not always
        raise Unreadable(str(error)) from error
    tokens: list[Token] = []
    reach = 0  # tokens that start before it are part of a number already read
    for item in raw:
        if item.start < reach:
            continue
        start, end = item.start, item.end + 1
        number = _number_end(text, item, tokens)
        if number > end:
            reach = end = number
        tokens += _convert(item.token_type, text, start, end, number > 0)
    return tokens


def _number_end(text: str, item: SqlToken, before: list[Token]) -> int:
    """Where the number that starts at `item` ends; 0 if none starts there."""
    if item.token_type is TokenType.DOT and before and before[-1].end == item.start and _can_be_dotted(before[-1]):
        return 0  # `t.1`, no fraction
    if item.token_type not in (TokenType.NUMBER, TokenType.DOT):
        return 0
    found = _NUMBER.match(text, item.start)
    return found.end() if found else 0


def _can_be_dotted(token: Token) -> bool:
    return token.kind != MARK or token.text in (")", "]", "}", ".")


def _convert(kind: TokenType, text: str, start: int, end: int, number: bool) -> list[Token]:
    source = text[start:end]
    if kind is TokenType.IDENTIFIER:
        return [Token(QUOTED, source, source, start, end)]
    if kind in _STRINGS:
        return [Token(STRING, source, source, start, end)]
    if number or kind is TokenType.NUMBER:
        return [Token(NUMBER, source, source, start, end)]
    if not (source[0].isalpha() or source[0] == "_" or source[0] > "\x7f"):
        return [Token(MARK, source, source, start, end)]
    if len(source.split()) == 1:
        return [Token(WORD, source, source.upper(), start, end)]
    return [
        Token(WORD, found.group(), found.group().upper(), start + found.start(), start + found.end())
        for found in re.finditer(r"\S+", source)
    ]


def _match_brackets(uppers: list[str]) -> list[int]:
    partner = [-1] * len(uppers)
    stack: list[int] = []
    waiting = dict.fromkeys(_CLOSER, 0)
    for index, word in enumerate(uppers):
        if word not in _BRACKETS:
            continue
        if word in _CLOSER:
            stack.append(index)
            waiting[word] += 1
        elif waiting[_OPENER[word]]:
            opener = _pop_to(stack, waiting, uppers, _OPENER[word])
            partner[opener], partner[index] = index, opener
    return partner


def _pop_to(stack: list[int], waiting: dict[str, int], uppers: list[str], wanted: str) -> int:
    """Take the nearest open bracket of the kind `wanted`; those opened after it stay without a partner."""
    while True:
        index = stack.pop()
        waiting[uppers[index]] -= 1
        if uppers[index] == wanted:
            return index


def is_bracket(token: Token) -> bool:
    """Whether the token opens or closes a bracket."""
    return token.kind == MARK and token.text in _BRACKETS


def first_unmatched(words: Words, lo: int, hi: int) -> int | None:
    """The first bracket among the tokens `lo` up to `hi` without a partner; None if there is none."""
    brackets = (index for index, word in enumerate(words.uppers[lo:hi], lo) if word in _BRACKETS)
    return next((index for index in brackets if words.partner[index] < 0), None)


def closer_of(opener: str) -> str:
    """The bracket that closes `opener`."""
    return _CLOSER[opener]


def unmatched(words: Words, index: int) -> StratumError:
    """The error for a bracket that is never closed, or that closes nothing."""
    token = words.tokens[index]
    what = "is never closed" if token.kind == MARK and token.text in "([{" else "closes nothing"
    return ParseError.at(words.text, Span(token.start, token.end), "unmatched_bracket", f"this '{token.text}' {what}")
