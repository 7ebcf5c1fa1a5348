"""The session: text in, results out. The lines that call the phases in their order."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, TypeVar, overload

import duckdb
import pyarrow as pa

from stratum_sql.batches import Batches
from stratum_sql.bind.composed import Composed
from stratum_sql.bind.database import Database, moved
from stratum_sql.bind.names import Names
from stratum_sql.bind.options import no_gpu
from stratum_sql.bind.scope import Scope
from stratum_sql.borrow import Lender
from stratum_sql.callers import Withdrawn, interleaved, shared_state, withdrawn_error
from stratum_sql.checking import Checked, Checker
from stratum_sql.config import memory_budget, worker_count
from stratum_sql.errors import Diagnostic, Interrupted, RunError, Span, StratumError
from stratum_sql.execute.batch import Settings
from stratum_sql.execute.cache import ResultCache
from stratum_sql.execute.events import Listener
from stratum_sql.execute.gpu import planned_device
from stratum_sql.execute.kept_fits import KeptFits
from stratum_sql.execute.operators import Operators
from stratum_sql.foreign import checked
from stratum_sql.grammar.parse import read_script
from stratum_sql.grammar.statements import is_show_models, model_name
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
    ImportModel,
    Name,
    Nested,
    Plain,
    Predict,
    PromoteModel,
    RollbackBatch,
    RollbackModel,
    ScalarCall,
    Scored,
    ShowModels,
    ShowVersions,
    Train,
    Transform,
)
from stratum_sql.items import Item, Script, breaks, groups, not_run
from stratum_sql.kept import Model, Models
from stratum_sql.model_files import ModelFiles
from stratum_sql.model_statements import ModelStatements
from stratum_sql.models.artefacts import ArtefactFolder
from stratum_sql.models.garbage import YOUNG, Garbage
from stratum_sql.models.listing import models_table
from stratum_sql.models.reproduction import Reproduction
from stratum_sql.models.store import Store
from stratum_sql.models.stored import StoredModel
from stratum_sql.nested import Filling, NestedRun
from stratum_sql.opening import (
    Setup,
    artefact_folder,
    chosen_device,
    open_database,
    prepare,
    release,
    result_file,
    size_of,
)
from stratum_sql.optimizer.cost.device import Device
from stratum_sql.optimizer.pipeline import switch_names
from stratum_sql.optimizer.switches import switch
from stratum_sql.permissions import Permissions
from stratum_sql.plain import DatabaseError, from_plain, rows_of, run_plain
from stratum_sql.plan.query import Mode, TrainQuery
from stratum_sql.queued import Queue
from stratum_sql.quoting import quote_text
from stratum_sql.results import Result
from stratum_sql.scored import CalledModels
from stratum_sql.training import Training
from stratum_sql.uncollected import uncollected

__all__ = ["DatabaseError", "Session", "connect"]

S = TypeVar("S", bound=Script)
_SHARE_OF_FITS = 0.1  # of the memory limit that fitted transforms may take between batches
_MOST_FITS = 2**30  # bytes


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
    device: str | os.PathLike[str] = "auto",
) -> Session:
    """Open a session on a DuckDB database: a path, or `:memory:`.

    `threads`: how many trials run side by side, and DuckDB's threads (default: the machine's cores). `memory_limit`:
    such as `'4GB'`. `max_seconds`: the longest one batch may take. `progress` is called with `Progress` values while a
    batch runs. `setup` is called with the DuckDB connection before any statement: there the host program loads tables,
    makes views and macros, and attaches databases. `device`: where models are trained: `'auto'` (on a GPU where that is
    faster), `'cpu'`, `'gpu'`; or a JSON file that describes a GPU, for which EXPLAIN then plans.

    `trusted=False` is for statements that come from elsewhere: they may read the tables of this database and the files
    in `allow_paths`, train and predict, and nothing else. The database is locked after `setup`, for good and with every
    other session of this process on it; `Session.register` still adds tables. Raises StratumError.
    """
    mode, described = chosen_device(device)
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
    fits = KeptFits(int(min(memory * _SHARE_OF_FITS, _MOST_FITS)))
    settings = Settings(
        worker_count(threads), memory, max_seconds, cache=cache, fits=fits, device=mode, described=described
    )
    permissions = Permissions(connection, trusted=trusted, paths=allow_paths)
    return Session(connection, path, permissions, settings, progress, read_only=read_only)


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
        self._withdrawn = Withdrawn(connection.interrupt)
        settings = replace(settings, withdrawn=self._withdrawn.requests)
        folder, temporary = artefact_folder(path)
        self._database = Database(connection, permissions.admit, errors_are_json=not permissions.trusted)
        names = Names(self._database, permissions.transform)
        scope = Scope(
            self._database, names, permissions.estimator, switch_names(), partial(_has_gpu, settings.described)
        )
        store = Store(
            self._database,
            ArtefactFolder(folder, None if temporary is not None else str(Path(path).resolve())),
            permissions.transform,
            permissions.is_granted,
            read_only=read_only,
        )
        operators = Operators(permissions.transform, permissions.estimator, settings.memory_limit)
        self._files = ModelFiles(store, permissions)
        self._models = ModelStatements(store, trusted=permissions.trusted)
        self._training = Training(scope, store, self._models, operators, settings, progress, self._stop)
        self._queue = Queue(scope, permissions.most_statements)
        self._batches = Batches(self._database, self._training, self._models, self._queue)
        self._release = weakref.finalize(self, release, connection, self._database, store.close, temporary)

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
            for group in groups(items):
                for result in self._run_group(group):
                    if result.error is not None:
                        raise result.error
            return result

    def select(self, query: str) -> pa.Table:
        """Run one SELECT of DuckDB's own and give back its rows, without looking for statements of ours in it or for
        the caller's variables. Raises StratumError.
        """
        with self._taking_turn():
            self._permissions.check_text(query)
            self._permissions.check_lock()
            self._training.store.settle()
            return rows_of(self._database, query)

    @overload
    def batch(self, texts: Iterable[str]) -> list[Result]: ...

    @overload
    def batch(self, texts: Iterable[S]) -> list[S]: ...

    def batch(self, texts: Iterable[Any]) -> list[Any]:
        """Run many texts, one result a text: that of its last statement, or the first error in it.

        Adjacent TRAIN statements, of one text or of several, are planned as one. An error harms its own text alone.
        Scripts of pandas, each `stratum_sql.translate(.., run=False)`, are their own results; none stands among texts.
        """
        listed = list(texts)
        scripts = [one for one in listed if not isinstance(one, str)]
        if scripts:
            if len(scripts) != len(listed):
                raise TypeError("scripts and texts of SQL are two batches")
            type(scripts[0]).run_together(scripts, self)
            return scripts
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

    def run_together(
        self, callers: Iterable[Mapping[int, Sequence[str]]], tables: Mapping[str, Any] | None = None
    ) -> dict[int, list[list[Result]]]:
        """`run_scripts` for several callers at once: the requests of each, by numbers above 0 that no other has, and so
        their results. What trains is one batch across callers; the statements of each caller run in its order.

        `tables` can be read by name for this one call. Statements that would change the session for others fail.
        Raises DatabaseError or RunError for what is no table.
        """
        listed = list(callers)
        with self._taking_turn(), self._registered(tables or {}):
            items = self._items_of(listed)
            asked = [[item for request in own for text in items[request] for item in text] for own in listed]
            try:
                results = self._run_groups(interleaved(asked))
            finally:
                self._withdrawn.forget()
        return {
            request: [[results.get(item) or not_run(item) for item in text] for text in texts]
            for request, texts in items.items()
        }

    def withdraw(self, request: int) -> None:
        """End the statements of one request of `run_together`, from any thread; those of others go on."""
        self._withdrawn.withdraw(request)

    def explain(
        self, texts: str | Iterable[str], form: str = "text", *, tables: Mapping[str, Any] | None = None
    ) -> str:
        """The plan of the TRAIN statements of one or more texts as one batch: what runs, and what is shared. Runs
        nothing. `form` is `text`, `json`, `mermaid` or `html`: one page that needs nothing else. `tables` can be read
        by name for this one call.

        Raises StratumError at the first statement that cannot be read or bound, and for another form.
        """
        listed = [texts] if isinstance(texts, str) else list(texts)
        queries: list[TrainQuery] = []
        registered = self._registered(tables or {})
        with self._taking_turn(), registered, self._lender() as lender, self._database.telling(), uncollected():
            items = [item for number, text in enumerate(listed) for item in self._read(number, text)]
            self._batches.expect(items, lender)
            for item in items:
                queries += lender.run(partial(self._batches.bound_all, item))
            return self._training.plan(queries, form=form)

    def check(self, texts: str | Iterable[str]) -> list[Checked]:
        """What is wrong with the statements of each text, as far as it can be known without running them."""
        listed = [texts] if isinstance(texts, str) else list(texts)
        with self._taking_turn(), self._lender() as lender, self._database.telling(), uncollected():
            items = [self._read_kindly(number, text) for number, text in enumerate(listed)]
            self._batches.expect((item for one in items for item in one), lender)
            checker = Checker(self._training.scope, self._training.store, lender.run)
            return [checker.check(one) for one in items]

    # -- kept models ---------------------------------------------------------------------------------------------------

    @property
    def models(self) -> Models:
        """The latest version of each model, by name: a list that shows itself as `SHOW MODELS` does. Raises
        StratumError."""
        with self._taking_turn():
            entries = self._training.store.entries()
            return Models([Model(self, entry) for entry in entries], Result.from_arrow(models_table(entries), "rows"))

    def model(self, name: str) -> Model:
        """A version of a model, such as `m`, `m@3`, `m@champion`. Raises BindError with candidates."""
        with self._taking_turn():
            wanted = model_name(name)
            store = self._training.store
            return Model(self, store.entry(wanted.last, name, wanted.span, wanted.version))

    def stored_model(self, text: str, name: Name) -> StoredModel:
        """A version of a model that can predict; `name` stands in `text`. Raises BindError with candidates."""
        with self._taking_turn():
            return self._training.store.load(name.last, text, name.span, name.version)

    @property
    def scope(self) -> Scope:
        """What names mean in this session."""
        return self._training.scope

    def let_models_change(self) -> None:
        """Let statements drop and replace kept models, and move their aliases, whoever they are of."""
        self._models.may_change = True

    def reproduce(self, model: str) -> Reproduction:
        """Train a kept model, such as `m@3`, again from its statement, over the tables of today, and compare: whether
        the data, the libraries and the score of every fold are the same. Nothing is kept.

        Raises StratumError for a model that is not there, and where its statement cannot run any more.
        """
        with self._taking_turn(), self._lender() as lender:
            name = model_name(model)
            return lender.run(lambda: self._training.reproduce(name, model))

    def collect_garbage(self, *, delete: bool = False, older_than: float = YOUNG) -> Garbage:
        """Files beside the database that belong to no model, as a process leaves them that was killed; removed only
        with `delete`. Files younger than `older_than` seconds are left.

        Raises RunError in an open transaction, and where a read-only database is to lose files.
        """
        with self._taking_turn():
            return self._training.store.collect_garbage(delete=delete, older_than=older_than)

    # -- what statements may name --------------------------------------------------------------------------------------

    def register(self, name: str, table: Any) -> None:
        """Make a table of the host program readable under `name`: a DataFrame, or anything with the Arrow PyCapsule
        interface.

        Raises DatabaseError if it is no table, RunError if it is an Arrow table whose buffers are malformed.
        """
        with self._taking_turn():
            self._register(name, table)

    def import_model(
        self, name: str, pipeline: Any, *, inputs: Mapping[str, str] | None = None, target: str | None = None
    ) -> None:
        """Keep a fitted scikit-learn Pipeline of the host program under a name, so that statements predict with it.

        `inputs` are the columns of its DataFrame with DuckDB's types, `{"age": "DOUBLE", "town": "VARCHAR"}`; they may
        be left out for numbers alone, and for a pipeline that was exported. `target` is the name of what it predicts.
        Raises RunError for what does not predict, or cannot be stored without pickle.
        """
        with self._taking_turn():
            self._files.import_object(name, pipeline, inputs, target)

    def to_sklearn(self, name: str) -> Any:
        """A kept model as a fitted scikit-learn Pipeline over a DataFrame of the columns that it reads.

        NULL is NaN; a classifier gives the labels. Raises BindError for an unknown model, RunError `not_exported`.
        """
        with self._taking_turn():
            return self._files.pipeline(name)

    def check_file(self, path: str) -> None:
        """Raise NotAllowed unless a statement may read this file; whether there is one is not looked at."""
        with self._taking_turn():
            self._permissions.admit(f"FROM read_csv({quote_text(path)})")

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
        self._database.interrupt()

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

    def _read(self, number: int, text: str) -> list[Item]:
        """The statements of a text. Raises TooComplex for one that must not even be looked at."""
        self._permissions.check_text(text)
        return [Item(number, text, span, found) for span, found in read_script(text, self._database.parses)]

    def _run_all(self, texts: Sequence[str]) -> list[tuple[int, Result]]:
        """The result of every statement, in order, each with the number of its text."""
        with self._taking_turn():
            with uncollected():
                items = [item for number, text in enumerate(texts) for item in self._read_kindly(number, text)]
            results = self._run_groups(groups(items))
            return [(item.text_index, results.get(item) or not_run(item)) for item in items]

    def _run_groups(self, found: Iterable[list[Item]]) -> dict[Item, Result]:
        """The results of what ran: not of what follows a failure in its text."""
        results: dict[Item, Result] = {}
        broken: set[int] = set()
        for group in found:
            live = [item for item in group if item.text_index not in broken]
            results |= {item: Result.failed(error, item.written) for item in live if (error := self._refused(item))}
            admitted = [item for item in live if item not in results]
            with self._withdrawn.running(admitted):
                results |= dict(zip(admitted, self._run_group(admitted), strict=True))
            broken |= {item.text_index for item in live if breaks(item, results[item])}
        return results

    def _items_of(self, callers: Iterable[Mapping[int, Sequence[str]]]) -> dict[int, list[list[Item]]]:
        """The statements of each text of each request; texts are numbered through all of them."""
        numbers = count()
        return {
            request: [[replace(i, request=request) for i in self._read_kindly(next(numbers), text)] for text in texts]
            for own in callers
            for request, texts in own.items()
        }

    def _refused(self, item: Item) -> StratumError | None:
        """Why a statement of one caller of several does not run."""
        if item.request == 0:
            return None
        return withdrawn_error() if item.request in self._withdrawn.requests else shared_state(item)

    def _register(self, name: str, table: Any) -> None:
        try:
            self.connection.register(name, checked(name, table))
        except duckdb.Error as error:
            raise from_plain(error) from error

    @contextmanager
    def _registered(self, tables: Mapping[str, Any]) -> Iterator[None]:
        made: list[str] = []
        try:
            for name, table in tables.items():
                self._register(name, table)
                made.append(name)
            yield
        finally:
            for name in made:
                with suppress(duckdb.Error):
                    self.connection.unregister(name)

    def _read_kindly(self, number: int, text: str) -> list[Item]:
        try:
            return self._read(number, text)
        except StratumError as error:
            return [Item(number, text, Span(0, len(text)), error)]

    def _run_group(self, group: Sequence[Item]) -> list[Result]:
        """The results of adjacent TRAIN statements, or of one other statement."""
        if not group:
            return []
        if self._stop.is_set():
            return [Result.failed(withdrawn_error(), item.written) for item in group]
        self._permissions.check_lock()
        self._database.forget()
        self._training.store.settle()
        with self._lender() as lender:
            if isinstance(group[0].statement, Train):
                return self._batches.run(group, lender)
            if len(group) > 1:
                return self._predict_together(group, lender)
            return [self._caught(item, partial(self._run_one, item, lender)) for item in group]

    def _predict_together(self, group: Sequence[Item], lender: Lender) -> list[Result]:
        """The answers to adjacent PREDICT statements over one query; it is read once, if nothing speaks against it."""
        asked = [(item.text, item.statement) for item in group if isinstance(item.statement, Predict)]
        shared: list[Result] | None = None
        try:
            for text, statement in asked:
                self._queue.check(text, statement)
            shared = lender.run(lambda: self._training.predict_together(asked))
        except Interrupted as error:
            return [Result.failed(error, item.written) for item in group]
        except (StratumError, duckdb.Error):
            shared = None  # each of them tells its own
        return shared or [self._caught(item, partial(self._run_one, item, lender)) for item in group]

    def _caught(self, item: Item, action: Callable[[], Result]) -> Result:
        try:
            return action()
        except StratumError as error:
            return Result.failed(error, item.written)
        except duckdb.Error as error:  # an aborted transaction fails what we ask the catalogue, too
            return Result.failed(from_plain(error), item.written)

    def _run_one(self, item: Item, lender: Lender) -> Result:
        text, statement = item.text, item.statement
        self._queue.check(text, statement)
        match statement:
            case Plain():
                return self._plain(item, lender)
            case Predict() | Evaluate() | Transform() | ExplainModel():
                return lender.run(lambda: self._training.apply(text, statement))
            case ShowModels() | DescribeModel() | ShowVersions():
                return lender.run(lambda: self._training.apply(text, statement))
            case Explain():
                return lender.run(lambda: self._training.explain(text, statement))
            case DropModel():
                return self._models.drop(text, statement)
            case PromoteModel() | RollbackModel():
                return self._models.change(text, statement)
            case ExportModel():
                return self._files.export(text, statement)
            case ImportModel():
                return self._files.import_file(text, statement)
            case BeginBatch():
                return self._queue.begin(text, statement)
            case RollbackBatch():
                return self._queue.roll_back(text, statement)
            case CommitBatch():
                return self._batches.commit(item, statement, self._lender)
            case ExplainBatch():
                return self._batches.explain(item, statement, self._lender)
            case Scored(calls=calls):
                with self._called(text, calls) as called:
                    return lender.run(lambda: self._ask_around(item, called, []))
            case Nested(calls=calls):
                if self._models.is_left(text, statement.queries[-1]):
                    return Result.none(item.written)
                run = NestedRun(text, statement, self.connection, self._training, lender, streams=self.trusted)
                with self._called(text, calls) as called:
                    return run.run(lambda fillings: self._ask_around(item, called, fillings))
        raise AssertionError(f"{type(statement).__name__} runs with its group")

    def _plain(self, item: Item, lender: Lender) -> Result:
        """DuckDB's own statement as it was written, or one that switches a rule of our optimizer, which DuckDB does not
        know.
        """
        try:
            switched = switch(item.written)
        except StratumError as error:
            raise moved(error, item.text, item.span.start) from None
        if switched is not None:
            self._set(item, *switched)
            return Result.none(item.written)
        sql = Composed.verbatim(item.text, item.span)
        try:
            return lender.run(lambda: self._ask_duckdb(item, sql))
        except StratumError as error:
            if error.diagnostic.code not in _NO_TABLE or not is_show_models(item.written):
                raise
        return self._models.listing(item.text, ShowModels(item.span, item.span))

    def _set(self, item: Item, name: str, value: bool | Mode) -> None:
        if isinstance(value, bool):
            self._training.switch(name, value)
            return
        if value == "gpu" and not self._training.scope.has_gpu():
            raise no_gpu(item.text, item.span)
        self._training.place(value)

    def _called(self, text: str, calls: Sequence[ScalarCall]) -> CalledModels:
        return CalledModels(text, calls, self.connection, self._training.store, self._permissions.lend)

    def _ask_around(self, item: Item, called: CalledModels, fillings: Sequence[Filling]) -> Result:
        """The statement around queries and calls of models."""
        return called.run(lambda: self._ask_duckdb(item, called.written(item.span, fillings)))

    def _ask_duckdb(self, item: Item, sql: Composed) -> Result:
        result = run_plain(self._database, sql, item.text, item.written, reads_variables=self.trusted)
        self._results.add(result)
        return result

    def _lender(self, held: Mapping[str, Any] | None = None) -> Lender:
        frame = _caller() if self.trusted else None
        return Lender(self.connection, frame, lambda name: self._permissions.transform(name) is not None, held)


def _has_gpu(described: Device | None) -> bool:
    return planned_device(described) is not None


_NO_TABLE = ("duckdb_catalog", "not_allowed")  # DuckDB's word, and the guard's
_HERE = str(Path(__file__).parent) + os.sep


def _caller() -> FrameType | None:
    """The first frame outside this package: the caller whose variables a statement may name."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return frame
