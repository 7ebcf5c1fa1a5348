"""stratum-sql: many machine-learning pipelines over the same tables, written in SQL, run as one plan on DuckDB.

import stratum_sql

session = stratum_sql.connect()
session.sql("CREATE TABLE points AS SELECT i AS x, 2.0 * i AS y FROM range(100) r(i)")
board = session.sql("SELECT x, y FROM points TRAIN MODEL ols(), ridge(alpha => [0.1, 1.0]) TARGET y")
print(board)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stratum_sql.errors import BindError, Diagnostic, NotAllowed, ParseError, PlanError, RunError, StratumError

if TYPE_CHECKING:
    from stratum_sql.pandas.script import translate
    from stratum_sql.results import Result
    from stratum_sql.serve.client import connect_engine
    from stratum_sql.session import Session, connect

__version__ = "0.1.0"

__all__ = [
    "BindError",
    "Diagnostic",
    "NotAllowed",
    "ParseError",
    "PlanError",
    "Result",
    "RunError",
    "Session",
    "StratumError",
    "connect",
    "connect_engine",
    "translate",
]

# What takes a while to load is loaded when it is asked for: a prompt is there before its engine.
_LATER = {
    "Result": "stratum_sql.results",
    "Session": "stratum_sql.session",
    "connect": "stratum_sql.session",
    "connect_engine": "stratum_sql.serve.client",
    "translate": "stratum_sql.pandas.script",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
