"""Connections to DuckDB that write nothing to the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb


def connect(path: str | Path = ":memory:", *, read_only: bool = False, **config: Any) -> duckdb.DuckDBPyConnection:
    """Connect to a database file, or a new one in memory, with DuckDB's settings `config`; the caller closes it.

    At a prompt, in a notebook and under `python -c` DuckDB would draw a bar on the standard output after two seconds,
    which may be a protocol's or a file's. Progress is told by who runs statements. Raises duckdb.Error.
    """
    connection = duckdb.connect(path, read_only=read_only, config=config)
    connection.execute("SET enable_progress_bar = false")
    return connection


def not_ctrl_c(error: RuntimeError) -> duckdb.Error:
    """As an error of DuckDB's what came out of it and is none, as where the system gives no thread. Raises
    KeyboardInterrupt for Ctrl-C, which is told in the same way."""
    if "interrupted" in str(error).lower():
        raise KeyboardInterrupt from error
    return duckdb.OperationalError(str(error))


def whole_text(error: UnicodeDecodeError) -> duckdb.Error:
    """DuckDB's error about a text of which it shows half a character, as in `SELECT b'é'`: its Python client then fails
    to read what it says."""
    return duckdb.ParserException(error.object.decode("utf-8", "replace"))
