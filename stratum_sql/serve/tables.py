"""The tables that clients have sent: held once for each content, and seen by those who sent them alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from stratum_sql.errors import RunError
from stratum_sql.serve.queue import Request
from stratum_sql.serve.wire import read_table

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """A table, and what tells it from others."""

    digest: bytes
    table: pa.Table


def content_of(data: Any) -> Content:
    """The table of an Arrow stream. Raises RunError `bad_frame` where it is none."""
    return Content(hashlib.sha256(data).digest(), read_table(data))


@dataclass(slots=True)
class Together:
    """Requests that may run in one call, and the tables they read by name."""

    requests: list[Request] = field(default_factory=list)
    digests: dict[str, bytes] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)  # in lower case, of all texts


@dataclass(slots=True)
class Tables:
    """By client and name the content; by content the table. `most` is bytes of all of them."""

    most: int
    _names: dict[int, dict[str, bytes]] = field(default_factory=dict)
    _contents: dict[bytes, pa.Table] = field(default_factory=dict)

    def put(self, client: int, name: str, content: Content) -> None:
        """Hold a client's table. Raises RunError `tables_full` where that would be too much."""
        held = sum(table.nbytes for digest, table in self._contents.items() if digest != content.digest)
        if held + content.table.nbytes > self.most:
            message = f"the tables of all clients may take {self.most:,} bytes, and this one would be too much"
            raise RunError.at("", None, "tables_full", message)
        self._contents.setdefault(content.digest, content.table)
        self._names.setdefault(client, {})[name] = content.digest
        self._forget_unused()

    def remove(self, client: int, name: str | None = None) -> None:
        """Forget a client's table, or all of them."""
        if name is None:
            self._names.pop(client, None)
        else:
            self._names.get(client, {}).pop(name, None)
        self._forget_unused()

    def together(self, requests: Sequence[Request]) -> list[tuple[list[Request], dict[str, pa.Table]]]:
        """The requests of a round, parted so that nobody's statements see another's table by a name they use. Those of
        one client stay in one part, or in parts that keep their order."""
        parts: list[Together] = []
        last: dict[int, int] = {}  # by client: the part of its last request
        for request in requests:
            words = self._words(request)
            digests = {name: one for name, one in self._names.get(request.client, {}).items() if name in words}
            first = last.get(request.client, 0)
            place = next((at for at in range(first, len(parts)) if _fits(parts[at], words, digests)), len(parts))
            if place == len(parts):
                parts.append(Together())
            last[request.client] = place
            parts[place].requests.append(request)
            parts[place].digests |= digests
            parts[place].words |= words
        return [(one.requests, {name: self._contents[digest] for name, digest in one.digests.items()}) for one in parts]

    def _words(self, request: Request) -> set[str]:
        if not self._names:
            return set()
        return {word.lower() for text in request.message.texts for word in _WORD.findall(text)}

    def _forget_unused(self) -> None:
        used = {digest for names in self._names.values() for digest in names.values()}
        for digest in self._contents.keys() - used:
            del self._contents[digest]


def _fits(part: Together, words: set[str], digests: dict[str, bytes]) -> bool:
    """Whether each name that both sides use, or one uses and the other has a table for, is the same to both."""
    names = (part.digests.keys() & words) | (digests.keys() & part.words)
    return all(part.digests.get(name) == digests.get(name) for name in names)
