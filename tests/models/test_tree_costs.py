"""Which trees DuckDB walks: the smaller ones, and only where the library would need more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import Ridge
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from stratum_sql.models.tree_costs import is_walked_faster

X = np.random.default_rng(0).normal(size=(1500, 4))
Y = X[:, 0] * 3 + np.sin(X[:, 1] * 2) + X[:, 2] * X[:, 3]
CLASSES = np.digitize(Y, [-2.0, 1.0])


def walked(estimator: Any, target: Any = Y, inputs: int = 4) -> bool:
    return is_walked_faster(estimator.fit(X, target), inputs)


@pytest.mark.parametrize(
    ("small", "large"),
    [
        (DecisionTreeRegressor(max_depth=5), DecisionTreeRegressor()),
        (RandomForestRegressor(10, max_depth=4), RandomForestRegressor(10, max_depth=8)),
        (GradientBoostingRegressor(n_estimators=20), GradientBoostingRegressor(n_estimators=60)),
        (
            HistGradientBoostingRegressor(max_iter=20, max_leaf_nodes=7),
            HistGradientBoostingRegressor(max_iter=20, max_leaf_nodes=31),
        ),
    ],
)
def test_small_trees_are_walked_and_large_ones_are_not(small: Any, large: Any) -> None:
    assert walked(small)
    assert not walked(large)


def test_each_class_of_a_vote_walks_the_trees_again() -> None:
    assert walked(DecisionTreeRegressor(max_depth=6))
    assert not walked(DecisionTreeClassifier(max_depth=6), CLASSES)
    assert walked(RandomForestRegressor(20, max_depth=3))
    assert not walked(RandomForestClassifier(20, max_depth=3), CLASSES)
    assert walked(GradientBoostingClassifier(n_estimators=5), CLASSES)  # trees of their own for each class


def test_what_is_read_for_a_matrix_counts() -> None:
    assert not walked(DecisionTreeRegressor(max_depth=8), inputs=1)
    assert walked(DecisionTreeRegressor(max_depth=8), inputs=20)


def test_a_single_leaf_is_a_tree() -> None:
    assert walked(DecisionTreeRegressor(), np.zeros(len(X)))


def test_other_estimators_have_no_trees_to_walk() -> None:
    assert not walked(Ridge())
