"""600 linear pipelines as one batch, against some of them one by one; and what the next 600 cost."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from queries.compare import chosen, one_by_one, report
from queries.linear.make_data import ROWS, load_measurements
from queries.linear.make_statements import ALPHAS, statements
from queries.report import Options, Report
from queries.run_workload import Jobs, Ran, Workload, opened, run_batch, thread_count
from queries.workload import statements_of

SUMMARY = "600 ridge and elastic-net pipelines over 500,000 made-up rows, and the cost of each further one"
SAMPLE = 24  # trials one by one, if not said: one of each estimator and feature set


def run(options: Options) -> Report:
    """Make the table, run both sides, then twice as many pipelines."""
    return run_linear(options, ALPHAS)


def run_linear(options: Options, alphas: int) -> Report:
    """The benchmark with `alphas` penalties of each estimator in a statement instead of 25."""
    work = workload(alphas, options)
    with opened(work, options) as session:
        ran = run_batch(session, work.statements)
        jobs = Jobs(session.connection, work.statements, ran.boards, thread_count(options))
        further = further_ms(ran, options, alphas)
        outcomes = one_by_one(chosen(ran.boards, options.sample or SAMPLE), jobs.job, options.threads)
        found = report(work.name, ran.boards, outcomes, ran.seconds, ran.peak)
    return replace(found, notes=(further,))


def workload(alphas: int, options: Options) -> Workload:
    """The twelve statements and their table."""
    read = tuple(one for name, text in statements(alphas) for one in statements_of(name, text))
    return Workload("linear", read, partial(load_measurements, rows=max(int(ROWS * options.rows_fraction), 100)))


def further_ms(ran: Ran, options: Options, alphas: int) -> str:
    """What twice as many pipelines cost in a session of their own, as one sentence."""
    work = workload(2 * alphas, options)
    with opened(work, options) as session:
        twice = run_batch(session, work.statements)
    few, many = (sum(len(board.trials) for board in one.boards) for one in (ran, twice))
    each = 1000 * (twice.seconds - ran.seconds) / (many - few)
    return (
        f"{many:,} pipelines take {twice.seconds:.1f} s, {few:,} take {ran.seconds:.1f} s: "
        f"{each:.1f} ms for each further pipeline"
    )
