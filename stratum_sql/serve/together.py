"""Which requests of a round may run in one call: nobody's statements see another's table by a name they use.

A name is used if its word stands anywhere in a text. That is too often rather than too seldom, and asks no parser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from stratum_sql.serve.queue import Request
from stratum_sql.serve.tables import Content

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(slots=True)
class _Part:
    """Requests that may run in one call, the tables they read, and all words of their texts, in lower case."""

    requests: list[Request] = field(default_factory=list)
    tables: dict[str, Content] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)

    def takes(self, words: set[str], tables: dict[str, Content]) -> bool:
        """Whether each name that one side has a table for means the same to the other, if that uses it."""
        names = (self.tables.keys() & words) | (tables.keys() & self.words)
        return all(_digest(self.tables, name) == _digest(tables, name) for name in names)


def together(requests: Sequence[Request]) -> list[tuple[list[Request], dict[str, pa.Table]]]:
    """The requests of a round in as few calls as can be, each with its tables. Those of one client keep their order."""
    any_tables = any(request.tables for request in requests)
    parts: list[_Part] = []
    last: dict[int, int] = {}  # by client: the part of its last request
    for request in requests:
        words = _words(request) if any_tables else set()
        tables = {name: one for name, one in request.tables.items() if name in words}
        first = last.get(request.client, 0)
        place = next((at for at in range(first, len(parts)) if parts[at].takes(words, tables)), len(parts))
        if place == len(parts):
            parts.append(_Part())
        last[request.client] = place
        parts[place].requests.append(request)
        parts[place].tables |= tables
        parts[place].words |= words
    return [(one.requests, {name: content.table for name, content in one.tables.items()}) for one in parts]


def _words(request: Request) -> set[str]:
    return {word.lower() for text in request.message.texts for word in _WORD.findall(text)}


def _digest(tables: dict[str, Content], name: str) -> bytes | None:
    return tables[name].digest if name in tables else None
