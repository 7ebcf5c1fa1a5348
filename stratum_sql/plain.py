"""DuckDB's own statements: they reach it as written, and its errors come back at the user's own words."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from stratum_sql.bind.composed import Composed, ours
from stratum_sql.bind.database import Database, error_facts, kind_of
from stratum_sql.connections import not_ctrl_c, whole_text
from stratum_sql.errors import Diagnostic, Interrupted, RunError, Span, StratumError, locate
from stratum_sql.results import Result

T = TypeVar("T")


class DatabaseError(RunError):
    """DuckDB refused or failed a statement of its own; `__cause__` is DuckDB's exception."""


def run_plain(
    database: Database, text: Composed, script: str, statement: str, *, reads_variables: bool = False
) -> Result:
    """Run one statement of DuckDB, put together from `script` and ours. `statement` is what the result says it answers.

    Rows are read at once. `reads_variables`: whether `$name` may stand for a variable, as in DuckDB. Raises
    DatabaseError with DuckDB's message, NotAllowed, Interrupted; KeyboardInterrupt for Ctrl-C.
    """
    if not text.text.strip(" \t\r\n;"):
        return Result.none(statement)
    prepared = reads_variables and "$" in text.text and _names_variables(database, text.text)

    def read() -> Result:
        relation = _prepared(database, asked.text) if prepared else database.connection.sql(asked.text)
        return Result.none(statement) if relation is None else Result.from_relation(relation, statement)

    asked = ours(f"PREPARE {PREPARED} AS ") + text if prepared else text
    return _guarded(database, text, script, read, asked)


def check_plain(database: Database, text: Composed, script: str) -> None:
    """Read one statement of DuckDB's own and bind it, as far as EXPLAIN does; nothing is run. Raises StratumError for
    what would be refused, `syntax` where no parser takes it.
    """
    _admit(database, text, script)
    kind, parameters = database.kind(text, script)
    if kind in _EXPLAINED and not parameters:
        database.table(ours("EXPLAIN ") + text, script)


def rows_of(database: Database, query: str) -> pa.Table:
    """The rows of one SELECT of DuckDB's own. Raises as `run_plain`."""
    text = Composed.verbatim(query, Span(0, len(query)))
    return _guarded(database, text, query, lambda: database.connection.sql(query).to_arrow_table(), text)


PREPARED = "__stratum_statement"


def _names_variables(database: Database, sql: str) -> bool:
    """Whether a SELECT takes a value from `SET VARIABLE`, which DuckDB's Python client does not give to a relation."""
    with database.lock:
        try:
            (statement,) = database.connection.extract_statements(sql)
            known = {str(name) for (name,) in database.ask("SELECT name FROM duckdb_variables()")}
        except (duckdb.Error, ValueError):
            return False
        return kind_of(statement) == "SELECT" and not known.isdisjoint(statement.named_parameters)


def _prepared(database: Database, statement: str) -> duckdb.DuckDBPyRelation:
    """The rows of a SELECT that `statement` prepares: EXECUTE asks the variables.

    An INTEGER in one is no literal then: beside a TINYINT the result is an INTEGER.
    """
    database.connection.execute(statement)
    try:
        return database.connection.sql(f"EXECUTE {PREPARED}")
    finally:
        with suppress(duckdb.TransactionException):  # an error has aborted it; the next PREPARE takes its place
            database.connection.execute(f"DEALLOCATE {PREPARED}")


def _guarded(database: Database, text: Composed, script: str, read: Callable[[], T], asked: Composed) -> T:
    """What `read` gives of a text that may run, with DuckDB's errors as ours, which are about what was `asked`."""
    _admit(database, text, script)
    with database.lock:
        database.settle()
        try:
            return read()
        except duckdb.Error as error:
            raise _placed(error, database, text, script, asked) from error
        except UnicodeDecodeError as error:
            raise _placed(whole_text(error), database, text, script, asked) from error
        except RuntimeError as error:
            raise _placed(not_ctrl_c(error), database, text, script, asked) from error


def from_plain(error: duckdb.Error) -> StratumError:
    """DuckDB's error as ours, with its message and no place."""
    facts = error_facts(error)
    kind, message = str(facts.get("exception_type", "error")), str(facts["exception_message"])
    code = kind.lower().replace(" ", "_")
    if code == "interrupt":
        return Interrupted(Diagnostic("interrupted", "stopped by the caller", "run", retryable=True))
    needs = re.search(r"ValueError: (\S+ is fitted on training rows): (it needs .*)", message)
    if needs is not None:
        return DatabaseError(Diagnostic("needs_training", needs[1], "run", hint=needs[2]))
    spoken = message if "Error: " in message.split("\n")[0] else f"{kind} Error: {message}"
    return DatabaseError(Diagnostic(f"duckdb_{code}", _LINE.sub("", spoken).rstrip(), "run"))


def told_in(error: StratumError, text: Composed, script: str, start: int = 0) -> StratumError:
    """An error with a place in `text`, told about the script that `text` was put together from.

    `start` is where `text` begins in what the error speaks of; a place before it is the script's own already.
    """
    return type(error)(told(error.diagnostic, text, script, start))


def told(diagnostic: Diagnostic, text: Composed, script: str, start: int = 0) -> Diagnostic:
    """`told_in` for a diagnostic, such as a warning."""
    if diagnostic.line is None or diagnostic.column is None:
        return diagnostic
    whole = script[: max(start - 1, 0)] + "\n" * bool(start) + text.text
    first = _offset(whole, diagnostic.line, diagnostic.column) - start
    if first < 0:
        return diagnostic
    last = (
        _offset(whole, diagnostic.end_line or diagnostic.line, diagnostic.end_column or diagnostic.column + 1) - start
    )
    return replace(diagnostic, **_place(script, text.origin(first, max(last, first + 1))))


def _place(script: str, span: Span | None) -> dict[str, Any]:
    if span is not None:
        return locate(script, span)
    return dict.fromkeys(("line", "column", "end_line", "end_column", "snippet"))


def _admit(database: Database, text: Composed, script: str) -> None:
    try:
        database.admit(text.text, Span(0, len(text.text)))
    except StratumError as error:
        raise told_in(error, text, script) from None


def _placed(error: duckdb.Error, database: Database, text: Composed, script: str, asked: Composed) -> StratumError:
    """The error as ours, with the place DuckDB gave in what was asked, or would give if the text were only bound."""
    told = from_plain(error)
    if not isinstance(told, DatabaseError):
        return told
    span = _span(error, asked)
    if span is not None:
        return DatabaseError(replace(told.diagnostic, **_place(script, span)))
    if isinstance(error, _OF_BINDING) and _can_be_explained(database, text.text):
        return DatabaseError(replace(told.diagnostic, **_bound_place(database, text, script)))
    return told


# A file that is not there is missed by binding.
_OF_BINDING = (duckdb.BinderException, duckdb.CatalogException, duckdb.IOException)


def _span(error: duckdb.Error, text: Composed) -> Span | None:
    facts = error_facts(error)
    numbers = re.findall(r"\d+", str(facts.get("location") or facts.get("position") or ""))
    if numbers:
        return text.origin_of_bytes(int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else 1)
    place = _marked(str(facts["exception_message"]), text.text)
    return None if place is None else text.origin(place.start, place.end)


_LINE = re.compile(r"\n+LINE (?P<line>\d+): (?P<shown>.*)\n(?P<gap> *)(?P<marks>\^+)\s*$")


def _marked(message: str, sql: str) -> Span | None:
    """What DuckDB underlined: it shows a part of one line, with dots where it is cut."""
    found = _LINE.search(message)
    lines = sql.split("\n")
    if found is None or int(found["line"]) > len(lines):
        return None
    number, shown = int(found["line"]), found["shown"]
    column = len(found["gap"]) - len(f"LINE {number}: ")
    cut = shown.startswith("...") and not lines[number - 1].startswith(shown)
    start = lines[number - 1].find(shown[3:].removesuffix("...")) - 3 if cut else 0
    if start < -2 or column < 0:
        return None
    at = sum(len(line) + 1 for line in lines[: number - 1]) + start + column
    return Span(at, at + len(found["marks"]))


_EXPLAINED = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE_INTO"})


def _can_be_explained(database: Database, sql: str) -> bool:
    try:
        (statement,) = database.connection.extract_statements(sql)
    except (duckdb.Error, ValueError):
        return False
    return kind_of(statement) in _EXPLAINED


def _bound_place(database: Database, text: Composed, script: str) -> dict[str, Any]:
    """Where binding fails, for what DuckDB's Python client says without a place; EXPLAIN runs nothing."""
    try:
        database.table(ours("EXPLAIN ") + text, script)
    except StratumError as error:
        names = ("line", "column", "end_line", "end_column", "snippet", "did_you_mean")
        return {name: getattr(error.diagnostic, name) for name in names}
    except duckdb.TransactionException:  # the error has aborted a transaction
        return {}
    return {}


def _offset(text: str, line: int, column: int) -> int:
    lines = text.split("\n")
    return sum(len(row) + 1 for row in lines[: line - 1]) + column - 1
