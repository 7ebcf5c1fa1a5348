"""Models called in the expressions of DuckDB's own statements: each call is a function for as long as its statement.

The rest of the text stays the user's, place by place, so that what DuckDB says is told at the user's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from types import TracebackType
from typing import TypeVar

import duckdb

from stratum_sql.bind.composed import Composed, Piece, ours
from stratum_sql.errors import BindError, RunError, Span, StratumError, locate, suggestions
from stratum_sql.grammar.syntax import ScalarCall
from stratum_sql.grammar.tokens import QUOTED, WORD, Words
from stratum_sql.models.scalar import ModelFunction
from stratum_sql.models.store import Store
from stratum_sql.models.stored import StoredModel
from stratum_sql.nested import Filling, filled

T = TypeVar("T")


class CalledModels:
    """The functions of the calls of one statement, from `with` to its end. `lend` is told their names.

    Entering raises BindError for an unknown model and for arguments that are not its columns, RunError for a model that
    cannot be called.
    """

    def __init__(
        self,
        script: str,
        calls: Sequence[ScalarCall],
        connection: duckdb.DuckDBPyConnection,
        store: Store,
        lend: Callable[[Iterable[str]], None],
    ) -> None:
        self._script, self._calls, self._lend = script, calls, lend
        self._connection, self._store = connection, store
        self._made: dict[StoredModel, ModelFunction] = {}
        self._functions: list[ModelFunction] = []
        self._given: list[list[Span]] = []

    def __enter__(self) -> CalledModels:
        try:
            for call in self._calls:
                function = self._function(call)
                self._given.append(in_order(self._script, call, function.columns))
                self._functions.append(function)
            for one in self._made.values():
                one.make(once=not all(map(self._is_cheap, self._values_of(one))))
        except BaseException:
            self._drop()
            raise
        self._lend(name for one in self._made.values() for name in one.names)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lend(())
        self._drop()

    def written(self, span: Span, fillings: Sequence[Filling]) -> Composed:
        """The slice of the script with its calls, and the holes of queries, filled."""
        pieces = list(fillings)
        for call, function, given in zip(self._calls, self._functions, self._given, strict=True):
            made = Composed(Piece(f"{function.name}(", call.model.span))
            for at, argument in enumerate(given):
                made += ours(", " if at else "") + filled(self._script, argument, pieces)
            pieces.append((call.span, made + ours(")")))
        return filled(self._script, span, pieces)

    def run(self, step: Callable[[], T]) -> T:
        """Run `step`. Raises what a model says of its rows, at its call, where DuckDB tells only that it failed."""
        try:
            return step()
        except StratumError as error:
            raise self._told(error) from error.__cause__

    def _values_of(self, function: ModelFunction) -> list[Span]:
        """What all calls of a function give it."""
        calls = zip(self._functions, self._given, strict=True)
        return [span for one, given in calls if one is function for span in given]

    def _is_cheap(self, span: Span) -> bool:
        return is_cheap(self._script[span.start : span.end])

    def _function(self, call: ScalarCall) -> ModelFunction:
        name = call.model
        model = self._store.load(name.last, self._script, name.span, name.version)
        if model not in self._made:
            try:
                self._made[model] = ModelFunction(self._connection, model)
            except RunError as error:
                raise RunError(replace(error.diagnostic, **locate(self._script, call.span))) from None  # type: ignore[arg-type]
        return self._made[model]

    def _told(self, error: StratumError) -> StratumError:
        """What a model said when DuckDB called it, instead of DuckDB's words about that."""
        for call, function in zip(self._calls, self._functions, strict=True):
            if function.error is not None and function.error.diagnostic.message in error.diagnostic.message:
                return RunError(replace(function.error.diagnostic, **locate(self._script, call.span)))  # type: ignore[arg-type]
        return error

    def _drop(self) -> None:
        for function in self._made.values():
            function.drop()


_CHEAP = "ABS CAST CEIL COALESCE FLOOR GREATEST IF IFNULL LEAST NULLIF ROUND TRY_CAST"
_CALL_NOTHING = "AND CASE ELSE IN NOT OR THEN WHEN"
_BEFORE_BRACKETS = frozenset(f"{_CHEAP} {_CALL_NOTHING}".split())


def is_cheap(value: str) -> bool:
    """Whether a value may be computed several times a row: the same each time, and in no time. A subquery, a parameter,
    and a function that is not known for it, which may draw lots, may not."""
    tokens = Words(value).tokens
    called = {one.upper for one, after in pairwise(tokens) if one.kind in (WORD, QUOTED) and after.text == "("}
    other = any(one.upper in ("SELECT", "FROM", "?") or one.text.startswith("$") for one in tokens)
    return not other and called <= _BEFORE_BRACKETS


def in_order(script: str, call: ScalarCall, columns: Sequence[str]) -> list[Span]:
    """The values of a call in the order of the model's columns. Raises BindError where they are not these."""
    plain = [one for one in call.arguments if one.name is None]
    given = dict(zip(columns, (one.value for one in plain), strict=False))
    for one in call.arguments[len(plain) :]:
        name, span = str(one.name).lower(), one.span
        if name not in columns:
            near = suggestions(name, columns)
            message = f"{call.model.last} has no input {one.name}"
            raise _wrong(script, span, "unknown_argument", message, columns, near)
        if name in given:
            raise _wrong(script, span, "argument_twice", f"{one.name} is given twice", columns)
        given[name] = one.value
    if len(plain) > len(columns) or len(given) < len(columns):
        message = f"{call.model.last} takes {len(columns)} columns, and {len(call.arguments)} are given"
        raise _wrong(script, call.span, "wrong_arguments", message, columns)
    return [given[name] for name in columns]


def _wrong(
    script: str, span: Span, code: str, message: str, columns: Sequence[str], near: Sequence[str] = ()
) -> StratumError:
    hint = f"its columns, in order: {', '.join(columns)}"
    return BindError.at(script, span, code, message, hint=hint, did_you_mean=tuple(near))
