"""The two searches as one batch, against one process a pipeline in plain skrub and scikit-learn.

With STRATUM_PEER_PYTHON set to the Python of an environment that has `stratum-ai`, the first search is run there, too,
and gets a line of its own; it counts in no total.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.model_selection import KFold

import stratum_sql
from queries.baseline import Outcome, difference
from queries.compare import Board, Trial, chosen, peak_mib, report, timed
from queries.report import CannotRun, Line, Options, Ratio, Report
from queries.uk.make_data import ROWS, TABLE, load_uk
from queries.workload import WorkloadStatement, read_statements
from stratum_sql import reference
from stratum_sql.bind.bind_train import bind_train
from stratum_sql.bind.database import Database
from stratum_sql.bind.names import Names
from stratum_sql.bind.scope import Scope
from stratum_sql.catalog import registry
from stratum_sql.catalog.estimators import estimator
from stratum_sql.grammar.parse import parse_one
from stratum_sql.grammar.syntax import Train
from stratum_sql.plan.features import leaves
from stratum_sql.plan.query import TrainQuery
from stratum_sql.results import Result

SUMMARY = "100,000 made-up house sales: eight pipelines, then a grid of six, against one process each in skrub"

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
PEER = "STRATUM_PEER_PYTHON"
ID = "Transaction unique identifier"
SEED = 42
NEEDED = ("skrub", "lightgbm", "xgboost")


@dataclass(frozen=True, slots=True)
class Ran:
    """One statement of the batch: its board, and by trial, in the board's order, the parameters that it sets."""

    board: Board
    params: tuple[Mapping[str, Any], ...]


def run(options: Options) -> Report:
    """The batch, then its pipelines one process each; raises `CannotRun` where a library or statement is missing."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise CannotRun(f"the pipelines one by one need {', '.join(missing)}: pip install {' '.join(missing)}")
    threads = options.threads or os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder, stratum_sql.connect(threads=options.threads) as session:
        load_uk(session.connection, max(1, round(ROWS * options.rows_fraction)))
        for name in NEEDED[1:]:
            import_module(name)
        statements = read_statements(FOLDER)
        results, seconds = timed(lambda: session.batch([statement.text for statement in statements]))
        peak = peak_mib()
        ran = [_ran(statement, result) for statement, result in zip(statements, results, strict=True)]
        table = Path(folder) / "rows.parquet"
        write_rows(session.connection, statements, table)
        boards = [one.board for one in ran]
        outcomes = {
            (at, i): _alone(boards[at].file, ran[at].params[i], table, threads)
            for at, i in chosen(boards, options.sample)
        }
        found = report("uk", boards, outcomes, seconds, peak)
        lines = peer_lines(boards, table)
    return replace(found, lines=(*found.lines, *lines), ratios=tuple(_beside(line, options) for line in lines))


# ---- what the batch gave ---------------------------------------------------------------------------------------------


def _ran(statement: WorkloadStatement, result: Result) -> Ran:
    if result.error is not None:
        raise CannotRun(f"{statement.file}: {result.error}")
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]
    rows.sort(key=lambda row: int(row["trial"]))
    board = Board(statement.file, "r2", tuple(_trial(row) for row in rows))
    return Ran(board, tuple(row["params"] or {} for row in rows))


def _trial(row: Mapping[str, Any]) -> Trial:
    scores = dict(row["fold_scores"]) if row["status"] == "ok" else None
    return Trial(row["trial"], row["estimator"], row["rank"], scores, row["error"])


# ---- the same rows in the same folds ---------------------------------------------------------------------------------


def write_rows(connection: duckdb.DuckDBPyConnection, statements: Sequence[WorkloadStatement], path: Path) -> None:
    """Write the table as Parquet, its rows in the batch's order, so that a script's splitter cuts the batch's folds.

    Raises `CannotRun` if the statements do not all have the same rows, order and folds.
    """
    known = scope(connection)
    queries = [bound(statement, known) for statement in statements]
    ids = next(found for query in queries if (found := _ids(connection, query)) is not None)
    connection.register("_order", pa.table({"id": ids, "place": np.arange(len(ids))}))
    try:
        ordered = f'SELECT t.* FROM "{TABLE}" AS t JOIN _order ON t."{ID}" = _order.id ORDER BY place'
        table = connection.sql(ordered).to_arrow_table()
    finally:
        connection.unregister("_order")
    _check_order(connection, queries, table.column("Price").to_numpy())
    pq.write_table(table, path)


def scope(connection: duckdb.DuckDBPyConnection) -> Scope:
    """What statements over this connection can name."""
    database = Database(connection, lambda _text: None)
    return Scope(database, Names(database, registry.transform), estimator)


def bound(statement: WorkloadStatement, known: Scope) -> TrainQuery:
    """The query that a training statement means. Raises StratumError as the engine does."""
    tree = parse_one(statement.text)
    assert isinstance(tree, Train)
    return bind_train(statement.text, tree, known)


def _ids(connection: duckdb.DuckDBPyConnection, query: TrainQuery) -> list[str] | None:
    """The transactions in the order of this statement's rows, if it reads them."""
    found = next((leaf for feature in query.features for leaf in leaves(feature) if leaf.name == ID), None)
    return None if found is None else reference.rows(connection, query).features[reference.label(found)].tolist()


def _check_order(connection: duckdb.DuckDBPyConnection, queries: Sequence[TrainQuery], prices: Any) -> None:
    folds = list(KFold(3, shuffle=True, random_state=SEED).split(prices))
    for query in queries:
        rows = reference.rows(connection, query)
        same = np.array_equal(rows.target, prices) and len(rows.folds) == len(folds)
        if not same or not all(map(_same_fold, rows.folds, folds)):
            raise CannotRun("the statements do not train on the same rows in the same folds as the scripts")


def _same_fold(ours: tuple[Any, Any], theirs: tuple[Any, Any]) -> bool:
    return all(map(np.array_equal, ours, theirs))


# ---- one process each ------------------------------------------------------------------------------------------------


def _alone(file: str, params: Mapping[str, Any], table: Path, threads: int) -> Outcome:
    """One pipeline in a fresh process. LightGBM and XGBoost have every core. Linear algebra has one: with two, the
    single-precision directions of skrub's StringEncoder differ in their last digits, and the trees with them."""
    name = Path(file).stem
    command = [sys.executable, "-m", "queries.uk.base", str(table), name, "--threads", str(threads)]
    said = answer([*command, "--params", json.dumps(dict(params))], {"OPENBLAS_NUM_THREADS": "1"})
    return Outcome(said["scores"], said["seconds"])


def answer(command: Sequence[str], variables: Mapping[str, str]) -> dict[str, Any]:
    """The JSON object that a script prints last; `CannotRun` with its last words if it fails."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    paths = [str(ROOT), *filter(None, [environment.get("PYTHONPATH")])]
    environment.update(variables, PYTHONPATH=os.pathsep.join(paths))
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines() or ["no reason given"]
        raise CannotRun(f"{' '.join(command[1:4])}: {words[-1]}")
    said: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return said


# ---- the peer --------------------------------------------------------------------------------------------------------


def peer_lines(boards: Sequence[Board], table: Path) -> list[Line]:
    """The peer's first search as one line. Its differences are shown, not judged: its labels may be swapped."""
    python = os.environ.get(PEER)
    if not python:
        return []
    said = answer([python, str(FOLDER / "peer.py"), str(table)], {"OPENBLAS_NUM_THREADS": "1"})
    means: dict[str, float] = said["scores"]
    ours = {Path(board.file).stem: _mean(board) for board in boards if Path(board.file).stem in means}
    gaps = [difference({"r2": [ours[name]]}, {"r2": [means[name]]}) for name in ours]
    best = max(means, key=lambda name: means[name])
    return [
        Line(
            statement=f"01-08 in stratum-ai {said['version']}",
            trials=len(means),
            measured=len(means),
            baseline_s=said["seconds"],
            best=f"{best} r2 {means[best]:.4f}",
            max_score_difference=max(gaps, default=0.0),
        )
    ]


def _beside(line: Line, options: Options) -> Ratio:
    """The peer's seconds against those of the same statements alone, in a session that knows nothing yet."""
    with stratum_sql.connect(threads=options.threads) as session:
        load_uk(session.connection, max(1, round(ROWS * options.rows_fraction)))
        texts = [statement.text for statement in read_statements(FOLDER)][: line.trials]
        _, seconds = timed(lambda: session.batch(texts))
    return Ratio(line.statement, line.baseline_s or 0.0, seconds)


def _mean(board: Board) -> float:
    scores = board.trials[0].scores
    return float(np.mean(scores["r2"])) if scores is not None else float("nan")
