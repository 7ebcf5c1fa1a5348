"""What a benchmark is asked and what it answers, and how the answer is printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
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
    one and the rest extrapolated; None means the benchmark's own number, which may be all. `threads`: for both sides;
    None means every core."""

    rows_fraction: float = 1.0
    sample: int | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One statement of the batch, or one group of its trials. `baseline_s` is of its measured trials plus the
    extrapolated ones, None where nothing is run one by one. `ours_s` and `peak_mib` are there where this line was run
    by itself."""

    statement: str
    trials: int
    measured: int
    baseline_s: float | None
    best: str
    max_score_difference: float
    ours_s: float | None = None
    peak_mib: float | None = None


@dataclass(frozen=True, slots=True)
class Ratio:
    """One more comparison, in seconds: `baseline_s` of what `name` says against `ours_s`."""

    name: str
    baseline_s: float
    ours_s: float

    @property
    def value(self) -> float:
        """How many times longer the other side takes."""
        return self.baseline_s / self.ours_s if self.ours_s else float("inf")


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one benchmark.

    `ours_s` and `baseline_s` are wall-clock seconds from the texts (or scripts) to all scores; `compared_with` names
    the baseline, and without one `baseline_s` is None. `ratios` are further comparisons. `peak_mib` is the process's
    largest resident memory up to the end of our run; `problems` say which trial failed or scored differently; `notes`
    say what the numbers do not.
    """

    name: str
    trials: int
    measured: int
    ours_s: float
    baseline_s: float | None
    max_score_difference: float
    peak_mib: float
    lines: tuple[Line, ...] = ()
    problems: tuple[str, ...] = ()
    compared_with: str = "one by one"
    ratios: tuple[Ratio, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ratio(self) -> float | None:
        """How many times longer the baseline takes; None without one."""
        if self.baseline_s is None:
            return None
        return Ratio(self.compared_with, self.baseline_s, self.ours_s).value

    @property
    def agrees(self) -> bool:
        """Whether every trial ran and every compared score is the reference's."""
        return not self.problems and self.max_score_difference <= TOLERANCE

    def to_dict(self) -> dict[str, object]:
        """The report as plain JSON values; a difference that is infinite (a missing score) is null."""
        plain = asdict(self)
        plain["ratio"] = _rounded(self.ratio)
        plain["extrapolated"] = self.baseline_s is not None and self.measured < self.trials
        for ratio, record in zip(self.ratios, plain["ratios"], strict=True):
            record["ratio"] = _rounded(ratio.value)
        for record in (plain, *plain["lines"]):
            if record["max_score_difference"] == float("inf"):
                record["max_score_difference"] = None
        return plain


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None or ratio == float("inf") else round(ratio, 2)


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
    columns = {heading: cell for heading, cell in _COLUMNS.items() if any(cell(line) for line in report.lines)}
    for heading in columns:
        table.add_column(heading, justify="left" if heading == "best" else "right")
    for line in report.lines:
        table.add_row(line.statement, *(cell(line) for cell in columns.values()))
    if report.lines:
        console.print(table)
    console.print(summary(report), highlight=False)
    for problem in report.problems:
        console.print(f"  {problem}", style="red", highlight=False, markup=False)


def _baseline(line: Line) -> str:
    if line.baseline_s is None:
        return ""
    return f"{'' if line.measured == line.trials else '~'}{line.baseline_s:.1f} s"


_COLUMNS: dict[str, Callable[[Line], str]] = {  # by heading; a column that is empty in every line is left out
    "best": lambda line: line.best,
    "trials": lambda line: f"{line.trials:,}",
    "one by one": _baseline,
    "ours": lambda line: "" if line.ours_s is None else f"{line.ours_s:.1f} s",
    "peak": lambda line: "" if line.peak_mib is None else f"{line.peak_mib:,.0f} MiB",
    "difference": lambda line: f"{line.max_score_difference:.1e}" if line.measured else "",
}


def summary(report: Report) -> str:
    """The report in a few lines."""
    against = ""
    if report.baseline_s is not None:
        against = f"{report.baseline_s:.1f} s {report.compared_with}, {report.ratio:.1f} times; "
    text = (
        f"{report.trials:,} trials: {report.ours_s:.1f} s as one batch; {against}"
        f"largest score difference {report.max_score_difference:.1e}, peak memory {report.peak_mib:,.0f} MiB"
    )
    if report.baseline_s is not None and report.measured < report.trials:
        text += f"\n({report.compared_with} was run for {report.measured} of {report.trials} trials; "
        text += "the rest is extrapolated)"
    for ratio in report.ratios:
        text += f"\n{ratio.name}: {ratio.baseline_s:.1f} s against {ratio.ours_s:.1f} s, {ratio.value:.1f} times"
    return "\n".join([text, *report.notes])
