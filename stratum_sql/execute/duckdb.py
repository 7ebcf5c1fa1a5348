"""The DuckDB engine: one query a scan, its rows put into an order that depends on nothing but their content.

The order of a relation's rows is not DuckDB's to promise: joins, DISTINCT and threads change it. Folds and training
follow the order here: rows sorted by a hash of all their columns that are not floating point, then of those that are,
rounded to 32 bits (a sum of doubles may differ in its last bits from run to run), then by those exactly. Rows that are
still equal are the same row.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from stratum_sql import kernels
from stratum_sql.bind.composed import ours
from stratum_sql.bind.database import Database
from stratum_sql.catalog.columns import Column, Kind
from stratum_sql.execute.allocator import give_back
from stratum_sql.plan.relational import Read, Source
from stratum_sql.quoting import quote_text

ReadKey = tuple[str, int]


@dataclass(frozen=True, eq=False, slots=True)
class Relation:
    """The columns read from one source, rows in canonical order."""

    rows: int
    columns: Mapping[ReadKey, Column]


def read_relation(database: Database, source: Source, reads: Sequence[Read]) -> Relation:
    """Run one query for all `reads`. Raises what DuckDB says, as a diagnostic."""
    columns, keys = _fetch(database, source, _distinct(reads))
    return _put_in_order(reads, columns, row_order(keys), _rows(columns, keys))


def _fetch(
    database: Database, source: Source, reads: Sequence[Read]
) -> tuple[list[pa.ChunkedArray | None], list[np.ndarray[Any, Any]]]:
    """The columns of `reads` as they come, and the parts of the row key."""
    columns: list[pa.ChunkedArray | None] = list(database.table(ours(scan_sql(source, reads)), "").columns)
    first = len(columns) - len(_key_items(source))
    return columns[:first], [column.to_numpy() for column in columns[first:] if column is not None]


def _rows(columns: Sequence[pa.ChunkedArray | None], keys: Sequence[np.ndarray[Any, Any]]) -> int:
    return next((len(column) for column in (*columns, *keys) if column is not None), 0)


def _put_in_order(
    reads: Sequence[Read],
    fetched: list[pa.ChunkedArray | None],
    order: np.ndarray[Any, Any] | None,
    rows: int,
) -> Relation:
    """The relation of what was fetched, which is forgotten column by column: two of everything would be too much."""
    columns: dict[ReadKey, Column] = {}
    at = 0
    for read in _distinct(reads):
        for index in range(read.width):
            values, fetched[at] = plain_array(fetched[at]), None
            column = Column(read.name, read.column_kind, values if order is None else values.take(pa.array(order)))
            columns[read.key, index] = column
            at += 1
    for read in reads:
        columns.setdefault((read.key, read.index), columns[_group(read), read.index])
    return Relation(rows, columns)


class OutOfOrder(Exception):
    """A relation was read twice and did not come in the same order."""


@dataclass(frozen=True, eq=False, slots=True)
class StreamedRelation:
    """A relation too large to hold: some of its columns in canonical order, the others read anew, a piece at a time, in
    the order in which DuckDB gives them. `order` (rows,) says which of those rows comes first, second, …; None if they
    come in canonical order."""

    rows: int
    columns: Mapping[ReadKey, Column]
    database: Database
    source: Source
    order: np.ndarray[Any, Any] | None
    check: np.ndarray[Any, Any] | None  # a hash of each row, as they come

    def value(self, read: Read) -> Streamed | Again:
        """What a read of it is: values where they are held, else only what they are."""
        streamed = Streamed(read, self)
        column = self.columns.get((read.key, read.index))
        return streamed if column is None else Again(column.renamed(read.name), streamed)

    def as_they_come(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """One number a row, given in canonical order, in the order in which rows come."""
        if self.order is None:
            return values
        placed = np.empty_like(values)
        placed[self.order] = values
        return placed

    def pieces(self, reads: Sequence[Read], rows: int) -> Generator[list[pa.Array], None, None]:
        """The columns of `reads`, about `rows` rows at a time. Raises OutOfOrder if rows come otherwise than before.

        The database waits until it is closed.
        """
        key = _key_items(self.source)[:1]
        items = [_cast(read) for read in reads] + key
        query = ours(f"{self.source.before} {', '.join(items)} {self.source.after}")
        first = 0
        with closing(self.database.batches(query, "", rows)) as batches:
            for batch in batches:
                last = first + batch.num_rows
                if key and self.check is not None:
                    hashes = batch.column(batch.num_columns - 1).to_numpy(zero_copy_only=False)
                    if not np.array_equal(hashes, self.check[first:last]):
                        raise OutOfOrder
                yield [plain_array(pa.chunked_array([batch.column(at)])) for at in range(len(reads))]
                first = last
        if first != self.rows:
            raise OutOfOrder

    def facts(self, items: Sequence[str]) -> list[Any]:
        """The values of aggregates over all rows."""
        query = ours(f"SELECT {', '.join(items)} FROM ({self.source.before} * {self.source.after})")
        return [column[0].as_py() for column in self.database.table(query, "").columns]


@dataclass(frozen=True, eq=False, slots=True)
class Streamed:
    """A column of a streamed relation, in the place of the column itself."""

    read: Read
    relation: StreamedRelation


class Again(tuple[Column, ...]):
    """A column of a streamed relation that is held, and that can be read anew with those that are not."""

    streamed: Streamed

    def __new__(cls, column: Column, streamed: Streamed) -> Again:
        made = super().__new__(cls, (column,))
        made.streamed = streamed
        return made


def open_stream(database: Database, source: Source, held: Sequence[Read]) -> StreamedRelation:
    """A relation of which only the columns of `held` are read now."""
    columns, keys = _fetch(database, source, _distinct(held))
    rows, check, order = _rows(columns, keys), keys[0] if keys else None, row_order(keys)
    del keys
    relation = _put_in_order(held, columns, order, rows)
    give_back()
    return StreamedRelation(rows, relation.columns, database, source, order, check)


def scan_sql(source: Source, reads: Sequence[Read]) -> str:
    """The query that reads `reads` from `source`, the parts of the row key last."""
    items = [_cast(read) for read in _distinct(reads)] + _key_items(source)
    return f"{source.before} {', '.join(items)} {source.after}"


def _distinct(reads: Sequence[Read]) -> list[Read]:
    """One read for each expression; the columns of one `COLUMNS(..)` come together."""
    found: dict[str, Read] = {}
    for read in reads:
        found.setdefault(_group(read), read)
    return list(found.values())


def _group(read: Read) -> str:
    return read.key.rsplit(" [", 1)[0] if read.width > 1 else read.key


# DuckDB's wide integers and decimals have no equal in NumPy: a model sees them as doubles.
_WIDE = ("HUGEINT", "UHUGEINT", "BIGNUM", "DECIMAL")


def _cast(read: Read) -> str:
    return read.sql if read.width > 1 else read_item(read.sql, read.type, read.column_kind)


def read_item(sql: str, duckdb_type: str, kind: Kind) -> str:
    """The expression as it is fetched: types that Arrow or NumPy have no equal for are cast."""
    if duckdb_type.upper().startswith(_WIDE):
        return f"({sql})::DOUBLE"
    return f"({sql})::VARCHAR" if kind == "text" and duckdb_type.upper() != "VARCHAR" else sql


def _key_items(source: Source) -> list[str]:
    items = []
    if source.others:
        items.append(f"hash(*COLUMNS({_names(source.others)}))")
    if source.floats:
        listed = f"list_value(*COLUMNS({_names(source.floats)}))"
        items += [f"hash(TRY_CAST({listed} AS FLOAT[]))", f"hash({listed})"]
    return items


def _names(names: Sequence[str]) -> str:
    return "[" + ", ".join(map(quote_text, names)) + "]"


def row_order(keys: Sequence[np.ndarray[Any, Any]]) -> np.ndarray[tuple[int], np.dtype[np.int64]] | None:
    """Positions of the rows in canonical order; None if there is nothing to sort by."""
    return kernels.row_order(keys) if keys and len(keys[0]) > 1 else None


def plain_array(column: pa.ChunkedArray) -> pa.Array:
    """One array of plain values, dictionaries taken apart."""
    values = column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):
        values = values.chunk(0) if values.num_chunks == 1 else pa.concat_arrays(values.chunks)
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
