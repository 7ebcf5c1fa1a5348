"""One by one: what the same trials cost when each is a script of its own, in plain scikit-learn.

Every job starts from the tables: it runs its own join, gets a DataFrame, and for each fold fits a fresh copy of the
whole pipeline on the training rows and scores the held-out rows. Nothing is kept between jobs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.metrics import get_scorer

Scores = dict[str, list[float]]  # by metric, one score a fold, in fold order
Rows = np.ndarray[Any, Any]  # positions of rows


@dataclass(frozen=True, eq=False, slots=True)
class Metric:
    """One score: `sign * scorer(...)`, where `scorer` is scikit-learn's scorer name (`neg_log_loss` with sign -1)."""

    name: str
    scorer: str
    sign: int = 1


@dataclass(frozen=True, eq=False, slots=True)
class Job:
    """One trial as a script of its own.

    `read` runs the query and returns features (one row a flight, passenger …) and target; `folds` is given both and
    says which rows are trained on and held out, as pairs of positions. It is not timed: it finds the batch's own folds,
    where a script would simply draw some. `keep` fits the pipeline on all rows as well, as one does
    with the model that is to be used.
    """

    label: str
    read: Callable[[], tuple[Any, Any]]
    pipeline: Any  # an unfitted scikit-learn estimator
    folds: Callable[[Any, Any], Sequence[tuple[Rows, Rows]]]
    metrics: tuple[Metric, ...]
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one job gave: its scores, and its wall-clock seconds from reading the tables to the last score."""

    scores: Scores
    seconds: float


def run_one(job: Job) -> Outcome:
    """Run one job by itself; errors of the pipeline are raised as scikit-learn raises them."""
    start = perf_counter()
    features, target = job.read()
    seconds = perf_counter() - start
    folds = job.folds(features, target)
    start = perf_counter()
    scores = _cross_validate(job, features, target, folds)
    if job.keep:
        clone(job.pipeline).fit(features, target)
    return Outcome(scores, seconds + perf_counter() - start)


def _cross_validate(job: Job, features: Any, target: Any, folds: Sequence[tuple[Rows, Rows]]) -> Scores:
    scores: Scores = {metric.name: [] for metric in job.metrics}
    for train, test in folds:
        model = clone(job.pipeline).fit(_take(features, train), _take(target, train))
        for metric in job.metrics:
            score = get_scorer(metric.scorer)(model, _take(features, test), _take(target, test))
            scores[metric.name].append(metric.sign * float(score))
    return scores


def difference(ours: Mapping[str, Sequence[float]], reference: Mapping[str, Sequence[float]]) -> float:
    """The largest relative difference between two trials' fold scores; 0 if all are equal (NaN equals NaN).

    Infinite if a metric or a fold is on one side only, or if one side alone is not a number.
    """
    if ours.keys() != reference.keys() or any(len(ours[name]) != len(reference[name]) for name in reference):
        return float("inf")
    pairs = [pair for name in reference for pair in zip(ours[name], reference[name], strict=True)]
    return max((_relative(a, b) for a, b in pairs), default=0.0)


def _relative(a: float, b: float) -> float:
    if a == b or (np.isnan(a) and np.isnan(b)):
        return 0.0
    gap = abs(a - b) / max(abs(a), abs(b))
    return gap if np.isfinite(gap) else float("inf")


def _take(values: Any, rows: Rows) -> Any:
    return values.iloc[rows] if hasattr(values, "iloc") else values[rows]
