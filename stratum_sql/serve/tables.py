"""The tables that clients have sent: held once for each content, and seen by those who sent them alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from stratum_sql.errors import RunError
from stratum_sql.serve.wire import read_table


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Content:
    """A table, and what tells it from others."""

    digest: bytes
    table: pa.Table


def content_of(data: Any) -> Content:
    """The table of an Arrow stream. Raises RunError `bad_frame` where it is none."""
    return Content(hashlib.sha256(data).digest(), read_table(data))


@dataclass(slots=True)
class Tables:
    """By client and name the table. `most` is bytes of all of them."""

    most: int
    _names: dict[int, dict[str, Content]] = field(default_factory=dict)

    def put(self, client: int, name: str, content: Content) -> None:
        """Hold a client's table. Raises RunError `tables_full` where that would be too much."""
        held = {one.digest: one for names in self._names.values() for one in names.values()}
        content = held.setdefault(content.digest, content)
        if sum(one.table.nbytes for one in held.values()) > self.most:
            message = f"the tables of all clients may take {self.most:,} bytes, and this one would be too much"
            raise RunError.at("", None, "tables_full", message)
        self._names.setdefault(client, {})[name] = content

    def remove(self, client: int, name: str | None = None) -> None:
        """Forget a client's table, or all of them."""
        if name is None:
            self._names.pop(client, None)
        else:
            self._names.get(client, {}).pop(name, None)

    def of(self, client: int) -> Mapping[str, Content]:
        """The tables of a client as they are now: what it asks for later may mean others."""
        return dict(self._names.get(client, {}))
