"""Runs one workload both ways: the lines that call the steps in their order."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import duckdb
import numpy as np
import pandas as pd

import stratum_sql
from queries.baseline import Job, Metric, Rows, Scores
from queries.compare import Board, Trial, chosen, one_by_one, peak_mib, report, timed
from queries.report import CannotRun, Options, Report
from queries.workload import WorkloadStatement
from stratum_sql import reference
from stratum_sql.bind.bind_train import bind_train
from stratum_sql.bind.database import Database
from stratum_sql.bind.names import Names
from stratum_sql.bind.scope import Scope
from stratum_sql.catalog import registry
from stratum_sql.catalog.estimators import estimator
from stratum_sql.grammar.parse import parse_one
from stratum_sql.grammar.syntax import Train
from stratum_sql.plan.features import Leaf, leaves
from stratum_sql.plan.query import TrainQuery
from stratum_sql.results import Result

LIBRARIES = ("lightgbm", "xgboost", "sklearn.ensemble")  # imported before either clock starts; their models take n_jobs


@dataclass(frozen=True, slots=True)
class Workload:
    """Statements, and how their tables are made. `main_table` is the one that `--rows-fraction` cuts, None where `load`
    makes fewer rows by itself."""

    name: str
    statements: tuple[WorkloadStatement, ...]
    load: Callable[[duckdb.DuckDBPyConnection], object]
    main_table: str | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """What a batch gave: a board for each statement, its wall-clock seconds, the process's peak memory by then."""

    boards: tuple[Board, ...]
    seconds: float
    peak: float


def run_workload(workload: Workload, options: Options, *, by_estimator: bool = False) -> Report:
    """The batch, then the same trials one by one. Raises `CannotRun` where a statement or library is missing."""
    statements = trains(workload.statements)
    with opened(workload, options) as session:
        ran = run_batch(session, statements)
        jobs = Jobs(session.connection, statements, ran.boards, thread_count(options))
        outcomes = one_by_one(chosen(ran.boards, options.sample), jobs.job, options.threads)
        return report(workload.name, ran.boards, outcomes, ran.seconds, ran.peak, by_estimator=by_estimator)


@contextmanager
def opened(workload: Workload, options: Options, database: str = ":memory:") -> Iterator[stratum_sql.Session]:
    """A session with the workload's tables; libraries are imported."""
    _import_libraries()
    with stratum_sql.connect(database, threads=options.threads) as session:
        workload.load(session.connection)
        if workload.main_table is not None:
            keep_fraction(session.connection, workload.main_table, options.rows_fraction)
        yield session


def run_batch(session: stratum_sql.Session, statements: Sequence[WorkloadStatement]) -> Ran:
    """Run the statements as one batch. Raises `CannotRun` where one has no leaderboard."""
    results, seconds = timed(lambda: session.batch([statement.text for statement in statements]))
    peak = peak_mib()
    boards = tuple(_board(statement, result) for statement, result in zip(statements, results, strict=True))
    return Ran(boards, seconds, peak)


def trains(statements: Sequence[WorkloadStatement]) -> tuple[WorkloadStatement, ...]:
    """The TRAIN statements among them."""
    return tuple(one for one in statements if isinstance(one.tree, Train))


def thread_count(options: Options) -> int:
    """How many threads each side has."""
    return options.threads or os.cpu_count() or 1


def keep_fraction(connection: duckdb.DuckDBPyConnection, table: str, fraction: float) -> None:
    """Keep about `fraction` of a table's rows, chosen by their content, in their order."""
    if fraction < 1:
        most = int(fraction * 2**64)
        chosen_rows = f"SELECT * FROM \"{table}\" AS row WHERE hash(row, 'rows-fraction') < {most}"
        connection.execute(f'CREATE OR REPLACE TABLE "{table}" AS {chosen_rows}')


def _import_libraries() -> None:
    for name in LIBRARIES:
        if find_spec(name.partition(".")[0]) is not None:
            import_module(name)


# ---- what the batch gave ---------------------------------------------------------------------------------------------


def _board(statement: WorkloadStatement, result: Result) -> Board:
    if result.error is not None:
        raise CannotRun(f"{statement.file}: {result.error}")
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]
    trials = tuple(_trial(row) for row in sorted(rows, key=lambda row: int(row["trial"])))
    return Board(statement.file, result.metrics[0].name, trials)


def _trial(row: dict[str, Any]) -> Trial:
    scores = _scores(row["fold_scores"]) if row["status"] == "ok" else None
    return Trial(row["trial"], row["estimator"], row["rank"], scores, row["error"])


def _scores(fold_scores: dict[str, Sequence[float | None]]) -> Scores:
    """A NULL score is one that is not a number."""
    return {name: [math.nan if one is None else one for one in scores] for name, scores in fold_scores.items()}


# ---- the same trials one by one --------------------------------------------------------------------------------------


class Jobs:
    """The trials of a batch as jobs. Each statement's folds are found once; each job reads its tables anew.

    `queries` are the bound statements.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        statements: Sequence[WorkloadStatement],
        boards: Sequence[Board],
        threads: int,
    ) -> None:
        self.connection, self.boards, self.threads = connection, boards, threads
        database = Database(connection, lambda _text: None)
        scope = Scope(database, Names(database, registry.transform), estimator)
        self.queries = [_bound(statement, scope) for statement in statements]
        self._folds: dict[object, Folds] = {}

    def job(self, at: int, position: int) -> Job:
        """Trial `position` of statement `at`."""
        query, ran = self.queries[at], self.boards[at].trials[position]
        return Job(
            label=f"{self.boards[at].file}, trial {ran.number}",
            read=lambda: read(self.connection, query),
            pipeline=_with_threads(self.pipeline(at, position), self.threads),
            folds=self.folds(at),
            metrics=tuple(Metric(metric.name, metric.scorer, metric.sign) for metric in query.metrics),
            keep=query.name is not None and ran.rank == 1,
        )

    def pipeline(self, at: int, position: int) -> Any:
        """The unfitted scikit-learn pipeline of a trial, its model with one thread."""
        query, number = self.queries[at], self.boards[at].trials[position].number
        return reference.pipeline(query, next(trial for trial in query.trials if trial.number == number))

    def folds(self, at: int) -> Folds:
        """The folds of statement `at`; those of statements over the same rows are found once."""
        query = self.queries[at]
        key = (query.source, query.features, query.target, query.split)
        if key not in self._folds:
            self._folds[key] = Folds(reference.rows(self.connection, query))
        return self._folds[key]


def _bound(statement: WorkloadStatement, scope: Scope) -> TrainQuery:
    tree = parse_one(statement.text)
    assert isinstance(tree, Train)
    return bind_train(statement.text, tree, scope)


def _with_threads(pipeline: Any, threads: int) -> Any:
    """The pipeline with every core for the models that can use several; the scores do not depend on it."""
    model = pipeline[-1]
    if type(model).__module__.startswith(LIBRARIES) and "n_jobs" in model.get_params():
        model.set_params(n_jobs=threads)
    return pipeline


def read(connection: duckdb.DuckDBPyConnection, query: TrainQuery) -> tuple[pd.DataFrame, Any]:
    """Features and target as a script would read them: the statement's join into a DataFrame; classes become codes."""
    columns = list(dict.fromkeys(leaf for feature in query.features for leaf in leaves(feature)))
    items = ", ".join(f'{leaf.sql} AS "c{i}"' for i, leaf in enumerate([*columns, query.target]))
    frame = connection.sql(f"{query.source.before} {items} {query.source.after}").df()
    features = pd.DataFrame({reference.label(leaf): _typed(frame[f"c{i}"], leaf) for i, leaf in enumerate(columns)})
    target = frame[f"c{len(columns)}"]
    if query.task == "classification":
        return features, np.unique(target.to_numpy(), return_inverse=True)[1]
    return features, target.to_numpy(dtype=np.float64)


def _typed(values: pd.Series[Any], leaf: Leaf) -> pd.Series[Any]:
    """As scikit-learn's users hold it: numbers with NaN, text with None, times."""
    if leaf.kind == "number":
        return values.astype(np.float64)
    if leaf.kind == "text":
        return values.astype(object).where(values.notna(), None)
    return values.astype("datetime64[us]")


class Folds:
    """The batch's folds, found again in rows that were read in another order."""

    def __init__(self, rows: reference.ReferenceRows) -> None:
        self._pairs = rows.folds
        self._hashes = _row_hashes(rows.features, rows.target)

    def __call__(self, features: pd.DataFrame, target: Any) -> list[tuple[Rows, Rows]]:
        """Positions into these rows, in the batch's order. Raises `CannotRun` if they are other rows."""
        hashes = _row_hashes(features, target)
        ours, theirs = np.argsort(self._hashes, kind="stable"), np.argsort(hashes, kind="stable")
        if not np.array_equal(self._hashes[ours], hashes[theirs]):
            raise CannotRun("the rows read one by one are not those of the batch")
        place = np.empty(len(hashes), dtype=np.int64)
        place[ours] = theirs
        return [(place[train], place[test]) for train, test in self._pairs]


def _row_hashes(features: pd.DataFrame, target: Any) -> Any:
    """One number a row, equal for equal rows."""
    frame = features.assign(target=np.asarray(target, dtype=np.float64))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas on object columns with None
        return pd.util.hash_pandas_object(frame, index=False).to_numpy()
