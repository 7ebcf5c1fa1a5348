"""`stratum run script.py`: a script of pandas, run on DuckDB, and what became of it; or many, as one batch.

    stratum run script.py --explain
    stratum run script.py --emit script.sql --strict
    stratum run attempts/*.py

What the script prints is printed; of many, under its name, once all have come to their ends. A script is Python: it is
run for those who would run it with Python.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stratum_sql.errors import BindError, Diagnostic, NotAllowed, StratumError, printable
from stratum_sql.shell.writing import write_text

if TYPE_CHECKING:
    from stratum_sql.pandas.script import Translation
    from stratum_sql.shell.progress import Reporter

FAILED = 1


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what is only for scripts of Python to the options of `stratum run`."""
    parser.add_argument("--explain", action="store_true", help="for script.py: say which calls had no translation")
    parser.add_argument("--emit", metavar="FILE", help="for script.py: write its SQL there")
    parser.add_argument("--strict", action="store_true", help="for script.py: a call without translation is an error")


def are_scripts(options: argparse.Namespace) -> bool:
    """Whether the command is to run scripts of Python. Raises BindError for some beside SQL."""
    scripts = [name for name in options.files if name.endswith(".py")]
    if scripts and (len(scripts) < len(options.files) or options.texts):
        raise BindError(Diagnostic("two_batches", "scripts of Python and SQL are two batches", "bind"))
    return bool(scripts)


def run_scripts(options: argparse.Namespace, session: AbstractContextManager[Any]) -> int:
    """Run them; the exit code: 1 if one raised. Raises StratumError."""
    if options.untrusted:
        raise NotAllowed(Diagnostic("not_allowed", "a script of Python cannot be run for strangers", "bind"))
    paths = [Path(name) for name in options.files]
    for path in paths:
        if not path.is_file():
            raise BindError(Diagnostic("unreadable_file", f"there is no file {path}", "bind"))
    with session as opened:
        return _run_one(paths[0], options, opened) if len(paths) == 1 else _run_together(paths, options, opened)


def _run_one(path: Path, options: argparse.Namespace, session: Any) -> int:
    from stratum_sql.pandas.script import translate  # pandas takes a while to load: for those who ask

    try:
        done = translate(path, session=session, strict=options.strict)
    except StratumError:
        raise
    except Exception as error:  # noqa: BLE001 whatever the script raises is told as Python tells it
        print(told(error), end="", file=sys.stderr)
        return FAILED
    if options.emit:
        _emit([done], options.emit)
    if options.explain:
        print(done.explain())
    return 0


def _run_together(paths: Sequence[Path], options: argparse.Namespace, session: Any) -> int:
    """Run many as one batch. Those that came to their ends are shown, also where Ctrl-C ends the others."""
    from stratum_sql.pandas.script import Translation, translate
    from stratum_sql.shell.progress import Reporter

    made = [translate(path, strict=options.strict, run=False) for path in paths]
    ended: list[Any] = []
    try:
        with Reporter() if options.progress else nullcontext() as report:
            Translation.run_together(made, session, ended, partial(_tell_how_far, report, ended, len(made)))
        if options.emit:
            _emit(made, options.emit)
    finally:
        for place, one in enumerate(one for one in made if one in ended):
            _show(one, options, is_first=not place)
    return FAILED if any(one.error is not None for one in made) else 0


def _tell_how_far(report: Reporter | None, ended: Sequence[Any], scripts: int, models: int) -> None:
    from stratum_sql.execute.events import Progress

    if report is not None:
        phase = f"{len(ended)} of {scripts} scripts done, {models} models trained"
        report(Progress(phase, 0, 0, 0, 0, 0, 0.0, None, None))


def _show(done: Translation, options: argparse.Namespace, *, is_first: bool) -> None:
    print("" if is_first else "\n", f"── {printable(done.name)} ──", sep="", flush=True)
    print(done.output, end="", flush=True)
    if isinstance(done.error, StratumError):
        print(done.error, file=sys.stderr)
    elif done.error is not None:
        print(told(done.error), end="", file=sys.stderr)
    if options.explain:
        print(done.explain(), flush=True)


def _emit(done: Sequence[Translation], file: str) -> None:
    """Write the SQL of scripts, of several each under its name. Raises BindError where the file cannot be."""
    texts = [one.sql() if len(done) == 1 else f"-- {printable(one.name)}\n\n{one.sql()}" for one in done]
    write_text(file, "\n".join(texts))


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
