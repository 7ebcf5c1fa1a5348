"""The agents' statements as one batch, against each trial by itself, and against a GridSearchCV for each statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb

from queries.agents.grid import Search, Searched, run_search, start_processes, stop_processes
from queries.agents.make_statements import COUNT, Sent, statements
from queries.baseline import Metric
from queries.compare import Board, chosen, gap, one_by_one, report, spread
from queries.flights.make_data import DataMissing, load_flights
from queries.report import TOLERANCE, CannotRun, Options, Ratio, Report
from queries.run_workload import Jobs, Workload, opened, read, run_batch, thread_count
from queries.workload import statements_of

SUMMARY = "300 statements of six searches over the flights: 1,006 trials, one by one and as grid searches"
SAMPLE = 60  # trials one by one, if not said; half as many statements as grid searches


def run(options: Options) -> Report:
    """Load the flights and run every side; raises `CannotRun` where the data is not installed."""
    return run_agents(options, COUNT)


def run_agents(options: Options, count: int) -> Report:
    """The benchmark with the first `count` statements."""
    work = workload(statements(count))
    sample = options.sample or SAMPLE
    with opened(work, options) as session:
        ran = run_batch(session, work.statements)
        jobs = Jobs(session.connection, work.statements, ran.boards, thread_count(options))
        outcomes = one_by_one(chosen(ran.boards, sample), jobs.job, options.threads)
        found = report(work.name, ran.boards, outcomes, ran.seconds, ran.peak, by_estimator=True)
        searched = _grid_searches(jobs, _chosen_statements(ran.boards, max(sample // 2, 1)), thread_count(options))
    grid_s = all_statements(ran.boards, {at: one.seconds for at, one in searched.items()})
    gaps, problems = _grid_gaps(ran.boards, searched)
    return replace(
        found,
        max_score_difference=max([found.max_score_difference, *gaps]),
        problems=(*found.problems, *problems),
        ratios=(Ratio("a GridSearchCV for each statement", grid_s, ran.seconds),),
        notes=(f"GridSearchCV was run for {len(searched)} of {len(ran.boards)} statements; the rest is extrapolated",),
    )


def workload(sent: Sequence[Sent]) -> Workload:
    """The statements, named by their number, over the flights."""
    read_ones = tuple(one for number, text in enumerate(sent, 1) for one in statements_of(f"{number:03}", text.text))
    return Workload("agents", read_ones, load, main_table="flights")


def load(connection: duckdb.DuckDBPyConnection) -> None:
    """The flights' tables; raises `CannotRun` where the data is not installed."""
    try:
        load_flights(connection)
    except DataMissing as problem:
        raise CannotRun(str(problem)) from problem


# ---- grid searches ---------------------------------------------------------------------------------------------------


def _chosen_statements(boards: Sequence[Board], sample: int) -> list[int]:
    """Some statements, those with the same estimators in proportion; one with a failed trial is none of them."""
    whole = [at for at, board in enumerate(boards) if all(trial.scores is not None for trial in board.trials)]
    return sorted(spread(sorted(whole, key=lambda at: _kind(boards[at])), sample))


def _kind(board: Board) -> tuple[str, ...]:
    return tuple(sorted({trial.estimator for trial in board.trials}))


def _grid_searches(jobs: Jobs, places: Sequence[int], threads: int) -> dict[int, Searched]:
    try:
        start_processes(threads)
        return {at: run_search(_search(jobs, at), threads) for at in places}
    finally:
        stop_processes()


def _search(jobs: Jobs, at: int) -> Search:
    query, board = jobs.queries[at], jobs.boards[at]
    best = next((i for i, trial in enumerate(board.trials) if trial.rank == 1), None)
    return Search(
        read=lambda: read(jobs.connection, query),
        folds=jobs.folds(at),
        pipelines=tuple(jobs.pipeline(at, i) for i in range(len(board.trials))),
        metrics=tuple(Metric(metric.name, metric.scorer, metric.sign) for metric in query.metrics),
        kept=best if query.name is not None else None,
    )


def all_statements(boards: Sequence[Board], measured: Mapping[int, float]) -> float:
    """Seconds of all statements: one that was not run counts, for each of its trials, as those of its kind do."""
    usual = _per_trial(boards, measured, list(measured))
    total = sum(measured.values())
    for at, board in enumerate(boards):
        if at not in measured:
            alike = [one for one in measured if _kind(boards[one]) == _kind(board)]
            total += len(board.trials) * (_per_trial(boards, measured, alike) if alike else usual)
    return total


def _per_trial(boards: Sequence[Board], measured: Mapping[int, float], places: Sequence[int]) -> float:
    trials = sum(len(boards[at].trials) for at in places)
    return sum(measured[at] for at in places) / trials if trials else 0.0


def _grid_gaps(boards: Sequence[Board], searched: Mapping[int, Searched]) -> tuple[list[float], list[str]]:
    """The difference of every trial that a grid search ran, and a line for each that is too large."""
    gaps, problems = [], []
    for at, one in searched.items():
        for trial, scores in zip(boards[at].trials, one.scores, strict=True):
            gaps.append(gap(trial, scores))
            if gaps[-1] > TOLERANCE:
                problems.append(
                    f"{boards[at].file}, trial {trial.number} ({trial.estimator}): "
                    f"a score differs from the grid search's by {gaps[-1]:.1e}"
                )
    return gaps, problems
