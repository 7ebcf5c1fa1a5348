"""Shapley values of scikit-learn's trees: a row's add up to its prediction, and one tree's are the definition's."""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from stratum_sql.catalog.contributions import contributions

Array = npt.NDArray[Any]
NUMBERS = [
    DecisionTreeRegressor(max_depth=5, random_state=0),
    RandomForestRegressor(n_estimators=4, max_depth=4, random_state=0),
    ExtraTreesRegressor(n_estimators=4, max_depth=4, random_state=0),
    GradientBoostingRegressor(n_estimators=6, random_state=0),
    GradientBoostingRegressor(n_estimators=3, init="zero", random_state=0),
    GradientBoostingRegressor(n_estimators=3, init=DummyRegressor(strategy="median"), random_state=0),
    HistGradientBoostingRegressor(max_iter=6, min_samples_leaf=5, random_state=0),
    HistGradientBoostingRegressor(loss="poisson", max_iter=4, random_state=0),
]
CLASSES = [
    DecisionTreeClassifier(max_depth=4, random_state=0),
    RandomForestClassifier(n_estimators=5, max_depth=3, random_state=0),
    GradientBoostingClassifier(n_estimators=5, random_state=0),
    HistGradientBoostingClassifier(max_iter=5, random_state=0),
]


def data(*, holes: bool) -> tuple[Array, Array, Array]:
    random = np.random.default_rng(0)
    matrix = random.normal(size=(300, 4))
    target = np.abs(3 * matrix[:, 0] + matrix[:, 1] * (matrix[:, 2] > 0) + random.normal(size=300))
    if holes:
        matrix[random.random(matrix.shape) < 0.2] = np.nan
    return matrix, target, random.uniform(0.5, 2, 300)


def takes_holes(model: Any) -> bool:
    return "GradientBoosting" not in type(model).__name__ or "Hist" in type(model).__name__


@pytest.mark.parametrize("model", NUMBERS, ids=str)
def test_a_row_adds_up_to_its_prediction(model: Any) -> None:
    matrix, target, weight = data(holes=takes_holes(model))
    model.fit(matrix, target, sample_weight=weight)
    found = contributions(model, matrix)
    assert found is not None
    raw = model._raw_predict(matrix).reshape(-1) if getattr(model, "loss", "") == "poisson" else model.predict(matrix)
    np.testing.assert_allclose(found.sum(axis=1), raw, rtol=1e-10)
    assert len(set(found[:, -1])) == 1


@pytest.mark.parametrize("model", CLASSES, ids=str)
def test_of_two_classes_it_is_the_probability_or_the_log_odds(model: Any) -> None:
    matrix, target, weight = data(holes=takes_holes(model))
    model.fit(matrix, target > 2, sample_weight=weight)
    found = contributions(model, matrix)
    assert found is not None
    boosted = hasattr(model, "decision_function")
    wanted = model.decision_function(matrix) if boosted else model.predict_proba(matrix)[:, 1]
    np.testing.assert_allclose(found.sum(axis=1), wanted, rtol=1e-10, atol=1e-12)


def test_one_tree_has_the_values_of_the_definition() -> None:
    matrix, target, weight = data(holes=True)
    tree = DecisionTreeRegressor(max_depth=6, random_state=1).fit(matrix, target, sample_weight=weight)
    found = contributions(tree, matrix[:10])
    assert found is not None
    for row, added in zip(matrix[:10], found, strict=True):
        np.testing.assert_allclose(added[:-1], [shapley(tree.tree_, row, column) for column in range(4)], atol=1e-10)


def shapley(tree: Any, row: Array, column: int) -> float:
    others = [other for other in range(4) if other != column]
    total = 0.0
    for size in range(4):
        for known in combinations(others, size):
            share = factorial(size) * factorial(3 - size) / factorial(4)
            total += share * (value(tree, row, {*known, column}) - value(tree, row, set(known)))
    return total


def value(tree: Any, row: Array, known: set[int], node: int = 0) -> float:
    """What the tree says where only some columns are known: else both ways, by the weight of the training rows."""
    left, right, column = tree.children_left[node], tree.children_right[node], tree.feature[node]
    if left < 0:
        return float(tree.value[node, 0, 0])
    if column in known:
        x = np.float32(row[column])
        goes_left = tree.missing_go_to_left[node] if np.isnan(x) else x <= tree.threshold[node]
        return value(tree, row, known, left if goes_left else right)
    weight = tree.weighted_n_node_samples
    share = weight[left] / (weight[left] + weight[right])
    return float(share * value(tree, row, known, left) + (1 - share) * value(tree, row, known, right))


def test_where_it_does_not_follow_there_is_none() -> None:
    matrix, target, _ = data(holes=False)
    guess = GradientBoostingRegressor(n_estimators=3, init=LinearRegression()).fit(matrix, target)
    colours = HistGradientBoostingRegressor(max_iter=3, categorical_features=[0]).fit(np.round(matrix % 3), target)
    for model in (guess, colours, KNeighborsRegressor().fit(matrix, target)):
        assert contributions(model, matrix) is None
