"""The rows that a transform draws to learn from, where scikit-learn draws some too."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import resample

Floats = NDArray[np.float64]


def drawn(
    columns: list[NDArray[np.float64]], size: int | None, seed: int, *, replace: bool
) -> list[NDArray[np.float64]]:
    """The same `size` rows of every column; all rows where there are no more, or `size` is None."""
    rows = len(columns[0]) if columns else 0
    if size is None or size >= rows:
        return columns
    chosen = _positions(rows, size, seed, replace)
    return [column[chosen] for column in columns]


@lru_cache(maxsize=8)  # the columns of a fold draw the same rows, one after the other
def _positions(rows: int, size: int, seed: int, replace: bool) -> NDArray[np.int64]:
    chosen: NDArray[np.int64] = resample(np.arange(rows), replace=replace, n_samples=size, random_state=seed)
    chosen.flags.writeable = False
    return chosen
