"""Reads sqllogictest files as DuckDB's own tests are written: its commands, loops, and what a file requires.

Records are those of `runner`, in the order they are run. `load` and `restart` are records as well, without SQL. What
follows a `require` for something that is not here, or an unknown command, is left out, as DuckDB leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.slt.runner import Record

# What every build of ours has; that of DuckDB's wheel is asked.
_MET = frozenset(("skip_reload", "noforcestorage", "notwindows", "64bit", "no_alternative_verify", "notmingw"))
_BLANK = " \t\r"
_IGNORED = frozenset(("tags", "hash-threshold", "set", "sleep", "reset", "require-env-none"))
# A statement that a file hands to DuckDB's parser alone: it is a record by itself, with the head `parse`.
_QUOTED = re.compile(r"\s*CALL\s+check_peg_parser\((\$\w*\$)(?P<sql>.*)\1\);?\s*", re.IGNORECASE | re.DOTALL)


def read(path: Path, extensions: frozenset[str]) -> list[Record]:
    """The records of a file. `extensions` are those that DuckDB has loaded."""
    blocks = list(_blocks(path.read_text("utf-8")))
    return list(_records(_kept(blocks, extensions | {"autocomplete"}), {}))


Block = tuple[int, list[str]]  # the line it starts at, its lines


def _blocks(text: str) -> Iterator[Block]:
    """Commands with the lines that belong to them; a blank line or a command of one line parts them."""
    block: list[str] = []
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip(_BLANK):
            yield from _filled(start, block)
            block = []
        elif block:
            block.append(line)
        elif not line.startswith("#"):
            start, block = number, [line]
            if line.split()[0] not in ("statement", "query"):
                yield start, block
                block = []
    yield from _filled(start, block)


def _filled(start: int, block: list[str]) -> Iterator[Block]:
    if block:
        yield start, block


def _kept(blocks: list[Block], met: frozenset[str]) -> list[Block]:
    """The blocks that run here."""
    kept: list[Block] = []
    skipping = passed_over = False
    for start, lines in blocks:
        words = lines[0].split()
        if words[0] == "mode":
            skipping = words[1] == "skip" or (skipping and words[1] != "unskip")
        elif words[0] in ("skipif", "onlyif"):
            passed_over = (words[0] == "skipif") == (words[1] == "duckdb")
        elif passed_over:
            passed_over = False
        elif words[0] == "halt" or (words[0] == "require" and not _is_met(words[1], met)):
            break
        elif words[0] == "require" or words[0] in _IGNORED or skipping:
            continue
        elif words[0] not in _KNOWN:
            break
        else:
            kept.append((start, lines))
    return kept


_KNOWN = frozenset(("statement", "query", "load", "restart", "loop", "foreach", "endloop"))


def _is_met(name: str, met: frozenset[str]) -> bool:
    return name in _MET or name in met or name == "vector_size"


def _records(blocks: list[Block], values: dict[str, str]) -> Iterator[Record]:
    """The records of the blocks, loops written out; `values` are those of the loops around."""
    index = 0
    while index < len(blocks):
        start, lines = blocks[index]
        words = [word for word in lines[0].strip(_BLANK).split(" ") if word]  # a loop may go over other kinds of spaces
        if words[0] in ("loop", "foreach"):
            end = _end_of(blocks, index)
            for value in _values(words):
                yield from _records(blocks[index + 1 : end], values | {words[1]: value})
            index = end
        elif words[0] != "endloop":
            yield _record(start, [_filled_in(line, values) for line in lines])
        index += 1


def _end_of(blocks: list[Block], index: int) -> int:
    depth = 0
    for place in range(index, len(blocks)):
        word = blocks[place][1][0].split()[0]
        depth += (word in ("loop", "foreach")) - (word == "endloop")
        if depth == 0:
            return place
    return len(blocks)  # the rest of the file was left out


def _values(words: list[str]) -> list[str]:
    return [str(number) for number in range(int(words[2]), int(words[3]))] if words[0] == "loop" else words[2:]


def _filled_in(line: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        line = line.replace("${" + name + "}", value).replace("{" + name + "}", value)
    return line


def _record(start: int, lines: list[str]) -> Record:
    if lines[0].split()[0] in ("load", "restart"):
        return Record(start, lines[0].strip(), "", None)
    cut = lines.index("----") if "----" in lines else len(lines)
    sql = "\n".join(lines[1:cut])
    quoted = _QUOTED.fullmatch(sql)
    expected = tuple(lines[cut + 1 :]) if cut < len(lines) else None
    if quoted:
        return Record(start, "parse", quoted["sql"], None)
    return Record(start, lines[0].strip(), sql, expected)
