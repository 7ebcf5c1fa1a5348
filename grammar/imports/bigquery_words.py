"""Reads BigQuery's texts to tokens that are spelled in DuckDB's way.

`"a"` and `'''a'''` are texts, a backslash escapes in them unless `r` stands before, names stand in backticks, and `#`
begins a comment. A path in one pair of backticks, `` `shop.orders` ``, is several names.
Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical
"""

from __future__ import annotations

import re

from stratum_sql.errors import ParseError, Span
from stratum_sql.grammar.imports.foreign import spell_name
from stratum_sql.grammar.tokens import MARK, NUMBER, QUOTED, STRING, WORD, Token, Words
from stratum_sql.quoting import quote_text

_TOKEN = re.compile(
    r"""
    (?P<blank> \s+ | --[^\n]* | \#[^\n]* | /\*.*?\*/ )
  | (?P<string> (?P<prefix> [rRbB]{0,2} ) (?P<quote> '''|\"\"\"|'|" )
                (?P<body> (?: \\. | (?!(?P=quote)). )* ) (?P=quote) )
  | ` (?P<quoted> (?: \\. | [^`\\\n] )+ ) `
  | (?P<number> 0[xX][0-9a-fA-F]+ | (?: \d+ (?: \.\d* )? | \.\d+ ) (?: [eE][+-]?\d+ )? )
  | (?P<word> [^\W\d]\w* )
  | (?P<open> ''' | \"\"\" | ['"`] | /\* )
  | (?P<mark> => | <> | != | <= | >= | \|\| | << | >> | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))", re.DOTALL)
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def bigquery_words(text: str) -> Words:
    """The tokens of a script of BigQuery. Raises ParseError for a quote or a comment without an end, and for bytes."""
    tokens: list[Token] = []
    for found in _TOKEN.finditer(text):
        if found.lastgroup != "blank":
            tokens += _path(found) if found["quoted"] is not None else [_token(text, found)]
    return Words(text, tokens)


def _path(found: re.Match[str]) -> list[Token]:
    """The names and dots of what stands in one pair of backticks."""
    tokens: list[Token] = []
    start = found.start()
    for part in re.finditer(r"[^.]+|\.", found["quoted"]):
        end = found.start("quoted") + part.end()
        spelled = part.group() if part.group() == "." else spell_name(_unescaped(part.group()))
        kind = MARK if spelled == "." else QUOTED if spelled.startswith('"') else WORD
        tokens.append(Token(kind, spelled, spelled.upper() if kind == WORD else spelled, start, end))
        start = end
    return [*tokens[:-1], tokens[-1]._replace(end=found.end())]


def _token(text: str, found: re.Match[str]) -> Token:
    start, end = found.span()
    if found["string"] is not None:
        spelled = _text(text, found)
        return Token(STRING, spelled, spelled, start, end)
    if found["open"] is not None:
        message = f"the {_OPENED.get(found['open'][0], 'text')} that opens here is never closed"
        raise ParseError.at(text, Span(start, end), "unterminated", message)
    source = found.group()
    kind = WORD if found["word"] is not None else NUMBER if found["number"] is not None else MARK
    return Token(kind, source, source.upper() if kind == WORD else source, start, end)


_OPENED = {"`": "name", "/": "comment"}


def _text(text: str, found: re.Match[str]) -> str:
    prefix, body = found["prefix"].lower(), found["body"]
    if "b" in prefix:
        message = "bytes cannot be written here as BigQuery writes them"
        raise ParseError.at(text, Span(*found.span()), "not_supported", message, hint="'…'::BLOB")
    return quote_text(body if "r" in prefix else _unescaped(body))


def _unescaped(body: str) -> str:
    return _ESCAPE.sub(_character, body) if "\\" in body else body


def _character(found: re.Match[str]) -> str:
    for group, base in ((1, 16), (2, 16), (3, 16), (4, 8)):
        if found[group]:
            code = int(found[group], base)
            return chr(code) if code < 0x110000 else found.group()
    return _ESCAPED.get(found[5], found[5])
