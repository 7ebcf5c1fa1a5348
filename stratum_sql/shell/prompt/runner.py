"""Runs what was typed, and shows what comes out: statements through a door, dot commands by `actions`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TextIO

from stratum_sql.errors import BindError, StratumError, printable
from stratum_sql.grammar.parse import read_script
from stratum_sql.grammar.syntax import BeginBatch, CommitBatch, RollbackBatch, Train
from stratum_sql.results import Result
from stratum_sql.shell import render
from stratum_sql.shell.grid import one_line
from stratum_sql.shell.interrupt import PATIENCE, run_interruptible, stopping_after
from stratum_sql.shell.leaderboard import seconds
from stratum_sql.shell.prompt import actions, dots, modes
from stratum_sql.shell.prompt.doors import Door
from stratum_sql.shell.prompt.host import Host
from stratum_sql.shell.prompt.meant import with_meant
from stratum_sql.shell.prompt.typed import Group, Part, groups, parts

OK, FAILED, INTERRUPTED = 0, 1, 130


@dataclass(slots=True)
class Settings:
    """What dot commands set. `timeout` in seconds; `rows` of a table, None shows all."""

    mode: str = "table"
    timer: bool = False
    timeout: float | None = None
    rows: int | None = render.ROWS


@dataclass(slots=True)
class Runner:
    """One conversation. `waiting` is how many statements wait in the open batch, None where none is open; `last` the
    statements that were run last; `file` that of `.output`; `sources` the files that are being read."""

    door: Door
    host: Host
    settings: Settings = field(default_factory=Settings)
    waiting: int | None = None
    last: str = ""
    file: TextIO | None = None
    sources: tuple[str, ...] = ()

    # ---- running -----------------------------------------------------------------------------------------------------

    def run(self, script: str) -> int:
        """Run a script up to its first error: 0, 1 after an error, 130 after Ctrl-C. Raises Leave for `.exit`."""
        return self.run_parts(script, list(parts(script)))

    def run_parts(self, script: str, found: Sequence[Part]) -> int:
        """`run` for some parts of a script."""
        for part in found:
            status = self._dot(part.text) if part.is_dot else self._statements(script, part)
            if status != OK:
                return status
        return OK

    def _dot(self, line: str) -> int:
        try:
            told = dots.read_dot(line)
            if told.dot.files and not self.host.files:
                message = f"{told.dot.name} is not allowed in what strangers wrote"
                raise BindError.at("", None, "not_allowed", message)
            return actions.ACTIONS[told.dot.name](self, told)
        except StratumError as error:
            self.tell_error(error)
            return FAILED

    def _statements(self, script: str, part: Part) -> int:
        listed = list(groups(script, part))
        for place, group in enumerate(listed):
            status = self._group(group)
            if status != OK:
                _tell_rest(sum(one.statements for one in listed[place + 1 :]))
                return status
        return OK

    def _group(self, group: Group) -> int:
        self.last = group.text.strip()
        _, status = self.ask(lambda: self.door.run(group.text))
        if status == OK:
            self._count_waiting(group.text)
        return status

    def _count_waiting(self, text: str) -> None:
        for _, statement in read_script(text):
            if isinstance(statement, BeginBatch):
                self.waiting = 0
            elif isinstance(statement, CommitBatch | RollbackBatch):
                self.waiting = None
            elif isinstance(statement, Train) and self.waiting is not None:
                self.waiting += 1

    def ask(self, work: Callable[[], list[Result]]) -> tuple[list[Result], int]:
        """The results of `work`, which are shown, and the status. Ctrl-C and the time limit stop it."""
        began = time.monotonic()
        try:
            with self.host.watching(), stopping_after(self.settings.timeout, self.door.interrupt) as reached:
                done = run_interruptible(work, self.door.interrupt, patience=PATIENCE)
        except KeyboardInterrupt:
            return [], INTERRUPTED
        except Exception as error:  # noqa: BLE001 whatever it is becomes one diagnostic, and the prompt goes on
            self.tell_error(self.host.expected(error))
            return [], FAILED
        last = len(done.value) - 1  # what the batch took is told once
        status = max((self.show(one, last=at == last) for at, one in enumerate(done.value)), default=OK)
        if self.settings.timer:
            self._tell(f"time: {seconds(time.monotonic() - began)}")
        if reached.is_set():
            self._tell(f"stopped after {self.settings.timeout:g} s, by .timeout")
        return done.value, INTERRUPTED if done.stopped else FAILED if reached.is_set() else status

    # ---- showing -----------------------------------------------------------------------------------------------------

    def show(self, result: Result, *, last: bool = True) -> int:
        """Write a result to where the output goes, or its error to standard error; the status: 1 for an error."""
        for warning in result.warnings:
            self._tell(render.diagnostic(warning, self.page(sys.stderr)))
        if result.error is not None:
            self.tell_error(result.error)
            return FAILED
        try:
            page = replace(self.page(self.file or sys.stdout), with_batch=last)
            shown = modes.written(result, self.settings.mode, page)
        except Exception as error:  # noqa: BLE001 values that Python has no equal for
            self.tell_error(self.host.expected(error))
            return FAILED
        if shown:
            self.put(shown)
        return FAILED if any(part.error is not None for part in result.parts) else OK

    def put(self, text: str) -> None:
        """Write lines to where the output goes; what a terminal would obey is replaced there."""
        out = self.file or sys.stdout
        if out.isatty() and self.settings.mode != "table":
            text = "\n".join(map(printable, text.split("\n")))
        print(text, file=out, flush=True)

    def page(self, stream: TextIO) -> render.Page:
        """How a stream is written on."""
        return render.Page(render.terminal_width(), self.settings.rows, self.host.in_colour(stream))

    def tell_error(self, error: StratumError) -> None:
        """An error, below what was shown before."""
        error = with_meant(error)
        where = f"{one_line(self.sources[-1])}: " if self.sources else ""
        self._tell(where + render.diagnostic(error.diagnostic, self.page(sys.stderr), type(error).__name__))

    def _tell(self, text: str) -> None:
        sys.stdout.flush()
        print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Close the file of `.output`."""
        if self.file is not None:
            self.file.close()
            self.file = None


def _tell_rest(count: int) -> None:
    if count:
        print(f"{count:,} more statement{'s' * (count != 1)} not run", file=sys.stderr, flush=True)
