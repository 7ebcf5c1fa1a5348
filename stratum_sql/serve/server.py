"""The engine's process: sockets, turns, the clock; and its end."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from typing import Any

from stratum_sql.errors import Diagnostic, Interrupted, RunError, StratumError
from stratum_sql.execute.events import Progress
from stratum_sql.serve.budget import Account, Budget
from stratum_sql.serve.connection import Connection
from stratum_sql.serve.engine import Answer, Engine, Round
from stratum_sql.serve.frames import Frame, bad_frame
from stratum_sql.serve.messages import (
    PROTOCOL,
    Cancel,
    Drop,
    Explain,
    Fit,
    Hello,
    Message,
    Plan,
    Register,
    Rows,
    Run,
    Unregister,
)
from stratum_sql.serve.place import Place
from stratum_sql.serve.queue import WINDOW, Queue, Request
from stratum_sql.serve.shells import Shells
from stratum_sql.serve.sockets import is_same_user
from stratum_sql.serve.tables import Content, Tables, content_of
from stratum_sql.serve.together import together
from stratum_sql.serve.wire import write_error
from stratum_sql.session import Session

IDLE_SECONDS = 900.0
MOST_CLIENTS = 256
MOST_DATA = 2**30  # bytes of one table, or of the rows of one answer
MOST_TABLES = 2**32  # bytes of the tables of all clients
_TICK = 0.2  # seconds


@dataclass(frozen=True, slots=True)
class Limits:
    """What an engine does for its clients. `idle_seconds`: how long it stays without any; None is for ever."""

    window: float = WINDOW
    idle_seconds: float | None = IDLE_SECONDS
    clients: int = MOST_CLIENTS
    data: int = MOST_DATA
    tables: int = MOST_TABLES
    budget: Budget = field(default_factory=Budget)


class Server:
    """One engine and its clients. All but the engine's own thread is one asyncio loop."""

    def __init__(self, place: Place, limits: Limits, version: str) -> None:
        self._place, self._limits, self._version = place, limits, version
        self._connections: dict[int, Connection] = {}
        self._queue, self._tables = Queue(limits.window), Tables(limits.tables)
        self._numbers, self._lanes = count(1), count(1)
        self._unwanted: set[int] = set()  # requests that run, and that nobody wants an answer to
        self._news, self._over = asyncio.Event(), asyncio.Event()
        self._last = time.monotonic()  # when the last client went
        self._token = ""

    async def run(
        self,
        engine: Callable[[Callable[[Round, Progress], None]], Engine],
        port: int | None,
        ready: Callable[[], object],
    ) -> None:
        """Serve until SIGTERM, SIGINT, or a long time without clients. `port` is that of TCP, on this machine alone; 0
        finds a free one. `engine` makes the engine, given whom to tell of progress."""
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._over.set)
        self._engine = engine(self._progressed)
        self._shells = Shells(self._engine, self._limits.tables, self._add)
        try:
            async with asyncio.TaskGroup() as tasks:
                listening = await self._listen(port)
                ready()
                helpers = [tasks.create_task(self._rounds()), tasks.create_task(self._watch())]
                await self._over.wait()
                for one in listening:
                    one.close()
                for helper in helpers:
                    helper.cancel()
        finally:
            self._end()

    async def _listen(self, port: int | None) -> list[asyncio.Server]:
        path = str(self._place.socket)
        servers = [await asyncio.start_unix_server(self._accept, path)]
        self._place.socket.chmod(0o600)
        if port is not None:
            servers.append(await asyncio.start_server(self._accept, "127.0.0.1", port))
            port = servers[1].sockets[0].getsockname()[1]
        self._token = self._place.write_ticket(port).token  # last: who can read it finds us ready
        return servers

    def _end(self) -> None:
        for connection in self._connections.values():
            connection.abort()
        self._engine.close()
        self._shells.close()

    # -- clients -------------------------------------------------------------------------------------------------------

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not is_same_user(writer.get_extra_info("socket")):
            writer.close()
            return
        account = Account(self._limits.budget)
        connection = Connection(next(self._numbers), reader, writer, account, self._limits.data)
        if len(self._connections) >= self._limits.clients:
            message = f"the engine has {self._limits.clients} clients, and no more may come"
            error = RunError(Diagnostic("too_many_clients", message, "run", retryable=True))
            await connection.refuse(Frame({"error": write_error(error)}))
            return
        self._connections[connection.number] = connection
        welcome = Frame({"welcome": PROTOCOL, "engine": self._version, "pid": os.getpid()})
        try:
            await connection.serve(self._token, welcome, self._handle)
        finally:
            self._gone(connection)

    def _gone(self, connection: Connection) -> None:
        """A client has left: what only it wanted is not wanted any more."""
        self._connections.pop(connection.number, None)
        self._queue.drop(connection.number)
        self._tables.remove(connection.number)
        self._shells.remove(connection.number)
        running = self._engine.round
        if running is not None:
            self._unwanted |= {one.lane for one in running.requests if one.client == connection.number}
        self._last = time.monotonic()
        self._withdraw()

    async def _handle(self, connection: Connection, message: Message) -> None:
        match message:
            case Run() | Explain():
                self._ask(connection, message)
            case Register():
                connection.tell(Frame({"id": message.id, **await self._register(connection, message)}))
            case Unregister(id=id, name=name):
                self._tables.remove(connection.number, name)
                connection.tell(Frame({"id": id, "done": True}))
            case Plan() | Rows() | Drop() | Fit():
                await self._shells.handle(connection, message)
            case Cancel(id=id):
                self._cancel(connection, id)
            case Hello():
                raise bad_frame("hello was said already")

    async def _register(self, connection: Connection, message: Register) -> dict[str, Any]:
        try:
            over = connection.account.over()
            if over is not None:
                raise over
            content = await asyncio.to_thread(content_of, message.data)
            if connection.number in self._connections:
                self._tables.put(connection.number, message.name, content)
        except StratumError as error:
            return {"error": write_error(error)}
        return {"done": True}

    def _ask(self, connection: Connection, message: Run | Explain) -> None:
        self._add(connection, message, self._tables.of(connection.number), None)

    def _add(
        self,
        connection: Connection,
        message: Run | Explain,
        tables: Mapping[str, Content],
        write: Callable[[Any], Answer] | None,
    ) -> None:
        if connection.number not in self._connections:
            return  # it has gone while its rows were looked at
        if message.id in connection.lanes:
            raise bad_frame("the id of a request is that of another one")
        over = connection.account.over()
        if over is not None:
            connection.tell(Frame({"id": message.id, "error": write_error(over)}))
            return
        lane = next(self._lanes)
        connection.lanes[message.id] = lane
        self._queue.add(Request(connection.number, lane, message, time.monotonic(), tables, write))
        self._news.set()

    def _cancel(self, connection: Connection, id: int) -> None:
        lane = connection.lanes.get(id)
        if lane is None:  # it is answered already, or a shell's that is not in a round yet
            self._shells.cancel(connection.number, id)
            return
        if self._queue.drop(connection.number, lane):
            connection.answered(id)
            error = Interrupted(Diagnostic("interrupted", "stopped by the caller before it ran", "run", retryable=True))
            connection.tell(Frame({"id": id, "error": write_error(error)}))
        else:
            self._unwanted.add(lane)
            self._withdraw()

    # -- rounds --------------------------------------------------------------------------------------------------------

    async def _rounds(self) -> None:
        while True:
            self._news.clear()
            self._queue.blocked = {number for number, one in self._connections.items() if one.is_stuffed}
            requests = self._queue.take(time.monotonic())
            if requests:
                await self._round(requests)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK if self._queue.blocked else self._queue.due(time.monotonic())):
                    await self._news.wait()

    def _rest(self) -> float | None:
        """Seconds until there may be another round; None: not before something comes."""
        due = self._queue.due(time.monotonic())
        return min(_TICK, due or _TICK) if self._queue.blocked else due

    async def _round(self, requests: Sequence[Request]) -> None:
        started = time.monotonic()
        running = self._engine.start(requests, together(requests))
        answers = await asyncio.wrap_future(running)
        share = (time.monotonic() - started) / len({request.client for request in requests})
        for client in {request.client for request in requests} & self._connections.keys():
            self._connections[client].account.seconds += share
        for request in requests:
            self._unwanted.discard(request.lane)
            self._deliver(request, answers[request.lane])

    def _deliver(self, request: Request, answer: Answer) -> None:
        connection = self._connections.get(request.client)
        if connection is not None:
            connection.answered(request.message.id)
            connection.account.statements += answer.statements
            connection.tell(Frame({"id": request.message.id, **answer.head}, answer.data))

    def _progressed(self, running: Round, event: Progress) -> None:
        """Called in the engine's thread."""
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._tell_progress, running, event)

    def _tell_progress(self, running: Round, event: Progress) -> None:
        """Who is alone in a round is told of its best trial; of many, nobody is told of another's."""
        told = asdict(event if running.clients == 1 else replace(event, best=None))
        for request in running.requests:
            connection = self._connections.get(request.client)
            if connection is not None and connection.wants_progress and not connection.is_full:
                connection.tell(Frame({"id": request.message.id, "progress": told}))

    # -- the clock -----------------------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            self._withdraw()
            for connection in self._connections.values():
                if connection.is_full and connection.is_gone:
                    connection.abort()
            idle = self._limits.idle_seconds
            if idle is not None and not self._connections and time.monotonic() - self._last > idle:
                self._over.set()

    def _withdraw(self) -> None:
        """End what runs and is not wanted, or has used up its seconds; asked again and again, as it may not have begun
        when it was asked first."""
        running = self._engine.round
        if running is None:
            return
        share = (time.monotonic() - running.started) / running.clients
        for request in running.requests:
            connection = self._connections.get(request.client)
            spent = connection is not None and connection.account.seconds_left < share
            if spent or request.lane in self._unwanted:
                self._engine.withdraw(request.lane)


def serve(
    place: Place,
    database: str,
    limits: Limits,
    version: str,
    *,
    port: int | None = None,
    opened: Callable[[Session], object] = lambda _: None,
    ready: Callable[[], object] = lambda: None,
    **options: Any,
) -> None:
    """Be the engine of a place until it ends. `opened` is called with the session before the first client can come,
    `ready` when it can.

    Raises RunError `engine_runs` where there is one, `unsafe_folder`, and what `stratum_sql.connect` raises.
    """

    def engine(told: Callable[[Round, Progress], None]) -> Engine:
        made = Engine(told, limits.data, database, **options)
        if database == ":memory:":
            made.session.let_models_change()  # they go with the engine
        opened(made.session)
        return made

    place.prepare()
    with place.owned():
        asyncio.run(Server(place, limits, version).run(engine, port, ready))
