"""The session: text in, results out. The lines that call the phases in their order."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import duckdb

from stratum_sql.bind.composed import Composed
from stratum_sql.bind.database import Database, moved
from stratum_sql.bind.names import Names
from stratum_sql.bind.scope import Scope
from stratum_sql.borrow import Lender
from stratum_sql.config import memory_budget, worker_count
from stratum_sql.errors import Diagnostic, Interrupted, RunError, Span, StratumError
from stratum_sql.execute.batch import Settings
from stratum_sql.execute.cache import ResultCache
from stratum_sql.execute.events import Listener
from stratum_sql.execute.operators import Operators
from stratum_sql.foreign import checked
from stratum_sql.grammar.parse import read_script
from stratum_sql.grammar.syntax import Evaluate, Explain, Nested, Plain, Predict, Statement, Train
from stratum_sql.models.artefacts import ArtefactFolder
from stratum_sql.models.store import Store
from stratum_sql.nested import NestedRun
from stratum_sql.opening import Setup, artefact_folder, open_database, prepare, release, result_file, size_of
from stratum_sql.optimizer.pipeline import switch_names
from stratum_sql.optimizer.switches import switch
from stratum_sql.permissions import Permissions
from stratum_sql.plain import DatabaseError, from_plain, run_plain
from stratum_sql.plan.query import TrainQuery
from stratum_sql.results import Result
from stratum_sql.training import Training

__all__ = ["DatabaseError", "Session", "connect"]


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
    setup: Setup | None = None,
) -> Session:
    """Open a session on a DuckDB database: a path, or `:memory:`.

    `threads`: how many trials run side by side, and DuckDB's threads (default: the machine's cores). `memory_limit`:
    such as `'4GB'`. `max_seconds`: the longest one batch may take. `progress` is called with `Progress` values while a
    batch runs. `setup` is called with the DuckDB connection before any statement: there the host program loads tables,
    makes views and macros, and attaches databases.

    `trusted=False` is for statements that come from elsewhere: they may read the tables of this database and the files
    in `allow_paths`, train and predict, and nothing else. The database is locked after `setup`, for good and with every
    other session of this process on it; `Session.register` still adds tables. Raises StratumError.
    """
    path = os.fspath(database)
    connection = open_database(path, read_only=read_only)
    prepare(
        connection,
        trusted=trusted,
        allow_paths=allow_paths,
        threads=threads,
        memory_limit=memory_limit,
        max_seconds=max_seconds,
        setup=setup,
    )
    cache = ResultCache(None if read_only else result_file(path))
    memory = size_of(memory_limit) if memory_limit else memory_budget()
    settings = Settings(worker_count(threads), memory, max_seconds, cache=cache)
    permissions = Permissions(connection, trusted=trusted, paths=allow_paths)
    return Session(connection, path, permissions, settings, progress, read_only=read_only)


@dataclass(frozen=True, slots=True)
class _Item:
    """One statement of one text, or why it is none."""

    text_index: int
    text: str
    span: Span
    statement: Statement | StratumError

    @property
    def written(self) -> str:
        return self.text[self.span.start : self.span.end]


class Session:
    """One user of one database; made by `connect`.

    Methods may be called from any thread and wait for each other; `interrupt` does not wait.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        path: str,
        permissions: Permissions,
        settings: Settings,
        progress: Listener | None,
        *,
        read_only: bool,
    ) -> None:
        self.connection = connection
        self.trusted = permissions.trusted
        self._permissions = permissions
        self._stop = threading.Event()
        self._turn = threading.RLock()
        self._running = False
        self._results: weakref.WeakSet[Result] = weakref.WeakSet()  # whose rows DuckDB holds
        folder, temporary = artefact_folder(path)
        self._database = Database(connection, permissions.admit, errors_are_json=not permissions.trusted)
        names = Names(self._database, permissions.transform)
        scope = Scope(self._database, names, permissions.estimator, switch_names())
        store = Store(
            self._database,
            ArtefactFolder(folder),
            permissions.transform,
            permissions.is_granted,
            read_only=read_only,
        )
        operators = Operators(permissions.transform, permissions.estimator, settings.memory_limit)
        self._training = Training(scope, store, operators, settings, progress, self._stop)
        self._release = weakref.finalize(self, release, connection, self._database, temporary)

    # -- statements ----------------------------------------------------------------------------------------------------

    def sql(self, text: str) -> Result:
        """Run a script and give back the result of its last statement. Raises StratumError at the first error.

        What DuckDB's parser takes is DuckDB's and reaches it as written. Nothing runs if a statement cannot be read.
        """
        with self._taking_turn():
            items = self._read(0, text)
            for item in items:
                if isinstance(item.statement, StratumError):
                    raise item.statement
            result = Result.none(text)
            for group in _groups(items):
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
        """Run one or more texts and give back a result for every statement, in order; errors are results as well.

        After a statement of DuckDB's that failed, the rest of its text is not run: its results have the code `skipped`.
        """
        return [
            result for results in self.run_scripts([texts] if isinstance(texts, str) else texts) for result in results
        ]

    def run_scripts(self, texts: Iterable[str]) -> list[list[Result]]:
        """`run_script` with the results of each text in a list of its own; adjacent TRAIN statements are one batch."""
        listed = list(texts)
        found: list[list[Result]] = [[] for _ in listed]
        for number, result in self._run_all(listed):
            found[number].append(result)
        return found

    def explain(self, texts: str | Iterable[str], form: str = "text") -> str:
        """The plan of the TRAIN statements of one or more texts as one batch: what runs, and what is shared. Runs
        nothing. `form` is `text`, `json`, `mermaid` or `html`: one page that needs nothing else.

        Raises StratumError at the first statement that cannot be read or bound, and for another form.
        """
        listed = [texts] if isinstance(texts, str) else list(texts)
        queries: list[TrainQuery] = []
        with self._taking_turn(), self._lender() as lender, self._database.telling():
            items = [item for number, text in enumerate(listed) for item in self._read(number, text)]
            self._expect(items)
            for item in items:
                queries += lender.run(partial(self._bound_all, item))
            return self._training.plan(queries, form=form)

    # -- what statements may name --------------------------------------------------------------------------------------

    def register(self, name: str, table: Any) -> None:
        """Make a table of the host program readable under `name`: a DataFrame, or anything with the Arrow PyCapsule
        interface.

        Raises DatabaseError if it is no table, RunError if it is an Arrow table whose buffers are malformed.
        """
        with self._taking_turn():
            try:
                self.connection.register(name, checked(name, table))
            except duckdb.Error as error:
                raise from_plain(error) from error

    def allow(self, path: str) -> None:
        """Let statements name the estimator or transform at this import path, `my_pkg.MyTransformer`. Raises
        NotAllowed.
        """
        self._permissions.allow(path)

    # -- control -------------------------------------------------------------------------------------------------------

    def interrupt(self) -> None:
        """Stop what is running, from any thread: trials that are done stay, the rest get the status `cancelled`.

        Statements that have not begun get the error `interrupted`. Without anything running it does nothing.
        """
        self._stop.set()
        with suppress(duckdb.Error):
            self.connection.interrupt()

    def close(self) -> None:
        """Close the connection, after what is running. Results can still be read. Models kept in a file stay; those of
        an in-memory session go.
        """
        with self._turn:
            for result in self._results:
                result.detach()
            self._release()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- running -------------------------------------------------------------------------------------------------------

    @contextmanager
    def _taking_turn(self) -> Iterator[None]:
        with self._turn:
            if not self._release.alive:
                raise RunError(Diagnostic("closed", "this session is closed", "run"))
            if self._running:  # the lock lets its own thread in again: a progress listener, or a table that asks us
                raise RunError(
                    Diagnostic("busy", "the session is running a statement, and was asked from within", "run")
                )
            self._running = True
            self._stop.clear()
            self._database.forget()
            try:
                yield
            finally:
                self._running = False

    def _read(self, number: int, text: str) -> list[_Item]:
        """The statements of a text. Raises TooComplex for one that must not even be looked at."""
        self._permissions.check_text(text)
        return [_Item(number, text, span, found) for span, found in read_script(text, self._database.parses)]

    def _run_all(self, texts: Sequence[str]) -> list[tuple[int, Result]]:
        """The result of every statement, in order, each with the number of its text."""
        with self._taking_turn():
            items = [item for number, text in enumerate(texts) for item in self._read_kindly(number, text)]
            results: dict[_Item, Result] = {}
            broken: set[int] = set()
            for group in _groups(items):
                live = [item for item in group if item.text_index not in broken]
                results |= dict(zip(live, self._run_group(live), strict=True))
                broken |= {item.text_index for item in live if _breaks(item, results[item])}
            return [(item.text_index, results.get(item) or _not_run(item)) for item in items]

    def _read_kindly(self, number: int, text: str) -> list[_Item]:
        try:
            return self._read(number, text)
        except StratumError as error:
            return [_Item(number, text, Span(0, len(text)), error)]

    def _run_group(self, group: Sequence[_Item]) -> list[Result]:
        """The results of adjacent TRAIN statements, or of one other statement."""
        if not group:
            return []
        if self._stop.is_set():
            error = Interrupted(Diagnostic("interrupted", "stopped by the caller before it ran", "run", retryable=True))
            return [Result.failed(error, item.written) for item in group]
        self._permissions.check_lock()
        self._database.forget()
        with self._lender() as lender:
            if isinstance(group[0].statement, Train):
                return self._train(group, lender)
            return [self._caught(item, partial(self._run_one, item, lender)) for item in group]

    def _caught(self, item: _Item, action: Callable[[], Result]) -> Result:
        try:
            return action()
        except StratumError as error:
            return Result.failed(error, item.written)
        except duckdb.Error as error:  # an aborted transaction fails what we ask the catalogue, too
            return Result.failed(from_plain(error), item.written)

    def _run_one(self, item: _Item, lender: Lender) -> Result:
        text, statement = item.text, item.statement
        match statement:
            case Plain():
                return self._plain(item, lender)
            case Predict() | Evaluate():
                return lender.run(lambda: self._training.apply(text, statement))
            case Explain():
                return lender.run(lambda: self._training.explain(text, statement))
            case Nested():
                run = NestedRun(text, statement, self.connection, self._training, lender)
                return run.run(lambda around: self._ask_duckdb(item, around))
        raise AssertionError(f"{type(statement).__name__} runs with its group")

    def _plain(self, item: _Item, lender: Lender) -> Result:
        """DuckDB's own statement as it was written, or one that switches a rule of our optimizer, which DuckDB does not
        know.
        """
        try:
            switched = switch(item.written)
        except StratumError as error:
            raise moved(error, item.text, item.span.start) from None
        if switched is not None:
            self._training.switch(*switched)
            return Result.none(item.written)
        sql = Composed.verbatim(item.text, item.span)
        return lender.run(lambda: self._ask_duckdb(item, sql))

    def _ask_duckdb(self, item: _Item, sql: Composed) -> Result:
        result = run_plain(self._database, sql, item.text, item.written)
        self._results.add(result)
        return result

    def _train(self, group: Sequence[_Item], lender: Lender) -> list[Result]:
        """Bind, plan and run adjacent TRAIN statements as one batch; those that cannot be bound fail alone."""
        with self._database.telling():
            self._expect(group)
            bound = {item: self._bound(item, lender) for item in group}
        queries = [one for one in bound.values() if isinstance(one, TrainQuery)]
        answers = iter(self._training.train(queries))
        return [next(answers) if isinstance(one, TrainQuery) else one for one in bound.values()]

    def _expect(self, items: Sequence[_Item]) -> None:
        self._training.expect((item.text, item.statement) for item in items)

    def _bound(self, item: _Item, lender: Lender) -> TrainQuery | Result:
        try:
            (query,) = lender.run(lambda: self._bound_all(item))
        except StratumError as error:
            return Result.failed(error, item.written)
        except duckdb.Error as error:
            return Result.failed(from_plain(error), item.written)
        return query

    def _bound_all(self, item: _Item) -> list[TrainQuery]:
        """The TRAIN queries of a statement, bound; none for other statements. Raises StratumError."""
        match item.statement:
            case StratumError() as error:
                raise error
            case Explain(query=query):
                return self._training.bind_all(item.text, query)
            case Train() | Nested() as query:
                return self._training.bind_all(item.text, query)
        return []

    def _lender(self) -> Lender:
        frame = _caller() if self.trusted else None
        return Lender(self.connection, frame, lambda name: self._permissions.transform(name) is not None)


def _groups(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    """Adjacent TRAIN statements together, every other statement alone; what cannot be read stands between none."""
    group: list[_Item] = []
    for item in items:
        if isinstance(item.statement, StratumError):
            continue
        if isinstance(item.statement, Train):
            group.append(item)
            continue
        if group:
            yield group
            group = []
        yield [item]
    if group:
        yield group


def _breaks(item: _Item, result: Result) -> bool:
    """Whether what follows in the same text must not run: it may need what did not happen."""
    return result.error is not None and isinstance(item.statement, Plain | Nested)


def _not_run(item: _Item) -> Result:
    if isinstance(item.statement, StratumError):
        return Result.failed(item.statement, item.written)
    message = "not run: a statement before it in the same text failed"
    return Result.failed(RunError.at(item.text, item.span, "skipped", message), item.written)


_HERE = str(Path(__file__).parent) + os.sep


def _caller() -> FrameType | None:
    """The first frame outside this package: the caller whose variables a statement may name."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return frame
