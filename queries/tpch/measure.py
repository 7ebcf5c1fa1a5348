"""The 22 queries on three sides, each asked several times in turn: the door, pandas, and DuckDB by hand-written SQL."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

import stratum_sql
import stratum_sql.pandas as door
from queries.tpch.make_data import Tables, make_tables
from queries.tpch.scripts import SCRIPTS, call
from stratum_sql.pandas.lazy import Lazy

BY_HAND = Path(__file__).parent / "by_hand"
REPEATS = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """The shortest of some runs of a query in seconds, and how far the answers are apart, relatively."""

    name: str
    ours: float
    pandas: float
    by_hand: float
    difference: float


def by_hand(name: str, scale: float) -> str:
    """The SQL of a query as a person writes it."""
    return (BY_HAND / f"{name}.sql").read_text(encoding="utf-8").replace("$scale", repr(scale))


def measured(scale: float, threads: int, repeats: int = REPEATS) -> list[Measured]:
    """Every query at a scale factor. The door is strict: what has no translation is an error, and no call of pandas.

    Tables are there before the clock starts: DuckDB's own, frames of pandas with its `str` dtype, frames of the door.
    """
    tables = make_tables(scale)
    connection = duckdb.connect(config={"threads": threads})
    for name, table in tables.items():
        connection.register("given", table)
        connection.execute(f"CREATE TABLE {name} AS FROM given")
        connection.unregister("given")
    plain = {name: table.astype(dict.fromkeys(texts_of(table), "str")) for name, table in tables.items()}
    with connection, door.using(stratum_sql.connect(threads=threads), strict=True):
        recorded = {name: door.DataFrame(table) for name, table in tables.items()}
        return [_one(name, scale, recorded, plain, connection, repeats) for name in SCRIPTS]


def texts_of(table: pd.DataFrame) -> list[str]:
    """The names of the columns of text."""
    return [name for name, dtype in table.dtypes.items() if dtype.kind == "O"]


def _one(
    name: str,
    scale: float,
    recorded: Mapping[str, Any],
    plain: Tables,
    connection: duckdb.DuckDBPyConnection,
    repeats: int,
) -> Measured:
    sql, script = by_hand(name, scale), SCRIPTS[name]
    sides: tuple[Callable[[], Any], ...] = (
        lambda: to_pandas(call(script, recorded, scale)),
        lambda: call(script, plain, scale),
        lambda: connection.sql(sql).to_arrow_table().to_pandas(),
    )
    shortest, answers = [float("inf")] * 3, [None] * 3
    for _ in range(repeats):
        for place, side in enumerate(sides):
            start = time.perf_counter()
            answers[place] = side()
            shortest[place] = min(shortest[place], time.perf_counter() - start)
    apart = max(difference(answers[0], answers[1]), difference(answers[0], answers[2]))
    return Measured(name, *shortest, apart)


def to_pandas(value: Any) -> Any:
    """A recorded frame as one of pandas; a number is one."""
    return value.to_pandas() if isinstance(value, Lazy) else value


def difference(one: Any, other: Any) -> float:
    """The largest relative difference of two answers; infinite if rows, columns, order or texts are not the same."""
    frames = [value if isinstance(value, pd.DataFrame) else pd.DataFrame({"value": [value]}) for value in (one, other)]
    if frames[0].shape != frames[1].shape:
        return float("inf")
    names = [list(frame.columns) for frame in frames]
    if names[0] != names[1] and isinstance(one, pd.DataFrame) and isinstance(other, pd.DataFrame):
        return float("inf")
    columns = ([frame.iloc[:, place].to_numpy() for frame in frames] for place in range(frames[0].shape[1]))
    return max((_apart(left, right) for left, right in columns), default=0.0)


def _apart(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float:
    if left.dtype.kind != "f" or right.dtype.kind != "f":
        return 0.0 if bool((left == right).all()) else float("inf")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        apart = np.abs(left - right) / np.maximum(np.abs(right), 1e-300)
    return float(np.max(np.where(left == right, 0.0, apart), initial=0.0))
