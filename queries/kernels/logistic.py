"""Logistic regressions of many penalties over one matrix, against scikit-learn's, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from queries.kernels.case import Case, apart
from stratum_sql.execute.logistic import fit_together

Floats = NDArray[np.float64]
FOLDS, COLUMNS = 5, 30
PENALTIES = tuple(float(c) for c in np.logspace(-3, 2, 20))


@dataclass(frozen=True, slots=True)
class Table:
    """A matrix, the class of each row, and the training rows of each fold."""

    matrix: Floats
    classes: NDArray[np.int64]
    folds: list[NDArray[np.int64]]


def _table(rows: int, classes: int) -> Table:
    random = np.random.default_rng(8)
    matrix = random.normal(size=(rows, COLUMNS))
    odds = matrix @ random.normal(size=(COLUMNS, classes)) + 2 * random.gumbel(size=(rows, classes))
    folds = [train for train, _ in KFold(FOLDS, shuffle=True, random_state=0).split(matrix)]
    return Table(matrix, odds.argmax(axis=1), folds)


def _together(data: Table, fold: int, _threads: int) -> Floats:
    train = data.folds[fold]
    candidates = [{"C": c} for c in PENALTIES]
    return _coefficients(
        [one.estimator for one in fit_together(data.matrix[train], data.classes[train], None, candidates, 0)]
    )


def _one_by_one(data: Table, fold: int, _threads: int) -> Floats:
    matrix, classes = data.matrix[data.folds[fold]], data.classes[data.folds[fold]]
    return _coefficients([LogisticRegression(C=c).fit(matrix, classes) for c in PENALTIES])


def _coefficients(models: list[Any]) -> Floats:
    return np.concatenate([model.coef_ for model in models])


def _case(classes: int) -> Case:
    name = f"logistic regression, {len(PENALTIES)} penalties, {classes} classes"
    return Case(
        name,
        "scikit-learn one by one",
        lambda rows: _table(rows, classes),
        _together,
        _one_by_one,
        apart,
        1e-5,
        5.0,
        100_000,
        FOLDS,
    )


CASES = (_case(2), _case(4))
