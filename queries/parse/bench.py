"""Seconds of one core that 1,000 statements cost before any row is read: parsed, bound to their tables, planned."""

from __future__ import annotations

from importlib.metadata import version

import sqlglot.parser

from queries.compare import own_peak_mib
from queries.parse.measure import measured
from queries.report import Line, Options, Report

SUMMARY = "CPU seconds to parse, bind and plan 1,000 statements that share their heads, or do not; no baseline"
STATEMENTS = 1_000
TITLES = {"shared": "eight heads for all", "unshared": "a head each, of some 60 words"}


def run(options: Options) -> Report:
    """Run it once; `--rows-fraction` takes fewer statements."""
    count = max(int(STATEMENTS * options.rows_fraction), 10)
    lines = [
        Line(f"{TITLES[kind]}: {phase}", count, count, None, "", 0.0, ours_s=getattr(cost, phase) * count / 1000)
        for kind, cost in measured(count).items()
        for phase in ("parse", "bind", "plan")
    ]
    return Report(
        name="parse",
        trials=count,
        measured=count,
        ours_s=sum(line.ours_s or 0.0 for line in lines),
        baseline_s=None,
        max_score_difference=0.0,
        peak_mib=own_peak_mib(),
        lines=tuple(lines),
        compared_with="",
        notes=(f"{count:,} statements of each kind; sqlglot {version('sqlglot')}, {_build()}",),
    )


def _build() -> str:
    """Whether sqlglot is the compiled one."""
    return "compiled" if sqlglot.parser.__file__.endswith(".so") else "in Python"
