"""Where an engine is found: a folder that is the user's alone, with the socket, the token and a lock.

`STRATUM_ENGINE` names the folder; else it is below `XDG_RUNTIME_DIR`, else in the system's temporary folder.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from stratum_sql.errors import RunError, StratumError

_LONGEST = 100  # bytes of a socket's path; Linux takes 107


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an engine tells its clients through a file: how to be let in, and where else it listens."""

    token: str
    pid: int
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """One folder of one engine."""

    folder: Path

    @property
    def socket(self) -> Path:
        """The unix socket."""
        return self.folder / "engine.sock"

    @property
    def ticket(self) -> Path:
        """The file with the token."""
        return self.folder / "engine.json"

    def prepare(self) -> None:
        """Make the folder, for its user alone. Raises RunError `unsafe_folder` where others could reach into it."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unsafe(self.folder, error.strerror or str(error)) from error
        self.check()
        if len(os.fsencode(self.socket)) > _LONGEST:
            message = f"the path of the socket is too long: {self.socket}"
            raise RunError.at("", None, "unsafe_folder", message, hint="STRATUM_ENGINE names another folder")

    def check(self) -> None:
        """Raise RunError `unsafe_folder` unless the folder is the user's, no link, and closed to others."""
        try:
            found = self.folder.lstat()
        except OSError as error:
            raise _unsafe(self.folder, error.strerror or str(error)) from error
        if not stat.S_ISDIR(found.st_mode):
            raise _unsafe(self.folder, "it is no folder")
        if found.st_uid != os.getuid():
            raise _unsafe(self.folder, "it belongs to another user")
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise _unsafe(self.folder, "others may enter it; its mode must be 0700")

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Be the one engine of this place. Raises RunError `engine_runs` if there is one."""
        with self.locked("engine.lock", wait=False):
            self._clean()  # what a killed engine has left
            try:
                yield
            finally:
                self._clean()

    @contextmanager
    def locked(self, name: str, *, wait: bool) -> Iterator[None]:
        """Hold a lock of this place, which ends with the process. Raises RunError `engine_runs` where it is held."""
        file = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            yield
        except BlockingIOError:
            raise RunError.at("", None, "engine_runs", f"an engine runs in {self.folder} already") from None
        finally:
            os.close(file)

    def write_ticket(self, port: int | None) -> Ticket:
        """Make a new token, and tell clients of it."""
        ticket = Ticket(secrets.token_hex(32), os.getpid(), port)
        draft = self.folder / "engine.json.new"
        with suppress(FileNotFoundError):
            draft.unlink()
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "w") as stream:
            json.dump({"token": ticket.token, "pid": ticket.pid, "port": ticket.port}, stream)
        draft.rename(self.ticket)
        return ticket

    def read_ticket(self) -> Ticket:
        """What the engine tells its clients. Raises RunError `no_engine` where none does, `unsafe_folder`."""
        if not self.folder.exists():
            raise no_engine(self)
        self.check()
        try:
            told = json.loads(self.ticket.read_text())
            return Ticket(str(told["token"]), int(told["pid"]), told["port"])
        except (OSError, ValueError, LookupError, TypeError):
            raise no_engine(self) from None

    def _clean(self) -> None:
        for path in (self.socket, self.ticket):
            with suppress(OSError):
                path.unlink()


def place_of(folder: str | os.PathLike[str] | None = None) -> Place:
    """The place in a folder, or the usual one of this user."""
    named = os.fspath(folder) if folder is not None else os.environ.get("STRATUM_ENGINE")
    if named:
        return Place(Path(named).absolute())
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        return Place(Path(runtime) / "stratum")
    return Place(Path(tempfile.gettempdir()) / f"stratum-{os.getuid()}")


def no_engine(place: Place) -> StratumError:
    """Nobody answers."""
    return RunError.at("", None, "no_engine", f"no engine answers in {place.folder}", hint="`stratum serve` starts one")


def _unsafe(folder: Path, why: str) -> StratumError:
    message = f"the engine's folder {folder} cannot be used: {why}"
    return RunError.at("", None, "unsafe_folder", message, hint="STRATUM_ENGINE names another one")
