"""One workload both ways: as one batch, and trial by trial in plain scikit-learn; then score against score."""

from __future__ import annotations

import resource
import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from threadpoolctl import threadpool_limits

from queries.baseline import Job, Outcome, Scores, difference, run_one
from queries.report import TOLERANCE, Line, Report

MIB = 1024  # KiB, the unit of ru_maxrss on Linux


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial as the batch scored it: `scores` is None where it failed and `error` says why; `rank` 1 is the best."""

    number: int
    estimator: str
    rank: int | None
    scores: Scores | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """One statement's trials; `file` is where the statement stands, `main_metric` the one that ranks."""

    file: str
    main_metric: str
    trials: tuple[Trial, ...]


def peak_mib() -> float:
    """The largest resident memory this process and its children have had, in MiB."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / MIB


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    """What `run` returns, and its wall-clock seconds."""
    start = perf_counter()
    result = run()
    return result, perf_counter() - start


def chosen(boards: Sequence[Board], sample: int | None) -> list[tuple[int, int]]:
    """Which trials are run one by one, as (board, trial) positions: all, or `sample` of them evenly spread."""
    every = [(at, i) for at, board in enumerate(boards) for i in range(len(board.trials))]
    if sample is None or sample >= len(every):
        return every
    return [every[(2 * i + 1) * len(every) // (2 * sample)] for i in range(sample)]


def one_by_one(
    positions: Sequence[tuple[int, int]], job: Callable[[int, int], Job], threads: int | None
) -> dict[tuple[int, int], Outcome]:
    """Run each chosen trial as a script of its own, with `threads` threads inside numerical libraries."""
    with threadpool_limits(threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the libraries say of convergence; the batch keeps it with the trial
        return {position: run_one(job(*position)) for position in positions}


def report(
    name: str, boards: Sequence[Board], outcomes: Mapping[tuple[int, int], Outcome], ours_s: float, peak: float
) -> Report:
    """Put both sides together."""
    per_board: dict[int, list[Outcome]] = defaultdict(list)
    for (at, _), outcome in outcomes.items():
        per_board[at].append(outcome)
    usual = sum(outcome.seconds for outcome in outcomes.values()) / max(len(outcomes), 1)
    lines = tuple(_line(at, board, outcomes, per_board[at], usual) for at, board in enumerate(boards))
    return Report(
        name=name,
        trials=sum(line.trials for line in lines),
        measured=len(outcomes),
        ours_s=ours_s,
        baseline_s=sum(line.baseline_s for line in lines),
        max_score_difference=max((line.max_score_difference for line in lines), default=0.0),
        peak_mib=peak,
        lines=lines,
        problems=tuple(_problems(boards, outcomes)),
    )


def _line(
    at: int,
    board: Board,
    outcomes: Mapping[tuple[int, int], Outcome],
    measured: Sequence[Outcome],
    usual: float,
) -> Line:
    """One statement; trials that were not run count as the mean of its measured ones, or of all where it has none."""
    spent = sum(outcome.seconds for outcome in measured)
    mean = spent / len(measured) if measured else usual
    gaps = [_gap(trial, outcomes[at, i]) for i, trial in enumerate(board.trials) if (at, i) in outcomes]
    return Line(
        statement=board.file,
        trials=len(board.trials),
        measured=len(measured),
        baseline_s=spent + mean * (len(board.trials) - len(measured)),
        best=_best(board),
        max_score_difference=max(gaps, default=0.0),
    )


def _gap(trial: Trial, outcome: Outcome) -> float:
    return difference(trial.scores, outcome.scores) if trial.scores is not None else 0.0


def _best(board: Board) -> str:
    for trial in board.trials:
        if trial.rank == 1 and trial.scores is not None:
            scores = trial.scores[board.main_metric]
            return f"{trial.estimator} {board.main_metric} {sum(scores) / len(scores):.4f}"
    return "none"


def _problems(boards: Sequence[Board], outcomes: Mapping[tuple[int, int], Outcome]) -> list[str]:
    found = []
    for at, board in enumerate(boards):
        for i, trial in enumerate(board.trials):
            where = f"{board.file}, trial {trial.number} ({trial.estimator})"
            if trial.scores is None:
                found.append(f"{where} failed: {trial.error}")
            elif (at, i) in outcomes and (gap := _gap(trial, outcomes[at, i])) > TOLERANCE:
                found.append(f"{where}: a score differs by {gap:.1e}")
    return found
