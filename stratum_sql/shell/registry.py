"""`stratum reproduce` and `stratum models gc`: what is asked of kept models outside of statements.

stratum reproduce m@3 --database shop.db
stratum models gc --database shop.db --delete
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stratum_sql.errors import BindError, printable
from stratum_sql.shell import jsonout

if TYPE_CHECKING:
    from stratum_sql.models.garbage import Garbage
    from stratum_sql.models.reproduction import Reproduction

HOUR = 3600.0  # seconds


def add_commands(commands: Any, add_session_options: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the two commands to those of a parser."""
    what = "train a kept model again from its statement, and say whether it is the same"
    reproduce: argparse.ArgumentParser = commands.add_parser(
        "reproduce",
        help=what,
        description=f"{what.capitalize()}. Exit code 0 if it is, 1 if it is not, 2 if that cannot be found out.",
    )
    reproduce.add_argument("model", metavar="MODEL", help="such as m, m@3, m@champion")
    add_session_options(reproduce)
    _add_format(reproduce)
    reproduce.set_defaults(files=())
    models: argparse.ArgumentParser = commands.add_parser("models", help="look after the files of kept models")
    below = models.add_subparsers(dest="action", metavar="ACTION", required=True)
    garbage = below.add_parser("gc", help="find files that belong to no model, and remove them")
    garbage.add_argument("--delete", action="store_true", help="remove them (default: only say what would be)")
    garbage.add_argument(
        "--older-than", type=_seconds, default=HOUR, metavar="S", help="leave files younger than S seconds (3600)"
    )
    add_session_options(garbage)
    _add_format(garbage)
    garbage.set_defaults(files=())


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: %(default)s")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return value


def check_database(options: argparse.Namespace) -> None:
    """Raise BindError where no database is named, or it is not there: it would be made."""
    if options.database is None or not Path(options.database).is_file():
        message = "no database is named" if options.database is None else f"there is no database {options.database}"
        raise BindError.at("", None, "no_database", message, hint="--database FILE")


def show_reproduction(found: Reproduction, form: str) -> None:
    """Print what came out."""
    facts = {**asdict(found), "largest_difference": found.largest_difference}
    _show(str(found), facts, form)


def show_garbage(found: Garbage, form: str) -> None:
    """Print the files, and what they take."""
    names = [str(path) for path in found.files]
    _show("\n".join([*names, str(found)]), {**asdict(found), "files": names}, form)


def _show(text: str, facts: dict[str, Any], form: str) -> None:
    shown = jsonout.dumps(jsonout.encode(facts)) if form == "json" else "\n".join(map(printable, text.split("\n")))
    print(shown)
