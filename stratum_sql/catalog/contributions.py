"""How much each column of a matrix adds to a prediction: Shapley values, where they follow without sampling.

LightGBM and XGBoost compute those of their trees themselves (Lundberg and others, 2020), those of scikit-learn's trees
follow from the same method (`tree_shap`). In a linear model a column's is its coefficient times its distance from its
mean over the rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stratum_sql import kernels
from stratum_sql.catalog.columns import Matrix, dense
from stratum_sql.catalog.grown import grown

Floats = NDArray[np.float64]


def contributions(estimator: Any, matrix: Matrix) -> Floats | None:
    """(rows, columns + 1), the last one what no column adds; a row adds up to the estimator's raw prediction, of two
    classes to the log odds of the second, or for scikit-learn's trees and forests to its probability. None for
    estimators for which it does not follow.

    `matrix`: (rows, columns), at least one row, of a fitted `estimator` of a regression or two classes.
    """
    library = type(estimator).__module__.split(".")[0]
    if library == "lightgbm":
        return np.asarray(estimator.predict(matrix, pred_contrib=True), dtype=np.float64)
    if library == "xgboost":
        import xgboost

        booster, rows = estimator.get_booster(), xgboost.DMatrix(matrix)
        return np.asarray(booster.predict(rows, pred_contribs=True), dtype=np.float64)
    if hasattr(estimator, "coef_"):
        return _of_line(estimator, matrix)
    trees = grown(estimator)
    if trees is None:
        return None
    added = kernels.tree_shap(trees.trees, trees.rows(matrix)).copy()
    added[:, -1] += trees.base
    return added


def _of_line(estimator: Any, matrix: Matrix) -> Floats:
    weights = np.asarray(estimator.coef_, dtype=np.float64).reshape(-1)
    values = dense(matrix)
    means = values.mean(axis=0)
    constant = float(np.reshape(getattr(estimator, "intercept_", 0.0), -1)[0]) + float(means @ weights)
    return np.column_stack([(values - means) * weights, np.full(len(values), constant)])
