"""`stratum shell [DATABASE]`: a prompt for people; without a terminal it runs what it is given.

    stratum shell shop.db
    stratum shell shop.db -c "SHOW MODELS" -c ".tables"
    stratum shell < file.sql
    stratum shell --connect

Exit status: 0; 1 after an error of a script, which ends there; 2 where the database cannot be opened; 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from stratum_sql.errors import BindError
from stratum_sql.shell.prompt.host import Host, Leave

if TYPE_CHECKING:
    from stratum_sql.execute.events import Listener
    from stratum_sql.shell.prompt.doors import Door
    from stratum_sql.shell.prompt.line import Line
    from stratum_sql.shell.prompt.opening import Opening
    from stratum_sql.shell.prompt.runner import Runner

OK, BAD_INPUT, INTERRUPTED = 0, 2, 130
_CHUNK = 2**16  # bytes read of a pipe at once

OpenSession = Callable[["Listener"], AbstractContextManager[Any]]


def add_shell(commands: Any, add_session_options: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the command to those of a parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "shell",
        help="type statements, and see what comes out",
        description="Type statements, and see what comes out. Without a terminal, run those of standard input "
        "up to the first error: exit status 1.",
    )
    parser.add_argument("place", nargs="?", metavar="DATABASE", help="a DuckDB database file (default: in memory)")
    parser.add_argument(
        "-c", dest="commands", action="append", default=[], metavar="SQL", help="run this, and leave; may be repeated"
    )
    parser.add_argument(
        "--connect",
        nargs="?",
        const="",
        metavar="DIR",
        help="use the engine of `stratum serve`, found in this folder or the usual one",
    )
    add_session_options(parser)
    parser.set_defaults(files=())


def shell(options: argparse.Namespace, open_session: OpenSession, host: Host) -> int:
    """Run the command. Raises StratumError where the database or the engine cannot be had."""
    _check(options)
    if not options.commands and sys.stdin.isatty() and sys.stdout.isatty():
        return _converse(options, open_session, host)
    with _runner(options, open_session, replace(host, files=not options.untrusted)) as runner:
        try:
            return _run_given(runner, options.commands)
        except Leave:
            return OK


def _check(options: argparse.Namespace) -> None:
    if options.place is not None and options.database is not None:
        raise BindError.at("", None, "bad_argument", "the database is named twice")
    options.database = options.place if options.place is not None else options.database
    if options.connect is not None and options.database is not None:
        raise BindError.at("", None, "bad_argument", "--connect uses the engine's database; name none")


@contextmanager
def _runner(options: argparse.Namespace, open_session: OpenSession, host: Host) -> Iterator[Runner]:
    """The conversation with a session, or with an engine."""
    from stratum_sql.shell.progress import Reporter
    from stratum_sql.shell.prompt.runner import Runner

    report = Reporter(waiting="running")
    with _door(options, open_session, host, report) as door:
        runner = Runner(door, replace(host, watching=lambda: report))
        try:
            yield runner
        finally:
            runner.close()


@contextmanager
def _door(options: argparse.Namespace, open_session: OpenSession, host: Host, report: Listener) -> Iterator[Door]:
    from stratum_sql.shell.prompt.doors import Engine, OwnSession

    if options.connect is None:
        with open_session(report) as session:
            yield OwnSession(session)
        return
    from stratum_sql.serve.client import connect_engine

    with connect_engine(options.connect or None, progress=report) as client:
        engine = Engine(client)
        for name, path in options.load:
            engine.register(name, host.load(path))
        yield engine


# ---- without a terminal ----------------------------------------------------------------------------------------------


def _run_given(runner: Runner, texts: list[str]) -> int:
    for text in texts:
        status = runner.run(text)
        if status != OK:
            return status
    return OK if texts else _run_stream(runner, sys.stdin.fileno())


def _run_stream(runner: Runner, source: int) -> int:
    """Run what comes, as soon as a statement is whole: whoever writes may wait for its answer."""
    from stratum_sql.shell.prompt.typed import whole_parts

    script, raw = "", b""
    while piece := os.read(source, _CHUNK):
        raw += piece
        if not raw.endswith(b"\n"):
            continue
        script, raw = script + _decoded(raw), b""
        if not _may_be_whole(script):
            continue
        found, rest = whole_parts(script)
        status = runner.run_parts(script, found)
        if status != OK:
            return status
        script = _without(script, rest)
    return runner.run(script + _decoded(raw))


def _may_be_whole(script: str) -> bool:
    """Whether it is worth looking: a long statement that comes in pieces is not read again with each of them."""
    last = script.rstrip().rsplit("\n", 1)[-1]
    return last.startswith(".") or ";" in last


def _without(script: str, end: int) -> str:
    """`script` without its first `end` characters, the lines of what follows still counted from its start."""
    return "\n" * script.count("\n", 0, end) + script[end:]


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except ValueError as error:
        raise BindError.at("", None, "unreadable_file", "standard input is no UTF-8 text") from error


# ---- at a terminal ---------------------------------------------------------------------------------------------------


def _converse(options: argparse.Namespace, open_session: OpenSession, host: Host) -> int:
    from stratum_sql.shell.prompt.history import open_history
    from stratum_sql.shell.prompt.line import Line
    from stratum_sql.shell.prompt.opening import Opening
    from stratum_sql.shell.prompt.remembered import Remembered

    names = Remembered(lambda: opening.runner.door if opening.runner is not None else None)
    line = Line(names, open_history(), colour=host.in_colour(sys.stdout))
    opening = Opening(_runner(options, open_session, host), line.give_up)
    print(f"{_title(options)}\n.help lists the commands, Ctrl-D leaves")
    try:
        _run_start_file(opening)
        line.when_shown(opening.begin)
        while True:
            _one_turn(line, opening)
            names.forget()
    except (Leave, EOFError):
        return OK
    finally:
        opening.close()


def _one_turn(line: Line, opening: Opening) -> None:
    """Read and run one text; whatever goes wrong with it, the prompt goes on."""
    from stratum_sql.shell.prompt.dots import habit

    runner = opening.runner
    waiting = None if runner is None else runner.waiting
    try:
        text = line.read("stratum> " if waiting is None else f"batch {waiting}> ")
        runner = opening.wait() if text.strip() else None
    except KeyboardInterrupt:
        return
    if runner is not None:
        runner.run(habit(text) or (text.strip() if text.lstrip().startswith(".") else text))


def _title(options: argparse.Namespace) -> str:
    import stratum_sql

    where = "an engine" if options.connect is not None else options.database or "in memory"
    return f"stratum-sql {stratum_sql.__version__} on DuckDB {version('duckdb')}: {where}"


def _run_start_file(opening: Opening) -> None:
    from stratum_sql.shell.prompt.history import start_file

    found = start_file()
    if found is None:
        return
    path, text = found
    if text is None:
        print(f"{path} is not read: others may write it", file=sys.stderr)
    elif text.strip() and opening.wait().run(text) != OK:
        print(f"{path} was read up to here", file=sys.stderr)
