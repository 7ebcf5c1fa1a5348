"""The training calls alone: matrices are ready, and nothing is left but fit, predict and the score.

It is the least that the trials of a batch could cost if each were trained by itself: no table is read, no pipeline is
copied, and the trials of a statement run side by side, one thread each, as in the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.metrics import r2_score

from queries.baseline import Rows

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False, slots=True)
class Prepared:
    """One fold as arrays of its own: features (rows, columns) and target (rows,), to train on and held out."""

    train: Array
    train_target: Array
    test: Array
    test_target: Array


def prepare(features: Array, target: Array, folds: Sequence[tuple[Rows, Rows]]) -> tuple[Prepared, ...]:
    """The folds' matrices, copied."""
    return tuple(Prepared(features[train], target[train], features[test], target[test]) for train, test in folds)


def score(model: Any, fold: Prepared) -> float:
    """Fit a fresh copy of `model` on the fold; r2 of the held-out rows."""
    fitted = clone(model).fit(fold.train, fold.train_target)
    return float(r2_score(fold.test_target, fitted.predict(fold.test)))


def train_side_by_side(
    models: Mapping[tuple[int, int], Any], folds: Sequence[Prepared], threads: int
) -> tuple[dict[tuple[int, int], list[float]], float]:
    """r2 of every model on every fold, by the model's place, and the wall-clock seconds of all of it."""
    start = perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        waiting = {place: [pool.submit(score, model, fold) for fold in folds] for place, model in models.items()}
        scores = {place: [one.result() for one in fits] for place, fits in waiting.items()}
    return scores, perf_counter() - start
