"""DuckDB's own syntax tree of a text, as JSON values, from a private connection that can reach nothing."""

from __future__ import annotations

import json
import os
import re
import threading
from typing import Any

import duckdb

from stratum_sql.connections import connect, whole_text
from stratum_sql.errors import ParseError, Span, StratumError, TooComplex
from stratum_sql.trust.lockdown import MAX_EXPRESSION_DEPTH, lock_down

Json = Any  # dict, list, str, int, float, bool or None

_SERIALIZE = "SELECT json_serialize_sql(?, skip_null := true, skip_empty := true)"
_NOT_SELECT = "Only SELECT statements"


def statements_of(text: str) -> list[Json] | None:
    """The tree of each statement of `text`; None if one of them is no SELECT (or a PIVOT that must run to be known).

    `text` has no NUL and no lone surrogates. Raises ParseError (`syntax_error`), TooComplex (`too_deep`).
    """
    try:
        ((answer,),) = _parser().execute(_SERIALIZE, [text]).fetchall()
    except duckdb.Error as error:
        raise _unreadable(text, str(error), None) from error
    if not answer:  # its error shows half a character
        raise _unreadable(text, "a text that DuckDB's parser does not take", None)
    tree = read_json(answer)
    if not tree["error"]:
        return list(tree.get("statements", ()))
    message = str(tree.get("error_message", ""))
    if message.startswith(_NOT_SELECT):
        return None
    raise _unreadable(text, message, tree.get("position"))


def split(text: str) -> list[tuple[int, str]]:
    """Offset and text of each statement, as DuckDB's parser splits them. Raises ParseError (`syntax_error`)."""
    try:
        statements = _parser().extract_statements(text)
    except duckdb.Error as error:
        raise _unreadable(text, str(error), None) from error
    except UnicodeDecodeError as error:
        raise _unreadable(text, str(whole_text(error)), None) from error
    pieces: list[tuple[int, str]] = []
    offset = 0
    for statement in statements:
        found = text.find(statement.query, offset)
        if found < 0:  # a statement that the parser rewrote: what runs would not be what was looked at
            raise ParseError.at(text, None, "syntax_error", "the statements of this text cannot be told apart")
        pieces.append((found, statement.query))
        offset = found + len(statement.query)
    return pieces


def place(text: str, byte: object) -> int | None:
    """The character offset in `text` of a byte offset as DuckDB reports it; None where it reports none."""
    if not isinstance(byte, int) or not 0 <= byte < 1 << 63:
        return None
    return byte if text.isascii() else len(text.encode()[:byte].decode(errors="ignore"))


def read_json(text: str) -> Json:
    """`json.loads`, for any depth: the library's parser recurses, and a tree may be deeper than Python's stack."""
    try:
        return json.loads(text)
    except RecursionError:
        return _read_deep(text)


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]|[^\s,:\[\]{}"]+')


def _read_deep(text: str) -> Json:
    root: list[Json] = []
    stack: list[tuple[Json, str | None]] = [(root, None)]  # an open list or object, and the key that waits for a value
    for token in _TOKEN.finditer(text):
        holder, key = stack[-1]
        if token[0] in "]}":
            stack.pop()
        elif isinstance(holder, dict) and key is None:
            stack[-1] = (holder, json.loads(token[0]))
        else:
            value: Json = {} if token[0] == "{" else [] if token[0] == "[" else json.loads(token[0])
            if isinstance(holder, dict):
                holder[key] = value
                stack[-1] = (holder, None)
            else:
                holder.append(value)
            if token[0] in "[{":
                stack.append((value, None))
    return root[0]


def _unreadable(text: str, message: str, position: object) -> StratumError:
    message = message.split("\n", 1)[0].removeprefix("Parser Error: ")
    if "expression depth" in message.lower():
        reason = f"an expression is nested more than {MAX_EXPRESSION_DEPTH} deep"
        return TooComplex.at(text, None, "too_deep", reason, hint="name the inner parts in WITH")
    start = place(text, int(position)) if isinstance(position, str) and position.isdecimal() else None
    return ParseError.at(text, None if start is None else Span(start, start + 1), "syntax_error", message)


# ---- the private connection: one database a process, one cursor a thread --------------------------------------------

_lock = threading.Lock()
_local = threading.local()
_database: tuple[int, duckdb.DuckDBPyConnection] | None = None
_inherited: list[object] = []  # a child must not close its parent's connections: it would wait for threads it has not


def _parser() -> duckdb.DuckDBPyConnection:
    process = os.getpid()  # a fork must not use the parent's database
    if getattr(_local, "process", None) != process:
        _inherited.append(getattr(_local, "cursor", None))
        _local.cursor = _opened(process).cursor()
        _local.process = process
    cursor: duckdb.DuckDBPyConnection = _local.cursor
    return cursor


def _opened(process: int) -> duckdb.DuckDBPyConnection:
    global _database
    with _lock:
        if _database is None or _database[0] != process:
            _inherited.append(_database)
            connection = connect(threads=1)
            lock_down(connection)
            _database = (process, connection)
        return _database[1]
