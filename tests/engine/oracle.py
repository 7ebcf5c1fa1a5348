"""The right answer: a statement's fold scores by scikit-learn alone, and how scores are read off a leaderboard."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import get_scorer
from sklearn.pipeline import Pipeline

import stratum_sql
from stratum_sql.plan.query import TrainQuery, Trial
from stratum_sql.reference import EachTarget, ReferenceRows, fit, pipeline, rows
from stratum_sql.results import Result
from stratum_sql.session import Session

DETERMINISTIC = 1e-9  # relative
ITERATIVE = 1e-6
Scores = dict[str, list[float]]  # by metric, one value a fold
MakeModel = Callable[[Trial], Any]

CITIES = ("Köln", "Berlin", "Ürümqi", "", "Łódź", "São Paulo")
WORDS = ("good", "bad", "flight", "Late", "späť", "the", "on", "time", "delay", "delayed")
# Seeded by hash(), which is DuckDB's and the same everywhere: the table needs no file and no random state.
TABLE = f"""
CREATE OR REPLACE TABLE t AS
WITH draws AS (
  SELECT i, (hash(i, 1) % 10007) / 10007.0 AS u, (hash(i, 2) % 10007) / 10007.0 AS v, (hash(i, 3) % 1000)::INTEGER AS w,
         (hash(i, 4) % 1000)::INTEGER AS x, (hash(i, 5) % 1000)::INTEGER AS z
  FROM range({{rows}}) r(i))
SELECT i::INTEGER AS id,
  (u * 10)::DOUBLE AS num,
  CASE WHEN w % 7 = 0 THEN NULL ELSE (v * 3 - 1)::DOUBLE END AS holes,
  exp(u * 2 + v)::DOUBLE AS pos,
  0.1::DOUBLE AS const,
  (w % 6)::INTEGER AS whole,
  CASE WHEN x % 9 = 0 THEN NULL ELSE x % 2 = 0 END AS flag,
  (v * 50)::DECIMAL(10, 2) AS price,
  (i * 1000000007)::HUGEINT AS huge,
  CASE WHEN z % 11 = 0 THEN NULL WHEN i % 40 = 3 THEN 'Nowhere ' || i ELSE {list(CITIES)}[1 + z % 6] END AS city,
  {list(CITIES)}[1 + x % 3]::ENUM {CITIES} AS kind,
  CASE WHEN w % 13 = 0 THEN NULL ELSE
    {list(WORDS)}[1 + w % 10] || ' ' || {list(WORDS)}[1 + x % 10] || ' ' || {list(WORDS)}[1 + z % 10] END AS comment,
  CASE WHEN x % 8 = 0 THEN NULL ELSE DATE '2020-01-01' + (w % 700)::INTEGER END AS day,
  TIMESTAMP '1969-11-05 06:07:08' + to_seconds((hash(i, 6) % 2000000000)::BIGINT) AS moment,
  1 + x % 3 AS importance,
  'g' || (i % 8) AS grp,
  i % 4 AS part,
  CASE WHEN i % 5 = 0 THEN 'test' ELSE 'train' END AS side,
  u * 20 + coalesce(v * w % 6, 3) + z % 6 + sin(i) AS y,
  u * 10 + v * 3 + z % 6 > 8 AS late,
  ['lo', 'mid', 'hi'][1 + (u * 2.99 + v * 0.5 + (z % 6) / 20.0)::INTEGER % 3] AS level
FROM draws
"""


def open_session(rows: int = 240, **settings: Any) -> Session:
    """A session with the table `t`."""
    session = stratum_sql.connect(**settings)
    try:
        session.sql(TABLE.format(rows=rows))
    except BaseException:
        session.close()
        raise
    return session


def board(result: Result) -> dict[int, tuple[str, Scores]]:
    """Status and fold scores by trial; NaN where the leaderboard says NULL."""
    found = {}
    for row in result.arrow().to_pylist():
        folds = row["fold_scores"] or {}
        scores = {
            name: [float("nan") if value is None else value for value in values] for name, values in folds.items()
        }
        found[row["trial"]] = (row["status"], scores)
    return found


def query_of(result: Result) -> TrainQuery:
    """The bound statement behind a leaderboard."""
    assert result.query is not None
    return result.query


def expected(session: Session, query: TrainQuery, make_model: MakeModel | None = None) -> dict[int, Scores]:
    """Fold scores of every trial by scikit-learn; `make_model` puts another unfitted model at the end of the
    pipeline."""
    read = rows(session.connection, query)
    return {trial.number: _scores(read, query, trial, make_model) for trial in query.trials}


def _scores(read: ReferenceRows, query: TrainQuery, trial: Trial, make_model: MakeModel | None) -> Scores:
    unfitted = pipeline(query, trial, read)
    if make_model is not None:
        unfitted.set_params(model=make_model(trial))
    found: Scores = {metric.name: [] for metric in query.metrics}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for train, test in read.folds:
            model = fit(unfitted, query, trial, read, train)
            features, y = read.features.iloc[test], read.target[test]
            weight = {} if read.weight is None else {"sample_weight": read.weight[test]}
            several = query.task == "classification" and query.more_targets
            each = list(zip(_each(model), y.T, strict=True)) if several else [(model, y)]
            for metric in query.metrics:
                values = [_score(metric.scorer, one, features, column, weight) for one, column in each]
                found[metric.name].append(metric.sign * float(np.mean(values)))
    return found


def _score(scorer: str, model: Any, features: Any, y: Any, weight: Mapping[str, Any]) -> float:
    try:
        return float(get_scorer(scorer)(model, features, y, **weight))
    except TypeError:  # a metric without weights, such as max_error
        return float(get_scorer(scorer)(model, features, y))


def _each(model: Any) -> list[Any]:
    """A fitted pipeline of several targets of classes as one for each."""
    last = model[-1]
    if isinstance(last, EachTarget):
        return [Pipeline([*model.steps[:-1], ("model", one)]) for one in last.estimators_]
    return [OneOf(model, at) for at in range(len(last.classes_))]


class OneOf(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """One of the targets that a fitted model takes together."""

    def __init__(self, model: Any, at: int) -> None:
        self.model, self.at = model, at
        self.classes_ = model.classes_[at]

    def predict(self, features: Any) -> Any:
        return self.model.predict(features)[:, self.at]

    def predict_proba(self, features: Any) -> Any:
        return self.model.predict_proba(features)[self.at]


def assert_close(got: Mapping[str, Sequence[float]], wanted: Mapping[str, Sequence[float]], relative: float) -> None:
    """Every fold score of every metric, NaN equal to NaN."""
    assert got.keys() == wanted.keys()
    for name in wanted:
        np.testing.assert_allclose(got[name], wanted[name], rtol=relative, atol=1e-12, err_msg=name)


def check(
    session: Session, sql: str, relative: float = DETERMINISTIC, make_model: MakeModel | None = None
) -> dict[int, tuple[str, Scores]]:
    """Run `sql`, hold every fold score of every trial against the reference, and give the leaderboard back."""
    result = session.sql(sql)
    found = board(result)
    for number, wanted in expected(session, query_of(result), make_model).items():
        status, scores = found[number]
        assert status == "ok", result.arrow().column("error").to_pylist()
        assert_close(scores, wanted, relative)
    return found
