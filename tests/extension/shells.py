"""What tests of the extensions need: the built files, the real command `duckdb`, and a stand-in for `stratum_plan`."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import duckdb
import pytest

from stratum_sql.extension.binaries import files_of
from stratum_sql.extension.build import find_compiler

WHEEL, CLI = "2.0.0", "1.5.6"  # the releases of the package `duckdb` and of the package `duckdb-cli`
# Shows what would be planned instead of planning it.
ECHO = "CREATE MACRO stratum_plan(block) AS 'SELECT ''' || replace(block, '''', '''''') || ''' AS planned'"


def parser_of(release: str) -> Path:
    """The shim for a release of DuckDB; skips where there is no compiler to build it."""
    path = files_of(release)[1]
    if not path.exists() and find_compiler() is None:
        pytest.skip("no C++ compiler, no stratum_parser")
    assert path.exists(), "python -m stratum_sql.extension.build makes it"
    return path


def load(path: Path) -> str:
    """The statement that loads an extension."""
    return f"LOAD '{path}'"


def command() -> str:
    """The path of the real `duckdb`; skips where the package is not installed."""
    found = importlib.util.find_spec("duckdb_cli")
    if found is None or found.origin is None:
        pytest.skip("duckdb-cli is not installed")
    return str(Path(found.origin).with_name("duckdb"))


def wheel(*extensions: Path) -> duckdb.DuckDBPyConnection:
    """A connection of the wheel, with these extensions."""
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    for path in extensions:
        connection.execute(load(path))
    return connection


def run_cli(statements: str, *before: str, cwd: Path, home: Path | None = None) -> str:
    """What the real `duckdb` says to statements on standard input, errors among it, after it ran those `before`."""
    arguments = [command(), "-unsigned", "-csv", "-init", "/dev/null"]
    for statement in before:
        arguments += ["-cmd", statement]
    done = subprocess.run(
        arguments,
        input=statements,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        cwd=cwd,
        env={"HOME": str(home or cwd), "LC_ALL": "C.UTF-8"},
        timeout=120,
        check=False,
    )
    return done.stdout
