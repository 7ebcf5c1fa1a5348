"""`stratum serve`: one engine for many processes of this user.

    stratum serve --database shop.db
    stratum serve --load people=people.parquet --window 50 --client-seconds 600

It ends with Ctrl-C, SIGTERM, or after a time without clients.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stratum_sql.session import Session


def add_serve(commands: Any, add_session_options: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the command to those of a parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "serve",
        help="be the engine of many processes, which share their work",
        description="Be the engine of many processes of this user. What they send within the window is one batch. "
        "Statements are taken for those of strangers: they read the tables of the database, and change nothing.",
    )
    parser.add_argument(
        "--folder", metavar="DIR", help="where clients find it (default: STRATUM_ENGINE, or the user's)"
    )
    parser.add_argument("--tcp", type=_port, metavar="PORT", help="listen on 127.0.0.1 too; 0 finds a free port")
    parser.add_argument(
        "--window", type=_amount, default=20.0, metavar="MS", help="default: %(default)s; 0 shares nothing"
    )
    parser.add_argument(
        "--idle-seconds", type=_amount, default=900.0, metavar="S", help="end so long after the last client; 0 stays"
    )
    parser.add_argument("--clients", type=int, default=256, metavar="N", help="the most at once (default: %(default)s)")
    parser.add_argument("--client-statements", type=int, metavar="N", help="the most that one connection may run")
    parser.add_argument("--client-bytes", type=_size, metavar="SIZE", help="the most that it may send and be sent")
    parser.add_argument("--client-seconds", type=_amount, metavar="S", help="the most time that it may take")
    parser.add_argument("--detached", action="store_true", help=argparse.SUPPRESS)  # started by a client
    add_session_options(parser)
    parser.set_defaults(files=())


def serve(options: argparse.Namespace, opened: Callable[[Session], object]) -> int:
    """Be the engine until it ends; `opened` is called with its session. Raises RunError `engine_runs`."""
    import stratum_sql
    from stratum_sql.serve import server  # the engine is loaded by the commands that need it
    from stratum_sql.serve.budget import Budget
    from stratum_sql.serve.place import place_of

    place = place_of(options.folder)
    limits = server.Limits(
        window=options.window / 1000,
        clients=options.clients,
        idle_seconds=options.idle_seconds or None,
        budget=Budget(options.client_statements, options.client_bytes, options.client_seconds),
    )

    def ready() -> None:
        if options.detached:
            _let_go()
        else:
            print(f"engine {os.getpid()} in {place.folder}", file=sys.stderr, flush=True)

    server.serve(
        place,
        options.database or ":memory:",
        limits,
        stratum_sql.__version__,
        port=options.tcp,
        opened=opened,
        ready=ready,
        allow_paths=tuple(options.allow_path),
        threads=options.threads,
        memory_limit=options.memory_limit,
        max_seconds=options.max_seconds,
        device=options.device or "auto",
    )
    return 0


def _let_go() -> None:
    """Whoever started us waits for the end of our standard error."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**16:
        raise argparse.ArgumentTypeError(f"{text} is no port")
    return value


def _amount(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return value


def _size(text: str) -> int:
    from stratum_sql.bind.options import bytes_of  # for those who give one: it takes a while to load

    size = bytes_of(text)
    if size is None:
        raise argparse.ArgumentTypeError(f"{text} is no size such as 4GB")
    return size
