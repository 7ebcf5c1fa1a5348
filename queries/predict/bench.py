"""PREDICT MODEL over 10 million rows against the libraries: a linear pipeline, and 200 trees of LightGBM.

Each side runs in a process of its own, whose peak memory is then its own; the trips lie in a file. Both must give as
many predictions, with the same mean and mean square.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from queries.predict.measure import TREES, Measured
from queries.report import CannotRun, Line, Options, Ratio, Report

SUMMARY = "PREDICT MODEL over 10 million rows, a linear pipeline and 200 trees, against scikit-learn and LightGBM"
ROWS = 10_000_000
LIMIT_MIB = 1024.0
ROOT = Path(__file__).parents[2]
TITLES = {"line": "a linear pipeline", "trees": f"{TREES} trees of LightGBM"}


def run(options: Options) -> Report:
    """Run both models once; `--rows-fraction` makes the table shorter."""
    rows = max(int(ROWS * options.rows_fraction), 1000)
    with tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder) / "trips.duckdb")
        _apart(options, "prepare", database, "--rows", str(rows))
        found = {
            name: tuple(_measured(options, side, database, name) for side in ("ours", "library")) for name in TITLES
        }
    return report(rows, {name: (ours, library) for name, (ours, library) in found.items()})


def _measured(options: Options, side: str, database: str, model: str) -> Measured:
    return Measured(**json.loads(_apart(options, side, database, "--model", model).splitlines()[-1]))


def _apart(options: Options, side: str, database: str, *more: str) -> str:
    command = [sys.executable, "-m", "queries.predict.measure", "--side", side, "--database", database, *more]
    command += ["--threads", str(options.threads)] if options.threads else []
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if ended.returncode:
        raise CannotRun(f"the process ended with {ended.returncode}: {ended.stderr.strip()[-300:]}")
    return ended.stdout


def report(rows: int, found: dict[str, tuple[Measured, Measured]]) -> Report:
    """A line a model; a problem for predictions that are missing, and for memory past the limit."""
    lines, problems = [], []
    for name, (ours, library) in found.items():
        lines.append(
            Line(f"{TITLES[name]}, {rows:,} rows", 1, 1, library.seconds, "", difference(ours, library),
                 ours_s=ours.seconds, peak_mib=ours.peak_mib)
        )  # fmt: skip
        if ours.rows != library.rows:
            problems.append(f"{TITLES[name]}: {ours.rows:,} predictions, not {library.rows:,}")
        if ours.peak_mib > LIMIT_MIB:
            problems.append(f"{TITLES[name]}: a peak of {ours.peak_mib:,.0f} MiB, more than {LIMIT_MIB:,.0f}")
    line, trees = found["line"], found["trees"]
    return Report(
        name="predict",
        trials=len(found),
        measured=len(found),
        ours_s=line[0].seconds,
        baseline_s=line[1].seconds,
        max_score_difference=max(one.max_score_difference for one in lines),
        peak_mib=max(ours.peak_mib for ours, _ in found.values()),
        lines=tuple(lines),
        problems=tuple(problems),
        compared_with="scikit-learn on a DataFrame",
        ratios=(Ratio("LightGBM alone, on a matrix that is there", trees[1].seconds, trees[0].seconds),),
    )


def difference(one: Measured, other: Measured) -> float:
    """The larger relative difference of the means and the mean squares."""
    pairs = ((one.mean, other.mean), (one.square, other.square))
    return max(abs(left - right) / abs(right) for left, right in pairs)
