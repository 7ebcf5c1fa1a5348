"""Benchmarks by name: `python -m queries.bench flights`.

Every folder of `queries/` that has a `bench.py` is one benchmark; that file says `SUMMARY`, and `run(options)` gives
its report.
Exit code: 0 if every score is the reference's, 1 if one differs or a trial failed, 2 if the benchmark cannot run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from queries.report import CannotRun, Options, Report, print_reports
from stratum_sql.errors import suggestions

FOLDER = Path(__file__).parent


def benchmarks() -> tuple[str, ...]:
    """The names of all benchmarks, sorted."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/bench.py")))


def run(name: str, options: Options) -> Report:
    """Run one benchmark by name; raises `CannotRun` where it lacks something."""
    report: Report = _module(name).run(options)
    return report


def _module(name: str) -> Any:
    return import_module(f"queries.{name}.bench")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; see the module's docstring for exit codes."""
    parser = _parser()
    options = parser.parse_args(arguments)
    check_names(parser, options.names)
    if not options.names:
        for name in benchmarks():
            print(f"{name:10} {_module(name).SUMMARY}")
        return 0
    wanted = Options(options.rows_fraction, options.sample, options.threads)
    try:
        reports = [run(name, wanted) for name in options.names]
    except CannotRun as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    print_reports(reports, options.format)
    return 0 if all(report.agrees for report in reports) else 1


def check_names(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """End with the parser's usage and a hint if one of `names` is no benchmark."""
    for name in names:
        if name not in benchmarks():
            near = suggestions(name, benchmarks())
            parser.error(f"no benchmark {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


def add_options(parser: argparse.ArgumentParser) -> None:
    """What every benchmark can be asked."""
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(benchmarks()))
    parser.add_argument("--rows-fraction", type=_fraction, default=1.0, metavar="F", help="keep this share of the rows")
    parser.add_argument("--sample", type=_count, metavar="N", help="run N trials one by one, extrapolate the rest")
    parser.add_argument("--threads", type=_count, metavar="N", help="threads for both sides (default: every core)")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench",
        description="Time a batch of statements against the same trials one by one; without a name, list them.",
    )
    add_options(parser)
    parser.add_argument("--format", choices=["table", "json"], default="table")
    return parser


def _fraction(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not in (0, 1]")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


if __name__ == "__main__":
    sys.exit(main())
