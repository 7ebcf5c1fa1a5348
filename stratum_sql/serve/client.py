"""`connect_engine()`: the methods of a session, answered by an engine that many processes share."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from stratum_sql.connections import connect
from stratum_sql.errors import BindError, Diagnostic, RunError, StratumError
from stratum_sql.execute.events import Best, Listener, Progress
from stratum_sql.results import Result
from stratum_sql.serve.channel import Channel
from stratum_sql.serve.frames import Frame
from stratum_sql.serve.messages import TABLE_NAME
from stratum_sql.serve.place import Place, no_engine, place_of
from stratum_sql.serve.starting import start_engine
from stratum_sql.serve.wire import read_results, table_bytes


def connect_engine(
    folder: str | os.PathLike[str] | None = None,
    *,
    start: bool = True,
    progress: Listener | None = None,
    port: int | None = None,
    token: str | None = None,
) -> Client:
    """Become a client of the engine in a folder, by default the user's. Where none runs, one is started, if `start`.

    What clients send within 20 ms is one batch. `progress` is called with `Progress` values, in a thread of its own,
    while statements run; they tell of all that runs with them. With `port` the engine is reached through TCP on this
    machine; `token` is then the one in its `engine.json`, by default that of the folder.
    Raises RunError `no_engine`, `engine_failed`, `engine_version`, `wrong_token`, `unsafe_folder`.
    """
    client = Client(place_of(folder), start and port is None, progress, port, token)
    client.ping()
    return client


class Pending:
    """The answer to come to one request."""

    def __init__(self, client: Client, channel: Channel, id: int, answer: Future[Frame]) -> None:
        self._client, self._channel, self._id, self._answer = client, channel, id, answer

    def done(self) -> bool:
        """Whether it has come."""
        return self._answer.done()

    def cancel(self) -> None:
        """End the statements of this request. What is done comes: trials that had not ended are `cancelled`."""
        self._channel.cancel(self._id)

    def frame(self, timeout: float | None = None) -> Frame:
        """Wait for the answer as it was sent. Raises its error, TimeoutError after so many seconds."""
        try:
            return self._answer.result(timeout)
        except KeyboardInterrupt:
            self.cancel()
            raise

    def results(self, timeout: float | None = None) -> list[list[Result]]:
        """Wait for the results of all statements of each text. Raises TimeoutError after so many seconds."""
        frame = self.frame(timeout)
        return read_results(frame.head["results"], frame.data)

    def result(self, timeout: float | None = None) -> Result:
        """Wait for the result of the last statement. Raises StratumError: the first error of any."""
        results = [one for own in self.results(timeout) for one in own]
        for one in results:
            if one.error is not None:
                raise one.error
        return results[-1] if results else Result.none()


class Client:
    """One client of an engine; made by `connect_engine`. Methods may be called from any thread, and do not wait for
    each other. Where the engine has gone the next call looks for one again, and sends the registered tables again.
    """

    def __init__(
        self, place: Place, start: bool, progress: Listener | None, port: int | None, token: str | None
    ) -> None:
        self._place, self._start, self._port, self._token = place, start, port, token
        self._listener = progress
        self._tables: dict[str, pa.Table] = {}
        self._lock = threading.RLock()
        self._channel: Channel | None = None
        self._process = os.getpid()
        self._closed = False

    # -- statements ----------------------------------------------------------------------------------------------------

    def sql(self, text: str) -> Result:
        """Run a text and give back the result of its last statement. Raises StratumError: the first error of any."""
        return self.submit(text).result()

    def submit(self, *texts: str, more: bool = False, last: bool = False) -> Pending:
        """Send texts without waiting. `more` says that others follow which belong to the same batch: the engine waits
        for them, 2 s at most. `last` says that none follow: it waits for nobody."""
        gather = "open" if more else "complete" if last else ""
        return self._ask({"do": "run", "texts": list(texts), "gather": gather})

    def batch(self, texts: Iterable[str]) -> list[Result]:
        """Run many texts, one result a text: that of its last statement, or the first error in it."""
        found = []
        for own in self.run_scripts(texts):
            failed = next((one for one in own if one.error is not None), None)
            found.append(failed or (own[-1] if own else Result.none()))
        return found

    def run_script(self, texts: str | Iterable[str]) -> list[Result]:
        """Run one or more texts and give back a result for every statement, in order; errors are results as well."""
        return [one for own in self.run_scripts([texts] if isinstance(texts, str) else texts) for one in own]

    def run_scripts(self, texts: Iterable[str]) -> list[list[Result]]:
        """`run_script` with the results of each text in a list of its own."""
        return self.submit(*texts).results()

    def explain(self, texts: str | Iterable[str], form: str = "text") -> str:
        """The plan of the TRAIN statements of one or more texts as one batch. Raises StratumError."""
        listed = [texts] if isinstance(texts, str) else list(texts)
        plan: str = self._ask({"do": "explain", "texts": listed, "form": form}).frame().head["plan"]
        return plan

    # -- tables --------------------------------------------------------------------------------------------------------

    def register(self, name: str, table: Any) -> None:
        """Send a table, which this client's statements may name: a DataFrame, or anything with the Arrow PyCapsule
        interface. Tables of equal content are held once, whoever sent them.

        Raises BindError for a name that is none, RunError for what is no table, or too large.
        """
        if not TABLE_NAME.fullmatch(name):
            message = f"a table's name has letters, digits and underscores, 63 at most; got {name!r}"
            raise BindError(Diagnostic("bad_name", message, "bind"))
        arrow = _arrow(name, table)
        with self._lock:
            self._send_table(self._open_channel(), name, arrow)
            self._tables[name] = arrow

    def unregister(self, name: str) -> None:
        """Let go of a table."""
        with self._lock:
            self._tables.pop(name, None)
        self._ask({"do": "unregister", "name": name}).frame()

    # -- the connection ------------------------------------------------------------------------------------------------

    @property
    def engine(self) -> Mapping[str, Any]:
        """What the engine says of itself: `engine`, its version, and `pid`."""
        return self._open_channel().welcome

    def ping(self) -> None:
        """Make sure that an engine answers. Raises RunError."""
        self._open_channel()

    def close(self) -> None:
        """Leave the engine. What was asked and has not been answered is cancelled."""
        with self._lock:
            self._closed = True
            channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, head: Mapping[str, Any]) -> Pending:
        channel = self._open_channel()
        return Pending(self, channel, *channel.ask(head))

    def _open_channel(self) -> Channel:
        with self._lock:
            if self._closed:
                raise RunError(Diagnostic("closed", "this client is closed", "run"))
            if self._process != os.getpid():  # a copy made by fork: the connection is that of the other process
                self._process, self._channel = os.getpid(), None
            if self._channel is None or not self._channel.is_open:
                if self._channel is not None:
                    self._channel.close()
                self._channel = self._connected()
                for name, table in self._tables.items():
                    self._send_table(self._channel, name, table)
            return self._channel

    def _connected(self) -> Channel:
        try:
            return self._dial()
        except StratumError as error:
            if not self._start or error.diagnostic.code not in ("no_engine", "engine_gone"):
                raise
        start_engine(self._place)
        return self._dial()

    def _dial(self) -> Channel:
        ticket = None if self._token is not None and self._port is not None else self._place.read_ticket()
        token = self._token or (ticket.token if ticket is not None else "")
        family, address = _address(self._place, self._port)
        end = socket.socket(family)
        try:
            end.connect(address)
            return Channel(end, token, self._told if self._listener is not None else None)
        except BaseException as error:
            end.close()
            if isinstance(error, OSError):
                raise no_engine(self._place) from error
            raise

    def _send_table(self, channel: Channel, name: str, table: pa.Table) -> None:
        _, answer = channel.ask({"do": "register", "name": name}, memoryview(table_bytes(table)))
        answer.result()

    def _told(self, told: Mapping[str, Any]) -> None:
        if self._listener is not None:
            best = None if told["best"] is None else Best(**told["best"])
            self._listener(Progress(**{**told, "best": best}))


def _address(place: Place, port: int | None) -> tuple[int, Any]:
    return (socket.AF_UNIX, str(place.socket)) if port is None else (socket.AF_INET, ("127.0.0.1", port))


def _arrow(name: str, table: Any) -> pa.Table:
    """A table of the caller's as Arrow. Raises RunError `no_table` where it is none."""
    if isinstance(table, pa.Table):
        return table
    try:
        if hasattr(table, "__arrow_c_stream__"):
            return pa.RecordBatchReader.from_stream(table).read_all()
        with connect() as own:
            own.register("given", table)
            return own.sql("FROM given").to_arrow_table()
    except (duckdb.Error, pa.ArrowException, TypeError, ValueError) as error:
        raise RunError.at("", None, "no_table", f"{name} is no table: {str(error).splitlines()[0]}") from error
