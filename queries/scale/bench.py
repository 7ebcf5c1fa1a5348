"""The linear statements at 0.5, 2 and 8 million rows, with 100, 1,000 and 10,000 pipelines.

Each size runs in a process of its own and is ended after an hour. A size that did not finish is a problem; those that
have at least as many rows and as many pipelines are then not tried.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from queries.linear.make_data import load_measurements
from queries.report import Line, Options, Report
from queries.scale.measure import Measured, Size

SUMMARY = "seconds and memory of the linear statements up to 8 million rows and 10,000 pipelines; no baseline"
ROWS = (500_000, 2_000_000, 8_000_000)
PIPELINES = (100, 1_000, 10_000)
SAMPLE = 6  # trials of the smallest size that are also run one by one, if not said
LIMIT_S = 3600.0  # seconds for one size
ROOT = Path(__file__).parents[2]


def run(options: Options) -> Report:
    """Run every size, the smallest first."""
    return run_scale(options, ROWS, PIPELINES)


def run_scale(options: Options, rows: Sequence[int], pipelines: Sequence[int], limit_s: float = LIMIT_S) -> Report:
    """The benchmark at other sizes; `--rows-fraction` makes each table smaller."""
    sizes = [Size(max(int(n * options.rows_fraction), 100), p) for n in sorted(rows) for p in sorted(pipelines)]
    done: dict[Size, Measured] = {}
    stopped: dict[Size, str] = {}
    with TemporaryDirectory() as folder:
        for size in sizes:
            if any(size.rows >= one.rows and size.pipelines >= one.pipelines for one in stopped):
                continue
            checked = (options.sample or SAMPLE) if size == sizes[0] else 0
            found = run_size(size, table_file(Path(folder), size.rows), checked, options.threads, limit_s)
            if isinstance(found, Measured):
                done[size] = found
            else:
                stopped[size] = found
    return report(sizes, done, stopped)


def table_file(folder: Path, rows: int) -> Path:
    """A DuckDB file in `folder` with the table, made when it is first asked for."""
    path = folder / f"{rows}.duckdb"
    if not path.exists():
        with duckdb.connect(path) as connection:
            load_measurements(connection, rows)
    return path


def run_size(size: Size, database: Path, checked: int, threads: int | None, limit_s: float) -> Measured | str:
    """What one size took in a process of its own, or why it did not finish."""
    command = [sys.executable, "-m", "queries.scale.measure", "--database", str(database)]
    command += ["--pipelines", str(size.pipelines), "--check", str(checked)]
    command += ["--threads", str(threads)] if threads else []
    try:
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=limit_s)
    except subprocess.TimeoutExpired:
        return f"stopped after {limit_s:,.0f} s"
    if ended.returncode:
        return why(ended.returncode, ended.stderr)
    plain = json.loads(ended.stdout.splitlines()[-1])
    return Measured(**{**plain, "problems": tuple(plain["problems"])})


def why(code: int, said: str) -> str:
    """What became of a process that did not end well: the signal, or the last line it said."""
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    lines = said.strip().splitlines()
    return f"exit code {code}: {lines[-1] if lines else 'nothing was said'}"


def report(sizes: Sequence[Size], done: Mapping[Size, Measured], stopped: Mapping[Size, str]) -> Report:
    """A line for each size that finished; a problem for each that did not; what a further pipeline costs."""
    left_out = [size for size in sizes if size not in done and size not in stopped]
    return Report(
        name="scale",
        trials=sum(one.trials for one in done.values()),
        measured=sum(one.checked for one in done.values()),
        ours_s=sum(one.seconds for one in done.values()),
        baseline_s=None,
        max_score_difference=max((one.max_score_difference for one in done.values()), default=0.0),
        peak_mib=max((one.peak_mib for one in done.values()), default=0.0),
        lines=tuple(_line(size, one) for size, one in done.items()),
        problems=(
            *(f"{_title(size)}: {text}" for size, one in done.items() for text in one.problems),
            *(f"{_title(size)}: {why}" for size, why in stopped.items()),
            *(f"{_title(size)}: not tried, as a smaller size did not finish" for size in left_out),
        ),
        compared_with="",
        notes=tuple(_further(done)),
    )


def _line(size: Size, one: Measured) -> Line:
    return Line(
        _title(size),
        one.trials,
        one.checked,
        None,
        "",
        one.max_score_difference,
        ours_s=one.seconds,
        peak_mib=one.peak_mib,
    )


def _title(size: Size) -> str:
    return f"{size.rows:,} rows, {size.pipelines:,} pipelines"


def _further(done: Mapping[Size, Measured]) -> list[str]:
    """For each size of the table, what a further pipeline costs between two neighbouring numbers of them."""
    found = []
    for rows in dict.fromkeys(size.rows for size in done):
        sizes = [size for size in done if size.rows == rows]
        for few, many in pairwise(sizes):
            trials = done[many].trials - done[few].trials
            if trials:
                each = 1000 * (done[many].seconds - done[few].seconds) / trials
                found.append(f"{rows:,} rows: {each:.2f} ms for each further pipeline up to {many.pipelines:,}")
    return found
