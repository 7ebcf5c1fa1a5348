"""stratum-sql: many machine-learning pipelines over the same tables, written in SQL, run as one plan on DuckDB.

import stratum_sql

session = stratum_sql.connect()
session.sql("CREATE TABLE points AS SELECT i AS x, 2.0 * i AS y FROM range(100) r(i)")
board = session.sql("SELECT x, y FROM points TRAIN MODEL ols(), ridge(alpha => [0.1, 1.0]) TARGET y")
print(board)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stratum_sql.errors import BindError, Diagnostic, NotAllowed, ParseError, PlanError, RunError, StratumError
from stratum_sql.results import Result
from stratum_sql.session import Session, connect

if TYPE_CHECKING:
    from stratum_sql.pandas.script import translate
    from stratum_sql.serve.client import connect_engine

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


def __getattr__(name: str) -> Any:
    if name == "translate":
        from stratum_sql.pandas.script import translate  # pandas takes a while to load: for those who ask

        return translate
    if name == "connect_engine":
        from stratum_sql.serve.client import connect_engine  # sockets and threads are for those who ask, too

        return connect_engine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
