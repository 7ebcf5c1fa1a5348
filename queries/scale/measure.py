"""One size in a process of its own: prints one JSON object.

    python -m queries.scale.measure --database measurements.duckdb --pipelines 100

The process does nothing else, so its peak memory is this size's; the table was made by another.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from queries.compare import chosen, found_problems, gap, one_by_one, own_peak_mib
from queries.linear.make_statements import statements
from queries.report import Options
from queries.run_workload import Jobs, Ran, Workload, opened, run_batch, thread_count
from queries.workload import statements_of


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows, and how many pipelines: the twelve statements with as many penalties as that takes."""

    rows: int
    pipelines: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What one size took: seconds of the batch, peak memory of the process in MiB, trials that were run,
    those also run one by one, the largest difference among them, and what went wrong."""

    seconds: float
    peak_mib: float
    trials: int
    checked: int
    max_score_difference: float
    problems: tuple[str, ...]


def measure(database: str, pipelines: int, checked: int, threads: int | None) -> Measured:
    """Run one size over the table in a file; then `checked` of its trials one by one, their scores only."""
    options = Options(threads=threads)
    read = tuple(one for name, text in texts(pipelines) for one in statements_of(name, text))
    work = Workload("scale", read, load=lambda _connection: None)
    with opened(work, options, database) as session:
        ran = run_batch(session, work.statements)
        peak = own_peak_mib()
        jobs = Jobs(session.connection, work.statements, ran.boards, thread_count(options))
        return _measured(ran, peak, jobs, checked, threads)


def _measured(ran: Ran, peak: float, jobs: Jobs, checked: int, threads: int | None) -> Measured:
    places = chosen(ran.boards, checked) if checked else []
    outcomes = one_by_one(places, jobs.job, threads)
    gaps = [gap(ran.boards[at].trials[i], outcome.scores) for (at, i), outcome in outcomes.items()]
    return Measured(
        ran.seconds,
        peak,
        sum(len(board.trials) for board in ran.boards),
        len(outcomes),
        max(gaps, default=0.0),
        tuple(found_problems(ran.boards, outcomes)),
    )


def texts(pipelines: int) -> list[tuple[str, str]]:
    """The linear statements with so many penalties that they have about `pipelines` trials, but at least 24."""
    per_statement = 2 * len(statements(1))
    return statements(max(round(pipelines / per_statement), 1))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what the size took."""
    parser = argparse.ArgumentParser(description="Run the linear statements at one size.")
    parser.add_argument("--database", required=True, help="a DuckDB file with the table")
    parser.add_argument("--pipelines", type=int, required=True)
    parser.add_argument("--check", type=int, default=0, help="so many trials are also run one by one")
    parser.add_argument("--threads", type=int)
    options = parser.parse_args(arguments)
    print(json.dumps(asdict(measure(options.database, options.pipelines, options.check, options.threads))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
