"""Plans for shells: the query of DuckDB's that does what a block of ours asks for.

    SELECT unnest(from_json(answer, …), max_depth := 2)
    FROM (SELECT stratum_fit('<spec>', rows) AS answer FROM (SELECT * FROM t) AS rows)

`stratum_fit` is an aggregate of the shell's extension: it sends the rows here, and gives what the statement answers.
The names and types of the columns must be known before: they follow from the statement, and from kept models.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from stratum_sql.bind.composed import Composed, ours
from stratum_sql.bind.database import Database
from stratum_sql.bind.names import Names
from stratum_sql.bind.options import bind_options
from stratum_sql.bind.scope import Scope
from stratum_sql.errors import BindError, ParseError, StratumError
from stratum_sql.grammar.parse import parse_one
from stratum_sql.grammar.statements import is_show_models
from stratum_sql.grammar.syntax import Explain, Name, Nested, Plain, Query, Scored, ShowModels, Statement, Train
from stratum_sql.nested import Filling, filled
from stratum_sql.serve.boards import WAITING, leaderboard_columns
from stratum_sql.serve.planned_models import AskSession, plan_of_models
from stratum_sql.serve.shipped import ORDER, Shipped, rewritten, shipped
from stratum_sql.serve.specs import Asked, Spec, over_rows
from stratum_sql.session import Session
from stratum_sql.trust.private import private_connection


class Planner:
    """Makes plans, one at a time. Of `scope`, the session's, only names are asked; `ask_session` calls a function with
    the session, when nothing runs in it."""

    def __init__(self, scope: Scope, ask_session: AskSession) -> None:
        self._connection = private_connection()
        self._database = Database(self._connection, lambda _: None)
        names = Names(self._database, scope.names.find, may_have_macros=False)
        self._scope = replace(scope, database=self._database, names=names)
        self._ask_session = ask_session
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of the parser."""
        self._database.close()
        self._connection.close()

    def plan(self, asked: Asked) -> str:
        """The query. Raises StratumError at the user's own words."""
        with self._lock:
            self._database.forget()
            statement = parse_one(asked.text, self._database.parses)
            if isinstance(statement, Plain) and is_show_models(asked.text):
                statement = ShowModels(statement.span, statement.span)
            return self._nested(asked, statement) if isinstance(statement, Nested) else self._one(asked, statement, ())

    def _nested(self, asked: Asked, nested: Nested) -> str:
        """A query with queries of ours in it: each is put in its place as its own plan."""
        fillings: list[Filling] = []
        for hole, query in zip(nested.holes, nested.queries, strict=True):
            fillings.append((hole, f"({self._one(asked, query, fillings)}\n)"))
        if nested.calls:
            raise _not_here(asked.text, Scored(nested.calls[0].span, nested.calls))
        if nested.holes[-1] == nested.span:
            return f"FROM {fillings[-1][1]}"
        return filled(asked.text, nested.span, fillings).text

    def _one(self, asked: Asked, statement: Statement, fillings: Sequence[Filling]) -> str:
        match statement:
            case Train():
                return self._train(asked, statement, fillings)
            case Plain() | Scored() | Explain() | Nested():
                raise _not_here(asked.text, statement)
        return plan_of_models(asked, statement, partial(self._cut, asked, fillings), self._asking)

    def _asking(self, action: Callable[[Session], Any]) -> Any:
        """Ask the session, which may be busy for long: others plan meanwhile."""
        self._lock.release()
        try:
            return self._ask_session(action)
        finally:
            self._lock.acquire()

    def _train(self, asked: Asked, statement: Train, fillings: Sequence[Filling]) -> str:
        columns = leaderboard_columns(asked.text, statement, self._scope)
        cut = self._cut(asked, fillings, statement)
        written = rewritten(asked.text, statement, cut.head)
        if not statement.metrics and "accuracy_mean" in columns:
            written = _with_accuracy(asked.text, statement, written)
        spec = Spec("train", asked.text, written, columns, cut.tables, asked.shell)
        source = self._in_order(asked, statement, cut)
        if asked.waits:
            return over_rows(replace(spec, kind="wait"), source, WAITING)
        return over_rows(spec, source, columns)

    def _in_order(self, asked: Asked, statement: Train, cut: Shipped) -> str:
        """What the shell runs; where rows are to stay in the query's order, with their numbers."""
        if not bind_options(asked.text, statement.options, self._scope.rules).keep_order:
            return cut.source
        if cut.tables:
            message = "in a shell rows of a join keep their order only if no column is written with its table's name"
            raise BindError.at(asked.text, statement.head, "not_in_a_shell", message)
        return f"SELECT row_number() OVER () AS {ORDER}, * FROM ({cut.source}\n)"

    def _cut(self, asked: Asked, fillings: Sequence[Filling], query: Query) -> Shipped:
        head = filled(asked.text, query.head, fillings)
        with_table = any(len(name.parts) > 1 for name in _names(query))
        return shipped(asked.text, head, with_table, self._database, self._scope.names)


_HINTS: Mapping[type, str] = {
    Plain: "a statement of DuckDB's own is run as it is",
    Scored: "… PREDICT MODEL m gives predictions",
    Explain: "EXPLAIN stands before the query that the shell runs",
    Nested: "",
}


def _not_here(script: str, statement: Plain | Scored | Explain | Nested) -> StratumError:
    message = "this is no statement of models that a shell can hand on"
    return ParseError.at(script, statement.span, "not_in_a_shell", message, hint=_HINTS[type(statement)] or None)


def _names(query: Query) -> list[Name]:
    """The columns that are named after the verb."""
    found: list[Name] = list(getattr(query, "targets", ()))
    if isinstance(query, Train):
        options = getattr(query.split, "options", None)
        roles = [getattr(options, role, None) for role in ("groups", "order_by", "stratify_by")]
        named = [query.weight, getattr(query.split, "column", None), *roles]
        found += [*query.partition_by, *(one for one in named if one is not None)]
    return found


def _with_accuracy(script: str, statement: Train, written: Composed) -> Composed:
    """The statement with the metric that it does not say; in the core form it is an argument."""
    if script[statement.verb.start : statement.verb.end].lower().endswith("train_model"):
        last = written.text.rindex(")")
        return written.cut(0, last) + ours(", metric => accuracy)")
    return written + ours(" METRIC accuracy")
