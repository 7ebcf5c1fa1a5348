"""A trial as plain scikit-learn: the rows as a DataFrame, the pipeline, the folds. Scores are held against it.

`rows` reads what the trial reads; `pipeline` is what a person would write for it, `fit` how they would fit it; scoring
it fold by fold with scikit-learn's own scorers must give the leaderboard's fold scores. Nothing here is shared between
trials.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.model_selection import GroupShuffleSplit, train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import get_tags

from stratum_sql.bind.database import Database
from stratum_sql.catalog.columns import Column, Inputs
from stratum_sql.catalog.estimators import build, encode_labels
from stratum_sql.catalog.spec import Target
from stratum_sql.catalog.stopping import stops_early
from stratum_sql.catalog.validation import gap_of
from stratum_sql.execute.duckdb import read_relation
from stratum_sql.execute.operators import compute, encode_target, side_by_side, split_rows
from stratum_sql.plan.features import Computed, Feature, Leaf, Transformed, leaves
from stratum_sql.plan.query import TrainQuery, Trial
from stratum_sql.plan.relational import Read
from stratum_sql.plan.transform import Split
from stratum_sql.trust.private import private_connection


@dataclass(frozen=True, eq=False, slots=True)
class ReferenceRows:
    """The rows of a statement in their canonical order: a DataFrame with a column for each leaf, the target as the
    library wants it (float64 or class codes, with a column for each of several), the labels those codes stand for (of
    several targets a tuple for each), weights or None, the folds as positions (training, held out), and the columns
    that the split names, by what they are for."""

    features: pd.DataFrame
    target: np.ndarray[Any, Any]
    labels: tuple[Any, ...] | None
    weight: np.ndarray[Any, Any] | None
    folds: tuple[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]], ...]
    roles: Mapping[str, pd.Series[Any]] = field(default_factory=dict)


def rows(connection: duckdb.DuckDBPyConnection, query: TrainQuery) -> ReferenceRows:
    """Read a statement's rows by themselves; the folds of a halving search are those of its first rung. Raises
    StratumError as the engine does."""
    wanted = list(dict.fromkeys(leaf for feature in query.features for leaf in leaves(feature)))
    extra = [*query.targets, *query.split.columns, *([query.weight] if query.weight is not None else [])]
    reads = {
        leaf: Read(leaf.key, leaf.sql, leaf.name, leaf.type, leaf.kind, leaf.index, leaf.width)
        for leaf in [*wanted, *extra]
    }
    relation = read_relation(Database(connection, lambda _sql: None), query.source, list(reads.values()))
    columns = {leaf: relation.columns[read.key, read.index] for leaf, read in reads.items()}
    each = [encode_target(columns[leaf], query.task, leaf.type) for leaf in query.targets]
    labels = each[0] if len(each) == 1 else side_by_side(each)
    split = query.split
    operator = Split(split.key, split.roles, split.clause, split.seed, query.split_task, split.rung)
    roles = dict(zip(split.roles, (columns[leaf] for leaf in split.columns), strict=True))
    folds = split_rows(operator, labels, roles)
    return ReferenceRows(
        pd.DataFrame({label(leaf): series(columns[leaf]) for leaf in wanted}),
        labels.target.values,
        labels.each or labels.labels,
        None if query.weight is None else columns[query.weight].numbers,
        tuple((fold.train, fold.test) for fold in folds),
        {role: series(column) for role, column in roles.items()},
    )


def pipeline(query: TrainQuery, trial: Trial, read: ReferenceRows | None = None, *, threads: int = 1) -> Pipeline:
    """The unfitted scikit-learn pipeline of one trial, over the DataFrame of `rows`; `threads` are the library's own.

    `read` is what `rows` gave: parameters that name classes (`class_weight`) and transforms that ask how many there are
    need it. Without it a classification is taken to have two classes, 0 and 1.
    """
    values, labels = (np.arange(2), (0, 1)) if read is None else (read.target, read.labels)
    target = Target(values, np.unique(values) if query.split_task == "classification" else None)
    parts = [
        (f"f{number}", _transformer(feature, query.seed, target))
        for number, feature in enumerate(query.features_of(trial))
    ]
    return Pipeline([("features", FeatureUnion(parts)), ("model", _model(query, trial, labels or (), threads))])


def _model(query: TrainQuery, trial: Trial, labels: Sequence[Any], threads: int) -> Any:
    spec, params = trial.estimator, trial.given.as_dict()
    if not query.more_targets:
        return build(spec, encode_labels(spec, params, labels), query.seed, threads)
    plain = build(spec, params, query.seed, threads)
    together = get_tags(plain).target_tags.multi_output and not isinstance(plain, OneVsRestClassifier)
    if query.task == "regression":
        return plain if together else MultiOutputRegressor(plain)
    everywhere = [label for classes in labels for label in classes]
    each = [encode_labels(spec, params, classes, elsewhere=everywhere) for classes in labels]
    if together:
        lists = {name: [one[name] for one in each] for name in params if each[0][name] != params[name]}
        return build(spec, {**params, **lists}, query.seed, threads)
    return EachTarget([build(spec, one, query.seed, threads) for one in each])


def fit(
    unfitted: Pipeline, query: TrainQuery, trial: Trial, read: ReferenceRows, train: np.ndarray[Any, Any]
) -> Pipeline:
    """A copy of the pipeline, fitted on the training rows of a fold; a booster stops early where the statement says so,
    by rows that neither it nor a transform is fitted on."""
    made: Pipeline = clone(unfitted)
    if query.options.early_stopping is None or not stops_early(trial.estimator.name):
        weight = {} if read.weight is None else {"model__sample_weight": read.weight[train]}
        return made.fit(read.features.iloc[train], read.target[train], **weight)
    rows, valid = validation_rows(query, read, train)
    matrix = made[:-1].fit_transform(read.features.iloc[rows], read.target[rows])
    held = (made[:-1].transform(read.features.iloc[valid]), read.target[valid])
    weights = (None, None) if read.weight is None else (read.weight[rows], [read.weight[valid]])
    fit_booster = _fit_lightgbm if trial.estimator.library == "lightgbm" else _fit_xgboost
    fit_booster(made[-1], (matrix, read.target[rows]), held, weights, query.options.early_stopping)
    return made


def _fit_lightgbm(model: Any, fitted: Any, held: Any, weights: Any, rounds: int) -> None:
    import lightgbm

    own, validating = weights
    stop = lightgbm.early_stopping(rounds, verbose=False)
    model.fit(*fitted, sample_weight=own, eval_set=[held], eval_sample_weight=validating, callbacks=[stop])


def _fit_xgboost(model: Any, fitted: Any, held: Any, weights: Any, rounds: int) -> None:
    own, validating = weights
    model.set_params(early_stopping_rounds=rounds)
    model.fit(*fitted, sample_weight=own, eval_set=[held], sample_weight_eval_set=validating, verbose=False)


def validation_rows(
    query: TrainQuery, read: ReferenceRows, train: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The training rows of a fold as early stopping parts them: those that are fitted, and those that validate."""
    share, seed = query.options.validation_fraction, query.split.seed
    if "order" in read.roles:
        ordered = read.roles["order"].iloc[np.sort(train)].sort_values(kind="stable").index.to_numpy()
        rows, valid = train_test_split(ordered, test_size=share, shuffle=False)
        return rows[: len(rows) - gap_of(query.split.clause)], valid
    if "groups" in read.roles:
        groups = read.roles["groups"].iloc[train]
        rows, valid = next(GroupShuffleSplit(1, test_size=share, random_state=seed).split(train, None, groups))
        return train[rows], train[valid]
    classes = read.target[train] if query.task == "classification" else None
    return tuple(train_test_split(train, test_size=share, random_state=seed, stratify=classes))


def label(leaf: Leaf) -> str:
    """The DataFrame's name for a leaf."""
    return f"{leaf.key} [{leaf.index}]" if leaf.width > 1 else leaf.key


def series(column: Column) -> pd.Series[Any]:
    """A column as scikit-learn's users hold it: float64 with NaN, object with None, datetime64."""
    if column.kind == "number":
        return pd.Series(column.numbers)
    return pd.Series(column.texts, dtype=object) if column.kind == "text" else pd.Series(column.times)


class EachTarget(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """`MultiOutputClassifier`, with parameters of its own for each target."""

    def __init__(self, estimators: list[Any]) -> None:
        self.estimators = estimators

    def fit(self, matrix: Any, y: Any, **weight: Any) -> EachTarget:
        """Each by itself, to its column of y."""
        self.estimators_ = [clone(one).fit(matrix, y[:, at], **weight) for at, one in enumerate(self.estimators)]
        return self

    def predict(self, matrix: Any) -> Any:
        """The classes (n, targets)."""
        return np.column_stack([one.predict(matrix) for one in self.estimators_])


def _transformer(feature: Feature, seed: int, target: Target) -> Any:
    if isinstance(feature, Leaf):
        return Pick((label(feature),))
    below = _below(feature.children, seed, target)
    if isinstance(feature, Computed):
        return Pipeline([("below", below), ("compute", Compute(feature.sql, feature.name))])
    assert isinstance(feature, Transformed)
    assert feature.spec.reference is not None
    settled = feature.spec.settle(feature.params.as_dict(), target)
    return Pipeline([("below", below), (feature.transform, feature.spec.reference(settled, seed))])


def _below(children: Sequence[Feature], seed: int, target: Target) -> Any:
    """What feeds a transform: the columns as one DataFrame where all are leaves, else the stages side by side."""
    picked = tuple(label(child) for child in children if isinstance(child, Leaf))
    if len(picked) == len(children):
        return Pick(picked)
    if len(children) == 1:
        return _transformer(children[0], seed, target)
    return FeatureUnion([(f"c{number}", _transformer(child, seed, target)) for number, child in enumerate(children)])


class Pick(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Some columns of a DataFrame."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns

    def fit(self, frame: pd.DataFrame, _y: Any = None) -> Pick:
        """Nothing is learned."""
        return self

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The columns, in their order."""
        return frame[list(self.columns)]

    def __sklearn_is_fitted__(self) -> bool:
        return True


class Compute(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Scalar SQL over the columns of a matrix."""

    def __init__(self, sql: str, name: str) -> None:
        self.sql, self.name = sql, name

    def fit(self, _values: Any, _y: Any = None) -> Compute:
        """Nothing is learned."""
        return self

    def transform(self, values: Any) -> Any:
        """One column of float64."""
        matrix = np.asarray(values, dtype=np.float64)
        columns = [
            Column(f"c{number}", "number", np.ascontiguousarray(matrix[:, number])) for number in range(matrix.shape[1])
        ]
        return compute(private_connection(), self.sql, self.name, Inputs(columns)).numbers.reshape(-1, 1)

    def __sklearn_is_fitted__(self) -> bool:
        return True
