"""The client's end of a connection: requests go out, a thread takes what comes in to those who wait for it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from itertools import count
from typing import Any

from stratum_sql.errors import RunError, StratumError
from stratum_sql.serve.connection import MOST_OPEN
from stratum_sql.serve.frames import LENGTHS, Frame, bad_frame, decode, encode, lengths
from stratum_sql.serve.messages import PROTOCOL
from stratum_sql.serve.sockets import has_hung_up
from stratum_sql.serve.wire import read_error

_OPEN = MOST_OPEN - 8  # requests at once: below the engine's limit it goes on reading, so that it hears `cancel`
_SECONDS = 10.0  # for the handshake


class Channel:
    """One connection that was let in. `told` is called with progress, in the channel's own thread."""

    def __init__(self, end: socket.socket, token: str, told: Callable[[Mapping[str, Any]], None] | None) -> None:
        self._end, self._told = end, told
        self._ids = count(1)
        self._waiting: dict[int, Future[Frame]] = {}
        self._lock, self._sending = threading.Lock(), threading.Lock()
        self._turns = threading.BoundedSemaphore(_OPEN)
        self._closed: StratumError | None = None
        self.welcome = self._introduce(token)
        self._thread = threading.Thread(target=self._listen, name="stratum-client", daemon=True)
        self._thread.start()

    @property
    def is_open(self) -> bool:
        """Whether requests can be sent."""
        return self._closed is None and not has_hung_up(self._end)

    def ask(self, head: Mapping[str, Any], data: Any = b"") -> tuple[int, Future[Frame]]:
        """Send a request; its id, and the answer to come. Raises RunError `engine_gone`."""
        self._turns.acquire()
        answer: Future[Frame] = Future()
        answer.add_done_callback(lambda _: self._turns.release())
        with self._lock:
            id = next(self._ids)
            if self._closed is None:
                self._waiting[id] = answer
            else:
                answer.set_exception(self._closed)
        if not answer.done():
            self._send(Frame({**head, "id": id}, data))
        return id, answer

    def cancel(self, id: int) -> None:
        """Say that the answer to a request is not wanted any more; what is done of it comes."""
        self._send(Frame({"do": "cancel", "id": id}))

    def close(self) -> None:
        """Hang up: what was asked is cancelled."""
        with suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)
        if threading.current_thread() is not self._thread:
            self._thread.join()
        self._end.close()

    # -- sockets -------------------------------------------------------------------------------------------------------

    def _introduce(self, token: str) -> Mapping[str, Any]:
        self._end.settimeout(_SECONDS)
        hello = {"do": "hello", "protocol": PROTOCOL, "token": token, "progress": self._told is not None}
        try:
            with suppress(OSError):  # who does not let us in may have said why, and hung up
                self._write(Frame(hello))
            head = self._read().head
        except (OSError, EOFError) as error:
            raise engine_gone() from error
        if "error" in head:
            raise read_error(head["error"])
        if head.get("welcome") != PROTOCOL:
            raise bad_frame("what answers is no engine, or one of another version")
        self._end.settimeout(None)
        return head

    def _send(self, frame: Frame) -> None:
        try:
            self._write(frame)
        except OSError:
            self._fail(engine_gone())

    def _write(self, frame: Frame) -> None:
        with self._sending:
            self._end.sendall(encode(frame))
            if frame.size:
                self._end.sendall(frame.data)

    def _read(self) -> Frame:
        head, data = lengths(self._take(LENGTHS.size))
        return decode(self._take(head), self._take(data))

    def _take(self, size: int) -> bytearray:
        taken = bytearray(size)
        view = memoryview(taken)
        while view:
            got = self._end.recv_into(view)
            if got == 0:
                raise EOFError
            view = view[got:]
        return taken

    # -- the channel's own thread --------------------------------------------------------------------------------------

    def _listen(self) -> None:
        try:
            while True:
                self._take_in(self._read())
        except StratumError as error:
            self._fail(error)
        except (OSError, EOFError):
            self._fail(engine_gone())

    def _take_in(self, frame: Frame) -> None:
        head = frame.head
        if "progress" in head:
            if self._told is not None:
                with suppress(Exception):  # a listener's fault must not cost the answers
                    self._told(head["progress"])
            return
        if "id" not in head:
            raise read_error(head["error"])
        with self._lock:
            answer = self._waiting.pop(head["id"], None)
        if answer is None:
            return
        if "error" in head:
            answer.set_exception(read_error(head["error"]))
        else:
            answer.set_result(frame)

    def _fail(self, error: StratumError) -> None:
        with self._lock:
            self._closed = self._closed or error
            waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            answer.set_exception(error)


def engine_gone() -> StratumError:
    """The engine has ended, or was killed."""
    hint = "the next statement looks for an engine again"
    return RunError.at("", None, "engine_gone", "the engine has gone", hint=hint)
