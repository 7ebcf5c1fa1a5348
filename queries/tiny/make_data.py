"""A ship's passengers, made up from a seed: small, and with everything that makes tables hard.

    python queries/tiny/make_data.py tiny.duckdb

Two tables of the same columns. `passengers` (300 rows) has NULLs in numbers, categories, dates and text, a mostly
empty column, and classes of unequal size. `new_passengers` (40 rows) has a port, a deck and words that `passengers`
never has.
The chance to survive depends on class, sex, age and one phrase of the remark, so models have something to find.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

SEED = 1912
ROWS = {"passengers": 300, "new_passengers": 40}

SCHEMA = pa.schema(
    [
        ("passenger_id", pa.int32()),
        ("booked", pa.timestamp("us")),
        ("class", pa.string()),
        ("sex", pa.string()),
        ("age", pa.float64()),
        ("family", pa.int32()),
        ("fare", pa.float64()),
        ("port", pa.string()),
        ("deck", pa.string()),
        ("remark", pa.string()),
        ("survived", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The values that the text columns of one table are drawn from."""

    ports: tuple[str, ...]
    decks: tuple[str, ...]
    remarks: tuple[str, ...]


KNOWN = Vocabulary(
    ports=("Southampton", "Cherbourg", "Queenstown"),
    decks=("A", "B", "C", "D"),
    remarks=(
        "two trunks",
        "asks for a cabin near the boats",
        "travels with a nurse",
        "speaks français",
        "a violin, a dog",
    ),
)
UNSEEN = Vocabulary(
    ports=(*KNOWN.ports, "Belfast"),
    decks=(*KNOWN.decks, "G"),
    remarks=(*KNOWN.remarks, "letters for Köln", "near the boats again"),
)
CLASSES, CLASS_SHARE = ("first", "second", "third"), (0.25, 0.2, 0.55)
FARES = {"first": 80.0, "second": 22.0, "third": 11.0}
SURVIVAL = {"first": 0.9, "second": 0.1, "third": -0.9}  # log odds
FIRST_BOOKING = np.datetime64("1911-11-01T08:00:00", "us")
BOOKING_MINUTES = 150 * 24 * 60


def make_passengers(rows: int, words: Vocabulary, seed: int, first_id: int = 1) -> pa.Table:
    """`rows` passengers with the columns of `SCHEMA`; the same seed gives the same table."""
    random = np.random.default_rng(seed)
    booked = FIRST_BOOKING + random.integers(0, BOOKING_MINUTES, rows) * np.timedelta64(60_000_000)
    classes = random.choice(CLASSES, rows, p=CLASS_SHARE)
    sex = random.choice(["female", "male"], rows, p=[0.4, 0.6])
    age = np.round(np.clip(random.normal(31, 14, rows), 1, 80), 1)
    remark = random.choice(words.remarks, rows)
    columns: dict[str, Any] = {
        "passenger_id": np.arange(first_id, first_id + rows),
        "booked": _gaps(random, booked, 0.05),
        "class": classes,
        "sex": sex,
        "age": _gaps(random, age, 0.2),
        "family": np.minimum(random.poisson(0.8, rows), 6),
        "fare": _gaps(random, np.round(random.lognormal(0, 0.4, rows) * [FARES[name] for name in classes], 2), 0.03),
        "port": _gaps(random, random.choice(words.ports, rows), 0.04),
        "deck": _gaps(random, random.choice(words.decks, rows), 0.75),
        "remark": _gaps(random, remark, 0.15),
        "survived": random.random(rows) < _chance(classes, sex, age, remark),
    }
    return pa.table([pa.array(_plain(columns[field.name]), field.type) for field in SCHEMA], schema=SCHEMA)


def load_tiny(connection: duckdb.DuckDBPyConnection, seed: int = SEED) -> dict[str, int]:
    """Create (or replace) `passengers` and `new_passengers` in `connection`; returns their row counts by name."""
    tables = {
        "passengers": make_passengers(ROWS["passengers"], KNOWN, seed),
        "new_passengers": make_passengers(ROWS["new_passengers"], UNSEEN, seed + 1, first_id=ROWS["passengers"] + 1),
    }
    for name, table in tables.items():
        source = f"_make_data_{name}"
        connection.register(source, table)
        try:
            connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS FROM "{source}"')
        finally:
            connection.unregister(source)
    return {name: table.num_rows for name, table in tables.items()}


def _gaps(random: np.random.Generator, values: np.ndarray[Any, Any], share: float) -> list[Any]:
    """`values` with about `share` of them replaced by None."""
    gaps = random.random(len(values)) < share
    return [None if gap else value for value, gap in zip(values.tolist(), gaps, strict=True)]


def _chance(
    classes: np.ndarray[Any, Any], sex: np.ndarray[Any, Any], age: np.ndarray[Any, Any], remark: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """The chance to survive, per passenger: a logistic curve over class, sex, age and being near the boats."""
    near_boats = np.char.find(remark.astype(str), "near the boats") >= 0
    odds = np.array([SURVIVAL[name] for name in classes]) + np.where(sex == "female", 1.3, -0.8)
    odds += np.where(age < 14, 1.0, 0.0) - 0.01 * (age - 30) + np.where(near_boats, 1.2, -0.3)
    result: np.ndarray[Any, Any] = 1 / (1 + np.exp(-odds))
    return result


def _plain(values: np.ndarray[Any, Any] | list[Any]) -> list[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else values


def main(arguments: list[str] | None = None) -> int:
    """Write the two tables into a DuckDB file; 0 if it worked, 2 with one line on stderr if it could not be written."""
    parser = argparse.ArgumentParser(description="Write the passengers tables into a DuckDB file.")
    parser.add_argument("database", nargs="?", default="tiny.duckdb", help="the file to write (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        with duckdb.connect(options.database) as connection:
            rows = load_tiny(connection)
    except duckdb.Error as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for name, count in rows.items():
        print(f"{name:15} {count:>5,} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
