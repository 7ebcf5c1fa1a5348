"""Functions over Arrow that the door lends to a session, for what DuckDB has not or has with other last digits."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import duckdb
from duckdb.func import FunctionNullHandling, PythonUDFType

from stratum_sql.session import Session

_lent: weakref.WeakKeyDictionary[Session, set[str]] = weakref.WeakKeyDictionary()


def lend(
    session: Session, functions: Iterable[tuple[str, Callable[..., Any]]], takes: Iterable[str], gives: str
) -> None:
    """Let statements of a session call these functions by their names, all with the same types. They see NULL."""
    known = _lent.setdefault(session, set())
    for name, function in functions:
        if name in known:
            continue
        with suppress(duckdb.CatalogException):  # it is of another session on the same database
            session.connection.create_function(
                name, function, list(takes), gives,
                type=PythonUDFType.ARROW, null_handling=FunctionNullHandling.SPECIAL,
            )  # fmt: skip
        known.add(name)
