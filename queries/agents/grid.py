"""Statement by statement, as a good user of scikit-learn would run them: one GridSearchCV each.

The tables are read once, the trials are the grid, they run side by side in processes, and joblib keeps the fitted
features of each fold, so that the trials of a statement share them. From one statement to the next nothing is kept but
the processes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from joblib import Memory, Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from queries.baseline import Metric, Rows, Scores

LIBRARIES = ("stratum_sql.reference", "lightgbm", "sklearn.ensemble", "sklearn.model_selection")


@dataclass(frozen=True, eq=False, slots=True)
class Search:
    """One statement: `read` gives features and target, `folds` their folds (not timed, as in `baseline.Job`).

    `pipelines` are its trials, all with equal steps before the model. `kept` is the place of the trial that is also
    fitted on all rows, None if no model is kept.
    """

    read: Callable[[], tuple[Any, Any]]
    folds: Callable[[Any, Any], Sequence[tuple[Rows, Rows]]]
    pipelines: tuple[Pipeline, ...]
    metrics: tuple[Metric, ...]
    kept: int | None = None


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search gave: scores of each trial, and its wall-clock seconds."""

    scores: tuple[Scores, ...]
    seconds: float


def run_search(search: Search, processes: int) -> Searched:
    """Run one search with an empty cache of its own; errors are raised as scikit-learn raises them."""
    start = perf_counter()
    features, target = search.read()
    seconds = perf_counter() - start
    folds = list(search.folds(features, target))
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the libraries say of convergence
        start = perf_counter()
        grid = _grid(search, folds, processes, Memory(folder, verbose=0)).fit(features, target)
        if search.kept is not None:
            clone(search.pipelines[search.kept]).fit(features, target)
        seconds += perf_counter() - start
    return Searched(_scores(grid.cv_results_, search, len(folds)), seconds)


def start_processes(count: int) -> None:
    """Start the processes that searches use and import the libraries there, so that no search pays for it."""
    if count > 1:
        Parallel(count)(delayed(_import)(LIBRARIES) for _ in range(2 * count))


def _import(names: Sequence[str]) -> None:
    for name in names:
        if find_spec(name.partition(".")[0]) is not None:
            import_module(name)


def stop_processes() -> None:
    """End the processes that searches have started."""
    get_reusable_executor().shutdown(wait=True)


def _grid(search: Search, folds: list[tuple[Rows, Rows]], processes: int, memory: Memory) -> GridSearchCV:
    """The trials as one grid over the last step."""
    first = search.pipelines[0]
    models = [pipeline[-1] for pipeline in search.pipelines]
    return GridSearchCV(
        Pipeline([*first.steps[:-1], ("model", models[0])], memory=memory),
        {"model": models},
        scoring={metric.name: metric.scorer for metric in search.metrics},
        cv=folds,
        n_jobs=processes,
        refit=False,
        error_score="raise",
    )


def _scores(results: dict[str, Any], search: Search, folds: int) -> tuple[Scores, ...]:
    return tuple(
        {
            metric.name: [metric.sign * float(results[f"split{fold}_test_{metric.name}"][at]) for fold in range(folds)]
            for metric in search.metrics
        }
        for at in range(len(search.pipelines))
    )
