"""Run benchmarks and keep what they say: `python -m queries.record linear agents`.

Each benchmark runs in a process of its own with `--format json`. Its answer is added to `docs/benchmarks.json` with the
date, the commit and the machine, and the table in `docs/benchmarks.md` is written anew from the latest answer of each
benchmark that had all of its rows. Without a name only the table is written.
Exit code: 0, or that of the first benchmark that failed; the others run all the same.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from queries.bench import add_options, benchmarks, check_names

ROOT = Path(__file__).parents[1]
RECORDS, PAGE = ROOT / "docs" / "benchmarks.json", ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
LEFT_OUT = ("tiny",)  # it checks scores and measures nothing

Record = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="record", description=(__doc__ or "").split("\n\n")[0])
    add_options(parser)
    wanted = parser.parse_args(arguments)
    check_names(parser, wanted.names)
    options = written(wanted)
    records: list[Record] = json.loads(RECORDS.read_text(encoding="utf-8"))
    worst = 0
    for name in wanted.names:
        code, answer = run(name, options)
        worst = worst or code
        if answer is not None and answer["trials"]:  # none where there is nothing to measure, as no GPU
            records.append(record(answer, command(name, options), describe_machine(), commit()))
            RECORDS.write_text(_json(records), encoding="utf-8")
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), records), encoding="utf-8")
    return worst


# ---- running ---------------------------------------------------------------------------------------------------------


def written(wanted: argparse.Namespace) -> list[str]:
    """The options as words again, those left out as they were."""
    fraction = None if wanted.rows_fraction == 1 else wanted.rows_fraction
    given = {"--rows-fraction": fraction, "--sample": wanted.sample, "--threads": wanted.threads}
    return [text for word, value in given.items() if value is not None for text in (word, str(value))]


def command(name: str, options: Sequence[str]) -> str:
    """What a person types for the same."""
    return " ".join(["./run bench", name, *options])


def run(name: str, options: Sequence[str]) -> tuple[int, Record | None]:
    """The exit code of a benchmark and its answer, None if it gave none."""
    line = [sys.executable, "-m", "queries.bench", name, *options, "--format", "json"]
    ended = subprocess.run(line, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    answers = ended.stdout.splitlines()
    return ended.returncode, json.loads(answers[-1]) if answers else None


def record(answer: Record, typed: str, machine: Mapping[str, object], at: str) -> Record:
    """An answer as it is kept: with how, where and from which commit it was measured."""
    now = datetime.now(UTC).strftime("%Y-%m-%d")
    return {"date": now, "commit": at, "command": typed, "machine": dict(machine), **answer}


def describe_machine() -> dict[str, object]:
    """The processor's name, the cores this process may use, memory in GiB, the version of Python."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cpu": _processor(), "cores": cores, "memory_gib": round(memory), "python": platform.python_version()}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []  # not Linux
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def commit() -> str:
    """The short hash of what is checked out, with + if files were changed since; empty outside git."""
    asked = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    ended = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    return ended.stdout.strip() if ended.returncode == 0 else ""


def _json(records: Sequence[Record]) -> str:
    """One record a line, so that a diff shows what was added."""
    return "[\n" + ",\n".join(json.dumps(one) for one in records) + "\n]\n"


# ---- the table -------------------------------------------------------------------------------------------------------


def with_table(page: str, records: Sequence[Record]) -> str:
    """The page with its table written anew. Raises ValueError if the page has no place for it."""
    before, found, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError(f"the page has no lines {BEGIN} and {END}")
    works = {name: str(import_module(f"queries.{name}.bench").SUMMARY) for name in benchmarks() if name not in LEFT_OUT}
    return f"{before}{BEGIN}\n{table(works, records)}\n{END}{after}"


def table(works: Mapping[str, str], records: Sequence[Record]) -> str:
    """A row for each benchmark: its work by `works`, and the figures of its latest record over all rows."""
    latest = {one["name"]: one for one in records if is_whole(one)}
    heading = ["name", "work", "command", "ratios", "ours", "largest difference", "peak", "machine"]
    rows = [heading, ["---"] * len(heading)]
    rows += [_row(name, work, latest.get(name)) for name, work in works.items()]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


def is_whole(one: Record) -> bool:
    """Whether a record is of all rows."""
    return "--rows-fraction" not in one["command"]


def _row(name: str, work: str, one: Record | None) -> list[str]:
    if one is None:
        return [f"`{name}`", work, f"`./run bench {name}`", "not measured yet", "", "", "", ""]
    apart = one["max_score_difference"]
    return [
        f"`{name}`",
        work,
        f"`{one['command']}`",
        "<br>".join(_figures(one)),
        _seconds(one["ours_s"]),
        "a score is missing" if apart is None else f"{apart:.0e}",
        f"{one['peak_mib']:,.0f} MiB",
        _place(one),
    ]


def _figures(one: Record) -> list[str]:
    """Every ratio with the seconds of the other side (~ where some are extrapolated), then problems, then notes."""
    found = []
    if one["ratio"] is not None:
        about = "~" if one["extrapolated"] else ""
        found.append(f"**{one['ratio']:.1f}** against {one['compared_with']} ({about}{_seconds(one['baseline_s'])})")
    for ratio in one["ratios"]:
        value = "no time at all" if ratio["ratio"] is None else f"**{ratio['ratio']:.1f}**"
        found.append(f"{value} {ratio['name']} ({_seconds(ratio['baseline_s'])} against {_seconds(ratio['ours_s'])})")
    if one["baseline_s"] is None:
        found += [_alone(line) for line in one["lines"] if line["baseline_s"] is None]
    found += [f"{len(one['problems'])} problems: see benchmarks.json"] if one["problems"] else []
    return found + list(one["notes"])


def _alone(line: Record) -> str:
    """A line that is compared with nothing."""
    peak = "" if line["peak_mib"] is None else f", {line['peak_mib']:,.0f} MiB"
    return f"{_seconds(line['ours_s'])}{peak}: {line['statement']}"


def _seconds(value: float) -> str:
    return f"{value:,.1f} s"


def _place(one: Record) -> str:
    machine = one["machine"]
    where = f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB"
    return f"{where}; {one['date']}, {one['commit']}"


if __name__ == "__main__":
    raise SystemExit(main())
