"""A made-up table for linear models: every value is a hash of its row's number and column, so it is always the same.

Ten numeric columns on different scales, three of them with gaps, three categories of 5, 12 and 30 values, and a target
that is a weighted sum of them plus noise: about four fifths of its variance can be explained.
"""

from __future__ import annotations

import duckdb

ROWS = 500_000
TABLE = "measurements"
GAPS = {"x2": 5, "x5": 12, "x8": 20}  # percent of the rows where the column is NULL
CATEGORIES = {"c1": 5, "c2": 12, "c3": 30}  # how many values
NUMBERS = tuple(f"x{k}" for k in range(10))


def load_measurements(connection: duckdb.DuckDBPyConnection, rows: int = ROWS, seed: int = 0) -> None:
    """Create (or replace) the table `measurements`: `rows` rows of x0 … x9, c1, c2, c3 and the target y, never NULL."""
    hidden = ", ".join(f"{_normal(k, seed)} AS n{k}" for k in range(len(NUMBERS) + 1))
    drawn = ", ".join(f"{_draw(f'c{k}', size, seed)} AS {name}_at" for k, (name, size) in enumerate(CATEGORIES.items()))
    numbers = ", ".join(f"{_number(k, seed)} AS x{k}" for k in range(len(NUMBERS)))
    categories = ", ".join(f"printf('{name}_%02d', {name}_at) AS {name}" for name in CATEGORIES)
    connection.execute(
        f"CREATE OR REPLACE TABLE {TABLE} AS "
        f"SELECT {numbers}, {categories}, {_target()} AS y "
        f"FROM (SELECT i, {hidden}, {drawn} FROM range({rows}) AS r(i))"
    )


def _uniform(word: str, seed: int) -> str:
    """SQL for a number in (0, 1), from the row's number, a word and the seed."""
    return f"((hash(i, '{word}', {seed}) >> 11) + 0.5) / {2**53}"


def _normal(k: int, seed: int) -> str:
    """SQL for a standard normal number, after Box and Muller."""
    return f"sqrt(-2 * ln({_uniform(f'u{k}', seed)})) * cos(2 * pi() * {_uniform(f'v{k}', seed)})"


def _draw(word: str, size: int, seed: int) -> str:
    """SQL for a whole number in 0 … size - 1, small ones more often."""
    return f"CAST(floor({size} * power({_uniform(word, seed)}, 1.5)) AS INTEGER)"


def _number(k: int, seed: int) -> str:
    """Column k: a hidden number and a little of its neighbour, moved and stretched, rounded, with gaps."""
    value = f"round({10 * k} + {1 + 2 * (k % 4)} * (n{k} + 0.3 * n{(k + 1) % len(NUMBERS)}), 4)"
    gaps = GAPS.get(f"x{k}", 0)
    return f"CASE WHEN hash(i, 'gap{k}', {seed}) % 100 >= {gaps} THEN {value} END" if gaps else value


def _target() -> str:
    weights = [3.0, -2.0, 1.5, 1.0, -1.0, 0.8, 0.5, -0.3, 0.1, 0.0]
    terms = [f"{weight} * n{k}" for k, weight in enumerate(weights)]
    terms += ["0.6 * c1_at", "0.2 * (c2_at % 4)", "0.1 * abs(c3_at - 12)", f"2.2 * n{len(weights)}"]
    return f"round(20 + {' + '.join(terms)}, 4)"
