"""Fold loops that a script wrote by hand, as the TRAIN statements they are.

for train, held_out in KFold(5).split(X):
    model.fit(X.iloc[train], y.iloc[train])
    scores.append(mean_squared_error(y.iloc[held_out], model.predict(X.iloc[held_out])))

is one if every fold of one split was trained and measured alike. It ran by itself, fold by fold; the statement says
what it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from stratum_sql.pandas.keys import key_of
from stratum_sql.pandas.learning.fits import Fit
from stratum_sql.pandas.learning.marks import Fold, Part, Splitting
from stratum_sql.pandas.learning.predicted import Measured, Prediction
from stratum_sql.pandas.learning.statements import Statement, statement_of
from stratum_sql.pandas.states import Table, Vector

# The metric of the dialect, and the method whose result it takes.
_METRICS: Mapping[str, tuple[str, str]] = {
    "mean_squared_error": ("neg_mean_squared_error", "predict"),
    "root_mean_squared_error": ("neg_root_mean_squared_error", "predict"),
    "mean_absolute_error": ("neg_mean_absolute_error", "predict"),
    "mean_squared_log_error": ("neg_mean_squared_log_error", "predict"),
    "r2_score": ("r2", "predict"),
    "accuracy_score": ("accuracy", "predict"),
    "balanced_accuracy_score": ("balanced_accuracy", "predict"),
    "f1_score": ("f1", "predict"),
    "log_loss": ("neg_log_loss", "predict_proba"),
    "roc_auc_score": ("roc_auc", "predict_proba of the second class"),
    "score": ("", "score"),
}
Loop = tuple[Splitting, str, bytes]


def trainings(learned: Sequence[Any]) -> list[Statement]:
    """The statements among what was trained and scored, in that order."""
    loops: dict[Loop, dict[int, Measured]] = {}
    found: list[Statement | Loop] = []
    for one in learned:
        if isinstance(one, Statement):
            found.append(one)
        elif isinstance(one, Measured) and (loop := _loop_of(one)) is not None:
            if loop not in loops:
                found.append(loop)
            loops.setdefault(loop, {}).setdefault(_fold_of(one).number, one)
    made = [one if isinstance(one, Statement) else _statement(one, loops[one]) for one in found]
    return [one for one in made if one is not None]


def _fold_of(measured: Measured) -> Fold:
    fold: Fold = measured.truth.fold
    return fold


def _loop_of(measured: Measured) -> Loop | None:
    """Which loop it is a part of: the split, the metric and the model; None for what is no such part."""
    prediction = measured.prediction
    known = _METRICS.get(measured.metric)
    if known is None or known[1] != prediction.method:
        return None
    fit: Fit = prediction.fit
    train, steps = _unwrapped(fit.meanings[0])
    held_out, others = _unwrapped(prediction.rows[0])
    if len(fit.meanings) != 2 or fit.kwargs or steps != others:
        return None
    if not _are_sides(train, fit.meanings[1], held_out, measured.truth):
        return None
    key = key_of([one.estimator for one in (*steps, fit)])
    return None if key is None else (train.fold.splitting, known[0], key)


def _unwrapped(meaning: Any) -> tuple[Any, list[Fit]]:
    """The rows below the transforms of a pipeline that was written out, and the transforms, the first one first."""
    steps: list[Fit] = []
    while isinstance(meaning, Prediction) and meaning.method in ("transform", "fit_transform") and meaning.rows:
        steps.insert(0, meaning.fit)
        meaning = meaning.rows[0]
    return meaning, steps


def _are_sides(train: Any, target: Any, held_out: Any, truth: Any) -> bool:
    """Whether these are the two sides of one fold, of the same features and the same target."""
    if not all(isinstance(one, Part) for one in (train, target, held_out, truth)):
        return False
    sides = [(one.fold.splitting, one.fold.number) for one in (train, target, held_out, truth)]
    return (
        len(set(sides)) == 1
        and not (train.fold.held_out or target.fold.held_out)
        and held_out.fold.held_out
        and truth.fold.held_out
        and _is_same(train.base, held_out.base)
        and _is_same(target.base, truth.base)
    )


def _is_same(one: Any, other: Any) -> bool:
    """Whether two states are one: `df["y"]` is another object each time it is asked for."""
    if isinstance(one, Vector) and isinstance(other, Vector):
        return one.node is other.node and one.value == other.value
    if isinstance(one, Table) and isinstance(other, Table):
        return one.node is other.node and one.columns == other.columns
    return one is other


def _statement(loop: Loop, folds: Mapping[int, Measured]) -> Statement | None:
    splitting, metric, _ = loop
    if splitting.splitter is None or len(folds) != splitting.folds:
        return None
    first = folds[0]
    train, steps = _unwrapped(first.prediction.fit.meanings[0])
    parts = [clone(one.estimator) for one in (*steps, first.prediction.fit)]
    model = parts[0] if len(parts) == 1 else make_pipeline(*parts)
    options = {"cv": splitting.splitter, "scoring": metric or None, "groups": splitting.groups}
    made = statement_of(model, train.base, first.truth.base, options)
    return made if made is None else made.at(first.prediction.fit.place)
