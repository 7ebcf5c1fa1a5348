"""The DuckDB engine: one query a scan, its rows put into an order that depends on nothing but their content.

The order of a relation's rows is not DuckDB's to promise: joins, DISTINCT and threads change it. Folds and training
follow the order here: rows sorted by a hash of all their columns that are not floating point, then of those that are,
rounded to 32 bits (a sum of doubles may differ in its last bits from run to run), then by those exactly. Rows that are
still equal are the same row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stratum_sql import kernels
from stratum_sql.bind.composed import ours
from stratum_sql.bind.database import Database
from stratum_sql.catalog.columns import Column, Kind
from stratum_sql.plan.relational import Read, Source

ReadKey = tuple[str, int]


@dataclass(frozen=True, eq=False, slots=True)
class Relation:
    """The columns read from one source, rows in canonical order."""

    rows: int
    columns: Mapping[ReadKey, Column]


def read_relation(database: Database, source: Source, reads: Sequence[Read]) -> Relation:
    """Run one query for all `reads`. Raises what DuckDB says, as a diagnostic."""
    wanted = _distinct(reads)
    table = database.table(ours(scan_sql(source, wanted)), "")
    order = row_order(table, len(_key_items(source)))
    columns: dict[ReadKey, Column] = {}
    at = 0
    for read in wanted:
        for index in range(read.width):
            values = plain_array(table.column(at))
            column = Column(read.name, read.column_kind, values if order is None else values.take(pa.array(order)))
            columns[read.key, index] = column
            at += 1
    for read in reads:
        columns.setdefault((read.key, read.index), columns[_group(read), read.index])
    return Relation(table.num_rows, columns)


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
    return "[" + ", ".join("'" + name.replace("'", "''") + "'" for name in names) + "]"


def row_order(table: pa.Table, keys: int) -> np.ndarray[tuple[int], np.dtype[np.int64]] | None:
    """Positions of the rows in canonical order, from the last `keys` columns; None if there is nothing to sort by."""
    if keys == 0 or table.num_rows < 2:
        return None
    first = table.num_columns - keys
    columns = [table.column(first + i).combine_chunks().to_numpy() for i in range(keys)]
    order, ties = kernels.row_order(columns[0])
    return np.lexsort(columns[::-1]) if ties and keys > 1 else order


def plain_array(column: pa.ChunkedArray) -> pa.Array:
    """One array of plain values, dictionaries taken apart."""
    values = column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):
        values = values.chunk(0) if values.num_chunks == 1 else pa.concat_arrays(values.chunks)
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
