"""`stratum check` and `stratum fmt`: what is wrong with files of statements, and the same files in canonical form."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

from stratum_sql.errors import Diagnostic, StratumError
from stratum_sql.shell.writing import write_text

if TYPE_CHECKING:
    from stratum_sql.checking import Checked
    from stratum_sql.grammar.split import Accepts

DIALECTS = ("bigquery", "dask_sql")  # the sources of grammar/imports, which takes a while to load

Tell = Callable[[Diagnostic, str], None]  # shows a problem, and in which file it is


def add_format_options(parser: argparse.ArgumentParser) -> None:
    """The options of `stratum fmt`."""
    parser.add_argument("files", nargs="+", metavar="FILE.sql", help="a file of SQL statements; - is standard input")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--write", action="store_true", help="write the files (default: to standard output)")
    what.add_argument("--check", action="store_true", help="name the files that would change, and exit with 1 if any")
    parser.add_argument("--core", action="store_true", help="in the core form: legal DuckDB syntax, table functions")
    parser.add_argument("--from", dest="dialect", choices=DIALECTS, help="translate scripts of another dialect")


def show_checked(names: Sequence[str], checked: Sequence[Checked], form: str, tell: Tell) -> bool:
    """Show what was found in each file, one line at the end; whether there are errors."""
    errors = sum(one.errors for one in checked)
    warnings = sum(len(one.diagnostics) for one in checked) - errors
    statements = sum(one.statements for one in checked)
    if form == "json":
        found = [
            {"source": name, **diagnostic.to_dict()}
            for name, one in zip(names, checked, strict=True)
            for diagnostic in one.diagnostics
        ]
        print(json.dumps({"statements": statements, "errors": errors, "warnings": warnings, "diagnostics": found}))
        return errors > 0
    for name, one in zip(names, checked, strict=True):
        for diagnostic in one.diagnostics:
            tell(diagnostic, name)
    print(f"{_counted(statements, 'statement')}: {_counted(errors, 'error')}, {_counted(warnings, 'warning')}")
    return errors > 0


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def format_files(sources: Sequence[Any], options: argparse.Namespace, tell: Tell) -> int:
    """Print, write or compare the files in canonical form. Exit code: 0; 1 where `--check` finds a difference; 2 where
    a file cannot be read or written."""
    from stratum_sql.trust.private import parses, private_connection

    code = 0
    with closing(private_connection()) as connection:
        for source in sources:
            try:
                code = max(code, _format_one(source, options, partial(parses, connection)))
            except StratumError as error:
                tell(error.diagnostic, source.name)
                code = 2
    return code


def _format_one(source: Any, options: argparse.Namespace, accepts: Accepts) -> int:
    from stratum_sql.grammar.formatted import formatted
    from stratum_sql.grammar.imports import translate

    if source.error is not None:
        raise source.error
    text = source.text if options.dialect is None else translate(source.text, options.dialect)
    printed = formatted(text, accepts, core=options.core)
    if options.check:
        if printed != source.text:
            print(source.name)
        return int(printed != source.text)
    if options.write and source.name != "-":
        if printed != source.text:
            write_text(source.name, printed)
        return 0
    sys.stdout.write(printed)
    return 0
