"""The colours of a text: each piece of it with the kind of what it is."""

from __future__ import annotations

import re

from stratum_sql.grammar.tokens import NUMBER, QUOTED, RESERVED, STRING, WORD, Token
from stratum_sql.shell.prompt import names as known
from stratum_sql.shell.prompt.typed import tokens_of

_KEYWORDS = RESERVED | {word for name in (*known.KEYWORDS, *known.STARTS, *known.CLAUSES) for word in name.split()}
_KEYWORDS |= {"TRAIN", "PREDICT", "EVALUATE", "TRANSFORM", "VALIDATE", "CROSS", "LABEL", "METRICS", *known.SEARCHES}
_KINDS = {STRING: "string", NUMBER: "number", QUOTED: "name"}
_COMMENT = re.compile(r"--[^\n]*|/\*.*", re.DOTALL)


def pieces(text: str) -> list[tuple[str, str]]:
    """(kind, piece) for all of `text`, in order. Kinds: keyword, call, string, number, name, comment, dot, and "" for
    the rest."""
    if text.lstrip().startswith("."):
        word, space, rest = text.partition(" ")
        return [("dot", word), ("", space + rest)]
    found: list[tuple[str, str]] = []
    end = 0
    tokens = tokens_of(text)
    for place, token in enumerate(tokens):
        found += _between(text[end : token.start])
        found.append((_kind(tokens, place), text[token.start : token.end]))
        end = token.end
    return [*found, *_between(text[end:])]


def _kind(tokens: list[Token], place: int) -> str:
    token = tokens[place]
    if token.kind != WORD:
        return _KINDS.get(token.kind, "")
    called = place + 1 < len(tokens) and tokens[place + 1].text == "(" and tokens[place + 1].start == token.end
    if called and token.upper not in RESERVED:
        return "call"
    after_dot = place > 0 and tokens[place - 1].text == "."
    return "keyword" if token.upper in _KEYWORDS and not after_dot else ""


def _between(text: str) -> list[tuple[str, str]]:
    """White space, and comments."""
    found = _COMMENT.search(text)
    if found is None:
        return [("", text)] if text else []
    return [piece for piece in (("", text[: found.start()]), ("comment", text[found.start() :])) if piece[1]]
