"""The arithmetic of successive halving: how many rungs, how many rows and trials each has, and which trials go on.

All of it is that of scikit-learn's `HalvingGridSearchCV(resource='n_samples', aggressive_elimination=False)`, to the
rounding of its logarithms, so that the same trials reach the same rungs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

EXHAUST, SMALLEST = "exhaust", "smallest"  # the first rung as large as the last one allows, or as small as can be
_LEAST = 2  # rows a fold, and a class, of the first rung


@dataclass(frozen=True, slots=True)
class Halving:
    """`SEARCH HALVING`: each rung has about `1/factor` of the trials and `factor` times the rows of the one before.

    `min_resources` are the rows of the first rung, or EXHAUST, or SMALLEST. `seed` draws the rows.
    """

    factor: int = 3
    min_resources: int | str = EXHAUST
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of a search, counted from 0; `candidates` are those of the first."""

    search: Halving
    candidates: int
    number: int = 0

    def __str__(self) -> str:
        first = "" if self.search.min_resources == EXHAUST else f", from {self.search.min_resources} rows"
        of = f"{self.candidates} trials, factor {self.search.factor}{first}, seed {self.search.seed}"
        return f"rung {self.number + 1} of halving {of}"


def rung_candidates(rung: Rung) -> Iterator[int]:
    """How many trials each rung has, where there are rows enough for all rungs that the trials need."""
    candidates = rung.candidates
    for _ in range(_needed(rung)):
        yield candidates
        candidates = math.ceil(candidates / rung.search.factor)


def rung_rows(rung: Rung, rows: int, folds: int, classes: int | None) -> tuple[int, ...]:
    """How many of `rows` each rung has; there are as many rungs as these. `classes` is None for regression.

    Raises ValueError where there are fewer rows than the first rung must have.
    """
    factor, needed = rung.search.factor, _needed(rung)
    least = rung.search.min_resources
    if isinstance(least, str):
        least = _LEAST * folds * (1 if classes is None else classes)
    if least > rows:
        raise ValueError(f"a halving search over these folds starts with {least:,} rows, and there are {rows:,}")
    if rung.search.min_resources == EXHAUST:
        least = max(least, rows // factor ** (needed - 1))
    possible = 1 + math.floor(math.log(rows // least, factor))
    return tuple(min(factor**number * least, rows) for number in range(min(needed, possible)))


def _needed(rung: Rung) -> int:
    """Rungs until fewer than `factor` trials are left."""
    return 1 + math.floor(math.log(rung.candidates, rung.search.factor))


def survivors(values: Sequence[float | None], factor: int) -> list[int]:
    """The positions of the best `1/factor` of the trials, rounded up, worst first; more is better.

    A trial without a value goes on only where too few have one. Equal values are told apart by NumPy's sort, as
    scikit-learn does, and the order is that in which the next rung compares them.
    """
    scores = np.asarray([np.nan if value is None else value for value in values], dtype=np.float64)
    order: np.ndarray[Any, Any] = np.roll(np.argsort(scores), np.count_nonzero(np.isnan(scores)))
    return [int(position) for position in order[-math.ceil(len(scores) / factor) :]]
