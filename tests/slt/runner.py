"""A reader and runner of sqllogictest files, as database people write them.

    statement ok                    the statement runs
    statement error <pattern>       it fails, and its error, code included, matches the pattern
    query <types> [rowsort]         it gives rows of these types: T text, I whole number, R real number, B boolean
    <SQL>
    ----
    <one line a row, values parted by tabs>

Records are parted by blank lines; lines that start with # say what and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from stratum_sql import Result, Session, StratumError

_KINDS: dict[str, tuple[type, ...]] = {"T": (str, list, dict), "I": (int,), "R": (float, Decimal), "B": (bool,)}


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `head` is its first line, `expected` None where it has no block of rows."""

    line: int
    head: str
    sql: str
    expected: tuple[str, ...] | None
    comment: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        rows = () if self.expected is None else ("----", *self.expected)
        return "\n".join([*self.comment, *([self.head] if self.head else []), *([self.sql] if self.sql else []), *rows])


def read(path: Path) -> list[Record]:
    """The records of a file, blocks of comments alone included. Raises ValueError for what is none."""
    records, line = [], 1
    for block in re.split(r"\n[ \t]*\n", path.read_text("utf-8").rstrip("\n")):
        records.append(_record(path, line, block.lstrip("\n")))
        line += block.count("\n") + 2
    return records


def _record(path: Path, line: int, block: str) -> Record:
    rows = block.split("\n")
    comment = tuple(row for row in rows if row.startswith("#"))
    rows = rows[len(comment) :]
    if not rows:
        return Record(line, "", "", None, comment)
    if not re.fullmatch(r"statement ok|statement error .+|query [TIRB]+( rowsort)?", rows[0]):
        raise ValueError(f"{path.name}, line {line}: {rows[0]!r} starts no record")
    cut = rows.index("----") if "----" in rows else len(rows)
    expected = tuple(rows[cut + 1 :]) if cut < len(rows) else None
    return Record(line + len(comment), rows[0], "\n".join(rows[1:cut]), expected, comment)


def run(session: Session, record: Record) -> str | None:
    """What is wrong with a record's answer; None if nothing is."""
    kind, _, rest = record.head.partition(" ")
    if not kind:
        return None
    result, error = _answer(session, record.sql)
    if kind == "statement" and rest.startswith("error"):
        return _wrong_error(error, rest.removeprefix("error "))
    if error is not None:
        return str(error)
    if kind == "statement":
        return None
    assert result is not None
    found = tuple(rows_of(result, record))
    if found != record.expected:
        return "found\n" + "\n".join(found)
    return _wrong_types(result, rest.split()[0])


def accepted(session: Session, record: Record) -> Record:
    """The record with the rows it gives."""
    result, _ = _answer(session, record.sql)
    if not record.head.startswith("query") or result is None:
        return record
    return replace(record, expected=tuple(rows_of(result, record)))


def rows_of(result: Result, record: Record) -> Iterator[str]:
    """The rows as lines."""
    lines = ["\t".join(map(_text, row)) for row in result.fetchall()]
    yield from sorted(lines) if record.head.endswith("rowsort") else lines


def _answer(session: Session, sql: str) -> tuple[Result | None, StratumError | None]:
    try:
        return session.sql(sql), None
    except StratumError as error:
        return None, error


def _wrong_error(error: StratumError | None, pattern: str) -> str | None:
    if error is None:
        return "it should fail, and runs"
    return None if re.search(pattern, str(error), re.DOTALL) else str(error)


def _wrong_types(result: Result, types: str) -> str | None:
    if len(types) != len(result.columns):
        return f"{len(types)} types are written, and there are {len(result.columns)} columns"
    for row in result.fetchall():
        for kind, value in zip(types, row, strict=True):
            if value is not None and (not isinstance(value, _KINDS[kind]) or (kind == "I" and isinstance(value, bool))):
                return f"{value!r} is no {kind}"
    return None


def _text(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value).replace("\t", "\\t").replace("\n", "\\n") or "(empty)"
