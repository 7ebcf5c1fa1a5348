"""Arrow data of the host program, checked before DuckDB reads it.

DuckDB believes what Arrow data says of itself: an offset past the end of its buffer, or a code that its dictionary does
not have, makes it read memory that is not there, which ends the process. The check costs nothing for numbers and about
40 ns a text, a sixth of what DuckDB takes to read it; a table is checked once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakValueDictionary

import pyarrow as pa

from stratum_sql.errors import RunError

# What DuckDB does not read through Arrow buffers of others, by the package of its class: its own, and those it knows.
_KNOWN = frozenset({"pandas", "polars", "duckdb", "_duckdb", "stratum_sql"})

_good: WeakValueDictionary[int, Any] = WeakValueDictionary()  # tables that were checked, by identity: they never change


def checked(name: str, value: Any) -> Any:
    """`value`, or what stands for it and checks each batch as it is read; what is no Arrow data comes back as it is.

    Raises RunError if it is an Arrow table and malformed. A malformed batch of a stream fails the statement that reads
    it.
    """
    if isinstance(value, (pa.Table, pa.RecordBatch)):
        if _good.get(id(value)) is not value:
            _validate(name, value)
            _good[id(value)] = value
        return value
    if isinstance(value, pa.RecordBatchReader):
        return _checked_stream(value)
    if type(value).__module__.partition(".")[0] in _KNOWN or not hasattr(value, "__arrow_c_stream__"):
        return value
    return _Checked(value)


def made_here(table: pa.Table) -> pa.Table:
    """The table, taken for checked: Arrow itself made it from values, so that its buffers are what they say."""
    _good[id(table)] = table
    return table


def _validate(name: str, table: pa.Table | pa.RecordBatch) -> None:
    try:
        table.validate(full=True)
    except pa.ArrowInvalid as error:
        raise RunError.at("", None, "malformed_table", f"{name} is no well-formed Arrow table: {error}") from error


class _Checked:
    """An object of the Arrow PyCapsule interface whose streams are checked; it may be asked for several."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def __arrow_c_schema__(self) -> object:
        if hasattr(self._source, "__arrow_c_schema__"):  # asking a stream for it may use the stream up
            return self._source.__arrow_c_schema__()
        return pa.RecordBatchReader.from_stream(self._source).schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        stream = pa.RecordBatchReader.from_stream(self._source)
        return _checked_stream(stream).__arrow_c_stream__(requested_schema)


def _checked_stream(stream: pa.RecordBatchReader) -> pa.RecordBatchReader:
    def batches() -> Iterator[pa.RecordBatch]:
        for batch in stream:
            batch.validate(full=True)
            yield batch

    return pa.RecordBatchReader.from_batches(stream.schema, batches())
