"""The rows of shells, known by what they are: equal rows are one table, in whatever order their threads sent them."""

from __future__ import annotations

import hashlib
import threading
import weakref
from collections.abc import Sequence

import pyarrow as pa

from stratum_sql.connections import connect
from stratum_sql.serve.shipped import ORDER
from stratum_sql.serve.tables import Content
from stratum_sql.serve.uploads import flat_tables

_SUMS = """
SELECT count(*), sum(h), bit_xor(h), sum(h % 1000003) FROM (SELECT hash(*COLUMNS(*))::HUGEINT AS h FROM rows)
"""


class Contents:
    """Names for tables by their rows. Two that are there at once and are equal are one."""

    def __init__(self) -> None:
        self._connection = connect()
        self._lock = threading.Lock()
        self._known: weakref.WeakValueDictionary[bytes, Content] = weakref.WeakValueDictionary()

    def close(self) -> None:
        """Let go of what looks at rows."""
        self._connection.close()

    def named(self, table: pa.Table, parts: Sequence[str]) -> dict[str, Content]:
        """The table by its name; or, where its columns are STRUCTs, the tables that those are the rows of."""
        with self._lock:
            digest = self._digest(table)
            name = f"rows_{digest.hex()[:16]}"
            if ORDER in table.column_names:
                table = table.sort_by(ORDER).drop_columns(ORDER)
            if not parts:
                return {name: self._known.setdefault(digest, Content(digest, table))}
            flat = enumerate(flat_tables(table, parts))
            return {f"{name}_{at}": Content(digest + bytes([at]), one) for at, (_, one) in flat}

    def _digest(self, table: pa.Table) -> bytes:
        """Of the columns, and of the rows as a set: the order in which threads send them means nothing."""
        self._connection.register("rows", table)
        try:
            found = self._connection.execute(_SUMS).fetchall()
        finally:
            self._connection.unregister("rows")
        return hashlib.sha256(f"{table.schema}\n{found}".encode()).digest()
