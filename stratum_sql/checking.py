"""Statements read and bound, and never run: everything that can be known to be wrong with them, at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from stratum_sql.bind.bind_train import bind_train, problems
from stratum_sql.bind.composed import Composed
from stratum_sql.bind.scope import Scope
from stratum_sql.errors import Diagnostic, StratumError, locate
from stratum_sql.grammar.syntax import (
    Applied,
    DescribeModel,
    DropModel,
    Evaluate,
    Explain,
    ExplainModel,
    ExportModel,
    ImportModel,
    Nested,
    Plain,
    Predict,
    PromoteModel,
    Query,
    RollbackModel,
    ScalarCall,
    Scored,
    ShowVersions,
    Statement,
    Train,
    Transform,
)
from stratum_sql.items import Item
from stratum_sql.models.store import Store
from stratum_sql.plain import check_plain

_OfModel = DescribeModel | ShowVersions | DropModel | ExportModel | PromoteModel | RollbackModel
# what a statement before it may make
_MAY_COME = frozenset({"unknown_table", "unknown_model", "unknown_version", "unknown_alias", "unknown_column"})
_MAY_COME |= {"duckdb_catalog", "duckdb_io"}  # a schema, a file
_MAKE_NOTHING = ("SELECT", "EXPLAIN", "")


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in the statements of one text, in the order of its statements."""

    statements: int
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> int:
        """How many of them are errors; the others are warnings."""
        return sum(one.severity == "error" for one in self.diagnostics)


class Checker:
    """Checks texts. `lend` runs a step, again where it asks for a table that the caller has as a variable."""

    def __init__(self, scope: Scope, store: Store, lend: Callable[[Callable[[], Any]], Any]) -> None:
        self._scope, self._store, self._lend = scope, store, lend

    def check(self, items: Sequence[Item]) -> Checked:
        """The statements of one text. A table, a column or a model that is not there is only a warning once a statement
        that may make one stands before it: one of DuckDB's own other than a SELECT, or one that keeps a model.
        """
        found: list[Diagnostic] = []
        makes = False
        for item in items:
            told = [_placed(one, item) for one in self._statement(item)]
            found += map(_perhaps, told) if makes else told
            makes = makes or self._may_make(item)
        return Checked(len(items), tuple(found))

    def _statement(self, item: Item) -> Iterator[Diagnostic]:
        if isinstance(item.statement, StratumError):
            yield item.statement.diagnostic
            return
        if isinstance(item.statement, Plain):
            text = Composed.verbatim(item.text, item.span)
            yield from _told(lambda: self._lend(lambda: check_plain(self._scope.database, text, item.text)))
        for query in _queries(item.statement):
            yield from self._query(item.text, query)
        for call in _calls(item.statement):
            model = call.model
            yield from _told(lambda model=model: self._store.entry(model.last, item.text, model.span, model.version))  # type: ignore[misc]

    def _may_make(self, item: Item) -> bool:
        """Whether a statement may make a table or a model."""
        if isinstance(item.statement, Plain):
            text = Composed.verbatim(item.text, item.span)
            with suppress(StratumError):
                return self._scope.database.kind(text, item.text)[0] not in _MAKE_NOTHING
            return False
        return isinstance(item.statement, Scored | Nested | ImportModel) or (
            isinstance(item.statement, Train) and item.statement.name is not None
        )

    def _query(self, text: str, query: Query | _OfModel) -> Iterator[Diagnostic]:
        match query:
            case Train():
                yield from self._train(text, query)
            case DropModel(if_exists=True):
                return
            case (
                DescribeModel(model=model)
                | DropModel(model=model)
                | ShowVersions(model=model)
                | ExportModel(model=model)
            ):
                yield from _told(lambda: self._store.entry(model.last, text, model.span, model.version))
            case PromoteModel(model=model) | RollbackModel(model=model):
                yield from _told(lambda: self._store.entry(model.last, text, model.span, model.version))
            case _:
                yield from self._applied(text, query)

    def _train(self, text: str, query: Train) -> Iterator[Diagnostic]:
        try:
            yield from self._lend(lambda: bind_train(text, query, self._scope)).warnings
        except StratumError:
            yield from (error.diagnostic for error in problems(text, query, self._scope))

    def _applied(self, text: str, query: Applied) -> Iterator[Diagnostic]:
        database = self._scope.database
        models = query.models if isinstance(query, Predict | Evaluate) else (query.model,)
        for model in models:
            yield from _told(lambda model=model: self._store.entry(model.last, text, model.span, model.version))  # type: ignore[misc]
        yield from _told(lambda: database.admit(text, query.head))
        yield from _told(lambda: self._lend(lambda: database.describe(Composed.verbatim(text, query.head), text)))


def _queries(statement: Statement) -> Iterator[Query | _OfModel]:
    """What of a statement can be checked; queries that read the answer of another one cannot."""
    match statement:
        case Explain(query=query):
            yield from _queries(query)
        case Nested(queries=queries, holes=holes, scopes=scopes):
            for index, query in enumerate(queries):
                reads = any(hole.start >= query.span.start and hole.end <= query.span.end for hole in holes[:index])
                if not (reads or (scopes and scopes[index])):
                    yield from _queries(query)
        case Plain() | Scored():
            return
        case Train() | Predict() | Evaluate() | Transform() | ExplainModel():
            yield statement
        case DescribeModel() | ShowVersions() | DropModel() | ExportModel() | PromoteModel() | RollbackModel():
            yield statement


def _calls(statement: Statement) -> tuple[ScalarCall, ...]:
    return statement.calls if isinstance(statement, Scored | Nested) else ()


def _placed(diagnostic: Diagnostic, item: Item) -> Diagnostic:
    """At its statement, where DuckDB names no place."""
    place: dict[str, Any] = locate(item.text, item.span)
    return diagnostic if diagnostic.line is not None else replace(diagnostic, **place)


def _perhaps(diagnostic: Diagnostic) -> Diagnostic:
    if diagnostic.code not in _MAY_COME:
        return diagnostic
    return replace(
        diagnostic,
        severity="warning",
        message=f"{diagnostic.message.removesuffix('.')}, unless a statement before makes it",
    )


def _told(step: Callable[[], object]) -> Iterator[Diagnostic]:
    try:
        step()
    except StratumError as error:
        yield error.diagnostic
