"""What a statement may name in one session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stratum_sql.bind.database import Database
from stratum_sql.bind.names import Names
from stratum_sql.catalog.spec import EstimatorSpec


@dataclass(frozen=True, eq=False, slots=True)
class Scope:
    """The database, the transforms and macros, the estimators by name, and what may be switched."""

    database: Database
    names: Names
    estimator: Callable[[str], EstimatorSpec | None]
    rules: tuple[str, ...] = ()  # the optimizer's rules that a statement may switch
    has_gpu: Callable[[], bool] = lambda: False  # asked where a statement wants one
