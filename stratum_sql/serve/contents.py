"""The rows of shells, known by what they are: equal rows are one table, in whatever order their threads sent them."""

from __future__ import annotations

import hashlib
import threading
import weakref
from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from stratum_sql.serve.tables import Content
from stratum_sql.serve.uploads import flat_tables


class Contents:
    """Names for tables by their rows. Two that are there at once and are equal are one."""

    def __init__(self) -> None:
        self._connection = duckdb.connect(":memory:")
        self._lock = threading.Lock()
        self._known: weakref.WeakValueDictionary[bytes, Content] = weakref.WeakValueDictionary()

    def close(self) -> None:
        """Let go of what looks at rows."""
        self._connection.close()

    def named(self, table: pa.Table, parts: Sequence[str]) -> Mapping[str, Content]:
        """The table by its name; or, where its columns are STRUCTs, the tables that those are the rows of."""
        with self._lock:
            digest = self._digest(table)
            name = f"rows_{digest.hex()[:16]}"
            if not parts:
                return {name: self._known.setdefault(digest, Content(digest, table))}
            flat = enumerate(flat_tables(table, parts))
            return {f"{name}_{at}": Content(digest + bytes([at]), one) for at, (_, one) in flat}

    def _digest(self, table: pa.Table) -> bytes:
        """Of the columns, and of the rows as a set: the order in which threads send them means nothing."""
        self._connection.register("rows", table)
        try:
            query = "SELECT count(*), sum(h), bit_xor(h), sum(h % 1000003) FROM (SELECT hash(*COLUMNS(*))::HUGEINT AS h FROM rows)"
            found = self._connection.execute(query).fetchall()
        finally:
            self._connection.unregister("rows")
        return hashlib.sha256(f"{table.schema}\n{found}".encode()).digest()
