"""Statements that train: bound together and run as one plan, or made to wait for the rest of an open batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from stratum_sql.bind.database import Database
from stratum_sql.borrow import Lender
from stratum_sql.errors import StratumError, placed
from stratum_sql.grammar.syntax import CommitBatch, Explain, ExplainBatch, Nested, Train
from stratum_sql.items import Item
from stratum_sql.model_statements import ModelStatements
from stratum_sql.plain import from_plain
from stratum_sql.plan.query import TrainQuery
from stratum_sql.queued import Queue
from stratum_sql.results import Result
from stratum_sql.training import Training
from stratum_sql.uncollected import uncollected

Lend = Callable[[Mapping[str, Any]], Lender]  # a lender that has these tables already


class Batches:
    """The batches of one session."""

    def __init__(self, database: Database, training: Training, models: ModelStatements, queue: Queue) -> None:
        self._database, self._training, self._models, self._queue = database, training, models, queue

    def run(self, group: Sequence[Item], lender: Lender) -> list[Result]:
        """Bind, plan and run adjacent TRAIN statements as one batch, or let them wait for the one that is open."""
        bound = self._bound_group(group, lender)
        if self._queue.is_open:
            return [self._queue.wait(item, one, lender.lent) for item, one in zip(group, bound, strict=True)]
        return [_placed(one, item) for one, item in zip(self._training.train_bound(bound), group, strict=True)]

    def commit(self, item: Item, statement: CommitBatch, lend: Lend) -> Result:
        """Run what waits as one plan. Raises BindError if no batch is open."""
        waiting = self._queue.waiting(item.text, statement)
        with lend(self._queue.lent) as lender:
            results = self._training.train_bound(self._bound_again(waiting, lender))
        results = [_placed(one, waits) for one, waits in zip(results, waiting, strict=True)]
        return self._queue.answer(results, item.written)

    def explain(self, item: Item, statement: ExplainBatch, lend: Lend) -> Result:
        """The plan of what waits. Raises BindError if no batch is open, or if one of its statements became wrong."""
        waiting = self._queue.waiting(item.text, statement)
        with lend(self._queue.lent) as lender:
            bound = self._bound_again(waiting, lender)
            failed = next((one.error for one in bound if isinstance(one, Result) and one.error is not None), None)
            if failed is not None:
                raise failed
            queries = [one for one in bound if isinstance(one, TrainQuery)]
            return self._training.explain_bound(queries, statement, item.written)

    def expect(self, items: Iterable[Item], lender: Lender) -> None:
        """Prepare for binding many statements: what can be asked at once is."""
        self._training.expect(((item.text, item.statement) for item in items), lender.run)

    def bound_all(self, item: Item) -> list[TrainQuery]:
        """The TRAIN queries of a statement, bound; none for other statements. Raises StratumError."""
        match item.statement:
            case StratumError() as error:
                raise error
            case Explain(query=query):
                return self._training.bind_all(item.text, query)
            case Train() | Nested() as query:
                return self._training.bind_all(item.text, query)
        return []

    def _bound_group(self, group: Sequence[Item], lender: Lender) -> list[TrainQuery | Result]:
        """The statements bound; those that cannot be fail alone."""
        with self._database.telling(), uncollected():
            self.expect(group, lender)
            return [self._bound(item, lender) for item in group]

    def _bound_again(self, waiting: Sequence[Item], lender: Lender) -> list[TrainQuery | Result]:
        """What waits, with the options of its batch: tables may have changed since it came."""
        bound = self._bound_group(waiting, lender)
        return [self._queue.with_options(item, one) for item, one in zip(waiting, bound, strict=True)]

    def _bound(self, item: Item, lender: Lender) -> TrainQuery | Result:
        try:
            if self._models.is_left(item.text, item.statement):
                return Result.none(item.written)
            (query,) = lender.run(lambda: self.bound_all(item))
        except StratumError as error:
            return Result.failed(error, item.written)
        except duckdb.Error as error:
            return Result.failed(from_plain(error), item.written)
        return replace(query, request=item.request)


def _placed(result: Result, item: Item) -> Result:
    """An error that names no place, as those of data, has that of its statement."""
    if result.error is not None:
        result.error = placed(result.error, item.text, item.span)
    return result
