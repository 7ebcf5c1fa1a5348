"""TRAIN, CREATE MODEL, PREDICT, EVALUATE and EXPLAIN, from syntax tree to result."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pyarrow as pa

from stratum_sql.bind.bind_train import bind_train
from stratum_sql.bind.features import expect_heads
from stratum_sql.bind.scope import Scope
from stratum_sql.errors import BindError, RunError, StratumError
from stratum_sql.execute.batch import Settings, run_batch
from stratum_sql.execute.events import Listener
from stratum_sql.execute.gpu import found_gpu, planned_device
from stratum_sql.execute.groups import Parted, part
from stratum_sql.execute.leaderboard import fold_table, leaderboard
from stratum_sql.execute.operators import Operators
from stratum_sql.execute.outcomes import BatchResult, StatementResult
from stratum_sql.execute.rounds import Finished, run_rounds
from stratum_sql.grammar.parse import parse_one
from stratum_sql.grammar.syntax import (
    Applied,
    Evaluate,
    Explain,
    ExplainBatch,
    ExplainModel,
    Listing,
    Name,
    Nested,
    Predict,
    Query,
    Statement,
    Train,
    Transform,
)
from stratum_sql.model_statements import ModelStatements
from stratum_sql.models.evaluate import evaluate
from stratum_sql.models.explained import explain_model
from stratum_sql.models.journal import Journal, keep, kept_models
from stratum_sql.models.lineage import lineages_of
from stratum_sql.models.reproduction import Reproduction, compare
from stratum_sql.models.run import predict, predict_inside, transform
from stratum_sql.models.store import Store
from stratum_sql.models.streamed import PredictedRows
from stratum_sql.models.together import predict_together
from stratum_sql.nested import bind_nested
from stratum_sql.optimizer.cost.device import Device
from stratum_sql.plan.query import Mode, TrainQuery
from stratum_sql.report import explain_batch
from stratum_sql.results import Result, Summary


class Training:
    """The statements of models of one session. `stop` ends a batch with what is done."""

    def __init__(
        self,
        scope: Scope,
        store: Store,
        models: ModelStatements,
        operators: Operators,
        settings: Settings,
        listener: Listener | None,
        stop: threading.Event,
    ) -> None:
        self.scope, self.store, self.models, self.operators = scope, store, models, operators
        self.settings, self.listener, self.stop = settings, listener, stop

    def place(self, mode: Mode) -> None:
        """Where models are trained from now on, unless a statement says it."""
        self.settings = replace(self.settings, device=mode)

    def switch(self, rule: str, on: bool) -> None:
        """Use a rule of the optimizer from now on, or leave it out."""
        self.settings = replace(self.settings, switches={**self.settings.switches, rule: on})

    def expect(
        self,
        statements: Iterable[tuple[str, Statement | StratumError]],
        lend: Callable[[Callable[[], object]], object],
    ) -> None:
        """Prepare for `bind` of many statements, each with the text it stands in: what can be asked at once is. `lend`
        runs a step, again where it asks for a table that the caller has as a variable."""
        heads = [text[one.head.start : one.head.end] for text, one in statements if isinstance(one, Train)]
        expect_heads(heads, self.scope.database, self.scope.names, lend)

    def bind(self, text: str, query: Train) -> TrainQuery:
        """A bound TRAIN query. Raises StratumError at the user's own words."""
        return bind_train(text, query, self.scope)

    def train(self, queries: Sequence[TrainQuery]) -> list[Result]:
        """The leaderboards of a batch, planned as one; models with a name are kept."""
        if not queries:
            return []
        parted = part(queries, self.scope.database)
        batch = self._run(parted.queries)
        return [self._answer(batch, result) for result in parted.gathered(batch.statements)]

    def train_bound(self, bound: Sequence[TrainQuery | Result]) -> list[Result]:
        """`train`, with the answers of statements that have one already between those of the others."""
        answers = iter(self.train([one for one in bound if isinstance(one, TrainQuery)]))
        return [next(answers) if isinstance(one, TrainQuery) else one for one in bound]

    def apply(self, text: str, query: Applied | Listing) -> Result:
        """The answer to PREDICT, EVALUATE, TRANSFORM, EXPLAIN, SHOW or DESCRIBE MODEL. Raises StratumError."""
        if isinstance(query, Listing):
            return self.models.listing(text, query)
        statement = text[query.span.start : query.span.end]
        database, store = self.scope.database, self.store
        match query:
            case Predict():
                return Result.from_arrow(predict(text, query, database, store), "predictions", statement=statement)
            case Transform():
                return Result.from_arrow(transform(text, query, database, store), "rows", statement=statement)
            case ExplainModel():
                return Result.from_arrow(explain_model(text, query, database, store), "rows", statement=statement)
            case Evaluate():
                found = evaluate(text, query, database, store)
                return Result.from_arrow(
                    found.table, "evaluation", statement=statement, warnings=found.warnings, metrics=found.metrics
                )

    def predict_together(self, statements: Sequence[tuple[str, Predict]]) -> list[Result] | None:
        """The answers to PREDICT statements whose heads are the same text, from one reading; None where each must run
        by itself. Raises StratumError where one of them is wrong."""
        made = predict_together(statements, self.scope.database, self.store)
        written = [text[query.span.start : query.span.end] for text, query in statements]
        if made is None:
            return None
        return [
            Result.from_arrow(table, "predictions", statement=one) for table, one in zip(made, written, strict=True)
        ]

    def reproduce(self, name: Name, text: str) -> Reproduction:
        """Train a kept model again from its statement, and keep nothing. Raises StratumError: also where the statement
        cannot be bound any more, as when a table is gone.
        """
        manifest = self.store.manifest(self.store.entry(name.last, text, name.span, name.version))
        statement = parse_one(manifest.statement, self.scope.database.parses)
        if not isinstance(statement, Train):
            raise BindError.at(
                manifest.statement, None, "not_supported", "the model's statement is no TRAIN MODEL alone"
            )
        query = self.bind(manifest.statement, statement)
        parted = self._parted([query])
        anew = replace(self.settings, cache=None, fits=None)
        batch = run_rounds(parted.queries, anew, self.listener, self.stop, lambda *_: None, self._run_batch)
        (result,) = parted.gathered(batch.statements)
        if not kept_models(result):
            raise _no_model(result)
        return compare(manifest, result)

    def inside(self, text: str, query: Applied | Listing, error: str) -> str | PredictedRows | None:
        """A prediction as a query, or as rows to be read, that stands in another query; None for what must be answered
        first. Raises StratumError."""
        if not isinstance(query, Predict):
            return None
        return predict_inside(text, query, self.scope.database, self.store, error)

    def explain(self, text: str, statement: Explain) -> Result:
        """The plan of the TRAIN queries of a statement, run first if it says ANALYZE. Raises StratumError."""
        queries = self.bind_all(text, statement.query)
        if not queries:
            raise BindError.at(text, statement.span, "not_supported", "EXPLAIN shows TRAIN MODEL only, for now")
        return self.explain_bound(queries, statement, text[statement.span.start : statement.span.end])

    def explain_bound(self, queries: Sequence[TrainQuery], statement: Explain | ExplainBatch, written: str) -> Result:
        """The plan of a batch, run first if the statement says ANALYZE; no model is kept."""
        parted = self._parted(queries)
        settings = replace(self.settings, cache=None, fits=None)
        measured = self._run(parted.queries, settings) if statement.analyze else None
        plan = self._plan(parted, measured, statement.format)
        return Result.from_arrow(pa.table({"explain": [plan]}), "explain", statement=written)

    def bind_all(self, text: str, query: Query | Listing | Nested) -> list[TrainQuery]:
        """Every TRAIN query of a statement, bound. Raises StratumError."""
        if isinstance(query, Nested):
            return bind_nested(text, query, self.bind)
        return [self.bind(text, query)] if isinstance(query, Train) else []

    def plan(self, queries: Sequence[TrainQuery], form: str = "text") -> str:
        """The plan of a batch in one of the formats of `report.FORMATS`. Raises PlanError for another."""
        return self._plan(self._parted(queries), None, form)

    def _parted(self, queries: Sequence[TrainQuery]) -> Parted:
        """The statements in groups. Raises StratumError if those of one of them cannot be found."""
        parted = part(queries, self.scope.database)
        for error in parted.errors.values():
            raise error
        return parted

    def _plan(self, parted: Parted, measured: BatchResult | None, form: str) -> str:
        settings = self.settings
        return explain_batch(
            parted.queries,
            self.scope.database,
            settings.switches,
            measured=measured,
            form=form,
            threads=settings.workers,
            statement_of=parted.statement_of(),
            device=self._device(parted.queries, measured),
            mode=settings.device,
        )

    def _device(self, queries: Sequence[TrainQuery], measured: BatchResult | None) -> Device | None:
        """The GPU to plan for: what ran, ran on the one that is there."""
        if all((query.options.device or self.settings.device) == "cpu" for query in queries):
            return None
        if measured is None:
            return planned_device(self.settings.described)
        found = found_gpu(self.settings.described)
        return None if found is None else found.device

    def _run(self, queries: Sequence[TrainQuery], settings: Settings | None = None) -> BatchResult:
        journal = Journal(self.store, queries)
        try:
            return run_rounds(
                queries, settings or self.settings, self.listener, self.stop, journal.add, self._run_batch
            )
        finally:
            journal.flush()

    def _run_batch(
        self, queries: Sequence[TrainQuery], settings: Settings, listener: Listener | None, finished: Finished
    ) -> BatchResult:
        return run_batch(queries, self.scope.database, self.operators, settings, listener, self.stop, finished)

    def _answer(self, batch: BatchResult, result: StatementResult) -> Result:
        query, warnings = result.query, list(result.warnings)
        if result.error is not None and not result.trials:
            return Result.failed(result.error, query.text, warnings=warnings)
        if result.error is not None:
            warnings.append(result.error.diagnostic)
        error = self._not_kept(result)
        if error is not None and query.created is not None:
            return Result.failed(error, query.text, warnings=warnings)
        if error is not None:
            warnings.append(error.diagnostic)
        answer = Result.from_arrow(
            leaderboard(result),
            "leaderboard",
            statement=query.text,
            warnings=warnings,
            metrics=query.metrics,
            summary=_summary(batch, result),
        )
        answer.folds = fold_table(result) if query.options.return_folds else None
        answer.query = query
        return answer

    def _not_kept(self, result: StatementResult) -> StratumError | None:
        """Keep the best model of a statement that names it. What goes wrong leaves a TRAIN its leaderboard; a model
        that was to be created, and is not, is an error.
        """
        kept = kept_models(result)
        if not kept:
            return _no_model(result) if result.query.created is not None else None
        try:
            keep(self.store, result.query, kept, lineages_of(result))
        except StratumError as error:
            return error
        return None


def _no_model(result: StatementResult) -> StratumError:
    if result.error is not None:
        return result.error
    reason = next((trial.error for trial in result.trials if trial.error), "the batch was stopped")
    query = result.query
    return RunError.at("", None, "no_model", f"no trial of {query.name} could be scored: {reason}")


def _summary(batch: BatchResult, result: StatementResult) -> Summary:
    statuses = [trial.status for trial in result.trials]
    return Summary(
        trials=len(statuses),
        failed=statuses.count("failed"),
        timed_out=statuses.count("timeout"),
        fits=batch.fits,
        reused=batch.reused,
        seconds=batch.seconds,
        nodes=batch.nodes,
        nodes_unshared=batch.nodes_unshared,
        scans=batch.scans,
        interrupted=batch.interrupted,
    )
