"""`stratum extension`: the extensions that let a stock DuckDB read `TRAIN MODEL`, put in place and taken away.

stratum extension install
stratum extension install --duckdb 1.5.6 --dry-run
stratum extension uninstall
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stratum_sql.extension import install
from stratum_sql.extension.binaries import files_of
from stratum_sql.quoting import quote_text
from stratum_sql.serve.starting import engine_command


def add_extension(commands: Any) -> None:
    """Add the command to those of a parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "extension", help="let a stock DuckDB read TRAIN MODEL", description="Let a stock DuckDB read TRAIN MODEL."
    )
    below = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions = {"install": "put the extensions where LOAD finds them", "uninstall": "take them away again"}
    for action, what in actions.items():
        one = below.add_parser(action, help=what, description=f"{what.capitalize()}.")
        one.add_argument("--duckdb", metavar="VERSION", help="of one release of DuckDB (default: of all there are)")
        one.add_argument(
            "--folder", metavar="DIR", type=Path, help="DuckDB's extension_directory, if it is not the usual"
        )
        one.add_argument("--dry-run", action="store_true", help="say what would be done, do nothing")
    parser.set_defaults(files=())


def extend(options: argparse.Namespace) -> int:
    """Install or uninstall; 0. Raises BindError."""
    releases = install.releases_of(options.duckdb)
    folder = (options.folder or install.usual_folder()).expanduser().absolute()
    if options.action == "install":
        _install(releases, folder, dry=options.dry_run)
    else:
        _uninstall(releases, folder, dry=options.dry_run)
    return 0


def _install(releases: Sequence[str], folder: Path, *, dry: bool) -> None:
    for release in releases:
        if not dry:
            list(install.install(release, folder, engine_command()))
        print(f"DuckDB {release}: {install.place_of(release, folder)}{' (not written)' if dry else ''}")
    print("\nStart DuckDB as `duckdb -unsigned`, and put these lines into ~/.duckdbrc:\n")
    if folder != install.usual_folder():
        print(f"SET extension_directory = {quote_text(str(folder))};")
    print(*install.LINES.values(), sep="\n")
    print(f"\nAn engine is started by {sys.executable} where none runs.")
    if not all(path.exists() for release in releases for path in files_of(release)):
        print("This installation was built without a C++ compiler, and has no stratum_parser: leave out its line.")


def _uninstall(releases: Sequence[str], folder: Path, *, dry: bool) -> None:
    found = [path for release in releases for path in install.installed(release, folder)]
    for path in found:
        if not dry:
            install.remove(path)
        print(f"{'would remove' if dry else 'removed'} {path}")
    print("Take the lines with LOAD out of ~/.duckdbrc." if found else f"nothing is installed in {folder}")
