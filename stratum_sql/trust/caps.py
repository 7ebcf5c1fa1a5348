"""Caps: what a text may weigh, said before anything parses it.

The parser and the binder of DuckDB cannot be interrupted, and their cost grows with the text; so does ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stratum_sql.errors import Span, StratumError, TooComplex
from stratum_sql.trust.scan import code_of


@dataclass(frozen=True, slots=True)
class Caps:
    """Upper limits, inclusive: bytes of UTF-8, brackets open at once, statements."""

    bytes: int = 256 * 1024
    depth: int = 200
    statements: int = 1_000


DEFAULT = Caps()
TRUSTED = Caps(bytes=10_000_000, depth=1_000, statements=100_000)  # 1,000 is where DuckDB's own parser gives up


def check_caps(text: str, caps: Caps = DEFAULT) -> None:
    """Return if `text` is within `caps`.

    Raises TooComplex with code `too_long`, `bad_character` (NUL, lone surrogate), `too_deep` or `too_many_statements`.
    The length is looked at first, so a text of any size is refused at once. Linear in the text, without recursion.
    """
    if len(text) > caps.bytes:  # a character has at least one byte
        raise _too_long(len(text), caps)
    _check_characters(text, caps)
    if _may_be_deep(text, caps) or text.count(";") >= caps.statements:
        code = code_of(text)
        _check_depth(text, code, caps)
        _check_statements(text, code, caps)


def _too_long(size: int, caps: Caps) -> StratumError:
    message = f"the text has {size:,} bytes, and at most {caps.bytes:,} are taken"
    return TooComplex.at("", None, "too_long", message, hint="load data as a table, and send the query alone")


def _check_characters(text: str, caps: Caps) -> None:
    if (nul := text.find("\0")) >= 0:
        raise TooComplex.at(text, Span(nul, nul + 1), "bad_character", "the text has a NUL character")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        message = f"the text has a lone surrogate, U+{ord(text[error.start]):04X}"
        raise TooComplex.at(text, Span(error.start, error.start + 1), "bad_character", message) from None
    if size > caps.bytes:
        raise _too_long(size, caps)


def _may_be_deep(text: str, caps: Caps) -> bool:
    """Whether there are enough opening brackets, wherever they stand, to be too deep."""
    return text.count("(") + text.count("[") + text.count("{") > caps.depth


def _check_depth(text: str, code: str, caps: Caps) -> None:
    characters = np.frombuffer(code.encode("ascii", "replace"), dtype=np.uint8)
    steps = np.isin(characters, list(b"([{")).astype(np.int32) - np.isin(characters, list(b")]}"))
    level = np.cumsum(steps)
    depth = level - np.minimum(np.minimum.accumulate(level), 0)  # a closing bracket too many takes nothing away
    deepest = np.flatnonzero(depth > caps.depth)
    if deepest.size:
        place = int(deepest[0])
        message = f"more than {caps.depth} brackets are open here"
        raise TooComplex.at(text, Span(place, place + 1), "too_deep", message, hint="name the inner parts in WITH")


def _check_statements(text: str, code: str, caps: Caps) -> None:
    statements = sum(1 for piece in code.split(";") if piece and not piece.isspace())
    if statements > caps.statements:
        message = f"the text has {statements:,} statements, and at most {caps.statements:,} are taken"
        raise TooComplex.at(text, None, "too_many_statements", message, hint="send them in several texts")
