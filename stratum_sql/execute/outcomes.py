"""What a batch ends in: trials, models, statements, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stratum_sql.catalog.splitters import Fold
from stratum_sql.errors import Diagnostic, StratumError
from stratum_sql.execute.duckdb import Relation
from stratum_sql.execute.values import FitResult, Labels, Model
from stratum_sql.kernel_runs import KernelRuns
from stratum_sql.optimizer.pipeline import Saving
from stratum_sql.plan.device import DeviceRun
from stratum_sql.plan.features import Feature
from stratum_sql.plan.query import TrainQuery, Trial


@dataclass(frozen=True, eq=False, slots=True)
class TrialResult:
    """One row of a leaderboard. `scores` is metric → one value a fold, in fold order; empty unless `status` is ok.
    `rung`, from 1, and its `rows` are those that a halving search gave the trial last. `rounds` are those that each
    fold's model kept, where it stopped early."""

    trial: Trial
    status: str
    scores: Mapping[str, tuple[float, ...]]
    seconds: float
    error: str | None
    rung: int | None = None
    rows: int | None = None
    rounds: tuple[int, ...] | None = None

    def mean(self, metric: str) -> float | None:
        """Mean over the folds, or None where it is not a number."""
        values = self.scores.get(metric)
        mean = float(np.mean(values)) if values else float("nan")
        return mean if np.isfinite(mean) else None

    def std(self, metric: str) -> float | None:
        """Standard deviation over the folds (of the folds themselves, as scikit-learn's search reports it)."""
        values = self.scores.get(metric)
        if not values or not np.isfinite(values).all():
            return None
        return float(np.std(values))


@dataclass(frozen=True, eq=False, slots=True)
class KeptModel:
    """The best trial of a named statement, fitted on all rows: the states of its transforms, its estimator, the labels
    of the target, and the columns and rows of its matrix."""

    trial: TrialResult
    fits: tuple[tuple[Feature, FitResult], ...]
    model: Model
    labels: Labels
    names: tuple[str, ...]
    rows: int


@dataclass(frozen=True, eq=False, slots=True)
class StatementResult:
    """The answer to one statement: its trials, or the error that ended it. `rung_rows` has the rows of each rung of a
    halving search, `groups` the answer of each group of PARTITION BY."""

    query: TrainQuery
    trials: tuple[TrialResult, ...]
    warnings: tuple[Diagnostic, ...]
    kept: KeptModel | None = None
    error: StratumError | None = None
    folds: tuple[Fold, ...] = ()
    relation: Relation | None = None
    rung_rows: tuple[int, ...] = ()
    groups: tuple[StatementResult, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class BatchResult:
    """The answers of a batch, and what it took."""

    statements: tuple[StatementResult, ...]
    seconds: float
    fits: int
    reused: int  # of `fits`: scores known from an earlier batch
    nodes: int
    nodes_unshared: int
    scans: int
    interrupted: bool
    savings: tuple[Saving, ...]
    timings: Mapping[str, tuple[int, float]]
    kernels: Mapping[str, KernelRuns]
    device: DeviceRun | None = None  # None where no device was looked at


def rank(query: TrainQuery, trials: Sequence[TrialResult]) -> list[TrialResult]:
    """The trials that have a score, best first by the first metric; equal scores in the order of the statement.

    Trials of a halving search rank by the rung they reached, then by their score on it.
    """
    metric = query.metrics[0]
    sign = -1 if metric.higher_is_better else 1
    scored = [
        (value, result)
        for result in trials
        if result.status == "ok" and (value := result.mean(metric.name)) is not None
    ]
    order = sorted(scored, key=lambda item: (-(item[1].rung or 0), sign * item[0], item[1].trial.number))
    return [result for _, result in order]
