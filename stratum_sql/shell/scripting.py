"""`stratum run script.py`: a script of pandas, run on DuckDB, and what became of it.

    stratum run script.py --explain
    stratum run script.py --emit script.sql --strict

What the script prints is printed. A script is Python: it is run for those who would run it with Python.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from stratum_sql.errors import BindError, Diagnostic, NotAllowed, StratumError

FAILED = 1


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what is only for scripts of Python to the options of `stratum run`."""
    parser.add_argument("--explain", action="store_true", help="for script.py: say which calls had no translation")
    parser.add_argument("--emit", metavar="FILE", help="for script.py: write its SQL there")
    parser.add_argument("--strict", action="store_true", help="for script.py: a call without translation is an error")


def is_script(options: argparse.Namespace) -> bool:
    """Whether the command is to run one script of Python."""
    return len(options.files) == 1 and str(options.files[0]).endswith(".py")


def run_script(options: argparse.Namespace, session: AbstractContextManager[Any]) -> int:
    """Run it; the exit code: 1 if the script raised. Raises StratumError."""
    from stratum_sql.pandas.script import translate  # pandas takes a while to load: for those who ask

    if options.untrusted:
        raise NotAllowed(Diagnostic("not_allowed", "a script of Python cannot be run for strangers", "bind"))
    path = Path(options.files[0])
    if not path.is_file():
        raise BindError(Diagnostic("unreadable_file", f"there is no file {path}", "bind"))
    with session as opened:
        try:
            done = translate(path, session=opened, strict=options.strict)
        except StratumError:
            raise
        except Exception as error:  # noqa: BLE001 whatever the script raises is told as Python tells it
            print(told(error), end="", file=sys.stderr)
            return FAILED
        if options.emit:
            Path(options.emit).write_text(done.sql(), encoding="utf-8")
    if options.explain:
        print(done.explain(), file=sys.stdout)
    return 0


_OURS = str(Path(__file__).parents[1])


def told(error: BaseException) -> str:
    """The traceback of a script's error as Python writes it, without the places that are in this package."""
    whole = traceback.TracebackException.from_exception(error)
    waiting: list[traceback.TracebackException | None] = [whole]
    while waiting:
        one = waiting.pop()
        if one is not None:
            theirs = [frame for frame in one.stack if not frame.filename.startswith(_OURS)]
            one.stack = traceback.StackSummary.from_list(theirs or one.stack)
            waiting += [one.__cause__, one.__context__]
    return "".join(whole.format())
