"""One client of an engine: how it is let in, and how much of it is read and written."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from contextlib import suppress

from stratum_sql.errors import RunError, StratumError
from stratum_sql.serve.budget import Account
from stratum_sql.serve.frames import LENGTHS, MOST_JSON, Frame, bad_frame, decode, encode, lengths
from stratum_sql.serve.messages import PROTOCOL, Hello, Message, read_message
from stratum_sql.serve.sockets import has_hung_up
from stratum_sql.serve.wire import write_error

MOST_OPEN = 64  # requests of one client that are not answered yet
_HELLO = 4096  # bytes
_HELLO_SECONDS = 5.0
_SECONDS = 30.0  # for a frame that has begun to come, and for one that is to be taken; longer for large ones
_PACE = 2**20  # bytes a second that a large one must have
_CHUNK = 2**20
_STUFFED = 64 * 2**20  # bytes of answers

Handle = Callable[["Connection", Message], Awaitable[None]]


class Connection:
    """One client. `number` is its own for as long as the engine lives."""

    def __init__(
        self,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        account: Account,
        most_data: int,
    ) -> None:
        self.number, self.account = number, account
        self.lanes: dict[int, int] = {}  # by id: the requests that are not answered yet
        self.wants_progress = False
        self._reader, self._writer, self._most_data = reader, writer, most_data
        self._going: asyncio.Queue[tuple[bytes, memoryview] | None] = asyncio.Queue()
        self._room = asyncio.Condition()
        self._unsent = 0  # frames that wait to be taken
        self._unsent_bytes = 0

    # -- the client's life ---------------------------------------------------------------------------------------------

    async def serve(self, token: str, welcome: Frame, handle: Handle) -> None:
        """Let the client in, and handle what it says until it goes, or says what cannot be understood."""
        writing = asyncio.create_task(self._write_all())
        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                self._admit(read_message(await self._read(_HELLO, 0)), token)
            self.tell(welcome)
            reading = asyncio.create_task(self._read_all(handle))
            await asyncio.wait([reading, writing], return_when=asyncio.FIRST_COMPLETED)
            reading.cancel()
            await reading
        except StratumError as error:
            self.tell(Frame({"error": write_error(error)}))
        except TimeoutError:
            self.tell(Frame({"error": write_error(bad_frame("the rest of a message did not come in time"))}))
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # it has gone
        finally:
            await self._leave(writing)

    def _admit(self, hello: Message, token: str) -> None:
        """Raises RunError for one who has not the token, or speaks another protocol."""
        if not isinstance(hello, Hello):
            raise bad_frame("the first message must be hello")
        if not hmac.compare_digest(hello.token.encode(errors="replace"), token.encode()):
            raise RunError.at("", None, "wrong_token", "the token is not that of this engine")
        if hello.protocol != PROTOCOL:
            message = f"the client speaks version {hello.protocol} of the protocol, this engine version {PROTOCOL}"
            raise RunError.at(
                "", None, "engine_version", message, hint="end the engine, and let the next call start one"
            )
        self.wants_progress = hello.progress

    async def _read_all(self, handle: Handle) -> None:
        while True:
            message = read_message(await self._read())
            await handle(self, message)
            async with self._room:
                await self._room.wait_for(lambda: not self.is_full)

    async def _leave(self, writing: asyncio.Task[None]) -> None:
        """Send what was said last, and close."""
        self._going.put_nowait(None)
        with suppress(OSError, TimeoutError, asyncio.CancelledError):
            async with asyncio.timeout(_HELLO_SECONDS):
                await writing
        writing.cancel()
        if self._unsent:
            self.abort()
        else:
            self._writer.close()

    async def refuse(self, why: Frame) -> None:
        """Say why the client cannot come in, and close."""
        with suppress(OSError, EOFError, StratumError, TimeoutError):  # what is not read would make the end abrupt
            async with asyncio.timeout(_HELLO_SECONDS):
                await self._read(_HELLO, 0)
        self.tell(why)
        await self._leave(asyncio.create_task(self._write_all()))

    # -- reading -------------------------------------------------------------------------------------------------------

    async def _read(self, most_json: int = MOST_JSON, most_data: int | None = None) -> Frame:
        """The next frame. Memory is taken for what has come, not for what is announced."""
        first = await self._reader.readexactly(1)
        async with asyncio.timeout(_SECONDS):
            header = first + await self._reader.readexactly(LENGTHS.size - 1)
        head, data = lengths(header, most_json, self._most_data if most_data is None else most_data)
        async with asyncio.timeout(_SECONDS + (head + data) / _PACE):
            frame = decode(await self._take(head), await self._take(data))
        self.account.bytes += head + data
        return frame

    async def _take(self, size: int) -> bytearray:
        taken = bytearray()
        while len(taken) < size:
            piece = await self._reader.read(min(_CHUNK, size - len(taken)))
            if not piece:
                raise EOFError
            taken += piece
        return taken

    # -- writing -------------------------------------------------------------------------------------------------------

    def tell(self, frame: Frame) -> None:
        """Send a frame when those before it are taken; one that is too long says so in its place."""
        try:
            head = encode(frame)
        except StratumError as error:
            frame = Frame({"id": frame.head.get("id"), "error": write_error(error)})
            head = encode(frame)
        self._unsent += 1
        self._unsent_bytes += len(head) + frame.size
        self._going.put_nowait((head, memoryview(frame.data)))

    @property
    def is_full(self) -> bool:
        """Whether no more is read from this client until it has taken its answers."""
        return len(self.lanes) + self._unsent >= MOST_OPEN

    @property
    def is_stuffed(self) -> bool:
        """Whether nothing more is run for this client until it has taken its answers."""
        return self._unsent_bytes > _STUFFED

    def answered(self, id: int) -> None:
        """A request is answered: there is room for another."""
        self.lanes.pop(id, None)

    async def _write_all(self) -> None:
        while (going := await self._going.get()) is not None:
            head, data = going
            self.account.bytes += len(head) + len(data)
            self._writer.write(head)
            for at in range(0, len(data), _CHUNK):
                await self._drain()
                self._writer.write(data[at : at + _CHUNK])
            await self._drain()
            self._unsent -= 1
            self._unsent_bytes -= len(head) + len(data)
            async with self._room:
                self._room.notify_all()

    async def _drain(self) -> None:
        async with asyncio.timeout(_SECONDS):
            await self._writer.drain()

    # -- who is there --------------------------------------------------------------------------------------------------

    @property
    def is_gone(self) -> bool:
        """Whether the client has hung up: asked of the kernel, as one that is full is not read from."""
        return has_hung_up(self._writer.get_extra_info("socket"))

    def abort(self) -> None:
        """End the connection at once."""
        self._writer.transport.abort()
