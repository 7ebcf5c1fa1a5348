"""`./run demo`: the flights of 2013 from New York, a batch of training queries over them, and what came out.

The data and the queries belong to the repository, not to the installed package: they are looked for in its folder.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb

from stratum_sql.errors import RunError, StratumError, printable
from stratum_sql.results import Result
from stratum_sql.shell import leaderboard, render
from stratum_sql.shell.cli import exit_code, expected, in_colour
from stratum_sql.shell.grid import clip, one_line
from stratum_sql.shell.progress import Reporter

FOLDER = Path(__file__).parents[2] / "queries" / "flights"
TOP = 5  # trials shown of each leaderboard
PLAN_LINES = 28  # of the plan: with the titles they fit one screen

# Flights of one August evening, with the columns the kept model reads. The model was trained on June and July.
EVENING = """
    SELECT
        al.name AS airline, fl.flight, fl.arr_delay, fl.dep_delay, fl.distance, fl.hour AS scheduled_hour,
        dayofweek(fl.time_hour) AS weekday, fl.carrier, fl.origin, fl.dest,
        wx.temp, wx.humid, wx.wind_speed, wx.precip, wx.visib, wx.pressure, pl.year AS built, pl.seats
    FROM flights AS fl
    LEFT JOIN weather AS wx USING (origin, time_hour)
    LEFT JOIN planes AS pl USING (tailnum)
    LEFT JOIN airlines AS al ON al.carrier = fl.carrier
    WHERE fl.month = 8 AND fl.day = 1 AND fl.hour = 18 AND fl.arr_delay IS NOT NULL
"""
PREDICTIONS = f"""
SELECT airline, flight, origin, dest, round(expected_delay, 1) AS expected_delay, arr_delay AS actual_delay
FROM ({EVENING}    PREDICT MODEL arr_delay_model AS expected_delay)
ORDER BY flight, airline LIMIT 8
"""
EVALUATION = f"{EVENING}EVALUATE MODEL arr_delay_model TARGET arr_delay METRIC r2, mae"

TRY_NEXT = (
    ("see the whole shared plan", ".venv/bin/stratum explain queries/flights/*.sql"),
    ("run one attempt, for a program", ".venv/bin/stratum run queries/flights/04_trees.sql --format json"),
    ("hold every score against scikit-learn's", "./run bench flights --sample 10"),
)


def main() -> int:
    """Run the demonstration; 0 if every statement ran, else what `stratum run` would return."""
    try:
        return show(FOLDER, _connect)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  # the last door: whatever it is becomes one line with a code
        page = render.Page(render.terminal_width(), colour=in_colour(sys.stderr))
        problem = expected(error)
        print(render.diagnostic(problem.diagnostic, page, type(problem).__name__), file=sys.stderr)
        return 2


def show(folder: Path, connect: Callable[..., Any]) -> int:
    """The whole demonstration over one workload folder: its `make_data.py`, and its `.sql` files in order of name.

    The tables are kept in the database that the folder's `stratum.toml` names, so that later commands find them.
    """
    page = render.Page(render.terminal_width(), TOP, in_colour(sys.stdout))
    queries = read_queries(folder)
    texts = list(queries.values())
    module = _module(folder / "make_data.py")
    with Reporter() as report, connect(_database(module), progress=report) as session:
        _title(page, "The data: New York's flights of 2013, with weather, planes and airlines")
        _show_data(load_data(module, session.connection))
        _title(page, f"The plan: {len(queries)} queries as one batch")
        print(abridged(session.explain(texts), page))
        boards = dict(zip(queries, session.run_scripts(texts), strict=True))
        report.close()
        _show_results(page, queries, boards)
        _show_best(page, boards)
        _show_model(page, session)
    _title(page, "What to try next")
    for what, command in TRY_NEXT:
        print(f"  {what}\n    {page.paint(command, render.BOLD)}")
    return exit_code([result for results in boards.values() for result in results])


# ---- what it reads ---------------------------------------------------------------------------------------------------


def read_queries(folder: Path) -> dict[str, str]:
    """The texts of the folder's `.sql` files by name. Raises RunError where there are none."""
    queries = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}
    if not queries:
        hint = "the demonstration runs in a clone of the repository, not from an installed package"
        raise RunError.at("", None, "no_demo", f"no queries in {folder}", hint=hint)
    return queries


def _database(module: ModuleType) -> str:
    """The file the tables are kept in, its folder made."""
    path: Path = module.DATABASE
    path.parent.mkdir(parents=True, exist_ok=True)
    return str(path)


def load_data(module: ModuleType, connection: Any) -> Mapping[str, int]:
    """Load the workload's tables with its own `load_flights(connection)`, unless they are there; row counts by name.

    Raises RunError with that module's words where the data is not installed.
    """
    there = _counts(connection, module.ROWS)
    if there == module.ROWS:
        return there
    try:
        counts: Mapping[str, int] = module.load_flights(connection)
    except module.DataMissing as error:
        raise RunError.at("", None, "no_demo_data", str(error)) from error
    return counts


def _counts(connection: Any, tables: Mapping[str, int]) -> dict[str, int]:
    """How many rows each table has; empty if one is missing."""
    try:
        return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
    except duckdb.Error:
        return {}


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("stratum_demo_data", path)
    if spec is None or spec.loader is None or not path.exists():
        raise RunError.at("", None, "no_demo", f"{path} is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _connect(database: str, **options: Any) -> Any:
    import stratum_sql  # the engine is loaded when it is needed

    return stratum_sql.connect(database, **options)


# ---- what it shows ---------------------------------------------------------------------------------------------------


def _title(page: render.Page, words: str) -> None:
    print("\n" + page.paint(clip(words, page.width), render.BOLD) + "\n")


def _show_data(counts: Mapping[str, int]) -> None:
    for name, count in counts.items():
        print(f"  {name:10}{count:>9,} rows")


def abridged(plan: str, page: render.Page) -> str:
    """The first lines of a plan, as many as fit one screen: what it says first, then the top of its tree."""
    told = [clip(printable(line), page.width) for line in plan.splitlines()]
    rest = len(told) - PLAN_LINES
    return "\n".join([*told[:PLAN_LINES], *([f"… {rest:,} more lines"] if rest > 0 else [])])


def _show_results(page: render.Page, queries: Mapping[str, str], boards: Mapping[str, Sequence[Result]]) -> None:
    for name, text in queries.items():
        _title(page, f"{Path(name).stem}: {_question(text)}")
        print("\n\n".join(render.text(result, replace(page, with_batch=False)) for result in boards[name]))


def _question(text: str) -> str:
    """The first comment of a query, which says what it asks."""
    first = text.lstrip().splitlines()[0] if text.strip() else ""
    return one_line(first.removeprefix("--").strip()) if first.startswith("--") else ""


def _show_best(page: render.Page, boards: Mapping[str, Sequence[Result]]) -> None:
    """One line a statement: its best pipeline and that one's score."""
    _title(page, "The best of each")
    for name, result in [(name, result) for name, results in boards.items() for result in results]:
        best = _best(result)
        if best is not None and result.metrics:
            metric = f"{one_line(result.metrics[0].name)} {leaderboard.number(best.scores[0][0])}"
            told = f"  {Path(name).stem:24} {metric:15} {best.estimator}"
            print(clip(f"{told}({leaderboard.parameters(best.params, page.width - len(told) - 2)})", page.width))
    summaries = [result.summary for results in boards.values() for result in results if result.summary]
    for batch in dict.fromkeys(map(leaderboard.batch, summaries)):
        print(f"\n  {batch}")


def _best(result: Result) -> leaderboard.Trial | None:
    if result.error is not None or result.kind != "leaderboard":
        return None
    return next((trial for trial in leaderboard.trials(result) if trial.rank == 1), None)


def _show_model(page: render.Page, session: Any) -> None:
    """The model that query 05 kept, on flights of a month it never saw."""
    all_rows = render.Page(page.width, None, page.colour)
    told = (("Expected and actual delay, in minutes", PREDICTIONS), ("How good is it on that evening?", EVALUATION))
    for words, text in told:
        _title(page, words)
        try:
            print(render.text(session.sql(text), all_rows))
        except StratumError as error:
            print(render.diagnostic(error.diagnostic, page, type(error).__name__))


if __name__ == "__main__":
    raise SystemExit(main())
