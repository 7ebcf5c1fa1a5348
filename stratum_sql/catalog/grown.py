"""The trees of scikit-learn's estimators as plain arrays, with what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stratum_sql.catalog.columns import Matrix, dense
from stratum_sql.kernels import Trees

Floats = NDArray[np.float64]
_AVERAGED = ("RandomForest", "ExtraTrees")


@dataclass(frozen=True, eq=False, slots=True)
class Grown:
    """A prediction is `base` and what the `trees` say of a row. `rounded` rows are compared as 32-bit floats."""

    trees: Trees
    base: float
    rounded: bool

    def rows(self, matrix: Matrix) -> Floats:
        """The rows as the trees compare them."""
        values = dense(matrix)
        return values.astype(np.float32).astype(np.float64) if self.rounded else values


def grown(estimator: Any) -> Grown | None:
    """The trees of a decision tree, forest or gradient boosting of scikit-learn, fitted to numbers or two classes.

    They add up to the prediction: of two classes, boosting gives the log odds of the second, others its probability.
    None for other estimators, and for what is more than its trees: a first guess that differs by row, categories.
    """
    name = type(estimator).__name__
    if name.startswith(("DecisionTree", "ExtraTree")) and hasattr(estimator, "tree_"):
        return Grown(_joined([_plain(estimator.tree_, 1.0)]), 0.0, rounded=True)
    if name.startswith(_AVERAGED):
        share = 1.0 / len(estimator.estimators_)
        return Grown(_joined([_plain(one.tree_, share) for one in estimator.estimators_]), 0.0, rounded=True)
    if name.startswith("HistGradientBoosting"):
        return _of_histograms(estimator)
    return _of_boosting(estimator) if name.startswith("GradientBoosting") else None


def _plain(tree: Any, scale: float) -> dict[str, Any]:
    values = tree.value[:, 0, :]
    return {
        "left": tree.children_left,
        "right": tree.children_right,
        "column": tree.feature,
        "threshold": tree.threshold,
        "nan_left": tree.missing_go_to_left,
        "weight": tree.weighted_n_node_samples,
        "value": scale * values[:, -1],  # a number's mean, or the share of the second class
    }


def _of_boosting(estimator: Any) -> Grown | None:
    first = type(estimator.init_).__name__
    if first not in ("DummyRegressor", "DummyClassifier", "str"):
        return None
    nothing = np.zeros((1, estimator.n_features_in_), dtype=np.float32)
    base = float(estimator._raw_predict_init(nothing)[0, 0])
    trees = [_plain(one.tree_, estimator.learning_rate) for one in estimator.estimators_[:, 0]]
    return Grown(_joined(trees), base, rounded=True)


def _of_histograms(estimator: Any) -> Grown | None:
    if estimator.is_categorical_ is not None and np.any(estimator.is_categorical_):
        return None
    trees = [_of_nodes(one[0].nodes) for one in estimator._predictors]
    return Grown(_joined(trees), float(np.reshape(estimator._baseline_prediction, -1)[0]), rounded=False)


def _of_nodes(nodes: Any) -> dict[str, Any]:
    leaf = nodes["is_leaf"].astype(bool)
    return {
        "left": np.where(leaf, -1, nodes["left"].astype(np.int64)),
        "right": np.where(leaf, -1, nodes["right"].astype(np.int64)),
        "column": nodes["feature_idx"],
        "threshold": nodes["num_threshold"],
        "nan_left": nodes["missing_go_to_left"],
        "weight": nodes["count"],
        "value": nodes["value"],
    }


def _joined(trees: Sequence[dict[str, Any]]) -> Trees:
    starts = np.cumsum([0, *(len(one["left"]) for one in trees)])
    types = {"left": np.int32, "right": np.int32, "column": np.int32, "nan_left": np.int32}
    columns: dict[str, Any] = {
        name: np.concatenate([one[name] for one in trees]).astype(types.get(name, np.float64)) for name in trees[0]
    }
    return Trees(starts.astype(np.int64), **columns)
