"""A hundred scripts of pandas, LightGBM and scikit-learn as one batch, against running them one by one.

Both sides run the very same texts in this process: once together in a session, once each by Python itself with pandas.
Every prediction and score of a script is compared with its own.
"""

from __future__ import annotations

import builtins
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import stratum_sql
from queries.compare import own_peak_mib, spread
from queries.pandas.attempts import COUNT, MEAN, attempts
from queries.pandas.make_data import ROWS, write_houses
from queries.pandas.recording import microseconds_a_call, microseconds_in_a_long_script
from queries.report import TOLERANCE, Options, Report

SUMMARY = "100 scripts of pandas, LightGBM and scikit-learn as one batch, against pandas one by one"


def run(options: Options) -> Report:
    """Write the data, run both sides; `sample` is how many scripts are run one by one."""
    return run_scripts([one.script for one in attempts(COUNT)], options)


def run_scripts(texts: Sequence[str], options: Options) -> Report:
    """The benchmark with these scripts."""
    with tempfile.TemporaryDirectory() as folder, _inside(folder):
        write_houses(Path(folder), max(int(ROWS * options.rows_fraction), 200))
        _warm_up()
        begun = time.perf_counter()
        with stratum_sql.connect(threads=options.threads) as session:
            scripts = session.batch([stratum_sql.translate(text, run=False) for text in texts])
        ours, peak = time.perf_counter() - begun, own_peak_mib()
        chosen = spread(range(len(texts)), options.sample)
        seconds, gaps = [], {}
        for at in chosen:
            begun = time.perf_counter()
            names = run_alone(texts[at])
            seconds.append(time.perf_counter() - begun)
            gaps[at] = gap(names, scripts[at].names)
        cost, calls = microseconds_a_call([replace(one, models=(MEAN,)).script for one in attempts(COUNT)])
        in_long, many = microseconds_in_a_long_script()
    problems = [f"script {at} raised {one.error!r}" for at, one in enumerate(scripts) if one.error is not None]
    problems += [f"script {at} differs by {found:.1e}" for at, found in gaps.items() if found > TOLERANCE]
    return Report(
        name="pandas",
        trials=len(texts),
        measured=len(chosen),
        ours_s=ours,
        baseline_s=sum(seconds) * len(texts) / len(chosen),
        max_score_difference=max(gaps.values()),
        peak_mib=peak,
        problems=tuple(problems),
        compared_with="pandas, one script after the other",
        notes=(
            f"{len(set(texts))} different scripts over {ROWS * options.rows_fraction:,.0f} rows",
            f"{sum(one == 0 for one in gaps.values())} of {len(gaps)} have the same predictions to the last bit",
            f"recording takes {cost:.0f} µs a call, of {calls:,} calls",
            f"in a script of 2,500 assignments {in_long:.0f} µs, of {many:,} calls",
        ),
    )


def run_alone(text: str) -> dict[str, Any]:
    """The names that a script leaves, run by Python itself; what it prints is dropped."""
    names: dict[str, Any] = {"__name__": "__main__"}
    names["__builtins__"] = {**vars(builtins), "print": lambda *_values, **_options: None}
    exec(compile(text, "script", "exec"), names)
    return names


def gap(expected: dict[str, Any], found: dict[str, Any]) -> float:
    """The largest relative difference of the predictions and scores; infinite if one side has none."""
    gaps = [0.0]
    for name in ("oof", "scores"):
        if name not in found:
            return float("inf")
        right, ours = np.asarray(expected[name], dtype=float), np.asarray(found[name], dtype=float)
        if right.shape != ours.shape:
            return float("inf")
        gaps.append(float(np.max(np.abs(ours - right) / np.maximum(np.abs(right), 1e-300), initial=0.0)))
    return max(gaps)


def _warm_up() -> None:
    """Import what the scripts import, as for all benchmarks, on both sides."""
    import lightgbm  # noqa: F401
    import sklearn.ensemble  # noqa: F401
    import xgboost  # noqa: F401

    stratum_sql.translate("import pandas as pd\nx = len(pd.DataFrame({'a': [1]}))")


@contextmanager
def _inside(folder: str) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
