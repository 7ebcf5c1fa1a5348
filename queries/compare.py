"""One workload both ways: as one batch, and trial by trial in plain scikit-learn; then score against score."""

from __future__ import annotations

import resource
import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from threadpoolctl import threadpool_limits

from queries.baseline import Job, Outcome, Scores, difference, run_one
from queries.report import TOLERANCE, Line, Report

MIB = 1024  # KiB, the unit of ru_maxrss on Linux
GOLDEN = (5**0.5 - 1) / 2  # its multiples, less their whole parts, fill [0, 1) evenly and never repeat
T = TypeVar("T")


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
    """The largest resident memory this process has had, or one of its ended children if that was more, in MiB."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(_own_peak(), children) / MIB


def own_peak_mib() -> float:
    """The largest resident memory of this process alone, in MiB."""
    return _own_peak() / MIB


def _own_peak() -> int:
    """In KiB. The kernel's high-water mark of this program; what getrusage says begins with that of whoever started
    it."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except OSError:
        pass  # not Linux
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def timed(run: Callable[[], T]) -> tuple[T, float]:
    """What `run` returns, and its wall-clock seconds."""
    start = perf_counter()
    result = run()
    return result, perf_counter() - start


def spread(items: Sequence[T], sample: int | None) -> list[T]:
    """All items, or `sample` of them, one from each of as many equal stretches.

    Where in its stretch an item is taken moves by the golden ratio, so that a list which repeats itself, as grids do,
    is not met at the same place each time.
    """
    if sample is None or sample >= len(items):
        return list(items)
    edges = [i * len(items) // sample for i in range(sample + 1)]
    places = (start + int((0.5 + i * GOLDEN) % 1 * (end - start)) for i, (start, end) in enumerate(pairwise(edges)))
    return [items[place] for place in places]


def chosen(boards: Sequence[Board], sample: int | None) -> list[tuple[int, int]]:
    """Which trials are run one by one, as (board, trial) positions in order: all, or `sample` of them, each estimator
    in proportion."""
    every = [(at, i) for at, board in enumerate(boards) for i in range(len(board.trials))]
    every.sort(key=lambda place: boards[place[0]].trials[place[1]].estimator)
    return sorted(spread(every, sample))


def one_by_one(
    positions: Sequence[tuple[int, int]], job: Callable[[int, int], Job], threads: int | None
) -> dict[tuple[int, int], Outcome]:
    """Run each chosen trial as a script of its own, with `threads` threads inside numerical libraries."""
    with threadpool_limits(threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the libraries say of convergence; the batch keeps it with the trial
        return {position: run_one(job(*position)) for position in positions}


def report(
    name: str,
    boards: Sequence[Board],
    outcomes: Mapping[tuple[int, int], Outcome],
    ours_s: float,
    peak: float,
    *,
    by_estimator: bool = False,
) -> Report:
    """Put both sides together, with a line for each statement, or for each estimator."""
    seconds = extrapolated(boards, {place: outcome.seconds for place, outcome in outcomes.items()})
    lines = _lines_by_estimator(boards, outcomes, seconds) if by_estimator else _lines(boards, outcomes, seconds)
    return Report(
        name=name,
        trials=sum(line.trials for line in lines),
        measured=len(outcomes),
        ours_s=ours_s,
        baseline_s=sum(seconds.values()),
        max_score_difference=max((line.max_score_difference for line in lines), default=0.0),
        peak_mib=peak,
        lines=lines,
        problems=tuple(found_problems(boards, outcomes)),
    )


def extrapolated(boards: Sequence[Board], measured: Mapping[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """Seconds of every trial by (board, trial): as measured, else the mean of the measured trials most like it:
    the same estimator in the same statement, the same estimator anywhere, or any (0 if there are none)."""
    seconds: dict[tuple[object, ...], list[float]] = defaultdict(list)
    for place, spent in measured.items():
        for kind in _kinds(boards, place):
            seconds[kind].append(spent)
    means = {kind: sum(spent) / len(spent) for kind, spent in seconds.items()}
    every = [(at, i) for at, board in enumerate(boards) for i in range(len(board.trials))]
    return {
        place: measured[place]
        if place in measured
        else next((means[k] for k in _kinds(boards, place) if k in means), 0.0)
        for place in every
    }


def _kinds(boards: Sequence[Board], place: tuple[int, int]) -> tuple[tuple[object, ...], ...]:
    """What a trial has in common with others, closest first."""
    at, i = place
    estimator = boards[at].trials[i].estimator
    return (at, estimator), (estimator,), ()


def _lines(
    boards: Sequence[Board], outcomes: Mapping[tuple[int, int], Outcome], seconds: Mapping[tuple[int, int], float]
) -> tuple[Line, ...]:
    return tuple(
        _line(board.file, [(at, i) for i in range(len(board.trials))], _best(board), boards, outcomes, seconds)
        for at, board in enumerate(boards)
    )


def _lines_by_estimator(
    boards: Sequence[Board], outcomes: Mapping[tuple[int, int], Outcome], seconds: Mapping[tuple[int, int], float]
) -> tuple[Line, ...]:
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for at, i in seconds:
        places[boards[at].trials[i].estimator].append((at, i))
    return tuple(_line(name, places[name], "", boards, outcomes, seconds) for name in sorted(places))


def _line(
    name: str,
    places: Sequence[tuple[int, int]],
    best: str,
    boards: Sequence[Board],
    outcomes: Mapping[tuple[int, int], Outcome],
    seconds: Mapping[tuple[int, int], float],
) -> Line:
    """Some trials, which are at `places`."""
    measured = [place for place in places if place in outcomes]
    gaps = [gap(boards[at].trials[i], outcomes[at, i].scores) for at, i in measured]
    spent = sum(seconds[place] for place in places)
    return Line(name, len(places), len(measured), spent, best, max(gaps, default=0.0))


def gap(trial: Trial, scores: Scores) -> float:
    """The largest relative difference of a trial's scores; 0 for a failed trial, which is a problem of its own."""
    return difference(trial.scores, scores) if trial.scores is not None else 0.0


def _best(board: Board) -> str:
    for trial in board.trials:
        if trial.rank == 1 and trial.scores is not None:
            scores = trial.scores[board.main_metric]
            return f"{trial.estimator} {board.main_metric} {sum(scores) / len(scores):.4f}"
    return "none"


def found_problems(boards: Sequence[Board], outcomes: Mapping[tuple[int, int], Outcome]) -> list[str]:
    """One line for every trial that failed or whose scores differ by more than the tolerance."""
    found = []
    for at, board in enumerate(boards):
        for i, trial in enumerate(board.trials):
            where = f"{board.file}, trial {trial.number} ({trial.estimator})"
            if trial.scores is None:
                found.append(f"{where} failed: {trial.error}")
            elif (at, i) in outcomes and (apart := gap(trial, outcomes[at, i].scores)) > TOLERANCE:
                found.append(f"{where}: a score differs by {apart:.1e}")
    return found
