"""Queries of models inside a statement of DuckDB: their answers become tables, which the statement then reads.

A head that names CTEs around it, or holds another query of models, is written out: it is put after the user's text, so
that every other place of the statement stays true, and what is said about it is told about the words it was made of.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import duckdb

from stratum_sql.bind.composed import Composed, Piece, ours
from stratum_sql.borrow import Lender
from stratum_sql.errors import Diagnostic, ParseError, Span, StratumError
from stratum_sql.execute.noted import listening
from stratum_sql.grammar.syntax import Applied, Cte, Listing, Nested, Query, Train, head_of
from stratum_sql.models.streamed import PredictedRows
from stratum_sql.plain import told, told_in
from stratum_sql.plan.query import TrainQuery
from stratum_sql.results import Result


class Runner(Protocol):
    """What a session does with queries that stand by themselves."""

    def bind(self, text: str, query: Train) -> TrainQuery:
        """A bound TRAIN query. Raises StratumError."""

    def train(self, queries: Sequence[TrainQuery]) -> list[Result]:
        """The leaderboards of a batch."""

    def apply(self, text: str, query: Applied | Listing) -> Result:
        """The answer to a query or listing that trains nothing. Raises StratumError."""

    def inside(self, text: str, query: Applied | Listing, error: str) -> str | PredictedRows | None:
        """A query of DuckDB with that answer, or rows that it can read, None where there is neither. Raises
        StratumError."""


@dataclass(frozen=True, slots=True)
class Written:
    """An inner query by itself: `text` is the user's, followed by its head where that had to be written out."""

    text: str
    query: Query | Listing
    head: Composed | None
    script: str

    def told(self, diagnostic: Diagnostic) -> Diagnostic:
        """A diagnostic about `text`, told about the script."""
        return diagnostic if self.head is None else told(diagnostic, self.head, self.script, len(self.script) + 1)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Errors of what is inside are about `text`: tell them about the script."""
        try:
            yield
        except StratumError as error:
            if self.head is None:
                raise
            raise told_in(error, self.head, self.script, len(self.script) + 1) from error.__cause__


def written(script: str, nested: Nested, index: int, fillings: Sequence[str]) -> Written:
    """Query number `index`, the answers of those before it read from `fillings`, the CTEs it may name put before its
    head.
    """
    query = nested.queries[index]
    ctes = nested.scopes[index] if nested.scopes else ()
    if isinstance(query, Listing) or (not ctes and not holes_in(nested, index)):
        return Written(script, query, None, script)
    pieces = list(zip(nested.holes[:index], fillings[:index], strict=True))
    head = _with(ctes, filled(script, query.head, pieces), lambda cte: filled(script, cte.span, pieces))
    text = f"{script}\n{head.text}"
    return Written(text, replace(query, head=Span(len(script) + 1, len(text))), head, script)


def holes_in(nested: Nested, index: int) -> list[int]:
    """The queries that stand inside query number `index`, or inside a CTE it may name."""
    ctes = nested.scopes[index] if nested.scopes else ()
    spans = [head_of(nested.queries[index]), *(cte.span for cte in ctes)]
    return [i for i in range(index) if any(_within(nested.holes[i], span) for span in spans)]


Filling = tuple[Span, str | Composed]


def filled(script: str, span: Span, pieces: Sequence[Filling]) -> Composed:
    """The slice, each hole that lies in it and in no other hole of it replaced."""
    inside = [one for one in pieces if _within(one[0], span)]
    outer = [one for one in inside if not any(other[0] != one[0] and _within(one[0], other[0]) for other in inside)]
    found, at = Composed(), span.start
    for hole, filling in sorted(outer, key=lambda one: one[0].start):
        made = filling if isinstance(filling, Composed) else Composed(Piece(filling, hole))
        found += Composed.verbatim(script, Span(at, hole.start)) + made
        at = hole.end
    return found + Composed.verbatim(script, Span(at, span.end))


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


_OWN_WITH = re.compile(r"with\b(\s+recursive\b(?!\s+as\b))?", re.IGNORECASE)


def _with(ctes: Sequence[Cte], query: Composed, write: Callable[[Cte], Composed]) -> Composed:
    """`query` with the definitions before it, the last of each name; its own WITH clause, if it has one, goes on."""
    if not ctes:
        return query
    own = _OWN_WITH.match(query.text)
    recursive = any(cte.recursive for cte in ctes) or (own is not None and own[1] is not None)
    found = ours("WITH RECURSIVE " if recursive else "WITH ")
    for number, cte in enumerate({cte.name.lower(): cte for cte in ctes}.values()):
        found += ours(", " if number else "") + write(cte)
    rest = query if own is None else query.cut(own.end(), len(query.text))
    return found + ours(" " if own is None else ", ") + rest


_REFUSED = "a model refuses a row"


class NestedRun:
    """One statement with queries of models in it, run from the inside to the outside."""

    def __init__(
        self,
        script: str,
        nested: Nested,
        connection: duckdb.DuckDBPyConnection,
        runner: Runner,
        lender: Lender,
        *,
        streams: bool = False,
    ) -> None:
        self.script, self.nested, self.connection = script, nested, connection
        self.runner, self.lender = runner, lender
        self.names = [f"__stratum_{uuid.uuid4().hex[:12]}" for _ in nested.queries]
        self.fillings = [f"(FROM {name})" for name in self.names]
        self.warnings: list[Diagnostic] = []
        self.streams = streams
        self.streamed: set[int] = set()  # queries whose filling is a query, and no answer
        self.read: dict[int, tuple[Written, PredictedRows]] = {}  # queries whose answer is made while it is read

    def run(self, outside: Callable[[Sequence[Filling]], Result]) -> Result:
        """Answer the inner queries, then hand what stands in their holes to `outside`."""
        try:
            for group in self._groups():
                if not self._stream(group):
                    self._answer(group)
            result = self._outside(outside)
            result.warnings = (*self.warnings, *result.warnings)
            return result
        finally:
            for name in self.names:
                with suppress(duckdb.Error):
                    self.connection.unregister(name)

    def _outside(self, outside: Callable[[Sequence[Filling]], Result]) -> Result:
        """The statement with its holes filled; once more with answers where a model refused a row of a stream."""
        try:
            with listening() if self.read else nullcontext():
                return self.lender.run(lambda: outside(self._fillings()))
        except StratumError as error:
            self._tell_reading()
            if _REFUSED not in error.diagnostic.message:
                raise
        for index in sorted(self.streamed):
            self.fillings[index] = f"(FROM {self.names[index]})"
            self._answer([index])
        return self.lender.run(lambda: outside(self._fillings()))

    def _tell_reading(self) -> None:
        """Raise what ended the reading of an answer, of which DuckDB tells only that it ended."""
        for one, rows in self.read.values():
            if rows.error is not None:
                with one.telling():
                    raise rows.error

    def _fillings(self) -> list[Filling]:
        return list(zip(self.nested.holes, self.fillings, strict=True))

    def _stream(self, group: Sequence[int]) -> bool:
        """Let DuckDB make the answer while it reads it, if it can: then the rows are never there at once."""
        index = group[0]
        query = self.nested.queries[index]
        if not self.streams or isinstance(query, Train) or holes_in(self.nested, index):
            return False
        one = written(self.script, self.nested, index, self.fillings)
        assert not isinstance(one.query, Train)
        with one.telling():
            made = self.lender.run(partial(self.runner.inside, one.text, one.query, _REFUSED))
        if made is None or any(index in holes_in(self.nested, other) for other in range(len(self.nested.queries))):
            return False
        if isinstance(made, str):
            self.fillings[index] = f"({made}\n)"
            self.streamed.add(index)
        else:
            self.read[index] = one, made
            self.connection.register(self.names[index], made)
        return True

    def _groups(self) -> Iterator[list[int]]:
        """TRAIN queries that wait for nothing, and stand one after the other, are one batch; any other query is
        alone.
        """
        group: list[int] = []
        for index, query in enumerate(self.nested.queries):
            if isinstance(query, Train) and not holes_in(self.nested, index):
                group.append(index)
                continue
            if group:
                yield group
            group = []
            yield [index]
        if group:
            yield group

    def _answer(self, group: Sequence[int]) -> None:
        inner = [written(self.script, self.nested, index, self.fillings) for index in group]
        for index, one, result in zip(group, inner, self._results(inner), strict=True):
            self.warnings += map(one.told, result.warnings)
            self.connection.register(self.names[index], result.arrow())

    def _results(self, inner: Sequence[Written]) -> list[Result]:
        bound = []
        for one in inner:
            if not isinstance(one.query, Train):
                return [self._applied(one, one.query)]
            with one.telling():
                bound.append(self.lender.run(partial(self.runner.bind, one.text, one.query)))
        results = self.runner.train(bound)
        for one, result in zip(inner, results, strict=True):
            with one.telling():
                if result.error is not None:
                    raise result.error
        return results

    def _applied(self, one: Written, query: Applied | Listing) -> Result:
        with one.telling():
            return self.lender.run(lambda: self.runner.apply(one.text, query))


def bind_nested(script: str, nested: Nested, bind: Callable[[str, Train], TrainQuery]) -> list[TrainQuery]:
    """The TRAIN queries of a statement, bound for EXPLAIN, which runs nothing.

    Raises ParseError for a query whose columns only the run of another can tell.
    """
    found = []
    for index, query in enumerate(nested.queries):
        if not isinstance(query, Train):
            continue
        if holes_in(nested, index):
            message = "EXPLAIN cannot show a query that reads the answer of another: its columns are not known yet"
            raise ParseError.at(script, query.verb, "not_supported", message, hint="EXPLAIN the inner query")
        one = written(script, nested, index, [""] * index)
        assert isinstance(one.query, Train)
        with one.telling():
            found.append(bind(one.text, one.query))
    return found
