"""What one row of the benchmark is: a declaration, which `bench.py` runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


def _as_it_is(data: Any, _threads: int) -> Any:
    return data


@dataclass(frozen=True, slots=True)
class Case:
    """One kernel on one made-up input.

    `make(rows)` gives the input of both sides, untimed. `ours` and `library` are called once for each of `folds`, one
    after the other, as `(data, fold, threads)`, and what they give is compared by `apart`: the largest relative
    difference, which must not exceed `tolerance`. `prepare(data, threads)` is what our side does once for all folds; it
    is timed, and `ours` gets what it returns. `goal` is how many times faster ours shall be; None where none was set.
    """

    name: str
    against: str
    make: Callable[[int], Any]
    ours: Callable[[Any, int, int], Any]
    library: Callable[[Any, int, int], Any]
    apart: Callable[[Any, Any], float]
    tolerance: float
    goal: float | None = None
    rows: int = 1_000_000
    folds: int = 1
    prepare: Callable[[Any, int], Any] = _as_it_is


def apart(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    """The largest difference of two arrays by the largest size in them; infinite if shapes or NaN differ."""
    left, right = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    if left.shape != right.shape or not np.array_equal(np.isnan(left), np.isnan(right)):
        return float("inf")
    unit = np.nanmax(np.abs(right), initial=0.0)
    return float(np.nanmax(np.abs(left - right), initial=0.0) / (unit or 1.0))
