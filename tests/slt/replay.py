"""Runs DuckDB's own test files in DuckDB and in a session, and compares: plain SQL is never harmed.

    python -m tests.slt.replay FOLDER [--extension] [--our-words]

FOLDER holds sqllogictest files of DuckDB (`*.test`); none is part of this project. What each statement should give is
not read off the files: a bare connection of the same settings tells it, twice; an answer that it does not give twice,
such as a random number, is not compared. `--extension` compares a connection that has loaded `stratum_parser`, too.
`--our-words` puts words of ours in the place of the names that DuckDB's files like best: `FROM tbl t` reads `FROM train
model`.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import duckdb

import stratum_sql
from stratum_sql import StratumError
from stratum_sql.connections import connect
from stratum_sql.grammar.parse import read_script
from stratum_sql.grammar.syntax import Plain
from stratum_sql.plain import PREPARED, from_plain
from tests.slt.duckdb_files import read
from tests.slt.runner import Record

_COUNTS = frozenset((("Count",), ("Success",), ()))  # the columns of a statement that gives no rows
_SHOWN = re.compile(r"\n+LINE (?P<line>\d+): .*\n *\^+\s*$")
_TIMED = re.compile(r"\s*EXPLAIN\s+ANALY[SZ]E\b", re.IGNORECASE)  # tells how long it took
OUR_WORDS = {"tbl": "train", "t": "model", "integers": "predict", "test": "evaluate", "a": "explain", "i": "batch"}
OUR_WORDS |= {"x": "transform", "foo": "model", "s": "export", "t1": "train_model", "v1": "predict_model"}
Rows = tuple[tuple[str, ...], tuple[str, ...], list[str]]  # names, types, values


@dataclass(slots=True)
class Answer:
    """What one statement gave: rows, or an error. `handed` are the texts that reached DuckDB, where they are known."""

    rows: Rows | None = None
    error: Exception | None = None
    handed: list[str] | None = None

    @property
    def said(self) -> tuple[str, str] | None:
        """The type and the message of DuckDB's own error, without the line it shows: its Python client leaves that out
        of many, and what it shows ends where the text ends."""
        cause = self.error.__cause__ if isinstance(self.error, StratumError) else self.error
        return None if cause is None else (type(cause).__name__, _SHOWN.sub("", str(cause)).rstrip())

    @property
    def line(self) -> int | None:
        """The line of the text that an error is about."""
        if isinstance(self.error, StratumError):
            return self.error.diagnostic.line
        shown = _SHOWN.search(str(self.error))
        return int(shown["line"]) if shown else None


class Side(Protocol):
    """Something that answers statements, one file's after another."""

    def open(self, path: str) -> None: ...
    def close(self) -> None: ...
    def run(self, sql: str) -> Answer: ...
    def cursor(self) -> duckdb.DuckDBPyConnection: ...


class Bare:
    """DuckDB with the settings of a session; `prepare` may change more."""

    def __init__(self, prepare: Callable[[duckdb.DuckDBPyConnection], object] = lambda _: None) -> None:
        self.prepare = prepare

    def open(self, path: str) -> None:
        self.connection = connect(path, allow_unsigned_extensions="true")
        self.connection.execute("SET python_enable_replacements = false")
        self.prepare(self.connection)

    def close(self) -> None:
        self.connection.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        return self.connection.cursor()

    def run(self, sql: str) -> Answer:
        return answer_of(self.connection, sql)


def answer_of(connection: duckdb.DuckDBPyConnection, sql: str) -> Answer:
    """What a connection answers."""
    try:
        result = connection.execute(sql)
        columns = result.description or []
        rows = [repr(row) for row in result.fetchall()] if columns else []
    except Exception as error:  # noqa: BLE001  whatever it is, both sides must raise it
        return Answer(error=error)
    return Answer((tuple(str(one[0]) for one in columns), tuple(str(one[1]) for one in columns), rows))


class Watched:
    """A session's connection that keeps the texts it is given."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.texts: list[str] = []

    def sql(self, text: str) -> Any:
        self.texts.append(text)
        return self.connection.sql(text)

    def execute(self, text: str, *parameters: Any) -> Any:
        if text.startswith(f"PREPARE {PREPARED} AS "):
            self.texts.append(text.split(" AS ", 1)[1])
        return self.connection.execute(text, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


class InSession:
    """A session, and the texts it hands on."""

    def open(self, path: str) -> None:
        self.session = stratum_sql.connect(path)
        self.watched = Watched(self.session.connection)
        self.session._database.connection = self.watched  # type: ignore[assignment]

    def close(self) -> None:
        self.session.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        return self.session.connection.cursor()

    def run(self, sql: str) -> Answer:
        self.watched.texts = []
        try:
            result = self.session.sql(sql)
            rows = [repr(row) for row in result.fetchall()] if result.columns else []
        except Exception as error:  # noqa: BLE001  as above
            return Answer(error=error, handed=self.watched.texts)
        return Answer((tuple(result.columns), tuple(result.types), rows), handed=self.watched.texts)


def answers(side: Side, records: list[Record], folder: Path) -> list[Answer]:
    """What a side answers to the records of a file, whose databases and files lie in an empty `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = ":memory:"
    side.open(path)
    others: dict[str, duckdb.DuckDBPyConnection] = {}
    found = []
    for record in records:
        if record.sql:
            found.append(Answer() if record.head == "parse" else _answer(side, record, others, folder))
            continue
        words = in_folder(record.head, folder).split()
        path = words[1] if words[0] == "load" and len(words) > 1 else path
        for other in others.values():
            other.close()
        others.clear()
        side.close()
        side.open(path)
        found.append(Answer())
    side.close()
    return found


def in_folder(text: str, folder: Path) -> str:
    """The text with the folder in place of the names DuckDB's files have for it."""
    return text.replace("__TEST_DIR__", str(folder)).replace("{TEST_DIR}", str(folder))


def _answer(side: Side, record: Record, others: dict[str, duckdb.DuckDBPyConnection], folder: Path) -> Answer:
    sql = in_folder(record.sql, folder)
    names = [word for word in record.head.split()[2:] if word.startswith("con")]
    if not names:
        return side.run(sql)
    if names[0] not in others:
        others[names[0]] = side.cursor()
    return answer_of(others[names[0]], sql)


# ---- what is wrong with an answer ----------------------------------------------------------------------------------


def not_plain(sql: str, parser: duckdb.DuckDBPyConnection) -> str | None:
    """What the grammar makes of a text that DuckDB takes, if it is anything but its statements, unchanged."""
    wanted = _kinds(parser, sql)
    found: list[str] = []
    rest, at = [], 0
    for span, statement in read_script(sql, lambda text: accepted(parser, text)):
        if not isinstance(statement, Plain):
            return f"read as {type(statement).__name__}: {statement}"
        found += _kinds(parser, sql[span.start : span.end])
        rest.append(sql[at : span.start])
        at = span.end
    left = ";\n".join([*rest, sql[at:]])  # a comment of one line ends
    if found != wanted:
        return f"{found} was found, DuckDB finds {wanted}"
    return None if not parser.extract_statements(left) else f"left over: {left!r}"


def _kinds(parser: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    return [_kind(one) for one in parser.extract_statements(sql)]


def _kind(statement: duckdb.Statement) -> str:
    try:
        return str(statement.type)
    except ValueError as error:  # its Python client does not know every kind
        return str(error)


def accepted(parser: duckdb.DuckDBPyConnection, sql: str) -> bool:
    """Whether DuckDB's parser takes a text."""
    try:
        parser.extract_statements(sql)
    except (duckdb.Error, ValueError, RuntimeError):
        return False
    return True


def changed(sql: str, answer: Answer) -> str | None:
    """How the texts that reached DuckDB differ from those that were written; after an error fewer did."""
    if answer.handed is None:
        return None
    pieces = [sql[span.start : span.end] for span, _ in read_script(sql, None)]
    handed = answer.handed[: len(pieces)]
    if handed != pieces[: len(handed)] or (answer.error is None and len(handed) < len(pieces)):
        return f"DuckDB was given {answer.handed}"
    return None


def different(found: Answer, wanted: Answer) -> str | None:
    """How an answer differs from that of the bare connection."""
    if found.said != wanted.said:
        return f"error {found.said or found.error!r}, DuckDB has {wanted.said}"
    if isinstance(found.error, StratumError) and isinstance(wanted.error, duckdb.Error):
        mine, theirs = found.error.diagnostic, from_plain(wanted.error).diagnostic
        if (mine.code, mine.message) != (theirs.code, theirs.message):
            return f"told as {mine}"
        return None if wanted.line in (None, found.line) else f"place {found.line}, DuckDB shows line {wanted.line}"
    assert wanted.rows is not None or found.rows is None
    if found.rows == wanted.rows:
        return None
    if found.rows is not None and wanted.rows is not None and not found.rows[0] and wanted.rows[0] in _COUNTS:
        return None
    return f"rows {found.rows}, DuckDB has {wanted.rows}"


# ---- all files -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Tally:
    """What was counted, and every difference that was found."""

    files: int = 0
    statements: int = 0
    accepted: int = 0
    unchanged: int = 0
    compared: int = 0
    equal: int = 0
    told: int = 0  # refused by DuckDB's parser, and told in our words
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.files} files, {self.statements} statements, {self.accepted} accepted by DuckDB's parser, "
            f"{self.unchanged} of them plain and unchanged; {self.compared} answers repeatable, {self.equal} equal; "
            f"{self.told} refused texts told in our words; {len(self.differences)} differences"
        )


def renamed(record: Record, names: Mapping[str, str]) -> Record:
    """The record with other names in its SQL."""
    return replace(record, sql=re.sub(r"\w+", lambda word: names.get(word[0], word[0]), record.sql))


def replay(
    folder: Path,
    extension: Callable[[duckdb.DuckDBPyConnection], object] | None = None,
    names: Mapping[str, str] = MappingProxyType({}),
) -> Tally:
    """Compare all files below a folder. `extension` loads `stratum_parser` into a connection; `names` go into the place
    of others."""
    tally = Tally()
    sides: dict[str, Side] = {"session": InSession()}
    if extension is not None:
        sides["extension"] = Bare(extension)
    with tempfile.TemporaryDirectory() as place, duckdb.connect() as parser:
        loaded = parser.execute("SELECT extension_name FROM duckdb_extensions() WHERE loaded").fetchall()
        for path in sorted(folder.rglob("*.test")):
            records = [renamed(one, names) for one in read(path, frozenset(name for (name,) in loaded))]
            tally.files += 1
            _compare(tally, path.relative_to(folder), records, sides, Path(place) / "files", parser)
    return tally


def _compare(
    tally: Tally,
    name: Path,
    records: list[Record],
    sides: dict[str, Side],
    folder: Path,
    parser: duckdb.DuckDBPyConnection,
) -> None:
    first, again = answers(Bare(), records, folder), answers(Bare(), records, folder)
    for door, side in sides.items():
        found = answers(side, records, folder)
        for record, one, wanted, repeated in zip(records, found, first, again, strict=True):
            if not record.sql:
                continue
            sql = in_folder(record.sql, folder)
            problems = [*_harms(tally, sql, one, parser)] if door == "session" else []
            if record.head != "parse":
                problems += _differences(tally, sql, one, wanted, repeated, parser)
            tally.differences += [f"{name}:{record.line} ({door}): {sql}\n    {problem}" for problem in problems]


def _harms(tally: Tally, sql: str, found: Answer, parser: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """What the session made of the text of a statement that is DuckDB's."""
    tally.statements += 1
    if not accepted(parser, sql):
        return
    tally.accepted += 1
    harm = not_plain(sql, parser) or changed(sql, found)
    tally.unchanged += harm is None
    if harm is not None:
        yield harm


def _differences(
    tally: Tally, sql: str, found: Answer, wanted: Answer, repeated: Answer, parser: duckdb.DuckDBPyConnection
) -> Iterator[str]:
    """How the answer differs from DuckDB's own, where that has one."""
    if not accepted(parser, sql):
        if isinstance(found.error, StratumError) and found.said is None:
            tally.told += 1
            return
        if isinstance(found.error, StratumError):  # it hands no semicolon on; a message may be about what stands last
            wanted = repeated = answer_of(parser, sql.rstrip(" \n;"))
    if different(repeated, wanted) is not None or _TIMED.match(sql):
        return
    tally.compared += 1
    difference = different(found, wanted)
    tally.equal += difference is None
    if difference is not None:
        yield difference


def _load_parser() -> Callable[[duckdb.DuckDBPyConnection], object]:
    from tests.extension.shells import WHEEL, load, parser_of  # needs a compiler, where nothing is built yet

    path = parser_of(WHEEL)
    return lambda connection: connection.execute(load(path))


def main(arguments: list[str]) -> int:
    """The command. Returns its exit status: 1 where anything differs."""
    folders = [one for one in arguments if one not in ("--extension", "--our-words")]
    if len(folders) != 1 or not Path(folders[0]).is_dir():
        print("usage: python -m tests.slt.replay FOLDER [--extension] [--our-words]", file=sys.stderr)
        return 2
    extension = _load_parser() if "--extension" in arguments else None
    tally = replay(Path(folders[0]), extension, OUR_WORDS if "--our-words" in arguments else {})
    for difference in tally.differences:
        print(difference)
    print(tally)
    return int(bool(tally.differences))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
