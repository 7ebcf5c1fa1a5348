"""The real `duckdb` in a pseudo-terminal: lines are typed, and what a person would see comes back."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.shell.prompt.terminal import Screen

WIDTH = 110
SECONDS = 120.0  # until a shell in which nothing happens is given up
_PROMPT = re.compile(r"(?:\^C)?[\w.]+ D")
_ASKED = "\x1b[c"  # what kind of terminal is this?
_ANSWER = b"\x1b]11;rgb:0000/0000/0000\x07\x1b[?62c"  # a dark one


class Terminal:
    """One shell, whose screen scrolls for ever."""

    def __init__(self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        self._screen, self._raw = Screen(WIDTH), ""
        self.pid, self._end = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            # For a terminal that cannot move its cursor, the shell prints lines and nothing else.
            os.execve(arguments[0], list(arguments), {"TERM": "dumb", "LC_ALL": "C.UTF-8", **env})
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", 50, WIDTH, 0, 0))
        self._wait(lambda: _ASKED in self._raw, SECONDS)
        os.write(self._end, _ANSWER)
        self.prompt()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._end)

    def lines(self) -> list[str]:
        """The screen."""
        return self._screen.lines()

    def say(self, text: str, seconds: float = SECONDS) -> list[str]:
        """Type a statement, line by line, and wait for the next prompt; the lines between."""
        *first, last = text.split("\n")
        for line in first:
            row = self.type(line)
            self._wait(lambda row=row: self._continues(row), SECONDS)  # type: ignore[misc]
        row = self.type(last)
        self.prompt(row, seconds)
        return self.lines()[row + 1 : -1]

    def type(self, line: str) -> int:
        """Type a line, and do not wait; the row in which it stands."""
        row = self._screen.row
        os.write(self._end, f"{line}\n".encode())
        return row

    def interrupt(self) -> int:
        """Ctrl-C; the row in which it was typed."""
        row = self._screen.row
        os.write(self._end, b"\x03")
        return row

    def prompt(self, after: int = -1, seconds: float = SECONDS) -> float:
        """Wait until the shell asks for a line, below row `after`; the seconds that took. Raises TimeoutError."""
        start = time.monotonic()
        self._wait(lambda: self._screen.row > after and self._asks(), seconds)
        return time.monotonic() - start

    def watch(self, pattern: str, after: int, seconds: float = SECONDS) -> None:
        """Wait until something is shown below row `after`. Raises TimeoutError."""
        self._wait(lambda: any(re.search(pattern, line) for line in self.lines()[after + 1 :]), seconds)

    def _asks(self) -> bool:
        line = self.lines()[self._screen.row]
        return _PROMPT.fullmatch(line) is not None and self._screen.column == len(line) + 1

    def _continues(self, after: int) -> bool:
        return self._screen.row > after and self._screen.column == 2

    def _wait(self, done: Callable[[], object], seconds: float) -> None:
        until = time.monotonic() + seconds
        while not done():
            left = until - time.monotonic()
            if left <= 0 or not self._read(left):
                raise TimeoutError("the shell did not answer:\n" + "\n".join(self.lines()[-60:]))

    def _read(self, seconds: float) -> bool:
        if not select.select([self._end], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self._end, 65536).decode(errors="replace")
        except OSError:  # it has ended
            return False
        self._raw += piece
        self._screen.write(piece)
        return bool(piece)
