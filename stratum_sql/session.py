"""The session: text in, results out. The lines that call the phases in their order."""

from __future__ import annotations

import os
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from stratum_sql.bind.bind_train import bind_train, bytes_of
from stratum_sql.bind.database import Database, error_facts
from stratum_sql.bind.names import Names
from stratum_sql.bind.scope import Scope
from stratum_sql.borrow import borrowed
from stratum_sql.catalog import registry
from stratum_sql.catalog.allowed import Allowed
from stratum_sql.catalog.spec import EstimatorSpec, TransformSpec
from stratum_sql.config import memory_budget, worker_count
from stratum_sql.errors import BindError, Diagnostic, Interrupted, RunError, Span, StratumError
from stratum_sql.execute.batch import BatchResult, KeptModel, Settings, StatementResult, TrialResult, run_batch
from stratum_sql.execute.events import Listener
from stratum_sql.execute.leaderboard import fold_table, leaderboard, param_text
from stratum_sql.execute.operators import Operators
from stratum_sql.grammar.parse import parse_script
from stratum_sql.grammar.printer import fill_holes
from stratum_sql.grammar.syntax import Evaluate, Explain, Nested, Plain, Predict, Script, Statement, Train
from stratum_sql.models.artefacts import ArtefactFolder
from stratum_sql.models.manifest import Manifest, libraries
from stratum_sql.models.predict import fitted_features
from stratum_sql.models.run import evaluate, predict
from stratum_sql.models.store import Store, TrialRow
from stratum_sql.optimizer.pipeline import rule_names
from stratum_sql.plan.query import TrainQuery
from stratum_sql.report import explain_batch
from stratum_sql.results import Result, Summary
from stratum_sql.trust.caps import DEFAULT, TRUSTED, check_caps
from stratum_sql.trust.grants import Grants
from stratum_sql.trust.guard import admit
from stratum_sql.trust.lockdown import lock_down, verify

T = TypeVar("T")


class DatabaseError(RunError):
    """DuckDB refused or failed a statement of its own; `__cause__` is DuckDB's exception."""


@dataclass(frozen=True, slots=True)
class _Item:
    """One statement of one text."""

    text_index: int
    script: Script
    statement: Statement


def connect(
    database: str | os.PathLike[str] = ":memory:",
    *,
    trusted: bool = True,
    allow_paths: Sequence[str | Path] = (),
    threads: int | None = None,
    memory_limit: str | None = None,
    max_seconds: float | None = None,
    progress: Listener | None = None,
    read_only: bool = False,
) -> Session:
    """Open a session on a DuckDB database: a path, or `:memory:`.

    `threads`: how many trials run side by side, and DuckDB's threads (default: the machine's cores). `memory_limit`: such as
    `'4GB'`. `max_seconds`: the longest one batch may take. `progress` is called with `Progress` values while a batch runs.

    `trusted=False` is for statements that come from elsewhere: they may read the tables of this database and the files in
    `allow_paths`, train and predict, and nothing else. Raises StratumError.
    """
    try:
        connection = duckdb.connect(os.fspath(database), read_only=read_only)
    except duckdb.Error as error:
        raise DatabaseError(Diagnostic("cannot_open", str(error).splitlines()[0], "run")) from error
    return Session(
        connection, os.fspath(database), trusted=trusted, allow_paths=allow_paths, threads=threads, memory_limit=memory_limit,
        max_seconds=max_seconds, progress=progress, read_only=read_only,
    )  # fmt: skip


class Session:
    """One user of one database. Methods may be called from any thread, one at a time; `interrupt` at any time."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        path: str,
        *,
        trusted: bool,
        allow_paths: Sequence[str | Path],
        threads: int | None,
        memory_limit: str | None,
        max_seconds: float | None,
        progress: Listener | None,
        read_only: bool,
    ) -> None:
        self.connection = connection
        self.trusted = trusted
        self.progress = progress
        self._allowed = Allowed()
        self._allow_paths = tuple(allow_paths)
        self._grants: Grants | None = None
        self._stop = threading.Event()
        self._folder, self._temporary = _artefact_folder(path)
        self._workers = worker_count(threads)
        self._memory = _memory(memory_limit)
        self._max_seconds = max_seconds
        self._open_connection(threads, memory_limit)
        self._database = Database(connection, self._admit, errors_are_json=not trusted)
        self._names = Names(self._database, self._find_transform)
        self._scope = Scope(self._database, self._names, self._find_estimator, rule_names())
        self._store = Store(
            self._database, ArtefactFolder(self._folder), self._find_transform, self._is_granted_type, read_only=read_only
        )
        self._operators = Operators(self._find_transform, self._find_estimator, self._memory)

    # -- statements ----------------------------------------------------------------------------------------------------

    def sql(self, text: str) -> Result:
        """Run a script and give back the result of its last statement. Raises StratumError at the first error.

        What DuckDB's parser takes is DuckDB's and reaches it as written. Nothing runs if a statement cannot be read.
        """
        script = self._parse(text)[0]
        result = Result.none(text)
        for group in _groups([_Item(0, script, statement) for statement in script.statements]):
            for result in self._run_group(group):
                if result.error is not None:
                    raise result.error
        return result

    def batch(self, texts: Iterable[str]) -> list[Result]:
        """Run many texts, one result a text: that of its last statement, or the first error in it.

        Adjacent TRAIN statements, of one text or of several, are planned as one. An error harms its own text alone.
        """
        listed = list(texts)
        found: list[Result] = [Result.none(text) for text in listed]
        for index, result in self._run_all(listed):
            if found[index].error is None:
                found[index] = result
        return found

    def run_script(self, texts: str | Iterable[str]) -> list[Result]:
        """Run one or more texts and give back a result for every statement, in order; errors are results as well."""
        listed = [texts] if isinstance(texts, str) else list(texts)
        return [result for _, result in self._run_all(listed)]

    def explain(self, texts: str | Iterable[str]) -> str:
        """The plan of the TRAIN statements of one or more texts as one batch: what runs, and what is shared. Runs nothing.

        Raises StratumError at the first statement that cannot be read or bound.
        """
        listed = [texts] if isinstance(texts, str) else list(texts)
        queries = []
        for text in listed:
            script = self._parse(text)[0]
            for statement in script.statements:
                inner = statement.query if isinstance(statement, Explain) else statement
                queries += [bind_train(text, one, self._scope) for one in _trains(inner)]
        return explain_batch(queries, self._database, self._switches())

    # -- what statements may name --------------------------------------------------------------------------------------

    def register(self, name: str, table: Any) -> None:
        """Make a table of the host program readable under `name`: a DataFrame, or anything with the Arrow PyCapsule interface."""
        with self._database.lock:
            self.connection.register(name, table)

    def allow(self, path: str) -> None:
        """Let statements name the estimator or transform at this import path, `my_pkg.MyTransformer`. Raises NotAllowed."""
        self._allowed.allow(path)
        self._grants = None

    # -- control -------------------------------------------------------------------------------------------------------

    def interrupt(self) -> None:
        """Stop what is running, from any thread: trials that are done stay, the rest get the status `cancelled`."""
        self._stop.set()
        self.connection.interrupt()

    def close(self) -> None:
        """Close the connection. Models kept in a file stay; those of an in-memory session go."""
        self._database.close()
        with suppress(duckdb.Error):
            self.connection.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # -- running -------------------------------------------------------------------------------------------------------

    def _parse(self, text: str) -> tuple[Script, ...]:
        """The script. Raises its first parse error."""
        check_caps(text, TRUSTED if self.trusted else DEFAULT)
        script, errors = parse_script(text, self._database.parses)
        if errors:
            raise errors[0]
        return (script,)

    def _run_all(self, texts: Sequence[str]) -> Iterator[tuple[int, Result]]:
        """Results in the order of the statements, each with the number of its text."""
        items: list[_Item] = []
        for index, text in enumerate(texts):
            try:
                check_caps(text, TRUSTED if self.trusted else DEFAULT)
                script, errors = parse_script(text, self._database.parses)
            except StratumError as error:
                yield index, Result.failed(error, text)
                continue
            for error in errors:
                yield index, Result.failed(error, text)
            items += [_Item(index, script, statement) for statement in script.statements]
        broken: set[int] = set()
        for group in _groups(items):
            live = [item for item in group if item.text_index not in broken]
            for item, result in zip(live, self._run_group(live), strict=True):
                if result.error is not None and isinstance(item.statement, Plain | Nested):
                    broken.add(item.text_index)  # what follows in that text may need what did not happen
                yield item.text_index, result

    def _run_group(self, group: Sequence[_Item]) -> list[Result]:
        """The results of adjacent TRAIN statements, or of one other statement."""
        self._stop.clear()
        self._check_lock()
        frame = _caller()
        if all(isinstance(item.statement, Train) for item in group):
            return self._borrowing(frame, lambda: self._train(group))
        return [self._borrowing(frame, lambda: self._guarded(item)) for item in group]

    def _guarded(self, item: _Item) -> Result:
        text = _text_of(item)
        try:
            return self._run_one(item.script, item.statement)
        except StratumError as error:
            return Result.failed(error, text)

    def _run_one(self, script: Script, statement: Statement) -> Result:
        match statement:
            case Train():
                return self._train([_Item(0, script, statement)])[0]
            case Plain():
                return self._plain(script.text, statement.span)
            case Predict():
                table = predict(script.text, statement, self._database, self._store)
                return Result.from_arrow(table, "predictions", statement=_slice(script.text, statement.span))
            case Evaluate():
                table, metrics = evaluate(script.text, statement, self._database, self._store)
                return Result.from_arrow(table, "evaluation", statement=_slice(script.text, statement.span), metrics=metrics)
            case Explain():
                return self._explained(script, statement)
            case Nested():
                return self._nested(script.text, statement)

    def _plain(self, text: str, span: Span) -> Result:
        """DuckDB's own statement, as it was written."""
        self._database.admit(text, span)
        sql = text[span.start : span.end]
        if not sql.strip(" \t\r\n;"):
            return Result.none(sql)
        with self._database.lock:
            try:
                relation = self.connection.sql(sql)
                return Result.none(sql) if relation is None else Result.from_relation(relation, sql)
            except duckdb.Error as error:
                raise _plain_error(error) from error
            except RuntimeError as error:
                raise KeyboardInterrupt from error  # how Ctrl-C comes out of DuckDB

    def _explained(self, script: Script, statement: Explain) -> Result:
        queries = [bind_train(script.text, one, self._scope) for one in _trains(statement.query)]
        if not queries:
            raise BindError.at(script.text, statement.span, "not_supported", "EXPLAIN shows TRAIN MODEL only, for now")
        measured = self._run_queries(queries) if statement.analyze else None
        text = explain_batch(queries, self._database, self._switches(), measured=measured, form=statement.format)
        return Result.from_arrow(pa.table({"explain": [text]}), "explain", statement=_slice(script.text, statement.span))

    def _nested(self, text: str, statement: Nested) -> Result:
        """Queries of ours inside a statement of DuckDB: their answers become tables that the statement reads."""
        names = [f"__stratum_{uuid.uuid4().hex[:12]}" for _ in statement.queries]
        try:
            for index, query in enumerate(statement.queries):
                result = self._inner(text, statement, index, names)
                self.register(names[index], result.arrow())
            sql = fill_holes(text, statement, [f"(FROM {name})" for name in names])
            return self._plain(sql, Span(0, len(sql)))
        finally:
            for name in names:
                with suppress(duckdb.Error):
                    self.connection.unregister(name)

    def _inner(self, text: str, statement: Nested, index: int, names: Sequence[str]) -> Result:
        """Run one inner query; where its head holds others or names CTEs around it, those are written out first."""
        query = statement.queries[index]
        filled = [i for i in range(index) if query.span.start <= statement.holes[i].start and statement.holes[i].end <= query.span.end]
        ctes = statement.scopes[index] if statement.scopes else ()
        if not filled and not ctes:
            return self._run_one(Script(text, (query,)), query)
        pieces = [(statement.holes[i], f"(FROM {names[i]})") for i in range(index)]
        own = _replaced(text, query.span, pieces)
        if ctes:
            defined = ", ".join(_replaced(text, cte.span, pieces) for cte in {cte.name.lower(): cte for cte in ctes}.values())
            recursive = "RECURSIVE " if any(cte.recursive for cte in ctes) else ""
            own = _with(defined, recursive, own)
        script = self._parse(own)[0]
        return self._run_one(script, script.statements[0])

    # -- training ------------------------------------------------------------------------------------------------------

    def _train(self, group: Sequence[_Item]) -> list[Result]:
        """Bind, plan and run adjacent TRAIN statements as one batch."""
        bound: list[TrainQuery | StratumError] = [self._bound(item) for item in group]
        queries = [one for one in bound if isinstance(one, TrainQuery)]
        answers = iter(self._answers(queries) if queries else ())
        return [
            next(answers) if isinstance(one, TrainQuery) else Result.failed(one, _text_of(item))
            for one, item in zip(bound, group, strict=True)
        ]

    def _bound(self, item: _Item) -> TrainQuery | StratumError:
        assert isinstance(item.statement, Train)
        try:
            return bind_train(item.script.text, item.statement, self._scope)
        except Interrupted:
            raise
        except StratumError as error:
            return error

    def _answers(self, queries: Sequence[TrainQuery]) -> list[Result]:
        batch = self._run_queries(queries)
        return [self._answer(batch, result) for result in batch.statements]

    def _run_queries(self, queries: Sequence[TrainQuery]) -> BatchResult:
        settings = Settings(self._workers, self._memory, self._max_seconds, self._switches())
        journal = _Journal(self._store, queries)
        try:
            return run_batch(queries, self._database, self._operators, settings, self.progress, self._stop, journal.add)
        finally:
            journal.flush()

    def _answer(self, batch: BatchResult, result: StatementResult) -> Result:
        query = result.query
        warnings = list(result.warnings)
        if result.error is not None and not result.trials:
            return Result.failed(result.error, query.text, warnings=warnings)
        if result.error is not None:
            warnings.append(result.error.diagnostic)
        if result.kept is not None:
            warnings += self._keep(query, result.kept)
        answer = Result.from_arrow(
            leaderboard(result), "leaderboard", statement=query.text, warnings=warnings, metrics=query.metrics, summary=_summary(batch, result)
        )
        if query.options.return_folds:
            answer.folds = fold_table(result)
        answer.query = query
        return answer

    def _keep(self, query: TrainQuery, kept: KeptModel) -> list[Diagnostic]:
        """Store a model; what goes wrong is a warning beside the leaderboard, which is there all the same."""
        states = dict(kept.fits)
        parts = {
            "estimator": kept.model.estimator,
            "states": [states[feature].state for feature in fitted_features(query.features)],
        }
        try:
            self._store.add_model(lambda version: _manifest(query, kept, version), parts)
        except StratumError as error:
            return [error.diagnostic]
        return []

    def _switches(self) -> dict[str, bool]:
        return {}

    # -- names, trust --------------------------------------------------------------------------------------------------

    def _find_transform(self, name: str) -> TransformSpec | None:
        found = registry.transform(name)
        if found is not None:
            return found
        lowered = name.lower()
        return next((self._allowed.transform(path) for path in self._allowed.paths() if path.lower() == lowered), None)

    def _find_estimator(self, name: str) -> EstimatorSpec | None:
        return self._allowed.estimator(name)

    def _is_granted_type(self, name: str) -> bool:
        return name in self._allowed.paths()

    def _admit(self, sql: str) -> None:
        if not self.trusted:
            admit(self.connection, sql, grants=self._granted())

    def _granted(self) -> Grants:
        if self._grants is None:
            rows = self._database.ask("SELECT DISTINCT function_name FROM duckdb_functions() WHERE NOT internal")
            functions = [*registry.transforms(), *self._allowed.paths(), *(name for (name,) in rows)]
            self._grants = Grants.of(functions=functions, paths=self._allow_paths)
        return self._grants

    def _check_lock(self) -> None:
        if not self.trusted:
            verify(self.connection)

    def _open_connection(self, threads: int | None, memory_limit: str | None) -> None:
        """Stubs for our transforms, so that views and macros over them can be made; then the lock, for foreign statements."""
        for name in registry.transforms():
            with suppress(duckdb.Error):  # another session on this database has registered it
                self.connection.create_function(name, _stub(name), None, "DOUBLE", null_handling="special")
        self.connection.execute("SET python_enable_replacements = false")
        if not self.trusted:
            self.connection.execute("SET errors_as_json = true")
            lock_down(
                self.connection, allow_paths=self._allow_paths, memory_limit=memory_limit, threads=threads, timeout_seconds=self._max_seconds
            )
            return
        if threads is not None:
            self.connection.execute(f"SET threads = {int(threads)}")
        if memory_limit is not None:
            self.connection.execute(f"SET memory_limit = '{_size(memory_limit)}B'")

    def _borrowing(self, frame: FrameType | None, action: Callable[[], T]) -> T:
        """Run `action`; tables it does not find are looked for among the caller's variables, as DuckDB's own client does."""
        if not self.trusted:
            return action()
        return borrowed(self.connection, frame, action)


class _Journal:
    """Writes finished trials to the store, every two seconds and at the end, so that a batch that dies keeps what it did."""

    def __init__(self, store: Store, queries: Sequence[TrainQuery]) -> None:
        self.store, self.queries = store, queries
        self.run = uuid.uuid4().hex
        self.rows: list[TrialRow] = []
        self.written = time.monotonic()

    def add(self, statement: int, result: TrialResult) -> None:
        """Note a trial."""
        query = self.queries[statement]
        self.rows.append(
            TrialRow(
                self.run,
                query.canonical,
                query.name,
                result.trial.number,
                result.trial.estimator.name,
                {name: param_text(value) for name, value in result.trial.given.items},
                result.status,
                result.error,
                {name: [value if value == value else None for value in values] for name, values in result.scores.items()},
                result.seconds,
            )
        )
        if time.monotonic() - self.written > 2.0:
            self.flush()

    def flush(self) -> None:
        """Write what is noted. A registry that cannot be written must not cost the caller the leaderboard."""
        rows, self.rows, self.written = self.rows, [], time.monotonic()
        with suppress(StratumError, duckdb.Error):
            self.store.add_trials(rows)


def _groups(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    """Adjacent TRAIN statements together, every other statement alone."""
    group: list[_Item] = []
    for item in items:
        if isinstance(item.statement, Train):
            group.append(item)
            continue
        if group:
            yield group
            group = []
        yield [item]
    if group:
        yield group


def _trains(statement: Statement) -> list[Train]:
    if isinstance(statement, Nested):
        return [query for query in statement.queries if isinstance(query, Train)]
    return [statement] if isinstance(statement, Train) else []


def _slice(text: str, span: Span) -> str:
    return text[span.start : span.end]


def _text_of(item: _Item) -> str:
    return _slice(item.script.text, item.statement.span)


def _replaced(text: str, span: Span, pieces: Sequence[tuple[Span, str]]) -> str:
    """The slice with each hole that lies in it, and in no other hole of it, replaced."""
    inside = [(hole, filling) for hole, filling in pieces if span.start <= hole.start and hole.end <= span.end]
    outer = [one for one in inside if not any(other[0] != one[0] and other[0].start <= one[0].start and one[0].end <= other[0].end for other in inside)]
    out, at = "", span.start
    for hole, filling in sorted(outer, key=lambda one: one[0].start):
        out += text[at : hole.start] + filling
        at = hole.end
    return out + text[at : span.end]


def _with(defined: str, recursive: str, query: str) -> str:
    """`query` with CTEs put before it; its own WITH clause, if it has one, goes on."""
    stripped = query.lstrip()
    if stripped[:5].lower() == "with " or stripped[:5].lower() == "with\n":
        return f"WITH {recursive}{defined}, {stripped[5:]}"
    return f"WITH {recursive}{defined} {query}"


def _plain_error(error: duckdb.Error) -> StratumError:
    facts = error_facts(error)
    kind = str(facts.get("exception_type", "error")).lower().replace(" ", "_")
    if kind == "interrupt":
        return Interrupted(Diagnostic("interrupted", "stopped by the caller", "run", retryable=True))
    return DatabaseError(Diagnostic(f"duckdb_{kind}", str(facts["exception_message"]), "run"))


def _summary(batch: BatchResult, result: StatementResult) -> Summary:
    statuses = [trial.status for trial in result.trials]
    return Summary(
        trials=len(statuses),
        failed=statuses.count("failed"),
        timed_out=statuses.count("timeout"),
        fits=batch.fits,
        seconds=batch.seconds,
        nodes=batch.nodes,
        nodes_unshared=batch.nodes_unshared,
        scans=batch.scans,
        interrupted=batch.interrupted,
    )


def _manifest(query: TrainQuery, kept: KeptModel, version: int) -> Manifest:
    metric = query.metrics[0]
    assert query.name is not None
    return Manifest(
        name=query.name,
        version=version,
        statement=query.canonical,
        features=query.features,
        target=query.target,
        task=query.task,
        labels=kept.labels.labels,
        estimator=kept.trial.trial.estimator.name,
        params=", ".join(f"{name} => {param_text(value)}" for name, value in kept.trial.trial.given.items),
        metric=metric.name,
        score=kept.trial.mean(metric.name),
        rows=kept.rows,
        seed=query.seed,
        names=kept.names,
        libraries=libraries(),
    )


def _stub(name: str) -> Callable[..., float]:
    def stub(*_: object) -> float:
        raise ValueError(f"{name} is fitted on training rows: it needs TRAIN MODEL after the query")

    return stub


def _size(text: str) -> int:
    size = bytes_of(text)
    if size is None:
        raise BindError(Diagnostic("bad_option", f"memory_limit must be a size such as '4GB'; got {text!r}", "bind"))
    return size


def _memory(text: str | None) -> int:
    return memory_budget() if text is None else _size(text)


def _artefact_folder(path: str) -> tuple[Path, tempfile.TemporaryDirectory[str] | None]:
    """Beside the database file; for a database in memory a folder that goes with the session."""
    if path == ":memory:" or path == "" or path.startswith(":memory:"):
        temporary = tempfile.TemporaryDirectory(prefix="stratum-", ignore_cleanup_errors=True)
        return Path(temporary.name), temporary
    return Path(path + ".artefacts").resolve(), None


def _caller() -> FrameType | None:
    """The first frame outside this package: the caller whose variables a statement may name."""
    import sys

    frame: FrameType | None = sys._getframe(1)
    here = str(Path(__file__).parent)
    while frame is not None and str(frame.f_code.co_filename).startswith(here):
        frame = frame.f_back
    return frame
