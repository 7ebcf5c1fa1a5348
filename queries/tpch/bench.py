"""The benchmark of TPC-H: scripts of pandas through the door, against pandas and against SQL written by hand."""

from __future__ import annotations

import os

import numpy as np

from queries.compare import own_peak_mib
from queries.report import Line, Options, Ratio, Report
from queries.tpch.measure import Measured, measured

SUMMARY = (
    "the 22 queries of TPC-H as scripts of pandas, against pandas and hand-written SQL; --rows-fraction is the scale"
)


def run(options: Options) -> Report:
    """Run every query on the three sides; `--rows-fraction` is the scale factor, 1 without it."""
    scale = options.rows_fraction
    return report(scale, measured(scale, options.threads or os.cpu_count() or 1))


def report(scale: float, found: list[Measured]) -> Report:
    """A line a query, the ratios of each in the notes, and the geometric means."""
    lines = tuple(
        Line(one.name, 1, 1, one.pandas, "", one.difference, ours_s=one.ours)
        for one in found
    )  # fmt: skip
    ours = sum(one.ours for one in found)
    means = (mean([one.pandas / one.ours for one in found]), mean([one.ours / one.by_hand for one in found]))
    return Report(
        name="tpch",
        trials=len(found),
        measured=len(found),
        ours_s=ours,
        baseline_s=sum(one.pandas for one in found),
        max_score_difference=max(one.difference for one in found),
        peak_mib=own_peak_mib(),
        lines=lines,
        compared_with="pandas",
        ratios=(Ratio("DuckDB, by SQL written by hand", sum(one.by_hand for one in found), ours),),
        notes=(
            f"scale {scale:g}; geometric means: pandas/ours {means[0]:.2f}, ours/by hand {means[1]:.2f}",
            *(
                f"{one.name}: pandas/ours {one.pandas / one.ours:.2f}, ours/by hand {one.ours / one.by_hand:.2f}"
                for one in found
            ),
        ),
    )


def mean(ratios: list[float]) -> float:
    """The geometric mean."""
    return float(np.exp(np.mean(np.log(ratios))))
