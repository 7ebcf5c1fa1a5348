"""Whether DuckDB walks a model's trees for less than the library does: nanoseconds of CPU a row, of either.

As nested CASE a tree costs for each split that a row passes, and for each split at all, as DuckDB divides its 2048 rows
there. The library wants a matrix first, which costs for each column that is read. Fitted to 31 models of scikit-learn,
each over a million rows of 4 and of 12 columns: of the 62 choices 56 were those of the clock, five of the others within
a tenth of equal, and one tree of three classes was left to the library, which took longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.models.export.sql_estimators import class_path

MOST_SPLITS = 1_000  # of all trees together: with more, DuckDB plans for longer than a few rows take
_MATRIX_COLUMN = 40.0  # reading one, for the library


@dataclass(frozen=True, slots=True)
class Walk:
    """What a family's trees cost in DuckDB, for each split passed and each split, and in the library, for each split
    passed and each tree."""

    passed: float
    split: float
    library_passed: float
    library_tree: float


_BAGGED = Walk(7.0, 1.3, 8.0, 12.0)
_BOOSTED = Walk(10.0, 1.6, 8.0, 12.0)  # no two trees ask for the same: DuckDB's branches are guessed worse
_HISTOGRAM = Walk(10.0, 1.6, 0.0, 60.0)
_SINGLE = Walk(7.0, 1.3, 8.0, 0.0)
_VALUE = 1.5  # each class of a vote walks the trees again, and the votes are compared

_FAMILIES: Mapping[str, Walk] = {
    **{f"sklearn.{name}{of}": _SINGLE for name in ("DecisionTree", "ExtraTree") for of in ("Regressor", "Classifier")},
    **{f"sklearn.{name}{of}": _BAGGED for name in ("RandomForest", "ExtraTrees") for of in ("Regressor", "Classifier")},
    **{f"sklearn.GradientBoosting{of}": _BOOSTED for of in ("Regressor", "Classifier")},
    **{f"sklearn.HistGradientBoosting{of}": _HISTOGRAM for of in ("Regressor", "Classifier")},
}


def is_walked_faster(estimator: Any, inputs: int) -> bool:
    """Whether a fitted estimator's trees take DuckDB no longer than the library. `inputs`: columns that are read.

    False for everything else: LightGBM's trees have a kernel, which is faster than both.
    """
    walk = _FAMILIES.get(class_path(estimator))
    if walk is None:
        return False
    trees = _trees(estimator)
    passed, splits = sum(one for one, _ in trees), sum(one for _, one in trees)
    values = _values(estimator)
    here = (walk.passed * passed + walk.split * splits) * (1.0 if values == 1 else _VALUE * values)
    library = walk.library_passed * passed + walk.library_tree * len(trees) + _MATRIX_COLUMN * inputs
    return splits * values <= MOST_SPLITS and here <= library


def _values(estimator: Any) -> int:
    """How many numbers a leaf has, each of them summed by itself: the shares of the classes, where trees vote."""
    votes = _FAMILIES[class_path(estimator)] in (_SINGLE, _BAGGED) and hasattr(estimator, "n_classes_")
    return int(estimator.n_classes_) if votes else 1


def _trees(estimator: Any) -> Sequence[tuple[float, int]]:
    """For each tree the splits that a row of the training passed, on average, and how many there are."""
    if hasattr(estimator, "_predictors"):
        nodes = [tree.nodes for step in estimator._predictors for tree in step]
        return [_shape(one["count"], one["is_leaf"] == 0) for one in nodes]
    each = np.asarray(getattr(estimator, "estimators_", [estimator]), dtype=object).reshape(-1)
    trees = [one.tree_ for one in each]
    return [_shape(one.n_node_samples, one.children_left != one.children_right) for one in trees]


def _shape(rows: Any, inner: Any) -> tuple[float, int]:
    return float(rows[inner].sum() / rows[0]), int(inner.sum())
