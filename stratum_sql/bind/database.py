"""Asking DuckDB: parse trees, types of expressions, errors with a place. Nothing here reads a row."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from stratum_sql.bind.composed import Composed, ours
from stratum_sql.catalog import registry
from stratum_sql.catalog.search_space import is_choice
from stratum_sql.connections import not_ctrl_c, whole_text
from stratum_sql.errors import BindError, Diagnostic, Interrupted, RunError, Span, StratumError, locate, suggestions
from stratum_sql.trust.private import parses, private_connection, refusal

Tree = dict[str, Any]
T = TypeVar("T")
FAILURES = (duckdb.Error, OSError)  # of a query: an Arrow stream tells DuckDB's errors as the latter
_MOST_TREES = 4096  # kept; one takes some 5 kB
_TREES_AT_ONCE = 256
_OWN_FUNCTIONS = """
SELECT lower(function_name), function_type, parameters, macro_definition FROM duckdb_functions() WHERE NOT internal
"""


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column as DESCRIBE tells it."""

    name: str
    type: str


class Database:
    """One DuckDB connection, used by one thread at a time. `admit` is asked before any text from outside runs."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, admit: Callable[[str], None], *, errors_are_json: bool = False
    ) -> None:
        self.connection = connection
        self.asides: set[duckdb.DuckDBPyConnection] = set()  # connections that read beside it, see `aside`
        self.lock = threading.RLock()
        self._admit = admit
        self._errors_are_json = errors_are_json
        self._trees: dict[str, str] = {}  # as JSON: thousands of trees would keep the garbage collector busy
        self._last_tree: tuple[str, Tree] | None = None
        self.expected: dict[str, Any] = {}  # queries read before they are bound, by their text
        self._described: dict[str, tuple[OutputColumn, ...]] = {}
        self._looked_up: dict[tuple[str, tuple[Any, ...]], list[tuple[Any, ...]]] = {}
        self._made: dict[Hashable, Any] = {}
        self._owes_texts = self._owes_texts_later = False  # later: not before `telling` ends

    @cached_property
    def _parser(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own, so that parsing depends on nothing the user did and needs no table."""
        return private_connection()

    def close(self) -> None:
        """Close the private parser; the user's connection belongs to the session."""
        if "_parser" in self.__dict__:
            self._parser.close()

    def interrupt(self) -> None:
        """Stop what runs on the connection, and on those beside it; from any thread."""
        for connection in (self.connection, *tuple(self.asides)):
            with suppress(duckdb.Error):
                connection.interrupt()

    def admit(self, script: str, span: Span) -> None:
        """Ask whether the slice of the script may run. Raises NotAllowed at the user's own words."""
        try:
            self._admit(script[span.start : span.end])
        except StratumError as error:
            raise moved(error, script, span.start) from None

    def admit_written(self, query: Composed, script: str) -> None:
        """The same of a query put together from the script's words."""
        try:
            self._admit(query.text)
        except StratumError as error:
            found = _span(query.text, error.diagnostic)
            place = None if found is None else query.origin(found.start, found.end)
            raise type(error)(replace(error.diagnostic, **locate(script, place))) from None  # type: ignore[arg-type]

    def parses(self, sql: str) -> bool:
        """Whether DuckDB's own parser takes the text."""
        with self.lock:
            return parses(self._parser, sql)

    def tree(self, query: Composed, script: str) -> Tree | None:
        """DuckDB's tree of one SELECT, or None where it has none (PIVOT). Raises BindError for what it cannot read."""
        if self._last_tree is not None and self._last_tree[0] == query.text:
            return self._last_tree[1]
        written = self._trees.get(query.text)
        if written is None:
            with self.lock:
                row = self._parser.execute("SELECT json_serialize_sql(?::VARCHAR)", [query.text]).fetchone()
            written = row[0] if row else '{"error": true}'
        answer = _answer(written)
        if not answer.get("error"):
            self._keep_tree(query.text, written)
            self._last_tree = query.text, answer["statements"][0]["node"]
            return self._last_tree[1]
        if answer.get("error_type") == "not implemented" or self.parses(query.text):
            return None
        raise self._syntax_error(answer, query, script)

    def read_trees(self, texts: Iterable[str]) -> None:
        """Ask for the trees of many queries at once, which costs a third of asking for each; `tree` then knows them.

        What cannot be read is left for `tree` to tell.
        """
        wanted = [text for text in dict.fromkeys(texts) if text not in self._trees]
        for start in range(0, min(len(wanted), _MOST_TREES // 2) if len(wanted) > 1 else 0, _TREES_AT_ONCE):
            some = wanted[start : start + _TREES_AT_ONCE]
            with self.lock, suppress(duckdb.Error):
                rows = self._parser.execute(
                    "SELECT text, json_serialize_sql(text) FROM unnest(?::VARCHAR[]) AS asked(text)", [some]
                ).fetchall()
                for text, written in rows:
                    self._keep_tree(text, written)

    def _keep_tree(self, text: str, written: str) -> None:
        self._trees[text] = written
        if len(self._trees) > _MOST_TREES:
            self._trees.pop(next(iter(self._trees)))

    def _syntax_error(self, answer: Tree, query: Composed, script: str) -> StratumError:
        place = str(answer.get("position", ""))
        span = query.origin_of_bytes(int(place), 1) if place.isdigit() else None
        said = answer.get("error_message") or refusal(self._parser, query.text) or "this is not a query"
        message = str(said).split("\n")[0]
        return BindError.at(script, span or query.origin(0, len(query.text)), "syntax", _clean(message))

    def kind(self, query: Composed, script: str) -> tuple[str, frozenset[str]]:
        """What DuckDB calls a statement, such as `SELECT`, and its parameters. Raises BindError `syntax`."""

        def read() -> tuple[str, frozenset[str]]:
            for statement in self.connection.extract_statements(query.text):
                return kind_of(statement), frozenset(statement.named_parameters)
            return "", frozenset()

        return self.once(("kind", query.text), lambda: self._run(query, script, read))

    def describe(self, query: Composed, script: str) -> tuple[OutputColumn, ...]:
        """Names and types of a query's columns, as DuckDB's binder finds them. Errors carry the user's place."""
        found = self._described.get(query.text)
        if found is None:
            self._admit(query.text)
            text = ours("DESCRIBE ") + query
            rows = self._run(text, script, lambda: self.connection.execute(text.text).fetchall())
            found = self._described[query.text] = tuple(OutputColumn(name, kind) for name, kind, *_ in rows)
        return found

    def forget(self) -> None:
        """Tables may have changed: what was described is asked again. Called before each group of statements."""
        self._described.clear()
        self.expected.clear()
        self._looked_up.clear()
        self._made.clear()

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, made once for a group of statements; what it raises is not kept."""
        if key not in self._made:
            self._made[key] = make()
        found: T = self._made[key]
        return found

    def table(self, query: Composed, script: str) -> pa.Table:
        """The rows of a query put together from the user's text."""
        self._admit(query.text)
        return self._run(query, script, lambda: self.connection.sql(query.text).to_arrow_table())

    def batches(self, query: Composed, script: str, rows: int) -> Generator[pa.RecordBatch, None, None]:
        """The rows of such a query, about `rows` at a time. Who asks anything else meanwhile waits: a connection has
        one open result."""
        self._admit(query.text)
        with self.lock, self._json_errors():
            reader = self._run(query, script, lambda: self.connection.sql(query.text).to_arrow_reader(rows))
            try:
                while (batch := self._run(query, script, lambda: next(reader, None))) is not None:
                    yield batch
            finally:
                reader.close()

    def constant(self, sql: str) -> Any:
        """The value of a constant; the caller has seen that its tree holds constants only."""
        with self.lock:
            row = self._parser.execute(f"SELECT {sql}").fetchone()
        return _plain(row[0]) if row else None

    def look_up(self, sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
        """`ask`, once for a group of statements: views and macros do not change while it is bound."""
        key = (sql, tuple(parameters))
        if key not in self._looked_up:
            self._looked_up[key] = self.ask(sql, parameters)
        return self._looked_up[key]

    def own_functions(self, *, anew: bool = False) -> list[tuple[Any, ...]]:
        """Functions and macros that are not DuckDB's own: lower-case name, type, parameters, and the body of a macro.

        Asked once for a group of statements, or `anew`: DuckDB lists all of its own first, for some 10 ms.
        """
        return self.ask(_OWN_FUNCTIONS) if anew else self.look_up(_OWN_FUNCTIONS, [])

    def ask(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query of ours about the catalogue."""
        with self.lock:
            return self.connection.execute(sql, parameters or []).fetchall()

    def _run(self, query: Composed, script: str, fetch: Callable[[], T]) -> T:
        with self.lock, self._json_errors():
            try:
                return fetch()
            except FAILURES as error:
                raise from_duckdb(error, query, script) from None
            except UnicodeDecodeError as error:
                raise from_duckdb(whole_text(error), query, script) from None
            except RuntimeError as error:
                raise from_duckdb(not_ctrl_c(error), query, script) from None

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Errors as JSON for many queries of ours in a row, which is cheaper than for each; else as `_json_errors`.

        In a transaction that an error has aborted it does nothing.
        """
        with ExitStack() as stack:
            with self.lock, suppress(duckdb.TransactionException):
                stack.enter_context(self._json_errors())
            yield

    @contextmanager
    def _json_errors(self) -> Iterator[None]:
        """Errors as JSON while a query of ours runs; the user's own statements keep DuckDB's texts."""
        if self._errors_are_json or self._owes_texts_later:
            yield
            return
        self.connection.execute("SET errors_as_json = true")
        self._owes_texts = self._owes_texts_later = True
        try:
            yield
        finally:
            self._owes_texts_later = False
            self.settle()

    def settle(self) -> None:
        """Put errors back to DuckDB's own texts, before a statement of the user's runs.

        In a transaction that an error has aborted nothing can be set: then it is done once that has ended.
        """
        if self._owes_texts:
            with suppress(duckdb.TransactionException):
                self.connection.execute("SET errors_as_json = false")
                self._owes_texts = False


def kind_of(statement: duckdb.Statement) -> str:
    """Such as `SELECT`; empty for one that DuckDB's Python client does not know, such as CONNECT."""
    try:
        return statement.type.name
    except ValueError:
        return ""


def _answer(written: str) -> Tree:
    """What DuckDB says of a text; nothing where its error shows half a character."""
    answer: Tree = json.loads(written or '{"error": true}')
    return answer


def _plain(value: Any) -> Any:
    """DuckDB reads 0.1 as a DECIMAL; parameters are floats."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(item) for item in value)
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def moved(error: StratumError, script: str, by: int) -> StratumError:
    """An error about a slice of the script, told about the script, in which the slice starts at `by`."""
    span = _span(script[by:], error.diagnostic)
    if span is None:
        return error
    return type(error)(replace(error.diagnostic, **locate(script, span.shift(by))))  # type: ignore[arg-type]


def _span(text: str, diagnostic: Diagnostic) -> Span | None:
    """Where in its text a diagnostic points to."""
    if diagnostic.line is None or diagnostic.column is None:
        return None
    end_line, end_column = diagnostic.end_line or diagnostic.line, diagnostic.end_column or diagnostic.column + 1
    return Span(_offset(text, diagnostic.line, diagnostic.column), _offset(text, end_line, end_column))


def _offset(text: str, line: int, column: int) -> int:
    lines = text.split("\n")
    return sum(len(row) + 1 for row in lines[: line - 1]) + column - 1


def interrupted(error: BaseException) -> StratumError:
    """Ctrl-C inside DuckDB arrives as RuntimeError."""
    return Interrupted(
        Diagnostic("interrupted", f"stopped by the caller ({error})".replace("\n", " "), "run", retryable=True)
    )


_CODES = {
    "COLUMN_NOT_FOUND": "unknown_column",
    "SYNTAX_ERROR": "syntax",
    "AMBIGUOUS_COLUMN": "ambiguous_column",
}


def from_duckdb(error: Exception, query: Composed, script: str, known: tuple[str, ...] = ()) -> StratumError:
    """A DuckDB error as a diagnostic at the user's own words, with DuckDB's candidates."""
    facts = error_facts(error)
    if facts.get("exception_type") == "INTERRUPT":
        return interrupted(error)
    message, name = facts["exception_message"], facts.get("name", "")
    if is_choice(str(name)) and facts.get("error_subtype") == "MISSING_ENTRY":
        hint = f"move it up: SELECT {name}(..) FROM (<this query>)"
        message = f"{name} chooses in the outermost SELECT list and in the models' parameters only"
        return BindError.at(script, _place(facts, query), "choice_below", message, hint=hint)
    candidates = _candidates(facts, known)
    phase: type[StratumError] = BindError if facts.get("exception_type") in _BINDING else RunError
    variable = _variable(message, query)
    if variable is not None:
        at = query.text.index(variable)
        hint = f"getvariable('{variable[1:]}') is what SET VARIABLE gave it"
        return phase.at(script, query.origin(at, at + len(variable)), _code(facts, message), _clean(message), hint=hint)
    return phase.at(
        script, _place(facts, query), _code(facts, message), _message(message, name, facts), did_you_mean=candidates
    )


_NO_VALUE = re.compile(r"Values were not provided for the following parameters: ([^\W\d]\w*)")


def _variable(message: str, query: Composed) -> str | None:
    """The first `$name` that has no value in a query of ours: DuckDB's Python client gives it none."""
    found = _NO_VALUE.search(message)
    return f"${found[1]}" if found is not None and f"${found[1]}" in query.text else None


_BINDING = {"Binder", "Catalog", "Parser", "Syntax", "Not implemented"}


def error_facts(error: Exception) -> dict[str, Any]:
    """What DuckDB says of an error, from its JSON form or, failing that, from its text."""
    text = str(error)
    start = text.find("{")
    if start >= 0:
        try:
            facts: dict[str, Any] = json.loads(text[start:])
        except ValueError:
            facts = {}
        if "exception_message" in facts:
            return facts
    return {"exception_type": type(error).__name__.removesuffix("Exception"), "exception_message": text}


def _candidates(facts: dict[str, Any], known: tuple[str, ...]) -> tuple[str, ...]:
    name = str(facts.get("name", ""))
    if facts.get("error_subtype") not in {"COLUMN_NOT_FOUND", "MISSING_ENTRY"}:
        return ()
    listed = [item.strip().strip('"') for item in str(facts.get("candidates", "")).split(",") if item.strip()]
    if "function" in str(facts.get("type", "")).lower():
        known = (*known, *registry.transform_names())  # DuckDB offers none of them
    return suggestions(name, [*known, *listed]) or tuple(listed[:3])


def _place(facts: dict[str, Any], query: Composed) -> Span | None:
    location = re.findall(r"\d+", str(facts.get("location", "")))
    if len(location) == 2:
        return query.origin_of_bytes(int(location[0]), int(location[1]))
    if str(facts.get("position", "")).isdigit():
        return query.origin_of_bytes(int(facts["position"]), 1)
    return None


def _code(facts: dict[str, Any], message: str) -> str:
    if facts.get("error_subtype") == "MISSING_ENTRY":
        return f"unknown_{str(facts.get('type', 'name')).lower().split()[-1]}"
    if "mbiguous reference" in message:
        return "ambiguous_column"
    kind = str(facts.get("exception_type", "error")).lower().replace(" ", "_")
    return _CODES.get(str(facts.get("error_subtype")), f"duckdb_{kind}")


def _message(message: str, name: str, facts: dict[str, Any]) -> str:
    if facts.get("error_subtype") == "COLUMN_NOT_FOUND":
        return f'no column "{name}" here'
    if facts.get("error_subtype") == "MISSING_ENTRY":
        return f'no {str(facts.get("type", "entry")).lower()} "{name}"'
    return _clean(message.split("\n")[0])


def _clean(message: str) -> str:
    return re.sub(r"^(\w+ )?Error: ", "", message).strip()
