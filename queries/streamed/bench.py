"""Sums of 50 million rows, 3.4 GiB of numbers, in a process that may not need 2 GiB.

The process makes the rows with DuckDB, reads them as a stream of record batches, and adds up Gram matrices and moments
for each fold. Every entry of the Gram matrices must be exactly the sum that arithmetic gives.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from queries.report import CannotRun, Line, Options, Report
from queries.streamed.measure import FOLDS, NUMBERS, Measured

SUMMARY = "Gram matrices and moments of 50 million rows as they stream by, in less than 2 GiB; no baseline"
ROWS = 50_000_000
LIMIT_MIB = 2048.0
MOST_ERROR = 1e-12  # relative, of a mean or a variance
ROOT = Path(__file__).parents[2]


def run(options: Options) -> Report:
    """Run it once; `--rows-fraction` makes the stream shorter."""
    rows = max(int(ROWS * options.rows_fraction), 1000)
    return report(rows, run_apart(rows, options.threads))


def run_apart(rows: int, threads: int | None) -> Measured:
    """What the rows took in a process of their own, whose peak memory is then theirs."""
    command = [sys.executable, "-m", "queries.streamed.measure", "--rows", str(rows)]
    command += ["--threads", str(threads)] if threads else []
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if ended.returncode:
        raise CannotRun(f"the process ended with {ended.returncode}: {ended.stderr.strip()[-300:]}")
    return Measured(**json.loads(ended.stdout.splitlines()[-1]))


def report(rows: int, one: Measured) -> Report:
    """One line; a problem for a sum that is not exact, a moment that is off, and memory past the limit."""
    problems = (
        (one.wrong_sums > 0, f"{one.wrong_sums} entries of the Gram matrices are not the exact sums"),
        (one.error > MOST_ERROR, f"a mean or a variance is off by {one.error:.1e}"),
        (one.peak_mib > LIMIT_MIB, f"a peak of {one.peak_mib:,.0f} MiB, more than {LIMIT_MIB:,.0f}"),
    )
    title = f"{rows:,} rows, {NUMBERS} numbers, {FOLDS} folds"
    return Report(
        name="streamed",
        trials=1,
        measured=1,
        ours_s=one.seconds,
        baseline_s=None,
        max_score_difference=one.error,
        peak_mib=one.peak_mib,
        lines=(Line(title, 1, 1, None, "", one.error, ours_s=one.seconds, peak_mib=one.peak_mib),),
        problems=tuple(text for is_so, text in problems if is_so),
        compared_with="",
        notes=(f"{one.read_mib:,.0f} MiB of rows read, {rows / one.seconds / 1e6:.1f} million rows a second",),
    )
