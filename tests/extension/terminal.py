"""The real `duckdb` in a pseudo-terminal: lines are typed, and what a person would see comes back."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

_ESCAPES = re.compile(r"\x1b\][^\x07]*\x07|\x1b\[[0-9;?]*[a-zA-Z]|\x07")
_PROMPT = re.compile(r"(?:^|\n|\^C)[\w.]+ D $")
_CONTINUED = re.compile(r"\n  $")
_ASKED = b"\x1b[c"  # what kind of terminal is this?
_ANSWER = b"\x1b]11;rgb:0000/0000/0000\x07\x1b[?62c"  # a dark one
SECONDS = 60.0


class Terminal:
    """One shell. `seen` is all that was on the screen, without colours."""

    def __init__(self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        self._raw = b""
        self.pid, self._end = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            # Without a terminal that can move its cursor, the shell prints lines and nothing else.
            os.execve(arguments[0], list(arguments), {"TERM": "dumb", "LC_ALL": "C.UTF-8", **env})
        self._wait(lambda: _ASKED in self._raw, SECONDS)
        os.write(self._end, _ANSWER)
        self.prompt()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._end)

    @property
    def seen(self) -> str:
        """The screen, from its first line to its last."""
        return _ESCAPES.sub("", self._raw.decode(errors="replace")).replace("\r", "")

    def say(self, text: str, seconds: float = SECONDS) -> str:
        """Type a statement, line by line, and wait for the next prompt; what came between."""
        *first, last = text.split("\n")
        for line in first:
            before = len(self.seen)
            self.type(line)
            self._wait(lambda before=before: _CONTINUED.search(self.seen[before:]), SECONDS)
        before = len(self.seen)
        self.type(last)
        self.prompt(before, seconds)
        return self.seen[before + len(last) + 1 :].rpartition("\n")[0]

    def type(self, text: str) -> None:
        """Type lines, and do not wait."""
        os.write(self._end, f"{text}\n".encode())

    def interrupt(self) -> None:
        """Ctrl-C."""
        os.write(self._end, b"\x03")

    def prompt(self, since: int = 0, seconds: float = SECONDS) -> float:
        """Wait until the shell asks for a line; the seconds that took. Raises TimeoutError."""
        start = time.monotonic()
        self._wait(lambda: len(self.seen) > since + 1 and _PROMPT.search(self.seen[since:]), seconds)
        return time.monotonic() - start

    def _wait(self, done: Callable[[], object], seconds: float) -> None:
        until = time.monotonic() + seconds
        while not done():
            left = until - time.monotonic()
            if left <= 0 or not self._read(left):
                raise TimeoutError(f"the shell did not answer: {self.seen[-2000:]}")

    def _read(self, seconds: float) -> bool:
        if not select.select([self._end], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self._end, 65536)
        except OSError:  # it has ended
            return False
        self._raw += piece
        return bool(piece)
