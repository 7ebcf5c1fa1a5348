"""Rows that a shell has sent: buffers of Arrow, and a JSON object that says what they are.

A piece has some rows of all columns. A column says its name, its `format`, as Arrow's C data interface writes it, its
rows and how many of them are NULL, and its children; each of its buffers begins at a multiple of 64 bytes: which rows
have values (left out without NULL), where rows end (of texts and lists), the values; then those of its children.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from stratum_sql.errors import BindError, RunError, StratumError
from stratum_sql.serve.frames import bad_frame

_ALIGNED = 64
_DEEPEST = 32
_FORMATS: Mapping[str, pa.DataType] = {
    "n": pa.null(),
    "b": pa.bool_(),
    "c": pa.int8(),
    "C": pa.uint8(),
    "s": pa.int16(),
    "S": pa.uint16(),
    "i": pa.int32(),
    "I": pa.uint32(),
    "l": pa.int64(),
    "L": pa.uint64(),
    "f": pa.float32(),
    "g": pa.float64(),
    "U": pa.large_string(),
    "Z": pa.large_binary(),
    "tdD": pa.date32(),
    "ttu": pa.time64("us"),
    "tin": pa.month_day_nano_interval(),
    "tss:": pa.timestamp("s"),
    "tsm:": pa.timestamp("ms"),
    "tsu:": pa.timestamp("us"),
    "tsn:": pa.timestamp("ns"),
    "tsu:UTC": pa.timestamp("us", "UTC"),
}


@dataclass(slots=True)
class _Upload:
    """The pieces of one upload, and what was wrong with one of them: told when they are asked for."""

    pieces: list[pa.RecordBatch] = field(default_factory=list)
    size: int = 0
    wrong: StratumError | None = None


@dataclass(slots=True)
class Uploads:
    """What one connection has sent and no statement has used up. `most` is bytes of all of it."""

    most: int
    _uploads: dict[int, _Upload] = field(default_factory=dict)

    def add(self, number: int, head: Mapping[str, Any], data: Any) -> None:
        """Keep a piece of an upload."""
        upload = self._uploads.setdefault(number, _Upload())
        if upload.wrong is not None:
            return
        try:
            if sum(one.size for one in list(self._uploads.values())) + len(data) > self.most:
                message = f"rows of a shell may take {self.most:,} bytes, and these would be too much"
                raise RunError.at("", None, "tables_full", message, hint="SELECT fewer rows or columns")
            upload.pieces.append(read_piece(head, data))
            upload.size += len(data)
        except StratumError as error:
            self._uploads[number] = _Upload(wrong=error)

    def drop(self, number: int) -> None:
        """Forget an upload."""
        self._uploads.pop(number, None)

    def table(self, numbers: Sequence[int]) -> pa.Table | None:
        """The rows of some uploads; None where there are none. Raises RunError `tables_full`, `bad_frame` for one that
        is not there, is malformed, or another relation's."""
        pieces = [piece for number in numbers for piece in self._of(number)]
        if not pieces:
            return None
        if any(piece.schema != pieces[0].schema for piece in pieces):
            raise bad_frame("the pieces of an upload have different columns")
        return pa.Table.from_batches(pieces)

    def _of(self, number: int) -> list[pa.RecordBatch]:
        upload = self._uploads.get(number)
        if upload is None:
            raise bad_frame(f"there is no upload {number}")
        if upload.wrong is not None:
            raise upload.wrong
        return upload.pieces


def read_piece(head: Mapping[str, Any], data: Any) -> pa.RecordBatch:
    """The rows of a piece, which stay where they are in `data`. Raises RunError `bad_frame` where they are none."""
    try:
        reader = _Reader(pa.py_buffer(data))
        columns = [reader.column(told, 0) for told in head["columns"]]
        names = [str(told["name"]) for told in head["columns"]]
        if reader.at != len(data) or any(len(column) != head["rows"] for column in columns):
            raise bad_frame("a piece has not the length that it tells")
        batch = pa.RecordBatch.from_arrays(columns, names=names)
        batch.validate(full=True)
    except (pa.ArrowException, LookupError, TypeError, ValueError, OverflowError) as error:
        raise bad_frame(f"a piece of rows is malformed: {str(error).splitlines()[0][:200]}") from None
    return batch


class _Reader:
    """Takes the buffers of columns one after the other."""

    def __init__(self, data: pa.Buffer) -> None:
        self.data, self.at = data, 0

    def column(self, told: Mapping[str, Any], depth: int) -> pa.Array:
        if depth > _DEEPEST:
            raise ValueError("columns nest too deep")
        format, rows, nulls = str(told["format"]), int(told["rows"]), int(told["nulls"])
        if rows < 0 or not 0 <= nulls <= rows:
            raise ValueError("rows are counted from 0")
        if format == "n":
            return pa.nulls(rows)
        buffers = [self._buffer((rows + 7) // 8) if nulls else None]
        if format in ("U", "Z", "+L"):
            ends = self._buffer((rows + 1) * 8)
            buffers.append(ends)
            last = int.from_bytes(ends[rows * 8 : rows * 8 + 8].to_pybytes(), "little", signed=True)
        if format in ("U", "Z"):
            buffers.append(self._buffer(last))
        elif not format.startswith("+"):
            buffers.append(self._buffer(_size(_type(format), rows)))
        children = [self.column(child, depth + 1) for child in told["children"]]
        return pa.Array.from_buffers(
            _nested(format, told["children"], children), rows, buffers, nulls, children=children or None
        )

    def _buffer(self, size: int) -> pa.Buffer:
        if not 0 <= size <= self.data.size - self.at:
            raise ValueError("a buffer ends behind the data")
        found = self.data.slice(self.at, size)
        self.at += size + -size % _ALIGNED
        return found


def _type(format: str) -> pa.DataType:
    if format.startswith("d:"):
        width, scale = format[2:].split(",")
        return pa.decimal128(int(width), int(scale))
    return _FORMATS[format]


def _size(kind: pa.DataType, rows: int) -> int:
    return int((rows * kind.bit_width + 7) // 8)


def _nested(format: str, told: Sequence[Mapping[str, Any]], children: Sequence[pa.Array]) -> pa.DataType:
    fields = [pa.field(str(one["name"]), child.type) for one, child in zip(told, children, strict=True)]
    if format == "+s":
        return pa.struct(fields)
    if format == "+L":
        return pa.large_list(fields[0])
    return pa.list_(fields[0], int(format[3:])) if format.startswith("+w:") else _type(format)


def flat_tables(table: pa.Table, names: Sequence[str]) -> Iterator[tuple[str, pa.Table]]:
    """The tables whose rows stand in the STRUCTs of a table's columns, by their names; of a NULL all columns are NULL.

    Raises BindError where a column of a table has the name of a table: then it was sent in its place.
    """
    for name, column in zip(names, table.columns, strict=True):
        if not pa.types.is_struct(column.type):
            message = f'"{name}" is a table and a column of one'
            raise BindError.at("", None, "not_in_a_shell", message, hint="give the table another alias")
        yield name, pa.Table.from_arrays(column.flatten(), names=[one.name for one in column.type])
