"""A pseudo-terminal with a program in it, and its screen as a person would see it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import stratum_sql

_PACKAGES = str(Path(stratum_sql.__file__).parents[1])
_SEQUENCE = re.compile(r"\x1b(?:\[([?>=]?)([\d;]*)([A-Za-z])|[()][A-Z0-9]|[=>78cM]|\][^\x07]*\x07)")
PATIENCE = 120.0  # seconds until a terminal in which nothing happens is given up


class Screen:
    """Lines that have been written: a terminal that scrolls for ever, and knows the moves that prompts make."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows: list[list[str]] = [[]]
        self.row = self.column = 0
        self._rest = ""

    def write(self, text: str) -> None:
        text, self._rest = self._rest + text, ""
        at = 0
        while at < len(text):
            found = _SEQUENCE.match(text, at)
            if found is not None:
                self._move(found)
                at = found.end()
            elif text[at] == "\x1b" and len(text) - at < 20:
                self._rest = text[at:]
                return
            else:
                self._put(text[at])
                at += 1

    def lines(self) -> list[str]:
        return ["".join(row).rstrip() for row in self.rows]

    def _put(self, char: str) -> None:
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self._down(1)
        elif char == "\b":
            self.column = max(self.column - 1, 0)
        elif char >= " ":
            if self.column >= self.width:
                self.column = 0
                self._down(1)
            row = self.rows[self.row]
            row.extend(" " * (self.column + 1 - len(row)))
            row[self.column] = char
            self.column += 1

    def _down(self, count: int) -> None:
        self.row += count
        while len(self.rows) <= self.row:
            self.rows.append([])

    def _move(self, found: re.Match[str]) -> None:
        mark, numbers, kind = found[1], found[2], found[3]
        if mark or kind is None:
            return
        count = int(numbers.split(";")[0] or 1) if numbers else 1
        match kind:
            case "A":
                self.row = max(self.row - count, 0)
            case "B":
                self._down(count)
            case "C":
                self.column = min(self.column + count, self.width - 1)
            case "D":
                self.column = max(min(self.column, self.width) - count, 0)
            case "K":
                self._erase(numbers)
            case "J":
                self._erase(numbers)
                if numbers in ("", "0"):
                    del self.rows[self.row + 1 :]

    def _erase(self, numbers: str) -> None:
        row = self.rows[self.row]
        if numbers in ("", "0"):
            del row[self.column :]
        elif numbers == "2":
            row.clear()


class Terminal:
    """`stratum shell` in a terminal of so many columns. What it writes can be waited for."""

    def __init__(self, arguments: Sequence[str], home: Path, *, width: int = 100, **variables: str) -> None:
        self.screen = Screen(width)
        self._own, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stratum_sql", "shell", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=home,
            env=_environment(home, variables),
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._own)

    def lines(self) -> list[str]:
        return self.screen.lines()

    def send(self, text: str) -> None:
        os.write(self._own, text.encode())

    def wait(self, wanted: str, *, after: int = 0) -> int:
        """Wait for a line, from number `after` on, in which the pattern is found; its number."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for number, line in enumerate(self.lines()[after:], after):
                if re.search(wanted, line):
                    return number
            self._read()
        raise AssertionError(f"{wanted!r} was not shown:\n" + "\n".join(self.lines()))

    def wait_for_prompt(self, prompt: str = "stratum>") -> int:
        """Wait until the last line is an empty prompt of this pattern; its number."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            lines = self.lines()
            if self.screen.row == len(lines) - 1 and re.fullmatch(prompt, lines[-1]) and not self._read(0.2):
                return len(lines) - 1
            self._read()
        raise AssertionError("no prompt:\n" + "\n".join(self.lines()))

    def ask(self, text: str, prompt: str = "stratum>") -> list[str]:
        """Type a text and Enter; what is shown up to the next prompt, without what was typed."""
        start = len(self.lines()) - 1
        self.send(text + "\r")
        typed = text.count("\n") + text.count("\r") + 1
        self.wait_for_lines(start + typed + 1)
        end = self.wait_for_prompt(prompt)
        return self.lines()[start + typed : end]

    def wait_for_lines(self, count: int) -> None:
        until = time.monotonic() + PATIENCE
        while len(self.lines()) < count and time.monotonic() < until:
            self._read()

    def end(self) -> int:
        """Wait for the program to end; its exit status."""
        while self.process.poll() is None:
            self._read()
        return self.process.returncode

    def _read(self, seconds: float = 0.1) -> bool:
        """Take in what was written within so many seconds; whether there was anything."""
        if not select.select([self._own], [], [], seconds)[0]:
            return False
        try:
            self.screen.write(os.read(self._own, 65536).decode(errors="replace"))
        except OSError:  # nobody is there any more
            time.sleep(seconds)
            return False
        return True


def _take_terminal() -> None:
    """The terminal is that of the new session: Ctrl-C reaches it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _environment(home: Path, variables: Mapping[str, str]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "XDG_STATE_HOME")}
    ours = {
        "HOME": str(home),
        "TERM": "xterm",
        "NO_COLOR": "1",
        "PROMPT_TOOLKIT_NO_CPR": "1",
        "STRATUM_COSTS": "default",
    }
    return {**own, "PYTHONPATH": _PACKAGES, "OMP_NUM_THREADS": "1", **ours, **variables}
