"""`BEGIN BATCH … COMMIT BATCH`: statements that train wait, over as many calls as one likes, and run as one plan.

A statement is bound when it comes, so that its errors show at once, and again when the batch runs, as tables may have
changed. The answer to a statement that waits says so, and becomes its leaderboard when the batch has run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from stratum_sql.bind.options import bind_options
from stratum_sql.bind.scope import Scope
from stratum_sql.errors import BindError, StratumError, TooComplex
from stratum_sql.execute.leaderboard import together
from stratum_sql.grammar.syntax import (
    BeginBatch,
    CommitBatch,
    DescribeModel,
    DropModel,
    Evaluate,
    Explain,
    ExplainBatch,
    ExplainModel,
    ExportModel,
    Name,
    Nested,
    Predict,
    PromoteModel,
    RollbackBatch,
    RollbackModel,
    Scored,
    ShowVersions,
    Train,
    Transform,
)
from stratum_sql.items import Item
from stratum_sql.models.stored import key_of
from stratum_sql.plan.query import Options, TrainQuery
from stratum_sql.results import Result


@dataclass(slots=True)
class _Open:
    """The batch that is open: its options, what waits with the answers given for it, the keys of the models that it
    makes, the caller's tables it reads.
    """

    options: Options
    waiting: list[tuple[Item, Result]] = field(default_factory=list)
    made: set[str] = field(default_factory=set)
    lent: dict[str, Any] = field(default_factory=dict)


class Queue:
    """The batch of one session. At most `most` statements wait."""

    def __init__(self, scope: Scope, most: int) -> None:
        self._scope, self._most = scope, most
        self._open: _Open | None = None

    @property
    def is_open(self) -> bool:
        """Whether statements that train are to wait."""
        return self._open is not None

    @property
    def lent(self) -> Mapping[str, Any]:
        """The caller's tables that what waits reads, by name."""
        return {} if self._open is None else self._open.lent

    # -- statements ----------------------------------------------------------------------------------------------------

    def begin(self, text: str, statement: BeginBatch) -> Result:
        """Open a batch. Raises BindError for one in another, and for wrong options."""
        if self._open is not None:
            hint = "COMMIT BATCH runs it, ROLLBACK BATCH forgets it"
            raise BindError.at(text, statement.verb, "batch_open", "a batch is open already", hint=hint)
        self._open = _Open(bind_options(text, statement.options, self._scope.rules, self._scope.has_gpu))
        return Result.none(_written(text, statement))

    def roll_back(self, text: str, statement: RollbackBatch) -> Result:
        """Forget what waits. Raises BindError if no batch is open."""
        self._opened(text, statement)
        self._open = None
        return Result.none(_written(text, statement))

    def waiting(self, text: str, statement: CommitBatch | ExplainBatch) -> list[Item]:
        """What waits, in the order it came. Raises BindError if no batch is open."""
        return [item for item, _ in self._opened(text, statement).waiting]

    def wait(self, item: Item, bound: TrainQuery | Result, lent: Mapping[str, Any]) -> Result:
        """Let a statement wait that could be bound, reading the caller's tables `lent`; else its own answer."""
        if isinstance(bound, Result):
            return bound
        opened = self._open
        assert opened is not None
        problem = self._problem(opened, item, lent)
        if problem is not None:
            return Result.failed(problem, item.written)
        opened.lent.update(lent)
        table = pa.table({"statement": pa.array([len(opened.waiting) + 1], pa.int32()), "status": ["waiting"]})
        answer = Result.from_arrow(table, "rows", statement=item.written, warnings=bound.warnings)
        opened.waiting.append((item, answer))
        opened.made |= set() if bound.name is None else {key_of(bound.name)}
        return answer

    def with_options(self, item: Item, bound: TrainQuery | Result) -> TrainQuery | Result:
        """The statement's query with the batch's options, where it does not say otherwise."""
        if self._open is None or isinstance(bound, Result):
            return bound
        assert isinstance(item.statement, Train)
        said = {option.name: getattr(bound.options, option.name) for option in item.statement.options}
        rules = {**dict(self._open.options.rules), **dict(bound.options.rules)}
        options = replace(self._open.options, **{**said, "rules": tuple(rules.items())})
        return replace(bound, options=options)

    def answer(self, results: Sequence[Result], written: str) -> Result:
        """Close the batch, which has run: each answer becomes what its statement gave; all of them as one relation."""
        assert self._open is not None
        answers = tuple(answer for _, answer in self._open.waiting)
        for answer, result in zip(answers, results, strict=True):
            answer.become(result)
        self._open = None
        told = {number: one for number, one in enumerate(answers, 1) if one.kind != "none" or one.error is not None}
        whole = Result.from_arrow(
            together({number: _board(one) for number, one in told.items()}), "rows", statement=written
        )
        whole.parts = answers
        return whole

    # -- what is refused -----------------------------------------------------------------------------------------------

    def check(self, text: str, statement: object) -> None:
        """Raise BindError for a statement that runs at once and names a model that a waiting one is to make."""
        made = set() if self._open is None else self._open.made
        for name in _models_of(statement) if made else ():
            if key_of(name.last) in made:
                message = f'the model "{name.last}" is made by the open batch, which has not run'
                raise BindError.at(text, name.span, "waiting_model", message, hint="COMMIT BATCH runs it")

    def _problem(self, opened: _Open, item: Item, lent: Mapping[str, Any]) -> StratumError | None:
        if len(opened.waiting) >= self._most:
            message = f"{self._most:,} statements wait in this batch, and no more may"
            return TooComplex.at(item.text, item.span, "too_many_statements", message)
        other = next((name for name, value in lent.items() if opened.lent.get(name, value) is not value), None)
        if other is not None:
            message = f'"{other}" is another table than the one this batch reads by that name'
            hint = "give it another name, or session.register it"
            return BindError.at(item.text, item.span, "other_table", message, hint=hint)
        return _made_twice(opened, item)

    def _opened(self, text: str, statement: CommitBatch | RollbackBatch | ExplainBatch) -> _Open:
        if self._open is None:
            raise BindError.at(text, statement.verb, "no_batch", "no batch is open", hint="BEGIN BATCH opens one")
        return self._open


def _made_twice(opened: _Open, item: Item) -> StratumError | None:
    """The error for `CREATE MODEL` of a name that the batch makes already."""
    train = item.statement
    assert isinstance(train, Train)
    created, name = train.created, train.name
    if created is None or name is None or created.or_replace or created.if_not_exists:
        return None
    if key_of(name.last) not in opened.made:
        return None
    message = f'the open batch makes a model "{name.last}" already'
    return BindError.at(item.text, name.span, "model_exists", message)


def _written(text: str, statement: BeginBatch | RollbackBatch) -> str:
    return text[statement.span.start : statement.span.end]


def _board(result: Result) -> pa.Table:
    """A leaderboard; of a statement that failed a row that says why."""
    if result.error is None:
        return result.arrow()
    diagnostic = result.error.diagnostic
    return pa.table({"status": ["failed"], "error": [f"{diagnostic.code}: {diagnostic.message}"]})


def _models_of(statement: object) -> Iterator[Name]:
    match statement:
        case Predict(models=models) | Evaluate(models=models):
            yield from models
        case DescribeModel(model=model) | DropModel(model=model) | ExportModel(model=model):
            yield model
        case Transform(model=model) | ExplainModel(model=model):
            yield model
        case ShowVersions(model=model) | PromoteModel(model=model) | RollbackModel(model=model):
            yield model
        case Nested(queries=queries, calls=calls):
            for query in queries:
                yield from _models_of(query)
            yield from (call.model for call in calls)
        case Scored(calls=calls):
            yield from (call.model for call in calls)
        case Explain(query=query):
            yield from _models_of(query)
