"""Boosted trees as a batch, against the training calls alone, and against each trial one by one.

Two forms: 48 configurations of 100 trees; the same 48 with 50, 100 and 200 trees in the grid. The report's own ratio is
the hardest of the four: the first form against the training calls alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

import stratum_sql
from queries.baseline import Scores
from queries.boosting.make_data import ROWS, load_signals
from queries.boosting.make_statements import FIXED, GRID, statement
from queries.boosting.train_alone import prepare, train_side_by_side
from queries.compare import chosen, extrapolated, gap, one_by_one, report
from queries.report import TOLERANCE, Line, Options, Ratio, Report
from queries.run_workload import Jobs, Ran, Workload, opened, run_batch, thread_count
from queries.workload import statements_of
from stratum_sql import reference

SUMMARY = "48 LightGBM and XGBoost configurations over 100,000 made-up rows, against the training calls alone"
SAMPLE = 12  # trials of each form on each other side, if not said
FORMS = {"100 trees": FIXED, "50, 100, 200 trees": GRID}


@dataclass(frozen=True, slots=True)
class Form:
    """One form on all sides: the training calls alone, and the report against one by one."""

    report: Report
    alone_s: float
    problems: tuple[str, ...]


def run(options: Options) -> Report:
    """Make the table and run both forms on every side."""
    return run_boosting(options, small=False)


def run_boosting(options: Options, *, small: bool) -> Report:
    """The benchmark; `small` leaves 8 configurations of each form."""
    forms = list(FORMS.items())
    works = [_workload(name, statement(trees, small=small), options) for name, trees in forms]
    with opened(works[0], options) as session:
        ran = [run_batch(session, work.statements) for work in works]  # ours first: its peak memory is its own
        done = [_compare(session, work, one, options) for work, one in zip(works, ran, strict=True)]
    return _together([name for name, _ in forms], done, max(one.peak for one in ran))


def _workload(name: str, text: str, options: Options) -> Workload:
    rows = max(int(ROWS * options.rows_fraction), 200)
    return Workload("boosting", tuple(statements_of(name, text)), partial(load_signals, rows=rows))


def _compare(session: stratum_sql.Session, work: Workload, ran: Ran, options: Options) -> Form:
    jobs = Jobs(session.connection, work.statements, ran.boards, thread_count(options))
    places = chosen(ran.boards, options.sample or SAMPLE)
    outcomes = one_by_one(places, jobs.job, options.threads)
    scores, seconds = _train_alone(session, jobs, places, thread_count(options))
    return Form(
        report("boosting", ran.boards, outcomes, ran.seconds, ran.peak),
        seconds,
        tuple(_alone_problems(ran, scores)),
    )


def _train_alone(
    session: stratum_sql.Session, jobs: Jobs, places: list[tuple[int, int]], threads: int
) -> tuple[dict[tuple[int, int], list[float]], float]:
    """Scores of the chosen trials from the training calls alone, and the seconds of all trials, those of one estimator
    in proportion to how many of it were run."""
    rows = reference.rows(session.connection, jobs.queries[0])
    folds = prepare(rows.features.to_numpy(dtype=np.float64), rows.target, rows.folds)
    models = {place: jobs.pipeline(*place)[-1] for place in places}
    scores: dict[tuple[int, int], list[float]] = {}
    measured: dict[tuple[int, int], float] = {}
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # LightGBM on rows without column names
        for kind in {type(model) for model in models.values()}:
            some = {place: model for place, model in models.items() if type(model) is kind}
            found, seconds = train_side_by_side(some, folds, threads)
            scores |= found
            measured |= dict.fromkeys(some, seconds / len(some))
    return scores, sum(extrapolated(jobs.boards, measured).values())


def _alone_problems(ran: Ran, scores: Mapping[tuple[int, int], list[float]]) -> list[str]:
    found = []
    for (at, i), values in scores.items():
        apart = gap(ran.boards[at].trials[i], _r2(values))
        if apart > TOLERANCE:
            found.append(f"trial {i + 1}: a score differs from the training call's by {apart:.1e}")
    return found


def _r2(values: list[float]) -> Scores:
    return {"r2": values}


def _together(names: list[str], forms: list[Form], peak: float) -> Report:
    first, second = forms
    lines = [_line(name, form) for name, form in zip(names, forms, strict=True)]
    return Report(
        name="boosting",
        trials=first.report.trials,
        measured=first.report.measured,
        ours_s=first.report.ours_s,
        baseline_s=first.alone_s,
        max_score_difference=max(line.max_score_difference for line in lines),
        peak_mib=peak,
        lines=tuple(lines),
        problems=tuple(text for form in forms for text in (*form.report.problems, *form.problems)),
        compared_with="training calls alone",
        ratios=(
            Ratio(f"{names[0]}, one by one", first.report.baseline_s or 0.0, first.report.ours_s),
            Ratio(f"{names[1]}, training calls alone", second.alone_s, second.report.ours_s),
            Ratio(f"{names[1]}, one by one", second.report.baseline_s or 0.0, second.report.ours_s),
        ),
        notes=(f"{second.report.measured} of the {second.report.trials} trials with {names[1]} were run one by one",),
    )


def _line(name: str, form: Form) -> Line:
    found = form.report
    return Line(
        name,
        found.trials,
        found.measured,
        found.baseline_s,
        found.lines[0].best,
        found.max_score_difference,
        ours_s=found.ours_s,
    )
