"""`GridSearchCV` and `RandomizedSearchCV`: one TRAIN statement with all candidates, where it is exactly that.

The scores are the statement's. All that scikit-learn makes of them, `cv_results_` above all, it makes itself: it is run
over a model that knows its scores.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.model_selection import GridSearchCV, ParameterGrid, ParameterSampler, RandomizedSearchCV, check_cv

from stratum_sql.catalog.spec import EstimatorSpec
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.learning.draws import draws
from stratum_sql.pandas.learning.fits import SHORT_WAYS, Fit, data_key, given, is_wide
from stratum_sql.pandas.learning.leaks import look_for_leaks
from stratum_sql.pandas.learning.pipelines import as_words
from stratum_sql.pandas.learning.statements import (
    Statement,
    is_dense,
    made,
    metric_of,
    rows_of,
    scores_of,
    split_clause,
    trials_of,
)
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.work import Work

Candidates = Sequence[Mapping[str, Any]]


def searched(fit: Fit) -> Any:
    """The search, done by a statement; None where it is not exactly one."""
    search = fit.estimator
    if type(search) not in (GridSearchCV, RandomizedSearchCV) or fit.method != "fit" or fit.kwargs:
        return None
    try:
        found = _statement(search, *fit.args)
    except (Declined, TypeError, ValueError):
        return None
    candidates, statement = found
    look_for_leaks(fit.place, fit.args)
    trials = trials_of(statement)
    if trials is None or len(trials) != len(candidates):
        return None
    table = np.array([scores_of(statement, trial) for trial in trials])
    return _finished(search, candidates, table, fit)


SHORT_WAYS.append(searched)


def _statement(search: Any, features: Any, target: Any) -> tuple[Candidates, Statement]:
    if search.return_train_score or not isinstance(search.refit, bool) or draws(search.cv):
        raise Declined("a search of another kind")
    candidates = _candidates(search)
    rows = rows_of(features, target)
    labels = [label for label, _ in rows.features]
    words = [
        as_words(clone(search.estimator).set_params(**one), labels, partial(is_dense, features)) for one in candidates
    ]
    items, spec = words[0][0], words[0][1]
    if any((other, one) != (items, spec) for other, one, _ in words):
        raise Declined("candidates over other columns")
    splitter = check_cv(search.cv, given(target), classifier=is_classifier(search.estimator))
    return candidates, _made(rows, items, spec, [call for _, _, call in words], splitter, search)


def _made(
    rows: Any,
    items: Sequence[tuple[str, Hashable]],
    spec: EstimatorSpec,
    calls: Sequence[str],
    splitter: Any,
    search: Any,
) -> Statement:
    listed = ",\n            ".join(calls)
    return made(rows, items, listed, split_clause(splitter, spec, rows), metric_of(search.scoring, spec), splitter)


def _candidates(search: Any) -> Candidates:
    if isinstance(search, GridSearchCV):
        return list(ParameterGrid(search.param_grid))
    if not isinstance(search.random_state, int | np.integer):
        raise Declined("candidates drawn from NumPy's own generator")
    return list(ParameterSampler(search.param_distributions, search.n_iter, random_state=search.random_state))


# ---- what scikit-learn makes of the scores ---------------------------------------------------------------------------


class _Known(BaseEstimator):  # type: ignore[misc]
    """A model whose scores are known: those of candidate number `number`, a row of `table`, in the order of folds."""

    def __init__(self, number: int = 0, table: Any = None) -> None:
        self.number, self.table = number, table

    def fit(self, rows: Any, y: Any = None) -> _Known:
        """Nothing is learned."""
        return self

    def score(self, rows: Any, y: Any = None) -> float:
        """The score of the fold whose number the one held-out row is."""
        return float(self.table[self.number, int(rows[0, 0])])


def _finished(search: Any, candidates: Candidates, table: np.ndarray[Any, Any], fit: Fit) -> Any:
    """The search as it would be: its results from the known scores, its best model trained on all rows."""
    folds = table.shape[1]
    numbers = np.arange(folds)
    cv = [(numbers[numbers != fold], numbers[fold : fold + 1]) for fold in numbers]
    known = GridSearchCV(_Known(table=table), {"number": range(len(candidates))}, cv=cv, refit=False)
    known.fit(numbers.reshape(-1, 1))
    search.cv_results_ = _results(known.cv_results_, candidates)
    search.best_index_, search.best_score_ = known.best_index_, known.best_score_
    search.best_params_ = dict(candidates[known.best_index_])
    search.n_splits_, search.multimetric_ = folds, False
    search.scorer_ = _scorer(search)
    if search.refit:
        _refit(search, fit)
    return search


def _results(found: Mapping[str, Any], candidates: Candidates) -> dict[str, Any]:
    """`cv_results_` with the candidates' own parameters, as scikit-learn writes them for these."""
    own = GridSearchCV(BaseEstimator(), {})._format_results(
        list(candidates), 2, [{"fit_time": 0.0, "score_time": 0.0, "test_scores": 0.0}] * 2 * len(candidates)
    )
    parameters = {name: values for name, values in own.items() if name.startswith("param")}
    before = [name for name in found if name.endswith("_time")]
    return (
        {name: found[name] for name in before}
        | parameters
        | {name: values for name, values in found.items() if name not in before and not name.startswith("param")}
    )


def _scorer(search: Any) -> Any:
    from sklearn.metrics import check_scoring

    return check_scoring(search.estimator, scoring=search.scoring)


def _refit(search: Any, fit: Fit) -> None:
    best = clone(clone(search.estimator).set_params(**clone(search.best_params_, safe=False)))

    def train() -> Any:
        with object_mode():
            return best.fit(*given(fit.args))

    key = data_key("refit", best, fit.args) if engine().shelf is not None else None
    search.best_estimator_ = engine().do(Work("fit", key, train, alone=is_wide(best)))
    search.refit_time_ = 0.0
    if hasattr(search.best_estimator_, "feature_names_in_"):
        search.feature_names_in_ = search.best_estimator_.feature_names_in_
