"""What shells ask: plans, and answers about the rows that they send. docs/extension-design.md has the whole way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias

from stratum_sql.errors import BindError, RunError, StratumError
from stratum_sql.execute.leaderboard import together
from stratum_sql.plain import told_in
from stratum_sql.results import Result
from stratum_sql.serve.answers import failed_board, rows_by_name, rows_json, table_of
from stratum_sql.serve.connection import Connection
from stratum_sql.serve.contents import Contents
from stratum_sql.serve.engine import Answer, Engine, Outcome
from stratum_sql.serve.frames import Frame
from stratum_sql.serve.messages import Drop, Explain, Fit, OfShell, Plan, Rows, Run
from stratum_sql.serve.planner import Planner
from stratum_sql.serve.shipped import over_tables
from stratum_sql.serve.specs import Asked, Spec, read_spec
from stratum_sql.serve.tables import Content
from stratum_sql.serve.uploads import Uploads
from stratum_sql.serve.wire import write_error

Add: TypeAlias = Callable[[Connection, Run | Explain, Mapping[str, Content], Callable[[Outcome], Answer] | None], None]


@dataclass(slots=True)
class _Shell:
    """What one connection has: rows that were sent, the requests that are not in a round yet, and the statements of an
    open batch, None without one."""

    uploads: Uploads
    asked: set[int] = field(default_factory=set)
    waiting: list[tuple[Spec, Mapping[str, Content]]] | None = None


@dataclass(slots=True)
class _Tasks:
    """Tasks that go on by themselves: the loop alone would not keep them."""

    running: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.running.add(task)
        task.add_done_callback(self.running.discard)


class Shells:
    """The shells of one engine. `add` lets a request wait for its round; `most` is bytes of rows of one shell."""

    def __init__(self, engine: Engine, most: int, add: Add) -> None:
        self._engine, self._most, self._add = engine, most, add
        self._planner = Planner(engine.session.scope, lambda action: engine.call(action).result())
        self._contents = Contents()
        self._shells: dict[int, _Shell] = {}
        self._tasks = _Tasks()

    def remove(self, client: int) -> None:
        """A shell has gone."""
        self._shells.pop(client, None)

    def cancel(self, client: int, id: int) -> None:
        """A request is not wanted any more: it comes into no round."""
        if client in self._shells:
            self._shells[client].asked.discard(id)

    def close(self) -> None:
        """Let go of what planning needs."""
        self._planner.close()
        self._contents.close()

    async def handle(self, connection: Connection, message: OfShell) -> None:
        """Do what a shell asks; what takes long goes on by itself, so that more can be heard."""
        shell = self._shells.setdefault(connection.number, _Shell(Uploads(self._most)))
        match message:
            case Rows(upload=upload, told=told, data=data):
                await asyncio.to_thread(shell.uploads.add, upload, told, data)
            case Drop(upload=upload):
                shell.uploads.drop(upload)
            case Plan():
                self._tasks.start(self._answering(connection, message.id, self._plan(connection, shell, message)))
            case Fit():
                shell.asked.add(message.id)
                self._tasks.start(self._answering(connection, message.id, self._fit(connection, shell, message)))

    async def _answering(self, connection: Connection, id: int, work: Any) -> None:
        """What goes wrong is the answer."""
        try:
            answer: bytes | None = await work
        except StratumError as error:
            connection.tell(Frame({"id": id, "error": _error(error)}))
        except Exception as error:  # noqa: BLE001  # one shell's fault must not end the engine
            message = f"unexpected {type(error).__name__} in the engine: {error}"
            connection.tell(Frame({"id": id, "error": _error(RunError.at("", None, "internal", message))}))
        else:
            if answer is not None:
                connection.tell(Frame({"id": id}, answer))

    async def _plan(self, connection: Connection, shell: _Shell, message: Plan) -> bytes:
        over = connection.account.over()
        if over is not None:
            raise over
        waiting = shell.waiting
        columns = tuple(spec.columns for spec, _ in waiting or ())
        asked = Asked(message.text, message.shell, waiting is not None, columns)
        return (await asyncio.to_thread(self._planner.plan, asked)).encode()

    async def _fit(self, connection: Connection, shell: _Shell, message: Fit) -> bytes | None:
        """The answer, where it needs no round."""
        table = await asyncio.to_thread(shell.uploads.table, message.uploads)
        for upload in message.uploads:
            shell.uploads.drop(upload)
        spec, contents = read_spec(message.spec), dict[str, Content]()
        if table is not None:
            contents = await asyncio.to_thread(self._contents.named, table, spec.tables)
            spec = replace(spec, written=over_tables(spec.written, list(contents)))
        if message.id not in shell.asked:
            return None  # it was cancelled while its rows were looked at
        shell.asked.discard(message.id)
        match spec.kind:
            case "wait":
                return _wait(shell, spec, contents)
            case "begin" | "rollback":
                return _batch(shell, spec)
            case "commit" | "explain":
                self._run_waiting(connection, shell, message.id, spec)
            case _:
                gather = "complete" if spec.kind == "predict" else ""
                run = Run(message.id, (spec.written.text,), gather)
                self._add(connection, run, contents, partial(_written, spec, _WRITERS.get(spec.kind, _rows)))
        return None

    def _run_waiting(self, connection: Connection, shell: _Shell, id: int, spec: Spec) -> None:
        waiting = _opened(shell, spec)
        tables = {name: content for _, own in waiting for name, content in own.items()}
        texts = tuple(one.written.text for one, _ in waiting)
        if spec.kind == "explain":
            self._add(connection, Explain(id, texts, "text"), tables, partial(_written, spec, _explained))
            return
        shell.waiting = None
        specs = [one for one, _ in waiting]
        self._add(connection, Run(id, texts, "complete"), tables, partial(_written, spec, partial(_together, specs)))


def _error(error: StratumError) -> dict[str, Any]:
    """An error with the words that a shell shows."""
    return {**write_error(error), "told": str(error)}


# ---- batches ---------------------------------------------------------------------------------------------------------


def _wait(shell: _Shell, spec: Spec, contents: Mapping[str, Content]) -> bytes:
    if shell.waiting is None:
        raise RunError.at("", None, "no_batch", "the batch that this waited for has ended", hint="run it again")
    shell.waiting.append((spec, contents))
    return json.dumps([{"statement": len(shell.waiting), "status": "waiting"}]).encode()


def _batch(shell: _Shell, spec: Spec) -> bytes:
    if spec.kind == "begin":
        if shell.waiting is not None:
            hint = "COMMIT BATCH runs it, ROLLBACK BATCH forgets it"
            raise BindError.at("", None, "batch_open", "a batch is open already", hint=hint)
        shell.waiting = []
        return b'[{"status": "a batch is open"}]'
    count = len(_opened(shell, spec))
    shell.waiting = None
    return json.dumps([{"status": f"{count} statements were forgotten"}]).encode()


def _opened(shell: _Shell, spec: Spec) -> list[tuple[Spec, Mapping[str, Content]]]:
    if shell.waiting is None:
        raise BindError.at(spec.text, None, "no_batch", "no batch is open", hint="BEGIN BATCH opens one")
    return shell.waiting


# ---- answers, written in the session's thread ------------------------------------------------------------------------


def _written(spec: Spec, write: Callable[[Spec, Outcome], bytes], outcome: Outcome) -> Answer:
    """An outcome as a shell reads it, errors told about the user's own words."""
    statements = 0 if isinstance(outcome, StratumError | str) else sum(map(len, outcome))
    try:
        if isinstance(outcome, StratumError):
            raise outcome
        return Answer({}, write(spec, outcome), statements)
    except StratumError as error:
        return Answer({"error": _error(told_in(error, spec.written, spec.text))}, b"", statements)


def _results(outcome: Outcome) -> Sequence[Result]:
    assert not isinstance(outcome, StratumError | str)
    return [one for own in outcome for one in own]


def _rows(spec: Spec, outcome: Outcome) -> bytes:
    table = table_of(_results(outcome))
    return b"[]" if table is None else rows_json(table, list(spec.columns))


def _done(_spec: Spec, outcome: Outcome) -> bytes:
    table_of(_results(outcome))
    return b'[{"status": "done"}]'


def _predicted(spec: Spec, outcome: Outcome) -> bytes:
    """One JSON text a row."""
    table = table_of(_results(outcome))
    assert table is not None
    made = table.select(range(table.num_columns - len(spec.columns), table.num_columns))
    return json.dumps([json.dumps(row) for row in json.loads(rows_json(made, list(spec.columns)))]).encode()


def _explained(_spec: Spec, outcome: Outcome) -> bytes:
    return json.dumps([{"explain": outcome}]).encode()


def _together(specs: Sequence[Spec], spec: Spec, outcome: Outcome) -> bytes:
    """All boards of a batch as one relation; of a statement that failed a row that says why."""
    results = _results(outcome)
    if not results:
        return b"[]"
    boards = {}
    for number, (own, result) in enumerate(zip(specs, results, strict=True), 1):
        board = failed_board(told_in(result.error, own.written, own.text)) if result.error else table_of([result])
        if board is not None:
            boards[number] = board if result.error else board.rename_columns(list(own.columns))
    return rows_by_name(together(boards), list(spec.columns))


_WRITERS: Mapping[str, Callable[[Spec, Outcome], bytes]] = {"predict": _predicted, "done": _done}
