"""What a benchmark is asked and what it answers, and how the answer is printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from rich.console import Console
from rich.table import Table

Format = Literal["table", "json"]

TOLERANCE = 1e-6  # relative; what iterative solvers may differ by, and far below what would change a ranking


class CannotRun(Exception):
    """The benchmark lacks something, such as its data; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Options:
    """`rows_fraction`: share of the main table's rows that is kept, in (0, 1]. `sample`: so many trials are run one by
    one and the rest extrapolated; None runs all. `threads`: for both sides; None means every core."""

    rows_fraction: float = 1.0
    sample: int | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One statement of the batch. `baseline_s` is of its measured trials plus the extrapolated ones."""

    statement: str
    trials: int
    measured: int
    baseline_s: float
    best: str
    max_score_difference: float


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one benchmark.

    `ours_s` and `baseline_s` are wall-clock seconds from the texts (or scripts) to all scores; `peak_mib` is the
    process's largest resident memory up to the end of our run; `problems` say which trial failed or scored differently.
    """

    name: str
    trials: int
    measured: int
    ours_s: float
    baseline_s: float
    max_score_difference: float
    peak_mib: float
    lines: tuple[Line, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def ratio(self) -> float:
        """How many times longer one by one takes."""
        return self.baseline_s / self.ours_s if self.ours_s else float("inf")

    @property
    def agrees(self) -> bool:
        """Whether every trial ran and every compared score is the reference's."""
        return not self.problems and self.max_score_difference <= TOLERANCE

    def to_dict(self) -> dict[str, object]:
        """The report as plain JSON values; a difference that is infinite (a missing score) is null."""
        plain = asdict(self)
        plain["ratio"] = round(self.ratio, 2)
        plain["extrapolated"] = self.measured < self.trials
        for record in (plain, *plain["lines"]):
            if record["max_score_difference"] == float("inf"):
                record["max_score_difference"] = None
        return plain


def print_reports(reports: Sequence[Report], form: Format, console: Console | None = None) -> None:
    """Print the reports on stdout: tables for people, or one JSON object a line."""
    console = console or Console()
    for report in reports:
        if form == "json":
            console.file.write(json.dumps(report.to_dict()) + "\n")
        else:
            _print_table(report, console)


def _print_table(report: Report, console: Console) -> None:
    table = Table(title=report.name, title_justify="left")
    table.add_column("statement", no_wrap=True)
    table.add_column("best")
    for heading in ("trials", "one by one", "difference"):
        table.add_column(heading, justify="right")
    for line in report.lines:
        guess = "" if line.measured == line.trials else "~"
        seconds = f"{guess}{line.baseline_s:.1f} s"
        table.add_row(line.statement, line.best, str(line.trials), seconds, f"{line.max_score_difference:.1e}")
    console.print(table)
    console.print(summary(report), highlight=False)
    for problem in report.problems:
        console.print(f"  {problem}", style="red", highlight=False, markup=False)


def summary(report: Report) -> str:
    """The report in one or two lines."""
    text = (
        f"{report.trials} trials: {report.ours_s:.1f} s as one batch, {report.baseline_s:.1f} s one by one, "
        f"{report.ratio:.1f} times; largest score difference {report.max_score_difference:.1e}, "
        f"peak memory {report.peak_mib:,.0f} MiB"
    )
    if report.measured < report.trials:
        text += f"\n(one by one was run for {report.measured} of {report.trials} trials; the rest is extrapolated)"
    return text
